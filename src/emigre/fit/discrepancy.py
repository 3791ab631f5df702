"""How far the model itself is off: estimated from figures that are left out one at a time.

Around the mean z0 of a batch the figures are linear in the parameters, y = f(z0) + G (z - z0) + e,
and z is standard normal before any figure was seen. So the observed figures have

    mean  f(z0) - G z0,    covariance  K(d) = G G' + E + C(d)

with E the chance of the simulator and C(d) errors and discrepancy. A figure that is left out has,
given the others, the residual r_j = [K^-1 (y - mean)]_j / [K^-1]_jj and the variance
v_j = 1 / [K^-1]_jj (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning,
equations 5.10 to 5.12). The discrepancy d is the one that makes sum_j ln N(r_j; 0, v_j) largest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emigre.fit.surface import Surface
from emigre.fit.targets import Targets

Array = NDArray[np.float64]

GRID = np.concatenate([[0.0], np.geomspace(0.01, 1.5, 60)])
"""Relative standard deviations that are tried."""


def estimate(surface: Surface, targets: Targets) -> float:
    """The relative standard deviation of the model's discrepancy."""
    scores = [_score(*left_out(surface, targets, float(d))) for d in GRID]
    return float(GRID[int(np.argmax(scores))])


def left_out(surface: Surface, targets: Targets, discrepancy: float) -> tuple[Array, Array]:
    """Residual and standard deviation of every figure given all the others. Shapes (m,)."""
    slope = surface.slope()
    mean = surface.at(surface.mean[None, :])[0] - slope @ surface.mean
    covariance = slope @ slope.T + surface.chance + targets.error(discrepancy)
    precision = np.linalg.inv(covariance)
    variance = 1.0 / np.diag(precision)
    return variance * (precision @ (targets.observed - mean)), np.sqrt(variance)


def _score(residual: Array, sd: Array) -> float:
    return float(-(np.log(sd) + 0.5 * (residual / sd) ** 2).sum())
