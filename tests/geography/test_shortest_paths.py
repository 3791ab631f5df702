"""Shortest paths, compared with those of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from emigre.geography import shortest_paths as module
from emigre.geography.shortest_paths import NONE, shortest_paths

N = 40


def network(seed, n_legs):
    """A random network without two legs between the same nodes."""
    rng = np.random.default_rng(seed)
    legs = rng.choice(N * N, n_legs, replace=False)
    starts, ends = np.divmod(legs, N)
    weights = rng.exponential(size=n_legs) * rng.choice([1e-12, 1.0, 1e3], n_legs)
    return starts, ends, weights, rng.choice(N, 12, replace=False)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n_legs", [1, 30, 90, 700])
def test_costs_and_paths_are_those_of_dijkstra(seed, n_legs):
    starts, ends, weights, sources = network(seed, n_legs)
    graph = csr_array((weights, (starts, ends)), shape=(N, N))
    expected, previous = dijkstra(graph, indices=sources, return_predecessors=True)
    cost, before = shortest_paths(N, starts, ends, weights, sources)
    assert np.array_equal(cost, expected)
    assert np.array_equal(before, np.where(previous < 0, NONE, previous))


def test_the_number_of_sources_at_once_changes_nothing(monkeypatch):
    given = network(1, 200)
    whole = shortest_paths(N, *given)
    monkeypatch.setattr(module, "_MOST_CELLS", 500)
    for part, all_at_once in zip(shortest_paths(N, *given), whole, strict=True):
        assert np.array_equal(part, all_at_once)


def test_of_two_cheapest_paths_the_node_before_has_the_least_cost_then_number():
    # 0 to 4 by 1 or 2 (2 + 2), or by 3 (1 + 3).
    starts, ends = np.array([[0, 0, 0, 2, 1, 3], [1, 2, 3, 4, 4, 4]])
    weights = np.array([2.0, 2.0, 1.0, 2.0, 2.0, 3.0])
    _, before = shortest_paths(5, starts, ends, weights, np.array([0]))
    assert before.tolist() == [[NONE, 0, 0, 0, 3]]
    _, before = shortest_paths(5, starts[:5], ends[:5], weights[:5], np.array([0]))
    assert before.tolist() == [[NONE, 0, 0, 0, 1]]
