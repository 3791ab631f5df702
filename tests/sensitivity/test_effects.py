import sys

import numpy as np
import pytest
from scipy.special import ndtr

from emigre.calibration import Prior, Priors
from emigre.errors import InputError
from emigre.sensitivity import study_text
from emigre.sensitivity.effects import (
    INNER,
    elementary_effects,
    influential,
    screen,
    share,
    values_at,
)

PRIORS = Priors(tuple(Prior(name, "uniform", 0.0, 1.0) for name in "abcd"))
SLOPES = np.array([2.0, -5.0, 0.0, 0.3])


def straight(values, first):
    return values @ SLOPES


def test_effects_of_a_straight_line_are_its_slopes_over_the_inner_range():
    result = screen(straight, PRIORS, trajectories=6, seed=1)
    assert [e.name for e in result] == ["b", "a", "d", "c"]
    inner = INNER[1] - INNER[0]
    for effect, slope in zip(result, (-5.0, 2.0, 0.3, 0.0), strict=True):
        # values are rounded to six digits
        assert effect.mean == pytest.approx(slope * inner, abs=1e-4)
        assert effect.size == pytest.approx(abs(slope) * inner, abs=1e-4)
        assert effect.size_low == pytest.approx(effect.size_high, abs=1e-4)
        assert effect.spread == pytest.approx(0.0, abs=1e-4)


def test_the_library_averages_effects_of_trajectories():
    def bent(values, first):
        return values[:, 0] * values[:, 1] + np.sin(4 * values[:, 2])

    seen = {}

    def evaluate(values, first):
        seen["y"] = bent(values, first)
        seen["u"] = (values - INNER[0]) / (INNER[1] - INNER[0])
        return seen["y"]

    collected = {e.name: e for e in screen(evaluate, PRIORS, trajectories=20, seed=3)}
    each = elementary_effects(seen["u"], seen["y"], 4)
    for i, name in enumerate("abcd"):
        assert collected[name].mean == pytest.approx(each[:, i].mean(), abs=1e-4)
        assert collected[name].size == pytest.approx(np.abs(each[:, i]).mean(), abs=1e-4)
        assert collected[name].spread == pytest.approx(each[:, i].std(ddof=1), abs=1e-4)
        assert collected[name].size_low <= collected[name].size <= collected[name].size_high
    assert collected["a"].spread > 0.05  # it depends on b
    assert abs(collected["c"].mean) < collected["c"].size  # up and down


def test_shares_of_an_additive_number_are_those_of_its_terms():
    actual = screen(straight, PRIORS, trajectories=4, seed=1)
    assert influential(actual, 4) == ["b", "a", "d"]
    assert influential(actual, 2) == ["b", "a"]
    actual = share(straight, PRIORS, actual, most=2, base=1024, seed=1)
    by_name = {e.name: e for e in actual}
    for name, slope in (("a", 2.0), ("b", -5.0)):
        expected = slope**2 / (2.0**2 + 5.0**2)
        effect = by_name[name]
        assert abs(effect.first - expected) < 0.02
        assert abs(effect.total - expected) < 0.02
        assert effect.total_low < expected < effect.total_high
    assert by_name["d"].total is None


def test_parameters_that_act_together_have_more_in_all_than_alone():
    def product(values, first):
        return (values[:, 0] - 0.5) * (values[:, 1] - 0.5)

    result = screen(product, PRIORS, trajectories=10, seed=1)
    result = {e.name: e for e in share(product, PRIORS, result, most=4, base=512, seed=1)}
    assert result["a"].first < 0.1
    assert result["a"].total > 0.9


def test_a_number_that_nothing_moves():
    result = screen(lambda v, _: np.ones(len(v)), PRIORS, trajectories=3, seed=1)
    assert influential(result, 4) == []
    assert share(lambda v, _: np.ones(len(v)), PRIORS, result, most=4, base=8, seed=1) == result


def test_same_seed_same_effects():
    def bent(values, first):
        return np.exp(values @ SLOPES)

    runs = [screen(bent, PRIORS, trajectories=5, seed=s) for s in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_values_are_quantiles_of_the_prior():
    priors = Priors((Prior("n", "normal", -1.6448536269514722, 1.6448536269514722),))
    u = np.array([[0.05], [0.5], [0.95]])
    assert ndtr(values_at(priors, u)) == pytest.approx(u, abs=1e-6)
    assert np.isfinite(values_at(priors, np.array([[0.0], [1.0]]))).all()


def test_words():
    assert study_text.share(None) == ""
    assert study_text.share(-0.02) == "0 %"
    assert study_text.share(1 / 3) == "33 %"


def test_a_missing_library_is_named(monkeypatch):
    effects = screen(straight, PRIORS, trajectories=2, seed=1)
    for name in [n for n in sys.modules if n.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(InputError, match=r"emigre\[fit\]"):
        screen(straight, PRIORS, trajectories=2, seed=1)
    with pytest.raises(InputError, match=r"emigre\[fit\]"):
        share(straight, PRIORS, effects, most=2, base=8, seed=1)
