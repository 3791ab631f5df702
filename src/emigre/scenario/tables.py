"""Typed tables: parsed cells with defaults filled in.

An invalid cell is reported once, becomes None and is marked as bad, so that later checks skip it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from emigre import schema
from emigre.errors import Mistake
from emigre.rules.matching import ALL
from emigre.scenario.csv_files import Sheet
from emigre.scenario.parsers import CellError, expectation, listed, nearest, parser, quoted

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
Row = dict[str, Any]
"""Typed values of one row by column."""

KEYS: dict[str, tuple[str, ...]] = {
    "areas": ("area", "place"),
    "attractions": ("place", "who"),
    "composition": ("origin", "attribute", "value"),
    "departures": ("origin", "date"),
    "diaspora": ("country", "nationality"),
    "jobs": ("place", "who"),
    "legs": ("from", "to", "mode"),
    "present": ("place", "origin"),
}
"""Key columns of tables without an id, joined by ``/`` in a key."""


NOTHING = frozenset(
    {
        "-",
        "\N{EN DASH}",
        "?",
        "n/a",
        "na",
        "none",
        "null",
        "nan",
        "unknown",
        "no limit",
        "unlimited",
    }
)
"""Texts of cells without a value, which are empty in these tables."""
MOST_HINTS = 50
"""Most distinct invalid values of a column for which similar words are suggested."""


def key_columns(table: str) -> tuple[str, ...]:
    """The key columns of a table."""
    if table in KEYS:
        return KEYS[table]
    name = schema.id_column(table)
    return (name,) if name else ()


def split_name(name: str) -> tuple[str, str, str]:
    """Table, row key and column of TABLE.ID.COLUMN; those that are missing are empty."""
    table, _, rest = name.partition(".")
    key, _, column = rest.rpartition(".")
    return table, key, column


def row_keys(sheet: Sheet) -> list[str]:
    """The key of every row as used in patches: the id, or the key cells joined by ``/``."""
    columns = [sheet.cells[c] for c in key_columns(sheet.table)]
    return ["/".join(cells) for cells in zip(*columns, strict=True)]


@dataclass(slots=True)
class TypedTable:
    """Parsed values by column; ``bad`` are the rows whose cell is already in ``mistakes``.

    ``assumed`` says which empty cells were filled with an assumption.
    """

    sheet: Sheet
    values: dict[str, list[Any]]
    mistakes: list[Mistake]
    bad: dict[str, set[int]] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)

    def __getitem__(self, column: str) -> list[Any]:
        return self.values[column]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.sheet.n_rows

    @property
    def is_whole(self) -> bool:
        """Whether every row and every required column could be read."""
        return not self.sheet.damaged and not self.sheet.absent

    def is_good(self, row: int, *columns: str) -> bool:
        """Whether none of these cells has a mistake."""
        return all(row not in self.bad.get(c, ()) and c not in self.sheet.absent for c in columns)

    def is_clean(self, *columns: str) -> bool:
        """Whether the table is whole and none of these columns has a mistake."""
        return self.is_whole and not any(self.bad.get(c) for c in columns)

    def text(self, row: int, column: str) -> str:
        """The original text of a cell."""
        return self.sheet.cells[column][row]

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Values of these columns, row by row."""
        return zip(*(self.values[c] for c in columns), strict=True)

    def filled(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Row and values of each row in which all of these cells are good and none is empty."""
        if not self.sheet.absent.isdisjoint(columns):
            return
        bad = set().union(*(self.bad.get(c, ()) for c in columns))
        for row, values in enumerate(self.rows(*columns)):
            if None not in values and row not in bad:
                yield row, *values

    def require(self, row: int, column: str, why: str) -> None:
        """Report a cell that must not be empty."""
        if self[column][row] is None and self.is_good(row, column):
            words = expectation(schema.columns(self.sheet.table)[column])
            self.report(row, column, f"{words} {why}")

    def require_empty(self, row: int, column: str, why: str = "", *, hint: str = "") -> None:
        """Report a cell that must be empty."""
        if self[column][row] is not None and self.is_good(row, column):
            self.report(row, column, f"an empty cell {why}".rstrip(), hint=hint)

    def report(
        self, row: int, column: str, expected: str, *, found: str = "", hint: str = ""
    ) -> None:
        """Report one cell and mark it as bad."""
        if not found:
            text = self.text(row, column)
            found = quoted(text) if text else "an empty cell"
        self.mistakes.append(self.sheet.mistake(row, column, found, expected, hint))
        self.bad.setdefault(column, set()).add(row)


def type_table(sheet: Sheet, zone: str, mistakes: list[Mistake]) -> TypedTable:
    """Every cell of a sheet as a value of its column's type (shape: one list per column)."""
    typed = TypedTable(sheet, {}, mistakes)
    for column in schema.tables()[sheet.table]:
        if column.name in sheet.absent:
            typed.values[column.name] = [None] * sheet.n_rows
        else:
            typed.values[column.name] = _type_column(typed, column, zone)
    return typed


def _type_column(typed: TypedTable, column: schema.Column, zone: str) -> list[Any]:
    """Parse each distinct text once."""
    texts = typed.sheet.cells[column.name]
    parse = parser(column, zone)
    meaning: dict[str, Any] = {}
    wrong: dict[str, CellError] = {}
    for text in set(texts):
        try:
            meaning[text] = _empty(column, zone) if text == "" else parse(text)
        except CellError as error:
            meaning[text] = None
            wrong[text] = error
    if wrong:
        for row, text in enumerate(texts):
            if text in wrong:
                why = wrong[text]
                is_nothing = text.casefold() in NOTHING and not column.required
                hint = why.hint or ("an empty cell?" if is_nothing else "")
                typed.report(row, column.name, why.expected, hint=hint)
    return [meaning[text] for text in texts]


def _empty(column: schema.Column, zone: str) -> Any:
    if column.required:
        raise CellError(expectation(column))
    return None if column.default is None else parser(column, zone)(column.default)


def check_keys(typed: TypedTable) -> None:
    """Row keys of a table are unique."""
    columns = key_columns(typed.sheet.table)
    first: dict[tuple[Any, ...], int] = {}
    keys = list(typed.rows(*columns))
    for row, key in enumerate(keys if len(set(keys)) < len(keys) else ()):
        if not typed.is_good(row, *columns):
            continue
        if key not in first:
            first[key] = row
            continue
        location = typed.sheet.location(first[key], columns[0])
        hint = f"the first is in {location}"
        if len(columns) == 1:
            typed.report(row, columns[0], "a unique id", hint=hint)
        else:
            found = quoted("/".join(str(k) for k in key))
            expected = f"one row for each {', '.join(columns)}"
            mistake = typed.sheet.mistake(row, "", f"duplicate {found}", expected, hint)
            typed.mistakes.append(mistake)


def check_refs(tables: dict[str, TypedTable]) -> None:
    """References to rows, places and areas exist."""
    addresses = {*tables["places"]["id"], *tables["areas"]["area"], "*"}
    addresses_are_whole = tables["places"].is_clean("id") and tables["areas"].is_clean("area")
    legs = set(row_keys(tables["legs"].sheet))
    for name, typed in tables.items():
        for column in schema.tables()[name]:
            if column.kind == "ref":
                other = tables[column.refers_to]
                key = key_columns(column.refers_to)[0]
                if other.is_clean(key):
                    areas = set(tables["areas"]["area"]) - set(other[key])
                    _check_known(typed, column, set(other[key]), areas)
            elif column.kind == "place" and addresses_are_whole:
                known = addresses | legs if name == "rules" else addresses
                _check_known(typed, column, known)


def _check_known(
    typed: TypedTable, column: schema.Column, known: set[Any], areas: Collection[str] = ()
) -> None:
    wrong = {v for v in typed[column.name] if v is not None and v not in known}
    hints: dict[str, str] = {}
    for row, value in enumerate(typed[column.name]):
        if value not in wrong:
            continue
        if value not in hints:
            # Finding similar words is slow, so a column that is wrong throughout gets no further
            # hints.
            hints[value] = _hint(value, known, areas) if len(hints) < MOST_HINTS else ""
        typed.report(row, column.name, expectation(column), hint=hints[value])


def _hint(value: str, known: set[Any], areas: Collection[str]) -> str:
    if value in areas:
        return f"{value} is an area"
    if len(known) > 12:
        return nearest(value, known)
    return nearest(value, known) or f"known: {listed(sorted(known - {'*'})) or 'none'}"


def frame(typed: TypedTable) -> pl.DataFrame:
    """The table as a frame with the schema's types, in the order of rows and columns."""
    import polars as pl

    kinds: dict[str, Any] = {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "date": pl.Date(),
        "instant": pl.Datetime("us", "UTC"),
        "yes_no": pl.Boolean(),
    }
    return pl.DataFrame(
        [
            pl.Series(c.name, typed[c.name], dtype=kinds.get(c.kind, pl.String()))
            for c in schema.tables()[typed.sheet.table]
        ]
    )


@dataclass
class ScenarioTables:
    """All tables of a scenario, its header, its first and last day, and all mistakes.

    ``read`` are the names of the tables that have been read.
    """

    by_name: Mapping[str, TypedTable]
    zone: str
    nationality: str | None
    nationality_line: int | None
    mistakes: list[Mistake]
    days: tuple[date | None, date | None] = (None, None)
    read: set[str] = field(default_factory=set)
    _products: dict[Callable[[TypedTable], Any], Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> TypedTable:
        self.read.add(name)
        return self.by_name[name]

    def each(self) -> Iterator[TypedTable]:
        """All tables."""
        return (self[name] for name in self.by_name)

    def _once(self, name: str, make: Callable[[TypedTable], T]) -> T:
        """A product of a table, computed once."""
        table = self[name]
        if make not in self._products:
            self._products[make] = make(table)
        product: T = self._products[make]
        return product

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of a scenario whose header is valid."""
        start, end = self.days
        assert start is not None
        assert end is not None
        return start, end

    def places_of(self, address: str | None) -> set[str]:
        """Places of an address: itself, or those of an area; ``*`` is unchanged."""
        return {ALL} if address is None else set(self.members.get(address, [address]))

    @property
    def kinds_of_places(self) -> dict[str, str]:
        """Kind of every place by id."""
        return self._once("places", _kinds_of_places)

    @property
    def origins(self) -> dict[str, int]:
        """Population of every origin."""
        return self._once("places", _origins)

    @property
    def legs(self) -> set[str]:
        """Keys of all legs."""
        return self._once("legs", _leg_keys)

    @property
    def members(self) -> dict[str, list[str]]:
        """Places of every area."""
        return self._once("areas", _members)


def _kinds_of_places(places: TypedTable) -> dict[str, str]:
    rows = places.rows("id", "kind")
    return {place: kind for place, kind in rows if place is not None and kind}


def _origins(places: TypedTable) -> dict[str, int]:
    rows = places.rows("id", "kind", "population")
    return {place: people or 0 for place, kind, people in rows if kind == "origin"}


def _leg_keys(legs: TypedTable) -> set[str]:
    return set(row_keys(legs.sheet))


def _members(areas: TypedTable) -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for area, place in areas.rows("area", "place"):
        if area is not None and place is not None:
            places[area].append(place)
    return places
