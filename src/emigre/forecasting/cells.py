"""Simulated values by cell, the single places and days of which published figures are sums.

In run i, the value of a figure is the sum over its places c and days t of contributions a_i(c, t).
For a flow these are the counts, for a stock the counts divided by the number of days, and for a
wait the hours weighted by the share of the persons served. The model's error d acts on cells,

    value = sum_ct a_i(c, t) exp(d(c, t)),

and therefore a country remains the sum of its crossings, and a week the sum of its days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.simulated import SeriesReader
from emigre.numerics.array_types import F64
from emigre.results.tables import Layout
from emigre.results.window import is_flow


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Values of one measure by run, place and day.

    Attributes
    ----------
    values : (runs, places, days)
        Simulated values from day ``start`` on.
    weight : (runs, places, days), or None
        For waits, the persons served; None for other measures.
    rows : mapping
        Positions of the places of every place or area, by name.
    countries : tuple of str
        Country of each place.
    age : (places,) or 0
        Days from the last count of a stock to the first day, 0 where it was counted later or never
        (stocks.py).
    """

    measure: str
    start: date
    values: F64
    weight: F64 | None
    rows: Mapping[str, NDArray[np.intp]]
    countries: tuple[str, ...]
    age: F64 | float = 0.0

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the cells include the places and days of a figure (place, from, to)."""
        first, after = self.days(row).start, self.days(row).stop
        return row["place"] in self.rows and 0 <= first < after <= self.values.shape[2]

    def days(self, row: Mapping[str, Any]) -> slice:
        """The days of a figure."""
        return slice((row["from"] - self.start).days, (row["to"] - self.start).days)

    def parts(self, row: Mapping[str, Any]) -> F64:
        """Contributions of cells to a figure, (runs, its places, its days)."""
        return np.asarray(self.on_days(row["place"], self.days(row)) * self.of_days(row)[:, None])

    def daily(self, name: str) -> F64:
        """Simulated value of a place or area on each day, (runs, days)."""
        return np.asarray(self.on_days(name, slice(None)).sum(axis=1))

    def on_days(self, name: str, days: slice) -> F64:
        """Contributions of the places of an area to its value on each day, (runs, places, days)."""
        values = self.values[:, self.rows[name], days]
        if self.weight is None:
            return values
        weight = self._persons(name, days)
        total = weight.sum(axis=1, keepdims=True)
        return np.asarray(np.nan_to_num(values) * weight / np.where(total > 0, total, 1.0))

    def of_days(self, row: Mapping[str, Any]) -> F64:
        """Weights of the days of a figure, (runs or 1, days).

        Flows are summed over days, stocks averaged, and waits weighted by persons served.
        """
        days = self.days(row)
        n = days.stop - days.start
        if self.weight is None:
            return np.full((1, n), 1.0 if is_flow(self.measure) else 1.0 / n)
        weight = self._persons(row["place"], days).sum(axis=1)
        total = weight.sum(axis=1, keepdims=True)
        share = weight / np.where(total > 0, total, 1.0)
        return np.asarray(np.where(total > 0, share, 1.0 / n))

    def single_days(self, name: str, first: int, after: int) -> pl.DataFrame:
        """Rows (measure, place, from, to) of single days of a place or area."""
        days = [self.start + timedelta(days=i) for i in range(first, after + 1)]
        names = pl.lit(self.measure).alias("measure"), pl.lit(name).alias("place")
        return pl.DataFrame({"from": days[:-1], "to": days[1:]}).select(*names, "from", "to")

    def _persons(self, name: str, days: slice) -> F64:
        """Persons served at each place and day; none where there is no wait."""
        assert self.weight is not None
        at = self.rows[name]
        return np.where(np.isnan(self.values[:, at, days]), 0.0, self.weight[:, at, days])

    def shares(self, row: Mapping[str, Any]) -> F64:
        """Mean share of each cell in a figure, (its places, its days); shares sum to 1."""
        parts = self.parts(row)
        total = parts.sum(axis=(1, 2), keepdims=True)
        if not (total > 0).any():
            return np.full(parts.shape[1:], 1.0 / parts[0].size)
        return np.asarray((parts / np.where(total > 0, total, np.nan))[total[:, 0, 0] > 0].mean(0))


def values_of(cells: Mapping[str, Cells], rows: pl.DataFrame) -> F64:
    """Simulated value of each row (measure, place, from, to) in each run, (runs, n_rows)."""
    out = np.empty((len(next(iter(cells.values())).values), rows.height))
    for i, row in enumerate(rows.iter_rows(named=True)):
        out[:, i] = cells[row["measure"]].parts(row).sum(axis=(1, 2))
    return out


def cells_of(
    reader: SeriesReader, layout: Layout, places: pl.DataFrame, measures: Iterable[str]
) -> dict[str, Cells]:
    """Read the cells of some measures from a run folder, by measure."""
    country = dict(places.select("id", "country").iter_rows())
    columns = {}
    names_of = {measure: _single(layout.rows_of(measure)) for measure in measures}
    reader.load((measure, name) for measure, names in names_of.items() for name in names)
    for measure, names in names_of.items():
        rows = layout.rows_of(measure)
        shape = (-1, len(names), layout.n_days)
        values = np.stack([reader.daily(measure, name) for name in names], axis=1).reshape(shape)
        weights = [reader.weight(measure, name) for name in names]
        weight = None if weights[0] is None else np.stack([w for w in weights if w is not None], 1)
        countries = tuple(country.get(name) or name for name in names)
        columns[measure] = Cells(measure, layout.start, values, weight, rows, countries)
    return columns


def _single(rows: Mapping[str, NDArray[np.intp]]) -> list[str]:
    """Names of single places, in the order of their columns."""
    n = 1 + max(int(columns.max()) for columns in rows.values())
    names = [""] * n
    # In reverse, because a place comes before an area that holds only it.
    for name, columns in reversed(list(rows.items())):
        if len(columns) == 1:
            names[int(columns[0])] = name
    return names
