"""How large a world may be: judged before anything is allocated for it.

The engine counts the households of a cohort and the travellers of a crossing's day in 32 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emigre.errors import Mistake
from emigre.scenario.coherence import World
from emigre.scenario.typed import Typed

if TYPE_CHECKING:
    from emigre.scenario.model import Scenario

MOST_PEOPLE = 2_000_000_000
"""Persons of all origins together, abroad or at home: more than any country has."""
MOST_A_DAY = 10_000_000
"""Ordinary travellers of one row on one day: a hundred times the busiest crossings."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check_sizes(world: World) -> None:
    """No more people, leavers and travellers than can be counted, or than there can be."""
    for table, column in (
        ("places", "population"),
        ("present", "persons"),
        ("departures", "persons"),
    ):
        _check_total(world, world.tables[table], column)
    traffic = world.tables["traffic"]
    for row, persons in enumerate(traffic["persons_per_day"]):
        factors = [traffic[d][row] for d in _WEEKDAYS if traffic[d][row] is not None]
        if persons is None or persons * max([1.0, *factors]) <= MOST_A_DAY:
            continue
        column = "persons_per_day" if persons > MOST_A_DAY else _largest(traffic, row)
        expected = f"at most {MOST_A_DAY} travellers a day"
        traffic.report(world.mistakes, row, column, expected)


def check_scale(scenario: Scenario, scale: int) -> list[Mistake]:
    """No party stands for more people than live in all origins: there would be none."""
    places = scenario.tables["places"]
    people = int(places.filter(places["kind"] == "origin")["population"].sum() or 0)
    if scale <= max(people, 1):
        return []
    expected = f"at most {people}, the people of the scenario: one party stands for so many"
    return [Mistake("--scale", None, "", str(scale), expected)]


def _check_total(world: World, typed: Typed, column: str) -> None:
    total = 0
    for row, persons in enumerate(typed[column]):
        total += persons or 0
        if total > MOST_PEOPLE:
            expected = f"at most {MOST_PEOPLE} persons in all rows together"
            hint = "" if persons > MOST_PEOPLE else f"with this row it is {total}"
            typed.report(world.mistakes, row, column, expected, hint=hint)
            return


def _largest(traffic: Typed, row: int) -> str:
    """The weekday whose factor is the largest."""
    return max(_WEEKDAYS, key=lambda day: traffic[day][row] or 0.0)
