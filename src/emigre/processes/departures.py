"""Departures: households weigh pressures, ways out and the cost of waiting.

Hazard per household and day
    h = base_g exp( sum_k w_gk x_k(t) + access (A - A_0) + urgency U )
P(decide) = 1 - exp(-h). The number of households of a cohort that decide is binomial, drawn from
those at home by inversion at one random number. The size of each is drawn from the households at
home; with probability `moves_whole` all members go, otherwise one goes and the rest stay and remain
counted at home. Where departures are given for an origin, n(t) = persons given - persons already
decided replaces the hazard, shared among cohorts in proportion to households x hazard (to
households, if every hazard is 0). These households set out on the given day, without preparation.
Persons who should have left when nobody is left at home are counted in departures_missing.

Members left behind may follow the one who lives abroad (hazard in onward_return.py): they form a
party of their own whose only destination is the country of that member.

Without a feasible itinerary a party is trapped. It tries again every day and gives up with hazard
1 / patience per day, which returns its people to those at home.

Reads: outlook (A, U), pressures. Draws: DECIDE, IDENTITY, HOUSEHOLD, WHOLE, FOLLOW, WAY, GIVE_UP.
Writes: decided, at_home, trapped, preparing. Units: per day. A_0 is the mean A of all people at
home on the first day, so that base_g is the rate of an average household on that day. Proportional
hazards: Cox 1972.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    DECIDE,
    FOLLOW,
    GIVE_UP,
    HOUSEHOLD,
    IDENTITY,
    WHOLE,
    Key,
    binomial_quantile,
    bits,
    nth,
    uniform,
)
from emigre.processes.accounting import category_at_home, flow_origin, tally
from emigre.processes.arrays import (
    ABROAD,
    ENDED,
    F64,
    I32,
    I64,
    MAX_SIZE,
    NEVER,
    NOWHERE,
    O_AT_HOME,
    O_DECIDED,
    TRAPPED,
    Accounts,
    Cohorts,
    Parties,
    Today,
    Ways,
    World,
)
from emigre.processes.journeys import JourneyParameters, prepare
from emigre.processes.route_choice import draw_way


class DepartureParameters(NamedTuple):
    """Parameters of departures; see schema/parameters.csv."""

    base_leaving_per_day: float
    access_weight: float
    urgency_weight: float
    patience_days: float


@kernel
def leaving_hazard(
    base: float,
    push: float,
    access: float,
    reference: float,
    urgency: float,
    prm: DepartureParameters,
) -> float:
    """Hazard per day. base: of the group; push: exp of the pressures; reference: A_0."""
    gain = prm.access_weight * (access - reference) + prm.urgency_weight * urgency
    return base * push * math.exp(gain)


@kernel
def shared_hazard(today: Today, reference: float, prm: DepartureParameters) -> None:
    """Write today.hazard_factor: the part of the hazard common to the groups of a class."""
    for o in range(today.hazard_factor.shape[0]):
        for c in range(today.hazard_factor.shape[1]):
            today.hazard_factor[o, c] = leaving_hazard(
                1.0, 1.0, today.access[o, c], reference, today.urgency[o, c], prm
            )


@kernel
def cohort_hazard(world: World, cohorts: Cohorts, today: Today, base: F64, i: int) -> float:
    """Hazard per day of a household of cohort i. base: (G)."""
    g = cohorts.row.group[i]
    shared = today.hazard_factor[cohorts.row.origin[i], world.groups.outlook[g]]
    return base[g] * today.departure_multiplier[cohorts.row.zone[i], g] * shared


@kernel
def count_leavers(
    world: World, cohorts: Cohorts, today: Today, base: F64, key: Key, leavers: I32
) -> int:
    """Draw the households that decide, by cohort, where the hazard applies; returns their sum.

    base: (G) hazard per day. leavers: (cohorts), written here.
    """
    total = 0
    for i in range(leavers.size):
        leavers[i] = 0
        n = cohorts.row.total[i]
        if n <= 0 or world.pool[cohorts.row.origin[i]] >= 0:
            continue
        h = cohort_hazard(world, cohorts, today, base, i)
        u = uniform(key, cohorts.row.id[i], today.day, DECIDE)
        # P(nobody) = exp(-h n) >= 1 - h n: avoids an exponential for most cohorts.
        if u < 1.0 - h * n:
            continue
        leavers[i] = binomial_quantile(n, 1.0 - math.exp(-h), u)
        total += leavers[i]
    return total


@kernel
def count_given(
    world: World, cohorts: Cohorts, today: Today, willing: F64, owed: I64, key: Key, leavers: I32
) -> int:
    """Households that leave, by cohort, where departures are given; returns their sum.

    willing: (G) relative hazards. owed: (pools) persons still to leave; whole households are taken
    up to about this number, and the difference carries over to the next day. Systematic sampling in
    proportion to households x hazard; the share of a cohort with nobody left is redistributed.
    """
    total = 0
    for pool in range(owed.size):
        mean = movers_of_pool(world, cohorts, today, willing, pool)
        if owed[pool] <= 0 or mean <= 0.0:
            continue
        wanted = owed[pool] / (mean * world.scale)
        start = uniform(key, world.pool_id[pool], today.day, DECIDE)
        while wanted > 0.0:
            taken, missed = share_out(world, cohorts, today, willing, pool, wanted, start, leavers)
            total += taken
            if taken == 0:
                break
            wanted = float(missed)
    return total


@kernel
def share_out(
    world: World,
    cohorts: Cohorts,
    today: Today,
    willing: F64,
    pool: int,
    wanted: float,
    start: float,
    leavers: I32,
) -> tuple[int, int]:
    """Take households of a pool from its cohorts; returns the numbers taken and missed.

    willing: (G); leavers: (cohorts), incremented here.
    """
    weight = 0.0
    for i in range(leavers.size):
        weight += pool_weight(world, cohorts, today, willing, pool, i, leavers[i], False)
    alike = weight <= 0.0
    if alike:
        for i in range(leavers.size):
            weight += pool_weight(world, cohorts, today, willing, pool, i, leavers[i], True)
    taken, missed, running = 0, 0, start
    if weight <= 0.0:
        return taken, missed
    for i in range(leavers.size):
        w = pool_weight(world, cohorts, today, willing, pool, i, leavers[i], alike)
        if w <= 0.0:
            continue
        before = math.floor(running)
        running += wanted * w / weight
        marks = int(math.floor(running) - before)
        n = min(marks, int(cohorts.row.total[i] - leavers[i]))
        leavers[i] += n
        taken += n
        missed += marks - n
    return taken, missed


@kernel
def pool_weight(
    world: World,
    cohorts: Cohorts,
    today: Today,
    willing: F64,
    pool: int,
    i: int,
    gone: int,
    alike: bool,
) -> float:
    """Weight of cohort i in a pool: remaining households x hazard (alike: households).

    willing: (G) relative hazards.
    """
    left = cohorts.row.total[i] - gone
    if left <= 0 or world.pool[cohorts.row.origin[i]] != pool:
        return 0.0
    return left * (1.0 if alike else cohort_hazard(world, cohorts, today, willing, i))


@kernel
def movers_of_pool(world: World, cohorts: Cohorts, today: Today, willing: F64, pool: int) -> float:
    """Mean number of people who go when a household of a pool leaves; 0 if nobody is left.

    willing: (G) relative hazards.
    """
    for alike in (False, True):
        weight, people = 0.0, 0.0
        for i in range(cohorts.row.size):
            w = pool_weight(world, cohorts, today, willing, pool, i, 0, alike)
            if w > 0.0:
                weight += w
                people += w * movers_per_household(world, cohorts, i)
        if weight > 0.0:
            return people / weight
    return 0.0


@kernel
def movers_per_household(world: World, cohorts: Cohorts, i: int) -> float:
    """Mean number of people who go when a household of cohort i decides."""
    whole = world.groups.whole[cohorts.row.group[i]]
    people = 0.0
    for s in range(MAX_SIZE):
        people += cohorts.homes[i, s] * (whole * (s + 1) + 1.0 - whole)
    return people / cohorts.row.total[i]


@kernel
def make_parties(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    owed: I64,
    leavers: I32,
    used: int,
    key: Key,
    prm: JourneyParameters,
) -> int:
    """Create a party for each deciding household, from row `used` on; returns the rows in use.

    leavers: (cohorts) households that decide; owed: (pools) persons still to leave where departures
    are given.
    """
    for i in range(leavers.size):
        for k in range(leavers[i]):
            p = used
            used += 1
            found(world, cohorts, parties, today, i, k, p, key)
            o, g = cohorts.row.origin[i], cohorts.row.group[i]
            n = parties.row.people[p] * world.scale
            if world.pool[o] >= 0:
                owed[world.pool[o]] -= n
            cat = category_at_home(world, g)
            books.origin[O_AT_HOME, o, cat] -= n
            flow_origin(world, cohorts, parties, books, p, O_DECIDED)
            look_for_way(world, ways, cohorts, parties, today, p, key, prm)
            tally(world, cohorts, parties, books, p, 1)
    return used


@kernel
def found(
    world: World, cohorts: Cohorts, parties: Parties, today: Today, i: int, k: int, p: int, key: Key
) -> None:
    """Create party p from the k-th household of cohort i that decides today."""
    identity = bits(key, nth(cohorts.row.id[i], k), today.day, IDENTITY)
    size = draw_size(cohorts.homes, i, uniform(key, identity, today.day, HOUSEHOLD))
    whole = uniform(key, identity, today.day, WHOLE) < world.groups.whole[cohorts.row.group[i]]
    cohorts.homes[i, size - 1] -= 1
    cohorts.row.total[i] -= 1
    parties.row.id[p] = identity
    parties.row.cohort[p] = i
    parties.row.household[p] = size
    parties.row.people[p] = size if whole else 1
    if not whole:
        cohorts.row.left_behind[i] += (size - 1) * world.scale
    start_row(cohorts, parties, p, today.day)


@kernel
def start_row(cohorts: Cohorts, parties: Parties, p: int, day: int) -> None:
    """Initial values of a new party."""
    parties.row.state[p] = TRAPPED
    parties.row.way[p] = NOWHERE
    parties.row.next[p] = NOWHERE
    parties.row.goal[p] = NOWHERE
    parties.row.entered[p] = NOWHERE
    parties.row.reached[p] = NOWHERE
    parties.row.visited[p] = NOWHERE
    parties.row.stands[p] = NOWHERE
    parties.row.start[p] = cohorts.row.origin[parties.row.cohort[p]]
    parties.row.secure_since[p] = NOWHERE
    parties.due[p] = day


@kernel
def make_followers(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    joining: I32,
    n_joining: int,
    used: int,
    key: Key,
    prm: JourneyParameters,
) -> int:
    """Create parties of family members who follow; returns the rows in use.

    joining: (parties) rows of the members abroad whose family follows, its first n_joining; those
    no longer abroad are skipped.
    """
    for j in range(n_joining):
        first = joining[j]
        n = parties.row.household[first] - parties.row.people[first]
        if parties.row.state[first] != ABROAD or n <= 0:
            continue
        p = used
        used += 1
        i = parties.row.cohort[first]
        parties.row.id[p] = bits(key, parties.row.id[first], today.day, FOLLOW)
        parties.row.cohort[p] = i
        parties.row.people[p] = n
        parties.row.household[p] = n
        parties.row.household[first] = parties.row.people[first]
        cohorts.row.left_behind[i] -= n * world.scale
        start_row(cohorts, parties, p, today.day)
        parties.row.goal[p] = parties.row.place[first]
        cat = category_at_home(world, cohorts.row.group[i])
        books.origin[O_AT_HOME, cohorts.row.origin[i], cat] -= n * world.scale
        flow_origin(world, cohorts, parties, books, p, O_DECIDED)
        look_for_way(world, ways, cohorts, parties, today, p, key, prm)
        tally(world, cohorts, parties, books, p, 1)
    return used


@kernel
def draw_size(homes: I32 | F64, i: int, u: float) -> int:
    """Draw the size of a household from row i of homes (cohorts, sizes), which is not empty."""
    total = 0.0
    for s in range(MAX_SIZE):
        total += homes[i, s]
    running = 0.0
    size = 0
    for s in range(MAX_SIZE):
        if homes[i, s] > 0:
            running += homes[i, s]
            size = s + 1
            if running > u * total:
                break
    return size


@kernel
def look_for_way(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    key: Key,
    prm: JourneyParameters,
) -> None:
    """Choose a way from home and prepare, or be trapped.

    The caller removes the party from its stock.

    Where departures are given, the party sets out on the same day.
    """
    i = parties.row.cohort[p]
    o, c = cohorts.row.origin[i], world.groups.outlook[cohorts.row.group[i]]
    parties.row.start[p] = o
    parties.row.way[p] = draw_way(
        world, ways, today, o, c, NOWHERE, parties.row.goal[p], key, parties.row.id[p]
    )
    if parties.row.way[p] == NOWHERE:
        parties.row.state[p] = TRAPPED
        parties.due[p] = today.day + 1
    else:
        prepare(parties, p, today.day, today.urgency[o, c], key, prm)
        if world.pool[o] >= 0:
            parties.due[p] = today.day


@kernel
def try_again(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    prm: DepartureParameters,
    journey: JourneyParameters,
) -> None:
    """A trapped party finds a way, gives up, or keeps trying."""
    tally(world, cohorts, parties, books, p, -1)
    look_for_way(world, ways, cohorts, parties, today, p, key, journey)
    if parties.row.state[p] == TRAPPED:
        u = uniform(key, parties.row.id[p], today.day, GIVE_UP)
        if u < 1.0 - math.exp(-1.0 / prm.patience_days):
            stay_home(world, cohorts, parties, books, p)
            return
    tally(world, cohorts, parties, books, p, 1)


@kernel
def stay_home(world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int) -> None:
    """Dissolve a party: its household returns to those at home."""
    i = parties.row.cohort[p]
    household = parties.row.household[p]
    cohorts.homes[i, household - 1] += 1
    cohorts.row.total[i] += 1
    cohorts.row.left_behind[i] -= (household - parties.row.people[p]) * world.scale
    cat = category_at_home(world, cohorts.row.group[i])
    books.origin[O_AT_HOME, cohorts.row.origin[i], cat] += parties.row.people[p] * world.scale
    parties.row.state[p] = ENDED
    parties.due[p] = NEVER
