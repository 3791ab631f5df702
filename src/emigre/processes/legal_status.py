"""Legal status of a stay: limits, applications, decisions, and what happens when a status ends.

visitor (with a stay limit) -> applicant -> permitted or protected (with a duration), or rejected
-> must leave within the days of grace -> overstaying. The rule in force on the day of application
sets the share granted, the duration and the processing time.
    P(granted) = share          time to decision = delay_days
A share is the part of the people who meet the requirements of the law, so a party has one number in
each state, its camps included, for each kind of application: it is granted if u(party, state, kind)
< share, and an application under the same share has the same result. A rejected party applies again
only once the share has risen above that number. Where a regularisation rule takes applications,
parties that overstay or must leave apply for a permit too; a rejected one must leave. A party whose
status ends renews it with probability `renew_share` where the law allows it: a visitor applies for
a permit, the holder of a permit for its renewal, or for a new one if there is no renewal rule. If
no rule takes the application, or a rejection is known, and in the days of grace, the party leaves
and re-enters as a visitor, if a border_run rule allows it and the entry rule still gives days (a
limit counted within a window gives none to a party that has not left). If the permit of a party is
not renewed, the days of grace follow. Of the other parties, and at the end of the days of grace, a
share `overstay_share` stays without a status; the rest moves on to another state or returns. With l
the probability that the law allows renewal (1 by application, the value of the border_run rule by
re-entry, 0 if neither is open):
    P(renew) = renew_share l     P(stay on) = overstay_share (1 - renew_share l)
One number of a party in a state decides at each end whether it renews, so that a party that
renews keeps renewing while l is the same: after k ends the share renew_share l is left, not
(renew_share l)^k. Staying on has a draw of its own. A share `settled_share` of the households means
to stay (one number per household): they seek another stay at every end, and the other households
less often, so that `renew_share` of all do, or `settled_share` if that is more. An asylum claim is
withdrawn if the claimant leaves the state before the decision, which ends the stay like a
rejection; another application lapses only when the party has returned or begins to stay in another
state, and is then counted as withdrawn. Without protection on arrival
    applied = granted + rejected + withdrawn + pending        over all days up to any, by state
where applicants who move between places of a state may be on the way.

Where a rule protects a group, a share of its parties is protected on arrival, by one number of a
party in a state, so that those who move between its places or come back have the same answer:
    P(protected on arrival) = share
In a place of the own state a party is displaced: a status without an end or applications, with the
right to work.

Reads: timetable (permit, renewal, regularisation, asylum, protection, entry, border_run, grace).
Draws: DECISION, RECOGNISED, RENEW, SETTLED, STATUS_END, CANDIDATE_GAP. Writes: applied, granted,
rejected, stocks by status. Units: days. Sources of the law are in rules.csv, row by row; the
probabilities are assumptions.
"""

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    CANDIDATE_GAP,
    DECISION,
    RECOGNISED,
    RENEW,
    SETTLED,
    STATUS_END,
    geometric_gap,
    uniform,
)
from emigre.processes.accounting import class_of, flow_country, is_own_state, legal_class_of
from emigre.processes.admission import (
    days_on_arrival,
    knows_rejection,
    number_at,
    pause_visit,
    remember_rejection,
    resume_visit,
    state_of,
)
from emigre.processes.arrays import (
    APPLICANT,
    ASYLUM,
    C_APPLIED,
    C_ASYLUM_GRANTED,
    C_ASYLUM_LODGED,
    C_ASYLUM_REJECTED,
    C_ASYLUM_WITHDRAWN,
    C_GRANTED,
    C_REJECTED,
    C_WITHDRAWN,
    DISPLACED,
    MUST_LEAVE,
    NEVER,
    NO_CLAIM,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    PROTECTED,
    REGULARISATION,
    RENEWAL,
    VISITOR,
    Conditions,
    Population,
)

# Outcomes of the end of a status.
RENEWED, LEAVES, STAYS_ON = range(3)  # RENEWED: a status with a later end


@kernel
def status_end(since: int, days: int) -> int:
    """Day on which a status that starts on day `since` ends; days < 0: without limit."""
    return NEVER if days < 0 else since + days


@kernel
def begin_visit(people: Population, p: int, since: int, days: int) -> None:
    """Start a visitor's stay, limited to some days since its admission."""
    party = people.parties.row
    party.status[p] = VISITOR
    party.claim[p] = NO_CLAIM
    party.status_ends[p] = status_end(since, days)
    party.decision[p] = NEVER


@kernel
def begin_stay(now: Conditions, people: Population, p: int) -> None:
    """Start a stay, displaced or as a visitor, whose days count from admission."""
    party = people.parties.row
    begin_visit(people, p, party.admitted[p], party.stay_days[p])
    if is_own_state(now, people, p, party.place[p]):
        party.status[p] = DISPLACED
        party.status_ends[p] = NEVER


@kernel
def can_lodge(now: Conditions, people: Population, p: int, claim: int) -> bool:
    """Whether a rule takes such an application today and the party does not know its rejection."""
    d = people.parties.row.place[p]
    share = share_granted(now, d, legal_class_of(now, people, p), claim)
    return share >= 0.0 and not knows_rejection(now, people, p, d, claim, share)


@kernel
def share_granted(now: Conditions, d: int, legal: int, claim: int) -> float:
    """Share of applications of a kind granted today; below 0: none are taken."""
    law = now.today.law
    if claim == ASYLUM:
        return float(law.asylum_share[d, legal])
    if claim == RENEWAL:
        return float(law.renewal_share[d, legal])
    if claim == REGULARISATION:
        return float(law.regularisation_share[d, legal])
    return float(law.permit_share[d, legal])


@kernel
def can_claim(now: Conditions, people: Population, p: int) -> bool:
    """Whether a party can claim asylum today and has no better status."""
    if people.parties.row.status[p] not in (VISITOR, MUST_LEAVE, OVERSTAYING):
        return False
    return can_lodge(now, people, p, ASYLUM)


@kernel
def can_apply(now: Conditions, people: Population, p: int) -> int:
    """Application for a permit open to a party during its stay: its kind, or NO_CLAIM."""
    status = people.parties.row.status[p]
    claim = NO_CLAIM
    if status == VISITOR:
        claim = PERMIT
    elif status in (OVERSTAYING, MUST_LEAVE):
        claim = REGULARISATION
    return claim if claim != NO_CLAIM and can_lodge(now, people, p, claim) else NO_CLAIM


@kernel
def apply(now: Conditions, people: Population, p: int, claim: int) -> None:
    """Apply or claim under today's rule; the caller removes the party from its stock."""
    d = people.parties.row.place[p]
    legal = legal_class_of(now, people, p)
    law = now.today.law
    share = share_granted(now, d, legal, claim)
    flow_country(now, people, p, C_APPLIED, d)
    if claim == ASYLUM:
        flow_country(now, people, p, C_ASYLUM_LODGED, d)
        days, delay = law.asylum_days[d, legal], law.asylum_delay[d, legal]
    elif claim == RENEWAL:
        days, delay = law.renewal_days[d, legal], law.renewal_delay[d, legal]
    elif claim == REGULARISATION:
        days, delay = law.regularisation_days[d, legal], law.regularisation_delay[d, legal]
    else:
        days, delay = law.permit_days[d, legal], law.permit_delay[d, legal]
    lodge(now, people, p, claim, max(share, 0.0), days, delay)


@kernel
def recognise(now: Conditions, people: Population, p: int) -> None:
    """Protect an arriving party by its people's rule; the caller removes it from its stock."""
    party = people.parties.row
    d, legal = party.place[p], legal_class_of(now, people, p)
    share = now.today.law.protection_share[d, legal]
    if share <= 0.0 or party.status[p] != VISITOR:
        return
    if number_at(now, people, p, state_of(now, d), RECOGNISED, 0) < share:
        flow_country(now, people, p, C_GRANTED, d)
        party.status[p] = PROTECTED
        party.status_ends[p] = status_end(now.today.day, now.today.law.protection_days[d, legal])


@kernel
def lodge(
    now: Conditions, people: Population, p: int, claim: int, share: float, days: int, delay: int
) -> None:
    """Record an application with the terms of the rule in force today."""
    party = people.parties.row
    party.claim[p] = claim
    party.grant[p] = share
    party.grant_days[p] = days
    party.status[p] = APPLICANT
    party.decision[p] = now.today.day + max(delay, 1)


@kernel
def decide(now: Conditions, people: Population, p: int) -> None:
    """Decide an application. The caller removes the party from its stock."""
    today, party = now.today, people.parties.row
    d, day = party.place[p], today.day
    asylum = party.claim[p] == ASYLUM
    legal = legal_class_of(now, people, p)
    party.decision[p] = NEVER
    if number_at(now, people, p, state_of(now, d), DECISION, party.claim[p]) < party.grant[p]:
        flow_country(now, people, p, C_GRANTED, d)
        if asylum:
            flow_country(now, people, p, C_ASYLUM_GRANTED, d)
        party.status[p] = PROTECTED if asylum else PERMITTED
        party.status_ends[p] = status_end(day, party.grant_days[p])
        pause_visit(now, people, p)
    else:
        flow_country(now, people, p, C_REJECTED, d)
        remember_rejection(now, people, p, d, party.claim[p])
        if asylum:
            flow_country(now, people, p, C_ASYLUM_REJECTED, d)
        if party.claim[p] in (PERMIT, RENEWAL) and party.status_ends[p] > day:
            party.status[p] = VISITOR
        else:
            must_leave(now, people, p, today.law.grace[d, legal])
    party.claim[p] = NO_CLAIM


@kernel
def must_leave(now: Conditions, people: Population, p: int, grace_days: int) -> None:
    """Start the days of grace."""
    party = people.parties.row
    party.status[p] = MUST_LEAVE
    party.status_ends[p] = now.today.day + grace_days
    resume_visit(now, people, p)


@kernel
def withdraw(now: Conditions, people: Population, p: int) -> None:
    """Withdraw the asylum claim of a party that leaves the state before the decision."""
    party = people.parties.row
    if party.status[p] == APPLICANT and party.claim[p] == ASYLUM:
        d = party.visited[p]
        legal = legal_class_of(now, people, p)
        flow_country(now, people, p, C_WITHDRAWN, d)
        flow_country(now, people, p, C_ASYLUM_WITHDRAWN, d)
        must_leave(now, people, p, now.today.law.grace[d, legal])
        party.claim[p] = NO_CLAIM
        party.decision[p] = NEVER


@kernel
def count_lapsed_application(now: Conditions, people: Population, p: int, d: int) -> None:
    """Count the application, other than for asylum, of a party whose stay in place d is over."""
    if people.parties.row.status[p] == APPLICANT:
        flow_country(now, people, p, C_WITHDRAWN, d)


@kernel
def days_of_new_entry(now: Conditions, people: Population, p: int) -> int:
    """Days that a visitor gets by leaving and re-entering today; 0 if nobody is admitted."""
    d = people.parties.row.place[p]
    c = class_of(now, people, p)
    if now.today.entry_share[d, c] <= 0.0:
        return 0
    return days_on_arrival(now, people, p, c, d)


@kernel
def claim_at_status_end(now: Conditions, people: Population, p: int) -> int:
    """Application open to a party whose status ends: RENEWAL, PERMIT or NO_CLAIM."""
    party = people.parties.row
    d, status = party.place[p], party.status[p]
    if status == MUST_LEAVE:
        return NO_CLAIM
    renews = status != VISITOR and (
        now.today.law.renewal_share[d, legal_class_of(now, people, p)] >= 0.0
    )
    claim = RENEWAL if renews else PERMIT
    return claim if can_lodge(now, people, p, claim) else NO_CLAIM


@kernel
def renewal_chance(now: Conditions, people: Population, p: int) -> float:
    """Probability that the law lets a party renew a status that ends."""
    if claim_at_status_end(now, people, p) != NO_CLAIM:
        return 1.0
    if days_of_new_entry(now, people, p) == 0:
        return 0.0
    d = people.parties.row.place[p]
    return float(now.today.law.border_run[d, legal_class_of(now, people, p)])


@kernel
def is_settled(now: Conditions, people: Population, p: int) -> bool:
    """Whether the household means to stay, wherever it lives."""
    u = uniform(now.key, people.parties.row.id[p], 0, SETTLED)
    return bool(u < now.prm.stays.settled_share)


@kernel
def seeks_another_stay(now: Conditions, people: Population, p: int) -> float:
    """Probability that a household seeks another stay; `renew_share` over all households."""
    settled = now.prm.stays.settled_share
    if is_settled(now, people, p):
        return 1.0
    return max(now.prm.stays.renew_share - settled, 0.0) / (1.0 - settled)


@kernel
def renew(now: Conditions, people: Population, p: int) -> None:
    """Renew a status that ends (`renewal_chance`). The caller removes the party from its stock."""
    claim = claim_at_status_end(now, people, p)
    if claim != NO_CLAIM:
        apply(now, people, p, claim)
    else:
        begin_visit(people, p, now.today.day, days_of_new_entry(now, people, p))
        resume_visit(now, people, p)


@kernel
def at_status_end(now: Conditions, people: Population, p: int) -> int:
    """RENEWED, LEAVES or STAYS_ON. The caller removes the party from its stock."""
    today, party = now.today, people.parties.row
    d, was = party.place[p], party.status[p]
    renewed = seeks_another_stay(now, people, p) * renewal_chance(now, people, p)
    if number_at(now, people, p, state_of(now, d), RENEW, 0) < renewed:
        renew(now, people, p)
        return RENEWED
    grace = today.law.grace[d, legal_class_of(now, people, p)]
    if was != MUST_LEAVE and was != VISITOR and grace > 0:
        must_leave(now, people, p, grace)
        return RENEWED
    if uniform(now.key, party.id[p], today.day, STATUS_END) < now.prm.stays.overstay_share:
        overstay(now, people, p)
        return STAYS_ON
    return LEAVES


@kernel
def overstay(now: Conditions, people: Population, p: int) -> None:
    """Stay on without a lawful status."""
    party = people.parties.row
    party.status[p] = OVERSTAYING
    party.status_ends[p] = NEVER
    party.decision[p] = NEVER
    party.claim[p] = NO_CLAIM
    resume_visit(now, people, p)


@kernel
def next_candidate(now: Conditions, people: Population, p: int) -> None:
    """Draw the day of the next candidate event of a process with at most `cap` events a day."""
    day, party = now.today.day, people.parties.row
    gap = geometric_gap(
        now.prm.returns.hazard_cap_per_day, uniform(now.key, party.id[p], day, CANDIDATE_GAP)
    )
    party.candidate[p] = min(day + gap, NEVER)


@kernel
def schedule(people: Population, p: int) -> None:
    """Set the next day on which an event may occur to a party abroad."""
    party = people.parties.row
    due = party.candidate[p]
    if party.status[p] == APPLICANT:
        due = min(due, party.decision[p])
    else:
        due = min(due, party.status_ends[p])
    if party.in_need[p] == 0:
        due = min(due, party.need[p])
    people.parties.due[p] = due
