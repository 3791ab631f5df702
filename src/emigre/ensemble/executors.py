"""Executors: threads, processes, or the workers of a Dask cluster.

All follow ``concurrent.futures``. Threads are the default: kernels release the GIL and share the
compiled scenario. The number of submitted members is limited so that results do not pile up in
memory.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from emigre.engine import api
from emigre.ensemble.from_outside import is_of_main, without_main
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.task import EnsembleTask, PickledTask, T, Task, work
from emigre.errors import InputError, Mistake, ResultsError
from emigre.numerics.cores import cores
from emigre.scenario.parsers import quoted

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

THREADS, PROCESSES = "threads", "processes"
_POLL_SECONDS = 0.5
_SWITCH_SECONDS = 0.0005
"""Seconds for which a run that leaves a kernel waits for a thread in pure Python; default 5 ms."""
_GRACE_SECONDS = 2.0
"""Grace period of an interrupted ensemble for members that are compiling."""
_CONNECT_SECONDS = 10
WORKER_SECONDS = 60.0
"""Longest time without a worker before a cluster is given up."""
_SUBMITTED_PER_RUNNING = 2
"""Submitted members per running member."""

_GUARD = (
    "A script that passes its own functions to processes needs this around its main code: "
    'if __name__ == "__main__":'
)

Member = tuple[int, int]
"""(world, run)."""


class StoppedError(Exception):
    """Raised in members that are cancelled because another failed or the user interrupted."""


@dataclass(eq=False)
class Days:
    """Thread-safe count of the simulated days of all members, reported to the listener."""

    watcher: ProgressListener
    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, days: int = 1) -> None:
        """Add simulated days."""
        if self.stopped.is_set():
            raise StoppedError
        with self.lock:
            self.done += days
            self.watcher.days(self.done, self.total)


def simulate_all(
    orders: Sequence[EnsembleTask],
    members: Iterable[Member],
    task: Task[T],
    finish: Callable[[int, int, T], None],
    days: Days,
    *,
    pool: str | Pool = THREADS,
    workers: int | None = None,
) -> None:
    """Simulate members and pass each result to ``finish(world, run, result)`` when it is ready.

    ``finish`` is called from this thread, in no particular order. The first error stops all.
    ``pool`` is an open pool, or the name of one to open for these members. Raises InputError if
    the pool is unknown, ResultsError if a cluster cannot be reached.
    """
    opening = open_pool(pool, workers) if isinstance(pool, str) else nullcontext(pool)
    with opening as opened, opened.prepare(orders, days) as prepared:
        members = iter(members)
        pending: dict[Future[T], Member] = {}
        while True:
            # A cluster may have grown meanwhile.
            while len(pending) < _SUBMITTED_PER_RUNNING * prepared.capacity():
                member = next(members, None)
                if member is None:
                    break
                pending[prepared.submit(task, *member)] = member
            if not pending:
                return
            # With a timeout, because a blocked main thread would not react to Ctrl-C.
            done, _ = wait(pending, _POLL_SECONDS, return_when=FIRST_COMPLETED)
            # Finished members are stored before another member's error is raised.
            for future in sorted(done, key=_failed):
                finish(*pending.pop(future), future.result())


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


class _PreparedPool(Protocol):
    """A pool prepared for some tasks."""

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]: ...

    def capacity(self) -> int: ...


class Pool(Protocol):
    """A reusable pool for consecutive ensembles."""

    def prepare(
        self, orders: Sequence[EnsembleTask], days: Days
    ) -> AbstractContextManager[_PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""


def open_pool(pool: str = THREADS, workers: int | None = None) -> AbstractContextManager[Pool]:
    """Open a pool: ``threads``, ``processes``, or the address of a Dask scheduler.

    InputError for anything else.
    """
    check_pool(pool)
    if pool == THREADS:
        return nullcontext(_Threads(workers or cores()))
    if pool == PROCESSES:
        return _processes(workers or cores())
    return _cluster(pool)


def check_pool(pool: object) -> None:
    """InputError unless this names a pool whose requirements are installed."""
    if isinstance(pool, str) and pool in (THREADS, PROCESSES):
        return
    if not isinstance(pool, str) or "://" not in pool:
        expected = f"{THREADS}, {PROCESSES} or the address of a Dask scheduler: tcp://host:8786"
        raise InputError(Mistake("--cluster", quoted(pool), expected))
    if find_spec("distributed") is None:
        expected = "the extra emigre[cluster]: pip install 'emigre[cluster]'"
        raise InputError(Mistake("--cluster", "no Dask on this machine", expected))


@dataclass(frozen=True, slots=True)
class _Threads:
    workers: int

    @contextmanager
    def prepare(self, orders: Sequence[EnsembleTask], days: Days) -> Iterator[_PreparedThreads]:
        threading.Thread(target=_report_compilation, args=(days,), daemon=True).start()
        executor = ThreadPoolExecutor(self.workers, thread_name_prefix="emigre-run")
        usual = sys.getswitchinterval()
        try:
            sys.setswitchinterval(_SWITCH_SECONDS)
            yield _PreparedThreads(executor, orders, days, self.workers)
        except BaseException:
            days.stopped.set()  # also on Ctrl-C: running members stop at their next day
            executor.shutdown(wait=False, cancel_futures=True)
            ended = threading.Thread(target=executor.shutdown, daemon=True)
            ended.start()
            ended.join(_GRACE_SECONDS)
            raise
        finally:
            sys.setswitchinterval(usual)
        executor.shutdown()


@dataclass(frozen=True, slots=True)
class _PreparedThreads:
    executor: Executor
    orders: Sequence[EnsembleTask]
    days: Days
    workers: int

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        return self.executor.submit(task, self.orders[world], run, lambda _day: self.days.add())

    def capacity(self) -> int:
        return self.workers


def _report_compilation(days: Days) -> None:
    """Report compilation progress until the first day is simulated (up to two minutes)."""
    while not days.stopped.wait(_POLL_SECONDS):
        with days.lock:
            if days.done:
                return
            days.watcher.kernels(*api.kernels_ready())


def _unchanged(parcel: PickledTask) -> PickledTask:
    return parcel


@dataclass(frozen=True, slots=True)
class _Remote:
    """A process executor with its capacity and a way to stop it."""

    executor: Executor
    count: Callable[[ProgressListener], int]
    stop: Callable[[], None]
    is_local: bool = False
    send: Callable[[PickledTask], Any] = _unchanged
    """Hands a task to the workers once, for all its runs."""

    @contextmanager
    def prepare(self, orders: Sequence[EnsembleTask], days: Days) -> Iterator[_PreparedRemote]:
        lengths = [order.scenario.n_days for order in orders]
        try:
            items = (item for order in orders for item in (*order.steps, *order.analyzers))
            hides_main = self.is_local and not any(map(is_of_main, items))
            start_context = without_main if hides_main else nullcontext
            pickled = [self.send(PickledTask.of(order)) for order in orders]
            yield _PreparedRemote(self, pickled, lengths, days, start_context)
        except BrokenProcessPool:
            raise ResultsError(
                "a worker process ended early: it ran out of memory, or it could not import the "
                f"main script. {_GUARD}"
            ) from None
        except BaseException:
            days.stopped.set()
            self.stop()
            raise


@dataclass(frozen=True, slots=True)
class _PreparedRemote:
    """Runs members in other processes; progress is reported per finished member."""

    remote: _Remote
    pickled: Sequence[Any]
    lengths: Sequence[int]
    days: Days
    start_context: Callable[[], AbstractContextManager[None]]

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        with self.start_context():  # submitting starts processes
            future = self.remote.executor.submit(work, task, self.pickled[world], run)
        future.add_done_callback(lambda done: self._report_days(done, world))
        return future

    def _report_days(self, done: Future[Any], world: int) -> None:
        if not done.cancelled() and done.exception() is None:
            with suppress(StoppedError):
                self.days.add(self.lengths[world])

    def capacity(self) -> int:
        return self.remote.count(self.days.watcher)


@contextmanager
def _processes(workers: int) -> Iterator[_Remote]:
    from multiprocessing import current_process, get_context

    if getattr(current_process(), "_inheriting", False):
        raise ResultsError(
            f"a worker process imported the main script, which started again. {_GUARD}"
        )
    context = get_context("spawn")
    stopped = context.Event()
    executor = ProcessPoolExecutor(workers, context, _begin_process, (stopped,))

    def stop() -> None:
        stopped.set()
        executor.shutdown(wait=False, cancel_futures=True)

    try:
        yield _Remote(executor, lambda _watcher: workers, stop, is_local=True)
    except BaseException:
        stop()
        raise
    executor.shutdown()


def _begin_process(stopped: Event) -> None:
    """Worker initialiser: ignore Ctrl-C, and exit when the parent asks for it or has ended."""
    from multiprocessing import connection, parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def end() -> None:
        while not stopped.wait(_POLL_SECONDS):
            if connection.wait([parent.sentinel], 0):
                break
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[_Remote]:
    from distributed import Client

    try:
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ResultsError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        # A member is a function of its task and run, so lost ones can be repeated.
        executor = client.get_executor(pure=False, retries=3)
        workers = Workers(client, address)

        def send(parcel: PickledTask) -> Any:
            # A result that workers fetch from each other; computed again if it is lost.
            return client.submit(_unchanged, parcel, pure=False, retries=3)

        def stop() -> None:
            executor.shutdown(wait=False)

        yield _Remote(executor, workers.count, stop, send=send)


@dataclass(slots=True, eq=False)
class Workers:
    """Workers of a cluster, which may come and go."""

    client: Any
    address: str
    missing_since: float | None = None

    def count(self, watcher: ProgressListener) -> int:
        """Capacity of the cluster, at least 1; ResultsError after too long without workers.

        The listener is notified when the wait begins.
        """
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
