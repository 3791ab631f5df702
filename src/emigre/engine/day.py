"""Order of events in a day.

morning   households decide and become parties; trapped parties try again; prepared parties set out
crossings for each interval of the day without a change of rules: those who can no longer pass leave
          the queues; parties reach a crossing, queue, are served and travel on, or reach their
          destination, in order of time
evening   parties abroad: decisions, ends of status, need, candidate events; parties that returned
          may leave again

Kernels whose parties do not depend on each other empty a list of the agenda, or a part of it
(engine/threads.py): set_out_today, arrive_until and evening. The evening of parties that are abroad
in the morning depends on the day only through the free places of camps.
"""

from emigre.numerics.jit import kernel, prefetch
from emigre.processes.arrays import (
    ABROAD,
    ARRIVING,
    COMING,
    DUE,
    F64,
    I32,
    I64,
    LIVING,
    NEXT,
    PREPARING,
    RETURNED,
    STAYING,
    TO_END,
    TRAPPED,
    CheckpointRules,
    Conditions,
    Population,
)
from emigre.processes.arrivals import reach_destination
from emigre.processes.border_checks import (
    clear_queue,
    draw_ordinary,
    reach_crossing,
    serve_crossing,
)
from emigre.processes.departures import dissolve_party, make_followers, make_parties, try_again
from emigre.processes.journeys import (
    comes_today,
    crossing_ahead,
    ends_at_unlimited_place,
    list_arrival,
    set_out,
)
from emigre.processes.onward_return import list_above_cap, live_abroad, live_after_return
from emigre.processes.queue import append, pause, pop_coming, push_coming

AHEAD = 4
"""Parties by which rows are loaded before their turn; they lie scattered in memory."""


@kernel
def leave_home(
    now: Conditions, people: Population, owed: I64, leavers: I32, used: int, row: int
) -> int:
    """Create parties of households that decide, from row `used` on, and followers from `row` on.

    owed: (pools), leavers: (cohorts), as in make_parties. Returns the rows in use.
    """
    make_parties(now, people, owed, leavers, used)
    return make_followers(now, people, row)


@kernel
def list_due(now: Conditions, people: Population, used: int) -> None:
    """List the parties with an event today, of the rows in use."""
    day, due, agenda = now.today.day, people.parties.due, people.agenda
    list_above_cap(now, people, used)
    agenda.size[:] = 0
    n = 0
    for p in range(used):
        agenda.due[n] = p  # kept if the party is due; without a branch, because few are
        n += int(due[p] <= day)
    agenda.size[DUE] = n


@kernel
def set_out_today(now: Conditions, people: Population) -> None:
    """Trapped parties try again, and prepared ones set out.

    Those who come today, and those abroad or returned, are listed.
    """
    party, agenda = people.parties.row, people.agenda
    last = agenda.size[DUE] - 1
    agenda.size[DUE] = 0
    for j in range(last + 1):
        prefetch(party, agenda.due[min(j + AHEAD, last)])
        p = agenda.due[j]
        if party.state[p] == TRAPPED:
            try_again(now, people, p)
        if party.state[p] == PREPARING and is_due(now, people, p):
            set_out(now, people, p)
        if comes_today(now, people, p):
            list_morning_arrival(now, people, p)
        list_living(now, people, p)


@kernel
def list_living(now: Conditions, people: Population, p: int) -> None:
    """List a party abroad or returned that has an event this evening."""
    agenda = people.agenda
    if people.parties.row.state[p] in (ABROAD, RETURNED) and is_due(now, people, p):
        append(agenda.living, agenda.size, LIVING, p)


@kernel
def is_due(now: Conditions, people: Population, p: int) -> bool:
    """Whether something may happen to a party today."""
    return bool(people.parties.due[p] <= now.today.day)


@kernel
def list_morning_arrival(now: Conditions, people: Population, p: int) -> None:
    """List a party that comes today, before the crossings open."""
    agenda = people.agenda
    if ends_at_unlimited_place(now, people, p):
        append(agenda.arriving, agenda.size, ARRIVING, p)
    else:
        append(agenda.next, agenda.size, NEXT, p)


@kernel
def dissolve_staying(now: Conditions, people: Population) -> None:
    """Dissolve the parties that stay at home."""
    for j in range(people.agenda.size[STAYING]):
        dissolve_party(now, people, people.agenda.staying[j])


@kernel
def serve_crossings(
    now: Conditions,
    people: Population,
    checkpoint: CheckpointRules,
    level: F64,
    rules_changed: bool,
    at_end: bool,
) -> None:
    """One interval of the day, events at crossings in order, or its end; level: (X, slots) a day.

    Both are one kernel, because each would be compiled with all that happens at a crossing.
    """
    if at_end:
        close_spans(now, people, checkpoint)
        return
    open_spans(now, people, checkpoint, level, rules_changed)
    agenda, until = people.agenda, now.today.day + checkpoint.end
    last = agenda.size[NEXT] - 1
    agenda.size[NEXT] = 0
    for j in range(last + 1):
        prefetch(people.parties.row, agenda.next[min(j + AHEAD, last)])
        push_coming(people, agenda.next[j])
    while agenda.size[COMING] > 0 and agenda.instant[0] < until:
        p = pop_coming(people)
        # The next party, and the two that may follow it.
        for i in range(min(agenda.size[COMING], 3)):
            prefetch(people.parties.row, agenda.coming[i])
        reach_place(now, people, checkpoint, p)


@kernel
def arrive_until(now: Conditions, people: Population, until: float) -> None:
    """Parties on the list of arrivals reach their destination if they do so before an instant.

    Those who are turned back and reach a crossing or another destination today are listed.
    """
    party, agenda = people.parties.row, people.agenda
    last = agenda.size[ARRIVING] - 1
    agenda.size[ARRIVING] = 0
    for j in range(last + 1):
        prefetch(party, agenda.arriving[min(j + AHEAD, last)])
        p = agenda.arriving[j]
        if party.at[p] < until:
            reach_destination(now, people, p)
            list_living(now, people, p)
            if comes_today(now, people, p):
                append(agenda.next, agenda.size, NEXT, p)
        else:
            append(agenda.arriving, agenda.size, ARRIVING, p)


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
        draw_ordinary(now, people, checkpoint, level, x)
        serve_crossing(now, people, checkpoint, x, instant)


@kernel
def reach_place(now: Conditions, people: Population, checkpoint: CheckpointRules, p: int) -> None:
    """A party reaches a crossing or its destination; later events of today are listed."""
    party = people.parties.row
    if party.stage[p] == TO_END:
        reach_destination(now, people, p)
        list_living(now, people, p)
        list_arrival(now, people, p, now.today.day + checkpoint.end)
        return
    x, instant = crossing_ahead(now, people, p), party.at[p]
    reach_crossing(now, people, checkpoint, p)
    list_arrival(now, people, p, now.today.day + checkpoint.end)
    serve_crossing(now, people, checkpoint, x, instant)


@kernel
def evening(now: Conditions, people: Population) -> None:
    """Events of the listed parties abroad, and of those that returned."""
    agenda = people.agenda
    last = agenda.size[LIVING] - 1
    agenda.size[LIVING] = 0
    for j in range(last + 1):
        prefetch(people.parties.row, agenda.living[min(j + 2 * AHEAD, last)])
        soon = people.parties.row.cohort[agenda.living[min(j + AHEAD, last)]]
        prefetch(people.cohorts.row, soon)
        p = agenda.living[j]
        if people.parties.row.state[p] == ABROAD:
            live_abroad(now, people, p)
        else:
            live_after_return(now, people, p)
