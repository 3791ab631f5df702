"""A Flee conflict folder as a scenario folder.

    conflict places   -> origins; a stretch of days with one intensity -> a row of pressures
    camps             -> camps; capacity, closures and closed borders -> places and rules
    towns and hubs    -> towns on the way; routes -> legs in both directions
    counts            -> observations (stock of a camp on a day); day 0 -> present
    rises of the total -> departures (conditional mode), or none (forecast mode)

In conditional mode people leave on the day on which they are registered, so legs take no time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from emigre.adapters.flee.folder import NEVER, Closure, Conflict, Location, read_folder, spans
from emigre.adapters.flee.names import Names, names_of
from emigre.adapters.flee.notes import Notes, write_notes
from emigre.calendar import add_days
from emigre.errors import InputError, Mistake
from emigre.scenario.write import table_text, write_folder

CAPACITIES = ("given", "none")
FOLDER, IMPORT = "folder", "import"
"""Ids of the two sources of an imported scenario."""

CONFLICT, BETWEEN_COUNTS = "conflict", "between_counts"
"""Kinds of pressure; `--set pressure_between_counts=0` does without the second."""

FULL_PRESSURE = 8.0
"""Log hazard of an intensity of 1: places in conflict are left 3000 times as often as others."""

_LOWEST, _HIGHEST = -10.0, 10.0
SPARE = 0.9
"""Share of the people of conflict places that may have left by any day; see ``_people_factor``."""

MANY_PEOPLE = 1_000_000
"""People who move at one party a person by default; above it one party stands for more."""

PARAMETERS: Mapping[str, tuple[float, str]] = {
    "distance_weight_per_ln_km": (2.0, "the square of the distance, as in the plain gravity rule"),
    "access_weight": (1.0, "staying and each camp are alternatives of one choice"),
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
    "hazard_cap_per_day": (0.002, "moving on from camp to camp is rare"),
    "asylum_share": (0.0, "registration is the status"),
    "apply_per_day": (0.0, "registration is the status"),
    "joining_per_day": (0.0, "one party a person"),
    "again_per_day": (0.0, "nobody returns"),
}
"""One set for all conflicts: value and reason. What is not named keeps the model's default."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written: the folder, how many rows of each table, and what was left out."""

    folder: Path
    mode: str
    rows: Mapping[str, int]
    without_counterpart: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """What the parts of a conversion share."""

    conflict: Conflict
    names: Names
    capacities: bool
    notes: Notes
    first_day: int = 0
    tables: dict[str, Rows] = field(default_factory=dict)

    @property
    def start(self) -> date:
        """First simulated day."""
        return self.date(self.first_day)

    def date(self, day: int) -> date:
        """The date of a day number of the folder."""
        return add_days(self.conflict.start, day)


def import_folder(folder: str | Path, out: str | Path, *, capacities: str = "given") -> Imported:
    """Turn a Flee conflict folder into a new scenario folder; InputError with every mistake.

    ``capacities``: given (those of the folder) or none (camps have no limit; for judging how much
    a forecast owes to capacities that were set after the event).
    """
    if capacities not in CAPACITIES:
        expected = f"one of {', '.join(CAPACITIES)}"
        raise InputError([Mistake("--capacities", None, "", f'"{capacities}"', expected)])
    conflict = read_folder(folder)
    plan = Plan(conflict, names_of(conflict), capacities == "given", Notes())
    build_tables(plan)
    files = {"scenario.toml": header(plan), **table_files(plan)}
    files["NOTES.md"] = write_notes(plan.notes, conflict, plan.names)
    target = write_folder(Path(out), files)
    rows = {name: len(table) for name, table in plan.tables.items() if table}
    return Imported(target, "conditional", rows, tuple(plan.notes.without))


def build_tables(plan: Plan) -> None:
    """Fill every table."""
    plan.tables["places"] = _places(plan)
    plan.tables["areas"] = _areas(plan)
    plan.tables["legs"] = _legs(plan)
    plan.tables["groups"] = [_group(plan)]
    plan.tables["rules"] = _rules(plan)
    plan.tables["pressures"] = _pressures(plan)
    plan.tables["diaspora"] = []
    plan.tables["present"] = _present(plan)
    plan.tables["departures"] = _departures(plan)
    plan.tables["observations"] = _observations(plan)
    plan.tables["sources"] = _sources(plan)


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


def origins(conflict: Conflict) -> list[Location]:
    """Places that people leave: those with a conflict on some day, camps left out."""
    fought = {name for name, values in conflict.intensity.items() if any(values)}
    return [
        place
        for place in conflict.locations.values()
        if place.kind != "camp" and (place.kind == "conflict" or place.name in fought)
    ]


def _people_factor(plan: Plan) -> float:
    """Factor on populations, so that the people registered can have lived in conflict places.

    In Flee a population is a weight; here people who leave are no longer at home.
    """
    conflict = plan.conflict
    begin = {
        name: next(day for day, value in enumerate(values) if value > 0)
        for name, values in conflict.intensity.items()
        if any(values)
    }
    by_day = [0] * conflict.n_days
    for place in origins(conflict):
        if begin.get(place.name, conflict.n_days) < conflict.n_days:
            by_day[begin[place.name]] += place.people
    factor, living, gone = 1.0, 0, 0
    for people, left in zip(by_day, new_by_day(plan), strict=True):
        living, gone = living + people, gone + left
        if living > 0:
            factor = max(factor, gone / (SPARE * living))
    return factor


def new_by_day(plan: Plan) -> list[int]:
    """People who are newly registered, by day of the folder."""
    conflict = plan.conflict
    settings = conflict.settings
    rises = conflict.registrations.new_by_day(conflict.n_days, from_camps=settings.sum_from_camps)
    if not settings.insert_day0 and not settings.empty_camps_on_day0:
        rises[0] = sum(s.on(0) for s in conflict.registrations.camps.values())
    return rises


def _places(plan: Plan) -> Rows:
    conflict, factor = plan.conflict, _people_factor(plan)
    if factor > 1.0:
        plan.notes.did.append(
            f"Populations of conflict places are multiplied by {factor:.3g}: more people were "
            "registered than the folder lets live there (in Flee a population is a weight)."
        )
    leaving = {place.name for place in origins(conflict)}
    swapped = _gps_swapped(conflict)
    foreign = math.log(conflict.settings.foreign_weight)
    rows: Rows = []
    for place in conflict.locations.values():
        is_camp, is_origin = place.kind == "camp", place.name in leaving
        lat, lon = _gps(place, swapped)
        room = math.floor(place.people * conflict.settings.capacity_scaling)
        rows.append(
            {
                "id": plan.names.place[place.name],
                "name": place.name,
                "kind": "camp" if is_camp else "origin" if is_origin else "town",
                "country": plan.names.country[place.country],
                "lat": lat,
                "lon": lon,
                "population": round(place.people * factor) if is_origin else None,
                "capacity_persons": room if is_camp and room > 0 and plan.capacities else None,
                "attraction": foreign if is_camp and place.country != conflict.home else 0.0,
                "basis": "reported",
                "source": FOLDER,
                "note": _place_note(place),
            }
        )
    return rows


def _place_note(place: Location) -> str | None:
    words = {"forward": "Forwarding hub.", "marker": "Marker.", "flood": "Flood zone."}
    parts = [f"Region {place.region}."] if place.region else []
    parts += [words[place.kind]] if place.kind in words else []
    parts += ["For internally displaced persons."] if place.is_idp else []
    return " ".join(parts) or None


def _gps_swapped(conflict: Conflict) -> bool:
    """Whether the first coordinate is the longitude: latitudes are never beyond 90 degrees."""
    return any(abs(p.gps[0]) > 90 for p in conflict.locations.values() if p.gps)


def _gps(place: Location, swapped: bool) -> tuple[float | None, float | None]:
    if place.gps is None:
        return None, None
    lat, lon = reversed(place.gps) if swapped else place.gps
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else (None, None)


def _areas(plan: Plan) -> Rows:
    """One area for each country with camps: results carry its sums, rules address it."""
    rows: Rows = []
    for camp in plan.conflict.camps:
        area = plan.names.area[camp.country]
        rows.append({"area": area, "name": camp.country, "place": plan.names.place[camp.name]})
    return rows


def _legs(plan: Plan) -> Rows:
    shortest: dict[tuple[str, str], float] = {}
    for route in plan.conflict.routes:
        a, b = sorted((route.start, route.end))
        shortest[a, b] = min(route.km, shortest.get((a, b), math.inf))
        if route.forced:
            plan.notes.leave_out(
                "routes.csv: forced_redirection (Flee keeps the flag and does not use it to move)"
            )
    return [
        {
            "from": plan.names.place[a],
            "to": plan.names.place[b],
            "mode": "road",
            "km": km,
            "hours": 0.0,
            "fare_eur": 0.0,
            "both_ways": True,
            "basis": "reported",
            "source": FOLDER,
        }
        for (a, b), km in shortest.items()
    ]


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


def _rules(plan: Plan) -> Rows:
    rows: Rows = [
        {
            "id": "registered_anywhere",
            "kind": "entry",
            "place": "*",
            "announced": None,
            "effective_from": None,
            "effective_to": None,
            "value": 1.0,
            "basis": "estimate",
            "source": IMPORT,
            "note": "Every camp takes people unless it is closed.",
        }
    ]
    for closure in plan.conflict.closures:
        rows += _closure_rules(plan, closure, len(rows))
    return rows


def _closure_rules(plan: Plan, closure: Closure, number: int) -> Rows:
    conflict, names = plan.conflict, plan.names
    if closure.end <= plan.first_day or closure.begin >= conflict.n_days:
        plan.notes.leave_out(f"{_told(closure)}: outside the simulated days")
        return []
    if closure.kind == "country":
        abroad = {closure.first, closure.second} - {conflict.home}
        if len(abroad) == 1 and conflict.home in (closure.first, closure.second):
            country = abroad.pop()
            if any(camp.country == country for camp in conflict.camps):
                return [_closing(plan, closure, number, "entry", names.area[country])]
        plan.notes.leave_out(f"{_told(closure)}: no camp lies behind that border")
        return []
    is_camp = conflict.locations[closure.first].kind == "camp"
    if closure.kind in ("camp", "idpcamp", "location") and is_camp:
        return [_closing(plan, closure, number, "capacity", names.place[closure.first])]
    why = {
        "link": "Flee does not act on it",
        "remove_forced_redirection": "Flee's flag moves nobody",
    }.get(closure.kind, "a place on the way; ways are found once")
    plan.notes.leave_out(f"{_told(closure)}: {why}")
    return []


def _told(closure: Closure) -> str:
    between = f"{closure.first} {closure.second}".strip()
    return f"closures.csv:{closure.row.line} {closure.kind} {between}"


def _closing(plan: Plan, closure: Closure, number: int, kind: str, place: str) -> dict[str, Any]:
    begin = max(closure.begin, plan.first_day)
    ends = closure.end < min(NEVER, plan.conflict.n_days)
    return {
        "id": f"closed_{number}_{place}",
        "kind": kind,
        "place": place,
        "announced": plan.date(begin),
        "effective_from": plan.date(begin),
        "effective_to": plan.date(closure.end) if ends else None,
        "value": 0.0,
        "basis": "reported",
        "source": FOLDER,
        "note": "The border is closed." if kind == "entry" else "The camp is not open.",
    }


def _pressures(plan: Plan) -> Rows:
    rows: Rows = []
    for place in origins(plan.conflict):
        values = weight_by_day(plan.conflict, place.name)[: plan.conflict.n_days]
        for begin, end, value in spans(values):
            rows.append(_pressure(plan, place, len(rows), begin, end, value, CONFLICT))
        for begin, end, value in spans(_between_counts(plan, values)):
            rows.append(_pressure(plan, place, len(rows), begin, end, value, BETWEEN_COUNTS))
    return rows


def _between_counts(plan: Plan, weight: Sequence[float]) -> list[float]:
    """Weight of a place on days of peace between two counts of which some have a conflict.

    Those newly counted at the end of an interval left on days of it that nobody wrote down; the
    straight line between the counts spreads them over all its days. So the place has, on its other
    days, its mean weight in the interval.
    """
    days = plan.conflict.registrations.count_days(plan.conflict.n_days)
    found = [0.0] * len(weight)
    for before, until in pairwise(days):
        mean = sum(weight[before + 1 : until + 1]) / (until - before)
        for day in range(before + 1, until + 1):
            if weight[day] <= 0:
                found[day] = mean
    return found


def weight_by_day(conflict: Conflict, name: str) -> list[float]:
    """Intensity of the conflict at a place, times the folder's decay since it began, by day."""
    settings = conflict.settings
    values: list[float] = []
    begin = 0
    for day, value in enumerate(conflict.intensity.get(name, ())):
        if day and value > 0 and values[-1] <= 0:
            begin = day
        step = (day - begin) // settings.decay_days
        factor = settings.decay[min(step, len(settings.decay) - 1)] if settings.decay else 1.0
        values.append(value * factor)
    return values


def _pressure(
    plan: Plan, place: Location, number: int, begin: int, end: int, value: float, kind: str
) -> dict[str, Any]:
    name = plan.names.place[place.name]
    leaving = FULL_PRESSURE + math.log(value)
    words = {
        CONFLICT: f"Intensity {value:g} in the folder.",
        BETWEEN_COUNTS: "Left between two counts of which it had a conflict on other days.",
    }
    return {
        "id": f"{kind}_{number}_{name}",
        "kind": kind,
        "place": name,
        "onset": plan.date(begin),
        "ends": plan.date(end) if end < plan.conflict.n_days else None,
        "leaving": min(max(round(leaving, 6), _LOWEST), _HIGHEST),
        "basis": "estimate",
        "source": IMPORT,
        "note": words[kind],
    }


def _present(plan: Plan) -> Rows:
    settings = plan.conflict.settings
    if not settings.insert_day0 or settings.empty_camps_on_day0:
        return []
    rows: Rows = []
    for camp in plan.conflict.camps:
        people = plan.conflict.registrations.camps[camp.name].on(plan.first_day)
        if people > 0:
            rows.append(
                {
                    "place": plan.names.place[camp.name],
                    "origin": "*",
                    "persons": people,
                    "basis": "reported",
                    "source": FOLDER,
                }
            )
    return rows


def _departures(plan: Plan) -> Rows:
    return [
        {"origin": "*", "date": plan.date(day), "persons": people, "source": FOLDER}
        for day, people in enumerate(new_by_day(plan))
        if people > 0
    ]


def _observations(plan: Plan) -> Rows:
    conflict = plan.conflict
    rows: Rows = []
    for camp in conflict.camps:
        series = conflict.registrations.camps[camp.name]
        taken_off = series.on(0) if conflict.settings.empty_camps_on_day0 else 0
        counted = [
            (day, count)
            for day, count in zip(series.days, series.counts, strict=True)
            if plan.first_day <= day < conflict.n_days
        ]
        for day, count in counted:
            value = float(max(int(count) - taken_off, 0))
            is_last = day == counted[-1][0]
            rows.append(_observation(plan, plan.names.place[camp.name], day, value, is_last))
    total = conflict.registrations.total
    for day, count in zip(total.days, total.counts, strict=True) if total else ():
        if plan.first_day <= day < conflict.n_days:
            rows.append(_observation(plan, "*", day, float(int(count)), None))
    return rows


def _observation(
    plan: Plan, place: str, day: int, value: float, is_last: bool | None
) -> dict[str, Any]:
    """A stock on one day; is_last None: the registered total, which may count other places too."""
    begin = plan.date(day)
    word = "total" if place == "*" else place
    return {
        "id": f"{word}_{begin}",
        "measure": "stock",
        "place": place,
        "from": begin,
        "to": plan.date(day + 1),
        "value": value,
        "use": "context" if is_last is None else "check",
        "headline": bool(is_last),
        "published": begin,
        "basis": "reported",
        "source": FOLDER,
        "note": "Registered in all; may count other places too." if is_last is None else None,
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
    last = plan.date(conflict.n_days - 1)
    people = sum(new_by_day(plan)) + sum(r["persons"] for r in plan.tables["present"])
    scale = 10 ** max(math.ceil(math.log10(max(people, 1) / MANY_PEOPLE)), 0)
    capacities = "those of the folder" if plan.capacities else "not used"
    title = f"{conflict.name}: flight from {conflict.home}, departures given"
    purpose = f"Imported from a conflict folder of Flee. Capacities of camps: {capacities}."
    lines = [
        f"id = {_toml(plan.names.scenario)}",
        f"title = {_toml(title)}",
        f"purpose = {_toml(purpose)}",
        f"start = {plan.start}",
        f"end = {last}",
        'zone = "UTC"',
        f"nationality = {_toml(plan.names.country[conflict.home])}",
        "",
        "[run]",
        "runs = 12",
        f"scale = {scale}",
        "small_count = 10",
        "",
        "[parameters]",
    ]
    lines += [f"{k} = {v:g}  # {why}" for k, (v, why) in PARAMETERS.items()]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
