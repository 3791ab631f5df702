"""NOTES.md of an imported scenario: conversions and omissions."""

from collections.abc import Iterator, Mapping
from importlib.resources import files

from emigre.adapters.flee.defaults import Default
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.plan import Plan
from emigre.results.text import counted
from emigre.scenario.parsers import plain


def _omissions(conflict: Conflict) -> Iterator[str]:
    """What the import leaves out of a folder, whatever the options."""
    for setting in conflict.settings.others:
        yield f"simsetting.yml: {setting}"
    for file, columns in conflict.extra_columns.items():
        if columns:
            name = file.removeprefix("input_csv/")
            yield f"{name}: columns {', '.join(columns)}"
    populated = [p.name for p in conflict.locations.values() if p.people and p.kind == "town"]
    fought = {name for name, values in conflict.intensity.items() if any(values)}
    towns = [name for name in populated if name not in fought]
    if towns:
        yield f"locations.csv: population of {counted(len(towns), 'town')} without conflict"
    camps = {camp.name for camp in conflict.camps}
    extra = [name for name in conflict.registrations.camps if name not in camps]
    if extra:
        yield (
            f"data_layout.csv: rows of places other than camps ({', '.join(extra)}); as in Flee "
            "they count towards the registered total"
        )
    leaving = {place.name for place in conflict.origins}
    cut_off = [place.name for place in conflict.conflict_places if place.name not in leaving]
    if cut_off:
        yield f"conflict places without a road to a camp: {', '.join(cut_off)}"
    if cut_off_camps := conflict.cut_off_camps():
        names = ", ".join(camp.name for camp in cut_off_camps)
        yield f"camps without a road from a conflict place: {names}; nobody arrives there"
    fought_camps = sorted(camps & fought)
    if fought_camps:
        yield f"conflicts.csv: conflicts in camps ({', '.join(fought_camps)})"
    for file in conflict.left_over:
        yield f"{file}: not used by the model"


def write_notes(plan: Plan, parameters: Mapping[str, Default]) -> str:
    """Return the text of NOTES.md; ``parameters`` are those of the scenario."""
    conflict, names = plan.conflict, plan.names
    plan.left_out += _omissions(conflict)
    head = files(__package__).joinpath("notes.md").read_text(encoding="utf-8")
    lines = head.format(name=conflict.name).splitlines()
    lines += [f"- {words}" for words in dict.fromkeys(plan.remarks)]
    if names.changed:
        lines += ["", "## Renamed places", ""]
        lines += [f"- {name}: `{identity}`" for name, identity in names.changed.items()]
    lines += ["", "## Parameters", ""]
    lines += [f"- `{name}` = {plain(p.value)}: {p.reason}" for name, p in parameters.items()]
    lines += ["", "## Not imported", ""]
    left_out = [f"- {words}" for words in dict.fromkeys(plan.left_out)]
    lines += left_out or ["Everything was imported."]
    if conflict.remarks:
        lines += ["", "## Irregularities in the folder", ""]
        lines += [f"- {words}" for words in conflict.remarks]
    return "\n".join(lines) + "\n"
