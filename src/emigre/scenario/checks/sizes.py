"""Size limits, checked before anything is allocated.

The engine counts the households of a cohort and the travellers of a crossing's day in 32 bits.
"""

from emigre import schema
from emigre.calendar import WEEKDAYS
from emigre.errors import Mistake
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import thousands_hint
from emigre.scenario.tables import ScenarioTables, TypedTable

MOST_PEOPLE = 2_000_000_000
"""Largest total population, at home or abroad."""
MOST_A_DAY = 10_000_000
"""Most ordinary travellers per row and day, a hundred times the busiest crossings."""


def check_sizes(tables: ScenarioTables) -> None:
    """People, departures and travellers are within limits."""
    for table, column in (
        ("places", "population"),
        ("present", "persons"),
        ("departures", "persons"),
    ):
        _check_total(tables[table], column)
    traffic = tables["traffic"]
    for row, persons in enumerate(traffic["persons_per_day"]):
        factors = [traffic[d][row] for d in WEEKDAYS if traffic[d][row] is not None]
        if persons is None or persons * max([1.0, *factors]) <= MOST_A_DAY:
            continue
        largest = max(WEEKDAYS, key=lambda day: traffic[day][row] or 0.0)
        column = "persons_per_day" if persons > MOST_A_DAY else largest
        traffic.report(row, column, f"at most {MOST_A_DAY} travellers a day")


def check_scale(scenario: Scenario, scale: int) -> list[Mistake]:
    """The scale does not exceed the population of all origins."""
    places = scenario.tables["places"]
    people = int(places.filter(places["kind"] == "origin")["population"].sum() or 0)
    if scale <= max(people, 1):
        return []
    return [Mistake("--scale", str(scale), f"at most {people}, the population of the scenario")]


def check_whole_persons(tables: ScenarioTables) -> None:
    """Persons are integers; no rate has a point that may be a separator, as in ``414.659``."""
    places, traffic, rules = (tables[t] for t in ("places", "traffic", "rules"))
    for typed, column in (
        (places, "capacity_persons_per_day"),
        (traffic, "persons_per_day"),
        (rules, "value"),
    ):
        for row, _ in typed.filled(column):
            hint = thousands_hint(typed.text(row, column))
            if hint and (typed is not rules or rules["kind"][row] == "capacity"):
                typed.report(row, column, "an unambiguous number", hint=hint)
    observations, measures = tables["observations"], schema.measures()
    for column in ("value", "low", "high"):
        for row, measure, value in observations.filled("measure", column):
            hint = thousands_hint(observations.text(row, column))
            if measures[measure].is_count and (value != int(value) or hint):
                observations.report(row, column, "a whole number of persons", hint=hint)


def _check_total(typed: TypedTable, column: str) -> None:
    total = 0
    for row, persons in enumerate(typed[column]):
        total += persons or 0
        if total > MOST_PEOPLE:
            hint = "" if persons > MOST_PEOPLE else f"this row brings the total to {total}"
            typed.report(row, column, f"at most {MOST_PEOPLE} persons in all rows", hint=hint)
            return
