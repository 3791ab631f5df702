"""Split the variance of a forecast into chance, parameters and the model's error.

Each draw belongs to a run. With x the logarithm of a draw (law of total variance),

    var x = E var(x | run) + var E(x | run) = model + (chance + parameters)

Runs differ by parameters and by chance. The effect of chance is independent from day to day,
because people decide every day; that of parameters is smooth. Let A_t be the anomaly of a run on
day t (its logarithm minus the mean over runs). Half the mean of (A_t - A_{t-1})^2 around the days
of a figure is the variance due to chance on one day (von Neumann 1941, Annals of Mathematical
Statistics 12, 367-395), which averages out over several days. Its share is this variance divided by
that over runs, and includes the noise of simulating one person for many. Runs with the same
parameters differ by chance alone. The three shares sum to 1.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.known import least_of
from emigre.numerics.array_types import F64

_AROUND = 3
"""Days before and after those of a figure that are used to estimate chance."""


def shares(made: Conditioned, values: F64, rows: pl.DataFrame, *, are_drawn: bool = True) -> F64:
    """Shares (3, n_rows) of chance, parameters and model in the variance of draws (n, n_rows).

    ``are_drawn``: each run has parameters of its own.
    """
    model = made.model_share(values)
    if not are_drawn:
        return np.stack([1.0 - model, np.zeros(rows.height), model])
    chance = np.empty(rows.height)
    for (measure, place), own in rows.with_row_index("at").group_by("measure", "place"):
        cells, least = made.cells[str(measure)], least_of(str(measure), made.scale)
        daily = cells.daily(str(place))
        for row in own.iter_rows(named=True):
            chance[row["at"]] = _of_chance(cells, daily, row, least)
    return np.stack([(1.0 - model) * chance, (1.0 - model) * (1.0 - chance), model])


def _of_chance(cells: Cells, daily: F64, row: Mapping[str, Any], least: float) -> float:
    """Share of chance in the variance of a figure over runs; ``daily`` are values of its place."""
    days = cells.days(row)
    around = daily[:, max(days.start - _AROUND, 0) : days.stop + _AROUND]
    around = np.log(np.maximum(around, least))
    if min(around.shape) < 2:
        return 0.0
    steps = np.diff(around - around.mean(axis=0), axis=1)
    one_day = float((steps**2).sum(axis=0).mean()) / 2.0 / (len(daily) - 1)
    parts = np.maximum(daily[:, days], least).mean(axis=0)
    weights = parts / parts.sum()
    whole = np.log(np.maximum(cells.parts(row).sum(axis=(1, 2)), least)).var(ddof=1)
    return min(1.0, one_day * float(weights @ weights) / whole) if whole > 0 else 0.0
