"""Adjust the width, pooling and shape of forecasts to the scenario's own record.

**Width.** The error of forecasts two weeks ahead does not follow from that of the next day. The
counts known on the day of a forecast are therefore forecast from earlier days (every :data:`STEP`
days of the last :data:`SPAN`), with the same runs and what was published by then (episodes.py). Let
z be the errors of a series in standard deviations, Z_h the mean of their squares and n_h the number
of figures in part h of the horizon (1 to 7, 8 to 14, 15 to 30 days). The standard deviation of
forecasts in part h is multiplied by k_h,

    K_h = (FREEDOM k_{h-1}^2 + n_h c_h^2 Z_h) / (FREEDOM + n_h),    k_0 = 1
    k_1^2 = K_1,    k_h^2 = max(k_{h-1}^2, K_h)

with K_h the mean of an inverse-gamma distribution, as for the size of errors in local_error.py. The
factor of each part is the prior mean of the next. It does not fall with the horizon: forecasts h
days ahead from neighbouring days share the errors of h - 1 days (Diebold and Mariano 1995, Journal
of Business and Economic Statistics 13, 253-263), and a record of few weeks has hardly any
independent errors of the second week. Forecasts of the past are easier than those of the future
because their runs know later decisions; c_h (:data:`EASIER`), which grows with the horizon,
corrects for that. A series without a record has the geometric mean of the factors of its measure.

The factor multiplies distances from the median in logarithms. FREEDOM and c_h were chosen on the
origins of docs/validation.md; the score hardly depends on them (decision 80).

**Pooling.** In quiet weeks the 7-day mean is hard to beat; after a change of rules it is far off.
Let C_h and B_h be the mean CRPS, in logarithms, of the forecast and of the 7-day mean over the N_h
past figures of all flows in part h. The forecast gets the weight

    p_h = B_h*^POWER / (B_h*^POWER + C_h*^POWER),
    ln(C_h* / B_h*) = (N_h ln(C_h / B_h) + EARLY ln BETTER) / (N_h + EARLY)

and is pooled with the 7-day mean (pooling.py). Weights by a power of past errors are common in
combinations of forecasts (Timmermann 2006, Handbook of Economic Forecasting 1, 135-196). The prior,
which dominates early in a crisis, is a ratio of BETTER with the weight of EARLY figures (decision
133).

**Shape.** A record of many next-day errors gives thin tails. Figures, however, lie either closer to
the median or much farther from it: 90 % intervals contained the right share of figures, 50 %
intervals too many. With l, m and u the 5, 50 and 95 % quantiles of logarithms, the forecast on each
side of the median has Student's t distribution with :data:`TAILS` degrees of freedom and the same
90 % interval,

    ln q(p) = m + k_h t(p) / t(0.95) (u - m if p > 0.5 else m - l)

with t the quantile function (decision 89). Beyond the 90 % interval the draws keep their own tails,
k_h times as wide: the mean of exp(t) is infinite, and one day would dominate a total. Draws of 0
are not changed. This applies to single days; longer spans are the sums of their days in each draw.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Self

import numpy as np
import polars as pl

from emigre.evaluation.baselines import Published, Series
from emigre.evaluation.model_error import (
    EASIER,
    HORIZONS,
    ModelError,
    Pool,
    Pools,
    horizon_of,
    shipped,
)
from emigre.evaluation.observations import with_weekly_sums
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import adjusted
from emigre.forecasting.episodes import NORMAL, Episode, crps, episode
from emigre.forecasting.informative import informative
from emigre.forecasting.pooling import ranks
from emigre.numerics.array_types import F64

STEP, SPAN = 2, 30
BACK = timedelta(days=45)
"""Age of the oldest figures on which earlier forecasts are conditioned."""
FREEDOM = 2.0
TAILS = 3.0
POOLED = "flow"
"""The kind of measure pooled according to the record."""
BASELINE = "seven_day_mean"
POWER = 5.0
EARLY, BETTER = 100.0, 0.37
_LARGEST = 100.0
"""Largest squared error, so that a single surprise does not dominate."""
_NONE = np.ones(len(HORIZONS))


def earlier_forecasts(
    cells: Mapping[str, Cells],
    known: pl.DataFrame,
    day: date,
    scale: int,
    published: Published,
) -> tuple[Episode, ...]:
    """Forecast the figures known on a day (rows of observations) from earlier days.

    The baseline uses what had been ``published`` by those days.
    """
    known_figures = informative(cells, known, scale)
    figures = with_weekly_sums(known_figures)
    made = []
    for back in range(1, SPAN, STEP):
        cut = day - timedelta(days=back)
        is_old = (pl.col("to") <= cut + timedelta(days=1)) & (pl.col("to") > cut - BACK)
        is_before = is_old & (pl.col("published") <= cut)
        before = known_figures.filter(is_before)
        after = figures.filter(pl.col("from") > cut)
        if before.height and after.height:
            cells_then = adjusted(cells, known.filter(is_before))
            memory = published.on(cut)
            one = episode("", cut, cells_then, before, after, memory, scale, (BASELINE,))
            made += [one] if 0 < one.n_known < len(one) else []
    return tuple(made)


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """Factors k_h by series, (parts,), and pools of flows by part of the horizon."""

    factors: Mapping[Series, F64]
    of_flows: Mapping[str, Pool] = field(default_factory=dict)

    @classmethod
    def of(
        cls, episodes: Sequence[Episode], errors: Mapping[str, ModelError] | None = None
    ) -> Self:
        """Score earlier forecasts."""
        squares: dict[Series, dict[str, list[float]]] = {}
        figures: dict[Series, dict[str, set[object]]] = {}
        scores: dict[tuple[str, str], list[F64]] = {}
        for e in episodes:
            mean, scale, freedom = e.predict(errors)
            z2 = np.minimum(((e.counted[e.n_known :] - mean) / scale) ** 2, _LARGEST)
            for i, value in enumerate(z2, start=e.n_known):
                series, part = e.series[i], horizon_of(int(e.horizon[i]))
                last = e.day + timedelta(days=int(e.horizon[i]))
                squares.setdefault(series, {}).setdefault(part, []).append(float(value))
                figures.setdefault(series, {}).setdefault(part, set()).add((last, e.counted[i]))
            ours = scale_of_same_interval(scale, freedom)
            both = [crps(mean, ours, e.counted[e.n_known :], TAILS), e.crps_of_baselines[0]]
            for key, which in e.later.items():
                scores.setdefault(key, []).append(np.stack(both)[:, which])
        by_series = {
            series: factors(
                [len(figures[series].get(part, ())) for part in HORIZONS],
                [float(np.mean(parts.get(part, [1.0]))) for part in HORIZONS],
            )
            for series, parts in squares.items()
        }
        return cls(by_series, {
            part: Pool(BASELINE, weight_of(*np.hstack(several)))
            for (kind, part), several in scores.items()
            if kind == POOLED
        })  # fmt: skip

    def factor(self, series: Series, part: str) -> float:
        """Factor k_h of a series in a part of the horizon."""
        known = [k for (measure, _), k in self.factors.items() if measure == series[0]]
        alike = np.exp(np.mean(np.log(known), axis=0)) if known else _NONE
        return float(self.factors.get(series, alike)[list(HORIZONS).index(part)])

    def pools(self, others: Pools | None = None) -> Pools:
        """Pools by kind and part of the horizon; without a record, ``others`` or those shipped."""
        known = shipped().pools if others is None else others
        return {**known, POOLED: {**known.get(POOLED, {}), **self.of_flows}}

    def shaped(self, values: F64, rows: pl.DataFrame, day: date) -> F64:
        """Reshape draws (n, n_rows) of rows (measure, place, from, to)."""
        factors = [
            self.factor((r["measure"], r["place"]), horizon_of((r["to"] - day).days - 1))
            for r in rows.iter_rows(named=True)
        ]
        return np.stack([heavy_tailed(values[:, i], k) for i, k in enumerate(factors)], axis=1)


def heavy_tailed(draws: F64, factor: float) -> F64:
    """Reshape draws (n,), ``factor`` times as wide; they keep their order."""
    some = draws > 0
    logs = np.log(draws[some])
    if not len(logs):
        return np.zeros_like(draws)
    at = np.linspace(0.0, 1.0, len(logs))  # as np.quantile, but faster
    low, middle, high = np.interp((0.05, 0.5, 0.95), at, np.sort(logs))
    z = _t_by_rank(len(logs))[ranks(logs)]
    inside = z * np.where(z > 0, high - middle, middle - low)
    out = np.zeros_like(draws)
    out[some] = np.exp(middle + factor * np.where(np.abs(z) > 1.0, logs - middle, inside))
    return out


@cache
def _t_by_rank(n: int) -> F64:
    """t(p) / t(0.95) of n draws by rank, (n,)."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(TAILS, (np.arange(n) + 0.5) / n) / stdtrit(TAILS, 0.95))


def scale_of_same_interval(scale: F64, freedom: F64) -> F64:
    """Scale (n,) of t distributions with TAILS degrees of freedom and the same 90 % intervals."""
    from scipy.special import stdtrit

    return np.asarray(scale * stdtrit(np.minimum(freedom, NORMAL), 0.95) / stdtrit(TAILS, 0.95))


def weight_of(forecast: F64, baseline: F64) -> float:
    """Weight p_h of the forecast, from its CRPS (n,) and that of the baseline."""
    n = len(forecast)
    far = n * math.log(forecast.mean() / baseline.mean()) if n else 0.0
    ratio = (far + EARLY * math.log(BETTER)) / (n + EARLY)
    return 1.0 / (1.0 + math.exp(POWER * ratio))


def factors(n: Sequence[int], squares: Sequence[float]) -> F64:
    """Factors k_h (n_parts,), given the numbers n_h of figures and their mean squares Z_h."""
    square = 1.0
    made: list[float] = []
    for count, missed, easier in zip(n, squares, EASIER.values(), strict=True):
        mean = (FREEDOM * square + count * easier**2 * missed) / (FREEDOM + count)
        square = max(square, mean) if made else mean
        made.append(square)
    return np.sqrt(made)
