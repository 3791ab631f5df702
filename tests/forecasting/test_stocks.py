"""Stocks start from the last count and move by the simulated flow."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from emigre.evaluation.model_error import ModelError
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import condition
from emigre.forecasting.known import LEAST_SD, Known
from emigre.forecasting.local_error import figures_of
from emigre.forecasting.stocks import from_last_counts, is_lasting
from observed import observations
from tolerances import CLOSED_FORM

FIRST = date(2030, 3, 1)
RUNS = np.array([[100.0, 300.0, 350.0, 50.0], [400.0, 500.0, 700.0, 600.0]])
ROWS = {"A": np.array([0]), "B": np.array([1]), "*": np.array([0, 1])}
SURE = ModelError(lasting=0.0, drift=0.0, days=5.0, daily=0.0, everywhere=0.0, country=0.0)


def cells(measure="stock"):
    """Two runs, the same at two places, four days."""
    values = np.repeat(RUNS[:, None], 2, axis=1)
    return {measure: Cells(measure, FIRST, values, None, ROWS, ("A", "B"))}


def figure(day, value, place="A", measure="stock"):
    start = FIRST + timedelta(days=day)
    days = {"from": start, "to": start + timedelta(days=1), "published": start}
    name = {"id": f"{place}{day}", "measure": measure, "place": place}
    return name | days | {"value": value, "error": "approximate"}


def test_a_stock_moves_from_the_last_count_by_the_simulated_flow():
    known = observations(figure(1, 200.0), figure(0, 999.0))
    stock = from_last_counts(cells(), known)["stock"].values
    assert stock[:, 0].tolist() == [[0.0, 200.0, 250.0, 0.0], [100.0, 200.0, 400.0, 300.0]]
    assert (stock[:, 1] == RUNS).all()  # nothing was counted there


@pytest.mark.parametrize(
    "other",
    [figure(1, 9.0, "*"), figure(1, 9.0, measure="passages"), figure(1, 9.0, measure="queued")],
)
def test_flows_totals_and_queues_stay(other):
    made = cells(other["measure"])
    moved = from_last_counts(made, observations(other))
    assert (moved[other["measure"]].values == made[other["measure"]].values).all()


def test_an_error_lasts_in_series_with_counts_alone():
    rows = observations(figure(2, 9.0), figure(2, 9.0, "B"), figure(2, 9.0, "*"))
    assert is_lasting(cells(), rows, observations(figure(1, 9.0))).tolist() == [True, False, False]
    exact = rows.with_columns(pl.lit("exact").alias("error"))
    assert not is_lasting(cells(), exact, rows).any()
    known = Known.of(cells(), rows, 1, observations(figure(1, 9.0)))
    few = 1 / 9.5 + LEAST_SD**2
    assert known.variance == pytest.approx([few, few + 0.1**2, few + 0.1**2])


def test_a_forecast_continues_the_published_stock():
    made = condition(
        cells(), observations(figure(1, 2e5)), day=FIRST + timedelta(days=1), scale=1, draws=200,
        rng=np.random.default_rng(7), errors=dict.fromkeys(("flow", "stock"), SURE),
    )  # fmt: skip
    values = made.values(observations(figure(2, 1.0)))[:, 0]
    assert sorted(set(values.round())) == [200_050.0, 200_200.0]


WALK = ModelError(lasting=0.03, drift=0.2, days=16.0, daily=0.01, everywhere=0.0, country=0.0)


@pytest.mark.parametrize("age", [0, 8, 40])
def test_the_error_of_a_stock_grows_with_the_age_of_its_count(age):
    known = observations(figure(-age - 1, 9.0, "A"))
    moved = from_last_counts(cells(), known)
    assert (moved["stock"].values == cells()["stock"].values).all()
    rows = observations(figure(0, 1.0), figure(2, 1.0), figure(2, 1.0, "B"))
    (figures,) = figures_of(moved, rows, FIRST)
    found = figures.covariance(WALK, np.ones(2))
    a_day = 0.2**2 / 16.0
    of_time = 0.03**2 + a_day * np.array([[1.0, 1.0], [1.0, 3.0]]) + 0.01**2 * np.eye(2)
    assert found[:2, :2] == pytest.approx(of_time + a_day * age, rel=CLOSED_FORM)
    assert found[2, 2] == pytest.approx(of_time[1, 1], rel=CLOSED_FORM)  # never counted
    assert (found[2, :2] == 0.0).all()


@pytest.mark.parametrize("age", [0, 40])
def test_draws_of_a_stock_have_the_error_of_its_age(age):
    errors = dict.fromkeys(("flow", "stock"), WALK)
    made = condition(
        {"stock": replace(cells()["stock"], values=np.full((2, 2, 4), 1e6))},
        observations(figure(-age - 1, 1e6)), day=FIRST - timedelta(days=1), scale=1, draws=4000,
        rng=np.random.default_rng(7), errors=errors,
    )  # fmt: skip
    logs = np.log(made.values(observations(figure(3, 1.0), figure(3, 1.0, "B")))).var(axis=0)
    new = 0.03**2 + 0.2**2 / 16.0 * 4 + 0.01**2
    assert logs == pytest.approx([new + 0.2**2 / 16.0 * age, new], rel=0.08)


def test_a_stock_walks_from_a_count_in_the_run():
    rows = observations(figure(1, 300.0), figure(3, 1.0))
    (figures,) = figures_of(from_last_counts(cells(), rows[:1]), rows, FIRST)
    c = figures.covariance(replace(WALK, lasting=0.0, daily=0.0), np.ones(2))
    given = c[1, 1] - c[1, 0] ** 2 / c[0, 0]
    assert given == pytest.approx(0.2**2 * 2 / 16.0, rel=CLOSED_FORM)
