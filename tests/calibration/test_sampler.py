import numpy as np
import pytest
from problems import Linear, Parties, plain_targets, standard_priors

from emigre.calibration import fit
from emigre.calibration.sampler import fill_gaps, first_ensemble
from emigre.errors import InputError
from tolerances import STANDARD_ERRORS


def setting(problem: Linear, key: int = 1):
    truth = np.random.default_rng(key).standard_normal(problem.k)
    observed = problem.published(truth, key)
    return standard_priors(problem.k), plain_targets(observed, problem.errors)


def fitted(problem: Linear, seed: int, **options):
    priors, targets = setting(problem)
    options = {"size": 300, "checks": 0, "discrepancy": 0.0} | options
    simulate = options.pop("simulate", lambda v, first: problem.simulate(v, [seed, first]))
    return fit(simulate, priors, targets, seed=seed, **options)


@pytest.mark.parametrize("steps", [1, 4])
def test_the_posterior_of_a_linear_problem(steps):
    """Chance of the simulator counts once and only once, however many steps there are."""
    problem = Linear()
    _, targets = setting(problem)
    mean, covariance = problem.posterior(targets.observed)
    values = [fitted(problem, s, steps=steps, size=1000).values for s in range(1, 21)]
    means = np.array([v.mean(axis=0) for v in values])
    error = means.std(axis=0, ddof=1) / np.sqrt(len(values))
    assert np.all(np.abs(means.mean(axis=0) - mean) < STANDARD_ERRORS * error)
    # An ensemble of n draws leaves out a share of the order (k + m) / n of the variance.
    covariances = np.array([np.cov(v.T) for v in values])
    error = covariances.std(axis=0, ddof=1) / np.sqrt(len(values))
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    bias = steps * (problem.k + problem.m) / 1000 * scale
    assert np.all(np.abs(covariances.mean(axis=0) - covariance) < STANDARD_ERRORS * error + bias)


def test_without_regard_to_chance_it_would_be_too_narrow():
    """The correction matters: counted four times, the chance of this problem takes off a third."""
    problem = Linear(chance_sd=1.0, error_sd=0.3)
    _, targets = setting(problem)
    sd = np.sqrt(np.diag(problem.posterior(targets.observed)[1]))
    quiet = Linear(chance_sd=0.5, error_sd=0.3)  # what plain ES-MDA in 4 steps would amount to
    too_narrow = np.sqrt(np.diag(quiet.posterior(targets.observed)[1]))
    result = np.mean([fitted(problem, s, size=600).values.std(axis=0) for s in range(1, 9)], axis=0)
    assert np.all(np.abs(result / sd - 1) < 0.5 * np.abs(too_narrow / sd - 1))


def test_the_noise_of_simulated_counts_does_not_raise_the_level():
    """The posterior is normal with standard deviation s, so its mean is (1 - s^2) times the truth.

    Four parties a figure: without the shift, the mean of their logarithms is taken for the
    logarithm of their mean, and the level is a fifth too high.
    """
    problem, truth = Parties(), 0.4

    def too_high(*, with_parties: bool) -> float:
        targets = problem.targets(truth, with_parties=with_parties)
        levels = [
            fit(
                lambda v, first, seed=seed: problem.simulate(v, [seed, first]),
                standard_priors(1),
                targets,
                size=500,
                checks=0,
                discrepancy=0.0,
                seed=seed,
            ).values
            for seed in range(1, 5)
        ]
        return float(np.mean([v.mean() - truth * (1.0 - v.var()) for v in levels]))

    assert too_high(with_parties=False) > 0.07
    assert abs(too_high(with_parties=True)) < 0.03


def test_more_discrepancy_widens_and_moves_towards_the_prior():
    problem = Linear()
    collected = [fitted(problem, 1, discrepancy=d).values for d in (0.0, 0.5, 2.0)]
    spread = [v.std(axis=0).mean() for v in collected]
    assert spread[0] < spread[1] < spread[2] < 1.0
    assert np.abs(collected[2].mean(axis=0)).sum() < np.abs(collected[0].mean(axis=0)).sum()


def test_same_seed_same_bits_another_seed_other_draws():
    problem = Linear()
    first, again, other = fitted(problem, 3), fitted(problem, 3), fitted(problem, 4)
    assert (first.values == again.values).all()
    assert first.info == again.info
    assert not (first.values == other.values).any()


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 7, 25])
def test_an_interrupted_fit_resumes_with_the_same_bits(tmp_path, after):
    problem = Linear()
    calls: list[int] = []

    def simulate(values, first):
        if len(calls) == after:
            raise StoppedError
        calls.append(first)
        return problem.simulate(values, [3, first])

    with pytest.raises(StoppedError):
        fitted(problem, 3, simulate=simulate, keep_in=tmp_path, checks=100)
    assert len(list(tmp_path.iterdir())) == after
    (tmp_path / "simulations-000000.npz").write_bytes(b"cut off")
    later: list[int] = []

    def go_on(values, first):
        later.append(first)
        return problem.simulate(values, [3, first])

    result = fitted(problem, 3, simulate=go_on, keep_in=tmp_path, checks=100)
    whole = fitted(problem, 3, checks=100)
    assert (result.values == whole.values).all()
    assert result.info == whole.info
    assert later == [0, *range(50 * after, 1300, 50)]


def test_kept_simulations_of_other_draws_are_not_taken(tmp_path):
    problem = Linear()
    fitted(problem, 3, keep_in=tmp_path)
    assert (fitted(problem, 4, keep_in=tmp_path).values == fitted(problem, 4).values).all()


def test_a_figure_that_is_not_simulated_is_left_out_and_named():
    problem = Linear()

    def simulate(values, first):
        figures = problem.simulate(values, [3, first])
        figures[:, 2] = np.nan
        figures[:10, 5] = np.nan  # sometimes nobody waits: no information about the others
        return figures

    result = fitted(problem, 3, simulate=simulate, checks=50)
    assert result.info.silent == ("y2",)
    assert len(result.info.figures) == problem.m - 1
    assert np.isfinite(result.values).all()
    with pytest.raises(InputError, match="not simulated"):
        fitted(problem, 3, simulate=lambda v, _: np.full((len(v), problem.m), np.nan))


def test_gaps_become_the_mean_of_the_others():
    y = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]])
    assert fill_gaps(y, np.array([9.0, 5.0])).tolist() == [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]


def test_the_first_ensemble_covers_the_prior():
    z = first_ensemble(256, 5, 1)
    assert z.shape == (256, 5)
    assert np.all(np.abs(z.mean(axis=0)) < 0.05)
    assert np.all(np.abs(z.std(axis=0) - 1.0) < 0.05)
    assert (first_ensemble(256, 5, 1) == z).all()
    assert not (first_ensemble(256, 5, 2) == z).any()


def test_all_mistakes_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        fitted(Linear(), 1, size=5, steps=0, discrepancy=-1.0)
    assert [m.file for m in caught.value.mistakes] == ["--size", "--steps", "--discrepancy"]
    with pytest.raises(InputError, match="low and high"):
        fit(lambda v, _: v, standard_priors(0), plain_targets(np.zeros(2), np.ones(2)))
