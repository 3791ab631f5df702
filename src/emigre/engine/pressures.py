"""Pressures: dated pulses that change the hazards of leaving and returning.

The hazards are multiplied by exp(sum of w x), w: the weight of a pressure in a zone and group.

    x(t) = 0 before onset; (t - onset + 1) / (peak - onset + 1) up to the peak;
           2 ** -(((t - peak) / half_life) ** steepness) after it (1 without a half-life);
           0 from `ends` on

x is dimensionless, t in days; the weights are log hazards at full strength. Exponential decay
(steepness 1) is the usual response to a shock (cf. Hawkes-type kernels for event data). A higher
steepness gives a wave with a broad peak and a collapse: it halves at the half-life whatever the
steepness is. The fall is the survival function of Weibull 1951.
"""

import numpy as np

from emigre.numerics.jit import kernel
from emigre.processes.arrays import F64


def pulse(
    n_days: int, onset: int, peak: int, half_life_days: float, ends: int, steepness: float = 1.0
) -> F64:
    """Strength x(t) in 0..1 on each day of the scenario, shape (n_days,).

    onset, peak and ends are day numbers (day 0 is the first day; they may lie outside the
    scenario); half_life_days may be infinite.
    """
    t = np.arange(n_days, dtype=np.float64)
    rise = (t - onset + 1.0) / (peak - onset + 1.0)
    fall = np.exp2(-((np.maximum(t - peak, 0.0) / half_life_days) ** steepness))
    x = np.where(t < onset, 0.0, np.where(t < peak, rise, fall))
    x[t >= ends] = 0.0
    return x


@kernel
def add_pressures(strength: F64, weight: F64, out: F64) -> None:
    """Write the sum of weight (pressures, zones, U) by strength (pressures,) to out (zones, U)."""
    out[:] = 0.0
    for k in range(strength.size):
        if strength[k] != 0.0:
            for zone in range(out.shape[0]):
                for u in range(out.shape[1]):
                    out[zone, u] += strength[k] * weight[k, zone, u]
