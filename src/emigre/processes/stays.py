"""Status abroad: a clock that runs, applications, decisions, and what is done when it runs out.

visitor (with a stay limit) -> applicant -> permitted or protected (with a duration), or rejected
-> must leave within the days of grace -> overstaying. The rule in force on the day of application
decides: its share granted, duration and processing time are kept with the application.
    P(granted) = share          time to decision = delay_days
A visitor whose limit comes renews with the chance `renew_share` where the law allows it: by an
application if a permit rule takes one, else by leaving and entering anew if the entry rule still
admits him. Otherwise he moves on, returns, or (chance `overstay_share`) stays without a status.

Reads: timetable (permit, asylum, entry). Draws: DECISION, STATUS_END, CANDIDATE_GAP. Writes:
applied, granted, rejected, stocks by status. Units: days.
"""

from __future__ import annotations

from typing import NamedTuple

from emigre.draws import CANDIDATE_GAP, DECISION, STATUS_END, Key, geometric_gap, uniform
from emigre.jit import kernel
from emigre.processes.bookkeeping import flow_country
from emigre.processes.livelihood import note_security
from emigre.state import (
    APPLICANT,
    ASYLUM,
    C_APPLIED,
    C_GRANTED,
    C_REJECTED,
    MUST_LEAVE,
    NEVER,
    NO_CLAIM,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    PROTECTED,
    VISITOR,
    Books,
    Cohorts,
    Parties,
    Today,
    World,
)


class StayParameters(NamedTuple):
    """Status abroad; see schema/parameters.csv."""

    apply_per_day: float
    renew_share: float
    overstay_share: float
    grace_days: float


# What is done when a status ends.
RENEWED, LEAVES, STAYS_ON = range(3)


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
    note_security(parties, p, day)


@kernel
def can_apply(today: Today, d: int, legal: int) -> bool:
    """Whether a permit rule takes applications of this class today."""
    return today.law.permit_share[d, legal] >= 0.0


@kernel
def apply(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    p: int,
    claim: int,
) -> None:
    """Lodge an application or a claim under today's rule. The party is not tallied meanwhile."""
    d = parties.row.place[p]
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if claim == ASYLUM:
        parties.row.grant[p] = max(today.law.asylum_share[d, legal], 0.0)
        parties.row.grant_days[p] = today.law.asylum_days[d, legal]
        delay = today.law.asylum_delay[d, legal]
    else:
        parties.row.grant[p] = today.law.permit_share[d, legal]
        parties.row.grant_days[p] = today.law.permit_days[d, legal]
        delay = today.law.permit_delay[d, legal]
    parties.row.claim[p] = claim
    parties.row.status[p] = APPLICANT
    parties.row.decision[p] = today.day + max(delay, 1)
    note_security(parties, p, today.day)
    flow_country(world, cohorts, parties, books, p, C_APPLIED, d)


@kernel
def decide(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    p: int,
    key: Key,
    prm: StayParameters,
) -> None:
    """Decision on an application. The party is not tallied meanwhile."""
    d, day = parties.row.place[p], today.day
    parties.row.decision[p] = NEVER
    if uniform(key, parties.row.id[p], day, DECISION) < parties.row.grant[p]:
        flow_country(world, cohorts, parties, books, p, C_GRANTED, d)
        parties.row.status[p] = PROTECTED if parties.row.claim[p] == ASYLUM else PERMITTED
        parties.row.status_ends[p] = status_end(day, parties.row.grant_days[p])
    else:
        flow_country(world, cohorts, parties, books, p, C_REJECTED, d)
        if parties.row.claim[p] == PERMIT and parties.row.status_ends[p] > day:
            parties.row.status[p] = VISITOR
        else:
            parties.row.status[p] = MUST_LEAVE
            parties.row.status_ends[p] = day + int(prm.grace_days)
    parties.row.claim[p] = NO_CLAIM
    note_security(parties, p, day)


@kernel
def at_status_end(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    p: int,
    key: Key,
    prm: StayParameters,
) -> int:
    """RENEWED, LEAVES or STAYS_ON. The party is not tallied meanwhile."""
    d, day = parties.row.place[p], today.day
    g = cohorts.row.group[parties.row.cohort[p]]
    u = uniform(key, parties.row.id[p], day, STATUS_END)
    was = parties.row.status[p]
    if was != MUST_LEAVE and u < prm.renew_share:
        if can_apply(today, d, world.groups.legal[g]):
            apply(world, cohorts, parties, books, today, p, PERMIT)
            return RENEWED
        if today.entry_share[d, world.groups.outlook[g]] > 0.0:
            be_visitor(parties, p, day, today.entry_days[d, world.groups.outlook[g]])
            return RENEWED
    # What is left of the number decides between staying on and leaving.
    if was == MUST_LEAVE:
        rest = u
    elif u < prm.renew_share:
        rest = u / prm.renew_share
    else:
        rest = (u - prm.renew_share) / (1.0 - prm.renew_share)
    if rest < prm.overstay_share:
        overstay(parties, p, day)
        return STAYS_ON
    return LEAVES


@kernel
def overstay(parties: Parties, p: int, day: int) -> None:
    """Stay on without a lawful status."""
    parties.row.status[p] = OVERSTAYING
    parties.row.status_ends[p] = NEVER
    parties.row.decision[p] = NEVER
    parties.row.claim[p] = NO_CLAIM
    note_security(parties, p, day)


@kernel
def next_candidate(parties: Parties, p: int, day: int, cap: float, key: Key) -> None:
    """Draw the day of the next candidate event of a process with at most `cap` events a day."""
    gap = geometric_gap(cap, uniform(key, parties.row.id[p], day, CANDIDATE_GAP))
    parties.row.candidate[p] = min(day + gap, NEVER)


@kernel
def schedule(parties: Parties, p: int) -> None:
    """Next day on which something can happen to a party abroad."""
    due = parties.row.candidate[p]
    if parties.row.status[p] == APPLICANT:
        due = min(due, parties.row.decision[p])
    else:
        due = min(due, parties.row.status_ends[p])
    if parties.row.in_need[p] == 0:
        due = min(due, parties.row.need[p])
    parties.due[p] = due
