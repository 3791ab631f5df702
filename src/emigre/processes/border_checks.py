"""Border checks: ordinary traffic, exit check, asylum claim, entry check.

A crossing serves at most `capacity` persons a day, first come first served (`queue`). Ordinary
travellers come evenly over each span of a day in which the rules of the crossing do not change.
The number that came by the end of a span is N(M), a count with mean M (`random.count_quantile`):
    M = sum_spans length sum_s f_s level_s weekday_s a_s exp(-balking E[wait])
a_s is the share of document s that passes both checks (0 if the crossing is closed), f a factor of
the run and the country entered (level_factor), and E[wait] the wait for the queue at the beginning
of the day at the capacity of the span. A day without a change of rules is a single span.

The party at the head meets the exit check of the state it leaves, then the entry check:
    P(let out) = e[crossing, class]       P(admitted) = a[crossing, class]
Both follow the newest rules in force at the moment of service; a party has its own random numbers
at each crossing. Before the entry check, a share `asylum_share` claims asylum if claims are taken.
Parties choose again from where they are if nobody of their class is admitted, or if the crossing is
closed, when they arrive or while they wait.

Reads: timetable (exit, entry, capacity). Draws: TRAFFIC, TRAFFIC_LEVEL, EXIT_CHECK, ENTRY_CHECK,
CLAIM, WAY. Writes: entered, entered_ordinary, exited, exited_ordinary, refused_*, asylum_claims,
waiting, wait_hours. Units: persons, persons per day, hours.
"""

# Long, because queue, exit check, claims and entry check form one order of service.

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
    Accounts,
    CheckpointRules,
    Cohorts,
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
    """Parameters of borders; see schema/parameters.csv."""

    balking_per_hour: float
    traffic_noise: float
    asylum_share: float


@kernel
def traffic_mean(level: float, wait_hours: float, balking_per_hour: float) -> float:
    """Expected ordinary travellers in a day, given their expected wait."""
    return level * math.exp(-balking_per_hour * wait_hours)


@kernel
def level_factor(sd: float, z: float) -> float:
    """Error of a level of ordinary traffic in a run: exp(sd z - sd^2 / 2), mean 1.

    z is a standard normal number. Levels come from monthly figures and estimates; unlike the noise
    from day to day, their errors persist.
    """
    return math.exp(sd * z - 0.5 * sd * sd)


@kernel
def level_errors(world: World, key: Key, out: F64) -> None:
    """Write z of each crossing (X); all crossings into a country share it."""
    first = world.n_origins + world.n_crossings
    for x in range(world.n_crossings):
        d = world.crossings.country[x]
        owner = world.crossings.id[x] if d < 0 else world.start_id[first + d]
        out[x] = normal_quantile(uniform(key, owner, 0, TRAFFIC_LEVEL))


@kernel
def true_levels(level: F64, sd: F64, z: F64, out: F64) -> None:
    """Write a day's levels in this run. level, sd, out: (X, slots); z: (X)."""
    for x in range(level.shape[0]):
        for slot in range(level.shape[1]):
            out[x, slot] = level[x, slot] * level_factor(sd[x, slot], z[x])


@kernel
def ordinary_come(
    world: World,
    queues: Queues,
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
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
        # One number for the whole day, so that the spans add up to a day's count.
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
    books: Accounts,
    today: Today,
    p: int,
    x: int,
) -> None:
    """Append a party to the queue of crossing x. The caller has removed it from its stock."""
    parties.row.state[p] = WAITING
    parties.row.place[p] = x
    parties.row.next[p] = NOWHERE
    parties.due[p] = today.day  # due every day until it is served
    if queues.tail[x] == NOWHERE:
        queues.head[x] = p
    else:
        parties.row.next[queues.tail[x]] = p
    queues.tail[x] = p
    tally(world, cohorts, parties, books, p, 1)


@kernel
def can_pass(
    cohorts: Cohorts, world: World, parties: Parties, counter: CheckpointRules, p: int, x: int
) -> bool:
    """Whether a party has any chance of passing crossing x now."""
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
    """A party's random number for a purpose at crossing x: independent between crossings."""
    who = np.uint64(parties.row.id[p]) ^ world.crossings.id[x]
    return uniform(key, who, today.day, purpose)


@kernel
def turn_away(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    p: int,
    x: int,
    now: float,
    key: Key,
) -> None:
    """Choose again at crossing x, or stay. The caller has removed the party from its stock."""
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
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    p: int,
    key: Key,
    prm: BorderParameters,
) -> None:
    """A travelling party reaches its crossing: it queues, or learns that it cannot pass."""
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
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    x: int,
    key: Key,
    coming: I32,
    n: int,
) -> int:
    """After a change of rules: parties that can no longer pass leave the queue and choose again.

    coming: (parties) heap of those still to come today, its first n; returns its new size.
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
    # A party that leaves loses the service it has received.
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
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int, x: int, now: float
) -> None:
    """Admit a party that claims asylum; it stays in the country of the crossing."""
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
    """Record the country entered, and the first crossing of the first way out."""
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
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    p: int,
    x: int,
    now: float,
    key: Key,
    prm: BorderParameters,
) -> None:
    """Exit check, claim and entry check of the party at the head, which has left the queue."""
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
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    x: int,
    before: float,
    key: Key,
    prm: BorderParameters,
    coming: I32,
    n: int,
) -> int:
    """Serve those who came to crossing x before an instant, up to the next change of its rules.

    coming: (parties) heap of those still to come today, its first n; returns its new size.
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
