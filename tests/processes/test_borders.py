"""Crossings: the queue beside its plain twins, and the laws it must keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from border_bench import (
    DAYS,
    X,
    bench,
    in_queue,
    one_crossing,
    play,
    rules_of,
    stretches,
    twin_of,
)
from scipy import special
from small_world import BORDERS, party, same_party

from emigre.processes.bookkeeping import tally
from emigre.processes.borders import ordinary_come, traffic_mean
from emigre.state import WAITING, measure_index, zeros_books
from naive import borders as plain
from tolerances import is_closed_form

FLOWS = [
    "entered",
    "entered_ordinary",
    "entered_transit",
    "exited",
    "exited_ordinary",
    "refused_entry",
    "refused_exit",
    "refused_ordinary",
    "asylum_claims",
]


def same_as_twin(w, twin: plain.Border) -> None:
    for x in range(3):
        assert in_queue(w, x) == twin.queue[x]
        assert w.queues.credit[x] == pytest.approx(twin.credit[x], rel=1e-12, abs=1e-9)
        for day, batch in twin.batches[x].items():
            assert w.queues.ordinary[x, :, day].tolist() == batch.left
            assert (w.queues.came[x, day], w.queues.done[x, day]) == (batch.came, batch.done)
        assert w.books.wait_hours[x] == pytest.approx(twin.wait_hours[x], rel=1e-12, abs=1e-9)
        assert w.books.wait_served[x] == twin.served[x]
        for name in FLOWS:
            found = w.books.crossing[X[name], x].tolist()
            assert found == [twin.flows[name, x, k] for k in range(2)], (name, x)
    for p, expected in twin.parties.items():
        found = party(w.parties, p)
        del found["next"]
        same_party(found, {k: v for k, v in expected.items() if k != "next"})


def books_balance(w) -> None:
    """Stocks in the books are those counted anew from the parties."""
    again = zeros_books(2, 3, 3, 2)
    for p in range(len(w.parties.due)):
        tally(w.world, w.cohorts, w.parties, again, np.int32(p), 1)
    ordinary = w.queues.ordinary.sum(axis=(1, 2))
    again.crossing[X["waiting_ordinary"], :, 0] += ordinary
    for name in ("waiting", "waiting_ordinary"):
        assert (w.books.crossing[X[name]] == again.crossing[X[name]]).all()
    stocks = [
        i
        for n, i in measure_index("origin").items()
        if n in ("trapped", "preparing", "travelling", "stock_returned")
    ]
    assert (w.books.origin[stocks] == again.origin[stocks]).all()


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(30))
def test_the_queue_is_that_of_the_twin(seed, scale):
    w = bench(seed, scale=scale)
    twin = twin_of(w)
    nasty = seed % 3 > 0
    for day in range(w.first_day, w.first_day + DAYS):
        level = w.rng.choice([0.0, 2.0, 25.0], (3, 2))
        play(w, day, stretches(w.rng, nasty), level, twin)
        same_as_twin(w, twin)
        books_balance(w)


@pytest.mark.parametrize("seed", range(20))
def test_capacity_holds_and_nobody_is_lost(seed):
    w = bench(seed, n_parties=80)
    offered, n_waiting = np.zeros(3), 80
    for day in range(w.first_day, w.first_day + DAYS):
        parts = stretches(w.rng, True)
        offered += sum((r.end - r.start) * r.capacity for r in parts)
        play(w, day, parts, w.rng.choice([0.0, 40.0], (3, 2)))
        assert (w.books.wait_served + w.queues.credit <= offered + 1e-4).all()
        waiting = [p for x in range(3) for p in in_queue(w, x)]
        assert len(waiting) == len(set(waiting)) <= n_waiting
        assert sorted(waiting) == np.flatnonzero(w.parties.row.state == WAITING).tolist()
        assert (w.queues.ordinary >= 0).all()
        assert (w.books.crossing >= 0).all()
        assert (w.books.wait_hours >= 0).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_day_serves_no_more_than_its_capacity(seed):
    # True of each day where no party is larger than a day's capacity.
    w = bench(seed, n_parties=80)
    for day in range(w.first_day, w.first_day + DAYS):
        parts = [rules_of(w.rng, 0.0, 1.0, False)]
        parts[0].capacity[:] = np.maximum(parts[0].capacity, 5.0)
        before = w.books.wait_served.copy()
        play(w, day, parts, w.rng.choice([0.0, 40.0], (3, 2)))
        assert (w.books.wait_served - before <= parts[0].capacity + 1e-9).all()
        assert (w.queues.credit == 0).all()


@pytest.mark.parametrize("seed", range(10))
def test_first_come_first_served(seed):
    w = bench(seed)
    twin = twin_of(w)
    instants = {p: row["at"] for p, row in twin.parties.items()}
    # Ways from a crossing on are shut, so that nobody comes to a queue a second time.
    w.gate_weight[:] = 0.0
    w.ways.routes.gate_2[:] = -1
    for day in range(w.first_day, w.first_day + DAYS):
        play(w, day, [rules_of(w.rng, 0.0, 1.0, False)], np.full((3, 2), 9.0), twin)
    same_as_twin(w, twin)
    for served in twin.left_by_service:
        came = [instants[p] for p in served]
        assert came == sorted(came)
    assert sum(map(len, twin.left_by_service)) >= 10


@pytest.mark.parametrize("seed", range(20))
def test_the_fluid_agrees_with_single_persons(seed):
    rng = np.random.default_rng(seed)
    rate = float(rng.choice([20.0, 50.0, 120.0]))
    ordinary = rng.integers(10, int(1.3 * rate), DAYS).tolist()
    n = int(rng.integers(1, 40))
    instants = np.sort(rng.random(n) * DAYS)
    parties = [(float(t), int(s)) for t, s in zip(instants, rng.integers(1, 6, n), strict=True)]
    served, waited, _ = one_crossing(rate, ordinary, parties)
    alone, waited_alone = plain.one_by_one(rate, ordinary, parties)
    # A block of ordinary travellers is a fluid: it may end a place or a party sooner or later.
    assert np.abs(np.cumsum(served) - np.cumsum(alone)).max() <= 5 + 1
    assert all(n <= rate for n in served)
    persons = max(sum(served), 1)
    grain = 24 * (6 / rate + 1 / min(ordinary))
    assert abs(waited - waited_alone) / persons <= grain


def test_waiting_hours_in_closed_form():
    # 20 a day; a party of 5 at 0.5 finds a free counter, one of 5 right behind waits 1/4 day.
    served, waited, _ = one_crossing(20.0, [0] * DAYS, [(0.5, 5), (0.5, 5)])
    assert served == [10, 0, 0, 0, 0]
    assert is_closed_form(waited, 24 * 0.25 * 5)
    # 15 ordinary travellers of the day at 10 a day: the last 5 are served the day after.
    served, waited, _ = one_crossing(10.0, [15, 0, 0, 0, 0], [])
    assert served == [10, 5, 0, 0, 0]


def test_a_party_too_large_for_a_day_is_served_over_several():
    served, waited, w = one_crossing(2.0, [0] * DAYS, [(0.0, 5), (0.1, 1)])
    assert served == [0, 0, 6, 0, 0]
    # Waiting ends when service begins: at once for the five, after 2.5 days for the one.
    assert is_closed_form(waited, 24 * (2.5 - 0.1) * 1)
    assert w.queues.credit[0] == 0


def test_places_a_party_cannot_fill_go_to_those_behind_it():
    # 10 a day. The party of 4 comes at 0.7 (room for 3); of 5 ordinary travellers 4 came before it.
    served, _, w = one_crossing(10.0, [5, 0, 0, 0, 0], [(0.7, 4)], days=2)
    assert served == [5, 4]
    assert in_queue(w, 0) == []


def test_who_comes_to_a_free_counter_does_not_wait():
    _, waited, _ = one_crossing(np.inf, [1, 0, 0, 0, 0], [(0.6, 5)])
    assert waited == 0.0


def test_ordinary_traffic_in_closed_form():
    assert is_closed_form(traffic_mean(200.0, 10.0, 0.03), 200 * math.exp(-0.3))
    assert traffic_mean(200.0, 10.0, 0.05) < traffic_mean(200.0, 10.0, 0.03)
    assert traffic_mean(200.0, 20.0, 0.03) < traffic_mean(200.0, 10.0, 0.03)


def test_ordinary_travellers_come_as_drawn():
    w = bench(4)
    w.books.crossing[X["waiting"], 1, 0] = 6
    level = np.array([[80.0, 20.0], [50.0, 0.0], [10.0, 300.0]])
    rules = rules_of(w.rng, 0.0, 1.0, False)._replace(capacity=np.array([0.0, 12.0, np.inf]))
    ordinary_come(w.world, w.queues, w.books, w.today, rules, level, w.key, BORDERS)
    came = w.queues.ordinary[:, :, w.today.day]
    assert came[0].tolist() == [0, 0]
    for x, slot, mean in ((1, 0, 50 * math.exp(-0.03 * 12)), (2, 1, 300.0)):
        u = plain.draws.uniform(int(w.key), int(w.world.slot_id[x, slot]), w.today.day, 19)
        expected = plain.draws.count_quantile(mean, 0.1, special.ndtri(u))
        assert came[x, slot] == expected
    assert (w.queues.came[:, w.today.day] == came.sum(axis=1)).all()


@pytest.mark.parametrize(("rate", "more"), [(3.0, 30.0), (30.0, 200.0)])
def test_more_capacity_serves_more_and_sooner(rate, more):
    ordinary, parties = [20] * DAYS, [(0.3 * i, 3) for i in range(12)]
    slow, waited, _ = one_crossing(rate, ordinary, parties)
    fast, less, _ = one_crossing(more, ordinary, parties)
    assert sum(fast) >= sum(slow)
    assert less / sum(fast) < waited / sum(slow)
