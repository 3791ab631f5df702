"""Response surface of the simulated figures, and their simulation noise.

In a batch of simulations with standard normal parameters z and (transformed) figures y

    y = f(z) + e,    f(z) = b0 + sum_i b_i t_i + sum_{i <= j} b_ij t_i t_j,    t = (z - m) / s

with m and s the mean and standard deviation of the batch. The b_ij are shrunk by a ridge penalty,
chosen for each figure by the exact leave-one-out error of linear smoothers
(e_(-i) = e_i / (1 - h_ii); Golub, Heath and Wahba 1979, Technometrics 21, 215-223). The covariance
of leave-one-out errors is that of simulation noise and of what the surface does not explain. Its
correlations are shrunk towards zero (Schaefer and Strimmer 2005, Statistical Applications in
Genetics and Molecular Biology 4, 32).
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from emigre.numerics.array_types import F64

_PENALTIES = np.geomspace(1e-2, 1e5, 15)
_LEAST_PER_FEATURE = 1.5
"""Minimum number of simulations per coefficient of a quadratic surface."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A quadratic response with its simulation noise.

    ``mean`` and ``sd`` (k,) standardise the parameters, ``coefficients`` (n_features, m) belong to
    the features of :func:`features`, ``noise`` (m, m) is the covariance of the residuals, and
    ``explained`` (m,) the leave-one-out share of explained variance of each figure.
    """

    mean: F64
    sd: F64
    coefficients: F64
    noise: F64
    explained: F64

    def predict(self, z: F64) -> F64:
        """Expected figures. Shape (n, k) -> (n, m)."""
        t = (z - self.mean) / self.sd
        n_linear = 1 + t.shape[1]
        return features(t, is_quadratic=len(self.coefficients) > n_linear) @ self.coefficients

    def shifted(self, by: F64) -> Self:
        """Surface of figures that are larger by ``by`` (m,)."""
        coefficients = self.coefficients.copy()
        coefficients[0] += by
        return replace(self, coefficients=coefficients)

    def slope(self) -> F64:
        """Derivatives of figures with respect to parameters at the mean of the batch, (m, k)."""
        k = len(self.mean)
        return (self.coefficients[1 : k + 1] / self.sd[:, None]).T


def fit_surface(z: F64, y: F64) -> Surface:
    """Fit a surface to a batch of parameters z (n, k) and figures y (n, m), all finite."""
    n, k = z.shape
    mean, sd = z.mean(axis=0), z.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    is_quadratic = n >= _LEAST_PER_FEATURE * (1 + k + k * (k + 1) // 2)
    x = features((z - mean) / sd, is_quadratic=is_quadratic)
    best = np.full(y.shape[1], np.inf)
    coefficients = np.zeros((x.shape[1], y.shape[1]))
    errors = np.zeros_like(y)
    gram, moment = x.T @ x, x.T @ y
    penalised = np.zeros(x.shape[1])
    penalised[k + 1 :] = 1.0
    penalised[1 : k + 1] = 1e-9  # guards against columns of zeros
    for penalty in _PENALTIES if is_quadratic else (1.0,):
        inverse = np.linalg.inv(gram + np.diag(penalty * penalised))
        leverage = ((x @ inverse) * x).sum(axis=1)
        b = inverse @ moment
        left_out = (y - x @ b) / (1.0 - np.minimum(leverage, 0.95))[:, None]
        score = (left_out**2).mean(axis=0)
        better = score < best
        best[better] = score[better]
        coefficients[:, better] = b[:, better]
        errors[:, better] = left_out[:, better]
    spread = y.var(axis=0)
    explained = np.where(spread > 0, 1.0 - best / np.where(spread > 0, spread, 1.0), 0.0)
    return Surface(mean, sd, coefficients, shrunk_covariance(errors), explained)


def features(t: F64, *, is_quadratic: bool = True) -> F64:
    """Regressors (n, columns): 1, the parameters (n, k), and all products of two of them."""
    ones = np.ones((len(t), 1))
    if not is_quadratic:
        return np.hstack([ones, t])
    i, j = np.triu_indices(t.shape[1])
    return np.hstack([ones, t, t[:, i] * t[:, j]])


def shrunk_covariance(errors: F64) -> F64:
    """Covariance of errors about zero, (n, m) -> (m, m), with correlations shrunk towards zero.

    The weight of the shrinkage is sum var(r_ij) / sum r_ij^2 over all pairs, at most 1.
    """
    n = len(errors)
    sd = np.sqrt((errors**2).mean(axis=0))
    x = errors / np.where(sd > 0, sd, 1.0)
    r = x.T @ x / n
    # var of the mean of the products x_i x_j over the members
    variance = ((x**2).T @ (x**2) / n - r**2) / max(n - 1, 1)
    off = ~np.eye(len(r), dtype=bool)
    total = float((r[off] ** 2).sum())
    weight = min(1.0, max(0.0, float(variance[off].sum()) / total)) if total > 0 else 1.0
    r = r * (1.0 - weight)
    np.fill_diagonal(r, np.where(sd > 0, 1.0, 0.0))
    return np.asarray(r * sd[:, None] * sd, dtype=np.float64)
