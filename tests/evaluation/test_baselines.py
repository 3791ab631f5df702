"""Baselines computed by hand: values, information used, and spread."""

from datetime import date, timedelta
from itertools import pairwise
from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from emigre.evaluation.baselines import Count, Published, crises, forecasters, levels
from observed import FIRST, daily, observations, pressures
from tolerances import STANDARD_ERRORS, in_standard_errors, is_closed_form

# Ten days; the crisis begins on the eighth.
TEN = [100.0, 110.0, 90.0, 120.0, 80.0, 100.0, 105.0, 300.0, 280.0, 320.0]
CRISIS = pressures({"id": "call_up", "onset": FIRST + timedelta(days=7)})


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def memory(*rows, day=10, crisis=CRISIS):
    return Published(observations(*(rows or daily(TEN))), crisis).on(on(day))


def said(rule, first, after, *rows, place="BRIDGE", measure="passages", **more):
    return memory(*rows, **more).forecast(rule, measure, place, on(first), on(after))


@pytest.mark.parametrize(
    ("rule", "first", "after", "expected"),
    [
        ("persistence", 11, 12, 320.0),
        ("persistence", 11, 18, 7 * 320.0),
        ("same_weekday", 11, 12, 80.0),  # a week before day 11 is day 4
        ("same_weekday", 11, 14, 80.0 + 100.0 + 105.0),
        ("same_weekday", 18, 19, 80.0),  # two weeks before
        ("seven_day_mean", 11, 12, (120 + 80 + 100 + 105 + 300 + 280 + 320) / 7),
        ("seven_day_mean", 11, 13, 2 * (120 + 80 + 100 + 105 + 300 + 280 + 320) / 7),
        ("pre_crisis_mean", 11, 12, sum(TEN[:7]) / 7),
    ],
)
def test_each_rule_by_hand(rule, first, after, expected):
    assert is_closed_form(said(rule, first, after).median, expected)


def test_stocks_are_averaged_and_flows_added():
    rows = daily(TEN, measure="stock", place="NORDAL")
    result = said("persistence", 11, 18, *rows, measure="stock", place="NORDAL")
    assert result.median == 320.0


def test_a_weekly_total_informs_about_its_days():
    total = {"id": "week", "from": 0, "to": 7, "value": 700.0}
    assert said("persistence", 8, 9, total, day=7).median == 100.0
    assert said("seven_day_mean", 8, 15, total, day=7).median == 700.0
    # What daily counts leave of a total is spread over the other days.
    some = daily([100.0, 50.0, 150.0])
    result = levels(figures := [Count(on(0), on(7), 100.0, on(7))])
    assert set(result.values()) == {100.0}
    figures += [Count(on(i), on(i + 1), row["value"], on(i + 1)) for i, row in enumerate(some)]
    result = levels(figures)
    assert [result[on(i).toordinal()] for i in range(7)] == [100.0, 50.0, 150.0, *[100.0] * 4]


def test_the_order_of_two_equal_figures_does_not_matter():
    figures = [Count(on(0), on(2), 9.0, on(3)), Count(on(1), on(3), 5.0, on(3))]
    figures += [Count(on(4), on(5), 8.0, on(6)), Count(on(4), on(5), 7.0, on(6))]
    expected = {0: 9.0, 1: 9.0, 2: 1.0, 4: 7.0}
    for order in (figures, figures[::-1]):
        assert levels(order) == {on(d).toordinal(): level for d, level in expected.items()}


def test_a_total_below_its_days_does_not_make_them_negative():
    figures = [Count(on(0), on(2), 10.0, on(2)), Count(on(0), on(1), 50.0, on(1))]
    assert levels(figures) == {on(0).toordinal(): 50.0, on(1).toordinal(): 10.0}


def test_without_its_weekday_a_rule_takes_the_last_day():
    assert said("same_weekday", 12, 13, *daily(TEN[:3]), day=3).median == TEN[2]


def test_before_the_crisis_is_a_month_else_all_before_else_all():
    rows = daily([10.0] * 30 + [20.0] * 10)
    late = pressures({"id": "x", "onset": on(35)})
    # The month before day 35 are days 7 to 34: 23 of 10 and 5 of 20.
    result = said("pre_crisis_mean", 41, 42, *rows, day=40, crisis=late).median
    assert is_closed_form(result, (23 * 10 + 5 * 20) / 28)
    gap = pressures({"id": "x", "onset": on(100)})
    rows = [*daily([10.0] * 5), {"id": "after", "from": 110, "value": 99.0}]
    assert is_closed_form(
        said("pre_crisis_mean", 120, 121, *rows, day=119, crisis=gap).median, 10.0
    )
    none = pressures()
    result = said("pre_crisis_mean", 11, 12, crisis=none).median
    assert is_closed_form(result, sum(TEN) / 10)


def test_the_crisis_is_the_strongest_pressure_of_the_day():
    rows = pressures(
        {"id": "war", "onset": on(0), "leaving": 2.0},
        {"id": "calm", "onset": on(1), "leaving": -9.0},
        {"id": "call_up", "onset": on(7), "leaving": 5.0, "ends": on(20)},
        {"id": "told_late", "onset": on(8), "announced": on(9), "leaving": 7.0},
    )
    expected = {-1: None, 0: 0, 6: 0, 7: 7, 8: 7, 9: 8}
    for day, onset in expected.items():
        assert crises(rows)(on(day)) == (None if onset is None else on(onset)), day
    assert crises(rows.filter(pl.col("id") != "told_late"))(on(20)) == on(0)


def test_no_text_without_information():
    assert said("persistence", 11, 12, place="PASS") is None
    assert said("persistence", 11, 12, day=0) is None
    context = daily(TEN, use="context")
    assert said("persistence", 11, 12, *context) is None


@pytest.mark.parametrize("rule", forecasters())
def test_a_later_figure_changes_nothing(rule):
    rows = daily(TEN)
    before = said(rule, 11, 18, *rows, day=8)
    # Published on the day after the forecast, or of days that had not ended by then.
    for late in ({"from": 6, "published": 9}, {"from": 9}, {"from": 3, "to": 10}):
        other = {"id": "late", "value": 99999.0, "published": 7} | late
        assert said(rule, 11, 18, *rows, other, day=8) == before
    changed = [*rows[:8], *(row | {"value": row["value"] * 7} for row in rows[8:])]
    assert said(rule, 11, 18, *changed, day=8) == before
    # One that was out by then does change it.
    known = {"id": "known", "from": 7, "value": 200.0, "published": 8, "replaces": "day7"}
    assert said(rule, 11, 18, *rows, known, day=8) != before


def test_the_figure_counts_that_stood_on_the_day():
    rows = daily(TEN)
    revised = {"id": "new", "from": 9, "value": 400.0, "published": 15, "replaces": "day9"}
    assert said("persistence", 15, 16, *rows, revised, day=14).median == 320.0
    assert said("persistence", 16, 17, *rows, revised, day=15).median == 400.0


def test_spread_of_persistence_by_hand():
    errors = [log(b / a) ** 2 for a, b in pairwise(TEN)]
    variance = sum(errors) / len(errors)
    # Day 11 is two days after the last known one, day 9.
    assert is_closed_form(said("persistence", 11, 12).sd, sqrt(2 * variance))
    assert is_closed_form(said("persistence", 10, 11).sd, sqrt(variance))
    # Two days of a random walk: shares 1/2, cov [[1, 1], [1, 2]], so c = 5/4.
    assert is_closed_form(said("persistence", 10, 12).sd, sqrt(1.25 * variance))


def test_spread_of_the_same_weekday_by_hand():
    # Figures 7, 8, 9 have their weekday before; the others are forecast by the last day, one step.
    errors = [log(b / a) ** 2 for a, b in pairwise(TEN[:7])]
    errors += [log(TEN[i + 7] / TEN[i]) ** 2 for i in range(3)]
    variance = sum(errors) / len(errors)
    assert is_closed_form(said("same_weekday", 11, 12).sd, sqrt(variance))
    assert is_closed_form(said("same_weekday", 18, 19).sd, sqrt(2 * variance))
    # Two weekdays are independent: shares of 80 and 100.
    shares = np.array([80.0, 100.0]) / 180.0
    assert is_closed_form(said("same_weekday", 11, 13).sd, sqrt(variance * (shares**2).sum()))


def test_spread_of_a_mean_by_hand():
    rows = daily([100.0, 200.0, 100.0])
    # 200 from 100 (T = 1, c = 2); 100 from 150 (T = 2, c = 3/2).
    variance = (log(2) ** 2 / 2 + log(1.5) ** 2 / 1.5) / 2
    result = said("seven_day_mean", 4, 5, *rows, *alone("PASS"), day=3)
    assert result.median == pytest.approx(400 / 3)
    # Two errors are not enough: those of the other place, which never erred, are taken along.
    pooled = variance * 2 / (2 + 2)
    assert is_closed_form(result.sd, sqrt(pooled * (1 + 1 / 3)))
    enough = said("seven_day_mean", 5, 6, *daily([100.0, 200.0, 100.0, 400 / 3]), day=4)
    assert is_closed_form(enough.sd, sqrt(variance * 2 / 3 * (1 + 1 / 4)))


def alone(place):
    return [row | {"id": f"{place}{i}"} for i, row in enumerate(daily([7.0] * 3, place=place))]


def test_one_figure_alone_makes_a_point():
    result = said("persistence", 2, 3, {"from": 0, "value": 80.0}, day=1)
    assert (result.median, result.sd) == (80.0, 0.0)


def test_a_figure_of_nobody_is_no_ratio():
    result = said("persistence", 5, 6, *daily([0.0, 0.0, 50.0, 0.0]), day=4)
    assert (result.median, result.sd) == (0.0, 0.0)


def test_the_stated_error_of_a_random_walk_is_right():
    # Over many walks the log errors of persistence, h days ahead, have the variance it claims.
    chance = np.random.default_rng(11)
    ratios = []
    for _ in range(60):
        walk = 1000.0 * np.exp(np.cumsum(0.2 * chance.standard_normal(60)))
        rows = daily(walk[:50].tolist())
        result = said("persistence", 52, 55, *rows, day=50)
        truth = walk[52:55].sum()
        ratios.append(log(truth / result.median) ** 2 / result.sd**2)
    # The sum of log-normal days is not quite log-normal, and s is estimated: hence the bound.
    assert in_standard_errors(ratios, 1.0) < STANDARD_ERRORS


def test_more_noise_and_more_days_ahead_make_it_less_sure():
    calm, wild = daily([100, 101, 99, 100, 101, 100.0]), daily([100, 150, 80, 130, 60, 100.0])
    assert said("persistence", 8, 9, *calm, day=6).sd < said("persistence", 8, 9, *wild, day=6).sd
    spreads = [said("persistence", d, d + 1, *wild, day=6).sd for d in (7, 8, 12, 20)]
    assert spreads == sorted(spreads)
    assert spreads[0] < spreads[-1]
