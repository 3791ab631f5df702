"""Reference implementation of Shapley values: every order of the players."""

from collections.abc import Callable
from itertools import permutations


def parts(n: int, value: Callable[[frozenset[int]], float]) -> list[float]:
    """What each player adds to those before it, averaged over all n! orders."""
    total = [0.0] * n
    orders = list(permutations(range(n)))
    for order in orders:
        before: frozenset[int] = frozenset()
        for player in order:
            total[player] += value(before | {player}) - value(before)
            before |= {player}
    return [t / len(orders) for t in total]
