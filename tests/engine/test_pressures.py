"""Pressures: pulses in closed form and against the reference implementation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.engine.pressures import add_pressures, pulse
from naive import pressures as plain


def test_a_pulse_rises_peaks_and_halves():
    x = pulse(12, onset=2, peak=5, half_life_days=3.0, ends=11)
    assert np.allclose(x[:6], [0, 0, 0.25, 0.5, 0.75, 1.0], rtol=1e-9)
    assert np.allclose(x[[8, 11]], [0.5, 0.0], rtol=1e-9)


@pytest.mark.parametrize("steepness", [0.5, 1.0, 2.0, 4.0])
def test_a_fall_of_any_steepness_halves_at_the_half_life(steepness):
    x = pulse(40, 3, 5, 8.0, 99, steepness)
    assert x[13] == pytest.approx(0.5, rel=1e-9)
    assert x[21] == pytest.approx(0.5 ** (2.0**steepness), rel=1e-9)
    assert x[5] == 1.0


def test_a_steep_fall_is_a_hump_that_collapses():
    slow, steep = pulse(40, 3, 5, 8.0, 99), pulse(40, 3, 5, 8.0, 99, 3.0)
    assert (steep[6:13] > slow[6:13]).all()
    assert (steep[14:] < slow[14:]).all()


def test_a_step_holds_until_it_ends():
    assert pulse(5, 1, 1, math.inf, 3).tolist() == [0, 1, 1, 0, 0]


def test_a_pulse_may_begin_before_the_first_day():
    x = pulse(3, -10, -7, 7.0, 99)
    assert np.allclose(x[0], 0.5, rtol=1e-9)


@given(
    st.integers(1, 60),
    st.integers(-30, 70),
    st.integers(0, 20),
    st.one_of(st.just(math.inf), st.floats(0.5, 400)),
    st.integers(-40, 90),
    st.floats(0.2, 5.0),
)
def test_pulses_match_the_reference(n_days, onset, rise, half_life_days, ends, steepness):
    shape = (onset, onset + rise, half_life_days, ends, steepness)
    actual = pulse(n_days, *shape)
    expected = [plain.strength(t, *shape) for t in range(n_days)]
    assert np.allclose(actual, expected, rtol=1e-12, atol=0)
    assert ((actual >= 0) & (actual <= 1)).all()


@given(st.floats(0.5, 100), st.floats(0, 100))
def test_a_longer_half_life_keeps_the_pressure_up(half_life_days, more):
    short, long = (pulse(50, 3, 9, h, 40) for h in (half_life_days, half_life_days + more))
    assert (long >= short).all()


def test_pressures_add_up_by_zone_and_group():
    strength, weight = np.array([0.5, 0.0, 2.0]), np.arange(12.0).reshape(3, 2, 2)
    out = np.full((2, 2), np.nan)
    add_pressures(strength, weight, out)
    assert (out == 0.5 * weight[0] + 2.0 * weight[2]).all()
