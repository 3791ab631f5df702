"""Cache of loaded scenarios, invalidated when their files change."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from emigre.calendar import parse_date
from emigre.errors import InputError, Mistake
from emigre.results.text import counted
from emigre.scenario.drafts import Draft
from emigre.scenario.library import own_files
from emigre.scenario.loader import ScenarioReader
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parameter_draws import draws_of
from emigre.scenario.parsers import listed, nearest, quoted
from emigre.scenario.patch import cell_text, read_patch
from emigre.scenario.tables import row_keys, split_name
from emigre.web.draft_variant import DraftVariant
from emigre.web.workspace import Workspace

QUICK_SCALE = 100
QUICK_RUNS = 2
_MOST_DAYS, _BEFORE = 45, 15
_MANY = 1_000_000
"""Population above which a quick look is scaled."""


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A loaded scenario: its reader and the checked baseline."""

    name: str
    reader: ScenarioReader
    base: Scenario
    drawn: str | None = None
    """Description of the parameter draws of a run; None without, empty if they are invalid."""

    @property
    def texts(self) -> Draft:
        """The texts of the folder."""
        return self.reader.draft

    def patch(self, workspace: Workspace, name: str) -> Patch | None:
        """The patch of a built-in or saved variant; InputError if there is none."""
        if not name:
            return None
        if name in self.texts.variants:
            return self.texts.variants[name]
        kept = workspace.variants(self.name)
        if name in kept:
            return read_patch(kept[name], kept[name].name)
        known = [*self.texts.variants, *kept]
        hint = nearest(name, known) or f"variants: {listed(known) or 'none'}"
        raise InputError(Mistake("--variant", quoted(name), "a variant", hint))

    def reference(self, workspace: Workspace, draft: DraftVariant) -> str:
        """An unchanged variant as the argument of ``--variant``."""
        if draft.variant in self.texts.variants:
            return draft.variant
        return str(workspace.variants(self.name)[draft.variant])

    def window(self, patch: Patch | None, as_of: str | None = None) -> dict[str, str]:
        """Days of a quick look: six weeks around the first change, else around ``as_of``."""
        base = self.base
        if base.n_days <= 2 * _MOST_DAYS:
            return {}
        first = first_change(self.texts, patch, base)
        if first is None and as_of is not None:
            first = parse_date(as_of)
        first = first or base.start + timedelta(days=_BEFORE)
        start = min(max(first - timedelta(days=_BEFORE), base.start), base.end)
        end = min(start + timedelta(days=_MOST_DAYS - 1), base.end)
        return {"start": start.isoformat(), "end": end.isoformat()}

    @property
    def quick_scale(self) -> int:
        """Default scale of a quick look: people per simulated person."""
        return max(self.base.scale, QUICK_SCALE if self.base.population >= _MANY else 1)

    def quick(self) -> dict[str, str]:
        """Options of a quick look: few runs, scaled, with the scenario's own values."""
        return {"scale": str(self.quick_scale), "runs": str(QUICK_RUNS), "draws": "none"}

    def rehearsal(self) -> list[str]:
        """A command that warms the caches for a quick look: its first two days."""
        start = self.base.start
        end = min(start + timedelta(days=1), self.base.end)
        days = ["--start", start.isoformat(), "--end", end.isoformat()]
        scale = ["--scale", str(self.quick_scale), "--draws", "none"]
        return ["run", str(self.texts.folder), *days, *scale]


def read(workspace: Workspace, name: str) -> LoadedScenario | None:
    """The scenario of a name, None if unknown; InputError if it has mistakes."""
    folder = workspace.scenarios().get(name)
    if folder is None:
        return None
    return _read(name, folder, _stamp(folder))


Stamp = tuple[tuple[str, int, int, int], ...]
"""Path, size and times of every file: an older file put in place of another is noticed too."""


def _stamp(folder: Path) -> Stamp:
    files = ((str(p), p.stat()) for p in own_files(folder))
    return tuple((path, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for path, s in files)


@lru_cache(maxsize=12)
def _read(name: str, folder: Path, _: Stamp) -> LoadedScenario:
    reader = ScenarioReader(folder)
    base = reader.load()
    return LoadedScenario(name, reader, base, _drawn(base))


def _drawn(base: Scenario) -> str | None:
    try:
        drawn = draws_of(base)
    except InputError:
        return ""
    return None if drawn is None else f"{counted(len(drawn), 'draw')} from {drawn.origin}"


_CALLED = {
    "observations": "published counts",
    "traffic": "levels of ordinary travellers",
    "departures": "days of departures",
}


def left_out(base: Scenario, patch: Patch | None, known: Scenario) -> str:
    """Rows that an as-of scenario leaves out, as text; sources are not counted."""
    patch = patch or Patch("")
    parts = []
    for table, frame in base.tables.items():
        changed = len(patch.add.get(table, ())) - len(patch.remove.get(table, ()))
        missing = frame.height + changed - known.tables[table].height
        if missing > 0 and table != "sources":
            parts.append(f"{missing:,} {_CALLED.get(table, table)}")
    return ", ".join(parts)


def first_change(texts: Draft, patch: Patch | None, base: Scenario) -> date | None:
    """The first day on which a changed rule or pressure begins, or None."""
    if patch is None:
        return None
    keys = {table: set(ids) for table, ids in patch.remove.items()}
    for name in patch.set:
        table, key, _ = split_name(name)
        keys.setdefault(table, set()).add(key)
    cells = [cell_text(value) for value in patch.set.values()]
    for table in ("rules", "pressures"):
        sheet = texts.sheets[table]
        for i, key in enumerate(row_keys(sheet)):
            if key in keys.get(table, ()):
                cells += [sheet.cells[name][i] for name in _STARTS if name in sheet.cells]
        for row in patch.add.get(table, ()):
            cells += [cell_text(row[name]) for name in _STARTS if name in row]
    days = []
    for cell in cells:
        with suppress(ValueError):
            days.append(date.fromisoformat(cell[:10]))
    return min((day for day in days if base.start <= day <= base.end), default=None)


_STARTS = ("announced", "effective_from", "onset")
