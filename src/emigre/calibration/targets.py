"""Calibration targets: observations marked ``fit``, with observation error and discrepancy.

A published figure y and a simulated one x are compared as

    ln(y + c) = ln(x + c) + error of the figure + discrepancy of the model

with c the resolution below which differences are meaningless: the people per simulated person, one
hour of waiting, or 0.01 for shares. The error of the figure has the standard deviation of
:func:`emigre.evaluation.observation_error.observation_sd`.

x includes the noise of its run, which a published count does not have. With v the variance of
ln(x + c) about its expectation, to second order

    E ln(x + c) = ln(E x + c) - v / 2

Therefore v / 2 is added to simulated counts (:meth:`Targets.noise_correction`). Simulated people
move in parties of s h persons, where s is the scale and h the mean size of people's households. If
parties move independently, var x = s h E x and v = s h E x / (E x + c)^2. This is too large for
queues and stocks, which vary less, and the residual variance of a response surface is too large by
what the surface does not explain: v is the smaller of the two.

The discrepancy is model error that no parameter can correct (Kennedy and O'Hagan 2001, Journal of
the Royal Statistical Society B 63, 425-464). It has one relative standard deviation for counts, and
another for hours of waiting and people in queues, which are small differences between large
numbers. Its correlation is

    S_ij = same measure * places_ij * (q + (1 - q) days_ij)
    places_ij = |P_i and P_j| / sqrt(|P_i| |P_j|),    days_ij likewise

where P are the crossings (countries, origins) and D the days over which a figure is summed, and
q = 0.5 is the share of the variance that is constant over all days at a place. A week and its days,
or a country and its crossings, are thus not independent. S is a correlation matrix, because
elementwise products of Gram matrices are positive semidefinite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.engine.index import index_of
from emigre.errors import InputError, Mistake
from emigre.evaluation.observation_error import observation_median, observation_sd
from emigre.evaluation.vintages import current_figures
from emigre.geography.addresses import Addresses
from emigre.numerics.array_types import F64
from emigre.scenario.model import Scenario

LASTING = 0.5
"""Share q of the discrepancy's variance that is constant for a place over all days."""

_RESOLUTION = {"hours": 1.0, "share": 0.01}
_QUEUES = ("waiting", "waiting_ordinary", "queued")
"""Counts that have the discrepancy of hours of waiting."""
_LEAST_SD = 0.01
"""Smallest relative error assumed for a published figure."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Observed figures on the scale of the comparison.

    Attributes
    ----------
    observed, sd : (m,)
        Transformed figures, and the standard deviations of their errors.
    derivative : (m,)
        Derivative of transformed figures with respect to their logarithms, by which the relative
        discrepancy is multiplied.
    correlation : (m, m)
        Correlation of the discrepancy.
    offset : (m,), or None
        The resolution c; None if figures are compared without a transformation.
    party : (m,), or None
        Persons s h of a simulated party; 0 for figures that are not counts.
    units : tuple of str
        Figures with the same unit have the same discrepancy.
    rows : DataFrame, or None
        Rows of observations (id, measure, place, from, to ...).
    """

    names: tuple[str, ...]
    observed: F64
    sd: F64
    derivative: F64
    correlation: F64
    offset: F64 | None
    party: F64 | None = None
    units: tuple[str, ...] = ()
    rows: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", ("",) * len(self.observed))

    def __len__(self) -> int:
        return len(self.observed)

    def transform(self, values: F64) -> F64:
        """Simulated figures (..., m) on the scale of the comparison; nan stays nan."""
        return values if self.offset is None else np.log(values + self.offset)

    def invert(self, transformed: F64) -> F64:
        """The inverse of :meth:`transform`, (..., m) -> (..., m); no count below 0."""
        if self.offset is None:
            return transformed
        return np.maximum(np.exp(transformed) - self.offset, 0.0)

    def noise_correction(self, values: F64, noise: F64) -> F64:
        """Logarithm of the expected figure minus its expected logarithm, v / 2, (m,).

        ``values`` (n, m) are simulated figures, ``noise`` (m,) are the residual variances of their
        response surface.
        """
        if self.offset is None or self.party is None:
            return np.zeros(len(self))
        mean = np.nanmean(values, axis=0)
        of_parties = self.party * mean / (mean + self.offset) ** 2
        return np.asarray(np.minimum(noise, of_parties) / 2.0)

    def error(self, discrepancy: Mapping[str, float]) -> F64:
        """Covariance of the sum of error and discrepancy (given by unit), (m, m)."""
        spread = np.array([discrepancy[unit] for unit in self.units]) * self.derivative
        return np.diag(self.sd**2) + self.correlation * spread[:, None] * spread

    def without(self, excluded: NDArray[np.bool_]) -> Self:
        """All figures but those ``excluded`` (m,)."""
        kept = ~excluded
        rows = None if self.rows is None else self.rows.filter(kept)
        names = tuple(n for n, k in zip(self.names, kept, strict=True) if k)
        return replace(
            self,
            names=names,
            observed=self.observed[kept],
            sd=self.sd[kept],
            derivative=self.derivative[kept],
            correlation=self.correlation[np.ix_(kept, kept)],
            offset=None if self.offset is None else self.offset[kept],
            party=None if self.party is None else self.party[kept],
            units=tuple(u for u, k in zip(self.units, kept, strict=True) if k),
            rows=rows,
        )


def targets_of(scenario: Scenario, *, scale: int = 1) -> Targets:
    """Current observations marked ``fit`` in the simulated days; InputError if there are none."""
    end = scenario.end + timedelta(days=1)
    # The order of rows in the file must not affect the fit.
    rows = (
        current_figures(scenario.tables["observations"], scenario.as_of)
        .filter((pl.col("use") == "fit") & (pl.col("from") >= scenario.start))
        .filter(pl.col("to") <= end)
        .sort("id")
    )
    if not rows.height:
        found = f"none from {scenario.start} to {scenario.end}"
        expected = "observations marked fit in the simulated days"
        raise InputError(Mistake("observations.csv", found, expected, column="use"))
    party = scale * mean_household(scenario.tables["groups"])
    return targets_from(rows, index_of(scenario).addresses, scale=scale, party=party)


def targets_from(rows: pl.DataFrame, addresses: Addresses, *, scale: int, party: float) -> Targets:
    """Targets from rows of observations; ``party`` is the number of persons s h of a party."""
    measures = [schema.measures()[name] for name in rows["measure"]]
    offset = np.array([_RESOLUTION.get(m.unit, float(scale)) for m in measures])
    median = observation_median(rows)
    derivative = median / (median + offset)
    sd = np.maximum(observation_sd(rows), _LEAST_SD) * np.maximum(derivative, _LEAST_SD)
    return Targets(
        names=tuple(rows["id"]),
        observed=np.log(median + offset),
        sd=sd,
        derivative=derivative,
        correlation=correlation_of(rows, addresses),
        offset=offset,
        party=np.array([party if m.unit == "persons" else 0.0 for m in measures]),
        units=tuple("hours" if m.name in _QUEUES else m.unit for m in measures),
        rows=rows,
    )


def mean_household(groups: pl.DataFrame) -> float:
    """Mean size of a person's household, h = sum_g w_g (E(n^2) / E(n)) / sum_g w_g.

    n is the size of households in group g, and w_g the share of people in the group.
    """
    shares = groups.select(pl.selectors.matches("^size_\\d+$")).to_numpy()
    size = np.arange(1, shares.shape[1] + 1)
    of_a_person = (shares @ size**2) / (shares @ size)
    return float(np.average(of_a_person, weights=groups["share"].to_numpy()))


def correlation_of(rows: pl.DataFrame, addresses: Addresses) -> F64:
    """Correlation S of the discrepancies of rows, (m, m)."""
    measures = [schema.measures()[name] for name in rows["measure"]]
    look = {
        "origin": addresses.origins_of,
        "crossing": addresses.crossings_of,
        "country": addresses.countries_of,
    }
    where = [
        {(m.name, int(i)) for i in look[m.place_kind](place)} or {(m.name, -1 - n)}
        for n, (m, place) in enumerate(zip(measures, rows["place"], strict=True))
    ]
    when = [
        set(range(a.toordinal(), b.toordinal()))
        for a, b in zip(rows["from"], rows["to"], strict=True)
    ]
    return _overlap(where) * (LASTING + (1.0 - LASTING) * _overlap(when))


def _overlap(sets: Sequence[set[Any]]) -> F64:
    """Cosines between sets represented as vectors of zeros and ones."""
    members: list[Any] = sorted(set().union(*sets))
    index = {member: i for i, member in enumerate(members)}
    vectors = np.zeros((len(sets), len(members)))
    for row, some in enumerate(sets):
        vectors[row, [index[member] for member in some]] = 1.0
    vectors /= np.sqrt(vectors.sum(axis=1, keepdims=True))
    return np.asarray(vectors @ vectors.T, dtype=np.float64)
