"""Edits of a scenario in memory, as parts of a patch: values to set, rows to remove or add."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from emigre import schema
from emigre.calendar import find_zone, parse_instant
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted
from emigre.scenario import arguments
from emigre.scenario.cells import NUMERIC, yes_no_text
from emigre.scenario.parsers import as_number, listed, nearest, quoted
from emigre.scenario.tables import key_columns
from emigre.scenario.texts import cell_texts, keys_of

if TYPE_CHECKING:
    import polars as pl

WHAT_IF = "what_if"
_SOURCE = {"id": WHAT_IF, "title": "What-if", "publisher": "author of the run", "address": "-"}

Frames = Mapping[str, "pl.DataFrame"]
Rows = dict[str, tuple[dict[str, Any], ...]]
"""Rows to add, by table."""


def plain_value(value: Any) -> Any:
    """A scalar of another library, such as NumPy, as one of Python; exact numbers as floats."""
    if isinstance(value, Decimal | Fraction):
        return float(value)
    with suppress(ValueError):  # an array or series of several values
        return value.item() if hasattr(value, "item") else value
    return list(value)


def values_to_set(values: object, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter or cell; InputError unless ``values`` is a mapping of names."""
    both = {} if values is None else values
    if not isinstance(both, Mapping) or not all(isinstance(name, str) for name in both):
        expected = "a mapping of PARAMETER or TABLE.ID.COLUMN to a value"
        raise InputError(Mistake("values", quoted(both), expected))
    refuse(
        Mistake("values", quoted(name), "every name once") for name in both if name in parameters
    )
    return {name: plain_value(value) for name, value in {**both, **parameters}.items()}


def rule_to_add(tables: Frames, columns: Mapping[str, Any]) -> Rows:
    """A rule, with the source of a what-if if it names none."""
    taken = set(tables["rules"]["id"])
    name = next(n for i in range(1, len(taken) + 2) if (n := f"{WHAT_IF}_{i}") not in taken)
    row = {"id": name, "basis": "estimate", "note": "what-if", "source": WHAT_IF}
    row |= {column: plain_value(value) for column, value in columns.items()}
    needs_source = row["source"] == WHAT_IF and WHAT_IF not in tables["sources"]["id"]
    return {"rules": (row,), **({"sources": (_SOURCE,)} if needs_source else {})}


def rows_to_remove(
    tables: Frames, zone: str, ids: Iterable[str], rows: Mapping[str, str | Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """Keys of rows by table; InputError for unknown tables, and for ids of no or several tables."""
    mistakes: list[Mistake] = []
    keys = {table: keys_of(table, frame, zone) for table, frame in tables.items()}
    keys_by_table: dict[str, list[str]] = {}
    for table, given in rows.items():
        named = arguments.several(table, given, mistakes, (str, int), "ids")
        keys_by_table[table] = [str(key) for key in named]
        if table not in keys:
            mistakes.append(Mistake("rows", quoted(table), "a table", nearest(table, keys)))
    for name in map(str, arguments.several("ids", ids, mistakes, (str, int), "ids")):
        has = [table for table, known in keys.items() if name in known]
        if len(has) == 1:
            keys_by_table.setdefault(has[0], []).append(name)
        elif has:
            expected = "an id that one table has, or " + " or ".join(f"{t}=..." for t in has)
            mistakes.append(Mistake("ids", quoted(name), expected))
        else:
            hint = nearest(name, (key for known in keys.values() for key in known))
            mistakes.append(Mistake("ids", quoted(name), "the id of a row", hint))
    refuse(mistakes)
    return {table: tuple(dict.fromkeys(names)) for table, names in keys_by_table.items() if names}


def difference(
    tables: Frames, zone: str, table: str, frame: Any
) -> tuple[dict[str, str], tuple[str, ...], tuple[dict[str, str], ...]]:
    """Changes that turn a table into a frame: cells to set, keys to remove, rows to add.

    ``frame`` is a frame of Polars or pandas, an Arrow table, or a mapping of columns to values.
    InputError if it does not have the columns of the table, or a row twice.
    """
    frame = arguments.as_frame(frame)
    _check_columns(table, frame)
    old = by_key(table, _texts(table, tables[table], zone))
    cells = _texts(table, frame, zone)
    new = by_key(table, cells)
    if len(new) < len(next(iter(cells.values()))):
        expected = f"every row of {table} once: a different {'/'.join(key_columns(table))}"
        raise InputError(Mistake("frame", "a row twice", expected))
    changed = {
        f"{table}.{key}.{column}": text
        for key, row in new.items()
        if key in old
        for column, text in row.items()
        if text != old[key][column]
    }
    removed = tuple(key for key in old if key not in new)
    return changed, removed, tuple(row for key, row in new.items() if key not in old)


def _check_columns(table: str, frame: Any) -> None:
    known = schema.tables()
    if not isinstance(table, str) or table not in known:
        raise InputError(Mistake("table", quoted(table), "a table", nearest(str(table), known)))
    if hasattr(frame, "collect") or not (isinstance(frame, Mapping) or hasattr(frame, "columns")):
        expected = "a frame of Polars or pandas, or a mapping of columns to values"
        raise InputError(Mistake("frame", type(frame).__name__, expected))
    names = [str(name) for name in getattr(frame, "columns", frame)]
    columns = schema.columns(table)
    mistakes = [
        Mistake("frame", f"no column {c.name}", "all required columns")
        for c in columns.values()
        if c.required and c.name not in names
    ]
    for name in names:
        if name not in columns:
            hint = nearest(name, columns) or f"known columns: {listed(columns, 40)}"
            mistakes.append(Mistake("frame", quoted(name), f"a column of the table {table}", hint))
    mistakes += [
        Mistake("frame", f"{names.count(name)} columns {name}", "every column once")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    refuse(mistakes)
    heights = {name: _height(frame[name]) for name in names}
    most = max(0, *heights.values())
    refuse(
        Mistake(
            "frame",
            counted(max(n, 0), "value"),
            f"a sequence of {counted(most, 'value')}",
            column=name,
        )
        for name, n in heights.items()
        if n < most
    )


def _height(values: Any) -> int:
    """Number of values of a column; -1 if it is no sequence."""
    return len(values) if hasattr(values, "__len__") and not isinstance(values, str) else -1


def _texts(table: str, frame: Any, zone: str) -> dict[str, list[str]]:
    """All columns of a table as texts; defaults where the frame does not have one."""
    names = [str(name) for name in getattr(frame, "columns", frame)]
    columns = schema.columns(table)
    given = {name: _column(frame[name], columns[name], zone) for name in names}
    height = len(next(iter(given.values()), []))
    return {n: given.get(n, [c.default or ""] * height) for n, c in columns.items()}


def _column(values: Any, column: schema.Column, zone: str) -> list[str]:
    if hasattr(values, "notna"):  # a column of pandas, whose NA has no truth value
        values = values.astype(object).where(values.notna(), None)
    items = values.tolist() if hasattr(values, "tolist") else list(values)
    return cell_texts((_cell(value, column, zone) for value in items), zone)


def _cell(value: Any, column: schema.Column, zone: str) -> Any:
    """A value as Polars has it: nan is an empty cell, and pandas has midnights for dates.

    Another time of day is no date: in another time zone, midnight is a time of the day before.
    """
    if isinstance(value, str):
        return _typed(value, column.kind, zone)
    if hasattr(value, "__len__"):  # also bytes
        found = f"{quoted(value)} ({type(value).__name__})"
        raise InputError(Mistake("frame", found, "one value in each cell", column=column.name))
    if value != value:
        return None
    if isinstance(value, datetime) and column.kind == "date":
        return value.date() if value.time() == time.min else str(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=find_zone(zone))
    return value


def _typed(text: str, kind: str, zone: str) -> Any:
    """The value in a text, so that another way to write it is no change; else the text."""
    if kind in NUMERIC:
        number = as_number(text)
        return text if number is None else number
    if kind == "instant":
        with suppress(ValueError):
            return parse_instant(text, zone)
    return yes_no_text(text) if kind == "yes_no" else text


def by_key(table: str, cells: Mapping[str, list[str]]) -> dict[str, dict[str, str]]:
    """Cells of every row by its key, in the order of rows."""
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    return {"/".join(row[column] for column in key_columns(table)): row for row in rows}
