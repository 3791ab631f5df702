"""Measures without counts follow counted ones, or have the error of their kind."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emigre.evaluation.model_error import ModelError, error_factors, error_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.patterns import Patterns
from emigre.forecasting.reception import Following, sum_over_places, targets
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
    return Following(conditioned, simulated, figures, arrivals, {"A": 20})


def test_a_flow_follows_arrivals_of_the_same_days(made):
    values = made.values(row("arrived"))[:, 0]
    # Seven days of three persons, whatever the run has: run, times counted over run.
    assert values == pytest.approx(21.0)


@pytest.fixture
def sure(monkeypatch):
    """Measures that follow others have no other uncertainty."""
    nothing = ModelError(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    monkeypatch.setattr("emigre.forecasting.reception.error_of", lambda _: nothing)


@pytest.mark.usefixtures("sure")
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
    assert {(r["to"] - FIRST).days for r in targets(places, FIRST, 5).iter_rows(named=True)} == {5}


def test_a_following_measure_is_wider_by_its_own_error(made):
    error = error_of("in_need")
    own = error_factors(error, 1.0 - error.everywhere - error.country, 1, len(RUNS))
    ratio = (10 * 1.0 + 7 * 3.0) / 17
    assert made.values(row("in_need", start=16))[:, 0] == pytest.approx(ratio * own)


BOTH = {"A": np.array([0]), "B": np.array([1]), "*": np.array([0, 1])}


def of_days(measure, a, b):
    """Cells of A and B and both, values by day (DAYS,) and the double in the second run."""
    values = np.stack([[a, b], [2.0 * a, 2.0 * b]])
    return Cells(measure, FIRST, values, None, BOTH, ("A", "B"))


def world(figures, by=(3.0, 3.0), departed_by=1.0, **more):
    """Five and three a day set out and are admitted; one in five and in three leaves again.

    Draws of entries are ``by`` times those of the run, draws of other measures its own.
    """
    days = np.arange(1.0, DAYS + 1)
    simulated = {
        "entered": of_days("entered", 5.0 + 0 * days, 3.0 + 0 * days),
        "stock": of_days("stock", 4.0 * days, 2.0 * days),
        "departed": Cells("departed", FIRST, np.array([[[8.0] * DAYS], [[16.0] * DAYS]]), None,
            {"O": np.array([0]), "*": np.array([0])}, ("X",)),
    } | more  # fmt: skip
    drawn = {"entered": np.array(by), "departed": np.array([departed_by])}

    def counted(rows):
        columns = []
        for r in rows.iter_rows(named=True):
            cell = simulated[r["measure"]]
            at = cell.rows[r["place"]]
            factor = drawn.get(r["measure"], np.ones(2))[at]
            columns.append((cell.parts(r) * factor[:, None]).sum(axis=(1, 2))[RUNS])
        return np.stack(columns, axis=1)

    d = dict.fromkeys(simulated, np.zeros(0))
    return Following(Conditioned({}, 0, RUNS, d), simulated, figures, counted, {}), counted


CROSSINGS = {("entered", "A"): 4, ("entered", "B"): 4, ("entered", "*"): 0}
MAIN = [
    row("departed", "*"),
    row("departed", "*", 12, 13),
    row("stock", "*", 16),
    row("stock", "A", 16),
]


@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize("rows", MAIN)
def test_all_entries_three_times_the_simulated_ones_are_three_times_all_departures(rows):
    made, counted = world(CROSSINGS | {("departed", "*"): 0, ("stock", "*"): 0})
    assert made.values(rows) == pytest.approx(3.0 * counted(rows))


@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize("rows", MAIN)
def test_those_who_follow_are_no_more_than_there_are(rows):
    made, counted = world(CROSSINGS | {("departed", "*"): 0, ("stock", "*"): 0})
    most = 2.0 * counted(rows).max()
    few = replace(made, conditioned=replace(made.conditioned, people={"*": most}))
    assert few.values(rows) == pytest.approx(np.minimum(3.0 * counted(rows), most))


ENTERED = [row("entered", "*"), row("entered", "A"), row("entered", "B")]


@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize("rows", [*MAIN[2:], *ENTERED])
@pytest.mark.parametrize("origin", ["O", "*"])
def test_departures_lead_arrivals_and_levels_where_no_arrivals_are_counted(rows, origin):
    """Three times the simulated departures are three times all arrivals."""
    made, counted = world({("departed", origin): 4}, (1.0, 1.0), departed_by=3.0)
    assert made.leader(*rows.row(0)[:2]) == "departed"
    assert made.values(rows) == pytest.approx(3.0 * counted(rows))
    assert made.values(row("departed", "*")) == pytest.approx(counted(row("departed", "*")))
    with_entries = replace(made, figures=made.figures | {("entered", "A"): 1, ("entered", "B"): 1})
    assert with_entries.leader(*rows.row(0)[:2]) == "entered"
    given = replace(made, departures_given=True)
    assert given.leader(*rows.row(0)[:2]) is None


@pytest.mark.parametrize("rows", [*MAIN, row("entered", "*")])
def test_without_counts_nothing_changes(rows):
    made, counted = world({("entered", "*"): 0, ("departed", "*"): 0, ("stock", "*"): 0})
    assert (made.values(rows) == counted(rows)).all()
    assert made.leader(*rows.row(0)[:2]) is None


@pytest.mark.parametrize("rows", [*MAIN, row("entered", "*"), row("entered", "B")])
def test_own_counts_win(rows):
    own = {("departed", "*"): 1, ("stock", "*"): 1, ("stock", "A"): 1}
    made, counted = world(CROSSINGS | own)
    assert (made.values(rows) == counted(rows)).all()
    assert made.leader(*rows.row(0)[:2]) == rows["measure"][0]


@pytest.mark.parametrize("days", [1.0, 7.0])
def test_counts_of_few_places_do_not_lead_all(days):
    """B has three eighths of all entries, A five."""
    few, most = (world({("entered", place): 1, ("departed", "O"): 9})[0] for place in ("B", "A"))
    rows = row("entered", "*", 12, 12 + int(days))
    assert few.leader(*rows.row(0)[:2]) == "departed"
    assert most.leader(*rows.row(0)[:2]) == "entered"


@pytest.mark.usefixtures("sure")
def test_a_total_of_levels_adds_places_with_their_own_counts_or_leaders():
    made, counted = world(CROSSINGS | {("stock", "A"): 1})
    rows = row("stock", "*", 16)
    at_a, at_b = (counted(row("stock", place, 16)) for place in "AB")
    assert made.values(rows) == pytest.approx(at_a + 3.0 * at_b)
    # A country of one place, as of a single camp, is not counted beside it.
    stock = made.cells["stock"]
    with_country = replace(stock, rows={**stock.rows, "COUNTRY": np.array([1])})
    made = replace(made, cells={**made.cells, "stock": with_country})
    assert made.values(rows) == pytest.approx(at_a + 3.0 * at_b)


@pytest.mark.usefixtures("sure")
def test_people_who_were_there_at_the_start_stay():
    days = np.arange(1.0, DAYS + 1)
    there = of_days("stock", 100.0 + 4.0 * days, 50.0 - 2.0 * days)
    made, _ = world(CROSSINGS, stock=there)
    # Of 104 on the first day, five may have come on it; the others are not multiplied.
    at_first = 104.0 - 5.0
    now = 100.0 + 4.0 * 17
    once = at_first + 3.0 * (now - at_first)
    assert made.values(row("stock", "A", 16))[:2, 0] == pytest.approx([once, 2 * once])
    # Fewer than at the start are left: nobody who came is known to have stayed.
    assert made.values(row("stock", "B", 16))[:2, 0] == pytest.approx([16.0, 32.0])


@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize("by", [(3.0, 3.0), (0.5, 4.0), (1.0, 20.0)])
def test_people_staying_are_not_fewer_than_those_admitted_less_those_who_left(by):
    made, counted = world(CROSSINGS, by)
    admitted = sum(counted(row("entered", place, 0)) for place in "AB")
    left = np.array([1.0, 1.0]) @ np.array(by) * 17 * np.array([1.0, 2.0])[RUNS]
    staying = made.values(row("stock", "*", 16))[:, 0]
    assert staying == pytest.approx(admitted[:, 0] - left)
    # Who was admitted had set out.
    departed = made.values(row("departed", "*", 0))
    assert departed == pytest.approx(admitted)


def test_a_small_place_whose_draws_have_no_mean_does_not_decide_a_sum():
    sure, wild = np.full((9, 1), 1e6), np.array([1e-2, 1e-1, 1, 10, 100, 1e3, 1e4, 1e9, 1e12])
    total = sum_over_places(np.stack([sure, wild[:, None]]), np.zeros(9, dtype=np.intp))
    assert total[:, 0] == pytest.approx(1e6 + 100, rel=3e-3)
    assert sum_over_places(np.stack([sure, 2 * sure]), np.arange(9)) == pytest.approx(3e6)
    assert not sum_over_places(np.zeros((2, 9, 1)), np.arange(9)).any()


def test_ratios_move_with_the_patterns_of_runs(made):
    of_runs = np.array([[-1.0], [1.0]])  # runs with 2 and 4 persons a day
    drawn = np.linspace(-2.0, 2.0, len(RUNS))[:, None]
    simulated = dict(made.cells, arrived=cells("arrived", 1.0, 8.0))
    conditioned = replace(made.conditioned, patterns=Patterns(of_runs, drawn))
    values = replace(made, conditioned=conditioned, cells=simulated).values(row("arrived"))[:, 0]
    # 7 days of 3 persons passed. Of each, 1/2 or 2 arrived in the runs, a factor of 4 apart.
    ratio = np.where(RUNS == 0, 0.5, 2.0) * 4.0 ** ((drawn[:, 0] - of_runs[RUNS, 0]) / 1.0)
    assert values == pytest.approx(21.0 * np.clip(ratio, 0.5, 2.0))
