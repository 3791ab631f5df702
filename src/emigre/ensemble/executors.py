"""Simulate members in threads, in processes, or on a Dask cluster.

All pools follow ``concurrent.futures``. The number of submitted members is limited so that results
do not pile up in memory.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib.util import find_spec
from multiprocessing import parent_process

import numpy as np
import polars as pl

from emigre.engine import api
from emigre.ensemble.callables import can_be_sent
from emigre.ensemble.listener import Days, ProgressListener
from emigre.ensemble.plan import Plan
from emigre.ensemble.pool import Pool, PreparedPool
from emigre.ensemble.process import are_ahead
from emigre.ensemble.progress import Silent
from emigre.ensemble.task import EnsembleTask, RunFunction, T, make_values
from emigre.ensemble.worker import is_worker
from emigre.ensemble.worker_processes import Processes, open_processes
from emigre.errors import InputError, Mistake
from emigre.numerics.array_types import F64
from emigre.numerics.cache_dir import are_kernels_stored, mark_kernels_stored
from emigre.numerics.cores import cores
from emigre.scenario.parsers import quoted

THREADS, PROCESSES = "threads", "processes"
_POLL_SECONDS = 0.5
_SWITCH_SECONDS = 0.0005
"""Seconds for which a run that leaves a kernel waits for a thread in pure Python; default 5 ms."""
_GRACE_SECONDS = 2.0
"""Grace period of an interrupted ensemble for members that are compiling."""
_SUBMITTED_PER_RUNNING = 2
"""Submitted members per running member."""
FEWEST_DAYS = {False: 1_500, True: 5_000}
"""Simulated days from which processes are faster, by whether this one has loaded the kernels."""

Member = tuple[int, int]
"""(world, run)."""


def simulate_all(
    tasks: Sequence[EnsembleTask],
    members: Iterable[Member],
    function: RunFunction[T],
    finish: Callable[[int, int, T], None],
    days: Days,
    pool: Pool,
) -> None:
    """Simulate members, and call ``finish(world, run, result)`` in this thread, in any order.

    If there are fewer members than cores, threads share the work of each.
    """
    members = [*members]
    threads = max(min(pool.cores, cores()) // max(len(members), 1), 1)
    tasks = [replace(task, threads=threads) for task in tasks]
    with pool.prepare(tasks, days) as prepared:
        left = iter(members)
        pending: dict[Future[T], Member] = {}
        while True:
            # A cluster may have grown meanwhile.
            while len(pending) < _SUBMITTED_PER_RUNNING * prepared.capacity():
                member = next(left, None)
                if member is None:
                    break
                pending[prepared.submit(function, *member)] = member
            if not pending:
                return
            # With a timeout, because a blocked main thread would not react to Ctrl-C.
            done, _ = wait(pending, _POLL_SECONDS, return_when=FIRST_COMPLETED)
            # Finished members are stored before another member's error is raised.
            for future in sorted(done, key=lambda f: f.cancelled() or f.exception() is not None):
                finish(*pending.pop(future), future.result())


def open_pool(pool: str | Pool | None, workers: int | None) -> AbstractContextManager[Pool]:
    """Open a pool: ``threads``, ``processes``, or the address of a Dask scheduler.

    None chooses between threads and processes for each ensemble. An open pool is returned
    unchanged, and not closed. Raises InputError for anything else.
    """
    check_pool(pool)
    if not (pool is None or isinstance(pool, str)):
        return nullcontext(pool)
    workers = max(workers or cores(), 1)
    if pool is None:
        return _Chosen(workers)
    if pool == THREADS:
        return nullcontext(_Threads(workers))
    if pool == PROCESSES:
        return open_processes(workers)
    from emigre.ensemble.cluster import open_cluster

    return open_cluster(pool)


def check_pool(pool: object) -> None:
    """InputError unless this names a pool whose requirements are installed."""
    is_open = hasattr(pool, "prepare")
    if is_open or pool is None or (isinstance(pool, str) and pool in (THREADS, PROCESSES)):
        return
    if not isinstance(pool, str) or "://" not in pool:
        expected = f"{THREADS}, {PROCESSES} or the address of a Dask scheduler: tcp://host:8786"
        raise InputError(Mistake("--cluster", quoted(pool), expected))
    if find_spec("distributed") is None:
        expected = "the extra emigre[cluster]: pip install 'emigre[cluster]'"
        raise InputError(Mistake("--cluster", "no Dask on this machine", expected))


class _Chosen(ExitStack):
    """Processes if they are faster, otherwise threads."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self.cores = workers
        self.processes: Processes | None = None

    def prepare(
        self, tasks: Sequence[EnsembleTask], days: Days
    ) -> AbstractContextManager[PreparedPool]:
        items = (item for task in tasks for item in (*task.steps, *task.analyzers))
        if not all(map(can_be_sent, items)):
            return _Threads(self.cores).prepare(tasks, days)
        left = days.total - days.done
        if self.processes is None and (are_ahead() or self._processes_pay(tasks, left)):
            self.processes = self.enter_context(open_processes(self.cores))
        return (self.processes or _Threads(self.cores)).prepare(tasks, days)

    def _processes_pay(self, tasks: Sequence[EnsembleTask], days: int) -> bool:
        """Whether all kernels are stored, and processes save more time than they take to start."""
        return (
            self.cores > 1
            and days > max(task.scenario.n_days for task in tasks)  # more than one run
            and days >= FEWEST_DAYS[_are_kernels_loaded()]
            and not (parent_process() or is_worker())
            and are_kernels_stored()
        )


def _are_kernels_loaded() -> bool:
    return "emigre.numerics.jit" in sys.modules and api.kernels_ready()[0] > 0


@dataclass(frozen=True, slots=True)
class _Threads:
    """Threads of this process: kernels release its lock and share the compiled scenario."""

    cores: int

    @contextmanager
    def prepare(self, tasks: Sequence[EnsembleTask], days: Days) -> Iterator[PreparedPool]:
        if not are_kernels_stored():
            threading.Thread(target=_report_compilation, args=(days,), daemon=True).start()
        executor = ThreadPoolExecutor(self.cores, thread_name_prefix="emigre-run")

        def submit(function: RunFunction[T], world: int, run: int) -> Future[T]:
            return executor.submit(function, tasks[world], run, lambda _day: days.add())

        usual = sys.getswitchinterval()
        try:
            sys.setswitchinterval(_SWITCH_SECONDS)
            yield PreparedPool(submit, lambda: self.cores)
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
        if _are_kernels_loaded():
            mark_kernels_stored()


def _report_compilation(days: Days) -> None:
    """Report compilation until the first day is simulated (up to two minutes)."""
    while not days.stopped.wait(_POLL_SECONDS) and not days.has_begun:
        days.kernels(*api.kernels_ready())


def sample(
    plan: Plan,
    observations: pl.DataFrame,
    *,
    workers: int | None = None,
    pool: str | Pool | None = None,
    watcher: ProgressListener | None = None,
) -> F64:
    """The value of every row of ``observations`` in every member: (n_worlds, runs, n_rows).

    ``observations`` has the columns measure, place, from, to of the schema (half-open days,
    reduced as results/window.py says); nan where a run does not have it. ``pool`` is ``threads``,
    ``processes``, the address of a Dask scheduler, None for the faster on this machine, or a pool
    that is open (:func:`open_pool`).
    """
    values = np.full((len(plan.worlds), plan.runs, observations.height), np.nan)

    def finish(world: int, run: int, figures: F64) -> None:
        values[world, run] = figures

    tasks = [EnsembleTask.of(plan, world, observations) for world in range(len(plan.worlds))]
    days = Days(watcher or Silent(), plan.n_days)
    with open_pool(pool, workers) as opened:
        simulate_all(tasks, plan.members(), make_values, finish, days, opened)
    return values
