"""The prewarmed process runs commands one by one, and warming up leaves no trace."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_visitor import until

from emigre.cli.warm import Replies
from emigre.web.prewarm import PrewarmedProcess

SCRIPT = """
import json, sys
print(json.dumps({"kernels": [3, 9]}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if order["args"] == ["die"]:
        break
    print(json.dumps({"kernels": None}))
    print(json.dumps({"code": 5}), flush=True)
"""
DAYS = ("--start", "2030-03-01", "--end", "2030-03-02")


@pytest.fixture
def warm():
    process = PrewarmedProcess()
    yield process
    process.restart()


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """The process is a script that says how far its kernels are."""
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("emigre.web.prewarm.MODULE", "script")
    process = PrewarmedProcess()
    yield process
    process.restart()


def test_kernels_are_counted_until_it_is_ready_and_an_end_is_an_answer(scripted, tmp_path):
    said, log = tmp_path / "said", tmp_path / "log"
    scripted.wake()
    until(lambda: scripted.kernels == (3, 9))
    first, second = (scripted.ask(["x"], said, log) for _ in range(2))
    assert waited(first) == waited(second) == 5
    assert scripted.kernels is None
    assert waited(scripted.ask(["die"], said, log)) == -9
    assert waited(scripted.ask(["x"], said, log)) == 5


def test_while_it_warms_up_it_reports_how_many_kernels_are_ready(monkeypatch):
    monkeypatch.setattr("emigre.engine.api.kernels_ready", lambda: (1, 4))
    pipe = io.StringIO()
    replies = Replies(pipe, seconds=0.01)
    with replies:
        until(pipe.getvalue)
    replies.say(code=0)
    lines = [json.loads(line) for line in pipe.getvalue().splitlines()]
    assert lines[0] == {"kernels": [1, 4]}
    assert lines[-2:] == [{"kernels": None}, {"code": 0}]


def waited(answer: Callable[[], int | None]) -> int:
    until = time.monotonic() + 300
    while (code := answer()) is None:
        assert time.monotonic() < until, "no answer"
        time.sleep(0.02)
    return code


def test_commands_are_answered_after_warming_up_with_good_and_bad_ones(warm, tmp_path) -> None:
    warm.wake(("run", "tiny", *DAYS))
    warm.wake(("run", "nowhere", *DAYS))
    said, log = tmp_path / "said", tmp_path / "log"
    assert waited(warm.ask(["check", "tiny"], said, log)) == 0
    assert said.read_text()
    assert waited(warm.ask(["check", "nowhere"], said, log)) == 2
    assert "nowhere" in log.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"said", "log"}


def test_calls_that_warmed_up_are_not_repeated(warm, monkeypatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("emigre.web.prewarm._send", lambda _, order: told.append(order))
    for _ in range(2):
        warm.wake(("run", "tiny", *DAYS))
    warm.wake()
    assert told == [{"prepare": ["run", "tiny", *DAYS]}]
    warm.restart()  # a new process knows nothing
    warm.wake(("run", "tiny", *DAYS))
    assert len(told) == 2


def test_orders_find_a_process_that_has_ended(warm, tmp_path: Path) -> None:
    warm.wake()
    warm.restart()
    assert waited(warm.ask(["check", "tiny"], tmp_path / "said", tmp_path / "log")) == 0
