"""Checks of places, areas and legs."""

from __future__ import annotations

from collections import defaultdict

from emigre import schema
from emigre.errors import Mistake
from emigre.scenario.checks.common import reachable
from emigre.scenario.parsers import expectation, nearest, quoted
from emigre.scenario.tables import ScenarioTables

A_WAY_OUT = "an origin with a route to a country or camp"


def check_enough(world: ScenarioTables) -> None:
    """At least one group, one origin and one destination exist."""
    groups, places = world.tables["groups"], world.tables["places"]
    if groups.is_whole and not groups.n_rows:
        world.mistakes.append(Mistake("groups.csv", "no rows", "at least one group"))
    if not places.is_clean("kind"):
        return
    kinds = set(places["kind"])
    for needed, word in (({"origin"}, "origin"), ({"country", "camp"}, "country or camp")):
        if not kinds & needed:
            found, expected = f"no place of kind {word}", "at least one"
            world.mistakes.append(Mistake("places.csv", found, expected, column="kind"))


def check_place_kinds(world: ScenarioTables) -> None:
    """Cells required for some kinds of places only."""
    places = world.tables["places"]
    needed = {
        "origin": ("population",),
        "crossing": ("exit_country", "mode"),
        "country": ("living_cost_eur_per_month",),
    }
    countries = {i for i, k in world.kinds_of_places.items() if k == "country"}
    for row, kind in enumerate(places["kind"]):
        for column in needed.get(kind, ()):
            if places[column][row] is None and places.is_good(row, column):
                words = expectation(schema.columns("places")[column])
                places.report(row, column, f"{words} for a place of kind {kind}")
        if not places.is_good(row, "id", "country"):
            continue
        country = places["country"][row]
        if kind == "country" and country != places["id"][row]:
            places.report(row, "country", f"{quoted(places['id'][row])}, the country itself")
        elif kind == "crossing" and country not in countries and places.is_clean("id", "kind"):
            expected = "the id of a country of places.csv, which the crossing enters"
            places.report(row, "country", expected, hint=nearest(country, countries))


def check_lanes(world: ScenarioTables) -> None:
    """A lane belongs to another crossing between the same states that is not a lane itself."""
    places = world.tables["places"]
    if not places.is_clean("id", "kind", "country", "exit_country", "lane_of"):
        return
    sides = zip(places["country"], places["exit_country"], strict=True)
    border = dict(zip(places["id"], sides, strict=True))
    lanes = {i for i, lane in zip(places["id"], places["lane_of"], strict=True) if lane}
    crossings = {i for i, kind in world.kinds_of_places.items() if kind == "crossing"} - lanes
    for row, point in enumerate(places["lane_of"]):
        name = places["id"][row]
        if point and (point not in crossings or name not in lanes or border[point] != border[name]):
            expected = "another crossing between the same states, which is not a lane itself"
            places.report(row, "lane_of", expected)


def check_areas(world: ScenarioTables) -> None:
    """Area ids are unique, areas have one name and contain places only."""
    areas, places = world.tables["areas"], world.tables["places"]
    first: dict[str, int] = {}
    for row, area in enumerate(areas["area"]):
        if not areas.is_good(row, "area", "name"):
            continue
        before = first.setdefault(area, row)
        if areas["name"][row] != areas["name"][before]:
            name, spot = areas.text(before, "name"), areas.sheet.spot(before, "name")
            areas.report(row, "name", f"{quoted(name)}, as in {spot.file}:{spot.line}")
    if not places.is_clean("id"):
        return
    ids = set(places["id"])
    for row, area in enumerate(areas["area"]):
        if area in ids and areas.is_good(row, "area"):
            areas.report(row, "area", "an id that no place has")


def check_ways_out(world: ScenarioTables) -> None:
    """Every origin has a route to a destination."""
    places, legs = world.tables["places"], world.tables["legs"]
    if not (places.is_clean("id", "kind") and legs.is_clean("from", "to", "both_ways")):
        return
    kind_of = world.kinds_of_places
    # Backwards from all destinations at once: a single search instead of one per origin.
    before: dict[str, set[str]] = defaultdict(set)
    for a, b, both in zip(legs["from"], legs["to"], legs["both_ways"], strict=True):
        before[b].add(a)
        if both:
            before[a].add(b)
    reached = reachable({p for p, kind in kind_of.items() if kind in ("country", "camp")}, before)
    for row, place in enumerate(places["id"]):
        if places["kind"][row] == "origin" and place not in reached:
            places.report(row, "id", A_WAY_OUT)
