import sys
from pathlib import Path

import numpy as np
from problems import Linear, plain_targets, standard_priors

from emigre.calibration import fit

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from rank_statistics import rank_counts, rank_statistics, recovery, uniform_band

DRAWS = 19


def ranks(fit_to, datasets):
    problem = Linear(k=2, m=6)
    return rank_statistics(
        lambda observed, i: fit_to(problem, observed, i),
        lambda truth, i: problem.published(truth[0], [i, 3]),
        standard_priors(problem.k),
        datasets=datasets,
        draws=DRAWS,
        seed=1,
    )


def exact(problem, observed, i, factor=1.0):
    mean, covariance = problem.posterior(observed)
    rng = np.random.default_rng([i, 77])
    return rng.multivariate_normal(mean, factor**2 * covariance, size=200)


def smoothed(problem, observed, i):
    targets = plain_targets(observed, problem.errors)
    result = fit(
        lambda v, first: problem.simulate(v, [i, first, 5]),
        standard_priors(problem.k),
        targets,
        size=150,
        steps=3,
        checks=0,
        discrepancy=0.0,
        seed=i + 1,
    )
    return result.values


def test_ranks_of_the_sampler_are_uniform():
    """Simulation-based calibration of the whole fit on a cheap simulator."""
    assert all(ranks(smoothed, 150).are_uniform(0.99).values())


def test_ranks_of_the_exact_posterior_are_uniform():
    assert all(ranks(exact, 500).are_uniform(0.99).values())


def test_ranks_detect_intervals_that_are_too_narrow_or_too_wide():
    for factor in (0.6, 1.7):
        result = ranks(lambda p, d, i, f=factor: exact(p, d, i, f), 500)
        assert not any(result.are_uniform(0.99).values())


def test_the_band_holds_all_points_at_once():
    from scipy.stats import binom  # takes seconds, in every worker

    n, draws, level = 100, 19, 0.9
    low, high = uniform_band(n, draws, level)
    rng = np.random.default_rng(3)
    trials = 2000
    held = 0
    for _ in range(trials):
        counts = rank_counts(rng.integers(0, draws + 1, n), draws)
        held += bool(((low <= counts) & (counts <= high)).all())
    # Counts are whole numbers, so the band may hold a little more, never clearly less.
    assert held / trials > level - 6 * np.sqrt(level * (1 - level) / trials)
    assert held / trials < level + 0.06
    # It is wider than the pointwise interval of the same level.
    p = np.arange(1, draws + 1) / (draws + 1)
    assert np.all(low <= binom.ppf((1 - level) / 2, n, p))
    assert np.all(high >= binom.isf((1 - level) / 2, n, p))


def test_counts_of_ranks():
    assert rank_counts(np.array([0, 0, 3, 1]), 3).tolist() == [2, 3, 3]


def test_a_known_truth_is_recovered():
    problem = Linear()
    priors = standard_priors(problem.k)
    errors, inside = [], []
    for i in range(25):
        truth = priors.sample(1, np.random.default_rng([i, 8]))[0]
        targets = plain_targets(problem.published(truth, [i, 3]), problem.errors)
        result = fit(
            lambda v, first, i=i: problem.simulate(v, [i, first, 5]),
            priors,
            targets,
            size=200,
            checks=0,
            discrepancy=0.0,
            seed=i + 1,
        )
        rows = recovery(result, priors, truth)
        errors += [row.error_sd for row in rows]
        inside += [row.inside_90 for row in rows]
    n = len(errors)
    assert abs(np.mean(errors)) < 6 / np.sqrt(n)
    assert abs(np.mean(inside) - 0.9) < 6 * np.sqrt(0.09 / n)
    assert 0.8 < np.std(errors) < 1.2
