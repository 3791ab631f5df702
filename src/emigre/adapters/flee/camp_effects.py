"""Infer the attraction of camps from their capacities and the counts of the first day.

A camp with more people than distance and free places explain is attractive for reasons that are not
in the folder: a border that is easy to cross, relatives, help. Two columns of a folder show this:

    first counts   n_c people on the first day, compared with the share p_c expected by the model:
                       f_c = w_c (l_c - sum w l / sum w),   l_c = ln(n_c / sum n) - ln p_c
                       w_c = n_c / (n_c + 10)
                   over the camps with people, if there are two or more. Others have f_c = 0: they
                   may not be open yet. If a camp is first counted later, when S times as many
                   people (S at least 1) are in the camps counted from the first day on, n_c is its
                   first count divided by S: all camps are compared at the same time.
    capacities     often the highest counts of each camp. If their sum is the number of people
                   registered, every camp fills. x_c are the constants with which the model
                   distributes newcomers in proportion to the capacities minus the people of the
                   first day (Furness iteration of a doubly constrained gravity model, Wilson 1971).

    attraction_c = TRUST (k x_c + (1 - k) f_c),     k = max(0, 1 - |ln R| / ln R_0)

R is the sum of the capacities divided by the number of people registered; k = 0 if a camp has no
limit. Capacities for R_0 = 2 times as many people are planned sizes that camps need not reach, and
contain no such information. If most are not multiples of a hundred, they are counts rather than
plans, and their sum may be larger because people who moved are in the highest counts of several
camps: R_0 = 4 for R > 1 (docs/decisions/0100-openings-and-capacities-of-folders.md). The expected
arrivals in camp c, with T(t) newly registered people on day t, are

    sum_t T(t) sum_z o_z(t) W_zc(t) / A_z(t),   W_zc = km_zc^-distance e^(room_c + x_c) f_c,
    o_z proportional to N_z(t) A_z^access,   A_z = sum_c W_zc

with N_z(t) the people who leave place z by conflict and population, f_c the folder's foreign weight
and room_c the utility of the free places of the first day (route_choice.py). For the first counts T
is that of the first day with a conflict, x_c = 0, and camps without people do not exist.

TRUST = 3/4, the middle between 1/2 (as much weight to the folder's numbers as to distance and room)
and 1 (the shrinkage of empirical Bayes, Efron and Morris 1975).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from emigre.adapters.flee import people
from emigre.adapters.flee.conflict_drivers import PLACE_SIZE, open_ways, weights_by_day
from emigre.adapters.flee.folder import Conflict, Location
from emigre.adapters.flee.places import capacity_of, coordinates, foreign_weight, gps_swapped
from emigre.adapters.flee.plan import Plan
from emigre.geography.distance import effective_km
from emigre.geography.shortest_paths import cheapest_paths
from emigre.processes.arrays import F64
from emigre.processes.route_choice import mean_room, room_utility

TRUST = 0.75
FEW = 10.0
"""Number of people below which a count carries little information."""
NO_TRUST, NO_TRUST_EXACT = 2.0, 4.0
"""Ratio of capacities to people (or its inverse) from which capacities are not counts: R_0."""
ROUND = 100
"""Planned capacities are multiples of this."""
MOST_EFFECT = 5.0
"""Largest constant of a camp from capacities: a factor of 150."""

_ROUNDS = 50
_STEP = 0.7
_LEAST = 1e-300


def camp_effects(plan: Plan, parameters: Mapping[str, float]) -> F64:
    """Attraction of each camp (C) beyond distance, room and the folder's foreign weight."""
    flows = _Flows.of(plan, parameters)
    share = capacity_trust(plan)
    effects = (1.0 - share) * _first_count_effects(flows)
    return TRUST * (effects + share * _capacity_effects(flows) if share else effects)


def capacity_trust(plan: Plan) -> float:
    """Weight k of capacities as final numbers of people.

    It is 0 if departures follow from conflicts rather than from registered totals.
    """
    rooms = [capacity_of(plan, camp) for camp in plan.conflict.camps]
    capacities = [room for room in rooms if room is not None]
    if not plan.everybody or plan.displaced is not None or len(capacities) < len(rooms):
        return 0.0
    ratio = sum(capacities) / plan.everybody
    exact = 2 * sum(camp.people % ROUND != 0 for camp in plan.conflict.camps) > len(rooms)
    no_trust = NO_TRUST_EXACT if exact and ratio > 1.0 else NO_TRUST
    return max(0.0, 1.0 - abs(math.log(ratio)) / math.log(no_trust))


@dataclass(frozen=True, slots=True)
class _Flows:
    """Arrays of the equations: kinds of days t, places z, camps c."""

    counts: F64  # (C) of the first day
    first_counts: F64  # (C) n_c
    capacity: F64  # (C) infinite without a limit
    foreign: F64  # (C) f
    room_weights: tuple[float, float]
    near: F64  # (Z, C) km^-distance; 0 without a road
    first: F64  # (1, Z) N on the first day with a conflict
    leaving: F64  # (T, Z) N
    is_open: F64  # (T, Z, C) 1 or 0: the camp, and a road from the place
    new: F64  # (T) newly registered
    access: float

    @classmethod
    def of(cls, plan: Plan, parameters: Mapping[str, float]) -> Self:
        conflict = plan.conflict
        camps = conflict.camps
        counts = np.array([conflict.registrations.camps[c.name].on(0) for c in camps], float)
        capacity = np.array([capacity_of(plan, camp) or np.inf for camp in camps], float)
        leaving = _leaving(plan)
        is_open = open_ways(conflict)
        days = np.hstack([leaving, is_open.reshape(len(leaving), -1)])
        kinds, kind = np.unique(days, axis=0, return_inverse=True)
        km = kilometres(conflict, conflict.origins, parameters["great_circle_share"])
        return cls(
            counts,
            _first_counts(conflict),
            capacity,
            np.exp([foreign_weight(plan, camp) for camp in camps]),
            (parameters["room_weight"], parameters["free_share_weight"]),
            km ** -parameters["distance_weight_per_ln_km"] * np.isfinite(km),
            leaving[[np.argmax(leaving.any(axis=1))]],
            kinds[:, : leaving.shape[1]],
            kinds[:, leaving.shape[1] :].reshape(-1, *is_open.shape[1:]),
            np.bincount(kind.ravel(), people.new_by_day(plan)).astype(float),
            parameters["access_weight"] if plan.displaced is None else 0.0,
        )

    def pull(self, camps: NDArray[np.bool_]) -> F64:
        """e^room f (C) if these are all camps; 0 for others."""
        capacity, present = self.capacity[camps], self.counts[camps]
        mean = mean_room(capacity, present)
        # A camp that is full on the first day counts as one with a free place.
        present = np.minimum(present, capacity - 1.0)
        out = np.zeros(camps.size)
        out[camps] = np.exp(room_utility(capacity, present, *self.room_weights, mean))
        return out * self.foreign

    def arrivals(self, pull: F64) -> F64:
        """Expected newcomers by camp (C); days on which nobody can leave are left out."""
        weight = self.near * pull * self.is_open
        reach = weight.sum(axis=2)
        out = self.leaving * (reach / max(reach.max(), _LEAST)) ** self.access
        out *= (self.new / np.maximum(out.sum(axis=1), _LEAST))[:, None]
        return np.asarray(np.einsum("tz,tzc->c", out / np.maximum(reach, _LEAST), weight))


def _leaving(plan: Plan) -> F64:
    """N by day and place: (days, Z)."""
    if plan.displaced is not None:
        return np.array(list(plan.displaced.values()), float).T
    weights = weights_by_day(plan)
    days = [
        np.add(weights[place.name].conflict, weights[place.name].between) * place.people**PLACE_SIZE
        for place in plan.conflict.origins
    ]
    return np.array(days).T


def _first_counts(conflict: Conflict) -> F64:
    """n_c."""
    counted = [conflict.registrations.camps[camp.name] for camp in conflict.camps]
    first = max(0, min(series.days[0] for series in counted))
    earliest = [series for series in counted if series.days[0] <= first]

    def growth(day: int) -> float:
        then, at_first = (sum(series.on(d) for series in earliest) for d in (day, first))
        return max(then / max(at_first, 1), 1.0)

    return np.array([series.on(0) / growth(max(series.days[0], first)) for series in counted])


def _first_count_effects(flows: _Flows) -> F64:
    """f_c."""
    counts = flows.first_counts
    every = np.ones((1, 1, counts.size))
    day = replace(flows, leaving=flows.first, is_open=every, new=np.ones(1))
    expected = day.arrivals(flows.pull(counts > 0))
    known = (counts > 0) & (expected > 0)
    effects = np.zeros(counts.size)
    if known.sum() >= 2:
        n, p = counts[known], expected[known]
        weight = n / (n + FEW)
        beyond = np.log(n / n.sum()) - np.log(p / p.sum())
        effects[known] = weight * (beyond - np.average(beyond, weights=weight))
    return effects


def _capacity_effects(flows: _Flows) -> F64:
    """x_c; 0 for a camp that nobody reaches."""
    filled = flows.capacity / flows.capacity.sum() * (flows.counts.sum() + flows.new.sum())
    effects = np.zeros(filled.size)
    pull = flows.pull(np.ones(filled.size, np.bool_))
    reached = flows.arrivals(pull) > 0
    if not reached.any():
        return effects
    room = np.log(np.maximum(filled - flows.counts, 1.0)[reached])
    for _ in range(_ROUNDS):
        step = room - np.log(flows.arrivals(pull * np.exp(effects))[reached])
        effects[reached] += _STEP * (step - step.mean())
        effects = effects.clip(-MOST_EFFECT, MOST_EFFECT)
    return effects


def kilometres(conflict: Conflict, starts: Sequence[Location], great_circle_share: float) -> F64:
    """Km from places to every camp: (Z, C), at least 1; infinite without a road and to itself."""
    swapped = gps_swapped(conflict)
    point = {name: coordinates(place, swapped) for name, place in conflict.locations.items()}
    number = {name: i for i, name in enumerate(conflict.locations)}
    roads = _road_lengths(conflict, number)
    km = np.full((len(starts), len(conflict.camps)), np.inf)
    for c, camp in enumerate(conflict.camps):
        for z, start in enumerate(starts):
            length = float(roads[c, number[start.name]])
            if start.name != camp.name and length < np.inf:
                ends = point[start.name], point[camp.name]
                km[z, c] = max(effective_km(length, *ends, great_circle_share), 1.0)
    return km


def _road_lengths(conflict: Conflict, number: Mapping[str, int]) -> F64:
    """Km of the shortest road from every camp to every place: (C, places)."""
    ends = np.array([(number[r.start], number[r.end]) for r in conflict.routes], np.int64)
    starts, ends = np.concatenate([ends.reshape(-1, 2), ends.reshape(-1, 2)[:, ::-1]]).T
    km = np.tile(np.array([r.km for r in conflict.routes], np.float64), 2)
    camps = np.array([number[camp.name] for camp in conflict.camps], np.int64)
    places, nowhere = np.arange(len(number)), np.zeros(len(number), bool)
    return cheapest_paths(starts, ends, km, np.zeros((2, len(km), 0)), camps, places, nowhere)[0]
