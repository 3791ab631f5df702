"""The simulation behind a forecast: a run folder, its cells, and these given the counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from emigre.engine import api
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.plan import Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import Clock, simulate
from emigre.evaluation.simulated import SeriesReader
from emigre.forecasting.cells import Cells, cells_of
from emigre.forecasting.conditioning import Conditioned, condition, people_of
from emigre.forecasting.settings import draws_for
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
