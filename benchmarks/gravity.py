"""The naive entry: newcomers to camps in proportion to 1/distance^2, over open camps with room.

Distance is that of the shortest road from a conflict place; places weigh people x intensity. Three
readings of the rule, all without anything of our model:

    each      places send newcomers in proportion to weight; those of a place go to camps by 1/d^2
    pooled    camps get newcomers in proportion to the sum over places of weight / d^2
    straight  as pooled, with the great circle for the distance (the road where no coordinates are)

Newcomers are the rises of the registered total, and camps begin with the count of the first day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.places import coordinates, gps_swapped
from emigre.geography.distance import great_circle_km

READINGS = ("each", "pooled", "straight")
F64 = NDArray[np.float64]


def registered(conflict: Conflict) -> F64:
    """(days, camps) registered people."""
    camps = [conflict.registrations.camps[camp.name] for camp in conflict.camps]
    return np.array([[s.on(day) for s in camps] for day in range(conflict.n_days)], float)


def simulate(conflict: Conflict, reading: str, *, capacities: bool) -> F64:
    """(days, camps) people by the rule."""
    names = list(conflict.locations)
    number = {name: i for i, name in enumerate(names)}
    camps = [number[camp.name] for camp in conflict.camps]
    km = _distances(conflict, number)
    nearness = (_straight(conflict, km) if reading == "straight" else km)[:, camps] ** -2.0
    room = np.array([camp.people for camp in conflict.camps], float)
    room[(room < 1) | (not capacities)] = np.inf
    rises = conflict.registrations.new_by_day(
        conflict.n_days, from_camps=conflict.settings.sum_from_camps
    )
    people = registered(conflict)
    for day in range(1, conflict.n_days):
        now = people[day - 1].copy()
        weight = np.zeros(len(names))
        for name, values in conflict.intensity.items():
            weight[number[name]] = conflict.locations[name].people * values[day]
        pull = nearness * (_is_open(conflict, day) & (now < room))
        if reading == "each":
            total = pull.sum(axis=1, keepdims=True)
            pull = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
        shares = weight @ pull
        if shares.sum() > 0:
            now += rises[day] * shares / shares.sum()
        people[day] = now
    return people


def _distances(conflict: Conflict, number: dict[str, int]) -> F64:
    km: dict[tuple[int, int], float] = {}
    for route in conflict.routes:
        a, b = number[route.start], number[route.end]
        for pair in ((a, b), (b, a)):
            km[pair] = min(max(route.km, 1.0), km.get(pair, np.inf))
    rows, columns = np.array(list(km)).T
    graph = csr_array((list(km.values()), (rows, columns)), shape=(len(number), len(number)))
    return np.maximum(dijkstra(graph), 1.0)


def _straight(conflict: Conflict, roads: F64) -> F64:
    swapped = gps_swapped(conflict)
    points = [coordinates(place, swapped) for place in conflict.locations.values()]
    km = roads.copy()
    for a, start in enumerate(points):
        for b, end in enumerate(points):
            found = great_circle_km(start, end)
            if found is not None:
                km[a, b] = max(found, 1.0)
    return km


def _is_open(conflict: Conflict, day: int) -> NDArray[np.bool_]:
    now = [c for c in conflict.closures if c.begin <= day < c.end]
    closed = {c.first for c in now if c.kind in ("camp", "idpcamp", "location")}
    borders = [{c.first, c.second} for c in now if c.kind == "country"]
    return np.array(
        [
            camp.name not in closed and {conflict.home, camp.country} not in borders
            for camp in conflict.camps
        ]
    )
