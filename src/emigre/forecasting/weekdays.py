"""Weekly rhythm of counts, added to simulated flows.

For daily counts y_t of a flow whose simulated logarithm has the mean m_t over runs, let r_t be
ln y_t - m_t minus its mean over the seven days around t, if all seven were counted. With R_w the
mean of r on weekday w, n the number of r and s^2 their variance within weekdays, the effect of a
weekday is

    e_w = (1 - F_99 / F)+ R_w,    F = (n / 7) var(R_w) / s^2

with F_99 the 99 % quantile of F with 6 and n - 7 degrees of freedom, which one of a hundred series
without a rhythm exceeds (one-way analysis of variance; the positive-part form of Efron and Morris
1973, Journal of the American Statistical Association 68, 117-130, with a higher threshold).
Simulated values of the places of the series are multiplied by exp(e_w). A series needs four counts
of each weekday.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from emigre.forecasting.cells import Cells
from emigre.numerics.array_types import F64, I64
from emigre.results.window import is_flow

WEEKS = 4
_DAYS = 7
_LEAST = 0.5


def effects(days: I64, missing: F64) -> F64:
    """Effects e_w (7,), by the ordinal of a day modulo 7, from ``missing`` = ln y - m."""
    from scipy.special import fdtri

    at = days - days.min()
    levels = np.full(at.max() + 1, np.nan)
    levels[at] = missing
    if len(levels) < _DAYS:
        return np.zeros(_DAYS)
    around = np.lib.stride_tricks.sliding_window_view(levels, _DAYS)
    rest = around[:, _DAYS // 2] - around.mean(axis=1)
    weekday = (np.arange(len(rest)) + _DAYS // 2 + days.min()) % _DAYS
    weekday, rest = weekday[np.isfinite(rest)], rest[np.isfinite(rest)]
    n = np.bincount(weekday, minlength=_DAYS)
    if n.min() < WEEKS:
        return np.zeros(_DAYS)
    means = np.bincount(weekday, rest, minlength=_DAYS) / n
    within = float(((rest - means[weekday]) ** 2).sum()) / (len(rest) - _DAYS)
    between = len(rest) / _DAYS * float(means.var(ddof=1))
    least = within * float(fdtri(_DAYS - 1, len(rest) - _DAYS, 0.99))
    return np.asarray(means * max(0.0, 1.0 - least / between)) if between > 0 else 0.0 * means


def with_weekdays(cells: Mapping[str, Cells], known: pl.DataFrame) -> dict[str, Cells]:
    """Cells with the weekly rhythm of the daily counts among known figures."""
    return {name: _with_rhythm(each, known) for name, each in cells.items()}


def _with_rhythm(cells: Cells, known: pl.DataFrame) -> Cells:
    is_daily = (pl.col("to") - pl.col("from")).dt.total_days() == 1
    rows = known.filter(is_daily & (pl.col("measure") == cells.measure))
    if not is_flow(cells.measure) or rows.height < WEEKS * _DAYS:
        return cells
    n_days, first = cells.values.shape[2], cells.start.toordinal()
    by = np.zeros((cells.values.shape[1], _DAYS))
    series = [
        (str(place), table) for (place,), table in rows.group_by("place") if place in cells.rows
    ]
    for place, table in sorted(series, key=lambda each: (-len(cells.rows[each[0]]), each[0])):
        latest = table.sort("published").unique("from", keep="last").sort("from")
        days = latest["from"].to_physical().to_numpy().astype(np.int64) + _EPOCH
        held = (days >= first) & (days < first + n_days)
        values = cells.daily(place)[:, days[held] - first]
        simulated = np.log(np.maximum(values, _LEAST)).mean(axis=0)
        counted = np.log(np.maximum(latest["value"].to_numpy()[held], _LEAST))
        by[cells.rows[place]] = effects(days[held], counted - simulated) if held.any() else 0.0
    factors = np.exp(by[:, (first + np.arange(n_days)) % _DAYS])
    return replace(cells, values=cells.values * factors)


_EPOCH = 719_163
"""Ordinal of 1 January 1970."""
