"""Value of access: the logsum over all ways out, updated incrementally.

V of a way (route_choice.py) is the sum of three parts: way (by level of savings), route (crossings
and checks, by column: classes with one level of savings that all checks treat alike) and goal (the
destination). Its exponential is therefore a product, and the sum over ways a product of sums, with
scaled weights:
    S[d, q, s] = sum over the ways i from s to d of  w_i r_i        w, r, g: exp of the parts
    sum_i exp(V_i) = exp(scale) sum_d g_d S[d, q, s]                q: the column
    A = ln( exp(floor) + sum_i exp(V_i) ) = scale + ln( exp(floor - scale) + sum_d g_d S )
S depends on rules, fares and queues only, and is recomputed from scratch where these changed.
Weights of feasible ways are at least TINY, so that a sum is 0 only if no way is feasible; a sum
below SAFE, where TINY may matter, is computed from logarithms. Overflow and underflow of exp
therefore never affect the result.

Reads: timetable (entry, exit, capacity, fare). Draws: none. Writes: nothing. Units: hours, euro,
persons; V and A are dimensionless. Logsum: Ben-Akiva and Lerman 1985.
"""

import math
from typing import NamedTuple

import numpy as np

from emigre.numerics.bundle import bundle
from emigre.numerics.jit import kernel
from emigre.processes.arrays import F64, I32, I64, NOWHERE, U64, Flags, Itineraries
from emigre.processes.parameters import OutlookParameters
from emigre.processes.route_choice import (
    check_utility,
    expected_wait,
    way_fare,
    way_hours,
    way_utility,
)

TINY = 1e-100
"""Smallest weight of a feasible part; the product of three is still a normal number."""
SAFE = 1e-75
"""Sums at least this large are accurate to rounding, however many terms are TINY."""
LARGE = 300.0
"""Exponentials of two numbers up to this size can be multiplied."""


@bundle
class Part(NamedTuple):
    """A part of V with weight = exp(utility - scale); see scaled_weight."""

    utility: F64  # (levels, I) of ways; (goals, D) of destinations: as choices read it
    scale: F64  # (starts, levels) of ways; (goals) of destinations
    weight: F64  # (W, levels) in the order of `Pairs`; (D, goals): as sums read it


@bundle
class Pairs(NamedTuple):
    """The ways (W) from origins and countries, grouped by start and destination (P pairs).

    Ordered by destination, then start, so that a sum over pairs reads and writes memory in order.
    """

    first: I64  # (P + 1) first way of each pair in this order
    way: I32  # (W) its number
    route: I32  # (W) its route
    place: I32  # (P) column of the start in Reach.sums: origins, then countries
    start: I32  # (places) its number as a start
    of_goal: I64  # (D + 1) first pair of each destination


@bundle
class Network(NamedTuple):
    """Ways out of a scenario, which all rules and classes share."""

    itineraries: Itineraries
    pairs: Pairs
    way: Part  # rewritten where fares change
    scale: F64  # (levels, places) scale of the ways, and
    floor: F64  # exp(floor - scale), rewritten with them


@bundle
class Reach(NamedTuple):
    """Ways out under one set of rules; classes that no rule distinguishes share an entry.

    A column (Q) is a level of savings and the answers of all checks. A kind (K) is a column and a
    goal, that is, a column of attractions.
    """

    column: I32  # (C) column of each class
    kind: I32  # (C) kind of each class
    level: I32  # (Q) level of savings; columns are in the order of their levels
    same: I32  # (Q) first column that all checks treat like this one
    level_first: U64  # (levels + 1) first column of each level; unsigned, for sum_ways
    kind_column: I32  # (K)
    kind_goal: I32  # (K)
    crossing: F64  # (X, Q) part of V from each crossing
    check: F64  # (D, Q) part of V from a check on arrival without a crossing
    utility: F64  # (Q, R) part of V from crossings and checks together
    weight: F64  # (R, Q) its scaled_weight, of scale 0: no such part is positive
    sums: F64  # (D, Q, places) S
    some: I32  # (D, Q) 1 if it is positive for some place
    scale: F64  # (K, places) the part of A beside a logarithm; see sum_access
    access: F64  # (K, places) A


@bundle
class Checks(NamedTuple):
    """Rules at borders by column; `Reach` holds the values derived from them."""

    capacity: F64  # (X) persons a day
    exit_share: F64  # (X, Q)
    entry_share: F64  # (X, Q)
    arrival_share: F64  # (D, Q)


@bundle
class Moved(NamedTuple):
    """Changes since the day before (1), and work space."""

    crossing: I32  # (X)
    check: I32  # (D)
    route: I32  # (R)
    goal: I32  # (D) to which such a route leads,
    opened: I32  # (D) or one that opened or closed to a column
    row: F64  # (Q)
    goals: I32  # (D)


@kernel
def scaled_weight(utility: float, scale: float) -> float:
    """exp(utility - scale), at least TINY; 0 if not feasible (utility -inf)."""
    if utility == -math.inf:
        return 0.0
    return max(math.exp(utility - scale), TINY)


@kernel
def weigh_ways(
    network: Network,
    exists: Flags,
    crossing_factor: F64,
    goal_factor: F64,
    level_savings: F64,
    prm: OutlookParameters,
) -> None:
    """Write the way's part of V, scaled by the best way from each start; -inf if it is closed.

    exists: (I); crossing_factor (X) and goal_factor (D): factors of fares (way_fare);
    level_savings: (levels).
    """
    ways, pairs, out = network.itineraries, network.pairs, network.way
    for s in range(out.scale.shape[0]):
        out.scale[s] = -math.inf
        for i in range(ways.first[s], ways.first[s + 1]):
            hours = way_hours(ways, i)
            fare = way_fare(ways, i, crossing_factor, goal_factor)
            for m in range(level_savings.size):
                v = way_utility(hours, fare, ways.row.km[i], level_savings[m], prm)
                out.utility[m, i] = v if exists[i] else -math.inf
                out.scale[s, m] = max(out.scale[s, m], v)
    for place in range(pairs.start.size):
        for m in range(level_savings.size):
            best = out.scale[pairs.start[place], m]
            network.scale[m, place] = best
            network.floor[m, place] = math.exp(min(prm.floor_utility - best, LARGE))
    for p in range(pairs.place.size):
        s = pairs.start[pairs.place[p]]
        for j in range(pairs.first[p], pairs.first[p + 1]):
            for m in range(level_savings.size):
                v = out.utility[m, pairs.way[j]]
                out.weight[j, m] = scaled_weight(v, out.scale[s, m])


@kernel
def weigh_goals(out: Part) -> None:
    """Write scale and weight of the destinations from their utility, by column of attractions."""
    for g in range(out.scale.size):
        best = -math.inf
        for d in range(out.utility.shape[1]):
            best = max(best, out.utility[g, d])
        out.scale[g] = best
        for d in range(out.utility.shape[1]):
            out.weight[d, g] = scaled_weight(out.utility[g, d], best)


@kernel
def weigh_crossings(
    exit_share: F64,
    entry_share: F64,
    capacity: F64,
    waiting: F64,
    prm: OutlookParameters,
    out: F64,
    moved: I32,
) -> None:
    """Write the crossings' part of V, -inf if nobody is admitted; moved (X): 1 where it changes."""
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
    """Write the part of V of checks on arrival, by column; moved (D): 1 where it changes."""
    for d in range(share.shape[0]):
        for q in range(share.shape[1]):
            v = check_utility(share[d, q], risk_weight)
            if v != out[d, q]:
                out[d, q] = v
                moved[d] = 1


@kernel
def weigh_routes(ways: Itineraries, reach: Reach, moved: Moved) -> None:
    """Write the route's part of V where a crossing or check on it moved, and mark the route."""
    for r in range(moved.route.size):
        d = ways.routes.destination[r] if ways.routes.check[r] == 1 else NOWHERE
        changed = d >= 0 and moved.check[d] == 1
        for x in ways.crossings[r]:
            changed |= x >= 0 and moved.crossing[x] == 1
        if not changed:
            continue
        goal, opened = ways.routes.destination[r], 0
        for q in range(reach.utility.shape[0]):
            like = reach.same[q]
            if like < q:
                reach.utility[q, r], reach.weight[r, q] = (
                    reach.utility[like, r],
                    reach.weight[r, like],
                )
                continue
            before, v = reach.weight[r, q], 0.0
            for x in ways.crossings[r]:
                if x >= 0:
                    v += reach.crossing[x, q]
            if d >= 0:
                v += reach.check[d, q]
            reach.utility[q, r] = v
            reach.weight[r, q] = scaled_weight(v, 0.0)
            opened |= int((reach.weight[r, q] > 0.0) != (before > 0.0))
        moved.route[r], moved.goal[goal] = 1, 1
        moved.opened[goal] |= opened


@kernel
def sum_ways(network: Network, reach: Reach, moved: Moved) -> None:
    """Recompute S for pairs with a changed route; an unsigned index lets the loop vectorise."""
    pairs, way_weight, row = network.pairs, network.way.weight, moved.row
    for d in range(moved.goal.size):
        if moved.goal[d] == 0:
            continue
        for p in range(pairs.of_goal[d], pairs.of_goal[d + 1]):
            place, changed = pairs.place[p], 0
            for j in range(pairs.first[p], pairs.first[p + 1]):
                changed |= moved.route[pairs.route[j]]
            if changed == 0 or place >= reach.sums.shape[2]:
                continue
            row[:] = 0.0
            for j in range(pairs.first[p], pairs.first[p + 1]):
                weight = reach.weight[pairs.route[j]]
                for m in range(way_weight.shape[1]):
                    w = way_weight[j, m]
                    for q in range(reach.level_first[m], reach.level_first[m + 1]):
                        row[q] += w * weight[q]
            for q in range(row.size):
                reach.sums[d, q, place] = row[q]
        if moved.opened[d] == 1:
            note_open(reach, d)


@kernel
def note_open(reach: Reach, d: int) -> None:
    """Record the columns for which some place has a way to destination d."""
    for q in range(reach.some.shape[1]):
        some = 0
        for total in reach.sums[d, q]:
            some |= int(total > 0.0)
        reach.some[d, q] = some


@kernel
def sum_goals(goal_weight: F64, reach: Reach, goals: I32, out: F64) -> None:
    """Write  sum_d g_d S  by (kind, place); the inner loop runs over places, contiguous in S.

    Only destinations that some place has a way to, four at a time in their order, so that totals
    are read and written less often. goals: (D), work space.
    """
    for k in range(out.shape[0]):
        q, g = reach.kind_column[k], reach.kind_goal[k]
        total, n = out[k], 0
        total[:] = 0.0
        for d in range(goals.size):
            goals[n] = d
            n += reach.some[d, q]
        for j in range(0, n - 3, 4):
            d, e, f, h = goals[j], goals[j + 1], goals[j + 2], goals[j + 3]
            w, x, y, z = goal_weight[d, g], goal_weight[e, g], goal_weight[f, g], goal_weight[h, g]
            a, b, c, more = reach.sums[d, q], reach.sums[e, q], reach.sums[f, q], reach.sums[h, q]
            for s in range(total.size):
                total[s] = (((total[s] + w * a[s]) + x * b[s]) + y * c[s]) + z * more[s]
        for j in range(n - n % 4, n):
            w, a = goal_weight[goals[j], g], reach.sums[goals[j], q]
            for s in range(total.size):
                total[s] += w * a[s]


@kernel
def sum_access(
    network: Network, goal: Part, reach: Reach, floor_utility: float, homes: int
) -> None:
    """Write scale and total by (kind, place), so that  A = scale + ln(total).

    total is written to `reach.access`, which holds the sums over destinations. Where it is too
    small, scale is A itself and total is 1. A is the floor for people at home (the first `homes`
    places) without a way, and -inf abroad, where they cannot move on.
    """
    for k in range(reach.access.shape[0]):
        q, g = reach.kind_column[k], reach.kind_goal[k]
        total, scale, more = reach.access[k], reach.scale[k], goal.scale[g]
        base, floor = network.scale[reach.level[q]], network.floor[reach.level[q]]
        shrunk, rough = math.exp(min(-more, LARGE)), 0
        for s in range(total.size):
            rough |= int(is_rough(total[s], floor_utility - base[s], more))
        for s in range(total.size):
            if rough == 0 or not is_rough(total[s], floor_utility - base[s], more):
                total[s] += floor[s] * shrunk
                scale[s] = base[s] + more
                continue
            log_total = -math.inf
            if total[s] > 0.0:
                log_total = sum_logarithms(network, goal, reach, network.pairs.start[s], q, g)
            total[s] = 1.0
            is_shut = s >= homes and log_total == -math.inf
            scale[s] = -math.inf if is_shut else access_value(log_total, floor_utility)


@kernel
def is_rough(total: float, floor: float, more: float) -> bool:
    """Whether a sum is too small to be accurate next to the floor and the scale of the goals."""
    return not (total >= SAFE and abs(more) <= LARGE and abs(floor) <= LARGE)


@kernel
def sum_out(
    network: Network,
    goal: Part,
    checks: Checks,
    waiting: F64,
    all_changed: bool,
    prm: OutlookParameters,
    homes: int,
    reach: Reach,
    moved: Moved,
) -> None:
    """Update the sums over ways where rules, queues or fares changed, then scale and total of A.

    waiting: (X) persons; all_changed: whether everything changed; homes: number of origins.
    """
    moved.crossing[:], moved.check[:] = 0, 0
    moved.route[:], moved.goal[:], moved.opened[:] = (
        int(all_changed),
        int(all_changed),
        int(all_changed),
    )
    weigh_crossings(
        checks.exit_share,
        checks.entry_share,
        checks.capacity,
        waiting,
        prm,
        reach.crossing,
        moved.crossing,
    )
    weigh_checks(checks.arrival_share, prm.risk_weight, reach.check, moved.check)
    weigh_routes(network.itineraries, reach, moved)
    sum_ways(network, reach, moved)
    sum_goals(goal.weight, reach, moved.goals, reach.access)
    sum_access(network, goal, reach, prm.floor_utility, homes)


def take_logarithms(reach: Reach) -> None:
    """Write A. NumPy takes logarithms of many numbers at a time, in a third of the time."""
    np.log(reach.access, out=reach.access)
    np.add(reach.access, reach.scale, out=reach.access)


@kernel
def sum_logarithms(network: Network, goal: Part, reach: Reach, start: int, q: int, g: int) -> float:
    """ln sum exp(V) over the ways from a start, for a column and a goal."""
    ways, way = network.itineraries, network.way
    best, total = -math.inf, 0.0
    for i in range(ways.first[start], ways.first[start + 1]):
        route = ways.row.route[i]
        v = way.utility[reach.level[q], i] + reach.utility[q, route]
        v += goal.utility[g, ways.routes.destination[route]]
        if v > best:
            total = total * math.exp(best - v) + 1.0
            best = v
        elif v > -math.inf:
            total += math.exp(v - best)
    return best + math.log(total) if total > 0.0 else best


@kernel
def access_value(log_total: float, floor_utility: float) -> float:
    """A = ln(exp(floor) + exp(log_total)), where log_total is ln sum exp(V)."""
    best = max(log_total, floor_utility)
    return best + math.log1p(math.exp(min(log_total, floor_utility) - best))
