"""Rows with ids of their own that repeat others, so that one has no effect or both are counted."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from emigre.errors import Mistake
from emigre.scenario.parsers import plain
from emigre.scenario.tables import ScenarioTables


def warn_rules_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Rules that differ only in their values, so that only one of them can apply."""
    rules = tables["rules"]
    columns = ("kind", "place", "nationality", "document", "who", "effective_from", "effective_to")
    first: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(zip(*(rules[c] for c in columns), strict=True)):
        if rules["credence"][row] != 1:
            continue
        before = first.setdefault(key, row)
        if before != row:
            location = rules.sheet.location(before, "id")
            found = f"a second rule for the same people, place and days as {location}"
            yield rules.sheet.mistake(row, "id", found, "one rule, or other days")


def warn_pressures_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Pressures of one kind that begin on one day for the same people: their weights add up."""
    pressures = tables["pressures"]
    columns = ("kind", "place", "nationality", "who", "onset", "peak", "ends")
    first: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(zip(*(pressures[c] for c in columns), strict=True)):
        before = first.setdefault(key, row)
        if before != row:
            location = pressures.sheet.location(before, "id")
            found = f"a second pressure of this kind for the same people and days as {location}"
            hint = "weights add up: use another kind for another reason"
            yield pressures.sheet.mistake(row, "id", found, "one row, or other days", hint)


def warn_travellers_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Levels of the same ordinary travellers on the same days, which add up."""
    traffic = tables["traffic"]
    start = tables.span[0]
    series: dict[tuple[Any, ...], list[tuple[date, int]]] = defaultdict(list)
    keys = zip(*(traffic[c] for c in ("crossing", "nationality", "document", "kind")), strict=True)
    for row, key in enumerate(keys):
        series[key].append((max(traffic["from"][row] or start, start), row))
    for rows in series.values():
        latest = None
        for day, row in sorted(rows):
            if latest is not None and _is_in_force(traffic["to"][latest], day):
                level = plain(traffic["persons_per_day"][latest])
                location = traffic.sheet.location(latest, "persons_per_day")
                found = f"a second level of the same travellers on {day}"
                expected = f"days after the end of the first, {level} a day in {location}"
                hint = "levels add up: give the first an end, or another kind"
                yield traffic.sheet.mistake(row, "from", found, expected, hint)
            if latest is None or not _is_in_force(traffic["to"][latest], traffic["to"][row]):
                latest = row


def _is_in_force(after: date | None, day: date | None) -> bool:
    """Whether a row that ends before ``after`` holds on a day (None: after all days)."""
    return after is None or (day is not None and day < after)
