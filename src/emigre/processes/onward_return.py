"""Life abroad: return, onward movement, applications, work and family as competing hazards.

Hazards per day of a party abroad
    return   h_r = base_returning_g exp( hardship [in need] - roots r + sum_k v_gk x_k(t) )
    onward   h_o = base_onward exp( gain (A_elsewhere - V_here) )        0 if no way is feasible
    apply    h_a = apply_per_day   while a permit rule takes applications and none is held
    work     h_w = jobs_d f_g a    while out of work; a: share allowed to (1 with a permit)
    joining  h_j = joining_per_day  that members left behind follow, while the stay is lawful
If the law is expected to remove the share x of renewals (announced or rumoured, not in force), h_r
and h_o of parties whose status has an end are multiplied by exp(threat x). h_o is also multiplied
by exp(-roots r). v_gk: weights of the pressures on returning (fear of return is negative);
A_elsewhere: logsum of the ways from the country to others; V_here: the pull of the present country.
A party that returned leaves again with
    h_l = again_per_day exp( pressures on leaving + access + urgency )
One draw selects among competing events, in proportion to their hazards. Instead of a draw every
day, candidate days are drawn at the bound H = hazard_cap, and on a candidate day an event occurs
with probability (1 - exp(-h)) / (1 - exp(-H)): exact thinning (Lewis and Shedler 1979,
doi:10.1002/nav.3800260304). A sum of hazards above H is scaled down to H, which hazard_capped
counts: on average the share 1 - exp(-H) of the people concerned on a day.

Reads: outlook, pressures, timetable. Draws: CANDIDATE, CANDIDATE_GAP, WAY. Writes: returned,
onward, hazard_capped, stock_returned. Units: per day.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import CANDIDATE, Key, uniform
from emigre.processes.accounting import flow_country, flow_origin, origin_of, tally
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    C_HAZARD_CAPPED,
    C_ONWARD,
    DISPLACED,
    I32,
    MUST_LEAVE,
    NEVER,
    NO_CLAIM,
    NOWHERE,
    O_DECIDED,
    O_RETURNED,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    PROTECTED,
    RETURNED,
    TRAPPED,
    VISITOR,
    Accounts,
    Cohorts,
    Parties,
    Today,
    Ways,
    World,
)
from emigre.processes.departures import look_for_way
from emigre.processes.journeys import JourneyParameters, take_way
from emigre.processes.legal_status import (
    LEAVES,
    StayParameters,
    apply,
    at_status_end,
    can_apply,
    decide,
    next_candidate,
    schedule,
    withdraw,
)
from emigre.processes.livelihood import (
    LivelihoodParameters,
    root_again,
    rootedness,
    settle_roots,
    spend,
)
from emigre.processes.route_choice import draw_way


class ReturnParameters(NamedTuple):
    """Parameters of returning and moving on; see schema/parameters.csv."""

    base_returning_per_day: float
    hardship_weight: float
    rootedness_weight: float
    base_onward_per_day: float
    onward_gain_weight: float
    again_per_day: float
    threat_weight: float
    joining_per_day: float
    hazard_cap_per_day: float


@kernel
def returning_hazard(
    factor: float, in_need: float, roots: float, pressure: float, prm: ReturnParameters
) -> float:
    """Hazard per day. factor: of the group; in_need 0 or 1; roots 0..1; pressure: sum of v x."""
    gain = prm.hardship_weight * in_need - prm.rootedness_weight * roots + pressure
    return prm.base_returning_per_day * factor * math.exp(gain)


@kernel
def onward_hazard(elsewhere: float, here: float, prm: ReturnParameters) -> float:
    """Hazard per day. elsewhere: logsum of the ways on; here: utility of the present country."""
    return prm.base_onward_per_day * math.exp(prm.onward_gain_weight * (elsewhere - here))


@kernel
def acceptance(hazard: float, cap: float) -> float:
    """Probability that an event occurs on a candidate day drawn at the bound `cap`."""
    return (1.0 - math.exp(-min(hazard, cap))) / (1.0 - math.exp(-cap))


@kernel
def go_home(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    cap: float,
    key: Key,
    livelihood: LivelihoodParameters,
) -> None:
    """Return to live in the origin. The caller removes the party from its stock."""
    flow_origin(world, cohorts, parties, books, p, O_RETURNED)
    leave_country(world, cohorts, parties, books, today, p, livelihood)
    parties.row.state[p] = RETURNED
    parties.row.status[p] = VISITOR
    parties.row.claim[p] = NO_CLAIM
    parties.row.decision[p] = NEVER
    parties.row.roots[p] = 0.0
    parties.row.secure_since[p] = NOWHERE
    parties.row.way[p] = NOWHERE
    next_candidate(parties, p, today.day, cap, key)
    parties.due[p] = parties.row.candidate[p]


@kernel
def leave_country(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    prm: LivelihoodParameters,
) -> None:
    """Withdraw claims, give up work and settle the funds."""
    withdraw(world, cohorts, parties, books, today, p)
    spend(world, today, parties, p, prm)
    parties.row.works[p] = 0
    parties.row.in_need[p] = 0
    parties.row.need[p] = NEVER
    parties.row.visited_to[p] = today.day


@kernel
def move_on(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    livelihood: LivelihoodParameters,
) -> bool:
    """Leave for another place, with the same choice model. False if no way is feasible.

    Status and roots are kept until another stay begins, because a party that gets nowhere resumes
    them.
    """
    d = parties.row.place[p]
    start = world.n_origins + world.n_crossings + d
    c, goal = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]], parties.row.goal[p]
    way = draw_way(world, ways, today, start, c, NOWHERE, goal, key, parties.row.id[p])
    if way == NOWHERE:
        return False
    flow_country(world, cohorts, parties, books, p, C_ONWARD, d)
    leave_country(world, cohorts, parties, books, today, p, livelihood)
    parties.row.stands[p] = d
    take_way(ways, parties, p, way, start, float(today.day + 1))  # decided in the evening
    return True


@kernel
def live_abroad(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    joining: I32,
    n_joining: int,
    key: Key,
    stay: StayParameters,
    livelihood: LivelihoodParameters,
    prm: ReturnParameters,
) -> int:
    """Everything due today for a party abroad: decision, end of status, need, candidate events.

    joining: (parties) those whose family follows tomorrow; returns how many there are now.
    """
    tally(world, cohorts, parties, books, p, -1)
    day = today.day
    settle_roots(world, cohorts, parties, today, p, livelihood)
    if parties.row.status[p] == APPLICANT and parties.row.decision[p] <= day:
        decide(world, cohorts, parties, books, today, p, key)
    if parties.row.status[p] != APPLICANT and parties.row.status_ends[p] <= day:
        done = at_status_end(world, cohorts, parties, books, today, p, key, stay)
        if done == LEAVES:
            leave(world, ways, cohorts, parties, books, today, p, key, livelihood, prm)
            tally(world, cohorts, parties, books, p, 1)
            return n_joining
    if parties.row.need[p] <= day:
        parties.row.in_need[p] = 1
    if parties.row.candidate[p] <= day:
        n_joining = chance_event(
            world,
            ways,
            cohorts,
            parties,
            books,
            today,
            p,
            joining,
            n_joining,
            key,
            stay,
            livelihood,
            prm,
        )
    if parties.row.state[p] == ABROAD:
        root_again(world, cohorts, parties, today, p)
        schedule(parties, p)
    tally(world, cohorts, parties, books, p, 1)
    return n_joining


class Hazards(NamedTuple):
    """Hazards per day of the competing events."""

    back: float
    onward: float
    asks: float
    work: float
    join: float


@kernel
def hazards(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    stay: StayParameters,
    livelihood: LivelihoodParameters,
    prm: ReturnParameters,
) -> Hazards:
    """Competing hazards of a party abroad today."""
    i, d = parties.row.cohort[p], parties.row.place[p]
    g = cohorts.row.group[i]
    c, legal = world.groups.outlook[g], world.groups.legal[g]
    status = parties.row.status[p]
    roots = rootedness(parties.row.roots[p], livelihood.rooting_days)
    back = returning_hazard(
        world.groups.returning[g],
        parties.row.in_need[p],
        roots,
        today.return_log_hazard[cohorts.row.zone[i], g],
        prm,
    )
    start = world.n_origins + world.n_crossings + d
    onward = onward_hazard(today.access[start, c], today.attraction[d, c], prm)
    onward *= math.exp(-prm.rootedness_weight * roots)
    if parties.row.status_ends[p] < NEVER:
        fright = math.exp(prm.threat_weight * today.law.threat[d, legal])
        back *= fright
        onward *= fright
    asks = stay.apply_per_day if status == VISITOR and can_apply(today, d, legal) else 0.0
    work = 0.0
    if parties.row.works[p] == 0:
        allowed = status in (PERMITTED, PROTECTED, DISPLACED)
        work = world.countries.jobs[d] * world.job_factor[d, c]
        work *= 1.0 if allowed else today.law.work[d, legal]
    lawful = status != OVERSTAYING and status != MUST_LEAVE
    apart = parties.row.household[p] > parties.row.people[p]
    join = prm.joining_per_day if lawful and apart else 0.0
    return Hazards(back, onward, asks, work, join)


@kernel
def chance_event(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    joining: I32,
    n_joining: int,
    key: Key,
    stay: StayParameters,
    livelihood: LivelihoodParameters,
    prm: ReturnParameters,
) -> int:
    """Thinning on a candidate day: at most one competing event occurs.

    joining: (parties) those whose family follows tomorrow; returns how many there are now. The
    caller removes the party from its stock.
    """
    h = hazards(world, cohorts, parties, today, p, stay, livelihood, prm)
    total = h.back + h.onward + h.asks + h.work + h.join
    cap = prm.hazard_cap_per_day
    next_candidate(parties, p, today.day, cap, key)
    chance = acceptance(total, cap)
    u = uniform(key, parties.row.id[p], today.day, CANDIDATE)
    if total > cap:
        flow_country(world, cohorts, parties, books, p, C_HAZARD_CAPPED, parties.row.place[p])
    if u >= chance:
        return n_joining
    which = u / chance * total
    if which < h.back:
        go_home(world, cohorts, parties, books, today, p, cap, key, livelihood)
    elif which < h.back + h.onward:
        move_on(world, ways, cohorts, parties, books, today, p, key, livelihood)
    elif which < h.back + h.onward + h.asks:
        apply(world, cohorts, parties, books, today, p, PERMIT)
    elif which < h.back + h.onward + h.asks + h.work:
        find_work(world, today, parties, p, livelihood)
    else:
        joining[n_joining] = p
        n_joining += 1
    return n_joining


@kernel
def find_work(
    world: World, today: Today, parties: Parties, p: int, prm: LivelihoodParameters
) -> None:
    """Start paid local work: funds last and need ends."""
    spend(world, today, parties, p, prm)
    parties.row.works[p] = 1
    parties.row.in_need[p] = 0
    parties.row.need[p] = NEVER


@kernel
def leave(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    livelihood: LivelihoodParameters,
    prm: ReturnParameters,
) -> None:
    """Move on or return, in proportion to the hazards, after a status ended without renewal."""
    i, d = parties.row.cohort[p], parties.row.place[p]
    g = cohorts.row.group[i]
    start = world.n_origins + world.n_crossings + d
    c = world.groups.outlook[g]
    onward = onward_hazard(today.access[start, c], today.attraction[d, c], prm)
    back = returning_hazard(
        world.groups.returning[g],
        parties.row.in_need[p],
        0.0,
        today.return_log_hazard[cohorts.row.zone[i], g],
        prm,
    )
    u = uniform(key, parties.row.id[p], today.day, CANDIDATE)
    if u * (onward + back) < onward and move_on(
        world, ways, cohorts, parties, books, today, p, key, livelihood
    ):
        return
    go_home(world, cohorts, parties, books, today, p, prm.hazard_cap_per_day, key, livelihood)


@kernel
def live_at_home_again(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    journey: JourneyParameters,
    prm: ReturnParameters,
) -> None:
    """A party that returned may leave again."""
    tally(world, cohorts, parties, books, p, -1)
    i = parties.row.cohort[p]
    g = cohorts.row.group[i]
    shared = today.hazard_factor[origin_of(cohorts, parties, p), world.groups.outlook[g]]
    hazard = prm.again_per_day * today.departure_multiplier[cohorts.row.zone[i], g] * shared
    cap = prm.hazard_cap_per_day
    next_candidate(parties, p, today.day, cap, key)
    parties.due[p] = parties.row.candidate[p]
    if uniform(key, parties.row.id[p], today.day, CANDIDATE) < acceptance(hazard, cap):
        flow_origin(world, cohorts, parties, books, p, O_DECIDED)
        look_for_way(world, ways, cohorts, parties, today, p, key, journey)
        if parties.row.state[p] == TRAPPED:
            parties.row.state[p] = RETURNED
            parties.due[p] = parties.row.candidate[p]
    tally(world, cohorts, parties, books, p, 1)
