"""Worker processes: when they are used, what they report, and how they end."""

import os
import signal
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import emigre
from emigre.ensemble import executors, process
from emigre.ensemble.executors import open_pool
from emigre.ensemble.listener import Days
from emigre.ensemble.progress import Silent
from emigre.errors import BooksError, InputError, Mistake, ResultsError

pytestmark = pytest.mark.slow  # processes of their own
RUN = {"runs": 3, "scale": 50, "seed": 4}


class Heard(Silent):
    """A listener that records its calls."""

    def __init__(self):
        super().__init__()
        self.done, self.total = [], 0

    def days(self, done, total):
        self.done.append(done)
        self.total = total


class Killed(emigre.Step):
    """A step that kills the worker of the last run, once the others are stored."""

    def __init__(self, parts):
        self.parts = parts

    def evening(self, day):
        if day.run == RUN["runs"] - 1:
            while len(list(self.parts.glob("run-*.parquet"))) < RUN["runs"] - 1:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)


ERRORS = {
    "books": BooksError("3 persons vanished"),
    "input": InputError(Mistake("--scale", "1", "at least 2", "a hint")),
    "memory": MemoryError(),
}


def fail(name):
    raise ERRORS[name]


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny", start="2030-03-01", end="2030-03-12")


@pytest.fixture(scope="module")
def processes():
    """Two workers, started once."""
    with open_pool("processes", 2) as pool:
        yield pool


def test_processes_give_the_same_bits_and_report_days(tiny, processes, tmp_path):
    heard = Heard()
    emigre.run(tiny, **RUN, pool=processes, out=tmp_path / "p", progress=heard)
    emigre.run(tiny, **RUN, pool="threads", out=tmp_path / "t")
    for name in ("daily.parquet", "summary.parquet", "scores.csv"):
        assert (tmp_path / "p" / name).read_bytes() == (tmp_path / "t" / name).read_bytes()
    assert heard.done[0] == 0
    assert heard.done[-1] == heard.total == 36
    assert heard.done == sorted(heard.done)


def called(processes, function, items):
    days = Days(Silent(), 0)
    futures = [processes.submit(days, function, item) for item in items]
    return [future.result() for future in futures]


def test_calls_are_made_in_other_processes(processes):
    assert called(processes, abs, [-3, 2, -1]) == [3, 2, 1]
    assert os.getpid() not in set(called(processes, _pid, range(8)))


def _pid(_):
    return os.getpid()


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_workers_are_those_of_this_process(processes, name):
    with pytest.raises(type(ERRORS[name])) as caught:
        called(processes, fail, [name])
    assert str(caught.value) == str(ERRORS[name])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")
def test_a_killed_worker_ends_the_run_with_a_message_and_finished_runs_are_kept(tiny, tmp_path):
    parts = tmp_path / "r.partial" / "parts"
    with pytest.raises(ResultsError, match="a worker process ended early: it was killed"):
        emigre.run(
            tiny, **RUN, pool="processes", workers=2, steps=Killed(parts), out=tmp_path / "r"
        )
    assert len(list(parts.glob("run-*.parquet"))) == 2


class Counted:
    """Processes that are not started."""

    def __init__(self):
        self.opened = 0

    @contextmanager
    def open(self, _workers):
        self.opened += 1
        yield SimpleNamespace(prepare=lambda *_: "processes")


@pytest.mark.parametrize(
    ("days", "workers", "more", "expected"),
    [
        (1500, 2, {}, True),
        (1499, 2, {}, False),
        (1500, 1, {}, False),
        (1500, 2, {"run_days": 1500}, False),
        (4999, 2, {"loaded": True}, False),
        (5000, 2, {"loaded": True}, True),
        (1500, 2, {"stored": False}, False),
        (1500, 2, {"parent": object()}, False),
        (1500, 2, {"analyzers": (lambda daily: 1.0,)}, False),
        (1500, 2, {"analyzers": (fail,)}, True),
    ],
)
def test_processes_are_chosen_where_they_pay(monkeypatch, days, workers, more, expected):
    counted = Counted()
    monkeypatch.setattr(executors, "open_processes", counted.open)
    monkeypatch.setattr(executors, "FEWEST_DAYS", {False: 1500, True: 5000})
    monkeypatch.setattr(executors, "_are_kernels_loaded", lambda: more.get("loaded", False))
    monkeypatch.setattr(executors, "are_kernels_stored", lambda: more.get("stored", True))
    monkeypatch.setattr(executors, "parent_process", lambda: more.get("parent"))
    scenario = SimpleNamespace(n_days=more.get("run_days", 10))
    order = SimpleNamespace(scenario=scenario, steps=(), analyzers=more.get("analyzers", ()))
    with open_pool(None, workers) as pool:
        for _ in range(2):  # opened once
            prepared = pool.prepare([order], Days(Silent(), days + 7, done=7))
            assert (prepared == "processes") is expected
    assert counted.opened == expected


class Started:
    """A process that is not started."""

    def __init__(self, *, with_main=False):
        self.with_main, self.ended = with_main, []

    def kill(self):
        self.ended.append("killed")

    def end(self):
        self.ended.append("ended")


@pytest.mark.parametrize(
    ("workers", "runs", "more", "expected"),
    [
        (None, None, {}, 4),
        (2, None, {}, 2),
        (None, 3, {}, 3),
        (None, None, {"cores": 1}, 0),
        (None, None, {"stored": False}, 0),
        (None, None, {"loaded": True}, 0),
        (0, None, {}, 0),
        (None, -1, {}, 0),
    ],
)
def test_commands_start_processes_ahead(monkeypatch, workers, runs, more, expected):
    monkeypatch.setattr(process, "Process", Started)
    monkeypatch.setattr(process, "cores", lambda: more.get("cores", 4))
    monkeypatch.setattr(process, "are_kernels_stored", lambda: more.get("stored", True))
    monkeypatch.delitem(sys.modules, "emigre.numerics.jit", raising=False)
    if "loaded" in more:
        monkeypatch.setitem(sys.modules, "emigre.numerics.jit", None)
    process.start_ahead(workers, runs)
    assert len(process._ahead) == expected
    assert process.are_ahead() is (expected > 0)
    started = list(process._ahead)
    assert process.take(with_main=True) not in started
    taken = [process.take() for _ in started[1:]]
    assert taken == started[:0:-1]
    process.end_ahead()
    assert [p.ended for p in started] == [["killed", "ended"]] * bool(started) + [[]] * len(taken)
    assert not process.are_ahead()
