"""Checks of population counts: people at home, abroad, and leaving."""

from collections import defaultdict
from functools import lru_cache

import numpy as np

from emigre import schema
from emigre.errors import Mistake
from emigre.rules.matching import ALL
from emigre.scenario.parsers import plain, quoted
from emigre.scenario.population import Unmet, rake, unmet
from emigre.scenario.tables import ScenarioTables, TypedTable


def check_departures(tables: ScenarioTables) -> None:
    """Addresses are unambiguous and not empty; the most specific row of an origin counts."""
    departures, places = tables["departures"], tables["places"]
    if not (departures.is_clean("origin") and places.is_clean("id", "kind")):
        return
    line = {address: row for row, address in reversed(list(enumerate(departures["origin"])))}
    free = {p for p, kind in tables.kinds_of_places.items() if kind == "origin"} - line.keys()
    taken: dict[str, str] = {}
    for address in sorted(line.keys() & tables.members.keys(), key=line.__getitem__):
        mine = free & set(tables.members[address])
        both = sorted(mine & taken.keys())
        if both:
            found = f"{quoted(address)}, which overlaps another area in {quoted(both[0])}"
            location = departures.sheet.location(line[taken[both[0]]], "origin")
            hint = f"{taken[both[0]]} is in {location}"
            expected = "areas without common origins"
            departures.report(line[address], "origin", expected, found=found, hint=hint)
        elif not mine:
            _report_nobody_left(departures, line[address])
        taken |= dict.fromkeys(mine, address)
    if "*" in line and not free - taken.keys():
        _report_nobody_left(departures, line["*"])


def _report_nobody_left(departures: TypedTable, row: int) -> None:
    expected = "an address with at least one origin that no more specific row covers"
    departures.report(row, "origin", expected)


def check_people(tables: ScenarioTables) -> None:
    """Origins have people, and people present or leaving come from populated origins."""
    places, areas = tables["places"], tables["areas"]
    if not (places.is_clean("id", "kind", "population") and areas.is_clean("area", "place")):
        return
    if tables.origins and not sum(tables.origins.values()):
        found, expected = "no population in any origin", "an origin with a population above 0"
        tables.mistakes.append(Mistake("places.csv", found, expected, column="population"))
    _check_present(tables)
    _check_given(tables)
    _check_margins(tables)


def _people_of(tables: ScenarioTables, address: str | None) -> int:
    """Population of the origins of an address."""
    origins = tables.origins
    named = origins if address in (None, ALL) else tables.places_of(address)
    return sum(origins.get(place, 0) for place in named)


def _check_present(tables: ScenarioTables) -> None:
    present = tables["present"]
    for row, address, persons in present.filled("origin", "persons"):
        if persons and not _people_of(tables, address):
            found = f"{quoted(address)} with a population of 0"
            present.report(row, "origin", "an origin with a population above 0", found=found)


def _check_given(tables: ScenarioTables) -> None:
    """Departures over the simulated days do not exceed the population."""
    departures = tables["departures"]
    start, end = tables.days
    total: dict[str, int] = defaultdict(int)
    for row, address, day, persons in departures.filled("origin", "date", "persons"):
        if (start is not None and day < start) or (end is not None and day > end):
            continue
        people, before = _people_of(tables, address), total[address]
        total[address] += persons
        if before <= people < total[address]:
            found = f"{total[address]} persons in total from {quoted(address)}"
            departures.report(row, "persons", f"at most its population of {people}", found=found)


def _check_margins(tables: ScenarioTables) -> None:
    """The shares of every origin can be satisfied jointly."""
    composition, groups = tables["composition"], tables["groups"]
    attributes = schema.attributes()
    used = ("origin", "attribute", "value", "share")
    if not composition.n_rows or not groups.n_rows or not groups.is_whole:
        return
    if not (composition.is_clean(*used) and groups.is_clean("share", *attributes)):
        return
    origins = tables.origins
    number = {o: i for i, o in enumerate(origins)}
    margins: dict[tuple[int, str], dict[str, float]] = {}
    row_of: dict[tuple[int, str, str], int] = {}
    for row in range(composition.n_rows):
        origin, attribute, value, share = (composition[c][row] for c in used)
        if origins.get(origin):
            margins.setdefault((number[origin], attribute), {})[value] = share
            row_of[number[origin], attribute, value] = row
    shares = tuple((key, tuple(known.items())) for key, known in margins.items())
    # Groups with the same categories are scaled by the same factors, so they are added up.
    known_of = sorted({attribute for _, attribute in margins})
    alike: dict[tuple[str, ...], float] = defaultdict(float)
    for share, *words in groups.rows("share", *known_of):
        alike[tuple(words)] += share
    categories = tuple(zip(known_of, zip(*alike, strict=True), strict=True))
    for miss in _misses(tuple(origins.values()), tuple(alike.values()), categories, shares):
        row = row_of[miss.origin, miss.attribute, miss.category]
        found = f"share {plain(miss.target)} of {miss.attribute} {miss.category}"
        expected = "shares that the groups of groups.csv can satisfy together"
        place, share = quoted(composition["origin"][row]), plain(round(miss.fitted, 4))
        hint = f"with the other shares of {place} the fitted share is {share}"
        composition.report(row, "share", expected, found=found, hint=hint)


@lru_cache(maxsize=2)
def _misses(
    population: tuple[int, ...],
    share: tuple[float, ...],
    categories: tuple[tuple[str, tuple[str, ...]], ...],
    margins: tuple[tuple[tuple[int, str], tuple[tuple[str, float], ...]], ...],
) -> tuple[Unmet, ...]:
    """The worst missed share of every origin; cached, as most variants have the same."""
    names, known = dict(categories), {key: dict(shares) for key, shares in margins}
    people = np.array(population, np.float64)
    worst: dict[int, Unmet] = {}
    for miss in unmet(rake(people, np.array(share, np.float64), names, known), names, known):
        other = worst.get(miss.origin)
        if other is None or abs(miss.target - miss.fitted) > abs(other.target - other.fitted):
            worst[miss.origin] = miss
    return tuple(worst.values())
