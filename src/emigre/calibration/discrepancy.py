"""Model discrepancy by leave-one-out.

Around the mean z0 of a batch the figures are linear in the parameters, y = f(z0) + G (z - z0) + e,
and z is standard normal a priori. So the observed figures have

    mean  f(z0) - G z0,    covariance  K(d) = G G' + E + C(d)

with E the covariance of simulation noise and C(d) that of errors and discrepancy. Predicted from
all other figures, figure j has the residual r_j = [K^-1 (y - mean)]_j / [K^-1]_jj and the variance
v_j = 1 / [K^-1]_jj (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning,
equations 5.10 to 5.12). The discrepancies d, one per unit of the figures, maximise

    sum_j ln N(r_j; 0, v_j) - 1/2 sum_unit (ln d_unit - ln m_unit)^2

The second term is a weak prior: without it, a few figures that happen to fit would imply a perfect
model. d is log-normal around m = 0.1 for persons and 0.5 for hours and shares, within a factor of
2.7 with probability 2/3. Dimensionless figures have no such prior. The maximum is searched on a
grid, one unit at a time, in two passes.
"""

from collections.abc import Mapping

import numpy as np

from emigre.calibration.surface import Surface
from emigre.calibration.targets import Targets
from emigre.numerics.array_types import F64

GRID = np.concatenate([[0.0], np.geomspace(0.01, 3.0, 70)])
"""Grid of relative standard deviations."""

_PRIOR_MEDIANS = {"persons": 0.1, "hours": 0.5, "share": 0.5}
_ROUNDS = 2


def estimate(surface: Surface, targets: Targets) -> dict[str, float]:
    """Estimate the relative standard deviation of the model's discrepancy, by unit of figures."""
    best = {unit: _PRIOR_MEDIANS.get(unit, 0.1) for unit in dict.fromkeys(targets.units)}
    for _ in range(_ROUNDS if len(best) > 1 else 1):
        for unit in best:
            tried = [{**best, unit: float(d)} for d in GRID]
            scores = [
                _score(*leave_one_out(surface, targets, d)) + _log_prior(unit, d[unit])
                for d in tried
            ]
            best[unit] = float(GRID[int(np.argmax(scores))])
    return best


def leave_one_out(
    surface: Surface, targets: Targets, discrepancy: Mapping[str, float]
) -> tuple[F64, F64]:
    """Leave-one-out residuals and standard deviations. Shapes (m,)."""
    slope = surface.slope()
    mean = surface.predict(surface.mean[None, :])[0] - slope @ surface.mean
    covariance = slope @ slope.T + surface.noise + targets.error(discrepancy)
    precision = np.linalg.inv(covariance)
    variance = 1.0 / np.diag(precision)
    return variance * (precision @ (targets.observed - mean)), np.sqrt(variance)


def _score(residual: F64, sd: F64) -> float:
    return float(-(np.log(sd) + 0.5 * (residual / sd) ** 2).sum())


def _log_prior(unit: str, discrepancy: float) -> float:
    if unit not in _PRIOR_MEDIANS:
        return 0.0
    if discrepancy == 0.0:
        return -np.inf
    return float(-0.5 * np.log(discrepancy / _PRIOR_MEDIANS[unit]) ** 2)
