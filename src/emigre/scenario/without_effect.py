"""Warnings about rows, and counts of quantities, that no run can show."""

from collections.abc import Iterator

from emigre import schema
from emigre.errors import Mistake
from emigre.rules.matching import ALL
from emigre.scenario.parsers import quoted
from emigre.scenario.tables import ScenarioTables

FORESEEN = ("entry", "exit", "capacity", "fare", "leg", "permit", "renewal", "border_run")
"""Kinds of rules that people anticipate: those of ways out, and of the security of a status."""


def warn_without_effect(tables: ScenarioTables) -> Iterator[Mistake]:
    """Rumours, pressures and cells without effect, and travellers counted where none are given."""
    yield from _warn_rumours(tables)
    yield from _warn_pressures(tables)
    yield from _warn_travellers(tables)


def _warn_rumours(tables: ScenarioTables) -> Iterator[Mistake]:
    """Rumours of kinds that nobody anticipates, and rumours that nobody believes."""
    rules, kinds = tables["rules"], schema.rule_kinds()
    for row, (kind, credence) in enumerate(rules.rows("kind", "credence")):
        if credence < 1 and not {kind, kinds[kind].factor_on} & set(FORESEEN):
            found = f"a rumour of kind {quoted(kind)}, which has no effect"
            yield rules.sheet.mistake(row, "kind", found, f"one of {', '.join(FORESEEN)}")
        elif credence == 0:
            found = "0: a rumour that nobody believes has no effect"
            yield rules.sheet.mistake(row, "credence", found, "a share above 0")


def _warn_pressures(tables: ScenarioTables) -> Iterator[Mistake]:
    pressures = tables["pressures"]
    columns = ("leaving", "returning", "steepness", "half_life_days")
    for row, (leaving, returning, steepness, half_life) in enumerate(pressures.rows(*columns)):
        if leaving == 0 and returning == 0:
            found = "0, as in returning: a pressure without effect"
            yield pressures.sheet.mistake(row, "leaving", found, "a weight in one of the two")
        if steepness != 1 and half_life is None:
            found = f"{quoted(pressures.text(row, 'steepness'))}, which has no effect"
            expected = "an empty cell, or a half_life_days as well"
            yield pressures.sheet.mistake(row, "steepness", found, expected)


def _warn_travellers(tables: ScenarioTables) -> Iterator[Mistake]:
    """Counts of ordinary travellers at places where traffic.csv has none."""
    given = set(tables["traffic"]["crossing"])
    typed = tables["observations"]
    for row, (measure, place, use) in enumerate(typed.rows("measure", "place", "use")):
        is_of_travellers = use != "context" and measure.endswith("_ordinary")
        if is_of_travellers and not given & _crossings(tables, place):
            found = f"{quoted(place)}, which has no row in traffic.csv"
            expected = "a crossing with ordinary travellers"
            hint = "none are simulated there"
            yield typed.sheet.mistake(row, "place", found, expected, hint)


def _crossings(tables: ScenarioTables, address: str) -> set[str]:
    """Crossings of an address; those of a country are all ways into it."""
    places = list(tables["places"].rows("id", "kind", "country"))
    chosen = tables.places_of(address) if address != ALL else {place for place, *_ in places}
    countries = {
        country for place, kind, country in places if place in chosen and kind == "country"
    }
    return {
        place
        for place, kind, country in places
        if kind == "crossing" and (place in chosen or country in countries)
    }
