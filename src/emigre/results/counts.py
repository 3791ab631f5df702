"""Counts of one run by day and place: the interface between engine and results.

The engine fills these arrays; tables, scores and checks read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64
from emigre.results.trajectories import Trajectories

EVERYWHERE = "*"


class Ground(Protocol):
    """Places by kind (ids in column order), the state each crossing enters, members of areas."""

    @property
    def places(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of each kind of place."""

    @property
    def country_of(self) -> Mapping[str, str]:
        """State entered by each crossing."""

    @property
    def areas(self) -> Mapping[str, tuple[str, ...]]:
        """Members of each area."""


@dataclass(frozen=True, slots=True, eq=False)
class By:
    """Counts split by one attribute, as sparse columns of equal length (zeros omitted).

    ``day`` counts from 0, ``measure`` is the index in ``schema.measures()``, ``place`` the index
    within the places of that measure's kind, ``category`` the index in ``categories``, ``value``
    persons. The same cell may occur several times: its values add up.
    """

    attribute: str
    categories: tuple[str, ...]
    day: NDArray[np.int32]
    measure: NDArray[np.int32]
    place: NDArray[np.int32]
    category: NDArray[np.int32]
    value: I64


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Persons who arrived, by pair of places, as sparse columns of equal length (zeros omitted).

    ``day`` counts from 0; ``origin`` and ``place`` are indexes within the origins and within the
    countries and camps. The sum over the origins is the measure ``arrived``.
    """

    day: NDArray[np.int32]
    origin: NDArray[np.int32]
    place: NDArray[np.int32]
    value: I64

    @classmethod
    def of(cls, by_day: Sequence[I64], places: int) -> Self:
        """From arrays (3, n) of each day: day, origin x places + place, value."""
        day, pair, value = np.concatenate(by_day, axis=1)
        origin, place = np.divmod(pair, max(places, 1))
        day, origin, place = (index.astype(np.int32) for index in (day, origin, place))
        return cls(day, origin, place, value)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Daily counts of one run, in persons.

    ``places`` holds the ids of each kind (origin, crossing, country) in column order; camps count
    as countries. ``values`` maps a flow or stock to an array (n_days, n_places of its kind);
    ``means`` maps a measure of kind mean to (sum, weight), both of that shape: the value is
    sum / weight, undefined where the weight is 0. ``country_of`` maps each crossing to the state
    that it enters, ``areas`` the name of each area to its members. ``arrivals`` are the arrivals by
    origin, ``trace`` the trajectories of households if they were requested.
    """

    start: date
    places: Mapping[str, tuple[str, ...]]
    values: Mapping[str, I64]
    means: Mapping[str, tuple[F64, I64]] = field(default_factory=dict)
    country_of: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: By | None = None
    arrivals: Arrivals | None = None
    trace: Trajectories | None = None

    @property
    def n_days(self) -> int:
        """Number of days counted."""
        return int(next(iter(self.values.values())).shape[0])
