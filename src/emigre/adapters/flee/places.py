"""Places, areas and roads of a conflict."""

import math

from emigre.adapters.flee.folder import Conflict, Location
from emigre.adapters.flee.people import new_by_day
from emigre.adapters.flee.plan import FOLDER, Plan, Rows
from emigre.geography.distance import Point, great_circle_km

SPARE = 0.9
"""Largest share of the people of conflict places that may have left; see ``people_factor``."""


PLACEHOLDER = 10.0
"""Ratio of a capacity to all registered people from which it is no limit; see ``capacity_of``."""

BY_ROAD = "road"
"""Mode of all legs."""

LEAST_WEIGHT = 1e-6
"""Weight of foreign camps where the folder has 0, which has no logarithm."""

ROUNDED = 1.05
"""Tolerated ratio of great circle to road, since lengths and coordinates are rounded."""


def people_factor(plan: Plan) -> float:
    """Factor on populations, which are weights in Flee, that makes them as large as registrations.

    1 if departures follow from conflicts: then those of each place are known.
    """
    if plan.displaced is not None:
        return 1.0
    conflict = plan.conflict
    begin = {
        name: next(day for day, value in enumerate(values) if value > 0)
        for name, values in conflict.intensity.items()
        if any(values)
    }
    by_day = [0] * conflict.n_days
    for place in conflict.origins:
        if begin.get(place.name, conflict.n_days) < conflict.n_days:
            by_day[begin[place.name]] += place.people
    factor, living, gone = 1.0, 0, 0
    for people, left in zip(by_day, new_by_day(plan), strict=True):
        living, gone = living + people, gone + left
        if living > 0:
            factor = max(factor, gone / (SPARE * living))
    return factor


def places(plan: Plan) -> Rows:
    """Rows of origins, camps and transit towns."""
    conflict = plan.conflict
    factor = people_factor(plan) if plan.totals_given else 1.0
    if factor > 1.0:
        plan.remarks.append(
            f"Populations of conflict places are multiplied by {factor:.3g}: more people were "
            "registered than the folder has people (in Flee a population is a weight)."
        )
    leaving = {place.name for place in conflict.origins}
    swapped = gps_swapped(conflict)
    if swapped:
        plan.remarks.append("Coordinates are read as longitude and latitude, in this order.")
    rows: Rows = []
    for place in conflict.locations.values():
        is_camp, is_origin = place.kind == "camp", place.name in leaving
        lat, lon = coordinates(place, swapped)
        rows.append(
            {
                "id": plan.names.place[place.name],
                "name": place.name,
                "kind": "camp" if is_camp else "origin" if is_origin else "town",
                "country": plan.names.country[place.country],
                "lat": lat,
                "lon": lon,
                "population": _population(plan, place, factor) if is_origin else None,
                "capacity_persons": capacity_of(plan, place) if is_camp else None,
                "attraction": _attraction(plan, place) if is_camp else 0.0,
                "basis": "reported",
                "source": FOLDER,
                "note": _place_note(place),
            }
        )
    return rows


def _population(plan: Plan, place: Location, factor: float) -> int:
    """Population of an origin, at least the number of people who leave it."""
    leaving = sum((plan.displaced or {}).get(place.name, ()))
    return max(round(place.people * factor), math.ceil(leaving / SPARE))


def _attraction(plan: Plan, place: Location) -> float:
    """Attraction from foreign_weight and camp_effects.py; in a forecast from recent counts."""
    if plan.attraction:
        return round(plan.attraction[plan.names.place[place.name]], 6)
    return round(foreign_weight(plan, place) + plan.camp_effects.get(place.name, 0.0), 6)


def foreign_weight(plan: Plan, place: Location) -> float:
    """Logarithm of the folder's foreign_weight for a camp abroad; else 0."""
    is_foreign = place.country != plan.conflict.home
    weight = max(plan.conflict.settings.foreign_weight, LEAST_WEIGHT)
    return math.log(weight) if is_foreign else 0.0


def capacity_of(plan: Plan, camp: Location) -> int | None:
    """Capacity of a camp in people; None without a limit.

    A capacity of at least PLACEHOLDER times all registered people is no limit: such values (a
    million, the population of a town) never bind and contain no information about the camp.
    """
    room = math.floor(camp.people * plan.conflict.settings.capacity_scaling)
    return room if plan.capacities and 0 < room < PLACEHOLDER * plan.everybody else None


def _place_note(place: Location) -> str | None:
    words = {"forward": "Forwarding hub.", "marker": "Marker.", "flood": "Flood zone."}
    parts = [f"Region {place.region}."] if place.region else []
    parts += [words[place.kind]] if place.kind in words else []
    parts += ["For internally displaced persons."] if place.is_idp else []
    return " ".join(parts) or None


def gps_swapped(conflict: Conflict) -> bool:
    """Whether the first coordinate is the longitude.

    Latitudes are within 90 degrees, and no road is shorter than the great circle. The order that
    violates this for fewer places and roads is used.
    """
    known = [p.gps for p in conflict.locations.values() if p.gps]
    against = [sum(abs(gps[order]) > 90 for gps in known) for order in (0, 1)]
    for route in conflict.routes:
        a, b = (conflict.locations[name].gps for name in (route.start, route.end))
        if a is None or b is None:
            continue
        for order in (0, 1):
            straight = great_circle_km(_read_position(a, order), _read_position(b, order))
            against[order] += straight is not None and straight > ROUNDED * route.km
    return against[1] < against[0]


def _read_position(gps: tuple[float, float], order: int) -> tuple[float, float]:
    """Latitude and longitude, read in this order (0) or swapped (1)."""
    return gps if order == 0 else (gps[1], gps[0])


def coordinates(place: Location, swapped: bool) -> Point:
    """Latitude and longitude of a place; None if missing, or impossible in this order."""
    if place.gps is None or place.gps == (0.0, 0.0):  # Flee takes an empty cell for 0
        return None, None
    lat, lon = _read_position(place.gps, int(swapped))
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else (None, None)


def areas(plan: Plan) -> Rows:
    """Areas of the countries with camps, for sums in results and for rules."""
    rows: Rows = []
    for camp in plan.conflict.camps:
        area = plan.names.area[camp.country]
        rows.append({"area": area, "name": camp.country, "place": plan.names.place[camp.name]})
    return rows


def legs(plan: Plan) -> Rows:
    """Legs in both directions, for the shortest of several roads between two places."""
    if any(route.forced for route in plan.conflict.routes):
        plan.left_out.append(
            "routes.csv: forced_redirection (Flee keeps the flag and does not use it to move)"
        )
    return [
        {
            "from": plan.names.place[a],
            "to": plan.names.place[b],
            "mode": BY_ROAD,
            "km": km,
            "hours": 0.0,
            "fare_eur": 0.0,
            "both_ways": True,
            "basis": "reported",
            "source": FOLDER,
        }
        for (a, b), km in plan.conflict.shortest_roads().items()
    ]
