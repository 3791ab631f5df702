"""The outlook of a day depends neither on earlier days nor on cached parts."""

from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emigre.engine.build import compile_scenario
from emigre.engine.conditions import TODAY, Outlook, _Weights
from emigre.engine.rule_table import alike
from emigre.processes.arrays import measure_index
from emigre.scenario.loader import load
from emigre.scenario.patch import patch
from naive import outlook as plain

SHARED = (
    "way_utility",
    "route_utility",
    "column",
    "attraction",
    "room",
    "kind",
    "access",
    "urgency",
)


def ledger(plan: Any, day: int) -> Any:
    """Queues and people abroad that differ from day to day, some crossings never having any."""
    rng = np.random.default_rng(day)
    crossing = np.zeros((len(measure_index("crossing")), plan.world.n_crossings, 1), np.int64)
    country = np.zeros((len(measure_index("country")), plan.world.n_countries, 1), np.int64)
    some = rng.random(plan.world.n_crossings) < 0.4
    crossing[measure_index("crossing")["waiting"], some] = rng.integers(0, 400)
    country[measure_index("country")["stock"]] = rng.integers(0, 900, country.shape[1:])
    return SimpleNamespace(accounts=SimpleNamespace(crossing=crossing, country=country))


@pytest.fixture(scope="module")
def plan() -> Any:
    return compile_scenario(load("tiny", end="2030-05-30"))


def days_of(plan: Any) -> list[int]:
    """The first days, and those around each change of what holds or is expected."""
    expected = plan.expectations
    changes = {int(start // 24) for start in plan.timetable.starts[1:]}
    changes |= {
        day
        for day in range(1, plan.n_days)
        if expected.announced[day] != expected.announced[day - 1]
        or expected.rumoured[day] != expected.rumoured[day - 1]
    }
    near = {day + step for day in changes | {1} for step in (-1, 0, 1)}
    return sorted(day for day in near if 0 <= day < plan.n_days)


def test_parts_kept_from_day_to_day_equal_those_computed_from_scratch(plan):
    kept, news = Outlook(plan), 0
    for day in days_of(plan):
        today = kept.conditions_on(day, ledger(plan, day))
        fresh = Outlook(plan).conditions_on(day, ledger(plan, day))
        for name in SHARED:
            np.testing.assert_array_equal(getattr(today, name), getattr(fresh, name), name)
        news += bool((today.urgency > 0).any())
    assert news


def test_open_ways_are_those_that_no_rule_and_no_missing_leg_closes(plan):
    kept, ways, lengths = Outlook(plan), plan.itineraries, set()
    for day in days_of(plan):
        today = kept.conditions_on(day, ledger(plan, day))
        is_open = today.way_utility[0] > -np.inf
        for q, row in enumerate(today.open.row):
            lead_on = is_open & (today.route_utility[q, ways.row.route] > -np.inf)
            for start, (first, after) in enumerate(pairwise(ways.first)):
                listed = slice(*today.open.first[row, start : start + 2])
                wanted = first + np.flatnonzero(lead_on[first:after])
                assert today.open.way[row, listed].tolist() == wanted.tolist()
        lengths.add(int(lead_on.sum()))
    assert len(lengths) > 1  # rules close and open some


def test_a_route_has_the_checks_and_waits_of_its_crossings_and_the_check_on_arrival(plan):
    table = plan.timetable
    shares = np.linspace(0.0, 1.0, table.usual_arrival.value.shape[2])
    every = np.broadcast_to(shares, table.usual_arrival.value.shape)
    arrival = replace(table.usual_arrival, value=every)
    plan = replace(plan, timetable=replace(table, usual_arrival=arrival))
    ways, prm, refused = plan.itineraries, plan.outlook, 0
    for day in days_of(plan):
        outlook, books = Outlook(plan), ledger(plan, day)
        today = outlook.conditions_on(day, books)
        rules = outlook.access_by_rules[TODAY].prospect
        waiting = books.accounts.crossing[measure_index("crossing")["waiting"]].sum(axis=1)
        for c, q in enumerate(today.column):
            at_crossings = [
                plain.crossing_part(*each, prm)
                for each in zip(
                    rules.exit_share[:, c],
                    rules.entry_share[:, c],
                    rules.capacity,
                    waiting / plan.timetable.rate_share[day],
                    strict=True,
                )
            ]
            for r, route in enumerate(ways.routes):
                wanted = sum(at_crossings[x] for x in ways.crossings[r] if x >= 0)
                if route.check:
                    admitted = rules.arrival_share[route.destination, c]
                    wanted += plain.check_part(admitted, prm)
                    refused += int(admitted < 1)
                assert today.route_utility[q, r] == pytest.approx(wanted, rel=1e-12)
    assert refused


def access_of(plan: Any, outlook: Outlook, today: Any, number: int, start: int, c: int) -> float:
    """A of a class under the rules of a number, by the reference implementation."""
    reach, ways = outlook.access_by_rules[number].reach, plan.itineraries
    goal = today.attraction[c] + today.room
    values = {}
    for i in range(int(ways.first[start]), int(ways.first[start + 1])):
        r = int(ways.row.route[i])
        of_way = outlook.access_by_rules[number].network.way.utility
        v = of_way[plan.world.class_level[c], i] + reach.utility[reach.column[c], r]
        values[i] = float(v + goal[ways.routes.destination[r]])
    return plain.access(
        {i: v for i, v in values.items() if v > -np.inf}, plan.outlook.floor_utility
    )


def check_access_and_urgency(plan: Any, days: list[int]) -> None:
    n, crossings = plan.world.n_origins, plan.world.n_crossings
    for day in days:
        outlook = Outlook(plan)
        today = outlook.conditions_on(day, ledger(plan, day))
        announced, rumoured = plan.expectations.announced[day], plan.expectations.rumoured[day]
        for place in range(today.access.shape[1]):
            start = place if place < n else place + crossings
            for c, kind in enumerate(today.kind):
                here = plan, outlook, today
                now = access_of(*here, TODAY, start, c)
                leads_on = place < n or now > plan.outlook.floor_utility  # none is that dear
                wanted = now if leads_on else -np.inf
                assert today.access[kind, place] == pytest.approx(wanted, rel=1e-12, abs=1e-12)
                if start < n:
                    after = now if announced < 0 else access_of(*here, announced, start, c)
                    rumours = [
                        [(q, access_of(*here, r, start, c)) for q, r in matter]
                        for matter in rumoured
                    ]
                    loss = plain.urgency(now, after, rumours)
                    assert today.urgency[kind, start] == pytest.approx(loss, rel=1e-9, abs=1e-9)


def test_access_and_urgency_match_the_reference(plan):
    check_access_and_urgency(plan, days_of(plan)[::4])


COMING = {
    "announced": date(2030, 3, 20),
    "effective_from": date(2030, 3, 30),
    "basis": "estimate",
    "source": "invented",
    "note": "Invented.",
}
CHANGES = {
    "fare": {"kind": "fare", "place": "BRIDGE", "value": 300},
    "fare of flights": {"kind": "fare", "place": "ISLARA", "value": 300},
    "leg": {"kind": "leg", "place": "CITY/PASS/road", "value": 0},
    "leg that may close": {"kind": "leg", "place": "HILLS/PASS/road", "value": 0, "credence": 0.4},
}


@pytest.mark.parametrize("name", CHANGES)
def test_announced_fares_and_legs_are_foreseen(name):
    """They are known from their announcement, like another rule that closes or impedes the same
    ways."""
    row = {"id": "coming"} | COMING | CHANGES[name]
    if "credence" in row:
        row |= {"effective_from": None, "expected_from": COMING["effective_from"]}
    load_tiny = partial(load, "tiny", end="2030-04-20")
    plain_plan = compile_scenario(load_tiny())
    plan = compile_scenario(load_tiny(variants=[patch(add={"rules": row})]))
    check_access_and_urgency(plan, [18, 19, 25, 28, 29])
    lost = []
    for day in (18, 19):
        todays = [Outlook(p).conditions_on(day, ledger(p, day)) for p in (plain_plan, plan)]
        before, after = (today.urgency[today.kind] for today in todays)
        lost.append((after - before).max())
    assert lost[0] == 0.0  # not announced
    assert lost[1] > 0.01


def test_classes_that_share_a_column_share_its_access(plan):
    """Twice the groups, each like another: the same values, and no more columns than before."""
    world = plan.world
    twice = np.repeat(np.arange(world.class_level.size), 2)
    timetable = plan.timetable
    tables = {
        name: replace(table, **{part: getattr(table, part)[:, :, twice] for part in PARTS})
        for name in ("exit", "entry", "arrival", "usual_exit", "usual_entry", "usual_arrival")
        for table in [getattr(timetable, name)]
    }
    prospects = [
        replace(
            p,
            exit_share=p.exit_share[:, twice],
            entry_share=p.entry_share[:, twice],
            arrival_share=p.arrival_share[:, twice],
            alike=p.alike[twice],
        )
        for p in plan.expectations.prospects
    ]
    wider = replace(
        plan,
        world=world._replace(class_level=world.class_level[twice]),
        pull=plan.pull[twice],
        network=plan.network[twice],
        timetable=replace(timetable, **tables),
        expectations=replace(plan.expectations, prospects=prospects),
    )
    expected = plan.expectations
    day = next(d for d in days_of(plan) if expected.announced[d] >= 0 or expected.rumoured[d])
    one, two = Outlook(plan), Outlook(wider)
    a, b = one.conditions_on(day, ledger(plan, day)), two.conditions_on(day, ledger(plan, day))
    for name in ("access", "urgency"):
        wanted = getattr(a, name)[a.kind[twice]]
        np.testing.assert_array_equal(wanted, getattr(b, name)[b.kind])
    assert len(a.access) == len(b.access)
    assert one.access_by_rules[TODAY].member.size == two.access_by_rules[TODAY].member.size


PARTS = ("value", "days", "delay")


def test_columns_are_alike_where_all_tables_agree():
    a = np.array([[1.0, 1.0, 0.5, 1.0], [0.0, 0.0, 0.0, 0.0]])
    b = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert alike(a).tolist() == [0, 0, 1, 0]
    assert alike(a, b).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 3, 1), (1, 2, 4), (3, 5, 8)])
def test_weights_that_are_kept_once_are_those_of_every_group(shape):
    given = np.random.default_rng(1).choice([0.0, 0.5, 1.0], size=shape)
    weights = _Weights.of(given)
    zones = np.zeros((shape[1], weights.distinct.shape[2]))
    assert weights.by_group(zones).shape == shape[1:]
    assert np.array_equal(weights.distinct[:, :, weights.column], given)
