"""Drafts: scenarios as text before they are checked, and the scenarios built from them.

A draft comes from a folder (loader.py) or from a scenario whose values are changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from emigre import schema
from emigre.errors import Mistake, refuse
from emigre.scenario.assumptions import assume
from emigre.scenario.cells import NUMERIC
from emigre.scenario.checks import CHECKS
from emigre.scenario.checks.sizes import check_scale, warn_scale
from emigre.scenario.csv_files import Sheet, SourceLocation, doubts_about_file
from emigre.scenario.cumulative import differenced
from emigre.scenario.header import FILE, Entry, Header, elsewhere
from emigre.scenario.model import HEADER_KEYS, RUN_KEYS, ParameterRecord, Patch, Scenario
from emigre.scenario.parsers import bounds_words, listed, nearest, outside, plain, quoted
from emigre.scenario.patch import added_key, apply_patch, find_cell, setting_hint
from emigre.scenario.tables import (
    ScenarioTables,
    TypedTable,
    check_keys,
    check_refs,
    frame,
    row_keys,
    type_table,
)
from emigre.scenario.texts import frame_texts
from emigre.scenario.warnings import WARNINGS, warn_overridden

PARAMETERS_KNOWN = (
    "a parameter of the model, pressure_KIND, half_life_KIND, steepness_KIND, travel_KIND"
    " or TABLE.ID.COLUMN"
)


Check = Callable[[ScenarioTables], Iterable[Mistake] | None]
"""A check, which reports mistakes or returns warnings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a check: the tables that it read, and its warnings."""

    read: frozenset[str]
    warnings: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class CheckedTables:
    """Tables without mistakes, and the outcome of every check, which depends on what it read alone.

    Tables that two scenarios made from one draft have in common are checked once.
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


@dataclass(slots=True)
class Draft:
    """A folder as read, or a scenario to change: texts with their locations.

    ``checked`` are the first of its tables, with or without patches, that passed all checks.
    """

    folder: Path
    header: Header
    sheets: dict[str, Sheet]
    variants: dict[str, Patch] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    applied: tuple[Patch, ...] = ()
    as_of: date | None = None
    assumed: tuple[str, ...] = ()
    checked: CheckedTables = field(default_factory=CheckedTables)


@dataclass(slots=True)
class Resolved:
    """Tables and parameters after patches and checks; valid only without mistakes."""

    typed: dict[str, TypedTable]
    parameters: dict[str, float]
    records: tuple[ParameterRecord, ...]
    warnings: tuple[Mistake, ...] = ()

    @property
    def assumed(self) -> tuple[str, ...]:
        """Values assumed for empty cells, as sentences."""
        return tuple(words for table in self.typed.values() for words in table.assumed)


def resolve(
    draft: Draft,
    patches: Iterable[Patch],
    mistakes: list[Mistake],
    checks: Sequence[Check] = CHECKS,
) -> Resolved:
    """Apply patches and check everything; mistakes are added to the list."""
    patches = tuple(patches)
    sheets: Mapping[str, Sheet] = draft.sheets
    entries: Mapping[str, Entry] = draft.header.entries
    sheets = _with_cell_entries(sheets, entries, mistakes)
    for patch in patches:
        sheets, entries = apply_patch(sheets, entries, patch, mistakes)
    former_kinds = kinds_in(lambda table: draft.sheets[table].cells["kind"])
    zone = draft.header.zone or "UTC"
    before = draft.checked
    typed = {name: before.typed(sheet, zone, mistakes) for name, sheet in sheets.items()}
    for table in typed.values():
        check_keys(table)
    check_refs(typed)
    header = draft.header
    line, days = header.lines.get("nationality"), (header.start, header.end)
    tables = ScenarioTables(typed, zone, header.nationality, line, mistakes, days)
    outcomes = {check: before.outcome(check, tables) for check in checks}
    parameters = _parameters(typed, entries, former_kinds, mistakes)
    records = _records(typed, entries, parameters, mistakes)
    people = sum(filter(None, typed["places"]["population"]))
    location = SourceLocation(FILE, header.lines.get("run.scale"), "run.scale")
    if checks and not mistakes:
        mistakes += check_scale(people, header.run["scale"], location)
    if mistakes or not checks:
        return Resolved(typed, parameters, records)
    outcomes |= {check: before.outcome(check, tables) for check in WARNINGS}
    if not before.tables:
        draft.checked = CheckedTables(typed, outcomes)
    warnings = [doubt for sheet in sheets.values() for doubt in doubts_about_file(sheet)]
    warnings += (warning for check in WARNINGS for warning in outcomes[check].warnings)
    warnings += warn_overridden(patches)
    warnings += warn_scale(people, header.run["scale"], location)
    return Resolved(typed, parameters, records, tuple(warnings))


def _with_cell_entries(
    sheets: Mapping[str, Sheet], entries: Mapping[str, Entry], mistakes: list[Mistake]
) -> dict[str, Sheet]:
    """Apply cell values of scenario.toml to the tables, before any patch."""
    changed = dict(sheets)
    for name, entry in entries.items():
        if "." not in name:
            continue
        target = find_cell(changed, name, entry.location, mistakes)
        if target is None:
            continue
        table, rows, column = target
        if schema.columns(table)[column].kind not in NUMERIC:
            mistakes.append(entry.location.mistake(quoted(column), "a numeric cell"))
        elif entry.value is not None:
            changed[table] = changed[table].copy()
            for row in rows:
                changed[table].cells[column][row] = plain(entry.value)
                changed[table].cell_locations[row, column] = entry.location
    return changed


def _parameters(
    typed: Mapping[str, TypedTable],
    entries: Mapping[str, Entry],
    former_kinds: set[str],
    mistakes: list[Mistake],
) -> dict[str, float]:
    """Values of all parameters, also of kinds; those of kinds that a patch removes are ignored."""
    specs = schema.parameters()
    _refuse_names_taken(typed, mistakes)
    values = {name: spec.default for name, spec in specs.items()}
    bounds = {name: (spec.low, spec.high) for name, spec in specs.items()}
    for name in sorted(kinds_in(lambda table: typed[table]["kind"])):
        spec = schema.parameters_of_kinds()[schema.beginning_of(name)]
        values[name], bounds[name] = spec.default, (spec.low, spec.high)
    for name, entry in entries.items():
        if "." in name:  # a cell
            continue
        if name not in values:
            if name not in former_kinds:
                mistakes += _unknown_parameter(name, entry, typed, values)
            continue
        mistakes += _outside_bounds(entry, *bounds[name])
        if entry.value is not None:
            values[name] = entry.value
    return values


def _unknown_parameter(
    name: str, entry: Entry, typed: Mapping[str, TypedTable], known: Iterable[str]
) -> Iterator[Mistake]:
    """The mistake of a name that no parameter has; none if a mistake in the table explains it."""
    expected, hint = PARAMETERS_KNOWN, nearest(name, known)
    if beginning := schema.beginning_of(name):
        table = typed[schema.parameters_of_kinds()[beginning].process]
        if not table.is_clean("kind"):
            return
        # The typo may be in the table as well as in the name.
        expected = f"{beginning}KIND with a kind of {table.sheet.table}.csv"
        hint = f"{hint} known kinds: {_kinds_with_lines(table)}".strip()
    else:
        hint = (elsewhere if entry.location.file == FILE else setting_hint)(name) or hint
    yield entry.location.mistake(quoted(name), expected, hint)


def _outside_bounds(entry: Entry, low: float | None, high: float | None) -> Iterator[Mistake]:
    """A mistake for each number of an entry that is outside the bounds of its parameter."""
    for end in ("value", "low", "high"):
        number, location = getattr(entry, end), entry.location
        if number is not None and outside(number, low, high):
            if entry.is_record and location.file == FILE:
                location = replace(location, column=f"{location.column}.{end}")
            yield location.mistake(plain(number), bounds_words("a number", low, high))


def _refuse_names_taken(typed: Mapping[str, TypedTable], mistakes: list[Mistake]) -> None:
    """Refuse kinds whose parameter would have the name of one of the model."""
    for beginning, spec in schema.parameters_of_kinds().items():
        table = typed[spec.process]
        for row, kind in enumerate(table["kind"]):
            if kind and beginning + kind in schema.parameters():
                expected = f"another kind: {beginning}{kind} is a parameter of the model"
                location = table.sheet.location(row, "kind")
                mistakes.append(location.mistake(quoted(kind), expected))


def kinds_in(column: Callable[[str], Iterable[str | None]]) -> set[str]:
    """Names of the parameters of all kinds; ``column`` gives the kinds in a table."""
    return {
        beginning + kind
        for beginning, spec in schema.parameters_of_kinds().items()
        for kind in column(spec.process)
        if kind and schema.beginning_of(beginning + kind)
    }


def _kinds_with_lines(table: TypedTable) -> str:
    """The kinds in a table with the line of their first row."""
    first: dict[str, str] = {}
    for row, kind in enumerate(table["kind"]):
        if kind is not None and kind not in first:
            line = table.sheet.location(row, "kind").line
            first[kind] = quoted(kind).strip('"') + (f" (line {line})" if line else "")
    return listed(first.values()) or "none"


def kind_of(name: str) -> str | None:
    """KIND of pressure_KIND, travel_KIND and so on; None for other names."""
    beginning = schema.beginning_of(name)
    return name.removeprefix(beginning) if beginning else None


def _records(
    typed: Mapping[str, TypedTable],
    entries: Mapping[str, Entry],
    parameters: Mapping[str, float],
    mistakes: list[Mistake],
) -> tuple[ParameterRecord, ...]:
    """Parameter records of scenario.toml, with the values after all patches."""
    if mistakes:
        return ()
    records = []
    sheets = {name: table.sheet for name, table in typed.items()}
    for name, entry in entries.items():
        value: float | None = parameters.get(name)
        if "." in name:
            # A variant may have removed the row, and then its record is dropped.
            target = find_cell(sheets, name, entry.location, [])
            cell = typed[target[0]][target[2]][target[1][0]] if target else None
            value = None if cell is None else float(cell)
            if target is None:
                continue
        elif value is None:
            continue  # of a kind that no row has
        is_ranged = entry.low is not None and entry.high is not None
        if is_ranged and (value is None or outside(value, entry.low, entry.high)):
            expected = f"{bounds_words('a number', entry.low, entry.high)} (its low and high)"
            found = "an empty cell" if value is None else plain(value)
            spec = schema.parameter(name)
            is_default = entry.value is None and spec is not None and value == spec.default
            hint = "the default, since no value is given" if is_default else ""
            mistakes.append(entry.location.mistake(found, expected, hint))
        if value is None:
            continue
        record = ParameterRecord(
            name, value, entry.low, entry.high, entry.prior, entry.basis, entry.note
        )
        records.append(record.holding(value))
    return tuple(records)


def resolve_and_build(
    draft: Draft, patches: Iterable[Patch] = (), checks: Sequence[Check] = CHECKS
) -> Scenario:
    """The scenario of a draft; InputError with every mistake."""
    mistakes = list(draft.mistakes)
    resolved = resolve(draft, patches, mistakes, checks)
    refuse(in_order(mistakes))
    return build(draft, resolved, patches)


def build(
    draft: Draft,
    resolved: Resolved,
    patches: Iterable[Patch] = (),
    days: tuple[date | None, date | None] | None = None,
    as_of: date | None = None,
) -> Scenario:
    """The scenario of a draft without mistakes; ``days`` are its own if not given."""
    header = draft.header
    start, end = days or (header.start, header.end)
    if start is None or end is None or header.id is None or header.title is None:
        raise AssertionError("a draft with mistakes was built")
    tables = {name: frame(typed) for name, typed in resolved.typed.items()}
    tables["observations"] = differenced(tables["observations"])
    return Scenario(
        id=header.id,
        title=header.title,
        purpose=header.purpose or "",
        start=start,
        end=end,
        reference=header.reference or header.start or start,
        zone=header.zone or "UTC",
        nationality=header.nationality or "",
        **header.run,
        parameters=resolved.parameters,
        parameter_notes=resolved.records,
        tables=tables,
        variants=draft.variants,
        folder=draft.folder,
        applied=(*draft.applied, *patches),
        as_of=as_of or draft.as_of,
        warnings=resolved.warnings,
        # The tables of a scenario hold the values assumed before; new rows may need others.
        assumed=tuple(dict.fromkeys((*draft.assumed, *resolved.assumed))),
        revise=revised,
    )


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Unique mistakes: scenario.toml first, then by file and line."""
    unique = dict.fromkeys(mistakes)
    return sorted(unique, key=lambda m: (m.file != FILE, "/" in m.file, m.file, m.line or 0))


def revised(scenario: Scenario, patch: Patch) -> Scenario:
    """The scenario with a patch applied; InputError with every mistake."""
    draft = draft_of(scenario)
    return resolve_and_build(draft, [patch], checks_met(draft))


def checks_met(draft: Draft) -> Sequence[Check]:
    """All checks; none for an as-of scenario that fails them, as its documents may be unknown."""
    mistakes: list[Mistake] = []
    if draft.as_of is not None:
        resolve(draft, (), mistakes)
    return () if mistakes else CHECKS


def draft_of(scenario: Scenario) -> Draft:
    """A scenario as a draft; what its patches set keeps its location, so that as-of keeps it."""
    entries = {record.name: entry_of(record) for record in scenario.parameter_notes}
    defaults = {name: spec.default for name, spec in schema.parameters().items()}
    for name, value in scenario.parameters.items():
        if name not in entries and value != defaults.get(name, 1.0):
            entries[name] = Entry(value, SourceLocation(FILE, None, f"parameters.{name}"))
    zone = scenario.zone
    sheets = {n: sheet_of(n, frame_texts(scenario.tables[n], zone)) for n in schema.tables()}
    for patch in scenario.applied:
        _mark(sheets, patch)
    return Draft(
        folder=scenario.folder,  # type: ignore[arg-type]
        header=header_of(scenario, entries),
        sheets=sheets,
        variants=dict(scenario.variants),
        applied=scenario.applied,
        as_of=scenario.as_of,
        assumed=scenario.assumed,
    )


def _mark(sheets: Mapping[str, Sheet], patch: Patch) -> None:
    """Give cells and rows of a patch its location."""
    for key in patch.set:
        location = SourceLocation(patch.file, None, key)
        target = find_cell(sheets, key, location, []) if "." in key else None
        if target is not None:
            table, rows, column = target
            sheets[table].cell_locations |= {(row, column): location for row in rows}
    for table, added in patch.add.items():
        at = {key: row for row, key in enumerate(row_keys(sheets[table]))}
        for cells in added:
            if (key := added_key(table, cells)) in at:
                sheets[table].row_locations[at[key]] = SourceLocation(patch.file, None, table)


def entry_of(record: ParameterRecord) -> Entry:
    """A record converted back to an entry of scenario.toml."""
    location = SourceLocation(FILE, None, f"parameters.{record.name}")
    # The value of a cell is in its table; its record adds range and notes.
    value = None if "." in record.name else record.value
    return Entry(
        value, location, record.low, record.high, record.prior, record.basis, record.note, True
    )


def header_of(scenario: Scenario, entries: dict[str, Entry]) -> Header:
    """The header of a scenario with these entries."""
    top = {key: getattr(scenario, key) for key in HEADER_KEYS}
    return Header(**top, run={key: getattr(scenario, key) for key in RUN_KEYS}, entries=entries)


def sheet_of(table: str, cells: dict[str, list[str]]) -> Sheet:
    """The sheet of texts by column, as written to a file."""
    n_rows = len(next(iter(cells.values())))
    return Sheet(table, f"{table}.csv", cells, list(range(2, n_rows + 2)))
