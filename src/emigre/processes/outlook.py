"""What people see before them: which ways out exist, how good they are, what waiting may cost.

Systematic utility of itinerary i to destination d for a class of people
    V_i = attraction_d + network ln(1 + diaspora_d) + language share_d + income ln(income_d)
          - time hours_i - wait E[wait_i] - cost fare_i / savings - distance ln(km_i)
          - risk sum(1 - a)          over the checks on the way, a: share admitted
          + room ln(r_d / mean r)    r: free places of a camp with a limit, mean over such camps
choice P_i = exp(V_i) / sum exp(V) over the feasible (random utility, McFadden 1974); feasible:
every check on the way admits some (a > 0), no crossing is closed, a camp has room. Drawn by adding
to each V_i Gumbel noise of its own: a way that closes diverts those alone
who would have taken it. Value of access
    A = ln( exp(floor) + sum_i exp(V_i) )            the logsum; floor: having no way at all
urgency   U = max(0, A - E[A after announced and rumoured rules])
    E[A after] = (1 - sum q_r) A_announced + sum q_r A_r      q_r: credence of rumour r
(only rumours that change something for a class count for it; their credences are scaled down if
they exceed 1 in sum). exp(V) is a product of a part of the way, of its crossings and of its
destination, each computed once a day.

Reads: timetable (entry, exit, capacity, fare). Draws: WAY. Writes: nothing. Units: hours, euro,
persons, km; V, A and U have no unit. Source of the form: Ben-Akiva and Lerman 1985 (logsum as
value of access; a destination made of many places has the logarithm of their number in its
utility, as in McFadden 1978); the network term after Beine, Docquier and Ozden 2011.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emigre.draws import WAY, Key, bits, mix, unit
from emigre.jit import array_kernel, kernel
from emigre.state import F64, I32, NOWHERE, Today, Ways, World


class OutlookParameters(NamedTuple):
    """Weights of the utility; see schema/parameters.csv."""

    network_weight: float
    language_weight: float
    income_weight: float
    time_weight_per_hour: float
    wait_weight_per_hour: float
    cost_weight: float
    risk_weight: float
    distance_weight_per_ln_km: float
    floor_utility: float


@kernel
def way_utility(
    hours: float, fare: float, km: float, savings: float, prm: OutlookParameters
) -> float:
    """The part of V that belongs to the way itself; fare and savings in euro per person."""
    v = -prm.time_weight_per_hour * hours
    if fare > 0.0:
        v -= prm.cost_weight * fare / max(savings, 1.0)
    if km > 0.0:
        v -= prm.distance_weight_per_ln_km * math.log(km)
    return v


@kernel
def check_weight(admitted: float, risk_weight: float) -> float:
    """exp(-risk (1 - a)) of a check that admits the share a; 0 if it admits nobody."""
    if admitted <= 0.0:
        return 0.0
    return math.exp(-risk_weight * (1.0 - admitted))


@kernel
def destination_utility(
    attraction: float, diaspora: float, language: float, income: float, prm: OutlookParameters
) -> float:
    """The part of V that belongs to the destination; income in euro a year."""
    v = attraction + prm.network_weight * math.log(1.0 + diaspora) + prm.language_weight * language
    if income > 0.0:
        v += prm.income_weight * math.log(income)
    return v


@kernel
def expected_wait(waiting: float, capacity: float) -> float:
    """Hours until a queue of that many persons is served at that many persons a day."""
    if waiting <= 0.0 or capacity == math.inf:
        return 0.0
    return 24.0 * waiting / max(capacity, 1e-9)


@kernel
def weigh_ways(
    ways: Ways, fare_factor: F64, level_savings: F64, prm: OutlookParameters, out: F64
) -> None:
    """exp of the way's part of V by (itinerary, level of savings). fare_factor: (X)."""
    for i in range(ways.row.size):
        hours = ways.row.hours_to_gate[i] + ways.row.hours_between[i] + ways.row.hours_to_end[i]
        fare = ways.row.fare[i]
        gate = ways.routes.gate[ways.row.route[i]]
        if gate >= 0:
            fare *= fare_factor[gate]
        for m in range(level_savings.size):
            out[i, m] = math.exp(way_utility(hours, fare, ways.row.km[i], level_savings[m], prm))


@kernel
def weigh_gates(
    exit_share: F64,
    entry_share: F64,
    capacity: F64,
    waiting: F64,
    prm: OutlookParameters,
    out: F64,
) -> None:
    """exp of the crossing's part of V by (crossing, class); 0 if it lets nobody of the class in."""
    for x in range(capacity.size):
        if capacity[x] <= 0.0:
            out[x, :] = 0.0
            continue
        slow = math.exp(-prm.wait_weight_per_hour * expected_wait(waiting[x], capacity[x]))
        for c in range(out.shape[1]):
            a = check_weight(exit_share[x, c], prm.risk_weight)
            if a > 0.0:
                a *= check_weight(entry_share[x, c], prm.risk_weight)
            out[x, c] = slow * a


@array_kernel
def weigh_routes(ways: Ways, gate_weight: F64, pull: F64, check: F64, out: F64) -> None:
    """exp of the crossings' and the destination's part of V by (route, class)."""
    for r in range(ways.routes.size):
        route = ways.routes[r]
        row = out[r]
        row[:] = pull[route.destination]
        if route.gate >= 0:
            row *= gate_weight[route.gate]
        if route.gate_2 >= 0:
            row *= gate_weight[route.gate_2]
        if route.check == 1:
            row *= check[route.destination]


@kernel
def way_total(world: World, ways: Ways, today: Today, i: int, c: int) -> float:
    """exp(V) of itinerary i for class c; 0 if it is not feasible."""
    return today.way_weight[i, world.class_level[c]] * today.route_weight[ways.row.route[i], c]


@kernel
def sum_ways(
    ways: Ways,
    starts_from: int,
    starts_to: int,
    level_first: I32,
    way_weight: F64,
    route_weight: F64,
    out: F64,
) -> None:
    """Sum of exp(V) by (place to stand, class) for the places from .. to.

    Classes of one level of savings lie together, so the inner loop is a row times a number; it runs
    over slices from 0, because only then does the compiler use vector instructions.
    """
    for s in range(starts_from, starts_to):
        out[s, :] = 0.0
        for i in range(ways.first[s], ways.first[s + 1]):
            route = ways.row.route[i]
            for m in range(level_first.size - 1):
                w = way_weight[i, m]
                total = out[s, level_first[m] : level_first[m + 1]]
                row = route_weight[route, level_first[m] : level_first[m + 1]]
                for c in range(row.size):
                    total[c] += w * row[c]


@kernel
def access_value(total: float, floor_utility: float) -> float:
    """Value of access A from the sum of exp(V) over the feasible ways."""
    return math.log(math.exp(floor_utility) + total)


@kernel
def value_access(
    total: F64, floor_utility: float, starts_from: int, starts_to: int, out: F64
) -> None:
    """A by (place to stand, class) for the places from .. to."""
    for s in range(starts_from, starts_to):
        for c in range(total.shape[1]):
            out[s, c] = access_value(total[s, c], floor_utility)


@kernel
def is_meant(ways: Ways, i: int, refused_at: int, goal: int) -> bool:
    """Whether itinerary i avoids the crossing `refused_at` and leads to `goal` (-1: either)."""
    route = ways.row.route[i]
    if refused_at >= 0 and ways.routes.gate[route] == refused_at:
        return False
    return goal < 0 or ways.routes.destination[route] == goal


@kernel
def choose_way(
    world: World,
    ways: Ways,
    today: Today,
    start: int,
    c: int,
    refused_at: int,
    goal: int,
    number: Key,
) -> int:
    """An itinerary from a place to stand, drawn with P_i; -1 if none is feasible.

    A race: every way has a waiting time  -ln(u_i) / exp(V_i)  with a number u_i of its own, and the
    shortest wins (the same as the highest V_i + Gumbel noise). refused_at: a crossing not to be
    tried again today, or -1. goal: the only destination that counts, or -1. number: 64 random bits
    of the party.
    """
    shortest = math.inf
    found = NOWHERE
    for i in range(ways.first[start], ways.first[start + 1]):
        if not is_meant(ways, i, refused_at, goal):
            continue
        if today.free[ways.routes.destination[ways.row.route[i]]] < world.scale:
            continue
        w = way_total(world, ways, today, i, c)
        if w <= 0.0:
            continue
        u = unit(mix(np.uint64(number) ^ ways.row.id[i]))
        # -ln u > 1 - u: most ways have lost without a logarithm.
        if 1.0 - u < shortest * w:
            time = -math.log(u) / w
            if time < shortest:
                shortest = time
                found = i
    return found


@kernel
def draw_way(
    world: World,
    ways: Ways,
    today: Today,
    start: int,
    c: int,
    refused_at: int,
    goal: int,
    key: Key,
    who: Key,
) -> int:
    """choose_way at the party's own number for the day and the place where it stands."""
    number = bits(key, np.uint64(who) ^ world.start_id[start], today.day, WAY)
    return choose_way(world, ways, today, start, c, refused_at, goal, number)


def room_factor(capacity: F64, present: F64, weight: float) -> F64:
    """exp of the room term of V by destination; 0 where no place is free, 1 without a limit.

    capacity, present: (D) persons; no limit is infinite. Nobody sets out for a full camp. Those
    who live there do not see this term: a camp that fills up drives nobody out.
    """
    limited = np.isfinite(capacity)
    if not limited.any():
        return np.ones(capacity.size)
    free = np.where(limited, np.maximum(np.where(limited, capacity, 0.0) - present, 0.0), 1.0)
    mean = max(float(free[limited].mean()), 1.0)
    return np.where(limited, np.where(free > 0.0, (free / mean) ** weight, 0.0), 1.0)


def expected(announced: F64, rumoured: list[tuple[float, F64]]) -> F64:
    """(1 - sum q) x_announced + sum q_r x_r, cell by cell: arrays of the same shape.

    Only rumours that would change a cell count there; their credences are scaled down where they
    exceed 1 in sum.
    """
    doubt = np.zeros_like(announced)
    for q, x in rumoured:
        doubt += q * (x != announced)
    scale = 1.0 / np.maximum(doubt, 1.0)
    after = announced.copy()
    for q, x in rumoured:
        after += q * scale * (x - announced)
    return after


def urgency(now: F64, announced: F64, rumoured: list[tuple[float, F64]]) -> F64:
    """U from the value of access now, after announced rules, and if each rumour came true.

    All of one shape (places to stand, C), without a unit; a rumour comes with its credence.
    """
    return np.maximum(now - expected(announced, rumoured), 0.0)
