"""Short HTML of results and scenarios for notebooks."""

from collections.abc import Mapping
from html import escape

import polars as pl

from emigre.results.text import counted

MOST_ROWS = 10


def card(title: str, rows: Mapping[str, str], table: pl.DataFrame | None = None) -> str:
    """A title, labelled values without the empty ones, and the first rows of a table."""
    lines = "".join(
        f"<tr><th scope='row' style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows.items()
        if value
    )
    text = f"<p><strong>{escape(title)}</strong></p><table>{lines}</table>"
    return text if table is None else text + _table(table)


def _table(table: pl.DataFrame) -> str:
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in table.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in row)}</tr>"
        for row in table.head(MOST_ROWS).iter_rows()
    )
    more = table.height - MOST_ROWS
    note = f"<p>and {counted(more, 'more row')}</p>" if more > 0 else ""
    return f"<table><tr>{head}</tr>{body}</table>{note}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
