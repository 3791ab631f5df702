"""Crossings: effects of rules on queues, claims, days of stay and ordinary travellers."""

from collections import Counter as Tally
from dataclasses import replace

import numpy as np
import pytest
from border_bench import X, bench, capacities, dated, lone, open_counter, play, rules_of
from small_world import BORDERS

from emigre.engine.build import compile_scenario
from emigre.engine.checkpoint_rules import checkpoint_rules_of
from emigre.processes.arrays import TRAPPED, TRAVELLING
from emigre.scenario.loader import load
from tolerances import is_closed_form


@pytest.mark.parametrize(("rate", "through"), [(5.0, 0.8), (10.0, 0.65), (1.0, 2.0)])
def test_service_under_way_continues_at_the_new_rate(rate, through):
    # 4 persons from 0.0 on at 5 a day: 2.5 of them by noon.
    w = lone(4, 0.0)
    halves = dated(
        [open_counter(5.0), open_counter(rate)._replace(since=np.full(3, -1.0))], [0.0, 0.5, 1.0]
    )
    play(w, 0, halves, np.zeros((3, 2)))
    play(w, 1, [open_counter(rate)], np.zeros((3, 2)))
    assert w.accounts.wait_served[0] == 4
    assert w.accounts.wait_hours[0] == 0.0
    assert is_closed_form(float(w.parties.row.at[0]), through + 9999.0 / 24)


def test_a_party_of_many_people_loses_no_service_overnight():
    # 10 persons at 4 a day from 0.5 on: until 3.0.
    w = lone(1, 0.5, scale=10)
    gone = []
    for day in range(4):
        play(w, day, [open_counter(4.0)], np.zeros((3, 2)))
        gone.append(int(w.accounts.wait_served[0]))
    assert gone == [0, 0, 10, 10]
    assert w.accounts.wait_hours[0] == 0.0


def test_a_party_that_leaves_the_queue_takes_its_carried_service_along():
    w = lone(1, 0.5, scale=10)
    play(w, 0, [open_counter(4.0)], np.zeros((3, 2)))
    assert is_closed_form(float(w.queues.credit[0]), 2.0)
    w.crossing_weight[:] = 0.0
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
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = visited, -20, 40
    play(w, 100, [open_counter(50.0, days=90, window=window)], np.zeros((3, 2)))
    assert row.state[0] == TRAVELLING
    assert row.stay_days[0] == stay_days
    assert w.accounts.crossing[X["entered"]].sum() == 2


def test_a_party_without_days_left_is_refused():
    w = lone(2, 100.5)
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = 0, 5, 97
    w.today.route_utility[:] = -np.inf
    play(w, 100, [open_counter(50.0, days=90, window=180)], np.zeros((3, 2)))
    assert w.accounts.crossing[X["refused_entry"], 0].sum() == 2
    assert w.accounts.crossing[X["entered"]].sum() == 0
    assert row.state[0] == TRAPPED


@pytest.mark.parametrize(("destination", "transit"), [(0, 0), (2, 2)])
def test_those_who_enter_for_another_country_are_in_transit(destination, transit):
    w = lone(2, 0.5)
    w.ways.routes.destination[w.ways.row.route[0]] = destination
    play(w, 0, [open_counter(50.0)], np.zeros((3, 2)))
    assert w.accounts.crossing[X["entered"], 0].sum() == 2
    assert w.accounts.crossing[X["entered_transit"], 0].sum() == transit


def test_a_closed_exit_stops_ordinary_travellers_and_a_stricter_one_does_not():
    # Their levels count those who were let out.
    plan = compile_scenario(load("tiny"))
    table = plan.timetable
    admitted = table.entry_documents.at(0)[0]
    (counter,) = checkpoint_rules_of(plan, [(0.0, 1.0, 0)])
    slots = [
        (x, s)
        for x in range(plan.world.n_crossings)
        for s in range(table.slot_column.shape[1])
        if table.slot_column[x, s] >= 0
    ]
    assert slots
    for x, s in slots:
        assert counter.ordinary_share[x, s] == admitted[x, table.slot_column[x, s]] > 0
    for let_out, factor in ((0.25, 1.0), (0.0, 0.0)):
        # A table of its own: compiled tables are shared by all who compile the same scenario.
        documents = table.exit_documents
        closed = replace(documents, value=np.full_like(documents.value, let_out))
        other_plan = replace(plan, timetable=replace(table, exit_documents=closed))
        (other,) = checkpoint_rules_of(other_plan, [(0.0, 1.0, 0)])
        for x, s in slots:
            assert other.ordinary_share[x, s] == factor * counter.ordinary_share[x, s]


def test_only_those_present_are_turned_back_by_a_closure():
    # An open counter until noon: all who came have passed, and after noon nobody comes.
    w = lone(1, 99.0)
    parts = [open_counter(np.inf), open_counter(0.0)._replace(since=np.full(3, -1.0))]
    level = np.zeros((3, 2))
    level[0, 0] = 1000.0
    play(w, 0, dated(parts, [0.0, 0.5, 1.0]), level)
    assert 400 < w.accounts.crossing[X["entered_ordinary"], 0, 0] == w.queues.came[0, 0] < 600
    assert w.accounts.crossing[X["refused_ordinary"], 0, 0] == 0
    assert w.accounts.crossing[X["waiting_ordinary"], 0, 0] == 0


def test_a_higher_share_of_claims_gives_more_claims():
    counted = Tally()
    for share in (0.0, 0.3, 1.0):
        w = bench(5)
        w.today.law.asylum_share[:] = 0.5
        w.world.crossings.country[:] = [0, 1, 2]
        w.world.origin_state[:] = 0  # nobody claims asylum in the own state
        rules = rules_of(w.rng, False)._replace(**capacities(np.inf, np.inf, np.inf))
        for day in range(40, 45):
            prm = BORDERS._replace(asylum_share=share)
            play(w, day, [rules], np.zeros((3, 2)), borders=prm)
        counted[share] = int(w.accounts.crossing[X["asylum_claims"]].sum())
        assert w.accounts.crossing[X["entered"]].sum() >= counted[share]
    assert counted[0.0] == 0 < counted[0.3] < counted[1.0]
    assert counted[1.0] == w.accounts.crossing[X["exited"]].sum()
