"""Priors of uncertain parameters and cells, and their map to the standard normal distribution.

A parameter is uncertain if its record in ``scenario.toml`` gives ``low`` and ``high``; all others
are fixed. With u = Phi(z), Phi the standard normal distribution function, the value x of
a standard normal number z is

    uniform      x = low + (high - low) u
    loguniform   ln x = ln low + (ln high - ln low) u
    normal       x = m + s z,        m = (low + high) / 2,         s = (high - low) / (2 q)
    lognormal    ln x = m + s z,     m = (ln low + ln high) / 2,   s = (ln high - ln low) / (2 q)

with q = 1.6449, the 95 % quantile: low and high of a normal or lognormal prior are its 5 % and 95 %
quantiles, and one range in ten may be wrong. Both are truncated at the bounds
[a, b] of the parameter in the schema (with the map of the truncated distribution,
x = m + s Phi^-1(Phi(a') + Phi(z) (Phi(b') - Phi(a'))) with a' = (a - m) / s; Johnson, Kotz and
Balakrishnan 1994, Continuous Univariate Distributions 1, chapter 13). A uniform prior ends at its
range.

**A record without a prior** is lognormal if its low is above 0 (rates, times and weights known to
within a factor), otherwise normal.

**Draws from the prior** (:func:`prior_values`) use one stream of random numbers per parameter, with
a hash of the seed and the name as key (Philox; Salmon et al. 2011, doi:10.1145/2063384.2063405).
Draw r of a parameter thus depends neither on the number of draws nor on other parameters.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from emigre import schema
from emigre.numerics.array_types import F64
from emigre.numerics.normal import Q95
from emigre.scenario.cells import NUMERIC
from emigre.scenario.model import LOG_PRIORS, ParameterRecord, Scenario
from emigre.scenario.texts import cell_of

NO_RANGE = ("no parameter with a range", "low and high of at least one parameter")
"""The mistake of a scenario without priors: found, and expected."""
DIGITS = 6
"""Significant digits of drawn values, so that files hold exactly what was simulated."""


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior of one parameter.

    ``shape`` is uniform, loguniform, normal or lognormal; ``lowest`` and ``highest`` are the hard
    bounds of the parameter (infinite where there are none).
    """

    name: str
    shape: str
    low: float
    high: float
    lowest: float = -np.inf
    highest: float = np.inf

    @property
    def is_log(self) -> bool:
        """Whether the distribution is on the log scale."""
        return self.shape in LOG_PRIORS

    @property
    def is_normal(self) -> bool:
        """Whether low and high are quantiles rather than bounds."""
        return self.shape in ("normal", "lognormal")

    def value(self, z: F64) -> F64:
        """The values of standard normal numbers, (n,) -> (n,), in the parameter's unit."""
        if self.is_normal:
            mean, sd, a, b = self._law()
            x = mean + sd * _cut_off(z, a, b)
        else:
            low, high = self._on_scale(self.low), self._on_scale(self.high)
            x = low + (high - low) * _phi(z)
        x = np.exp(x) if self.is_log else x
        ends = (self.lowest, self.highest) if self.is_normal else (self.low, self.high)
        return np.asarray(np.clip(x, *ends), dtype=np.float64)

    def standard(self, x: F64) -> F64:
        """The standard normal numbers of values, (n,) -> (n,): inverse of :meth:`value`."""
        y = self._on_scale(np.asarray(x, dtype=np.float64))
        if self.is_normal:
            mean, sd, a, b = self._law()
            return _cut_on((y - mean) / sd, a, b)
        low, high = self._on_scale(self.low), self._on_scale(self.high)
        return _quantile((y - low) / (high - low), (high - y) / (high - low))

    def _on_scale(self, x: float | F64) -> F64:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(x) if self.is_log else x, dtype=np.float64)

    def _law(self) -> tuple[float, float, float, float]:
        """Mean and standard deviation of the normal law, and its bounds in standard deviations."""
        low, high = float(self._on_scale(self.low)), float(self._on_scale(self.high))
        mean, sd = (low + high) / 2.0, (high - low) / (2.0 * Q95)
        lowest = max(self.lowest, 0.0) if self.is_log else self.lowest
        a = (float(self._on_scale(lowest)) - mean) / sd
        b = (float(self._on_scale(self.highest)) - mean) / sd
        return mean, sd, a, b


@dataclass(frozen=True, slots=True)
class Priors:
    """Independent priors of several parameters."""

    each: tuple[Prior, ...]

    def __len__(self) -> int:
        return len(self.each)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return tuple(prior.name for prior in self.each)

    def values(self, z: F64) -> F64:
        """Values of standard normal numbers, rounded as written to files. Shape (n, k)."""
        columns = [prior.value(z[:, i]) for i, prior in enumerate(self.each)]
        return np.char.mod(f"%.{DIGITS}g", np.column_stack(columns)).astype(np.float64)

    def standard(self, values: F64) -> F64:
        """Standard normal numbers of values. Shape (n, k)."""
        return np.column_stack([p.standard(values[:, i]) for i, p in enumerate(self.each)])

    def sample(self, n: int, rng: np.random.Generator) -> F64:
        """Independent draws. Shape (n, k)."""
        return self.values(rng.standard_normal((n, len(self.each))))


def prior_of(
    record: ParameterRecord, lowest: float | None = None, highest: float | None = None
) -> Prior | None:
    """The prior of a record; None without a range, or with an empty one."""
    if record.low is None or record.high is None or not record.low < record.high:
        return None
    shape = record.prior or ("lognormal" if record.low > 0 else "normal")
    return Prior(
        record.name,
        shape,
        record.low,
        record.high,
        -np.inf if lowest is None else lowest,
        np.inf if highest is None else highest,
    )


def priors_of(scenario: Scenario, only: Iterable[str] | None = None) -> Priors:
    """Priors in the order of ``scenario.toml``; ``only`` selects by name."""
    names = None if only is None else set(only)
    priors = []
    for record in scenario.parameter_notes:
        if names is not None and record.name not in names:
            continue
        prior = prior_of(record, *(bounds_of(scenario, record.name) or (None, None)))
        if prior is not None:
            priors.append(prior)
    return Priors(tuple(priors))


def prior_values(priors: Priors, n: int, seed: int) -> F64:
    """The first ``n`` draws of a seed. Shape (n, k)."""
    return priors.values(np.column_stack([_normal(f"{seed} {name}", n) for name in priors.names]))


def _normal(stream: str, n: int) -> F64:
    """Standard normal numbers of a stream, from the upper 53 bits of its integers. Shape (n,)."""
    key = int.from_bytes(
        hashlib.blake2b(f"emigre prior {stream}".encode(), digest_size=16).digest()
    )
    bits = np.random.Philox(key=key).random_raw(n) >> np.uint64(11)
    u = (bits.astype(np.float64) + 0.5) * 2.0**-53
    return _quantile(u, 1.0 - u)


def bounds_of(scenario: Scenario, name: str) -> tuple[float | None, float | None] | None:
    """Lowest and highest value of a parameter or cell; None if there is no such number."""
    if "." in name:
        cell = cell_of(scenario.tables, scenario.zone, name)
        if cell is None:
            return None
        column = schema.columns(cell[0])[cell[2]]
        return (column.low, column.high) if column.kind in NUMERIC else None
    spec = schema.parameter(name) if name in scenario.parameters else None
    return None if spec is None else (spec.low, spec.high)


def _phi(z: float | F64) -> F64:
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def _quantile(lower: F64, upper: F64) -> F64:
    """Phi^-1 of a probability given with its complement, so that both tails are exact."""
    from scipy.special import ndtri

    low = ndtri(np.clip(lower, 0.0, 0.5))
    return np.asarray(np.where(lower <= 0.5, low, -ndtri(np.clip(upper, 0.0, 0.5))))


def _cut_off(z: F64, a: float, b: float) -> F64:
    """Phi^-1(Phi(a) + Phi(z) (Phi(b) - Phi(a))), from the nearer tail."""
    if np.isneginf(a) and np.isposinf(b):
        return z
    below = _phi(a) * _phi(-z) + _phi(b) * _phi(z)
    above = _phi(-a) * _phi(-z) + _phi(-b) * _phi(z)
    return np.clip(_quantile(below, above), a, b)


def _cut_on(t: F64, a: float, b: float) -> F64:
    """The inverse of :func:`_cut_off`."""
    if np.isneginf(a) and np.isposinf(b):
        return t
    mass = _phi(b) - _phi(a)
    return _quantile((_phi(t) - _phi(a)) / mass, (_phi(-t) - _phi(-b)) / mass)
