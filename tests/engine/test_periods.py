"""Parts of a day in which the rules do not change."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emigre.engine.build import compile_scenario
from emigre.engine.policy import Timetable
from emigre.engine.rule_table import Table
from emigre.scenario.loader import load


def timetable(starts: list[float]) -> Timetable:
    """One with these periods; in each the crossings do something else."""
    nothing = np.zeros((len(starts), 0, 1))
    days = nothing.astype(np.int32)
    table = Table(nothing, days, days, days.astype(np.int64), np.arange(len(starts)))
    tables = {f.name: table for f in fields(Timetable) if f.type in ("Table", Table)}
    slots = np.zeros((0, 0), np.int32)
    return Timetable(np.array(starts), rate_share=np.ones((1, 0)), slot_column=slots, **tables)


def test_stretches_by_hand() -> None:
    table = timetable([0.0, 6.0, 48.0, 54.0, 66.0, 100.0])
    assert table.intervals(0) == [(0.0, 0.25, 0), (0.25, 1.0, 1)]
    assert table.intervals(1) == [(0.0, 1.0, 1)]
    assert table.intervals(2) == [(0.0, 0.25, 2), (0.25, 0.75, 3), (0.75, 1.0, 4)]
    assert table.intervals(3) == [(0.0, 1.0, 4)]
    assert table.intervals(9) == [(0.0, 1.0, 5)]


@given(st.sets(st.integers(1, 24 * 20 * 4 - 1), max_size=12), st.integers(0, 25))
def test_stretches_fill_the_day_and_name_the_period_that_holds(
    quarters: set[int], day: int
) -> None:
    starts = [0.0, *sorted(q / 4 for q in quarters)]
    table = timetable(starts)
    parts = table.intervals(day)
    assert parts[-1][2] == table.last(day)
    assert parts[0][0] == 0.0
    assert parts[-1][1] == 1.0
    assert all(a[1] == b[0] for a, b in pairwise(parts))
    for begin, end, period in parts:
        assert begin < end
        middle = 24.0 * (day + (begin + end) / 2)
        assert period == max(i for i, start in enumerate(starts) if start <= middle)
    inside = {s for s in starts if 24 * day < s < 24 * (day + 1)}
    assert len(parts) == 1 + len(inside)


def test_hours_with_an_offset_split_the_day_where_they_should() -> None:
    table = compile_scenario(load("tiny")).timetable
    day = 35  # 5 April 2030: 18:00 at +01:00 is 17:00 in the scenario's zone
    parts = table.intervals(day)
    assert [(round(24 * a, 6), round(24 * b, 6)) for a, b, _ in parts] == [(0, 17), (17, 24)]
