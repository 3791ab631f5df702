"""Errors of levels of ordinary traffic: one process per run and country, factors of mean 1."""

import math

import numpy as np
import pytest
from small_world import make

from emigre.numerics.random import TRAFFIC_LEVEL, normal_quantile, run_key, uniform
from emigre.processes.border_checks import drift_errors, level_factor, levels_of_day, true_levels
from tolerances import CLOSED_FORM

WORLD = make(1).world


def errors(run: int = 0, rate: float = 0.0, days: int = 1):
    z = np.zeros(WORLD.n_crossings)
    found = []
    for day in range(days):
        drift_errors(WORLD, np.uint64(run_key(1, run)), day, rate, z)
        found.append(z.copy())
    return np.array(found)


@pytest.mark.parametrize("z", [-2.0, 0.0, 1.3])
def test_closed_form(z):
    assert level_factor(0.3, z) == pytest.approx(math.exp(0.3 * z - 0.045), rel=CLOSED_FORM)
    assert level_factor(0.0, z) == 1.0


def test_the_mean_is_one_and_the_spread_is_sd():
    u = (np.arange(20000) + 0.5) / 20000
    found = np.array([level_factor(0.3, normal_quantile(x)) for x in u])
    assert found.mean() == pytest.approx(1.0, abs=1e-3)
    assert np.log(found).std() == pytest.approx(0.3, abs=1e-3)


def test_crossings_into_one_country_share_it():
    found = errors()
    first = WORLD.n_origins + WORLD.n_crossings
    for x in range(WORLD.n_crossings):
        d = WORLD.crossings.country[x]
        owner = WORLD.crossings.id[x] if d < 0 else WORLD.start_id[first + d]
        assert found[0, x] == normal_quantile(
            uniform(np.uint64(run_key(1, 0)), owner, 0, TRAFFIC_LEVEL)
        )
    assert len(set(found[0])) > 1
    assert not np.array_equal(found, errors(run=1))


def test_errors_stay_without_a_rate():
    found = errors(days=5)
    assert (found == found[0]).all()


def test_errors_drift_as_an_ornstein_uhlenbeck_process():
    rate = 0.2
    drifted = errors(rate=rate, days=3)[:, 0]
    first = WORLD.n_origins + WORLD.n_crossings
    owner = WORLD.start_id[first + WORLD.crossings.country[0]]
    e = [
        normal_quantile(uniform(np.uint64(run_key(1, 0)), owner, day, TRAFFIC_LEVEL))
        for day in range(3)
    ]
    a = math.exp(-rate)
    expected = [e[0]]
    for day in (1, 2):
        expected.append(a * expected[-1] + math.sqrt(1 - a * a) * e[day])
    assert drifted == pytest.approx(expected, rel=CLOSED_FORM)


def test_drifting_errors_keep_their_spread_and_forget_at_the_rate():
    paths = np.array([errors(run=run, rate=0.5, days=5)[:, 0] for run in range(3000)])
    sd = 4 / math.sqrt(3000)
    assert paths[:, 4].std() == pytest.approx(1.0, abs=sd)
    found = np.corrcoef(paths[:, 2], paths[:, 4])[0, 1]
    assert found == pytest.approx(math.exp(-1.0), abs=sd)


def test_each_level_is_off_by_its_own_sd():
    level = np.array([[100.0, 10.0], [50.0, 0.0]])
    sd = np.array([[0.0, 0.3], [0.1, 0.0]])
    z = np.array([1.0, -1.0])
    found = np.empty_like(level)
    true_levels(level, sd, z, found)
    assert found[0, 0] == 100.0
    assert found[0, 1] == pytest.approx(10 * math.exp(0.3 - 0.045), rel=CLOSED_FORM)
    assert found[1, 0] == pytest.approx(50 * math.exp(-0.1 - 0.005), rel=CLOSED_FORM)
    assert found[1, 1] == 0.0


def test_the_levels_of_a_day_are_the_true_ones_times_the_factor_of_the_pressures():
    w = make(1)
    level, sd = np.array([[40.0, 7.0]] * 3), np.full((3, 2), 0.3)
    z, drifted = np.zeros(3), np.zeros(3)
    out, wanted = np.empty((3, 2)), np.empty((3, 2))
    for day in range(3):
        now = w.on(day).now
        levels_of_day(now, level, sd, 1.5, z, out)
        drift_errors(w.world, now.key, day, now.prm.borders.traffic_drift_per_day, drifted)
        true_levels(level, sd, drifted, wanted)
        assert (out == 1.5 * wanted).all()
