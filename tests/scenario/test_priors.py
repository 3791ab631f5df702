from math import log

import numpy as np
import pytest
from scipy import stats

import emigre
from emigre.scenario.model import ParameterRecord
from emigre.scenario.priors import Prior, Priors, prior_of, prior_values, priors_of
from tolerances import CLOSED_FORM

Q95 = float(stats.norm.ppf(0.95))
Z = np.array([-6.0, -2.5, -1.0, -1e-3, 0.0, 0.4, 1.7, 3.0, 6.0])


def law(prior: Prior):
    """The same prior in SciPy."""
    low, high = prior.low, prior.high
    if prior.shape == "uniform":
        return stats.uniform(low, high - low)
    if prior.shape == "loguniform":
        return stats.loguniform(low, high)
    if prior.shape == "normal":
        mean, sd = (low + high) / 2, (high - low) / (2 * Q95)
        return stats.truncnorm((prior.lowest - mean) / sd, (prior.highest - mean) / sd, mean, sd)
    mean, sd = (log(low) + log(high)) / 2, (log(high) - log(low)) / (2 * Q95)
    if np.isposinf(prior.highest):
        return stats.lognorm(sd, scale=np.exp(mean))
    return None


PRIORS = [
    Prior("a", "uniform", -1.0, 3.0),
    Prior("b", "loguniform", 1e-6, 2e-3),
    Prior("c", "normal", -2.0, 5.0),
    Prior("d", "normal", 0.0, 2.0, lowest=0.0),
    Prior("e", "normal", 0.2, 0.9, lowest=0.0, highest=1.0),
    Prior("f", "lognormal", 1e-6, 1e-5, lowest=0.0),
    Prior("g", "lognormal", 0.05, 0.5, lowest=0.0, highest=1.0),
]


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: f"{p.shape}-{p.name}")
def test_value_is_the_quantile_of_the_law(prior):
    actual = prior.value(Z)
    expected = law(prior)
    if expected is None:  # a lognormal that is cut off: by the law of its logarithm
        mean, sd = prior._law()[:2]
        cut = stats.truncnorm(-np.inf, (log(prior.highest) - mean) / sd, mean, sd)
        wanted = np.exp(cut.ppf(stats.norm.cdf(Z)))
        assert np.allclose(actual, wanted, rtol=1e-6)
        return
    middle = np.abs(Z) <= 3  # further out the probabilities of SciPy's quantiles lose digits
    assert np.allclose(
        actual[middle], expected.ppf(stats.norm.cdf(Z[middle])), rtol=1e-7, atol=1e-9
    )
    assert np.all(np.diff(actual) > 0)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: f"{p.shape}-{p.name}")
def test_the_way_back(prior):
    assert np.allclose(prior.standard(prior.value(Z)), Z, rtol=1e-6, atol=1e-8)


def test_quantiles_and_ends():
    normal = Prior("n", "lognormal", 2.0, 8.0)
    assert normal.value(np.array([-Q95, 0.0, Q95])) == pytest.approx(
        [2.0, 4.0, 8.0], rel=CLOSED_FORM
    )
    ends = Prior("u", "uniform", 2.0, 8.0).value(np.array([-40.0, 40.0]))
    assert ends.tolist() == [2.0, 8.0]
    least = Prior("t", "normal", 0.0, 2.0, lowest=0.0).value(np.array([-40.0]))
    assert least.tolist() == [0.0]


def test_a_record_gives_the_prior():
    assert prior_of(ParameterRecord("a", 1.0)) is None
    assert prior_of(ParameterRecord("a", 1.0, 1.0, 1.0)) is None
    assert prior_of(ParameterRecord("a", 1.0, 0.5, 2.0)).shape == "lognormal"
    assert prior_of(ParameterRecord("a", 1.0, 0.0, 2.0)).shape == "normal"
    said = prior_of(ParameterRecord("a", 1.0, 0.5, 2.0, "uniform"), 0.0, 5.0)
    assert (said.shape, said.lowest, said.highest) == ("uniform", 0.0, 5.0)


def test_priors_of_a_scenario_exclude_set_values():
    tiny = emigre.load("tiny")
    assert priors_of(tiny).names == ("base_leaving_per_day",)
    assert priors_of(tiny).each[0].lowest == 0.0
    assert len(priors_of(tiny, only=["urgency_weight"])) == 0
    assert len(priors_of(emigre.load("tiny", settings=["base_leaving_per_day=2e-4"]))) == 0


def test_draws_of_the_prior_are_functions_of_seed_name_and_number():
    priors = Priors(tuple(PRIORS))
    values = prior_values(priors, 4000, 1)
    assert np.array_equal(prior_values(priors, 10, 1), values[:10])
    assert np.array_equal(prior_values(Priors(priors.each[1:]), 10, 1), values[:10, 1:])
    assert not np.array_equal(prior_values(priors, 10, 2), values[:10])
    z = priors.standard(values)
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(4000)
    assert np.abs(z.std(axis=0) - 1).max() < 4 / np.sqrt(2 * 4000)
    some = np.corrcoef(z.T)[np.triu_indices(len(PRIORS), 1)]
    assert np.abs(some[np.isfinite(some)]).max() < 5 / np.sqrt(4000)


def test_draws_have_so_many_digits_as_are_written():
    priors = Priors(tuple(PRIORS))
    values = priors.sample(200, np.random.default_rng(1))
    assert values.shape == (200, len(PRIORS))
    assert all(float(f"{v:.6g}") == v for v in values.ravel())
    assert np.isfinite(values).all()
    again = priors.values(priors.standard(values))
    assert np.allclose(again, values, rtol=2e-6, atol=1e-6)
