"""Journeys: preparation, hours on the way, and choosing again on the road.

The days of preparation are exponential with mean  prepare_days exp(-hurry U) + formalities_d:
shorter if waiting costs more, longer if the destination asks for papers first. The party sets out
at a random hour of its day and travels the hours of its legs:
    t_crossing = day + hour/24 + hours_to_crossing/24
is the instant at which it joins the queue. The hours of a part of a way, from one crossing to the
next, are those of its legs times two factors of mean 1,
    exp(spread z - spread^2 / 2)        z: standard normal number of the party, day and part
    exp(shared y - shared^2 / 2)        y: standard normal number of the crossing ahead and day
(a part is identified by the start of its way and the crossings passed). The first represents
registration and nights, which take some parties longer than others, the second trains, storms and
queues for papers, which delay all on the same part of the way (spread 0: none). Counts at a border
are uneven because of the second: people missing on one day come on the next.

A party that enters a country on the way to another rests there first, for an exponential time with
mean rest_d days (0: none), and is present there meanwhile. The choice of a way counts hours on
the road only.

If the crossing is closed to it, or a leg behind the crossing has been closed (also while it waits
there), or after a refusal, a party chooses again from where it is with the same choice model and
continues at once, or on the next day if it already chose again today. Legs up to the crossing no
longer matter. Without a feasible way it stays in the country that it entered or left last
(`abandon_journey`); in its own country it is trapped at home. A party turned away on arrival
in a country reached without a crossing goes back to the country entered last or to the start of
that way.

Reads: outlook, timetable through the outlook's weights. Draws: PREPARE, DEPART_HOUR, TRAVEL_TIME,
REST, WAY. Writes: departed, preparing, travelling, arrived. Units: days, hours.
Assumption: the exponential, which needs no parameter but its mean.
"""

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    DEPART_HOUR,
    PREPARE,
    REST,
    TRAVEL_TIME,
    Key,
    exponential,
    normal_quantile,
    nth,
    uniform,
)
from emigre.processes.accounting import class_of, flow_origin, origin_of, persons, tally
from emigre.processes.admission import (
    days_on_arrival,
    identity_of,
    passes_on_arrival,
    remember_refusal,
)
from emigre.processes.arrays import (
    ARRIVING,
    NOWHERE,
    O_DEPARTED,
    PREPARING,
    TO_CROSSING,
    TO_END,
    TRAPPED,
    TRAVELLING,
    Conditions,
    Population,
)
from emigre.processes.households import choose_way, is_member_barred
from emigre.processes.legal_status import withdraw
from emigre.processes.parameters import JourneyParameters
from emigre.processes.queue import append, push_coming
from emigre.processes.route_choice import share_on_way, utility


@kernel
def preparation_mean(urgency: float, prm: JourneyParameters) -> float:
    """Mean days between deciding and setting out."""
    return prm.prepare_days * math.exp(-prm.hurry_weight * urgency)


@kernel
def prepare(now: Conditions, people: Population, p: int, urgency: float) -> None:
    """Begin preparation and draw the day of setting out."""
    day, party = now.today.day, people.parties.row
    u = uniform(now.key, party.id[p], day, PREPARE)
    party.state[p] = PREPARING
    ways = now.itineraries
    end = ways.routes.destination[ways.row.route[party.way[p]]]
    mean = preparation_mean(urgency, now.prm.journeys) + now.world.countries.formalities[end]
    wait = mean * exponential(u)
    people.parties.due[p] = day + min(int(wait), 3650)


@kernel
def is_open(now: Conditions, people: Population, p: int) -> bool:
    """Whether the party's way is feasible today, with places for all of it at a camp."""
    way, c = people.parties.row.way[p], class_of(now, people, p)
    places = now.today.free[destination_of(now, people, p)]
    return bool(utility(now, way, c) > -math.inf and persons(now, people, p) <= places)


@kernel
def is_way_closed_ahead(now: Conditions, people: Population, p: int, x: int) -> bool:
    """Whether a leg of the party's way is closed today that lies behind crossing x, its next one.

    If a way from the crossing leads on as before, only legs up to the crossing are closed, or the
    whole way is no longer among the best ones from its start.
    """
    ways, way = now.itineraries, people.parties.row.way[p]
    of_way = now.today.way_utility[now.world.class_level[class_of(now, people, p)]]
    if of_way[way] > -math.inf:
        return False
    here = now.world.n_origins + x
    for i in range(ways.first[here], ways.first[here + 1]):
        if of_way[i] > -math.inf and is_remainder_of(now, i, way, people.parties.row.stage[p]):
            return False
    return True


@kernel
def is_remainder_of(now: Conditions, i: int, way: int, passed: int) -> bool:
    """Whether itinerary i is what is left of a way after some crossings."""
    ways = now.itineraries
    route, whole = ways.row.route[i], ways.row.route[way]
    if ways.routes.destination[route] != ways.routes.destination[whole]:
        return False
    n = ways.crossings.shape[1]
    for b in range(n):
        ahead = ways.crossings[whole, b + passed] if b + passed < n else NOWHERE
        if ways.crossings[route, b] != ahead:
            return False
    return True


@kernel
def set_out(now: Conditions, people: Population, p: int) -> None:
    """A prepared party leaves home; if its way has closed to it, it chooses again first."""
    today, party = now.today, people.parties.row
    tally(now, people, p, -1)
    o, share = origin_of(people, p), share_on_way(now, party.way[p], class_of(now, people, p))
    if not is_open(now, people, p) or is_member_barred(now, people, p, share):
        party.way[p] = choose_way(now, people, p, o, NOWHERE)
    if party.way[p] == NOWHERE:
        trap(now, people, p)
    else:
        party.start[p] = o
        party.last_country[p] = NOWHERE
        party.stay_days[p] = -1  # no limit in the own country; a border sets one
        party.admitted[p] = today.day
        hour = uniform(now.key, party.id[p], today.day, DEPART_HOUR)
        begin_way(now, people, p, today.day + hour)
        flow_origin(now, people, p, O_DEPARTED)
    tally(now, people, p, 1)


@kernel
def trap(now: Conditions, people: Population, p: int) -> None:
    """Trap a party at home: willing to leave, but with no way out of its own country."""
    party = people.parties.row
    party.state[p] = TRAPPED
    party.way[p] = NOWHERE
    party.start[p] = origin_of(people, p)
    people.parties.due[p] = now.today.day + 1


@kernel
def abandon_journey(now: Conditions, people: Population, p: int, instant: float) -> None:
    """End the journey in the country entered or left last, else at home: no way is feasible."""
    party = people.parties.row
    if party.last_country[p] == NOWHERE:
        trap(now, people, p)
        return
    party.way[p] = NOWHERE
    party.place[p] = party.last_country[p]
    party.stage[p] = TO_END
    travel(people, p, instant, 0.0)


@kernel
def begin_way(now: Conditions, people: Population, p: int, instant: float) -> None:
    """Travel the first part of the chosen way from an instant (in days)."""
    travel_part(now, people, p, TO_CROSSING, instant)


@kernel
def travel_part(now: Conditions, people: Population, p: int, passed: int, instant: float) -> None:
    """Travel to the next crossing, or to the destination if none is left."""
    ways, party = now.itineraries, people.parties.row
    i = party.way[p]
    crossings = ways.crossings[ways.row.route[i]]
    if passed < crossings.size and crossings[passed] >= 0:
        party.stage[p] = passed
    else:
        passed = crossings.size
        party.stage[p] = TO_END
    hours = ways.hours[i, passed]
    if hours > 0.0:
        prm, world, start = now.prm.journeys, now.world, party.start[p]
        who = party.id[p] if start < world.n_origins else party.id[p] ^ world.start_id[start]
        hours *= delay(now, nth(who, passed), prm.travel_spread)
        if party.stage[p] != TO_END:
            hours *= delay(now, now.world.crossings.id[crossings[passed]], prm.travel_shared_spread)
    travel(people, p, instant, hours)


@kernel
def delay(now: Conditions, who: Key, spread: float) -> float:
    """Factor of mean 1 on the hours of a part of a way, drawn for a party or a crossing."""
    if spread <= 0.0:
        return 1.0
    u = uniform(now.key, who, now.today.day, TRAVEL_TIME)
    return math.exp(spread * normal_quantile(u) - 0.5 * spread * spread)


@kernel
def travel(people: Population, p: int, instant: float, hours: float) -> None:
    """Travel for some hours."""
    party = people.parties.row
    party.state[p] = TRAVELLING
    party.at[p] = instant + hours / 24.0
    people.parties.due[p] = math.floor(party.at[p])


@kernel
def comes_today(now: Conditions, people: Population, p: int) -> bool:
    """Whether a travelling party reaches a crossing or its destination today."""
    return people.parties.row.state[p] == TRAVELLING and people.parties.due[p] <= now.today.day


@kernel
def ends_at_unlimited_place(now: Conditions, people: Population, p: int) -> bool:
    """Whether a travelling party heads for its destination, a place that is never full.

    Nothing that happens to others on that day depends on when it arrives.
    """
    if people.parties.row.stage[p] != TO_END:
        return False
    return bool(now.today.free[destination_of(now, people, p)] == math.inf)


@kernel
def destination_of(now: Conditions, people: Population, p: int) -> int:
    """Destination of a travelling party; without a way, the country in which it stays."""
    ways, party = now.itineraries, people.parties.row
    i = party.way[p]
    return party.place[p] if i == NOWHERE else ways.routes.destination[ways.row.route[i]]


@kernel
def list_arrival(now: Conditions, people: Population, p: int, until: float) -> None:
    """List a party that comes today, if it is a party that travels.

    It goes on the heap unless its destination is never full and it arrives after `until`, the end
    of these rules, or is admitted by them. A refused party travels on in order of time.
    """
    if not comes_today(now, people, p):
        return
    later = people.parties.row.at[p] >= until
    if ends_at_unlimited_place(now, people, p) and (later or is_admitted(now, people, p)):
        append(people.agenda.arriving, people.agenda.size, ARRIVING, p)
    else:
        push_coming(people, p)


@kernel
def travel_on(now: Conditions, people: Population, p: int, instant: float) -> None:
    """Travel on from a crossing to the next one or to the destination."""
    travel_part(now, people, p, people.parties.row.stage[p] + 1, instant)


@kernel
def days_of_rest(now: Conditions, people: Population, p: int, left: int) -> float:
    """Days for which a party rests in the country that it entered on its way to another.

    left: the country in which it was before, or -1. A party that comes through two countries on
    one day has a random number for each.
    """
    party = people.parties.row
    d = party.last_country[p]
    if d == NOWHERE or now.world.countries.rest[d] <= 0.0:
        return 0.0
    who = np.uint64(party.id[p])
    if left != NOWHERE:
        who ^= identity_of(now, left)
    u = uniform(now.key, who, now.today.day, REST)
    return float(now.world.countries.rest[d] * exponential(u))


@kernel
def crossing_ahead(now: Conditions, people: Population, p: int) -> int:
    """Next crossing of a travelling party."""
    ways, party = now.itineraries, people.parties.row
    return ways.crossings[ways.row.route[party.way[p]], party.stage[p]]


@kernel
def choose_again(
    now: Conditions, people: Population, p: int, start: int, refused_at: int, instant: float
) -> bool:
    """Choose again from a start; False if no way is feasible.

    A party that chooses again for the second time in a day sets out on the next day. The caller
    removes the party from its stock.
    """
    party = people.parties.row
    way = choose_way(now, people, p, start, refused_at)
    if way == NOWHERE:
        return False
    take_way(now, people, p, way, start, max(instant, float(party.not_before[p])))
    party.not_before[p] = now.today.day + 1
    return True


@kernel
def leads_abroad(now: Conditions, people: Population, p: int, way: int) -> bool:
    """Whether a way leads out of the state in which a party lives or lived last."""
    ways, state = now.itineraries, now.world.countries.state
    last, route = people.parties.row.visited[p], ways.row.route[way]
    if last == NOWHERE:
        return False
    return bool(
        ways.crossings[route, 0] != NOWHERE or state[last] != state[ways.routes.destination[route]]
    )


@kernel
def take_way(
    now: Conditions, people: Population, p: int, way: int, start: int, instant: float
) -> None:
    """Set out on a way from a start at an instant (in days); a way abroad withdraws a claim."""
    party = people.parties.row
    if leads_abroad(now, people, p, way):
        withdraw(now, people, p)
    party.way[p] = way
    party.start[p] = start
    begin_way(now, people, p, instant)


@kernel
def is_checked(now: Conditions, people: Population, p: int) -> bool:
    """Whether a party is checked at the end of its way, reached without a crossing."""
    ways, i = now.itineraries, people.parties.row.way[p]
    return bool(i != NOWHERE and ways.routes.check[ways.row.route[i]] != 0)


@kernel
def is_admitted(now: Conditions, people: Population, p: int) -> bool:
    """Whether a party at the end of its way passes the entry check there, if there is one."""
    if not is_checked(now, people, p):
        return True
    d = destination_of(now, people, p)
    return passes_on_arrival(now, people, p, class_of(now, people, p), d)


@kernel
def passes_arrival_check(now: Conditions, people: Population, p: int) -> bool:
    """Entry check of a country reached without a crossing (by air from a third country).

    A party that is admitted is in that country, even if the camp it travels to is full.
    """
    party = people.parties.row
    c, d = class_of(now, people, p), destination_of(now, people, p)
    if not is_admitted(now, people, p):
        remember_refusal(people, p, identity_of(now, d), now.today.entry_rule[d, c])
        return False
    if is_checked(now, people, p):
        party.stay_days[p] = days_on_arrival(now, people, p, c, d)
        party.admitted[p] = now.today.day
        if now.world.countries.country[d] != NOWHERE:
            party.last_country[p] = now.world.countries.country[d]
    return True
