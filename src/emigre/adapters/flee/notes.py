"""NOTES.md of an imported scenario: what became what, and what has no counterpart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emigre.adapters.flee.folder import Conflict
from emigre.scenario.parsers import plain

if TYPE_CHECKING:
    from emigre.adapters.flee.plan import Plan


@dataclass(slots=True)
class Notes:
    """What an import has to say: what it did, and what it had to leave out (each once)."""

    did: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def add(self, words: str) -> None:
        """Something was done that a reader should know."""
        if words not in self.did:
            self.did.append(words)

    def leave_out(self, words: str) -> None:
        """Something of the folder has no counterpart."""
        if words not in self.without:
            self.without.append(words)


def complete(notes: Notes, conflict: Conflict) -> None:
    """Add what can be told from the folder alone."""
    for setting in conflict.settings.others:
        notes.leave_out(f"simsetting.yml: {setting}")
    if conflict.columns:
        notes.leave_out(f"locations.csv: columns {', '.join(conflict.columns)}")
    populated = [p.name for p in conflict.locations.values() if p.people and p.kind == "town"]
    fought = {name for name, values in conflict.intensity.items() if any(values)}
    towns = [name for name in populated if name not in fought]
    if towns:
        notes.leave_out(f"locations.csv: population of {len(towns)} towns without a conflict")
    camps = {camp.name for camp in conflict.camps}
    extra = [name for name in conflict.registrations.camps if name not in camps]
    if extra:
        notes.leave_out(
            f"data_layout.csv: rows of places that are no camps ({', '.join(extra)}); they count "
            "in the registered total, as in Flee"
        )
    leaving = {place.name for place in conflict.origins}
    cut_off = [place.name for place in conflict.conflict_places if place.name not in leaving]
    if cut_off:
        notes.leave_out(f"places in conflict without a road to a camp: {', '.join(cut_off)}")
    if conflict.cut_off_camps:
        names = ", ".join(camp.name for camp in conflict.cut_off_camps)
        notes.leave_out(f"camps without a road from any place in conflict: {names}; nobody arrives")
    fought_camps = sorted(camps & fought)
    if fought_camps:
        notes.leave_out(f"conflicts.csv: conflicts in camps ({', '.join(fought_camps)})")
    for file in conflict.left_over:
        notes.leave_out(f"{file}: a file that says nothing the model knows")


def write_notes(plan: Plan, parameters: Mapping[str, tuple[float, str]]) -> str:
    """The text of NOTES.md; ``parameters`` maps each that the import sets to value and reason."""
    notes, conflict, names = plan.notes, plan.conflict, plan.names
    complete(notes, conflict)
    lines = [
        f"# How {conflict.name} was imported",
        "",
        "Made by `emigre import flee` from a conflict folder in the format of Flee.",
        "",
        "## What became what",
        "",
        "- Conflict places are origins; each stretch of days with one intensity is a row of",
        "  `pressures.csv`. Camps are camps; towns, hubs and markers are towns on the way.",
        "- Routes are legs in both directions with their km. They take no time: a count is dated",
        "  by registration, so people set out on the day on which they are registered.",
        "- Counts, corrected as the folder says, are observations of `stock`. Those of the first",
        "  day are in `present.csv`. The registered total is kept as context.",
        "- The parameters are the same for every conflict; their reasons are given below.",
    ]
    lines += [f"- {words}" for words in notes.did]
    if names.changed:
        lines += ["", "## Names that could not be ids", ""]
        lines += [f"- {name} is `{identity}`" for name, identity in names.changed.items()]
    lines += ["", "## Why the parameters have these values", ""]
    lines += [f"- `{name}` = {plain(value)}: {why}" for name, (value, why) in parameters.items()]
    lines += ["", "## What has no counterpart", ""]
    lines += [f"- {words}" for words in notes.without] or ["Nothing."]
    if conflict.remarks:
        lines += ["", "## Peculiarities of the folder", ""]
        lines += [f"- {words}" for words in conflict.remarks]
    return "\n".join(lines) + "\n"
