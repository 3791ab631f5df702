"""Values of one kind of rule at all places, for all classes, in every period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from emigre.processes.arrays import F64, I32, I64


@dataclass(frozen=True, slots=True)
class Table:
    """Values of one kind of rule: (layers, places, classes), and the layer of each period.

    delay: days to a decision; for entry rules the window in which days are counted (0: none).
    number: of the rule whose share decides by a draw, else 0.
    """

    value: F64
    days: I32
    delay: I32
    number: I64
    layer: I64
    _alike: dict[int, I32] = field(init=False, default_factory=dict, repr=False)

    def at(self, period: int) -> tuple[F64, I32, I32]:
        """Value, days and delay in a period, each (places, classes)."""
        u = self.layer[period]
        return self.value[u], self.days[u], self.delay[u]

    def number_at(self, period: int) -> I64:
        """Numbers of the rules that decide in a period (places, classes)."""
        return self.number[self.layer[period]]

    def entry(self, period: int) -> dict[str, Any]:
        """Entry on arrival in a period, by the names of :class:`Today`; each (places, classes)."""
        share, days, window = self.at(period)
        names = ("entry_share", "entry_days", "entry_window", "entry_rule")
        return dict(zip(names, (share, days, window, self.number_at(period)), strict=True))

    def alike(self, layer: int) -> I32:
        """Number of each class in a layer; classes with the same values share one."""
        if layer not in self._alike:
            self._alike[layer] = alike(self.value[layer])
        return self._alike[layer]

    def of_columns(self, columns: slice) -> Table:
        """The part of the table with these columns."""
        return replace(
            self,
            value=np.ascontiguousarray(self.value[..., columns]),
            days=np.ascontiguousarray(self.days[..., columns]),
            delay=np.ascontiguousarray(self.delay[..., columns]),
            number=np.ascontiguousarray(self.number[..., columns]),
        )


def alike(*tables: F64 | I32) -> I32:
    """Number of each column (C) of tables (n, C); columns equal in all tables share a number."""
    numbers: dict[bytes, int] = {}
    columns = np.ascontiguousarray(np.vstack(tables).T)
    return np.array([numbers.setdefault(c.tobytes(), len(numbers)) for c in columns], np.int32)


def alike_in_all(numbers: Sequence[I32]) -> I32:
    """The same for columns (C) whose numbers in single tables are known."""
    mark = np.zeros(numbers[0].size, np.int64)
    for each in numbers:
        mark = mark * each.size + each
    _, first, inverse = np.unique(mark, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int32)
