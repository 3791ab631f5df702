"""Episodes: forecasts of the past in closed form.

An *episode* contains the figures known on a day and those of later days, with their counts and
their values in n runs. Given the sizes of the error, the logarithms of later figures have a
distribution in closed form (local_error.py), and can be scored without draws.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.baselines import LogNormal, Memory, forecasters
from emigre.evaluation.model_error import ModelError, horizon_of, kind_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.known import Known
from emigre.forecasting.local_error import (
    Figures,
    Spread,
    distributions,
    figures_of,
    patterns_given,
)
from emigre.forecasting.patterns import covariance
from emigre.forecasting.pooling import breaks_of
from emigre.numerics.array_types import F64, I64

LEAST_SD = 1e-3
NORMAL = 1e7
"""Degrees of freedom of a t distribution that is as good as normal."""


@dataclass(frozen=True, eq=False)
class Episode:
    """A forecast of the past.

    Attributes
    ----------
    n_known : int
        Number of known figures, which are the first of all m figures.
    counted, simulated : (m,) and (runs, m)
        Logarithms of counts and simulated values.
    variance : (m,)
        Variance of the errors of counts.
    horizon : (m,)
        Days from the day of the forecast to the last day of each figure.
    baselines : mapping
        Forecast of each later figure by each baseline; None without one.
    breaks : frozenset
        Later figures that are not pooled with a baseline (pooling.py).
    past : tuple of Episode
        Forecasts of the known figures from earlier days (own_record.py).
    """

    case: str
    day: date
    n_known: int
    counted: F64
    simulated: F64
    variance: F64
    horizon: I64
    kinds: tuple[str, ...]
    series: tuple[tuple[str, str], ...]
    figures: tuple[Figures, ...]
    spread: Spread
    baselines: Mapping[str, tuple[LogNormal | None, ...]]
    breaks: frozenset[int] = frozenset()
    past: tuple[Episode, ...] = ()

    @cached_property
    def crps_of_baselines(self) -> F64:
        """CRPS of each baseline, (baselines, later figures); inf without a forecast."""
        scores = np.full((len(self.baselines), len(self) - self.n_known), np.inf)
        for r, several in enumerate(self.baselines.values()):
            for i, f in enumerate(several):
                if f is not None and f.median > 0:
                    mean, sd = np.array(np.log(f.median)), np.array(max(f.sd, LEAST_SD))
                    scores[r, i] = crps(mean, sd, self.counted[self.n_known + i])
        return scores

    @cached_property
    def later(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        """Later figures with a baseline forecast, by kind and part of the horizon."""
        is_forecast = np.isfinite(self.crps_of_baselines).any(axis=0)
        kinds = np.array(self.kinds[self.n_known :], dtype=object)
        parts = np.array([horizon_of(int(h)) for h in self.horizon[self.n_known :]], dtype=object)
        pairs = dict.fromkeys(zip(kinds.tolist(), parts.tolist(), strict=True))
        return {(k, p): is_forecast & (kinds == k) & (parts == p) for k, p in pairs}

    def predict(self, errors: Mapping[str, ModelError] | None = None) -> tuple[F64, F64, F64]:
        """Mean, scale and degrees of freedom of the logarithms of later figures (local_error.py).

        ``narrowed`` is the reduction of the variance of patterns by the counts.
        """
        n, spread = self.n_known, self.spread
        missing = self.counted[:n] - spread.middle[:n]
        joints = distributions(self.figures, spread, missing, self.variance, errors)
        patterns = patterns_given(joints, spread, missing)
        effect = covariance(patterns.of_runs, spread.residual[:, n:])
        moved = patterns.mean @ effect
        narrowed = (effect**2).sum(axis=0) - ((patterns.variance @ effect) * effect).sum(axis=0)
        means, variances, weights, freedoms = [], [], [], []
        for joint in joints:
            total, size = joint.covariance, joint.size[n:]
            gain = np.linalg.solve(total[:n, :n], total[:n, n:]).T
            means.append(spread.middle[n:] + gain @ missing + size * moved)
            variance = np.diag(total)[n:] - (gain * total[n:, :n]).sum(axis=1)
            shares = np.hstack([-gain, np.eye(len(total) - n)])
            of_errors = ((shares @ joint.of_errors) * shares).sum(axis=1)
            variances.append(np.maximum(variance - size**2 * narrowed, of_errors))
            weights.append(joint.weight)
            freedoms.append(joint.freedom[n:] * (variances[-1] / of_errors) ** 2)
        mean = np.average(means, axis=0, weights=weights)
        variance = np.average(variances + (np.array(means) - mean) ** 2, axis=0, weights=weights)
        return mean, np.sqrt(np.maximum(variance, 1e-6)), freedoms[int(np.argmax(weights))]

    def __len__(self) -> int:
        return len(self.counted)


def episode(
    case: str,
    day: date,
    cells: Mapping[str, Cells],
    known: pl.DataFrame,
    later: pl.DataFrame,
    memory: Memory,
    scale: int,
    baselines: Collection[str] | None = None,
) -> Episode:
    """Make the episode of a day from figures ``known`` on it and ``later`` ones.

    Figures are rows of observations. ``cells`` are adjusted to the known figures (conditioning.py).
    All baselines are used by default.
    """
    before = Known.of(cells, known, scale)
    after = Known.of(cells, later, scale, before.rows)
    rows = pl.concat([before.rows, after.rows], how="vertical_relaxed")
    both = Known(
        rows,
        np.concatenate([before.counted, after.counted]),
        np.concatenate([before.simulated, after.simulated], axis=1),
        np.concatenate([before.variance, after.variance]),
    )
    of_baselines = {
        baseline: tuple(
            memory.forecast(baseline, r["measure"], r["place"], r["from"], r["to"])
            for r in after.rows.iter_rows(named=True)
        )
        for baseline in (forecasters() if baselines is None else baselines)
    }
    horizon = [(to - timedelta(days=1) - day).days for to in rows["to"]]
    return Episode(
        case,
        day,
        len(before),
        both.counted,
        both.simulated,
        both.variance,
        np.array(horizon),
        tuple(kind_of(m) for m in rows["measure"]),
        tuple(rows.select("measure", "place").iter_rows()),
        figures_of({m: cells[m] for m in dict.fromkeys(rows["measure"])}, both.rows, day),
        both.spread(len(before)),
        of_baselines,
        breaks_of(cells, after.rows, day, scale),
    )


def crps(mean: F64, scale: F64, observed: F64, freedom: F64 | float = np.inf) -> F64:
    """CRPS of forecasts with t distributions, elementwise; normal if ``freedom`` is infinite.

    Jordan, Krueger and Lerch 2019, Journal of Statistical Software 90(12), appendix A.
    """
    from scipy.special import betaln, stdtr

    nu = np.minimum(freedom, NORMAL)
    z = (observed - mean) / scale
    density = np.exp(-(nu + 1) / 2 * np.log1p(z**2 / nu) - betaln(0.5, nu / 2)) / np.sqrt(nu)
    spread = np.exp(betaln(0.5, nu - 0.5) - 2 * betaln(0.5, nu / 2)) * 2 * np.sqrt(nu) / (nu - 1)
    inner = z * (2 * stdtr(nu, z) - 1) + 2 * density * (nu + z**2) / (nu - 1) - spread
    return np.asarray(scale * inner)
