"""Errors of published figures, and the current one of several vintages."""

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from emigre.evaluation.observation_error import (
    as_published,
    observation_median,
    observation_sd,
)
from emigre.evaluation.vintages import current_figures, replaced_by
from emigre.scenario.count_error import APPROXIMATE_SD, count_error, last_digit
from tolerances import CLOSED_FORM, STANDARD_ERRORS, in_standard_errors, is_closed_form

Q95 = 1.6448536269514722
N = 20_000


def table(*rows):
    base = {
        "id": "one",
        "value": 1000.0,
        "low": None,
        "high": None,
        "error": None,
        "error_sd": None,
        "published": date(2030, 3, 10),
        "replaces": None,
    }
    kinds = {
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "error": pl.String,
        "error_sd": pl.Float64,
        "replaces": pl.String,
    }
    return pl.DataFrame([base | {"id": f"row{i}"} | row for i, row in enumerate(rows)], kinds | {
        "id": pl.String, "published": pl.Date}).select(*base)  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "unit"),
    [(98000, 1000), (3133, 1), (2.5, 0.1), (300000, 100000), (10, 10), (0, 1), (66010, 10)],
)
def test_the_unit_of_the_last_digit(figure, unit):
    assert last_digit(figure) == unit


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({}, "rounded"),
        ({"low": 900.0, "high": 1100.0}, "range"),
        ({"high": 1100.0}, "range"),
        ({"low": 0.0, "high": 1100.0}, "rounded"),
        ({"error": "exact", "low": 900.0}, "exact"),
        ({"error": "approximate"}, "approximate"),
    ],
)
def test_an_empty_cell_is_read_from_the_range_or_the_digits(row, kind):
    assert count_error({"value": 1000.0} | row).kind == kind


def test_sd_and_median_in_closed_form():
    figures = table(
        {"error": "exact"},
        {"value": 98000.0, "error": "rounded"},
        {"error": "approximate"},
        {"error": "approximate", "error_sd": 0.3},
        {"value": 110000.0, "low": 30000.0, "high": 110000.0, "error": "range"},
    )
    spread = math.log(110 / 30) / (2 * Q95)
    expected = [0.0, 1000 / math.sqrt(12) / 98000, APPROXIMATE_SD, 0.3, spread]
    assert observation_sd(figures) == pytest.approx(expected, rel=CLOSED_FORM)
    medians = [1000.0, 98000.0, 1000.0, 1000.0, math.sqrt(30000 * 110000)]
    assert observation_median(figures) == pytest.approx(medians, rel=CLOSED_FORM)


def test_an_exact_figure_changes_nothing_and_nan_stays():
    values = np.array([[10.0], [np.nan], [0.0]])
    result = as_published(values, table({"error": "exact"}), seed=1)
    assert np.array_equal(result, values, equal_nan=True)
    rough = as_published(values, table({"error": "approximate"}), seed=1)
    assert np.isnan(rough[1, 0])
    assert rough[2, 0] == 0.0
    assert rough[0, 0] != 10.0


def test_rounding_is_uniform_over_half_a_digit_on_either_side():
    result = as_published(np.full((N, 1), 98200.0), table({"value": 98000.0}), seed=1)[:, 0]
    assert result.min() >= 97700
    assert result.max() <= 98700
    assert in_standard_errors(result, 98200.0) < STANDARD_ERRORS
    assert in_standard_errors((result - 98200.0) ** 2, 1000.0**2 / 12) < STANDARD_ERRORS


def test_an_approximate_figure_is_log_normal_about_the_truth():
    row = {"error": "approximate", "error_sd": 0.2}
    logs = np.log(as_published(np.full((N, 1), 500.0), table(row), seed=1)[:, 0] / 500.0)
    assert in_standard_errors(logs, 0.0) < STANDARD_ERRORS
    assert in_standard_errors(logs**2, 0.2**2) < STANDARD_ERRORS


def test_a_range_holds_the_truth_with_90_percent():
    # Given y, the truth lies at y exp(shift + sd z): its 5 % and 95 % quantiles are low and high.
    error = count_error({"value": 7500.0, "low": 7500.0, "high": 10236.0, "error": "range"})
    for sign, end in ((-1, 7500.0), (1, 10236.0)):
        assert is_closed_form(7500.0 * math.exp(error.shift + sign * error.sd * Q95), end)
    # A truth in the middle of the range is published as the value in the median.
    middle = math.sqrt(7500.0 * 10236.0)
    row = {"value": 7500.0, "low": 7500.0, "high": 10236.0}
    logs = np.log(as_published(np.full((N, 1), middle), table(row), seed=3)[:, 0] / 7500.0)
    assert in_standard_errors(logs, 0.0) < STANDARD_ERRORS


def test_the_noise_belongs_to_the_seed_the_observation_and_the_run():
    rows = [{"id": "a", "error": "approximate"}, {"id": "b", "error": "approximate"}]
    values = np.full((8, 2), 100.0)
    both = as_published(values, table(*rows), seed=1)
    assert np.array_equal(both[:3], as_published(values[:3], table(*rows), seed=1))  # more runs
    swapped = as_published(values, table(*rows[::-1]), seed=1)
    assert np.array_equal(both, swapped[:, ::-1])
    assert not np.array_equal(both, as_published(values, table(*rows), seed=2))
    assert len(set(both.ravel())) == both.size


def test_nothing_falls_below_zero():
    result = as_published(np.full((200, 1), 1.0), table({"value": 1000.0}), seed=1)
    assert result.min() == 0.0


def test_a_larger_error_makes_a_wider_forecast():
    values = np.full((400, 1), 100.0)
    widths = [
        np.ptp(as_published(values, table({"error": "approximate", "error_sd": s}), seed=1))
        for s in (0.05, 0.1, 0.5)
    ]
    assert widths == sorted(widths)


REVISED = (
    {"id": "first", "value": 300.0, "published": date(2030, 3, 10)},
    {"id": "other", "value": 7.0, "published": date(2030, 3, 11)},
    {"id": "second", "value": 310.0, "published": date(2030, 3, 15), "replaces": "first"},
    {"id": "third", "value": 305.0, "published": date(2030, 4, 1), "replaces": "second"},
)


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        (date(2030, 3, 9), []),
        (date(2030, 3, 10), ["first"]),
        (date(2030, 3, 14), ["first", "other"]),
        (date(2030, 3, 15), ["other", "second"]),
        (date(2030, 3, 31), ["other", "second"]),
        (date(2030, 4, 1), ["other", "third"]),
        (None, ["other", "third"]),
    ],
)
def test_the_figure_published_by_the_day_is_used(day, ids):
    result = current_figures(table(*REVISED), as_of=day)
    assert result["id"].to_list() == ids
    # A table cut at the day before gives the same result.
    if day is not None:
        cut = table(*REVISED).filter(pl.col("published") <= day)
        assert current_figures(cut)["id"].to_list() == ids


def test_replacements_of_figures():
    assert replaced_by(table(*REVISED)) == {"first": "second", "second": "third"}
    plain = table(*REVISED).drop("replaces")
    assert replaced_by(plain) == {}
    assert len(current_figures(plain)) == 4
