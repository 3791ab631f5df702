"""Itineraries as arrays, with kilometres and identities."""

import math

import numpy as np
from numpy.typing import NDArray

from emigre.engine.index import Index
from emigre.engine.memo import reuse
from emigre.engine.memory import require
from emigre.geography.distance import effective_km
from emigre.geography.routes import FoundWays, Leg, Node, find, union
from emigre.numerics.random import entity_id
from emigre.numerics.records import records
from emigre.processes.arrays import F64, I32, ROUTE, U64, WAY, Itineraries
from emigre.processes.parameters import OutlookParameters

BORDERS = "borders_per_itinerary"
BYTES_A_PAIR = 400
"""Memory needed to build the itineraries of one start and destination."""


def itineraries_of(
    index: Index, prm: OutlookParameters, open_legs: NDArray[np.bool_]
) -> tuple[Itineraries, NDArray[np.bool_]]:
    """All itineraries, and which exist (sets, I); memoised for scenarios with the same legs.

    open_legs: (sets, legs). The itineraries of all sets are combined. An itinerary exists only in
    the sets for which it was found: the closing of a leg changes nothing before it is known.
    """
    tables = {name: index.scenario.tables[name] for name in ("legs", "groups")}
    columns = ("id", "kind", "country", "exit_country", "lane_of", "lat", "lon")
    tables["places"] = index.scenario.tables["places"].select(columns)
    used = ("itineraries_per_destination", BORDERS, "great_circle_share")
    kept = (index.scenario.parameters[p] for p in used)
    values = (prm.time_weight_per_hour, prm.cost_weight, *kept, open_legs.tobytes())
    return reuse("itineraries", tables, values, lambda: _search(index, prm, open_legs))


def _search(
    index: Index, prm: OutlookParameters, open_legs: NDArray[np.bool_]
) -> tuple[Itineraries, NDArray[np.bool_]]:
    """Itineraries; fares are measured by the population's mean savings."""
    places, ends = index.rows["places"], len(index.countries)
    starts = len(index.origins) + len(index.crossings) + ends
    what = f"itineraries from {starts} places to {ends} countries and camps"
    hint = "fewer places, such as districts instead of villages"
    require(BYTES_A_PAIR * starts * ends, what, "places.csv", hint)
    number = {r["id"]: i for i, r in enumerate(places)}
    nodes = [
        Node(
            "country" if r["kind"] == "camp" else r["kind"],
            r["country"],
            r["exit_country"] or "",
            r["lane_of"] or r["id"],
        )
        for r in places
    ]
    savings = max(math.fsum(g["share"] * g["savings_eur"] for g in index.groups), 1.0)

    def cost(km: float, hours: float, fare: float) -> float:
        total = prm.time_weight_per_hour * hours + prm.cost_weight * fare / savings
        return total if prm.time_weight_per_hour + prm.cost_weight > 0 else km

    legs: list[tuple[int, Leg]] = []
    for number_of_leg, r in enumerate(index.rows["legs"]):
        a, b = number[r["from"]], number[r["to"]]
        leg = (r["km"], r["hours"], r["fare_eur"], cost(r["km"], r["hours"], r["fare_eur"]))
        legs.append((number_of_leg, Leg(a, b, *leg)))
        if r["both_ways"]:
            legs.append((number_of_leg, Leg(b, a, *leg)))
    values = index.scenario.parameters
    most, borders = (int(values[name]) for name in ("itineraries_per_destination", BORDERS))
    ways, exists = union(
        [
            find(nodes, [leg for i, leg in legs if is_open[i]], most, borders)
            for is_open in open_legs
        ]
    )
    parts = np.column_stack([ways.crossings, ways.destination, ways.check])
    unique, route = np.unique(parts, axis=0, return_inverse=True)
    row, routes = records(WAY, len(parts)), records(ROUTE, len(unique))
    crossings = np.ascontiguousarray(unique[:, :borders])
    routes.destination, routes.check = unique[:, borders:].T
    row.route = route.ravel()
    row.km = _kilometres(index, ways)
    row.id = _route_ids(index, crossings, routes.destination)[row.route]
    return Itineraries(ways.first, row, routes, crossings, ways.hours, ways.fares), exists


def _kilometres(index: Index, ways: FoundWays) -> F64:
    """Kilometres of each way, combined with great circles if the scenario gives them a weight."""
    share = index.scenario.parameters["great_circle_share"]
    if share <= 0.0:
        return ways.km
    rows = (*index.origin_rows, *index.crossing_rows, *index.country_rows)
    points = [(r["lat"], r["lon"]) for r in rows]
    ends = [(r["lat"], r["lon"]) for r in index.country_rows]
    start = np.repeat(np.arange(len(points)), np.diff(ways.first))
    pairs = zip(ways.km.tolist(), start.tolist(), ways.destination.tolist(), strict=True)
    return np.array([effective_km(km, points[s], ends[d], share) for km, s, d in pairs])


def _route_ids(index: Index, crossings: I32, destination: I32) -> U64:
    """Identity of each route, independent of the other routes and of how long they may be."""
    names = (*index.crossings, "")  # the last is that of -1: none
    ids = []
    for chain, d in zip(crossings, destination, strict=True):
        passed = [names[x] for k, x in enumerate(chain) if k < 2 or x >= 0]
        ids.append(entity_id("way", *passed, index.countries[d]))
    return np.array(ids, np.uint64)
