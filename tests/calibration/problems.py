"""Small problems with a known answer, for tests of fitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emigre.calibration import Prior, Priors, Targets

Q95 = 1.6448536269514722


def standard_priors(k: int) -> Priors:
    """k independent standard normal beliefs."""
    return Priors(tuple(Prior(f"p{i}", "normal", -Q95, Q95) for i in range(k)))


def plain_targets(observed: np.ndarray, sd: np.ndarray) -> Targets:
    """Figures that are compared as they are, with independent errors."""
    m = len(observed)
    names = tuple(f"y{j}" for j in range(m))
    return Targets(names, observed, sd, np.ones(m), np.eye(m), None)


@dataclass
class Linear:
    """y = A z + chance, d = y + error, all normal: the posterior is known."""

    k: int = 4
    m: int = 12
    chance_sd: float = 0.6
    error_sd: float = 0.5

    def __post_init__(self) -> None:
        rng = np.random.default_rng(5)
        self.matrix = rng.normal(size=(self.m, self.k)) * np.geomspace(1.5, 0.3, self.k)
        self.errors = np.full(self.m, self.error_sd)

    def simulate(self, values: np.ndarray, key: object) -> np.ndarray:
        rng = np.random.default_rng(key)
        return values @ self.matrix.T + self.chance_sd * rng.standard_normal((len(values), self.m))

    def published(self, truth: np.ndarray, key: object) -> np.ndarray:
        rng = np.random.default_rng([*np.atleast_1d(key), 1])
        figures = self.simulate(truth[None, :], [*np.atleast_1d(key), 2])[0]
        return figures + self.error_sd * rng.standard_normal(self.m)

    def posterior(self, observed: np.ndarray, discrepancy: float = 0.0):
        """Mean (k,) and covariance (k, k)."""
        weight = 1.0 / (self.chance_sd**2 + self.error_sd**2 + discrepancy**2)
        covariance = np.linalg.inv(np.eye(self.k) + weight * self.matrix.T @ self.matrix)
        return covariance @ self.matrix.T @ observed * weight, covariance
