"""Route choice: utilities of ways out, value of access, cost of waiting.

Systematic utility of itinerary i to destination d for a class of people
    V_i = attraction_d + network ln(1 + diaspora_d) + language share_d + income ln(income_d)
          - time hours_i - wait E[wait_i] - cost fare_i / savings - distance ln(km_i)
          - risk sum(1 - a)          over the checks on the way, a: share admitted
          + room ln(r_d / mean r)    r: free places of a camp with a limit, mean over such camps
with  fare_i = f_1 factor_1 + f_2 factor_2:  the factor of a border multiplies its own part of the
fare. A border is a crossing, or the destination where it checks entry on arrival. f_2 are the legs
into the second border and behind it, f_1 all others (so all of them where there is one border).
Choice P_i = exp(V_i) / sum exp(V) over the feasible (random utility, McFadden 1974); feasible:
every check on the way admits some (a > 0), no crossing is closed, a camp has room. Drawn by adding
to each V_i Gumbel noise of its own: a way that closes diverts those alone
who would have taken it. Value of access
    A = ln( exp(floor) + sum_i exp(V_i) )            the logsum; floor: having no way at all
urgency   U = max(0, A - E[A after announced and rumoured rules])
    E[A after] = (1 - sum q_r) A_announced + sum q_r A_r      q_r: credence of rumour r
(only rumours that change something for a class count for it; their credences are scaled down if
they exceed 1 in sum).

V is kept as it is; -inf means not feasible. It is a sum of three parts, way (by level of savings),
route (crossings and checks, by column: classes with one level that all checks treat alike) and
goal (the destination), so the sum over ways is a product of sums, taken with scaled weights:
    S[q, d, s] = sum over the ways i from s to d of  w_i r_i        w, r, g: exp of the parts
    sum_i exp(V_i) = exp(scale) sum_d g_d S[q, d, s]                q: the column
S changes with rules, fares and queues only, and only where they changed. Weights are at least TINY
where feasible, so a sum is 0 only if no way is feasible; one below SAFE, where TINY may count, is
taken anew as a sum of logarithms. So nothing depends on what exp can hold.

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
from emigre.jit import kernel
from emigre.state import F64, I32, I64, NOWHERE, U64, Today, Ways, World

TINY = 1e-100
"""Least weight of what is feasible: the product of three is a normal number."""
SAFE = 1e-75
"""Sums from here on are right to rounding, however many terms are TINY."""


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


class Part(NamedTuple):
    """A part of V and weight = exp(utility - scale); see scaled_weight."""

    utility: F64  # (I, levels) of ways; (D, goals) of destinations
    scale: F64  # (starts, levels) of ways; (goals) of destinations
    weight: F64  # like utility


class Pairs(NamedTuple):
    """Ways with one start and one destination (P pairs), from origins and countries.

    In the order of destinations, then places: what is written then lies together in memory.
    """

    first: I64  # (P) first way
    end: I64  # (P) behind the last way
    route: I32  # (I) route of each way; apart, because all are looked at daily
    place: I32  # (P) column of the start in Reach.sums: origins, then countries
    start: I32  # (places) its number as a place to stand


class Reach(NamedTuple):
    """The ways out under one set of rules; classes that nothing tells apart share a place.

    A column (Q) is a level of savings and what all checks say. A kind (K) is a column and a goal,
    that is a column of attractions.
    """

    column: I32  # (C) column of each class
    kind: I32  # (C) kind of each class
    level: I32  # (Q) level of savings; columns are in the order of their levels
    level_first: U64  # (levels + 1) first column of each level; unsigned, for sum_ways
    kind_column: I32  # (K)
    kind_goal: I32  # (K)
    gate: F64  # (X, Q) part of V from each crossing
    check: F64  # (D, Q) part of V from the check on arrival without a crossing
    utility: F64  # (R, Q) part of V from crossings and checks together
    weight: F64  # (R, Q) its scaled_weight, of scale 0: no such part is positive
    sums: F64  # (Q, D, places) S


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
def check_utility(admitted: float, risk_weight: float) -> float:
    """-risk (1 - a) of a check that admits the share a; -inf if it admits nobody."""
    if admitted <= 0.0:
        return -math.inf
    return -risk_weight * (1.0 - admitted)


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
def scaled_weight(utility: float, scale: float) -> float:
    """exp(utility - scale), but at least TINY; 0 if not feasible (utility -inf)."""
    if utility == -math.inf:
        return 0.0
    return max(math.exp(utility - scale), TINY)


@kernel
def way_fare(ways: Ways, i: int, gate_factor: F64, goal_factor: F64) -> float:
    """Fare of itinerary i, each part times the factor of its border (1 if there is no border).

    gate_factor: (X), of crossings. goal_factor: (D), of destinations that check on arrival.
    """
    route = ways.row.route[i]
    first, second = ways.routes.gate[route], ways.routes.gate_2[route]
    last = 1.0
    if ways.routes.check[route] == 1:
        last = goal_factor[ways.routes.destination[route]]
    fare = ways.row.fare[i] * (gate_factor[first] if first >= 0 else last)
    return fare + ways.row.fare_2[i] * (gate_factor[second] if second >= 0 else last)


@kernel
def weigh_ways(
    ways: Ways,
    gate_factor: F64,
    goal_factor: F64,
    level_savings: F64,
    prm: OutlookParameters,
    out: Part,
) -> None:
    """Write the way's part of V, scaled by the best way from each start; factors: way_fare."""
    for s in range(out.scale.shape[0]):
        for m in range(level_savings.size):
            best = -math.inf
            for i in range(ways.first[s], ways.first[s + 1]):
                row = ways.row
                hours = row.hours_to_gate[i] + row.hours_between[i] + row.hours_to_end[i]
                fare = way_fare(ways, i, gate_factor, goal_factor)
                v = way_utility(hours, fare, row.km[i], level_savings[m], prm)
                out.utility[i, m] = v
                best = max(best, v)
            out.scale[s, m] = best
            for i in range(ways.first[s], ways.first[s + 1]):
                out.weight[i, m] = scaled_weight(out.utility[i, m], best)


@kernel
def weigh_goals(out: Part) -> None:
    """Write scale and weight of the destinations from their utility, by column of attractions."""
    for g in range(out.scale.size):
        best = -math.inf
        for d in range(out.utility.shape[0]):
            best = max(best, out.utility[d, g])
        out.scale[g] = best
        for d in range(out.utility.shape[0]):
            out.weight[d, g] = scaled_weight(out.utility[d, g], best)


@kernel
def weigh_gates(
    exit_share: F64,
    entry_share: F64,
    capacity: F64,
    waiting: F64,
    prm: OutlookParameters,
    out: F64,
    moved: I32,
) -> None:
    """Write the crossing's part of V by (crossing, column); -inf if it lets none of them in.

    moved: (X), set to 1 where that is another than before.
    """
    for x in range(capacity.size):
        slow = -math.inf
        if capacity[x] > 0.0:
            slow = -prm.wait_weight_per_hour * expected_wait(waiting[x], capacity[x])
        for q in range(out.shape[1]):
            v = slow + check_utility(exit_share[x, q], prm.risk_weight)
            v += check_utility(entry_share[x, q], prm.risk_weight)
            if v != out[x, q]:
                out[x, q] = v
                moved[x] = 1


@kernel
def weigh_checks(share: F64, risk_weight: float, out: F64, moved: I32) -> None:
    """The same for checks on arrival without a crossing, by (destination, column)."""
    for d in range(share.shape[0]):
        for q in range(share.shape[1]):
            v = check_utility(share[d, q], risk_weight)
            if v != out[d, q]:
                out[d, q] = v
                moved[d] = 1


@kernel
def weigh_routes(ways: Ways, gate_moved: I32, check_moved: I32, reach: Reach, changed: I32) -> None:
    """Write the routes' part of V where a crossing (X) or check (D) on them has moved.

    changed: (R), set to 1 there.
    """
    for r in range(changed.size):
        first, second = ways.routes.gate[r], ways.routes.gate_2[r]
        d = ways.routes.destination[r] if ways.routes.check[r] == 1 else NOWHERE
        if not (
            (first >= 0 and gate_moved[first] == 1)
            or (second >= 0 and gate_moved[second] == 1)
            or (d >= 0 and check_moved[d] == 1)
        ):
            continue
        changed[r] = 1
        for q in range(reach.utility.shape[1]):
            v = 0.0
            if first >= 0:
                v += reach.gate[first, q]
            if second >= 0:
                v += reach.gate[second, q]
            if d >= 0:
                v += reach.check[d, q]
            reach.utility[r, q] = v
            reach.weight[r, q] = scaled_weight(v, 0.0)


@kernel
def sum_ways(
    ways: Ways, pairs: Pairs, way_weight: F64, changed: I32, reach: Reach, row: F64
) -> None:
    """Take S anew for the pairs of which some route (R) is changed. row: (Q), work space.

    The inner loop is vectorised because its index is unsigned: no check for a negative one.
    """
    for p in range(pairs.first.size):
        place = pairs.place[p]
        if place >= reach.sums.shape[2]:
            continue
        moved = 0
        for i in range(pairs.first[p], pairs.end[p]):
            moved |= changed[pairs.route[i]]
        if moved == 0:
            continue
        row[:] = 0.0
        for i in range(pairs.first[p], pairs.end[p]):
            weight = reach.weight[pairs.route[i]]
            for m in range(way_weight.shape[1]):
                w = way_weight[i, m]
                for q in range(reach.level_first[m], reach.level_first[m + 1]):
                    row[q] += w * weight[q]
        d = ways.routes.destination[pairs.route[pairs.first[p]]]
        for q in range(row.size):
            reach.sums[q, d, place] = row[q]


@kernel
def sum_goals(goal_weight: F64, reach: Reach, out: F64) -> None:
    """Write  sum_d g_d S  by (kind, place); the inner loop runs over places, side by side in S."""
    for k in range(out.shape[0]):
        q, g = reach.kind_column[k], reach.kind_goal[k]
        total = out[k]
        total[:] = 0.0
        for d in range(goal_weight.shape[0]):
            w = goal_weight[d, g]
            sums = reach.sums[q, d]
            for s in range(total.size):
                total[s] += w * sums[s]


def value_access(
    ways: Ways, pairs: Pairs, way: Part, goal: Part, reach: Reach, floor_utility: float
) -> F64:
    """A by (kind, place)."""
    total = np.empty((reach.kind_column.size, reach.sums.shape[2]))
    sum_goals(goal.weight, reach, total)
    level = reach.level[reach.kind_column]
    scale = way.scale[pairs.start[: total.shape[1]]].T[level] + goal.scale[reach.kind_goal, None]
    floor = np.exp(np.minimum(floor_utility - scale, 100.0))
    with np.errstate(divide="ignore"):
        access: F64 = scale + np.log(floor + total)
    value_exactly(ways, pairs, way, goal, reach, total, scale, floor_utility, access)
    return access


@kernel
def value_exactly(
    ways: Ways,
    pairs: Pairs,
    way: Part,
    goal: Part,
    reach: Reach,
    total: F64,
    scale: F64,
    floor_utility: float,
    access: F64,
) -> None:
    """Write A anew where the scaled sums, `total`, are not safe."""
    for k in range(total.shape[0]):
        for s in range(total.shape[1]):
            if total[k, s] >= SAFE and floor_utility - scale[k, s] <= 100.0:
                continue
            log_total = -math.inf
            if total[k, s] > 0.0:
                q, g = reach.kind_column[k], reach.kind_goal[k]
                log_total = sum_logarithms(ways, way, goal, reach, pairs.start[s], q, g)
            access[k, s] = access_value(log_total, floor_utility)


@kernel
def sum_logarithms(
    ways: Ways, way: Part, goal: Part, reach: Reach, start: int, q: int, g: int
) -> float:
    """ln sum exp(V) over the ways from a place to stand, for a column and a goal."""
    best, total = -math.inf, 0.0
    for i in range(ways.first[start], ways.first[start + 1]):
        route = ways.row.route[i]
        v = way.utility[i, reach.level[q]] + reach.utility[route, q]
        v += goal.utility[ways.routes.destination[route], g]
        if v > best:
            total = total * math.exp(best - v) + 1.0
            best = v
        elif v > -math.inf:
            total += math.exp(v - best)
    return best + math.log(total) if total > 0.0 else best


@kernel
def access_value(log_total: float, floor_utility: float) -> float:
    """Value of access A = ln(exp(floor) + exp(log_total)); log_total: ln sum exp(V)."""
    best = max(log_total, floor_utility)
    return best + math.log1p(math.exp(min(log_total, floor_utility) - best))


@kernel
def is_meant(ways: Ways, i: int, refused_at: int, goal: int) -> bool:
    """Whether itinerary i avoids the crossing `refused_at` and leads to `goal` (-1: either)."""
    route = ways.row.route[i]
    if refused_at >= 0 and (
        ways.routes.gate[route] == refused_at or ways.routes.gate_2[route] == refused_at
    ):
        return False
    return goal < 0 or ways.routes.destination[route] == goal


@kernel
def utility(world: World, ways: Ways, today: Today, i: int, c: int) -> float:
    """V of itinerary i for class c; -inf if it is not feasible."""
    route = ways.row.route[i]
    d = ways.routes.destination[route]
    v = today.way_utility[i, world.class_level[c]] + today.route_utility[route, today.column[c]]
    return v + today.pull[d, c] + today.room[d]


@kernel
def may_win(lead: float, u: float) -> bool:
    """Whether V - ln(-ln u) can be positive at  V = lead  (never False if it is).

    It is if  -ln u < exp(lead).  Here -ln u >= 1 - u, and for lead = -y below 0
    exp(-y) <= (1 + y/8)^-8: most ways have lost without a logarithm.
    """
    if lead >= 0.0:
        return True
    power = 1.0 - 0.125 * lead
    power *= power
    power *= power
    power *= power
    return (1.0 - u) * power < 1.0


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

    The highest  V_i - ln(-ln u_i)  wins: V_i and Gumbel noise from a number u_i of its own (the
    same as a race of waiting times -ln(u_i) / exp(V_i)). refused_at: a crossing not to be tried
    again today, or -1. goal: the only destination that counts, or -1. number: 64 random bits of the
    party.
    """
    best = -math.inf
    found = NOWHERE
    for i in range(ways.first[start], ways.first[start + 1]):
        if not is_meant(ways, i, refused_at, goal):
            continue
        v = utility(world, ways, today, i, c)
        if v == -math.inf:
            continue
        u = unit(mix(np.uint64(number) ^ ways.row.id[i]))
        if may_win(v - best, u):
            noisy = v - math.log(-math.log(u))
            if noisy > best:
                best = noisy
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


def room_utility(capacity: F64, present: F64, weight: float) -> F64:
    """The room term of V by destination; -inf where no place is free, 0 without a limit.

    capacity, present: (D) persons; no limit is infinite. Nobody sets out for a full camp. Those
    who live there do not see this term: a camp that fills up drives nobody out.
    """
    limited = np.isfinite(capacity)
    if not limited.any():
        return np.zeros(capacity.size)
    free = np.where(limited, np.maximum(np.where(limited, capacity, 0.0) - present, 0.0), 1.0)
    mean = max(float(free[limited].mean()), 1.0)
    gain = np.where(free > 0.0, weight * np.log(np.maximum(free, TINY) / mean), -np.inf)
    return np.where(limited, gain, 0.0)


def expected(announced: F64, rumoured: list[tuple[float, F64]]) -> F64:
    """(1 - sum q) x_announced + sum q_r x_r, cell by cell: arrays of the same shape.

    Only rumours that would change a cell count there; their credences are scaled down where they
    exceed 1 in sum.
    """
    if not rumoured:
        return announced
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
