"""End of a journey: arrive and stay as a visitor, or be turned back and choose again.

A party that arrives brings its funds, may stay as long as the entry rule allows, and may claim
asylum at once. Where the destination checks entry on arrival, a party may be refused
(`journeys.passes_arrival_check`) and returns to the country it entered last. A camp admits a party
only if it has places for all its members; otherwise the party chooses again from there. A party
with no feasible way stays in the country where it is: as a visitor if it entered the country on
this way, even one that it had left; with its former status and end of status if it lived there
before and has passed no border since. A party that returns to a camp in this way is housed even if
the camp is full by now.

    places left = capacity - present when the day began - those who arrived today
    stay ends = day + allowance        allowance: days that the entry rule gives (`journeys`)

Reads: timetable (entry by air or without a crossing, at the instant of arrival). Draws: those of
`journeys` and `legal_status`. Writes: arrived, joined, turned_back. Units: days.
"""

import math

from emigre.numerics.jit import kernel
from emigre.processes.accounting import flow_arrived, flow_country, persons, tally
from emigre.processes.admission import note_stay
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    ASYLUM,
    C_JOINED,
    C_TURNED_BACK,
    NEVER,
    NOWHERE,
    PERMITTED,
    PROTECTED,
    TRAVELLING,
    Conditions,
    Population,
)
from emigre.processes.journeys import (
    abandon_journey,
    choose_again,
    destination_of,
    passes_arrival_check,
)
from emigre.processes.legal_status import (
    apply,
    begin_stay,
    count_lapsed_application,
    next_candidate,
    recognise,
    schedule,
)
from emigre.processes.livelihood import draw_funds, restart_roots, update_funds


@kernel
def arrive(now: Conditions, people: Population, p: int) -> None:
    """Arrive in a country to stay; the caller removes the party from its stock."""
    today, party = now.today, people.parties.row
    asylum = party.claim[p] == ASYLUM and not is_pending(people, p)
    if party.way[p] != NOWHERE:
        party.place[p] = destination_of(now, people, p)
        settle_in(now, people, p)
    elif party.place[p] == party.visited[p] and not asylum and not has_entered(people, p):
        resume_stay(now, people, p)
    else:
        settle_in(now, people, p)
    party.way[p] = NOWHERE
    if party.has_funds[p] == 0:
        draw_funds(now, people, p)
    party.works[p] = 0
    party.in_need[p] = 0
    if today.free[party.place[p]] < math.inf:
        today.free[party.place[p]] -= persons(now, people, p)
    if asylum:
        apply(now, people, p, ASYLUM)
    party.funds_day[p] = today.day
    update_funds(now, people, p)
    next_candidate(now, people, p)
    schedule(people, p)


@kernel
def has_entered(people: Population, p: int) -> bool:
    """Whether a border has admitted a party since it left the place of its last stay."""
    party = people.parties.row
    return bool(party.admitted[p] > party.visited_to[p])


@kernel
def is_pending(people: Population, p: int) -> bool:
    """Whether a claim was lodged before the journey, and not at the border just passed."""
    party = people.parties.row
    is_claimant = party.status[p] == APPLICANT and party.claim[p] == ASYLUM
    return bool(is_claimant and not has_entered(people, p))


@kernel
def settle_in(now: Conditions, people: Population, p: int) -> None:
    """Begin a new stay in `place`."""
    party = people.parties.row
    d = party.place[p]
    flow_arrived(now, people, p, d)
    if party.goal[p] == d:
        flow_country(now, people, p, C_JOINED, d)
    party.goal[p] = NOWHERE
    party.state[p] = ABROAD
    claims = party.claim[p] == ASYLUM and not is_pending(people, p)
    is_new = not moves_within_state(now, people, p)
    if is_new:
        count_lapsed_application(now, people, p, party.visited[p])
        begin_stay(now, people, p)
    party.roots[p] = 0.0
    party.secure_since[p] = NOWHERE
    if not claims:  # its asylum claim is decided instead
        recognise(now, people, p)
        restart_roots(now, people, p)
    note_arrival(now, people, p, d, is_new)


@kernel
def moves_within_state(now: Conditions, people: Population, p: int) -> bool:
    """Whether a party keeps its status because it has crossed no border since its last stay."""
    party = people.parties.row
    last = party.visited[p]
    if last == NOWHERE or has_entered(people, p):
        return False
    state = now.world.countries.state
    return bool(state[last] == state[party.place[p]])


@kernel
def resume_stay(now: Conditions, people: Population, p: int) -> None:
    """Resume the last stay, in `place`, because no way leads out of that country."""
    party = people.parties.row
    flow_country(now, people, p, C_TURNED_BACK, party.place[p])
    party.state[p] = ABROAD
    party.visited_to[p] = NEVER
    restart_roots(now, people, p)


@kernel
def note_arrival(now: Conditions, people: Population, p: int, d: int, is_new: bool) -> None:
    """Record the current stay, for limits within a window, and the first country reached.

    is_new: whether a stay begins; otherwise the stay in the state continues in another place.
    """
    party = people.parties.row
    is_secure = party.status[p] in (PERMITTED, PROTECTED)
    if is_new or is_secure:
        note_stay(now, people, p)
        party.visited_from[p] = NEVER if is_secure else party.admitted[p]
    if party.reached[p] == NOWHERE:
        party.reached[p] = d
    party.visited[p] = d
    party.visited_to[p] = NEVER


@kernel
def has_room(now: Conditions, people: Population, p: int) -> bool:
    """Whether the end of a way has places for the whole party; only a camp may lack them."""
    if people.parties.row.way[p] == NOWHERE:
        return True
    return persons(now, people, p) <= now.today.free[destination_of(now, people, p)]


@kernel
def reach_destination(now: Conditions, people: Population, p: int) -> None:
    """End of a way: arrive, or be turned back by an entry check or a full camp."""
    tally(now, people, p, -1)
    if not passes_arrival_check(now, people, p):
        here = current_start(now, people, p)
        turn_back(now, people, p, here)
    elif not has_room(now, people, p):
        here = now.world.n_origins + now.world.n_crossings + destination_of(now, people, p)
        turn_back(now, people, p, here)
    else:
        arrive(now, people, p)
    tally(now, people, p, 1)


@kernel
def current_start(now: Conditions, people: Population, p: int) -> int:
    """Start number of the country entered or left last; before that, the start of the way."""
    world, party = now.world, people.parties.row
    if party.last_country[p] == NOWHERE:
        return party.start[p]
    return world.n_origins + world.n_crossings + party.last_country[p]


@kernel
def turn_back(now: Conditions, people: Population, p: int, here: int) -> None:
    """Choose again from the start `here`.

    Without a feasible way the party stays in the country where it is, or is trapped at home. The
    caller removes the party from its stock.
    """
    party = people.parties.row
    instant = party.at[p]
    if choose_again(now, people, p, here, NOWHERE, instant):
        return
    abandon_journey(now, people, p, instant)
    if party.state[p] == TRAVELLING:
        arrive(now, people, p)
