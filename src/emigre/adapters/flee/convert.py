"""A Flee conflict folder as a scenario folder.

    conflict places   -> origins; a stretch of days with one intensity -> a row of pressures
    camps             -> camps; capacity, closures and closed borders -> places and rules
    towns and hubs    -> towns on the way; routes -> legs in both directions
    counts            -> observations (stock of a camp on a day); those of the first day -> present
    rises of the total -> departures (conditional mode), or none (forecast mode)

In conditional mode people leave on the day on which they are registered, so legs take no time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from emigre.adapters.flee import conflict_drivers, people, places
from emigre.adapters.flee.first_counts import first_counts
from emigre.adapters.flee.folder import read_folder
from emigre.adapters.flee.forecast import as_known, find_rates, read_day
from emigre.adapters.flee.names import names_of
from emigre.adapters.flee.notes import write_notes
from emigre.adapters.flee.plan import FOLDER, IMPORT, Notes, Plan, Rows
from emigre.errors import InputError, Mistake
from emigre.scenario.texts import table_text
from emigre.scenario.writer import refuse_if_taken, write_folder

GIVEN, NONE = "given", "none"
MANY_PEOPLE = 1_000_000
"""People who move at one party a person by default; above it one party stands for more."""

PARAMETERS: Mapping[str, tuple[float, str]] = {
    "distance_weight_per_ln_km": (1.5, "between 1 and 2, as in gravity models of migration"),
    "great_circle_share": (0.5, "roads bound the distance from above, great circles from below"),
    "access_weight": (2.0, "those far from every camp go to other places of their country"),
    "room_weight": (0.5, "the free places of a camp draw; between 0 and 1, the middle"),
    "network_weight": (0.1, "a little of what the literature finds between countries"),
    "time_weight_per_hour": (0.0, "distances alone are known"),
    "wait_weight_per_hour": (0.0, "no queues are known"),
    "cost_weight": (0.0, "no fares are known"),
    "urgency_weight": (0.0, "closures are not announced"),
    "floor_utility": (-40.0, "below the utility of the farthest camp"),
    "prepare_days": (0.1, "counts are dated by registration: people set out on that day"),
    "base_leaving_per_day": (
        1e-5,
        "only its ratio between places matters where departures are given",
    ),
    "base_returning_per_day": (0.0, "registered totals are net; see departures.csv"),
    "base_onward_per_day": (0.0, "the folder counts nobody who moves from camp to camp"),
    "asylum_share": (0.0, "registration is the status"),
    "apply_per_day": (0.0, "registration is the status"),
    "joining_per_day": (0.0, "one party a person"),
    "again_per_day": (0.0, "nobody returns"),
}
"""One set for all conflicts: value and reason. What is not named keeps the model's default."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written: the folder, how many rows of each table, and what was left out."""

    folder: Path
    mode: str
    rows: Mapping[str, int]
    without_counterpart: tuple[str, ...]


def import_folder(
    folder: str | Path,
    out: str | Path,
    *,
    capacities: str | None = None,
    as_of: str | date | None = None,
) -> Imported:
    """Turn a Flee conflict folder into a new scenario folder; InputError with every mistake.

    ``as_of``: forecast mode from that day, in which nothing later is known; without it conditional
    mode, in which the rises of the registered total are given. ``capacities``: given (those of the
    folder) or none (camps have no limit); by default given in conditional mode and none in
    forecast mode, for capacities in such folders were often set after the event.
    """
    if capacities not in (None, GIVEN, NONE):
        expected = f"{GIVEN} or {NONE}"
        raise InputError([Mistake("--capacities", None, "", f'"{capacities}"', expected)])
    refuse_if_taken(Path(out))
    conflict = read_folder(folder)
    capacities = capacities or (GIVEN if as_of is None else NONE)
    plan = Plan(conflict, names_of(conflict), capacities == GIVEN, Notes())
    if as_of is None:
        values = {name: value for name, (value, _) in PARAMETERS.items()}
        plan.first_counts = first_counts(plan, values)
    if as_of is not None:
        plan.is_forecast, plan.first_day = True, read_day(conflict, as_of)
        plan.conflict = as_known(conflict, plan.first_day)
        find_rates(plan, lambda: scenario_files(plan))
    files = dict(scenario_files(plan))
    files["NOTES.md"] = write_notes(plan, parameters(plan))
    target = write_folder(Path(out), files)
    rows = {name: len(table) for name, table in plan.tables.items() if table}
    return Imported(target, plan.mode, rows, tuple(plan.notes.without))


def scenario_files(plan: Plan) -> dict[str, str]:
    """File name to text of the scenario."""
    build_tables(plan)
    return {"scenario.toml": header(plan), **table_files(plan)}


def build_tables(plan: Plan) -> None:
    """Fill every table."""
    plan.tables = {
        "places": places.places(plan),
        "areas": places.areas(plan),
        "legs": places.legs(plan),
        "groups": [_group(plan)],
        "rules": conflict_drivers.rules(plan),
        "pressures": conflict_drivers.pressures(plan),
        "diaspora": [],
        "present": people.present(plan),
        "departures": [] if plan.is_forecast else people.departures(plan),
        "observations": people.observations(plan),
        "sources": _sources(plan),
    }


def table_files(plan: Plan) -> dict[str, str]:
    """File name to text of all tables with rows, and of those that must be there."""
    files = {}
    for name, rows in plan.tables.items():
        columns = list(rows[0]) if rows else _EMPTY.get(name)
        if columns is not None:
            cells = {c: [row[c] for row in rows] for c in columns}
            files[f"{name}.csv"] = table_text(cells, "UTC")
    return files


_EMPTY = {"diaspora": ["country", "nationality", "persons", "basis", "source"]}


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
        "note": "One group, one party a person: the folder tells people apart by place alone.",
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
            "note": "Not in the folder: what the model needs and the format does not know.",
        },
    ]


def header(plan: Plan) -> str:
    """``scenario.toml``."""
    conflict = plan.conflict
    capacities = "those of the folder" if plan.capacities else "not used"
    when = f"forecast from {plan.start}" if plan.is_forecast else "departures given"
    title = f"{conflict.name}: flight from {conflict.home}, {when}"
    purpose = (
        f"Imported from a conflict folder of Flee. Mode: {plan.mode}. "
        f"Capacities of camps: {capacities}."
    )
    return tomli_w.dumps(
        {
            "id": plan.names.scenario,
            "title": title,
            "purpose": purpose,
            "start": plan.start,
            "end": plan.date(conflict.n_days - 1),
            "zone": "UTC",
            "nationality": plan.names.country[conflict.home],
            "run": {"runs": 12, "scale": _scale(plan), "small_count": 10},
            "parameters": {name: value for name, (value, _) in parameters(plan).items()},
        }
    )


def parameters(plan: Plan) -> dict[str, tuple[float, str]]:
    """Value and reason of every parameter that the import sets."""
    values = dict(PARAMETERS)
    if plan.base is not None:
        words = "so many leave as were newly registered in the last four weeks"
        values["base_leaving_per_day"] = (float(f"{plan.base:.6g}"), words)
    return values


def _scale(plan: Plan) -> int:
    """1 where up to a million people move, else the power of ten that brings them below."""
    moving = sum(r["persons"] for name in ("present", "departures") for r in plan.tables[name])
    return int(10 ** max(math.ceil(math.log10(max(moving, 1) / MANY_PEOPLE)), 0))
