"""Check a scenario folder with its variants, and summarise it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike

from emigre.errors import InputError, Mistake
from emigre.results.text import counted
from emigre.scenario.drafts import build, in_order, resolve
from emigre.scenario.library import find_folder
from emigre.scenario.loader import read_draft
from emigre.scenario.model import Scenario
from emigre.scenario.texts import keys_of


@dataclass(frozen=True, slots=True)
class Summary:
    """Summary of a scenario's content.

    ``rows`` counts the rows of every table, ``places`` the places of every kind; ``basis`` counts
    the rows that are official, reported or estimates, by table; ``estimates`` names every row
    that is an estimate as (table, key, reason); ``assumed`` says which empty cells were filled with
    an assumption.
    """

    id: str
    title: str
    start: date
    end: date
    n_days: int
    population: int
    rows: Mapping[str, int]
    places: Mapping[str, int]
    basis: Mapping[str, Mapping[str, int]]
    estimates: tuple[tuple[str, str, str], ...]
    variants: Mapping[str, str]
    hash: str
    assumed: tuple[str, ...] = ()

    @property
    def estimate_share(self) -> float:
        """Share of all rows with a basis that are estimates (0 if there are none)."""
        total = sum(sum(counts.values()) for counts in self.basis.values())
        return sum(c.get("estimate", 0) for c in self.basis.values()) / total if total else 0.0


@dataclass(frozen=True)
class Examination:
    """All mistakes of a folder, else its summary; ``warnings`` are rows that are probably wrong."""

    mistakes: tuple[Mistake, ...]
    summary: Summary | None
    warnings: tuple[Mistake, ...] = ()

    def __repr__(self) -> str:
        return f"Examination({self._head()})"

    def __str__(self) -> str:
        return "\n".join([self._head(), *map(str, (*self.mistakes, *self.warnings))])

    def _head(self) -> str:
        n_mistakes, n_warnings = len(self.mistakes), len(self.warnings)
        return f"{counted(n_mistakes, 'mistake')}, {counted(n_warnings, 'warning')}"


def check(folder: str | PathLike[str]) -> list[Mistake]:
    """All mistakes of a scenario folder and its variants; empty if valid."""
    return list(examine(folder).mistakes)


def examine(scenario: str | PathLike[str]) -> Examination:
    """Check a scenario folder and each of its variants, and summarise its content.

    Parameters
    ----------
    scenario : str or path
        Scenario folder, or the name of a built-in scenario.

    Returns
    -------
    Examination
        ``mistakes`` and ``warnings``, also those of variants, each with file, line and column, and
        the ``summary`` of a scenario without mistakes.

    Raises
    ------
    EmigreError
        Never for mistakes in the scenario: they are returned.
    """
    try:
        draft = read_draft(find_folder(scenario))
    except InputError as error:
        return Examination(error.mistakes, None)
    mistakes = list(draft.mistakes)
    resolved = resolve(draft, (), mistakes)
    warnings = list(resolved.warnings)
    if not mistakes:
        # Mistakes and warnings of the tables would recur in every variant.
        known = set(warnings)
        for name, variant in draft.variants.items():
            changed = resolve(draft, (variant,), mistakes).warnings
            warnings += (_in_variant(w, name) for w in changed if w not in known)
    if mistakes:
        return Examination(tuple(in_order(mistakes)), None)
    summary = summarise(build(draft, resolved))
    return Examination((), summary, tuple(in_order(warnings)))


def _in_variant(warning: Mistake, name: str) -> Mistake:
    """A warning that only a scenario with this variant has."""
    return replace(warning, hint="; ".join(filter(None, (warning.hint, f"with variant {name}"))))


def summarise(scenario: Scenario) -> Summary:
    """The summary of a scenario."""
    basis: dict[str, dict[str, int]] = {}
    estimates: list[tuple[str, str, str]] = []
    sources = scenario.tables["sources"]
    reasons = dict(zip(sources["id"], sources["note"], strict=True))
    for name, frame in scenario.tables.items():
        if "basis" not in frame.columns or not frame.height:
            continue
        basis[name] = dict(sorted(Counter(frame["basis"].to_list()).items()))
        keys = keys_of(name, frame, scenario.zone)
        rows = frame.select("basis", "note", "source").iter_rows()
        estimates += [
            (name, key, note or reasons.get(source) or "")
            for key, (kind, note, source) in zip(keys, rows, strict=True)
            if kind == "estimate"
        ]
    places = scenario.tables["places"]
    return Summary(
        id=scenario.id,
        title=scenario.title,
        start=scenario.start,
        end=scenario.end,
        n_days=scenario.n_days,
        population=scenario.population,
        rows={name: frame.height for name, frame in scenario.tables.items()},
        places=dict(sorted(Counter(places["kind"].to_list()).items())),
        basis=basis,
        estimates=tuple(estimates),
        variants={name: patch.title for name, patch in scenario.variants.items()},
        hash=scenario.hash,
        assumed=scenario.assumed,
    )
