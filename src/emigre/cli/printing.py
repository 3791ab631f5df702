"""Console and tables of the commands."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from emigre.errors import command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 160
"""Width of tables when output is not a terminal and COLUMNS is not set."""


def new_console() -> Console:
    """Console as wide as the terminal or COLUMNS; without either, wide enough for tables.

    Texts are printed as they are: a name such as ``Hill [north]`` is no markup.
    """
    from rich.console import Console

    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    width = None if is_known else _PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


_NARROW = 110


def fitting(console: Console, heads: Sequence[str], less: Collection[str]) -> list[int]:
    """Indices of the columns to show; the ``less`` important ones only if there is room."""
    is_narrow = console.width < _NARROW
    return [i for i, head in enumerate(heads) if not (is_narrow and head in less)]


def say_hidden(console: Console, heads: Sequence[str], shown: Collection[int]) -> None:
    """Name the columns for which the terminal is too narrow, if there are any."""
    hidden = [head for i, head in enumerate(heads) if i not in shown]
    if hidden:
        console.print(f"A wider terminal also shows {', '.join(hidden)}.")


def in_one_year(spans: Iterable[str]) -> tuple[str, list[str]]:
    """Heading and cells of a column of days; a year common to all moves to the heading.

    >>> in_one_year(["21 – 27 Mar 2030", "28 Mar – 3 Apr 2030"])
    ('when, 2030', ['21 – 27 Mar', '28 Mar – 3 Apr'])
    >>> in_one_year(["21 – 27 Mar 2030", "28 Dec 2030 – 3 Jan 2031"])
    ('when', ['21 – 27 Mar 2030', '28 Dec 2030 – 3 Jan 2031'])
    """
    cells = list(spans)
    years = {year for cell in cells for year in re.findall(r" \d{4}\b", cell)}
    if len(years) != 1:
        return "when", cells
    year = years.pop()
    return f"when,{year}", [cell.replace(year, "") for cell in cells]


def say_where(console: Console, words: str, folder: Path) -> None:
    """Print a path after a text."""
    from rich.text import Text

    console.print(Text.assemble(f"{words} ", (str(folder), "bold")), soft_wrap=True)


def say_command(console: Console, *words: object, note: str = "") -> None:
    """Print a command on one line, without wrapping."""
    console.print(f"  {command(*words)}{note}", soft_wrap=True)


def say_report(console: Console, folder: Path) -> None:
    """Print the path of a folder's report, if it has one."""
    page = folder / "report.html"
    if page.is_file():
        say_command(console, page, note="   (open in a browser)")


def new_table(
    title: str | None = None,
    heads: Sequence[str] = (),
    *,
    left: int = 1,
    widths: Sequence[int] = (),
) -> Table:
    """Table without lines between rows, with a bold title on the left.

    The first ``left`` columns are aligned left, the others right; ``widths`` are the least ones.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), title_justify="left", title_style="bold")
    table.title = title
    for i, (head, width) in enumerate(zip_longest(heads, widths)):
        table.add_column(head, justify="left" if i < left else "right", min_width=width)
    return table


def print_table(console: Console, table: Table) -> None:
    """Print a table; in a narrow terminal, lines break between words and no word is cut."""
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    room = console.width - _BETWEEN * len(columns) - 1
    least = [max(len(word) for text in texts for word in text.split() or [""]) for texts in columns]
    widths = []
    for column, texts in zip(table.columns, columns, strict=True):
        longest = max(len(line) for text in texts for line in text.splitlines() or [""])
        width = max(longest, column.min_width or 0)
        widths.append(min(width, column.max_width or width))
    if sum(widths) > room:
        _narrow(widths, columns, least, room)
        for column, width in zip(table.columns, widths, strict=True):
            column.min_width = column.max_width = width
    console.print(table, crop=False)


def _narrow(widths: list[int], columns: list[list[str]], least: list[int], room: int) -> None:
    """Narrow columns to ``room`` where it adds the fewest lines, the widest of them first."""

    @cache
    def lines(i: int, width: int) -> int:
        return sum(len(wrap(text, width)) for text in columns[i])

    def cost(i: int) -> tuple[int, int]:
        return lines(i, widths[i] - 1) - lines(i, widths[i]), -widths[i]

    while sum(widths) > room:
        wide = [i for i, width in enumerate(widths) if width > least[i]]
        if not wide:
            break
        widths[min(wide, key=cost)] -= 1


_BETWEEN = 2
"""Characters between two columns."""
