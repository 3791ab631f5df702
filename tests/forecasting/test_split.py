"""Variance of a forecast by source: shares add up, and a known truth is recovered."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.split import shares
from observed import FIRST

RUNS, DAYS = 400, 40
CHANCE, PARAMETERS, MODEL = 0.1, 0.2, 0.15


def rows(n_days, measure="passages"):
    first = FIRST + timedelta(days=10)
    row = {"measure": measure, "place": "A", "from": first, "to": first + timedelta(days=n_days)}
    return pl.DataFrame([row])


def conditioned(chance=CHANCE, parameters=PARAMETERS, model=MODEL, draws=10):
    """Runs with independent days and a level each, draws with a lasting error each."""
    random = np.random.default_rng(2)
    level = parameters * random.standard_normal((RUNS, 1, 1))
    values = 1e6 * np.exp(level + chance * random.standard_normal((RUNS, 1, DAYS)))
    made = {
        measure: Cells(measure, FIRST, values, None, {"A": np.array([0])}, ("A",))
        for measure in ("passages", "stock")
    }
    d = model * random.standard_normal((RUNS * draws, 1, 1)) * np.ones((1, 1, DAYS))
    of_runs = np.repeat(np.arange(RUNS), draws)
    return Conditioned(made, 0, of_runs, {"passages": d, "stock": d})


@pytest.mark.parametrize("measure", ["passages", "stock"])
@pytest.mark.parametrize("n_days", [1, 7])
def test_known_variances_are_recovered(measure, n_days):
    made, asked = conditioned(), rows(n_days, measure)
    found = shares(made, made.values(asked), asked)
    parts = np.array([CHANCE**2 / n_days, PARAMETERS**2, MODEL**2])
    assert found[:, 0] == pytest.approx(parts / parts.sum(), abs=0.06)
    assert found.sum() == pytest.approx(1.0)


def test_one_source_is_all():
    asked = rows(1)
    for number, sizes in enumerate(np.eye(3) * 0.2):
        made = conditioned(*sizes)
        assert shares(made, made.values(asked), asked)[number, 0] == pytest.approx(1.0, abs=0.15)


def test_runs_with_the_same_parameters_differ_by_chance_alone():
    made, asked = conditioned(), rows(1)
    values = made.values(asked)
    drawn, same = (shares(made, values, asked, are_drawn=are) for are in (True, False))
    assert same[:, 0].tolist() == [drawn[0, 0] + drawn[1, 0], 0.0, drawn[2, 0]]


def test_one_run_has_no_chance_to_compare():
    made = conditioned()
    one = {m: Cells(m, FIRST, c.values[:1], None, c.rows, ("A",)) for m, c in made.cells.items()}
    alone = Conditioned(one, 0, np.zeros(10, dtype=np.intp), {m: d[:10] for m, d in made.d.items()})
    found = shares(alone, alone.values(rows(1)), rows(1))
    assert found[:, 0] == pytest.approx([0.0, 0.0, 1.0])
