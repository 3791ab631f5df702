"""The simulation behind a forecast: a run folder, its cells, these given the counts, and widths."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from emigre.engine import api
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.plan import Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import Clock, simulate
from emigre.evaluation.baselines import Memory
from emigre.evaluation.simulated import SeriesReader
from emigre.forecasting.cells import Cells, cells_of
from emigre.forecasting.conditioning import Conditioned, condition, people_of
from emigre.forecasting.own_record import OwnRecord, earlier
from emigre.forecasting.pooling import breaks_of, pooled
from emigre.forecasting.settings import draws_for
from emigre.numerics.array_types import F64
from emigre.numerics.streams import stream
from emigre.results import folder
from emigre.scenario.model import Scenario


def run_into(
    homes: Sequence[Path],
    plan: Plan,
    watcher: ProgressListener,
    *,
    pool: Pool,
    clock: Clock | None = None,
) -> list[folder.Results]:
    """Simulate the worlds of a plan into run folders; finished runs in them are kept."""
    clock = clock or Clock()
    for world in simulate(homes, plan, watcher, pool, clock):
        world.write_mark(clock)
    clock.lap("write")
    return [folder.Results(home) for home in homes]


def cells_in(results: folder.Results, world: Scenario, measures: Iterable[str]) -> dict[str, Cells]:
    """The cells of some measures in the run folder of a scenario."""
    reader = SeriesReader(results)
    return cells_of(reader, api.layout(world), world.tables["places"], sorted(measures))


def conditioned(
    cells: Mapping[str, Cells], known: pl.DataFrame, world: Scenario, plan: Plan, day: date
) -> Conditioned:
    """The cells of a world conditioned on the figures known on a day."""
    return condition(
        cells,
        known,
        day=day,
        scale=plan.scale,
        draws=draws_for(plan.runs),
        rng=stream(f"emigre forecast {plan.seed} {day}"),
        people=people_of(world),
        has_traffic=world.tables["traffic"].height > 0,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Widths:
    """Widths of a forecast made on a day: of the own record, pooled with the baselines."""

    own: OwnRecord
    memory: Memory
    day: date
    scale: int

    @classmethod
    def of(
        cls, cells: Mapping[str, Cells], known: pl.DataFrame, memory: Memory, day: date, scale: int
    ) -> Self:
        """The widths by the misses of forecasts of the known figures."""
        return cls(
            OwnRecord.of(earlier(cells, known, day, scale, memory.published)), memory, day, scale
        )

    def shaped(self, values: F64, days: pl.DataFrame, given: Conditioned) -> F64:
        """Draws of single days (n, n_days); those up to the day are left as they are."""
        n = days.filter(pl.col("from") <= self.day).height
        if n == days.height:
            return values
        after, pools = days[n:], self.own.pools()
        breaks = breaks_of(given.cells, after, self.day, self.scale)
        ahead = self.own.shaped(values[:, n:], after, self.day)
        ahead = pooled(ahead, after, self.memory, pools, given.not_simulated, breaks)
        return np.concatenate([values[:, :n], ahead], axis=1)
