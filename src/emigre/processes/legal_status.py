"""Legal status of a stay: limits, applications, decisions, and what happens when a status ends.

visitor (with a stay limit) -> applicant -> permitted or protected (with a duration), or rejected
-> must leave within the days of grace -> overstaying. The rule in force on the day of application
sets the share granted, the duration and the processing time.
    P(granted) = share          time to decision = delay_days
A party whose status ends applies to renew with probability `renew_share` where the law allows it.
A visitor applies for a permit if a permit rule takes applications; otherwise leaves and re-enters,
if a border_run rule allows it and the entry rule still gives days (a limit counted within a window
gives none to a party that has not left). The holder of a permit applies under the renewal rule, or
under the permit rule if there is none. Of the other parties a share `overstay_share` stays without
a status; the rest moves on or returns. With l the probability that the law allows renewal (1 by
application, the value of the border_run rule by re-entry, 0 if neither is open):
    P(renew) = renew_share l     P(stay on) = overstay_share (1 - renew_share l)
A single draw decides. An asylum claim is withdrawn if the claimant leaves before the decision,
which ends the stay like a rejection.

In a place of the own state a party is displaced: a status without an end or applications, with the
right to work.

Reads: timetable (permit, renewal, asylum, entry, border_run, grace). Draws: DECISION, STATUS_END,
CANDIDATE_GAP. Writes: applied, granted, rejected, stocks by status. Units: days. Sources of the law
are in rules.csv, row by row; the probabilities are assumptions.
"""

from __future__ import annotations

from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import CANDIDATE_GAP, DECISION, STATUS_END, Key, geometric_gap, uniform
from emigre.processes.accounting import flow_country, is_own_state
from emigre.processes.arrays import (
    APPLICANT,
    ASYLUM,
    C_APPLIED,
    C_ASYLUM_GRANTED,
    C_ASYLUM_REJECTED,
    C_ASYLUM_WITHDRAWN,
    C_GRANTED,
    C_REJECTED,
    DISPLACED,
    MUST_LEAVE,
    NEVER,
    NO_CLAIM,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    PROTECTED,
    VISITOR,
    Accounts,
    Cohorts,
    Parties,
    Today,
    World,
)
from emigre.processes.journeys import allowance


class StayParameters(NamedTuple):
    """Parameters of legal status; see schema/parameters.csv."""

    apply_per_day: float
    renew_share: float
    overstay_share: float


# Outcomes of the end of a status.
RENEWED, LEAVES, STAYS_ON = range(3)  # RENEWED: a status with a later end


@kernel
def status_end(day: int, days: int) -> int:
    """Day on which a status that starts today ends; days < 0: without limit."""
    return NEVER if days < 0 else day + days


@kernel
def be_visitor(parties: Parties, p: int, day: int, days: int) -> None:
    """Start a visitor's stay."""
    parties.row.status[p] = VISITOR
    parties.row.claim[p] = NO_CLAIM
    parties.row.status_ends[p] = status_end(day, days)
    parties.row.decision[p] = NEVER


@kernel
def begin_stay(
    world: World, cohorts: Cohorts, parties: Parties, p: int, day: int, days: int
) -> None:
    """Start a stay: displaced in the own state, otherwise a visitor. days < 0: without limit."""
    be_visitor(parties, p, day, days)
    if is_own_state(world, cohorts, parties, p, parties.row.place[p]):
        parties.row.status[p] = DISPLACED
        parties.row.status_ends[p] = NEVER


@kernel
def can_apply(today: Today, d: int, legal: int) -> bool:
    """Whether a permit rule takes applications of this class today."""
    return today.law.permit_share[d, legal] >= 0.0


@kernel
def ask_renewal(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, today: Today, p: int
) -> None:
    """Apply for renewal of a permit that ends, under the renewal rule or else the permit rule."""
    d = parties.row.place[p]
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if today.law.renewal_share[d, legal] < 0.0:
        apply(world, cohorts, parties, books, today, p, PERMIT)
        return
    flow_country(world, cohorts, parties, books, p, C_APPLIED, d)
    lodge(
        parties,
        p,
        today.day,
        PERMIT,
        today.law.renewal_share[d, legal],
        today.law.renewal_days[d, legal],
        today.law.renewal_delay[d, legal],
    )


@kernel
def apply(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    claim: int,
) -> None:
    """Lodge an application or claim under today's rule.

    The caller removes the party from its stock.
    """
    d = parties.row.place[p]
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    law = today.law
    flow_country(world, cohorts, parties, books, p, C_APPLIED, d)
    if claim == ASYLUM:
        share = max(law.asylum_share[d, legal], 0.0)
        lodge(
            parties,
            p,
            today.day,
            claim,
            share,
            law.asylum_days[d, legal],
            law.asylum_delay[d, legal],
        )
    else:
        lodge(
            parties,
            p,
            today.day,
            claim,
            law.permit_share[d, legal],
            law.permit_days[d, legal],
            law.permit_delay[d, legal],
        )


@kernel
def lodge(
    parties: Parties, p: int, day: int, claim: int, share: float, days: int, delay: int
) -> None:
    """Record an application with the terms of the rule in force today."""
    parties.row.claim[p] = claim
    parties.row.grant[p] = share
    parties.row.grant_days[p] = days
    parties.row.status[p] = APPLICANT
    parties.row.decision[p] = day + max(delay, 1)


@kernel
def decide(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
) -> None:
    """Decide an application. The caller removes the party from its stock."""
    d, day = parties.row.place[p], today.day
    asylum = parties.row.claim[p] == ASYLUM
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    parties.row.decision[p] = NEVER
    if uniform(key, parties.row.id[p], day, DECISION) < parties.row.grant[p]:
        flow_country(world, cohorts, parties, books, p, C_GRANTED, d)
        if asylum:
            flow_country(world, cohorts, parties, books, p, C_ASYLUM_GRANTED, d)
        parties.row.status[p] = PROTECTED if asylum else PERMITTED
        parties.row.status_ends[p] = status_end(day, parties.row.grant_days[p])
    else:
        flow_country(world, cohorts, parties, books, p, C_REJECTED, d)
        if asylum:
            flow_country(world, cohorts, parties, books, p, C_ASYLUM_REJECTED, d)
        if not asylum and parties.row.status_ends[p] > day:
            parties.row.status[p] = VISITOR
        else:
            must_leave(parties, p, day, today.law.grace[d, legal])
    parties.row.claim[p] = NO_CLAIM


@kernel
def must_leave(parties: Parties, p: int, day: int, grace_days: int) -> None:
    """Start the days of grace."""
    parties.row.status[p] = MUST_LEAVE
    parties.row.status_ends[p] = day + grace_days


@kernel
def withdraw(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, today: Today, p: int
) -> None:
    """Withdraw the asylum claim of a party that leaves before the decision."""
    if parties.row.status[p] == APPLICANT and parties.row.claim[p] == ASYLUM:
        d = parties.row.place[p]
        legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
        flow_country(world, cohorts, parties, books, p, C_ASYLUM_WITHDRAWN, d)
        must_leave(parties, p, today.day, today.law.grace[d, legal])
        parties.row.claim[p] = NO_CLAIM
        parties.row.decision[p] = NEVER


@kernel
def days_of_new_entry(
    world: World, cohorts: Cohorts, parties: Parties, today: Today, p: int
) -> int:
    """Days that a visitor gets by leaving and re-entering today; 0 if nobody is admitted."""
    d = parties.row.place[p]
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    if today.entry_share[d, c] <= 0.0:
        return 0
    days, window = today.entry_days[d, c], today.entry_window[d, c]
    return allowance(world, parties, p, world.countries.state[d], days, window, today.day)


@kernel
def renewal_chance(world: World, cohorts: Cohorts, parties: Parties, today: Today, p: int) -> float:
    """Probability that the law lets a party renew a status that ends."""
    d, status = parties.row.place[p], parties.row.status[p]
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if status == MUST_LEAVE:
        return 0.0
    if can_apply(today, d, legal):
        return 1.0
    if status != VISITOR:
        return 1.0 if today.law.renewal_share[d, legal] >= 0.0 else 0.0
    if days_of_new_entry(world, cohorts, parties, today, p) == 0:
        return 0.0
    return today.law.border_run[d, legal]


@kernel
def renew(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, today: Today, p: int
) -> None:
    """Renew a status that ends (`renewal_chance`). The caller removes the party from its stock."""
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if parties.row.status[p] != VISITOR:
        ask_renewal(world, cohorts, parties, books, today, p)
    elif can_apply(today, parties.row.place[p], legal):
        apply(world, cohorts, parties, books, today, p, PERMIT)
    else:
        days = days_of_new_entry(world, cohorts, parties, today, p)
        be_visitor(parties, p, today.day, days)
        parties.row.visited_from[p] = today.day


@kernel
def at_status_end(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    prm: StayParameters,
) -> int:
    """RENEWED, LEAVES or STAYS_ON. The caller removes the party from its stock."""
    day = today.day
    u = uniform(key, parties.row.id[p], day, STATUS_END)
    was = parties.row.status[p]
    renewed = prm.renew_share * renewal_chance(world, cohorts, parties, today, p)
    if u < renewed:
        renew(world, cohorts, parties, books, today, p)
        return RENEWED
    if u - renewed < prm.overstay_share * (1.0 - renewed):
        overstay(parties, p)
        return STAYS_ON
    if was != MUST_LEAVE:
        legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
        grace = today.law.grace[parties.row.place[p], legal]
        if was != VISITOR and grace > 0:
            must_leave(parties, p, day, grace)
            return RENEWED
    return LEAVES


@kernel
def overstay(parties: Parties, p: int) -> None:
    """Stay on without a lawful status."""
    parties.row.status[p] = OVERSTAYING
    parties.row.status_ends[p] = NEVER
    parties.row.decision[p] = NEVER
    parties.row.claim[p] = NO_CLAIM


@kernel
def next_candidate(parties: Parties, p: int, day: int, cap: float, key: Key) -> None:
    """Draw the day of the next candidate event of a process with at most `cap` events a day."""
    gap = geometric_gap(cap, uniform(key, parties.row.id[p], day, CANDIDATE_GAP))
    parties.row.candidate[p] = min(day + gap, NEVER)


@kernel
def schedule(parties: Parties, p: int) -> None:
    """Set the next day on which an event may occur to a party abroad."""
    due = parties.row.candidate[p]
    if parties.row.status[p] == APPLICANT:
        due = min(due, parties.row.decision[p])
    else:
        due = min(due, parties.row.status_ends[p])
    if parties.row.in_need[p] == 0:
        due = min(due, parties.row.need[p])
    parties.due[p] = due
