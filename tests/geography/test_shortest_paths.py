"""Cheapest paths in graphs that can be checked by hand."""

import numpy as np

from emigre.geography.shortest_paths import cheapest_paths


def paths(legs, sources, targets, *, nodes, ends=()):
    """Costs (S, T), and sums (S, T, 2): the cost of first legs, and of later ones."""
    starts, stops, costs = (np.array(column) for column in zip(*legs, strict=True))
    costs = costs.astype(np.float64)
    first, later = np.stack([costs, 0 * costs], axis=1), np.stack([0 * costs, costs], axis=1)
    is_end = np.isin(np.arange(nodes), list(ends))
    figures = np.stack([first, later])
    return cheapest_paths(
        starts, stops, costs, figures, np.array(sources), np.array(targets), is_end
    )


def test_a_way_round_that_costs_less_is_taken_and_summed_leg_by_leg():
    legs = [(0, 3, 10.0), (0, 1, 1.0), (1, 2, 2.0), (2, 3, 4.0), (3, 0, 1.0)]
    cost, sums = paths(legs, [0, 3], [0, 3, 2], nodes=4)
    assert cost.tolist() == [[0.0, 7.0, 3.0], [1.0, 0.0, 4.0]]
    assert sums.tolist() == [[[0, 0], [1, 6], [1, 2]], [[1, 0], [0, 0], [1, 3]]]


def test_no_path_continues_through_an_end_unless_it_begins_there():
    legs = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 5.0)]
    cost, sums = paths(legs, [0, 1], [1, 2], nodes=3, ends=[1])
    assert cost.tolist() == [[1.0, 5.0], [0.0, 1.0]]
    assert sums[:, 1].tolist() == [[5.0, 0.0], [1.0, 0.0]]


def test_without_a_path_the_cost_is_infinite_and_the_sums_are_zero():
    cost, sums = paths([(0, 1, 1.0)], [1], [0, 2], nodes=3)
    assert np.isinf(cost).all()
    assert not sums.any()


def test_of_two_legs_of_equal_cost_the_first_counts():
    starts, ends = np.array([0, 0]), np.array([1, 1])
    figures = np.array([[[3.0], [4.0]]] * 2)
    args = np.array([0]), np.array([1]), np.zeros(2, bool)
    _, sums = cheapest_paths(starts, ends, np.ones(2), figures, *args)
    assert sums.tolist() == [[[3.0]]]


def test_costs_are_those_of_all_paths_in_random_graphs():
    """Costs obey D(v) = min over legs (u, v) of D(u) + c, and D(source) = 0 (Bellman 1958)."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        n = int(rng.integers(2, 30))
        legs = [(*rng.integers(0, n, 2), rng.uniform(0.1, 9.0)) for _ in range(4 * n)]
        cost, _ = paths(legs, range(n), range(n), nodes=n)
        best = np.where(np.eye(n, dtype=bool), 0.0, np.inf)
        for u, v, c in legs:
            best[:, v] = np.minimum(best[:, v], cost[:, u] + c)
        np.testing.assert_allclose(cost, best, rtol=1e-12)
