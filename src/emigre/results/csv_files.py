"""CSV files that are safe to open in a spreadsheet.

Spreadsheets interpret text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break as a
formula. Such text is escaped with a leading apostrophe; numbers are unchanged. :func:`read`
removes the apostrophe, so that a table is read as it was written.
"""

import errno
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from emigre.errors import ResultsError
from emigre.results.output_dir import write_whole

_STARTS = r"'*[=+\-@\t\r\n＝＋－＠]"
"""Start of a formula, or of text that looks like an escaped formula."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_MARK = "\ufeff"
"""A byte order mark: without it Excel does not read UTF-8."""


def write(table: pl.DataFrame, path: Path, float_precision: int | None = None) -> None:
    """Write a table as a CSV file with formulas escaped."""
    write_whole(path, _text(table, float_precision))


def read(path: Path) -> pl.DataFrame:
    """Read a table as strings and undo the escaping; OSError if it is truncated."""
    text = path.read_bytes()
    if not text.endswith(b"\n"):  # Polars would read a part of the last row
        raise OSError(errno.EIO, "truncated", str(path))
    table = pl.read_csv(text, infer_schema=False)
    return table.with_columns(
        pl.when(pl.col(name).str.contains(f"^'{_STARTS}"))
        .then(pl.col(name).str.slice(1))
        .otherwise(pl.col(name))
        .alias(name)
        for name in table.columns
    )


def read_typed(
    folder: Path, name: str, columns: Mapping[str, Any] | None = None, *, strict: bool = True
) -> pl.DataFrame:
    """Read a table of a folder of results as columns of these types, without ``columns`` as texts.

    A boolean is yes or no. Unless ``strict``, other texts, such as withheld numbers, become null.
    ResultsError if the table is missing or damaged.
    """
    try:
        table = read(folder / name)
        columns = dict.fromkeys(table.columns, pl.String) if columns is None else columns
        other = next((c for c in columns if c not in table.columns), None)
        if other is not None:
            raise ResultsError(
                f"{folder} was written by another version of Emigre: {name} has no column {other}"
            )
        return typed(table, columns, strict=strict)
    except (OSError, pl.exceptions.PolarsError):
        raise ResultsError(f"{folder} is damaged: {name} cannot be read") from None


def typed(texts: pl.DataFrame, columns: Mapping[str, Any], *, strict: bool = True) -> pl.DataFrame:
    """Texts as columns of these types; unless ``strict``, other texts become null."""
    return texts.select(
        pl.col(column) == "yes" if kind == pl.Boolean
        else pl.col(column).str.to_date("%Y-%m-%d") if kind == pl.Date
        else pl.col(column).cast(kind, strict=strict)
        for column, kind in columns.items()
    )  # fmt: skip


def download(table: pl.DataFrame, *, decimal_comma: bool = False) -> str:
    """A table as CSV text with a byte order mark; half-open days become inclusive.

    With a ``decimal_comma``, semicolons separate the cells.
    """
    return _MARK + _text(inclusive(table), decimal_comma=decimal_comma)


def inclusive(table: pl.DataFrame) -> pl.DataFrame:
    """Half-open days ``from`` and ``to`` as ``first_day`` and ``last_day``, both included."""
    if table.schema.get("to") != pl.Date:
        return table
    table = table.with_columns((pl.col("to") - pl.duration(days=1)).cast(pl.Date))
    return table.rename({"from": "first_day", "to": "last_day"})


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("-5"), safe("Adré")
    ("'=1+1", '-5', 'Adré')
    """
    is_formula = re.match(_STARTS, text) and not re.match(_NUMBER, text)
    return f"'{text}" if is_formula else text


def file_name(stem: str, key: str) -> str:
    """File name of a download, from its scenario and run (``stem``) and content (``key``).

    >>> file_name("tiny-1a2b3c4d-seed1", "effects-a b")
    'tiny-1a2b3c4d-seed1-effects-a_b.csv'
    """
    return re.sub(r"[^\w.-]+", "_", f"{stem}-{key}" if stem else key) + ".csv"


def _text(
    table: pl.DataFrame, float_precision: int | None = None, *, decimal_comma: bool = False
) -> str:
    texts = [n for n, kind in table.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    text = pl.col(texts).cast(pl.String)
    is_formula = text.str.contains(f"^{_STARTS}") & ~text.str.contains(_NUMBER)
    safe = table.with_columns(
        pl.when(is_formula).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
    heads = {name: f"'{name}" for name in table.columns if re.match(_STARTS, name)}
    separator = ";" if decimal_comma else ","
    return safe.rename(heads).write_csv(
        float_precision=float_precision, separator=separator, decimal_comma=decimal_comma
    )
