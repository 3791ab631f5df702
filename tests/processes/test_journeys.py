"""Preparing and travelling against their reference implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import JOURNEYS, alone, groups_of, make, party, same_party

from emigre.processes.accounting import tally
from emigre.processes.admission import allowance
from emigre.processes.arrays import (
    NEVER,
    NOWHERE,
    O_DEPARTED,
    PREPARING,
    TO_CROSSING,
    TRAVELLING,
)
from emigre.processes.journeys import (
    begin_way,
    choose_again,
    crossing_ahead,
    days_of_rest,
    passes_arrival_check,
    preparation_mean,
    prepare,
    set_out,
    trap,
    travel,
    travel_on,
)
from naive import draws as plain_draws
from naive import journeys as plain
from tolerances import STANDARD_ERRORS, is_closed_form, is_share

SEEDS = range(8)
N = 12


def each(seed: int):
    """A small world and its parties, one by one, as dicts of the reference implementation."""
    w = make(seed, n_parties=N)
    rng = w.rng
    w.parties.row.way = rng.integers(0, w.ways.row.size, N)
    w.parties.row.goal = rng.choice([-1, -1, 0, 1, 2], N)
    w.parties.row.visited = rng.integers(-1, 3, N)
    w.parties.row.visited_to = rng.choice([30, 40, NEVER], N)
    for p in range(N):
        yield w, np.int32(p), party(w.parties, p), groups_of(w, p)


def test_mean_of_preparation_in_closed_form():
    assert preparation_mean(0.0, JOURNEYS) == 6.0
    assert is_closed_form(preparation_mean(2.0, JOURNEYS), 6 * math.exp(-1.4))
    eager = JOURNEYS._replace(hurry_weight=1.4)
    assert preparation_mean(1.0, eager) < preparation_mean(1.0, JOURNEYS)
    slow = JOURNEYS._replace(prepare_days=9.0)
    assert preparation_mean(1.0, slow) > preparation_mean(1.0, JOURNEYS)


@pytest.mark.parametrize("seed", SEEDS)
def test_preparation_matches_the_reference(seed):
    for w, p, me, _ in each(seed):
        prepare(w.now, w.people, p, 0.7)
        u = plain_draws.uniform(int(w.key), me["id"], 40, 6)
        end = w.ways.routes.destination[w.ways.row.route[me["way"]]]
        papers = float(w.world.countries.formalities[end])
        me |= {"state": 1, "due": 40 + plain.preparation_days(6.0, 0.7, 0.7, papers, u)}
        same_party(party(w.parties, p), me)


def test_preparation_lasts_as_long_as_it_should():
    w = make(0, n_parties=1)
    w.world.countries.formalities[:] = 0.0
    n, days = 6000, []
    for i in range(n):
        w.parties.row.id[0] = i
        prepare(w.on(0).now, w.people, np.int32(0), 0.0)
        days.append(int(w.parties.due[0]))
    # Whole days of an exponential time are geometric.
    mean = 1 / (math.exp(1 / 6) - 1)
    assert abs(np.mean(days) - mean) / (np.std(days) / math.sqrt(n)) < STANDARD_ERRORS


@pytest.mark.parametrize("seed", SEEDS)
def test_setting_out_matches_the_reference(seed):
    for w, p, me, group in each(seed):
        w.parties.row.state[p] = PREPARING
        me["state"] = 1
        tally(w.now, w.people, p, 1)
        before = w.accounts.origin.copy()
        set_out(w.now, w.people, p)
        gone = plain.set_out(w, me, group)
        same_party(party(w.parties, p), me)
        grown = (w.accounts.origin - before)[O_DEPARTED, group.origin, group.category]
        assert grown == (me["people"] if gone else 0)


def test_some_set_out_and_some_cannot():
    left = [plain.set_out(w, me, group) for s in SEEDS for w, _, me, group in each(s)]
    assert 0 < sum(left) < len(left)


def test_a_party_with_every_route_closed_is_trapped():
    for w, p, me, group in each(3):
        w.today.route_utility[:] = -np.inf
        set_out(w.on(40).now, w.people, p)
        plain.trap(me, group, 40)
        same_party(party(w.parties, p), me)
        trap(w.on(44).now, w.people, p)
        plain.trap(me, group, 44)
        same_party(party(w.parties, p), me)


def test_who_prepared_for_a_camp_sets_out_only_if_it_has_places_for_all():
    gone = {-1: 0, 0: 0}
    for places in gone:
        for w, p, me, _ in each(3):
            w.parties.row.state[p] = PREPARING
            w.today.free[:] = me["people"] * w.world.scale + places
            set_out(w.on(40).now, w.people, p)
            gone[places] += int(w.parties.row.state[p] == TRAVELLING)
    assert gone[-1] == 0 < gone[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_travelling_matches_the_reference(seed):
    for w, p, me, _ in each(seed):
        now = 40 + 0.37 * int(p)
        begin_way(w.now, w.people, p, now)
        plain.begin_way(w, me, now)
        same_party(party(w.parties, p), me)
        for stage in (TO_CROSSING, TO_CROSSING + 1):
            w.parties.row.stage[p] = me["stage"] = stage
            ahead = w.ways.crossings[w.ways.row.route[me["way"]], stage]
            assert crossing_ahead(w.now, w.people, p) == ahead
            travel_on(w.now, w.people, p, now)
            plain.travel_on(w, me, now)
            same_party(party(w.parties, p), me)


def test_hours_become_days():
    w = make(0, n_parties=1)
    travel(w.people, np.int32(0), 3.75, 18.0)
    assert is_closed_form(float(w.parties.row.at[0]), 4.5)
    assert w.parties.due[0] == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_choosing_again_matches_the_reference(seed):
    for w, p, me, group in each(seed):
        start, refused_at = 2 + int(p) % 6, int(p) % 4 - 1
        found = choose_again(w.now, w.people, p, start, refused_at, 41.25)
        assert found == plain.choose_again(w, me, group, start, 41.25, refused_at)
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_check_on_arrival_matches_the_reference(seed):
    passed = 0
    for w, p, me, group in each(seed):
        found = passes_arrival_check(w.now, w.people, p)
        assert bool(found) == plain.passes_arrival_check(w, me, group)
        passed += bool(found)
        same_party(party(w.parties, p), me)
        w.parties.row.way[p] = -1
        assert passes_arrival_check(w.now, w.people, p)
    assert passed > 0


@given(
    st.integers(-1, 120),
    st.integers(0, 200),
    st.integers(0, 2),
    st.integers(0, 150),
    st.one_of(st.integers(0, 150), st.just(NEVER)),
)
def test_days_left_match_the_reference(limit, window, visited, since, stayed):
    w, day = make(0, n_parties=1), 160
    until = NEVER if stayed == NEVER else min(since + stayed, day)
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = visited, since, until
    found = allowance(w.on(day).now, w.people, np.int32(0), 2, limit, window)
    assert found == plain.allowance(w, party(w.parties, 0), 2, limit, window, day)


def test_days_left_in_closed_form():
    w, p = make(0, n_parties=1), np.int32(0)
    row = w.parties.row
    row.visited, row.visited_from, row.visited_to = 1, 100, 160
    for day, left in ((300, 50), (340, 90), (170, 30)):  # of the 60 days used, some out of sight
        assert allowance(w.on(day).now, w.people, p, 2, 90, 180) == left
    assert allowance(w.now, w.people, p, 2, 90, 0) == 90  # every entry counts anew
    assert allowance(w.now, w.people, p, 3, 90, 180) == 90  # of another country
    assert allowance(w.now, w.people, p, 2, -1, 180) == -1  # no limit
    w.world.countries.state[0] = 2  # a camp there: days are those in the state
    row.visited = 0
    assert allowance(w.now, w.people, p, 2, 90, 180) == 30
    row.visited_to = NEVER
    w.on(190)
    assert allowance(w.now, w.people, p, 2, 90, 180) == 0  # has not left for all the 90 days
    assert allowance(w.now, w.people, p, 2, 90, 30) == 60  # a shorter window forgets sooner


@pytest.mark.parametrize("spread", [0.3, 0.8])
def test_hours_vary_around_those_of_the_legs(spread):
    w = make(1, n_parties=1)
    w.parties.row.way[0] = i = 0
    w.ways.crossings[w.ways.row.route[i]] = 0, 1
    w.ways.hours[i] = 10.0, 20.0, 30.0
    slow = w.now._replace(prm=w.now.prm._replace(journeys=JOURNEYS._replace(travel_spread=spread)))
    found = []
    for who in range(1500):
        w.parties.row.id[0] = who
        begin_way(slow, w.people, np.int32(0), 0.0)
        parts = [float(w.parties.row.at[0])]
        for _ in range(2):
            travel_on(slow, w.people, np.int32(0), 0.0)
            parts.append(float(w.parties.row.at[0]))
        w.parties.row.start[0] = w.world.n_origins  # the same hours from where it chose again
        begin_way(slow, w.people, np.int32(0), 0.0)
        w.parties.row.start[0] = 0
        found.append([*parts, float(w.parties.row.at[0])])
    factor = np.array(found) * 24 / [*w.ways.hours[i], w.ways.hours[i, 0]]
    error = math.sqrt((math.exp(spread**2) - 1) / len(factor))
    assert (np.abs(factor.mean(axis=0) - 1) < STANDARD_ERRORS * error).all()
    sd = np.log(factor).std(axis=0)
    assert (np.abs(sd - spread) < STANDARD_ERRORS * spread / math.sqrt(2 * len(factor))).all()
    parts = np.corrcoef(np.log(factor).T)[np.triu_indices(4, 1)]
    assert (np.abs(parts) < STANDARD_ERRORS / math.sqrt(len(factor))).all()
    begin_way(w.using(journeys=JOURNEYS).now, w.people, np.int32(0), 0.0)
    assert is_closed_form(float(w.parties.row.at[0]), 10 / 24)


def test_a_shared_delay_is_that_of_the_crossing_ahead_and_the_day():
    w = make(1, n_parties=2)
    w.parties.row.way = 0
    w.ways.crossings[w.ways.row.route[0]] = 0, 1
    w.ways.hours[0] = 10.0, 20.0, 30.0
    prm = JOURNEYS._replace(travel_shared_spread=0.6)
    found = []
    for day in range(1500):
        now = w.on(day).using(journeys=prm).now
        for p in range(2):
            begin_way(now, w.people, np.int32(p), 0.0)
        both = w.parties.row.at.copy()
        assert both[0] == both[1]
        travel_on(now, w.people, np.int32(0), 0.0)
        found.append((both[0] * 24 / 10, w.parties.row.at[0] * 24 / 20))
        travel_on(now, w.people, np.int32(0), 0.0)
        assert is_closed_form(float(w.parties.row.at[0]), 30 / 24)  # no crossing ahead
    factor = np.array(found)
    error = math.sqrt((math.exp(0.36) - 1) / len(factor))
    assert (np.abs(factor.mean(axis=0) - 1) < STANDARD_ERRORS * error).all()
    assert abs(np.corrcoef(np.log(factor).T)[0, 1]) < STANDARD_ERRORS / math.sqrt(len(factor))


def test_those_on_their_way_through_rest_for_an_exponential_time():
    w = make(0, n_parties=1000)
    w.world.countries.rest[:] = [2.0, 0.0, 0.0]
    w.parties.row.last_country[:] = 0
    days = np.array([days_of_rest(w.now, w.people, np.int32(p), NOWHERE) for p in range(1000)])
    for share in (0.25, 0.5, 0.75):
        assert abs(np.quantile(days, share) + 2.0 * math.log(1.0 - share)) < 0.2
    for last_country in (1, NOWHERE):
        w.parties.row.last_country[0] = last_country
        assert days_of_rest(w.now, w.people, np.int32(0), NOWHERE) == 0.0


def test_two_rests_on_a_day_have_lengths_of_their_own():
    """Of those who rest less than half of the mean, as many rest so briefly in the next country."""
    n = 4000
    w = alone(n)
    w.world.countries.rest[:] = 1.0
    below = -math.expm1(-0.5)
    short = []
    for left, entered in ((NOWHERE, 0), (0, 1), (1, 2)):
        w.parties.row.last_country = entered
        days = [days_of_rest(w.now, w.people, np.int32(p), left) for p in range(n)]
        short.append(np.array(days) < 0.5)
    assert is_share(np.logical_and(*short[:2]).mean(), below**2, n)
    assert is_share(np.logical_and(*short[1:]).mean(), below**2, n)
