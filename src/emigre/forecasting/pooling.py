"""Pool a forecast with a baseline, by averaging the quantiles of logarithms.

With F the conditioned simulation and G the baseline (log-normal), the pooled forecast has for every
probability p the quantile

    ln q(p) = w ln F^-1(p) + (1 - w) ln G^-1(p)

whose spread lies between the two; a mixture of distributions could be wider than both (Lichtendahl,
Grushka-Cockayne and Winkler 2013, Is it better to average probabilities or quantiles?, Management
Science 59, 1594-1611). Draws keep their order, which preserves correlations between series. With
the spreads s of F and r of G in logarithms, weights are proportional to precisions, w = p / s^2 /
(p / s^2 + (1 - p) / r^2), and a baseline that has forecast the series well gets a larger weight.
For flows, p follows from the scenario's own record (own_record.py). Other kinds, and flows without
a record, have p and the baseline of ``model_error.toml``. If the baseline has no forecast, or the
last count is older than 30 days, the forecast is not pooled.

Past counts contain no information about the effect of an announced rule. On days of a flow whose
simulated mean m differs from that of the last week, m_0, by more than the factor BREAK,

    |ln((m + scale) / (m_0 + scale))| > ln BREAK

with one household (``scale`` people) added to both, the forecast is not pooled either (decision
140).

Where people are counted and nobody is simulated (``not_simulated`` in conditioning.py), the
simulation contains no information. These series are forecast by :data:`WITHOUT_SIMULATION` alone.
"""

import math
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.baselines import LogNormal, Memory, Series
from emigre.evaluation.model_error import Pool, horizon_of, kind_of, shipped
from emigre.forecasting.cells import Cells
from emigre.numerics.array_types import F64

_LEAST = 1e-3
WITHOUT_SIMULATION = Pool("seven_day_mean", 0.0)
"""Forecaster of a series in which people are counted and nobody is simulated."""
FRESH = timedelta(days=30)
"""Greatest age of the last count with which baselines are used."""
BREAK = 4.0
"""Factor between a simulated day and the last week above which no baseline is used."""
_WEEK = 7


def pooled(
    values: F64,
    rows: pl.DataFrame,
    memory: Memory,
    pools: Mapping[str, Mapping[str, Pool]] | None = None,
    not_simulated: Collection[Series] = (),
    breaks: Collection[int] = (),
) -> F64:
    """Pool draws (n, n_rows) of rows (measure, place, from, to) with baselines.

    ``not_simulated`` are series in which people are counted and nobody is simulated. Rows in
    ``breaks`` (:func:`breaks_of`) are not pooled.
    """
    out = np.array(values, dtype=np.float64)
    for i, row in enumerate(rows.iter_rows(named=True)):
        if i in breaks:
            continue
        is_alone = (row["measure"], row["place"]) in not_simulated and row["from"] > memory.day
        chosen = WITHOUT_SIMULATION if is_alone else pool_of(row, memory.day, pools)
        last = memory.last_known(row["measure"], row["place"])
        is_fresh = last is not None and memory.day - last <= FRESH
        if chosen.weight < 1.0 and is_fresh:
            baseline = memory.forecast(
                chosen.baseline, row["measure"], row["place"], row["from"], row["to"]
            )
            if baseline is not None and baseline.median > 0:
                out[:, i] = _pooled_with(out[:, i], baseline, chosen)
    return out


def breaks_of(
    cells: Mapping[str, Cells], rows: pl.DataFrame, day: date, scale: int
) -> frozenset[int]:
    """Indices of rows of flows that differ from the last week by more than BREAK in the simulation.

    ``day`` is the last day before the forecast, ``scale`` the number of people per simulated
    person.
    """
    lately: dict[Series, float] = {}
    breaks = set()
    for i, row in enumerate(rows.iter_rows(named=True)):
        measure, place = row["measure"], row["place"]
        today = (day - cells[measure].start).days + 1
        if kind_of(measure) != "flow" or today <= 0:
            continue
        if (measure, place) not in lately:
            week = slice(max(today - _WEEK, 0), today)
            lately[measure, place] = _daily_mean(cells[measure], place, week)
        ahead = _daily_mean(cells[measure], place, cells[measure].days(row))
        if abs(math.log((ahead + scale) / (lately[measure, place] + scale))) > math.log(BREAK):
            breaks.add(i)
    return frozenset(breaks)


def _daily_mean(cells: Cells, place: str, days: slice) -> float:
    return float(cells.on_days(place, days).sum(axis=1).mean())


def pool_of(
    row: Mapping[str, Any], day: date, pools: Mapping[str, Mapping[str, Pool]] | None = None
) -> Pool:
    """Baseline and weight of a row forecast at the end of ``day``; weight 1 for earlier rows."""
    days = (row["to"] - timedelta(days=1) - day).days
    kind = kind_of(row["measure"])
    known = (shipped().pools if pools is None else pools).get(kind, {}) if days > 0 else {}
    return known.get(horizon_of(days), Pool("persistence", 1.0))


def _pooled_with(draws: F64, baseline: LogNormal, chosen: Pool) -> F64:
    from scipy.special import ndtr, ndtri

    p = (ranks(draws) + 0.5) / len(draws)
    of_baseline = np.log(baseline.median) + baseline.sd * ndtri(p)
    logs = np.log(np.maximum(draws, _LEAST))
    low, high = np.quantile(logs, ndtr([-1.0, 1.0]))
    weight = chosen.share(float(high - low) / 2.0, baseline.sd)
    return np.asarray(np.exp(weight * logs + (1.0 - weight) * of_baseline))


def ranks(draws: F64) -> NDArray[np.intp]:
    """Rank of each draw, from 0, (n,)."""
    out = np.empty(len(draws), dtype=np.intp)
    out[np.argsort(draws, kind="stable")] = np.arange(len(draws))
    return out
