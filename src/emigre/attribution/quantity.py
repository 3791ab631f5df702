"""The quantity to explain: a measure at a place over some days."""

from collections.abc import Iterable
from datetime import date, timedelta

from emigre.errors import Mistake, refuse
from emigre.results.window import Quantity
from emigre.scenario import arguments
from emigre.scenario.checks.common import COUNTED_AT
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import quoted
from emigre.scenario.texts import place_names


def make_quantity(
    *sides: Scenario,
    measure: str,
    place: str,
    start: date | str | None,
    end: date | str | None,
    mistakes: Iterable[Mistake] = (),
) -> Quantity:
    """The quantity to explain on one or several sides, by default over all common days.

    Raises InputError with every mistake, and the ``mistakes`` found before.
    """
    mistakes = list(mistakes)
    spec = arguments.measure("--measure", measure, mistakes)
    known = [_kinds_at(side) for side in sides]
    names = place_names(sides[0].tables)
    common = {id_: name for id_, name in names.items() if all(id_ in kinds for kinds in known)}
    whose = " of both sides" if sides[1:] else ""
    expected = f"the id or the name of a place or an area{whose}, or *"
    place = arguments.place("--place", place, common, mistakes, expected)
    if place in common and spec is not None and place != "*":
        kinds = COUNTED_AT[spec.place_kind]
        if not all(k[place] & set(kinds) for k in known):
            found = f"{quoted(place)} of kind {', '.join(sorted(known[0][place]))}"
            expected = f"a place of kind {' or '.join(kinds)}, where {measure} is counted"
            mistakes.append(Mistake("--place", found, expected))
    after = min(side.end for side in sides) + timedelta(days=1)
    days = arguments.period(start, end, sides[0].start, after, mistakes)
    refuse(mistakes)
    return Quantity(measure, place, *days)


def _kinds_at(scenario: Scenario) -> dict[str, set[str]]:
    """Kinds of the places of every place or area id."""
    places, areas = scenario.tables["places"], scenario.tables["areas"]
    kinds = {"*": set()} | {i: {k} for i, k in zip(places["id"], places["kind"], strict=True)}
    for area, place in zip(areas["area"], areas["place"], strict=True):
        kinds.setdefault(area, set()).update(kinds[place])
    return kinds
