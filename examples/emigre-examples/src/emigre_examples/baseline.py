"""A baseline: the last day known and the mean change of the week before it (a damped drift)."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

import emigre

DAMPING = 0.8
"""Share of the drift that remains from one day to the next."""


def drift(known: emigre.Levels, days: NDArray[np.int64], crisis: date | None) -> emigre.Expected:
    """Continue the drift of the last week. ``days``: ordinals, (n,)."""
    del crisis
    last = known.last
    now, before = known.at(last), known.at(last - 7)
    change = (now - before) / 7 if now is not None and before is not None else 0.0
    ahead = (days - last).astype(np.float64)
    damped = DAMPING * (1 - DAMPING**ahead) / (1 - DAMPING)  # sum of the damped steps
    levels = np.maximum(known.values[known.n - 1] + change * damped, 0.0)
    return emigre.Expected(levels, np.minimum.outer(ahead, ahead))  # a random walk
