"""Rows of text from CSV files of any common dialect and from XLSX workbooks.

Encodings: UTF-8, UTF-16, UTF-32 (with or without a byte order mark where the zero bytes show it),
and the code pages of spreadsheets (:data:`CODE_PAGES`), which charset-normalizer tells apart by
script. Separators: commas, semicolons or tabs, as stated by a first line ``sep=;`` or as the rows
show. Workbooks are read by calamine; dates and numbers become the text of a CSV cell. Every row
keeps its line, or its row in the workbook.
"""

import codecs
import csv
import html
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from emigre.errors import InputError, Mistake
from emigre.results.text import counted
from emigre.scenario.cells import SERIAL_ZERO, SERIAL_ZERO_1904
from emigre.scenario.parsers import listed, quoted

LARGEST_FILE = 100_000_000
"""Bytes, also of an unpacked workbook, about 5 million cells; larger files are mistakes."""
MOST_LINES = 1_000_000
MOST_CELLS = 5_000_000
"""Checked before parsing: a cell needs fifty times its bytes in memory."""
CODE_PAGES = ("cp1252", "cp1251", "cp1256")
"""Code pages that spreadsheets save in, by script: Latin, Cyrillic, Arabic. Languages of one
script look alike in a short table, so the reader is asked to check a word."""
DELIMITERS = ",;\t"
WORKBOOK = ".xlsx"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"pk\x03\x04", "a workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of Excel 97-2003, or one with a password"),
    (b"%pdf", "a PDF file"),
    (b"\x1f\x8b", "a compressed file"),
    *((mark, "a web page or XML") for mark in (b"<!doctype", b"<html", b"<table", b"<?xml")),
)
"""First bytes, in lower case, of files that are no text tables."""
_SEP = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_SAMPLE = 50
"""Lines from which the separator is taken."""
_LINK = re.compile(rb"<Relationship\s[^>]*>")
_SHEET = re.compile(rb"<sheet\s[^>]*>")
_PROPERTIES = re.compile(rb"<workbookPr\s[^>]*>")
_ROW = re.compile(rb"<row\s[^>]*>")
_DIMENSION = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_CELL = re.compile(rb"<c(\s[^>/]*)>(.*?)</c>", re.DOTALL)
_FORMULA = re.compile(rb"<f[^>/]*>(.*?)</f>", re.DOTALL)
_VALUE = re.compile(rb"<v>(.+?)</v>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not empty: its number in the file (from 1) and its cells, stripped."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table and the format of the file.

    ``delimiter`` is empty for a workbook. ``encoding`` is the encoding of the file; ``guess`` is a
    word by which to check a guessed code page, empty if nothing was guessed. ``hidden`` are
    the numbers of hidden rows of a workbook, which are read as well. ``zero`` is the day 0 of
    dates that are plain numbers.
    """

    lines: tuple[Line, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    guess: str = ""
    hidden: tuple[int, ...] = ()
    zero: date = SERIAL_ZERO


def read_rows(path: Path, file: str, sheet: str | None = None) -> Rows:
    """Read the rows of a CSV file or of one sheet of a workbook; InputError if they are invalid.

    ``file`` is the name for messages. ``sheet`` defaults to the only sheet, or the one named like
    the file.
    """
    if path.suffix.lower() == WORKBOOK:
        return _workbook_rows(path, file, sheet)
    if sheet is not None:
        expected = f"no sheet, because {file} is not a workbook"
        raise InputError(Mistake("--sheet", sheet, expected))
    data = _read_bytes(path, file)
    if kind := _other_kind(data):
        hint = "open it in a spreadsheet and save it anew"
        raise InputError(Mistake(file, kind, "a table as CSV or .xlsx", hint))
    text, encoding, guess = _decode(data, file)
    stated = _SEP.match(text)
    delimiter = stated[1] if stated else _delimiter_of(text)
    start = stated.end() if stated else 0
    lines = _split(text[start:], delimiter, file, first=2 if stated else 1)
    return Rows(tuple(lines), delimiter, encoding, guess)


def csv_text(
    rows: Iterable[Iterable[Any]], delimiter: str = DELIMITERS[0], newline: str = "\n"
) -> str:
    """Rows as the text of a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


def read_text(path: Path, file: str) -> str:
    """Read a text file of any encoding; InputError if it is invalid."""
    return _decode(_read_bytes(path, file), file)[0]


def _read_bytes(path: Path, file: str) -> bytes:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        wrong = Mistake(file, "an unreadable file", "a file", error.strerror or "")
        raise InputError(wrong) from None
    if size > LARGEST_FILE:
        expected = f"a file of at most {LARGEST_FILE} bytes"
        raise InputError(Mistake(file, f"{size} bytes", expected))
    return data


def _decode(data: bytes, file: str) -> tuple[str, str, str]:
    """Text, encoding and the word that shows a guess; InputError if it is no text."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    encoding = encoding or _utf16_without_mark(data) or "utf-8"
    guess = ""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        best = _code_page(data) if encoding == "utf-8" else None
        if best is None:
            line = data.count(b"\n", 0, error.start) + 1
            found = f"the byte 0x{data[error.start]:02x}"
            wrong = Mistake(file, found, "UTF-8 text", "save the file as UTF-8", line=line)
            raise InputError(wrong) from None
        text, encoding = data.decode(best), best
        words = re.findall(r"\w*[^\W\d_a-zA-Z]\w*|[^\x00-\x7f]", text)
        guess = max(words[:20], key=len, default="")
    text = composed(text)
    _check_size(text, file)
    return text, encoding, guess


def composed(text: str) -> str:
    """Text with every accented letter as one character (NFC), since some systems write two.

    >>> len(composed("e" + chr(0x301)))
    1
    """
    return unicodedata.normalize("NFC", text)


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 whose every second byte is zero at the beginning, as of text with Latin headers."""
    start = data[:64]
    if len(start) < 4 or len(data) % 2:
        return None
    if not any(start[::2]) and all(start[1::2]):
        return "utf-16-be"
    if not any(start[1::2]) and all(start[::2]):
        return "utf-16-le"
    return None


def _code_page(data: bytes) -> str | None:
    """The code page in which the text looks least garbled; the first one if several tie."""
    import charset_normalizer

    # By default short texts in Arabic count as garbled.
    matches = charset_normalizer.from_bytes(data, cp_isolation=list(CODE_PAGES), threshold=0.5)
    names = {name: m for m in matches for name in (m.encoding, *m.could_be_from_charset)}
    known = [name for name in CODE_PAGES if name in names]
    return min(known, key=lambda name: names[name].chaos, default=None)


def _other_kind(data: bytes) -> str:
    """What a file is by its first bytes, if that is no text table."""
    start = data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((kind for first, kind in _KINDS if start.startswith(first)), "")


def _check_size(text: str, file: str) -> None:
    """InputError unless a text can be parsed within reasonable memory and time."""
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        hint = "save the file as UTF-8"
        raise InputError(Mistake(file, "the byte 0x00", "UTF-8 text", hint, line=line))
    cells = max(text.count(mark) for mark in DELIMITERS) + 1
    for count, most, noun in (
        (text.count("\n") + 1, MOST_LINES, "lines"),
        (cells, MOST_CELLS, "cells"),
    ):
        if count > most:
            raise InputError(Mistake(file, f"{count} {noun}", f"a file of at most {most} {noun}"))


def _delimiter_of(text: str) -> str:
    """The separator that gives most rows the same number of cells, more than one."""
    sample = text.splitlines()[:_SAMPLE]

    def evenness(delimiter: str) -> tuple[float, int]:
        try:
            rows = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            return 0.0, 0
        usual, count = Counter(rows).most_common(1)[0] if rows else (1, 0)
        return (count / len(rows), usual) if usual > 1 else (0.0, 0)

    return max(DELIMITERS, key=evenness)


def _split(text: str, delimiter: str, file: str, *, first: int) -> list[Line]:
    """Every line that is not empty; ``first`` is the number of the first line of the text."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    rows: list[Line] = []
    number = first
    try:
        for cells in reader:
            stripped = tuple(map(str.strip, cells))
            if any(stripped):
                rows.append(Line(number, stripped))
            number = first + reader.line_num
    except csv.Error as error:
        if "field larger" in str(error):
            found = f"a cell of more than {csv.field_size_limit()} characters"
            hint = "a double quote that is not closed?"
            raise InputError(Mistake(file, found, "a shorter cell", hint, line=number)) from None
        mark = {",": "comma", ";": "semicolon", "\t": "tab"}.get(delimiter, "separator")
        expected = f"{mark}-separated cells, in double quotes where their text contains a {mark}"
        wrong = Mistake(file, "an invalid CSV line", expected, str(error), line=number)
        raise InputError(wrong) from None
    return rows


def sheet_names(path: Path, file: str) -> list[str]:
    """Names of the sheets of a workbook, none if there is none; InputError if it is invalid."""
    return list(_open_workbook(path, file).sheet_names) if path.is_file() else []


def _workbook_rows(path: Path, file: str, sheet: str | None) -> Rows:
    book = _open_workbook(path, file)
    names = list(book.sheet_names)
    name = sheet or (names[0] if len(names) == 1 else path.stem)
    if name not in names:
        expected = f"a sheet named {name}" if sheet else f"one sheet, or a sheet named {name}"
        found, hint = counted(len(names), "sheet"), f"sheets: {listed(names)}"
        raise InputError(Mistake(file, found, expected, hint))
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    texts = [[_cell_text(cell) for cell in row] for row in rows]
    with zipfile.ZipFile(path) as parts:
        workbook = _part(parts, "xl/workbook.xml")
        xml = _sheet_xml(parts, workbook, names.index(name))
    is_calculated = b' fullCalcOnLoad="1"' not in workbook
    for row, column, text in _without_value(xml, is_calculated):
        texts += [[] for _ in range(len(texts), row + 1)]
        texts[row] += [""] * (column + 1 - len(texts[row]))
        texts[row][column] = text
    lines = (Line(i, tuple(cells)) for i, cells in enumerate(texts, 1) if any(cells))
    return Rows(tuple(lines), "", "", hidden=_hidden_rows(xml), zero=_serial_zero(workbook))


def _serial_zero(workbook: bytes) -> date:
    """The day 0 of a workbook."""
    properties = _PROPERTIES.search(workbook)
    is_1904 = properties and _attribute(properties[0], b"date1904") in (b"1", b"true")
    return SERIAL_ZERO_1904 if is_1904 else SERIAL_ZERO


def _sheet_xml(parts: zipfile.ZipFile, workbook: bytes, sheet: int) -> bytes:
    links = _LINK.findall(_part(parts, "xl/_rels/workbook.xml.rels"))
    targets = {_attribute(link, b"Id"): _attribute(link, b"Target") for link in links}
    sheets = [_attribute(each, b"r:id") for each in _SHEET.findall(workbook)]
    target = targets.get(sheets[sheet] if sheet < len(sheets) else b"", b"").decode()
    return _part(parts, target[1:] if target[:1] == "/" else f"xl/{target}")


def _without_value(xml: bytes, is_calculated: bool) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of cells that hold an error such as ``#N/A``, or no result.

    Programs write formulas without a result, or with 0 in a workbook that a spreadsheet calculates
    when it opens it. Calamine reads nothing, or the 0.
    """
    for attributes, content in _CELL.findall(xml) if b't="e"' in xml or b"<f" in xml else ():
        value, formula = _VALUE.search(content), _FORMULA.search(content)
        kind = _attribute(attributes, b"t")
        if kind == b"e" and value:
            text = value[1]
        elif not kind and b"<f" in content and _has_no_result(value, is_calculated):
            text = b"=" + (formula[1] if formula else b"")
        else:
            continue
        place = re.fullmatch(rb"([A-Z]+)(\d+)", _attribute(attributes, b"r"))
        if place:
            yield int(place[2]) - 1, _column_number(place[1]) - 1, html.unescape(text.decode())


def _has_no_result(value: re.Match[bytes] | None, is_calculated: bool) -> bool:
    return value is None or (value[1] == b"0" and not is_calculated)


def _hidden_rows(xml: bytes) -> tuple[int, ...]:
    """Numbers of the hidden rows of a sheet, such as those of a filter."""
    rows = _ROW.findall(xml)
    is_hidden = [_attribute(row, b"hidden") in (b"1", b"true") for row in rows]
    numbers = [_attribute(row, b"r") for row in rows]
    return tuple(int(n) for n, hidden in zip(numbers, is_hidden, strict=True) if hidden and n)


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    return parts.read(name) if name in parts.namelist() else b""


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb'\s%s="([^"]*)"' % name, tag)
    return found[1] if found else b""


def _open_workbook(path: Path, file: str) -> Any:
    """The opened workbook; InputError if it is too large or no workbook."""
    import python_calamine

    data = _read_bytes(path, file)
    expected, kind = "a workbook saved as .xlsx, without a password", _other_kind(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            too_large = _excess(parts)
        if too_large:
            most = f"a workbook of at most {LARGEST_FILE} bytes and {MOST_CELLS} cells a sheet"
            raise InputError(Mistake(file, too_large, most))
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (zipfile.BadZipFile, python_calamine.CalamineError, RuntimeError, EOFError) as error:
        found = kind or "an unreadable workbook"
        raise InputError(Mistake(file, found, expected, quoted(error))) from None


def _excess(parts: zipfile.ZipFile) -> str:
    """Excessive size of a workbook, if any; a far cell implies billions of empty ones."""
    size = sum(part.file_size for part in parts.infolist())
    if size > LARGEST_FILE:
        return f"{size} bytes unpacked"
    for part in parts.namelist():
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            locations = _DIMENSION.findall(parts.read(part))
            rows = max((int(row) for _, row in locations), default=0)
            columns = max((_column_number(name) for name, _ in locations), default=0)
            if rows * columns > MOST_CELLS:
                return f"cells up to row {rows} and column {columns}"
    return ""


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _cell_text(value: Any) -> str:
    """A cell of a workbook as the text of a CSV cell; numbers with 15 digits, as shown there."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return f"{value:.15g}" if abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.15g} seconds"
    return composed(str(value)).strip()
