"""Residuals of a fit, as stored by runs."""

import json
import math
from datetime import date

import pytest

from emigre.numerics.normal import Q95
from emigre.results.residuals import residuals_in


def figure(measure, error, end="2030-03-10", observed=100.0, spread=0.0, **other):
    median = observed / math.exp(error)
    ends = {"q05": median * math.exp(-Q95 * spread), "q95": median * math.exp(Q95 * spread)}
    about = {"measure": measure, "end": end, "observed": observed, "q50": median}
    return about | ends | {"error_sd": 0.0, "explained": 1.0} | other


def written(*figures, **discrepancy):
    return json.dumps({"figures": figures, "discrepancy": discrepancy})


def test_they_are_summed_up_by_measure():
    figures = [
        figure("stock", 0.2),
        figure("passages", -0.1),
        figure("passages", 0.3, end="2030-03-12"),
        figure("passages", 5.0),
        figure("passages", 0.0, observed=0.0),
        figure("passages", 0.0) | {"q50": None},
        figure("passages", 0.0) | {"q05": 0.0},
    ]
    passages, stock = residuals_in(written(*figures))
    assert (passages.measure, passages.figures) == ("passages", 3)
    assert passages.sd == pytest.approx(1.4826 * 0.3)  # one figure of another world moves nothing
    assert passages.until == date(2030, 3, 11)
    assert stock.sd == pytest.approx(1.4826 * 0.2)


def test_the_error_is_the_rest_after_parameters_and_counts():
    # Of the variance of 0.25 the fit's own discrepancy has 0.04, the count 0.01, parameters half.
    one = figure("passages", 0.4, spread=0.5, error_sd=0.1, explained=0.5)
    (found,) = residuals_in(written(one, persons=0.2))
    assert found.sd == pytest.approx(math.sqrt((1.4826 * 0.4) ** 2 - 0.5 * 0.2 - 0.01))


@pytest.mark.parametrize(("explained", "sd"), [(1.4, 0.0), (-0.3, 1.4826 * 0.2)])
def test_parameters_explain_all_at_most_and_nothing_at_least(explained, sd):
    one = figure("passages", 0.2, spread=0.3, explained=explained)
    (found,) = residuals_in(written(one))
    assert found.sd == pytest.approx(sd)


@pytest.mark.parametrize("text", ["", "{}", "[", '{"figures": [{"id": "old"}]}', '{"figures": 1}'])
def test_a_posterior_without_them_has_none(text):
    assert residuals_in(text) == ()
