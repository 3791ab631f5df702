"""Scores of predictive distributions against independent formulas."""

import subprocess
import sys
from math import erf, exp, log, log1p, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.evaluation.scoring import (
    LEVELS,
    SCORES,
    ensemble_crps,
    interval_score,
    judge_ensemble,
    judge_lognormal,
)
from emigre.results.scores_csv import PREDICTED
from tolerances import CLOSED_FORM, STANDARD_ERRORS, in_standard_errors, is_closed_form

finite = st.floats(-1e6, 1e6, width=32)
Q75, Q95 = 0.6744897501960817, 1.6448536269514722


def normal_crps(mean, sd, y):
    z = (y - mean) / sd
    cdf, density = 0.5 * (1 + erf(z / sqrt(2))), exp(-z * z / 2) / sqrt(2 * pi)
    return sd * (z * (2 * cdf - 1) + 2 * density - 1 / sqrt(pi))


@given(st.lists(finite, min_size=2, max_size=12), finite)
def test_crps_is_the_double_sum_of_its_definition(ensemble, observed):
    m = len(ensemble)
    spread = sum(abs(a - b) for a in ensemble for b in ensemble)
    expected = sum(abs(x - observed) for x in ensemble) / m - spread / (2 * m * (m - 1))
    scale = max(1.0, *(abs(x) for x in ensemble), abs(observed))
    assert abs(ensemble_crps(np.array(ensemble), observed) - expected) <= CLOSED_FORM * scale


def test_crps_of_one_run_is_the_absolute_error():
    assert ensemble_crps(np.array([3.0]), 5.0) == 2.0


def test_crps_of_two_runs_by_hand():
    # |0-1| and |4-1| average to 2; the fair spread is |0-4| * 2 / (2 * 2 * 1) = 2
    assert ensemble_crps(np.array([0.0, 4.0]), 1.0) == 0.0


@pytest.mark.parametrize("m", [2, 5, 40])
def test_crps_of_draws_from_a_normal_has_the_closed_form_in_expectation(m):
    chance = np.random.default_rng(20220924)
    result = ensemble_crps(chance.standard_normal((4000, m)), np.full(4000, 0.7))
    assert in_standard_errors(result, normal_crps(0.0, 1.0, 0.7)) < STANDARD_ERRORS


def pinball(quantile, level, y):
    return level * (y - quantile) if y >= quantile else (1 - level) * (quantile - y)


def winkler(low, high, alpha, y):
    return (high - low) + 2 / alpha * max(low - y, 0) + 2 / alpha * max(y - high, 0)


@given(st.lists(finite, min_size=5, max_size=5), finite)
def test_interval_score_is_pinball_losses_and_intervals(quantiles, y):
    q05, q25, q50, q75, q95 = sorted(quantiles)
    result = float(interval_score(np.array([q05, q25, q50, q75, q95]), y))
    scale = max(1.0, *(abs(q) for q in quantiles), abs(y))
    pinballs = zip((q05, q25, q50, q75, q95), LEVELS, strict=True)
    by_pinball = 2 / 5 * sum(pinball(q, level, y) for q, level in pinballs)
    assert abs(result - by_pinball) <= CLOSED_FORM * scale
    # Bracher et al. 2021, equation 2: weights 1/2 for the median, alpha/2 for each interval.
    intervals = 0.25 * winkler(q25, q75, 0.5, y) + 0.05 * winkler(q05, q95, 0.1, y)
    assert abs(result - (0.5 * abs(y - q50) + intervals) / 2.5) <= CLOSED_FORM * scale


def test_scores_of_an_ensemble_by_hand():
    result = judge_ensemble(np.arange(99.0), 60.0)
    assert [result[p] for p in PREDICTED] == [4.0, 24.0, 49.0, 74.0, 94.0]
    assert (result["covered_50"], result["covered_90"]) == (True, True)
    assert result["bias"] == -11.0
    assert is_closed_form(result["log_bias"], log(50 / 61))
    outside = judge_ensemble(np.arange(99.0), 95.0)
    assert (outside["covered_50"], outside["covered_90"]) == (False, False)
    assert judge_ensemble(np.arange(99.0), 94.0)["covered_90"]  # the ends belong to it
    assert set(result) == {*PREDICTED, *SCORES}


def test_the_log_score_does_not_know_the_size_of_the_place():
    large = judge_ensemble(np.array([8e6, 9e6, 12e6]), 10e6)
    small = judge_ensemble(np.array([8e5, 9e5, 12e5]), 10e5)
    assert large["crps"] == pytest.approx(10 * small["crps"])
    assert large["crps_log"] == pytest.approx(small["crps_log"], rel=1e-4)


@pytest.mark.parametrize("observed", [20.0, 100.0, 350.0, 0.0])
def test_crps_of_a_log_normal_is_the_integral_of_its_definition(observed):
    median, sd = 100.0, 0.4
    x = np.linspace(1e-9, 2000.0, 2_000_001)
    cdf = np.array(0.5 * (1 + np.vectorize(erf)(np.log(x[::20] / median) / sd / sqrt(2))))
    x = x[::20]
    gap = (cdf - (x >= observed)) ** 2
    expected = float(np.trapezoid(gap, x))
    actual = judge_lognormal(median, sd, observed)
    assert actual["crps"] == pytest.approx(expected, rel=1e-3)
    expected_quantiles = [median * exp(z * sd) for z in (-Q95, -Q75, 0.0, Q75, Q95)]
    assert [actual[p] for p in PREDICTED] == pytest.approx(expected_quantiles, rel=CLOSED_FORM)
    slope = sd * median / (1 + median)
    assert is_closed_form(actual["crps_log"], normal_crps(log1p(median), slope, log1p(observed)))


@pytest.mark.parametrize(("median", "sd"), [(100.0, 0.0), (0.0, 0.5)])
def test_a_point_is_scored_by_its_absolute_error(median, sd):
    result = judge_lognormal(median, sd, 80.0)
    assert result["crps"] == result["wis"] == abs(median - 80.0)
    assert result["crps_log"] == abs(log1p(median) - log1p(80.0))
    assert (result["covered_50"], result["covered_90"]) == (False, False)
    assert judge_lognormal(80.0, 0.0, 80.0)["covered_50"]


def test_a_log_normal_and_draws_from_it_are_scored_alike():
    chance = np.random.default_rng(7)
    draws = 100.0 * np.exp(0.3 * chance.standard_normal((4000, 20)))
    actual = ensemble_crps(draws, np.full(4000, 130.0))
    expected = judge_lognormal(100.0, 0.3, 130.0)["crps"]
    assert in_standard_errors(actual, expected) < STANDARD_ERRORS


def test_scoring_does_not_wait_for_kernels_to_compile():
    code = (
        "import sys\n"
        "from emigre.evaluation import scoring\n"
        "assert 'scoringrules' not in sys.modules\n"
        "scoring.library()\n"
        "loaded = [m for m in sys.modules if sys.modules[m] is not None]\n"
        "assert not [m for m in loaded if m.startswith('scoringrules') and '_gufunc' in m]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
