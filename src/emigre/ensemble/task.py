"""Ensemble tasks: one member of a plan, a function of its task and run number."""

from __future__ import annotations

import hashlib
import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import polars as pl

from emigre.engine import api
from emigre.engine.steps import Step
from emigre.ensemble.plan import Plan, program
from emigre.errors import ResultsError
from emigre.evaluation import scores
from emigre.numerics.array_types import F64
from emigre.results import shards, tables
from emigre.results.statistics import Analyzer, analyse
from emigre.results.trajectories import Period
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, with_draw

if TYPE_CHECKING:
    from emigre.engine.build import Compiled
    from emigre.results.counts import Counts

T = TypeVar("T")
_KEPT = 4
"""Tasks and compiled scenarios cached per process; worlds are processed in sequence."""


@dataclass(frozen=True, slots=True, eq=False)
class EnsembleTask:
    """Inputs shared by all runs of a world, and the figures requested of each.

    ``threads`` share the work of a run.
    """

    scenario: Scenario
    seed: int
    scale: int
    by: str | None
    draws: Draws | None
    observations: pl.DataFrame
    trace: Period | None = None
    steps: tuple[Step, ...] = ()
    analyzers: tuple[Analyzer, ...] = ()
    threads: int = 1

    @classmethod
    def of(
        cls, plan: Plan, world: int, observations: pl.DataFrame, trace: Period | None = None
    ) -> EnsembleTask:
        """The task of one world of a plan; ``trace``: days over which to record trajectories."""
        scenario = plan.worlds[world]
        inputs = (scenario, plan.seed, plan.scale, plan.by, plan.draws, observations, trace)
        return cls(*inputs, plan.steps, plan.analyzers)

    def simulate(self, run: int, on_day: api.DayCallback | None) -> Counts:
        """The counts of a run."""
        compiled, threads = self.compiled(run), self.threads
        return api.simulate(
            compiled, self.seed, run, on_day, trace=self.trace, steps=self.steps, threads=threads
        )

    def compiled(self, run: int) -> Compiled:
        """The compiled scenario with the parameter draw of a run."""
        if self.draws is not None:
            drawn = with_draw(self.scenario, self.draws.of_run(run))
            return api.compile_scenario(drawn, scale=self.scale, by=self.by)
        # Shared by all runs. The key holds an id, so the cache must keep the scenario alive.
        compiled: Compiled = _cache.get(
            (id(self.scenario), self.scale, self.by),
            self.scenario,
            lambda: api.compile_scenario(self.scenario, scale=self.scale, by=self.by),
        )
        return compiled


RunFunction = Callable[[EnsembleTask, int, "api.DayCallback | None"], T]
"""Function of a run, defined at module level so that it can be pickled."""


def make_part(task: EnsembleTask, run: int, on_day: api.DayCallback | None = None) -> shards.Part:
    """Simulate a run and pack all its tables."""
    counts = task.simulate(run, on_day)
    layout = tables.Layout.of(counts)
    computed = None
    if task.analyzers:
        daily = tables.daily(layout, counts, run).drop("run")
        computed = analyse(task.analyzers, daily)
    rows = scores.with_references(task.observations, layout.start)
    observed = scores.simulated(scores.targets(layout, rows), counts)
    return shards.pack(layout, counts, run, observed, computed)


def make_values(task: EnsembleTask, run: int, on_day: api.DayCallback | None = None) -> F64:
    """Simulate a run and take the value of each observation. Shape (n_observations,)."""
    counts = task.simulate(run, on_day)
    return scores.simulated(scores.targets(tables.Layout.of(counts), task.observations), counts)


class _EntryCache(Generic[T]):
    """Small thread-safe cache that builds each entry once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Any, tuple[Any, T]] = OrderedDict()

    def get(self, key: Any, owner: Any, make: Callable[[], T]) -> T:
        """The entry of a key. ``owner`` is kept alive, so that a key may hold its id."""
        with self._lock:
            if key not in self._made:
                self._made[key] = owner, make()
                if len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return self._made[key][1]


_cache: _EntryCache[Any] = _EntryCache()


@dataclass(frozen=True, slots=True)
class PickledTask:
    """A pickled task, unpickled once per process."""

    name: str
    content: bytes
    program: str

    @classmethod
    def of(cls, task: EnsembleTask) -> PickledTask:
        """Pickle a task."""
        content = zlib.compress(pickle.dumps(task), 1)
        return cls(hashlib.sha256(content).hexdigest(), content, program())

    def task(self) -> EnsembleTask:
        """Unpickle; ResultsError if this process runs other source code than the sender."""
        if self.program != program():
            raise ResultsError(
                "a worker has another version of Emigre; install the same on all machines"
            )
        unpacked: EnsembleTask = _cache.get(
            self.name, None, lambda: pickle.loads(zlib.decompress(self.content))
        )
        return unpacked


def work(
    function: RunFunction[T], pickled: PickledTask, run: int, on_day: api.DayCallback | None = None
) -> T:
    """Call a function of a run in a worker process."""
    return function(pickled.task(), run, on_day)
