"""Record arrays whose columns and values plain Python reads fast."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.cores import LINE


class _Record(np.void):  # type: ignore[misc]  # final for NumPy's stubs alone
    """Like ``np.record``, whose values plain Python reads several times as slowly."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except ValueError:
            raise AttributeError(f"no column {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class _Records(np.ndarray):
    """Like ``np.recarray``, whose columns plain Python reads many times as slowly."""

    def __getattr__(self, name: str) -> NDArray[Any]:
        rows = self.view(np.ndarray)
        try:
            column = rows[name]
        except ValueError:
            raise AttributeError(f"no column {name!r}") from None
        if rows.base is not self:  # else neither would ever be freed
            self.__dict__[name] = column
        return column

    def __setattr__(self, name: str, values: Any) -> None:
        self[name] = values


def records(columns: Sequence[tuple[str, Any]], shape: int | tuple[int, ...]) -> Any:
    """A record array of zeros with aligned columns, which begins where a cache line does."""
    row = np.dtype(list(columns), align=True)
    size = int(np.prod(shape)) * row.itemsize
    space = np.zeros(size + LINE, np.uint8)
    first = -space.ctypes.data % LINE
    rows = space[first : first + size].view(np.dtype((_Record, row)))
    return rows.reshape(shape).view(_Records)
