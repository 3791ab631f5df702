"""Counts that contradict the counts of their own days and places.

A flow over several days or places is the sum of its parts: counts of the same measure within its
days and places that do not overlap. Parts of a stock are counts of the same days. Parts that cover
all of it must agree with it, others must not exceed it. A forecast that is conditioned on counts
that contradict each other finds errors of any size.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Self

from emigre import schema
from emigre.errors import Mistake
from emigre.results.text import counted
from emigre.results.window import is_flow
from emigre.rules.matching import ALL
from emigre.scenario.checks.common import COUNTED_AT
from emigre.scenario.count_error import count_error
from emigre.scenario.parsers import plain
from emigre.scenario.tables import ScenarioTables

AGREEMENT = 1.2
"""Factor by which a count and the sum of its parts may differ, in addition to their errors."""
FEW = 10.0
"""Number of people by which they may differ."""
COLUMNS = ("from", "to", "value", "low", "high", "error", "error_sd")


@dataclass(frozen=True, slots=True)
class Count:
    """A count in a row of observations: its days, the places it covers, and the ends of its range.

    ``low`` and ``high`` are those of the row, or two standard deviations of an approximate count.
    """

    row: int
    first: date
    after: date
    places: frozenset[Any]
    low: float
    value: float
    high: float

    @classmethod
    def of(cls, row: int, cells: Mapping[str, Any], places: Iterable[Any]) -> Self:
        """The count of a row with the cells COLUMNS."""
        value = cells["value"]
        low, high = (value if cells[c] is None else cells[c] for c in ("low", "high"))
        error = count_error(cells)
        if error.kind == "approximate":
            low, high = value * math.exp(-2.0 * error.sd), value * math.exp(2.0 * error.sd)
        return cls(row, cells["from"], cells["to"], frozenset(places), low, value, high)

    @property
    def size(self) -> int:
        """Number of days times places."""
        return (self.after - self.first).days * len(self.places)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A count and its parts, whose sum it is not; ``is_whole`` if the parts cover all of it."""

    count: Count
    parts: tuple[Count, ...]
    is_whole: bool


def contradictions(counts: Iterable[Count], *, is_flow: bool) -> list[Contradiction]:
    """Counts of one measure that contradict the others, in the order of their rows."""
    by_places: dict[frozenset[Any], list[Count]] = defaultdict(list)
    for count in sorted(counts, key=lambda count: (count.first, count.after, count.row)):
        by_places[count.places].append(count)
    found = []
    for count in (count for several in by_places.values() for count in several):
        parts = _parts(count, by_places, is_flow)
        is_whole = sum(part.size for part in parts) == count.size
        if parts and _disagree(count, parts, is_whole):
            found.append(Contradiction(count, parts, is_whole))
    return sorted(found, key=lambda each: each.count.row)


def _disagree(count: Count, parts: Iterable[Count], is_whole: bool) -> bool:
    low, high = (sum(getattr(part, end) for part in parts) for end in ("low", "high"))
    is_too_small = low > AGREEMENT * count.high + FEW
    return is_too_small or (is_whole and count.low > AGREEMENT * high + FEW)


def _parts(
    whole: Count, by_places: Mapping[frozenset[Any], list[Count]], is_flow: bool
) -> tuple[Count, ...]:
    """Disjoint counts within another, smallest first; of two alike the second is the whole."""
    alone = {whole.places: by_places[whole.places]}
    within = [
        count
        for places, counts in (by_places if len(whole.places) > 1 else alone).items()
        if places and places <= whole.places
        for count in _between(counts, whole.first, whole.after)
        if (count.size, count.row) < (whole.size, whole.row)
        and (is_flow or (count.first, count.after) == (whole.first, whole.after))
    ]
    parts = []
    covered: dict[Any, int] = defaultdict(int)  # days by place: bit n is the n-th day of the whole
    for count in sorted(within, key=lambda count: (count.size, count.first, count.row)):
        days = ((1 << (count.after - count.first).days) - 1) << (count.first - whole.first).days
        if not any(covered[place] & days for place in count.places):
            parts.append(count)
            for place in count.places:
                covered[place] |= days
    return tuple(parts)


def _between(counts: list[Count], first: date, after: date) -> Iterator[Count]:
    """Counts, in the order of their days, that begin and end between two days."""
    start = bisect_left(counts, first, key=lambda count: count.first)
    end = bisect_left(counts, after, key=lambda count: count.first)
    return (count for count in counts[start:end] if count.after <= after)


def warn_contradictions(tables: ScenarioTables) -> Iterator[Mistake]:
    """Counts that contradict the sum of counts within their days and places."""
    typed = tables["observations"]
    for measure, counts in _current(tables).items():
        for each in contradictions(counts, is_flow=is_flow(measure)):
            total = sum(part.value for part in each.parts)
            bound = "about" if each.is_whole else "at least"
            parts = f"{counted(len(each.parts), 'count')} within its days and places"
            expected = f"{bound} {plain(round(total, 6))}, the sum of {parts}"
            hint = "use = context for counts that measure something else"
            row = each.count.row
            yield typed.sheet.mistake(row, "value", plain(each.count.value), expected, hint)


def _current(tables: ScenarioTables) -> dict[str, list[Count]]:
    """Current counts whose parts add up, by measure. Cumulative totals are left out."""
    typed, measures = tables["observations"], schema.measures()
    replaced = set(typed["replaces"])
    counted_at = cache(lambda kind: _counted_at(tables, kind))
    places_of = cache(lambda place, kind: _places(tables, place, kind, counted_at(kind)))
    counts: dict[str, list[Count]] = defaultdict(list)
    for row, name in enumerate(typed["measure"]):
        is_current = typed["use"][row] != "context" and typed["id"][row] not in replaced
        if is_current and measures[name].kind != "mean" and not typed["cumulative"][row]:
            cells = {c: typed[c][row] for c in COLUMNS}
            places = places_of(typed["place"][row], measures[name].place_kind)
            counts[name].append(Count.of(row, cells, places))
    return counts


def _kinds_counted(kind: str) -> set[str]:
    """Kinds of places where measures of a kind of place are counted themselves."""
    return set(COUNTED_AT[kind]) - ({"country"} if kind == "crossing" else set())


def _counted_at(tables: ScenarioTables, kind: str) -> dict[str, set[str]]:
    """Places where measures of a kind of place are counted, by state."""
    places, own = tables["places"], _kinds_counted(kind)
    by_state: dict[str, set[str]] = defaultdict(set)
    for place, state in places.rows("id", "country"):
        if tables.kinds_of_places[place] in own:
            by_state[state].add(place)
    return by_state


def _places(
    tables: ScenarioTables, address: str, kind: str, by_state: Mapping[str, set[str]]
) -> frozenset[str]:
    """Places counted at an address: those of a country at the border are its crossings."""
    if address == ALL:
        return frozenset().union(*by_state.values())
    members, own = tables.places_of(address), _kinds_counted(kind)
    here = {place for place in members if tables.kinds_of_places.get(place) in own}
    borders = members - here if kind == "crossing" else set()
    return frozenset(here.union(*(by_state.get(state, set()) for state in borders)))
