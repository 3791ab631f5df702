"""CSV downloads of the page: rounded like the page, without withheld counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from emigre import schema
from emigre.evaluation.key_results import fitting_digits, to_digits
from emigre.results import csv_files

_TEXTS = (pl.String, pl.Enum, pl.Categorical)


def csv_of(table: pl.DataFrame, small: int = 0, counted: Sequence[str] = ()) -> str:
    """A table as CSV text for a download.

    In rows of simulated figures (:func:`_is_simulated`) the columns ``counted`` are rounded to the
    precision of the interval from ``q05`` to ``q95``. Counts of fewer than ``small`` persons are
    left empty and listed in the column ``withheld``.
    """
    counted = [name for name in counted if table[name].is_not_null().any()]
    rows = list(table.iter_rows(named=True))
    shown = [_fitting(row, counted) if _is_simulated(row) else row for row in rows]
    said = [_withheld(row, counted, small) if _is_simulated(row) else None for row in rows]
    numbers = [name for name, kind in table.schema.items() if kind == pl.Float64]
    texts = [pl.Series(name, [_plain(row[name]) for row in shown], pl.String) for name in numbers]
    written = table.with_columns(texts)
    if any(said):
        written = written.with_columns(pl.Series("withheld", said, pl.String))
    return csv_files.download(written)


def _is_simulated(row: dict[str, Any]) -> bool:
    """Whether the numbers of a row are simulated."""
    return (row.get("label", "simulated"), row.get("simulated", "yes")) == ("simulated", "yes")


def _unit(row: dict[str, Any]) -> str:
    if "unit" in row:
        return str(row["unit"])
    measure = schema.measures().get(row.get("measure") or "")
    return measure.unit if measure is not None else "persons"


def _fitting(row: dict[str, Any], counted: Sequence[str]) -> dict[str, Any]:
    unit = _unit(row)
    decimals = 0 if unit.startswith("persons") else 1 if unit.startswith("hours") else 2
    digits = fitting_digits(row.get("q05"), row.get("q95"), decimals)
    fitting = {n: to_digits(row[n], digits) for n in counted if row[n] is not None}
    return row | fitting


def _withheld(row: dict[str, Any], counted: Sequence[str], small: int) -> str | None:
    names = [name for name in counted if row[name] is None]
    if not names or not small or not _unit(row).startswith("persons"):
        return None
    return f"below {small}: {' '.join(names)}"


def _plain(value: Any) -> str | None:
    """A number without trailing zeros; text is returned unchanged."""
    if value is None or isinstance(value, str):
        return value
    return f"{value:.4f}".rstrip("0").rstrip(".")
