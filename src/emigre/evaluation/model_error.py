"""Model error: the distance of true counts from simulated ones, and its persistence.

With x the true and s the simulated count of a measure at place p on day t,

    ln x(p, t) = ln s(p, t) + d(p, t)
    cov(d(p, t), d(p', t')) = G(p, p') T(t, t')
    T(t, t') = lasting^2 + drift^2 exp(-|t - t'| / days) + daily^2 1{t = t'}
    T(t, t') = lasting^2 + drift^2 min(t, t') / days + daily^2 1{t = t'}    stocks of forecasts
    G(p, p') = everywhere + country 1{same country} + (1 - everywhere - country) 1{p = p'}

A lasting error of the level, an Ornstein-Uhlenbeck process that is forgotten within some ``days``
(Uhlenbeck and Ornstein 1930, Physical Review 36, 823-841), and one of single days; a part of each
is shared by all places, a part by the places of a country. The error of a stock adds up everybody
who came and left since it was known, t days ago: in a forecast it is a random walk that reaches the
size of the drift after ``days`` and is not forgotten. Such a discrepancy in addition to the
uncertainty of parameters is that of Kennedy and O'Hagan (2001), Bayesian calibration of computer
models, Journal of the Royal Statistical Society B 63, 425-464.

The sizes are learned from hindcasts (scripts/learn_model_error.py) by kind of measure, and kept in
``model_error.toml`` with what they were learned from; a scenario without counts inherits them.
They are those of forecasts, in which the counts are still to come. Where parameters were fitted to
counts, the residuals of the fit give its error (:func:`fitted`).
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np

from emigre import schema
from emigre.numerics.array_types import F64
from emigre.results.counts import EVERYWHERE
from emigre.results.residuals import Residuals

FILE = "model_error.toml"
_MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class ModelError:
    """Error of one kind of measure.

    ``lasting``, ``drift`` and ``daily`` are standard deviations of logarithms, ``days`` the time
    within which the drift is forgotten, ``everywhere`` and ``country`` the shares of the variance
    that all places and the places of a country have in common. Sizes differ by series with
    ``freedom`` degrees of freedom, and follow misses of ``recent`` days (local_error.py).
    """

    lasting: float
    drift: float
    days: float
    daily: float
    everywhere: float
    country: float
    freedom: float = math.inf
    recent: float = 30.0

    @property
    def sd(self) -> float:
        """Standard deviation of a single day at a single place."""
        return math.sqrt(self.lasting**2 + self.drift**2 + self.daily**2)

    def over_days(self, n: int) -> F64:
        """Covariance T of ``n`` successive days, (n, n)."""
        apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        drift = self.drift**2 * np.exp(-np.arange(n) / self.days)
        return np.asarray(self.lasting**2 + drift[apart] + self.daily**2 * np.eye(n))

    def since_known(self, n: int) -> F64:
        """Covariance T of ``n`` successive days of a stock known on the day before them, (n, n)."""
        days = np.arange(1.0, n + 1.0)
        walk = self.drift**2 * np.minimum.outer(days, days) / self.days
        return np.asarray(self.lasting**2 + walk + self.daily**2 * np.eye(n))

    def over_places(self, countries: Sequence[str]) -> F64:
        """Correlation G of places that lie in these countries, (n, n)."""
        names = np.asarray(countries)
        own = 1.0 - self.everywhere - self.country
        is_same = np.equal.outer(names, names)
        return np.asarray(self.everywhere + self.country * is_same + own * np.eye(len(names)))


_LEAST_SPREAD = 0.03
"""Baselines with a smaller spread have no record of errors."""

HORIZONS = {"1-7": 7, "8-14": 14, "15-30": 30}
"""Parts of the horizon, by their last day."""


def horizon_of(days: int) -> str:
    """The part of the horizon in which a number of days lies.

    >>> horizon_of(7), horizon_of(8), horizon_of(100)
    ('1-7', '8-14', '15-30')
    """
    return next((part for part, last in HORIZONS.items() if days <= last), "15-30")


EASIER = dict(zip(HORIZONS, (1.2, 1.4, 1.6), strict=True))
"""Growth of misses with the days ahead, relative to days that were known (decision 80)."""


def easier(days: int) -> float:
    """:data:`EASIER` by days ahead; 1 for days that were known.

    >>> easier(0), easier(7), easier(400)
    (1.0, 1.2, 1.6)
    """
    return 1.0 if days <= 0 else EASIER[horizon_of(days)]


@dataclass(frozen=True, slots=True)
class Pool:
    """A baseline to pool with the simulation, which has the ``weight`` at equal spread."""

    baseline: str
    weight: float

    def share(self, own: float, baseline: float) -> float:
        """Weight of the simulation, given standard deviations of logarithms: by precision.

        1 if the baseline has no record of errors.
        """
        if self.weight == 1.0 or baseline < _LEAST_SPREAD:
            return 1.0
        if self.weight == 0.0:
            return 0.0
        ours, theirs = self.weight * baseline**2, (1.0 - self.weight) * own**2
        return ours / (ours + theirs)


Pools = Mapping[str, Mapping[str, Pool]]
"""Pools by kind of measure and part of the horizon."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Errors and pools by kind of measure, learned from hindcasts, and their source.

    ``held_90``: the least and the largest share of later figures inside 90 % intervals, by shipped
    scenario and part of the horizon, of origins that were not learned from.
    """

    errors: Mapping[str, ModelError]
    pools: Pools
    learned_from: str
    held_90: tuple[float, float]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a TOML file."""
        content = tomllib.loads(text)
        errors, pools = {}, {}
        for kind in ("flow", "stock", "mean"):
            sizes = dict(content[kind])
            pools[kind] = {part: Pool(**pool) for part, pool in sizes.pop("pool", {}).items()}
            errors[kind] = ModelError(**sizes)
        low, high = content["held_90"]
        return cls(errors, pools, content["learned_from"], (low, high))


@cache
def shipped() -> Learned:
    """Content of ``model_error.toml``."""
    return Learned.read(files(__package__).joinpath(FILE).read_text(encoding="utf-8"))


QUEUES = frozenset({"queued", "waiting", "waiting_ordinary", "wait_hours"})
"""Measures of one error, that of demand over capacity: who waits, and for how long."""


def kind_of(measure: str) -> str:
    """The kind of measure that determines the error of a measure."""
    return "mean" if measure in QUEUES else schema.measures()[measure].kind


def error_of(measure: str, errors: Mapping[str, ModelError] | None = None) -> ModelError:
    """The error of a measure: of those given, else of those learned from hindcasts."""
    return (shipped().errors if errors is None else errors)[kind_of(measure)]


_STRATA = 19
"""Points that represent the distribution of the error."""


def fitted(
    error: ModelError, measure: str, residuals: Sequence[Residuals], last: date
) -> ModelError:
    """The error of days up to ``last`` in a run whose parameters were fitted to such counts.

    The ``residuals`` of the n fitted counts of the kind are misses of the model too: with r the
    standard deviation they leave to it (results/residuals.py) and s that of the error of forecasts,
    whose square is multiplied by

        (freedom + n c^2 r^2 / s^2) / (freedom + n)

    and whose degrees of freedom grow by n, as the size of a series does in a forecast. After the
    last fitted day c is that of a forecast as far ahead (:data:`EASIER`), before it 1.
    """
    kind = kind_of(measure)
    own = [r for r in residuals if kind_of(r.measure) == kind]
    n = sum(r.figures for r in own)
    if not n or math.isinf(error.freedom):
        return error
    missed = sum(r.figures * (easier((last - r.until).days) * r.sd) ** 2 for r in own)
    by = math.sqrt((error.freedom + missed / error.sd**2) / (error.freedom + n))
    return replace(
        error,
        lasting=error.lasting * by,
        drift=error.drift * by,
        daily=error.daily * by,
        freedom=error.freedom + n,
    )


def widened(
    values: F64,
    measure: str,
    place: str,
    n_days: int,
    residuals: Sequence[Residuals] = (),
    last: date = date.max,
    moved: F64 | float = 0.0,
) -> F64:
    """Values over runs (runs, ...) with the model's own error, (runs * 19, ...).

    Every value is multiplied by 19 equally likely factors whose logarithms have a t distribution,
    so that quantiles of the result hold chance, parameters and model. Values are sums or means of
    ``n_days`` days, over which the drift averages out in part; of a total over all places only the
    part of the error that places share is left. ``residuals`` are those of the fit that gave the
    parameters, ``last`` the last day of the values (:func:`fitted`). Values of 0 stay 0.

    Without such a fit, ranges of parameters hold a part of the error of a flow: with s its standard
    deviation and v that of logarithms over runs, the error has the variance

        max(s^2 - v^2, (LEAST_LEFT s)^2)

    The error of a stock is that of a forecast from its last count, but a run does not start from
    one. ``moved`` (...) is the part of a stock for which the destination was uncertain
    (:func:`moved_share`). That part came as a flow and has the lasting error and the drift of
    flows, which do not average out, since a place that attracts more than simulated does so for
    long. Quantiles of both errors are added in quadrature. A fit to stocks leaves its own error.
    """
    base = error_of(measure)
    error = fitted(base, measure, residuals, last)
    shared = error.everywhere + error.country if place == EVERYWHERE else 1.0
    logs = np.log(error_factors(error, shared, n_days, _STRATA))
    left: F64 | float = 1.0
    if error is base and kind_of(measure) == "flow" and min(len(values), len(logs)) > 1:
        v = np.log1p(values).var(axis=0, ddof=1) / _variance(error, shared, n_days)
        left = np.sqrt(np.maximum(1.0 - v, LEAST_LEFT**2))
    if error is base and kind_of(measure) == "stock" and np.any(moved):
        flow = error_of("arrived")
        came = np.multiply(math.hypot(flow.lasting, flow.drift), moved)
        if len(values) > 1:
            v = np.log1p(values).var(axis=0, ddof=1)
            came = np.sqrt(np.maximum(came**2 - v, (LEAST_LEFT * came) ** 2))
        z = _levels(flow.freedom, len(logs)).reshape(-1, *[1] * np.ndim(came))
        logs = logs.reshape(z.shape)
        logs = np.sign(z) * np.hypot(logs, z * came)
    out = np.empty((len(logs), *values.shape))
    for each, wider in zip(logs, out, strict=True):
        np.multiply(values, np.exp(each * left), out=wider)
    return out.reshape(-1, *values.shape[1:])


LEAST_LEFT = 0.35
"""Least part of the error left by ranges of parameters, learned with each crisis left out."""


def moved_share(stock: F64, first: F64, total: F64) -> F64:
    """Part of a stock for which the destination was uncertain, over runs (runs, ...): (...).

    With S the mean of the ``stock`` over runs, S_0 that of the ``first`` day and T that of the
    ``total`` over all places,

        |S - S_0| / max(S, S_0) (1 - S / T)

    The first factor is the part that came or left since the run began. The second is the error of
    a share p of a given total, relative to that of its weight: d ln p = (1 - p) d ln w, to first
    order, with the shares p = w / sum w of a discrete choice. 0 where nobody is.
    """
    s, s0, t = (np.nan_to_num(each.mean(axis=0)) for each in (stock, first, total))
    changed = np.abs(s - s0) / np.maximum(np.maximum(s, s0), 1.0)
    return np.asarray(changed * (1.0 - np.minimum(s / np.maximum(t, 1.0), 1.0)))


def _variance(error: ModelError, shared: float, n_days: int) -> float:
    """Variance of logarithms of sums or means of days."""
    return shared * float(error.over_days(min(n_days, _MOST_DAYS)).mean())


@cache
def error_factors(error: ModelError, shared: float, n_days: int, n: int) -> F64:
    """Equally likely factors (n,) of sums or means of days; a single 1 where there is no error.

    ``shared`` is the part of the variance that remains in a total over places.
    """
    sd = math.sqrt(_variance(error, shared, n_days))
    return np.ones(1) if sd == 0.0 else np.exp(sd * _levels(error.freedom, n))


def _levels(freedom: float, n: int) -> F64:
    """Equally likely values (n,) of a t distribution."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(min(freedom, 1e6), (np.arange(n) + 0.5) / n))
