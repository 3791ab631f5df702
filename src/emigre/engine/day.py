"""Order of events in a day.

morning   households decide; trapped parties try again; prepared parties set out; parties that
          reach a crossing or their destination today are ordered by time of arrival
counters  for each stretch of the day without a change of rules: those who can no longer pass leave
          the queues; parties reach a crossing, queue, are served and travel on, or reach their
          destination, in order of time
evening   parties abroad: decisions, ends of status, need, candidate events; parties that returned
          may leave again
"""

from __future__ import annotations

from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import Key
from emigre.processes.arrays import (
    ABROAD,
    F64,
    I32,
    I64,
    PREPARING,
    RETURNED,
    TO_END,
    TRAPPED,
    Accounts,
    CheckpointRules,
    Cohorts,
    Parties,
    Queues,
    Today,
    Ways,
    World,
)
from emigre.processes.arrivals import reach_end
from emigre.processes.border_checks import (
    BorderParameters,
    clear_queue,
    ordinary_come,
    reach_gate,
    serve_crossing,
)
from emigre.processes.departures import (
    DepartureParameters,
    make_followers,
    make_parties,
    try_again,
)
from emigre.processes.journeys import JourneyParameters, comes_today, gate_ahead, set_out
from emigre.processes.legal_status import StayParameters
from emigre.processes.livelihood import LivelihoodParameters
from emigre.processes.onward_return import (
    ReturnParameters,
    live_abroad,
    live_at_home_again,
)
from emigre.processes.queue import await_party, pause, take_first


class Parameters(NamedTuple):
    """Parameters of all processes."""

    departures: DepartureParameters
    journeys: JourneyParameters
    borders: BorderParameters
    stays: StayParameters
    livelihood: LivelihoodParameters
    returns: ReturnParameters


class Lists(NamedTuple):
    """Row numbers of parties with an event today."""

    todo: I32
    coming: I32  # heap of parties whose travel ends today, earliest first
    joining: I32  # their families follow tomorrow


@kernel
def morning(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    lists: Lists,
    owed: I64,
    leavers: I32,
    used: int,
    n_joining: int,
    key: Key,
    prm: Parameters,
) -> tuple[int, int, int]:
    """Events before the counters open. Returns rows in use, length of todo, length of coming.

    owed: (pools) persons still to leave where departures are given; leavers: (cohorts) households
    that decide, written here.
    """
    used = make_parties(
        world, ways, cohorts, parties, books, today, owed, leavers, used, key, prm.journeys
    )
    used = make_followers(
        world,
        ways,
        cohorts,
        parties,
        books,
        today,
        lists.joining,
        n_joining,
        used,
        key,
        prm.journeys,
    )
    n_todo, n_coming = 0, 0
    for p in range(used):
        if parties.due[p] <= today.day:
            lists.todo[n_todo] = p
            n_todo += 1
    for j in range(n_todo):
        p = lists.todo[j]
        if parties.row.state[p] == TRAPPED:
            try_again(
                world, ways, cohorts, parties, books, today, p, key, prm.departures, prm.journeys
            )
        if parties.row.state[p] == PREPARING and parties.due[p] <= today.day:
            set_out(world, ways, cohorts, parties, books, today, p, key)
        if comes_today(parties, p, today.day):
            n_coming = await_party(parties, lists.coming, n_coming, p)
    return used, n_todo, n_coming


# Long, because each of its three calls passes the full state of the day.
@kernel
def counters(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    lists: Lists,
    level: F64,
    rules_changed: bool,
    n: int,
    key: Key,
    prm: Parameters,
) -> int:
    """One stretch of the day: all events on the way, in order of time.

    level: (X, slots) ordinary travellers a day; n: how many are still to come today; returns how
    many after the stretch.
    """
    n = open_spans(
        world,
        ways,
        cohorts,
        parties,
        queues,
        books,
        today,
        counter,
        lists.coming,
        level,
        rules_changed,
        n,
        key,
        prm.borders,
    )
    until = today.day + counter.end
    while n > 0 and parties.row.at[lists.coming[0]] < until:
        p = lists.coming[0]
        n = take_first(parties, lists.coming, n)
        n = reach(
            world,
            ways,
            cohorts,
            parties,
            queues,
            books,
            today,
            counter,
            lists.coming,
            p,
            n,
            key,
            prm,
        )
    return close_spans(
        world,
        ways,
        cohorts,
        parties,
        queues,
        books,
        today,
        counter,
        lists.coming,
        n,
        key,
        prm.borders,
    )


@kernel
def close_spans(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    coming: I32,
    n: int,
    key: Key,
    prm: BorderParameters,
) -> int:
    """Serve crossings whose rules change next until then, and keep service in progress.

    coming: (parties) heap of those still to come today, its first n; returns its new size.
    """
    until = today.day + counter.end
    for x in range(world.n_crossings):
        if counter.until[x] == counter.end:
            n = serve_crossing(
                world,
                ways,
                cohorts,
                parties,
                queues,
                books,
                today,
                counter,
                x,
                until,
                key,
                prm,
                coming,
                n,
            )
            pause(queues, parties, x, counter.capacity[x], until)
    return n


@kernel
def open_spans(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    coming: I32,
    level: F64,
    rules_changed: bool,
    n: int,
    key: Key,
    prm: BorderParameters,
) -> int:
    """Clear the queues of crossings whose rules change now, then serve those who wait.

    coming: (parties) heap of those still to come today, its first n; returns its new size.
    level: (X, slots).
    """
    now = today.day + counter.start
    for x in range(world.n_crossings):
        if counter.since[x] < counter.start:
            continue
        if rules_changed:
            n = clear_queue(
                world, ways, cohorts, parties, queues, books, today, counter, x, key, coming, n
            )
        ordinary_come(world, queues, books, today, counter, level, x, key, prm)
        n = serve_crossing(
            world,
            ways,
            cohorts,
            parties,
            queues,
            books,
            today,
            counter,
            x,
            now,
            key,
            prm,
            coming,
            n,
        )
    return n


@kernel
def reach(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Accounts,
    today: Today,
    counter: CheckpointRules,
    coming: I32,
    p: int,
    n: int,
    key: Key,
    prm: Parameters,
) -> int:
    """A party reaches a crossing or its destination; later events of today are put on the heap.

    coming: (parties) heap of those still to come today, its first n; returns its new size.
    """
    if parties.row.stage[p] == TO_END:
        cap = prm.returns.hazard_cap_per_day
        reach_end(world, ways, cohorts, parties, books, today, p, key, cap, prm.livelihood)
        return await_party(parties, coming, n, p) if comes_today(parties, p, today.day) else n
    x, now = gate_ahead(ways, parties, p), parties.row.at[p]
    reach_gate(world, ways, cohorts, parties, queues, books, today, counter, p, key, prm.borders)
    if comes_today(parties, p, today.day):
        n = await_party(parties, coming, n, p)
    return serve_crossing(
        world,
        ways,
        cohorts,
        parties,
        queues,
        books,
        today,
        counter,
        x,
        now,
        key,
        prm.borders,
        coming,
        n,
    )


@kernel
def evening(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    lists: Lists,
    n_todo: int,
    key: Key,
    prm: Parameters,
) -> int:
    """Events after the counters: parties abroad, and parties that returned.

    Returns the number of families that follow tomorrow.
    """
    n_joining = 0
    for j in range(n_todo):
        p = lists.todo[j]
        if parties.due[p] > today.day:
            continue
        if parties.row.state[p] == ABROAD:
            n_joining = live_abroad(
                world,
                ways,
                cohorts,
                parties,
                books,
                today,
                p,
                lists.joining,
                n_joining,
                key,
                prm.stays,
                prm.livelihood,
                prm.returns,
            )
        elif parties.row.state[p] == RETURNED:
            live_at_home_again(
                world, ways, cohorts, parties, books, today, p, key, prm.journeys, prm.returns
            )
    return n_joining
