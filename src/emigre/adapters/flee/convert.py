"""Conversion of a Flee conflict folder to a scenario folder.

    conflict places   -> origins; an interval of days with one intensity -> a row of pressures
    camps             -> camps; capacity, closures and closed borders -> places and rules
    towns and hubs    -> towns on the way; routes -> legs in both directions
    counts            -> observations (stock of a camp on a day); those of the first day -> present
    rises of the total -> departures (conditional mode), or none (forecast mode)
    departures by conflict, if the settings ask for them, in place of these rises

In conditional mode people leave on the day on which they are registered, so legs take no time.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from emigre.adapters.flee import conflict_drivers, overflow, people, places
from emigre.adapters.flee.camp_effects import camp_effects, capacity_trust
from emigre.adapters.flee.defaults import Default, parameters
from emigre.adapters.flee.folder import read_folder
from emigre.adapters.flee.forecast import as_known, find_rates, read_day
from emigre.adapters.flee.names import names_of
from emigre.adapters.flee.notes import write_notes
from emigre.adapters.flee.openings import with_openings
from emigre.adapters.flee.plan import FOLDER, IMPORT, Plan, Rows
from emigre.errors import InputError, Mistake, refuse
from emigre.scenario.parsers import quoted
from emigre.scenario.texts import table_text
from emigre.scenario.writer import refuse_existing, write_folder

GIVEN, NONE = "given", "none"
MANY_PEOPLE = 1_000_000
"""Largest number of moving people for which a party is one person by default."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import: folder, rows of each table, omissions, irregularities of the source."""

    folder: Path
    mode: str
    rows: Mapping[str, int]
    without_counterpart: tuple[str, ...]
    irregularities: tuple[str, ...]


def import_folder(
    folder: str | Path,
    out: str | Path,
    *,
    capacities: str | None = None,
    as_of: str | date | None = None,
    totals: str | None = None,
    ranges: bool = False,
) -> Imported:
    """Convert a Flee conflict folder to a new scenario folder.

    ``capacities`` is ``given`` (those of the folder) or ``none`` (camps have no limit), ``totals``
    is ``given`` (departures are the rises of the registered total) or ``none`` (they continue at
    the rate of the last weeks). ``as_of`` is the first day of a forecast that uses nothing known
    later. Both are then ``none`` by default, because the values in such folders were often set
    after the event. With ``ranges``, parameters get ranges from which every run draws, instead of
    the middle of these; not with ``as_of``, where the attraction of camps depends on them.

    Raises InputError with every mistake in the folder and the options.
    """
    given = _parse_given(as_of is None, {"capacities": capacities, "totals": totals})
    if ranges and as_of is not None:
        expected = "ranges without --as-of: they change the attraction of camps"
        raise InputError(Mistake("--ranges", f"--as-of {as_of}", expected))
    refuse_existing(Path(out))
    conflict = read_folder(folder)
    plan = Plan(conflict, names_of(conflict), given["capacities"], ranges=ranges)
    if as_of is not None:
        plan.is_forecast, plan.first_day = True, read_day(conflict, as_of)
        if conflict.settings.displacement:
            words = "a forecast continues the counts"
            plan.left_out.append(f"simsetting.yml: conflict_driven_spawning ({words})")
        plan.conflict = as_known(conflict, plan.first_day)
        plan.totals_given = False
        find_rates(plan, lambda: scenario_files(plan))
        plan.totals_given = given["totals"]
    else:
        _look_ahead(plan)
    files = scenario_files(plan)
    files["NOTES.md"] = write_notes(plan, parameters(plan))
    target = write_folder(Path(out), files)
    rows = {name: len(table) for name, table in plan.tables.items() if table}
    left_out = tuple(dict.fromkeys(plan.left_out))
    return Imported(target, plan.mode, rows, left_out, conflict.remarks)


def _look_ahead(plan: Plan) -> None:
    """Set openings and attractions of camps from everything in the folder."""
    registered = sum(people.new_by_day(plan))
    plan.displaced = people.displaced(plan.conflict)
    new = sum(people.new_by_day(plan))
    if plan.displaced is not None:
        plan.remarks.append(
            "Departures follow from the conflicts (conflict_driven_spawning in simsetting.yml), "
            f"{new} in the period, and not from the registered total, which rises by {registered}."
        )
    elif not new:
        plan.remarks.append("The registered total does not rise in the period: nobody leaves.")
    plan.everybody = max(new, registered) + people.on_day_0(plan)
    plan.conflict = with_openings(plan)
    values = {name: default.value for name, default in parameters(plan).items()}
    effects = camp_effects(plan, values).tolist()
    names = [camp.name for camp in plan.conflict.camps]
    plan.camp_effects = dict(zip(names, effects, strict=True))
    if trust := capacity_trust(plan):
        plan.remarks.append(
            f"Capacities are treated as final counts with a weight of {trust:.2g} in the "
            "attraction of camps."
        )


def _parse_given(default: bool, options: Mapping[str, str | None]) -> dict[str, bool]:
    """Whether each option is ``given``."""
    mistakes = [
        Mistake(f"--{name}", quoted(value), f"{GIVEN} or {NONE}")
        for name, value in options.items()
        if value not in (None, GIVEN, NONE)
    ]
    if default and options["totals"] == NONE:
        expected = f"{GIVEN}, or a date of --as-of, from which departures continue as before"
        mistakes.append(Mistake("--totals", f'"{NONE}"', expected))
    refuse(mistakes)
    return {n: default if value is None else value == GIVEN for n, value in options.items()}


def scenario_files(plan: Plan) -> dict[str, str]:
    """Texts of the scenario by file name; its tables are stored in the plan."""
    plan.tables = {
        "places": places.places(plan),
        "areas": places.areas(plan),
        "legs": places.legs(plan),
        "groups": [_group(plan)],
        "rules": [*conflict_drivers.rules(plan), *overflow.rules(plan)],
        "pressures": conflict_drivers.pressures(plan),
        "diaspora": [],
        "present": people.present(plan),
        "departures": people.departures(plan) if plan.totals_given else [],
        "observations": people.observations(plan),
        "sources": _sources(plan),
    }
    files = {"scenario.toml": header(plan)}
    for name, rows in plan.tables.items():
        columns = list(rows[0]) if rows else _EMPTY.get(name)
        if columns is not None:
            cells = {c: [row[c] for row in rows] for c in columns}
            files[f"{name}.csv"] = table_text(cells, "UTC")
    return files


_EMPTY = {"diaspora": ["country", "nationality", "persons", "basis", "source"]}
"""Columns of the tables that a scenario requires also without rows."""


def _group(plan: Plan) -> dict[str, Any]:
    any_of = ("sex", "age_band", "occupation", "minority", "education", "openness")
    return {
        "id": "people",
        "share": 1.0,
        "nationality": plan.names.country[plan.conflict.home],
        **dict.fromkeys(any_of, "any"),
        "document": "any",
        "means": "any",
        "savings_eur": 0.0,
        "relatives": 0.0,
        "basis": "estimate",
        "source": IMPORT,
        "note": "One group, one party a person: the folder distinguishes people by place only.",
    }


def _sources(plan: Plan) -> Rows:
    name = plan.conflict.name
    return [
        {
            "id": FOLDER,
            "title": f"Conflict folder {name} in the format of Flee",
            "publisher": "the authors of the folder",
            "published": None,
            "address": f"{name}/input_csv and {name}/source_data",
            "note": "Counts of registered people, corrected as registration_corrections.csv says.",
        },
        {
            "id": IMPORT,
            "title": "Set by the import, the same for every conflict",
            "publisher": "Emigre",
            "published": None,
            "address": "docs/how-to/come-from-flee.md",
            "note": "Not in the folder: values that the format does not contain.",
        },
    ]


def header(plan: Plan) -> str:
    """Text of ``scenario.toml``."""
    conflict = plan.conflict
    capacities = "those of the folder" if plan.capacities else "not used"
    when = [f"forecast from {plan.start}"] * plan.is_forecast
    when += ["departures given"] * plan.totals_given
    title = ", ".join([f"{conflict.name}: flight from {conflict.home}", *when])
    mode = f"Mode: {plan.mode}. Capacities of camps: {capacities}."
    return tomli_w.dumps(
        {
            "id": plan.names.scenario,
            "title": title,
            "purpose": f"Imported from a conflict folder of Flee. {mode}",
            "start": plan.start,
            "end": plan.date(conflict.n_days - 1),
            "zone": "UTC",
            "nationality": plan.names.country[conflict.home],
            "run": {"runs": 12, "scale": _scale(plan), "small_count": 10},
            "parameters": {name: _record(plan, p) for name, p in parameters(plan).items()},
        }
    )


def _record(plan: Plan, parameter: Default) -> float | dict[str, Any]:
    """Value of a parameter in the header, with its range if ranges are requested."""
    if not plan.ranges or parameter.range is None:
        return parameter.value
    low, high = parameter.range
    shape = {"value": parameter.value, "low": low, "high": high, "prior": "uniform"}
    return shape | {"basis": "estimate", "note": parameter.reason}


def _scale(plan: Plan) -> int:
    """Smallest power of ten for which no more than MANY_PEOPLE parties move."""
    moving = sum(r["persons"] for name in ("present", "departures") for r in plan.tables[name])
    return int(10 ** max(math.ceil(math.log10(max(moving, 1) / MANY_PEOPLE)), 0))
