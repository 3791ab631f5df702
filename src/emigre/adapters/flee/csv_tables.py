"""Read the CSV files of a Flee folder: rows with line numbers, and checked cells.

Columns are identified by position. Rows whose first cell starts with `#` are headers or comments;
empty rows are skipped. Numbers and dates may have any unambiguous notation, as spreadsheets save
them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from emigre.calendar import A_DATE, parse_date
from emigre.errors import Mistake, collecting
from emigre.results.text import counted
from emigre.scenario.cells import Notation, date_text, number_text
from emigre.scenario.parsers import YEARS, CellError, listed, parse_integer, parse_number, quoted
from emigre.scenario.rows import Rows, read_rows

FOLDERS = ("input_csv", "source_data")
"""Folders of a conflict."""
_FIRST_COLUMNS = ("name", "name1", "closure_type", "camp")

LAST_YEAR = YEARS[1] - 1
"""First invalid year: a scenario also holds the day after a count."""
MOST_PEOPLE = 100_000_000
"""Largest number of persons of a place or count."""
MOST_TOGETHER = 500_000_000
"""Largest sum of persons over all places, or of the highest counts of all camps."""
LONGEST_ROAD = 50_000
"""Largest length of a road in km."""


@dataclass(frozen=True, slots=True)
class Row:
    """Row of a file: stripped cells and line number."""

    file: str
    line: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """Text of a column; empty if the row is shorter."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(slots=True)
class Reader:
    """Reader of the files of a folder that collects all mistakes.

    ``known`` are the files that were read, ``remarks`` irregularities that are not mistakes,
    ``doubtful`` the names of places whose rows have mistakes, and ``extra_columns`` the names of
    columns beyond those of the format, by file.
    """

    folder: Path
    mistakes: list[Mistake] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    extra_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def rows(self, file: str, *, required: bool = True) -> list[Row]:
        """Rows of a file, including comments, without empty ones; none if the file is missing."""
        self.known.add(file)
        path = self.folder / file
        if not path.is_file():
            if required:
                others = sorted(p.parent.name for p in self.folder.glob(f"*/{path.name}"))
                hint = f"there is one in {listed(others)}" if others else ""
                self.mistakes.append(Mistake(file, "no file", "a file of that name", hint))
            return []
        rows = Rows(())
        with collecting(self.mistakes):
            rows = read_rows(path, file)
        return [Row(file, line.number, line.cells) for line in rows.lines]

    def left_over(self) -> tuple[str, ...]:
        """Files not read, and the number of files in folders of other names, without hidden ones.

        The runs of an ensemble (``SWEEP``) can be hundreds of files.
        """
        files = [p.relative_to(self.folder) for p in self.folder.rglob("*") if p.is_file()]
        files = [f for f in files if not any(part.startswith((".", "__")) for part in f.parts)]
        left = [f for f in files if f.as_posix() not in self.known]
        others = Counter(f.parts[0] for f in left if len(f.parts) > 1 and f.parts[0] not in FOLDERS)
        own = sorted(f.as_posix() for f in left if f.parts[0] not in others)
        return (*own, *(f"{name} ({counted(n, 'file')})" for name, n in sorted(others.items())))

    def report(self, row: Row, column: str, found: str, expected: str, hint: str = "") -> None:
        """Report a mistake in a row."""
        self.mistakes.append(Mistake(row.file, found, expected, hint, line=row.line, column=column))

    def remark(self, row: Row, words: str) -> None:
        """Note an irregularity of a row that is not a mistake."""
        self.remarks.append(f"{row.file}:{row.line}: {words}.")

    def find_extra_columns(self, file: str, rows: Sequence[Row], count: int) -> None:
        """Note the columns beyond the first ``count`` that a header or comment names."""
        headers = (row.cells[count:] for row in rows if row.cells[0].startswith("#"))
        self.extra_columns[file] = tuple(filter(None, next(filter(any, headers), ())))

    def has_cells(self, row: Row, count: int, names: Sequence[str]) -> bool:
        """Whether a row has at least ``count`` cells; a mistake is reported if not."""
        if len(row.cells) >= count:
            return True
        expected = f"{counted(count, 'cell')}: {', '.join(names)}"
        self.report(row, "", counted(len(row.cells), "cell"), expected)
        return False

    def integer(
        self,
        row: Row,
        column: int,
        name: str,
        low: float | None = None,
        empty: int | None = None,
        high: float | None = None,
    ) -> int | None:
        """The integer in a cell, or ``empty`` if it is empty; None (and a mistake) if invalid."""
        number = self.number(row, column, name, low, empty, high, parse=parse_integer)
        return None if number is None else int(number)

    def number(
        self,
        row: Row,
        column: int,
        name: str,
        low: float | None = None,
        empty: float | None = None,
        high: float | None = None,
        parse: Callable[[str, float | None, float | None], float] = parse_number,
    ) -> float | None:
        """The number in a cell, or ``empty`` if it is empty; None (and a mistake) if invalid."""
        text = row.cell(column)
        if not text and empty is not None:
            return empty
        try:
            return parse(number_text(text, Notation(), whole=parse is parse_integer), low, high)
        except CellError as error:
            self.report(row, name, quoted(text), error.expected, error.hint)
            return None

    def day(self, row: Row, column: int, name: str, order: str = "") -> date | None:
        """The date in a cell; None (and a mistake) if invalid. ``order`` is that of 3/4/2030."""
        text = row.cell(column)
        try:
            day = parse_date(date_text(text, Notation(order=order)))
        except ValueError:
            hint = "which of the numbers is the day?" if "/" in text else ""
            self.report(row, name, quoted(text), A_DATE, hint)
            return None
        if not YEARS[0] <= day.year < LAST_YEAR:
            self.report(row, name, quoted(text), f"{A_DATE} between {YEARS[0]} and {LAST_YEAR}")
            return None
        return day


def check_order(reader: Reader, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Add a remark if a header has names of columns in an unexpected order."""
    for row in rows[:1]:
        names = [cell.lstrip("# ").casefold() for cell in row.cells]
        moved = [n for i, n in enumerate(names) if n in columns and columns.index(n) != i]
        if moved:
            words = f"the header has {listed(moved)} elsewhere; columns go by position, as in Flee"
            reader.remark(row, f"{words}: {', '.join(columns)}")


def data_rows(rows: Sequence[Row]) -> list[Row]:
    """Rows without comments and headers, which have no numbers (unlike ``camp,Near,,0,5``)."""
    first = rows[0].cells if rows else [""]
    has_numbers = any(cell[:1].isdigit() or cell[:1] == "-" for cell in first)
    named = first[0].casefold() in _FIRST_COLUMNS and not has_numbers
    return [row for row in rows[named:] if not row.cells[0].startswith("#")]
