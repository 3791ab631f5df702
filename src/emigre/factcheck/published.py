"""The figure of a claim from the published counts (observations) of a run folder."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from emigre.factcheck.claim import Claim, NotComparableError, Range, spread
from emigre.numerics.normal import Q95
from emigre.results.text import counted
from emigre.results.window import Quantity
from emigre.scenario.count_error import count_error

ENOUGH_DAYS = 0.5
"""Fewest days that published counts must cover for a daily mean, as a share."""
MOST_DAYS_BETWEEN = 7
"""Most days between two counts of a stock that bound its value on the days between them."""


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """The figure from published counts: range, basis and ids.

    ``figure`` is the count itself, or the sum of counts; None for several counts of the same days,
    for counts before and after them, and for ratios.
    """

    range: Range
    basis: str
    ids: tuple[str, ...]
    figure: float | None = None


def matches(row: Mapping[str, Any], side: Quantity) -> bool:
    """Whether an observation has the same measure and place and overlapping days."""
    same = (row["measure"], row["place"]) == (side.measure, side.place)
    return same and bool(row["from"] < side.end and side.start < row["to"])


def by_published_counts(observations: list[dict[str, Any]], claim: Claim) -> PublishedFigure:
    """The figure of a claim from published counts."""
    assert claim.this is not None
    if claim.attribute is not None:
        raise NotComparableError(f"published counts are not split by {claim.attribute}")
    others = [o for o in observations if o["use"] != "context" and o["source"] != claim.source]
    is_sum = claim.kind == "value" and claim.per == "period"
    this = _counts_of(others, claim.this, is_sum)
    if claim.than is None:
        divisor = claim.than_value or 1.0
        low, high = (end * claim.factor / divisor for end in (this.range.low, this.range.high))
        figure = None if this.figure is None else this.figure * claim.factor / divisor
        return PublishedFigure(Range(low, high), this.basis, this.ids, figure)
    than = _counts_of(others, claim.than, is_sum=False)
    scale = 1.0
    for side, power in ((claim.this, -1), (claim.than, 1)):
        scale *= float(side.n_days) ** power if side.is_flow else 1.0
    if than.range.low <= 0:
        raise NotComparableError("a published count of 0 has no ratio")
    low, high = this.range.low / than.range.high, this.range.high / than.range.low
    basis = this.basis if this.basis == than.basis else f"{this.basis}, {than.basis}"
    return PublishedFigure(Range(scale * low, scale * high), basis, (*this.ids, *than.ids))


def _counts_of(observations: list[dict[str, Any]], side: Quantity, is_sum: bool) -> PublishedFigure:
    """The figure of one side from matching observations."""
    fitting = [o for o in observations if matches(o, side)]
    rows = [o for o in fitting if o["basis"] == "official"] or fitting
    if not rows:
        around = _around(observations, side) if side.spec.kind == "stock" else []
        if around:
            return _range_of(around)
        raise NotComparableError("there is no published count")
    exact = [o for o in rows if (o["from"], o["to"]) == (side.start, side.end)]
    if exact:
        return _range_of(exact)
    chosen = _disjoint([o for o in rows if side.start <= o["from"] and o["to"] <= side.end])
    covered = sum(_days(o) for o in chosen)
    least = side.n_days if is_sum and side.is_flow else ENOUGH_DAYS * side.n_days
    if not chosen or side.spec.kind == "mean" or (side.is_flow and covered < least):
        raise NotComparableError(
            f"published counts cover {covered} of its {counted(side.n_days, 'day')}"
        )
    weights = [1 if side.is_flow else _days(o) for o in chosen]
    scale = (side.n_days if side.is_flow else 1.0) / covered
    triples = ((e.low, o["observed"], e.high) for o in chosen for e in [_ends(o)])
    low, figure, high = (
        scale * sum(w * number for w, number in zip(weights, numbers, strict=True))
        for numbers in zip(*triples, strict=True)
    )
    return PublishedFigure(Range(low, high), _basis(chosen), tuple(o["id"] for o in chosen), figure)


def _range_of(rows: list[dict[str, Any]]) -> PublishedFigure:
    """The range from the lowest to the highest of several counts of one figure."""
    ends = [_ends(o) for o in rows]
    span = Range(min(e.low for e in ends), max(e.high for e in ends))
    figure = rows[0]["observed"] if len(rows) == 1 else None
    return PublishedFigure(span, _basis(rows), tuple(o["id"] for o in rows), figure)


def _around(observations: list[dict[str, Any]], side: Quantity) -> list[dict[str, Any]]:
    """The last count before some days and the first one after them, if they are near enough."""
    same = [o for o in observations if (o["measure"], o["place"]) == (side.measure, side.place)]
    same = [o for o in same if o["basis"] == "official"] or same
    before = max((o for o in same if o["to"] <= side.start), key=lambda o: o["to"], default=None)
    after = min((o for o in same if side.end <= o["from"]), key=lambda o: o["from"], default=None)
    if before is None or after is None:
        return []
    days = (after["from"] - before["to"]).days
    return [before, after] if days <= MOST_DAYS_BETWEEN else []


def _disjoint(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Non-overlapping rows, preferring long ones, in order of their days."""
    chosen: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda o: (-_days(o), o["from"])):
        if all(row["to"] <= o["from"] or o["to"] <= row["from"] for o in chosen):
            chosen.append(row)
    return sorted(chosen, key=lambda o: o["from"])


def _days(row: Mapping[str, Any]) -> int:
    length: timedelta = row["to"] - row["from"]
    return length.days


def _ends(row: Mapping[str, Any]) -> Range:
    """The range of a count: as published, else what its error allows in 90 of 100 cases."""
    figure, low, high = row["observed"], row["low"], row["high"]
    error = count_error({**row, "value": figure})
    near = spread(figure, "exactly" if error.kind == "exact" else "rounded")
    if error.kind == "approximate":
        near = Range(figure * math.exp(-Q95 * error.sd), figure * math.exp(Q95 * error.sd))
    return Range(near.low if low is None else low, near.high if high is None else high)


def _basis(rows: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(sorted({row["basis"] for row in rows}))
