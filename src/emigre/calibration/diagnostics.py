"""Posterior diagnostics.

Prior against posterior, predictions against figures, rank statistics, recovery of a known truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emigre.calibration.discrepancy import left_out
from emigre.calibration.posterior import FittedFigure, FittedParameter, Posterior, PosteriorInfo
from emigre.calibration.surface import Surface
from emigre.calibration.targets import Targets
from emigre.numerics.normal import Q95
from emigre.scenario.priors import Priors
from emigre.version import VERSION

Array = NDArray[np.float64]

_QUANTILES = (0.05, 0.5, 0.95)
_REPLICAS = 20
"""Observation errors drawn per simulated posterior draw."""


def posterior(
    priors: Priors,
    targets: Targets,
    silent: tuple[str, ...],
    z: Array,
    figures: Array,
    surface: Surface,
    discrepancies: tuple[dict[str, float], ...],
    said: dict[str, Any],
) -> Posterior:
    """Combine the draws with their diagnostics.

    ``z`` (n, k) are the draws as standard normal numbers; ``figures`` (n_checks, m) the simulated
    figures of the first of them; ``surface`` the response surface of the last batch.
    """
    values = priors.values(z)
    residual, sd = left_out(surface, targets, discrepancies[-1])
    far = residual / sd
    predicted = predictive(targets, figures, discrepancies[-1], said["seed"])
    fitted = _figures(targets, predicted, far, surface.explained)
    info = PosteriorInfo(
        emigre=VERSION,
        **said,
        discrepancy=discrepancies[-1],
        discrepancies=discrepancies,
        effective_size=effective_size(np.ones(len(z))),
        inside_50=_coverage(predicted, targets, 0.5),
        inside_90=_coverage(predicted, targets, 0.9),
        left_out_inside_90=round(float((np.abs(far) <= Q95).mean()), 4),
        parameters=_parameters(priors, z, values),
        figures=fitted,
        silent=silent,
    )
    return Posterior(priors.names, values, info)


def predictive(
    targets: Targets, figures: Array, discrepancy: Mapping[str, float], seed: int
) -> Array:
    """Predicted publications: simulated figures with discrepancy and error (n, m).

    nan where nothing is simulated. Shape (n_checks * replicas, m), transformed.
    """
    if not len(figures):
        return np.empty((0, len(targets)))
    root = np.linalg.cholesky(targets.error(discrepancy))
    rng = np.random.default_rng([seed, 2**31])
    noise = rng.standard_normal((_REPLICAS * len(figures), len(targets))) @ root.T
    return np.tile(targets.transformed(figures), (_REPLICAS, 1)) + noise


def _parameters(priors: Priors, z: Array, values: Array) -> tuple[FittedParameter, ...]:
    from scipy.special import ndtri

    out = []
    for i, prior in enumerate(priors.each):
        before = prior.value(ndtri(np.array(_QUANTILES))).tolist()
        after = np.quantile(values[:, i], _QUANTILES).tolist()
        out.append(
            FittedParameter(
                name=prior.name,
                prior=prior.shape,
                prior_said=prior.was_said,
                low=prior.low,
                high=prior.high,
                **{
                    f"{word}{name}": _short(number)
                    for word, numbers in (("prior_", before), ("", after))
                    for name, number in zip(("q05", "q50", "q95"), numbers, strict=True)
                },
                shrinkage=round(1.0 - float(z[:, i].var(ddof=1)), 4),
            )
        )
    return tuple(out)


def _figures(
    targets: Targets, predicted: Array, far: Array, explained: Array
) -> tuple[FittedFigure, ...]:
    rows: Sequence[dict[str, Any]] = [{}] * len(targets)
    if targets.rows is not None:
        rows = list(targets.rows.iter_rows(named=True))
    observed = targets.plain(targets.observed)
    quantiles = np.full((3, len(targets)), np.nan)
    if len(predicted):
        for j in range(len(targets)):
            there = predicted[:, j][np.isfinite(predicted[:, j])]
            if len(there):
                quantiles[:, j] = np.quantile(there, _QUANTILES)
    plain = targets.plain(quantiles)
    inside = (quantiles[0] <= targets.observed) & (targets.observed <= quantiles[2])
    is_known = np.isfinite(quantiles).all(axis=0)
    return tuple(
        FittedFigure(
            id=name,
            observed=_short(observed[j]),
            error_sd=_short(targets.sd[j] / max(targets.reach[j], 1e-9)),
            q05=_short(plain[0, j]) if is_known[j] else None,
            q50=_short(plain[1, j]) if is_known[j] else None,
            q95=_short(plain[2, j]) if is_known[j] else None,
            inside_90=bool(inside[j]) if is_known[j] else None,
            left_out_error=round(float(far[j]), 3),
            explained=round(float(explained[j]), 3),
            measure=rows[j].get("measure", ""),
            place=rows[j].get("place", ""),
            start=rows[j].get("from"),
            end=rows[j].get("to"),
        )
        for j, name in enumerate(targets.names)
    )


def _coverage(predicted: Array, targets: Targets, level: float) -> float | None:
    """Share of figures inside the central predictive interval."""
    if not len(predicted):
        return None
    low, high = np.nanquantile(predicted, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return round(float(((low <= targets.observed) & (targets.observed <= high)).mean()), 4)


def effective_size(weights: Array) -> float:
    """(sum w)^2 / sum w^2 (Kong 1992): effective number of equally weighted draws."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _short(number: float) -> float:
    return float(f"{number:.6g}")


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
