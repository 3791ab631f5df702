"""Route choice: utilities, logsum accessibility and cost of waiting.

Systematic utility of itinerary i to destination d for a class of people
    V_i = attraction_d + network ln(1 + diaspora_d) + language share_d + income ln(income_d)
          - time hours_i - wait E[wait_i] - cost fare_i / savings - distance ln(km_i)
          - risk sum(1 - a)          over the checks on the way, a: share admitted
          + room ln(r_d / mean r)    r: free places of a camp that has some, mean over such
          + free_share ln(r_d / places_d)
diaspora_d: the emigrants present, and the people of the nationality of the class who were settled
there on the first day (of the scenario's nationality, if that of the class has no diaspora at all).
      fare_i = sum_b f_b factor_b    the factor of a border multiplies its own part of the fare. A
border is a crossing, or the destination if it checks entry on arrival. f_b are the legs into border
b and, for the last one, behind it; the leg out of the first crossing belongs to f_1.
Choice probability P_i = exp(V_i) / sum exp(V) over the feasible itineraries (random utility,
McFadden 1974). An itinerary is feasible if every check on it admits some (a > 0), no crossing is
closed and a camp has room. The choice is drawn by adding Gumbel noise to each V_i, with a random
number per itinerary, so that closing a way diverts only those who would have taken it. Value of
access
    A = ln( exp(floor) + sum_i exp(V_i) )            logsum; floor: utility of having no way out
Urgency
    U = max(0, A - E[A after announced and rumoured rules])
    E[A after] = A_announced + sum_r q_r (A_r - A_announced) prod_m (1 - q_m)
q_r: credence of rumour r; q_m: that of the rumours of another matter m (another kind of rule, place
or people) that would make more of a difference in the same direction. Rumours of one matter exclude
one another, and matters are independent: of several losses, the greatest counts. The rules are
those of entry, exit, capacity, fares and legs.

V is stored rather than exp(V); -inf means not feasible. access.py computes the sums over ways.

Reads: timetable (entry, exit, capacity, fare, leg). Draws: WAY. Writes: nothing. Units: hours,
euro, persons, km; V, A and U are dimensionless. Logsum as value of access: Ben-Akiva and Lerman
1985; logarithm of the number of elementary alternatives in a destination's utility: McFadden 1978;
network term: Beine, Docquier and Ozden 2011.
"""

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import WAY, bits, mix, unit
from emigre.processes.admission import knows_refusal
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    F64,
    NOWHERE,
    Conditions,
    Flags,
    Itineraries,
    OpenWays,
    Population,
)
from emigre.processes.parameters import OutlookParameters

NO_WAY = -1e300
"""Below V of any feasible way; finite, so that a way that is not feasible lies infinitely below."""


@kernel
def way_utility(
    hours: float, fare: float, km: float, savings: float, prm: OutlookParameters
) -> float:
    """Part of V of the way itself; fare and savings in euro per person."""
    v = -prm.time_weight_per_hour * hours
    if fare > 0.0:
        v -= prm.cost_weight * fare / max(savings, 1.0)
    if km > 0.0:
        v -= prm.distance_weight_per_ln_km * math.log(km)
    return v


@kernel
def check_utility(admitted: float, risk_weight: float) -> float:
    """-risk (1 - a) of a check that admits the share a; -inf if it admits nobody."""
    if admitted <= 0.0:
        return -math.inf
    return -risk_weight * (1.0 - admitted)


def destination_utility(
    attraction: float, diaspora: float, language: float, income: float, prm: OutlookParameters
) -> float:
    """Part of V of the destination; income in euro a year."""
    v = attraction + prm.network_weight * math.log(1.0 + diaspora) + prm.language_weight * language
    if income > 0.0:
        v += prm.income_weight * math.log(income)
    return v


@kernel
def expected_wait(waiting: float, capacity: float) -> float:
    """Hours to serve a queue of `waiting` persons at `capacity` persons a day."""
    if waiting <= 0.0 or capacity == math.inf:
        return 0.0
    return 24.0 * waiting / max(capacity, 1e-9)


@kernel
def way_fare(ways: Itineraries, i: int, crossing_factor: F64, goal_factor: F64) -> float:
    """Fare of itinerary i by factors of its borders: crossings (X), checks on arrival (D)."""
    route = ways.row.route[i]
    last = 1.0
    if ways.routes.check[route] == 1:
        last = goal_factor[ways.routes.destination[route]]
    fare = 0.0
    for b in range(ways.fares.shape[1]):
        x = ways.crossings[route, b]
        fare += ways.fares[i, b] * (crossing_factor[x] if x >= 0 else last)
    return fare


@kernel
def way_hours(ways: Itineraries, i: int) -> float:
    """Hours of itinerary i without waiting."""
    hours = 0.0
    for part in ways.hours[i]:
        hours += part
    return hours


@kernel
def is_eligible(now: Conditions, i: int, refused_at: int, goal: int) -> bool:
    """Whether itinerary i avoids the crossing `refused_at` and leads to `goal` (-1: any)."""
    ways = now.itineraries
    route = ways.row.route[i]
    if refused_at >= 0:
        for x in ways.crossings[route]:
            if x == refused_at:
                return False
    return goal < 0 or ways.routes.destination[route] == goal


@kernel
def utility(now: Conditions, i: int, c: int) -> float:
    """V of itinerary i for class c; -inf if it is not feasible."""
    ways, today = now.itineraries, now.today
    route = ways.row.route[i]
    d = ways.routes.destination[route]
    v = today.way_utility[now.world.class_level[c], i] + today.route_utility[today.column[c], route]
    return v + today.attraction[c, d] + today.room[d]


@kernel
def may_win(lead: float, u: float) -> bool:
    """Whether V - ln(-ln u) can be positive at  V = lead  (never False if it is).

    It is if  -ln u < exp(lead).  Here -ln u >= 1 - u, and for lead = -y below 0
    exp(-y) <= (1 + y/8)^-8: most ways are ruled out without a logarithm.
    """
    if lead >= 0.0:
        return True
    power = 1.0 - 0.125 * lead
    power *= power
    power *= power
    power *= power
    return (1.0 - u) * power < 1.0


@kernel
def state_to_leave(now: Conditions, people: Population, p: int) -> int:
    """State in which the status of a party that lives there has ended, or NOWHERE."""
    party = people.parties.row
    if party.state[p] != ABROAD or party.status[p] == APPLICANT:
        return NOWHERE
    if party.status_ends[p] > now.today.day:
        return NOWHERE
    return int(now.world.countries.state[party.place[p]])


@kernel
def share_on_way(now: Conditions, way: int, c: int) -> float:
    """Smallest share of members of class c who pass a crossing of a way."""
    ways, share = now.itineraries, 1.0
    crossings = ways.crossings[ways.row.route[way]]
    for b in range(crossings.size):
        if crossings[b] == NOWHERE:
            break
        share = min(share, now.today.member_share[crossings[b], c])
    return share


@kernel
def draw_way(
    now: Conditions,
    people: Population,
    p: int,
    start: int,
    c: int,
    refused_at: int,
    above: float,
) -> int:
    """Draw an itinerary of party p from a start with probability P_i; -1 if none is feasible.

    The highest  V_i - ln(-ln u_i)  wins: V_i plus Gumbel noise from a random number u_i per
    itinerary (equivalent to a race of waiting times -ln(u_i) / exp(V_i)). refused_at: a crossing to
    avoid today, or -1. Not feasible are ways to other countries than that of the family the party
    joins, to camps without places for all of the party, those on which it knows that it would
    be turned back, those within the state that it has to leave, and those on which the share of
    members who pass is not above `above`.
    """
    ways, today, party = now.itineraries, now.today, people.parties.row
    of_way = today.way_utility[now.world.class_level[c]]
    of_route = today.route_utility[today.column[c]]
    of_goal = today.attraction[c]
    listed = today.open.row[today.column[c]]
    first, end = today.open.first[listed, start], today.open.first[listed, start + 1]
    goal, is_wary = party.goal[p], party.tried[p] != 0
    size = party.people[p] * now.world.scale  # a camp must have places for all of them
    who = np.uint64(party.id[p]) ^ now.world.start_id[start]
    number = bits(now.key, who, today.day, WAY)
    best, left = NO_WAY, state_to_leave(now, people, p)
    chosen = NOWHERE
    for i in today.open.way[listed, first:end]:
        route = ways.row.route[i]
        d = ways.routes.destination[route]
        v = of_way[i] + of_route[route] + of_goal[d] + today.room[d]  # utility(now, i, c)
        u = unit(mix(number ^ ways.row.id[i]))
        if not may_win(v - best, u):  # nor any with v = -inf: no branch that is hard to predict
            continue
        if today.free[d] < size or not is_eligible(now, i, refused_at, goal):
            continue
        if left != NOWHERE and now.world.countries.state[d] == left:
            continue
        noisy = v - math.log(-math.log(u))
        # Knowledge of refusals is slow to look up, so it is checked only for a way that would win.
        if noisy <= best or (is_wary and knows_refusal(now, people, p, c, route)):
            continue
        if above >= 0.0 and share_on_way(now, i, c) <= above:
            continue
        best = noisy
        chosen = i
    return chosen


@kernel
def list_open_ways(
    ways: Itineraries, of_way: F64, of_route: F64, changed: Flags, out: OpenWays
) -> None:
    """List the ways whose own parts of V, of_way (I) and of_route (Q, R), are not -inf.

    changed: (Q) columns whose lists are written.
    """
    for q in range(out.row.size):
        if out.row[q] != q or not changed[q]:
            continue
        n = 0
        for start in range(ways.first.size - 1):
            out.first[q, start] = n
            for i in range(ways.first[start], ways.first[start + 1]):
                out.way[q, n] = i
                n += int(of_way[i] > -math.inf and of_route[q, ways.row.route[i]] > -math.inf)
        out.first[q, ways.first.size - 1] = n


def mean_room(capacity: F64, present: F64) -> float:
    """Mean number of free places of the camps that have some; 1 if none has.

    capacity, present: (D) persons; infinite without a limit. A camp that is closed or full does not
    change the choice between the others.
    """
    free = (capacity - present)[np.isfinite(capacity)]
    free = free[free > 0.0]
    return float(free.mean()) if free.size else 1.0


def room_utility(
    capacity: F64, present: F64, weight: float, share_weight: float, mean: float | None = None
) -> F64:
    """Room terms of V by destination (D); -inf where no place is free, 0 without a limit.

    capacity, present: (D) persons; infinite without a limit. weight: of the free places, relative
    to their mean (mean_room, unless given); share_weight: of the free share of a camp's own places.
    Nobody sets out for a full camp. People who live in a camp stay when it fills up.
    """
    limited = np.isfinite(capacity)
    if not limited.any():
        return np.zeros(capacity.size)
    mean = mean_room(capacity, present) if mean is None else mean
    free = np.where(limited, np.maximum(np.where(limited, capacity, 0.0) - present, 0.0), 1.0)
    places = np.where(limited & (free > 0.0), capacity, 1.0)
    some = np.where(free > 0.0, free, 1.0)
    gain = weight * np.log(some / mean) + share_weight * np.log(some / places)
    return np.where(limited, np.where(free > 0.0, gain, -np.inf), 0.0)


Rumours = list[list[tuple[float, F64]]]
"""Credences, and the value if the rumour comes true, of the rumours of each matter."""


def expected(announced: F64, rumoured: Rumours) -> F64:
    """x + sum q_r (x_r - x) prod_m (1 - q_m), cell by cell: arrays of the same shape.

    x: the announced value; x_r: that of rumour r; q_m: credence of the rumours of another matter m
    that would change x further in the same direction than r. Of one matter, at most one rumour
    comes true, and credences are scaled down where their sum exceeds 1. In a cell, only rumours
    count that would change it.
    """
    after = announced.copy()
    changes = [[(q, x - announced) for q, x in matter] for matter in rumoured]
    scales = [1.0 / np.maximum(sum(q * (dx != 0.0) for q, dx in m), 1.0) for m in changes]
    for own, matter in enumerate(changes):
        for q, dx in matter:
            chance = q * scales[own]
            for other, rivals in enumerate(changes):
                if other != own:
                    further = sum(k * _is_further(by, dx, other < own) for k, by in rivals)
                    chance = chance * (1.0 - scales[other] * further)
            after += chance * dx
    return after


def _is_further(change: F64, other: F64, ties: bool) -> Flags:
    """Whether a change exceeds another in the same direction; with ``ties``, or equals it."""
    size, least = change * np.sign(other), np.abs(other)
    return (size >= least if ties else size > least) & (other != 0.0)


def urgency(now: F64, announced: F64, rumoured: Rumours) -> F64:
    """Urgency U from the value of access now, after announced rules, and if each rumour came true.

    All of one shape (starts, C), dimensionless.
    """
    return np.maximum(now - expected(announced, rumoured), 0.0)
