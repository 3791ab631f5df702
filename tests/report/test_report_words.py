"""Sentences carry what the numbers carry: units, intervals, signs, digits, nothing withheld."""

from __future__ import annotations

import pytest

from emigre.report.words import difference, during, joined, quantity


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((203.4, 211.0, 219.7), ("211", "203 to 220")),
        ((11873.2, 12456.0, 13120.9), ("12,500", "11,900 to 13,100")),
        ((0.0, 4.0, 22.0), ("<10", "0 to 22")),
        ((9.9, 9.9, 9.9), ("<10", "<10")),
        ((500.0, 500.0, 500.0), ("500", "500")),
    ],
)
def test_quantities(values, said):
    assert quantity(dict(zip(("q05", "q50", "q95"), values, strict=True)), 10) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((200.0, 300.0, 400.0), "300 more people (90 % interval: 200 to 400)"),
        ((-400.0, -300.0, -200.0), "300 fewer people (90 % interval: 200 to 400)"),
        ((-100.0, 300.0, 400.0), "300 more people (from 100 fewer to 400 more)"),
        ((-400.0, -300.0, 100.0), "300 fewer people (from 400 fewer to 100 more)"),
        ((0.0, 0.0, 0.0), "no more and no fewer people"),
        ((None, None, 40.0), "<10 more people (90 % interval: <10 to 40)"),
    ],
)
def test_differences(values, said):
    assert difference(values, 10, runs=20) == said


def test_few_runs_have_a_range_and_equal_ends_are_said_once():
    said = difference((200.0, 300.0, 400.0), 10, runs=2)
    assert said == "300 more people (range of 2 runs: 200 to 400)"
    assert difference((800.0, 800.0, 800.0), 10, runs=2) == "800 more people"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("3 Mar 2030", "On 3 Mar 2030"),
        ("3 – 9 Mar 2030", "From 3 to 9 Mar 2030"),
        ("1 Dec 2022 – 31 Jan 2023", "From 1 Dec 2022 to 31 Jan 2023"),
    ],
)
def test_periods_in_sentences(when, said):
    assert during(when) == said


def test_lists():
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
