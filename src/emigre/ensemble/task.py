"""One member of a plan, wherever it is simulated: a function of its order and its run."""

from __future__ import annotations

import hashlib
import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.engine import api
from emigre.engine.steps import Step
from emigre.ensemble.plan import Plan, program
from emigre.errors import ResultsError
from emigre.evaluation import scores
from emigre.results import shards, tables
from emigre.results.trajectories import Period
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, believed

if TYPE_CHECKING:
    from emigre.engine.build import Compiled
    from emigre.results.counts import Counts

T = TypeVar("T")
_KEPT = 4
"""Orders and compiled scenarios that a process keeps at hand; worlds come one after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What all runs of one world have in common, and the figures that are wanted of each."""

    scenario: Scenario
    seed: int
    scale: int
    by: str | None
    draws: Draws | None
    observations: pl.DataFrame
    trace: Period | None = None
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(
        cls, plan: Plan, world: int, observations: pl.DataFrame, trace: Period | None = None
    ) -> Order:
        """The order of one world of a plan; ``trace``: days over which households are followed."""
        scenario = plan.worlds[world]
        said = (scenario, plan.seed, plan.scale, plan.by, plan.draws, observations, trace)
        return cls(*said, plan.steps)

    def simulate(self, run: int, on_day: api.OnDay | None) -> Counts:
        """The counts of a run."""
        return api.simulate(
            self.compiled(run), self.seed, run, on_day, trace=self.trace, steps=self.steps
        )

    def compiled(self, run: int = 0) -> Compiled:
        """The scenario as arrays, with the draw of parameters of a run."""
        if self.draws is not None:
            drawn = believed(self.scenario, self.draws.of_run(run))
            return api.compile_scenario(drawn, scale=self.scale, by=self.by)
        # All runs share it. The key holds an id: the cache keeps the scenario itself alive.
        compiled: Compiled = _at_hand.get(
            (id(self.scenario), self.scale, self.by),
            self.scenario,
            lambda: api.compile_scenario(self.scenario, scale=self.scale, by=self.by),
        )
        return compiled


Task = Callable[[Order, int, "api.OnDay | None"], T]
"""What is made of a run: a function of the module, so that it can be sent."""


def make_part(order: Order, run: int, on_day: api.OnDay | None = None) -> shards.Part:
    """Simulate a run and pack all its tables."""
    counts = order.simulate(run, on_day)
    layout = tables.Layout.of(counts)
    return shards.pack(layout, counts, run, _observed(order, layout, counts))


def make_values(order: Order, run: int, on_day: api.OnDay | None = None) -> NDArray[np.float64]:
    """Simulate a run and take the value of each observation. Shape (n_observations,)."""
    counts = order.simulate(run, on_day)
    return _observed(order, tables.Layout.of(counts), counts)


def _observed(order: Order, layout: tables.Layout, counts: Counts) -> NDArray[np.float64]:
    return scores.simulated(scores.targets(layout, order.observations), counts)


class _AtHand(Generic[T]):
    """The few things made last, made once for all threads that want them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Any, tuple[Any, T]] = OrderedDict()

    def get(self, key: Any, owner: Any, make: Callable[[], T]) -> T:
        """What belongs to the key. ``owner`` is kept alive, so that a key may hold its id."""
        with self._lock:
            if key not in self._made:
                self._made[key] = owner, make()
                if len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return self._made[key][1]


_at_hand: _AtHand[Any] = _AtHand()


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order on its way to another process; it is unpacked there once."""

    name: str
    content: bytes
    program: str

    @classmethod
    def of(cls, order: Order) -> Parcel:
        """Pack an order."""
        content = zlib.compress(pickle.dumps(order), 1)
        return cls(hashlib.sha256(content).hexdigest(), content, program())

    def order(self) -> Order:
        """Unpack it; ResultsError if this process has other sources than the one that sent it."""
        if self.program != program():
            raise ResultsError(
                "a worker has another version of Emigre; install the same on all machines"
            )
        unpacked: Order = _at_hand.get(
            self.name, None, lambda: pickle.loads(zlib.decompress(self.content))
        )
        return unpacked


def work(task: Task[T], parcel: Parcel, run: int) -> T:
    """Do a task in another process."""
    return task(parcel.order(), run, None)
