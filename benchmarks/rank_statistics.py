"""Rank statistics of fits to simulated data, and recovery of a known truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emigre.calibration import Posterior
from emigre.scenario.priors import Priors

Array = NDArray[np.float64]

_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Ranks of true parameters among draws fitted to their data. ``ranks`` (n, k), 0 ... L."""

    names: tuple[str, ...]
    ranks: NDArray[np.int64]
    draws: int

    def are_uniform(self, level: float = 0.99) -> dict[str, bool]:
        """For each parameter, whether its ranks stay inside the simultaneous band."""
        low, high = uniform_band(len(self.ranks), self.draws, level)
        counts = [rank_counts(self.ranks[:, i], self.draws) for i in range(len(self.names))]
        return {
            name: bool(((low <= count) & (count <= high)).all())
            for name, count in zip(self.names, counts, strict=True)
        }


def rank_statistics(
    fit_to: Callable[[Array, int], Array],
    simulate: Callable[[Array, int], Array],
    priors: Priors,
    *,
    datasets: int,
    draws: int,
    seed: int,
) -> Ranks:
    """Simulation-based calibration: draws of the prior, data from each, a fit to each.

    ``simulate(values, i)`` returns data set i for true values (1, k), with all errors;
    ``fit_to(published, i)`` draws from the posterior (n, k). If the fit is correct, the rank of
    each true value among ``draws`` independent draws is uniform on 0 ... draws (Talts, Betancourt,
    Simpson, Vehtari and Gelman 2018, arXiv 1804.06788).
    """
    ranks = np.empty((datasets, len(priors)), dtype=np.int64)
    for i in range(datasets):
        rng = np.random.default_rng([seed, i])
        truth = priors.sample(1, rng)
        draws_of_fit = fit_to(simulate(truth, i), i)
        picked = draws_of_fit[rng.choice(len(draws_of_fit), draws, replace=False)]
        # Ties (of rounded values) are broken at random to keep ranks unbiased.
        below, equal = (picked < truth).sum(axis=0), (picked == truth).sum(axis=0)
        ranks[i] = below + rng.integers(0, equal + 1)
    return Ranks(priors.names, ranks, draws)


def rank_counts(ranks: NDArray[np.int64], draws: int) -> NDArray[np.int64]:
    """Number of ranks (n,) at most 0, 1, ... draws - 1: counts of shape (draws,)."""
    counts = np.cumsum(np.bincount(ranks, minlength=draws + 1))[:draws]
    return np.asarray(counts, dtype=np.int64)


def uniform_band(
    n: int, draws: int, level: float = 0.99, *, replicas: int = 4000
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Band that holds all of :func:`rank_counts` of n uniform ranks in ``level`` of cases.

    Pointwise the counts are binomial; the pointwise level is set by simulation such that the band
    holds for all points at once (Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing 32,
    32, algorithm 1). Both ends are inclusive. Shapes (draws,).
    """
    from scipy.stats import binom

    p = np.arange(1, draws + 1) / (draws + 1)
    rng = np.random.default_rng(20220101)
    smallest = np.empty(replicas)
    for i in range(replicas):
        counts = rank_counts(rng.integers(0, draws + 1, n), draws)
        both = np.minimum(binom.cdf(counts, n, p), binom.sf(counts - 1, n, p))
        smallest[i] = 2.0 * both.min()
    width = float(np.quantile(smallest, 1.0 - level, method="lower"))
    low = binom.ppf(width / 2.0, n, p).astype(np.int64)
    high = binom.isf(width / 2.0, n, p).astype(np.int64)
    return low, high


@dataclass(frozen=True, slots=True)
class Recovery:
    """A known parameter against its estimate.

    ``error_sd`` is (median - truth) in posterior standard deviations of the standard normal
    number; ``inside_90`` whether the truth lies in the central interval.
    """

    name: str
    truth: float
    q05: float
    q50: float
    q95: float
    error_sd: float
    inside_90: bool
    shrinkage: float


def recovery(posterior: Posterior, priors: Priors, truth: Array) -> tuple[Recovery, ...]:
    """Compare the posterior of simulated data with the true parameters. ``truth`` (k,)."""
    z, z_true = priors.standard(posterior.values), priors.standard(truth[None, :])[0]
    out = []
    for i, name in enumerate(posterior.names):
        low, middle, high = np.quantile(posterior.values[:, i], _QUANTILES).tolist()
        sd = float(z[:, i].std(ddof=1))
        out.append(
            Recovery(
                name=name,
                truth=float(truth[i]),
                q05=low,
                q50=middle,
                q95=high,
                error_sd=float(np.median(z[:, i]) - z_true[i]) / sd,
                inside_90=low <= truth[i] <= high,
                shrinkage=1.0 - sd**2,
            )
        )
    return tuple(out)
