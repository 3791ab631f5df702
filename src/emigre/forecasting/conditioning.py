"""Condition simulated values on what was counted.

What is simulated by run i and what is true differ by the error d of the model (model_error.py), and
the published figure y_k by that of its count:

    ln y_k = ln S_ik + h_k . d + e_k

to first order in d, with S_ik the simulated value and h_k(c, t) the share of cell (c, t) in it.
Given runs i = 1 ... n, all figures known by a day are Gaussian together with

    P = cov_i(ln S_i)     chance and uncertain parameters, over the runs
    K = h_k' cov(d) h_l   the error of the model, of the same measure
    R = diag(r)           errors of the counts

and conditioning has a closed form. For draws of it, a path d_i is drawn from the prior and moved by
what is missing to the figures (pathwise conditioning: Wilson, Borovitskiy, Terenin, Mostowsky and
Deisenroth 2021, Journal of Machine Learning Research 22(105); the ensemble smoother of van Leeuwen
and Evensen 1996, Monthly Weather Review 124, 2898-2913, with an exact covariance of d):

    z_i      = (P + K + R)^-1 (ln y - ln S_i - h . d_i - e_i)
    d_i     += cov(d) h' z_i
    ln s_i  += cov_i(ln s_i, ln S_i) z_i    for every series to come

The covariance with a series to come is estimated from n runs; each is damped by r^2 / (r^2 +
(1 + r^2) / n), which minimises the expected error for a correlation r (Furrer and Bengtsson 2007,
Journal of Multivariate Analysis 98, 227-255).

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
    """Draws given the figures known.

    Each is of a run (``runs``, (n,)), with the error ``d`` of every measure (n, places, days) and
    ``z`` (n, m), what moves it to the m figures.
    """

    cells: Mapping[str, Cells]
    known: Known | None
    runs: NDArray[np.intp]
    z: Array
    d: Mapping[str, Array]
    scale: int

    def values(self, rows: pl.DataFrame) -> Array:
        """Draws of the value of every row (measure, place, from, to), (n, n_rows)."""
        return np.stack([self._value(row) for row in rows.iter_rows(named=True)], axis=1)

    def _value(self, row: Mapping[str, object]) -> Array:
        cells = self.cells[str(row["measure"])]
        parts = cells.parts(row)
        places, days = cells.rows[str(row["place"])], cells.days(row)
        error = np.exp(np.clip(self.d[cells.measure][:, places, days], -_ROOM, _ROOM))
        value = np.einsum("nct,nct->n", parts[self.runs], error)
        least = self.scale / 2.0 if _is_count(cells.measure) else LEAST_HOURS
        simulated = np.maximum(parts.sum(axis=(1, 2)), least)
        return np.asarray(value * np.exp(self._learned(simulated)))

    def _learned(self, simulated: Array) -> Array:
        """By how much the runs move to what was counted, in logarithms."""
        if self.known is None or len(simulated) < 3:
            return np.zeros(len(self.runs))
        return np.asarray(self.z @ damped(np.log(simulated), self.known.simulated))


def damped(to_come: Array, known: Array) -> Array:
    """Covariance over the runs of one value (runs,) with others (runs, m), damped for chance."""
    n = len(to_come)
    a, b = to_come - to_come.mean(), known - known.mean(axis=0)
    covariance = a @ b / (n - 1)
    both = (a @ a) * (b * b).sum(axis=0) / (n - 1) ** 2
    square = np.where(both > 0, covariance**2 / np.where(both > 0, both, 1.0), 0.0)
    return np.asarray(covariance * square / (square + (1.0 + square) / n))


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
    model's error by kind of measure (those shipped if not given). Without figures the draws are
    those of the prior.
    """
    n_runs = next(iter(cells.values())).values.shape[0]
    runs = np.arange(draws, dtype=np.intp) % n_runs
    figures = figures.filter(pl.col("measure").is_in(list(cells)))
    known = Known.of(cells, figures, scale) if figures.height else None
    if known is None or not len(known):
        d = {
            m: Prior(c, error_of(m, errors), np.empty(0), np.empty(0, np.intp)).draw(draws, chance)
            for m, c in cells.items()
        }
        return Conditioned(cells, None, runs, np.zeros((draws, 0)), d, scale)
    priors = {m: Prior.of(c, known, error_of(m, errors)) for m, c in cells.items()}
    d = {m: prior.draw(draws, chance) for m, prior in priors.items()}
    missing = known.counted - known.simulated[runs]
    missing -= chance.standard_normal(missing.shape) * np.sqrt(known.variance)
    for m, prior in priors.items():
        missing[:, prior.which] -= np.tensordot(d[m], prior.shares, axes=([1, 2], [1, 2]))
    z = np.linalg.solve(total_covariance(known, list(priors.values())), missing.T).T
    for m, prior in priors.items():
        d[m] += np.tensordot(z[:, prior.which], prior.spread(), axes=(1, 0))
    return Conditioned(cells, known, runs, z, d, scale)


def total_covariance(known: Known, priors: list[Prior]) -> Array:
    """Covariance P + K + R of the figures, (m, m)."""
    n = len(known.simulated)
    found = np.diag(known.variance)
    if n > 1:
        about = known.simulated - known.simulated.mean(axis=0)
        found += about.T @ about / (n - 1)
    for prior in priors:
        found[np.ix_(prior.which, prior.which)] += prior.covariance()
    return found
