"""Where members are simulated: threads, processes, or the workers of a Dask cluster.

All are executors in the sense of ``concurrent.futures``. Threads are the default: kernels release
the interpreter's lock and the compiled scenario is shared. Only so many members are handed out at
a time that finished ones do not pile up in memory.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from emigre import runs as single
from emigre.ensemble.member import Order, Parcel, T, Task, work
from emigre.ensemble.watch import Watcher
from emigre.errors import InputError, Mistake, ResultsError

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

THREADS, PROCESSES = "threads", "processes"
_TELL_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0
"""How long an interrupted ensemble waits for members that are busy compiling."""
_CONNECT_SECONDS = 10
_HANDED_OUT = 2
"""Members handed out for each that is being simulated."""

Member = tuple[int, int]
"""World and run."""


class StoppedError(Exception):
    """Another member failed or the user stopped: this one need not go on."""


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False)
class Days:
    """Counts the simulated days of all members and tells them; called from any thread."""

    watcher: Watcher
    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, days: int = 1) -> None:
        """So many more days are done."""
        if self.stopped.is_set():
            raise StoppedError
        with self.lock:
            self.done += days
            self.watcher.days(self.done, self.total)


class _Place(Protocol):
    """Somewhere to simulate."""

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]: ...

    def side_by_side(self) -> int: ...


def simulate_all(
    orders: Sequence[Order],
    members: Iterable[Member],
    task: Task[T],
    finish: Callable[[int, int, T], None],
    days: Days,
    *,
    pool: str = THREADS,
    workers: int | None = None,
) -> None:
    """Simulate members and hand each result to ``finish(world, run, result)`` as it comes.

    ``finish`` is called from this thread, in no particular order. The first error stops all.
    Raises InputError if the pool is unknown, ResultsError if a cluster cannot be reached.
    """
    with _open(pool, orders, days, workers or cores()) as place:
        members = iter(members)
        pending: dict[Future[T], Member] = {}
        while True:
            # A cluster may have grown since.
            while len(pending) < _HANDED_OUT * place.side_by_side():
                member = next(members, None)
                if member is None:
                    break
                pending[place.submit(task, *member)] = member
            if not pending:
                return
            # Awake now and then: a blocked main thread would not hear Ctrl-C at once.
            done, _ = wait(pending, _TELL_SECONDS, return_when=FIRST_COMPLETED)
            # What is finished is kept before another member's error ends all.
            for future in sorted(done, key=_failed):
                finish(*pending.pop(future), future.result())


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


def _open(pool: str, orders: Sequence[Order], days: Days, workers: int) -> Any:
    if pool == THREADS:
        return _threads(orders, days, workers)
    if pool == PROCESSES:
        return _processes(orders, days, workers)
    if "://" in pool:
        return _cluster(orders, days, pool)
    expected = "the address of a Dask scheduler, such as tcp://host:8786"
    raise InputError([Mistake("--cluster", None, "", pool, expected)])


@dataclass(frozen=True, slots=True)
class _Threads:
    executor: Executor
    orders: Sequence[Order]
    days: Days
    workers: int

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        return self.executor.submit(task, self.orders[world], run, lambda _day: self.days.add())

    def side_by_side(self) -> int:
        return self.workers


@contextmanager
def _threads(orders: Sequence[Order], days: Days, workers: int) -> Iterator[_Threads]:
    threading.Thread(target=_tell_kernels, args=(days,), daemon=True).start()
    executor = ThreadPoolExecutor(workers, thread_name_prefix="emigre-run")
    try:
        yield _Threads(executor, orders, days, workers)
    except BaseException:
        days.stopped.set()  # also on Ctrl-C: running members end at their next day
        executor.shutdown(wait=False, cancel_futures=True)
        ended = threading.Thread(target=executor.shutdown, daemon=True)
        ended.start()
        ended.join(_PATIENCE_SECONDS)
        raise
    executor.shutdown()


def _tell_kernels(days: Days) -> None:
    """Until the first day is done, say how far the kernels are: this may take a minute or two."""
    while not days.stopped.wait(_TELL_SECONDS):
        with days.lock:
            if days.done:
                return
            days.watcher.kernels(*single.kernels_ready())


@dataclass(frozen=True, slots=True)
class _Remote:
    """Members are simulated in other processes; a member's days are told when it is done."""

    executor: Executor
    parcels: Sequence[Parcel]
    lengths: Sequence[int]
    days: Days
    count: Callable[[], int]

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        future = self.executor.submit(work, task, self.parcels[world], run)
        future.add_done_callback(lambda done: self._tell(done, world))
        return future

    def _tell(self, done: Future[Any], world: int) -> None:
        if not done.cancelled() and done.exception() is None:
            with suppress(StoppedError):
                self.days.add(self.lengths[world])

    def side_by_side(self) -> int:
        return self.count()


def _remote(
    executor: Executor, orders: Sequence[Order], days: Days, count: Callable[[], int]
) -> _Remote:
    lengths = [order.scenario.n_days for order in orders]
    return _Remote(executor, [Parcel.of(order) for order in orders], lengths, days, count)


@contextmanager
def _processes(orders: Sequence[Order], days: Days, workers: int) -> Iterator[_Remote]:
    from multiprocessing import get_context

    context = get_context("spawn")
    stopped = context.Event()
    executor = ProcessPoolExecutor(workers, context, _begin_process, (stopped,))
    try:
        yield _remote(executor, orders, days, lambda: workers)
    except BaseException:
        days.stopped.set()
        stopped.set()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def _begin_process(stopped: Event) -> None:
    """In a new process: leave Ctrl-C to the parent, and end when it says so or is no more."""
    from multiprocessing import connection, parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def end() -> None:
        while not stopped.wait(_TELL_SECONDS):
            if connection.wait([parent.sentinel], 0):
                break
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


@contextmanager
def _cluster(orders: Sequence[Order], days: Days, address: str) -> Iterator[_Remote]:
    try:
        from distributed import Client
    except ImportError:
        expected = "the extra emigre[cluster]: pip install 'emigre[cluster]'"
        raise InputError(
            [Mistake("--cluster", None, "", "no Dask on this machine", expected)]
        ) from None
    try:
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ResultsError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        # A member is a function of its order and run: one that was lost is simulated again.
        executor = client.get_executor(pure=False, retries=3)
        try:
            yield _remote(executor, orders, days, lambda: sum(client.nthreads().values()) or 1)
        except BaseException:
            days.stopped.set()
            executor.shutdown(wait=False)
            raise
