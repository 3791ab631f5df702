"""Where members are simulated: threads, processes, or the workers of a Dask cluster.

All are executors in the sense of ``concurrent.futures``. Threads are the default: kernels release
the interpreter's lock and the compiled scenario is shared. Only so many members are handed out at
a time that finished ones do not pile up in memory.
"""

from __future__ import annotations

import os
import signal
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
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from emigre.engine import api
from emigre.ensemble.listener import Watcher
from emigre.ensemble.task import Order, Parcel, T, Task, work
from emigre.errors import InputError, Mistake, ResultsError
from emigre.scenario.parsers import quoted

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

THREADS, PROCESSES = "threads", "processes"
_TELL_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0
"""How long an interrupted ensemble waits for members that are busy compiling."""
_CONNECT_SECONDS = 10
WORKER_SECONDS = 60.0
"""How long a cluster may have no worker."""
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


def simulate_all(
    orders: Sequence[Order],
    members: Iterable[Member],
    task: Task[T],
    finish: Callable[[int, int, T], None],
    days: Days,
    *,
    pool: str | Pool = THREADS,
    workers: int | None = None,
) -> None:
    """Simulate members and hand each result to ``finish(world, run, result)`` as it comes.

    ``finish`` is called from this thread, in no particular order. The first error stops all.
    ``pool`` is an open pool, or the name of one that is opened for these members alone. Raises
    InputError if the pool is unknown, ResultsError if a cluster cannot be reached.
    """
    opened = open_pool(pool, workers) if isinstance(pool, str) else nullcontext(pool)
    with opened as here, here.working(orders, days) as place:
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


class _Place(Protocol):
    """A pool at work on some orders."""

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]: ...

    def side_by_side(self) -> int: ...


class Pool(Protocol):
    """Somewhere to simulate; open it once for many ensembles, one after the other."""

    def working(self, orders: Sequence[Order], days: Days) -> AbstractContextManager[_Place]:
        """At work on these orders; on an error its members are stopped, and so is the pool."""


def open_pool(pool: str = THREADS, workers: int | None = None) -> AbstractContextManager[Pool]:
    """Open ``threads`` or ``processes`` of this machine, or a Dask cluster by its address.

    InputError if it is none of these.
    """
    check_pool(pool)
    if pool == THREADS:
        return nullcontext(_Threads(workers or cores()))
    if pool == PROCESSES:
        return _processes(workers or cores())
    return _cluster(pool)


def check_pool(pool: object) -> None:
    """InputError unless this names a pool and what it needs is installed."""
    if pool in (THREADS, PROCESSES):
        return
    if not isinstance(pool, str) or "://" not in pool:
        expected = f"{THREADS}, {PROCESSES} or the address of a Dask scheduler: tcp://host:8786"
        raise InputError([Mistake("--cluster", None, "", quoted(pool), expected)])
    if find_spec("distributed") is None:
        expected = "the extra emigre[cluster]: pip install 'emigre[cluster]'"
        raise InputError([Mistake("--cluster", None, "", "no Dask on this machine", expected)])


@dataclass(frozen=True, slots=True)
class _Threads:
    workers: int

    @contextmanager
    def working(self, orders: Sequence[Order], days: Days) -> Iterator[_ThreadsAtWork]:
        threading.Thread(target=_tell_kernels, args=(days,), daemon=True).start()
        executor = ThreadPoolExecutor(self.workers, thread_name_prefix="emigre-run")
        try:
            yield _ThreadsAtWork(executor, orders, days, self.workers)
        except BaseException:
            days.stopped.set()  # also on Ctrl-C: running members end at their next day
            executor.shutdown(wait=False, cancel_futures=True)
            ended = threading.Thread(target=executor.shutdown, daemon=True)
            ended.start()
            ended.join(_PATIENCE_SECONDS)
            raise
        executor.shutdown()


@dataclass(frozen=True, slots=True)
class _ThreadsAtWork:
    executor: Executor
    orders: Sequence[Order]
    days: Days
    workers: int

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        return self.executor.submit(task, self.orders[world], run, lambda _day: self.days.add())

    def side_by_side(self) -> int:
        return self.workers


def _tell_kernels(days: Days) -> None:
    """Until the first day is done, say how far the kernels are: this may take a minute or two."""
    while not days.stopped.wait(_TELL_SECONDS):
        with days.lock:
            if days.done:
                return
            days.watcher.kernels(*api.kernels_ready())


@dataclass(frozen=True, slots=True)
class _Remote:
    """An executor of other processes, how many members it does at once, and how to stop it."""

    executor: Executor
    count: Callable[[Watcher], int]
    stop: Callable[[], None]

    @contextmanager
    def working(self, orders: Sequence[Order], days: Days) -> Iterator[_RemoteAtWork]:
        lengths = [order.scenario.n_days for order in orders]
        try:
            yield _RemoteAtWork(self, [Parcel.of(order) for order in orders], lengths, days)
        except BaseException:
            days.stopped.set()
            self.stop()
            raise


@dataclass(frozen=True, slots=True)
class _RemoteAtWork:
    """Members are simulated in other processes; a member's days are told when it is done."""

    remote: _Remote
    parcels: Sequence[Parcel]
    lengths: Sequence[int]
    days: Days

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        future = self.remote.executor.submit(work, task, self.parcels[world], run)
        future.add_done_callback(lambda done: self._tell(done, world))
        return future

    def _tell(self, done: Future[Any], world: int) -> None:
        if not done.cancelled() and done.exception() is None:
            with suppress(StoppedError):
                self.days.add(self.lengths[world])

    def side_by_side(self) -> int:
        return self.remote.count(self.days.watcher)


@contextmanager
def _processes(workers: int) -> Iterator[_Remote]:
    from multiprocessing import get_context

    context = get_context("spawn")
    stopped = context.Event()
    executor = ProcessPoolExecutor(workers, context, _begin_process, (stopped,))

    def stop() -> None:
        stopped.set()
        executor.shutdown(wait=False, cancel_futures=True)

    try:
        yield _Remote(executor, lambda _watcher: workers, stop)
    except BaseException:
        stop()
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
def _cluster(address: str) -> Iterator[_Remote]:
    from distributed import Client

    try:
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ResultsError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        # A member is a function of its order and run: one that was lost is simulated again.
        executor = client.get_executor(pure=False, retries=3)
        workers = Workers(client, address)
        yield _Remote(executor, workers.count, lambda: executor.shutdown(wait=False))


@dataclass(slots=True, eq=False)
class Workers:
    """Those of a cluster: they may come and go, but not stay away."""

    client: Any
    address: str
    missing_since: float | None = None

    def count(self, watcher: Watcher) -> int:
        """Members that they do at once, at least 1; ResultsError if there is none for long.

        The watcher is told when the wait begins.
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
