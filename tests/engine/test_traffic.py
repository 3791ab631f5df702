"""Levels of ordinary traffic as they are compiled: how far each may be off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.engine.api import compile_scenario


def test_a_row_says_how_far_its_level_may_be_off():
    tiny = emigre.load("tiny", settings=["traffic_level_sd=0.1"])
    rows = tiny.tables["traffic"]
    first = rows["id"][0]
    said = pl.when(pl.col("id") == first).then(0.4).otherwise(pl.col("level_sd"))
    changed = replace(tiny, tables={**tiny.tables, "traffic": rows.with_columns(level_sd=said)})
    usual, found = compile_scenario(tiny), compile_scenario(changed)
    assert np.array_equal(usual.level, found.level)
    assert usual.level_sd[usual.level > 0] == pytest.approx(0.1)
    assert (usual.level_sd[usual.level == 0] == 0).all()
    differs = usual.level_sd != found.level_sd
    assert found.level_sd[differs].max() == pytest.approx(0.4)
    assert differs.any(axis=(0, 2)).sum() == 1  # at one crossing
