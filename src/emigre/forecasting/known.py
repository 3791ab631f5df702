"""Known figures, and their counted and simulated values in logarithms.

The variance of the error of a count is that of its kind of figure (observation_error.py), unless
the error persists (stocks.py), plus 1 / (y + 1/2) for the chance in a small count y, plus (2 %)^2
because sources never agree to the last digit. Smaller values are raised to 1/2 person for counts,
half a household for simulated values, and half an hour for waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.evaluation.baselines import Series
from emigre.evaluation.model_error import QUEUES, kind_of
from emigre.evaluation.observation_error import observation_median, observation_sd
from emigre.forecasting.cells import Cells, values_of
from emigre.forecasting.closures import MANY
from emigre.forecasting.local_error import Spread, middle_of, shared_by
from emigre.forecasting.stocks import is_lasting
from emigre.numerics.array_types import F64

LATELY = timedelta(days=14)
"""Days used to determine whether a series is simulated at all."""
LEAST_SD = 0.02
LEAST_HOURS = 0.5
"""Shorter waits are treated as this long."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Known figures, and their counted and simulated values in logarithms.

    Figures with nobody counted and no household simulated are left out: both agree, and the error
    of the simulation is unknown.

    Attributes
    ----------
    rows : DataFrame
        The figures, rows of observations.
    counted, simulated : (n,) and (runs, n)
        Logarithms of counts and simulated values.
    variance : (n,)
        Variance of the errors of counts.
    counted_series : frozenset
        All series with figures.
    not_simulated : frozenset
        Series in which people were counted, and no household simulated, in most figures of the
        last :data:`LATELY` days.
    few : mapping
        People a day expected where no household is simulated any more (:func:`_expected_few`).
    """

    rows: pl.DataFrame
    counted: F64
    simulated: F64
    variance: F64
    counted_series: frozenset[Series] = frozenset()
    not_simulated: frozenset[Series] = frozenset()
    few: Mapping[Series, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cells: Mapping[str, Cells],
        rows: pl.DataFrame,
        scale: int,
        known: pl.DataFrame | None = None,
    ) -> Self:
        """Figures whose places and days the cells include.

        ``known`` are the figures from which stocks start, by default the same.
        """
        held = [
            r["measure"] in cells and cells[r["measure"]].holds(r)
            for r in rows.iter_rows(named=True)
        ]
        rows = rows.filter(pl.Series(held, dtype=pl.Boolean))
        values = values_of(cells, rows)
        counts_people = np.array([is_count(m) for m in rows["measure"]], dtype=bool)
        nobody = counts_people & (observation_median(rows) < 0.5)
        no_household = counts_people & (np.median(values, axis=0) <= scale / 2.0)
        lately = (
            rows.select("measure", "place", "to", lacks=pl.Series(no_household & ~nobody))
            .filter(pl.col("to") > pl.col("to").max().over("measure", "place") - LATELY)
            .group_by("measure", "place", maintain_order=True)
            .agg(pl.col("lacks").mean())
            .filter(pl.col("lacks") > 0.5)
        )
        series, not_simulated = (
            frozenset(t.select("measure", "place").rows()) for t in (rows, lately)
        )
        few = _expected_few(rows, no_household, scale)
        kept = ~(nobody & no_household)
        rows, values, persons = rows.filter(kept), values[:, kept], counts_people[kept]
        least = np.where(persons, scale / 2.0, LEAST_HOURS)
        simulated = np.maximum(values, least)
        counted = np.maximum(observation_median(rows), np.where(persons, 0.5, LEAST_HOURS))
        by_chance = np.where(persons, 1.0 / (counted + 0.5), 0.0)
        lasts = is_lasting(cells, rows, rows if known is None else known)
        vague = np.where(lasts, 0.0, observation_sd(rows))
        variance = vague**2 + by_chance + LEAST_SD**2
        return cls(rows, np.log(counted), np.log(simulated), variance, series, not_simulated, few)

    def __len__(self) -> int:
        return len(self.counted)

    def spread(self, known: int) -> Spread:
        """Spread of the figures over runs; the first ``known`` figures are known."""
        series: dict[tuple[str, str], list[int]] = {}
        for i, (measure, place) in enumerate(self.rows.select("measure", "place").iter_rows()):
            if kind_of(measure) != "stock":  # its level is that of the last count
                series.setdefault((shared_by(measure), place), []).append(i)
        is_queue = self.rows["measure"].is_in(list(QUEUES)).to_numpy()
        middle = middle_of(self.simulated, is_queue)
        return Spread.of(self.simulated, middle, list(series.values()), known)


def _expected_few(
    rows: pl.DataFrame, no_household: NDArray[np.bool_], scale: int
) -> dict[Series, float]:
    """People a day expected where no household is simulated any more, by series.

    The n days with y people counted are those since the last figure with a simulated household or,
    before the last figure, with MANY people. The mean is (1/2 + y) / (1/scale + n): Jeffreys' prior
    of a rate, and one household-day in which nobody was simulated. Figures older than
    :data:`LATELY` are not used.
    """
    last = pl.col("to").max().over("measure", "place")
    is_before = ~pl.col("is_none") | ((pl.col("value") >= MANY) & (pl.col("to") < last))
    since = pl.col("to").filter(is_before).max().over("measure", "place")
    n = (pl.col("to") - pl.col("from")).dt.total_days().sum()
    found = (
        rows.with_columns(is_none=pl.Series(no_household))
        .filter((pl.col("to") > since.fill_null(date.min)) & (pl.col("to") > last - LATELY))
        .group_by("measure", "place", maintain_order=True)
        .agg(mean=(0.5 + pl.col("value").sum()) / (1.0 / scale + n))
    )
    return {(measure, place): mean for measure, place, mean in found.iter_rows()}


def is_count(measure: str) -> bool:
    """Whether a measure is a number of persons."""
    return schema.measures()[measure].is_count


def least_of(measure: str, scale: int) -> float:
    """Smallest simulated value of a measure: half a household, or half an hour."""
    return scale / 2.0 if is_count(measure) else LEAST_HOURS
