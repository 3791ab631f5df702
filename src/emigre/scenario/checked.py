"""Reuse of checks: common tables of two scenarios made from one draft are checked once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from emigre.errors import Mistake
from emigre.scenario.assumptions import assume
from emigre.scenario.csv_files import Sheet
from emigre.scenario.tables import ScenarioTables, TypedTable, type_table

Check = Callable[[ScenarioTables], Iterable[Mistake] | None]
"""A check, which reports mistakes or returns warnings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a check: the tables that it read, and its warnings."""

    read: frozenset[str]
    warnings: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class CheckedTables:
    """Tables without mistakes, and the outcome of every check.

    Checks depend on the tables that they read alone, so the outcome is the same as long as these
    are.
    """

    tables: Mapping[str, TypedTable] = field(default_factory=dict)
    outcomes: Mapping[Check, Outcome] = field(default_factory=dict)

    def typed(self, sheet: Sheet, zone: str, mistakes: list[Mistake]) -> TypedTable:
        """The typed table of a sheet; an unchanged one shares its values."""
        known = self.tables.get(sheet.table)
        if known is not None and known.sheet == sheet:
            return replace(known, mistakes=mistakes, bad={})
        table = type_table(sheet, zone, mistakes)
        assume(table)
        return table

    def outcome(self, check: Check, tables: ScenarioTables) -> Outcome:
        """The outcome of a check, which is run if a table that it reads has changed."""
        known = self.outcomes.get(check)
        if known is not None and all(
            tables.by_name[name].values is self.tables[name].values for name in known.read
        ):
            return known
        tables.read.clear()
        warnings = tuple(check(tables) or ())
        return Outcome(frozenset(tables.read), warnings)
