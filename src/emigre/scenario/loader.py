"""Load scenarios: read a folder, apply patches, check everything, then build.

Loading is all or nothing: a single InputError carries every mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from emigre import schema
from emigre.errors import InputError, Mistake, ResultsError
from emigre.scenario import arguments
from emigre.scenario.as_of import parse_as_of, patch_as_of
from emigre.scenario.assumptions import assume
from emigre.scenario.consistency import CHECKS, ScenarioTables
from emigre.scenario.csv_files import Sheet, guessed_encoding, read_sheet, unknown_tables
from emigre.scenario.cumulative import differenced
from emigre.scenario.header import FILE, Entry, Header, read_header
from emigre.scenario.library import POSTERIOR, find_folder
from emigre.scenario.limits import check_sizes, check_whole_persons
from emigre.scenario.model import ParameterRecord, Patch, Scenario
from emigre.scenario.observations import check_observations
from emigre.scenario.parsers import bounds_words, listed, nearest, outside, plain, quoted
from emigre.scenario.patch import (
    FOLDER,
    SETTING,
    apply_patch,
    find_cell,
    parse_setting,
    read_patch,
    read_variants,
)
from emigre.scenario.people import check_people
from emigre.scenario.statements import check_claims
from emigre.scenario.tables import TypedTable, check_keys, check_refs, frame, type_table
from emigre.scenario.warnings import find_warnings

OF_A_KIND = {"pressure_": (0.0, 100.0), "half_life_": (0.05, 20.0)}
"""Beginnings of names that end on a kind of pressure, with their bounds: factors on the weights and
on the half-lives of all pressures of the kind."""


ALL_CHECKS = (
    *CHECKS,
    check_sizes,
    check_whole_persons,
    check_people,
    check_claims,
    check_observations,
)
"""Consistency checks, in order."""


@dataclass(slots=True)
class Draft:
    """A folder as read, before any patch: texts with their locations."""

    folder: Path
    header: Header
    sheets: dict[str, Sheet]
    variants: dict[str, Patch]
    mistakes: list[Mistake]


@dataclass(slots=True)
class Resolved:
    """Tables and parameters after patches and checks; valid only without mistakes."""

    typed: dict[str, TypedTable]
    parameters: dict[str, float]
    records: tuple[ParameterRecord, ...]
    warnings: tuple[Mistake, ...] = ()
    assumed: tuple[str, ...] = ()


def load(
    folder_or_name: str | Path,
    *,
    variants: str | Path | Patch | Iterable[str | Path | Patch] = (),
    settings: str | Iterable[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
) -> Scenario:
    """Read a scenario and check it.

    Parameters
    ----------
    folder_or_name : str or Path
        Scenario folder, or the name of a scenario that ships with Emigre.
    variants : str, Path, Patch, or iterable of these, optional
        Variants to apply, in order: names from the scenario's folder ``variants``, paths of variant
        files, or patches.
    settings : str or iterable of str, optional
        Settings KEY=VALUE to apply after the variants, in order.
    start, end : date or str, optional
        First and last simulated day (both inclusive). The scenario's own days if not given.
    as_of : date or str, optional
        Leave out everything announced or published after this day, for hindcasts. Rows and values
        set by ``variants`` and ``settings`` stay. See ``scenario/as_of.py``.

    Returns
    -------
    Scenario
        The checked, immutable scenario.

    Raises
    ------
    InputError
        If anything is wrong; it holds every mistake with file, line and column.
    """
    mistakes: list[Mistake] = []
    draft = read_draft(find_folder(folder_or_name))
    mistakes += draft.mistakes
    patches = _patches(draft, variants, settings, mistakes)
    days = narrowed(draft.header, start, end, mistakes)
    known = parse_as_of(as_of, draft.header, mistakes)
    resolved = resolve(draft, patches, mistakes)
    warnings = resolved.warnings
    if mistakes:
        raise InputError(in_order(mistakes))
    if known is not None:
        later = patch_as_of(resolved.typed, draft.header.zone or "UTC", known)
        # All checks have passed before. Some may fail now: a rule may use a document held only by
        # travellers whose level was published later.
        resolved = resolve(draft, [*patches, later], mistakes, checks=())
        if mistakes:
            raise AssertionError(f"cannot read the scenario as of {known}: {mistakes}")
        resolved.warnings = warnings
    return build(draft, resolved, patches, days, known)


def load_resolved(folder: Path) -> Scenario:
    """Read the scenario in a run folder; InputError if it is invalid.

    Consistency was checked before the run and may not hold as of a day. ResultsError if the run
    folder does not contain it, as in the first version.
    """
    if not (folder / FILE).is_file():
        raise ResultsError(
            f"{folder.parent} does not hold its scenario ({folder.name}/{FILE} is missing): it was "
            "written by an older version of Emigre, or damaged. Run it again"
        )
    draft = read_draft(folder)
    resolved = resolve(draft, (), draft.mistakes, checks=())
    if draft.mistakes:
        raise InputError(in_order(draft.mistakes))
    return build(draft, resolved, (), (draft.header.start, draft.header.end))


def read_draft(folder: Path) -> Draft:
    """Read every file of a folder; mistakes are collected in the draft."""
    mistakes: list[Mistake] = []
    header = read_header(folder, mistakes)
    sheets = {table: read_sheet(folder, table, mistakes) for table in schema.tables()}
    mistakes += unknown_tables(folder, POSTERIOR)
    return Draft(folder, header, sheets, read_variants(folder, mistakes), mistakes)


def _patches(
    draft: Draft,
    variants: object,
    settings: object,
    mistakes: list[Mistake],
) -> list[Patch]:
    patches: list[Patch | None] = []
    kinds, noun = (str, Path, Patch), "names, files or patches"
    for variant in arguments.several("--variant", variants, mistakes, kinds, noun):
        if isinstance(variant, Patch):
            patches.append(variant)
            continue
        name = str(variant)
        if name in draft.variants:
            patches.append(draft.variants[name])
        elif name.endswith(".toml") and Path(name).is_file():
            patches.append(read_patch(Path(name), name, mistakes))
        elif not any(m.file == f"{FOLDER}/{name}.toml" for m in mistakes):
            hint = nearest(name, draft.variants) or f"variants: {listed(draft.variants) or 'none'}"
            expected = "a variant of the scenario or a .toml file"
            mistakes.append(Mistake("--variant", None, "", quoted(name), expected, hint))
    texts = arguments.several(SETTING, settings, mistakes)
    patches += [parse_setting(text, mistakes) for text in texts]
    return [p for p in patches if p is not None]


def resolve(
    draft: Draft,
    patches: Iterable[Patch],
    mistakes: list[Mistake],
    checks: Sequence[Callable[[ScenarioTables], None]] = ALL_CHECKS,
) -> Resolved:
    """Apply patches and check everything; mistakes are added to the list."""
    sheets: Mapping[str, Sheet] = draft.sheets
    entries: Mapping[str, Entry] = draft.header.entries
    sheets = _with_cell_entries(sheets, entries, mistakes)
    for patch in patches:
        sheets, entries = apply_patch(sheets, entries, patch, mistakes)
    former_kinds = {kind for kind in draft.sheets["pressures"].cells["kind"] if kind}
    zone = draft.header.zone or "UTC"
    typed = {name: type_table(sheet, zone, mistakes) for name, sheet in sheets.items()}
    assumed = assume(typed)
    for table in typed.values():
        check_keys(table, mistakes)
    check_refs(typed, mistakes)
    line = draft.header.lines.get("nationality")
    days = (draft.header.start, draft.header.end)
    world = ScenarioTables(typed, zone, draft.header.nationality, line, mistakes, days)
    for check in checks:
        check(world)
    parameters = _parameters(typed, entries, former_kinds, mistakes)
    records = _records(typed, entries, parameters, mistakes)
    start, end = draft.header.start, draft.header.end
    if mistakes or not checks or start is None or end is None:
        return Resolved(typed, parameters, records, assumed=assumed)
    guesses = tuple(guess for sheet in sheets.values() for guess in guessed_encoding(sheet))
    return Resolved(typed, parameters, records, guesses + find_warnings(world, start, end), assumed)


def _with_cell_entries(
    sheets: Mapping[str, Sheet], entries: Mapping[str, Entry], mistakes: list[Mistake]
) -> dict[str, Sheet]:
    """Apply cell values of scenario.toml to the tables, before any patch."""
    changed = dict(sheets)
    for name, entry in entries.items():
        if "." not in name:
            continue
        target = find_cell(changed, name, entry.spot, mistakes)
        if target is None:
            continue
        table, rows, column = target
        if schema.columns(table)[column].kind not in ("number", "integer"):
            expected = "a numeric cell"
            spot = entry.spot
            mistakes.append(Mistake(spot.file, spot.line, spot.column, quoted(column), expected))
        elif entry.value is not None:
            changed[table] = changed[table].copy()
            for row in rows:
                changed[table].cells[column][row] = plain(entry.value)
                changed[table].cell_spots[row, column] = entry.spot
    return changed


def _parameters(
    typed: Mapping[str, TypedTable],
    entries: Mapping[str, Entry],
    former_kinds: set[str],
    mistakes: list[Mistake],
) -> dict[str, float]:
    """A value for every model parameter and every kind of pressure.

    ``former_kinds`` are those before patches: a variant may remove all rows of a kind, whose
    parameters are then ignored.
    """
    specs = schema.parameters()
    kinds = sorted({k for k in typed["pressures"]["kind"] if k is not None})
    values = {name: spec.default for name, spec in specs.items()}
    bounds = {name: (spec.low, spec.high) for name, spec in specs.items()}
    for kind in kinds:
        for beginning, ends in OF_A_KIND.items():
            values[beginning + kind] = 1.0
            bounds[beginning + kind] = ends
    for name, entry in entries.items():
        spot = entry.spot
        if "." in name:
            continue
        if name not in values:
            kind = kind_of(name)
            if kind is not None and (
                kind in former_kinds or not typed["pressures"].is_clean("kind")
            ):
                continue
            expected = "a parameter of the model, pressure_KIND, half_life_KIND or TABLE.ID.COLUMN"
            hint = nearest(name, values)
            if kind is not None:
                # The typo may be in the table as well as in the name.
                expected = f"{name.removesuffix(kind)}KIND with a kind of pressures.csv"
                kinds_there = f"known kinds: {_kinds_with_lines(typed['pressures'])}"
                hint = f"{hint} {kinds_there}".strip()
            mistakes.append(
                Mistake(spot.file, spot.line, spot.column, quoted(name), expected, hint)
            )
            continue
        low, high = bounds[name]
        for end in ("value", "low", "high"):
            number = getattr(entry, end)
            if number is not None and outside(number, low, high):
                key = (
                    f"{spot.column}.{end}" if entry.is_record and spot.file == FILE else spot.column
                )
                expected = bounds_words("a number", low, high)
                mistakes.append(Mistake(spot.file, spot.line, key, plain(number), expected))
        if entry.value is not None:
            values[name] = entry.value
    return values


def _kinds_with_lines(pressures: TypedTable) -> str:
    """The kinds of pressures with the line of their first row."""
    first: dict[str, str] = {}
    for row, kind in enumerate(pressures["kind"]):
        if kind is not None and kind not in first:
            spot = pressures.sheet.spot(row, "kind")
            shown = quoted(kind).strip('"')
            first[kind] = shown if spot.line is None else f"{shown} (line {spot.line})"
    return listed(first.values()) or "none"


def kind_of(name: str) -> str | None:
    """KIND of pressure_KIND or half_life_KIND; None for other names."""
    return next((name.removeprefix(b) for b in OF_A_KIND if name.startswith(b)), None)


def _records(
    typed: Mapping[str, TypedTable],
    entries: Mapping[str, Entry],
    parameters: Mapping[str, float],
    mistakes: list[Mistake],
) -> tuple[ParameterRecord, ...]:
    """Parameter records of scenario.toml, with the values after all patches."""
    records = []
    if mistakes:
        return ()
    sheets = {name: table.sheet for name, table in typed.items()}
    for name, entry in entries.items():
        value: float | None = parameters.get(name)
        if "." in name:
            # A variant may have removed the row, and then its record is dropped.
            target = find_cell(sheets, name, entry.spot, [])
            cell = typed[target[0]][target[2]][target[1][0]] if target else None
            value = None if cell is None else float(cell)
        if value is None:
            continue
        record = ParameterRecord(
            name, value, entry.low, entry.high, entry.prior, entry.basis, entry.note
        )
        records.append(record.holding(value))
    return tuple(records)


def narrowed(
    header: Header, start: date | str | None, end: date | str | None, mistakes: list[Mistake]
) -> tuple[date | None, date | None]:
    """First and last simulated day, inside those of the scenario."""
    days = [header.start, header.end]
    for at, (flag, given) in enumerate((("--start", start), ("--end", end))):
        day = arguments.day(flag, given, mistakes)
        if day is None:
            continue
        if header.start is None or header.end is None:
            continue
        if not header.start <= day <= header.end:
            expected = f"a date within the scenario, {header.start} to {header.end}"
            mistakes.append(Mistake(flag, None, "", str(day), expected))
        else:
            days[at] = day
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        expected = f"a date on or after the start, {days[0]}"
        mistakes.append(Mistake("--end", None, "", str(days[1]), expected))
    return days[0], days[1]


def build(
    draft: Draft,
    resolved: Resolved,
    patches: Iterable[Patch],
    days: tuple[date | None, date | None],
    as_of: date | None = None,
) -> Scenario:
    """The scenario of a draft without mistakes."""
    header, (start, end) = draft.header, days
    if start is None or end is None or header.id is None or header.title is None:
        raise AssertionError("a draft with mistakes was built")
    zone, nationality = header.zone or "UTC", header.nationality or ""
    purpose = header.purpose or ""
    reference = header.reference or header.start or start
    tables = {name: frame(typed) for name, typed in resolved.typed.items()}
    tables["observations"] = differenced(tables["observations"])
    return Scenario(
        id=header.id,
        title=header.title,
        purpose=purpose,
        start=start,
        end=end,
        reference=reference,
        zone=zone,
        nationality=nationality,
        runs=header.run["runs"],
        scale=header.run["scale"],
        small_count=header.run["small_count"],
        parameters=resolved.parameters,
        parameter_notes=resolved.records,
        tables=tables,
        variants=draft.variants,
        folder=draft.folder,
        applied=tuple(patches),
        as_of=as_of,
        warnings=resolved.warnings,
        assumed=resolved.assumed,
    )


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Unique mistakes: scenario.toml first, then by file and line."""
    unique = dict.fromkeys(mistakes)
    return sorted(unique, key=lambda m: (m.file != FILE, "/" in m.file, m.file, m.line or 0))
