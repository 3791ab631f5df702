"""Reference implementation of the pulses: one day at a time, halved repeatedly."""

import math


def strength(
    t: int, onset: int, peak: int, half_life_days: float, ends: int, steepness: float = 1.0
) -> float:
    """x(t) of one pulse."""
    if t < onset or t >= ends:
        return 0.0
    if t < peak:
        return (t - onset + 1) / (peak - onset + 1)
    if math.isinf(half_life_days):
        return 1.0
    return float(0.5 ** (((t - peak) / half_life_days) ** steepness))
