"""Size limits, checked before anything is allocated.

The engine counts the households of a cohort and the travellers of a crossing's day in 32 bits.
"""

from emigre import schema
from emigre.calendar import WEEKDAYS
from emigre.errors import Mistake
from emigre.results.text import counted
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import thousands_hint
from emigre.scenario.tables import ScenarioTables, TypedTable

MOST_PEOPLE = 2_000_000_000
"""Largest total population, at home or abroad."""
FEWEST = 100
"""Fewest simulated people of a population without a warning."""
SCALE = SourceLocation("--scale", None, "")
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


def check_scale(people: int, scale: int, location: SourceLocation = SCALE) -> list[Mistake]:
    """The scale does not exceed the population of all origins."""
    if scale <= max(people, 1):
        return []
    return [location.mistake(str(scale), f"at most {people}, the population of the scenario")]


def warn_scale(people: int, scale: int, location: SourceLocation = SCALE) -> list[Mistake]:
    """A warning if the population is simulated by fewer than FEWEST people."""
    if scale <= 1 or not 0 < people // scale < FEWEST:
        return []
    simulated = people // scale
    hint = f"every count is a multiple of {scale}"
    found = f"{scale}, so that {counted(simulated, 'simulated person', 'simulated people')}"
    found += f" {'stands' if simulated == 1 else 'stand'} for {people}"
    return [location.mistake(found, f"at most {max(people // FEWEST, 1)}", hint)]


def warnings_at(scenario: Scenario, scale: int | None) -> tuple[Mistake, ...]:
    """Warnings of a scenario that is simulated at a scale (None: its own)."""
    if scale is None or scale == scenario.scale:
        return scenario.warnings
    return (*scenario.warnings, *warn_scale(scenario.population, scale))


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
