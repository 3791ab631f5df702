"""Reduce a scenario to what was known as of a day (docs/how-to/replay-as-of.md).

The result is an ordinary patch, computed from the tables after all other patches. It removes what
became known later, and sources that no row cites any more; clears ends announced later, because
nobody knew of them; and extends levels of ordinary travellers to the next known one, because the
next row may not have been known yet. What a variant or a setting adds, dates (see CHOSEN) or sets
is kept, because a what-if may concern something unannounced.

Two folders that differ only in later rows are identical as of that day, bit for bit.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from emigre import schema
from emigre.errors import Mistake
from emigre.scenario import arguments
from emigre.scenario.disclosure_dates import day_known, end_known
from emigre.scenario.header import FILE, Header
from emigre.scenario.model import Patch
from emigre.scenario.parsers import A_DATE_IN_YEARS, in_years
from emigre.scenario.tables import TypedTable, row_keys

CHOSEN: Mapping[str, tuple[str, ...]] = {
    "rules": ("announced", "effective_from", "expected_from"),
    "pressures": ("announced", "onset"),
    "traffic": ("published", "from"),
    "departures": ("date", "persons"),
    "observations": ("published",),
    "claims": ("said_on",),
}
"""Dated tables, with the cells by which a patch keeps a row."""

ENDS = {"rules": "effective_to", "pressures": "ends"}
"""Columns of ends that have their own announcement date."""


def parse_as_of(given: date | str | None, header: Header, mistakes: list[Mistake]) -> date | None:
    """Validate the as-of day; None if not given or (with a mistake) invalid."""
    day = arguments.day("--as-of", given, mistakes)
    if day is None:
        return None
    expected, hint = "", ""
    if not in_years(day):
        expected = A_DATE_IN_YEARS
    elif header.start is not None and day < header.start:
        expected = f"a date on or after the start of the scenario, {header.start}"
        hint = "undated rows are known before the start"
    if expected:
        mistakes.append(Mistake("--as-of", str(day), expected, hint))
    return day


def patch_as_of(tables: Mapping[str, TypedTable], zone: str, day: date) -> Patch:
    """Patch that reduces valid tables, other patches applied, to what was known on a day."""
    cut = _Cut(tables, zone, day)
    for table in CHOSEN:
        cut.remove_later_rows(table)
    for table, column in ENDS.items():
        cut.open_later_ends(table, column)
    cut.hold_levels()
    cut.forget_replaced()
    cut.remove_sources_not_named()
    return Patch(
        name=f"as-of-{day}",
        title=f"As of {day}",
        set=cut.sets,
        remove={table: tuple(keys) for table, keys in cut.removed.items() if keys},
        file="--as-of",
    )


@dataclass(slots=True)
class _Cut:
    """Builder of the patch: rows kept by table, keys to remove, cells to set."""

    tables: Mapping[str, TypedTable]
    zone: str
    day: date
    kept: dict[str, list[int]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)

    def remove_later_rows(self, table: str) -> None:
        """Remove rows that became known later, unless a patch keeps them."""
        typed, known = self.tables[table], self._known(table)
        keys = row_keys(typed.sheet)
        kept, removed = self.kept.setdefault(table, []), self.removed.setdefault(table, [])
        for row in range(typed.n_rows):
            if self._is_later(known(row)) and not is_chosen(typed, row, *CHOSEN[table]):
                removed.append(keys[row])
            else:
                kept.append(row)

    def open_later_ends(self, table: str, column: str) -> None:
        """Clear ends announced later in the remaining rows."""
        typed = self.tables[table]
        for row in self.kept[table]:
            cells = {name: values[row] for name, values in typed.values.items()}
            known = (
                end_known(cells, self.zone)
                if table == "rules"
                else day_known(cells["end_announced"], cells[column], self.zone)
            )
            if not self._is_later(known):
                continue
            if not is_chosen(typed, row, column, "end_announced"):
                self._set(table, row, column, "")
                self._set(table, row, "end_announced", "")

    def hold_levels(self) -> None:
        """Extend every known traffic level until the next known one."""
        typed = self.tables["traffic"]
        names = list(typed.rows("crossing", "nationality", "document"))
        streams: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for row in self.kept["traffic"]:
            streams[names[row]].append(row)
        for rows in streams.values():
            for row, until in held_until(typed, rows).items():
                if not is_chosen(typed, row, "to"):
                    self._set("traffic", row, "to", "" if until is None else str(until))

    def forget_replaced(self) -> None:
        """Clear ``replaces`` of kept figures whose predecessor was not known yet."""
        typed, removed = self.tables["observations"], set(self.removed["observations"])
        for row in self.kept["observations"]:
            if typed["replaces"][row] in removed:
                self._set("observations", row, "replaces", "")

    def remove_sources_not_named(self) -> None:
        """Remove sources that no remaining row cites."""
        named: set[str] = set()
        for table, typed in self.tables.items():
            rows = self.kept.get(table, range(typed.n_rows))
            for column in schema.tables()[table]:
                if column.kind == "ref" and column.refers_to == "sources":
                    named.update(typed[column.name][row] for row in rows)
        sources = self.tables["sources"]
        self.removed["sources"] = [
            name
            for row, name in enumerate(sources["id"])
            if name not in named and not is_chosen(sources, row)
        ]

    def _known(self, table: str) -> Callable[[int], date | None]:
        """A function that returns the day on which a row became known."""
        typed = self.tables[table]
        if table == "rules":
            starts = typed["effective_from"]
            return lambda row: day_known(typed["announced"][row], starts[row], self.zone)
        if table == "pressures":
            return lambda row: typed["announced"][row] or typed["onset"][row]
        if table == "traffic":
            sources = self.tables["sources"]
            dates = dict(sources.rows("id", "published"))
            return lambda row: (
                typed["published"][row] or dates[typed["source"][row]] or typed["from"][row]
            )
        column = CHOSEN[table][0]
        return lambda row: typed[column][row]

    def _is_later(self, known: date | None) -> bool:
        return known is not None and known > self.day

    def _set(self, table: str, row: int, column: str, text: str) -> None:
        typed = self.tables[table]
        if typed.text(row, column) != text:
            self.sets[f"{table}.{typed['id'][row]}.{column}"] = text


def is_chosen(typed: TypedTable, row: int, *columns: str) -> bool:
    """Whether a patch added a row or set one of these cells."""
    sheet = typed.sheet
    locations = (sheet.cell_locations.get((row, column)) for column in columns)
    # Cell values in scenario.toml belong to the folder and are not part of a what-if.
    return row in sheet.row_locations or any(s is not None and s.file != FILE for s in locations)


def held_until(typed: TypedTable, rows: list[int]) -> dict[int, date | None]:
    """Rows followed by a gap, with the next first day; None: the level extends to the end."""
    held: dict[int, date | None] = {}
    last: list[int] = []  # rows with the latest end so far
    until = date.min
    for row in sorted(rows, key=lambda row: typed["from"][row] or date.min):
        first, end = typed["from"][row] or date.min, typed["to"][row] or date.max
        if last and first > until:
            held |= dict.fromkeys(last, first)
        if not last or end > until:
            last, until = [row], end
        elif end == until:
            last.append(row)
    if until < date.max:
        held |= dict.fromkeys(last, None)
    return held
