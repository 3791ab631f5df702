"""The order of a day.

morning   households decide; the trapped try again; the prepared set out; travellers who come to a
          crossing are put in the order of their coming; ordinary travellers come
counters  for each stretch of the day in which the rules stand still: those who can no longer pass
          leave the queue, those who come join it, the queue is served
evening   those at the end of their way arrive; for everybody abroad: decisions, ends of status,
          need, chance events; those who returned may leave again
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emigre.draws import Key
from emigre.jit import array_kernel, kernel
from emigre.processes.arrivals import reach_end
from emigre.processes.borders import (
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
from emigre.processes.journeys import JourneyParameters, set_out
from emigre.processes.livelihood import LivelihoodParameters
from emigre.processes.returns import (
    ReturnParameters,
    live_abroad,
    live_at_home_again,
)
from emigre.processes.stays import StayParameters
from emigre.state import (
    ABROAD,
    F64,
    I32,
    I64,
    PREPARING,
    RETURNED,
    TO_END,
    TRAPPED,
    TRAVELLING,
    Books,
    Cohorts,
    Counter,
    Parties,
    Queues,
    Today,
    Ways,
    World,
)


class Parameters(NamedTuple):
    """The parameters of all processes of a day."""

    departures: DepartureParameters
    journeys: JourneyParameters
    borders: BorderParameters
    stays: StayParameters
    livelihood: LivelihoodParameters
    returns: ReturnParameters


class Lists(NamedTuple):
    """Row numbers of parties that have something to do today."""

    todo: I32
    coming: I32  # on their way to a crossing, in the order of their coming
    moved: I32  # taken out of a queue
    joining: I32  # their families follow tomorrow


@kernel
def morning(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    lists: Lists,
    level: F64,
    owed: I64,
    leavers: I32,
    used: int,
    n_joining: int,
    key: Key,
    prm: Parameters,
) -> tuple[int, int, int]:
    """Until the counters open. Returns rows in use, length of todo, length of coming.

    level: (X, slots) ordinary travellers a day; owed: (pools) persons still to leave where
    departures are given; leavers: (cohorts) households that decide, written here.
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
    n_todo = 0
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
    n_coming = order_of_coming(parties, lists, n_todo, today.day)
    ordinary_come(world, queues, books, today, counter, level, key, prm.borders)
    return used, n_todo, n_coming


@array_kernel
def order_of_coming(parties: Parties, lists: Lists, n_todo: int, day: int) -> int:
    """Sort those who come to a crossing today by the instant of their coming."""
    n = 0
    for j in range(n_todo):
        p = lists.todo[j]
        if (
            parties.row.state[p] == TRAVELLING
            and parties.row.stage[p] != TO_END
            and parties.due[p] <= day
        ):
            lists.coming[n] = p
            n += 1
    order = np.argsort(parties.row.at[lists.coming[:n]], kind="mergesort")
    lists.coming[:n] = lists.coming[:n][order]
    return n


@kernel
def counters(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    queues: Queues,
    books: Books,
    today: Today,
    counter: Counter,
    lists: Lists,
    rules_changed: bool,
    n_come: int,
    n_coming: int,
    n_moved: int,
    key: Key,
    prm: BorderParameters,
) -> tuple[int, int]:
    """One stretch of the day at all crossings. Returns how far `coming` and `moved` are filled."""
    if rules_changed:
        for x in range(world.n_crossings):
            n_moved = clear_queue(
                world,
                ways,
                cohorts,
                parties,
                queues,
                books,
                today,
                counter,
                x,
                key,
                lists.moved,
                n_moved,
            )
    until = today.day + counter.end
    while n_come < n_coming and parties.row.at[lists.coming[n_come]] < until:
        p = lists.coming[n_come]
        reach_gate(world, ways, cohorts, parties, queues, books, today, counter, p, key, prm)
        n_come += 1
    for x in range(world.n_crossings):
        n_moved = serve_crossing(
            world,
            ways,
            cohorts,
            parties,
            queues,
            books,
            today,
            counter,
            x,
            key,
            prm,
            lists.moved,
            n_moved,
        )
    return n_come, n_moved


@kernel
def evening(
    world: World,
    ways: Ways,
    cohorts: Cohorts,
    parties: Parties,
    books: Books,
    today: Today,
    lists: Lists,
    n_todo: int,
    n_moved: int,
    key: Key,
    prm: Parameters,
) -> int:
    """After the counters: arrivals, then everybody abroad, then those who are back.

    Returns how many families follow tomorrow.
    """
    n_joining = 0
    cap = prm.returns.hazard_cap_per_day
    for j in range(n_todo + n_moved):
        p = lists.todo[j] if j < n_todo else lists.moved[j - n_todo]
        if (
            parties.row.state[p] == TRAVELLING
            and parties.row.stage[p] == TO_END
            and parties.due[p] <= today.day
        ):
            reach_end(world, ways, cohorts, parties, books, today, p, key, cap, prm.livelihood)
    for j in range(n_todo + n_moved):
        p = lists.todo[j] if j < n_todo else lists.moved[j - n_todo]
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
