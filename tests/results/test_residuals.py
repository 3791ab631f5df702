"""Residuals of a fit, as runs keep them."""

from __future__ import annotations

import json
import math
from datetime import date

import pytest

from emigre.results.residuals import residuals_in


def figure(measure, error, end="2030-03-10", observed=100.0):
    median = observed / math.exp(error)
    return {"measure": measure, "end": end, "observed": observed, "q50": median}


def test_they_are_summed_up_by_measure(tmp_path):
    path = tmp_path / "posterior.json"
    figures = [
        figure("stock", 0.2),
        figure("passages", -0.1),
        figure("passages", 0.3, end="2030-03-12"),
        figure("passages", 5.0),
        figure("passages", 0.0, observed=0.0),
        figure("passages", 0.0) | {"q50": None},
    ]
    path.write_text(json.dumps({"figures": figures}), encoding="utf-8")
    passages, stock = residuals_in(path)
    assert (passages.measure, passages.figures) == ("passages", 3)
    assert passages.sd == pytest.approx(1.4826 * 0.3)  # one figure of another world moves nothing
    assert passages.until == date(2030, 3, 11)
    assert stock.sd == pytest.approx(1.4826 * 0.2)


@pytest.mark.parametrize("text", ["{}", "[", '{"figures": [{"id": "old"}]}', '{"figures": 1}'])
def test_a_posterior_without_them_has_none(tmp_path, text):
    path = tmp_path / "posterior.json"
    path.write_text(text, encoding="utf-8")
    assert residuals_in(path) == ()
    assert residuals_in(tmp_path / "none.json") == ()
