"""Moves and stays within one state: status, limits, windows and full camps."""

import numpy as np
import pytest
from small_world import DAY, ONE, STAYS, alone, set_route

from emigre.engine.space import grow_stays
from emigre.processes.accounting import tally
from emigre.processes.admission import allowance
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    DISPLACED,
    NEVER,
    PERMITTED,
    TO_END,
    TRAVELLING,
    VISITOR,
    measure_index,
)
from emigre.processes.arrivals import reach_destination, settle_in
from emigre.processes.legal_status import begin_stay, decide, must_leave
from emigre.processes.onward_return import hazards
from tolerances import is_closed_form


def test_in_a_place_of_the_own_state_nobody_needs_leave_to_stay():
    for cohort, inside in ((0, False), (3, True)):
        w = alone(cohort=cohort, place=2, admitted=DAY, stay_days=30)
        begin_stay(w.now, w.people, ONE)
        row = w.parties.row
        found = (row.status[0], row.status_ends[0])
        assert found == ((DISPLACED, NEVER) if inside else (VISITOR, DAY + 30))
        w.today.law.permit_share[:], w.today.law.work[:] = 0.5, 0.25
        w.today.law.threat[:], w.world.job_factor[:] = 0.9, 1.0
        h = hazards(w.now, w.people, ONE)
        assert h.asks == (0.0 if inside else STAYS.apply_per_day)
        assert is_closed_form(h.work, 0.01 * (1.0 if inside else 0.25))


@pytest.mark.parametrize(
    ("last", "admitted", "kept"),
    [(0, DAY - 9, True), (0, DAY - 2, False), (1, DAY - 9, False), (-1, DAY - 9, False)],
)
def test_a_move_between_places_of_one_state_keeps_the_status(last, admitted, kept):
    # Three places: 0 and 2 are in one state. It left its last stay five days ago.
    w = alone(status=PERMITTED, status_ends=77, place=2, visited=last, visited_to=DAY - 5)
    w.parties.row.admitted, w.parties.row.stay_days = admitted, 30
    w.world.countries.state[:] = 7, 1, 7
    settle_in(w.now, w.people, ONE)
    row = w.parties.row[0]
    assert (row.status, row.status_ends) == ((PERMITTED, 77) if kept else (VISITOR, admitted + 30))
    assert row.visited_from == (NEVER if kept else admitted)


def test_days_under_a_permit_count_in_no_window():
    w = alone(status=APPLICANT, claim=1, decision=DAY, visited=0, visited_from=DAY - 20)
    row = w.parties.row
    row.visited_to, row.stays, row.grant, row.grant_days = NEVER, -1, 1.0, 100
    people = w.people._replace(stays=grow_stays(w.people.stays, 0, 4))
    state = w.world.countries.state[0]
    decide(w.now, people, ONE)
    for day, used in ((DAY, 20), (DAY + 100, 20), (DAY + 170, 10), (DAY + 190, 0)):
        assert allowance(w.on(day).now, people, ONE, state, 90, 180) == 90 - used
    must_leave(w.on(DAY + 100).now, people, ONE, 14)
    assert allowance(w.on(DAY + 105).now, people, ONE, state, 90, 180) == 90 - 25


@pytest.mark.parametrize("visited", [-1, 0])
def test_who_finds_a_camp_abroad_full_stays_in_the_country_that_it_entered(visited):
    """By air, and without a way on; 0: the country in which it lived before."""
    w = alone(status=PERMITTED, visited=visited, visited_to=DAY - 1, admitted=1)
    w.parties.row.state, w.parties.row.stage, w.parties.row.at = TRAVELLING, TO_END, DAY + 0.3
    w.parties.row.way, w.parties.row.last_country = 0, visited
    set_route(w.ways, 0, (-1, -1), 2, 1)
    w.world.countries.country[2] = 1
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = 1.0, 30, 0
    w.today.free[:], w.today.route_utility[:] = (9.0, 9.0, 0.0), -np.inf
    tally(w.now, w.people, ONE, 1)
    reach_destination(w.now, w.people, ONE)
    row = w.parties.row[0]
    assert (row.state, row.place, row.status, row.status_ends) == (ABROAD, 1, VISITOR, DAY + 30)
    assert w.accounts.country[measure_index("country")["arrived"], 1].sum() == 1
    assert w.accounts.origin[measure_index("origin")["trapped"]].sum() == 0
