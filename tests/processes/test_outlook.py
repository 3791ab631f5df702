"""The outlook: closed forms, the reference implementation, directions."""

# Long, because all parts of the outlook are compared in the same worlds.

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import OUTLOOK, make, weigh

from emigre.numerics.random import WAY
from emigre.numerics.records import records
from emigre.processes.access import (
    LARGE,
    TINY,
    Moved,
    Network,
    Pairs,
    Part,
    Reach,
    access_value,
    scaled_weight,
    sum_access,
    sum_goals,
    sum_ways,
    take_logarithms,
    weigh_crossings,
    weigh_goals,
    weigh_routes,
    weigh_ways,
)
from emigre.processes.arrays import NO_MEMBER, ROUTE, TRAPPED, Itineraries
from emigre.processes.arrays import WAY as WAY_COLUMNS
from emigre.processes.route_choice import (
    check_utility,
    destination_utility,
    draw_way,
    expected,
    expected_wait,
    may_win,
    urgency,
    way_fare,
    way_utility,
)
from naive import draws as plain_draws
from naive import outlook as plain
from tolerances import STANDARD_ERRORS, is_closed_form

SEEDS = range(12)


def drawn(w, start: int, c: int, refused_at: int, goal: int, who) -> int:
    """The way drawn for a party with this identity that nobody has turned back."""
    w.parties.row.id[0], w.parties.row.goal[0] = who, goal
    w.parties.row.state[0] = TRAPPED  # no state to leave
    return draw_way(w.now, w.people, np.int32(0), start, c, refused_at, NO_MEMBER)


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
    assert is_closed_form(check_utility(0.25, 2.0), -1.5)
    assert check_utility(1.0, 2.0) == 0.0
    assert check_utility(0.0, 2.0) == -math.inf
    assert is_closed_form(expected_wait(150.0, 300.0), 12.0)
    assert expected_wait(0.0, 0.0) == 0.0
    assert expected_wait(5.0, math.inf) == 0.0


def test_a_weight_is_0_only_where_nothing_is_feasible():
    assert is_closed_form(scaled_weight(-3.0, -1.0), math.exp(-2.0))
    assert scaled_weight(-1e9, 5.0) == TINY
    assert scaled_weight(-math.inf, 0.0) == 0.0
    assert scaled_weight(-math.inf, -math.inf) == 0.0
    assert np.finfo(float).tiny < TINY**3


def test_urgency_in_closed_form():
    now, announced = np.array([[1.0, 0.0]]), np.array([[0.5, 3.0]])
    assert urgency(now, announced, []).tolist() == [[0.5, 0.0]]
    rumour = np.array([[-1.0, -1.0]])
    found = urgency(now, now, [[(0.4, rumour)]])
    assert np.allclose(found, 0.4 * (now - rumour), rtol=1e-9)
    # A rumour that would change nothing for somebody leaves the others their credence.
    both = [[(0.8, rumour), (0.8, now)]]
    assert np.allclose(urgency(now, now, both), 0.8 * (now - rumour), rtol=1e-9)
    doubled = urgency(now, now, [[(0.8, rumour), (0.8, rumour)]])
    assert np.allclose(doubled, now - rumour, rtol=1e-9)  # credences never exceed 1 in sum


CREDIBLE = st.lists(st.tuples(st.floats(0, 1), st.integers(-5, 5).map(float)), max_size=3)


@given(st.floats(-5, 5), st.integers(-5, 5).map(float), st.lists(CREDIBLE, max_size=3))
def test_urgency_matches_the_reference(now, announced, rumours):
    after = [[(q, np.array([[a]])) for q, a in matter] for matter in rumours]
    found = urgency(np.array([[now]]), np.array([[announced]]), after)
    wanted = plain.urgency(now, announced, rumours)
    assert abs(found[0, 0] - wanted) <= 1e-12 * max(1.0, abs(wanted))
    assert found[0, 0] >= 0.0
    found = expected(np.array([[announced]]), after)
    wanted = plain.expected(announced, rumours)
    assert abs(found[0, 0] - wanted) <= 1e-12 * max(1.0, abs(wanted))


def test_rumours_of_one_matter_exclude_one_another():
    announced = np.array([0.8, 0.8, 0.8])
    rumours = [(0.25, np.array([0.0, 0.8, 0.0])), (0.9, np.array([0.8, 0.8, 0.4]))]
    found = expected(announced, [rumours])
    scaled = (0.8 * 0.0 + 0.25 * 0.0 + 0.9 * 0.4) / 1.15
    assert np.allclose(found, [0.75 * 0.8, 0.8, scaled], rtol=1e-9)


def test_of_independent_matters_the_greatest_loss_counts():
    """Cells: two losses; two equal losses; a loss and a gain; no change by the second matter."""
    announced = np.zeros(4)
    first = [(0.4, np.array([-3.0, -2.0, -3.0, -3.0])), (0.3, np.array([-1.0, -2.0, -1.0, -1.0]))]
    second = [(0.6, np.array([-2.0, -2.0, 2.0, 0.0]))]
    two = 0.4 * -3 + 0.6 * 0.6 * -2 + 0.4 * 0.3 * -1
    equal = (1 - 0.3 * 0.4) * -2
    apart = 0.4 * -3 + 0.3 * -1
    for rumours in ([first, second], [second, first]):
        found = expected(announced, rumours)
        assert np.allclose(found, [two, equal, apart + 0.6 * 2, apart], rtol=1e-9)


def some_ways(*routes, km=0.0, fare=0.0, fare_2=0.0, n_starts=1):
    """Ways from one start; routes: (first crossing, second crossing, destination, check)."""
    row, route = records(WAY_COLUMNS, len(routes)), records(ROUTE, len(routes))
    row.route = row.id = np.arange(len(routes))
    row.km = km
    described = np.array(routes, np.int32)
    route.destination, route.check = described[:, 2:].T
    crossings, hours = np.ascontiguousarray(described[:, :2]), np.zeros((len(routes), 3))
    fares = np.tile([fare, fare_2], (len(routes), 1))
    first = np.full(n_starts + 1, len(routes))
    first[0] = 0
    return Itineraries(first, row, route, crossings, hours, fares)


@pytest.mark.parametrize(
    ("route", "cost"),
    [
        ((0, -1, 0, 0), 5 * 7 + 11),  # one border
        ((0, 1, 0, 0), 5 * 7 + 100 * 11),  # each part at its own border
        ((1, 0, 0, 0), 100 * 7 + 5 * 11),
        ((0, -1, 1, 1), 5 * 7 + 3 * 11),  # the destination checks on arrival
        ((-1, -1, 1, 1), 3 * 7 + 3 * 11),
        ((-1, -1, 1, 0), 7 + 11),  # within the country
    ],
)
def test_a_fare_factor_acts_on_the_part_that_belongs_to_its_border(route, cost):
    ways = some_ways(route, fare=7.0, fare_2=11.0)
    assert is_closed_form(way_fare(ways, 0, np.array([5.0, 100.0]), np.array([2.0, 3.0])), cost)


def part_of(*shape, scales):
    return Part(np.full(shape[::-1], np.nan), np.full(scales, np.nan), np.full(shape, np.nan))


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_of_ways_match_the_reference(seed):
    w = make(seed)
    crossings, goals = np.array([1.0, 2.0, 0.0]), np.array([1.0, 3.0, 0.5])
    out = part_of(w.ways.row.size, 2, scales=(8, 2))
    pairs = pairs_of(w.ways, range(8))
    network = network_of(w.ways, pairs, out)
    exists = np.ones(w.ways.row.size, np.bool_)
    weigh_ways(network, exists, crossings, goals, w.world.level_savings, OUTLOOK)
    for i in range(w.ways.row.size):
        for level in range(2):
            savings = float(w.world.level_savings[level])
            v = plain.way_part(w.ways, i, savings, crossings, goals, OUTLOOK)
            assert out.utility[level, i] == pytest.approx(v, rel=1e-12)
    for s in range(8):
        mine = slice(w.ways.first[s], w.ways.first[s + 1])
        assert (out.scale[s] == out.utility[:, mine].max(axis=1)).all()
        weights = np.exp(out.utility[:, mine].T - out.scale[s])
        np.testing.assert_allclose(out.weight[np.argsort(pairs.way)][mine], weights, rtol=1e-12)
    none = np.exp(OUTLOOK.floor_utility - out.scale.T)
    assert (network.scale == out.scale.T).all()
    np.testing.assert_allclose(network.floor, none, rtol=1e-12)
    exists[0] = False
    weigh_ways(network, exists, crossings, goals, w.world.level_savings, OUTLOOK)
    assert (np.isneginf(out.utility) == ~exists).all()
    assert (out.weight[pairs.way == 0] == 0.0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_of_crossings_match_the_reference(seed):
    rng = np.random.default_rng(seed)
    exits, entries = (rng.random((3, 2)) * (rng.random((3, 2)) < 0.7) for _ in range(2))
    capacity = np.array([0.0, 120.0, np.inf])
    waiting = np.array([5.0, rng.integers(0, 500), 80.0])
    out, moved = np.full((3, 2), np.nan), np.zeros(3, np.int32)
    weigh_crossings(exits, entries, capacity, waiting, OUTLOOK, out, moved)
    assert moved.all()
    for x in range(3):
        for c in range(2):
            v = plain.crossing_part(exits[x, c], entries[x, c], capacity[x], waiting[x], OUTLOOK)
            assert out[x, c] == pytest.approx(v, rel=1e-12)
    moved[:] = 0
    waiting[1] += 1
    weigh_crossings(exits, entries, capacity, waiting, OUTLOOK, out, moved)
    assert moved.tolist() == [0, int(np.isfinite(out[1]).any()), 0]


def pairs_of(ways, places, n_goals=3):
    """Every start with every destination; places: numbers of the starts."""
    goal = ways.routes.destination[ways.row.route]
    start = np.repeat(np.arange(len(ways.first) - 1), np.diff(ways.first))
    each = [(d, place, s) for d in np.unique(goal) for place, s in enumerate(places)]
    ways_of = [np.flatnonzero((start == s) & (goal == d)) for d, _, s in each]
    place = [place for (_, place, _), way in zip(each, ways_of, strict=True) if way.size]
    way = np.concatenate(ways_of).astype(np.int32)
    first = np.cumsum([0, *(way.size for way in ways_of if way.size)])
    route = ways.row.route[way].astype(np.int32)
    of_goal = np.searchsorted(goal[way[first[:-1]]], np.arange(n_goals + 1))
    places = np.array(places, np.int32)
    return Pairs(first, way, route, np.array(place, np.int32), places, of_goal)


def network_of(ways, pairs, way, floor=OUTLOOK.floor_utility):
    """With the scale of the ways by place."""
    scale = np.ascontiguousarray(way.scale[pairs.start].T)
    return Network(ways, pairs, way, scale, np.exp(np.minimum(floor - scale, LARGE)))


def new_reach(levels, ways, n_goals, places, crossing, check):
    """A column, a kind and a column of attractions for each class; levels: theirs."""
    n = np.arange(len(levels), dtype=np.int32)
    shape = (len(ways.routes), len(levels))
    return Reach(
        column=n,
        kind=n,
        level=np.array(levels, np.int32),
        same=n,
        level_first=np.searchsorted(levels, np.arange(max(levels) + 2)).astype(np.uint64),
        kind_column=n,
        kind_goal=n,
        crossing=crossing,
        check=check,
        utility=np.zeros(shape[::-1]),  # what it is without any border
        weight=np.ones(shape),
        sums=np.zeros((n_goals, len(levels), places)),
        some=np.zeros((n_goals, len(levels)), np.int32),
        scale=np.zeros((len(levels), places)),
        access=np.zeros((len(levels), places)),
    )


def test_destinations_count_from_the_day_on_which_a_route_opens_to_that_on_which_it_closes():
    w = make(4)
    ways, crossing, check = w.ways, -w.rng.random((3, 2)), -w.rng.random((3, 2))
    network, reach = summed(w, crossing, check)
    seen = set()
    for day in range(30):
        crossing[:, 0] = np.where(w.rng.random(3) < 0.9, -np.inf, -1.0)
        check[:, 0] = np.where(w.rng.random(3) < 0.8, -np.inf, -1.0 - day)
        today = moved(reach)
        weigh_routes(ways, reach, today)
        sum_ways(network, reach, today)
        assert (reach.some == (reach.sums > 0.0).any(axis=2)).all()
        seen.add(tuple(reach.some[:, 0]))
    assert len(seen) > 1


@pytest.mark.parametrize("n_goals", [3, 4, 9])
def test_totals_over_destinations_are_weighted_sums(n_goals):
    """Also where destinations are added four at a time."""
    rng = np.random.default_rng(n_goals)
    ways = SimpleNamespace(routes=np.zeros(1))
    reach = new_reach((0, 1), ways, n_goals, 5, np.zeros((1, 2)), np.zeros((n_goals, 2)))
    reach.sums[:] = rng.random(reach.sums.shape)
    reach.some[:] = 1
    reach.sums[1, 0], reach.some[1, 0] = 0.0, 0  # a destination without a way
    weight, total = rng.random((n_goals, 2)), np.empty((2, 5))
    sum_goals(weight, reach, np.zeros(n_goals, np.int32), total)
    assert total == pytest.approx(np.einsum("dk,dks->ks", weight, reach.sums), rel=1e-12)


def summed(w, crossing, check):
    """A network of eight starts, and its sums with these parts of V of crossings and checks."""
    ways, pairs = w.ways, pairs_of(w.ways, range(8))
    reach = new_reach((0, 1), ways, 3, 8, crossing, check)
    way = np.exp(w.today.way_utility.T[pairs.way])
    network = network_of(ways, pairs, Part(w.today.way_utility, np.zeros((8, 2)), way))
    weigh_routes(ways, reach, all_moved(reach))
    sum_ways(network, reach, all_moved(reach))
    return network, reach


def moved(reach, crossings=slice(None), checks=slice(None)):
    """Changed crossings and checks, and the routes that are not known yet to have changed."""
    (n_routes, columns), n_goals = reach.weight.shape, len(reach.sums)
    crossing, check = np.zeros(len(reach.crossing), np.int32), np.zeros(len(reach.check), np.int32)
    crossing[crossings], check[checks] = 1, 1
    route, goal, opened, goals = (np.zeros(n, np.int32) for n in (n_routes, *(n_goals,) * 3))
    return Moved(crossing, check, route, goal, opened, np.full(columns, np.nan), goals)


def all_moved(reach):
    """Everything has changed."""
    all_of_it = moved(reach)
    all_of_it.route[:], all_of_it.goal[:], all_of_it.opened[:] = 1, 1, 1
    return all_of_it


def access_of(
    ways, way, goal, crossing, check, levels, places=(0,), floor=OUTLOOK.floor_utility, homes=99
):
    """A by (class, place) from the parts of V: as the engine takes it."""
    reach = new_reach(levels, ways, goal.shape[1], len(places), crossing, check)
    pairs = pairs_of(ways, places, goal.shape[1])
    starts = len(ways.first) - 1
    scales = [way[:, ways.first[s] : ways.first[s + 1]].max(axis=1) for s in range(starts)]
    scale = np.array(scales)
    each = np.repeat(scale, np.diff(ways.first), axis=0)
    way = Part(way, scale, np.vectorize(scaled_weight)(way.T, each)[pairs.way])
    goal = Part(goal, np.zeros(len(goal)), np.zeros(goal.T.shape))
    weigh_goals(goal)
    everything = all_moved(reach)
    weigh_routes(ways, reach, everything)
    network = network_of(ways, pairs, way, floor)
    sum_ways(network, reach, everything)
    sum_goals(goal.weight, reach, everything.goals, reach.access)
    sum_access(network, goal, reach, floor, homes)
    take_logarithms(reach)
    return reach.access


def all_access(w, floor=OUTLOOK.floor_utility):
    with np.errstate(divide="ignore"):
        crossing, check = np.log(w.crossing_weight), np.log(w.check_weight)
        goal = w.today.attraction + np.log(w.room)
    places = (0, 1, 5, 6, 7)
    return access_of(w.ways, w.today.way_utility, goal, crossing, check, (0, 1), places, floor)


@pytest.mark.parametrize("seed", SEEDS)
def test_access_matches_the_reference(seed):
    w = make(seed)
    out, parts = all_access(w), plain.parts_of(w)
    for place, start in enumerate((0, 1, 5, 6, 7)):
        for c in range(2):
            values = plain.utilities(w.ways, start, parts, c, int(w.world.class_level[c]))
            wanted = plain.access(values, OUTLOOK.floor_utility)
            assert out[c, place] == pytest.approx(wanted, rel=1e-12, abs=1e-12)


def test_access_in_closed_form():
    assert is_closed_form(access_value(math.log(math.e - math.exp(-6.0)), -6.0), 1.0)
    assert access_value(-math.inf, -6.0) == -6.0
    assert access_value(2000.0, -6.0) == 2000.0
    assert is_closed_form(access_value(-2000.0, -2000.0), -2000.0 + math.log(2))


EXTREME = [
    # way, crossing and goal parts of V of two ways to two destinations; ln sum exp(V)
    ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), math.log(2)),
    ((-900.0, 0.0), (0.0, 0.0), (900.0, 0.0), math.log(2)),  # no factor is near 1 for both
    ((0.0, 0.0), (-1e6, -1e6), (5.0, 5.0), -1e6 + 5 + math.log(2)),  # a queue of years
    ((0.0, 0.0), (-1e6, -1e6 - 1), (0.0, 0.0), -1e6 + math.log1p(math.exp(-1))),
    ((-3e4, -3e4), (0.0, 0.0), (0.0, 1.0), -3e4 + 1 + math.log1p(math.exp(-1))),  # dear
    ((0.0, 0.0), (0.0, 0.0), (2000.0, 1999.0), 2000 + math.log1p(math.exp(-1))),  # attractive
    ((-5e3, -math.inf), (0.0, 0.0), (2e3, 9e3), -3e3),  # one of them alone is feasible
    ((0.0, -400.0), (-400.0, 0.0), (-400.0, -400.0), -800 + math.log(2)),
]


@pytest.mark.parametrize(("way", "crossing", "goal", "wanted"), EXTREME)
def test_access_holds_where_exp_does_not(way, crossing, goal, wanted):
    ways = some_ways((0, -1, 0, 0), (1, -1, 1, 0))
    way, goal = np.array([way]), np.array([goal])
    crossing, none = np.array(crossing)[:, None], np.zeros((2, 1))
    for floor in (-1e7, wanted):
        (found,) = access_of(ways, way, goal, crossing, none, (0,), floor=floor).ravel()
        assert is_closed_form(found, wanted + (math.log(2) if floor == wanted else 0.0))


def test_abroad_a_way_may_be_dear_but_a_closed_one_is_none():
    ways, goal, check = some_ways((0, -1, 0, 0)), np.zeros((1, 1)), np.zeros((1, 1))
    for crossing, home, abroad in ((-1e5, -6.0, -6.0), (-math.inf, -6.0, -math.inf)):
        for homes, wanted in ((1, home), (0, abroad)):
            parts = ways, np.zeros((1, 1)), goal, np.full((1, 1), crossing), check
            assert access_of(*parts, (0,), floor=-6.0, homes=homes).ravel() == [wanted]


@pytest.mark.parametrize(("way", "crossing", "goal", "wanted"), EXTREME)
def test_choice_holds_where_exp_does_not(way, crossing, goal, wanted):
    w = make(0)
    w.ways = some_ways((0, -1, 0, 0), (1, -1, 1, 0))
    w.today.way_utility[0, :2] = way
    w.today.route_utility[0, :2] = crossing
    w.today.attraction[0, :2] = goal
    w.today.room[:] = 0.0
    n = 4000
    found = [drawn(w, 0, 0, -1, -1, np.uint64(i * 7919)) for i in range(n)]
    share = math.exp(way[0] + crossing[0] + goal[0] - wanted)
    error = math.sqrt(share * (1 - share) / n)
    assert set(found) <= {0, 1}
    assert abs(found.count(0) / n - share) <= STANDARD_ERRORS * error


@given(st.floats(-60, 3), st.floats(1e-12, 1 - 1e-12))
def test_no_way_that_would_win_is_passed_over(lead, u):
    if lead - math.log(-math.log(u)) > 0.0:
        assert may_win(lead, u)


def test_most_ways_that_lose_are_passed_over():
    u = (np.arange(1000) + 0.5) / 1000
    for lead in (-2.0, -5.0, -9.0):
        tried = sum(may_win(lead, float(x)) for x in u) / 1000
        assert tried <= 2.2 * (1 - math.exp(-math.exp(lead))) ** 0.5
    assert not may_win(-1e9, 0.5)


def test_with_everything_shut_access_is_the_floor_and_no_way_is_chosen():
    w = make(0)
    w.today.attraction[:] = -np.inf
    weigh(w, w.today)
    assert np.allclose(all_access(w), OUTLOOK.floor_utility, rtol=1e-12)
    assert drawn(w, 0, 0, -1, -1, np.uint64(5)) == -1


def test_sums_are_recomputed_only_where_a_route_changed():
    w = make(4)
    ways, crossing, check = w.ways, -w.rng.random((3, 2)), -w.rng.random((3, 2))
    network, reach = summed(w, crossing, check)
    before = reach.sums.copy()
    crossing[1] -= 0.5
    reach.sums[:], slower = -1.0, moved(reach, crossings=1, checks=[])
    weigh_routes(ways, reach, slower)
    changed = slower.route
    assert (changed == (ways.crossings == 1).any(axis=1)).all()
    sum_ways(network, reach, slower)
    routes = ways.routes[ways.row.route]
    start = np.repeat(np.arange(8), 5)
    for s in range(8):
        for d in range(3):
            mine = (start == s) & (routes.destination == d)
            slow = changed[ways.row.route[mine]]
            now, then = reach.sums[d, :, s], before[d, :, s]
            if not slow.any():
                assert (now == -1.0).all()
            elif slow.all():
                np.testing.assert_allclose(now, then * math.exp(-0.5), rtol=1e-9)
            else:
                assert (now < then).all()
                assert (now > then * math.exp(-0.5)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_chosen_ways_match_the_reference(seed):
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
        found = drawn(w, start, c, refused_at, goal, entity)
        assert found == wanted


def test_a_refused_party_avoids_that_crossing_first_or_second():
    w = make(0)
    w.ways = some_ways((0, -1, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (1, -1, 0, 0))
    w.today.route_utility[:] = w.today.way_utility[:] = w.today.room[:] = 0.0
    for refused_at, left in ((0, {3}), (1, {0}), (-1, {0, 1, 2, 3})):
        number = (np.uint64(i) for i in range(60))
        found = {drawn(w, 0, 0, refused_at, -1, n) for n in number}
        assert found == left


def test_a_party_that_joins_family_takes_no_route_to_another_country():
    w = make(3)
    w.room[:] = 1.0
    weigh(w, w.today)
    for goal in range(3):
        for number in range(30):
            i = drawn(w, 0, 0, -1, goal, np.uint64(number))
            if i >= 0:
                assert w.ways.routes.destination[w.ways.row.route[i]] == goal
    w.room[1] = 0.0
    weigh(w, w.today)
    assert drawn(w, 0, 0, -1, 1, np.uint64(5)) == -1


def test_ways_are_chosen_in_proportion_to_exp_v():
    w = make(3)
    w.crossing_weight[:] = np.maximum(w.crossing_weight, 0.2)
    w.check_weight[:] = np.maximum(w.check_weight, 0.2)
    w.room[:] = 1.0
    weigh(w, w.today)
    values = plain.utilities(w.ways, 0, plain.parts_of(w), 0, int(w.world.class_level[0]))
    expected = plain.shares(values)
    assert len(expected) > 1
    n = 8000
    chosen = [drawn(w, 0, 0, -1, -1, np.uint64(i)) for i in range(n)]
    assert set(chosen) <= set(expected)
    for i, share in expected.items():
        error = math.sqrt(share * (1 - share) / n)
        assert abs(chosen.count(i) / n - share) <= STANDARD_ERRORS * error


def test_a_way_that_closes_diverts_those_alone_who_took_it():
    w = make(3)
    w.crossing_weight[:], w.check_weight[:], w.room[:] = 1.0, 1.0, 1.0
    weigh(w, w.today)

    def chosen():
        who = (np.uint64(i) for i in range(3000))
        found = [drawn(w, 0, 0, -1, -1, i) for i in who]
        return np.array(found), w.ways.crossings[w.ways.row.route[found], 0]

    before, crossings = chosen()
    shut = int(np.bincount(crossings[crossings >= 0]).argmax())
    w.crossing_weight[shut] = 0.0
    weigh(w, w.today)
    after, _ = chosen()
    through = (w.ways.crossings[w.ways.row.route[before], 1] == shut) | (crossings == shut)
    assert 100 < through.sum() < 2900
    np.testing.assert_array_equal(before[~through], after[~through])
    assert (before[through] != after[through]).all()
    # A better way draws people to it, and nobody to any other.
    w.today.way_utility[:, int(after[0])] += math.log(3.0)
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
    out, worse, flag = np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1, np.int32)
    args = (np.array([[0.8]]), np.array([[0.6]]), np.array([100.0]), np.array([50.0]))
    weigh_crossings(*args, OUTLOOK, out, flag)
    weigh_crossings(*args, higher, worse, flag)
    assert worse[0, 0] < out[0, 0] < 0


def test_a_higher_floor_and_more_ways_raise_access():
    w = make(2)
    low, high = all_access(w, floor=-6.0), all_access(w, floor=-1.0)
    assert (high > low).all()
    w.crossing_weight[:] = np.maximum(w.crossing_weight, 0.5)
    more = all_access(w, floor=-6.0)
    assert (more >= low).all()
    assert (more > low).any()
