"""The outlook: closed forms, the plain twin, directions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import OUTLOOK, make, weigh

from emigre.draws import WAY
from emigre.processes.outlook import (
    access_value,
    check_weight,
    choose_way,
    destination_utility,
    draw_way,
    expected,
    expected_wait,
    room_factor,
    sum_ways,
    urgency,
    value_access,
    way_utility,
    weigh_gates,
    weigh_routes,
    weigh_ways,
)
from naive import draws as plain_draws
from naive import outlook as plain
from tolerances import CLOSED_FORM, STANDARD_ERRORS, is_closed_form

SEEDS = range(12)


def test_utility_of_a_way_in_closed_form():
    found = way_utility(10.0, 300.0, math.e, 600.0, OUTLOOK)
    assert is_closed_form(found, -0.03 * 10 - 1.1 * 0.5 - 0.5)
    assert way_utility(0.0, 0.0, 0.0, 600.0, OUTLOOK) == 0.0
    assert is_closed_form(way_utility(0.0, 7.0, 0.0, 0.0, OUTLOOK), -1.1 * 7)  # no savings: 1 euro


def test_utility_of_a_destination_in_closed_form():
    found = destination_utility(0.4, math.e**2 - 1, 0.5, math.e**10, OUTLOOK)
    assert is_closed_form(found, 0.4 + 0.3 * 2 + 1.0 * 0.5 + 0.3 * 10)
    assert destination_utility(0.0, 0.0, 0.0, 0.0, OUTLOOK) == 0.0


def test_checks_and_waits_in_closed_form():
    assert is_closed_form(check_weight(0.25, 2.0), math.exp(-1.5))
    assert check_weight(1.0, 2.0) == 1.0
    assert check_weight(0.0, 2.0) == 0.0
    assert is_closed_form(expected_wait(150.0, 300.0), 12.0)
    assert expected_wait(0.0, 0.0) == 0.0
    assert expected_wait(5.0, math.inf) == 0.0


def test_urgency_in_closed_form():
    now, announced = np.array([[1.0, 0.0]]), np.array([[0.5, 3.0]])
    assert urgency(now, announced, []).tolist() == [[0.5, 0.0]]
    rumour = np.array([[-1.0, -1.0]])
    found = urgency(now, now, [(0.4, rumour)])
    assert np.allclose(found, 0.4 * (now - rumour), rtol=1e-9)
    # A rumour that would change nothing for somebody leaves the others their credence.
    both = [(0.8, rumour), (0.8, now)]
    assert np.allclose(urgency(now, now, both), 0.8 * (now - rumour), rtol=1e-9)
    doubled = urgency(now, now, [(0.8, rumour), (0.8, rumour)])
    assert np.allclose(doubled, now - rumour, rtol=1e-9)  # credences never exceed 1 in sum


@given(
    st.floats(-5, 5),
    st.floats(-5, 5),
    st.lists(st.tuples(st.floats(0, 1), st.floats(-5, 5)), max_size=4),
)
def test_urgency_is_that_of_the_twin(now, announced, rumours):
    found = urgency(
        np.array([[now]]), np.array([[announced]]), [(q, np.array([[a]])) for q, a in rumours]
    )
    wanted = plain.urgency(now, announced, rumours)
    assert abs(found[0, 0] - wanted) <= 1e-12 * max(1.0, abs(wanted))
    assert found[0, 0] >= 0.0
    found = expected(np.array([[announced]]), [(q, np.array([[a]])) for q, a in rumours])
    wanted = plain.expected(announced, rumours)
    assert abs(found[0, 0] - wanted) <= 1e-12 * max(1.0, abs(wanted))


def test_what_is_expected_in_closed_form():
    announced = np.array([0.8, 0.8, 0.8])
    rumours = [(0.25, np.array([0.0, 0.8, 0.0])), (0.9, np.array([0.8, 0.8, 0.4]))]
    found = expected(announced, rumours)
    scaled = (0.8 * 0.0 + 0.25 * 0.0 + 0.9 * 0.4) / 1.15
    assert np.allclose(found, [0.75 * 0.8, 0.8, scaled], rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_of_ways_are_those_of_the_twin(seed):
    w = make(seed)
    fare = np.array([1.0, 2.0, 0.0])
    out = np.zeros((w.ways.row.size, 2))
    weigh_ways(w.ways, fare, w.world.level_savings, OUTLOOK, out)
    for i in range(w.ways.row.size):
        for level in range(2):
            savings = float(w.world.level_savings[level])
            gate = int(w.ways.routes.gate[w.ways.row.route[i]])
            v = plain.way_part(w.ways.row[i], gate, savings, fare, OUTLOOK)
            assert out[i, level] == pytest.approx(math.exp(v), rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_of_gates_are_those_of_the_twin(seed):
    rng = np.random.default_rng(seed)
    exits, entries = (rng.random((3, 2)) * (rng.random((3, 2)) < 0.7) for _ in range(2))
    capacity = np.array([0.0, 120.0, np.inf])
    waiting = np.array([5.0, rng.integers(0, 500), 80.0])
    out = np.full((3, 2), 9.0)
    weigh_gates(exits, entries, capacity, waiting, OUTLOOK, out)
    for x in range(3):
        for c in range(2):
            v = plain.gate_part(exits[x, c], entries[x, c], capacity[x], waiting[x], OUTLOOK)
            assert out[x, c] == pytest.approx(math.exp(v), rel=1e-12)


def logsum(w, start, c):
    values = plain.utilities(w.ways, start, plain.parts_of(w), c, int(w.world.class_level[c]))
    return plain.access(values, OUTLOOK.floor_utility)


def all_access(w, starts_from=0, starts_to=8, floor=OUTLOOK.floor_utility):
    t = w.today
    routes = np.full(t.route_weight.shape, np.nan)
    weigh_routes(w.ways, w.gate_weight, t.pull * w.room[:, None], w.check_weight, routes)
    total, out = np.full((8, 2), np.nan), np.full((8, 2), np.nan)
    sum_ways(w.ways, starts_from, starts_to, w.world.level_first, t.way_weight, routes, total)
    value_access(total, floor, starts_from, starts_to, out)
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_access_is_that_of_the_twin(seed):
    w = make(seed)
    out = all_access(w)
    for start in range(out.shape[0]):
        for c in range(2):
            assert out[start, c] == pytest.approx(logsum(w, start, c), rel=1e-12, abs=1e-12)


def test_access_in_closed_form():
    assert is_closed_form(access_value(math.e - math.exp(-6.0), -6.0), 1.0)
    assert is_closed_form(access_value(0.0, -6.0), -6.0)


def test_access_fills_only_the_places_asked_for():
    out = all_access(make(1), 2, 5)
    assert np.isnan(out[:2]).all()
    assert np.isnan(out[5:]).all()
    assert np.isfinite(out[2:5]).all()


def test_with_everything_shut_access_is_the_floor_and_no_way_is_chosen():
    w = make(0)
    w.today.pull[:] = 0.0
    weigh(w, w.today)
    assert np.allclose(all_access(w), OUTLOOK.floor_utility, rtol=1e-12)
    assert draw_way(w.world, w.ways, w.today, 0, 0, -1, -1, w.key, np.uint64(5)) == -1


@pytest.mark.parametrize("seed", SEEDS)
def test_chosen_ways_are_those_of_the_twin(seed):
    w = make(seed)
    parts = plain.parts_of(w)
    for who in range(60):
        start, c, refused_at, goal = who % 8, who % 2, who % 4 - 1, (who // 4) % 4 - 1
        entity = np.uint64(who * 7919 + 2**63)
        level = int(w.world.class_level[c])
        values = plain.utilities(w.ways, start, parts, c, level, refused_at, goal)
        name = int(entity) ^ int(w.world.start_id[start])
        number = plain_draws.bits(int(w.key), name, w.today.day, WAY)
        wanted = plain.choose(values, number, w.ways.row.id)
        found = draw_way(w.world, w.ways, w.today, start, c, refused_at, goal, w.key, entity)
        assert found == wanted


def test_whoever_joins_family_takes_no_way_to_another_country():
    w = make(3)
    w.room[:] = 1.0
    weigh(w, w.today)
    for goal in range(3):
        for number in range(30):
            i = choose_way(w.world, w.ways, w.today, 0, 0, -1, goal, np.uint64(number))
            if i >= 0:
                assert w.ways.routes.destination[w.ways.row.route[i]] == goal
    w.room[1] = 0.0
    weigh(w, w.today)
    assert choose_way(w.world, w.ways, w.today, 0, 0, -1, 1, np.uint64(5)) == -1


def test_ways_are_chosen_in_proportion_to_exp_v():
    w = make(3)
    w.gate_weight[:] = np.maximum(w.gate_weight, 0.2)
    w.check_weight[:] = np.maximum(w.check_weight, 0.2)
    w.room[:] = 1.0
    weigh(w, w.today)
    values = plain.utilities(w.ways, 0, plain.parts_of(w), 0, int(w.world.class_level[0]))
    expected = plain.shares(values)
    assert len(expected) > 1
    n = 8000
    chosen = [
        draw_way(w.world, w.ways, w.today, 0, 0, -1, -1, w.key, np.uint64(i)) for i in range(n)
    ]
    assert set(chosen) <= set(expected)
    for i, share in expected.items():
        error = math.sqrt(share * (1 - share) / n)
        assert abs(chosen.count(i) / n - share) <= STANDARD_ERRORS * error


def test_a_way_that_closes_diverts_those_alone_who_took_it():
    w = make(3)
    w.gate_weight[:], w.check_weight[:], w.room[:] = 1.0, 1.0, 1.0
    weigh(w, w.today)

    def chosen():
        who = (np.uint64(i) for i in range(3000))
        found = [draw_way(w.world, w.ways, w.today, 0, 0, -1, -1, w.key, i) for i in who]
        return np.array(found), w.ways.routes.gate[w.ways.row.route[found]]

    before, gates = chosen()
    shut = int(np.bincount(gates[gates >= 0]).argmax())
    w.gate_weight[shut] = 0.0
    weigh(w, w.today)
    after, _ = chosen()
    through = (w.ways.routes[w.ways.row.route[before]].gate_2 == shut) | (gates == shut)
    assert 100 < through.sum() < 2900
    np.testing.assert_array_equal(before[~through], after[~through])
    assert (before[through] != after[through]).all()
    # A better way draws people to it, and nobody to any other.
    w.today.way_weight[int(after[0])] *= 3.0
    weigh(w, w.today)
    better, _ = chosen()
    assert set(better[better != after]) == {int(after[0])}


@pytest.mark.parametrize(
    ("weight", "better"),
    [("time_weight_per_hour", -1), ("cost_weight", -1), ("distance_weight_per_ln_km", -1)],
)
def test_a_higher_cost_makes_a_way_worse(weight, better):
    higher = OUTLOOK._replace(**{weight: 2 * getattr(OUTLOOK, weight)})
    args = (20.0, 200.0, 400.0, 900.0)
    assert (way_utility(*args, higher) - way_utility(*args, OUTLOOK)) * better > 0


@pytest.mark.parametrize("weight", ["network_weight", "language_weight", "income_weight"])
def test_a_higher_pull_makes_a_destination_better(weight):
    higher = OUTLOOK._replace(**{weight: 2 * getattr(OUTLOOK, weight)})
    args = (0.1, 500.0, 0.4, 20000.0)
    assert destination_utility(*args, higher) > destination_utility(*args, OUTLOOK)


@pytest.mark.parametrize("weight", ["wait_weight_per_hour", "risk_weight"])
def test_waits_and_risks_make_a_crossing_worse(weight):
    higher = OUTLOOK._replace(**{weight: 2 * getattr(OUTLOOK, weight)})
    out, worse = np.zeros((1, 1)), np.zeros((1, 1))
    args = (np.array([[0.8]]), np.array([[0.6]]), np.array([100.0]), np.array([50.0]))
    weigh_gates(*args, OUTLOOK, out)
    weigh_gates(*args, higher, worse)
    assert 0 < worse[0, 0] < out[0, 0]


def test_a_higher_floor_and_more_ways_raise_access():
    w = make(2)
    low, high = all_access(w, floor=-6.0), all_access(w, floor=-1.0)
    assert (high > low).all()
    w.gate_weight[:] = np.maximum(w.gate_weight, 0.5)
    more = all_access(w, floor=-6.0)
    assert (more >= low).all()
    assert (more > low).any()


def test_free_places_draw_and_a_full_camp_is_no_goal():
    capacity = np.array([np.inf, 100.0, 400.0, 50.0])
    present = np.array([1e6, 0.0, 100.0, 50.0])
    # Free: 100, 300, 0; their mean is 400 / 3.
    found = room_factor(capacity, present, 0.5)
    assert found[0] == 1.0
    assert is_closed_form(found[1], (100 / (400 / 3)) ** 0.5)
    assert is_closed_form(found[2], (300 / (400 / 3)) ** 0.5)
    assert found[3] == 0.0
    assert room_factor(capacity, present, 0.0).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert room_factor(np.full(2, np.inf), present[:2], 1.0).tolist() == [1.0, 1.0]
    # Twice the room of every camp: the same choice among them.
    twice = room_factor(2 * capacity, 2 * present, 1.0)
    assert np.allclose(twice, room_factor(capacity, present, 1.0), rtol=CLOSED_FORM)
