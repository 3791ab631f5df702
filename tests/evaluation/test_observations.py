"""Series of observations and their weekly sums."""

from datetime import date

import pytest

from emigre.evaluation.observations import scorable, span_of, weekly_sums, with_weekly_sums
from observed import FIRST, daily, observations

MONDAY = 3
"""2030-03-04 is the first Monday after FIRST, a Friday."""

WEEK = [{"id": f"d{i}", "from": MONDAY + i, "value": 100.0 + i} for i in range(7)]


def test_the_first_monday():
    assert (FIRST.weekday(), date(2030, 3, 4).weekday()) == (4, 0)


@pytest.mark.parametrize(("days", "span"), [(1, "day"), (7, "week"), (3, "other"), (31, "other")])
def test_spans(days, span):
    assert span_of(FIRST, date.fromordinal(FIRST.toordinal() + days)) == span


def test_seven_counts_make_a_week():
    result = weekly_sums(observations(*WEEK))
    row = result.row(0, named=True)
    assert result.height == 1
    assert (row["from"], row["to"], row["value"]) == (date(2030, 3, 4), date(2030, 3, 11), 721.0)
    assert (row["error"], row["use"]) == ("exact", "fit")
    assert row["published"] == date(2030, 3, 11)
    assert result.schema == observations(*WEEK).schema


@pytest.mark.parametrize(
    "rows",
    [
        WEEK[:6],
        daily([1.0] * 9)[:9][1:],  # nine days that hold no whole week from Monday
        [{"id": "all", "from": MONDAY, "to": MONDAY + 7, "value": 700.0}, *WEEK],
        [row | {"measure": "stock", "place": "NORDAL"} for row in WEEK],
        [row | {"use": "context"} for row in WEEK],
    ],
)
def test_no_week_is_made(rows):
    assert weekly_sums(observations(*rows)).height == 0


def test_of_two_counts_of_a_day_the_same_one_counts_in_any_order():
    rows = [*WEEK, WEEK[2] | {"id": "e2", "value": 902.0}]
    for order in (rows, rows[::-1]):
        assert weekly_sums(observations(*order))["value"].to_list() == [721.0 + 800.0]


def test_a_week_is_as_sure_as_its_days_and_check_only_if_all_are():
    rows = [row | {"error": "approximate", "error_sd": 0.1, "use": "check"} for row in WEEK]
    row = weekly_sums(observations(*rows)).row(0, named=True)
    expected = sum((0.1 * r["value"]) ** 2 for r in rows) ** 0.5 / 721.0
    assert row["error"] == "approximate"
    assert row["error_sd"] == pytest.approx(expected)
    assert row["use"] == "check"
    mixed = [*rows[:6], rows[6] | {"use": "fit"}]
    assert weekly_sums(observations(*mixed))["use"].to_list() == ["fit"]


def test_replaced_figures_are_not_in_the_sum():
    new = {"id": "new", "from": MONDAY, "value": 50.0, "published": 30, "replaces": "d0"}
    table = observations(*WEEK, new)
    assert weekly_sums(table)["value"].to_list() == [671.0]
    assert scorable(table)["id"].to_list() == ["d1", "d2", "d3", "d4", "d5", "d6", "new"]
    assert with_weekly_sums(table).height == 8
    # Two counts of one day that do not replace each other: the one published last.
    twice = {"id": "new", "from": MONDAY, "value": 50.0, "published": 30}
    assert weekly_sums(observations(*WEEK, twice))["value"].to_list() == [671.0]
