"""Measures that nobody counts: they follow arrivals, or have the error of their kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emigre.evaluation.model_error import error_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.reception import Reception, targets
from observed import FIRST

RUNS = np.tile([0, 1], 50)
DAYS = 20


def cells(measure, *values):
    """Cells of two places, the value of each run on all days."""
    each = np.array(values, dtype=float)[:, None, None] * np.ones((1, 2, DAYS))
    rows = {"A": np.array([0]), "B": np.array([1])}
    return Cells(measure, FIRST, each, None, rows, ("A", "B"))


def row(measure, place="A", start=10, after=17):
    days = {"from": FIRST + timedelta(days=start), "to": FIRST + timedelta(days=after)}
    return pl.DataFrame([{"measure": measure, "place": place, **days}])


@pytest.fixture
def made():
    """Arrivals at A were counted: a person a day until the tenth, then three, in all draws."""
    simulated = {m: cells(m, 2.0, 4.0) for m in ("passages", "arrived", "in_need", "wait_hours")}
    conditioned = Conditioned({}, 0, RUNS, {})

    def arrivals(rows):
        first, after = rows["from"][0], rows["to"][0]
        days = [(first - FIRST).days + i for i in range((after - first).days)]
        return np.full((len(RUNS), 1), sum(1.0 if day < 10 else 3.0 for day in days))

    figures = {("passages", "A"): 5, ("arrived", "A"): 0}
    return Reception(conditioned, simulated, figures, arrivals, {"A": 20})


def test_a_flow_follows_arrivals_of_the_same_days(made):
    values = made.values(row("arrived"))[:, 0]
    # Seven days of three persons, whatever the run says: run, times counted over run.
    assert values == pytest.approx(21.0)


def test_a_stock_follows_all_arrivals_until_its_day(made):
    values = made.values(row("in_need", start=16))[:, 0]
    ratio = (10 * 1.0 + 7 * 3.0) / (17 * np.array([2.0, 4.0]))
    assert values == pytest.approx((np.array([2.0, 4.0]) * ratio)[RUNS])


@pytest.mark.parametrize(("place", "beds"), [("A", 20), ("B", 0)])
def test_beds_in_use_are_at_most_those_of_the_place(made, place, beds):
    made = replace(made, cells=made.cells | {"in_need": cells("in_need", 15.0, 80.0)})
    used, without, need = (
        made.values(row(measure, place, start=16))[:, 0]
        for measure in ("reception_beds_used", "unsheltered", "in_need")
    )
    assert used == pytest.approx(np.minimum(need, beds))
    assert without == pytest.approx(need - used)
    assert (need < 20).any()
    assert (need > 20).any()


def test_beds_follow_need_where_it_is_counted(made):
    counted = lambda rows: np.full((len(RUNS), 1), 30.0)  # noqa: E731
    made = replace(made, figures=made.figures | {("in_need", "A"): 1}, counted=counted)
    assert made.values(row("unsheltered", start=16))[:, 0] == pytest.approx(10.0)


def test_a_stock_follows_nothing_where_nobody_was_simulated_to_arrive(made):
    none = replace(made, cells=made.cells | {"passages": cells("passages", 0.0, 0.0)})
    assert none.values(row("in_need"))[:, 0] == pytest.approx(np.array([2.0, 4.0])[RUNS])


@pytest.mark.parametrize(("measure", "place"), [("arrived", "B"), ("wait_hours", "A")])
def test_without_arrivals_the_error_has_the_law_of_its_kind(made, measure, place):
    error = error_of(measure)
    sd = np.sqrt(error.over_days(7).mean())
    simulated = np.array([2.0, 4.0])[RUNS] * (7 if measure == "arrived" else 1)
    factors = np.sort(made.values(row(measure, place))[:, 0] / simulated)
    levels = (np.arange(100) + 0.5) / 100
    assert np.log(factors) == pytest.approx(sd * stats.t.ppf(levels, error.freedom))


def test_targets_are_sums_of_flows_and_the_last_day_of_stocks():
    places = pl.DataFrame(
        {"id": ["X", "K", "O", "C"], "kind": ["country", "crossing", "origin", "camp"]}
    )
    rows = targets(places, FIRST, 14)
    spans = {
        (r["measure"], (r["from"] - FIRST).days, (r["to"] - FIRST).days)
        for r in rows.iter_rows(named=True)
    }
    assert {("arrived", 0, 7), ("arrived", 0, 14), ("in_need", 13, 14)} <= spans
    assert {("wait_hours", 0, 14), ("waiting", 6, 7)} <= spans
    assert set(rows["place"]) == {"X", "K", "C"}
    assert rows.height == 2 * (4 + 3 + 4)
    assert not targets(places, FIRST, 5).height
