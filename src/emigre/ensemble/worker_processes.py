"""Worker processes on this machine.

They are new interpreters on all systems, and import the main script only if it defines a step or an
analyzer. A thread of this process waits for each; pipes carry calls and results, and end a worker
when this process ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from emigre.ensemble import worker
from emigre.ensemble.from_outside import MAIN, is_of_main
from emigre.ensemble.pool import Days, Item, Made
from emigre.ensemble.task import EnsembleTask, PickledTask, T, Task, work
from emigre.errors import ResultsError

_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from emigre.ensemble.worker import serve; serve()"
)
_GUARD = (
    "A script that passes its own functions to processes needs this around its main code: "
    'if __name__ == "__main__":'
)


class Processes:
    """Worker processes, each started when no other is idle."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="emigre-worker")
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._all: list[_Process] = []
        self._with_main = False
        self._is_open = True

    @contextmanager
    def prepare(self, orders: Sequence[EnsembleTask], days: Days) -> Iterator[_Prepared]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""
        items = (item for order in orders for item in (*order.steps, *order.analyzers))
        if any(map(is_of_main, items)) and not self._with_main:
            self._with_main = True
            self._end()  # they do not know the main script
        try:
            yield _Prepared(self, [*map(PickledTask.of, orders)], days)
        except BaseException:
            days.stopped.set()
            self.stop()
            raise

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
        """Call a function with each item in the processes, and return the results in order."""
        return [future.result() for future in [self.submit(None, function, i) for i in items]]

    def submit(self, days: Days | None, function: Callable[..., T], *given: object) -> Future[T]:
        """Call a function in a process, which reports progress to ``days``."""
        return self._threads.submit(self._call, days, function, given)

    def _call(self, days: Days | None, function: Callable[..., Any], given: Any) -> Any:
        with self._lock:
            process = self._idle.pop() if self._idle else self._started()
        try:
            return process.call(days, function, given)
        finally:
            if process.is_idle:
                with self._lock:
                    self._idle.append(process)

    def _started(self) -> _Process:
        if not self._is_open:
            raise ResultsError("the worker processes were stopped")
        self._all.append(_Process(with_main=self._with_main))
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
    """Open a pool of processes; an error stops them.

    ResultsError in a worker, which imports the main script.
    """
    if worker.is_worker():
        raise ResultsError(
            f"a worker process imported the main script, which started again. {_GUARD}"
        )
    processes = Processes(workers)
    try:
        yield processes
    except BaseException:
        processes.stop()
        raise
    processes.close()


class _Prepared:
    """Members in worker processes."""

    def __init__(self, processes: Processes, pickled: Sequence[PickledTask], days: Days) -> None:
        self._processes, self._pickled, self._days = processes, pickled, days

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        """Simulate a member in a process."""
        given = (task, self._pickled[world], run, worker.count_day)
        return self._processes.submit(self._days, work, *given)

    def capacity(self) -> int:
        """Number of processes."""
        return self._processes.workers


class _Process:
    """Handle on a worker."""

    def __init__(self, *, with_main: bool) -> None:
        self._with_main = with_main
        self.is_idle = True
        with _signals_blocked():  # which the process inherits
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        with suppress(OSError):  # the first call reports it
            self._send([*map(os.path.abspath, sys.path)])
            self._send(_main_script() if with_main else {})

    def call(self, days: Days | None, function: Callable[..., Any], given: object) -> Any:
        """The result of a call; raises its error, or ResultsError if the process ends."""
        self.is_idle = False
        kind, content = self._answer(pickle.dumps((function, given)))
        while kind not in ("result", "error"):
            if days is not None:
                days.add(content) if kind == "days" else days.kernels(*content)
            kind, content = self._answer()
        self.is_idle = True
        if kind == "error":
            raise content
        return content

    def _answer(self, call: bytes | None = None) -> Any:
        """The next message of the process, after a call."""
        try:
            if call is not None:
                self._send(call)
            return pickle.load(self._out)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise ResultsError(f"a worker process ended early: {self._reason()}") from None

    def _reason(self) -> str:
        if self._with_main:
            return f"it ran out of memory, or it could not import the main script. {_GUARD}"
        return (
            "it was killed, or it ran out of memory: try fewer workers or a larger scale. "
            "Finished runs are kept"
        )

    def _send(self, content: object) -> None:
        pickle.dump(content, self._in)
        self._in.flush()

    def kill(self) -> None:
        """End at once."""
        self._process.kill()

    def end(self) -> None:
        """End without a call."""
        with suppress(OSError), self._process:  # closes its input and waits
            pass


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block Ctrl-C, which this process alone handles."""
    if sys.platform == "win32":
        yield
        return
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _main_script() -> dict[str, Any]:
    """What ``multiprocessing.spawn.prepare`` needs to import the main script."""
    main = sys.modules[MAIN]
    name = getattr(main.__spec__, "name", None)
    start = {"init_main_from_name": name} if name else {"init_main_from_path": main.__file__}
    return {"sys_argv": sys.argv} | start
