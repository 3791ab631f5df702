"""A small world at its crossings, day by day, for tests."""

import math
from itertools import pairwise

import numpy as np
from small_world import BORDERS, groups_of, make, make_queues, party, set_route

from emigre.engine.day import arrive_until, list_morning_arrival, serve_crossings
from emigre.engine.space import zero_accounts
from emigre.numerics.random import normal_quantile
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    TO_CROSSING,
    TRAVELLING,
    CheckpointRules,
    measure_index,
)
from emigre.processes.border_checks import draw_ordinary
from emigre.processes.journeys import comes_today
from emigre.processes.parameters import BorderParameters
from naive import borders as plain

X = measure_index("crossing")
DAYS = 5


def bench(seed: int, *, scale: int = 1, n_parties: int = 40, first_day: int = 40):
    """A small world whose parties come to crossings over some days; only claimants arrive."""
    w = make(seed, scale=scale, n_parties=n_parties)
    row, rng = w.parties.row, w.rng
    crossings = w.ways.crossings[w.ways.row.route, 0]
    row.way = rng.choice(np.flatnonzero(crossings[: 2 * 5] >= 0), n_parties)
    row.state, row.stage, row.start, row.place = TRAVELLING, TO_CROSSING, 0, 0
    row.goal = rng.choice([-1, -1, 0, 1, 2], n_parties)
    row.visited[row.reached < 0] = -1  # who has reached no country has lived in none
    row.visited_to = rng.integers(30, 41, n_parties)
    row.at = np.sort(first_day + rng.choice([0.0, 1.0, 2.0], n_parties) + rng.random(n_parties))
    w.parties.due[:] = np.floor(row.at)
    for part in w.ways.hours.T[:2]:  # many come to a second crossing on a day
        part *= rng.choice([0.0, 0.05, 1.0], w.ways.row.size)
    w.ways.hours[:, 2] += 9999.0
    w.first_day = first_day
    w.queues = make_queues(3, 2, 3 * DAYS)
    w.accounts = zero_accounts(2, 3, 3, 2)
    for p in range(n_parties):
        tally(w.now, w.people, np.int32(p), 1)
    return w


def with_members(w) -> None:
    """Every household has a member whom rules may not let pass; half of them part then."""
    w.world.groups.member, w.world.groups.splits = 1, 0.5
    w.parties.row.household = w.parties.row.people
    w.parties.row.member_draw = w.rng.random(len(w.parties.due))


def rules_of(rng: np.random.Generator, nasty: bool, members: bool = False) -> CheckpointRules:
    """Random rules at all crossings for a whole day; members: on members of households too."""
    everyone = np.ones((3, 2))
    shares = [0.0, 0.5, 1.0] if nasty else [1.0]
    rates = [0.0, 0.8, 3.0, 7.5, 30.0, 200.0, np.inf] if nasty else [3.0, 7.0, 30.0, np.inf]
    capacity = rng.choice(rates, 3)
    closes_for_hours = (capacity == 0) & (rng.random(3) < 0.5)
    return CheckpointRules(
        start=0.0,
        end=1.0,
        since=np.zeros(3),
        until=np.ones(3),
        capacity=capacity,
        usual=np.where(closes_for_hours, 9.0, capacity),
        exit_share=rng.choice(shares, (3, 2)),
        entry_share=rng.choice(shares, (3, 2)),
        entry_days=rng.choice([-1, 30], (3, 2)).astype(np.int32),
        entry_window=rng.choice([0, 20, 60], (3, 2)).astype(np.int32),
        exit_rule=rng.integers(0, 9, (3, 2)),
        entry_rule=rng.integers(0, 9, (3, 2)),
        member_exit=rng.choice(shares, (3, 2)) if members else everyone,
        member_entry=rng.choice(shares, (3, 2)) if members else everyone,
        ordinary_share=rng.choice(shares, (3, 2)),
    )


def intervals(
    rng: np.random.Generator, nasty: bool, members: bool = False
) -> list[CheckpointRules]:
    """A day whose rules change up to twice, each time at some of the crossings."""
    cuts = np.sort(rng.random(rng.integers(0, 3))) if nasty else []
    edges = [0.0, *map(float, cuts), 1.0]
    parts = [rules_of(rng, nasty, members)]
    for _ in cuts:
        new, last = rules_of(rng, nasty, members), parts[-1]
        changes = rng.random(3) < 0.6
        mixed = {
            name: np.where(changes.reshape((3,) + (1,) * (old.ndim - 1)), fresh, old)
            for name, fresh, old in zip(CheckpointRules._fields[4:], new[4:], last[4:], strict=True)
        }
        parts.append(last._replace(**mixed, since=np.where(changes, -1.0, 0.0)))
    return dated(parts, edges)


def dated(parts: list[CheckpointRules], edges: list[float]) -> list[CheckpointRules]:
    """The parts between the edges of a day; a crossing with since 0 continues its span."""
    since, until = [], [np.full(3, edges[-1])]
    for i, part in enumerate(parts):
        begins = np.full(3, edges[i]) if i == 0 else np.where(part.since < 0, edges[i], since[-1])
        since.append(begins)
    for i in range(len(parts) - 1, 0, -1):
        until.insert(0, np.where(since[i] == edges[i], edges[i], until[0]))
    return [
        part._replace(start=a, end=b, since=s, until=u)
        for part, (a, b), s, u in zip(parts, pairwise(edges), since, until, strict=True)
    ]


def twin_of(w) -> plain.Border:
    n = len(w.parties.due)
    return plain.Border(
        w,
        {p: party(w.parties, p) for p in range(n)},
        {p: groups_of(w, p) for p in range(n)},
        BORDERS,
    )


def play(
    w,
    day: int,
    parts: list[CheckpointRules],
    level,
    twin: plain.Border | None = None,
    borders: BorderParameters = BORDERS,
) -> None:
    """One day on the way, for the kernels and for the reference implementation."""
    w.on(day).using(borders=borders)
    w.agenda.size[:] = 0
    for p in range(len(w.parties.due)):
        if comes_today(w.now, w.people, np.int32(p)):
            list_morning_arrival(w.now, w.people, np.int32(p))
    for rules in parts:
        until = day + rules.end
        arrive_until(w.now, w.people, until)
        serve_crossings(w.now, w.people, rules, level, True, False)
        arrive_until(w.now, w.people, until)
        serve_crossings(w.now, w.people, rules, level, True, True)
    if twin is not None:
        twin.day(parts, level, day, normal_quantile)


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
    to_country_0(w)
    w.queues = make_queues(3, 2, days)
    w.parties.row.way = 0
    w.parties.row.at = [at for at, _ in parties] or [99.0]
    w.parties.row.people = [size for _, size in parties] or [1]
    w.parties.due[:] = np.floor(w.parties.row.at)
    served, total = [], 0
    for day in range(days):
        play_fixed(w, day, open_counter(rate), ordinary[day])
        served.append(int(w.accounts.wait_served[0]) - total)
        total = int(w.accounts.wait_served[0])
    return served, float(w.accounts.wait_hours[0]), w


def to_country_0(w) -> None:
    """The first way leads over crossing 0 alone, and nobody arrives within the test."""
    set_route(w.ways, 0, (0, -1), 0, 0)
    w.ways.hours[:, 2] = 9999.0
    w.accounts.origin[:] = 1000
    w.today.law.asylum_share[:] = -1.0


def play_fixed(w, day: int, rules: CheckpointRules, n: int) -> None:
    """A day on which exactly n ordinary travellers come to crossing 0."""
    w.on(day)
    for x in range(3):
        draw_ordinary(w.now, w.people, rules, np.zeros((3, 2)), x)
    batch = w.queues.last[0]
    w.queues.ordinary[0, batch, 0] = w.queues.came[0, batch] = n
    w.accounts.crossing[X["waiting_ordinary"], 0, 0] += n
    play(w, day, [rules._replace(since=np.full(3, -1.0))], np.zeros((3, 2)))


def lone(people: int, at: float, scale: int = 1):
    """One party that comes to crossing 0, the first of its way to country 0."""
    w = bench(0, n_parties=1, first_day=0, scale=scale)
    to_country_0(w)
    w.parties.row.way, w.parties.row.at, w.parties.row.people = 0, at, people
    w.parties.row.goal = w.parties.row.visited = -1
    w.parties.due[:] = math.floor(at)
    return w


def capacities(*rates: float) -> dict[str, np.ndarray]:
    """Capacities of all crossings, none of which keeps hours."""
    return {"capacity": np.array(rates), "usual": np.array(rates)}


def open_counter(
    rate: float, *, days: int = 9, window: int = 0, share: float = 1.0
) -> CheckpointRules:
    """A whole day at crossing 0, all others closed."""
    everyone = np.ones((3, 2))
    return CheckpointRules(
        start=0.0,
        end=1.0,
        since=np.zeros(3),
        until=np.ones(3),
        **capacities(rate, 0.0, 0.0),
        exit_share=everyone,
        entry_share=np.full((3, 2), share),
        entry_days=np.full((3, 2), days, np.int32),
        entry_window=np.full((3, 2), window, np.int32),
        exit_rule=np.full((3, 2), 7),
        entry_rule=np.full((3, 2), 9),
        member_exit=np.ones((3, 2)),
        member_entry=np.ones((3, 2)),
        ordinary_share=everyone,
    )
