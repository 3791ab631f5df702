"""CSV files as sheets of text with source locations for messages.

UTF-8 with optional byte order mark; comma-separated; header in the first line. Optional columns may
be omitted. Empty lines are skipped.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from pathlib import Path

from emigre import schema
from emigre.errors import Mistake
from emigre.scenario.parsers import listed, nearest, quoted

LARGEST_FILE = 100_000_000
"""Bytes, about 5 million cells; larger files are mistakes."""
MOST_LINES = 1_000_000
MOST_CELLS = 5_000_000
"""Checked before parsing: a cell needs fifty times its bytes in memory."""


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Source location of a text: file, line and key or column."""

    file: str
    line: int | None
    column: str


@dataclass(slots=True)
class Sheet:
    """The texts of one table by column, with the line of each row.

    ``absent`` are columns without a header, ``damaged`` is True if rows could not be read at all.
    ``cell_spots`` and ``row_spots`` override the locations of patched cells and added rows.
    """

    table: str
    file: str
    cells: dict[str, list[str]]
    lines: list[int]
    absent: frozenset[str] = frozenset()
    damaged: bool = False
    cell_spots: dict[tuple[int, str], SourceLocation] = field(default_factory=dict)
    row_spots: dict[int, SourceLocation] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def spot(self, row: int, column: str) -> SourceLocation:
        """Source location of the cell of a row (from 0) and column."""
        if (row, column) in self.cell_spots:
            return self.cell_spots[row, column]
        if row in self.row_spots:
            added = self.row_spots[row]
            return replace(added, column=f"{added.column}.{column}" if column else added.column)
        return SourceLocation(self.file, self.lines[row], column)

    def mistake(self, row: int, column: str, found: str, expected: str, hint: str = "") -> Mistake:
        """A mistake in one cell (or, without a column, in the row)."""
        spot = self.spot(row, column)
        return Mistake(spot.file, spot.line, spot.column, found, expected, hint)

    def copy(self) -> Sheet:
        """A mutable copy."""
        return replace(
            self,
            cells={name: list(texts) for name, texts in self.cells.items()},
            lines=list(self.lines),
            cell_spots=dict(self.cell_spots),
            row_spots=dict(self.row_spots),
        )


def empty_sheet(table: str) -> Sheet:
    """The sheet of a table without a file."""
    return Sheet(table, f"{table}.csv", {c.name: [] for c in schema.tables()[table]}, [])


def read_text(path: Path, file: str, mistakes: list[Mistake]) -> str | None:
    """Read a UTF-8 file; None (and a mistake) if it is invalid."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        mistakes.append(Mistake(file, None, "", "no readable file", "a file", error.strerror or ""))
        return None
    if size > LARGEST_FILE:
        mistakes.append(
            Mistake(file, None, "", f"{size} bytes", f"a file of at most {LARGEST_FILE} bytes")
        )
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{data[error.start]:02x}"
        mistakes.append(Mistake(file, line, "", found, "UTF-8 text", "save the file as UTF-8"))
        return None
    return text if _is_plain(text, file, mistakes) else None


def _is_plain(text: str, file: str, mistakes: list[Mistake]) -> bool:
    """Whether a text can be parsed within reasonable memory and time."""
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        hint = "save the file as UTF-8"
        mistakes.append(Mistake(file, line, "", "the byte 0x00", "UTF-8 text", hint))
        return False
    for mark, most, noun in (("\n", MOST_LINES, "lines"), (",", MOST_CELLS, "cells")):
        count = text.count(mark) + 1
        if count > most:
            mistakes.append(
                Mistake(file, None, "", f"{count} {noun}", f"a file of at most {most} {noun}")
            )
            return False
    return True


def read_sheet(folder: Path, table: str, mistakes: list[Mistake]) -> Sheet:
    """Read one table of a folder; a missing optional table has no rows."""
    file = f"{table}.csv"
    sheet = empty_sheet(table)
    if not (folder / file).is_file():
        if table in schema.REQUIRED_TABLES:
            mistakes.append(Mistake(file, None, "", "no file", f"the table {table}"))
            sheet.damaged = True
        return sheet
    text = read_text(folder / file, file, mistakes)
    rows = [] if text is None else _rows(text, file, mistakes)
    if not rows:
        if text is not None and not any(m.file == file for m in mistakes):
            mistakes.append(Mistake(file, 1, "", "no header", "a header line with column names"))
        sheet.damaged = True
        return sheet
    return _fill(sheet, rows[0][1], rows[1:], mistakes)


def _rows(text: str, file: str, mistakes: list[Mistake]) -> list[tuple[int, list[str]]]:
    """Line number and cells of every line that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    first = 1
    try:
        for cells in reader:
            stripped = [c.strip() for c in cells]
            if any(stripped):
                rows.append((first, stripped))
            first = reader.line_num + 1
    except csv.Error as error:
        mistakes.append(
            Mistake(
                file,
                first,
                "",
                "an invalid CSV line",
                "comma-separated cells, text with commas in double quotes",
                str(error),
            )
        )
        return []
    return rows


def _fill(
    sheet: Sheet, header: list[str], rows: list[tuple[int, list[str]]], mistakes: list[Mistake]
) -> Sheet:
    """Check the header and split rows into columns."""
    known = schema.columns(sheet.table)
    if not _header_is_right(sheet, header, mistakes):
        sheet.damaged = True
        return sheet
    good = [(line, cells) for line, cells in rows if len(cells) == len(header)]
    for line, cells in rows:
        if len(cells) != len(header):
            mistakes.append(
                Mistake(
                    sheet.file,
                    line,
                    "",
                    f"{len(cells)} cells",
                    f"{len(header)}, one per column",
                    "put text with commas in double quotes" if len(cells) > len(header) else "",
                )
            )
    sheet.damaged = len(good) < len(rows)
    sheet.lines = [line for line, _ in good]
    position = {name: i for i, name in enumerate(header)}
    for name in known:
        at = position.get(name)
        sheet.cells[name] = [""] * len(good) if at is None else [cells[at] for _, cells in good]
    sheet.absent = frozenset(
        c.name for c in known.values() if c.required and c.name not in position
    )
    return sheet


def _header_is_right(sheet: Sheet, header: list[str], mistakes: list[Mistake]) -> bool:
    """Report unknown, duplicate and missing columns; False if the file is unusable."""
    known = schema.columns(sheet.table)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        mistakes.append(
            Mistake(
                sheet.file,
                1,
                "",
                "columns separated by semicolons or tabs",
                "columns separated by commas",
                "save the file as CSV with commas",
            )
        )
        return False
    meant: set[str] = set()
    for i, name in enumerate(header):
        if name not in known:
            hint = nearest(name, [k for k in known if k not in header])
            # The intended column is not also reported as missing.
            meant.add(hint.removeprefix("did you mean ").removesuffix("?"))
            hint = hint or f"known columns: {listed(known, 40)}"
            found = quoted(name) if name else f"no name for column {i + 1}"
            expected = f"a column of the table {sheet.table}"
            mistakes.append(Mistake(sheet.file, 1, "", found, expected, hint))
        elif name in header[:i]:
            mistakes.append(Mistake(sheet.file, 1, name, "a duplicate column", "every column once"))
    mistakes += [
        Mistake(sheet.file, 1, c.name, "no such column", "a column of that name", c.description)
        for c in known.values()
        if c.required and c.name not in header and c.name not in meant
    ]
    return True
