"""Append rows to a table of a scenario folder, in the dialect of its file, after checking them."""

import csv
import io
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from emigre import schema
from emigre.errors import InputError, Mistake, ResultsError, refuse
from emigre.results.output_dir import write_whole
from emigre.scenario.cells import NUMERIC, decimal_mark, local_number
from emigre.scenario.csv_files import BOOK, without_remarks
from emigre.scenario.examination import check
from emigre.scenario.library import own_files
from emigre.scenario.rows import CODE_PAGES, WORKBOOK, Rows, csv_text, read_rows, sheet_names

TextRow = Mapping[str, str]


def append_rows(
    folder: Path, table: str, rows: Sequence[TextRow], *, pending: Collection[str] = ()
) -> Path:
    """Add rows to a table and return its file.

    Mistakes whose expectation is ``pending`` are ignored: rows of other tables may still resolve
    them. Raises InputError with all other mistakes that the new rows would cause, and ResultsError
    if another process has changed the table meanwhile. Nothing is written then.
    """
    path, data = appended(folder, table, rows)
    stamp = _stamp(path)
    _check(folder, path.name, data, pending)
    if _stamp(path) != stamp:
        raise ResultsError(f"{path} was changed by another process: repeat the command")
    write_whole(path, data)
    return path


def check_rows(folder: Path, table: str, rows: Sequence[TextRow]) -> None:
    """Raise InputError with the mistakes that new rows of a table would cause."""
    path, data = appended(folder, table, rows)
    _check(folder, path.name, data)


def _check(folder: Path, name: str, data: bytes, pending: Collection[str] = ()) -> None:
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home) / "scenario"
        for source in own_files(folder):
            target = copy / source.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)  # not its mode: it may be read-only
        (copy / name).write_bytes(data)
        before = set(check(folder))
        mistakes = [m for m in check(copy) if m not in before and m.expected not in pending]
    refuse(mistakes)


def _stamp(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def appended(folder: Path, table: str, rows: Sequence[TextRow]) -> tuple[Path, bytes]:
    """The file of a table, and its content with rows added; InputError if it is a workbook."""
    path = _file_of(folder, table)
    columns = schema.columns(table)
    needed = [name for name in columns if any(row.get(name) for row in rows)]
    if not path.is_file():
        return path, csv_text([needed, *_cells(needed, rows)], ",").encode()
    read = read_rows(path, path.name)
    lines = without_remarks(read)
    header = list(lines[0].cells) if lines else []
    encoding = "utf-8-sig" if read.encoding in CODE_PAGES else read.encoding
    text = path.read_bytes().decode(read.encoding)
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = [name for name in needed if name not in header]
    if missing and lines:
        text = _with_columns(text, read, lines[0].number, missing, newline)
    numeric = [name for name, column in columns.items() if column.kind in NUMERIC]
    numbers = {
        cell
        for line in lines[1:]
        for name, cell in zip(header, line.cells, strict=False)
        if name in numeric
    }
    decimal = decimal_mark(numbers) or ("," if read.delimiter == ";" else ".")
    local = [{**row, **{n: local_number(row.get(n, ""), decimal) for n in numeric}} for row in rows]
    added = _cells([*header, *missing], local)
    text = text.rstrip("\r\n") + newline if text.strip() else ""
    text += csv_text(added if lines else [missing, *added], read.delimiter or ",", newline)
    return path, text.encode(encoding)


def _file_of(folder: Path, table: str) -> Path:
    """The CSV file of a table; InputError if it is a workbook."""
    sheets: list[str] = []
    with suppress(InputError):
        sheets = sheet_names(folder / BOOK, BOOK)
    own = f"{table}{WORKBOOK}"
    book = own if (folder / own).is_file() else BOOK if table in sheets else ""
    if book:
        expected = f"{table}.csv (save the sheet as CSV, and add rows then)"
        raise InputError(Mistake(book, "a workbook", expected))
    tabs = folder / f"{table}.tsv"
    return tabs if tabs.is_file() else folder / f"{table}.csv"


def _with_columns(text: str, read: Rows, header: int, missing: Sequence[str], newline: str) -> str:
    """The text of a table with further, empty columns."""
    start = text.find("\n") + 1 if text.lower().startswith("sep=") else 0
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=read.delimiter)
    skipped = 1 if start else 0
    rows, number = [], 1 + skipped
    for cells in reader:
        new = missing if number == header else [""] * len(missing)
        rows.append([*cells, *new] if any(cells) else cells)
        number = reader.line_num + 1 + skipped
    return text[:start] + csv_text(rows, read.delimiter, newline)


def _cells(columns: Sequence[str], rows: Iterable[TextRow]) -> list[list[str]]:
    return [[row.get(name, "") for name in columns] for row in rows]
