"""Households split by a check that admits only some members.

A group may name a member besides the person who decides (groups.csv, `member`), such as a husband
of military age. Rules with applies_to=person apply to both. At a crossing they admit this member
with the share m of the newest rule that selects the member, 1 without such a rule:
    P(member passes) = m[crossing, class]: passes if v < m,  v uniform, one number per household
A member who is exempt once is therefore always exempt, and on a way through several crossings the
smallest m counts. If the member may not pass, the household
    leaves without the member with probability splits (one number per household)
and otherwise stays together: it chooses among the ways on which the member passes, is trapped
without one, and turns back at a crossing. A household that chooses a way or sets out knows the
rules in force at the end of the day; one that set out before a rule came into force parts at the
crossing. The member who stays behind is counted at home, also if the household was displaced, and
may follow (`departures`) once a crossing admits that person. Households that have returned part
in the same way; those abroad travel together.

Reads: timetable (exit and entry rules on persons). Draws: MEMBER, SPLIT, WAY. Writes: at_home,
refused_exit, refused_entry. Units: persons. The rules' sources are in rules.csv; the
fixed share of households that part is an assumption.
"""

import math

from emigre.numerics.jit import kernel
from emigre.numerics.random import MEMBER, SPLIT, uniform
from emigre.processes.accounting import (
    category_at_home,
    category_of,
    class_of,
    country_of,
    flow_crossing,
    group_of,
    origin_of,
)
from emigre.processes.arrays import NO_MEMBER, NOWHERE, O_AT_HOME, Conditions, Population
from emigre.processes.route_choice import draw_way, is_eligible, share_on_way, utility


@kernel
def draw_member(now: Conditions, people: Population, p: int) -> None:
    """Draw the number v of a new party's household, if it has a member who does not decide."""
    party = people.parties.row
    if now.world.groups.member[group_of(people, p)] == 1 and party.household[p] > 1:
        party.member_draw[p] = uniform(now.key, party.id[p], 0, MEMBER)


@kernel
def member_of(now: Conditions, people: Population, p: int) -> float:
    """Number v of the member who travels with p and could stay at home, else NO_MEMBER.

    No member of a household abroad can stay at home.
    """
    party = people.parties.row
    is_whole = party.people[p] == party.household[p]
    if not is_whole or country_of(now, people, p) != NOWHERE:
        return NO_MEMBER
    return float(party.member_draw[p])


@kernel
def is_member_barred(now: Conditions, people: Population, p: int, share: float) -> bool:
    """Whether the member of p may not pass where a share passes."""
    return member_of(now, people, p) >= share


@kernel
def can_split(now: Conditions, people: Population, p: int) -> bool:
    """Whether the household continues without the member; somebody must be left to travel."""
    party = people.parties.row
    splits = now.world.groups.splits[group_of(people, p)]
    return bool(party.people[p] > 1 and uniform(now.key, party.id[p], 0, SPLIT) < splits)


@kernel
def leave_member(now: Conditions, people: Population, p: int) -> None:
    """Leave the member at home. The caller has removed the party from its stock."""
    people.parties.row.people[p] -= 1
    cat = category_at_home(now, group_of(people, p))
    people.accounts.origin[O_AT_HOME, origin_of(people, p), cat] += now.world.scale


@kernel
def choose_way(now: Conditions, people: Population, p: int, start: int, refused_at: int) -> int:
    """Draw a way of party p from a start, on which its member may have to stay behind.

    NOWHERE if no way is feasible. The caller has removed the party from its stock.
    """
    c, v = class_of(now, people, p), member_of(now, people, p)
    stays_together = v != NO_MEMBER and not can_split(now, people, p)
    above = v if stays_together else NO_MEMBER
    way = draw_way(now, people, p, start, c, refused_at, above)
    if way != NOWHERE and v >= share_on_way(now, way, c):
        leave_member(now, people, p)
    return way


@kernel
def passes_member_check(
    now: Conditions, people: Population, p: int, x: int, share: float, flow: int
) -> bool:
    """Check of the member at crossing x; whether the party, or the rest of it, continues.

    share: of members who pass; flow: where a refusal is counted. The caller has removed the party
    from its stock.
    """
    if not is_member_barred(now, people, p, share):
        return True
    if not can_split(now, people, p):
        flow_crossing(now, people, p, flow, x)
        return False
    people.accounts.crossing[flow, x, category_of(now, people, p)] += now.world.scale
    leave_member(now, people, p)
    return True


@kernel
def member_passes_nowhere(now: Conditions, people: Population, p: int) -> bool:
    """Whether the member of p's household may pass on no way to the place where p lives."""
    party = people.parties.row
    c, o, v = class_of(now, people, p), origin_of(people, p), party.member_draw[p]
    return bool(v != NO_MEMBER and v >= best_share(now, o, c, party.place[p]))


@kernel
def best_share(now: Conditions, start: int, c: int, goal: int) -> float:
    """Largest share of members of class c who pass a feasible way to goal (-1: any), or 1."""
    most = -1.0
    for i in range(now.itineraries.first[start], now.itineraries.first[start + 1]):
        if is_eligible(now, i, NOWHERE, goal) and utility(now, i, c) > -math.inf:
            most = max(most, share_on_way(now, i, c))
    return most if most >= 0.0 else 1.0


@kernel
def mean_share(now: Conditions, start: int, c: int) -> float:
    """Share of members of class c who pass the way that is chosen, sum_i P_i m_i; 1 without one."""
    first, end = now.itineraries.first[start], now.itineraries.first[start + 1]
    best = -math.inf
    for i in range(first, end):
        best = max(best, utility(now, i, c))
    if best == -math.inf:
        return 1.0
    total, passing = 0.0, 0.0
    for i in range(first, end):
        weight = math.exp(utility(now, i, c) - best)
        total += weight
        passing += weight * share_on_way(now, i, c)
    return passing / total
