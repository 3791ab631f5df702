"""Learning the sizes of the model's error: closed forms, and recovery of a known truth."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from error_learning import learn, pool, record, table
from scipy.integrate import quad
from scipy.special import ndtr

from emigre.evaluation.baselines import LogNormal, Published
from emigre.evaluation.model_error import ModelError, Pool, horizon_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import condition
from emigre.forecasting.episodes import crps, episode
from observed import FIRST, observations, pressures

TRUE = ModelError(lasting=0.3, drift=0.5, days=7.0, daily=0.05, everywhere=0.3, country=0.3)
N_DAYS, PLACES, LEVEL = 60, 4, 1e6


def cells(level=LEVEL, runs=3):
    values = np.full((runs, PLACES, N_DAYS), level)
    rows = {f"P{i}": np.array([i], dtype=np.intp) for i in range(PLACES)}
    return {"passages": Cells("passages", FIRST, values, None, rows, ("A", "A", "B", "B"))}


def counts(chance):
    """Daily counts of a world with the true error."""
    over_places = np.linalg.cholesky(TRUE.over_places(("A", "A", "B", "B")))
    over_days = np.linalg.cholesky(TRUE.over_days(N_DAYS))
    d = over_places @ chance.standard_normal((PLACES, N_DAYS)) @ over_days.T
    return observations(
        *(
            {
                "id": f"P{p}-{t}",
                "place": f"P{p}",
                "from": t,
                "value": LEVEL * float(np.exp(d[p, t])),
            }
            for p in range(PLACES)
            for t in range(N_DAYS)
        )
    )


def episodes(n=12):
    made = []
    for i in range(n):
        table = counts(np.random.default_rng(i))
        day = FIRST + timedelta(days=30)
        known = table.filter(table["published"] <= day)
        later = table.filter((table["from"] > day) & (table["to"] <= day + timedelta(days=14)))
        memory = Published(table, pressures()).on(day)
        made.append(episode("invented", day, cells(), known, later, memory, 1))
    return made


@pytest.fixture(scope="module")
def made():
    return episodes()


def test_a_normal_forecast_is_scored_by_its_integral():
    mean, sd, x = 0.3, 0.7, 1.1
    below = quad(lambda y: ndtr((y - mean) / sd) ** 2, -10, x)[0]
    above = quad(lambda y: ndtr((mean - y) / sd) ** 2, x, 10)[0]
    found = crps(np.array([mean]), np.array([sd]), np.array([x]))[0]
    assert found == pytest.approx(below + above, rel=1e-6)


def test_a_forecast_with_students_law_is_scored_by_its_integral():
    from scipy.stats import t  # takes seconds, in every worker

    mean, scale, x, law = 0.3, 0.7, 1.1, t(4)
    below = quad(lambda y: law.cdf((y - mean) / scale) ** 2, -np.inf, x)[0]
    above = quad(lambda y: law.sf((y - mean) / scale) ** 2, x, np.inf)[0]
    found = crps(np.array([mean]), np.array([scale]), np.array([x]), 4.0)[0]
    assert found == pytest.approx(below + above, rel=1e-6)


def test_the_prediction_equals_that_of_draws(made):
    """Mean and spread in closed form equal those of conditioned draws."""
    one = made[0]
    errors = dict.fromkeys(("flow", "stock", "mean"), TRUE)
    mean, sd, freedom = one.predict(errors)
    assert np.isinf(freedom).all()
    table = counts(np.random.default_rng(0))
    day = FIRST + timedelta(days=30)
    found = condition(
        cells(),
        table.filter(table["published"] <= day),
        day=day,
        scale=1,
        draws=4_000,
        rng=np.random.default_rng(1),
        errors=errors,
    )
    later = table.filter((table["from"] > day) & (table["to"] <= day + timedelta(days=14)))
    logs = np.log(found.values(later))
    assert np.abs(logs.mean(axis=0) - mean).max() < 5 * sd.max() / np.sqrt(4_000)
    noise = one.variance[one.n_known :]
    assert logs.std(axis=0) == pytest.approx(np.sqrt(sd**2 - noise), rel=0.08)


def test_a_prediction_with_patterns_of_runs_equals_that_of_draws():
    """P0 has daily counts, P1 one count of the first day, on which the runs agree."""
    runs = np.random.default_rng(3).normal(0.0, 0.3, 20)
    values = np.full((20, PLACES, N_DAYS), 1e6)
    values[:, :2, 5:] *= np.exp(np.outer(runs, [1.0, 2.0]))[:, :, None]
    rows = {f"P{i}": np.array([i], dtype=np.intp) for i in range(PLACES)}
    both = {"passages": Cells("passages", FIRST, values, None, rows, ("A", "A", "B", "B"))}
    table = observations(
        *({"id": f"{t}", "place": "P0", "from": t, "value": 1.3e6} for t in range(20)),
        {"id": "first", "place": "P1", "from": 0, "value": 1e6},
        {"id": "later", "place": "P1", "from": 22, "value": 1e6},
    )
    day = FIRST + timedelta(days=20)
    known, later = table[:-1], table[-1:]
    errors = dict.fromkeys(("flow", "stock", "mean"), TRUE)
    one = episode("invented", day, both, known, later, Published(table, pressures()).on(day), 1)
    mean, sd, _ = one.predict(errors)
    chance = np.random.default_rng(1)
    found = condition(both, known, day=day, scale=1, draws=4_000, rng=chance, errors=errors)
    logs = np.log(found.values(later)[:, 0])
    assert logs.mean() == pytest.approx(mean[0], abs=5 * sd[0] / np.sqrt(4_000))
    assert logs.std() == pytest.approx(sd[0], rel=0.08)
    # With the spread of the runs, a normal law; with that of the error alone, Student's.
    uncertain = dict.fromkeys(errors, replace(TRUE, freedom=3.0))
    _, _, freedom = one.predict(uncertain)
    assert freedom[0] > 3.0 + 1.0


@pytest.mark.campaign  # scores sizes a hundred times
def test_known_sizes_are_recovered(made):
    start = {"flow": ModelError(0.3, 0.3, 14.0, 0.1, 0.1, 0.1, freedom=10.0)}
    start |= dict.fromkeys(("stock", "mean"), start["flow"])
    made = made[:6]
    errors, score = learn(made, start)
    found = errors["flow"]
    assert found.days in (3.0, 7.0, 14.0)
    assert found.sd == pytest.approx(TRUE.sd, rel=0.35)
    assert found.drift == pytest.approx(TRUE.drift, rel=0.4)

    def mean_crps(sizes):
        return table(record(made, sizes, {}), ("case",))["crps"][0]

    # Those of the truth are not the best: whether errors last is not known beforehand.
    assert mean_crps(errors) <= 1.03 * mean_crps({"flow": TRUE})
    assert errors["stock"] == start["stock"]  # no figure contains information about stocks
    assert score < 0


def test_intervals_hold_their_share(made):
    errors = dict.fromkeys(("flow", "stock", "mean"), TRUE)
    found = record(made, errors, {})
    for row in table(found).iter_rows(named=True):
        assert row["in_90"] == pytest.approx(0.9, abs=0.08)
        assert row["skill"] == pytest.approx(1 - row["crps"] / row["best"])


def test_a_rule_that_is_better_gets_the_weight(made):
    """If the error of the simulation is taken to be huge and its mean is wrong, baselines win."""
    wrong = [replace(e, simulated=e.simulated + 3.0) for e in made]
    huge = ModelError(0.01, 0.01, 7.0, 0.01, 0.1, 0.1)
    chosen = pool(wrong, dict.fromkeys(("flow", "stock", "mean"), huge))["flow"]
    assert set(chosen) == {"1-7", "8-14"}
    assert all(p.weight < 0.5 for p in chosen.values())
    right = pool(made, dict.fromkeys(("flow", "stock", "mean"), TRUE))["flow"]
    assert right["8-14"].weight >= 0.8
    assert isinstance(right["8-14"], Pool)


def test_parts_of_the_horizon():
    assert [horizon_of(d) for d in (1, 7, 8, 14, 15, 30, 31)] == [
        *("1-7", "1-7", "8-14", "8-14"),
        *("15-30", "15-30", "15-30"),
    ]


def test_baselines_are_scored_on_the_figure_that_they_forecast(made):
    one = made[0]
    n = len(one) - one.n_known
    series = (LogNormal(9e5, 0.2), None, LogNormal(0.0, 0.2), *(LogNormal(1e6, 0.3),) * (n - 3))
    scores = replace(one, baselines={"rule": series}).crps_of_baselines
    counted = one.counted[one.n_known :]
    assert scores.shape == (1, n)
    assert scores[0, 0] == pytest.approx(crps(np.log(9e5), 0.2, counted[0]))
    assert scores[0, 1] == scores[0, 2] == np.inf  # no forecast, and one of nobody
    assert scores[0, 3:] == pytest.approx(crps(np.log(1e6), 0.3, counted[3:]))
