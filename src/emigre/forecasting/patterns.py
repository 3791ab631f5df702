"""Infer measures without recent counts from the patterns in which runs differ.

Runs differ by their parameters, and therefore in several measures at once. Most passages at a
border are of ordinary travellers: a run with ten times the emigrants of another may have only a
third more passages. Counts of passages thus show which numbers of emigrants are likely.

Let Z (runs, n) be the anomalies of the logarithms of the figures, m their middle, and E the
covariance of the errors of model and counts. The patterns theta are the first K principal
components of Z E^-1/2 over the runs, with mean 0 and variance 1: the directions in which runs
differ most relative to the errors. With u = cov(theta, Z), and the rest of the spread of runs as
part of the error,

    ln y - m = theta u + e,    R = cov(e) = E + cov(Z - theta u)
    theta | y ~ N(P u R^-1 (ln y - m), P),    P = (1 + u R^-1 u')^-1

The logarithm q of a measure without counts is shifted from its value in run i by linear regression,

    q + cov(q, theta) (theta_drawn - theta_i)

which is the update of an ensemble Kalman filter (Evensen 2003, doi:10.1007/s10236-003-0036-9),
restricted to few patterns because other covariances of few runs are chance. Without counts the
spread of q does not change. In a series with counts, q is the part of the spread that these do not
determine (local_error.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64

MOST = 2
"""Largest number of patterns. More hardly reduce errors, and make intervals too narrow."""
RUNS_A_PATTERN = 10
"""Runs needed per pattern: a regression on fewer runs would fit chance."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenCounts:
    """Patterns of runs, (runs, K), with their mean (K,) and variance (K, K) given counts."""

    of_runs: F64
    mean: F64
    variance: F64

    @classmethod
    def of(cls, anomaly: F64, errors: F64, missing: F64) -> GivenCounts:
        """Compute patterns from figures in logarithms.

        Parameters
        ----------
        anomaly : (runs, n)
            Differences of runs from their middle.
        errors : (n, n)
            Covariance of the errors of model and counts.
        missing : (n,)
            Counted minus simulated values.
        """
        runs, n = anomaly.shape
        number = min(MOST, runs // RUNS_A_PATTERN, n)
        if not number:
            return cls(np.zeros((runs, 0)), np.zeros(0), np.eye(0))
        about = anomaly - anomaly.mean(axis=0)
        whitened = np.linalg.solve(np.linalg.cholesky(errors), about.T).T
        components = np.linalg.svd(whitened, full_matrices=False)[0]
        of_runs = components[:, :number] * np.sqrt(runs - 1)
        effect = covariance(of_runs, about)
        rest = about - of_runs @ effect
        gain = np.linalg.solve(errors + covariance(rest, rest), effect.T)
        variance = np.asarray(np.linalg.inv(np.eye(number) + effect @ gain), np.float64)
        return cls(of_runs, variance @ (gain.T @ missing), variance)


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Patterns of the runs, (runs, K), and draws of patterns given the counts, (n, K)."""

    of_runs: F64
    drawn: F64

    @classmethod
    def of(cls, given: GivenCounts, draws: int, rng: np.random.Generator) -> Patterns:
        """Draw patterns given the counts."""
        noise = rng.standard_normal((draws, len(given.mean)))
        root = np.linalg.cholesky(given.variance)
        return cls(given.of_runs, given.mean + noise @ root.T)

    def shift_from_runs(self, runs: NDArray[np.intp]) -> F64:
        """Drawn patterns minus those of the run of each draw (n,), (n, K)."""
        return self.drawn - self.of_runs[runs]

    def adjustments(self, logs: F64, runs: NDArray[np.intp]) -> F64:
        """Additions to logarithms (runs, n_rows), for draws with the runs (n,): (n, n_rows).

        Sums are clipped to the range of the runs, which a regression may exceed.
        """
        own = logs[runs]
        moved = own + self.shift_from_runs(runs) @ covariance(self.of_runs, logs)
        return np.asarray(np.clip(moved, logs.min(axis=0), logs.max(axis=0)) - own)


def covariance(a: F64, b: F64) -> F64:
    """Covariance (p, q) of the columns of (runs, p) and (runs, q)."""
    return np.asarray((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)) / max(len(a) - 1, 1))
