"""Two kinds of rules: a curfew, which acts each morning, and a strike at the border, a factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import emigre


def keep_at_home(day: emigre.DayView, value: NDArray[np.float64]) -> None:
    """Scale the pressures on leaving; ``value`` has a row per origin and a column per group."""
    day.change(departure_multiplier=day.today.departure_multiplier * value)


CURFEW = emigre.RuleKind(
    places=("origin",),
    value_unit="factor",
    value_high=1.0,
    description="Factor on the pressures on leaving while a curfew is in force.",
    apply=keep_at_home,
)

STRIKE = emigre.RuleKind(
    factor_on="capacity",
    value_unit="factor",
    value_high=1.0,
    description="Factor on the capacity of a crossing while its staff is on strike.",
)
