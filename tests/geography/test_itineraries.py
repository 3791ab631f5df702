"""Itineraries against an enumeration of simple paths on small random maps."""

import numpy as np
import pytest

from emigre.geography.routes import Leg, Node, find, union
from naive import itineraries as plain

FIGURES = ("hours", "fares", "km")


def random_map(seed: int, lanes: bool = False):
    """Origins of one country, two neighbours and a camp; crossings between their sides."""
    rng = np.random.default_rng(seed)
    sides = ["HOME", "A", "B"]
    nodes = [Node("origin", "HOME"), Node("origin", "HOME")]
    nodes += [Node("country", "A"), Node("country", "B"), Node("camp", "B")]
    for _ in range(int(rng.integers(0, 5))):
        exit_side, side = rng.permutation(sides)[:2] if rng.random() < 0.9 else ("A", "A")
        point = f"{exit_side}-{side}" if lanes and rng.random() < 0.7 else ""
        nodes.append(Node("crossing", str(side), str(exit_side), point))
    legs = []
    for a in range(len(nodes)):
        for b in range(len(nodes)):
            # Some legs twice, some that no way may use.
            for _ in range(int(rng.integers(0, 3)) if a != b and rng.random() < 0.5 else 0):
                km, hours, fare = rng.uniform(1, 100, 3)
                legs.append(Leg(a, b, float(km), float(hours), float(fare), float(hours + fare)))
    return nodes, legs


def rows_of(result, start: int, d: int):
    for i in range(int(result.first[start]), int(result.first[start + 1])):
        if result.destination[i] == d:
            yield i


@pytest.mark.parametrize(("k", "borders"), [(1, 2), (3, 2), (1, 3), (2, 4)])
@pytest.mark.parametrize("seed", range(20))
def test_ways_are_the_cheapest_of_all_paths(seed, k, borders):
    nodes, legs = random_map(seed, lanes=seed % 2 == 1)
    actual = find(nodes, legs, k, borders)
    kinds = [n.kind for n in nodes]
    origins = [i for i, kind in enumerate(kinds) if kind == "origin"]
    crossings = [i for i, kind in enumerate(kinds) if kind == "crossing"]
    ends = [i for i, kind in enumerate(kinds) if kind in ("country", "camp")]
    starts = [*origins, *crossings, *ends]
    assert len(actual.first) == len(starts) + 1
    total = 0
    for s, start in enumerate(starts):
        for d, end in enumerate(ends):
            rows = list(rows_of(actual, s, d))
            expected = plain.ways(nodes, legs, start, end, k, borders) if start != end else []
            total += len(rows)
            assert len(rows) == len(expected)
            for i, way in zip(rows, expected, strict=True):
                chain = [crossings.index(crossing) for crossing in way["chain"]]
                assert actual.crossings[i].tolist() == chain + [-1] * (borders - len(chain))
                assert actual.check[i] == way["check"]
                for name in FIGURES:
                    assert getattr(actual, name)[i] == pytest.approx(way[name], rel=1e-9, abs=1e-9)
    assert total == len(actual.crossings)


def line(*, cost: float, free: int | None = None):
    """HOME - crossing - A - second crossing - B, every leg of one cost, one perhaps free."""
    nodes = [
        Node("origin", "HOME"),
        Node("crossing", "A", "HOME"),
        Node("country", "A"),
        Node("crossing", "B", "A"),
        Node("country", "B"),
    ]
    legs = []
    for i in range(4):
        size = 0.0 if i == free else cost
        legs.append(Leg(i, i + 1, size, size / 2, size / 4, size))
    return nodes, legs


def test_a_way_over_two_crossings():
    result = find(*line(cost=8.0), 3)
    first = int(result.first[0])
    assert result.crossings[first : result.first[1]].tolist() == [[0, -1], [0, 1]]
    assert result.hours[:2].tolist() == [[4.0, 0.0, 4.0], [4.0, 8.0, 4.0]]
    assert result.km[:2].tolist() == [16.0, 32.0]
    assert result.fares[:2].tolist() == [
        [4.0, 0.0],
        [4.0, 4.0],
    ]  # a leg out of a crossing is its own


def route_of_borders(*, past: int):
    """Five states in a line, hours and fare 1 a leg; a dearer crossing beside the third one."""
    sides = ["HOME", "A", "B", "C", "D"]
    nodes = [Node("origin", "HOME"), *(Node("country", s) for s in sides[1:])]
    legs = []
    for i in range(4):
        for hours in (1.0, 3.0) if i == past else (1.0,):
            nodes.append(Node("crossing", sides[i + 1], sides[i]))
            x = len(nodes) - 1
            legs += [Leg(a, b, 10.0, hours, 1.0, hours) for a, b in ((i, x), (x, i + 1))]
    return nodes, legs


def test_a_chain_of_borders_and_the_way_round_one_of_them():
    nodes, legs = route_of_borders(past=2)  # crossings 0, 1, then 2 or 3, then 4
    result = find(nodes, legs, 3, 4)
    to_d = [i for i in range(int(result.first[1])) if result.destination[i] == 3]
    assert result.crossings[to_d].tolist() == [[0, 1, 2, 4], [0, 1, 3, 4]]
    assert result.hours[to_d].tolist() == [[1, 2, 2, 2, 1], [1, 2, 4, 4, 1]]
    assert result.fares[to_d].tolist() == [[2, 2, 2, 2]] * 2
    assert result.km[to_d].tolist() == [80.0, 80.0]
    # From the second crossing on, the rest of the chain; and none if three borders are the limit.
    behind = range(int(result.first[2]), int(result.first[3]))
    assert [result.crossings[i].tolist() for i in behind if result.destination[i] == 3] == [
        [1, 2, 4, -1],
        [1, 3, 4, -1],
    ]
    short = find(nodes, legs, 3, 3)
    assert 3 not in short.destination[: short.first[1]]


def test_without_legs_or_crossings_there_are_no_ways():
    nodes, _ = line(cost=1.0)
    assert find(nodes, [], 3).crossings.size == 0
    assert find([n for n in nodes if n.kind != "crossing"], [], 3).crossings.size == 0


@pytest.mark.parametrize("free", range(4))
@pytest.mark.parametrize("cost", [1.0, 30_000.0])
def test_legs_that_cost_nothing_are_still_walked_in_order(cost, free):
    result = find(*line(cost=cost, free=free), 3)
    assert result.km[1] == pytest.approx(3 * cost, rel=1e-9)


def backwards(cost: float):
    """A free leg to a node of a lower number: the cheapest way to both costs the same."""
    nodes = [Node("origin", "HOME"), Node("country", "A"), Node("country", "B")]
    return nodes, [Leg(0, 2, cost, cost, cost, cost), Leg(2, 1, 0.0, 0.0, 0.0, 0.0)]


@pytest.mark.parametrize("cost", [1.0, 30_000.0])
def test_a_free_leg_at_the_end_of_a_long_way_keeps_what_came_before(cost):
    result = find(*backwards(cost), 1)
    assert result.km[: result.first[1]].tolist() == [cost, cost]


def test_more_ways_are_kept_if_asked_for():
    more = 0
    for seed in range(10):
        nodes, legs = random_map(seed)
        few, many = find(nodes, legs, 1), find(nodes, legs, 4)
        assert (np.diff(many.first) >= np.diff(few.first)).all()
        more += many.km.size - few.km.size
    assert more > 0


def test_every_lane_of_a_crossing_is_a_way_and_they_count_once():
    nodes = [Node("origin", "HOME"), Node("country", "A")]
    nodes += [Node("crossing", "A", "HOME", p) for p in ("NORTH", "NORTH", "SOUTH", "EAST")]
    legs = [Leg(0, x, 1.0, 1.0, 0.0, float(x)) for x in range(2, 6)]
    legs += [Leg(x, 1, 1.0, 1.0, 0.0, 1.0) for x in range(2, 6)]
    result = find(nodes, legs, 2)
    rows = list(rows_of(result, 0, 0))
    assert result.crossings[rows, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("seed", range(6))
def test_a_union_holds_every_way_once_and_says_which_network_has_it(seed):
    nodes, legs = random_map(seed)
    networks = [find(nodes, some, 2, 3) for some in (legs, legs[::2], legs)]
    both, exists = union(networks)
    assert (exists[0] == exists[2]).all()
    assert exists.any(axis=0).all()

    def rows(ways, chosen=slice(None)):
        start = np.repeat(np.arange(len(ways.first) - 1), np.diff(ways.first))
        columns = (
            start,
            ways.destination,
            ways.check,
            ways.crossings,
            ways.hours,
            ways.fares,
            ways.km,
        )
        return {tuple(row) for row in np.column_stack(columns)[chosen].tolist()}

    assert len(rows(both)) == len(both.km)
    for ways, has in zip(networks, exists, strict=True):
        assert rows(both, has) == rows(ways)
    order = np.repeat(np.arange(len(both.first) - 1), np.diff(both.first)) * 99 + both.destination
    assert (np.diff(order) >= 0).all()
    assert union(networks[:1])[0] is networks[0]
