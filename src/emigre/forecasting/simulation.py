"""Steps from a plan to draws: simulate, read cells, condition them, adjust their widths."""

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
from emigre.forecasting.own_record import OwnRecord, earlier_forecasts
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
    """Simulate the worlds of a plan into run folders; finished runs are not repeated."""
    clock = clock or Clock()
    for world in simulate(homes, plan, watcher, pool, clock):
        world.write_mark(clock)
    clock.lap("write")
    return [folder.Results(home) for home in homes]


def cells_in(results: folder.Results, world: Scenario, measures: Iterable[str]) -> dict[str, Cells]:
    """Read the cells of some measures from the run folder of a scenario."""
    reader = SeriesReader(results)
    return cells_of(reader, api.layout(world), world.tables["places"], sorted(measures))


def conditioned(
    cells: Mapping[str, Cells], known: pl.DataFrame, world: Scenario, plan: Plan, day: date
) -> Conditioned:
    """Condition the cells of a world on the figures known on a day."""
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
    """Adjustment of draws by the scenario's own record and by pooling with baselines."""

    own: OwnRecord
    memory: Memory
    day: date
    scale: int

    @classmethod
    def of(
        cls, cells: Mapping[str, Cells], known: pl.DataFrame, memory: Memory, day: date, scale: int
    ) -> Self:
        """Learn widths from the errors of earlier forecasts of the known figures."""
        return cls(
            OwnRecord.of(earlier_forecasts(cells, known, day, scale, memory.published)),
            memory,
            day,
            scale,
        )

    def shaped(self, values: F64, days: pl.DataFrame, given: Conditioned) -> F64:
        """Adjust draws of single days, (n, n_days); days up to that of the forecast are kept."""
        n = days.filter(pl.col("from") <= self.day).height
        if n == days.height:
            return values
        after, pools = days[n:], self.own.pools()
        breaks = breaks_of(given.cells, after, self.day, self.scale)
        ahead = self.own.shaped(values[:, n:], after, self.day)
        ahead = pooled(ahead, after, self.memory, pools, given.not_simulated, breaks)
        return np.concatenate([values[:, :n], ahead], axis=1)
