"""Cumulative counts: running totals become counts of the days between them.

Agencies publish totals since a first day. Rows of observations.csv with ``cumulative`` yes, of one
measure and place and with the same ``from``, form a series of totals C(d) up to the last days d.
With d1 < d2 < ... the days of its current totals,

    x(from, d1) = C(d1)        x(d1, d2) = C(d2) - C(d1)        ...

are counts of flows over half-open days. The scenario contains them instead of the totals, which
charts, scores, hindcasts and baselines therefore need not handle. A total is current from its
publication until it is replaced, or until a lower total of a later day is published. That total
corrects it, and the count covers the days of both.

Vintages are kept. A count is published with the later of its totals. When a revision changes it,
the new count replaces it (``replaces``); when its days no longer lie between current totals, a
row marked ``context`` replaces it. Totals marked context stay as they are and enter no difference.

Errors. A total that is exact gives exact counts. Roundings of two totals are independent: with
units u1 and u2 the count x has the standard deviation sqrt(u1^2 + u2^2) / sqrt(12), given as that
of an approximate count. Proportional errors (approximate, range) belong to the register and are
shared by its totals, so that the count has the relative error of the later total. A count over
days whose totals were corrected downwards holds the correction: its standard deviation is at least
the fall, and a count of 0, which does not mean that nobody came, becomes ``context``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from emigre.scenario.count_error import APPROXIMATE_SD, LARGEST_SD, count_error
from emigre.scenario.tables import Row
from emigre.scenario.texts import unused_name

if TYPE_CHECKING:
    import polars as pl

NOTE = "Difference of two cumulative totals."
WITHDRAWN = "Withdrawn: its days no longer lie between two cumulative totals."


@dataclass(frozen=True, slots=True)
class CountedDays:
    """The days between two current totals (the first begins with the series).

    ``fall``: by how much the later total is below the highest that it corrects.
    """

    first: date
    later: Row
    former: Row | None
    fall: float

    @property
    def days(self) -> tuple[date, date]:
        """Half-open days of the count."""
        return self.first, self.later["to"]

    @property
    def value(self) -> float:
        """The count."""
        return float(self.later["value"] - (self.former["value"] if self.former else 0.0))


def differenced(observations: pl.DataFrame) -> pl.DataFrame:
    """The table of observations with counts instead of cumulative totals; see the module."""
    import polars as pl

    is_total = pl.col("cumulative") & (pl.col("use") != "context")
    totals = observations.filter(is_total)
    if not totals.height:
        return observations
    others = observations.filter(~is_total)
    series: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in totals.iter_rows(named=True):
        series[row["measure"], row["place"], row["from"]].append(row)
    taken = set(others["id"])
    made = [row for rows in series.values() for row in _counts(rows, taken)]
    return pl.concat([others, pl.DataFrame(made, schema=observations.schema, orient="row")])


def _counts(totals: list[Row], taken: set[str]) -> Iterator[Row]:
    """The counts of one series in all of their vintages."""
    now: dict[tuple[date, date], Row] = {}
    for day in sorted({row["published"] for row in totals}):
        known = (row for row in totals if row["published"] <= day)
        steps = {step.days: step for step in _between_totals(known)}
        for days, row in list(now.items()):
            if days not in steps:
                gone = {"use": "context", "headline": False, "note": WITHDRAWN}
                yield _row(row | gone, day, row["id"], taken)
                del now[days]
        for days, step in steps.items():
            former = now.get(days)
            if former is None or former["value"] != step.value:
                row = _count(step)
                now[days] = _row(row, day, former["id"] if former else None, taken)
                yield now[days]


def _row(row: Row, published: date, replaces: str | None, taken: set[str]) -> Row:
    """A row with its date, what it replaces and an id of its own."""
    name = unused_name(row["id"], taken)
    taken.add(name)
    return row | {"id": name, "published": published, "replaces": replaces}


def _between_totals(known: Iterable[Row]) -> Iterator[CountedDays]:
    """The days between the current totals among those known."""
    rows = list(known)
    gone = {row["replaces"] for row in rows}
    by_day = {
        row["to"]: row
        for row in sorted(rows, key=lambda r: (r["published"], r["id"]))
        if row["id"] not in gone
    }
    current: list[tuple[Row, float]] = []  # with the fall to it
    for day in sorted(by_day, reverse=True):
        row = by_day[day]
        if not current or row["value"] <= current[-1][0]["value"]:
            current.append((row, 0.0))
        else:
            later, fall = current[-1]
            current[-1] = later, max(fall, row["value"] - later["value"])
    former: Row | None = None
    for row, fall in reversed(current):
        yield CountedDays(former["to"] if former else row["from"], row, former, fall)
        former = row


def _count(step: CountedDays) -> Row:
    later, former = step.later, step.former
    row = later | {"from": step.first, "cumulative": False}
    if former is not None:
        note = f"{NOTE} {later['note']}" if later["note"] else NOTE
        row |= {"value": step.value, "low": None, "high": None, "note": note}
        row |= _error(later, former, step.value)
    if step.fall <= 0:
        return row
    if step.value <= 0:
        return row | {"use": "context", "headline": False}
    sd = row["error_sd"] or (APPROXIMATE_SD if row["error"] == "approximate" else 0.0)
    sd = min(math.hypot(sd, step.fall / step.value), LARGEST_SD)
    return row | {"low": None, "high": None, "error": "approximate", "error_sd": sd}


def _error(later: Row, former: Row, value: float) -> Row:
    """The columns ``error`` and ``error_sd`` of a count."""
    error, before = count_error(later), count_error(former)
    kind = error.kind
    if kind == "rounded" or (kind == "exact" and before.kind == "rounded"):
        sd = math.hypot(2.0 * error.half_unit, 2.0 * before.half_unit) / math.sqrt(12.0)
        if value <= 0:
            return {"error": "rounded", "error_sd": None}
        return {"error": "approximate", "error_sd": min(sd / value, LARGEST_SD)}
    if kind == "approximate":
        return {"error": kind, "error_sd": later["error_sd"]}
    if kind == "range":
        return {"error": "approximate", "error_sd": error.sd}
    return {"error": "exact", "error_sd": None}
