"""Pooling with a baseline: quantiles of logarithms are averaged, draws keep their order."""

from datetime import timedelta

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from emigre.evaluation.baselines import Published
from emigre.evaluation.model_error import Pool
from emigre.forecasting.cells import Cells
from emigre.forecasting.pooling import breaks_of, pool_of, pooled
from observed import FIRST, daily, observations, pressures

KNOWN = observations(*daily([100.0, 110.0, 90.0, 105.0, 100.0]))
DAY = FIRST + timedelta(days=6)


def row(ahead, days=1):
    first = DAY + timedelta(days=ahead)
    return {"from": first, "to": first + timedelta(days=days), "value": 1.0}


def of(weight, part="1-7"):
    return {"flow": {part: Pool("persistence", weight)}}


def test_the_part_of_the_horizon_has_its_rule():
    pools = {"flow": {"1-7": Pool("a", 0.1), "8-14": Pool("b", 0.2)}}
    table = observations(row(7), row(8), row(2, 7), row(20))
    found = [pool_of(r, DAY, pools) for r in table.iter_rows(named=True)]
    assert [pool.weight for pool in found] == [0.1, 0.2, 0.2, 1.0]


def test_quantiles_of_logarithms_are_averaged():
    memory = Published(KNOWN, pressures()).on(DAY)
    draws = np.exp(np.random.default_rng(1).normal(np.log(200.0), 0.5, (2001, 1)))
    rows = observations(row(2))
    found = pooled(draws, rows, memory, of(0.25))[:, 0]
    rule = memory.forecast("persistence", "passages", "BRIDGE", rows["from"][0], rows["to"][0])
    order = np.argsort(draws[:, 0])
    low, high = np.quantile(np.log(draws[:, 0]), ndtr([-1, 1]))
    weight = Pool("persistence", 0.25).share((high - low) / 2, rule.sd)
    assert 0.0 < weight < 0.25
    middle = order[1000]
    expected = weight * np.log(draws[middle, 0]) + (1 - weight) * np.log(rule.median)
    assert np.log(found[middle]) == pytest.approx(expected)
    low = order[0]
    naive = np.log(rule.median) + rule.sd * ndtri(0.5 / 2001)
    assert np.log(found[low]) == pytest.approx(
        weight * np.log(draws[low, 0]) + (1 - weight) * naive
    )
    assert (np.argsort(found) == order).all()


def test_alone_without_a_rule_or_its_weight():
    memory = Published(KNOWN, pressures()).on(DAY)
    draws = np.full((3, 1), 200.0)
    assert (pooled(draws, observations(row(2)), memory, of(1.0)) == draws).all()
    other = observations(row(2) | {"place": "PASS"})
    assert (pooled(draws, other, memory, of(0.0)) == draws).all()


def test_an_old_count_has_no_weight():
    old = DAY + timedelta(days=40)
    memory = Published(KNOWN, pressures()).on(old)
    assert memory.last_known("passages", "BRIDGE") == FIRST + timedelta(days=4)
    assert memory.last_known("passages", "PASS") is None
    draws = np.full((3, 1), 200.0)
    rows = observations(row(42))
    assert (pooled(draws, rows, memory, of(0.0)) == draws).all()


@pytest.mark.parametrize("ahead", [2, 20])
def test_a_series_that_is_not_simulated_is_the_mean_of_its_last_week(ahead):
    memory = Published(KNOWN, pressures()).on(DAY)
    draws = np.full((2001, 1), 1e9)
    rows = observations(row(ahead))
    found = pooled(draws, rows, memory, not_simulated={("passages", "BRIDGE")})[:, 0]
    mean = memory.forecast("seven_day_mean", "passages", "BRIDGE", rows["from"][0], rows["to"][0])
    assert np.median(found) == pytest.approx(mean.median)
    low, high = np.quantile(np.log(found), ndtr([-1, 1]))
    assert (high - low) / 2 == pytest.approx(mean.sd, rel=0.01)
    assert (pooled(draws, rows, memory, not_simulated={("passages", "PASS")}) == draws).all()


def of_days(values):
    """Passages of two runs at BRIDGE on days from FIRST on, as in the runs of ``values``."""
    per_place = np.array(values, dtype=float)[:, None, :]
    return {
        "passages": Cells("passages", FIRST, per_place, None, {"BRIDGE": np.array([0])}, ("C",))
    }


@pytest.mark.parametrize(
    ("after", "scale", "breaks"),
    [
        (0.0, 10, True),  # closed
        (1000.0, 10, True),
        (400.0, 10, False),  # (400 + 10) / (100 + 10) < 4
        (400.0, 1, False),
        (431.0, 10, True),  # > 4 * 110 - 10
        (429.0, 10, False),
        (0.0, 50, False),  # two households a day: 150 / 50 < 4
    ],
)
def test_no_baseline_where_the_simulation_breaks(after, scale, breaks):
    week = [100.0] * 7
    cells = of_days([[*week, after, 100.0], [*week, after, 100.0]])
    rows = observations(row(1), row(2))
    assert breaks_of(cells, rows, DAY, scale) == ({0} if breaks else set())
    memory = Published(KNOWN, pressures()).on(DAY)
    draws = np.full((3, 2), 20.0)
    found = pooled(draws, rows, memory, of(0.0), breaks={0})
    assert (found[:, 0] == 20.0).all()
    assert (found[:, 1] > 20.0).all()


def test_breaks_are_of_the_mean_of_runs_and_of_figures_of_several_days():
    week = [100.0] * 7
    half = of_days([[*week, 0.0, 0.0], [*week, 200.0, 0.0]])
    rows = observations(row(1), row(1, 2), row(2))
    assert breaks_of(half, rows, DAY, 10) == {2}
    assert breaks_of(half, rows, FIRST - timedelta(days=1), 10) == set()  # nothing before it
