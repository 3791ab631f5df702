"""Simulated values of observations, for every run of a run folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.errors import ResultsError
from emigre.evaluation.model_error import kind_of, moved_share
from emigre.numerics.array_types import F64
from emigre.results import window
from emigre.results.counts import EVERYWHERE
from emigre.results.folder import Results


def figures(series: SeriesReader, observations: pl.DataFrame) -> F64:
    """Values of the rows (columns measure, place, from, to), shape (n_runs, n_rows).

    Days are reduced as results/window.py says. nan where the days or the place are not in the run,
    and for a mean without persons.
    """
    results, info = series.results, series.results.info
    out = np.full((info.runs, observations.height), np.nan)
    rows = list(observations.iter_rows(named=True))
    counted = [i for i, row in enumerate(rows) if _is_there(results, row)]
    series.load((rows[i]["measure"], rows[i]["place"]) for i in counted)
    for i in counted:
        row = rows[i]
        days = slice((row["from"] - info.start).days, (row["to"] - info.start).days)
        out[:, i] = series.value(row["measure"], row["place"], days)
    return out


def _is_there(results: Results, row: dict[str, Any]) -> bool:
    info = results.info
    is_inside = info.start <= row["from"] and row["to"] <= info.end + timedelta(days=1)
    measure = schema.measures().get(row["measure"])
    return measure is not None and row["place"] in info.places and is_inside


class SeriesReader:
    """Daily series of a run folder as arrays, each read once."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._values: dict[tuple[str, str], F64] = {}
        self._read: set[tuple[str, str]] = set()

    def load(self, series: Iterable[tuple[str, str]]) -> None:
        """Read many series, and the weights of means, in one pass."""
        asked = set(series)
        asked |= {(m, p) for name, p in asked for m in window.WEIGHTS.get(name, ())}
        asked |= {(name, EVERYWHERE) for name, _ in asked if kind_of(name) == "stock"}
        missing = asked - self._read
        if missing:
            self._values |= daily_values(self.results, sorted(missing))
            self._read |= missing

    def daily(self, measure: str, place: str) -> F64:
        """Values of one series (n_runs, n_days), zero if the table lacks it (a mean: nan)."""
        self.load([(measure, place)])
        shape = (self.results.info.runs, self.results.info.n_days)
        nobody = np.nan if measure in window.WEIGHTS else 0.0
        return self._values.get((measure, place), np.full(shape, nobody))

    def weight(self, measure: str, place: str) -> F64 | None:
        """Persons that a mean is about, (n_runs, n_days); None for other measures."""
        if measure not in window.WEIGHTS:
            return None
        parts = [self.daily(name, place) for name in window.WEIGHTS[measure]]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)

    def moved(self, measure: str, place: str, spans: Sequence[slice]) -> F64:
        """Part of a stock that moved on n spans of days (model_error.moved_share), else 0: (n,)."""
        if kind_of(measure) != "stock" or place in ("", EVERYWHERE):
            return np.zeros(len(spans))
        daily, total = self.daily(measure, place), self.daily(measure, EVERYWHERE)
        means = [series.mean(axis=0) for series in (daily, total)]
        stock, everybody = np.array([[mean[days].mean() for days in spans] for mean in means])
        return moved_share(stock[None], means[0][None, :1], everybody[None])

    def value(
        self, measure: str, place: str, days: slice = slice(None), stock: window.Stock = window.MEAN
    ) -> F64:
        """Value of one series over a span of days, (n_runs,)."""
        weight = self.weight(measure, place)
        some = None if weight is None else weight[:, days]
        return window.value(measure, self.daily(measure, place)[:, days], some, stock=stock)


def daily_values(results: Results, series: Iterable[tuple[str, str]]) -> dict[tuple[str, str], F64]:
    """Series of the daily table as arrays (n_runs, n_days), in one pass over its values.

    Series that the table lacks, being zero throughout, are left out. nan: nobody was served.
    ResultsError if the table is damaged.
    """
    info, days, requested = results.info, results.info.n_days, set(series)
    damaged = ResultsError(f"{results.folder} is damaged: daily.parquet has gaps")
    lazy = results.scan_daily()
    # One run after another has a block of all days for each series, in the same order.
    blocks, left = divmod(lazy.select(pl.len()).collect().item(), info.runs * days)
    if left:
        raise damaged
    named = lazy.head(blocks * days).select("measure", "place").collect()[::days]
    is_picked = np.array([key in requested for key in named.iter_rows()], np.bool_)
    picked = list(named.filter(is_picked).iter_rows())
    values = np.empty((len(picked), info.runs, days))
    picked_values = pl.col("value").filter(pl.lit(pl.Series(np.repeat(is_picked, days))))
    first, last = pl.col("date").gather_every(days), pl.col("date").gather_every(days, days - 1)
    dates_fit = (first == info.start).all() & (last == info.end).all()
    for run in range(info.runs):  # one by one, because all need much memory
        part = lazy.slice(run * blocks * days, blocks * days)
        is_whole = dates_fit & (pl.col("run") == run).all()
        rows = part.select(picked_values, is_whole.alias("is_whole")).collect()
        if not rows["is_whole"].all():
            raise damaged
        values[:, run] = rows["value"].to_numpy().reshape(-1, days)  # nan where null
    return dict(zip(picked, values, strict=True))
