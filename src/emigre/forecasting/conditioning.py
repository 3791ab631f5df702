"""Condition simulated values on what was counted.

What is simulated by run i and what is true differ by the error d of the model (model_error.py), and
the published figure y_k by that of its count:

    ln y_k = ln S_ik + h_k . d + e_k

to first order in d, with S_ik the simulated value and h_k(c, t) the share of cell (c, t) in it.
Given the run, all figures known by a day are Gaussian together with covariance A = K + R,

    K = h_k' cov(d) h_l   the error of the model, of the same measure
    R = diag(r)           errors of the counts

so that conditioning has a closed form (a Kalman smoother for all series at once). A draw of it is a
path d of the prior, moved by what is missing to the figures (pathwise conditioning: Wilson,
Borovitskiy, Terenin, Mostowsky and Deisenroth 2021, Journal of Machine Learning Research 22(105)):

    d + cov(d) h' A^-1 (ln y - ln S_i - h . d - e)

Runs, and with them parameters, are weighted by the likelihood of the figures,

    ln w_i = - b/2 (ln y - ln S_i)' A^-1 (ln y - ln S_i) + constant

with b = 1, or the largest b at which the weights are worth a third of the runs (1 / sum w^2): few
runs cannot represent a narrow posterior (tempering: Neal 2001, Statistics and Computing 11,
125-139). Each run gets draws in proportion to its weight.

**Errors of counts.** Variance of the error of the figure by its kind (observation_error.py), plus
1 / (y + 1/2) of a count of few, plus ``scale`` / S of a simulation of few households, plus 2 % of
sources that never agree to the last digit. Figures and simulated values are taken at least as 1/2,
half a household, and half an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.evaluation.model_error import ModelError, error_of
from emigre.evaluation.observation_error import observation_median, observation_sd
from emigre.forecasting.cells import Cells, values_of

Array = NDArray[np.float64]

LEAST_SD = 0.02
LEAST_WORTH = 1.0 / 3.0
"""Least effective share of the runs that keep weight."""
LEAST_HOURS = 0.5
"""Shorter waits are all the same."""
_JITTER = 1e-10
_ROOM = 30.0
"""Largest logarithm by which the error may move a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Figures of the past: rows, what was counted, and what each run says, in logarithms.

    ``counted`` (n,), ``simulated`` (runs, n) and ``variance`` (n,) of the errors of the counts.
    """

    rows: pl.DataFrame
    counted: Array
    simulated: Array
    variance: Array

    @classmethod
    def of(cls, cells: Mapping[str, Cells], rows: pl.DataFrame, scale: int) -> Known:
        """The figures that the cells hold."""
        held = [
            r["measure"] in cells and cells[r["measure"]].holds(r)
            for r in rows.iter_rows(named=True)
        ]
        rows = rows.filter(pl.Series(held, dtype=pl.Boolean))
        values = values_of(cells, rows)
        persons = np.array([_is_count(m) for m in rows["measure"]], dtype=bool)
        least = np.where(persons, scale / 2.0, LEAST_HOURS)
        simulated = np.maximum(values, least)
        counted = np.maximum(observation_median(rows), np.where(persons, 0.5, LEAST_HOURS))
        few = np.where(persons, 1.0 / (counted + 0.5) + scale / simulated.mean(axis=0), 0.0)
        variance = observation_sd(rows) ** 2 + few + LEAST_SD**2
        return cls(rows, np.log(counted), np.log(simulated), variance)

    def __len__(self) -> int:
        return len(self.counted)


def _is_count(measure: str) -> bool:
    return schema.measures()[measure].unit == "persons"


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """The error of one measure before any count: its places, days, and figures of the past.

    ``shares`` (m, places, days) are those of its figures, ``which`` (m,) their numbers.
    """

    cells: Cells
    error: ModelError
    shares: Array
    which: NDArray[np.intp]

    @classmethod
    def of(cls, cells: Cells, known: Known, error: ModelError) -> Prior:
        """The prior of a measure, with its figures among those known."""
        which, shares = [], []
        for i, row in enumerate(known.rows.iter_rows(named=True)):
            if row["measure"] == cells.measure:
                share = np.zeros(cells.values.shape[1:])
                share[cells.rows[row["place"]], cells.days(row)] = cells.shares(row)
                which.append(i)
                shares.append(share)
        found = np.array(shares).reshape(-1, *cells.values.shape[1:])
        return cls(cells, error, found, np.array(which, dtype=np.intp))

    @property
    def places(self) -> Array:
        """Correlation over places."""
        return self.error.over_places(self.cells.countries)

    @property
    def days(self) -> Array:
        """Covariance over days."""
        return self.error.over_days(self.cells.values.shape[2])

    def spread(self) -> Array:
        """Covariance of the error of each cell with that of each figure, (m, places, days)."""
        return np.asarray(self.places @ self.shares @ self.days)

    def covariance(self) -> Array:
        """Covariance K of the errors of the figures, (m, m)."""
        return np.tensordot(self.spread(), self.shares, axes=([1, 2], [1, 2]))

    def draw(self, n: int, chance: np.random.Generator) -> Array:
        """Draws of the error before any count, (n, places, days)."""
        over_places, over_days = _root(self.places), _root(self.days)
        z = chance.standard_normal((n, *self.cells.values.shape[1:]))
        return np.asarray(over_places @ z @ over_days.T)


def _root(covariance: Array) -> Array:
    tiny = _JITTER * max(float(np.diag(covariance).max()), _JITTER)
    return np.asarray(np.linalg.cholesky(covariance + tiny * np.eye(len(covariance))))


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """Draws given some ``figures``: ``runs`` (n,), and ``d`` by measure (n, places, days).

    ``least`` is half a household, below which a simulation says nothing about a ``counted`` series;
    a wait is taken for half an hour at least.
    """

    cells: Mapping[str, Cells]
    figures: int
    runs: NDArray[np.intp]
    d: Mapping[str, Array]
    counted: frozenset[tuple[str, str]] = frozenset()
    least: float = 0.5

    def values(self, rows: pl.DataFrame) -> Array:
        """Draws of the value of every row (measure, place, from, to), (n, n_rows)."""
        return np.stack([self._value(row) for row in rows.iter_rows(named=True)], axis=1)

    def model_share(self, values: Array) -> Array:
        """Share of the model's error in the variance of ln of values (n, n_rows), (n_rows,).

        The variance of draws of the same run, over that of all; the rest, between runs, is chance
        and parameters (law of total variance).
        """
        logs = np.log(np.maximum(values, 0.5))
        about = logs - logs.mean(axis=0)
        size = np.bincount(self.runs)
        sums = np.zeros((len(size), values.shape[1]))
        np.add.at(sums, self.runs, about)
        between = (sums**2 / np.maximum(size, 1)[:, None]).sum(axis=0)
        total = (about**2).sum(axis=0)
        return np.asarray(1.0 - between / np.where(total > 0, total, 1.0))

    def _value(self, row: Mapping[str, object]) -> Array:
        cells = self.cells[str(row["measure"])]
        places, days = cells.rows[str(row["place"])], cells.days(row)
        error = np.exp(np.clip(self.d[cells.measure][:, places, days], -_ROOM, _ROOM))
        parts = cells.parts(row)
        is_count = _is_count(cells.measure)
        if not is_count or (row["measure"], row["place"]) in self.counted:
            least = self.least if is_count else LEAST_HOURS
            lacking = np.maximum(least - parts.sum(axis=(1, 2)), 0.0)
            parts = parts + (lacking / parts[0].size)[:, None, None]
        return np.asarray(np.einsum("nct,nct->n", parts[self.runs], error))


def condition(
    cells: Mapping[str, Cells],
    figures: pl.DataFrame,
    *,
    scale: int,
    draws: int,
    chance: np.random.Generator,
    errors: Mapping[str, ModelError] | None = None,
) -> Conditioned:
    """Draws of runs and of the model's error given figures (columns of observations).

    ``draws`` is the number of draws, ``chance`` their random numbers, ``errors`` the sizes of the
    model's error by kind of measure (those learned from hindcasts if not given). Without figures
    the draws are those of the prior.
    """
    known = Known.of(cells, figures.filter(pl.col("measure").is_in(list(cells))), scale)
    priors = {m: Prior.of(c, known, error_of(m, errors)) for m, c in cells.items()}
    covariance = np.diag(known.variance)
    for prior in priors.values():
        covariance[np.ix_(prior.which, prior.which)] += prior.covariance()
    missing = known.counted - known.simulated
    moved = np.linalg.solve(covariance, missing.T).T
    runs = shared_out(weights(-0.5 * (missing * moved).sum(axis=1)), draws)
    d = {m: prior.draw(draws, chance) for m, prior in priors.items()}
    left = missing[runs] - chance.standard_normal((draws, len(known))) * np.sqrt(known.variance)
    for m, prior in priors.items():
        left[:, prior.which] -= np.tensordot(d[m], prior.shares, axes=([1, 2], [1, 2]))
    z = np.linalg.solve(covariance, left.T).T
    for m, prior in priors.items():
        d[m] += np.tensordot(z[:, prior.which], prior.spread(), axes=(1, 0))
    counted = frozenset(known.rows.select("measure", "place").iter_rows())
    return Conditioned(cells, len(known), runs, d, counted, scale / 2.0)


def weights(log_likelihood: Array) -> Array:
    """Weights of runs (n,), tempered so that they are worth at least LEAST_WORTH of the runs."""

    def tempered(b: float) -> Array:
        found = np.exp(b * (log_likelihood - log_likelihood.max()))
        return np.asarray(found / found.sum())

    def is_enough(b: float) -> bool:
        return bool(1.0 / (tempered(b) ** 2).sum() >= LEAST_WORTH * len(log_likelihood))

    if is_enough(1.0):
        return tempered(1.0)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if is_enough(middle) else (low, middle)
    return tempered(low)


def shared_out(weight: Array, draws: int) -> NDArray[np.intp]:
    """The run of each draw, in proportion to the weights (systematic resampling)."""
    at = (np.arange(draws) + 0.5) / draws
    found = np.searchsorted(np.cumsum(weight), at, side="right")
    return np.minimum(found, len(weight) - 1).astype(np.intp)
