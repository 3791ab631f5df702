"""Simulated values of chosen figures for every member of a plan, without tables."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.ensemble.days import Days
from emigre.ensemble.executors import open_pool, simulate_all
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.plan import Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.progress import Silent
from emigre.ensemble.task import EnsembleTask, make_values


def sample(
    plan: Plan,
    observations: pl.DataFrame,
    *,
    workers: int | None = None,
    pool: str | Pool | None = None,
    watcher: ProgressListener | None = None,
) -> NDArray[np.float64]:
    """The value of every row of ``observations`` in every member: (n_worlds, runs, n_rows).

    ``observations`` has the columns measure, place, from, to of the schema (half-open days,
    reduced as results/window.py says); nan where a run does not have it. ``pool`` is ``threads``,
    ``processes``, the address of a Dask scheduler, None for the faster on this machine, or a pool
    that is open (:func:`open_pool`).
    """
    values = np.full((len(plan.worlds), plan.runs, observations.height), np.nan)

    def finish(world: int, run: int, figures: NDArray[np.float64]) -> None:
        values[world, run] = figures

    tasks = [EnsembleTask.of(plan, world, observations) for world in range(len(plan.worlds))]
    days = Days(watcher or Silent(), plan.n_days)
    with open_pool(pool, workers) as where:
        simulate_all(tasks, plan.members(), make_values, finish, days, where)
    return values
