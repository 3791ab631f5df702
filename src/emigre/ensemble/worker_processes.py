"""Worker processes on this machine.

They start as new interpreters on all systems, without the main script unless it defines a step or
an analyzer. A pipe that only the parent can write to tells them when it stops them or has ended.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import current_process, get_context
from typing import TYPE_CHECKING, Any

from emigre.engine import api
from emigre.ensemble.from_outside import is_of_main, without_main
from emigre.ensemble.pool import POLL_SECONDS, Days, Item, Made
from emigre.ensemble.task import EnsembleTask, PickledTask, T, Task, work
from emigre.errors import ResultsError
from emigre.numerics.cache_dir import are_kernels_stored

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_MOST = 61 if sys.platform == "win32" else 1_000
"""Most processes of a pool; Windows waits for no more at the same time."""
_GUARD = (
    "A script that passes its own functions to processes needs this around its main code: "
    'if __name__ == "__main__":'
)


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """Memory and a pipe that the workers share with their parent."""

    stopped: Connection
    """Ends when the parent stops the workers, or has ended."""
    days: Any
    """Days simulated since the start."""
    kernels: Any
    """Kernels that are ready, and their number."""


class Processes:
    """Worker processes, each started when no other is idle."""

    def __init__(self, workers: int) -> None:
        context = get_context("spawn")
        stopped, self._open = context.Pipe(duplex=False)
        self.shared = _Shared(stopped, context.Value("q", 0), context.Array("q", 2, lock=False))
        self.workers = min(workers, _MOST)
        self.executor = ProcessPoolExecutor(self.workers, context, _begin, (self.shared,))

    @contextmanager
    def prepare(self, orders: Sequence[EnsembleTask], days: Days) -> Iterator[_Prepared]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""
        items = (item for order in orders for item in (*order.steps, *order.analyzers))
        with_main = any(map(is_of_main, items))
        with _broken_pool_reported(with_main):
            yield _Prepared(self, [*map(PickledTask.of, orders)], days, with_main)

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
        """Call a function with each item in the processes, and return the results in order."""
        with _broken_pool_reported(), _starting():
            made = self.executor.map(function, items)
        with _broken_pool_reported():
            return list(made)

    def submit(self, with_main: bool, function: Callable[..., T], *arguments: object) -> Future[T]:
        """Call a function in a process."""
        with _starting(with_main):
            return self.executor.submit(function, *arguments)

    def stop(self) -> None:
        """End the processes without waiting for their members."""
        self._open.close()
        self.executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def open_processes(workers: int) -> Iterator[Processes]:
    """Open a pool of processes; an error stops them.

    ResultsError if this is such a process itself, which imports the main script.
    """
    if getattr(current_process(), "_inheriting", False):
        raise ResultsError(
            f"a worker process imported the main script, which started again. {_GUARD}"
        )
    processes = Processes(workers)
    try:
        yield processes
    except BaseException:
        processes.stop()
        raise
    processes.executor.shutdown()


@dataclass(slots=True)
class _Prepared:
    """Members in worker processes, which count their days in shared memory."""

    processes: Processes
    pickled: Sequence[PickledTask]
    days: Days
    with_main: bool
    reported: int = 0

    def __post_init__(self) -> None:
        self.reported = self._simulated()

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        """Simulate a member in a process."""
        given = (task, self.pickled[world], run, _count_day)
        return self.processes.submit(self.with_main, work, *given)

    def capacity(self) -> int:
        """Number of processes."""
        return self.processes.workers

    def report(self) -> None:
        """Report the progress since the last call to the listener."""
        if (simulated := self._simulated()) > self.reported:
            self.days.add(simulated - self.reported)
            self.reported = simulated
        ready, total = self.processes.shared.kernels
        if total:
            self.days.kernels(ready, total)

    def _simulated(self) -> int:
        # Without its lock, which a worker that was killed may hold.
        return int(self.processes.shared.days.get_obj().value)


@contextmanager
def _broken_pool_reported(with_main: bool = False) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        if with_main:
            reason = f"it ran out of memory, or it could not import the main script. {_GUARD}"
        else:
            reason = (
                "it was killed, or it ran out of memory: try fewer workers or a larger scale. "
                "Finished runs are kept"
            )
        raise ResultsError(f"a worker process ended early: {reason}") from None


@contextmanager
def _starting(with_main: bool = False) -> Iterator[None]:
    """Start processes that do not react to Ctrl-C, by default without the main script."""
    with nullcontext() if with_main else without_main():
        if sys.platform == "win32":
            yield
            return
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # they inherit it
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, usual)


_of_worker: list[_Shared] = []
"""What this process shares with its parent, if it is a worker."""


def _begin(shared: _Shared) -> None:
    """Worker initialiser."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _of_worker.append(shared)
    threading.Thread(target=_watch_parent, args=(shared,), daemon=True).start()


def _watch_parent(shared: _Shared) -> None:
    """Report compilation until the first day, and exit when the parent asks for it or ended."""
    while not shared.stopped.poll(POLL_SECONDS):
        is_loaded = "emigre.numerics.jit" in sys.modules
        if is_loaded and not shared.days.get_obj().value and not are_kernels_stored():
            shared.kernels[:] = api.kernels_ready()
    os._exit(1)


def _count_day(_day: int) -> None:
    days = _of_worker[0].days
    with days.get_lock():
        days.value += 1
