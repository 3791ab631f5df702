"""Load scenarios: read a folder, apply patches, check everything, then build.

Loading is all or nothing: a single InputError carries every mistake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from emigre import schema
from emigre.errors import Mistake, ResultsError, collecting, refuse
from emigre.scenario import arguments
from emigre.scenario.as_of import parse_as_of, patch_as_of
from emigre.scenario.csv_files import read_sheet, unknown_tables
from emigre.scenario.drafts import (
    Draft,
    Resolved,
    build,
    checks_met,
    draft_of,
    in_order,
    resolve,
    resolve_and_build,
)
from emigre.scenario.edits import plain_value
from emigre.scenario.header import FILE, Header, read_header
from emigre.scenario.library import POSTERIOR, find_folder
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parsers import listed, nearest, quoted
from emigre.scenario.patch import (
    FOLDER,
    SETTING,
    checked,
    parse_setting,
    read_patch,
    read_variants,
    setting,
)
from emigre.scenario.rows import composed

Variants = str | PathLike[str] | Patch | Iterable[str | PathLike[str] | Patch]
Settings = Mapping[str, Any] | str | Iterable[str]
"""Types accepted as ``variants`` and ``settings``."""


def load(
    scenario: str | PathLike[str] | Scenario,
    *,
    variants: Variants = (),
    settings: Settings = (),
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
) -> Scenario:
    """Read a scenario and check it.

    Parameters
    ----------
    scenario : str, path or Scenario
        Scenario folder, the name of a built-in scenario, or a scenario to change.
    variants : str, path, Patch, or iterable of these, optional
        Variants to apply, in order: names from the scenario's folder ``variants``, paths of variant
        files, or patches (:func:`emigre.patch`).
    settings : mapping, str or iterable of str, optional
        Values to set after the variants, in order: a mapping of PARAMETER or TABLE.ID.COLUMN to a
        value, or texts KEY=VALUE.
    start, end : date or str, optional
        First and last simulated day (both inclusive). The scenario's own days if not given.
    as_of : date or str, optional
        Leave out everything announced or published after this day, for hindcasts. Rows and values
        set by ``variants`` and ``settings`` stay.

    Returns
    -------
    Scenario
        The checked, immutable scenario.

    Raises
    ------
    InputError
        If anything is wrong; it holds every mistake with file, line and column.
    """
    return ScenarioReader(scenario).load(
        variants=variants, settings=settings, start=start, end=end, as_of=as_of
    )


@dataclass(slots=True)
class ScenarioReader:
    """Loads several scenarios from one folder or scenario.

    The folder is read once, and tables that the scenarios have in common are checked once.
    """

    scenario: str | PathLike[str] | Scenario
    _draft: Draft | None = None

    @property
    def draft(self) -> Draft:
        """The texts of the folder or scenario."""
        if self._draft is None:
            if isinstance(self.scenario, Scenario):
                self._draft = draft_of(self.scenario)
            else:
                self._draft = read_draft(find_folder(self.scenario))
        return self._draft

    def load(
        self,
        *,
        variants: Variants = (),
        settings: Settings = (),
        start: date | str | None = None,
        end: date | str | None = None,
        as_of: date | str | None = None,
    ) -> Scenario:
        """The scenario with some changes; see :func:`load`."""
        given = (variants, settings, start, end, as_of)
        is_unchanged = all(each is None or (isinstance(each, tuple) and not each) for each in given)
        if is_unchanged and isinstance(self.scenario, Scenario):
            return self.scenario
        draft = self.draft
        mistakes = list(draft.mistakes)
        patches = _patches(draft, variants, settings, mistakes)
        days = narrowed(draft.header, start, end, mistakes)
        known = parse_as_of(as_of, draft.header, mistakes)
        if draft.as_of is not None and known is not None and known > draft.as_of:
            expected = f"a date on or before {draft.as_of}, the last day of news in the scenario"
            mistakes.append(Mistake("--as-of", str(known), expected))
        resolved = resolve(draft, patches, mistakes, checks_met(draft))
        refuse(in_order(mistakes))
        if known is not None:
            resolved = self._known(resolved, patches, known)
        return build(draft, resolved, patches, days, known)

    def _known(self, resolved: Resolved, patches: list[Patch], day: date) -> Resolved:
        """What was known on a day of tables without mistakes; the warnings are kept."""
        later = patch_as_of(resolved.typed, self.draft.header.zone or "UTC", day)
        mistakes: list[Mistake] = []
        # All checks have passed before. Some may fail now: a rule may use a document held only by
        # travellers whose level was published later.
        known = resolve(self.draft, [*patches, later], mistakes, checks=())
        if mistakes:
            raise AssertionError(f"cannot read the scenario as of {day}: {mistakes}")
        return replace(known, warnings=resolved.warnings)


def reader_of(scenario: str | PathLike[str] | Scenario | ScenarioReader) -> ScenarioReader:
    """The reader of a scenario, or the reader that is given."""
    return scenario if isinstance(scenario, ScenarioReader) else ScenarioReader(scenario)


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
    return resolve_and_build(read_draft(folder), checks=())


def as_stored(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario that :func:`load_resolved` reads once this one is in a run folder."""
    return replace(scenario, folder=folder, variants={}, applied=(), warnings=())


def read_draft(folder: Path) -> Draft:
    """Read every file of a folder; mistakes are collected in the draft."""
    mistakes: list[Mistake] = []
    header = read_header(folder, mistakes)
    sheets = {table: read_sheet(folder, table, mistakes) for table in schema.tables()}
    mistakes += unknown_tables(folder, POSTERIOR)
    return Draft(folder, header, sheets, read_variants(folder, mistakes), mistakes)


def _patches(
    draft: Draft, variants: object, settings: object, mistakes: list[Mistake]
) -> list[Patch]:
    patches: list[Patch | None] = []
    kinds, noun = (str, PathLike, Patch), "names, files or patches"
    for variant in arguments.several("--variant", variants, mistakes, kinds, noun):
        if isinstance(variant, Patch):
            patches.append(checked(variant))
            continue
        name = str(fspath(variant))
        if (known := composed(name)) in draft.variants:
            patches.append(draft.variants[known])
        elif name.endswith(".toml") and Path(name).is_file():
            with collecting(mistakes):
                patches.append(read_patch(Path(name), name))
        elif not any(m.file == f"{FOLDER}/{name}.toml" for m in mistakes):
            hint = nearest(name, draft.variants) or f"variants: {listed(draft.variants) or 'none'}"
            expected = "a variant of the scenario or a .toml file"
            mistakes.append(Mistake("--variant", quoted(name), expected, hint))
    if isinstance(settings, Mapping):
        patches += [setting(str(key), plain_value(value)) for key, value in settings.items()]
    else:
        texts = arguments.several(SETTING, settings, mistakes, noun="texts KEY=VALUE")
        patches += [parse_setting(text, mistakes) for text in texts]
    given = [p for p in patches if p is not None]
    _check_distinct(given, mistakes)
    return given


def _check_distinct(patches: list[Patch], mistakes: list[Mistake]) -> None:
    """Refuse a patch given twice, and two settings of one key: the intended one is unknown."""
    for at, each in enumerate(patches):
        before = [p for p in patches[:at] if (p.file == SETTING) == (each.file == SETTING)]
        if each.file == SETTING:
            again = [key for key in each.set if any(key in p.set for p in before)]
            title = quoted(each.title)
            mistakes += [Mistake(SETTING, title, f"{quoted(key)} only once") for key in again]
        elif any(_changes(each) == _changes(p) for p in before):
            expected = f"{quoted(each.name)} only once"
            mistakes.append(Mistake("--variant", "the same change twice", expected))


def _changes(patch: Patch) -> tuple[Mapping[str, Any], ...]:
    return patch.set, patch.remove, patch.add


def narrowed(
    header: Header, start: date | str | None, end: date | str | None, mistakes: list[Mistake]
) -> tuple[date | None, date | None]:
    """First and last simulated day, inside those of the scenario."""
    days = [header.start, header.end]
    for at, (flag, given) in enumerate((("--start", start), ("--end", end))):
        day = arguments.day(flag, given, mistakes)
        if day is None or header.start is None or header.end is None:
            continue
        if not header.start <= day <= header.end:
            expected = f"a date within the scenario, {header.start} to {header.end}"
            mistakes.append(Mistake(flag, str(day), expected))
        else:
            days[at] = day
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        mistakes.append(Mistake("--end", str(days[1]), f"a date on or after the start, {days[0]}"))
    return days[0], days[1]
