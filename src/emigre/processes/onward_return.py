"""Life abroad: return, onward movement, applications, work and family as competing hazards.

Hazards per day of a party abroad
    return   h_r = base_returning_g exp( hardship [in need] - roots r + sum_k v_gk x_k(t) )
    onward   h_o = base_onward exp( gain (A_elsewhere - V_here) )        0 if no way is feasible
    apply    h_a = apply_per_day   of visitors, while a permit rule takes applications and no
                                   rejection is known; of those who overstay or must leave, while
                                   a regularisation rule does
    claim    h_c = claim_per_day   for asylum, by those without permit, application or protection,
                                   where claims are taken and no rejection known
    work     h_w = jobs_d f_g a    while out of work; a: share allowed to (1 with a permit)
    joining  h_j = joining_per_day  that members left behind follow, while the stay is lawful
If the law is expected to remove the share x of renewals (announced or rumoured, not in force), h_r
and h_o of parties whose status has an end are multiplied by exp(threat x). h_o is also multiplied
by exp(-roots r). A share s = settled_share of the households means to stay: h_r = h_o = 0. For the
others both are divided by 1 - s, so that the hazards above are the mean over all who have just
arrived. If nothing else changes, the hazard h = h_r + h_o of those who are still there t days later
is (mover-stayer model: Bijwaard 2010, doi:10.1007/s00148-008-0228-1)
    h(t) = h e / (s + (1 - s) e),  e = exp(-h t / (1 - s))
v_gk: weights of the pressures on returning (fear of return is negative); A_elsewhere: logsum of the
ways from the country to others; V_here: the pull of the present country.
A party that returned leaves again with
    h_l = again_per_day exp( pressures on leaving + access + urgency )
One draw selects among competing events, in proportion to their hazards. Instead of a draw every
day, candidate days are drawn at the bound H = hazard_cap, and on a candidate day an event occurs
with probability (1 - exp(-h)) / (1 - exp(-H)): exact thinning (Lewis and Shedler 1979,
doi:10.1002/nav.3800260304). A sum of hazards above H is scaled down to H, which hazard_capped
counts: on average the share 1 - exp(-H) of the people concerned on a day. The hazard h_l of those
who returned has no such bound: where h_l > H, one who has no candidate day leaves with probability
1 - exp(H - h_l), so that exp(-H) exp(H - h_l) = exp(-h_l) stay.

Reads: outlook, pressures, timetable. Draws: CANDIDATE, CANDIDATE_GAP, SETTLED, WAY. Writes:
returned, onward, hazard_capped, stock_returned. Units: per day.
"""

import math
from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import CANDIDATE, uniform
from emigre.processes.accounting import flow_country, flow_origin, tally
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    ASYLUM,
    C_HAZARD_CAPPED,
    C_ONWARD,
    DISPLACED,
    JOINING,
    MUST_LEAVE,
    NEVER,
    NO_CLAIM,
    NOWHERE,
    O_DECIDED,
    O_RETURNED,
    OVERSTAYING,
    PERMITTED,
    PROTECTED,
    RETURNED,
    VISITOR,
    Conditions,
    Population,
)
from emigre.processes.decisions import shared_hazard
from emigre.processes.departures import look_for_way
from emigre.processes.households import choose_way
from emigre.processes.journeys import take_way
from emigre.processes.legal_status import (
    LEAVES,
    apply,
    at_status_end,
    can_apply,
    can_claim,
    count_lapsed_application,
    decide,
    is_settled,
    next_candidate,
    schedule,
    withdraw,
)
from emigre.processes.livelihood import record_roots, restart_roots, rootedness, spend
from emigre.processes.parameters import ReturnParameters
from emigre.processes.queue import append


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
    if elsewhere == -math.inf:
        return 0.0
    return prm.base_onward_per_day * math.exp(prm.onward_gain_weight * (elsewhere - here))


@kernel
def acceptance(hazard: float, cap: float) -> float:
    """Probability that an event occurs on a candidate day drawn at the bound `cap`."""
    return (1.0 - math.exp(-min(hazard, cap))) / (1.0 - math.exp(-cap))


@kernel
def go_home(now: Conditions, people: Population, p: int) -> None:
    """Return to live in the origin. The caller removes the party from its stock."""
    party = people.parties.row
    flow_origin(now, people, p, O_RETURNED)
    withdraw(now, people, p)
    count_lapsed_application(now, people, p, party.place[p])
    leave_place(now, people, p)
    party.state[p] = RETURNED
    party.status[p] = VISITOR
    party.claim[p] = NO_CLAIM
    party.decision[p] = NEVER
    party.roots[p] = 0.0
    party.secure_since[p] = NOWHERE
    party.way[p] = NOWHERE
    next_candidate(now, people, p)
    people.parties.due[p] = party.candidate[p]


@kernel
def leave_place(now: Conditions, people: Population, p: int) -> None:
    """Give up work and settle the funds."""
    party = people.parties.row
    spend(now, people, p)
    party.works[p] = 0
    party.in_need[p] = 0
    party.need[p] = NEVER
    party.visited_to[p] = now.today.day


@kernel
def move_on(now: Conditions, people: Population, p: int) -> bool:
    """Leave for another place, with the same choice model. False if no way is feasible.

    Status and roots are kept until another stay begins, because a party that finds no place resumes
    them.
    """
    world, party = now.world, people.parties.row
    d = party.place[p]
    start = world.n_origins + world.n_crossings + d
    way = choose_way(now, people, p, start, NOWHERE)
    if way == NOWHERE:
        return False
    flow_country(now, people, p, C_ONWARD, d)
    leave_place(now, people, p)
    party.last_country[p] = d
    take_way(now, people, p, way, start, float(now.today.day + 1))  # decided in the evening
    return True


@kernel
def live_abroad(now: Conditions, people: Population, p: int) -> None:
    """Events due today for a party abroad: decision, end of status, need, candidate events."""
    party = people.parties.row
    tally(now, people, p, -1)
    day = now.today.day
    record_roots(now, people, p)
    if party.status[p] == APPLICANT and party.decision[p] <= day:
        decide(now, people, p)
    ends = party.status[p] != APPLICANT and party.status_ends[p] <= day
    if ends and at_status_end(now, people, p) == LEAVES:
        leave_after_status_end(now, people, p)
        tally(now, people, p, 1)
        return
    if party.need[p] <= day:
        party.in_need[p] = 1
    if party.candidate[p] <= day:
        chance_event(now, people, p)
    if party.state[p] == ABROAD:
        restart_roots(now, people, p)
        schedule(people, p)
    tally(now, people, p, 1)


class Hazards(NamedTuple):
    """Hazards per day of the competing events."""

    back: float
    onward: float
    asks: float
    claims: float
    work: float
    join: float


@kernel
def moving_hazards(
    now: Conditions, people: Population, p: int, roots: float
) -> tuple[float, float]:
    """Hazards of returning and of moving on, with a rootedness, before any threat to the status."""
    world, today, prm = now.world, now.today, now.prm.returns
    cohort, party = people.cohorts.row, people.parties.row
    i, d = party.cohort[p], party.place[p]
    g = cohort.group[i]
    c = world.groups.outlook[g]
    pull = today.return_log_hazard[cohort.zone[i], g]
    back = returning_hazard(world.groups.returning[g], party.in_need[p], roots, pull, prm)
    access = today.access[today.kind[c], world.n_origins + d]
    onward = onward_hazard(access, today.attraction[c, d], prm)
    return back, onward * math.exp(-prm.rootedness_weight * roots)


@kernel
def hazards(now: Conditions, people: Population, p: int) -> Hazards:
    """Competing hazards of a party abroad today."""
    world, today, party = now.world, now.today, people.parties.row
    d, g = party.place[p], people.cohorts.row.group[party.cohort[p]]
    c, legal = world.groups.outlook[g], world.groups.legal[g]
    status = party.status[p]
    roots = rootedness(party.roots[p], now.prm.livelihood.rooting_days)
    back, onward = moving_hazards(now, people, p, roots)
    moves = 0.0 if is_settled(now, people, p) else 1.0 / (1.0 - now.prm.stays.settled_share)
    back *= moves
    onward *= moves
    if party.status_ends[p] < NEVER:
        fright = math.exp(now.prm.returns.threat_weight * today.law.threat[d, legal])
        back *= fright
        onward *= fright
    may_apply = can_apply(now, people, p) != NO_CLAIM
    asks = now.prm.stays.apply_per_day if may_apply else 0.0
    claims = now.prm.stays.claim_per_day if can_claim(now, people, p) else 0.0
    work = 0.0
    if party.works[p] == 0:
        allowed = status in (PERMITTED, PROTECTED, DISPLACED)
        work = world.countries.jobs[d] * world.job_factor[d, c]
        work *= 1.0 if allowed else today.law.work[d, legal]
    lawful = status != OVERSTAYING and status != MUST_LEAVE
    apart = party.household[p] > party.people[p]
    join = now.prm.returns.joining_per_day if lawful and apart else 0.0
    return Hazards(back, onward, asks, claims, work, join)


@kernel
def chance_event(now: Conditions, people: Population, p: int) -> None:
    """Thinning on a candidate day: at most one competing event occurs.

    The caller removes the party from its stock.
    """
    party = people.parties.row
    h = hazards(now, people, p)
    total = h.back + h.onward + h.asks + h.claims + h.work + h.join
    cap = now.prm.returns.hazard_cap_per_day
    next_candidate(now, people, p)
    chance = acceptance(total, cap)
    u = uniform(now.key, party.id[p], now.today.day, CANDIDATE)
    if total > cap:
        flow_country(now, people, p, C_HAZARD_CAPPED, party.place[p])
    if u >= chance:
        return
    which = u / chance * total
    if which < h.back:
        go_home(now, people, p)
    elif which < h.back + h.onward:
        move_on(now, people, p)
    elif which < h.back + h.onward + h.asks:
        apply(now, people, p, can_apply(now, people, p))
    elif which < h.back + h.onward + h.asks + h.claims:
        apply(now, people, p, ASYLUM)
    elif which < h.back + h.onward + h.asks + h.claims + h.work:
        find_work(now, people, p)
    else:
        append(people.agenda.joining, people.agenda.size, JOINING, p)


@kernel
def find_work(now: Conditions, people: Population, p: int) -> None:
    """Start paid local work: funds last and need ends."""
    party = people.parties.row
    spend(now, people, p)
    party.works[p] = 1
    party.in_need[p] = 0
    party.need[p] = NEVER


@kernel
def leave_after_status_end(now: Conditions, people: Population, p: int) -> None:
    """Move on or return, in proportion to the hazards, after a status ended without renewal."""
    back, onward = moving_hazards(now, people, p, 0.0)
    u = uniform(now.key, people.parties.row.id[p], now.today.day, CANDIDATE)
    if u * (onward + back) < onward and move_on(now, people, p):
        return
    go_home(now, people, p)


@kernel
def again_hazard(now: Conditions, people: Population, p: int) -> float:
    """Hazard per day of leaving again of a party that returned."""
    cohort, i = people.cohorts.row, people.parties.row.cohort[p]
    g = cohort.group[i]
    push = now.today.departure_multiplier[cohort.zone[i], g]
    return now.prm.returns.again_per_day * push * shared_hazard(now, g, cohort.origin[i])


@kernel
def may_exceed_cap(now: Conditions) -> bool:
    """Whether the hazard of leaving again may exceed the bound of candidate days today."""
    again, most, push = now.prm.returns.again_per_day, -math.inf, 0.0
    for factor in now.today.log_hazard_factor.flat:
        most = max(most, factor)
    for multiplier in now.today.departure_multiplier.flat:
        push = max(push, multiplier)
    return bool(again * push * math.exp(most) > now.prm.returns.hazard_cap_per_day)


@kernel
def list_above_cap(now: Conditions, people: Population, used: int) -> None:
    """Make parties due that returned and whose hazard exceeds the bound of candidate days."""
    if not may_exceed_cap(now):
        return
    cap, party = now.prm.returns.hazard_cap_per_day, people.parties.row
    for p in range(used):
        if party.state[p] == RETURNED and again_hazard(now, people, p) > cap:
            people.parties.due[p] = now.today.day


@kernel
def live_after_return(now: Conditions, people: Population, p: int) -> None:
    """Let a party that returned decide to leave again; without a way out it is trapped."""
    today, party = now.today, people.parties.row
    tally(now, people, p, -1)
    hazard, cap = again_hazard(now, people, p), now.prm.returns.hazard_cap_per_day
    if party.candidate[p] <= today.day:
        chance = acceptance(hazard, cap)
        next_candidate(now, people, p)
    else:
        chance = -math.expm1(min(cap - hazard, 0.0))
    people.parties.due[p] = party.candidate[p]
    if uniform(now.key, party.id[p], today.day, CANDIDATE) < chance:
        look_for_way(now, people, p)
        flow_origin(now, people, p, O_DECIDED)
    tally(now, people, p, 1)
