"""The counter of a crossing: one queue for parties and ordinary travellers.

The counter serves at a rate c (persons a day), first come first served. Whoever came at instant a
is served from max(f, a) on, f the instant from which the counter is free, and n persons take n / c
of a day:
    f' = max(f, a) + (n - credit) / c        waited = max(f, a) - a
Service does not end with the day or with a change of the rate: what the first in line has had of
it is kept as `credit` (persons, less than the party at the counter) and goes on at the new rate.
So over any number of days a crossing serves all its capacity while somebody waits, and never more
in sum; a party counts on the day on which it is through, so that a single day may exceed the
capacity by less than one party.

Ordinary travellers come in batches, one for each span of a day in which the rules of the crossing
stand still: evenly, the j-th of n after (j - 1/2) / n of the span. They are served as a fluid, in
whole persons.

Parties that travel are kept in a heap by the instant of their coming, so that everything on the
way happens in the order of time, whatever the order of their rows.

Reads: the capacity in force (borders). Draws: none. Writes: exited_ordinary, entered_ordinary,
waiting_ordinary, wait_hours. Units: persons, persons per day, hours; instants in days. Fluid
approximation of a queue: Newell 1982.
"""

from __future__ import annotations

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.processes.arrays import (
    I32,
    NOWHERE,
    X_ENTERED_ORDINARY,
    X_EXITED_ORDINARY,
    X_WAITING_ORDINARY,
    Books,
    Parties,
    Queues,
)

ROUNDING = 1e-6
"""Slack, in persons, for sums of fractions of a day; far below one person."""
# Who is first in line, if it is not a party.
NOBODY, ORDINARY = -2, -1


@kernel
def comes_before(parties: Parties, p: int, q: int) -> bool:
    """Whether party p comes before q; at the same instant the lower identity does."""
    a, b = parties.row.at[p], parties.row.at[q]
    return a < b or (a == b and parties.row.id[p] < parties.row.id[q])


@kernel
def await_party(parties: Parties, coming: I32, n: int, p: int) -> int:
    """Put a party on the heap coming (parties) of n; returns how many are on it now."""
    i = n
    while i > 0:
        above = (i - 1) // 2
        if not comes_before(parties, p, coming[above]):
            break
        coming[i] = coming[above]
        i = above
    coming[i] = p
    return n + 1


@kernel
def take_first(parties: Parties, coming: I32, n: int) -> int:
    """Take coming[0] off the heap coming (parties) of n; returns how many are on it now."""
    n -= 1
    p = coming[n]
    i = 0
    while 2 * i + 1 < n:
        below = 2 * i + 1
        if below + 1 < n and comes_before(parties, coming[below + 1], coming[below]):
            below += 1
        if not comes_before(parties, coming[below], p):
            break
        coming[i] = coming[below]
        i = below
    coming[i] = p
    return n


@kernel
def ordinary_left(queues: Queues, x: int, batch: int) -> int:
    """Ordinary travellers of one batch who still wait at crossing x."""
    n = 0
    for slot in range(queues.ordinary.shape[1]):
        n += queues.ordinary[x, slot, batch]
    return n


@kernel
def add_batch(queues: Queues, x: int, since: float, until: float) -> int:
    """A new, empty batch of crossing x between two instants; returns its number."""
    queues.last[x] += 1
    batch = queues.last[x]
    queues.since[x, batch], queues.until[x, batch] = since, until
    return batch


@kernel
def instant_of(queues: Queues, x: int, batch: int, j: float) -> float:
    """Instant at which so many of a batch have come; the j-th person comes at j - 1/2."""
    since, until = queues.since[x, batch], queues.until[x, batch]
    return since + (until - since) * j / max(queues.came[x, batch], 1)


@kernel
def ordinary_ahead(queues: Queues, x: int, batch: int, instant: float) -> int:
    """Ordinary travellers of a batch who came before an instant and still wait."""
    came = queues.came[x, batch]
    since, until = queues.since[x, batch], queues.until[x, batch]
    if instant < until:
        came = math.floor(came * (instant - since) / (until - since) + 0.5)
    return min(ordinary_left(queues, x, batch), max(0, came - queues.done[x, batch]))


@kernel
def first_batch(queues: Queues, x: int) -> int:
    """The earliest batch of which somebody still waits at crossing x, or the newest."""
    while queues.first[x] < queues.last[x] and ordinary_left(queues, x, queues.first[x]) == 0:
        queues.first[x] += 1
    return queues.first[x]


@kernel
def ordinary_first(queues: Queues, parties: Parties, x: int, before: float) -> int:
    """How many ordinary travellers who came before an instant stand before the first party.

    Those of the earliest batch alone: the next one follows once it is served.
    """
    if queues.last[x] < 0:
        return 0
    p = queues.head[x]
    instant = before if p == NOWHERE else parties.row.at[p]
    return ordinary_ahead(queues, x, first_batch(queues, x), instant)


@kernel
def first_in_line(queues: Queues, parties: Parties, x: int, before: float) -> int:
    """The party that is first in line at crossing x at an instant, or ORDINARY or NOBODY."""
    if ordinary_first(queues, parties, x, before) > 0:
        return ORDINARY
    return queues.head[x] if queues.head[x] != NOWHERE else NOBODY


@kernel
def serve_ordinary(queues: Queues, books: Books, x: int, n: int, rate: float, until: float) -> int:
    """Serve up to n ordinary travellers of the earliest batch until an instant; how many it was."""
    batch = first_batch(queues, x)
    done, credit = queues.done[x, batch], queues.credit[x]
    begin = max(queues.free[x], instant_of(queues, x, batch, done))
    if rate < math.inf:
        n = min(n, math.floor((until - begin) * rate + credit + ROUNDING))
    if n <= 0:
        return 0
    first = instant_of(queues, x, batch, done + 0.5)
    last = instant_of(queues, x, batch, done + n - 0.5)
    after = min(max(begin + max(n - credit, 0.0) / rate, last), until)
    waited = max((queues.begun[x] if credit > 0.0 else begin) - first, 0.0)
    waited_last = waited if n == 1 else max(after - 1.0 / rate - last, 0.0)
    queues.free[x], queues.credit[x] = after, 0.0
    let_pass(queues, books, x, batch, n)
    books.wait_hours[x] += 12.0 * (waited + waited_last) * n
    books.wait_served[x] += n
    return n


@kernel
def let_pass(queues: Queues, books: Books, x: int, batch: int, n: int) -> None:
    """Let n ordinary travellers of a batch through, spread over documents in proportion."""
    left, rest = ordinary_left(queues, x, batch), n
    for slot in range(queues.ordinary.shape[1]):
        have = queues.ordinary[x, slot, batch]
        take = min(have, int(np.int64(have) * rest // left)) if left > 0 else 0
        left -= have
        rest -= take
        queues.ordinary[x, slot, batch] -= take
    queues.done[x, batch] += n
    books.crossing[X_WAITING_ORDINARY, x, 0] -= n
    books.crossing[X_EXITED_ORDINARY, x, 0] += n
    books.crossing[X_ENTERED_ORDINARY, x, 0] += n


@kernel
def serve_party(
    queues: Queues, parties: Parties, books: Books, x: int, size: int, rate: float, until: float
) -> bool:
    """Serve the party at the head, of so many persons, if it is through by an instant."""
    p = queues.head[x]
    at, credit = parties.row.at[p], queues.credit[x]
    begin = max(queues.free[x], at)
    if rate < math.inf and (until - begin) * rate + credit + ROUNDING < size:
        return False
    waited = (queues.begun[x] if credit > 0.0 else begin) - at
    queues.free[x] = min(begin + max(size - credit, 0.0) / rate, until)
    queues.credit[x] = 0.0
    queues.head[x] = parties.row.next[p]
    if queues.head[x] == NOWHERE:
        queues.tail[x] = NOWHERE
    books.wait_hours[x] += 24.0 * waited * size
    books.wait_served[x] += size
    return True


@kernel
def pause(queues: Queues, parties: Parties, x: int, rate: float, until: float) -> None:
    """End a span: keep what the first in line has had of its service."""
    first = first_in_line(queues, parties, x, until)
    if first == NOBODY or rate <= 0.0:
        queues.credit[x] = 0.0
    elif rate < math.inf:
        batch = queues.first[x]
        came = (
            instant_of(queues, x, batch, queues.done[x, batch])
            if first == ORDINARY
            else parties.row.at[first]
        )
        begin = max(queues.free[x], came)
        if queues.credit[x] == 0.0:
            queues.begun[x] = begin
        queues.credit[x] += max((until - begin) * rate, 0.0)
    queues.free[x] = until


@kernel
def drop_slot(queues: Queues, x: int, slot: int) -> int:
    """Take the ordinary travellers of one document out of the queue; how many it was.

    Those of the same batch who stay stand evenly over the rest of the time in which they came.
    """
    dropped = 0
    for batch in range(queues.first[x], queues.last[x] + 1):
        n = queues.ordinary[x, slot, batch]
        if n > 0:
            queues.since[x, batch] = instant_of(queues, x, batch, queues.done[x, batch])
            queues.ordinary[x, slot, batch] = 0
            queues.came[x, batch] = ordinary_left(queues, x, batch)
            queues.done[x, batch] = 0
            dropped += n
    return dropped
