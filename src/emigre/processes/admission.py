"""Admission: random numbers of a party at a check, permitted days, and what a refusal reveals.

A check lets a share s of a class pass. Each party has one number at each place for each rule:
    P(passes) = s: passes if u(party, place, rule) < s
Trying again under the same rule has the same result; a new rule draws a new number. A party turned
back at a place avoids it as long as its number or its days would lead to another refusal. Rejected
applications are remembered in the same way (knows_rejection), in all places of a state: u(party,
state, kind) >= share.

Days in any N days (window_days N, days m): a visitor who enters on day t may stay
    max(m - sum_k |[from_k, to_k) and [t - N, t)|, 0)
days, where k are the stays in the state entered, one that has not ended included. A stay begins on
admission, at the border; days under a permit or protection do not count (Regulation (EU) 2016/399,
Schengen Borders Code, article 6(2)).

Reads: timetable (exit, entry). Draws: EXIT_CHECK, ENTRY_CHECK, ARRIVAL_CHECK, DECISION.
Writes: the checks that turned a party back, its rejected applications, its ended stays.
Units: days.
"""

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    ARRIVAL_CHECK,
    DECISION,
    ENTRY_CHECK,
    EXIT_CHECK,
    Key,
    mix,
    uniform,
)
from emigre.processes.arrays import NEVER, NOWHERE, Conditions, Population

APPLICATION = 1 << 30  # kinds of application besides the rules of checks in `tried`


@kernel
def number_at(
    now: Conditions, people: Population, p: int, place: Key, purpose: int, rule: int
) -> float:
    """A party's random number for a purpose at a place, by its identity, under a rule.

    Places are crossings, destinations, and states (with a kind of application as the rule).
    """
    who = np.uint64(people.parties.row.id[p]) ^ np.uint64(place)
    return uniform(now.key, who, rule, purpose)


@kernel
def identity_of(now: Conditions, d: int) -> np.uint64:
    """Identity of destination d."""
    return np.uint64(now.world.start_id[now.world.n_origins + now.world.n_crossings + d])


@kernel
def state_of(now: Conditions, d: int) -> np.uint64:
    """Identity of the state in which destination d lies."""
    return np.uint64(now.world.countries.state_id[d])


@kernel
def bit_of(place: Key, rule: int) -> np.uint64:
    """Bit of a place, by its identity, and a rule in `tried`; some share one."""
    return np.uint64(1) << (mix(np.uint64(rule) ^ np.uint64(place)) & np.uint64(63))


@kernel
def remember_refusal(people: Population, p: int, place: Key, rule: int) -> None:
    """Record that a party was turned back at a place under a rule."""
    party = people.parties.row
    party.tried[p] = np.uint64(party.tried[p]) | bit_of(place, rule)


@kernel
def was_refused(people: Population, p: int, place: Key, rule: int) -> bool:
    """Whether a party was turned back at a place under a rule, or at another of that bit."""
    return bool(np.uint64(people.parties.row.tried[p]) & bit_of(place, rule) != np.uint64(0))


@kernel
def knows_refusal(now: Conditions, people: Population, p: int, c: int, route: int) -> bool:
    """Whether a route leads over a check that turned the party back and would do so again."""
    ways = now.itineraries
    for x in ways.crossings[route]:
        if x == NOWHERE:
            break
        if knows_exit(now, people, p, c, x) or knows_entry(now, people, p, c, x):
            return True
    d = ways.routes.destination[route]
    if ways.routes.check[route] == 0:
        return False
    tried = was_refused(people, p, identity_of(now, d), now.today.entry_rule[d, c])
    return tried and not passes_on_arrival(now, people, p, c, d)


@kernel
def remember_rejection(now: Conditions, people: Population, p: int, d: int, claim: int) -> None:
    """Record that an application of a kind was rejected in the state of destination d."""
    remember_refusal(people, p, state_of(now, d), APPLICATION + int(claim))


@kernel
def knows_rejection(
    now: Conditions, people: Population, p: int, d: int, claim: int, share: float
) -> bool:
    """Whether an application was rejected in the state of d before and would be again."""
    if not was_refused(people, p, state_of(now, d), APPLICATION + int(claim)):
        return False
    return bool(number_at(now, people, p, state_of(now, d), DECISION, claim) >= share)


@kernel
def knows_exit(now: Conditions, people: Population, p: int, c: int, x: int) -> bool:
    """Whether this evening's exit check of crossing x refused a party of class c before."""
    rules = now.today.tonight
    rule, place = rules.exit_rule[x, c], now.world.crossings.id[x]
    if not was_refused(people, p, place, rule):
        return False
    return number_at(now, people, p, place, EXIT_CHECK, rule) >= rules.exit_share[x, c]


@kernel
def knows_entry(now: Conditions, people: Population, p: int, c: int, x: int) -> bool:
    """Whether this evening's entry check of crossing x refused a party of class c, and would again.

    A party without days left in a window is admitted once it has some.
    """
    rules = now.today.tonight
    rule, place = rules.entry_rule[x, c], now.world.crossings.id[x]
    if not was_refused(people, p, place, rule):
        return False
    if number_at(now, people, p, place, ENTRY_CHECK, rule) >= rules.entry_share[x, c]:
        return True
    state = now.world.crossings.state[x]
    return allowance(now, people, p, state, rules.entry_days[x, c], rules.entry_window[x, c]) == 0


@kernel
def passes_on_arrival(now: Conditions, people: Population, p: int, c: int, d: int) -> bool:
    """Whether destination d, reached without a crossing, admits a party of class c now."""
    rule = now.today.entry_rule[d, c]
    u = number_at(now, people, p, identity_of(now, d), ARRIVAL_CHECK, rule)
    return bool(u < now.today.entry_share[d, c] and days_on_arrival(now, people, p, c, d) != 0)


@kernel
def days_on_arrival(now: Conditions, people: Population, p: int, c: int, d: int) -> int:
    """Days that a party of class c may stay if it enters destination d without a crossing now."""
    days, window = now.today.entry_days[d, c], now.today.entry_window[d, c]
    return allowance(now, people, p, now.world.countries.state[d], days, window)


@kernel
def allowance(
    now: Conditions, people: Population, p: int, state: int, days: int, window: int
) -> int:
    """Days a visitor may stay: the limit, less the days spent in the state within the window.

    -1: without limit. window 0: every entry gives the full limit.
    """
    if days < 0 or window <= 0:
        return days
    day, party = now.today.day, people.parties.row
    used = 0
    if party.visited[p] != NOWHERE and now.world.countries.state[party.visited[p]] == state:
        used = days_since(party.visited_from[p], party.visited_to[p], day - window, day)
    earlier = people.stays.row
    k = party.stays[p]
    while k != NOWHERE:
        if earlier.state[k] == state:
            used += days_since(earlier.since[k], earlier.until[k], day - window, day)
        k = earlier.before[k]
    return max(days - used, 0)


@kernel
def days_since(since: int, until: int, begin: int, end: int) -> int:
    """Days that [since, until) and [begin, end) have in common."""
    return max(min(until, end) - max(since, begin), 0)


@kernel
def note_stay(now: Conditions, people: Population, p: int) -> None:
    """Record the last stay of a party that begins another; only if some rule counts days."""
    party, stays = people.parties.row, people.stays
    if stays.row.size == 0 or party.visited[p] == NOWHERE:
        return
    if party.visited_from[p] >= party.visited_to[p]:
        return
    k = stays.free[0]
    stays.free[0] += stays.step
    stays.row.state[k] = now.world.countries.state[party.visited[p]]
    stays.row.since[k] = party.visited_from[p]
    stays.row.until[k] = party.visited_to[p]
    stays.row.before[k] = party.stays[p]
    party.stays[p] = k


@kernel
def pause_visit(now: Conditions, people: Population, p: int) -> None:
    """Record the days up to a permit or protection; days under it count in no window."""
    party = people.parties.row
    party.visited_to[p] = now.today.day
    note_stay(now, people, p)
    party.visited_from[p] = NEVER
    party.visited_to[p] = NEVER


@kernel
def resume_visit(now: Conditions, people: Population, p: int) -> None:
    """Count days again after the end of a permit or protection."""
    party = people.parties.row
    if party.visited_from[p] == NEVER:
        party.visited_from[p] = now.today.day
