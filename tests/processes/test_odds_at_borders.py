"""Probabilities on the way against closed forms derived from the model, not the code."""

import math

import numpy as np
import pytest
from border_bench import X, bench, capacities, open_counter, play, to_country_0
from small_world import BORDERS, set_route

from emigre.numerics.random import DEPART_HOUR
from emigre.processes.arrays import PREPARING, TO_END, TRAPPED, TRAVELLING
from emigre.processes.border_checks import share_undeterred
from emigre.processes.journeys import begin_way, choose_again, passes_arrival_check, set_out
from emigre.processes.route_choice import expected_wait
from naive import draws as plain_draws
from tolerances import STANDARD_ERRORS, is_closed_form

N = 1000


def crowd(n: int = N):
    """Single persons who come to crossing 0 in the course of day 0, all with one way."""
    w = bench(0, n_parties=n, first_day=0)
    to_country_0(w)
    row = w.parties.row
    row.way, row.people, row.at = 0, 1, np.arange(n) / n
    row.goal = row.visited = -1
    w.parties.due[:] = 0
    w.accounts.origin[:] = 10 * n
    return w


def of(n: int, share: float, found: int) -> bool:
    """Whether so many of n is what a chance gives, within the standard error."""
    error = math.sqrt(n * share * (1 - share))
    return abs(found - n * share) <= STANDARD_ERRORS * error + 1e-9


@pytest.mark.parametrize(
    ("out", "claim", "admitted"),
    [(0.7, 0.0, 0.4), (0.6, 0.3, 0.5), (1.0, 0.5, 0.2), (0.5, 1.0, 0.1)],
)
def test_exit_check_claim_and_entry_check(out, claim, admitted):
    w = crowd()
    w.today.law.asylum_share[:] = 0.5
    w.today.route_utility[:] = -np.inf
    rules = open_counter(np.inf, share=admitted)._replace(exit_share=np.full((3, 2), out))
    play(w, 0, [rules], np.zeros((3, 2)), borders=BORDERS._replace(asylum_share=claim))
    found = {name: int(w.accounts.crossing[X[name], 0].sum()) for name in X}
    assert of(N, 1 - out, found["refused_exit"])
    assert of(N, out, found["exited"])
    assert of(N, out * claim, found["asylum_claims"])
    assert of(N, out * (1 - claim) * (1 - admitted), found["refused_entry"])
    assert of(N, out * (claim + (1 - claim) * admitted), found["entered"])
    trapped = int((w.parties.row.state == TRAPPED).sum())
    assert trapped == found["refused_exit"] + found["refused_entry"]


def test_where_nobody_is_admitted_only_claimants_enter():
    w = crowd()
    w.today.law.asylum_share[:] = 0.5
    w.today.route_utility[:] = -np.inf
    rules = open_counter(np.inf, share=0.0)._replace(exit_share=np.full((3, 2), 0.8))
    play(w, 0, [rules], np.zeros((3, 2)), borders=BORDERS._replace(asylum_share=0.25))
    assert of(N, 0.2, int(w.accounts.crossing[X["refused_exit"], 0].sum()))
    assert of(N, 0.8 * 0.25, int(w.accounts.crossing[X["entered"], 0].sum()))
    assert of(N, 0.8 * 0.75, int(w.accounts.crossing[X["refused_entry"], 0].sum()))


def test_two_borders_in_a_day_are_two_checks():
    # Half are let out and in at each: a sixteenth passes both. One number would give a quarter.
    w = crowd()
    w.world.crossings.country[:2] = 0, 1
    set_route(w.ways, 0, (0, 1), 1, 0)
    w.ways.hours[:, 1] = 0.0
    w.today.route_utility[:] = -np.inf
    half = np.full((3, 2), 0.5)
    rules = open_counter(np.inf)._replace(
        **capacities(np.inf, np.inf, np.inf), exit_share=half, entry_share=half
    )
    play(w, 0, [rules], np.zeros((3, 2)))
    entered = w.accounts.crossing[X["entered"], :2].sum(axis=1)
    assert of(N, 1 / 4, int(entered[0]))
    assert of(N, 1 / 16, int(entered[1]))
    assert w.accounts.wait_hours.sum() == 0.0


def test_a_second_crossing_is_reached_on_the_day_in_the_order_of_coming():
    # Two come over crossing 0 to crossing 1, at 0.10 and 0.20; one comes to it straight at 0.20 and
    # goes on over crossing 2. Crossing 1 takes a quarter day each.
    for rows in ([0, 1, 2], [2, 1, 0]):
        w = crowd(3)
        w.world.countries.rest[:] = 0.0
        set_route(w.ways, 0, (0, 1), 1, 0)
        set_route(w.ways, 1, (1, 2), 0, 0)
        w.ways.hours[:2, 1] = 1.2
        at, way = [0.05, 0.2, 0.15], [0, 1, 0]
        for place, row in enumerate(rows):
            w.parties.row.id[row] = 100 + place
            w.parties.row.at[row], w.parties.row.way[row] = at[place], way[place]
        rules = open_counter(np.inf)._replace(**capacities(np.inf, 4.0, np.inf))
        play(w, 0, [rules], np.zeros((3, 2)))
        assert w.accounts.crossing[X["entered"]].sum(axis=1).tolist() == [2, 3, 1]
        # Service begins at 0.10, 0.35 and 0.60.
        assert is_closed_form(float(w.accounts.wait_hours[1]), 24 * (0.15 + 0.4))


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_rows_does_not_matter(seed):
    found = []
    for order in (slice(None), slice(None, None, -1)):
        w = bench(seed)
        w.parties.row[:] = w.parties.row[order].copy()
        w.parties.due[:] = w.parties.due[order].copy()
        for day in range(w.first_day, w.first_day + 4):
            rules = open_counter(6.0)._replace(
                **capacities(6.0, 9.0, 4.0), entry_share=np.full((3, 2), 0.6)
            )
            play(w, day, [rules], np.full((3, 2), 3.0))
        found.append(
            (w.accounts.crossing.copy(), w.accounts.wait_hours.copy(), w.queues.credit.copy())
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_second_refusal_on_a_day_is_the_last_one():
    # Ways without hours lead from crossing to crossing; nobody is admitted at any.
    w = crowd(20)
    w.today.route_utility[:] = 0.0
    w.ways.hours[:, 0] = 0.0
    rules = open_counter(np.inf, share=1e-9)._replace(**capacities(np.inf, np.inf, np.inf))
    play(w, 0, [rules], np.zeros((3, 2)))
    refused = w.accounts.crossing[X["refused_entry"]].sum()
    assert 20 < refused <= 40
    assert (w.parties.row.at[w.parties.row.state == TRAVELLING] >= 1.0).all()


def test_choosing_again_follows_the_weights_and_avoids_the_crossing():
    w = bench(3, n_parties=1)
    start, c, n = w.world.n_origins + 1, 0, 4000
    first, end = (int(w.ways.first[start + k]) for k in (0, 1))
    w.cohorts.row.group[:] = 0
    w.ways.crossings[:] = 0, -1
    w.ways.routes.destination[:] = 0
    some = w.ways.row.route[first:end]
    w.ways.crossings[some[0], 0], w.ways.routes.destination[some[1]] = 1, 2
    rng = np.random.default_rng(0)
    w.today.route_utility[:] = np.log(rng.uniform(0.2, 1.0, w.today.route_utility.shape))
    way = w.today.way_utility[w.world.class_level[c], first:end]
    route = w.ways.row.route[first:end]
    weight = np.exp(way + w.today.route_utility[w.today.column[c], route])
    weight[w.ways.crossings[route, 0] == 1] = 0.0
    w.today.free[2] = 0.0  # a full camp is not chosen
    weight[w.ways.routes.destination[route] == 2] = 0.0
    assert (weight > 0).sum() >= 2
    counted = np.zeros(end - first, int)
    for i in range(n):
        w.parties.row.id[0], w.parties.row.goal[0] = i, -1
        assert choose_again(w.now, w.people, np.int32(0), start, 1, 40.0)
        counted[w.parties.row.way[0] - first] += 1
    for k, share in zip(counted, weight / weight.sum(), strict=True):
        assert of(n, share, int(k))


def test_the_check_on_arrival_has_its_chance_at_each_destination():
    w = bench(0, n_parties=1)
    set_route(w.ways, 0, (-1, -1), 0, 1)
    w.parties.row.way, w.parties.row.visited = 0, -1
    w.today.entry_share[:], w.today.entry_days[:] = 0.35, 60
    passed = 0
    for i in range(N):
        w.parties.row.id[0] = i
        passed += bool(passes_arrival_check(w.now, w.people, np.int32(0)))
    assert of(N, 0.35, passed)


def test_setting_out_is_even_over_the_day_and_legs_add_up():
    w = crowd(1)
    set_route(w.ways, 0, (0, 1), 1, 0)
    w.ways.hours[0, :2] = 6.0, 9.0
    w.today.route_utility[:] = 0.0
    hours = []
    for i in range(600):
        row = w.parties.row
        row.id[0], row.state[0], row.way[0] = i, PREPARING, 0
        set_out(w.now, w.people, np.int32(0))
        day = w.today.day
        u = plain_draws.uniform(int(w.key), i, day, DEPART_HOUR)
        assert is_closed_form(float(row.at[0]), day + u + 6 / 24)
        hours.append(u)
    counts = np.histogram(hours, 4, (0.0, 1.0))[0]
    assert all(of(600, 0.25, int(k)) for k in counts)
    begin_way(w.now, w.people, np.int32(0), 3.5)
    assert is_closed_form(float(w.parties.row.at[0]), 3.75)
    rules = open_counter(np.inf)._replace(**capacities(np.inf, np.inf, np.inf))
    w.parties.row.at[0], w.parties.due[0] = 0.25, 0
    play(w, 0, [rules], np.zeros((3, 2)))
    assert is_closed_form(float(w.parties.row.at[0]), 0.25 + 9 / 24 + 9999 / 24)
    assert w.parties.row.stage[0] == TO_END


@pytest.mark.parametrize(("queue", "capacity"), [(0.0, 10.0), (30.0, 10.0), (30.0, np.inf)])
def test_ordinary_travellers_stay_away_from_a_queue(queue, capacity):
    wait = 24 * queue / capacity
    assert is_closed_form(expected_wait(queue, capacity), wait)
    mean = 80.0 * share_undeterred(expected_wait(queue, capacity), 0.02)
    assert is_closed_form(mean, 80 * math.exp(-0.02 * wait))
