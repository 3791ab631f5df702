"""A pool of worker processes on this machine; a thread of this process waits for each."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from emigre.ensemble import worker
from emigre.ensemble.callables import is_of_main
from emigre.ensemble.listener import Days
from emigre.ensemble.pool import PreparedPool
from emigre.ensemble.process import GUARD, Process, take
from emigre.ensemble.task import EnsembleTask, PickledTask, RunFunction, T, work
from emigre.errors import ResultsError


class Processes:
    """Worker processes, each started when no other is idle."""

    def __init__(self, workers: int) -> None:
        self.cores = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="emigre-worker")
        self._lock = threading.Lock()
        self._idle: list[Process] = []
        self._all: list[Process] = []
        self._with_main = False
        self._is_open = True

    @contextmanager
    def prepare(self, tasks: Sequence[EnsembleTask], days: Days) -> Iterator[PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""
        items = (item for task in tasks for item in (*task.steps, *task.analyzers))
        if any(map(is_of_main, items)) and not self._with_main:
            self._with_main = True
            self._end()  # they do not know the main script

        def simulate(function: RunFunction[T], world: int, run: int) -> Future[T]:
            return self.submit(days, work, function, pickled[world], run, worker.count_day)

        try:
            pickled = [*map(PickledTask.of, tasks)]
            yield PreparedPool(simulate, lambda: self.cores)
        except BaseException:
            days.stopped.set()
            self.stop()
            raise

    def submit(self, days: Days, function: Callable[..., T], *given: object) -> Future[T]:
        """Call a function in a process, which reports progress to ``days``."""
        return self._threads.submit(self._call, days, function, given)

    def _call(self, days: Days, function: Callable[..., Any], given: Any) -> Any:
        with self._lock:
            process = self._idle.pop() if self._idle else self._started()
        try:
            return process.call(days, function, given)
        finally:
            if process.is_idle:
                with self._lock:
                    self._idle.append(process)

    def _started(self) -> Process:
        if not self._is_open:
            raise ResultsError("the worker processes were stopped")
        self._all.append(take(with_main=self._with_main))
        return self._all[-1]

    def stop(self) -> None:
        """End the processes without waiting for their calls."""
        with self._lock:
            self._is_open = False
            for process in self._all:
                process.kill()
        self.close()

    def close(self) -> None:
        """End the processes once their calls have ended."""
        self._threads.shutdown(cancel_futures=True)
        self._end()

    def _end(self) -> None:
        with self._lock:
            for process in self._all:
                process.end()
            self._all.clear()
            self._idle.clear()


@contextmanager
def open_processes(workers: int) -> Iterator[Processes]:
    """Open a pool of processes; ResultsError in a worker, as it would start the script again."""
    if worker.is_worker():
        raise ResultsError(
            f"a worker process imported the main script, which started again. {GUARD}"
        )
    processes = Processes(workers)
    try:
        yield processes
    except BaseException:
        processes.stop()
        raise
    processes.close()
