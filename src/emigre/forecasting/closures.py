"""Closures: days with counts of zero on which people were expected.

An *interruption* is a series of zeros between days with MANY people: a crossing closed for some
days, a strike, or days without a count that are published as 0. Such zeros contain no information
about the error of the simulation before and after them. In logarithms they would be misses by a
factor of thousands and, as the error is assumed to be continuous, make every forecast of the series
as wide as the population. Forecasts are therefore conditioned on the other figures only.

Zeros at the end of a series show that it is closed, but not for how long. A *closure* is the n days
without people since the last positive count, if MANY people or more were expected on them: at the
rate of that count, or as simulated in a series without any positive count. If nothing is known
about its length, a closure that has lasted n days is still in force on the t-th day ahead with
probability

    P(T >= t) = n / (n + t)

(Gott 1993, Nature 363, 315-319: its age is uniform on its length). When it ends, the forecast is
that of an open series. A *closed weekday* is one on which nobody was counted in each of k >= 2 of
the last weeks, while other days had MANY people. It stays closed with probability
(k + 1) / (k + 2), Laplace's rule of succession. Zeros in the past are zeros in all draws.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.forecasting.cells import Cells
from emigre.results.disclosure import counts_persons
from emigre.results.window import is_flow

Row = dict[str, Any]
Mask = NDArray[np.bool_]
MANY = 30
"""Expected count at which a zero is not due to chance (Poisson: 1 in 10^13)."""
RECENT = timedelta(days=28)
"""Period before the last count that is searched for closed weekdays."""
LEAST_WEEKS = 2
_WEEK = 7
_SERIES = ["measure", "place"]


@dataclass(frozen=True, slots=True)
class Closed:
    """A series with interruptions, a closure or closed weekdays.

    Attributes
    ----------
    left_out : tuple of rows
        Zeros on which forecasts are not conditioned.
    days : int
        Length of a closure that lasts up to ``after``; 0 if the series is open, or if nobody is
        simulated either.
    weekdays : mapping
        Number of weeks without people, by closed weekday.
    """

    measure: str
    place: str
    left_out: tuple[Row, ...]
    days: int
    after: date
    weekdays: Mapping[int, int]


def interrupted() -> pl.Expr:
    """Expression that marks zeros between days with MANY people among rows of observations."""
    many = (pl.col("value") >= MANY) & counts_persons()
    first = pl.col("from").filter(many).min().over(_SERIES)
    last = pl.col("from").filter(many).max().over(_SERIES)
    return (pl.col("value") == 0) & pl.col("from").is_between(first, last).fill_null(False)


def closed_series(
    cells: Mapping[str, Cells], figures: pl.DataFrame, scale: int
) -> tuple[Closed, ...]:
    """Flows with such zeros among figures (rows of observations)."""
    flows = [m for m in cells if is_flow(m)]
    rows = figures.filter(pl.col("measure").is_in(flows) & counts_persons())
    held = [cells[row["measure"]].holds(row) for row in rows.iter_rows(named=True)]
    rows = rows.filter(pl.Series(held, dtype=pl.Boolean)).with_columns(between=interrupted())
    series = rows.sort("from", "to", "published").partition_by(_SERIES, maintain_order=True)
    found = (_closed(cells[own["measure"][0]], own.to_dicts(), scale) for own in series)
    return tuple(closed for closed in found if closed is not None)


def _closed(cells: Cells, rows: list[Row], scale: int) -> Closed | None:
    nobody = [row for row in rows if row["value"] == 0]
    if not nobody:
        return None
    weekdays = _closed_weekdays(rows)
    counted = [row for row in rows if row["value"] > 0]
    last = [row for row in nobody if not counted or row["from"] >= counted[-1]["to"]]
    simulated = [float(np.median(cells.parts(row).sum(axis=(1, 2)))) for row in last]
    open_in_runs = [row for row, n in zip(last, simulated, strict=True) if n > scale / 2.0]
    days = _length(last, counted, sum(simulated))
    if last and all(_weekday(row) in weekdays for row in last):
        days = 0
    left_out = tuple(
        row
        for row in nobody
        if row["between"] or _weekday(row) in weekdays or (days and row in open_in_runs)
    )
    if last and last[-1] not in open_in_runs:
        days = 0
    if not left_out:
        return None
    row = rows[-1]
    after = max(row["to"] for row in rows)
    return Closed(row["measure"], row["place"], left_out, days, after, weekdays)


def _length(last: list[Row], counted: list[Row], expected: float) -> int:
    """Days of a closure; 0 if the zeros may be due to chance.

    ``expected`` people are simulated on these days; a count before them replaces that number.
    """
    if not last:
        return 0
    days = (max(row["to"] for row in last) - last[0]["from"]).days
    if counted:
        before = counted[-1]
        expected = days * before["value"] / (before["to"] - before["from"]).days
    return days if expected >= MANY else 0


def _weekday(row: Row) -> int | None:
    """Weekday of a count; None if it covers several days."""
    is_day = row["to"] - row["from"] == timedelta(days=1)
    return row["from"].weekday() if is_day else None


def _closed_weekdays(rows: list[Row]) -> dict[int, int]:
    """Closed weekdays, with the number of weeks in which nobody was counted on them."""
    since = max(row["to"] for row in rows) - RECENT
    values: dict[int, dict[date, float]] = defaultdict(dict)
    for row in rows:
        weekday = _weekday(row)
        if weekday is not None and row["from"] >= since:
            values[weekday][row["from"]] = row["value"]
    if max((v for days in values.values() for v in days.values()), default=0) < MANY:
        return {}
    closed = {w: len(days) for w, days in values.items() if not any(days.values())}
    is_regular = len(values) == _WEEK and len(closed) < _WEEK - 1
    return {w: n for w, n in closed.items() if n >= LEAST_WEEKS and is_regular}


def without_closures(figures: pl.DataFrame, closed: Iterable[Closed]) -> pl.DataFrame:
    """Figures without the zeros of closures."""
    ids = [row["id"] for series in closed for row in series.left_out]
    return figures.filter(~pl.col("id").is_in(ids)) if ids else figures


def draw_closed(
    cells: Mapping[str, Cells], closed: Iterable[Closed], n: int, rng: np.random.Generator
) -> dict[str, Mask]:
    """Draw the closed places and days, (n, places, days) by measure."""
    drawn: dict[str, Mask] = {}
    for series in closed:
        own = cells[series.measure]
        if series.measure not in drawn:
            drawn[series.measure] = np.zeros((n, *own.values.shape[1:]), dtype=bool)
        places = own.rows[series.place]
        days = np.zeros((n, own.values.shape[2]), dtype=bool)
        for row in series.left_out:
            days[:, own.days(row)] = True
        for first, mask in _days_ahead(series, own, n, rng):
            days[:, first:] |= mask
        drawn[series.measure][:, places] |= days[:, None]
    return drawn


def _days_ahead(
    series: Closed, cells: Cells, n: int, rng: np.random.Generator
) -> Iterator[tuple[int, Mask]]:
    """First day after the last count, and draws of the days closed from then on, (n, days)."""
    first = (series.after - cells.start).days
    ahead = np.arange(cells.values.shape[2] - first)
    if series.days:
        lasts = series.days * (1.0 / (1.0 - rng.random(n)) - 1.0)  # inverse of P(T < t)
        yield first, ahead + 1 <= lasts[:, None]
    for weekday, weeks in sorted(series.weekdays.items()):
        stays = rng.random(n) < (weeks + 1.0) / (weeks + 2.0)
        is_weekday = (series.after.weekday() + ahead) % _WEEK == weekday
        yield first, stays[:, None] & is_weekday
