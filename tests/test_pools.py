"""Waiting for a cluster without workers, with a limit; missing requirements are reported."""

import sys

import pytest

import emigre
from emigre.ensemble import cluster, executors
from emigre.errors import InputError, ResultsError
from emigre.forecasting.hindcast import hindcast


class Client:
    """A scheduler with so many threads."""

    def __init__(self, *threads: int) -> None:
        self.threads = list(threads)

    def nthreads(self) -> dict[str, int]:
        n = self.threads.pop(0)
        return {"w": n} if n else {}


class Told:
    """A listener that records its calls."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, words: str) -> None:
        self.stages.append(words)

    def kernels(self, ready: int, total: int) -> None: ...

    def days(self, done: int, total: int) -> None: ...


def test_a_cluster_without_workers_is_reported_and_given_up(monkeypatch):
    clock = iter([0.0, 30.0, 59.0, 70.0, 71.0, 129.0, 132.0])
    monkeypatch.setattr(cluster.time, "monotonic", lambda: next(clock))
    workers = cluster.Workers(Client(0, 0, 4, 4, 0, 0, 0), "tcp://here:1")
    told = Told()
    assert [workers.count(told) for _ in range(6)] == [1, 1, 4, 4, 1, 1]
    assert len(told.stages) == 2
    assert "waiting for a worker of the cluster at tcp://here:1" in told.stages[0]
    with pytest.raises(ResultsError, match="no worker for 60 seconds; start one: dask worker"):
        workers.count(told)


def test_a_missing_extra_is_reported_before_any_work(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tiny = emigre.load("tiny", start="2030-03-01", end="2030-03-10")
    for name in ("SALib", "SALib.sample", "SALib.sample.morris", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(executors, "find_spec", lambda _name: None)
    days = {"start": "2030-03-02", "end": "2030-03-03", "out": tmp_path / "h"}
    for call in (
        lambda: emigre.sensitivity(tiny, "departed"),
        lambda: emigre.run(tiny, pool="tcp://here:1", out=tmp_path / "r"),
        lambda: emigre.compare(tiny, {"x": tiny}, pool="tcp://here:1", out=tmp_path / "c"),
        lambda: emigre.explain(tiny, tiny, pool="tcp://here:1"),
        lambda: hindcast("tiny", pool="tcp://here:1", **days),
    ):
        with pytest.raises(InputError, match=r"pip install 'emigre\[(fit|cluster)\]'"):
            call()
    assert list(tmp_path.iterdir()) == []
