"""Meaning and unit of every column of an export: its table ``columns``."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import polars as pl

from emigre import schema

SCENARIO = "scenario_"
"""Start of the keys of exported scenario tables."""


@cache
def _units_and_meanings() -> dict[str, dict[str, tuple[str, str]]]:
    """Unit and meaning of columns by table; those under ``*`` apply to all tables."""
    text = files(__package__).joinpath("exported_columns.csv").read_text(encoding="utf-8")
    tables: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for keys, column, unit, meaning in list(csv.reader(text.splitlines()))[1:]:
        for key in keys.split("|"):
            tables[key][column] = unit, meaning
    return tables


def columns_of(tables: Iterable[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Table, column, unit and meaning, for every column of exported tables."""
    rows, known = [], _units_and_meanings()
    for key, table in tables:
        own = known["*"] | known.get(key, {})
        given = schema.columns("observations" if key in known else key.removeprefix(SCENARIO))
        for name in table.columns:
            described = own.get(name) or (given[name].unit, given[name].description)
            rows.append((key, name, *described))
    return pl.DataFrame(rows, ["table", "column", "unit", "meaning"], orient="row")
