"""A local Dask cluster of two workers: same bits, even if one of them is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

import emigre
from emigre.errors import InputError, ResultsError

pytestmark = [
    pytest.mark.slow,  # whole runs in processes of their own
    pytest.mark.skipif(find_spec("distributed") is None, reason="needs the extra emigre[cluster]"),
]

DAYS = {"start": "2030-03-10", "end": "2030-04-10"}
RUNS = 8


class Cluster:
    """A scheduler and two workers without nannies: one that is killed does not come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._processes = [self._start("scheduler", "--no-dashboard", "--port", "0")]
        self.address = str(self._said()["address"])
        self.workers = [
            self._start("worker", self.address, "--no-nanny", "--no-dashboard", "--nthreads", "1")
            for _ in range(2)
        ]
        self._processes += self.workers

    def _start(self, what: str, *more: str) -> subprocess.Popen[bytes]:
        local = ["--host", "127.0.0.1"]
        if what == "scheduler":
            local += ["--scheduler-file", str(self._file)]
        else:
            local += ["--local-directory", str(self._folder)]
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *more, *local]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self._folder, **quiet)

    def _said(self) -> dict[str, object]:
        for _ in range(6_000):
            with suppress(OSError, ValueError):  # not there, or not whole yet
                return dict(json.loads(self._file.read_text()))
            time.sleep(0.05)
        raise AssertionError("the scheduler did not start")

    def close(self) -> None:
        """End all processes that still run."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


class KillsOne:
    """A watcher that ends a worker without warning as soon as the first members are done."""

    def __init__(self, worker: subprocess.Popen[bytes] | None) -> None:
        self.worker, self.told = worker, 0

    def stage(self, words: str) -> None: ...

    def kernels(self, ready: int, total: int) -> None: ...

    def days(self, done: int, total: int) -> None:
        self.told = done
        if self.worker is not None and 0 < done < total:
            os.kill(self.worker.pid, signal.SIGKILL)
            self.worker = None


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait long for workers: a busy machine is slow."""
    for name in ("_CONNECT_SECONDS", "WORKER_SECONDS"):
        monkeypatch.setattr(f"emigre.ensemble.cluster.{name}", 300.0)


def has_same_bits(address: str, watcher: KillsOne, runs: int) -> None:
    """Run on a cluster and here, and compare all tables."""
    tiny = emigre.load("tiny", **DAYS)
    plan = {"runs": runs, "seed": 7, "by": "document"}
    here = emigre.run(tiny, **plan)
    there = emigre.run(tiny, **plan, pool=address, progress=watcher)
    for name in ("daily", "summary", "groups", "scores"):
        assert getattr(here, name).equals(getattr(there, name)), name
    assert watcher.worker is None
    assert watcher.told == runs * tiny.n_days


@pytest.mark.usefixtures("patient")
def test_same_bits_on_a_cluster() -> None:
    """Its workers are threads of this process; tasks and results go through a socket."""
    from distributed import LocalCluster

    quiet = {"dashboard_address": None, "silence_logs": 50}
    local = {"protocol": "tcp", "host": "127.0.0.1", "processes": False}
    with LocalCluster(n_workers=2, threads_per_worker=1, **local, **quiet) as cluster:
        has_same_bits(cluster.scheduler_address, KillsOne(None), runs=4)


@pytest.mark.campaign
@pytest.mark.usefixtures("patient")
def test_same_bits_on_a_cluster_also_if_a_worker_is_killed(cluster: Cluster) -> None:
    has_same_bits(cluster.address, KillsOne(None), RUNS)
    has_same_bits(cluster.address, KillsOne(cluster.workers[0]), RUNS)
    assert cluster.workers[0].wait(300) == -signal.SIGKILL


def test_no_cluster_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emigre.ensemble.cluster._CONNECT_SECONDS", 0.1)
    tiny = emigre.load("tiny", **DAYS)
    with pytest.raises(InputError, match="pool: found"):
        emigre.run(tiny, runs=1, pool="somewhere")
    with pytest.raises(ResultsError, match="no Dask scheduler answers"):
        emigre.run(tiny, runs=1, pool="tcp://127.0.0.1:1")
