"""Measures without counts move with the patterns in which runs differ."""

import numpy as np
import pytest

from emigre.forecasting.patterns import GivenCounts, Patterns, covariance

RUNS = 40


def draws_of(anomaly, errors, missing, logs, *, n=20_000, seed=1):
    """Draws of logarithms (runs, n_rows) given figures, each run as often as the others."""
    given = GivenCounts.of(anomaly, errors, missing)
    made = Patterns.of(given, n, np.random.default_rng(seed))
    runs = np.arange(n) % len(anomaly)
    return logs[runs] + made.adjustments(logs, runs)


def test_one_figure_is_the_regression_in_closed_form():
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 0.4, RUNS)
    q = 2.0 * z + rng.normal(0.0, 0.3, RUNS)
    z, q = z - z.mean(), q - q.mean()
    error, missing = 0.05, 0.2
    found = draws_of(z[:, None], np.array([[error]]), np.array([missing]), q[:, None])[:, 0]
    both, both_z, both_q = (a @ b / (RUNS - 1) for a, b in ((q, z), (z, z), (q, q)))
    gain = both / (both_z + error)
    assert found.mean() == pytest.approx(gain * missing, abs=0.01)
    # q has the variance (RUNS - 1) / RUNS over runs that are drawn equally often.
    left = both_q - both**2 / both_z + both**2 / both_z * error / (both_z + error)
    assert found.var() == pytest.approx(left, rel=0.04)


def test_an_exact_count_of_what_decides_leaves_no_doubt():
    z = np.linspace(-1.0, 1.0, RUNS)[:, None]
    found = draws_of(z, np.array([[1e-12]]), np.array([0.5]), 3.0 * z)
    assert found == pytest.approx(1.5, abs=1e-3)


def test_a_count_with_a_large_error_says_nothing():
    z = np.random.default_rng(2).normal(0.0, 0.5, (RUNS, 1))
    found = draws_of(z, np.array([[1e6]]), np.array([5.0]), 3.0 * z)
    assert found.mean() == pytest.approx(3.0 * z.mean(), abs=0.05)
    # Draws beyond the range of the runs, a few per cent, are at its ends.
    assert found.std() == pytest.approx(3.0 * z.std(), rel=0.08)
    assert found.min() == pytest.approx(3.0 * z.min())
    assert found.max() == pytest.approx(3.0 * z.max())


def test_more_figures_narrow_and_larger_errors_widen():
    rng = np.random.default_rng(3)
    level = rng.normal(0.0, 1.0, RUNS)

    def width(n, error):
        z = 0.3 * level[:, None] + np.zeros((1, n))
        return draws_of(z, error * np.eye(n), np.zeros(n), level[:, None]).std()

    assert width(8, 0.2) < width(2, 0.2) < width(2, 2.0) < level.std()


@pytest.mark.parametrize(("runs", "n"), [(9, 3), (RUNS, 0)])
def test_few_runs_or_no_figures_change_nothing(runs, n):
    rng = np.random.default_rng(4)
    logs = rng.normal(size=(runs, 2))
    found = draws_of(rng.normal(size=(runs, n)), np.eye(n), np.ones(n), logs, n=runs)
    np.testing.assert_array_equal(found, logs)


def test_patterns_have_mean_0_and_variance_1():
    rng = np.random.default_rng(5)
    made = GivenCounts.of(rng.normal(size=(RUNS, 6)), np.eye(6), np.ones(6))
    assert made.of_runs.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert covariance(made.of_runs, made.of_runs) == pytest.approx(np.eye(2), abs=1e-12)


def test_emigrants_among_many_travellers_are_found_by_counts_of_passages():
    """Each run in turn is the truth; counts of passages at three borders have errors of 15 %."""
    rng = np.random.default_rng(6)
    before, after, inside = [], [], []
    for _ in range(8):
        emigrants = np.exp(rng.normal(4.0, 1.2, RUNS))
        traffic = 100.0 * np.exp(rng.normal(0.0, 0.05, (RUNS, 3)))
        passages = np.log(traffic + emigrants[:, None] * np.array([1.0, 0.5, 2.0]))
        ratio = np.log(emigrants) - np.log(np.exp(passages).sum(axis=1))
        for true in range(0, RUNS, 4):
            others = np.arange(RUNS) != true
            middle = passages[others].mean(axis=0)
            counted = passages[true] + rng.normal(0.0, 0.15, 3)
            drawn = draws_of(
                passages[others] - middle,
                0.15**2 * np.eye(3),
                counted - middle,
                ratio[others, None],
                n=390,
                seed=true,
            )
            before.append(ratio[others].mean() - ratio[true])
            after.append(drawn.mean() - ratio[true])
            low, high = np.quantile(drawn, (0.05, 0.95))
            inside.append(low <= ratio[true] <= high)
    assert np.std(after) < 0.7 * np.std(before)
    # 80 intervals of 90 %, four standard errors below.
    assert np.mean(inside) > 0.9 - 4 * np.sqrt(0.9 * 0.1 / len(inside))


def test_draws_are_the_same_for_the_same_random_numbers():
    z = np.random.default_rng(7).normal(size=(RUNS, 3))
    first, second = (draws_of(z, np.eye(3), np.ones(3), z, n=80) for _ in range(2))
    np.testing.assert_array_equal(first, second)
