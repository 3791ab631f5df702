from dataclasses import replace

import numpy as np
from problems import Linear, plain_targets

from emigre.calibration.discrepancy import GRID, estimate, leave_one_out
from emigre.calibration.surface import fit_surface


def observed(problem: Linear, planted: float, seed: int):
    rng = np.random.default_rng([seed, 9])
    truth = rng.standard_normal(problem.k)
    figures = problem.published(truth, [seed]) + planted * rng.standard_normal(problem.m)
    return plain_targets(figures, problem.errors)


def surface_of(problem: Linear):
    z = np.random.default_rng(2).standard_normal((600, problem.k))
    return fit_surface(z, problem.simulate(z, 3))


def test_left_out_figures_are_predicted_by_the_others():
    problem = Linear()
    targets, surface = observed(problem, 0.0, 1), surface_of(problem)
    slope = surface.slope()
    mean = surface.predict(surface.mean[None])[0] - slope @ surface.mean
    whole = slope @ slope.T + surface.noise + targets.error({"": 0.3})
    residual, sd = leave_one_out(surface, targets, {"": 0.3})
    for j in range(problem.m):
        rest = np.arange(problem.m) != j
        gain = whole[j, rest] @ np.linalg.inv(whole[np.ix_(rest, rest)])
        expected = mean[j] + gain @ (targets.observed - mean)[rest]
        variance = whole[j, j] - gain @ whole[rest, j]
        assert np.isclose(residual[j], targets.observed[j] - expected)
        assert np.isclose(sd[j], np.sqrt(variance))


def test_a_planted_discrepancy_is_recovered():
    problem = Linear(m=40)
    surface = surface_of(problem)
    means = []
    for planted in (0.0, 0.5, 1.2):
        collected = [estimate(surface, observed(problem, planted, s))[""] for s in range(40)]
        means.append(np.mean(collected))
        error = np.std(collected, ddof=1) / np.sqrt(len(collected))
        # Leaving the estimate at 0 where it would be below leans it upwards when nothing is there.
        bias = 0.2 if planted == 0.0 else 0.05
        assert abs(means[-1] - planted) < 6 * error + bias
    assert means[0] < means[1] < means[2]


def test_the_grid_begins_with_a_perfect_model():
    assert GRID[0] == 0.0
    assert np.all(np.diff(GRID) > 0)


def test_hours_and_persons_have_each_their_own():
    problem = Linear(m=40)
    surface = surface_of(problem)
    units = ("persons",) * 30 + ("hours",) * 10
    collected = []
    for seed in range(20):
        targets = replace(observed(problem, 0.0, seed), units=units)
        noise = 3.0 * np.random.default_rng([seed, 4]).standard_normal(10)
        targets.observed[30:] += noise
        collected.append(estimate(surface, targets))
    assert np.mean([f["hours"] for f in collected]) > 2.0
    assert np.mean([f["persons"] for f in collected]) < 0.3


def test_a_few_figures_that_fit_do_not_make_a_perfect_model():
    problem = Linear(m=6)
    surface = surface_of(problem)
    targets = replace(observed(problem, 0.0, 1), units=("persons",) * 6)
    assert estimate(surface, targets)["persons"] > 0.0
