"""Levels of ordinary traffic that are off: one factor a run and country, mean 1."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_world import make

from emigre.draws import TRAFFIC_LEVEL, normal_quantile, run_key, uniform
from emigre.processes.borders import level_factor, level_factors
from tolerances import CLOSED_FORM


def factors(sd: float, run: int = 0):
    w = make(1)
    out = np.empty(w.world.n_crossings)
    level_factors(w.world, np.uint64(run_key(1, run)), sd, out)
    return w.world, out


@pytest.mark.parametrize("u", [0.01, 0.5, 0.9])
def test_closed_form(u):
    z = normal_quantile(u)
    assert level_factor(0.3, u) == pytest.approx(math.exp(0.3 * z - 0.045), rel=CLOSED_FORM)
    assert level_factor(0.0, u) == 1.0


def test_the_mean_is_one_and_the_spread_is_sd():
    u = (np.arange(20000) + 0.5) / 20000
    found = np.array([level_factor(0.3, x) for x in u])
    assert found.mean() == pytest.approx(1.0, abs=1e-3)
    assert np.log(found).std() == pytest.approx(0.3, abs=1e-3)


def test_crossings_into_one_country_share_it():
    world, found = factors(0.3)
    first = world.n_origins + world.n_crossings
    for x in range(world.n_crossings):
        d = world.crossings.country[x]
        owner = world.crossings.id[x] if d < 0 else world.start_id[first + d]
        u = uniform(np.uint64(run_key(1, 0)), owner, 0, TRAFFIC_LEVEL)
        assert found[x] == level_factor(0.3, u)
    assert len(set(found)) > 1
    assert not np.array_equal(found, factors(0.3, run=1)[1])
    assert (factors(0.0)[1] == 1.0).all()
