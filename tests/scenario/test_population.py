"""People at home: shares fitted to known margins, and whole households."""

import numpy as np
import pytest

from emigre.scenario.population import expected_households, households, rake, unmet
from naive import population as plain

CATEGORIES = {"sex": ["m", "m", "f", "f"], "means": ["low", "high", "low", "high"]}
SHARE = np.array([0.3, 0.2, 0.4, 0.1])
SIZES = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0.2] * 5, [0.5, 0, 0.5, 0, 0]])


def test_without_margins_it_is_population_times_share():
    result = rake(np.array([100.0, 0.0, 50.0]), SHARE, CATEGORIES, {})
    assert np.allclose(result, np.outer([100, 0, 50], SHARE), rtol=1e-9)


def test_margins_are_met_and_the_rest_keeps_its_proportions():
    result = rake(np.array([1000.0, 500.0]), SHARE, CATEGORIES, {(0, "sex"): {"m": 0.8}})
    assert result[0].sum() == pytest.approx(1000, rel=1e-9)
    assert result[0, :2].sum() == pytest.approx(800, rel=1e-9)
    assert result[0, 0] / result[0, 1] == pytest.approx(1.5, rel=1e-9)
    assert np.allclose(result[1], 500 * SHARE, rtol=1e-9)


def test_two_margins_are_met_at_once():
    margins = {(0, "sex"): {"m": 0.7}, (0, "means"): {"low": 0.25}}
    result = rake(np.array([1000.0]), SHARE, CATEGORIES, margins)[0]
    assert result[:2].sum() == pytest.approx(700, rel=1e-8)
    assert result[[0, 2]].sum() == pytest.approx(250, rel=1e-8)
    # Fitting in proportion keeps the odds ratio of the two attributes.
    odds = SHARE[0] * SHARE[3] / (SHARE[1] * SHARE[2])
    assert result[0] * result[3] / (result[1] * result[2]) == pytest.approx(odds, rel=1e-8)


def test_an_unknown_category_is_ignored_and_a_full_margin_is_scaled():
    margins = {(0, "sex"): {"m": 0.5, "f": 0.4, "x": 0.1}}
    result = rake(np.array([90.0]), SHARE, CATEGORIES, margins)[0]
    assert result[:2].sum() == pytest.approx(50, rel=1e-9)
    assert result.sum() == pytest.approx(90, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_raking_matches_the_reference(seed):
    rng = np.random.default_rng(seed)
    groups = 9
    share = rng.dirichlet(np.ones(groups))
    categories = {
        "a": [f"a{i}" for i in rng.integers(0, 3, groups)],
        "b": [f"b{i}" for i in rng.integers(0, 2, groups)],
    }
    population = rng.integers(1, 10**6, 3).astype(float)
    # Margins that can be met: those of some other population, one category left open.
    other = rng.dirichlet(np.ones(groups))
    margins = {}
    for o in range(2):
        for attribute, of_group in categories.items():
            names = sorted(set(of_group))[:-1]
            margins[o, attribute] = {
                n: float(sum(s for s, c in zip(other, of_group, strict=True) if c == n))
                for n in names
            }
    actual = rake(population, share, categories, margins)
    expected = plain.rake(population, share, categories, margins)
    assert np.allclose(actual, expected, rtol=1e-6)
    assert np.allclose(actual.sum(axis=1), population, rtol=1e-9)


def people(homes):
    """Persons by (origin, group)."""
    return (homes * np.arange(1, homes.shape[2] + 1)).sum(axis=2)


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(6))
def test_households_are_whole_and_near_the_expectation(seed, scale):
    rng = np.random.default_rng(seed)
    persons = rng.uniform(0, 900, (40, 4)) * (rng.random((40, 4)) < 0.8)
    actual, expected = households(persons, SIZES, scale), expected_households(persons, SIZES, scale)
    assert (actual >= 0).all()
    assert (actual[persons == 0.0] == 0).all()
    mine = people(actual).sum(axis=1)
    assert mine.cumsum().tolist() == np.floor(persons.sum(axis=1).cumsum() / scale + 0.5).tolist()
    # No kind of household is far off in any origin, nor over all of them.
    assert np.abs(actual - expected).max() <= 5
    assert np.abs((actual - expected).sum(axis=0)).max() <= 5


ONE = np.array([[1.0, 0, 0, 0, 0]])


@pytest.mark.parametrize("share", [0.0, 1e-4, 0.004, 0.006, 0.25])
def test_a_small_group_of_many_villages_is_neither_lost_nor_doubled(share):
    persons = np.outer(np.full(1000, 100.0), [share, 1 - share])
    result = people(households(persons, np.repeat(ONE, 2, axis=0), 1))
    assert (result.sum(axis=1) == 100).all()
    assert result.sum(axis=0).tolist() == [round(1e5 * share), round(1e5 * (1 - share))]


def test_small_groups_of_several_sizes_come_out_over_unequal_villages():
    rng = np.random.default_rng(3)
    sizes = rng.dirichlet(np.ones(5), 6)
    share = np.array([0.0, 0.003, 0.02, 0.1, 0.277, 0.6])
    persons = np.outer(rng.integers(1, 200, 500).astype(float), share)
    result = people(households(persons, sizes, 1))
    assert (result.sum(axis=1) == persons.sum(axis=1).round()).all()
    assert result[:, 0].sum() == 0
    assert np.abs(result.sum(axis=0) - persons.sum(axis=0)).max() <= 15  # three large households


def test_a_number_that_no_household_makes_is_shared_out_alike():
    fives = np.array([[0.0, 0, 0, 0, 1]] * 3)
    persons = np.outer(np.full(30, 12.0), [0.5, 0.5, 0.0])
    result = people(households(persons, fives, 1))
    assert (result.sum(axis=1) == 12).all()
    assert result.sum(axis=0).tolist() == [180, 180, 0]


def test_margins_that_cannot_hold_are_named():
    population = np.array([1000.0, 1000.0])
    nobody = {(0, "sex"): {"m": 1.0}, (0, "means"): {"low": 1.0}}
    # Men are all poor and women all rich: 60 % men and 60 % rich cannot be.
    share = np.array([0.5, 0.0, 0.0, 0.5])
    apart = {(1, "sex"): {"m": 0.6}, (1, "means"): {"high": 0.6}}
    persons = rake(population, share, CATEGORIES, nobody | apart)
    assert {u.origin for u in unmet(persons, CATEGORIES, nobody | apart)} == {1}
    missing = np.array([0.0, 0.5, 0.5, 0.0])
    persons = rake(population, missing, CATEGORIES, nobody)
    assert {u.origin for u in unmet(persons, CATEGORIES, nobody)} == {0}


def test_a_barely_feasible_margin_is_met():
    # All rich are women and half are men: men are all poor. The fit comes near slowly.
    margins = {(0, "sex"): {"m": 0.5}, (0, "means"): {"high": 0.5, "low": 0.5}}
    share = np.array([0.3, 0.2, 0.0, 0.5])
    persons = rake(np.array([1000.0]), share, CATEGORIES, margins)
    assert unmet(persons, CATEGORIES, margins) == []
    assert persons.sum() == pytest.approx(1000, rel=1e-9)


@pytest.mark.parametrize("scale", [1, 7, 100])
def test_every_origin_has_its_people_and_no_bias_builds_up(scale):
    rng = np.random.default_rng(1)
    persons = rng.uniform(0, 3, (200, 4))  # less than one household a cell
    actual = households(persons, SIZES, scale)
    units = people(actual).sum(axis=1) * scale
    expected = persons.sum(axis=1)
    assert (np.abs(units - expected) <= scale).all()
    assert (np.abs(units.cumsum() - expected.cumsum()) <= scale / 2 + 1e-9).all()


def test_whole_populations_come_out_to_the_person():
    population = np.array([1000.0, 1.0, 0.0, 12345.0])
    result = households(rake(population, SHARE, CATEGORIES, {}), SIZES, 1)
    assert (result * np.arange(1, 6)).sum(axis=(1, 2)).tolist() == [1000, 1, 0, 12345]


def test_sizes_are_shared_out_as_asked():
    persons = np.array([[30_000.0, 50_000.0, 60_000.0, 20_000.0]])
    actual = households(persons, SIZES, 1)[0]
    expected = (persons[0] / (SIZES @ np.arange(1, 6)))[:, None] * SIZES
    assert (np.abs(actual - expected) <= 4).all()
