"""Posterior diagnostics: posterior against prior, and predictions against figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emigre.calibration.discrepancy import leave_one_out
from emigre.calibration.posterior import FittedFigure, FittedParameter, Posterior, PosteriorInfo
from emigre.calibration.surface import Surface
from emigre.calibration.targets import Targets
from emigre.numerics.array_types import F64
from emigre.numerics.normal import Q95
from emigre.scenario.priors import Priors
from emigre.version import VERSION

_QUANTILES = (0.05, 0.5, 0.95)
_REPLICAS = 20
"""Observation errors drawn per simulated posterior draw."""


def posterior(
    priors: Priors,
    targets: Targets,
    z: F64,
    figures: F64,
    surface: Surface,
    discrepancy: Mapping[str, float],
    settings: dict[str, Any],
) -> Posterior:
    """Combine the draws with their diagnostics.

    ``z`` (n, k) are the draws as standard normal numbers; ``figures`` (n_checks, m) the simulated
    figures of the first of them; ``surface`` the response surface of the last batch; ``settings``
    those of the fit, as in posterior.json.
    """
    values = priors.values(z)
    residual, sd = leave_one_out(surface, targets, discrepancy)
    far = residual / sd
    predicted = predictive(targets, figures, discrepancy, settings["seed"])
    fitted = _figures(targets, predicted, far, surface.explained)
    info = PosteriorInfo(
        emigre=VERSION,
        **settings,
        discrepancy=dict(discrepancy),
        inside_50=_coverage(predicted, targets, 0.5),
        inside_90=_coverage(predicted, targets, 0.9),
        left_out_inside_90=round(float((np.abs(far) <= Q95).mean()), 4),
        parameters=_parameters(priors, z, values),
        figures=fitted,
    )
    return Posterior(priors.names, values, info)


def predictive(targets: Targets, figures: F64, discrepancy: Mapping[str, float], seed: int) -> F64:
    """Predicted publications (n_checks * replicas, m), transformed; nan where not simulated."""
    if not len(figures):
        return np.empty((0, len(targets)))
    root = np.linalg.cholesky(targets.error(discrepancy))
    rng = np.random.default_rng([seed, 2**31])
    noise = rng.standard_normal((_REPLICAS * len(figures), len(targets))) @ root.T
    return np.tile(targets.transform(figures), (_REPLICAS, 1)) + noise


def _parameters(priors: Priors, z: F64, values: F64) -> tuple[FittedParameter, ...]:
    from scipy.special import ndtri

    names = ("prior_q05", "prior_q50", "prior_q95", "q05", "q50", "q95")
    out = []
    for i, prior in enumerate(priors.each):
        before = prior.value(ndtri(np.array(_QUANTILES)))
        after = np.quantile(values[:, i], _QUANTILES)
        quantiles = dict(zip(names, map(_rounded, [*before, *after]), strict=True))
        out.append(
            FittedParameter(
                name=prior.name,
                prior=prior.shape,
                low=prior.low,
                high=prior.high,
                **quantiles,
                shrinkage=round(1.0 - float(z[:, i].var(ddof=1)), 4),
            )
        )
    return tuple(out)


def _figures(
    targets: Targets, predicted: F64, far: F64, explained: F64
) -> tuple[FittedFigure, ...]:
    rows: Sequence[dict[str, Any]] = [{}] * len(targets)
    if targets.rows is not None:
        rows = list(targets.rows.iter_rows(named=True))
    observed = targets.invert(targets.observed)
    quantiles = np.full((3, len(targets)), np.nan)
    if len(predicted):
        for j in range(len(targets)):
            there = predicted[:, j][np.isfinite(predicted[:, j])]
            if len(there):
                quantiles[:, j] = np.quantile(there, _QUANTILES)
    plain = targets.invert(quantiles)
    inside = (quantiles[0] <= targets.observed) & (targets.observed <= quantiles[2])
    is_known = np.isfinite(quantiles).all(axis=0)
    return tuple(
        FittedFigure(
            id=name,
            observed=_rounded(observed[j]),
            error_sd=_rounded(targets.sd[j] / max(targets.derivative[j], 1e-9)),
            q05=_rounded(plain[0, j]) if is_known[j] else None,
            q50=_rounded(plain[1, j]) if is_known[j] else None,
            q95=_rounded(plain[2, j]) if is_known[j] else None,
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


def _coverage(predicted: F64, targets: Targets, level: float) -> float | None:
    """Share of figures inside the central prediction interval."""
    if not len(predicted):
        return None
    low, high = np.nanquantile(predicted, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return round(float(((low <= targets.observed) & (targets.observed <= high)).mean()), 4)


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")
