"""Journeys: preparation, hours on the way, and choosing again on the road.

The days of preparation are exponential with mean  prepare_days exp(-hurry U)  (shorter if waiting
costs more). The party sets out at a random hour of its day and travels the hours of its legs:
    t_gate = day + hour/24 + hours_to_gate/24
is the instant at which it joins the queue. If the crossing is closed to it, or after a refusal, it
chooses again from where it is with the same choice model and continues at once, or on the next
day if it already chose again today. Without a feasible way it stays in the country that it entered
or left last (`stay_where_it_stands`); in its own country it is trapped at home. A party turned away
on arrival in a country reached without a crossing goes back to the country entered last or to the
start of that way.

Reads: outlook, timetable through the outlook's weights. Draws: PREPARE, DEPART_HOUR, WAY,
ARRIVAL_CHECK. Writes: departed, preparing, travelling, arrived. Units: days, hours. Assumption: the
exponential, which needs no parameter but its mean.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import ARRIVAL_CHECK, DEPART_HOUR, PREPARE, Key, exponential, uniform
from emigre.processes.accounting import flow_origin, origin_of, tally
from emigre.processes.arrays import (
    NOWHERE,
    O_DEPARTED,
    PREPARING,
    TO_END,
    TO_GATE,
    TRAPPED,
    TRAVELLING,
    Accounts,
    Cohorts,
    Parties,
    Today,
    Ways,
    World,
)
from emigre.processes.route_choice import draw_way, utility


class JourneyParameters(NamedTuple):
    """Parameters of journeys; see schema/parameters.csv."""

    prepare_days: float
    hurry_weight: float


@kernel
def preparation_mean(urgency: float, prm: JourneyParameters) -> float:
    """Mean days between deciding and setting out."""
    return prm.prepare_days * math.exp(-prm.hurry_weight * urgency)


@kernel
def prepare(
    parties: Parties, p: int, day: int, urgency: float, key: Key, prm: JourneyParameters
) -> None:
    """Begin preparation and draw the day of setting out."""
    u = uniform(key, parties.row.id[p], day, PREPARE)
    parties.row.state[p] = PREPARING
    wait = preparation_mean(urgency, prm) * exponential(u)
    parties.due[p] = day + min(int(wait), 3650)


@kernel
def is_open(
    world: World, ways: Ways, cohorts: Cohorts, parties: Parties, today: Today, p: int
) -> bool:
    """Whether the party's way is feasible today."""
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    return utility(world, ways, today, parties.row.way[p], c) > -math.inf


@kernel
def set_out(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    key: Key,
) -> None:
    """A prepared party leaves home; if its way has closed, it chooses another first."""
    tally(world, cohorts, parties, books, p, -1)
    o = origin_of(cohorts, parties, p)
    if not is_open(world, ways, cohorts, parties, today, p):
        c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
        parties.row.way[p] = draw_way(
            world, ways, today, o, c, NOWHERE, parties.row.goal[p], key, parties.row.id[p]
        )
    if parties.row.way[p] == NOWHERE:
        be_trapped(cohorts, parties, p, today.day)
    else:
        parties.row.start[p] = o
        parties.row.stands[p] = NOWHERE
        parties.row.stay_days[p] = -1  # no limit in the own country; a border sets one
        hour = uniform(key, parties.row.id[p], today.day, DEPART_HOUR)
        begin_way(ways, parties, p, today.day + hour)
        flow_origin(world, cohorts, parties, books, p, O_DEPARTED)
    tally(world, cohorts, parties, books, p, 1)


@kernel
def be_trapped(cohorts: Cohorts, parties: Parties, p: int, day: int) -> None:
    """Be trapped at home: willing to leave, with no way out of the own country."""
    parties.row.state[p] = TRAPPED
    parties.row.way[p] = NOWHERE
    parties.row.start[p] = origin_of(cohorts, parties, p)
    parties.due[p] = day + 1


@kernel
def stay_where_it_stands(cohorts: Cohorts, parties: Parties, p: int, day: int, now: float) -> None:
    """End the journey in the country entered or left last, else at home: no way is feasible."""
    if parties.row.stands[p] == NOWHERE:
        be_trapped(cohorts, parties, p, day)
        return
    parties.row.way[p] = NOWHERE
    parties.row.place[p] = parties.row.stands[p]
    parties.row.stage[p] = TO_END
    travel(parties, p, now, 0.0)


@kernel
def begin_way(ways: Ways, parties: Parties, p: int, now: float) -> None:
    """Travel the first part of the chosen way from the instant `now` (in days)."""
    head_for(ways, parties, p, TO_GATE, now)


@kernel
def head_for(ways: Ways, parties: Parties, p: int, passed: int, now: float) -> None:
    """Travel to the crossing behind those passed, or to the destination if none is left."""
    i = parties.row.way[p]
    gates = ways.gates[ways.row.route[i]]
    if passed < gates.size and gates[passed] >= 0:
        parties.row.stage[p] = passed
        travel(parties, p, now, ways.hours[i, passed])
    else:
        parties.row.stage[p] = TO_END
        travel(parties, p, now, ways.hours[i, gates.size])


@kernel
def travel(parties: Parties, p: int, now: float, hours: float) -> None:
    """Travel for some hours."""
    parties.row.state[p] = TRAVELLING
    parties.row.at[p] = now + hours / 24.0
    parties.due[p] = math.floor(parties.row.at[p])


@kernel
def comes_today(parties: Parties, p: int, day: int) -> bool:
    """Whether a travelling party reaches a crossing or its destination today."""
    return parties.row.state[p] == TRAVELLING and parties.due[p] <= day


@kernel
def go_on(ways: Ways, parties: Parties, p: int, now: float) -> None:
    """Travel on from a crossing to the next one or to the destination."""
    head_for(ways, parties, p, parties.row.stage[p] + 1, now)


@kernel
def gate_ahead(ways: Ways, parties: Parties, p: int) -> int:
    """Next crossing of a travelling party."""
    return ways.gates[ways.row.route[parties.row.way[p]], parties.row.stage[p]]


@kernel
def choose_again(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    start: int,
    refused_at: int,
    now: float,
    key: Key,
) -> bool:
    """Choose again from a start; False if no way is feasible.

    A party that chooses again for the second time in a day sets out on the next day. The caller
    removes the party from its stock.
    """
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    goal = parties.row.goal[p]
    way = draw_way(world, ways, today, start, c, refused_at, goal, key, parties.row.id[p])
    if way == NOWHERE:
        return False
    take_way(ways, parties, p, way, start, max(now, float(parties.row.rests[p])))
    parties.row.rests[p] = today.day + 1
    return True


@kernel
def take_way(ways: Ways, parties: Parties, p: int, way: int, start: int, now: float) -> None:
    """Set out on a way from a start at the instant `now` (in days)."""
    parties.row.way[p] = way
    parties.row.start[p] = start
    begin_way(ways, parties, p, now)


@kernel
def passes_arrival_check(
    world: World, ways: Ways, cohorts: Cohorts, parties: Parties, today: Today, p: int, key: Key
) -> bool:
    """Entry check of a country reached without a crossing (by air from a third country)."""
    i = parties.row.way[p]
    if i == NOWHERE or ways.routes.check[ways.row.route[i]] == 0:
        return True
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    d = ways.routes.destination[ways.row.route[i]]
    # One number per destination: two refusals in a day are independent.
    where = world.start_id[world.n_origins + world.n_crossings + d]
    u = uniform(key, np.uint64(parties.row.id[p]) ^ where, today.day, ARRIVAL_CHECK)
    limit, window = today.entry_days[d, c], today.entry_window[d, c]
    days = allowance(world, parties, p, world.countries.state[d], limit, window, today.day)
    if u < today.entry_share[d, c] and days != 0:
        parties.row.stay_days[p] = days
        return True
    return False


@kernel
def allowance(
    world: World, parties: Parties, p: int, state: int, days: int, window: int, day: int
) -> int:
    """Days a visitor may stay: the limit, less the days of the last stay within the window.

    -1: without limit. window 0: every entry gives the full limit.
    """
    last = parties.row.visited[p]
    if days < 0 or window <= 0 or last == NOWHERE or world.countries.state[last] != state:
        return days
    until = min(parties.row.visited_to[p], day)
    used = until - max(parties.row.visited_from[p], day - window)
    return min(days, max(days - max(used, 0), 0))
