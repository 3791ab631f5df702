"""Select groups of people by their attributes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class GroupSelector:
    """Groups of people by attribute, for selecting with boolean masks."""

    def __init__(self, people: Sequence[Mapping[str, str]]) -> None:
        """``people``: for each group attribute -> category."""
        self._size = len(people)
        having: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, group in enumerate(people):
            for mark in group.items():
                having[mark].append(i)
        self._with: dict[tuple[str, str], NDArray[np.bool_]] = {}
        for mark, groups in having.items():
            self._with[mark] = np.zeros(self._size, np.bool_)
            self._with[mark][groups] = True

    def select(self, selection: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
        """Groups that have, for every attribute given, one of its categories. Shape (n,)."""
        selected = np.ones(self._size, np.bool_)
        for name, categories in selection.items():
            fits = np.zeros(self._size, np.bool_)
            for category in categories:
                fits |= self._with.get((name, category), False)
            selected &= fits
        return selected
