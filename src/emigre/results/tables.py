"""Result tables: one row per day, measure and place.

For measures counted at crossings, a country's row is the sum over its crossings; an area's row is
the sum over its members, each place once; the place ``*`` is the total. Means (waiting hours) are
weighted by the people they refer to, and empty if there are none.

A :class:`Layout` fixes the order of the rows: measure, place, day. It is the same for all runs of
a scenario, so that their values are aligned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import dates_from
from emigre.numerics.array_types import F64
from emigre.results import window
from emigre.results.counts import EVERYWHERE, Arrivals, By, Counts, Ground

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
DAILY_COLUMNS = ("run", "date", "measure", "place", "value")
SUMMARY_COLUMNS = ("date", "measure", "place", "mean", *QUANTILES)

# Polars loads NumPy with the first array it is given, and fails if two threads come first at once.
pl.Series(np.empty(0))


@dataclass(frozen=True, eq=False)
class Layout:
    """Row layout of every table of a scenario: dates, and places by measure.

    ``members`` maps a kind of place to its rows: name -> column indexes that are summed.
    """

    start: date
    n_days: int
    measures: tuple[str, ...]
    members: Mapping[str, Mapping[str, NDArray[np.intp]]]

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """The layout of these counts."""
        known = tuple(m for m in schema.measures() if m in counts.values or m in counts.means)
        return cls.over(counts.start, counts.n_days, known, counts)

    @classmethod
    def over(cls, start: date, n_days: int, measures: tuple[str, ...], ground: Ground) -> Self:
        """The layout of these measures over these places."""
        members = {kind: _members(kind, ground) for kind in ground.places}
        return cls(start, n_days, measures, members)

    def rows_of(self, measure: str) -> Mapping[str, NDArray[np.intp]]:
        """Names of the places of a measure, each with the columns (n,) summed for it."""
        return self.members[schema.measures()[measure].place_kind]

    @cached_property
    def series(self) -> tuple[tuple[str, str], ...]:
        """(measure, place) of every series, in order."""
        return tuple((m, place) for m in self.measures for place in self.rows_of(m))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """All names of places, each once."""
        return tuple(dict.fromkeys(place for _, place in self.series))

    @property
    def dates(self) -> list[date]:
        """The days, in order."""
        return list(dates_from(self.start, self.n_days))

    def keys(self, kept: NDArray[np.bool_] | None = None) -> pl.DataFrame:
        """Columns date, measure, place of the selected series (default all), each of shape (n,)."""
        picked = [s for i, s in enumerate(self.series) if kept is None or kept[i]]
        measures = pl.Series("measure", [m for m, _ in picked], pl.Enum(self.measures))
        places = pl.Series("place", [p for _, p in picked], pl.Enum(self.places))
        index = pl.Series(np.repeat(np.arange(len(picked)), self.n_days))
        dates = np.tile(np.array(self.dates, "datetime64[D]"), len(picked))
        days = pl.Series("date", dates, pl.Date)
        return pl.DataFrame([days, measures.gather(index), places.gather(index)])

    def matrix(self, counts: Counts) -> F64:
        """The values of a run, shape (n_series, n_days); nan for means without people."""
        out = np.empty((len(self.series), self.n_days))
        row = 0
        for measure in self.measures:
            for columns in self.rows_of(measure).values():
                out[row] = series_of(counts, measure, columns)
                row += 1
        return out


def _members(kind: str, ground: Ground) -> dict[str, NDArray[np.intp]]:
    """Rows of a kind of place: its places, countries of crossings, areas, everywhere."""
    ids = ground.places[kind]
    index = {place: i for i, place in enumerate(ids)}
    rows: dict[str, list[int]] = {place: [i] for place, i in index.items()}
    if kind == "crossing":
        for crossing in ids:
            country = ground.country_of.get(crossing)
            if country is not None and country not in index:
                rows.setdefault(country, []).append(index[crossing])
    for area, places in ground.areas.items():
        # A set, so that a country and its crossings in one area do not count a passage twice.
        columns = {column for place in places for column in rows.get(place, ())}
        if columns:
            rows[area] = sorted(columns)
    if ids:
        rows[EVERYWHERE] = list(range(len(ids)))
    return {place: np.array(columns, dtype=np.intp) for place, columns in rows.items()}


def series_of(
    counts: Counts, measure: str, columns: NDArray[np.intp], days: slice = slice(None)
) -> F64:
    """Daily values of one measure, summed (or averaged by weight) over the columns."""
    if measure in counts.means:
        total, weight = (a[days][:, columns].sum(axis=1) for a in counts.means[measure])
        return window.weighted_mean(total, weight)
    values = counts.values[measure][days]
    if len(columns) == 1:
        return np.asarray(values[:, columns[0]], dtype=np.float64)
    return np.asarray(values[:, columns].sum(axis=1), dtype=np.float64)


def daily(layout: Layout, counts: Counts, run: int) -> pl.DataFrame:
    """The daily table of one run, including series that are zero throughout; nan becomes null."""
    value = pl.Series("value", layout.matrix(counts).ravel(), pl.Float64).fill_nan(None)
    return layout.keys().select(pl.lit(run, pl.Int32).alias("run"), pl.all(), value)


def summarise(values: F64) -> dict[str, F64]:
    """Mean and quantiles over the first axis (runs), ignoring nan; nan if all are nan.

    Quantiles interpolate linearly between order statistics at rank q (n + 1) (type 6 of Hyndman and
    Fan 1996, American Statistician 50, 361-365), so that a further run lies below the q-quantile of
    n with probability q; below 20 runs the 5 % and 95 % quantiles are the least and the largest.
    Shape (n_runs, n) -> arrays of length n.
    """
    # A row for each column, so that sums do not depend on the other columns.
    ranked = np.sort(np.ascontiguousarray(values.T), axis=1)  # nan sorts last
    out = _of_ranked(ranked)
    count = (~np.isnan(ranked)).sum(axis=1)
    for n in np.unique(count[(count > 0) & (count < len(values))]):  # few rows have a nan
        rows = np.flatnonzero(count == n)
        for name, numbers in _of_ranked(np.ascontiguousarray(ranked[rows, :n])).items():
            out[name][rows] = numbers
    return out


def _of_ranked(ranked: F64) -> dict[str, F64]:
    """Mean and quantiles of rows (n_rows, n) in ascending order; nan where a row ends with nan."""
    n = ranked.shape[1]
    out = {"mean": ranked.mean(axis=1)}
    for name, q in QUANTILES.items():
        position = min(max(q * (n + 1) - 1.0, 0.0), n - 1.0)
        low = int(position)
        below, above = ranked[:, low], ranked[:, min(low + 1, n - 1)]
        out[name] = below + (position - low) * (above - below)
    return out


def groups(layout: Layout, by: By, run: int, places: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The table of one run by category without zeros; ``places`` has the ids of each kind."""
    names = tuple(schema.measures())
    spread = _spread(layout, names, places)
    # One measure at a time, to save memory.
    parts = [_groups_of(by, spread, measure) for measure in range(len(names))]
    cells = pl.concat(parts, rechunk=False)
    dates = pl.Series("date", layout.dates, pl.Date)
    return cells.select(
        pl.lit(run, pl.Int32).alias("run"),
        dates.gather(cells["day"]),
        _named("measure", names, cells["measure"]),
        _named("place", layout.places, cells["place"]),
        _named("category", by.categories, cells["category"]),
        pl.col("value").cast(pl.Float64),
    )


def arrivals(
    layout: Layout, pairs: Arrivals, run: int, places: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """The table of arrivals of one run by origin and single place, zeros left out."""
    return pl.DataFrame(
        {
            "run": pl.Series(np.full(pairs.value.size, run, np.int32)),
            "date": pl.Series("date", layout.dates, pl.Date).gather(pairs.day),
            "origin": _named("origin", places["origin"], pl.Series(pairs.origin)),
            "place": _named("place", places["country"], pl.Series(pairs.place)),
            "value": pl.Series(pairs.value).cast(pl.Float64),
        }
    )


def _groups_of(by: By, spread: pl.DataFrame, measure: int) -> pl.DataFrame:
    """Sums of one measure by place, day and category, as indexes, in this order."""
    picked = by.measure == measure
    names = {"day": "day", "column": "place", "category": "category", "value": "value"}
    cells = pl.DataFrame({name: getattr(by, own)[picked] for name, own in names.items()})
    places = spread.filter(pl.col("measure") == measure).select("column", "place")
    return (
        cells.join(places, on="column")
        .group_by("place", "day", "category")
        .agg(pl.col("value").sum())
        .filter(pl.col("value") != 0)
        .sort("place", "day", "category")
        .with_columns(pl.lit(measure, pl.Int32).alias("measure"))
    )


def _named(column: str, names: Sequence[str], codes: pl.Series) -> pl.Series:
    """Indexes as an enum column."""
    return pl.Series(column, list(names), pl.Enum(list(names))).gather(codes)


def _spread(
    layout: Layout, names: Sequence[str], places: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """For each measure and column: the rows (as indexes of places) to which it adds."""
    index = {place: i for i, place in enumerate(layout.places)}
    rows: list[tuple[int, int, int]] = []
    for i, name in enumerate(names):
        measure = schema.measures()[name]
        if measure.kind == "mean" or measure.place_kind not in places:
            continue
        for place, columns in layout.members[measure.place_kind].items():
            rows.extend((i, int(column), index[place]) for column in columns if place in index)
    kinds = dict.fromkeys(("measure", "column", "place"), pl.Int32)
    return pl.DataFrame(rows, schema=kinds, orient="row")
