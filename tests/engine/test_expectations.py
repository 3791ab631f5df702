"""Expected rules: what has been announced, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emigre.engine.expectations import Expectations, RuleValues, expectations
from emigre.engine.index import index_of
from emigre.engine.policy import classify, compilers, read_rules
from emigre.scenario.loader import load

LANE_TOLD, LANE_OPENS = 40, 50  # 10 and 20 April 2030; the first day is 1 March
ONLY_THE_LANE = """
title = "Only the second lane of the pass changes"
[remove]
rules = ["nordal_closes", "exit_check_men", "rumour_men_closed_in"]
[set]
"""


@pytest.fixture
def expected(tmp_path: Path) -> Callable[..., Expectations]:
    """Expectations in the teaching scenario with other cells for the second lane."""

    def of(**cells: str) -> Expectations:
        lines = [f'"rules.pass_second_lane.{name}" = "{value}"' for name, value in cells.items()]
        variant = tmp_path / "lane.toml"
        variant.write_text(ONLY_THE_LANE + "\n".join(lines), encoding="utf-8")
        index = index_of(load("tiny", variants=[variant]))
        rules = read_rules(index)
        legs = np.ones((1, index.scenario.tables["legs"].height), np.bool_)
        values = RuleValues(compilers(index, rules, classify(index, rules)))
        return expectations(index, rules, values, legs)

    return of


def surprises(result: Expectations) -> list[int]:
    """Days on which other rules than today's are announced."""
    return [day for day, number in enumerate(result.announced) if number >= 0]


def test_a_rule_is_expected_from_its_announcement_until_it_holds(expected):
    assert surprises(expected()) == list(range(LANE_TOLD, LANE_OPENS))


def test_a_rule_without_announcement_is_a_surprise(expected):
    assert surprises(expected(announced="")) == []


def test_a_rule_without_any_day_held_before_the_start(expected):
    assert surprises(expected(announced="", effective_from="")) == []


@pytest.mark.parametrize(("told", "first"), [("2030-04-28", 58), ("2030-04-25", 56), ("", None)])
def test_an_end_is_expected_from_its_announcement_and_within_sight(expected, told, first):
    """It ends on 10 May (day 70); people look 14 days ahead."""
    cells = {"announced": "", "effective_to": "2030-05-10", "end_announced": told}
    days = surprises(expected(**cells))
    assert days == ([] if first is None else list(range(first, 70)))
