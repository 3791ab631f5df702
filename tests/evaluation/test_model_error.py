"""Sizes of the model's error: covariances, the shipped table, and widened values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from emigre.evaluation import model_error
from emigre.evaluation.model_error import (
    LEAST_LEFT,
    Learned,
    ModelError,
    Pool,
    error_of,
    fitted,
    shipped,
    widened,
)
from emigre.results.residuals import Residuals
from tolerances import is_closed_form

ERROR = ModelError(lasting=0.3, drift=0.4, days=5.0, daily=0.1, everywhere=0.2, country=0.3)


def test_covariances_are_the_equations():
    days, places = ERROR.over_days(3), ERROR.over_places(("A", "A", "B"))
    assert is_closed_form(days[0, 0], 0.09 + 0.16 + 0.01)
    assert is_closed_form(days[0, 2], 0.09 + 0.16 * np.exp(-2 / 5))
    assert is_closed_form(ERROR.sd, np.sqrt(days[0, 0]))
    assert places.round(12).tolist() == [[1.0, 0.5, 0.2], [0.5, 1.0, 0.2], [0.2, 0.2, 1.0]]


def test_every_kind_has_sizes_and_they_say_where_they_come_from():
    for measure in ("passages", "stock", "wait_hours"):
        error = error_of(measure)
        assert error.sd > 0
        assert error.days > 0
        assert 0 <= error.everywhere + error.country <= 1
    assert shipped().learned_from
    assert 0 <= shipped().held_90[0] <= shipped().held_90[1] <= 1


def test_a_table_is_read():
    kind = "lasting=0.1\ndrift=0.2\ndays=7.0\ndaily=0.3\neverywhere=0.1\ncountry=0.2\n"
    pool = 'pool."1-7" = { baseline = "persistence", weight = 0.5 }\n'
    text = (
        'learned_from = "x"\nheld_90 = [0.8, 0.9]\n'
        + "".join(f"[{k}]\n{kind}" for k in ("flow", "stock"))
        + pool
    )
    made = Learned.read(text + f"[mean]\n{kind}")
    assert made.errors["flow"] == ModelError(0.1, 0.2, 7.0, 0.3, 0.1, 0.2)
    assert made.pools["stock"]["1-7"].weight == 0.5
    assert made.pools["flow"] == {}
    assert (made.learned_from, made.held_90) == ("x", (0.8, 0.9))


def test_a_rule_weighs_by_its_precision():
    half = Pool("persistence", 0.5)
    assert is_closed_form(half.share(0.4, 0.4), 0.5)
    assert is_closed_form(half.share(0.2, 0.4), 0.8)
    assert half.share(0.2, 0.0) == 1.0
    assert Pool("persistence", 1.0).share(0.9, 0.1) == 1.0


@pytest.mark.parametrize(("place", "shared"), [("BRIDGE", 1.0), ("*", 0.5)])
@pytest.mark.parametrize("n_days", [1, 7])
def test_values_get_factors_of_the_size_of_the_error(monkeypatch, place, shared, n_days):
    monkeypatch.setattr(model_error, "error_of", lambda _: ERROR)
    result = widened(np.array([[100.0, 0.0, np.nan]]), "passages", place, n_days)
    sd = np.sqrt(shared * ERROR.over_days(n_days).mean())
    assert np.log(result[:, 0]).std() == pytest.approx(sd, rel=0.06)
    assert is_closed_form(np.log(result[:, 0]).mean(), np.log(100.0))
    assert (result[:, 1] == 0).all()
    assert np.isnan(result[:, 2]).all()


DAY = date(2030, 3, 10)
FIT = (
    Residuals(measure="passages", figures=7, sd=0.1, until=DAY),
    Residuals(measure="arrived", figures=2, sd=0.5, until=DAY + timedelta(days=1)),
    Residuals(measure="stock", figures=5, sd=9.0, until=DAY),
)


def test_the_error_of_fitted_days_follows_the_residuals_of_their_kind():
    known = replace(ERROR, freedom=3.0)
    missed = (7 * 0.01 + 2 * 0.25) / known.sd**2
    found = fitted(known, "entered", FIT, DAY)
    assert is_closed_form(found.sd, known.sd * np.sqrt((3 + missed) / (3 + 9)))
    assert found.freedom == 12.0
    assert is_closed_form(found.drift / found.lasting, known.drift / known.lasting)


@pytest.mark.parametrize(
    ("after", "of_passages", "of_arrivals"),
    [(1, 1.2, 1.0), (8, 1.4, 1.2), (9, 1.4, 1.4), (400, 1.6, 1.6)],
)
def test_after_a_fit_misses_grow_as_those_of_forecasts(after, of_passages, of_arrivals):
    known = replace(ERROR, freedom=3.0)
    missed = (7 * (0.1 * of_passages) ** 2 + 2 * (0.5 * of_arrivals) ** 2) / known.sd**2
    found = fitted(known, "entered", FIT, DAY + timedelta(days=after))
    assert is_closed_form(found.sd, known.sd * np.sqrt((3 + missed) / (3 + 9)))


def test_kinds_that_were_not_fitted_keep_the_error_of_forecasts():
    known = replace(ERROR, freedom=3.0)
    assert fitted(known, "wait_hours", FIT, DAY) == known
    assert fitted(known, "entered", (), DAY) == known
    assert fitted(ERROR, "entered", FIT, DAY) == ERROR  # a size that is certain


@pytest.mark.parametrize(("spread", "left"), [(0.0, 1.0), (0.3, 0.8), (5.0, LEAST_LEFT)])
def test_ranges_of_parameters_hold_a_part_of_the_error_of_a_flow(monkeypatch, spread, left):
    error = replace(ERROR, lasting=0.0, drift=0.0, daily=0.5)
    monkeypatch.setattr(model_error, "error_of", lambda _: error)
    values = np.exp(20.0 + spread * np.array([-1.0, 0.0, 1.0]))
    found = np.log(widened(values, "passages", "BRIDGE", 1).reshape(-1, 3))
    assert found.std(axis=0) == pytest.approx(0.5 * left, rel=0.06)
    other = np.log(widened(values, "stock", "BRIDGE", 1).reshape(-1, 3))
    assert other.std(axis=0) == pytest.approx(0.5, rel=0.06)


def test_widened_values_of_a_fit_are_narrower():
    values = np.full((2, 1), 100.0)
    wide = widened(values, "passages", "BRIDGE", 1)
    fit = widened(values, "passages", "BRIDGE", 1, FIT, DAY)
    assert np.median(fit) == pytest.approx(100.0)
    assert np.log(fit).std() < np.log(wide).std()
    later = widened(values, "passages", "BRIDGE", 1, FIT)
    assert np.log(fit).std() < np.log(later).std() < np.log(wide).std()
