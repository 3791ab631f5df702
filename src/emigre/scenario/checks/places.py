"""Checks of places, areas and legs."""

from emigre.errors import Mistake
from emigre.scenario.checks.common import neighbours_of, reachable
from emigre.scenario.parsers import nearest, quoted
from emigre.scenario.tables import ScenarioTables

A_WAY_OUT = "an origin with a route to a country or camp"


def check_enough(tables: ScenarioTables) -> None:
    """At least one group, one origin and one destination exist."""
    groups, places = tables["groups"], tables["places"]
    if groups.is_whole and not groups.n_rows:
        tables.mistakes.append(Mistake("groups.csv", "no rows", "at least one group"))
    if not places.is_clean("kind"):
        return
    kinds = set(places["kind"])
    for needed, word in (({"origin"}, "origin"), ({"country", "camp"}, "country or camp")):
        if not kinds & needed:
            found, expected = f"no place of kind {word}", "at least one"
            tables.mistakes.append(Mistake("places.csv", found, expected, column="kind"))


def check_place_kinds(tables: ScenarioTables) -> None:
    """Cells required for some kinds of places only."""
    places = tables["places"]
    needed = {
        "origin": ("population",),
        "crossing": ("exit_country", "mode"),
        "country": ("living_cost_eur_per_month",),
    }
    countries = {i for i, k in tables.kinds_of_places.items() if k == "country"}
    for row, kind in enumerate(places["kind"]):
        for column in needed.get(kind, ()):
            places.require(row, column, f"for a place of kind {kind}")
        if not places.is_good(row, "id", "country"):
            continue
        country = places["country"][row]
        if kind == "country" and country != places["id"][row]:
            places.report(row, "country", f"{quoted(places['id'][row])}, the country itself")
        elif kind == "crossing" and country not in countries and places.is_clean("id", "kind"):
            expected = "the id of a country of places.csv, which the crossing enters"
            places.report(row, "country", expected, hint=nearest(country, countries))


def check_lanes(tables: ScenarioTables) -> None:
    """A lane belongs to another crossing between the same states that is not a lane itself."""
    places = tables["places"]
    if not places.is_clean("id", "kind", "country", "exit_country", "lane_of"):
        return
    border = {i: (into, out) for i, into, out in places.rows("id", "country", "exit_country")}
    lanes = {i for i, lane in places.rows("id", "lane_of") if lane}
    crossings = {i for i, kind in tables.kinds_of_places.items() if kind == "crossing"} - lanes
    for row, (name, point) in enumerate(places.rows("id", "lane_of")):
        if point and (point not in crossings or name not in lanes or border[point] != border[name]):
            expected = "another crossing between the same states, which is not a lane itself"
            places.report(row, "lane_of", expected)


def check_areas(tables: ScenarioTables) -> None:
    """Area ids are unique, areas have one name and contain places only."""
    areas, places = tables["areas"], tables["places"]
    first: dict[str, int] = {}
    for row, area in enumerate(areas["area"]):
        if not areas.is_good(row, "area", "name"):
            continue
        before = first.setdefault(area, row)
        if areas["name"][row] != areas["name"][before]:
            name, location = areas.text(before, "name"), areas.sheet.location(before, "name")
            areas.report(row, "name", f"{quoted(name)}, as in {location}")
    if not places.is_clean("id"):
        return
    ids = set(places["id"])
    for row, area in enumerate(areas["area"]):
        if area in ids and areas.is_good(row, "area"):
            areas.report(row, "area", "an id that is not that of a place")


def check_ways_out(tables: ScenarioTables) -> None:
    """Every origin has a route to a destination."""
    places, legs = tables["places"], tables["legs"]
    if not (places.is_clean("id", "kind") and legs.is_clean("from", "to", "both_ways")):
        return
    # Backwards from all destinations at once: a single search instead of one per origin.
    ends = {place for place, kind in tables.kinds_of_places.items() if kind in ("country", "camp")}
    reached = reachable(ends, neighbours_of(legs, reverse=True))
    for row, place in enumerate(places["id"]):
        if places["kind"][row] == "origin" and place not in reached:
            places.report(row, "id", A_WAY_OUT)
