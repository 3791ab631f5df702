"""Crossing a border: one queue with those who cross anyway, an exit check, an entry check.

A crossing serves at most `capacity` persons a day, first come first served. Ordinary travellers
of a day come evenly over it, N ~ normal(m, m + (noise m)^2) with m from traffic.csv, less those
who stay away because of the wait:  m = sum_s f_s level_s weekday_s exp(-balking E[wait]), f a
factor of the run and the country entered (level_factor).  The counter is a fluid server with a
clock tau: somebody who came at instant a is served from max(tau, a) on, n persons take n /
capacity of a day, and waited tau - a. A party is served whole. At the end of a day places that
the party at the head cannot fill go to ordinary travellers behind it; a party larger than a whole
day's capacity is served over several days (and so is any party that stands for more than one).
Service under way when the rules change within a day goes on.

The party at the head meets the exit check of the state it leaves, then the entry check:
    P(let out) = e[crossing, class]       P(admitted) = a[crossing, class]
both from the newest rules in force at the moment of service. Before the entry check a share
`asylum_share` claims asylum where a claim is taken. Those who arrive or wait where nobody of
their class is admitted, or where the crossing is closed, choose again from where they stand.

Reads: timetable (exit, entry, capacity). Draws: TRAFFIC, TRAFFIC_LEVEL, EXIT_CHECK,
ENTRY_CHECK, CLAIM, WAY.
Writes: entered, entered_ordinary, exited, exited_ordinary, refused_*, asylum_claims, waiting,
wait_hours. Units: persons, persons per day, hours. Fluid approximation of a queue: Newell 1982.
"""

# Long, because queue, exit check, claims and entry check of a crossing are one order of service.

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emigre.draws import (
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
from emigre.jit import kernel
from emigre.processes.bookkeeping import flow_crossing, is_own_state, tally
from emigre.processes.journeys import (
    allowance,
    choose_again,
    gate_ahead,
    go_on,
    stay_where_it_stands,
    travel,
)
from emigre.processes.outlook import expected_wait
from emigre.state import (
    ASYLUM,
    F64,
    I32,
    NOWHERE,
    TO_END,
    WAITING,
    X_CLAIMS,
    X_ENTERED,
    X_ENTERED_ORDINARY,
    X_EXITED,
    X_EXITED_ORDINARY,
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

ROUNDING = 1e-6
"""Slack, in persons, for sums of fractions of a day; far below one person."""


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
    key: Key,
    prm: BorderParameters,
) -> None:
    """Draw today's ordinary travellers. level: (X, slots) persons a day (true_levels)."""
    for x in range(world.n_crossings):
        queue = books.crossing[X_WAITING, x, :].sum() + books.crossing[X_WAITING_ORDINARY, x, 0]
        wait = expected_wait(queue, counter.capacity[x])
        came = 0
        for slot in range(level.shape[1]):
            mean = traffic_mean(level[x, slot], wait, prm.balking_per_hour)
            if counter.capacity[x] <= 0.0:
                mean = 0.0
            mean *= counter.ordinary_share[x, slot]
            u = uniform(key, world.crossings.id[x], today.day, TRAFFIC + 256 * (slot + 1))
            n = count_quantile(mean, prm.traffic_noise, u)
            queues.ordinary[x, slot, today.day] = n
            came += n
        queues.came[x, today.day] = came
        queues.done[x, today.day] = 0
        books.crossing[X_WAITING_ORDINARY, x, 0] += came


@kernel
def join_queue(
    world: World, cohorts: Cohorts, parties: Parties, queues: Queues, books: Books, p: int, x: int
) -> None:
    """Stand at the end of the queue of crossing x. The party was taken off the books before."""
    parties.row.state[p] = WAITING
    parties.row.place[p] = x
    parties.row.next[p] = NOWHERE
    parties.due[p] = 1 << 30
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
        join_queue(world, cohorts, parties, queues, books, p, x)
        return
    c = world.groups.outlook[cohorts.row.group[parties.row.cohort[p]]]
    let_out = check_number(world, parties, today, p, x, EXIT_CHECK, key) < counter.exit_share[x, c]
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
    moved: I32,
    n_moved: int,
) -> int:
    """When rules have changed: those who can no longer pass leave the queue and choose again.

    moved: (parties) those that the day has moved; its first n_moved count, and more are put behind
    them. Returns how many there are now.
    """
    before = NOWHERE
    p = queues.head[x]
    while p != NOWHERE:
        behind = parties.row.next[p]
        if can_pass(cohorts, world, parties, counter, p, x):
            before = p
        else:
            if before == NOWHERE:
                queues.head[x] = behind
                queues.credit[x] = 0.0
            else:
                parties.row.next[before] = behind
            if queues.tail[x] == p:
                queues.tail[x] = before
            tally(world, cohorts, parties, books, p, -1)
            now = today.day + counter.start
            turn_away(world, ways, cohorts, parties, books, today, p, x, now, key)
            moved[n_moved] = p
            n_moved += 1
        p = behind
    drop_ordinary(queues, books, today, counter, x)
    return n_moved


@kernel
def drop_ordinary(queues: Queues, books: Books, today: Today, counter: Counter, x: int) -> None:
    """Ordinary travellers whose document no longer admits them turn back; no more of them come."""
    waiting_today = ordinary_ahead(queues, x, today.day, today.day + counter.start)
    left_today = max(ordinary_left(queues, x, today.day), 1)
    for slot in range(queues.ordinary.shape[1]):
        if counter.ordinary_share[x, slot] > 0.0 and counter.capacity[x] > 0.0:
            continue
        for day in range(queues.first_day[x], today.day + 1):
            n = queues.ordinary[x, slot, day]
            queues.ordinary[x, slot, day] = 0
            books.crossing[X_WAITING_ORDINARY, x, 0] -= n
            if day == today.day:
                # Of those of today only the ones who have come already are turned back.
                queues.came[x, day] -= n
                n = n * waiting_today // left_today
            books.crossing[X_REFUSED_ORDINARY, x, 0] += n


@kernel
def ordinary_left(queues: Queues, x: int, day: int) -> int:
    """Ordinary travellers of one day who still wait at crossing x."""
    n = 0
    for slot in range(queues.ordinary.shape[1]):
        n += queues.ordinary[x, slot, day]
    return n


@kernel
def serve_ordinary(queues: Queues, books: Books, x: int, day: int, n: int, hours: float) -> None:
    """Let n ordinary travellers of one day pass, spread over documents in proportion."""
    left = ordinary_left(queues, x, day)
    rest = n
    for slot in range(queues.ordinary.shape[1]):
        have = queues.ordinary[x, slot, day]
        take = int(np.int64(have) * rest // left) if left > 0 else 0
        if take > have:
            take = have
        left -= have
        rest -= take
        queues.ordinary[x, slot, day] -= take
    queues.done[x, day] += n
    books.crossing[X_WAITING_ORDINARY, x, 0] -= n
    books.crossing[X_EXITED_ORDINARY, x, 0] += n
    books.crossing[X_ENTERED_ORDINARY, x, 0] += n
    books.wait_hours[x] += hours * n
    books.wait_served[x] += n


@kernel
def ordinary_ahead(queues: Queues, x: int, day: int, instant: float) -> int:
    """Ordinary travellers of batch `day` who came before an instant and still wait."""
    came = queues.came[x, day]
    if instant < day + 1.0:
        came = math.floor((instant - day) * came)
    return min(ordinary_left(queues, x, day), max(0, came - queues.done[x, day]))


@kernel
def serve_bulk(
    queues: Queues, books: Books, x: int, day: int, n: int, clock: float, rate: float, until: float
) -> float:
    """Serve up to n ordinary travellers of one batch until the instant `until`; the new clock."""
    room = n
    if rate < math.inf:
        room = min(n, math.floor((until - clock) * rate + ROUNDING))
    if room <= 0:
        return clock
    came = max(queues.came[x, day], 1)
    first = day + (queues.done[x, day] + 1) / came
    last = day + (queues.done[x, day] + room) / came
    after = max(clock + room / rate, min(last, until))
    waited = 0.5 * (max(0.0, clock - first) + max(0.0, after - last)) * 24.0
    serve_ordinary(queues, books, x, day, room, waited)
    return after


@kernel
def check_number(
    world: World, parties: Parties, today: Today, p: int, x: int, purpose: int, key: Key
) -> float:
    """Uniform number of a check at crossing x: whoever meets two on a day is judged twice."""
    who = np.uint64(parties.row.id[p]) ^ world.crossings.id[x]
    return uniform(key, who, today.day, purpose)


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
    return check_number(world, parties, today, p, x, CLAIM, key) < prm.asylum_share


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
    day = today.day
    tally(world, cohorts, parties, books, p, -1)
    if check_number(world, parties, today, p, x, EXIT_CHECK, key) >= counter.exit_share[x, c]:
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
        day,
    )
    u = check_number(world, parties, today, p, x, ENTRY_CHECK, key)
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
def first_batch(queues: Queues, x: int, day: int) -> int:
    """The earliest day of which ordinary travellers still wait at crossing x, or today."""
    while queues.first_day[x] < day and ordinary_left(queues, x, queues.first_day[x]) == 0:
        queues.first_day[x] += 1
    return queues.first_day[x]


# Long, because one loop serves the queue, and its state would be passed all around.
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
    key: Key,
    prm: BorderParameters,
    moved: I32,
    n_moved: int,
) -> int:
    """Serve the queue of crossing x during one stretch of the day.

    moved: (parties) those that the day has moved; its first n_moved count, and more are put behind
    them. Returns how many there are now.
    """
    rate = counter.capacity[x]
    until = float(today.day) + counter.end
    if rate <= 0.0:
        return n_moved
    # Service that was under way when the last stretch ended goes on.
    clock = float(today.day) + counter.start - queues.credit[x] / rate
    queues.credit[x] = 0.0
    goes_on = counter.end < 1.0 or world.scale > 1
    while True:
        batch = first_batch(queues, x, today.day)
        p = queues.head[x]
        if p != NOWHERE and parties.row.at[p] >= until:
            p = NOWHERE
        if p == NOWHERE or parties.row.at[p] >= batch:
            n = ordinary_ahead(queues, x, batch, until if p == NOWHERE else parties.row.at[p])
            if n > 0:
                left = ordinary_left(queues, x, batch)
                clock = serve_bulk(queues, books, x, batch, n, clock, rate, until)
                if ordinary_left(queues, x, batch) == left - n:
                    continue
                # The counter closes for this stretch in the middle of these travellers.
                queues.credit[x] = max((until - clock) * rate, 0.0) if goes_on else 0.0
                break
        if p == NOWHERE:
            break
        size = parties.row.people[p] * world.scale
        begin = max(clock, parties.row.at[p])
        if rate < math.inf and (until - begin) * rate + ROUNDING < size:
            if goes_on or size > rate:
                queues.credit[x] = max((until - begin) * rate, 0.0)
            else:
                fill_up(queues, books, today, x, clock, rate, until)
            break
        clock = begin + size / rate
        queues.head[x] = parties.row.next[p]
        if queues.head[x] == NOWHERE:
            queues.tail[x] = NOWHERE
        books.wait_hours[x] += 24.0 * (begin - parties.row.at[p]) * size
        books.wait_served[x] += size
        check_party(
            world, ways, cohorts, parties, books, today, counter, p, x, min(clock, until), key, prm
        )
        moved[n_moved] = p
        n_moved += 1
    return n_moved


@kernel
def fill_up(
    queues: Queues, books: Books, today: Today, x: int, clock: float, rate: float, until: float
) -> None:
    """Places at the end of the day that the party at the head cannot fill: to those behind it."""
    for day in range(queues.first_day[x], today.day + 1):
        n = ordinary_ahead(queues, x, day, until)
        if n > 0:
            clock = serve_bulk(queues, books, x, day, n, clock, rate, until)
