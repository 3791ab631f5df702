"""Numeric cells that have no meaning for the kind of their rule."""

import pytest
from random_worlds import read
from test_rules_by_hand import made, rule

from emigre.errors import InputError


@pytest.mark.parametrize(
    ("kind", "place", "value", "cells", "said"),
    [
        ("leg", "X/C/road", 0.5, {}, "column value: found 0.5, expected 0 (closed) or 1 (open)"),
        ("grace", "C", 2.5, {}, "column value: found 2.5, expected a whole number of days"),
        ("entry", "C", 1, {"days": 0}, "column days: found 0, expected a whole number of at least"),
        (
            "entry",
            "C",
            1,
            {"window_days": 180},
            "column days: found an empty cell, expected the days",
        ),
        (
            "entry",
            "C",
            1,
            {"days": 90, "window_days": 90},
            "column window_days: found 90, expected",
        ),
    ],
)
def test_a_value_without_meaning_is_a_mistake(kind, place, value, cells, said) -> None:
    with pytest.raises(InputError) as error:
        read(made(rule("r", kind, place, value, **cells)))
    (mistake,) = error.value.mistakes
    assert said in str(mistake).replace('"', "")
