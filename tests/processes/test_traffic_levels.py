"""Levels of ordinary traffic that are off: one number a run and country, factors of mean 1."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_world import make

from emigre.numerics.random import TRAFFIC_LEVEL, normal_quantile, run_key, uniform
from emigre.processes.border_checks import level_errors, level_factor, true_levels
from tolerances import CLOSED_FORM


def errors(run: int = 0):
    w = make(1)
    out = np.empty(w.world.n_crossings)
    level_errors(w.world, np.uint64(run_key(1, run)), out)
    return w.world, out


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
    world, found = errors()
    first = world.n_origins + world.n_crossings
    for x in range(world.n_crossings):
        d = world.crossings.country[x]
        owner = world.crossings.id[x] if d < 0 else world.start_id[first + d]
        assert found[x] == normal_quantile(
            uniform(np.uint64(run_key(1, 0)), owner, 0, TRAFFIC_LEVEL)
        )
    assert len(set(found)) > 1
    assert not np.array_equal(found, errors(run=1)[1])


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
