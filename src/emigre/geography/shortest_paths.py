"""Shortest paths from many sources at once.

The costs of all paths of one leg, two legs and so on are compared until none falls any more
(Bellman 1958, Quarterly of Applied Mathematics 16, 87-90). Each round is a few operations on
arrays: for the networks of scenarios this takes milliseconds, and importing SciPy's
``sparse.csgraph``, which has the same results, a fifth of a second in every process.
"""

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64

NONE = -1
_MOST_CELLS = 4_000_000
"""Largest number of legs times sources in memory at once."""


def shortest_paths(
    n_nodes: int, starts: I64, ends: I64, weights: F64, sources: I64
) -> tuple[F64, I64]:
    """Costs of the cheapest paths (sources, nodes), and the node before each node on its path.

    starts, ends, weights: of each leg; weights are above 0. Without a path the cost
    is infinite. The node before is NONE there and at the source. Of several cheapest paths the one
    is taken whose node before has the least cost, then the least number.
    """
    order = np.lexsort((starts, ends))
    legs = starts[order], ends[order], weights[order, None]
    n_blocks = 1 + len(order) * len(sources) // _MOST_CELLS
    blocks = [_from_block(n_nodes, *legs, some) for some in np.array_split(sources, n_blocks)]
    costs, before = zip(*blocks, strict=True)
    return np.concatenate(costs, axis=1).T, np.concatenate(before, axis=1).T


def _from_block(
    n_nodes: int, starts: I64, ends: I64, weights: F64, sources: I64
) -> tuple[F64, I64]:
    """The same of some sources, (nodes, sources), with legs sorted by end and start."""
    reached, first = np.unique(ends, return_index=True)
    cost = np.full((n_nodes, len(sources)), np.inf)
    cost[sources, np.arange(len(sources))] = 0.0
    while True:
        through = cost[starts] + weights
        least = np.minimum(cost[reached], np.minimum.reduceat(through, first))
        if np.array_equal(least, cost[reached]):
            break
        cost[reached] = least
    is_cheapest = (through == cost[ends]) & np.isfinite(through)
    return cost, _before(cost, starts, reached, first, is_cheapest)


def _before(
    cost: F64, starts: I64, reached: I64, first: I64, is_cheapest: NDArray[np.bool_]
) -> I64:
    """The node before each node, of those whose leg to it is on a cheapest path."""
    leg_of = np.repeat(np.arange(len(reached)), np.diff(first, append=len(starts)))
    cost_before = np.where(is_cheapest, cost[starts], np.inf)
    is_cheapest &= cost_before == np.minimum.reduceat(cost_before, first)[leg_of]
    never = len(cost)
    least = np.minimum.reduceat(np.where(is_cheapest, starts[:, None], never), first)
    before = np.full(cost.shape, NONE)
    before[reached] = np.where(least == never, NONE, least)
    return before
