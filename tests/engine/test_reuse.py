"""Reusing products of an earlier compilation never affects the numbers."""

import numpy as np
import pytest

import emigre
from emigre.engine import memo
from emigre.engine.api import simulate
from emigre.engine.build import compile_scenario

DAYS = {"start": "2030-03-10", "end": "2030-04-10"}
SCALE = 10  # with the compiler off, a full-scale run takes many times as long
CHANGES = [
    {},
    {"patience_days": 12.0},
    {"foresight_days": 3.0},
    {"grace_days": 2.0},
    {"itineraries_per_destination": 1.0},
    {"cost_weight": 3.0},
    {"places.PASS.capacity_persons_per_day": 40.0},
    {"places.PASS.capacity_share": 0.5},
    {"places.SUDRIA.formalities_days": 9.0},
    {"rules.nordal_closes.value": 0.3},
    {"places.SUDRIA.attraction": 2.0},
    {"places.CITY.population": 4000.0},
    {"rules.pass_second_lane.value": 700.0},
    {"legs.CITY/BRIDGE/road.hours": 9.0},
    {"pressures.call_up_men.leaving": 4.0},
]


@pytest.mark.parametrize("values", CHANGES, ids=lambda v: next(iter(v), "nothing"))
def test_compiled_after_another_or_alone_the_counts_are_the_same(values) -> None:
    tiny = emigre.load("tiny", **DAYS)
    compile_scenario(tiny, scale=SCALE)
    changed = tiny.set(values)
    after = simulate(compile_scenario(changed, scale=SCALE), 1, 0)
    memo._kept.clear()
    alone = simulate(compile_scenario(changed, scale=SCALE), 1, 0)
    assert all(np.array_equal(after.values[m], alone.values[m]) for m in alone.values)
