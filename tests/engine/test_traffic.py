"""Compiled levels of ordinary traffic: kinds, errors, and the share of capacity."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.engine.api import compile_scenario
from emigre.engine.simulate import _Run, _willing_households
from emigre.engine.threads import Threads
from emigre.processes.border_checks import traffic_factor


def test_a_row_says_how_far_its_level_may_be_off():
    tiny = emigre.load("tiny", settings=["traffic_level_sd=0.1"])
    rows = tiny.tables["traffic"]
    first = rows["id"][0]
    said = pl.when(pl.col("id") == first).then(0.4).otherwise(pl.col("level_sd"))
    changed = replace(tiny, tables={**tiny.tables, "traffic": rows.with_columns(level_sd=said)})
    usual, result = compile_scenario(tiny), compile_scenario(changed)
    assert np.array_equal(usual.level, result.level)
    assert usual.level_sd[usual.level > 0] == pytest.approx(0.1)
    assert (usual.level_sd[usual.level == 0] == 0).all()
    differs = usual.level_sd != result.level_sd
    assert result.level_sd[differs].max() == pytest.approx(0.4)
    assert differs.any(axis=(0, 2)).sum() == 1  # at one crossing


def with_column(scenario, table: str, **columns):
    """The scenario with other values in some columns of a table."""
    rows = scenario.tables[table].with_columns(**columns)
    return replace(scenario, tables={**scenario.tables, table: rows})


def test_a_parameter_scales_the_levels_of_its_kind():
    tiny = emigre.load("tiny")
    first = tiny.tables["traffic"]["id"][0]
    kind = pl.when(pl.col("id") == first).then(pl.lit("visitors"))
    world = with_column(tiny, "traffic", kind=kind)
    world = replace(world, parameters={**world.parameters, "travel_visitors": 3.0})
    usual, result = compile_scenario(tiny), compile_scenario(world)
    ratio = result.level[usual.level > 0] / usual.level[usual.level > 0]
    assert set(np.round(ratio, 12)) == {1.0, 3.0}


def test_other_nationalities_take_their_share_of_the_capacity():
    tiny = emigre.load("tiny", settings=["places.BRIDGE.capacity_share=0.25"])
    usual, result = (
        compile_scenario(each).timetable.capacity for each in (emigre.load("tiny"), tiny)
    )
    bridge = compile_scenario(tiny).index.crossings.index("BRIDGE")
    for before, after in zip(usual.value, result.value, strict=True):
        assert after[bridge] == pytest.approx(0.25 * before[bridge])
        assert np.array_equal(np.delete(after, bridge, 0), np.delete(before, bridge, 0))


def test_a_share_of_nothing_closes_a_crossing_without_a_limit():
    tiny = emigre.load("tiny", settings=["places.PASS.capacity_share=0"])
    plan = compile_scenario(tiny)
    capacity = plan.timetable.capacity.value[:, plan.index.crossings.index("PASS")]
    assert (capacity == 0).all()


@pytest.mark.parametrize("weight", [0.0, 0.1, 1.0])
def test_pressures_move_ordinary_traffic_by_their_mean(weight):
    push, households = np.array([1.0, 8.0, 50.0]), np.array([70.0, 20.0, 10.0])
    mean = (70 * 1 + 20 * 8 + 10 * 50) / 100
    assert traffic_factor(push, households, weight) == pytest.approx(mean**weight, rel=1e-12)
    assert traffic_factor(push, 0 * households, weight) == 1.0


def test_zones_and_groups_represent_their_cohorts():
    plan = compile_scenario(emigre.load("tiny"))
    row, push = plan.cohorts.row, np.random.default_rng(1).random(plan.leaving.shape[1:])
    mean = np.average(push[row.zone, row.group], weights=row.total * plan.willing[row.group])
    assert traffic_factor(push, _willing_households(plan), 1.0) == pytest.approx(mean, rel=1e-12)


def test_a_wave_of_pressure_shows_in_ordinary_traffic():
    def mean(weight: float) -> float:
        settings = [f"traffic_pressure_weight={weight}", "balking_per_hour=0", "traffic_noise=0"]
        plan = compile_scenario(emigre.load("tiny", settings=settings), scale=10)
        state = _Run(plan, np.uint64(1), None, 0, (), Threads(1))
        seen = []
        for day in range(plan.n_days):
            state.step(day)
            seen.append(state.level.sum() / plan.level[day].sum())
        return max(seen)

    assert mean(0.0) == pytest.approx(1.0)
    assert mean(0.2) > 1.05
