"""Differences between two scenarios, and the scenarios in between.

A change is a changed parameter, a changed, removed or added row, or a changed description of a
parameter. The order of rows does not count, because no simulated number depends on it. Scenarios
between A and B are built from the texts of their rows, with the usual checks.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from emigre import schema
from emigre.errors import Mistake, refuse
from emigre.scenario.checks import CHECKS
from emigre.scenario.csv_files import Sheet
from emigre.scenario.drafts import (
    Check,
    CheckedTables,
    Draft,
    checks_met,
    draft_of,
    header_of,
    resolve_and_build,
    sheet_of,
)
from emigre.scenario.edits import by_key
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parsers import plain
from emigre.scenario.texts import frame_texts

SET, ADDED, REMOVED, DESCRIBED = "set", "added", "removed", "described"

Rows = Mapping[str, Mapping[str, str]]
"""Texts of the cells of a table by key and column."""

INERT_TABLES = frozenset({"claims", "observations", "sources"})
"""Tables that no simulated number depends on."""

INERT_COLUMNS = frozenset({"basis", "source", "note", "name", "published"})
"""Columns that no simulated number depends on."""

COORDINATES = frozenset({"lat", "lon"})
"""Columns that matter only if great circles are used (see :func:`inert_columns`)."""

_MUST_AGREE = ("start", "reference", "zone", "nationality")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between A and B.

    ``how`` is set, added, removed or described (another description or range, same value).
    ``table`` is empty for a parameter; ``key`` is the row's key, or the parameter's name.
    ``before`` and ``after`` map columns to texts: those that differ for a changed row, all of them
    for a row that is added or removed; a parameter has the column ``value``. ``row`` holds all
    cells of the row (B's if it is there, else A's). ``inert`` names the columns that no simulated
    number depends on.
    """

    how: str
    table: str
    key: str
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    row: Mapping[str, str] = field(default_factory=dict)
    inert: frozenset[str] = INERT_COLUMNS

    @property
    def name(self) -> str:
        """TABLE.KEY, or the parameter's name."""
        return f"{self.table}.{self.key}" if self.table else self.key

    @property
    def is_inert(self) -> bool:
        """Whether no simulated number can depend on the change."""
        if self.how == DESCRIBED or self.table in INERT_TABLES:
            return True
        return self.how == SET and bool(self.table) and set(self.after) <= self.inert

    @property
    def patch(self) -> Patch:
        """The patch that turns A's part into B's."""
        parts: dict[str, Any] = {}
        if self.how == ADDED:
            parts["add"] = {self.table: ({c: text for c, text in self.row.items() if text},)}
        elif self.how == REMOVED:
            parts["remove"] = {self.table: (self.key,)}
        elif self.table:
            parts["set"] = {f"{self.name}.{c}": text for c, text in self.after.items()}
        elif self.how == SET:
            parts["set"] = {self.key: float(self.after["value"])}
        return Patch(self.name, self.name, **parts, file="the change")


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
    """Two scenarios A and B, and those between them: A with any subset of the changes.

    ``changes`` are all differences in tables and parameters, in a fixed order: parameters first,
    then rows in B's order. Names, titles and run settings are ignored, and those of A kept:
    :func:`check_comparable` checks what must agree.
    """

    def __init__(self, a: Scenario, b: Scenario) -> None:
        self.a, self.b = a, b
        self._old, self._new = _rows(a), _rows(b)
        inert = inert_columns(a, b)
        rows = [c for t in schema.tables() for c in _of_table(t, self._old[t], self._new[t], inert)]
        self.changes = (*_of_parameters(a, b, {c.name for c in rows}), *rows)
        self._checked = CheckedTables()

    def coalition(self, chosen: Iterable[Change]) -> Scenario:
        """A with the chosen changes, for simulation; InputError if that is not a valid scenario.

        It has no claims and observations, and the sources of both. So a row stays valid when its
        source, or an observation of its place, is added or removed.
        """
        active = [change for change in chosen if not change.is_inert]
        tables = self._old | {"claims": {}, "observations": {}, "sources": self._sources}
        for table in {change.table for change in active if change.table}:
            keys = {change.key for change in active if change.table == table}
            tables[table] = self._merged(table, keys)
        draft = Draft(
            folder=self.a.folder,  # type: ignore[arg-type]
            header=header_of(self.a, {}),
            sheets={name: _sheet(name, rows) for name, rows in tables.items()},
            applied=self.a.applied,
            as_of=self.a.as_of,
            checked=self._checked,
        )
        built = resolve_and_build(draft, checks=self._checks)
        self._checked = draft.checked
        parameters = {c.key: self.b.parameters[c.key] for c in active if not c.table}
        values = {**self.b.parameters, **self.a.parameters, **parameters}
        return replace(
            built,
            parameters={name: values[name] for name in built.parameters},
            # Unchanged frames are shared, because there may be many scenarios.
            tables={
                **built.tables,
                **{name: f for name, f in self.a.tables.items() if tables[name] is self._old[name]},
            },
            # Values set by a change are fixed: parameter draws do not override them.
            applied=(*built.applied, *(change.patch for change in active)),
        )

    @cached_property
    def _checks(self) -> Sequence[Check]:
        """Checks of the scenarios in between; none if a side itself (as of a day) fails them."""
        are_met = all(checks_met(draft_of(side)) for side in (self.a, self.b))
        return CHECKS if are_met else ()

    def _merged(self, table: str, chosen: Collection[str]) -> Rows:
        """Rows of A, those chosen as in B; in B's order, then those of A alone."""
        old, new = self._old[table], self._new[table]
        sides = ((key, new if key in chosen else old) for key in {**new, **old})
        return {key: side[key] for key, side in sides if key in side}

    @cached_property
    def _sources(self) -> Rows:
        """The sources of both sides; of two that differ, the one with a note."""
        old, new = self._old["sources"], self._new["sources"]
        return {**new, **{k: row for k, row in old.items() if row["note"] or k not in new}}


def _rows(scenario: Scenario) -> dict[str, Rows]:
    """The rows of every table."""
    return {
        name: by_key(name, frame_texts(frame, scenario.zone))
        for name, frame in scenario.tables.items()
    }


def _sheet(table: str, rows: Rows) -> Sheet:
    names = schema.columns(table)
    return sheet_of(table, {name: [row[name] for row in rows.values()] for name in names})


def _of_table(table: str, old: Rows, new: Rows, inert: frozenset[str]) -> Iterator[Change]:
    """Changed rows of a table."""
    for key, row in new.items():
        if key not in old:
            yield Change(ADDED, table, key, {}, row, row)
        elif row != old[key]:
            after = {c: text for c, text in row.items() if text != old[key][c]}
            yield Change(SET, table, key, {c: old[key][c] for c in after}, after, row, inert)
    for key, row in old.items():
        if key not in new:
            yield Change(REMOVED, table, key, row, {}, row)


def _of_parameters(a: Scenario, b: Scenario, rows: set[str]) -> Iterator[Change]:
    """Changed parameters and records; ``rows`` are the changed rows of tables."""
    old, new = ({r.name: r for r in side.parameter_notes} for side in (a, b))
    for name, value in b.parameters.items():
        # A kind of pressure on one side only keeps the scale of that side.
        before = a.parameters.get(name, value)
        if before != value:
            yield Change(SET, "", name, {"value": plain(before)}, {"value": plain(value)})
        elif name in a.parameters and old.get(name) != new.get(name):
            yield Change(DESCRIBED, "", name)
    for name in dict.fromkeys([*new, *old]):
        is_cell = "." in name and name.rpartition(".")[0] not in rows
        if is_cell and old.get(name) != new.get(name):
            yield Change(DESCRIBED, "", name)
