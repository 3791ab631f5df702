"""Error of a published count, by its row of observations.csv (evaluation/observation_error.py)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emigre.numerics.normal import Q95

APPROXIMATE_SD = 0.1
"""Default standard deviation of an approximate figure, in logarithms."""
LARGEST_SD = 3.0
"""Upper bound of ``error_sd``."""


@dataclass(frozen=True, slots=True)
class CountError:
    """The error of one published figure.

    ``kind`` is exact, rounded, approximate or range; ``half_unit`` belongs to rounded (in the unit
    of the measure), ``shift`` and ``sd`` to the others, in logarithms: the median of the truth is
    the figure times exp(shift).
    """

    kind: str
    half_unit: float = 0.0
    shift: float = 0.0
    sd: float = 0.0


def count_error(row: Mapping[str, Any]) -> CountError:
    """The error of a row of observations (keys value, low, high, error, error_sd)."""
    value, low, high = row["value"], row.get("low"), row.get("high")
    kind = error_kind(row)
    low = value if low is None else low
    high = value if high is None else high
    if kind == "rounded":
        return CountError(kind, half_unit=last_digit(value) / 2.0)
    if kind == "approximate":
        sd = row.get("error_sd")
        return CountError(kind, sd=APPROXIMATE_SD if sd is None else sd)
    if kind == "range":
        shift = 0.5 * (math.log(low) + math.log(high)) - math.log(value)
        return CountError(kind, shift=shift, sd=math.log(high / low) / (2.0 * Q95))
    return CountError("exact")


def error_kind(row: Mapping[str, Any]) -> str:
    """The kind of error of a row: that of ``error``; empty is a range if given, else rounded."""
    kind, low, high = (row.get(c) for c in ("error", "low", "high"))
    if kind is not None:
        return str(kind)
    has_range = low is not None or high is not None
    low = row["value"] if low is None else low
    return "range" if has_range and low > 0 else "rounded"


def last_digit(value: float) -> float:
    """The unit of the last significant digit of a figure; 1 for zero.

    >>> last_digit(98000), last_digit(3133), last_digit(2.5)
    (1000.0, 1.0, 0.1)
    """
    if value == 0:
        return 1.0
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return float(Decimal(1).scaleb(int(exponent)))
