"""Canonical text of typed values: equal content gives equal text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from emigre.calendar import find_zone
from emigre.scenario.parsers import plain
from emigre.scenario.rows import csv_text
from emigre.scenario.tables import key_columns, split_name

if TYPE_CHECKING:
    import polars as pl

_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})")


def value_text(value: Any, zone: str = "") -> str:
    """A typed value as the text of a cell; an instant in the scenario's zone, if that is given."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, datetime) and zone:
        local = value.astimezone(find_zone(zone))
        return local.isoformat(timespec="seconds" if local.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def unused_name(name: str, taken: Collection[str]) -> str:
    """The name, or the first of NAME_2, NAME_3 ... that is not taken."""
    numbered = (f"{name}_{number}" for number in itertools.count(2))
    return next(n for n in itertools.chain([name], numbered) if n not in taken)


def without_offset(text: str) -> str:
    """Instants in a text as the local date and time that people write; midnight is the date.

    >>> without_offset("2022-09-29T15:00+03:00"), without_offset("2022-09-29T00:00+03:00")
    ('2022-09-29 15:00', '2022-09-29')
    """
    return _INSTANT.sub(r"\1 \2", text).replace(" 00:00", "")


def cell_texts(values: Iterable[Any], zone: str) -> list[str]:
    """Typed values of one column as texts."""
    memo: dict[tuple[type, Any], str] = {}
    texts = []
    for value in values:
        key = (type(value), value)
        if key not in memo:
            memo[key] = value_text(value, zone)
        texts.append(memo[key])
    return texts


def frame_texts(frame: pl.DataFrame, zone: str) -> dict[str, list[str]]:
    """Typed values of a table as texts, by column."""
    return {name: cell_texts(frame[name], zone) for name in frame.columns}


def keys_of(table: str, frame: pl.DataFrame, zone: str) -> list[str]:
    """The key of every row of a typed table, as used in patches."""
    columns = [cell_texts(frame[c], zone) for c in key_columns(table)]
    return ["/".join(cells) for cells in zip(*columns, strict=True)]


def cell_of(
    tables: Mapping[str, pl.DataFrame], zone: str, name: str
) -> tuple[str, list[int], str] | None:
    """Table, rows and column of TABLE.ID.COLUMN; None if there is no such cell."""
    table, key, column = split_name(name)
    if table not in tables or column not in tables[table].columns:
        return None
    rows = [row for row, k in enumerate(keys_of(table, tables[table], zone)) if k == key]
    return (table, rows, column) if rows else None


def table_text(columns: Mapping[str, Iterable[Any]], zone: str) -> str:
    r"""A typed table (column name to values) as CSV with a header and lines ended by ``\n``."""
    texts = {name: cell_texts(values, zone) for name, values in columns.items()}
    return csv_text([texts, *zip(*texts.values(), strict=True)])


def place_names(tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Display names by id of place or area."""
    names = {"*": "everywhere"}
    for table, key in (("areas", "area"), ("places", "id")):
        frame = tables[table]
        names |= dict(zip(frame[key], frame["name"], strict=True))
    return names
