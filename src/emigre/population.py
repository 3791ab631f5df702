"""People at home: how many households of each kind and size live in each origin.

National shares of groups are fitted to what is known of single origins by iterative proportional
fitting (Deming and Stephan 1940, doi:10.1214/aoms/1177731829): start from population x share and
scale, in turn, to every known margin and to the population, until nothing moves. Whole households
are then taken by systematic rounding of the running total, so that no bias builds up and one
household in K is taken fairly when one party stands for K.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_ROUNDS = 200
TOLERANCE = 1e-10


def rake(
    population: NDArray[np.float64],
    share: NDArray[np.float64],
    categories: Mapping[str, Sequence[str]],
    margins: Mapping[tuple[int, str], Mapping[str, float]],
) -> NDArray[np.float64]:
    """Persons by (origin, group).

    population: (origins,) persons. share: (groups,) national shares. categories: attribute ->
    category of each group. margins: (origin, attribute) -> known shares by category; what they
    leave over is spread over the other categories in their national proportions. Known shares of
    categories that no group holds are ignored.
    """
    persons = np.outer(population, share)
    coded = {
        name: np.unique(np.asarray(values), return_inverse=True)
        for name, values in categories.items()
    }
    targets: list[tuple[int, NDArray[np.intp], NDArray[np.float64]]] = []
    for (origin, attribute), known in margins.items():
        names, codes = coded[attribute]
        national = np.bincount(codes, weights=share, minlength=len(names)).astype(np.float64)
        targets.append((origin, codes, _target([str(n) for n in names], national, known)))
    for _ in range(MAX_ROUNDS):
        moved = 0.0
        for origin, codes, target in targets:
            now = np.bincount(codes, weights=persons[origin], minlength=len(target))
            wanted = target * population[origin]
            factor = np.divide(wanted, now, out=np.ones_like(now), where=now > 0)
            persons[origin] *= factor[codes]
            moved = max(moved, float(np.abs(factor - 1.0).max(initial=0.0)))
        if moved < TOLERANCE:
            break
    total = persons.sum(axis=1)
    factor = np.divide(population, total, out=np.zeros_like(total), where=total > 0)
    return persons * factor[:, None]


def _target(
    names: list[str], national: NDArray[np.float64], known: Mapping[str, float]
) -> NDArray[np.float64]:
    """Shares of all categories of one origin from those that are known."""
    is_known = np.array([n in known for n in names])
    target = np.array([known.get(n, 0.0) for n in names], dtype=np.float64)
    rest = max(0.0, 1.0 - float(target.sum()))
    others = np.where(is_known, 0.0, national)
    if others.sum() > 0:
        target = target + rest * others / others.sum()
    elif target.sum() > 0:
        target = target / target.sum()
    return target


def households(
    persons: NDArray[np.float64], sizes: NDArray[np.float64], scale: int
) -> NDArray[np.int64]:
    """Whole households by (origin, group, size - 1), each standing for `scale` like it.

    persons: (origins, groups). sizes: (groups, 5) shares of households with 1..5 persons.
    The running total over origins, groups and sizes is rounded, and its steps are taken; then a
    few households are exchanged so that every origin has its people (in units of `scale`).
    """
    mean = sizes @ np.arange(1, sizes.shape[1] + 1)
    count = persons[:, :, None] / mean[None, :, None] * sizes[None, :, :] / scale
    running = np.floor(np.cumsum(count.ravel()) + 0.5)
    homes = np.diff(running, prepend=0.0).astype(np.int64).reshape(count.shape)
    units = np.diff(np.floor(np.cumsum(persons.sum(axis=1)) / scale + 0.5), prepend=0.0)
    for origin, wanted in enumerate(units.astype(np.int64)):
        _match(homes[origin], int(wanted))
    return homes


def _match(homes: NDArray[np.int64], wanted: int) -> None:
    """Change (groups, sizes) households in place until they hold `wanted` people.

    One household at a time, of the commonest kind, becomes one person larger or smaller; where
    none can, a household of one is added or taken away.
    """
    size = np.arange(1, homes.shape[1] + 1)
    short = wanted - int((homes * size).sum())
    step = 1 if short > 0 else -1
    for _ in range(abs(short)):
        source = homes[:, :-1] if step > 0 else homes[:, 1:]
        if source.any():
            group, column = np.unravel_index(int(source.argmax()), source.shape)
            column = column if step > 0 else column + 1
            homes[group, column] -= 1
            homes[group, column + step] += 1
        else:
            homes[int(homes[:, 0].argmax()), 0] += step
