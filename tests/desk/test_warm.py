"""The process that stays warm answers commands one by one, and a rehearsal leaves nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emigre.desk.warm import Warm

DAYS = ("--start", "2030-03-01", "--end", "2030-03-02")


@pytest.fixture
def warm():
    process = Warm()
    yield process
    process.close()


def waited(answer: Callable[[], int | None]) -> int:
    until = time.monotonic() + 300
    while (code := answer()) is None:
        assert time.monotonic() < until, "no answer"
        time.sleep(0.02)
    return code


def test_commands_are_answered_after_rehearsals_of_good_and_of_bad_ones(warm, tmp_path) -> None:
    warm.wake(("run", "tiny", *DAYS))
    warm.wake(("run", "nowhere", *DAYS))
    said, log = tmp_path / "said", tmp_path / "log"
    assert waited(warm.ask(["check", "tiny"], said, log)) == 0
    assert said.read_text()
    assert waited(warm.ask(["check", "nowhere"], said, log)) == 2
    assert "nowhere" in log.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"said", "log"}


def test_what_was_rehearsed_is_not_gone_through_again(warm, monkeypatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("emigre.desk.warm._tell", lambda _, order: told.append(order))
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
