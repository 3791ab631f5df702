"""Small problems with known answers, for tests of fitting."""

from dataclasses import dataclass

import numpy as np

from emigre.calibration import Prior, Priors, Targets

Q95 = 1.6448536269514722


def standard_priors(k: int) -> Priors:
    """k independent standard normal priors."""
    return Priors(tuple(Prior(f"p{i}", "normal", -Q95, Q95) for i in range(k)))


def plain_targets(observed: np.ndarray, sd: np.ndarray) -> Targets:
    """Figures that are compared as they are, with independent errors."""
    m = len(observed)
    names = tuple(f"y{j}" for j in range(m))
    return Targets(names, observed, sd, np.ones(m), np.eye(m), None)


@dataclass
class Linear:
    """y = A z + noise, d = y + error, all normal: the posterior is known."""

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


@dataclass
class Parties:
    """Counts of independent parties, of which the expected number was published."""

    scale: float = 100.0
    expected: float = 4.0
    slope: float = 0.7
    m: int = 8

    def counts(self, level: np.ndarray) -> np.ndarray:
        """Expected persons, (..., 1) -> (..., m)."""
        parties = np.full(self.m, self.expected)
        return np.asarray(self.scale * parties * np.exp(self.slope * level))

    def simulate(self, values: np.ndarray, key: object) -> np.ndarray:
        rng = np.random.default_rng(key)
        return self.scale * rng.poisson(self.counts(values) / self.scale)

    def targets(self, level: float, *, with_parties: bool) -> Targets:
        counts = self.counts(np.array([level]))
        parties = np.full(self.m, self.scale if with_parties else 0.0)
        return Targets(
            tuple(f"y{j}" for j in range(self.m)),
            np.log(counts + self.scale),
            np.full(self.m, 0.05),
            counts / (counts + self.scale),
            np.eye(self.m),
            np.full(self.m, self.scale),
            parties,
        )
