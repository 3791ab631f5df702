"""Sizes of the model's error: covariances, the shipped table, and widened values."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.special import stdtrit

from emigre.evaluation import model_error
from emigre.evaluation.model_error import (
    LEAST_LEFT,
    Learned,
    ModelError,
    Pool,
    error_of,
    fitted,
    kind_of,
    moved_share,
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


def test_the_part_of_a_stock_that_moved_is_what_came_to_one_of_several_places():
    first = np.array([[100.0, 400.0, 0.0, 0.0]])
    stock = np.array([[400.0, 100.0, 50.0, 0.0]])
    total = np.array([[1000.0, 1000.0, 50.0, 1000.0]])
    assert moved_share(stock, first, total) == pytest.approx([0.75 * 0.6, 0.75 * 0.9, 0.0, 0.0])
    several = np.array([[300.0], [500.0]])  # runs: their mean counts
    assert moved_share(several, several / 4, 2 * several) == pytest.approx([0.75 * 0.5])


def test_people_who_came_to_a_place_have_the_error_of_flows(monkeypatch):
    stock = replace(ERROR, lasting=0.1, drift=0.0, daily=0.0)
    flow = replace(ERROR, lasting=0.3, drift=0.4, daily=0.9, freedom=3.0)
    monkeypatch.setattr(model_error, "error_of", lambda m: flow if kind_of(m) == "flow" else stock)
    values, moved = np.full((1, 3), 100.0), np.array([0.0, 0.5, 1.0])
    logs = np.log(widened(values, "stock", "CAMP", 1, moved=moved) / 100.0)
    z = stdtrit(3.0, 18.5 / 19)
    own = 0.1 * stdtrit(1e6, 18.5 / 19)
    assert logs[-1] == pytest.approx(np.hypot(own, 0.5 * z * moved))
    assert logs[::-1] == pytest.approx(-logs)
    flows = [widened(values, "arrived", "CAMP", 1, moved=part) for part in (0.0, moved)]
    assert (flows[0] == flows[1]).all()


def test_ranges_and_fits_hold_a_part_of_the_error_of_those_who_came():
    alone = np.full((3, 1), 100.0)
    narrow, apart = np.array([0.9, 1.0, 1.1])[:, None], np.array([0.5, 1.0, 2.0])[:, None]

    def added(values, fit=()):
        wide = widened(values, "stock", "CAMP", 1, fit, DAY, np.ones(1))
        return np.log(wide).var() - np.log(widened(values, "stock", "CAMP", 1, fit, DAY)).var()

    assert added(alone) > added(100 * narrow) > added(100 * apart) > 0
    assert added(alone, FIT) == 0
