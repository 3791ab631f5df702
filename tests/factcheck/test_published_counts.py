"""Published counts as ranges and as text."""

from dataclasses import replace
from datetime import date, timedelta
from math import exp
from typing import Any

import pytest

from emigre.factcheck import verdict_text
from emigre.factcheck.claim import Claim, NotComparableError, Range
from emigre.factcheck.published import PublishedFigure, by_published_counts
from emigre.numerics.normal import Q95
from emigre.results.window import Quantity

START = date(2030, 3, 1)
DAYS = [START + timedelta(days=i) for i in range(5)]
CLAIM = Claim(
    id="c",
    said_by="an office",
    said_on=None,
    statement="so many passed",
    kind="value",
    counts="passages",
    this=Quantity("passages", "PASS", DAYS[0], DAYS[1]),
    value=1.0,
)


def count(day: int, observed: float, error: str | None, error_sd: float | None) -> dict[str, Any]:
    return {
        "id": f"day{day}",
        "measure": "passages",
        "place": "PASS",
        "from": DAYS[day],
        "to": DAYS[day + 1],
        "observed": observed,
        "low": None,
        "high": None,
        "error": error,
        "error_sd": error_sd,
        "use": "fit",
        "basis": "official",
        "source": "s",
    }


COUNTS = [
    count(0, 400.0, "approximate", 0.05),
    count(1, 400.0, "approximate", None),
    count(2, 415.0, "exact", None),
    count(3, 400.0, "rounded", None),
]
NEAR, FAR = 0.05 * Q95, 0.1 * Q95


@pytest.mark.parametrize(
    ("first", "after", "low", "figure", "high"),
    [
        (0, 1, 400 * exp(-NEAR), 400, 400 * exp(NEAR)),
        (1, 2, 400 * exp(-FAR), 400, 400 * exp(FAR)),
        (2, 3, 415, 415, 415),
        (3, 4, 360, 400, 440),
        (0, 2, 400 * (exp(-NEAR) + exp(-FAR)), 800, 400 * (exp(NEAR) + exp(FAR))),
    ],
)
def test_a_count_is_the_range_that_its_error_leaves_open(first, after, low, figure, high):
    this = Quantity("passages", "PASS", DAYS[first], DAYS[after])
    published = by_published_counts(COUNTS, replace(CLAIM, this=this))
    numbers = (published.range.low, published.figure, published.range.high)
    assert numbers == pytest.approx((low, figure, high), rel=1e-9)


@pytest.mark.parametrize(
    ("first", "after", "later", "bounds"),
    [
        (1, 2, 3, (400.0, 500.0)),  # between two counts
        (1, 3, 3, (400.0, 500.0)),
        (1, 2, 8, (400.0, 500.0)),  # a week between them
        (1, 2, 9, None),
        (0, 1, 3, (400.0, 400.0)),
        (4, 5, 3, None),  # after the last count
    ],
)
def test_a_stock_between_two_counts_lies_between_them(first, after, later, bounds):
    def stock(day: int, observed: float) -> dict[str, Any]:
        days = {"from": START + timedelta(days=day), "to": START + timedelta(days=day + 1)}
        named = {"id": f"stock{day}", "measure": "stock", "place": "NORDAL"}
        return count(0, observed, "exact", None) | named | days

    counts = [stock(0, 400.0), stock(later, 500.0)]
    days = START + timedelta(days=first), START + timedelta(days=after)
    claim = replace(CLAIM, this=Quantity("stock", "NORDAL", *days), counts="present")
    if bounds is None:
        with pytest.raises(NotComparableError):
            by_published_counts(counts, claim)
    else:
        assert by_published_counts(counts, claim).range == Range(*bounds)


@pytest.mark.parametrize(("value", "agrees"), [(420.0, True), (440.0, False)])
def test_a_claim_within_the_error_of_a_count_is_not_contradicted(value, agrees):
    claim = replace(CLAIM, value=value, wording="more_than")
    assert claim.range.meets(by_published_counts(COUNTS, claim).range) is agrees


@pytest.mark.parametrize(
    ("low", "high", "figure", "text"),
    [
        (989_496, 989_504, None, "about 989,500"),
        (980_000, 990_000, None, "980,000 to 990,000"),
        (72_888, 80_448, 76_575, "76,580 (72,900 to 80,400)"),
        (80, 80, None, "80"),
    ],
)
def test_a_published_count_in_words(low, high, figure, text):
    count = PublishedFigure(Range(low, high), "official", (), figure)
    assert verdict_text.published(CLAIM, count) == text
