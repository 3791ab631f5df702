"""Synthetic population: households by kind and size in each origin.

National shares of groups are fitted to the known margins of single origins by iterative
proportional fitting (Deming and Stephan 1940, doi:10.1214/aoms/1177731829): start from population x
share and scale, in turn, to every known margin and to the population, until convergence.
:func:`unmet` reports margins that cannot be satisfied together.

Whole households are then allocated origin by origin, by systematic sampling of the remainders after
rounding down. Kinds of households with a deficit from earlier origins come first, so that the
numbers of each origin are exact and totals by group stay close to their expectation, however small
the origins are.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64

MAX_ROUNDS = 2000
TOLERANCE = 1e-10
UNMET = 1e-3
"""Tolerance of a margin, because published shares are rounded."""
_WHOLE = 1e-9
"""Tolerance within which a number of households counts as whole."""

Margins = Mapping[tuple[int, str], Mapping[str, float]]


class Unmet(NamedTuple):
    """A known share of an origin that is not met: target and fitted value."""

    origin: int
    attribute: str
    category: str
    target: float
    fitted: float


def rake(
    population: F64, share: F64, categories: Mapping[str, Sequence[str]], margins: Margins
) -> F64:
    """Persons by (origin, group).

    population: (origins,) persons. share: (groups,) national shares. categories: attribute ->
    category of each group. margins: (origin, attribute) -> known shares by category; the
    remainder is spread over the other categories in their national proportions. Known shares of
    categories without groups are ignored.
    """
    persons: F64 = np.outer(population, share)
    coded = {
        name: np.unique(np.asarray(values), return_inverse=True)
        for name, values in categories.items()
    }
    targets: dict[int, dict[str, F64]] = {}
    for (origin, attribute), known in margins.items():
        names, codes = coded[attribute]
        national = np.bincount(codes, weights=share, minlength=len(names)).astype(np.float64)
        target = _target([str(n) for n in names], national, known)
        targets.setdefault(origin, {})[attribute] = target * population[origin]
    alike: dict[tuple[str, ...], list[int]] = {}
    for origin, here in targets.items():
        alike.setdefault(tuple(here), []).append(origin)
    for attributes, origins in alike.items():
        margins_here = [
            (coded[name][1], np.array([targets[origin][name] for origin in origins]))
            for name in attributes
        ]
        persons[origins] = _fitted(persons[origins], margins_here)
    total = persons.sum(axis=1)
    factor = np.divide(population, total, out=np.zeros_like(total), where=total > 0)
    return persons * factor[:, None]


def _fitted(persons: F64, margins: Sequence[tuple[NDArray[np.intp], F64]]) -> F64:
    """Persons (origins, groups), scaled to each margin in turn until those of an origin converge.

    margins: the category of each group, and persons by (origin, category), for each attribute.
    """
    fitted = persons.copy()
    left = np.arange(len(persons))  # origins whose persons still move
    for _ in range(MAX_ROUNDS):
        moved = np.zeros(len(left))
        now = fitted[left]
        for codes, target in margins:
            row, goal = np.arange(len(left))[:, None], target[left]
            cell = (row * goal.shape[1] + codes).ravel()
            total = np.bincount(cell, now.ravel(), goal.size).reshape(goal.shape)
            factor = np.divide(goal, total, out=np.ones_like(total), where=total > 0)
            now *= factor[:, codes]
            moved = np.maximum(moved, np.abs(factor - 1.0).max(axis=1, initial=0.0))
        fitted[left] = now
        left = left[moved >= TOLERANCE]
        if not left.size:
            break
    return fitted


def unmet(persons: F64, categories: Mapping[str, Sequence[str]], margins: Margins) -> list[Unmet]:
    """Known shares that the fitted persons (origins, groups) miss by more than ``UNMET``.

    Possible causes: margins that contradict each other, a margin that only groups missing in the
    origin could satisfy, or shares of all categories that do not sum to 1.
    """
    unmet_margins = []
    groups_of: dict[tuple[str, str], list[int]] = {}
    for attribute, several in categories.items():
        for group, category in enumerate(several):
            groups_of.setdefault((attribute, category), []).append(group)
    for (origin, attribute), known in margins.items():
        total = float(persons[origin].sum())
        for category, target in known.items():
            mine = groups_of.get((attribute, category), [])
            share = float(persons[origin, mine].sum()) / total if total > 0 else 0.0
            if abs(share - target) > UNMET:
                unmet_margins.append(Unmet(origin, attribute, category, target, share))
    return unmet_margins


def _target(names: list[str], national: F64, known: Mapping[str, float]) -> F64:
    """Shares of all categories of one origin, from the known ones."""
    is_known = np.array([n in known for n in names])
    target = np.array([known.get(n, 0.0) for n in names], dtype=np.float64)
    rest = max(0.0, 1.0 - float(target.sum()))
    others = np.where(is_known, 0.0, national)
    if others.sum() > 0:
        target = target + rest * others / others.sum()
    elif target.sum() > 0:
        target = target / target.sum()
    return target


def expected_households(persons: F64, sizes: F64, scale: int) -> F64:
    """Fractional households (origins, groups, S) of ``scale`` each; see :func:`households`."""
    mean = sizes @ np.arange(1, sizes.shape[1] + 1)
    households: F64 = persons[:, :, None] / mean[None, :, None] * sizes[None, :, :] / scale
    return households


def households(persons: F64, sizes: F64, scale: int) -> I64:
    """Whole households by (origin, group, size - 1), each representing `scale` similar ones.

    persons: (origins, groups). sizes: (groups, S) shares of households with 1..S persons. Origins
    are processed in order, and a surplus or deficit of a kind is carried over to the next. Every
    origin has its population in units of `scale` (exactly if that is 1); groups not expected in an
    origin are absent.
    """
    expected = expected_households(persons, sizes, scale)
    units = np.diff(np.floor(np.cumsum(persons.sum(axis=1)) / scale + 0.5), prepend=0.0)
    homes = np.zeros(expected.shape, np.int64)
    owed = np.zeros(expected.shape[1:])
    for origin, goal in enumerate(units.astype(np.int64)):
        owed += expected[origin]
        homes[origin] = _whole(expected[origin], owed)
        owed -= homes[origin]
        _match(homes[origin], owed, expected[origin] > 0, int(goal))
    return homes


def _whole(expected: F64, owed: F64) -> I64:
    """Whole households of one origin, (groups, sizes); owed: expected so far but not placed."""
    homes = np.floor(expected + _WHOLE)
    rest = np.where(expected - homes > _WHOLE, expected - homes, 0.0)
    more = np.floor(owed.sum() + 0.5) - homes.sum()
    if more > 0 and rest.any():
        # Sampled in proportion to the remainders, weighted by the deficit, largest deficit first.
        weight = rest * np.exp(np.clip(owed - expected, -30.0, 30.0))
        running = np.cumsum(weight) / weight.sum() * more
        first = int(np.where(rest > 0, owed - homes, -np.inf).argmax())
        start = running[first] - 0.5 * weight.flat[first] / weight.sum() * more
        steps = np.floor(running - start + _WHOLE)
        homes += np.diff(steps, prepend=np.floor(_WHOLE - start)).reshape(homes.shape)
    return homes.astype(np.int64)


def _match(homes: I64, owed: F64, present: NDArray[np.bool_], persons: int) -> None:
    """Change (groups, sizes) households in place until they hold `persons` people.

    One household at a time grows or shrinks by one person; if none can, one is added or removed.
    Kinds present in the origin with the largest deficit are preferred; if none fits, any size of
    the group with the largest deficit is used.
    """
    size = np.arange(1, homes.shape[1] + 1)
    somebody = np.broadcast_to(present.any(axis=1, keepdims=True), homes.shape)
    while short := persons - int((homes * size).sum()):
        step, fits = (1 if short > 0 else -1), size <= abs(short)
        if not (
            _resize(homes, owed, owed, present, step, abs(short))
            or _add_or_remove(homes, owed, owed, present & fits, step)
            or _resize(homes, owed, by_group := np.outer(owed @ size, size), somebody, step, 1)
            or _add_or_remove(homes, owed, by_group, somebody & fits, step)
        ):
            return


def _resize(
    homes: I64, owed: F64, score: F64, allowed: NDArray[np.bool_], step: int, most: int
) -> int:
    """Grow or shrink up to ``most`` households by a person, within allowed sizes; how many did.

    ``score`` may be ``owed`` itself, which changes with each of them.
    """
    old, new = (slice(None, -1), slice(1, None))[::step]

    def gains(row: int | slice) -> F64:
        fits = (homes[row][..., old] > 0) & allowed[row][..., new]
        return np.where(fits, score[row][..., new] - score[row][..., old], -np.inf)

    gain = gains(slice(None))
    for done in range(most):
        group, column = divmod(int(gain.argmax()), gain.shape[1])
        if gain[group, column] == -np.inf:
            return done
        for part, change in ((old, -1), (new, 1)):
            homes[:, part][group, column] += change
            owed[:, part][group, column] -= change
        gain[group] = gains(group)
    return most


def _add_or_remove(
    homes: I64, owed: F64, score: F64, allowed: NDArray[np.bool_], step: int
) -> bool:
    """Add (step 1) or remove (-1) a household of an allowed kind."""
    if step < 0:
        allowed = allowed & (homes > 0)
    gain = np.where(allowed, step * score, -np.inf)
    kind = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[kind] == -np.inf:
        return False
    homes[kind] += step
    owed[kind] -= step
    return True
