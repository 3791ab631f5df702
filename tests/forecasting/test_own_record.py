"""Widths from the scenario's own record: closed forms, and recovery of a known size."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats
from test_learning import TRUE, cells, counts

from emigre.evaluation.baselines import Published
from emigre.evaluation.model_error import EASIER, ModelError, Pool, shipped
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.own_record import (
    BETTER,
    EARLY,
    FREEDOM,
    POWER,
    TAILS,
    OwnRecord,
    earlier_forecasts,
    factors,
    heavy_tailed,
    scale_of_same_interval,
    weight_of,
)
from observed import FIRST, observations, pressures

DAY = FIRST + timedelta(days=40)


def row(place="P0", first=1, n=1):
    start = DAY + timedelta(days=first)
    return {"measure": "passages", "place": place, "from": start, "to": start + timedelta(days=n)}


def test_without_a_record_nothing_changes():
    assert factors([0, 0, 0], [1.0, 9.0, 9.0]).tolist() == [1.0, 1.0, 1.0]
    none = OwnRecord({})
    assert none.factor(("passages", "P0"), "8-14") == 1.0


def test_a_part_starts_from_the_one_before():
    first = (FREEDOM + 3 * EASIER["1-7"] ** 2 * 0.1) / (FREEDOM + 3)
    third = (FREEDOM * first + 2 * EASIER["15-30"] ** 2 * 4.0) / (FREEDOM + 2)
    found = factors([3, 0, 2], [0.1, 1.0, 4.0])
    assert found == pytest.approx(np.sqrt([first, first, third]))


def test_a_factor_does_not_fall_with_the_horizon():
    found = factors([3, 9, 2], [4.0, 0.1, 9.0])
    assert found[1] == found[0] < found[2]
    assert factors([20, 5, 5], [0.1, 0.0, 0.0])[0] < 1.0


def test_a_series_without_a_record_has_the_geometric_mean_of_its_measure():
    one, two = np.array([0.5, 1.0, 1.0]), np.array([2.0, 1.0, 4.0])
    own = OwnRecord({("passages", "A"): one, ("passages", "B"): two, ("stock", "C"): one})
    assert own.factor(("passages", "A"), "1-7") == 0.5
    assert own.factor(("passages", "X"), "1-7") == pytest.approx(1.0)
    assert own.factor(("passages", "X"), "15-30") == pytest.approx(2.0)


def test_draws_get_a_heavy_tailed_law_with_the_width_of_the_record():
    """Normal logarithms: 90 % intervals are multiplied, 50 % intervals are narrower than that."""
    own = OwnRecord({("passages", "P0"): np.array([0.5, 2.0, 1.0])})
    levels = (np.arange(2_001) + 0.5) / 2_001
    values = np.exp(stats.norm(5.0, 0.3).ppf(levels))[:, None] * np.ones((1, 3))
    values = np.concatenate([values, np.zeros((500, 3))])[::-1]
    rows = pl.DataFrame([row(first=7), row(first=8), row(first=20)])
    found = own.shaped(values, rows, DAY)
    t = stats.t(TAILS)
    sd = 0.3 * stats.norm.ppf(0.95) / t.ppf(0.95)
    for i, by in enumerate((0.5, 2.0, 1.0)):
        assert not found[:500, i].any()
        logs = np.log(found[500:, i])[::-1]
        tails = np.abs(levels - 0.5) > 0.45
        z = np.where(tails, 0.3 * stats.norm.ppf(levels), sd * t.ppf(levels))
        assert logs == pytest.approx(5.0 + by * z, abs=1e-2)


def test_each_side_of_a_skewed_forecast_keeps_its_end():
    logs = np.sort(np.random.default_rng(1).gamma(2.0, size=3_001))
    found = np.log(heavy_tailed(np.exp(logs), 1.0))
    ends = [0.05, 0.5, 0.95]
    assert np.quantile(found, ends) == pytest.approx(np.quantile(logs, ends), rel=0.01)
    assert not heavy_tailed(np.zeros(3), 2.0).any()


def test_the_closed_form_has_the_same_interval():
    freedom = np.array([3.0, 12.0, np.inf])
    scale = scale_of_same_interval(np.ones(3), freedom)
    assert scale * stats.t.ppf(0.95, TAILS) == pytest.approx(
        stats.t.ppf(0.95, np.minimum(freedom, 1e7)), rel=1e-6
    )


def test_the_record_knows_no_count_before_it_is_published():
    table = observations(
        {"id": "a", "place": "P0", "from": 10, "value": 100.0},
        {"id": "late", "place": "P0", "from": 12, "value": 900.0, "published": 39},
        {"id": "b", "place": "P0", "from": 38, "value": 100.0},
    )
    made = earlier_forecasts(cells(), table, DAY, 1, Published(table, pressures()))
    assert made
    for one in made:
        known = np.exp(one.counted[: one.n_known])
        assert (900.0 in known.round()) == (one.day >= FIRST + timedelta(days=39))


def test_known_sizes_are_recovered_from_the_own_record():
    """Errors assumed to be twice the true ones: widths are halved, save for what is easier."""
    twice = ModelError(0.6, 1.0, TRUE.days, 0.1, TRUE.everywhere, TRUE.country)
    found = []
    for i in range(4):
        table = counts(np.random.default_rng(i))
        known = table.filter(table["published"] <= DAY)
        made = earlier_forecasts(cells(), known, DAY, 1, Published(known, pressures()))
        own = OwnRecord.of(made, dict.fromkeys(("flow",), twice))
        found += [own.factor(("passages", f"P{p}"), "1-7") for p in range(4)]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(EASIER["1-7"] / 2, rel=0.15)


def test_spans_of_a_series_are_the_sums_of_its_days_for_any_widths():
    """In every draw, also where parts of the horizon have factors of their own: a week and all
    days have the sum of the days, whose 95 % values add up to more, as their errors differ.
    """
    chance = np.random.default_rng(3)
    values = chance.poisson(500.0, (4, 1, 20)).astype(float)
    made = Conditioned(
        {"passages": Cells("passages", DAY, values, None, {"P0": np.arange(1)}, ("A",))},
        figures=0,
        runs=np.arange(2_000) % 4,
        d={"passages": chance.normal(0.0, 0.1, (2_000, 1, 20)).cumsum(axis=2)},
    )
    own = OwnRecord({("passages", "P0"): np.array([0.5, 2.0, 1.0])})
    days = [row(first=i) for i in range(1, 20)]
    spans = [row(first=1, n=7), row(first=1, n=19)]
    found = made.values(pl.DataFrame(days + spans), lambda v, rows: own.shaped(v, rows, DAY))
    assert found[:, 19] == pytest.approx(found[:, :7].sum(axis=1))
    assert found[:, 20] == pytest.approx(found[:, :19].sum(axis=1))
    ends = np.quantile(found, 0.95, axis=0)
    assert ends[19] < ends[:7].sum()
    assert ends[20] < ends[:19].sum()


def test_the_weight_of_forecasts_follows_their_scores():
    """Closed forms: without a record, with an infinite one, and in between."""
    none = np.zeros(0)
    assert weight_of(none, none) == pytest.approx(1.0 / (1.0 + BETTER**POWER))
    many = np.full(1_000_000, 0.2)
    assert weight_of(many, many) == pytest.approx(0.5, abs=1e-3)
    ratio = (50 * np.log(0.3 / 0.2) + EARLY * np.log(BETTER)) / (50 + EARLY)
    found = weight_of(np.full(50, 0.3), np.full(50, 0.2))
    assert found == pytest.approx(1.0 / (1.0 + np.exp(POWER * ratio)))


def test_better_forecasts_have_more_weight():
    theirs = np.full(400, 0.2)
    weights = [weight_of(np.full(400, ours), theirs) for ours in (0.1, 0.2, 0.3)]
    assert weights == sorted(weights, reverse=True)


def test_series_that_keep_their_level_are_pooled_with_the_mean_of_days():
    """Counts near a level far from the simulation: the record gives the 7-day mean a weight."""
    chance = np.random.default_rng(2)
    steady = observations(*(
        {"id": f"{p}-{t}", "place": f"P{p}", "from": t, "value": value}
        for p in range(4)
        for t in range(41)
        for value in [3e5 * float(np.exp(0.02 * chance.standard_normal()))]
    ))  # fmt: skip
    own = OwnRecord.of(earlier_forecasts(cells(), steady, DAY, 1, Published(steady, pressures())))
    early = 1.0 / (1.0 + BETTER**POWER)
    assert own.pools()["flow"]["8-14"].baseline == "seven_day_mean"
    assert all(pool.weight < early for pool in own.of_flows.values())
    assert own.pools()["stock"] == shipped().pools["stock"]


def test_without_a_record_pools_are_as_shipped():
    assert OwnRecord({}).pools()["flow"] == shipped().pools["flow"]
    others = {"flow": {"1-7": Pool("persistence", 0.5)}}
    assert OwnRecord({}).pools(others) == others
