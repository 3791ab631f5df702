"""The value of a measure over a span of days.

A flow is the sum of its days. A stock is the mean of its days (:data:`MEAN`): this is how published
figures of several days are compared with runs. The number at the end of a period is a second
convention (:data:`LAST_DAY`), used only where a caller asks for it by name. Hours of waiting and
rootedness are weighted means: each day counts by the persons it is about, whose number is the sum
of other measures at the same place (:data:`WEIGHTS`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.numerics.array_types import F64

Stock = Literal["mean", "last day"]
"""How a stock is taken over several days."""
MEAN: Stock = "mean"
LAST_DAY: Stock = "last day"

WEIGHTS: Mapping[str, tuple[str, ...]] = {
    "wait_hours": ("exited", "exited_ordinary", "refused_exit"),
    "rootedness": ("stock",),
}
"""For each measure that is a mean: the measures that add up to the persons it is about.

Everybody who is served at a crossing either passes its exit check or is refused there.
"""


def is_stock(measure: str) -> bool:
    """Whether a measure is a number at the end of each day, such as people present."""
    return schema.measures()[measure].kind == "stock"


def is_flow(measure: str) -> bool:
    """Whether a measure counts events, so that days add up."""
    return schema.measures()[measure].kind == "flow"


def value(
    measure: str, days: F64, weight: NDArray[Any] | None = None, *, stock: Stock = MEAN
) -> F64:
    """Reduce daily values, shape (..., n_days), to their value over these days, shape (...).

    ``weight``, of the shape of ``days``, is the sum of the measures in :data:`WEIGHTS`; only a
    weighted mean needs it. A mean without persons is nan, and days that are nan count for nothing.
    """
    kind = schema.measures()[measure].kind
    if kind == "flow":
        return np.asarray(days.sum(axis=-1), dtype=np.float64)
    if kind == "stock":
        return np.asarray(days[..., -1] if stock == LAST_DAY else days.mean(axis=-1))
    if weight is None:
        raise TypeError(f"{measure} is a mean and needs weights")
    counted = np.where(np.isnan(days), 0.0, weight)
    return weighted_mean((np.nan_to_num(days) * counted).sum(axis=-1), counted.sum(axis=-1))


def weighted_mean(total: NDArray[Any], weight: NDArray[Any]) -> F64:
    """Return ``total / weight``, both of shape (...), nan where the weight is 0."""
    safe = np.where(weight > 0, weight, 1)
    return np.asarray(np.where(weight > 0, total / safe, np.nan), dtype=np.float64)


def a_day(measure: str, values: F64, n_days: int) -> F64:
    """Return values (...) over ``n_days`` per day: a flow is divided, a stock or a mean is not."""
    return values / n_days if is_flow(measure) else values


def first_day(measure: str, start: date, end: date, stock: Stock) -> date:
    """Return the first of the half-open days that count: the last one for a stock at the end."""
    return end - timedelta(days=1) if is_stock(measure) and stock == LAST_DAY else start


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measure at a place over half-open days."""

    measure: str
    place: str
    start: date
    end: date

    @property
    def spec(self) -> schema.Measure:
        """The measure in the schema."""
        return schema.measures()[self.measure]

    @property
    def is_flow(self) -> bool:
        """Whether the measure is a flow."""
        return is_flow(self.measure)

    @property
    def n_days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day included."""
        return self.end - timedelta(days=1)

    @property
    def first(self) -> date:
        """The first of the days that count if a stock is that of the last one."""
        return first_day(self.measure, self.start, self.end, LAST_DAY)

    def frame(self) -> pl.DataFrame:
        """The quantity as a row of observations, from the :attr:`first` day."""
        row = {"measure": self.measure, "place": self.place, "from": self.first, "to": self.end}
        return pl.DataFrame([row])
