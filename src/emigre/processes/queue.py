"""Queue of a crossing: one server for parties and ordinary travellers.

The server works at a rate of c persons a day, first come first served. Service of n persons who
came at instant a begins at max(f, a), where f is the instant from which the server is free, and
takes n / c of a day:
    f' = max(f, a) + (n - credit) / c        waited = max(f, a) - a
Service continues across days, changes of the rate and hours of closing: service that the first in
line has already received is kept as `credit` (persons, fewer than the party) and continues at the
new rate. Over any number of days a crossing therefore serves its full capacity while somebody
waits, and never more in total. A party counts on the day on which its service ends, so that a
single day may exceed the capacity by less than one party.

Ordinary travellers come in batches, one for each span of a day in which the rules of the crossing
do not change: evenly, the j-th of n after (j - 1/2) / n of the span. They are served as a fluid, in
whole persons.

Travelling parties are kept in a heap ordered by arrival, so that events on the way happen in order
of time, independent of the order of rows.

Reads: the capacity in force (border_checks). Draws: none. Writes: exited_ordinary,
entered_ordinary, waiting_ordinary, wait_hours. Units: persons, persons per day, hours; instants in
days. Fluid approximation of a queue: Newell 1982.
"""

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.processes.arrays import (
    COMING,
    I32,
    I64,
    NOWHERE,
    X_ENTERED_ORDINARY,
    X_EXITED_ORDINARY,
    X_WAITING_ORDINARY,
    Population,
)

ROUNDING = 1e-6
"""Tolerance, in persons, for sums of fractions of a day; far below one person."""
# First in line, if it is not a party.
NOBODY, ORDINARY = -2, -1


@kernel
def append(rows: I32, size: I64, which: int, p: int) -> None:
    """Append a party to a list of the agenda: rows (parties), size (lists)."""
    rows[size[which]] = p
    size[which] += 1


@kernel
def comes_before(people: Population, p: int, at: float, i: int) -> bool:
    """Whether party p, at an instant, comes before place i of the heap; ties: lower identity."""
    agenda, party = people.agenda, people.parties.row
    if at != agenda.instant[i]:
        return at < agenda.instant[i]
    return bool(party.id[p] < party.id[agenda.coming[i]])


@kernel
def push_coming(people: Population, p: int) -> None:
    """Push a party on the heap of those still to come today."""
    coming, instant, at = people.agenda.coming, people.agenda.instant, people.parties.row.at[p]
    i = people.agenda.size[COMING]
    people.agenda.size[COMING] += 1
    while i > 0:
        above = (i - 1) // 2
        if not comes_before(people, p, at, above):
            break
        coming[i], instant[i] = coming[above], instant[above]
        i = above
    coming[i], instant[i] = p, at


@kernel
def pop_coming(people: Population) -> int:
    """Pop the party that comes first from the heap, which is not empty."""
    coming, instant = people.agenda.coming, people.agenda.instant
    people.agenda.size[COMING] -= 1
    n = people.agenda.size[COMING]
    first, p, at = coming[0], coming[n], instant[n]
    i = 0
    while 2 * i + 1 < n:
        below = 2 * i + 1
        if below + 1 < n and comes_before(people, coming[below + 1], instant[below + 1], below):
            below += 1
        if comes_before(people, p, at, below):
            break
        coming[i], instant[i] = coming[below], instant[below]
        i = below
    coming[i], instant[i] = p, at
    return first


@kernel
def ordinary_left(people: Population, x: int, batch: int) -> int:
    """Ordinary travellers of a batch who still wait at crossing x."""
    queues = people.queues
    n = 0
    for slot in range(queues.ordinary.shape[2]):
        n += queues.ordinary[x, batch, slot]
    return n


@kernel
def add_batch(people: Population, x: int, since: float, until: float) -> int:
    """Append an empty batch of crossing x between two instants; returns its number."""
    queues = people.queues
    queues.last[x] += 1
    batch = queues.last[x]
    queues.since[x, batch], queues.until[x, batch] = since, until
    return batch


@kernel
def instant_of(people: Population, x: int, batch: int, j: float) -> float:
    """Instant at which j persons of a batch have come; the j-th person comes at j - 1/2."""
    queues = people.queues
    since, until = queues.since[x, batch], queues.until[x, batch]
    return since + (until - since) * j / max(queues.came[x, batch], 1)


@kernel
def ordinary_ahead(people: Population, x: int, batch: int, instant: float) -> int:
    """Ordinary travellers of a batch who came before an instant and still wait."""
    queues = people.queues
    came = queues.came[x, batch]
    since, until = queues.since[x, batch], queues.until[x, batch]
    if instant < until:
        came = math.floor(came * (instant - since) / (until - since) + 0.5)
    return min(ordinary_left(people, x, batch), max(0, came - queues.done[x, batch]))


@kernel
def first_batch(people: Population, x: int) -> int:
    """Earliest batch with people waiting at crossing x, or the newest batch."""
    queues = people.queues
    while queues.first[x] < queues.last[x] and ordinary_left(people, x, queues.first[x]) == 0:
        queues.first[x] += 1
    return queues.first[x]


@kernel
def ordinary_first(people: Population, x: int, before: float) -> int:
    """Ordinary travellers of the earliest batch who came before the first party and an instant."""
    queues = people.queues
    if queues.last[x] < 0:
        return 0
    p = queues.head[x]
    instant = before if p == NOWHERE else people.parties.row.at[p]
    return ordinary_ahead(people, x, first_batch(people, x), instant)


@kernel
def first_in_line(people: Population, x: int, before: float) -> int:
    """Party that is first in line at crossing x at an instant, or ORDINARY or NOBODY."""
    queues = people.queues
    if ordinary_first(people, x, before) > 0:
        return ORDINARY
    return queues.head[x] if queues.head[x] != NOWHERE else NOBODY


@kernel
def serve_ordinary(people: Population, x: int, n: int, rate: float, until: float) -> int:
    """Serve up to n ordinary travellers of the earliest batch by `until`; returns how many."""
    queues, accounts = people.queues, people.accounts
    batch = first_batch(people, x)
    done, credit = queues.done[x, batch], queues.credit[x]
    begin = max(queues.free[x], instant_of(people, x, batch, float(done)))
    if rate < math.inf:
        n = min(n, math.floor((until - begin) * rate + credit + ROUNDING))
    if n <= 0:
        return 0
    first = instant_of(people, x, batch, done + 0.5)
    last = instant_of(people, x, batch, done + n - 0.5)
    after = min(max(begin + max(n - credit, 0.0) / rate, last), until)
    waited = max((queues.begun[x] if credit > 0.0 else begin) - first, 0.0)
    waited_last = waited if n == 1 else max(after - 1.0 / rate - last, 0.0)
    queues.free[x], queues.credit[x] = after, 0.0
    pass_ordinary(people, x, batch, n)
    accounts.wait_hours[x] += 12.0 * (waited + waited_last) * n
    accounts.wait_served[x] += n
    return n


@kernel
def pass_ordinary(people: Population, x: int, batch: int, n: int) -> None:
    """Let n ordinary travellers of a batch pass, in proportion to their documents."""
    queues, accounts = people.queues, people.accounts
    left, rest = ordinary_left(people, x, batch), n
    for slot in range(queues.ordinary.shape[2]):
        have = queues.ordinary[x, batch, slot]
        take = min(have, int(np.int64(have) * rest // left)) if left > 0 else 0
        left -= have
        rest -= take
        queues.ordinary[x, batch, slot] -= take
    queues.done[x, batch] += n
    accounts.crossing[X_WAITING_ORDINARY, x, 0] -= n
    accounts.crossing[X_EXITED_ORDINARY, x, 0] += n
    accounts.crossing[X_ENTERED_ORDINARY, x, 0] += n


@kernel
def serve_party(people: Population, x: int, size: int, rate: float, until: float) -> bool:
    """Serve the party at the head, of `size` persons; False if service would end after `until`."""
    party, queues, accounts = people.parties.row, people.queues, people.accounts
    p = queues.head[x]
    at, credit = party.at[p], queues.credit[x]
    begin = max(queues.free[x], at)
    if rate < math.inf and (until - begin) * rate + credit + ROUNDING < size:
        return False
    waited = (queues.begun[x] if credit > 0.0 else begin) - at
    queues.free[x] = min(begin + max(size - credit, 0.0) / rate, until)
    queues.credit[x] = 0.0
    queues.head[x] = party.next[p]
    if queues.head[x] == NOWHERE:
        queues.tail[x] = NOWHERE
    accounts.wait_hours[x] += 24.0 * waited * size
    accounts.wait_served[x] += size
    return True


@kernel
def pause(people: Population, x: int, rate: float, until: float) -> None:
    """End a span: keep the service that the first in line has received, while closed as well."""
    queues = people.queues
    first = first_in_line(people, x, until)
    if first == NOBODY:
        queues.credit[x] = 0.0
    elif 0.0 < rate < math.inf:
        batch = queues.first[x]
        came = (
            instant_of(people, x, batch, float(queues.done[x, batch]))
            if first == ORDINARY
            else people.parties.row.at[first]
        )
        begin = max(queues.free[x], came)
        if queues.credit[x] == 0.0:
            queues.begun[x] = begin
        queues.credit[x] += max((until - begin) * rate, 0.0)
    queues.free[x] = until


@kernel
def drop_slot(people: Population, x: int, slot: int) -> int:
    """Remove those of a document from the queue, spreading what is left; returns how many."""
    queues = people.queues
    dropped = 0
    for batch in range(queues.first[x], queues.last[x] + 1):
        n = queues.ordinary[x, batch, slot]
        if n > 0:
            queues.since[x, batch] = instant_of(people, x, batch, float(queues.done[x, batch]))
            queues.ordinary[x, batch, slot] = 0
            queues.came[x, batch] = ordinary_left(people, x, batch)
            queues.done[x, batch] = 0
            dropped += n
    return dropped
