"""Arrivals, need, beds and queues at every country and crossing, 7, 14 and 30 days ahead.

Most of these measures are counted nowhere. A count of arrivals says how far the simulation is off
there, and need follows arrivals: with A the series of arrivals at the place that has most figures
(:data:`ARRIVALS`), S the days of a flow, or for a stock all days up to its own, and i the run of a
draw, a value becomes

    x = x_i A(S) / A_i(S)

with A(S) the conditioned draw and A_i(S) the run. Queues, and places where no arrivals are counted,
have the error of their measure that was learned elsewhere: the logarithm of a draw is moved by
s t, with s^2 the mean of the covariance over the days (model_error.py) and t of Student's law.
Draws take its quantiles in turn, and their runs are in random order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.model_error import error_factors, error_of
from emigre.forecasting.cells import Cells, values_of
from emigre.forecasting.conditioning import Conditioned
from emigre.results.planning import MEASURES, SPANS
from emigre.results.window import is_stock

Array = NDArray[np.float64]
Series = tuple[str, str]

ARRIVALS = ("arrived", "entered", "passages")
FOLLOWING = frozenset({"arrived", "entered", "in_need", "reception_beds_used", "unsheltered"})
"""Measures that follow counts of arrivals."""


def targets(places: pl.DataFrame, first: date, days: int) -> pl.DataFrame:
    """Rows of all places and measures: of a stock the last of the days, of others all days."""
    rows = [
        {"measure": measure, "place": place, "from": start, "to": first + timedelta(days=n)}
        for place, kind in places.select("id", "kind").iter_rows()
        for measure in MEASURES.get("country" if kind == "camp" else kind, ())
        for n in SPANS
        if n <= days
        for start in [first + timedelta(days=n - 1 if is_stock(measure) else 0)]
    ]
    names = {"measure": pl.String, "place": pl.String, "from": pl.Date, "to": pl.Date}
    return pl.DataFrame(rows, schema=names)


@dataclass(frozen=True, slots=True, eq=False)
class Reception:
    """Draws of measures that are not counted.

    ``cells`` are those of all measures, ``figures`` the number of counts by series, and
    ``arrivals`` draws the conditioned values of rows (n, n_rows).
    """

    conditioned: Conditioned
    cells: Mapping[str, Cells]
    figures: Mapping[Series, int]
    arrivals: Callable[[pl.DataFrame], Array]

    def values(self, rows: pl.DataFrame) -> Array:
        """Draws of rows (measure, place, from, to), (n, n_rows)."""
        plain = values_of(self.cells, rows)[self.conditioned.runs]
        return plain * np.stack(list(self._factors(rows)), axis=1)

    def _factors(self, rows: pl.DataFrame) -> Iterator[Array]:
        n = len(self.conditioned.runs)
        ratios: dict[tuple[str, str, date, date], Array] = {}
        for row in rows.iter_rows(named=True):
            counted = self._counted(row["place"]) if row["measure"] in FOLLOWING else None
            if counted is None:
                error = error_of(row["measure"])
                factors = error_factors(error, 1.0, (row["to"] - row["from"]).days, n)
                yield np.broadcast_to(factors, n)
                continue
            start = self.cells[counted].start if is_stock(row["measure"]) else row["from"]
            about = counted, row["place"], start, row["to"]
            if about not in ratios:
                ratios[about] = self._ratio(*about)
            yield ratios[about]

    def _ratio(self, measure: str, place: str, start: date, after: date) -> Array:
        """Arrivals of draws over those of their runs; 1 where nobody arrives in the run."""
        rows = pl.DataFrame([{"measure": measure, "place": place, "from": start, "to": after}])
        simulated = values_of(self.cells, rows)[self.conditioned.runs, 0]
        drawn = self.arrivals(rows)[:, 0]
        return np.where(simulated > 0, drawn / np.where(simulated > 0, simulated, 1.0), 1.0)

    def _counted(self, place: str) -> str | None:
        """The measure of arrivals at a place with most counts."""
        counted: Sequence[str] = [m for m in ARRIVALS if self.figures.get((m, place))]
        return max(counted, key=lambda m: self.figures[m, place], default=None)
