"""Conditioning on counts: closed forms of the linear-Gaussian case, sums, and small parts."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emigre import schema
from emigre.evaluation.model_error import ModelError
from emigre.forecasting import conditioning
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned, allocate, condition, people_of
from emigre.forecasting.informative import without_contradictions
from emigre.forecasting.known import LEAST_SD
from emigre.scenario.loader import load
from observed import observations
from tolerances import is_closed_form

FIRST = date(2030, 3, 1)
DRIFTING = ModelError(lasting=0.3, drift=0.4, days=5.0, daily=0.0, everywhere=0.0, country=0.0)


def cells(values, countries=("A",), rows=None):
    """Cells of passages, (runs, places, days)."""
    n = values.shape[1]
    rows = rows or {f"P{i}": [i] for i in range(n)} | {"*": list(range(n))}
    found = {name: np.array(columns, dtype=np.intp) for name, columns in rows.items()}
    return {"passages": Cells("passages", FIRST, values, None, found, countries)}


def figure(day, value, place="P0", days=1):
    start = FIRST + timedelta(days=day)
    return {
        "id": f"{place}{day}",
        "measure": "passages",
        "place": place,
        "from": start,
        "to": start + timedelta(days=days),
        "value": value,
        "error": "exact",
        "published": start + timedelta(days=days),
    }


def figures(*rows):
    return observations(*rows)


def drawn(values, known, error=DRIFTING, draws=20_000, **more):
    return condition(
        cells(values, **more),
        known,
        day=FIRST,
        scale=1,
        draws=draws,
        rng=np.random.default_rng(7),
        errors=dict.fromkeys(("flow", "stock", "mean"), error),
    )


def test_without_counts_the_error_has_its_own_size():
    found = drawn(np.full((3, 1, 4), 1e6), figures().clear())
    logs = np.log(found.values(figures(figure(2, 1.0)))[:, 0] / 1e6)
    assert logs.mean() == pytest.approx(0.0, abs=4 * DRIFTING.sd / np.sqrt(20_000))
    assert logs.std() == pytest.approx(DRIFTING.sd, rel=0.03)


def test_one_count_moves_the_days_to_come_by_the_closed_form():
    """A count on day 0: mean k(h) (k(0) + r)^-1 x, variance k(0) - k(h)^2 / (k(0) + r)."""
    found = drawn(np.full((3, 1, 11), 1e6), figures(figure(0, 2e6)))
    k = DRIFTING.over_days(11)[0]
    noise = LEAST_SD**2 + 1 / (2e6 + 0.5)
    for ahead in (1, 10):
        logs = np.log(found.values(figures(figure(ahead, 1.0)))[:, 0] / 1e6)
        gain = k[ahead] / (k[0] + noise)
        sd = np.sqrt(k[0] - gain * k[ahead])
        assert logs.mean() == pytest.approx(gain * np.log(2.0), abs=4 * sd / np.sqrt(20_000))
        assert logs.std() == pytest.approx(sd, rel=0.03)


def test_a_country_is_the_sum_of_its_places_and_a_week_that_of_its_days():
    chance = np.random.default_rng(1)
    values = chance.poisson(500.0, (4, 3, 9)).astype(float)
    error = ModelError(0.3, 0.3, 5.0, 0.1, 0.2, 0.3)
    found = drawn(
        values,
        figures(figure(0, 700.0), figure(0, 2_000.0, "*", 2)),
        error,
        40,
        countries=("A", "A", "B"),
    )
    parts = [figure(2 + d, 1.0, f"P{p}") for p in range(3) for d in range(7)]
    whole = found.values(figures(figure(2, 1.0, "*", 7)))[:, 0]
    summed = found.values(figures(*parts)).sum(axis=1)
    assert all(map(is_closed_form, whole, summed))


def test_places_of_one_country_share_a_part_of_the_error():
    error = ModelError(lasting=0.5, drift=0.0, days=1.0, daily=0.0, everywhere=0.1, country=0.4)
    values = np.full((2, 3, 3), 1e6)
    known = figures(figure(0, 2e6))
    found = drawn(values, known, error, countries=("A", "A", "B"))
    ahead = figures(*(figure(2, 1.0, f"P{i}") for i in range(3)))
    means = np.log(found.values(ahead) / 1e6).mean(axis=0)
    gain = np.log(2.0) / (1 + (LEAST_SD**2 + 1.5e-6) / 0.25)
    expected = np.array([1.0, 0.5, 0.1]) * gain
    assert np.abs(means - expected).max() < 4 * 0.5 / np.sqrt(20_000)


def test_the_level_of_runs_follows_the_counts_of_the_series_alone():
    """Runs differ by levels of variance b: the mean moves by (b + k) / (b + k + r) x."""
    values = np.full((3, 2, 6), 1e6) * np.exp(np.array([-0.5, 0.0, 0.5]))[:, None, None]
    error = ModelError(0.3, 0.0, 1.0, 0.0, 0.0, 0.0)
    known = figures(figure(0, 2e6), figure(0, 1e6, "P1"))
    found = drawn(values, known, error, 9_000, countries=("A", "B"))
    noise = [LEAST_SD**2 + 1 / (y + 0.5) for y in (2e6, 1e6)]
    logs = np.log(found.values(figures(figure(4, 1.0), figure(4, 1.0, "P1"))) / 1e6)
    prior = 0.25 + 0.09
    for i, x in enumerate((np.log(2.0), 0.0)):
        gain = prior / (prior + noise[i])
        assert logs[:, i].mean() == pytest.approx(gain * x, abs=0.005)
        assert logs[:, i].std() == pytest.approx(np.sqrt(prior * (1 - gain)), rel=0.05)
    assert np.bincount(found.runs).tolist() == [3_000] * 3


def test_a_counted_queue_informs_about_hours():
    """Queue and wait at a crossing have one error: the hours of later days move with the line."""
    rows = {"P0": np.array([0], dtype=np.intp)}
    queue = Cells("queued", FIRST, np.full((2, 1, 4), 1e6), None, rows, ("A",))
    hours = Cells("wait_hours", FIRST, np.full((2, 1, 4), 10.0), np.ones((2, 1, 4)), rows, ("A",))
    error = ModelError(0.5, 0.0, 1.0, 0.0, 0.0, 0.0)
    found = condition(
        {"queued": queue, "wait_hours": hours},
        figures(figure(0, 3e6) | {"measure": "queued"}),
        day=FIRST,
        scale=1,
        draws=4_000,
        rng=np.random.default_rng(1),
        errors={"mean": error},
    )
    logs = np.log(found.values(figures(figure(2, 1.0) | {"measure": "wait_hours"}))[:, 0])
    gain = 0.25 / (0.25 + LEAST_SD**2 + 1 / 3e6)
    assert logs.mean() == pytest.approx(np.log(10.0) + gain * np.log(3.0), abs=0.005)
    assert logs.std() == pytest.approx(0.5 * np.sqrt(1 - gain), rel=0.05)


def test_the_size_of_the_error_has_students_law():
    """Without counts: the tails of Student's law with the degrees of freedom of the kind."""
    error = ModelError(0.3, 0.0, 1.0, 0.0, 0.0, 0.0, freedom=3.0)
    found = drawn(np.full((2, 1, 3), 1e6), figures().clear(), error, draws=100_000)
    logs = np.log(found.values(figures(figure(1, 1.0)))[:, 0] / 1e6) / 0.3
    expected = stats.t(3).ppf([0.05, 0.25, 0.95])
    assert np.quantile(logs, [0.05, 0.25, 0.95]) == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("threads", [1, 3])
def test_draws_are_the_same_in_any_number_of_threads(monkeypatch, threads):
    error = ModelError(0.3, 0.2, 5.0, 0.1, 0.2, 0.2, freedom=3.0)
    values = np.random.default_rng(3).lognormal(10.0, 0.5, (20, 1, 8))
    counts = figures(figure(1, 3e4), figure(2, 2e4), figure(3, 4e4))
    with monkeypatch.context() as patched:
        patched.setattr(conditioning, "_THREADS", threads)
        found = drawn(values, counts, error, draws=500)
    expected = drawn(values, counts, error, draws=500)
    for measure, d in expected.d.items():
        assert np.array_equal(d, found.d[measure])


def test_an_uncertain_size_does_not_widen_the_spread_of_runs():
    """A series with one count, on which runs agree: later they differ by a factor of e."""
    values = np.full((3, 1, 6), 1e6)
    values[:, 0, 3:] *= np.exp(np.array([-0.5, 0.0, 0.5]))[:, None]
    error = ModelError(1e-3, 0.0, 1.0, 0.0, 0.0, 0.0, freedom=3.0)
    found = drawn(values, figures(figure(0, 1e6)), error, 3_000)
    logs = np.log(found.values(figures(figure(4, 1.0)))[:, 0] / 1e6)
    # As the runs, apart from the size of the error: it is about 1, and below 2 in every draw.
    assert np.abs(logs).max() < 1.0
    assert logs.std() == pytest.approx(np.std([-0.5, 0.0, 0.5]), rel=0.2)


def patterned(n=40):
    """Runs with a pattern z: from day 3 on, P0 has exp(z) times as many people, P1 exp(3 z)."""
    z = np.random.default_rng(5).normal(0.0, 0.3, n)
    values = np.full((n, 2, 6), 1e6)
    values[:, :, 3:] *= np.exp(np.outer(z - z.mean(), [1.0, 3.0]))[:, :, None]
    return values, float(z.var(ddof=1))


def test_a_series_with_an_old_count_moves_with_the_pattern_of_the_others():
    """P1 was counted when runs agreed: its later spread is narrowed by the counts of P0."""
    values, b = patterned()
    error = ModelError(0.1, 0.0, 1.0, 0.0, 0.0, 0.0)
    known = figures(figure(3, 1.2e6), figure(0, 1e6, "P1"))
    found = drawn(values, known, error, 8_000, countries=("A", "B"))
    r = LEAST_SD**2 + 1e-6  # also of the count of P1
    gain = b / (b + 0.01 + r)
    logs = np.log(found.values(figures(figure(4, 1.0, "P1")))[:, 0] / 1e6)
    assert logs.mean() == pytest.approx(3 * gain * np.log(1.2), abs=0.02)
    of_error = 0.01 * (1 - 0.01 / (0.01 + r))
    assert logs.std() == pytest.approx(np.sqrt(9 * b * (1 - gain) + of_error), rel=0.05)


def test_what_its_own_counts_explain_is_not_moved_twice():
    """P0 itself, of which the pattern is the level, moves as without the other series."""
    values, b = patterned()
    error = ModelError(0.1, 0.0, 1.0, 0.0, 0.0, 0.0)
    known = figures(figure(3, 1.2e6), figure(0, 1e6, "P1"))
    found = drawn(values, known, error, 8_000, countries=("A", "B"))
    logs = np.log(found.values(figures(figure(4, 1.0)))[:, 0] / 1e6)
    gain = (b + 0.01) / (b + 0.01 + LEAST_SD**2)
    assert logs.mean() == pytest.approx(gain * np.log(1.2), abs=0.002)


def test_few_households_are_no_proof_of_nobody():
    """Counted at 400 where no run has anybody: the forecast stays there, elsewhere at nobody."""
    found = condition(
        cells(np.zeros((3, 2, 4)), countries=("A", "B")),
        figures(figure(0, 400.0)),
        day=FIRST,
        scale=200,
        draws=3_000,
        rng=np.random.default_rng(1),
        errors=dict.fromkeys(("flow", "stock", "mean"), ModelError(3.0, 0, 1.0, 0, 0, 0)),
    )
    values = found.values(figures(figure(2, 1.0), figure(2, 1.0, "P1")))
    gain = 9 / (9 + LEAST_SD**2 + 1 / 400.5)
    assert np.log(values[:, 0]).mean() == pytest.approx(
        np.log(100) + gain * np.log(4), abs=4 * 3 / np.sqrt(3_000)
    )
    assert (values[:, 1] == 0).all()


def closed(*counts):
    """Draws of the last of five days, simulated for one day and counted on some."""
    values = np.full((3, 1, 5), 1e5)
    values[:, :, 1:] = 0.0
    found = condition(
        cells(values),
        figures(*(figure(day, value) for day, value in enumerate(counts))),
        day=FIRST,
        scale=100,
        draws=40_000,
        rng=np.random.default_rng(1),
        errors={"flow": ModelError(2.0, 0, 1.0, 0, 0, 0)},
    )
    return found.values(figures(figure(4, 1.0)), lambda drawn, rows: drawn**2)[:, 0]


@pytest.mark.parametrize(
    ("counts", "mean"),
    [
        ((1e5,), 50.0),
        ((1e5, 0.0), 0.5 / 1.01),
        ((1e5, 4e4, 0.0, 0.0), 0.5 / 2.01),
        ((1e5, 8.0, 0.0, 20.0), 28.5 / 3.01),
        ((1e5, 0.0, 400.0), 400.5 / 1.01),
    ],
)
def test_after_a_closure_there_are_few_or_nobody(counts, mean):
    """Simulated no more: Gamma(1/2) with the mean of what was counted since, whatever the error."""
    ahead = closed(*counts)
    expected = 2 * mean * stats.gamma(0.5).ppf([0.05, 0.5, 0.95])
    expected[expected < 0.5] = 0.0
    assert np.quantile(ahead, [0.05, 0.5, 0.95]) == pytest.approx(expected, rel=0.1)


def test_a_short_wait_may_be_a_long_one():
    """Nobody waits in any run: the median is half an hour, and the error acts on it."""
    rows = {"P0": np.array([0], dtype=np.intp)}
    none = np.zeros((2, 1, 3))
    waits = {"wait_hours": Cells("wait_hours", FIRST, none, np.ones((2, 1, 3)), rows, ("A",))}
    found = condition(
        waits,
        figures(figure(0, 1.0)).clear(),
        day=FIRST,
        scale=1,
        draws=4_000,
        rng=np.random.default_rng(1),
        errors=dict.fromkeys(("flow", "stock", "mean"), ModelError(2.0, 0, 1.0, 0, 0, 0)),
    )
    row = figures(figure(1, 1.0) | {"measure": "wait_hours"})
    logs = np.log(found.values(row)[:, 0])
    assert logs.mean() == pytest.approx(np.log(0.5), abs=4 * 2 / np.sqrt(4_000))
    assert logs.std() == pytest.approx(2.0, rel=0.05)


def test_the_variance_is_split_into_runs_and_model():
    runs = np.array([0, 0, 1, 1])
    found = Conditioned({}, 0, runs, {})
    values = np.exp(np.array([[-1.0, 0.0], [1.0, 0.0], [-1.0, 2.0], [1.0, 2.0]]))
    assert found.model_share(10 * values) == pytest.approx([1.0, 0.0])
    mixed = np.exp(np.array([[0.0], [2.0], [2.0], [4.0]]))
    assert found.model_share(10 * mixed) == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("measure", "place", "daily"),
    [
        ("departed", "P0", [60, 40, 0]),
        ("departed", "*", [60, 60, 60]),
        ("passages", "P0", [60] * 3),
        ("stock", "P0", [60] * 3),
        ("queued", "P0", [60] * 3),
    ],
)
def test_no_more_people_leave_than_live_there(measure, place, daily):
    found = doubled(measure, 30.0, {"P0": 100.0, "P1": 100.0, "*": 200.0})
    rows = [figure(day, 1.0, place) | {"measure": measure} for day in range(3)]
    week = figure(0, 1.0, place, 3) | {"measure": measure}
    values = found.values(figures(*rows, week))
    whole = 60 if schema.measures()[measure].kind == "stock" else sum(daily)
    assert values == pytest.approx(np.array([[*daily, whole]] * 2))


def doubled(measure, simulated, people, **more):
    """Draws of twice as many as simulated, at one place on three days."""
    of_place = {"P0": np.array([0]), "*": np.array([0])}
    cells = Cells(measure, FIRST, np.full((1, 1, 3), simulated), None, of_place, ("A",))
    twice = np.full((2, 1, 3), np.log(2.0))
    runs = np.zeros(2, dtype=np.intp)
    return Conditioned({measure: cells}, 0, runs, {measure: twice}, people=people, **more)


@pytest.mark.parametrize(
    ("measure", "has_traffic", "daily"),
    [
        ("stock", True, [50, 50, 50]),
        ("in_need", True, [50, 50, 50]),
        ("queued", True, [80, 80, 80]),  # ordinary travellers among them
        ("queued", False, [50, 50, 50]),
        ("passages", True, [80, 80, 80]),
        # Runs have more passages than people, who pass several borders.
        ("passages", False, [80, 40, 0]),
    ],
)
def test_no_more_people_stay_or_pass_than_exist(measure, has_traffic, daily):
    found = doubled(measure, 40.0, {"*": 50.0}, has_traffic=has_traffic)
    rows = [figure(day, 1.0) | {"measure": measure} for day in range(3)]
    assert found.values(figures(*rows)) == pytest.approx(np.array([daily] * 2))


def test_a_stock_counted_above_the_people_has_no_bound():
    found = doubled("stock", 60.0, {"*": 50.0})
    row = figures(figure(0, 1.0) | {"measure": "stock"})
    assert found.values(row) == pytest.approx(120.0)


def test_a_count_and_its_days_that_contradict_it():
    """The sum of its days is taken, so that the forecast is that without the week."""
    days = [figure(day, 20.0) for day in range(7)]
    whole = figure(0, 14_000.0, "P0", 7)
    several = {"passages": doubled("passages", 20.0, {}).cells["passages"]}
    kept = without_contradictions(several, figures(*days, whole))
    assert kept["value"].to_list() == [20.0] * 7
    agreeing = figures(*days, figure(0, 150.0, "P0", 7))
    assert without_contradictions(several, agreeing).height == 8


def test_a_shape_acts_on_the_draws_of_single_days():
    found = doubled("passages", 30.0, {})
    rows = figures(figure(0, 1.0), figure(0, 1.0, days=3))
    values = found.values(rows, lambda drawn, days: drawn + np.arange(len(days)))
    assert values == pytest.approx(np.array([[60.0, 60.0 + 61.0 + 62.0]] * 2))


def test_a_wait_over_two_crossings_is_short_if_its_mean_is():
    """Hours of 0.8 at both are above the least of half an hour: the error alone acts on them."""
    rows = {"*": np.array([0, 1])}
    hours = np.full((1, 2, 1), 0.8)
    waits = Cells("wait_hours", FIRST, hours, np.ones_like(hours), rows, ("A", "A"))
    runs, twice = np.zeros(2, dtype=np.intp), np.full((2, 2, 1), np.log(2.0))
    found = Conditioned({"wait_hours": waits}, 0, runs, {"wait_hours": twice})
    row = figures(figure(0, 1.0, "*") | {"measure": "wait_hours"})
    assert found.values(row) == pytest.approx(1.6)


def test_nobody_waits_for_longer_than_since_the_first_day():
    """Hours of 30 with an error by a factor of e^4 are at most one, two and three days."""
    hours = np.full((1, 1, 3), 30.0)
    waits = Cells("wait_hours", FIRST, hours, np.ones_like(hours), {"P0": np.array([0])}, ("A",))
    error = np.array([[[0.0, -1.0, 4.0]]])
    runs = np.zeros(1, dtype=np.intp)
    found = Conditioned({"wait_hours": waits}, 0, runs, {"wait_hours": error})
    rows = figures(*(figure(i, 1.0) | {"measure": "wait_hours"} for i in range(3)))
    assert found.values(rows)[0] == pytest.approx([24.0, 30.0 / np.e, 72.0])


def test_people_who_can_leave_are_those_of_the_origins_and_those_abroad():
    places = load("tiny").tables["places"].drop_nulls("population")
    at_home = dict(places.filter(pl.col("population") > 0).select("id", "population").iter_rows())
    present = pl.DataFrame({"persons": [300, 200]})
    tables = {"departures": pl.DataFrame(), "places": places, "present": present}
    expected = {origin: n + 500 for origin, n in at_home.items()}
    expected["*"] = sum(at_home.values()) + 500
    assert people_of(SimpleNamespace(tables=tables)) == expected


def test_draws_are_shared_out_in_proportion():
    found = allocate(np.array([0.5, 0.0, 0.3, 0.2]), 10)
    assert np.bincount(found, minlength=4).tolist() == [5, 0, 3, 2]


def test_waits_are_weighted_by_the_persons_served():
    hours = np.array([[[1.0, np.nan, 3.0]]])
    weight = np.array([[[10.0, 0.0, 30.0]]])
    found = Cells("wait_hours", FIRST, hours, weight, {"P0": np.array([0])}, ("A",))
    row = {"place": "P0", "from": FIRST, "to": FIRST + timedelta(days=3)}
    assert found.parts(row).sum() == pytest.approx((10 + 90) / 40)
    assert found.shares(row).sum() == pytest.approx(1.0)


def test_a_stock_is_the_mean_of_its_days():
    values = np.array([[[10.0, 20.0]], [[0.0, 0.0]]])
    found = Cells("stock", FIRST, values, None, {"P0": np.array([0])}, ("A",))
    row = {"place": "P0", "from": FIRST, "to": FIRST + timedelta(days=2)}
    assert found.parts(row).sum(axis=(1, 2)).tolist() == [15.0, 0.0]
    assert found.shares(row).tolist() == [[1 / 3, 2 / 3]]
    assert not found.holds(row | {"to": FIRST + timedelta(days=3)})
    nobody = Cells("stock", FIRST, values[1:], None, {"P0": np.array([0])}, ("A",))
    assert nobody.shares(row).tolist() == [[0.5, 0.5]]


def test_runs_in_which_nobody_waits_leave_the_middle_of_a_queue():
    """A third of the runs have no queue, the others 40 hours: a wait of 40 hours is no surprise."""
    hours = np.where(np.arange(30) % 3 == 0, 0.5, 40.0)[:, None, None] * np.ones((1, 1, 6))
    waits = Cells("wait_hours", FIRST, hours, np.ones_like(hours), {"P0": np.array([0])}, ("A",))
    known = figures(figure(2, 40.0) | {"measure": "wait_hours"})
    made = condition(
        {"wait_hours": waits},
        known,
        day=FIRST + timedelta(days=3),
        scale=1,
        draws=3_000,
        rng=np.random.default_rng(3),
        errors=dict.fromkeys(("flow", "stock", "mean"), DRIFTING),
    )
    later = figures(figure(4, 1.0) | {"measure": "wait_hours"})
    assert np.median(made.values(later)) == pytest.approx(40.0, rel=0.05)
