"""Ordinary travellers and counts that contradict the rules and the capacity of their crossing.

More ordinary travellers than the capacity make a queue that never ends, and a count above the
capacity can never be simulated. Both are often totals of a month or a year in a column of a day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from statistics import median

from emigre import schema
from emigre.errors import Mistake
from emigre.rules.matching import ALL, parse_list
from emigre.scenario.parsers import nearest, plain, quoted
from emigre.scenario.tables import ScenarioTables

BUSY = 1.5
"""Tolerated ratio of ordinary travellers to the capacity, as levels are often rough estimates."""
COUNTED = 2.0
"""Tolerated ratio of published counts to the capacity, as some days exceed it."""


def warn_at_crossings(tables: ScenarioTables) -> Iterator[Mistake]:
    """Travellers whom nobody admits, and travellers and counts far above the capacity."""
    limits = _limits(tables)
    yield from _warn_travellers(tables, limits)
    typed, measures, (start, end) = tables["observations"], schema.measures(), tables.span
    series: dict[tuple[str, str], list[tuple[float, int, int]]] = defaultdict(list)
    rows = typed.rows("measure", "place", "from", "to", "value", "use", "cumulative")
    for row, (name, place, first, after, value, use, is_total) in enumerate(rows):
        is_scored = use != "context" and not is_total and first <= end and after > start
        if place in limits and is_scored and measures[name].kind == "flow":
            days = (after - first).days
            series[name, place].append((value / days, row, days))
    for (_, place), counts in series.items():
        # A single count far above the others is an outlier, which has a warning of its own.
        if median(a_day for a_day, _, _ in counts) > COUNTED * limits[place]:
            _, row, days = max(counts)
            span, most = "a day" if days == 1 else f"{days} days", limits[place] * days
            expected = f"at most {plain(round(most, 6))}, which the crossing can serve in {span}"
            value = plain(typed["value"][row])
            yield typed.sheet.mistake(row, "value", value, expected, "other days?")


def _limits(tables: ScenarioTables) -> dict[str, float]:
    """Highest number of travellers of the scenario served a day at every limited crossing."""
    places, rules = tables["places"], tables["rules"]
    rows = list(places.rows("id", "kind", "capacity_persons_per_day", "capacity_share"))
    limits = {place: most for place, kind, most, _ in rows if kind == "crossing"}
    for kind, place, value in rules.rows("kind", "place", "value"):
        if kind == "capacity":
            for crossing in limits if place == ALL else tables.places_of(place):
                if limits.get(crossing) is not None:
                    limits[crossing] = max(limits[crossing], value)
    shares = {place: share for place, _, _, share in rows}
    return {place: most * shares[place] for place, most in limits.items() if most is not None}


def _warn_travellers(tables: ScenarioTables, limits: dict[str, float]) -> Iterator[Mistake]:
    traffic, (start, end) = tables["traffic"], tables.span
    shares = _shares_admitted(tables)
    yield from _warn_not_admitted(tables, shares)
    at: dict[str, list[tuple[int, date, date, float]]] = defaultdict(list)
    levels_given = traffic.rows("crossing", "from", "to", "persons_per_day")
    rows = zip(levels_given, shares, strict=True)
    for row, ((place, first, after, level), share) in enumerate(rows):
        day, last = max(first or start, start), after or date.max
        if place in limits and day <= end and last > day and level > 0 and share:
            at[place].append((row, day, last, level * share))
    for place, levels in at.items():
        for row, day, _, _ in levels:
            total = sum(level for _, begins, after, level in levels if begins <= day < after)
            if total > BUSY * limits[place]:
                found = f"{plain(round(total, 6))} admitted ordinary travellers a day on {day}"
                expected = f"at most the capacity of {place}, {plain(round(limits[place], 6))}"
                hint = "persons a day? their queue never ends"
                yield traffic.sheet.mistake(row, "persons_per_day", found, expected, hint)


def _warn_not_admitted(tables: ScenarioTables, shares: Sequence[float | None]) -> Iterator[Mistake]:
    """Misspelt documents and nationalities of travellers, and those without an entry rule."""
    traffic, groups, rules = (tables[t] for t in ("traffic", "groups", "rules"))
    known = {
        column: {word for cell in rules[column] for word in parse_list(cell)} | set(groups[column])
        for column in ("document", "nationality")
    }
    for row, share in enumerate(shares):
        is_misspelt = False
        for column, words in known.items():
            word = traffic[column][row]
            hint = nearest(word, words) if word is not None and word not in words else ""
            if hint:
                is_misspelt = True
                expected = f"a {column} of groups.csv or rules.csv"
                yield traffic.sheet.mistake(row, column, quoted(word), expected, hint)
        if share is None and not is_misspelt and traffic["persons_per_day"][row] > 0:
            found = "ordinary travellers to whom no entry rule applies"
            expected = "an entry rule for their nationality and document, or for *"
            yield traffic.sheet.mistake(row, "document", found, expected, "nobody is admitted")


def _shares_admitted(tables: ScenarioTables) -> list[float | None]:
    """Highest share admitted by an entry rule, by row of traffic.csv; None without a rule.

    Travellers who are not admitted do not queue.
    """
    rules, traffic, places = tables["rules"], tables["traffic"], tables["places"]
    state = dict(places.rows("id", "country"))
    rows = rules.rows("kind", "place", "nationality", "document", "value")
    entries = [
        (tables.places_of(place), parse_list(nationality), parse_list(document), value)
        for kind, place, nationality, document, value in rows
        if kind == "entry"
    ]

    @cache
    def share(crossing: str, nationality: str, document: str) -> float | None:
        return max(
            (
                value
                for at, nationalities, documents, value in entries
                if at & {ALL, crossing, state[crossing]}
                and (not nationalities or nationality in nationalities)
                and (not documents or document in documents)
            ),
            default=None,
        )

    return [share(*key) for key in traffic.rows("crossing", "nationality", "document")]
