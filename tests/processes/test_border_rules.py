"""Crossings: what rules do to a queue, to claims, to days of stay and to ordinary travellers."""

from __future__ import annotations

from collections import Counter as Tally

import numpy as np
import pytest
from border_bench import (
    X,
    bench,
    lone,
    open_counter,
    play,
    play_fixed,
    rules_of,
)
from small_world import BORDERS, make_queues

from emigre.engine.compile import compile_scenario
from emigre.engine.day import counters
from emigre.engine.simulate import _counter
from emigre.scenario.read import load
from emigre.state import TRAPPED, TRAVELLING, Counter
from tolerances import is_closed_form


def test_a_change_of_rules_within_the_day_wastes_no_service():
    w = bench(0, n_parties=1, first_day=0)
    w.ways.routes[w.ways.row.route[0]] = (0, -1, 0, 0)
    w.parties.row.way, w.parties.row.at, w.parties.row.people = 0, 0.0, 4
    w.parties.due[:] = 0
    w.gate_weight[:] = 0.0
    everyone = np.ones((3, 2))
    halves = [
        Counter(
            a,
            b,
            np.array([5.0, 0.0, 0.0]),
            everyone,
            everyone,
            np.full((3, 2), 9, np.int32),
            np.zeros((3, 2), np.int32),
            everyone,
        )
        for a, b in ((0.0, 0.5), (0.5, 1.0))
    ]
    play(w, 0, halves, np.zeros((3, 2)))
    assert w.books.wait_served[0] == 4


def test_a_party_that_stands_for_many_loses_no_service_over_night():
    # 10 persons at 4 a day from 0.5 on: until 3.0.
    w = lone(1, 0.5, scale=10)
    gone = []
    for day in range(4):
        play(w, day, [open_counter(4.0)], np.zeros((3, 2)))
        gone.append(int(w.books.wait_served[0]))
    assert gone == [0, 0, 10, 10]
    assert w.books.wait_hours[0] == 0.0


def test_whoever_left_the_queue_takes_its_carried_service_along():
    w = lone(1, 0.5, scale=10)
    play(w, 0, [open_counter(4.0)], np.zeros((3, 2)))
    assert is_closed_form(float(w.queues.credit[0]), 2.0)
    w.gate_weight[:] = 0.0
    w.today.route_utility[:] = -np.inf
    play(w, 1, [open_counter(4.0, share=0.0)], np.zeros((3, 2)))
    assert w.queues.credit[0] == 0.0
    assert w.parties.row.state[0] == TRAPPED


@pytest.mark.parametrize(
    ("window", "visited", "stay_days"),
    [(0, 0, 90), (180, 0, 30), (180, 1, 90), (60, 0, 90), (61, 0, 89)],
)
def test_days_given_at_the_border_count_the_last_stay(window, visited, stay_days):
    w = lone(2, 100.5)
    w.queues = make_queues(3, 2, 110)
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = visited, -20, 40
    play(w, 100, [open_counter(50.0, days=90, window=window)], np.zeros((3, 2)))
    assert row.state[0] == TRAVELLING
    assert row.stay_days[0] == stay_days
    assert w.books.crossing[X["entered"]].sum() == 2


def test_whoever_has_no_days_left_is_refused():
    w = lone(2, 100.5)
    w.queues = make_queues(3, 2, 110)
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = 0, 5, 97
    w.today.route_utility[:] = -np.inf
    play(w, 100, [open_counter(50.0, days=90, window=180)], np.zeros((3, 2)))
    assert w.books.crossing[X["refused_entry"], 0].sum() == 2
    assert w.books.crossing[X["entered"]].sum() == 0
    assert row.state[0] == TRAPPED


@pytest.mark.parametrize(("destination", "transit"), [(0, 0), (2, 2)])
def test_those_who_enter_for_another_country_are_in_transit(destination, transit):
    w = lone(2, 0.5)
    w.ways.routes.destination[w.ways.row.route[0]] = destination
    play(w, 0, [open_counter(50.0)], np.zeros((3, 2)))
    assert w.books.crossing[X["entered"], 0].sum() == 2
    assert w.books.crossing[X["entered_transit"], 0].sum() == transit


def test_a_closed_exit_stops_ordinary_travellers_and_a_stricter_one_does_not():
    # Their levels count those who were let out.
    plan = compile_scenario(load("tiny"))
    table, n = plan.timetable, plan.timetable.n_classes
    admitted = table.entry.at(0)[0]
    _, counter = _counter(plan, (0.0, 1.0, 0))
    slots = [
        (x, s)
        for x in range(plan.world.n_crossings)
        for s in range(table.slot_column.shape[1])
        if table.slot_column[x, s] >= 0
    ]
    assert slots
    for x, s in slots:
        assert counter.ordinary_share[x, s] == admitted[x, n + table.slot_column[x, s]] > 0
    for let_out, factor in ((0.25, 1.0), (0.0, 0.0)):
        table.exit.value[:] = let_out
        _, other = _counter(plan, (0.0, 1.0, 0))
        for x, s in slots:
            assert other.ordinary_share[x, s] == factor * counter.ordinary_share[x, s]


def test_only_those_present_are_turned_back_by_a_closure():
    # 10 ordinary travellers, an open counter until noon: all who came have passed.
    w = bench(0, n_parties=1, first_day=0)
    w.parties.due[:] = 99
    everyone = np.ones((3, 2))
    rules = Counter(
        0.0,
        0.5,
        np.array([np.inf, 0.0, 0.0]),
        everyone,
        everyone,
        np.full((3, 2), 9, np.int32),
        np.zeros((3, 2), np.int32),
        everyone,
    )
    play_fixed(w, 0, rules, 10, np.zeros((3, 2)))
    closed = rules._replace(start=0.5, end=1.0, ordinary_share=np.zeros((3, 2)))
    counters(
        w.world,
        w.ways,
        w.cohorts,
        w.parties,
        w.queues,
        w.books,
        w.today,
        closed,
        w.lists,
        True,
        0,
        0,
        0,
        w.key,
        BORDERS,
    )
    assert w.books.crossing[X["entered_ordinary"], 0, 0] == 5
    assert w.books.crossing[X["refused_ordinary"], 0, 0] == 0


def test_a_higher_share_of_claims_gives_more_claims():
    counted = Tally()
    for share in (0.0, 0.3, 1.0):
        w = bench(5)
        w.today.law.asylum_share[:] = 0.5
        w.world.crossings.country[:] = [0, 1, 2]
        prm = BORDERS._replace(asylum_share=share)
        rules = rules_of(w.rng, 0.0, 1.0, False)._replace(capacity=np.full(3, np.inf))
        w.lists.coming[:40] = range(40)
        counters(
            w.world,
            w.ways,
            w.cohorts,
            w.parties,
            w.queues,
            w.books,
            w.today,
            rules._replace(end=5.0),
            w.lists,
            True,
            0,
            40,
            0,
            w.key,
            prm,
        )
        counted[share] = int(w.books.crossing[X["asylum_claims"]].sum())
        assert w.books.crossing[X["entered"]].sum() >= counted[share]
    assert counted[0.0] == 0 < counted[0.3] < counted[1.0]
    assert counted[1.0] == w.books.crossing[X["exited"]].sum()
