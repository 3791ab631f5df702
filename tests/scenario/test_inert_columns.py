"""Inert columns: each is changed, and the input of the engine stays the same."""

import hashlib
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.scenario.diff import INERT_TABLES, Between
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

BASE = Path(__file__).parent / "base"
COLUMNS = [(t, c.name) for t, columns in schema.tables().items() for c in columns]
SHARES = ("0", "0.5")  # of great circles in the km of a way


@cache
def scenario(share: str) -> Scenario:
    settings = [f"great_circle_share={share}", "distance_weight_per_ln_km=1"]
    a = load(BASE, settings=settings)
    # Places 30 to 40 km apart, and legs that are longer than that.
    degrees = pl.int_range(pl.len()) * 0.3
    places = a.tables["places"].with_columns(lat=50.0 + degrees, lon=10.0 + degrees)
    legs = a.tables["legs"].with_columns(km=pl.lit(200.0))
    return replace(a, tables={**a.tables, "places": places, "legs": legs})


def digest(thing: Any) -> str:
    """sha256 (hex) of all numbers the engine gets, the scenario's own tables left out."""
    if is_dataclass(thing):
        names = [f.name for f in fields(thing) if f.name not in ("scenario", "index", "folder")]
        thing = [getattr(thing, name) for name in names]
    if isinstance(thing, np.ndarray) and thing.dtype.names:  # bytes between columns are undefined
        thing = {name: np.asarray(thing)[name] for name in thing.dtype.names}
    if isinstance(thing, dict):
        thing = list(thing.items())
    if isinstance(thing, (list, tuple)):
        content = "|".join(map(digest, thing)).encode()
    elif isinstance(thing, np.ndarray):
        content = repr((thing.shape, thing.dtype)).encode() + np.ascontiguousarray(thing).tobytes()
    else:
        content = repr(thing).encode()
    return hashlib.sha256(content).hexdigest()


@cache
def plain_digest(share: str) -> str:
    return digest(compile_scenario(scenario(share)))


def changed(a: Scenario, table: str, column: str) -> Scenario | None:
    """Another value in every row of a column; None if there is none to change."""
    cells = a.tables[table][column]
    if cells.dtype == pl.String:
        new = cells.fill_null("") + "x"
    elif cells.dtype == pl.Boolean:
        new = ~cells
    elif cells.dtype.is_temporal():
        new = cells.dt.offset_by("-1d")
    elif cells.dtype.is_numeric():
        new = (cells * 0.9).cast(cells.dtype).fill_null(1)
        new = cells + 1 if new.equals(cells) else new
    else:
        return None
    if new.equals(cells):
        return None
    frame = a.tables[table].with_columns(new.alias(column))
    return replace(a, tables={**a.tables, table: frame})


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_column_that_the_engine_reads_is_never_called_inert(table, column):
    for share in SHARES:
        a = scenario(share)
        b = changed(a, table, column)
        if b is not None and all(c.is_inert for c in Between(a, b).changes):
            assert digest(compile_scenario(b)) == plain_digest(share)


def test_coordinates_matter_where_great_circles_count():
    for share, listed in (("0", False), ("0.5", True)):
        a = scenario(share)
        for column in ("lat", "lon"):
            b = changed(a, "places", column)
            assert b is not None
            assert (digest(compile_scenario(b)) != plain_digest(share)) == listed
            assert any(not c.is_inert for c in Between(a, b).changes) == listed
    # They matter too if only the other side counts great circles.
    b = changed(scenario("0.5"), "places", "lat")
    assert b is not None
    moved = [c for c in Between(scenario("0"), b).changes if "lat" in c.after]
    assert moved
    assert not any(c.is_inert for c in moved)


def test_no_column_of_an_inert_table_reaches_the_engine():
    a = scenario("0")
    for table in INERT_TABLES:
        for column in a.tables[table].columns:
            b = changed(a, table, column)
            if b is not None:
                assert digest(compile_scenario(b)) == plain_digest("0")
