"""Ids from Flee's names, with invalid characters replaced by underscores."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from emigre.adapters.flee.folder import Conflict
from emigre.scenario.texts import unused_name


@dataclass(frozen=True, slots=True)
class Names:
    """Ids of the scenario, and of places, countries and areas of a country's camps, by name."""

    scenario: str
    place: dict[str, str]
    country: dict[str, str]
    area: dict[str, str]

    @property
    def changed(self) -> dict[str, str]:
        """Ids of the places whose names are not valid ids, by name."""
        return {name: identity for name, identity in self.place.items() if name != identity}


def names_of(conflict: Conflict) -> Names:
    """Unique ids of all named things in the folder."""
    place = _ids(conflict.locations)
    country = _ids({p.country for p in conflict.locations.values()})
    with_camps = dict.fromkeys(camp.country for camp in conflict.camps)
    taken = set(place.values())
    area = {name: _unused(country[name], taken) for name in with_camps}
    return Names(_valid_id(conflict.name), place, country, area)


def _ids(names: Iterable[str]) -> dict[str, str]:
    """Unique ids by name; a name that is a valid id is always its own id."""
    taken: set[str] = set()
    ordered = sorted(names, key=lambda name: _valid_id(name) != name)
    ids = {name: _unused(_valid_id(name), taken) for name in ordered}
    return {name: ids[name] for name in names}


def _valid_id(name: str) -> str:
    """Name with letters, digits, _ and - only, not beginning with a hyphen."""
    word = re.sub(r"[^\w-]+", "_", name).strip("_") or "place"
    return word if re.match(r"\w", word) else f"_{word}"


def _unused(word: str, taken: set[str]) -> str:
    """An unused id, with a number appended if the word is in use; it is added to those in use."""
    free = unused_name(word, taken)
    taken.add(free)
    return free
