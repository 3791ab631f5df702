"""Attraction of camps from the counts of the first day.

A camp with more people than distance and room explain is attractive for reasons missing in the
folder: a border that is easy to cross, relatives, help. With the camps that have people on the
first day (at least two), n_c people in camp c and p_c the share of them that the model expects

    l_c = ln(n_c / sum n) - ln p_c        w_c = n_c / (n_c + 10)
    attraction_c = TRUST w_c (l_c - sum w l / sum w)

    p_c ~ sum_z  N_z A_z^(access - 1) km_zc^-distance e^room_c f_c,    A_z = sum_c of the same

over the places z that are the first in conflict: N_z people who leave, A_z the sum over the camps,
f_c the folder's foreign weight, room_c the utility of the free places (route_choice.py). Only
differences between camps with people are identified, so their mean is 0, and a camp without people
gets no attraction: it may not be open yet.

TRUST = 3/4, the middle between 1/2 (as much weight to the first counts as to distance and room) and
1 (the shrinkage of empirical Bayes, Efron and Morris 1975).
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from emigre.adapters.flee.conflict_drivers import PLACE_SIZE, weight_by_day
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.places import coordinates, foreign_weight, gps_swapped, room_of
from emigre.adapters.flee.plan import Plan
from emigre.geography.distance import effective_km
from emigre.processes.route_choice import room_utility

TRUST = 0.75
FEW = 10.0
"""Number of people below which a count says little."""


def first_counts(plan: Plan, parameters: Mapping[str, float]) -> dict[str, float]:
    """Attraction by name of the camp; empty if fewer than two camps have people."""
    series = plan.conflict.registrations.camps
    people = {c.name: series[c.name].on(0) for c in plan.conflict.camps}
    people = {name: n for name, n in people.items() if n > 0}
    if len(people) < 2:
        return {}
    expected = _expected(plan, people, parameters)
    known = {name: n for name, n in people.items() if expected.get(name, 0.0) > 0.0}
    if len(known) < 2:
        return {}
    all_people, all_expected = sum(known.values()), sum(expected[name] for name in known)
    weight = {name: n / (n + FEW) for name, n in known.items()}
    beyond = {
        name: math.log(n / all_people) - math.log(expected[name] / all_expected)
        for name, n in known.items()
    }
    mean = sum(weight[c] * beyond[c] for c in known) / sum(weight.values())
    return {c: TRUST * weight[c] * (beyond[c] - mean) for c in known}


def _expected(
    plan: Plan, people: Mapping[str, int], parameters: Mapping[str, float]
) -> dict[str, float]:
    """p_c up to a factor."""
    conflict = plan.conflict
    pull = _pulls(plan, parameters)
    roads = {name: kilometres(conflict, name) for name in people}
    swapped = gps_swapped(conflict)
    point = {name: coordinates(place, swapped) for name, place in conflict.locations.items()}
    share = parameters["great_circle_share"]
    expected: dict[str, float] = dict.fromkeys(people, 0.0)
    for place, leaving in _first_in_conflict(conflict).items():
        weight = {}
        for camp in people:
            if place in roads[camp]:
                km = max(effective_km(roads[camp][place], point[place], point[camp], share), 1.0)
                weight[camp] = pull[camp] * km ** -parameters["distance_weight_per_ln_km"]
        access = sum(weight.values())
        if access > 0.0:
            out = leaving * access ** (parameters["access_weight"] - 1.0)
            for camp, w in weight.items():
                expected[camp] += out * w
    return expected


def _pulls(plan: Plan, parameters: Mapping[str, float]) -> dict[str, float]:
    """e^room_c f_c. A camp that is full on the first day counts as one with a free place."""
    series, camps = plan.conflict.registrations.camps, plan.conflict.camps
    places = np.array([room_of(plan, camp) or np.inf for camp in camps], float)
    present = np.minimum([series[camp.name].on(0) for camp in camps], places - 1.0)
    weights = parameters["room_weight"], parameters["free_share_weight"]
    room = room_utility(places, present, *weights)
    return {
        camp.name: math.exp(foreign_weight(plan, camp) + more)
        for camp, more in zip(camps, room, strict=True)
    }


def _first_in_conflict(conflict: Conflict) -> dict[str, float]:
    """N_z by place, on the first day with a conflict."""
    by_day = {p.name: weight_by_day(conflict, p.name) for p in conflict.origins}
    for day in range(conflict.n_days):
        weights = {
            p.name: by_day[p.name][day] * p.people**PLACE_SIZE
            for p in conflict.origins
            if day < len(by_day[p.name])
        }
        if any(weights.values()):
            return weights
    return {}


def kilometres(conflict: Conflict, camp: str) -> dict[str, float]:
    """Length in km of the shortest road to a camp, by place (Dijkstra)."""
    beside: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for route in conflict.routes:
        beside[route.start].append((route.end, route.km))
        beside[route.end].append((route.start, route.km))
    distance: dict[str, float] = {}
    ahead = [(0.0, camp)]
    while ahead:
        km, place = heapq.heappop(ahead)
        if place not in distance:
            distance[place] = km
            for end, more in beside[place]:
                if end not in distance:
                    heapq.heappush(ahead, (km + more, end))
    return distance
