"""Tables of a scenario of the workspace, edited on the page: read, save, add a row.

The tables are the CSV files of the schema, and two made from ``scenario.toml``: its settings and
its parameters. Rows that begin with ``#`` are kept. A table is saved as a whole, with the stamp of
the file from which it was read, so that two people do not overwrite each other.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomli_w

from emigre import schema
from emigre.adapters.append import append_rows
from emigre.errors import InputError, Mistake, refuse
from emigre.results.output_dir import write_whole
from emigre.scenario.csv_files import REMARK, without_remarks
from emigre.scenario.examination import examine
from emigre.scenario.header import flattened
from emigre.scenario.library import HEADER
from emigre.scenario.model import RECORD_KEYS, RUN_KEYS
from emigre.scenario.parsers import as_number, quoted
from emigre.scenario.rows import csv_text, read_rows
from emigre.web.words import field_message

SETTINGS, PARAMETERS = "settings", "parameters"
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 50_000, 100, 10_000
_ABOUT = {
    "title": "What is simulated, where and when",
    "purpose": "Who decides what with these numbers",
    "start": "First simulated day",
    "end": "Last simulated day",
    "reference": "Day to which changes of access are compared; empty: the first day",
    "zone": "Time zone of the country people leave, such as Africa/Khartoum",
    "nationality": "Code of the nationality, as in groups",
    "runs": "Runs of an ensemble",
    "scale": "People per simulated person",
    "small_count": "Simulated persons below this are withheld",
}
"""Settings with their meanings; the id is the name of the folder."""


class StaleError(Exception):
    """The table has changed since it was read."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as texts: names of columns, rows, the line of each row, and the file's stamp."""

    table: str
    columns: list[str]
    rows: list[list[str]]
    lines: list[int]
    stamp: str

    @property
    def file(self) -> str:
        """The file it is in."""
        return HEADER if self.table in (SETTINGS, PARAMETERS) else f"{self.table}.csv"

    def spot(self, mistake: Mistake) -> tuple[int, int] | None:
        """Row and column of a mistake, -1 for the whole row or table; None if elsewhere."""
        if mistake.file != self.file:
            return None
        if self.file == HEADER:
            return self._key_spot(mistake.column)
        row = self.lines.index(mistake.line) if mistake.line in self.lines else -1
        column = self.columns.index(mistake.column) if mistake.column in self.columns else -1
        return row, column

    def _key_spot(self, key: str) -> tuple[int, int] | None:
        """Row and column of a key of ``scenario.toml``."""
        is_parameter = key.startswith("parameters")
        if is_parameter != (self.table == PARAMETERS):
            return None
        rest = key.removeprefix("parameters.").removeprefix("run.")
        for row, (name, *_) in enumerate(self.rows):
            if rest == name:
                return row, 1
            if is_parameter and rest.startswith(f"{name}."):
                part = rest.removeprefix(f"{name}.")
                return row, self.columns.index(part) if part in self.columns else -1
        return -1, -1


@dataclass(frozen=True, slots=True)
class Examined:
    """Mistakes and warnings of a table, and mistakes elsewhere.

    ``here`` are row, column, message and whether it is a warning; ``elsewhere`` message and place.
    """

    here: list[tuple[int, int, str, bool]]
    elsewhere: list[tuple[str, str]]


def names() -> tuple[str, ...]:
    """Every table that can be edited, in the order of the page."""
    first = [SETTINGS, *schema.REQUIRED_TABLES, "pressures", "observations"]
    return (*first, *(t for t in schema.tables() if t not in first), PARAMETERS)


def read(folder: Path, table: str) -> Grid:
    """Read a table; InputError if its file cannot be read."""
    if table in (SETTINGS, PARAMETERS):
        return _read_header(folder, table)
    path = folder / f"{table}.csv"
    known = list(schema.columns(table))
    if not path.is_file():
        return Grid(table, known, [], [], "")
    if path.is_symlink():  # it may lead out of the workspace
        raise InputError(Mistake(path.name, "a link", "a file"))
    content = read_rows(path, path.name)
    at = next((i for i, x in enumerate(content.lines) if not x.cells[0].startswith(REMARK)), None)
    lines = () if at is None else content.lines[:at] + content.lines[at + 1 :]
    head = [] if at is None else list(content.lines[at].cells)
    columns = [*head, *(name for name in known if name not in head)]
    rows = [[*x.cells, *[""] * (len(columns) - len(x.cells))] for x in lines]
    return Grid(table, columns, rows, [x.number for x in lines], _stamp(path))


def save(folder: Path, table: str, stamp: str, columns: Sequence[str], rows: Any) -> Grid:
    """Write a table and read it again; InputError if it is none, StaleError if it has changed."""
    grid = read(folder, table)
    if stamp != grid.stamp:
        raise StaleError
    kept = _checked(grid, columns, rows)
    if table in (SETTINGS, PARAMETERS):
        content = _content(folder)
        (_put_settings if table == SETTINGS else _put_parameters)(content, kept)
        write_whole(folder / HEADER, tomli_w.dumps(content))
        return read(folder, table)
    needed = {c.name for c in schema.tables()[table] if c.required}
    width = _width(folder / grid.file)
    used = [
        i
        for i, name in enumerate(grid.columns)
        if name in needed or i < width or any(row[i] for row in kept)
    ]
    text = csv_text([row[i] for i in used] for row in (grid.columns, *kept))
    with TemporaryDirectory() as trial:  # a file that cannot be read again is not kept
        write_whole(Path(trial) / grid.file, text)
        read(Path(trial), table)
    write_whole(folder / grid.file, text)
    return read(folder, table)


def examined(folder: Path, grid: Grid) -> Examined:
    """Mistakes and warnings of the scenario, by cell for one of its tables."""
    report = examine(folder)
    explains = f"{REMARK} ("  # the row of a blank form that explains the columns
    here = [
        (at, 0, f"the row begins with {REMARK}: it is a remark and has no effect", True)
        for at, row in enumerate(grid.rows)
        if row[0].startswith(REMARK) and not row[0].startswith(explains) and any(row[1:])
    ]
    for mistakes, is_warning in ((report.mistakes, False), (report.warnings, True)):
        spots = ((grid.spot(mistake), mistake) for mistake in mistakes)
        here += [(*spot, field_message(m), is_warning) for spot, m in spots if spot is not None]
    others = (mistake for mistake in report.mistakes if grid.spot(mistake) is None)
    return Examined(here, [(str(mistake), place_of(mistake)) for mistake in others])


def place_of(mistake: Mistake) -> str:
    """Table and line of a mistake as the end of an address; empty if no table holds it."""
    if mistake.file == HEADER:
        return PARAMETERS if mistake.column.startswith("parameters") else SETTINGS
    table = mistake.file.removesuffix(".csv")
    if table not in schema.tables():
        return ""
    return table if mistake.line is None else f"{table}#line-{mistake.line}"


def heads(folder: Path, grid: Grid) -> list[dict[str, Any]]:
    """Description of each column for the page: name, meaning, choices."""
    if grid.table == SETTINGS:
        return [{"name": "setting"}, {"name": "value"}, {"name": "meaning"}]
    if grid.table == PARAMETERS:
        known = {"name": list(schema.parameters()), "basis": ["official", "reported", "estimate"]}
        return [{"name": name, "choices": known.get(name, [])} for name in grid.columns]
    described: list[dict[str, Any]] = [{"name": name} for name in grid.columns]
    for head in described:
        if column := schema.columns(grid.table).get(head["name"]):
            unit = f" ({column.unit})" if column.unit else ""
            head["about"] = f"{column.description}{unit}"
            head |= {"choices": list(choices(folder, column)), "required": column.required}
    return described


def choices(folder: Path, column: schema.Column) -> dict[str, str]:
    """Permitted values of a column with their labels; empty if any text is allowed."""
    if (column.table, column.name) == ("rules", "kind"):
        kinds = schema.rule_kinds().values()
        return {k.kind: f"{k.kind}: {k.description.partition('. ')[0]}" for k in kinds}
    if column.choices:
        return dict.fromkeys(column.choices, "")
    if column.kind == "yes_no":
        return {"yes": "", "no": ""}
    if column.kind == "measure":
        return dict.fromkeys(schema.measures(), "")
    if column.kind == "place":
        return ids(folder, "places", "name") | ids(folder, "areas", "name")
    if column.kind == "ref":
        label = {"places": "name", "sources": "title"}.get(column.refers_to, "")
        return ids(folder, column.refers_to, label)
    return {}


def ids(folder: Path, table: str, label: str = "") -> dict[str, str]:
    """Ids of the rows of a table with their labels."""
    try:
        grid = read(folder, table)
    except InputError:
        return {}
    at = grid.columns.index(schema.id_column(table) or grid.columns[0])
    to = grid.columns.index(label) if label in grid.columns else at
    return {r[at]: r[to] for r in grid.rows if r[at] and not r[0].startswith(REMARK)}


def add_row(folder: Path, table: str, row: Mapping[str, str], source: Mapping[str, str]) -> None:
    """Add a row, and its source if that is new; InputError leaves the scenario as it was."""
    path = folder / "sources.csv"
    before = path.read_bytes() if path.is_file() else None
    refuse(
        Mistake(f"{table}.csv", "nothing", "a value", column=c.name)
        for c in schema.tables()[table]
        if c.required and c.default is None and not row.get(c.name)
    )
    if source:
        append_rows(folder, "sources", [source])
    try:
        append_rows(folder, table, [row])
    except InputError:
        if source and before is not None:
            path.write_bytes(before)
        raise


def _checked(grid: Grid, columns: Sequence[str], rows: Any) -> list[list[str]]:
    """The submitted rows, in the columns of the table; InputError if they do not fit."""
    is_table = (
        isinstance(rows, list)
        and sorted(map(str, columns)) == sorted(grid.columns)
        and len(columns) <= MOST_COLUMNS
        and len(rows) <= MOST_ROWS
        and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
        and all(isinstance(cell, str) and len(cell) <= MOST_LETTERS for row in rows for cell in row)
    )
    if not is_table:
        expected = f"the columns of {grid.table} and at most {MOST_ROWS:,} rows of texts"
        raise InputError(Mistake(grid.file, "no table", expected))
    order = [columns.index(name) for name in grid.columns]
    kept = [[" ".join(row[i].split()) for i in order] for row in rows]
    kept = [row for row in kept if any(row)]
    refuse(
        Mistake(grid.file, f"the formula {quoted(cell)}", "its value", column=name)
        for row in kept
        for name, cell in zip(grid.columns, row, strict=True)
        if cell.startswith(("=", "@"))
    )
    return kept


def _width(path: Path) -> int:
    """Number of columns in the header of a file; 0 without a file."""
    lines = without_remarks(read_rows(path, path.name)) if path.is_file() else []
    return len(lines[0].cells) if lines else 0


def _stamp(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _content(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / HEADER).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(Mistake(HEADER, "no TOML file", str(error))) from None


def _read_header(folder: Path, table: str) -> Grid:
    content = _content(folder)
    if table == SETTINGS:
        both = content | content.get("run", {})
        rows = [[name, _text(both.get(name)), about] for name, about in _ABOUT.items()]
        columns = ["setting", "value", "meaning"]
    else:
        columns = ["name", *RECORD_KEYS]
        given = content.get("parameters", {})
        entries = flattened(given) if isinstance(given, dict) else {}
        records = {n: v if isinstance(v, dict) else {"value": v} for n, v in entries.items()}
        rows = [[n, *(_text(v.get(part)) for part in RECORD_KEYS)] for n, v in records.items()]
    return Grid(table, columns, rows, list(range(len(rows))), _stamp(folder / HEADER))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _typed(name: str, text: str) -> Any:
    """A cell as a value for a TOML file; unchanged if it is not of the kind of its key."""
    if name in ("start", "end", "reference"):
        with suppress(ValueError):
            return date.fromisoformat(text)
    number = as_number(text) if name in (*RUN_KEYS, "value", "low", "high") else None
    if number is None:
        return text
    return int(number) if number == int(number) and "." not in text else number


def _put_settings(content: dict[str, Any], rows: list[list[str]]) -> None:
    run = content.setdefault("run", {})
    for name, text, *_ in rows:
        home = run if name in RUN_KEYS else content
        if text and name in _ABOUT:
            home[name] = _typed(name, text)
        elif name in _ABOUT:
            home.pop(name, None)


def _put_parameters(content: dict[str, Any], rows: list[list[str]]) -> None:
    content["parameters"] = {
        name: {k: _typed(k, text) for k, text in zip(RECORD_KEYS, cells, strict=True) if text}
        for name, *cells in rows
    }
