"""Order of events in a day.

morning   households decide; trapped parties try again; prepared parties set out; parties that
          reach a crossing or their destination today are ordered by time of arrival
crossings for each interval of the day without a change of rules: those who can no longer pass leave
          the queues; parties reach a crossing, queue, are served and travel on, or reach their
          destination, in order of time
evening   parties abroad: decisions, ends of status, need, candidate events; parties that returned
          may leave again
"""

from emigre.numerics.jit import kernel, prefetch
from emigre.processes.arrays import (
    ABROAD,
    COMING,
    DUE,
    F64,
    I32,
    I64,
    JOINING,
    PREPARING,
    RETURNED,
    TO_END,
    TRAPPED,
    CheckpointRules,
    Conditions,
    Population,
)
from emigre.processes.arrivals import reach_end
from emigre.processes.border_checks import (
    clear_queue,
    ordinary_come,
    reach_crossing,
    serve_crossing,
)
from emigre.processes.departures import make_followers, make_parties, try_again
from emigre.processes.journeys import comes_today, crossing_ahead, set_out
from emigre.processes.onward_return import live_abroad, live_at_home_again
from emigre.processes.queue import await_party, pause, take_first

AHEAD = 4
"""Parties by which rows are loaded before their turn; they lie scattered in memory."""


@kernel
def morning(now: Conditions, people: Population, owed: I64, leavers: I32, used: int) -> int:
    """Events before the crossings open. Returns the rows in use.

    owed: (pools) persons still to leave where departures are given; leavers: (cohorts) households
    that decide.
    """
    day, party, due = now.today.day, people.parties.row, people.parties.due
    agenda = people.agenda
    used = make_parties(now, people, owed, leavers, used)
    used = make_followers(now, people, used)
    n = 0
    for p in range(used):
        agenda.due[n] = p  # kept if the party is due; without a branch, because few are
        n += int(due[p] <= day)
    agenda.size[DUE], agenda.size[COMING] = n, 0
    for j in range(n):
        prefetch(people.parties.row, agenda.due[min(j + AHEAD, n - 1)])
        p = agenda.due[j]
        if party.state[p] == TRAPPED:
            try_again(now, people, p)
        if party.state[p] == PREPARING and due[p] <= day:
            set_out(now, people, p)
        if comes_today(now, people, p):
            await_party(people, p)
    return used


@kernel
def serve_crossings(
    now: Conditions,
    people: Population,
    checkpoint: CheckpointRules,
    level: F64,
    rules_changed: bool,
) -> None:
    """One interval of the day, all events on the way in order; level: (X, slots) a day."""
    open_spans(now, people, checkpoint, level, rules_changed)
    agenda, until = people.agenda, now.today.day + checkpoint.end
    while agenda.size[COMING] > 0 and agenda.instant[0] < until:
        p = take_first(people)
        # The next party, and the two that may follow it.
        for i in range(min(agenda.size[COMING], 3)):
            prefetch(people.parties.row, agenda.coming[i])
        reach(now, people, checkpoint, p)
    close_spans(now, people, checkpoint)


@kernel
def close_spans(now: Conditions, people: Population, checkpoint: CheckpointRules) -> None:
    """Serve crossings whose rules change next until then, and keep service in progress."""
    until = now.today.day + checkpoint.end
    for x in range(now.world.n_crossings):
        if checkpoint.until[x] == checkpoint.end:
            serve_crossing(now, people, checkpoint, x, until)
            pause(people, x, checkpoint.capacity[x], until)


@kernel
def open_spans(
    now: Conditions,
    people: Population,
    checkpoint: CheckpointRules,
    level: F64,
    rules_changed: bool,
) -> None:
    """Clear queues where rules change now, then serve those who wait; level: (X, slots) a day."""
    instant = now.today.day + checkpoint.start
    for x in range(now.world.n_crossings):
        if checkpoint.since[x] < checkpoint.start:
            continue
        if rules_changed:
            clear_queue(now, people, checkpoint, x)
        ordinary_come(now, people, checkpoint, level, x)
        serve_crossing(now, people, checkpoint, x, instant)


@kernel
def reach(now: Conditions, people: Population, checkpoint: CheckpointRules, p: int) -> None:
    """A party reaches a crossing or its destination; later events of today are put on the heap."""
    party = people.parties.row
    if party.stage[p] == TO_END:
        reach_end(now, people, p)
        if comes_today(now, people, p):
            await_party(people, p)
        return
    x, instant = crossing_ahead(now, people, p), party.at[p]
    reach_crossing(now, people, checkpoint, p)
    if comes_today(now, people, p):
        await_party(people, p)
    serve_crossing(now, people, checkpoint, x, instant)


@kernel
def evening(now: Conditions, people: Population) -> None:
    """Events after the crossings have closed: parties abroad, and parties that returned."""
    agenda = people.agenda
    agenda.size[JOINING] = 0
    last = agenda.size[DUE] - 1
    for j in range(last + 1):
        prefetch(people.parties.row, agenda.due[min(j + 2 * AHEAD, last)])
        soon = people.parties.row.cohort[agenda.due[min(j + AHEAD, last)]]
        prefetch(people.cohorts.row, soon)
        p = agenda.due[j]
        if people.parties.due[p] > now.today.day:
            continue
        if people.parties.row.state[p] == ABROAD:
            live_abroad(now, people, p)
        elif people.parties.row.state[p] == RETURNED:
            live_at_home_again(now, people, p)
