"""Sizes, levels and noise that adapt to the counts: closed forms, and known truths."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from emigre.evaluation.model_error import ModelError
from emigre.forecasting.cells import Cells
from emigre.forecasting.local_error import (
    LONGER,
    RATIOS,
    Figures,
    Spread,
    distributions,
    level_of_runs,
    sizes_of,
)
from emigre.forecasting.patterns import covariance
from observed import daily, observations
from tolerances import is_closed_form

FIRST = date(2030, 3, 1)
ERROR = ModelError(0.0, 0.0, 7.0, 0.5, 0.0, 0.0, freedom=4.0, recent=10.0)


def figures(n_days, series=("P0",), places=1):
    """Daily figures of some series, and runs that all have the same values."""
    rows = observations(*(row for name in series for row in daily([1.0] * n_days, place=name)))
    of = {f"P{i}": np.array([i], dtype=np.intp) for i in range(places)}
    of |= {"ALL": np.arange(places, dtype=np.intp)}
    values = np.full((2, places, n_days), 1e6)
    cells = Cells("passages", FIRST, values, None, of, tuple("A" * places))
    made = Figures.of([cells], rows, FIRST + timedelta(days=n_days - 1))
    n = n_days * len(series)
    return made, Spread.of(np.zeros((2, n)), np.zeros(n), [], n)


def test_a_size_is_updated_by_its_misses():
    known, spread = figures(3)
    missing = np.array([0.5, -1.0, 2.0])
    sizes, _ = sizes_of(known, spread, missing, np.zeros(3), ERROR)
    weight = 0.5 ** (np.array([2.0, 1.0, 0.0]) / 10.0)
    after = 4.0 + weight.sum()
    assert is_closed_form(sizes.freedom[1], after)
    assert is_closed_form(sizes.s2[1], (4.0 + weight @ (missing / 0.5) ** 2) / after)
    assert sizes.s2[0] == 1.0
    assert sizes.of_places.tolist() == [np.sqrt(sizes.s2[1])]


def test_misses_are_those_of_the_kalman_forecast():
    """Lasting error k, counts with variance r: the second miss is that of one Kalman step."""
    known, spread = figures(2)
    error = replace(ERROR, lasting=0.5, daily=0.0, recent=1e9)
    k, r = 0.25, 0.01
    sizes, _ = sizes_of(known, spread, np.array([1.0, 1.2]), np.full(2, r), error)
    ahead = k / (k + r)
    z = np.array([1.0 / np.sqrt(k + r), (1.2 - ahead) / np.sqrt(k + r - ahead * k)])
    assert is_closed_form(sizes.s2[1], (4.0 + z @ z) / 6.0)


def test_a_place_has_the_size_of_the_smallest_series_that_holds_it():
    known, spread = figures(2, ("ALL", "P1"), places=3)
    missing = np.array([0.0, 0.0, 3.0, 3.0])
    sizes, _ = sizes_of(known, spread, missing, np.full(4, 1e-6), ERROR)
    assert sizes.names == ("", "ALL", "P1")
    assert sizes.group.tolist() == [1, 2, 1]
    assert sizes.of_places[1] > 2 > 1 > sizes.of_places[0]


def test_without_freedom_sizes_are_fixed():
    known, spread = figures(2)
    one = distributions(
        [known], spread, np.full(2, 9.0), np.zeros(2), {"flow": replace(ERROR, freedom=np.inf)}
    )
    assert len(one) == 1
    assert one[0].size.tolist() == [1.0, 1.0]
    assert one[0].covariance == pytest.approx(np.eye(2) * 0.25)


def test_the_known_noise_of_days_is_recovered():
    """Errors of single days, or errors that last: the ratio of the truth weighs most."""
    known, spread = figures(40)
    base = replace(ERROR, drift=0.3, daily=0.3)
    chance = np.random.default_rng(1)
    for truth in (0.25, 4.0):
        root = np.sqrt(truth)
        true = replace(base, drift=0.3 / root, daily=0.3 * root)
        missing = np.linalg.cholesky(true.over_days(40)) @ chance.standard_normal(40)
        made = distributions([known], spread, missing, np.full(40, 1e-4), {"flow": base})
        weights = np.array([joint.weight for joint in made]).reshape(len(RATIOS), -1).sum(axis=1)
        assert weights.sum() == pytest.approx(1.0)
        assert RATIOS[int(np.argmax(weights))] == truth


@pytest.mark.parametrize("days", [7.0, 7.0 * LONGER])
def test_the_known_memory_of_the_drift_is_recovered(days):
    """Errors that are forgotten within a week, and errors that last for months."""
    known, spread = figures(90)
    base = replace(ERROR, drift=0.3, daily=0.1, recent=90.0)
    weights = {base.days: 0.0, base.days * LONGER: 0.0}
    for seed in range(8):
        chance = np.random.default_rng(seed).standard_normal(90)
        missing = np.linalg.cholesky(replace(base, days=days).over_days(90)) @ chance
        for joint in distributions([known], spread, missing, np.full(90, 1e-4), {"flow": base}):
            weights[joint.errors["passages"].days] += joint.weight / 8
    assert weights[days] > 0.75


def test_an_error_that_has_lasted_for_months_lasts():
    """Counted at a third of what is simulated, for three months: two weeks ahead as well."""
    known, spread = figures(104)
    base = replace(ERROR, drift=0.3, daily=0.1, days=14.0, recent=7.0)
    missing = np.full(90, -np.log(3.0))
    ahead = []
    for joint in distributions([known], spread, missing, np.full(104, 1e-4), {"flow": base}):
        total = joint.covariance
        ahead.append(joint.weight * total[103, :90] @ np.linalg.solve(total[:90, :90], missing))
    short, long = np.exp(-14 / 14), np.exp(-14 / (14 * LONGER))
    retained = sum(ahead) / -np.log(3.0)
    assert (short + long) / 2 < retained < long


def test_runs_differ_by_a_level_and_the_rest():
    chance = np.random.default_rng(2)
    level = chance.standard_normal(4_000)
    logs = np.outer(level, [0.5, 0.5, 0.25]) + 0.01 * chance.standard_normal((4_000, 3))
    spread = Spread.of(logs, logs.mean(axis=0), [[0, 1, 2]], 2)
    assert np.abs(spread.level) == pytest.approx([0.5, 0.5, 0.25], rel=0.05)
    assert spread.rest == pytest.approx(np.full(3, 1e-4), rel=0.6)
    assert spread.residual.var(axis=0, ddof=1) == pytest.approx(spread.rest)


def test_the_effect_of_the_level_in_closed_form():
    """Runs at -1, 0 and 1 of a level: the effect on a figure is its slope."""
    level = np.array([-1.0, 0.0, 1.0])
    known, anomaly = np.outer(level, [2.0, 4.0]), np.outer(level, [2.0, 3.0])
    for middle in (0.0, 5.0):  # a median differs from the mean
        of_runs = level_of_runs(known + middle)
        assert of_runs * np.sign(of_runs[2]) == pytest.approx(level)
        assert np.abs(covariance(of_runs, anomaly)) == pytest.approx([2.0, 3.0])
    assert level_of_runs(np.zeros((3, 2))).tolist() == [0.0, 0.0, 0.0]  # nothing known
    assert level_of_runs(known[2:]).tolist() == [0.0]  # one run


def test_shares_of_a_figure_over_places_and_over_days_add_up_to_one():
    values = np.array([[[1.0, 3.0], [2.0, 2.0]]])
    of = {"ALL": np.array([0, 1]), "P0": np.array([0])}
    cells = Cells("passages", FIRST, values, None, of, ("A", "A"))
    rows = observations({"id": "1", "place": "ALL", "from": 0, "to": 2, "value": 8.0})
    found = Figures.of([cells], rows, FIRST)
    assert found.of_places[0] == pytest.approx([0.5, 0.5])
    assert found.of_days[0] == pytest.approx([3 / 8, 5 / 8])
