"""Workers of a Dask cluster, on any machines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from emigre.ensemble.listener import Days, ProgressListener, StoppedError
from emigre.ensemble.pool import PreparedPool
from emigre.ensemble.task import EnsembleTask, PickledTask, RunFunction, T, work
from emigre.errors import ResultsError

_CONNECT_SECONDS = 10
WORKER_SECONDS = 60.0
"""Longest time without a worker before a cluster is given up."""


@contextmanager
def open_cluster(address: str) -> Iterator[_Cluster]:
    """Connect to a scheduler; ResultsError if none answers."""
    from distributed import Client

    try:
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ResultsError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        # A member is a function of its task and run, so lost ones can be repeated.
        yield _Cluster(client, client.get_executor(pure=False, retries=3), Workers(client, address))


@dataclass(frozen=True, slots=True)
class _Cluster:
    client: Any
    executor: Executor
    workers: Workers
    cores: int = 1

    @contextmanager
    def prepare(self, tasks: Sequence[EnsembleTask], days: Days) -> Iterator[PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""

        def submit(function: RunFunction[T], world: int, run: int) -> Future[T]:
            future = self.executor.submit(work, function, sent[world], run)
            future.add_done_callback(lambda done: report_days(done, world))
            return future

        def report_days(done: Future[Any], world: int) -> None:
            """Report progress, which is known once a member has finished."""
            if not done.cancelled() and done.exception() is None:
                with suppress(StoppedError):
                    days.add(tasks[world].scenario.n_days)

        try:
            sent = [self._send(task) for task in tasks]
            yield PreparedPool(submit, lambda: self.workers.count(days.watcher))
        except BaseException:
            days.stopped.set()
            self.executor.shutdown(wait=False)
            raise

    def _send(self, task: EnsembleTask) -> Any:
        """Send a task to the workers once; they fetch it from each other, or compute it again."""
        return self.client.submit(_unchanged, PickledTask.of(task), pure=False, retries=3)


def _unchanged(pickled: PickledTask) -> PickledTask:
    return pickled


@dataclass(slots=True, eq=False)
class Workers:
    """Workers of a cluster, which may come and go."""

    client: Any
    address: str
    missing_since: float | None = None

    def count(self, watcher: ProgressListener) -> int:
        """Capacity of the cluster, at least 1; ResultsError after too long without workers."""
        threads = sum(self.client.nthreads().values())
        now = time.monotonic()
        if threads:
            self.missing_since = None
        elif self.missing_since is None:
            self.missing_since = now
            watcher.stage(
                f"waiting for a worker of the cluster at {self.address} "
                f"(at most {WORKER_SECONDS:.0f} s)"
            )
        elif now - self.missing_since > WORKER_SECONDS:
            raise ResultsError(
                f"the Dask scheduler at {self.address} has had no worker for "
                f"{WORKER_SECONDS:.0f} seconds; start one: dask worker {self.address}"
            )
        return threads or 1
