"""Console and tables of the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from emigre.errors import command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 160
"""Width of tables when output is not a terminal and COLUMNS is not set."""


def new_console() -> Console:
    """Console as wide as the terminal or COLUMNS, or wide enough for tables without either.

    Texts are printed as they are: a name such as ``Hill [north]`` is no markup.
    """
    from rich.console import Console

    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    width = None if is_known else _PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


_NARROW = 110


def fitting(console: Console, heads: Sequence[str], less: Collection[str]) -> list[int]:
    """Indices of the columns to show: those of ``less`` importance only where there is room."""
    is_narrow = console.width < _NARROW
    return [i for i, head in enumerate(heads) if not (is_narrow and head in less)]


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

    table = Table(title=title, box=box.SIMPLE, title_justify="left", title_style="bold")
    for i, (head, width) in enumerate(zip_longest(heads, widths)):
        table.add_column(head, justify="left" if i < left else "right", min_width=width)
    return table


def print_table(console: Console, table: Table) -> None:
    """Print a table; in a narrow terminal, lines break between words and no word is cut."""
    words, lines = [], []
    for column in table.columns:
        texts = [str(column.header), *map(str, column.cells)]
        words.append(max(len(word) for text in texts for word in text.split() or [""]))
        whole = max(len(line) for text in texts for line in text.splitlines() or [""])
        lines.append(min(max(whole, column.min_width or 0), column.max_width or whole))
    room = console.width - _AROUND * len(lines) - 1
    if sum(lines) > room:
        # The longest columns give way first.
        for widest in range(max(lines), 0, -1):
            widths = [min(w, max(word, widest)) for w, word in zip(lines, words, strict=True)]
            if sum(widths) <= room:
                break
        for column, width in zip(table.columns, widths, strict=True):
            column.min_width = column.max_width = width
    console.print(table, crop=False)


_AROUND = 3
"""Characters between two columns."""
