"""Read foreign tables: CSV, workbooks and JSON, with or without a row of HXL hashtags.

Files are read like tables of a scenario (``scenario/rows.py``). The header is the row, or the two
or three rows, with most columns of a known layout, otherwise the first of the widest rows; lines
above it are skipped. JSON is a list of records or, as from the HXL Proxy, of rows. The list may be
under one of :data:`LISTS` (``data.timeseries`` in UNHCR's portal). The line of a record is its
number.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

from emigre.adapters.layouts import one_line
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted
from emigre.scenario.cells import SERIAL_ZERO
from emigre.scenario.parsers import listed, nearest, quoted
from emigre.scenario.rows import Line, Rows, read_rows, read_text

HEADER_WITHIN = 40
"""Rows among which the header is looked for."""
MOST_HEADER_ROWS = 3
LISTS = ("result", "items", "data", "timeseries", "features")
"""Keys under which the services of IOM, UNHCR and HDX, and GeoJSON, put their records."""
_TAG = re.compile(r"#[a-z][\w]*(\s*\+\s*[a-z][\w]*)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """Rows of a table below its header.

    ``names`` are the columns as published, ``tags`` their hashtags, if any, in canonical spelling:
    lower case, with attributes in alphabetical order. If hashtags serve as names, ``published`` has
    the published ones. ``hidden`` are the numbers of hidden rows of a sheet, and ``zero`` is the
    day 0 of its dates that are plain numbers.
    """

    file: str
    names: tuple[str, ...]
    tags: Mapping[str, str]
    lines: tuple[Line, ...]
    delimiter: str = ""
    hidden: tuple[int, ...] = ()
    zero: date = SERIAL_ZERO
    published: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """Line and cells by column of every row."""
        width = len(self.names)
        filled = ((line, line.cells + ("",) * (width - len(line.cells))) for line in self.lines)
        return [(line.number, dict(zip(self.names, cells, strict=False))) for line, cells in filled]

    def column(self, name: str) -> str | None:
        """Find a column by its name, in any case."""
        return {column.casefold(): column for column in self.names}.get(name.casefold())

    def missing_column(self, option: str, name: str, given: str = "") -> Mistake:
        """The mistake of an option that names no column; its value is ``given``, or the name."""
        expected = f"a column of {self.file}: {listed(self.names, 20)}"
        return Mistake(option, quoted(given or name), expected, nearest(name, self.names))

    def by_tags(self) -> Self:
        """The same table with hashtags as names of columns."""
        names = tuple(self.tags.get(name, name) for name in self.names)
        published = {tag: name for name, tag in self.tags.items()}
        return replace(self, names=names, tags={tag: tag for tag in published}, published=published)

    def unpivoted(self, columns: Collection[str], key: str) -> Self:
        """A row for each cell of these columns: their name in ``key``, the cell in ``value``."""
        kept = [name for name in self.names if name not in (*columns, key, "value")]
        lines = tuple(
            Line(number, (*(row[k] for k in kept), column, row[column]))
            for number, row in self.rows()
            for column in columns
        )
        return replace(self, names=(*kept, key, "value"), tags={}, lines=lines)


def read_foreign(
    path: str | Path, known: Collection[str] = (), *, sheet: str | None = None
) -> ForeignTable:
    """Read a table whose header may have ``known`` columns; InputError if it fails or is empty."""
    path = Path(path)
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise InputError(Mistake(path.name, found, "a table: .csv, .tsv, .xlsx or .json"))
    is_json = path.suffix.lower() in (".json", ".geojson")
    rows = _records(path) if is_json else read_rows(path, path.name, sheet)
    if len(rows.lines) < 2:
        raise InputError(Mistake(path.name, "no rows", "a header and at least one row"))
    table = _table(path.name, rows.lines, {name.casefold() for name in known}, rows.delimiter)
    shown = {line.number for line in table.lines}
    hidden = tuple(row for row in rows.hidden if row in shown)
    return replace(table, hidden=hidden, zero=rows.zero)


def _table(file: str, lines: tuple[Line, ...], known: set[str], delimiter: str) -> ForeignTable:
    first = lines[:HEADER_WITHIN]
    tagged = next((i for i, line in enumerate(first) if is_tags(line)), None)
    above = range(tagged) if tagged else range(len(first))
    header = (
        tagged if tagged == 0 else max(above, key=lambda i: _header_score(first[i].cells, known))
    )
    assert header is not None
    names = _unique_names(first[header].cells)
    for depth in range(2, MOST_HEADER_ROWS + 1) if tagged is None else ():
        starts = range(len(first) - depth + 1)
        joined = [
            reduce(_join_header_rows, (line.cells for line in first[i : i + depth])) for i in starts
        ]
        best = max(starts, key=lambda i: _header_score(joined[i], known), default=None)
        if (
            best is not None
            and _header_score(joined[best], known)[0] > _header_score(names, known)[0]
        ):
            header, names = best + depth - 1, _unique_names(joined[best])
    tags = {}
    if tagged is not None:
        pairs = zip(names, first[tagged].cells, strict=False)
        tags = {name: plain_tag(tag) for name, tag in pairs if tag}
    below = lines[max(header, tagged or 0) + 1 :]
    expected = f"{counted(len(names), 'value')} as in the header"
    hint = "a comma inside a number or a text needs quotes"
    refuse(
        Mistake(file, counted(len(line.cells), "value"), expected, hint, line=line.number)
        for line in below
        if any(line.cells[len(names) :])
    )
    return ForeignTable(file, names, tags, below, delimiter)


def _header_score(cells: Iterable[str], known: set[str]) -> tuple[int, int]:
    """Numbers of cells that are known names of columns, and of cells with text."""
    texts = [one_line(cell).casefold() for cell in cells if cell]
    return sum(text in known for text in texts), len(texts)


def _join_header_rows(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """Join a header of two rows, of which the upper one has merged cells, to names of columns.

    >>> _join_header_rows(("Place", "Arrivals", "", ""), ("", "Men", "Women", "Men"))
    ('Place', 'Arrivals Men', 'Women', 'Arrivals Men')
    """
    names, above = [], ""
    for over, under in zip_longest(upper, lower, fillvalue=""):
        above = over or (above if under else "")
        is_clear = under and lower.count(under) == 1
        names.append(under if is_clear else f"{above} {under}".strip())
    return tuple(names)


def unused_names(
    places: Collection[str], table: ForeignTable, columns: Collection[str]
) -> list[Mistake]:
    """Mistakes of the names of places that occur in no column of places."""
    words = list(dict.fromkeys(row[c].casefold() for _, row in table.rows() for c in columns))
    expected = f"a name that occurs in {table.file}; --skip-unknown allows others"
    return [
        Mistake("--place", quoted(name), expected, nearest(name.casefold(), words))
        for name in places
        if name.casefold() not in words
    ]


def is_tags(line: Line) -> bool:
    """Whether a row holds HXL hashtags and nothing else."""
    cells = [cell for cell in line.cells if cell]
    return bool(cells) and all(_TAG.fullmatch(cell) for cell in cells)


def plain_tag(text: str) -> str:
    """The canonical spelling of a hashtag: ``#adm1 +name+CODE`` becomes ``#adm1+code+name``."""
    tag, *attributes = (part.strip().lower() for part in text.split("+"))
    return "+".join([tag, *sorted(attributes)])


def _unique_names(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns, with numbers added to repeated ones."""
    names: list[str] = []
    for i, cell in enumerate(cells, 1):
        name = one_line(cell) or f"column {i}"
        names.append(name if name not in names else f"{name} ({i})")
    return tuple(names)


def _records(path: Path) -> Rows:
    """The records of a JSON file as rows, preceded by a row of their keys."""
    try:
        content = json.loads(read_text(path, path.name), object_pairs_hook=_record)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        expected = "a JSON file of records"
        wrong = Mistake(path.name, "invalid JSON", expected, str(error), line=line)
        raise InputError(wrong) from None
    for key in LISTS:
        if isinstance(content, dict) and key in content:
            content = content[key]
    if isinstance(content, list) and all(isinstance(r, list) for r in content):
        cells = (Line(i, tuple(map(_text, r))) for i, r in enumerate(content, 1) if r)
        return Rows(tuple(cells), delimiter="")
    if not isinstance(content, list) or not all(isinstance(r, dict) for r in content):
        expected = f"a list of records, also under {', '.join(LISTS)}"
        raise InputError(Mistake(path.name, "another structure", expected))
    records = [_cells_of_record(record) for record in content]
    names = tuple(dict.fromkeys(name for record in records for name in record))
    rows = (Line(i, tuple(r.get(n, "") for n in names)) for i, r in enumerate(records, 1))
    return Rows((Line(0, names), *rows), delimiter="")


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON file; ValueError if a key occurs twice, as one value would be lost."""
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice!r} twice in one record")
    return record


def _cells_of_record(record: Mapping[str, Any]) -> dict[str, str]:
    """Cells of a record, which are the properties of a GeoJSON feature."""
    cells = record.get("properties", record)
    cells = cells if isinstance(cells, dict) else record
    return {
        str(name): _text(value)
        for name, value in cells.items()
        if not isinstance(value, dict | list)
    }


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
