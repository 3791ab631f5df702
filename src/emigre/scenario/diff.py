"""Differences between two scenarios as small patches, and the scenarios in between.

A change is a changed parameter, a changed, removed or added row, another order of rows, or a
changed description of a parameter. Each is written as a Patch. Scenarios between A
and B are built from A's texts with the usual checks; with all changes applied the content equals B
row by row. No simulated number depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from emigre import schema
from emigre.errors import InputError, Mistake, refuse
from emigre.scenario.checks import CHECKS
from emigre.scenario.csv_files import Sheet, SourceLocation, empty_sheet
from emigre.scenario.drafts import (
    Draft,
    build,
    entry_of,
    header_of,
    in_order,
    kinds_in,
    resolve,
    sheet_of,
)
from emigre.scenario.edits import by_key
from emigre.scenario.header import FILE, Entry
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parsers import plain
from emigre.scenario.patch import apply_patch
from emigre.scenario.tables import ScenarioTables, row_keys

SET, ADDED, REMOVED, ORDER, DESCRIBED = "set", "added", "removed", "order", "described"

INERT_TABLES = frozenset({"claims", "observations", "sources"})
"""Tables that no simulated number depends on."""

INERT_COLUMNS = frozenset({"basis", "source", "note", "name", "published"})
"""Columns that no simulated number depends on."""

COORDINATES = frozenset({"lat", "lon"})
"""Columns that matter only if great circles are used (see :func:`inert_columns`)."""

_MUST_AGREE = ("start", "reference", "zone", "nationality")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between A and B, with the patch that turns A's part into B's.

    ``how`` is set, added, removed, order (the rows of ``table`` are in another order) or described
    (another description or range, same value). ``table`` is empty for a parameter; ``key`` is
    the row's key, or the parameter's name. ``before`` and ``after`` map columns to texts: those
    that differ for a changed row, all of them for a row that is added or removed; a parameter has
    the column ``value``. ``row`` holds all cells of the row (B's if it is there, else A's).
    ``inert`` names the columns that no simulated number depends on.
    """

    how: str
    table: str
    key: str
    patch: Patch
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    row: Mapping[str, str] = field(default_factory=dict)
    inert: frozenset[str] = INERT_COLUMNS

    @property
    def name(self) -> str:
        """TABLE.KEY, or the parameter's name."""
        return f"{self.table}.{self.key}" if self.table and self.key else self.table or self.key

    @property
    def is_inert(self) -> bool:
        """Whether no simulated number can depend on the change."""
        if self.how in (DESCRIBED, ORDER) or self.table in INERT_TABLES:
            return True
        return self.how == SET and bool(self.table) and set(self.after) <= self.inert


def inert_columns(*scenarios: Scenario) -> frozenset[str]:
    """Columns that no simulated number of these scenarios depends on.

    Coordinates are included unless great circles are used in one of the scenarios or may be used in
    a parameter draw, because ``great_circle_share`` has a range above 0.
    """
    share = "great_circle_share"
    highest = max(
        value
        for s in scenarios
        for value in (
            s.parameters[share],
            *(r.high for r in s.parameter_notes if r.name == share and r.high is not None),
        )
    )
    return INERT_COLUMNS if highest > 0.0 else INERT_COLUMNS | COORDINATES


def changes(a: Scenario, b: Scenario) -> tuple[Change, ...]:
    """Every difference between the tables and parameters of two scenarios, in a fixed order.

    Names, titles and run settings are ignored: :func:`check_comparable` checks what
    must agree. Parameters come first, then tables and rows in B's order.
    """
    return Between(a, b).changes


def check_comparable(a: Scenario, b: Scenario, name: str = "B") -> None:
    """InputError if first day, zone or nationality differ, as this cannot be attributed."""
    mistakes = [
        Mistake(
            name,
            str(getattr(b, key)),
            f"{getattr(a, key)}, as in the other scenario",
            "effects of another first day, zone or nationality cannot be attributed",
            column=key,
        )
        for key in _MUST_AGREE
        if getattr(a, key) != getattr(b, key)
        and (key != "reference" or a.start == b.start)  # a different start is already reported
    ]
    refuse(mistakes)


class Between:
    """The scenarios between A and B: A with any subset of the changes.

    ``changes`` holds all differences. Start, reference, zone and nationality are A's throughout.
    """

    def __init__(self, a: Scenario, b: Scenario) -> None:
        self.a, self.b = a, b
        self._inert = inert_columns(a, b)
        self._sheets = {name: sheet_of(name, frame, a.zone) for name, frame in a.tables.items()}
        self._goal = {name: sheet_of(name, frame, b.zone) for name, frame in b.tables.items()}
        rows = [c for name in schema.tables() for c in self._of_table(name)]
        self.changes = (*_of_parameters(a, b, {c.name for c in rows}), *rows)

    def world(self, chosen: Iterable[Change]) -> Scenario:
        """A with the chosen changes; InputError if that is not a valid scenario.

        With all changes, tables and parameters equal B, and so does the hash if names and settings
        agree.
        """
        return self._built(list(chosen), self._sheets)

    def coalition(self, chosen: Iterable[Change]) -> Scenario:
        """The same for simulation only: without claims and observations, with the sources of both.

        So a row stays valid when its source, or an observation of its place, is added or removed.
        """
        sheets = dict(self._sheets)
        for table in ("claims", "observations"):
            sheets[table] = empty_sheet(table)
        sheets["sources"] = self._all_sources()
        active = [c for c in chosen if not c.is_inert]
        return self._built(active, sheets, self._checks)

    @cached_property
    def _checks(self) -> tuple[Callable[[ScenarioTables], None], ...]:
        """Consistency checks for the scenarios in between; none if a side itself fails them.

        An as-of scenario may use a document whose holders became known later.
        """
        try:
            self._built([], self._sheets)
            self._built(list(self.changes), self._sheets)
        except InputError:
            return ()
        return CHECKS

    def _built(
        self,
        chosen: list[Change],
        sheets: Mapping[str, Sheet],
        checks: tuple[Callable[[ScenarioTables], None], ...] = CHECKS,
    ) -> Scenario:
        mistakes: list[Mistake] = []
        before = sheets
        for change in chosen:
            if change.table and change.how != DESCRIBED:
                sheets, _ = apply_patch(sheets, {}, change.patch, mistakes)
        ordered = {c.table for c in chosen if c.how == ORDER}
        touched = {name for name, sheet in sheets.items() if sheet is not before[name]} | ordered
        sheets = {
            name: self._in_order(sheet, name in ordered) if name in touched else sheet
            for name, sheet in sheets.items()
        }
        draft = Draft(
            folder=self.a.folder,  # type: ignore[arg-type]
            header=header_of(self.a, self._entries(chosen, sheets)),
            sheets=dict(sheets),
            variants={},
            mistakes=[],
        )
        resolved = resolve(draft, (), mistakes, checks)
        refuse(in_order(mistakes))
        built = build(draft, resolved, (), (self.a.start, self.a.end), self.a.as_of)
        # Unchanged frames are shared, because there may be many scenarios.
        same = {n: f for n, f in self.a.tables.items() if sheets[n] is self._sheets[n]}
        # Values set by a change are fixed: parameter draws do not override them.
        applied = (*self.a.applied, *(c.patch for c in chosen))
        return replace(built, tables={**built.tables, **same}, applied=applied)

    def _of_table(self, table: str) -> list[Change]:
        old, new = (by_key(table, sheets[table].cells) for sheets in (self._sheets, self._goal))
        changes: list[Change] = []
        for key, row in new.items():
            if key not in old:
                shown = {c: text for c, text in row.items() if text}
                patch = _patch(f"{table}.{key}", add={table: (shown,)})
                changes.append(Change(ADDED, table, key, patch, {}, row, row))
            elif row != old[key]:
                after = {c: text for c, text in row.items() if text != old[key][c]}
                before = {c: old[key][c] for c in after}
                patch = _patch(
                    f"{table}.{key}", set={f"{table}.{key}.{c}": t for c, t in after.items()}
                )
                changes.append(Change(SET, table, key, patch, before, after, row, self._inert))
        for key, row in old.items():
            if key not in new:
                patch = _patch(f"{table}.{key}", remove={table: (key,)})
                changes.append(Change(REMOVED, table, key, patch, row, {}, row))
        if [k for k in old if k in new] != [k for k in new if k in old]:
            changes.append(Change(ORDER, table, "", _patch(f"order of {table}")))
        return changes

    def _in_order(self, sheet: Sheet, as_in_b: bool) -> Sheet:
        """Rows of A in order with those of B merged in, or vice versa."""
        a, b = row_keys(self._sheets[sheet.table]), row_keys(self._goal[sheet.table])
        rank = {key: i for i, key in enumerate(_merged(b, a) if as_in_b else _merged(a, b))}
        keys = row_keys(sheet)
        sheet = sheet.copy()
        sheet.keep(sorted(range(sheet.n_rows), key=lambda row: rank[keys[row]]))
        return sheet

    def _all_sources(self) -> Sheet:
        """The sources of both sides; of two that differ, the one with a note."""
        old, new = (by_key("sources", s["sources"].cells) for s in (self._sheets, self._goal))
        rows = {**new, **{k: r for k, r in old.items() if r["note"] or k not in new}}
        sheet = empty_sheet("sources")
        sheet.cells = {name: [row[name] for row in rows.values()] for name in sheet.cells}
        sheet.lines = list(range(2, len(rows) + 2))
        return sheet

    def _entries(self, chosen: Iterable[Change], sheets: Mapping[str, Sheet]) -> dict[str, Entry]:
        """Parameter records for scenario.toml, without those of missing rows."""
        records = {r.name: r for r in self.a.parameter_notes}
        goal = {r.name: r for r in self.b.parameter_notes}
        names = {c.name for c in chosen}
        values = {**self.b.parameters, **self.a.parameters}
        values |= {c.key: self.b.parameters[c.key] for c in chosen if c.how == SET and not c.table}
        for record in dict.fromkeys([*records, *goal]):
            only_b = "." not in record and record not in self.a.parameters
            if only_b or _owner(record) in names or record in names:
                records.pop(record, None)
                if record in goal:
                    records[record] = goal[record]
        kinds = kinds_in(lambda table: sheets[table].cells["kind"])
        rows = {f"{name}.{key}" for name, sheet in sheets.items() for key in row_keys(sheet)}
        model = schema.parameters()
        entries = {
            name: entry_of(record)
            for name, record in records.items()
            if (_owner(name) in rows if "." in name else name in model or name in kinds)
        }
        for name, value in values.items():
            default = model[name].default if name in model else 1.0
            if value != default and name not in entries and (name in model or name in kinds):
                entries[name] = Entry(value, SourceLocation(FILE, None, f"parameters.{name}"))
        return entries


def _of_parameters(a: Scenario, b: Scenario, rows: set[str]) -> list[Change]:
    """Changed parameters and records; ``rows`` are the changed rows of tables."""
    changes: list[Change] = []
    old_records = {r.name: r for r in a.parameter_notes}
    goal = {r.name: r for r in b.parameter_notes}
    for name in b.parameters:
        if name not in a.parameters:
            continue  # a kind of pressure on one side only keeps the scale of that side
        old, new = a.parameters[name], b.parameters[name]
        if old != new:
            patch = _patch(name, set={name: new})
            changes.append(
                Change(SET, "", name, patch, {"value": plain(old)}, {"value": plain(new)})
            )
        elif old_records.get(name) != goal.get(name):
            changes.append(Change(DESCRIBED, "", name, _patch(name)))
    changes += [
        Change(DESCRIBED, "", name, _patch(name))
        for name in dict.fromkeys([*goal, *old_records])
        if "." in name and old_records.get(name) != goal.get(name) and _owner(name) not in rows
    ]
    return changes


def _patch(name: str, **parts: Any) -> Patch:
    return Patch(name, name, **parts, file="the change")


def _owner(record: str) -> str:
    """TABLE.KEY of a record about a cell; the name itself for a parameter."""
    return record.rpartition(".")[0] or record


def _merged(first: list[str], second: list[str]) -> list[str]:
    """Merge keys: the first list, with each other key after its predecessor in the second."""
    merged = list(first)
    at = {key: i for i, key in enumerate(merged)}
    behind: dict[int, list[str]] = {}
    last = -1
    for key in second:
        if key in at:
            last = at[key]
        else:
            behind.setdefault(last, []).append(key)
    out = list(behind.get(-1, ()))
    for i, key in enumerate(merged):
        out += [key, *behind.get(i, ())]
    return out
