"""Resolve addresses: a place, a country with all crossings into it, an area, or all places."""

from collections.abc import Mapping, Sequence

import numpy as np

from emigre.numerics.array_types import I64

ALL = "*"


class Addresses:
    """Places by address. Index arrays follow the order of each kind's list."""

    def __init__(
        self,
        origins: Sequence[str],
        crossings: Sequence[str],
        countries: Sequence[str],
        crossing_country: Mapping[str, str],
        areas: Mapping[str, Sequence[str]],
        exit_country: Mapping[str, str] | None = None,
        state: Mapping[str, str] | None = None,
    ) -> None:
        """Places of each kind; state: that in which a country or camp lies (its own by default)."""
        self.origins, self.crossings, self.countries = origins, crossings, countries
        self._crossing_country = crossing_country
        self._exit_country = exit_country or {}
        self._state = state or {}
        self._areas = areas
        borders = (*crossing_country.values(), *self._exit_country.values())
        camps = (s for place, s in self._state.items() if s != place)
        self._states = frozenset((*borders, *camps))
        self._known: dict[tuple[str, str | None], I64] = {}

    def narrowness(self, address: str | None) -> int:
        """0 for all places, 1 for an area, 2 for a country with its crossings, 3 for a place."""
        if address is None or address == ALL:
            return 0
        if address in self._areas:
            return 1
        return 2 if address in self._states else 3

    def members(self, address: str | None) -> set[str]:
        """Places of an address; an area gives its places (one level)."""
        return set(self._areas.get(address or ALL, (address or ALL,)))

    def origins_of(self, address: str | None) -> I64:
        """Indices (n,) of the origins of an address."""
        return self._pick("origin", self.origins, address)

    def countries_of(self, address: str | None) -> I64:
        """Indices (n,) of the countries and camps of an address."""
        return self._pick("country", self.countries, address)

    def governed_of(self, address: str | None) -> I64:
        """Indices (n,) of the countries and camps of an address; a country gives its camps too."""
        return self._pick("governed", self.countries, address, self._state)

    def crossings_of(self, address: str | None) -> I64:
        """Indices (n,) of the crossings of an address; a country gives every crossing into it."""
        return self._pick("crossing", self.crossings, address, self._crossing_country)

    def exits_of(self, address: str | None) -> I64:
        """Indices (n,) of the crossings of an address; a country gives every crossing out of it."""
        return self._pick("exit", self.crossings, address, self._exit_country)

    def _pick(
        self,
        kind: str,
        places: Sequence[str],
        address: str | None,
        country: Mapping[str, str] | None = None,
    ) -> I64:
        """Indices of the places of an address; ``country`` names a further address of each."""
        indices = self._known.get((kind, address))
        if indices is None:
            names, of = self.members(address), country or {}
            chosen = [i for i, p in enumerate(places) if ALL in names or {p, of.get(p)} & names]
            indices = np.array(chosen, dtype=np.int64)
            indices.flags.writeable = False  # shared by all later callers
            self._known[kind, address] = indices
        return indices
