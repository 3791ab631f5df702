"""Error of the simulation in each series, with covariances that adapt to the counts.

The logarithm of figure k (a count of one series, known or later) is

    ln y_k = m_k + s_k (v_k a + c_k) + d_k + e_k

- m_k is the mean of ln S_ik over runs i. For queues and waits it is the median, because runs in
  which nobody waits contain no information about the length of a queue.
- a is the lasting level of a run, with variance 1: the first principal component of the known
  figures of the series over runs. Its effect v_k is the regression coefficient of ln S_ik on a.
  Each series has its own a, as covariances across series would be chance with few runs
  (localisation: Houtekamer and Mitchell 2001, Monthly Weather Review 129, 123-137).
- c_k is the rest of the spread of runs. It is independent among known figures, and follows the
  patterns of the counts of all series in later ones (patterns.py). It is small in a series with
  recent counts, and most of the spread where all counts are old.
- d_k is the error of the model (model_error.py). A figure is a sum over cells (place p, day t). Its
  shares are approximated by a product a_k(p) b_k(t), exact for one place or day, which gives
  cov(d_k, d_l) = (a_k S G S a_l) (b_k T b_l) + a_k S W S a_l with S = diag(s). For stocks,
  W = drift^2 age / days is the variance of the walk of each place from its last count to the first
  day of the run, where the count is older.
- e_k is the error of the count.

**Sizes.** Some series are simulated to within a tenth, others are wrong by a factor of ten. The
square of the size s of a series is inverse-gamma, with ``freedom`` degrees of freedom around 1.
Each figure is predicted from those of the series that end before it, and z is its error in standard
deviations: the difference of logarithms divided by the Cholesky factor of their covariance. With
the weight w = 2^(-age / recent), by which old errors are discounted,

    s^2 | y ~ InvGamma((freedom + sum w) / 2, (freedom + sum w z^2) / 2)

(variance discounting: West and Harrison 1997, Bayesian Forecasting and Dynamic Models, section
10.8). The error of later figures has a t distribution with nu = freedom + sum w degrees of freedom.
The spread of runs, which is due to parameters, keeps its own tails: figures have nu (V / V_e)^2
degrees of freedom, with V their variance and V_e that of the errors (Satterthwaite 1946, Biometrics
Bulletin 2, 110-114). A place has the size of the smallest series that includes it, or 1 without
such a series.

Queues and waits at a crossing share one error, that of demand over capacity. A counted queue is
therefore informative about later waits.

**Noise of days.** Whether errors last or belong to single days differs between crises. Each ratio r
of :data:`RATIOS` (drift / sqrt r, daily sqrt r) is a model, weighted by its likelihood over all
series with s integrated out, to the power of :data:`SHARED` because series are not independent:

    ln p(y | r) = - sum w ln C_kk - (freedom + sum w) / 2 ln(freedom + sum w z^2)

with C_kk the diagonal of the Cholesky factor.

**Memory.** Early in a crisis the sign of the error changes often, and errors die away within the
``days`` of the drift. In quiet months a series may stay far from the simulation. Each ratio is
therefore combined with two drifts of flows, one of which dies away :data:`LONGER` times as slowly,
and weighted by the same likelihood.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import product
from typing import NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.model_error import QUEUES, ModelError, error_of, kind_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.patterns import GivenCounts, covariance
from emigre.numerics.array_types import F64

RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)
LONGER = 14.0
"""Factor on the memory of a slow drift of flows (decision 126)."""
SHARED = 0.5
_NORMAL = 1e6
"""Degrees of freedom at which a t distribution is practically normal."""


@dataclass(frozen=True, eq=False)
class Figures:
    """The m figures of one measure, or of the measures of queues.

    Attributes
    ----------
    which : (m,)
        Positions among all figures.
    of_places, of_days : (m, places) and (m, days)
        Shares of places and days.
    series : tuple of str
        Place or area of each figure.
    age : (m,)
        Days since the last day of each figure.
    before : (places,)
        Age of the last count of a stock on the first day of the run (cells.py).
    """

    measures: tuple[str, ...]
    countries: tuple[str, ...]
    which: NDArray[np.intp]
    of_places: F64
    of_days: F64
    series: tuple[str, ...]
    age: F64
    before: F64

    @classmethod
    def of(cls, cells: Sequence[Cells], rows: pl.DataFrame, day: date) -> Self:
        """Select the figures of some measures with the same places; ages are as of ``day``."""
        by_measure = {c.measure: c for c in cells}
        numbered = enumerate(rows.iter_rows(named=True))
        own = [(i, row) for i, row in numbered if row["measure"] in by_measure]
        n_places, n_days = cells[0].values.shape[1:]
        of_places, of_days = np.zeros((len(own), n_places)), np.zeros((len(own), n_days))
        for k, (_, row) in enumerate(own):
            measure = by_measure[row["measure"]]
            shares = measure.shares(row)
            of_places[k, measure.rows[row["place"]]] = shares.sum(axis=1)
            of_days[k, measure.days(row)] = shares.sum(axis=0)
        return cls(
            tuple(by_measure),
            cells[0].countries,
            np.array([i for i, _ in own], dtype=np.intp),
            of_places,
            of_days,
            tuple(row["place"] for _, row in own),
            np.array([(day - row["to"]).days + 1.0 for _, row in own]),
            np.zeros(n_places) + cells[0].age,
        )

    @property
    def measure(self) -> str:
        """The first measure, which stands for all of them."""
        return self.measures[0]

    def over_places(self, error: ModelError, size: F64) -> F64:
        """Covariance S G S a of the errors of places with those of figures, (places, m)."""
        inside = error.over_places(self.countries) @ (self.of_places * size).T
        return np.asarray(size[:, None] * inside)

    def of_time(self, error: ModelError) -> F64:
        """Covariance T of the days, (days, days)."""
        n = self.of_days.shape[1]
        return error.since_known(n) if kind_of(self.measure) == "stock" else error.over_days(n)

    def over_days(self, error: ModelError) -> F64:
        """Covariance T b of the errors of days with those of figures, (days, m)."""
        return np.asarray(self.of_time(error) @ self.of_days.T)

    def walked(self, error: ModelError, size: F64) -> F64:
        """Variance S W S of the walk of each place before the run, (places,)."""
        return np.asarray((size * error.drift) ** 2 * self.before / error.days)

    def covariance(self, error: ModelError, size: F64) -> F64:
        """Covariance of the errors of the figures, (m, m)."""
        over_places = self.of_places @ self.over_places(error, size)
        walked = (self.of_places * self.walked(error, size)) @ self.of_places.T
        return np.asarray(over_places * (self.of_days @ self.over_days(error)) + walked)

    @cached_property
    def by_series(self) -> dict[str, NDArray[np.intp]]:
        """Positions of the figures of each series, in the order of their last days."""
        names = np.array(self.series, dtype=object)
        order = np.argsort(-self.age, kind="stable")
        return {name: order[names[order] == name] for name in dict.fromkeys(self.series)}


def figures_of(cells: Mapping[str, Cells], rows: pl.DataFrame, day: date) -> tuple[Figures, ...]:
    """Figures by measure; the measures of queues, which share one error, are taken together."""
    together: dict[str, list[Cells]] = {}
    for measure, each in cells.items():
        together.setdefault(shared_by(measure), []).append(each)
    return tuple(Figures.of(several, rows, day) for several in together.values())


def shared_by(measure: str) -> str:
    """Name of the error of a measure, which measures of queues share."""
    return "queue" if measure in QUEUES else measure


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Spread over runs of the logarithms of figures.

    Attributes
    ----------
    middle : (n,)
        Mean or median over runs.
    anomaly : (runs, n)
        Difference from the middle.
    of_runs : (runs, n)
        Lasting level of each run in the series of a figure.
    level : (n,)
        Effect of the level on the figure.
    rest : (n,)
        Variance that the level does not explain.
    """

    middle: F64
    anomaly: F64
    of_runs: F64
    level: F64
    rest: F64

    @classmethod
    def of(cls, simulated: F64, middle: F64, series: Sequence[Sequence[int]], known: int) -> Self:
        """Spread of ``simulated`` (runs, n), given the first ``known`` figures."""
        anomaly = simulated - middle
        of_runs, level = np.zeros_like(anomaly), np.zeros(len(middle))
        for numbers in series:
            own = np.array(numbers, dtype=np.intp)
            of_series = level_of_runs(anomaly[:, own[own < known]])
            of_runs[:, own] = of_series[:, None]
            level[own] = covariance(of_series, anomaly[:, own])
        total = simulated.var(axis=0, ddof=1) if len(simulated) > 1 else np.zeros(len(middle))
        return cls(middle, anomaly, of_runs, level, np.maximum(total - level**2, 0.0))

    @property
    def residual(self) -> F64:
        """Anomalies minus the effect of levels, (runs, n)."""
        return self.anomaly - self.of_runs * self.level


def middle_of(logs: F64, is_queue: NDArray[np.bool_] | bool) -> F64:
    """Middle m_k of logarithms (runs, n) over runs, (n,)."""
    return np.where(is_queue, np.median(logs, axis=0), logs.mean(axis=0))


def level_of_runs(known: F64) -> F64:
    """First principal component of known anomalies (runs, n), with variance 1, (runs,)."""
    if len(known) < 2 or not known.any():
        return np.zeros(len(known))
    component = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[0][:, 0]
    return np.asarray(component * math.sqrt(len(known) - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Sizes of the errors of a measure, by group of places.

    Attributes
    ----------
    s2, freedom : (groups,)
        Square of the size and its degrees of freedom.
    group : (places,)
        Group of each place; 0 is that of places without counts.
    names : tuple of str
        Series of each group.
    """

    s2: F64
    freedom: F64
    group: NDArray[np.intp]
    names: tuple[str, ...]

    @property
    def of_places(self) -> F64:
        """The size at each place."""
        return np.asarray(np.sqrt(self.s2)[self.group])

    def factors(self, n: int, rng: np.random.Generator) -> F64:
        """Draws of the size of each group relative to its expected size, (n, groups)."""
        half = np.minimum(self.freedom, _NORMAL) / 2.0
        return np.asarray(np.sqrt(half / rng.gamma(half, size=(n, len(half)))))


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Joint distribution of all figures for one noise ratio and memory of the drift.

    Attributes
    ----------
    covariance : (n, n)
        Covariance of the logarithms of figures.
    of_errors : (n, n)
        The same without the spread of runs.
    size, freedom : (n,)
        Size of the error of each figure and its degrees of freedom.
    errors, sizes : mapping
        Errors and their sizes, by measure.
    weight : float
        Weight among the joint distributions.
    """

    covariance: F64
    of_errors: F64
    size: F64
    freedom: F64
    errors: Mapping[str, ModelError]
    sizes: Mapping[str, Sizes]
    weight: float


def distributions(
    figures: Sequence[Figures],
    spread: Spread,
    missing: F64,
    variance: F64,
    errors: Mapping[str, ModelError] | None = None,
) -> list[Joint]:
    """Joint distributions of figures, for each noise ratio and memory of the drift.

    ``missing`` (known,) are counted minus simulated logarithms, ``variance`` (n,) is that of the
    errors of counts.
    """
    base = {f.measure: error_of(f.measure, errors) for f in figures}
    adapts = any(error.freedom < math.inf for error in base.values())
    of_runs = _of_runs(figures, spread)
    chosen, likelihood = [], []
    for ratio, longer in product(RATIOS, (1.0, LONGER)) if adapts else ((1.0, 1.0),):
        tried = {m: _rescaled(m, e, ratio, longer) for m, e in base.items()}
        joint, value = _joint(figures, spread, of_runs, missing, variance, tried)
        chosen.append(joint)
        likelihood.append(value)
    weight = np.exp(SHARED * (np.array(likelihood) - max(likelihood)))
    weight /= weight.sum()
    return [replace(joint, weight=float(w)) for joint, w in zip(chosen, weight, strict=True)]


def patterns_given(joints: Sequence[Joint], spread: Spread, missing: F64) -> GivenCounts:
    """Patterns of runs given known figures; ``missing`` is counted minus simulated, (known,)."""
    n = len(missing)
    of_errors = np.sum([joint.weight * joint.of_errors[:n, :n] for joint in joints], axis=0)
    return GivenCounts.of(spread.anomaly[:, :n], of_errors, missing)


def _rescaled(measure: str, error: ModelError, ratio: float, longer: float) -> ModelError:
    """The error with another noise ratio and, for flows, another memory of the drift."""
    root = math.sqrt(ratio)
    days = error.days * longer if kind_of(measure) == "flow" else error.days
    return replace(error, drift=error.drift / root, daily=error.daily * root, days=days)


def _joint(
    figures: Sequence[Figures],
    spread: Spread,
    of_runs: F64,
    missing: F64,
    variance: F64,
    errors: Mapping[str, ModelError],
) -> tuple[Joint, float]:
    n = len(variance)
    size, freedom = np.ones(n), np.full(n, math.inf)
    total, sizes, likelihood = np.zeros((n, n)), {}, 0.0
    for f in figures:
        error = errors[f.measure]
        current, value = sizes_of(f, spread, missing, variance, error)
        likelihood += value
        sizes[f.measure] = current
        at = current.group[f.of_places.argmax(axis=1)]
        of_name = {name: i for i, name in enumerate(current.names)}
        own = [of_name.get(name, g) for name, g in zip(f.series, at, strict=True)]
        size[f.which], freedom[f.which] = np.sqrt(current.s2)[own], current.freedom[own]
        total[np.ix_(f.which, f.which)] = f.covariance(error, current.of_places)
    total += np.diag(variance)
    with_runs = total + of_runs * np.multiply.outer(size, size)
    return Joint(with_runs, total, size, freedom, errors, sizes, 1.0), likelihood


def _of_runs(figures: Sequence[Figures], spread: Spread) -> F64:
    """Covariance over runs, (n, n): that of the level within each series, and the rest."""
    covariance = np.diag(spread.rest)
    for f in figures:
        for own in f.by_series.values():
            numbers = f.which[own]
            level = spread.level[numbers]
            covariance[np.ix_(numbers, numbers)] += np.multiply.outer(level, level)
    return covariance


def sizes_of(
    figures: Figures, spread: Spread, missing: F64, variance: F64, error: ModelError
) -> tuple[Sizes, float]:
    """Sizes of the errors of series given known figures, and the likelihood.

    ``missing`` (known,) are the errors of known figures, ``variance`` (n,) is that of counts.
    """
    n_places = figures.of_places.shape[1]
    groups = [_Group("", np.arange(n_places), 1.0, error.freedom)]
    covariance = figures.covariance(error, np.ones(n_places))
    likelihood = 0.0
    for name, every in figures.by_series.items():
        own = every[figures.which[every] < len(missing)]
        if not len(own):
            continue
        numbers = figures.which[own]
        inside = covariance[np.ix_(own, own)] + np.diag(variance[numbers] + spread.rest[numbers])
        inside += np.multiply.outer(spread.level[numbers], spread.level[numbers])
        factor = np.linalg.cholesky(inside)
        z = np.linalg.solve(factor, missing[numbers])
        weight = 0.5 ** (figures.age[own] / error.recent)
        s2, freedom = _posterior_size(error.freedom, z, weight)
        if freedom < math.inf:
            likelihood -= float(weight @ np.log(np.diag(factor)))
            likelihood -= freedom / 2.0 * math.log(freedom * s2)
        places = np.flatnonzero((figures.of_places[own] > 0).any(axis=0))
        groups.append(_Group(name, places, s2, freedom))
    groups[1:] = sorted(groups[1:], key=lambda group: -len(group.places))
    at = np.zeros(n_places, dtype=np.intp)
    for i, group in enumerate(groups):
        at[group.places] = i
    sizes = Sizes(
        np.array([g.s2 for g in groups]),
        np.array([g.freedom for g in groups]),
        at,
        tuple(g.name for g in groups),
    )
    return sizes, likelihood


class _Group(NamedTuple):
    name: str
    places: NDArray[np.intp]
    s2: float
    freedom: float


def _posterior_size(freedom: float, z: F64, weight: F64) -> tuple[float, float]:
    """Posterior s^2 and degrees of freedom of a series, given its standardised errors z."""
    if math.isinf(freedom):
        return 1.0, freedom
    after = freedom + float(weight.sum())
    return (freedom + float(weight @ z**2)) / after, after
