"""Tables of a scenario folder as sheets of canonical text, with source locations for messages.

The header is the first row. Optional columns may be omitted. Empty rows, and rows and columns that
begin with ``#``, are skipped. See ``rows.py`` for the files and ``cells.py`` for the cells.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from emigre import schema
from emigre.errors import InputError, Mistake, collecting
from emigre.results.text import counted
from emigre.scenario.cells import canonical
from emigre.scenario.parsers import closest, did_you_mean, listed, nearest, quoted
from emigre.scenario.rows import Line, Rows, read_rows, sheet_names

ENDINGS = (".csv", ".tsv", ".xlsx")
"""Endings of the file of a table."""
BOOK = "scenario.xlsx"
"""Workbook with one sheet for each table, instead of a file for each."""
REMARK = "#"
"""Beginning of rows and columns for readers."""


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Source location of a text: file, line and key or column."""

    file: str
    line: int | None
    column: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def mistake(self, found: str, expected: str, hint: str = "") -> Mistake:
        """The mistake made at this location."""
        return Mistake(self.file, found, expected, hint, line=self.line, column=self.column)


@dataclass(slots=True)
class Sheet:
    """The texts of one table by column, with the line of each row.

    ``absent`` are columns without a header, ``damaged`` is True if rows could not be read at all.
    ``rows`` describes the format of the file. ``cell_locations`` and ``row_locations`` override the
    locations of patched cells and added rows, ``removed`` says where a patch removed a row.
    """

    table: str
    file: str
    cells: dict[str, list[str]]
    lines: list[int]
    absent: frozenset[str] = frozenset()
    damaged: bool = False
    rows: Rows | None = None
    cell_locations: dict[tuple[int, str], SourceLocation] = field(default_factory=dict)
    row_locations: dict[int, SourceLocation] = field(default_factory=dict)
    removed: Mapping[str, SourceLocation] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def location(self, row: int, column: str) -> SourceLocation:
        """Source location of the cell of a row (from 0) and column."""
        if (row, column) in self.cell_locations:
            return self.cell_locations[row, column]
        if row in self.row_locations:
            added = self.row_locations[row]
            return replace(added, column=f"{added.column}.{column}" if column else added.column)
        return SourceLocation(self.file, self.lines[row], column)

    def mistake(self, row: int, column: str, found: str, expected: str, hint: str = "") -> Mistake:
        """A mistake in one cell (or, without a column, in the row)."""
        return self.location(row, column).mistake(found, expected, hint)

    def copy(self) -> Self:
        """A mutable copy."""
        return replace(
            self,
            cells={name: list(texts) for name, texts in self.cells.items()},
            lines=list(self.lines),
            cell_locations=dict(self.cell_locations),
            row_locations=dict(self.row_locations),
        )

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order."""
        place = {old: new for new, old in enumerate(rows)}
        self.cells = {name: [texts[r] for r in rows] for name, texts in self.cells.items()}
        self.lines = [self.lines[r] for r in rows]
        self.row_locations = {place[r]: s for r, s in self.row_locations.items() if r in place}
        self.cell_locations = {
            (place[r], c): s for (r, c), s in self.cell_locations.items() if r in place
        }


def read_sheet(folder: Path, table: str, mistakes: list[Mistake]) -> Sheet:
    """Read one table of a folder (ENDINGS, BOOK); a missing optional table has no rows."""
    sheet = Sheet(table, f"{table}.csv", {c.name: [] for c in schema.tables()[table]}, [])
    places = _places_of(folder, table, mistakes)
    if len(places) != 1:
        if places or table in schema.REQUIRED_TABLES:
            found = " and ".join(file for _, file, _ in places) or "no file"
            expected = f"one file with the table {table}" if places else f"the table {table}"
            mistakes.append(Mistake(sheet.file, found, expected))
            sheet.damaged = True
        return sheet
    path, sheet.file, tab = places[0]
    sheet.damaged = True
    with collecting(mistakes):
        rows = read_rows(path, sheet.file, tab)
        lines = without_remarks(rows)
        if not lines:
            expected = "a header line with column names"
            raise InputError(Mistake(sheet.file, "no header", expected, line=1))
        _fill(sheet, rows, lines[0], lines[1:], mistakes)
    return sheet


def _places_of(
    folder: Path, table: str, mistakes: list[Mistake]
) -> list[tuple[Path, str, str | None]]:
    """Files that hold a table: path, name for messages and sheet of a workbook."""
    names = (f"{table}{ending}" for ending in ENDINGS)
    places: list[tuple[Path, str, str | None]] = [
        (folder / name, name, None) for name in names if (folder / name).is_file()
    ]
    with collecting(mistakes):
        if table in sheet_names(folder / BOOK, BOOK):
            places.append((folder / BOOK, f"{BOOK} sheet {table}", table))
    return places


def unknown_tables(folder: Path, *besides: str) -> list[Mistake]:
    """Files, and sheets of ``scenario.xlsx``, that are not tables; ``besides`` are known files."""
    mistakes: list[Mistake] = []
    tables = schema.tables()
    expected = "the name of a table of the schema"
    tables_hint = f"tables: {listed(tables, 40)}"
    names: list[str] = []
    with suppress(InputError):  # reported for each table
        names = sheet_names(folder / BOOK, BOOK)
    for name in names:
        if name not in tables and not name.startswith(REMARK):
            hint = nearest(name, tables) or tables_hint
            mistakes.append(Mistake(BOOK, f"an unknown sheet {quoted(name)}", expected, hint))
    for path in sorted(p for p in folder.glob("*") if p.suffix.lower() in ENDINGS):
        if path.name in (BOOK, *besides) or path.name.startswith(("~$", ".")):
            continue
        if path.stem in tables and path.suffix in ENDINGS:
            if not path.is_file():
                mistakes.append(Mistake(path.name, "a folder or a broken link", "a file"))
            continue
        known = [f"{table}{path.suffix.lower()}" for table in tables]
        hint = nearest(path.name.lower(), known) or tables_hint
        mistakes.append(Mistake(path.name, "an unknown file", expected, hint))
    return mistakes


def without_remarks(rows: Rows) -> list[Line]:
    """Rows other than remarks for readers, whose first cell begins with ``#``."""
    return [line for line in rows.lines if not line.cells[0].startswith(REMARK)]


def doubts_about_file(sheet: Sheet) -> list[Mistake]:
    """Warnings about a file: a guessed code page, with a word by which to check it; hidden rows."""
    if sheet.rows is None:
        return []
    doubts = []
    if sheet.rows.guess:
        found = f"text in {sheet.rows.encoding}, such as {quoted(sheet.rows.guess)}"
        hint = "if the word is garbled, save the file as UTF-8"
        doubts.append(Mistake(sheet.file, found, "UTF-8 text", hint))
    read = {line.number for line in without_remarks(sheet.rows)}
    for number in (row for row in sheet.rows.hidden if row in read):
        hint = "it is read as well: delete it, or show it"
        doubts.append(Mistake(sheet.file, "a hidden row", "rows that are shown", hint, line=number))
    return doubts


def _fill(
    sheet: Sheet, rows: Rows, header: Line, lines: list[Line], mistakes: list[Mistake]
) -> None:
    """Check the header and split rows into columns."""
    known = schema.columns(sheet.table)
    names = list(header.cells)
    while names and not names[-1] and not any(_cell(line, len(names) - 1) for line in lines):
        names.pop()
    _check_header(sheet, header.number, names, mistakes)
    good = []
    for line in lines:
        cells = line.cells
        if len(cells) >= len(names) and not any(cells[len(names) :]):
            good.append(line)
            continue
        expected = f"{len(names)}, one per column"
        hint = "put text with commas in double quotes" if len(cells) > len(names) else ""
        found = counted(len(cells), "cell")
        mistakes.append(Mistake(sheet.file, found, expected, hint, line=line.number))
    sheet.damaged = len(good) < len(lines)
    sheet.lines = [line.number for line in good]
    cells_of = {name: [line.cells[i] for line in good] for i, name in enumerate(names)}
    texts = {name: cells_of[name] for name in known if name in cells_of}
    read = canonical(texts, _kinds(sheet.table, cells_of), rows.delimiter, rows.zero)
    sheet.rows = rows
    sheet.cells = {name: read.get(name, [""] * len(good)) for name in known}
    sheet.absent = frozenset(c.name for c in known.values() if c.required and c.name not in read)


def _kinds(table: str, cells: Mapping[str, list[str]]) -> dict[str, str]:
    """Kind of every column; counts of persons are whole numbers."""
    kinds = {name: column.kind for name, column in schema.columns(table).items()}
    if table == "observations":
        measures = schema.measures()
        counted = {measures[m].unit for m in cells.get("measure", ()) if m in measures}
        if counted == {"persons"}:
            kinds |= dict.fromkeys(("value", "low", "high"), "integer")
    return kinds


def _cell(line: Line, column: int) -> str:
    return line.cells[column] if column < len(line.cells) else ""


def _check_header(sheet: Sheet, number: int, header: list[str], mistakes: list[Mistake]) -> None:
    """Report unknown, duplicate and missing columns; remarks (``#``) are passed over."""
    known = schema.columns(sheet.table)
    misspelt: set[str | None] = set()  # not also reported as missing
    for i, name in enumerate(header):
        if name.startswith(REMARK):
            continue
        if name not in known:
            intended = closest(name, [k for k in known if k not in header])
            misspelt.add(intended)
            own = f"columns of your own begin with #; known: {listed(known, 40)}"
            hint = did_you_mean(intended) or own
            found = quoted(name) if name else f"no name for column {i + 1}"
            expected = f"a column of the table {sheet.table}"
            mistakes.append(Mistake(sheet.file, found, expected, hint, line=number))
        elif name in header[:i]:
            location = SourceLocation(sheet.file, number, name)
            mistakes.append(location.mistake("a duplicate column", "every column once"))
    mistakes += [
        SourceLocation(sheet.file, number, c.name).mistake(
            "no such column", "a column of that name", c.description
        )
        for c in known.values()
        if c.required and c.name not in header and c.name not in misspelt
    ]
