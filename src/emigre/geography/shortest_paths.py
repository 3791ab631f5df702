"""Cheapest paths in a directed graph, and sums of figures along them.

The algorithm of Bellman, Ford and Moore (Moore 1959): the cost of a node is improved along its legs
until no leg improves any, nodes in the order in which they were improved. SciPy's algorithms would
do, but take a quarter of a second to import, in every process that simulates.
"""

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64
from emigre.numerics.jit import kernel


def cheapest_paths(
    starts: I64,
    ends: I64,
    costs: F64,
    figures: F64,
    sources: I64,
    targets: I64,
    is_end: NDArray[np.bool_],
) -> tuple[F64, F64]:
    """Cheapest paths from every source to every target.

    Legs lead from starts to ends (L). figures (2, L, F): those of each leg if it is the first of a
    path, and if it is a later one. No path continues through a node with is_end (nodes), unless it
    begins there. Among legs of equal cost the first counts.

    Returns the costs (S, T), inf without a path, and the sums of figures (S, T, F), then 0.
    """
    n_nodes, n_figures = len(is_end), figures.shape[2]
    order = np.argsort(starts, kind="stable")
    first = np.searchsorted(starts[order], np.arange(n_nodes + 1))
    legs = first, ends[order], costs[order], np.ascontiguousarray(figures[:, order])
    shape = len(sources), len(targets)
    found = np.full(shape, np.inf), np.zeros((*shape, n_figures))
    queue = np.empty(n_nodes + 1, np.int64), np.zeros(n_nodes, np.bool_)
    best = np.empty(n_nodes), np.empty((n_nodes, n_figures))
    _search(legs, sources, targets, is_end, queue, *best, found)
    return found


@kernel
def _search(
    legs: tuple[I64, I64, F64, F64],
    sources: I64,
    targets: I64,
    is_end: NDArray[np.bool_],
    queue: tuple[I64, NDArray[np.bool_]],
    cost: F64,
    sums: F64,
    found: tuple[F64, F64],
) -> None:
    """Fill `found`; queue: nodes to continue from, in a ring, and whether each is in it."""
    first, ends, costs, figures = legs
    waiting, is_waiting = queue
    for s, source in enumerate(sources):
        cost[:] = np.inf
        cost[source], sums[source] = 0.0, 0.0
        waiting[0], head, tail = source, 0, 1
        while head != tail:
            node = waiting[head]
            head = (head + 1) % len(waiting)
            is_waiting[node] = False
            part = 0 if node == source else 1
            for leg in range(first[node], first[node + 1]):
                end, total = ends[leg], cost[node] + costs[leg]
                if total < cost[end]:
                    cost[end] = total
                    for f in range(sums.shape[1]):
                        sums[end, f] = sums[node, f] + figures[part, leg, f]
                    if not is_waiting[end] and not is_end[end]:
                        is_waiting[end] = True
                        waiting[tail] = end
                        tail = (tail + 1) % len(waiting)
        for t, target in enumerate(targets):
            if cost[target] < np.inf:
                found[0][s, t] = cost[target]
                for f in range(sums.shape[1]):
                    found[1][s, t, f] = sums[target, f]
