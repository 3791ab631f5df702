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

Of a draw of the need N in a country with B beds, min(N, B) are in use and max(N - B, 0) people
have none, as in the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
NEED, USED, WITHOUT = "in_need", "reception_beds_used", "unsheltered"
FOLLOWING = frozenset({"arrived", "entered", NEED})
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

    ``cells`` are those of all measures, ``figures`` the number of counts by series, ``counted``
    draws the conditioned values of rows with counts (n, n_rows), and ``beds`` are those of places.
    """

    conditioned: Conditioned
    cells: Mapping[str, Cells]
    figures: Mapping[Series, int]
    counted: Callable[[pl.DataFrame], Array]
    beds: Mapping[str, int]

    def values(self, rows: pl.DataFrame) -> Array:
        """Draws of rows (measure, place, from, to), (n, n_rows)."""
        followed = rows.with_columns(pl.col("measure").replace({USED: NEED, WITHOUT: NEED}))
        plain = values_of(self.cells, followed)[self.conditioned.runs]
        values = plain * np.stack(list(self._factors(followed)), axis=1)
        for i, (measure, place) in enumerate(rows.select("measure", "place").iter_rows()):
            beds = self.beds.get(place, 0)
            if measure == USED:
                values[:, i] = np.minimum(values[:, i], beds)
            elif measure == WITHOUT:
                values[:, i] = np.maximum(values[:, i] - beds, 0.0)
        return values

    def _factors(self, rows: pl.DataFrame) -> Iterator[Array]:
        n = len(self.conditioned.runs)
        ratios: dict[tuple[str, str, date, date], Array] = {}
        for row in rows.iter_rows(named=True):
            leader = self._leader(row["measure"], row["place"])
            if leader is None:
                error = error_of(row["measure"])
                factors = error_factors(error, 1.0, (row["to"] - row["from"]).days, n)
                yield np.broadcast_to(factors, n)
                continue
            is_total = is_stock(row["measure"]) and leader != row["measure"]
            start = self.cells[leader].start if is_total else row["from"]
            about = leader, row["place"], start, row["to"]
            if about not in ratios:
                ratios[about] = self._ratio(*about)
            yield ratios[about]

    def _ratio(self, measure: str, place: str, start: date, after: date) -> Array:
        """What draws of a series say over what their runs say; 1 where that is nobody."""
        rows = pl.DataFrame([{"measure": measure, "place": place, "from": start, "to": after}])
        simulated = values_of(self.cells, rows)[self.conditioned.runs, 0]
        drawn = self.counted(rows)[:, 0]
        return np.where(simulated > 0, drawn / np.where(simulated > 0, simulated, 1.0), 1.0)

    def _leader(self, measure: str, place: str) -> str | None:
        """The measure that another one follows: itself if counted, or the most counted arrivals."""
        if self.figures.get((measure, place)):
            return measure
        several = ARRIVALS if measure in FOLLOWING else ()
        known = [m for m in several if self.figures.get((m, place))]
        return max(known, key=lambda m: self.figures[m, place], default=None)
