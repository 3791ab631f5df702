"""A small world at its crossings, day by day, for tests."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from small_world import BORDERS, groups_of, make, make_queues, party

from emigre.draws import normal_quantile
from emigre.engine.day import Lists, counters
from emigre.processes.bookkeeping import tally
from emigre.processes.borders import ordinary_come
from emigre.state import TO_GATE, TRAVELLING, Counter, measure_index, zeros_books
from naive import borders as plain

X = measure_index("crossing")
DAYS = 5


def bench(seed: int, *, scale: int = 1, n_parties: int = 40, first_day: int = 40):
    """A small world whose parties come to crossings over some days."""
    w = make(seed, scale=scale, n_parties=n_parties)
    row, rng = w.parties.row, w.rng
    gates = w.ways.routes.gate[w.ways.row.route]
    row.way = rng.choice(np.flatnonzero(gates[: 2 * 5] >= 0), n_parties)
    row.state, row.stage, row.start, row.place = TRAVELLING, TO_GATE, 0, 0
    row.goal = rng.choice([-1, -1, 0, 1, 2], n_parties)
    row.visited_to = rng.integers(30, 41, n_parties)
    row.at = np.sort(first_day + rng.choice([0.0, 1.0, 2.0], n_parties) + rng.random(n_parties))
    w.parties.due[:] = np.floor(row.at)
    w.first_day = first_day
    w.queues = make_queues(3, 2, first_day + DAYS)
    w.books = zeros_books(2, 3, 3, 2)
    w.lists = Lists(*(np.zeros(n_parties, np.int32) for _ in Lists._fields))
    for p in range(n_parties):
        tally(w.world, w.cohorts, w.parties, w.books, np.int32(p), 1)
    return w


def rules_of(rng: np.random.Generator, start: float, end: float, nasty: bool) -> Counter:
    """Random rules at all crossings for one stretch of a day."""
    shares = [0.0, 0.5, 1.0] if nasty else [1.0]
    rates = [0.0, 0.8, 3.0, 7.5, 30.0, 200.0, np.inf] if nasty else [3.0, 7.0, 30.0, np.inf]
    return Counter(
        start=start,
        end=end,
        capacity=rng.choice(rates, 3),
        exit_share=rng.choice(shares, (3, 2)),
        entry_share=rng.choice(shares, (3, 2)),
        entry_days=rng.choice([-1, 30], (3, 2)).astype(np.int32),
        entry_window=rng.choice([0, 20, 60], (3, 2)).astype(np.int32),
        ordinary_share=rng.choice(shares, (3, 2)),
    )


def stretches(rng: np.random.Generator, nasty: bool) -> list[Counter]:
    cuts = np.sort(rng.random(rng.integers(0, 3))) if nasty else []
    edges = [0.0, *cuts, 1.0]
    return [rules_of(rng, a, b, nasty) for a, b in pairwise(edges)]


def twin_of(w) -> plain.Border:
    n = len(w.parties.due)
    return plain.Border(
        w,
        {p: party(w.parties, p) for p in range(n)},
        {p: groups_of(w, p) for p in range(n)},
        BORDERS,
    )


def play(w, day: int, parts: list[Counter], level, twin: plain.Border | None = None) -> None:
    """One day at the counters, for the kernels and for the twin."""
    w.today = w.today._replace(day=day)
    ordinary_come(w.world, w.queues, w.books, w.today, parts[0], level, w.key, BORDERS)
    due = [
        p
        for p in range(len(w.parties.due))
        if w.parties.row.state[p] == TRAVELLING
        and w.parties.row.stage[p] < 2
        and w.parties.due[p] <= day
    ]
    coming = sorted(due, key=lambda p: w.parties.row.at[p])
    w.lists.coming[: len(coming)] = coming
    come, moved = 0, 0
    if twin is not None:
        twin.ordinary_come(day, level, parts[0], normal_quantile)
    for rules in parts:
        first = come
        come, moved = counters(
            w.world,
            w.ways,
            w.cohorts,
            w.parties,
            w.queues,
            w.books,
            w.today,
            rules,
            w.lists,
            True,
            come,
            len(coming),
            moved,
            w.key,
            BORDERS,
        )
        if twin is None:
            continue
        twin.change_rules(rules, day)
        for p in coming[first:]:
            if twin.parties[p]["at"] >= day + rules.end:
                break
            twin.reach(p, rules, day)
        for x in range(3):
            twin.serve(x, rules, day)


def in_queue(w, x: int) -> list[int]:
    found, p = [], int(w.queues.head[x])
    while p >= 0:
        found.append(p)
        p = int(w.parties.row.next[p])
    assert int(w.queues.tail[x]) == (found[-1] if found else -1)
    return found


def one_crossing(rate: float, ordinary, parties, days: int = DAYS):
    """Persons served each day and hours waited at crossing 0 alone."""
    w = bench(0, n_parties=max(len(parties), 1), first_day=0)
    route = w.ways.row.route[0]
    w.ways.routes[route] = (0, -1, 0, 0)
    w.ways.row.hours_to_end[:] = 9999.0
    w.parties.row.way = 0
    w.parties.row.at = [at for at, _ in parties] or [99.0]
    w.parties.row.people = [size for _, size in parties] or [1]
    w.parties.due[:] = np.floor(w.parties.row.at)
    w.books.origin[:] = 1000
    everyone = np.ones((3, 2))
    rules = Counter(
        0.0,
        1.0,
        np.array([rate, 0.0, 0.0]),
        everyone,
        everyone,
        np.full((3, 2), 9, np.int32),
        np.zeros((3, 2), np.int32),
        everyone,
    )
    served, total = [], 0
    w.today.law.asylum_share[:] = -1.0
    for day in range(days):
        level = np.zeros((3, 2))
        # Put in exactly so many: the draw of ordinary travellers is tested elsewhere.
        w.queues.ordinary[0, 0, day] = 0
        play_fixed(w, day, rules, ordinary[day], level)
        served.append(int(w.books.wait_served[0]) - total)
        total = int(w.books.wait_served[0])
    return served, float(w.books.wait_hours[0]), w


def play_fixed(w, day, rules, n_ordinary, level) -> None:
    w.today = w.today._replace(day=day)
    ordinary_come(w.world, w.queues, w.books, w.today, rules, level, w.key, BORDERS)
    w.queues.ordinary[0, 0, day] = w.queues.came[0, day] = n_ordinary
    w.books.crossing[X["waiting_ordinary"], 0, 0] += n_ordinary
    coming = [p for p in range(len(w.parties.due)) if w.parties.due[p] == day]
    coming.sort(key=lambda p: w.parties.row.at[p])
    w.lists.coming[: len(coming)] = coming
    counters(
        w.world,
        w.ways,
        w.cohorts,
        w.parties,
        w.queues,
        w.books,
        w.today,
        rules,
        w.lists,
        day == 0,
        0,
        len(coming),
        0,
        w.key,
        BORDERS,
    )


def lone(people: int, at: float, scale: int = 1):
    """One party that comes to crossing 0, the first of its way to country 0."""
    w = bench(0, n_parties=1, first_day=0, scale=scale)
    w.ways.routes[w.ways.row.route[0]] = (0, -1, 0, 0)
    w.ways.row.hours_to_end[:] = 9999.0
    w.parties.row.way, w.parties.row.at, w.parties.row.people = 0, at, people
    w.parties.row.goal = w.parties.row.visited = -1
    w.parties.due[:] = math.floor(at)
    w.today.law.asylum_share[:] = -1.0
    w.books.origin[:] = 1000
    return w


def open_counter(rate: float, *, days: int = 9, window: int = 0, share: float = 1.0) -> Counter:
    everyone = np.ones((3, 2))
    return Counter(
        0.0,
        1.0,
        np.array([rate, 0.0, 0.0]),
        everyone,
        np.full((3, 2), share),
        np.full((3, 2), days, np.int32),
        np.full((3, 2), window, np.int32),
        everyone,
    )
