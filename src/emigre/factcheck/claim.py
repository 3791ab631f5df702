"""Public claims: measure, place, days, and range of values."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

import polars as pl

from emigre import schema
from emigre.results.labels import kind_of
from emigre.results.window import Quantity
from emigre.rules.matching import parse_list

SLACK = 0.1
"""Relative tolerance of loosely worded figures."""

COUNTED = {
    "passages": "passages at a border",
    "both_ways": "passages in both directions",
    "trips": "trips there and back",
    "people": "people who moved",
    "present": "people present",
    "registered": "applications, decisions or permits",
    "hours": "hours of waiting",
    "share": "a share",
    "opinions": "opinions",
}
_ON_FILE = ("stock_applicant", "stock_permitted", "stock_protected")
"""People present who are also on file: both kinds of counts are equivalent."""


@dataclass(frozen=True, slots=True)
class Range:
    """Closed range of values that agree with a claim; ``high`` may be infinite."""

    low: float
    high: float

    def meets(self, other: Self) -> bool:
        """Whether the ranges overlap."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of claims.csv. ``this`` is None if the model has no measure of it."""

    id: str
    said_by: str
    said_on: date | None
    statement: str
    kind: str
    counts: str
    this: Quantity | None
    than: Quantity | None = None
    than_value: float | None = None
    attribute: str | None = None
    categories: tuple[str, ...] = ()
    per: str = "period"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    wording: str = "rounded"
    seed_claim: str | None = None
    source: str | None = None
    source_title: str | None = None
    note: str | None = None

    @property
    def range(self) -> Range | None:
        """Range of values that agree with it; None without a figure."""
        if self.kind == "rises":
            return Range(math.nextafter(1.0, 2.0), math.inf)
        if self.kind == "falls":
            return Range(0.0, math.nextafter(1.0, 0.0))
        if self.value is None and self.low is None and self.high is None:
            return None
        ends = Range(0.0, math.inf) if self.value is None else spread(self.value, self.wording)
        low = ends.low if self.low is None else self.low
        return Range(low, ends.high if self.high is None else self.high)

    @property
    def factor(self) -> float:
        """Factor from the value of the period to the stated figure: 1, or per day or year."""
        assert self.this is not None
        lengths = {"period": 1.0, "day": float(self.this.n_days)}
        return 1.0 / (lengths.get(self.per) or years_between(self.this.start, self.this.end))


class NotComparableError(Exception):
    """Why a claim cannot be compared with a run or a count."""


def years_between(start: date, end: date) -> float:
    """Years in the half-open interval from ``start`` to ``end``.

    Whole calendar years, plus the fraction of the last one.

    >>> years_between(date(2028, 1, 1), date(2029, 1, 1)), years_between(
    ...     date(2030, 1, 1), date(2030, 3, 15)
    ... )
    (1.0, 0.2)
    """
    whole = max(end.year - start.year, 0)
    if _years_after(start, whole) > end:
        whole -= 1
    first, after = _years_after(start, whole), _years_after(start, whole + 1)
    return whole + (end - first).days / (after - first).days


def _years_after(day: date, years: int) -> date:
    """The same day of a later year; 1 March for 29 February in other than leap years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def spread(value: float, wording: str) -> Range:
    """The range implied by the wording of a figure.

    >>> spread(8000, "rounded")
    Range(low=7500.0, high=8500.0)
    """
    unit = 10.0 ** int(Decimal(repr(float(value))).normalize().as_tuple().exponent)
    near = min(unit / 2, SLACK * value)
    low, high = {
        "exactly": (value, value),
        "rounded": (value - near, value + near),
        "about": (value * (1 - SLACK), value * (1 + SLACK)),
        "nearly": (value * (1 - SLACK), value),
        "up_to": (0.0, value + near),
        "more_than": (value, math.inf),
    }[wording]
    return Range(float(low), float(high))


def counted_by(measure: schema.Measure) -> tuple[str, ...]:
    """Kinds of counts (column ``counts``) comparable with a measure."""
    if measure.name in _ON_FILE:
        return ("present", "registered")
    kind = kind_of(measure.name)
    return ({"files": "registered", "moves": "people"}.get(kind, kind),)


def from_table(claims: pl.DataFrame, sources: pl.DataFrame) -> list[Claim]:
    """The claims of a scenario (tables ``claims`` and ``sources``) in the order of the rows."""
    titles = dict(zip(sources["id"], sources["title"], strict=True))
    return [_claim(row, titles) for row in claims.iter_rows(named=True)]


def _claim(row: Mapping[str, Any], titles: Mapping[str, str]) -> Claim:
    this = than = None
    if row["measure"] is not None:
        this = Quantity(row["measure"], row["place"], row["from"], row["to"])
        if row["kind"] != "value" and row["than_value"] is None:
            than = Quantity(
                row["than_measure"] or this.measure,
                row["than_place"] or this.place,
                row["than_from"] or this.start,
                row["than_to"] or this.end,
            )
    same = (
        *("id", "said_by", "said_on", "statement", "kind", "counts", "than_value", "attribute"),
        *("per", "value", "low", "high", "wording", "seed_claim", "source", "note"),
    )
    return Claim(
        this=this,
        than=than,
        categories=parse_list(row["category"]) if row["category"] else (),
        source_title=titles.get(row["source"]),
        **{name: row[name] for name in same},
    )


def attribute_needed(claims: Iterable[Claim]) -> str | None:
    """The attribute most claims need counts by, or None."""
    named = [c.attribute for c in claims if c.attribute is not None]
    return max(sorted(set(named)), key=named.count) if named else None
