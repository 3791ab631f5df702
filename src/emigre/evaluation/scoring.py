"""Scoring rules for predictive distributions. Lower scores are better.

With F the predictive distribution, X and X' independent draws from it, y the published figure, q_a
the a-quantile of F and m its median:

    crps      E|X - y| - E|X - X'| / 2, for an ensemble in the fair form, whose expectation does not
              depend on the number of runs (Ferro 2014, Quarterly Journal of the Royal
              Meteorological Society 140, 1917-1923); with one run or without spread |m - y|
    crps_log  the same of ln(1 + X) and ln(1 + y): comparable between large and small counts
              (Bosse et al. 2023, PLOS Computational Biology 19(8) e1011393)
    wis       weighted interval score of the median and the central 50 % and 90 % intervals, which
              is 2/5 of the sum of the pinball losses at the quantiles of LEVELS (Bracher, Ray,
              Gneiting and Reich 2021, PLOS Computational Biology 17(2) e1008618, eq. 6)
    covered   whether y lies in the central 50 % or 90 % interval of F, ends included
    bias      m - y;  log_bias  ln(1 + m) - ln(1 + y)

Scores are computed with scoringrules (docs/decisions/0026-scoringrules.md).
"""

import importlib.metadata
import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from emigre.numerics.array_types import F64
from emigre.results.scores_csv import PREDICTED
from emigre.results.tables import QUANTILES, summarise

LEVELS = tuple(QUANTILES.values())

SCORES = ("crps", "crps_log", "wis", "covered_50", "covered_90", "bias", "log_bias")
"""Scores of a forecast of one figure."""

_LEAST = 1e-12
"""Replaces a published figure of 0 in the closed form, which takes its logarithm."""


def judge_ensemble(ensemble: F64, observed: float) -> dict[str, Any]:
    """Quantiles and scores of an ensemble without nan (shape (m,), m >= 1) against a figure."""
    summary = summarise(ensemble[:, None])
    quantiles = [float(summary[name][0]) for name in QUANTILES]
    logs = float(ensemble_crps(np.log1p(ensemble), np.log1p(observed)))
    return _judged(quantiles, observed, float(ensemble_crps(ensemble, observed)), logs)


def judge_lognormal(median: float, sd: float, observed: float) -> dict[str, Any]:
    """Quantiles and scores of a log-normal forecast (``sd`` in logarithms, 0: a point forecast)."""
    if sd <= 0.0 or median <= 0.0:
        logs = abs(float(np.log1p(median) - np.log1p(observed)))
        return _judged([median] * len(LEVELS), observed, abs(median - observed), logs)
    from scipy.special import ndtri

    rules = library()
    quantiles = [float(median * np.exp(sd * ndtri(level))) for level in LEVELS]
    figure = max(observed, _LEAST)
    score = float(rules.crps_lognormal(figure, np.log(median), sd, backend="numpy"))
    # ln(1 + X) of a log-normal X is near normal, by its first derivative at the median.
    slope = sd * median / (1.0 + median)
    logs = float(
        rules.crps_normal(np.log1p(observed), float(np.log1p(median)), slope, backend="numpy")
    )
    return _judged(quantiles, observed, score, logs)


def _judged(
    quantiles: Sequence[float], observed: float, crps: float, crps_log: float
) -> dict[str, Any]:
    p05, p25, p50, p75, p95 = quantiles
    return {
        **dict(zip(PREDICTED, quantiles, strict=True)),
        "crps": crps,
        "crps_log": crps_log,
        "wis": float(interval_score(np.array(quantiles), observed)),
        "covered_50": bool(p25 <= observed <= p75),
        "covered_90": bool(p05 <= observed <= p95),
        "bias": p50 - observed,
        "log_bias": float(np.log1p(p50) - np.log1p(observed)),
    }


def ensemble_crps(ensemble: F64, observed: Any) -> F64:
    """Fair CRPS of ensembles (shape (..., m)) against figures (shape (...))."""
    values = np.asarray(ensemble, dtype=np.float64)
    figures = np.asarray(observed, dtype=np.float64)
    if values.shape[-1] == 1:
        return np.abs(values[..., 0] - figures)
    # The probability-weighted-moments estimator is the fair one and needs only sorted runs, not the
    # m by m table of differences.
    score = library().crps_ensemble(figures, values, estimator="pwm", backend="numpy")
    return np.asarray(score, dtype=np.float64)


def interval_score(quantiles: F64, observed: Any) -> F64:
    """Weighted interval score of quantiles at LEVELS (shape (..., 5)) against figures (...)."""
    figures = np.asarray(observed, dtype=np.float64)
    levels = np.array(LEVELS)
    # From pinball losses: the library's WIS (0.10.0, numpy backend) adds the median instead of the
    # distance from the median.
    score = library().crps_quantile(figures, quantiles, levels, backend="numpy")
    return np.asarray(score, dtype=np.float64)


@cache
def library() -> ModuleType:
    """The module scoringrules, imported without compiling its kernels, which takes seconds."""
    for path in importlib.metadata.files("scoringrules") or ():
        if path.match("core/*/_gufunc*.py"):  # None marks a module that cannot be imported
            sys.modules[".".join(path.with_suffix("").parts)] = None  # type: ignore[assignment]
    return importlib.import_module("scoringrules")
