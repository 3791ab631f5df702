"""Crossings: the queue against its reference implementations, and its laws."""

import math

import numpy as np
import pytest
from border_bench import (
    DAYS,
    X,
    bench,
    capacities,
    dated,
    in_queue,
    intervals,
    one_crossing,
    open_counter,
    play,
    rules_of,
    twin_of,
    with_members,
)
from scipy import special
from small_world import party, same_party, weigh

from emigre.engine.space import zero_accounts
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    WAITING,
    measure_index,
)
from emigre.processes.border_checks import draw_ordinary, share_undeterred
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
        for name in ("free", "credit"):
            found, expected = getattr(w.queues, name)[x], getattr(twin, name)[x]
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)
        assert w.queues.last[x] == len(twin.batches[x]) - 1
        for i, batch in enumerate(twin.batches[x]):
            assert w.queues.ordinary[x, i].tolist() == batch.left
            assert (w.queues.came[x, i], w.queues.done[x, i]) == (batch.came, batch.done)
        assert w.accounts.wait_hours[x] == pytest.approx(twin.wait_hours[x], rel=1e-12, abs=1e-9)
        assert w.accounts.wait_served[x] == twin.served[x]
        for name in FLOWS:
            found = w.accounts.crossing[X[name], x].tolist()
            assert found == [twin.flows[name, x, k] for k in range(2)], (name, x)
    for p, expected in twin.parties.items():
        names = ("state", "reached", "entered") if p in twin.arrived else expected.keys() - {"next"}
        same_party(party(w.parties, p), {k: expected[k] for k in names})


def books_balance(w) -> None:
    """Stocks in the accounts equal a recount of the parties."""
    again = zero_accounts(2, 3, 3, 2)
    for p in range(len(w.parties.due)):
        tally(w.now, w.people._replace(accounts=again), np.int32(p), 1)
    ordinary = w.queues.ordinary.sum(axis=(1, 2))
    again.crossing[X["waiting_ordinary"], :, 0] += ordinary
    for name in ("waiting", "waiting_ordinary"):
        assert (w.accounts.crossing[X[name]] == again.crossing[X[name]]).all()
    stocks = [
        i
        for n, i in measure_index("origin").items()
        if n in ("trapped", "preparing", "travelling", "stock_returned")
    ]
    assert (w.accounts.origin[stocks] == again.origin[stocks]).all()


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(30))
def test_the_queue_matches_the_reference(seed, scale):
    w = bench(seed, scale=scale)
    members = seed % 2 == 1
    if members:
        with_members(w)
    twin = twin_of(w)
    nasty = seed % 3 > 0
    for day in range(w.first_day, w.first_day + DAYS):
        level = w.rng.choice([0.0, 2.0, 25.0], (3, 2))
        play(w, day, intervals(w.rng, nasty, members), level, twin)
        same_as_twin(w, twin)
        books_balance(w)


@pytest.mark.parametrize("seed", range(20))
def test_capacity_holds_and_nobody_is_lost(seed):
    w = bench(seed, n_parties=80)
    offered, n_waiting = np.zeros(3), 80
    for day in range(w.first_day, w.first_day + DAYS):
        parts = intervals(w.rng, True)
        offered += sum((r.end - r.start) * r.capacity for r in parts)
        play(w, day, parts, w.rng.choice([0.0, 40.0], (3, 2)))
        assert (w.accounts.wait_served + w.queues.credit <= offered + 1e-4).all()
        waiting = [p for x in range(3) for p in in_queue(w, x)]
        assert len(waiting) == len(set(waiting)) <= n_waiting
        assert sorted(waiting) == np.flatnonzero(w.parties.row.state == WAITING).tolist()
        assert (w.queues.ordinary >= 0).all()
        assert (w.accounts.crossing >= 0).all()
        assert (w.accounts.wait_hours >= 0).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_day_serves_less_than_one_party_beyond_its_capacity(seed):
    w = bench(seed, n_parties=80)
    for day in range(w.first_day, w.first_day + DAYS):
        parts = [rules_of(w.rng, False)]
        before, credit = w.accounts.wait_served.copy(), w.queues.credit.copy()
        play(w, day, parts, w.rng.choice([0.0, 40.0], (3, 2)))
        assert (w.accounts.wait_served - before <= parts[0].capacity + credit + 1e-6).all()
        assert (w.queues.credit < 5.0).all()


@pytest.mark.parametrize("seed", range(10))
def test_first_come_first_served(seed):
    w = bench(seed)
    twin = twin_of(w)
    instants = {p: row["at"] for p, row in twin.parties.items()}
    # Ways from a crossing on are shut, so that nobody comes to a queue a second time.
    w.crossing_weight[:] = 0.0
    w.ways.crossings[:, 1] = -1
    weigh(w, w.today)
    for day in range(w.first_day, w.first_day + DAYS):
        play(w, day, [rules_of(w.rng, False)], np.full((3, 2), 9.0), twin)
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


def test_service_continues_overnight():
    # 10 a day. The party of 4 comes at 0.7, after 4 of the 5 ordinary travellers of the day, and is
    # through at 1.1; the fifth follows.
    served, _, w = one_crossing(10.0, [5, 0, 0, 0, 0], [(0.7, 4)], days=2)
    assert served == [4, 5]
    assert in_queue(w, 0) == []


@pytest.mark.parametrize(("rate", "size"), [(7.0, 5), (7.0, 1), (0.5, 1), (1.9, 1), (3.0, 5)])
def test_in_the_long_run_a_counter_serves_its_capacity(rate, size):
    days = 60
    for ordinary, n in (([0] * days, int(2 * rate * days / size)), ([9] * days, 0)):
        served, _, _ = one_crossing(rate, ordinary, [(0.0, size)] * n, days=days)
        assert 0 <= rate * days - sum(served) < size + 1e-9
        assert all(sum(served[:d]) <= rate * d + 1e-6 for d in range(days))


def test_who_comes_to_a_free_counter_does_not_wait():
    _, waited, _ = one_crossing(np.inf, [1, 0, 0, 0, 0], [(0.6, 5)])
    assert waited == 0.0


def test_ordinary_traffic_in_closed_form():
    assert is_closed_form(share_undeterred(10.0, 0.03), math.exp(-0.3))
    assert share_undeterred(10.0, 0.05) < share_undeterred(10.0, 0.03)
    assert share_undeterred(20.0, 0.03) < share_undeterred(10.0, 0.03)


def drawn(w, x: int, slot: int, mean: float) -> int:
    """Ordinary travellers of a day at crossing x whose mean is given."""
    u = plain.draws.uniform(int(w.key), int(w.world.slot_id[x, slot]), w.today.day, 19)
    return plain.draws.count_quantile(mean, 0.1, special.ndtri(u))


def come(w, rules, level) -> None:
    for x in range(3):
        draw_ordinary(w.now, w.people, rules, level, x)


def test_ordinary_travellers_come_as_drawn():
    w = bench(4)
    w.accounts.crossing[X["waiting"], 1, 0] = 6
    level = np.array([[80.0, 20.0], [50.0, 0.0], [10.0, 300.0]])
    rules = rules_of(w.rng, False)._replace(**capacities(0.0, 12.0, np.inf))
    come(w, rules, level)
    came = w.queues.ordinary[:, 0]
    assert came[0].tolist() == [0, 0]
    assert came[1, 0] == drawn(w, 1, 0, 50 * math.exp(-0.03 * 12))
    assert came[2, 1] == drawn(w, 2, 1, 300.0)
    assert (w.queues.came[:, 0] == came.sum(axis=1)).all()


def test_ordinary_travellers_come_by_the_span():
    # Crossing 0 opens at noon; at crossing 1 the second document admits a quarter from 18:00 on.
    w = bench(4)
    level = np.array([[400.0, 0.0], [100.0, 200.0], [0.0, 0.0]])
    share = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    first = open_counter(np.inf)._replace(**capacities(0.0, np.inf, np.inf), ordinary_share=share)
    parts = [
        first,
        first._replace(**capacities(np.inf, np.inf, np.inf), since=np.array([-1.0, 0.0, 0.0])),
        first._replace(
            **capacities(np.inf, np.inf, np.inf),
            ordinary_share=np.where(share > 0, 1.0, 0.25),
            since=np.array([0.0, -1.0, 0.0]),
        ),
    ]
    play(w, 0, dated(parts, [0.0, 0.5, 0.75, 1.0]), level)
    w.today = w.today._replace(day=0)
    assert w.queues.last.tolist() == [1, 1, 0]
    assert w.queues.came[0, :2].tolist() == [0, drawn(w, 0, 0, 200.0)]
    assert w.queues.came[1, :2].sum() == drawn(w, 1, 0, 100.0) + drawn(w, 1, 1, 12.5)
    assert w.queues.came[1, 0] == drawn(w, 1, 0, 75.0)
    passed = w.accounts.crossing[X["entered_ordinary"], :, 0].tolist()
    assert passed == w.queues.came[:, :2].sum(axis=1).tolist()


@pytest.mark.parametrize(("rate", "more"), [(3.0, 30.0), (30.0, 200.0)])
def test_more_capacity_serves_more_and_sooner(rate, more):
    ordinary, parties = [20] * DAYS, [(0.3 * i, 3) for i in range(12)]
    slow, waited, _ = one_crossing(rate, ordinary, parties)
    fast, less, _ = one_crossing(more, ordinary, parties)
    assert sum(fast) >= sum(slow)
    assert less / sum(fast) < waited / sum(slow)
