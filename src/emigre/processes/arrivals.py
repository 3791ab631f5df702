"""End of a way: arrive and stay as a visitor, or be turned back and choose again.

A party that arrives brings its funds, may stay as long as the entry rule allows, and may claim
asylum at once. Where the destination checks entry on arrival, a party may be refused
(`journeys.passes_arrival_check`) and returns to the country it entered last. A camp admits a party
only if it has places for all its members; otherwise the party chooses again from there. A party
with no feasible way stays in the country where it is: as a visitor if it entered the country on
this way; with its former status and end of status if it lived there before and has entered no
other. A party that comes back to a camp in this way is housed even if the camp has filled up.

    places left = capacity - present when the day began - those who arrived today
    stay ends = day + allowance        allowance: days that the entry rule gives (`journeys`)

Reads: timetable (entry by air or without a crossing, at the instant of arrival). Draws: those of
`journeys` and `legal_status`. Writes: arrived, joined, turned_back. Units: days.
"""

from __future__ import annotations

from emigre.numerics.jit import kernel
from emigre.numerics.random import Key
from emigre.processes.accounting import flow_country, persons, tally
from emigre.processes.arrays import (
    ABROAD,
    ASYLUM,
    C_ARRIVED,
    C_JOINED,
    C_TURNED_BACK,
    NEVER,
    NOWHERE,
    TRAVELLING,
    Accounts,
    Cohorts,
    Parties,
    Today,
    Ways,
    World,
)
from emigre.processes.journeys import choose_again, passes_arrival_check, stay_where_it_stands
from emigre.processes.legal_status import apply, begin_stay, next_candidate, schedule
from emigre.processes.livelihood import (
    LivelihoodParameters,
    bring_funds,
    root_again,
    settle_funds,
)


@kernel
def arrive(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    cap: float,
    livelihood: LivelihoodParameters,
) -> None:
    """Arrive in a country to stay, by choice or not.

    The caller removes the party from its stock.
    """
    asylum = parties.row.claim[p] == ASYLUM
    if parties.row.way[p] != NOWHERE:
        parties.row.place[p] = ways.routes.destination[ways.row.route[parties.row.way[p]]]
        settle_in(world, cohorts, parties, books, today, p)
    elif parties.row.place[p] == parties.row.visited[p] and not asylum:
        come_back(world, cohorts, parties, books, today, p)
    else:
        settle_in(world, cohorts, parties, books, today, p)
    parties.row.way[p] = NOWHERE
    if parties.row.has_funds[p] == 0:
        bring_funds(world, cohorts, parties, p, key, livelihood)
    parties.row.works[p] = 0
    parties.row.in_need[p] = 0
    today.free[parties.row.place[p]] -= persons(world, parties, p)
    if asylum:
        apply(world, cohorts, parties, books, today, p, ASYLUM)
    parties.row.funds_day[p] = today.day
    settle_funds(world, today, cohorts, parties, p, livelihood)
    next_candidate(parties, p, today.day, cap, key)
    schedule(parties, p)


@kernel
def settle_in(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, today: Today, p: int
) -> None:
    """Begin a new stay in `place`."""
    d = parties.row.place[p]
    flow_country(world, cohorts, parties, books, p, C_ARRIVED, d)
    if parties.row.goal[p] == d:
        flow_country(world, cohorts, parties, books, p, C_JOINED, d)
    parties.row.goal[p] = NOWHERE
    parties.row.state[p] = ABROAD
    begin_stay(world, cohorts, parties, p, today.day, parties.row.stay_days[p])
    parties.row.roots[p] = 0.0
    parties.row.secure_since[p] = NOWHERE
    note_arrival(parties, p, d, today.day)


@kernel
def come_back(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, today: Today, p: int
) -> None:
    """Resume the last stay, in `place`, because no way led out of that country."""
    flow_country(world, cohorts, parties, books, p, C_TURNED_BACK, parties.row.place[p])
    parties.row.state[p] = ABROAD
    parties.row.visited_to[p] = NEVER
    root_again(world, cohorts, parties, today, p)


@kernel
def note_arrival(parties: Parties, p: int, d: int, day: int) -> None:
    """Record the current stay, for limits within a window, and the first country reached."""
    if parties.row.reached[p] == NOWHERE:
        parties.row.reached[p] = d
    parties.row.visited[p] = d
    parties.row.visited_from[p] = day
    parties.row.visited_to[p] = NEVER


@kernel
def has_room(world: World, ways: Ways, parties: Parties, today: Today, p: int) -> bool:
    """Whether the end of a way has places for the whole party; only a camp may lack them."""
    if parties.row.way[p] == NOWHERE:
        return True
    d = ways.routes.destination[ways.row.route[parties.row.way[p]]]
    return persons(world, parties, p) <= today.free[d]


@kernel
def reach_end(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
    cap: float,
    livelihood: LivelihoodParameters,
) -> None:
    """End of a way: arrive, or be turned back by an entry check or a full camp."""
    tally(world, cohorts, parties, books, p, -1)
    if not passes_arrival_check(world, ways, cohorts, parties, today, p, key):
        here = last_stand(world, parties, p)
        turn_back(world, ways, cohorts, parties, books, today, p, here, key, cap, livelihood)
    elif not has_room(world, ways, parties, today, p):
        camp = ways.routes.destination[ways.row.route[parties.row.way[p]]]
        here = world.n_origins + world.n_crossings + camp
        turn_back(world, ways, cohorts, parties, books, today, p, here, key, cap, livelihood)
    else:
        arrive(world, ways, cohorts, parties, books, today, p, key, cap, livelihood)
    tally(world, cohorts, parties, books, p, 1)


@kernel
def last_stand(world: World, parties: Parties, p: int) -> int:
    """Start number of the country entered or left last; before that, the start of the way."""
    if parties.row.stands[p] == NOWHERE:
        return parties.row.start[p]
    return world.n_origins + world.n_crossings + parties.row.stands[p]


@kernel
def turn_back(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    here: int,
    key: Key,
    cap: float,
    livelihood: LivelihoodParameters,
) -> None:
    """Choose again from the start `here`.

    Without a feasible way the party stays in the country where it is, or is trapped at home. The
    caller removes the party from its stock.
    """
    now = parties.row.at[p]
    if choose_again(world, ways, cohorts, parties, today, p, here, NOWHERE, now, key):
        return
    stay_where_it_stands(cohorts, parties, p, today.day, now)
    if parties.row.state[p] == TRAVELLING:
        arrive(world, ways, cohorts, parties, books, today, p, key, cap, livelihood)
