"""Shapley values: the contribution of each change to a difference.

Changes are the players, v(S) is the number in the world with the changes S. The part of change i is
its marginal effect averaged over all orders of the changes (Shapley 1953, A value for n-person
games, Contributions to the Theory of Games II, 307-317):

    phi_i = sum over S without i of  |S|! (n - |S| - 1)! / n!  (v(S + i) - v(S))

The parts add up to v(N) - v(0) (efficiency); a change without effect has part 0 (null player);
equivalent changes have equal parts (symmetry); parts are linear in v (additivity). The Shapley
value is the only division with these four properties.

For many changes the mean is taken over randomly sampled orders (Castro, Gómez and Tejada 2009,
Polynomial calculation of the Shapley value based on sampling, Computers & Operations Research 36,
1726-1730), each together with its reverse (Mitchell, Cooper, Frank and Holmes 2022, Sampling
permutations for Shapley value estimation, Journal of Machine Learning Research 23(43), antithetic
sampling). Within an order the marginal effects telescope, so the parts always add up. A pair of
reversed orders contains both orders of every two changes, so that pairwise interactions are shared
exactly; only interactions of three or more changes depend on the sampled orders.

v and the parts are given per run: all worlds share the random numbers of a run.
"""

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64

Coalition = frozenset[int]
Values = Mapping[Coalition, F64]
"""v(S) of every required coalition, one value per run: shape (runs,)."""

MOST_EXACT = 6
"""Up to this number of changes all coalitions are simulated: 2^6 = 64 worlds."""


def all_coalitions(n: int) -> list[Coalition]:
    """The 2^n sets of players, by size."""
    return [frozenset(c) for size in range(n + 1) for c in combinations(range(n), size)]


def exact(values: Values, n: int) -> F64:
    """The parts of n changes from the values of all coalitions; shape (n, runs)."""
    parts = np.zeros((n, len(values[frozenset()])))
    for some in all_coalitions(n)[:-1]:
        weight = 1.0 / (n * math.comb(n - 1, len(some)))
        for i in set(range(n)) - some:
            parts[i] += weight * (values[some | {i}] - values[some])
    return parts


def draw_orders(n: int, pairs: int, seed: int) -> NDArray[np.intp]:
    """Random orders of n changes, each followed by its reverse; shape (2 pairs, n)."""
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(n) for _ in range(pairs)]
    return np.array([order for one in drawn for order in (one, one[::-1])], np.intp)


def needed(orders: NDArray[np.intp]) -> list[Coalition]:
    """Coalitions in orders (n_orders, n), each change alone, and all but each, by size."""
    n = orders.shape[1]
    everyone = frozenset(range(n))
    coalitions = {frozenset(order[:k].tolist()) for order in orders for k in range(n + 1)}
    coalitions |= {frozenset({i}) for i in range(n)} | {everyone - {i} for i in range(n)}
    return sorted(coalitions, key=lambda some: (len(some), sorted(some)))


def sampled(values: Values, orders: NDArray[np.intp]) -> tuple[F64, F64]:
    """The parts as means over pairs of orders, shape (n, runs), and their standard errors, (n,).

    The error of the mean over the runs is estimated from the spread between pairs of orders and
    excludes simulation noise. It is nan for a single pair.
    """
    n, runs = orders.shape[1], len(values[frozenset()])
    added = np.zeros((len(orders), n, runs))
    for row, order in enumerate(orders):
        some: Coalition = frozenset()
        for i in order.tolist():
            added[row, i] = values[some | {i}] - values[some]
            some |= {i}
    pairs = added.reshape(-1, 2, n, runs).mean(axis=1)
    if len(pairs) < 2:
        return pairs[0], np.full(n, np.nan)
    errors = pairs.mean(axis=2).std(axis=0, ddof=1) / math.sqrt(len(pairs))
    return pairs.mean(axis=0), errors


def made_first(values: Values, n: int) -> F64:
    """Effect of each change alone, v({i}) - v(0); shape (n, runs)."""
    none = values[frozenset()]
    return np.array([values[frozenset({i})] - none for i in range(n)])


def made_last(values: Values, n: int) -> F64:
    """Effect of each change after all others, v(N) - v(N without i); shape (n, runs)."""
    everyone = frozenset(range(n))
    return np.array([values[everyone] - values[everyone - {i}] for i in range(n)])
