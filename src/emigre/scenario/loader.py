"""Load scenarios: read a folder, apply patches, check everything, then build.

Loading is all or nothing: a single InputError carries every mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from emigre import schema
from emigre.errors import InputError, Mistake, ResultsError
from emigre.scenario import arguments
from emigre.scenario.as_of import parse_as_of, patch_as_of
from emigre.scenario.csv_files import read_sheet, unknown_tables
from emigre.scenario.drafts import Draft, build, in_order, resolve
from emigre.scenario.header import FILE, Header, read_header
from emigre.scenario.library import POSTERIOR, find_folder
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parsers import listed, nearest, quoted
from emigre.scenario.patch import (
    FOLDER,
    SETTING,
    parse_setting,
    read_patch,
    read_variants,
)


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
