"""Crossing a border: those who cross anyway, an exit check, a claim, an entry check.

A crossing serves at most `capacity` persons a day, first come first served (`queues`). Ordinary
travellers come evenly over each span of a day in which the rules of the crossing stand still. By
the end of a span those of a day are N(M), a count of mean M (`draws.count_quantile`), with
    M = sum_spans length sum_s f_s level_s weekday_s a_s exp(-balking E[wait])
a_s the share of the document s that is let out and in (0 where the crossing is closed), f a factor
of the run and the country entered (level_factor), and E[wait] from the queue as the day began at
the capacity of the span. Where no rule changes within the day it is one span.

The party at the head meets the exit check of the state it leaves, then the entry check:
    P(let out) = e[crossing, class]       P(admitted) = a[crossing, class]
both from the newest rules in force at the moment of service, with a number of its own at each
crossing. Before the entry check a share `asylum_share` claims asylum where a claim is taken. Those
who arrive or wait where nobody of their class is admitted, or where the crossing is closed, choose
again from where they stand.

Reads: timetable (exit, entry, capacity). Draws: TRAFFIC, TRAFFIC_LEVEL, EXIT_CHECK,
ENTRY_CHECK, CLAIM, WAY.
Writes: entered, entered_ordinary, exited, exited_ordinary, refused_*, asylum_claims, waiting,
wait_hours. Units: persons, persons per day, hours. Source: the rules of each crossing.
"""

# Long, because queue, exit check, claims and entry check of a crossing are one order of service.

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    CLAIM,
    ENTRY_CHECK,
    EXIT_CHECK,
    TRAFFIC,
    TRAFFIC_LEVEL,
    Key,
    count_quantile,
    normal_quantile,
    uniform,
)
from emigre.processes.accounting import flow_crossing, is_own_state, persons, tally
from emigre.processes.arrays import (
    ASYLUM,
    F64,
    I32,
    NOWHERE,
    TO_END,
    WAITING,
    X_CLAIMS,
    X_ENTERED,
    X_EXITED,
    X_REFUSED_ENTRY,
    X_REFUSED_EXIT,
    X_REFUSED_ORDINARY,
    X_TRANSIT,
    X_WAITING,
    X_WAITING_ORDINARY,
    Books,
    Cohorts,
    Counter,
    Parties,
    Queues,
    Today,
    Ways,
    World,
)
from emigre.processes.journeys import (
    allowance,
    choose_again,
    comes_today,
    gate_ahead,
    go_on,
    stay_where_it_stands,
    travel,
)
from emigre.processes.queue import (
    NOBODY,
    add_batch,
    await_party,
    drop_slot,
    first_in_line,
    ordinary_first,
    serve_ordinary,
    serve_party,
)
from emigre.processes.route_choice import expected_wait


class BorderParameters(NamedTuple):
    """Borders; see schema/parameters.csv."""

    balking_per_hour: float
    traffic_noise: float
    asylum_share: float


@kernel
def traffic_mean(level: float, wait_hours: float, balking_per_hour: float) -> float:
    """Ordinary travellers expected in a day, given the wait they expect."""
    return level * math.exp(-balking_per_hour * wait_hours)


@kernel
def level_factor(sd: float, z: float) -> float:
    """How far a level of ordinary traffic is off in a run: exp(sd z - sd^2 / 2), mean 1.

    z is a standard normal number. Levels come from monthly figures and estimates; what they miss
    lasts, unlike the noise from day to day.
    """
    return math.exp(sd * z - 0.5 * sd * sd)


@kernel
def level_errors(world: World, key: Key, out: F64) -> None:
    """Write the z of each crossing (X), the same for all crossings into a country."""
    first = world.n_origins + world.n_crossings
    for x in range(world.n_crossings):
        d = world.crossings.country[x]
        owner = world.crossings.id[x] if d < 0 else world.start_id[first + d]
        out[x] = normal_quantile(uniform(key, owner, 0, TRAFFIC_LEVEL))


@kernel
def true_levels(level: F64, sd: F64, z: F64, out: F64) -> None:
    """Write a day's levels as they are in this run. level, sd, out: (X, slots); z: (X)."""
    for x in range(level.shape[0]):
        for slot in range(level.shape[1]):
            out[x, slot] = level[x, slot] * level_factor(sd[x, slot], z[x])


@kernel
def ordinary_come(
    world: World,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    level: F64,
    x: int,
    key: Key,
    prm: BorderParameters,
) -> None:
    """Draw the ordinary travellers of the span that begins at crossing x.

    level: (X, slots) persons a day (true_levels).
    """
    since, until = counter.since[x], counter.until[x]
    if since == 0.0:
        queues.length[x] = (
            books.crossing[X_WAITING, x, :].sum() + books.crossing[X_WAITING_ORDINARY, x, 0]
        )
        queues.expected[x, :] = 0.0
    wait = expected_wait(queues.length[x], counter.capacity[x])
    batch = add_batch(queues, x, today.day + since, today.day + until)
    for slot in range(level.shape[1]):
        mean = traffic_mean(level[x, slot], wait, prm.balking_per_hour)
        if counter.capacity[x] <= 0.0:
            mean = 0.0
        mean *= counter.ordinary_share[x, slot]
        u = uniform(key, world.slot_id[x, slot], today.day, TRAFFIC)
        earlier = queues.expected[x, slot]
        queues.expected[x, slot] = earlier + (until - since) * mean
        # One number for the whole day: what comes in its spans adds up to a day's count.
        n = count_quantile(queues.expected[x, slot], prm.traffic_noise, u)
        n = max(0, n - count_quantile(earlier, prm.traffic_noise, u))
        queues.ordinary[x, slot, batch] = n
        queues.came[x, batch] += n
        books.crossing[X_WAITING_ORDINARY, x, 0] += n


@kernel
def join_queue(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    p: int,
    x: int,
) -> None:
    """Stand at the end of the queue of crossing x. The party was taken off the books before."""
    parties.row.state[p] = WAITING
    parties.row.place[p] = x
    parties.row.next[p] = NOWHERE
    parties.due[p] = today.day  # it is looked at every day until it is served
    if queues.tail[x] == NOWHERE:
        queues.head[x] = p
    else:
        parties.row.next[queues.tail[x]] = p
    queues.tail[x] = p
    tally(world, cohorts, parties, books, p, 1)


@kernel
def can_pass(
    cohorts: Cohorts, world: World, parties: Parties, counter: Counter, p: int, x: int
) -> bool:
    """Whether a party has any chance at crossing x now."""
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    return (
        counter.capacity[x] > 0.0
        and counter.exit_share[x, c] > 0.0
        and counter.entry_share[x, c] > 0.0
    )


@kernel
def number_at(
    world: World, parties: Parties, today: Today, p: int, x: int, purpose: int, key: Key
) -> float:
    """The party's number for a purpose at crossing x: whoever comes to two in a day has two."""
    who = np.uint64(parties.row.id[p]) ^ world.crossings.id[x]
    return uniform(key, who, today.day, purpose)


@kernel
def turn_away(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    p: int,
    x: int,
    now: float,
    key: Key,
) -> None:
    """Choose again at crossing x, or stay. The party was taken off the books before."""
    start = world.n_origins + x
    if not choose_again(world, ways, cohorts, parties, today, p, start, x, now, key):
        stay_where_it_stands(cohorts, parties, p, today.day, now)
    tally(world, cohorts, parties, books, p, 1)


@kernel
def reach_gate(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    p: int,
    key: Key,
    prm: BorderParameters,
) -> None:
    """A travelling party comes to its crossing: it queues, or learns that it cannot pass."""
    x = gate_ahead(ways, parties, p)
    tally(world, cohorts, parties, books, p, -1)
    if can_pass(cohorts, world, parties, counter, p, x):
        join_queue(world, cohorts, parties, queues, books, today, p, x)
        return
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    u = number_at(world, parties, today, p, x, EXIT_CHECK, key)
    let_out = u < counter.exit_share[x, c]
    if counter.capacity[x] > 0.0 and not let_out:
        flow_crossing(world, cohorts, parties, books, p, X_REFUSED_EXIT, x)
    elif counter.capacity[x] > 0.0:
        flow_crossing(world, cohorts, parties, books, p, X_EXITED, x)
        if claims_asylum(world, cohorts, parties, today, p, x, key, prm):
            let_claim(world, cohorts, parties, books, p, x, parties.row.at[p])
            return
        flow_crossing(world, cohorts, parties, books, p, X_REFUSED_ENTRY, x)
    turn_away(world, ways, cohorts, parties, books, today, p, x, parties.row.at[p], key)


@kernel
def clear_queue(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    x: int,
    key: Key,
    coming: I32,
    n: int,
) -> int:
    """When rules have changed: those who can no longer pass leave the queue and choose again.

    coming: (parties) heap of those still to come today, its first n; returns how many now.
    """
    now = today.day + counter.since[x]
    first = first_in_line(queues, parties, x, now)
    before = NOWHERE
    p = queues.head[x]
    while p != NOWHERE:
        behind = parties.row.next[p]
        if can_pass(cohorts, world, parties, counter, p, x):
            before = p
        else:
            if before == NOWHERE:
                queues.head[x] = behind
            else:
                parties.row.next[before] = behind
            if queues.tail[x] == p:
                queues.tail[x] = before
            tally(world, cohorts, parties, books, p, -1)
            turn_away(world, ways, cohorts, parties, books, today, p, x, now, key)
            if comes_today(parties, p, today.day):
                n = await_party(parties, coming, n, p)
        p = behind
    for slot in range(queues.ordinary.shape[1]):
        if counter.ordinary_share[x, slot] <= 0.0 or counter.capacity[x] <= 0.0:
            dropped = drop_slot(queues, x, slot)
            books.crossing[X_WAITING_ORDINARY, x, 0] -= dropped
            books.crossing[X_REFUSED_ORDINARY, x, 0] += dropped
    # Whoever leaves takes along the service that was given.
    if first == NOBODY or first_in_line(queues, parties, x, now) != first:
        queues.credit[x] = 0.0
    return n


@kernel
def claims_asylum(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    x: int,
    key: Key,
    prm: BorderParameters,
) -> bool:
    """Whether a party claims asylum at the entry check of crossing x."""
    d = world.crossings.country[x]
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if d < 0 or today.law.asylum_share[d, legal] < 0.0:
        return False
    if is_own_state(world, cohorts, parties, p, d):
        return False
    return number_at(world, parties, today, p, x, CLAIM, key) < prm.asylum_share


@kernel
def let_claim(
    world: World, cohorts: Cohorts, parties: Parties, books: Books, p: int, x: int, now: float
) -> None:
    """A claim lets the party in; it stays in the country of the crossing."""
    flow_crossing(world, cohorts, parties, books, p, X_CLAIMS, x)
    flow_crossing(world, cohorts, parties, books, p, X_ENTERED, x)
    note_entry(world, parties, p, x)
    parties.row.claim[p] = ASYLUM
    parties.row.stay_days[p] = 0
    parties.row.way[p] = NOWHERE
    parties.row.place[p] = world.crossings.country[x]
    parties.row.stage[p] = TO_END
    travel(parties, p, now, 0.0)
    tally(world, cohorts, parties, books, p, 1)


@kernel
def note_entry(world: World, parties: Parties, p: int, x: int) -> None:
    """Remember the country entered, and the first crossing on the first way out."""
    if world.crossings.country[x] >= 0:
        parties.row.stands[p] = world.crossings.country[x]
    if parties.row.entered[p] == NOWHERE and parties.row.reached[p] == NOWHERE:
        parties.row.entered[p] = x


@kernel
def check_party(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    counter: Counter,
    p: int,
    x: int,
    now: float,
    key: Key,
    prm: BorderParameters,
) -> None:
    """Exit check, claim, entry check of the party at the head, which has left the queue."""
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    tally(world, cohorts, parties, books, p, -1)
    if number_at(world, parties, today, p, x, EXIT_CHECK, key) >= counter.exit_share[x, c]:
        flow_crossing(world, cohorts, parties, books, p, X_REFUSED_EXIT, x)
        turn_away(world, ways, cohorts, parties, books, today, p, x, now, key)
        return
    flow_crossing(world, cohorts, parties, books, p, X_EXITED, x)
    if claims_asylum(world, cohorts, parties, today, p, x, key, prm):
        let_claim(world, cohorts, parties, books, p, x, now)
        return
    days = allowance(
        world,
        parties,
        p,
        world.crossings.state[x],
        counter.entry_days[x, c],
        counter.entry_window[x, c],
        today.day,
    )
    u = number_at(world, parties, today, p, x, ENTRY_CHECK, key)
    if days == 0 or u >= counter.entry_share[x, c]:
        flow_crossing(world, cohorts, parties, books, p, X_REFUSED_ENTRY, x)
        turn_away(world, ways, cohorts, parties, books, today, p, x, now, key)
        return
    flow_crossing(world, cohorts, parties, books, p, X_ENTERED, x)
    note_entry(world, parties, p, x)
    end = ways.routes.destination[ways.row.route[parties.row.way[p]]]
    if world.countries.state[end] != world.crossings.state[x]:
        flow_crossing(world, cohorts, parties, books, p, X_TRANSIT, x)
    parties.row.stay_days[p] = days
    go_on(ways, parties, p, now)
    tally(world, cohorts, parties, books, p, 1)


@kernel
def serve_crossing(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    x: int,
    before: float,
    key: Key,
    prm: BorderParameters,
    coming: I32,
    n: int,
) -> int:
    """Serve those who came to crossing x before an instant, as far as its rules stand still.

    coming: (parties) heap of those still to come today, its first n; returns how many now.
    """
    rate = counter.capacity[x]
    until = today.day + counter.until[x]
    while rate > 0.0:
        ahead = ordinary_first(queues, parties, x, before)
        p = queues.head[x]
        if ahead > 0:
            if serve_ordinary(queues, books, x, ahead, rate, until) < ahead:
                break
        elif p == NOWHERE:
            break
        else:
            size = persons(world, parties, p)
            if not serve_party(queues, parties, books, x, size, rate, until):
                break
            now = queues.free[x]
            check_party(world, ways, cohorts, parties, books, today, counter, p, x, now, key, prm)
            if comes_today(parties, p, today.day):
                n = await_party(parties, coming, n, p)
    return n
