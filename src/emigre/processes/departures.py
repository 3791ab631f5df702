"""Departures: households weigh pressures, ways out and the cost of waiting.

Hazard per household and day
    h = base_g S_g^spread exp( sum_k w_gk x_k(t) + access (A - A_0) + urgency U )
S_g is the share of the group's households still at home: the most willing leave first. If
households differ in willingness by a gamma distribution of mean 1 and variance `spread`, the mean
willingness of those left after a cumulative hazard H is 1 / (1 + spread H), their share S is (1 +
spread H)^(-1/spread), and the mean is S^spread (Vaupel, Manton and Stallard 1979, frailty).
P(decide) = 1 - exp(-h). The number of households of a cohort that decide is binomial, drawn from
those at home by inversion at one random number. The size of each is drawn from the households at
home; with probability `moves_whole` all members go, otherwise one goes and the rest stay and remain
counted at home. Where departures are given for an origin, n(t) = persons given - persons already
decided replaces the hazard, shared among cohorts in proportion to households x hazard (to
households, if every hazard is 0). These households set out on the given day, without preparation. A
remainder, due to households larger or smaller than the mean, is carried over to the next day with
departures. Persons who should have left when nobody is left at home are counted in
departures_missing.

Members left behind may follow the one who lives abroad (hazard in onward_return.py): they form a
party of their own whose only destination is the country of that member.

Without a feasible itinerary a party is trapped. It tries again every day and gives up with hazard
1 / patience per day, which returns its people to those at home, or to those who have returned if
they lived abroad before.

Reads: outlook (A, U), pressures. Draws: DECIDE, PHASE, IDENTITY, HOUSEHOLD, WHOLE, FOLLOW, WAY,
GIVE_UP. Writes: decided, at_home, trapped, preparing. Units: per day. A_0 is the mean A of all
people at home on the first day, so that base_g is the rate of an average household on that day.
Proportional hazards: Cox 1972.
"""

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    DECIDE,
    FOLLOW,
    GIVE_UP,
    HOUSEHOLD,
    IDENTITY,
    PHASE,
    WHOLE,
    bits,
    nth,
    uniform,
)
from emigre.processes.accounting import category_at_home, flow_origin, persons, tally
from emigre.processes.arrays import (
    ABROAD,
    ENDED,
    F64,
    I32,
    I64,
    JOINING,
    MAX_SIZE,
    NEVER,
    NO_MEMBER,
    NOWHERE,
    O_AT_HOME,
    O_DECIDED,
    RETURNED,
    STAYING,
    TRAPPED,
    Conditions,
    Population,
)
from emigre.processes.decisions import cohort_hazard
from emigre.processes.households import choose_way, draw_member, mean_share, member_passes_nowhere
from emigre.processes.journeys import prepare
from emigre.processes.legal_status import next_candidate
from emigre.processes.queue import append


def willing_left(now: I64 | F64, before: I64 | F64, spread: float) -> F64:
    """Mean willingness of the households still at home: (share left) ^ spread.

    now, before: (G) households at home today and on the first day.
    """
    share: F64 = now / np.maximum(before, 1)
    share[before == 0] = 1.0
    return np.minimum(share, 1.0) ** spread


@kernel
def count_given(now: Conditions, people: Population, willing: F64, owed: I64, leavers: I32) -> int:
    """Households that leave, by cohort, where departures are given; returns their sum.

    willing: (G) relative hazards. owed: (pools) persons still to leave, n households on average:
    floor(n + phase) are taken, and the difference carries over to the next day. The phase is one
    uniform number of the pool and run, so that on average as many leave as are given, however few
    and whatever the scale. Systematic sampling in proportion to households x hazard; the share of a
    cohort with nobody left is redistributed.
    """
    world = now.world
    total = 0
    for pool in range(owed.size):
        mean = movers_of_pool(now, people, willing, pool)
        if owed[pool] <= 0 or mean <= 0.0:
            continue
        phase = uniform(now.key, world.pool_id[pool], 0, PHASE)
        wanted = math.floor(owed[pool] / (mean * world.scale) + phase)
        start = uniform(now.key, world.pool_id[pool], now.today.day, DECIDE)
        while wanted > 0:
            taken, wanted = share_out(now, people, willing, pool, wanted, start, leavers)
            total += taken
            if taken == 0:
                break
    return total


@kernel
def share_out(
    now: Conditions,
    people: Population,
    willing: F64,
    pool: int,
    wanted: int,
    start: float,
    leavers: I32,
) -> tuple[int, int]:
    """Take households of a pool by willing (G) into leavers (cohorts); numbers taken and missed."""
    weight = 0.0
    for i in range(leavers.size):
        weight += pool_weight(now, people, willing, pool, i, leavers[i], False)
    alike = weight <= 0.0
    if alike:
        for i in range(leavers.size):
            weight += pool_weight(now, people, willing, pool, i, leavers[i], True)
    taken, missed, running = 0, 0, start
    if weight <= 0.0:
        return taken, missed
    for i in range(leavers.size):
        w = pool_weight(now, people, willing, pool, i, leavers[i], alike)
        if w <= 0.0:
            continue
        before = math.floor(running)
        running += wanted * w / weight
        marks = int(math.floor(running) - before)
        n = min(marks, int(people.cohorts.row.total[i] - leavers[i]))
        leavers[i] += n
        taken += n
        missed += marks - n
    return taken, missed


@kernel
def pool_weight(
    now: Conditions, people: Population, willing: F64, pool: int, i: int, gone: int, alike: bool
) -> float:
    """Weight of cohort i in a pool: households left x hazard willing (G), or x 1 (alike)."""
    cohort = people.cohorts.row
    left = cohort.total[i] - gone
    if left <= 0 or now.world.pool[cohort.origin[i]] != pool:
        return 0.0
    return left * (1.0 if alike else cohort_hazard(now, people, willing, i))


@kernel
def movers_of_pool(now: Conditions, people: Population, willing: F64, pool: int) -> float:
    """Mean number who leave with a household of a pool, by willing (G); 0 if nobody is left."""
    for alike in (False, True):
        weight, movers = 0.0, 0.0
        for i in range(people.cohorts.row.size):
            w = pool_weight(now, people, willing, pool, i, 0, alike)
            if w > 0.0:
                weight += w
                movers += w * movers_per_household(now, people, i)
        if weight > 0.0:
            return movers / weight
    return 0.0


@kernel
def movers_per_household(now: Conditions, people: Population, i: int) -> float:
    """Mean number who go when cohort i decides, without members who may not pass their way."""
    cohort = people.cohorts.row
    group = now.world.groups[cohort.group[i]]
    left = 0.0
    if group.member == 1:
        left = group.splits * (1.0 - mean_share(now, cohort.origin[i], group.outlook))
    movers = 0.0
    for s in range(MAX_SIZE):
        gone = s + 1.0 - (left if s > 0 else 0.0)
        movers += people.cohorts.homes[i, s] * (group.whole * gone + 1.0 - group.whole)
    return movers / cohort.total[i]


@kernel
def make_parties(now: Conditions, people: Population, owed: I64, leavers: I32, used: int) -> int:
    """Create a party for each deciding household, from row `used` on; returns the rows in use.

    leavers: (cohorts) households that decide; owed: (pools) persons still to leave where departures
    are given.
    """
    world, cohort = now.world, people.cohorts.row
    for i in range(leavers.size):
        for k in range(leavers[i]):
            p = used
            used += 1
            form_party(now, people, i, k, p)
            o, g = cohort.origin[i], cohort.group[i]
            cat = category_at_home(now, g)
            people.accounts.origin[O_AT_HOME, o, cat] -= persons(now, people, p)
            look_for_way(now, people, p)
            if world.pool[o] >= 0:
                owed[world.pool[o]] -= persons(now, people, p)
            flow_origin(now, people, p, O_DECIDED)
            tally(now, people, p, 1)
    return used


@kernel
def form_party(now: Conditions, people: Population, i: int, k: int, p: int) -> None:
    """Create party p from the k-th household of cohort i that decides today."""
    today, cohort, party = now.today, people.cohorts.row, people.parties.row
    identity = bits(now.key, nth(cohort.id[i], k), today.day, IDENTITY)
    size = draw_size(people.cohorts.homes, i, uniform(now.key, identity, today.day, HOUSEHOLD))
    whole = uniform(now.key, identity, today.day, WHOLE) < now.world.groups.whole[cohort.group[i]]
    people.cohorts.homes[i, size - 1] -= 1
    cohort.total[i] -= 1
    people.cohorts.undecided[cohort.group[i]] -= 1
    party.id[p] = identity
    party.cohort[p] = i
    party.household[p] = size
    party.people[p] = size if whole else 1
    start_row(now, people, p)
    draw_member(now, people, p)


@kernel
def start_row(now: Conditions, people: Population, p: int) -> None:
    """Initial values of a new party."""
    party = people.parties.row
    party.state[p] = TRAPPED
    party.way[p] = NOWHERE
    party.next[p] = NOWHERE
    party.goal[p] = NOWHERE
    party.entered[p] = NOWHERE
    party.reached[p] = NOWHERE
    party.visited[p] = NOWHERE
    party.last_country[p] = NOWHERE
    party.start[p] = people.cohorts.row.origin[party.cohort[p]]
    party.secure_since[p] = NOWHERE
    party.member_draw[p] = NO_MEMBER
    party.stays[p] = NOWHERE
    people.parties.due[p] = now.today.day


@kernel
def make_followers(now: Conditions, people: Population, used: int) -> int:
    """Create parties of family members who follow; returns the rows in use.

    Those on the list `joining` who are no longer abroad are skipped, and those whose only relative
    at home is a member whom no way to them admits.
    """
    world, cohort, party = now.world, people.cohorts.row, people.parties.row
    agenda = people.agenda
    for j in range(agenda.size[JOINING]):
        first = agenda.joining[j]
        n = party.household[first] - party.people[first]
        if party.state[first] != ABROAD or n <= 0:
            continue
        if n == 1 and member_passes_nowhere(now, people, first):
            continue
        p = used
        used += 1
        i = party.cohort[first]
        party.id[p] = bits(now.key, party.id[first], now.today.day, FOLLOW)
        party.cohort[p] = i
        party.people[p] = n
        party.household[p] = n
        party.household[first] = party.people[first]
        start_row(now, people, p)
        party.member_draw[p] = party.member_draw[first]
        party.member_draw[first] = NO_MEMBER
        party.goal[p] = party.place[first]
        cat = category_at_home(now, cohort.group[i])
        people.accounts.origin[O_AT_HOME, cohort.origin[i], cat] -= n * world.scale
        look_for_way(now, people, p)
        flow_origin(now, people, p, O_DECIDED)
        tally(now, people, p, 1)
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
def look_for_way(now: Conditions, people: Population, p: int) -> None:
    """Choose a way from home and prepare, or be trapped.

    The caller removes the party from its stock. A member who may not pass stays at home.

    Where departures are given, the party sets out on the same day.
    """
    world, today, cohort = now.world, now.today, people.cohorts.row
    party = people.parties.row
    i = party.cohort[p]
    o, c = cohort.origin[i], world.groups.outlook[cohort.group[i]]
    party.start[p] = o
    party.way[p] = choose_way(now, people, p, o, NOWHERE)
    if party.way[p] == NOWHERE:
        party.state[p] = TRAPPED
        people.parties.due[p] = today.day + 1
    else:
        prepare(now, people, p, today.urgency[today.kind[c], o])
        if world.pool[o] >= 0:
            people.parties.due[p] = today.day


@kernel
def try_again(now: Conditions, people: Population, p: int) -> None:
    """A trapped party finds a way, gives up, or keeps trying.

    One that gives up and has never been abroad is put on the list of those who stay at home.
    """
    party = people.parties.row
    tally(now, people, p, -1)
    look_for_way(now, people, p)
    if party.state[p] == TRAPPED:
        u = uniform(now.key, party.id[p], now.today.day, GIVE_UP)
        if u < 1.0 - math.exp(-1.0 / now.prm.departures.patience_days):
            if party.reached[p] == NOWHERE:
                append(people.agenda.staying, people.agenda.size, STAYING, p)
                return
            party.state[p] = RETURNED
            next_candidate(now, people, p)
            people.parties.due[p] = party.candidate[p]
    tally(now, people, p, 1)


@kernel
def dissolve_party(now: Conditions, people: Population, p: int) -> None:
    """Dissolve a party: its household returns to those at home. It is in no stock."""
    cohort, party = people.cohorts.row, people.parties.row
    i = party.cohort[p]
    household = party.household[p]
    people.cohorts.homes[i, household - 1] += 1
    cohort.total[i] += 1
    people.bounds.most[i] = math.inf  # no bound, until all are set again
    people.cohorts.undecided[cohort.group[i]] += 1
    cat = category_at_home(now, cohort.group[i])
    people.accounts.origin[O_AT_HOME, cohort.origin[i], cat] += party.people[p] * now.world.scale
    party.state[p] = ENDED
    people.parties.due[p] = NEVER
