"""Warnings about values in the wrong unit, rows that select nobody, and rows that repeat others."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import WEEKDAYS
from emigre.errors import Mistake
from emigre.geography.distance import great_circle_km
from emigre.results.text import counted
from emigre.rules.matching import ALL, addressed
from emigre.rules.selectors import GroupSelector
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.parsers import nearest, plain, quoted
from emigre.scenario.tables import ScenarioTables, TypedTable

FASTEST = {"foot": 12.0, "road": 160.0, "rail": 400.0, "sea": 120.0, "air": 1_200.0}
"""Highest plausible speed of a journey in km per hour, by mode."""
SLOWEST = 40.0
"""Factor below the usual speed of a mode; hours given in minutes make a leg 60 times slower."""
LONGEST_KM = 20_015.0
"""Half the circumference of the Earth, the largest distance between two places."""
DETOUR, DETOUR_KM = 5.0, 30.0
"""A leg longer than DETOUR * (straight line + DETOUR_KM) is implausible."""
COSTS = (0.02, 3.0)
"""Annual living costs over annual income: the built-in cases have 0.2 to 1.7, and confusing months
with years changes it by a factor of twelve."""
USED_BY = {
    ("origin",): ("population",),
    ("crossing",): (
        *("exit_country", "lane_of", "mode", "capacity_persons_per_day", "capacity_share"),
    ),
    ("camp",): ("capacity_persons",),
    ("country", "camp"): (
        *("attraction", "language_share", "income_eur_per_year", "living_cost_eur_per_month"),
        *("formalities_days", "rest_days", "jobs_per_month", "reception_beds"),
    ),
}
"""Columns of places.csv by the kinds of places that use them."""
CAPACITIES = {
    ("camp", "capacity_persons_per_day"): "capacity_persons is the room of a camp",
    ("crossing", "capacity_persons"): "capacity_persons_per_day is that of a crossing",
    ("country", "capacity_persons"): "reception_beds are the beds of a country",
}
"""Hints by kind of place and column."""
MOMENT = 0.25
"""Longest plausible journey in hours that is rounded to none."""
LONGEST_WAIT = 1_000.0
"""Longest plausible mean wait in hours: six weeks."""
SELECTORS = ("who", "document", "nationality")
FAR_OFF = 300.0
"""Suspicious factor between neighbours; a misread thousands separator gives 1000."""
MANY = 8
"""Successive counts that look like running totals if none falls; real counts sometimes fall."""
WEEK = (0.5, 1.5)
"""Mean of the factors of the weekdays, which should be 1."""


LARGEST_FACTOR = 80.0
"""Largest plausible factor; a percentage is a hundred times too large."""
LARGEST_WEIGHT = {
    ("pressures", "leaving"): 7.0,
    ("pressures", "returning"): 7.0,
    ("places", "attraction"): 10.0,
    ("attractions", "weight"): 10.0,
}
"""Largest plausible logarithms of a factor: those of the built-in cases are below 6."""
MOST_JOBS = 3.0
"""Largest plausible jobs_per_month: work is found in ten days."""
MOST_ABROAD = 20.0
"""Largest plausible diaspora in a country, in multiples of all people at home."""
LATE = 10
"""Years after which a publication is suspected to have a wrong year."""
OVERFULL = 2.0
"""Tolerated ratio of published counts to the room of a camp, or to the beds."""


def is_far(value: float, others: Sequence[float], factor: float = FAR_OFF) -> bool:
    """Whether a value is a factor above all others, or below all of them."""
    least, most = math.log(value / max(others)), math.log(value / min(others))
    return least > math.log(factor) or most < -math.log(factor)


def warn_one_leg(tables: ScenarioTables) -> Iterator[Mistake]:
    """Legs that end where they start, are given in both directions, or are too fast or too long."""
    legs, places = tables["legs"], tables["places"]
    kinds = tables.kinds_of_places
    points = {place: (lat, lon) for place, lat, lon in places.rows("id", "lat", "lon")}
    rows = list(legs.rows("from", "to", "mode", "km", "hours", "both_ways"))
    both_ways = {row[:3]: row[5] for row in rows}
    slowest, instant = _slowest(rows), _instant(rows, kinds)
    for row, (a, b, mode, km, hours, both) in enumerate(rows):
        if a == b:
            yield legs.sheet.mistake(row, "to", quoted(b), "another place than from")
        elif both and (b, a, mode) in both_ways and (not both_ways[b, a, mode] or a < b):
            expected = "no leg in reverse, which a leg with both_ways includes"
            yield legs.sheet.mistake(row, "both_ways", quoted("yes"), expected)
        if km > LONGEST_KM:
            continue  # reported by warn_legs
        # A country is one point, which may be far from its border.
        is_measured = "country" not in (kinds[a], kinds[b]) and None not in points[a] + points[b]
        straight = great_circle_km(points[a], points[b]) if is_measured else None
        if straight is not None and km > DETOUR * (straight + DETOUR_KM):
            expected = f"about {round(straight)} km, the great-circle distance"
            yield legs.sheet.mistake(row, "km", plain(km), expected)
        elif km > FASTEST[mode] * hours and (hours > 0 or (a, b, mode) in instant):
            found = f"{plain(km)} km in {plain(hours)} hours by {mode}"
            expected = f"at most {plain(FASTEST[mode])} km an hour"
            yield legs.sheet.mistake(row, "hours", found, expected, "hours, not minutes?")
        elif hours > 0 and 0 < km / hours < slowest[mode]:
            found = f"{plain(km)} km in {plain(hours)} hours by {mode}"
            expected = f"about {plain(round(SLOWEST * slowest[mode]))} km an hour, as other legs"
            yield legs.sheet.mistake(row, "hours", found, expected, "hours, not minutes?")


def _instant(legs: Iterable[tuple[Any, ...]], kinds: Mapping[str, str]) -> set[tuple[str, ...]]:
    """Long legs that take no time, if they are few of their mode.

    A leg to or from a country may take none: after a crossing people are already there.
    """
    by_mode = defaultdict(list)
    for a, b, mode, km, hours, _ in legs:
        if "country" not in (kinds[a], kinds[b]):
            by_mode[mode].append(((a, b, mode), hours == 0 and km > MOMENT * FASTEST[mode]))
    few = [one for one in by_mode.values() if 4 * sum(is_long for _, is_long in one) <= len(one)]
    return {leg for one in few for leg, is_long in one if is_long}


def _slowest(legs: Iterable[tuple[Any, ...]]) -> dict[str, float]:
    """Lowest plausible speed by mode: far below the median of the legs; 0 of few legs."""
    speeds = defaultdict(list)
    for _, _, mode, km, hours, _ in legs:
        if km > 0 and hours > 0:
            speeds[mode].append(km / hours)
    return defaultdict(
        float, {mode: median(v) / SLOWEST for mode, v in speeds.items() if len(v) > 2}
    )


def warn_places(tables: ScenarioTables) -> Iterator[Mistake]:
    """Half a pair of coordinates, costs that do not fit incomes, and cells without effect."""
    places = tables["places"]
    yield from _warn_unused_cells(places)
    for row, (lat, lon) in enumerate(places.rows("lat", "lon")):
        if (lat is None) != (lon is None):
            column = "lat" if lat is None else "lon"
            yield places.sheet.mistake(row, column, "an empty cell", "both lat and lon, or neither")
    columns = ("living_cost_eur_per_month", "income_eur_per_year")
    for row, (cost, income) in enumerate(places.rows(*columns)):
        if cost and income and not COSTS[0] <= 12.0 * cost / income <= COSTS[1]:
            found = f"{plain(cost)} a month with an income of {plain(income)} a year"
            hint = "a month and a year confused, or thousands?"
            yield places.sheet.mistake(row, columns[0], found, "costs that fit the income", hint)


def _warn_unused_cells(places: TypedTable) -> Iterator[Mistake]:
    """Cells of places.csv that only places of other kinds use."""
    columns = schema.columns("places")
    for kinds, names in USED_BY.items():
        for name in names:
            default = columns[name].default
            for row, kind in enumerate(places["kind"]):
                text = places.text(row, name)
                if text and text != default and kind not in kinds:
                    found = f"{quoted(text)}, which a place of kind {kind} does not use"
                    expected = f"an empty cell, or a place of kind {' or '.join(kinds)}"
                    hint = CAPACITIES.get((kind, name), "")
                    yield places.sheet.mistake(row, name, found, expected, hint)


def warn_weekdays(tables: ScenarioTables) -> Iterator[Mistake]:
    """Factors of weekdays that are percentages or all 0."""
    traffic = tables["traffic"]
    for row in range(traffic.n_rows):
        mean = sum(traffic[day][row] for day in WEEKDAYS) / len(WEEKDAYS)
        if not WEEK[0] <= mean <= WEEK[1]:
            expected = "factors whose mean is about 1"
            yield traffic.sheet.mistake(row, "mon", f"a mean of {plain(round(mean, 3))}", expected)


def warn_factors(tables: ScenarioTables) -> Iterator[Mistake]:
    """Percentages in factors and rates, factors in logarithms, and too many people abroad."""
    rules, jobs, groups = tables["rules"], tables["jobs"], tables["groups"]
    factors = [(rules, "value", row) for row, kind in enumerate(rules["kind"]) if kind == "fare"]
    factors += [(jobs, "factor", row) for row in range(jobs.n_rows)]
    factors += [(groups, c, row) for c in ("leaving", "returning") for row in range(groups.n_rows)]
    for typed, column, row in factors:
        value = typed[column][row]
        if value > LARGEST_FACTOR:
            expected = f"a factor of at most {plain(LARGEST_FACTOR)}"
            hint = f"a percentage? write {plain(round(value / 100.0, 12))}"
            yield typed.sheet.mistake(row, column, plain(value), expected, hint)
    for (table, column), largest in LARGEST_WEIGHT.items():
        for row, value in enumerate(tables[table][column]):
            if value > largest:
                expected = f"the logarithm of a factor, at most {plain(largest)}"
                hint = f"for a factor of {plain(value)} write {math.log(value):.3g}"
                yield tables[table].sheet.mistake(row, column, plain(value), expected, hint)
    places, diaspora = tables["places"], tables["diaspora"]
    for row, rate in enumerate(places["jobs_per_month"]):
        if rate is not None and rate > MOST_JOBS:
            hint = f"a percentage? write {plain(round(rate / 100.0, 12))}"
            expected = f"a rate of at most {plain(MOST_JOBS)} a month"
            yield places.sheet.mistake(row, "jobs_per_month", plain(rate), expected, hint)
    most = MOST_ABROAD * sum(filter(None, places["population"]))
    for row, persons in enumerate(diaspora["persons"]):
        if persons > most:
            expected = f"at most {plain(most)}, {plain(MOST_ABROAD)} times the people at home"
            yield diaspora.sheet.mistake(row, "persons", plain(persons), expected)


def warn_airports(tables: ScenarioTables) -> Iterator[Mistake]:
    """Airports without a flight."""
    modes = defaultdict(set)
    for a, b, mode in tables["legs"].rows("from", "to", "mode"):
        modes[a].add(mode)
        modes[b].add(mode)
    places = tables["places"]
    for row, (place, kind, mode) in enumerate(places.rows("id", "kind", "mode")):
        if kind == "crossing" and mode == "air" and modes[place] and "air" not in modes[place]:
            found = f'"air", but only legs by {" and ".join(sorted(modes[place]))}'
            yield places.sheet.mistake(row, "mode", found, "a leg of mode air, or another mode")


def warn_publication(tables: ScenarioTables) -> Iterator[Mistake]:
    """Publications many years after the days that they count, and sources after their figures.

    Runs as of a day leave them out until then.
    """
    sources, claims, end = tables["sources"], tables["claims"], tables.span[1]
    known: dict[str, date] = {}
    for name in ("observations", "traffic"):
        typed = tables[name]
        for row, (after, day, source) in enumerate(typed.rows("to", "published", "source")):
            if day is not None:
                known[source] = min(day, known.get(source, day))
                yield from _warn_late(typed, row, "published", after or end)
    for row, source in enumerate(sources["id"]):
        yield from _warn_late(sources, row, "published", known.get(source))
    for row, after in enumerate(claims["to"]):
        yield from _warn_late(claims, row, "said_on", after)


def _warn_late(typed: TypedTable, row: int, column: str, day: date | None) -> Iterator[Mistake]:
    """A warning if a row becomes known many years after a day that it counts or cites."""
    known = typed[column][row]
    if known is not None and day is not None and known.year - day.year > LATE:
        expected = f"a date within {LATE} years of its figures, of {day}"
        yield typed.sheet.mistake(row, column, str(known), expected, "a mistyped year?")


def warn_housed(tables: ScenarioTables) -> Iterator[Mistake]:
    """Counts far above the room of a camp, or above the beds, which no run can reach."""
    rooms = {}
    for place, room, beds in tables["places"].rows("id", "capacity_persons", "reception_beds"):
        rooms["reception_beds_used", place] = beds
        if room is not None:
            rooms["stock", place] = room
    for kind, address, value in tables["rules"].rows("kind", "place", "value"):
        for place in tables.places_of(address) if kind == "capacity" and address != ALL else ():
            if ("stock", place) in rooms:
                rooms["stock", place] = max(rooms["stock", place], value)
    typed = tables["observations"]
    series: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for row, (measure, place, value, use) in enumerate(
        typed.rows("measure", "place", "value", "use")
    ):
        if use != "context" and (measure, place) in rooms:
            series[measure, place].append((value, row))
    for key, counts in series.items():
        # A single count far above the others is an outlier, which has a warning of its own.
        if median(value for value, _ in counts) > OVERFULL * rooms[key]:
            value, row = max(counts)
            expected = (
                f"at most {plain(rooms[key])}, for whom there is room in places.csv or rules.csv"
            )
            yield typed.sheet.mistake(row, "value", plain(value), expected)


def warn_states(tables: ScenarioTables) -> Iterator[Mistake]:
    """Crossings that leave an unknown state or the one they enter; misspelt states of origins."""
    places = tables["places"]
    known = set(places["country"])
    left = {state for state in places["exit_country"] if state} & known
    for row, (country, exited) in enumerate(places.rows("country", "exit_country")):
        if exited is not None and exited not in known:
            expected = "the country of a place, whose exit rules act here"
            hint = nearest(exited, known)
            yield places.sheet.mistake(row, "exit_country", quoted(exited), expected, hint)
        elif exited is not None and exited == country:
            expected = "the state left, not the one entered"
            yield places.sheet.mistake(row, "exit_country", quoted(exited), expected)
        elif places["kind"][row] == "origin" and country not in left:
            hint = nearest(country, left)
            if hint:
                expected = "a state that a crossing leaves"
                yield places.sheet.mistake(row, "country", quoted(country), expected, hint)


def warn_pulses(tables: ScenarioTables) -> Iterator[Mistake]:
    """Pressures that end before their peak."""
    pressures = tables["pressures"]
    for row, (peak, ends) in enumerate(pressures.rows("peak", "ends")):
        if peak is not None and ends is not None and ends <= peak:
            expected = f"a date after the peak, {peak}, which is never reached"
            yield pressures.sheet.mistake(row, "ends", str(ends), expected)


def warn_nobody(tables: ScenarioTables) -> Iterator[Mistake]:
    """Empty groups, rows that select nobody, and people to whom no entry rule applies."""
    groups = tables["groups"]
    attributes = schema.attributes()
    for row, share in enumerate(groups["share"]):
        if share == 0:
            yield groups.sheet.mistake(row, "share", "0", "a group with people")
    populated = [row for row, share in enumerate(groups["share"]) if share]
    people = [{name: groups[name][row] for name in attributes} for row in populated]
    selector = GroupSelector(people)
    traffic = tables["traffic"]
    travellers = GroupSelector(
        [
            {c: traffic[c][row] for c in ("document", "nationality") if traffic[c][row] is not None}
            for row in range(traffic.n_rows)
        ]
    )

    @cache
    def selected(
        who: str | None, document: str | None, nationality: str | None
    ) -> tuple[NDArray[np.bool_], bool]:
        """Groups that a row selects, and whether it selects ordinary travellers."""
        chosen = addressed(who, document, nationality, attributes)
        return selector.select(chosen), bool(travellers.select(chosen).any())

    admitted = None
    for table in ("rules", "pressures", "attractions", "jobs"):
        typed = tables[table]
        for row in range(typed.n_rows):
            cells = [typed.values[c][row] if c in typed.values else None for c in SELECTORS]
            mask, are_travellers = selected(*cells)
            if table == "rules" and typed["kind"][row] == "entry" and typed["credence"][row] == 1:
                admitted = mask if admitted is None else admitted | mask
            if not mask.any() and not (table == "rules" and are_travellers):
                column = "who" if cells[0] else "nationality"
                found = quoted(" ".join(cell for cell in cells if cell))
                yield typed.sheet.mistake(row, column, found, "a group of groups.csv")
    for number, is_admitted in enumerate(() if admitted is None else admitted):
        if not is_admitted:
            row = populated[number]
            found = f"{quoted(groups['id'][row])}, to whom no entry rule applies"
            expected = "an entry rule for its nationality and document, or for *"
            yield groups.sheet.mistake(row, "id", found, expected, "nobody of it is admitted")


def warn_observed(tables: ScenarioTables) -> Iterator[Mistake]:
    """Counts that exceed the population, shares above 1, and figures scored twice."""
    typed, places = tables["observations"], tables["places"]
    measures = schema.measures()
    people = sum(filter(None, places["population"])) + sum(
        filter(None, tables["diaspora"]["persons"])
    )
    replaced = set(typed["replaces"])
    first: dict[tuple[Any, ...], int] = {}
    for row, name in enumerate(typed["measure"]):
        measure, value = measures[name], typed["value"][row]
        # One person may pass several times, and context figures may count something else.
        is_scored = typed["use"][row] != "context"
        is_of_people = measure.is_count and measure.place_kind != "crossing"
        if is_scored and is_of_people and value is not None and value > people:
            expected = f"at most {plain(people)}, the people of the scenario and their diaspora"
            yield typed.sheet.mistake(row, "value", plain(value), expected, "another unit?")
        if measure.unit == "share" and value is not None and value > 1.0:
            hint = f"write {plain(round(value / 100.0, 12))}"
            yield typed.sheet.mistake(row, "value", plain(value), "a share from 0 to 1", hint)
        if measure.unit == "hours" and value is not None and value > LONGEST_WAIT:
            expected = f"at most {plain(LONGEST_WAIT)} hours"
            yield typed.sheet.mistake(row, "value", plain(value), expected, "hours, not minutes?")
        if is_scored and typed["id"][row] not in replaced:
            key = tuple(typed[c][row] for c in ("measure", "place", "from", "to", "cumulative"))
            before = first.setdefault(key, row)
            if before != row:
                location = typed.sheet.location(before, "")
                expected = f"a count scored once (the first is in {location})"
                hint = "use = context for all but one, or replaces"
                yield typed.sheet.mistake(row, "use", quoted(typed["use"][row]), expected, hint)


def warn_running_totals(tables: ScenarioTables) -> Iterator[Mistake]:
    """Counts of successive days or weeks that never fall, like totals since the start."""
    typed, measures = tables["observations"], schema.measures()
    replaced = set(typed["replaces"])
    series: dict[tuple[Any, ...], list[tuple[date, date, float, int]]] = defaultdict(list)
    columns = ("id", "measure", "place", "from", "to", "value", "use", "cumulative")
    for row, cells in enumerate(typed.rows(*columns)):
        name, measure, place, first, after, value, use, is_total = cells
        is_current = use != "context" and name not in replaced and not is_total
        if is_current and measures[measure].kind == "flow":
            series[measure, place, (after - first).days].append((first, after, value, row))
    for (_, _, days), counts in series.items():
        counts.sort()
        values = [value for _, _, value, _ in counts]
        if len(values) < MANY or days > len(WEEKDAYS):
            continue
        is_unbroken = all(one[1] == two[0] for one, two in pairwise(counts))
        if is_unbroken and values == sorted(values) and values[-1] >= 2.0 * values[0] > 0.0:
            found = f"{counted(len(values), 'successive count')} that never fall"
            expected = "counts of the days of each row alone"
            hint = "running totals? use cumulative = yes and one start date"
            yield typed.sheet.mistake(counts[0][3], "value", found, expected, hint)


def _repeated(typed: TypedTable, *columns: str) -> Iterator[tuple[int, SourceLocation]]:
    """Rows that are alike in some columns, each with the location of the first such row."""
    first: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(typed.rows(*columns)):
        before = first.setdefault(key, row)
        if before != row:
            yield row, typed.sheet.location(before, "id")


def warn_rules_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Rules that differ only in their values, so that only one of them can apply."""
    rules = tables["rules"]
    people = ("nationality", "document", "who")
    columns = ("credence", "kind", "place", *people, "effective_from", "effective_to")
    for row, location in _repeated(rules, *columns):
        if rules["credence"][row] == 1:
            found = f"a second rule for the same people, place and days as {location}"
            yield rules.sheet.mistake(row, "id", found, "one rule, or other days")


def warn_pressures_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Pressures of one kind that begin on one day for the same people: their weights add up."""
    pressures = tables["pressures"]
    columns = ("kind", "place", "nationality", "who", "onset", "peak", "ends")
    for row, location in _repeated(pressures, *columns):
        found = f"a second pressure of this kind for the same people and days as {location}"
        hint = "weights add up: use another kind for another reason"
        yield pressures.sheet.mistake(row, "id", found, "one row, or other days", hint)


def warn_travellers_twice(tables: ScenarioTables) -> Iterator[Mistake]:
    """Levels of the same ordinary travellers on the same days, which add up."""
    traffic = tables["traffic"]
    start = tables.span[0]
    series: dict[tuple[Any, ...], list[tuple[date, int]]] = defaultdict(list)
    for row, key in enumerate(traffic.rows("crossing", "nationality", "document", "kind")):
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


def warn_capacities(tables: ScenarioTables) -> Iterator[Mistake]:
    """Capacities of places and rules that are far from all others."""
    places, rules = tables["places"], tables["rules"]
    all_rows = [(places, row, "capacity_persons_per_day") for row in range(places.n_rows)]
    all_rows += [
        (rules, row, "value") for row, kind in enumerate(rules["kind"]) if kind == "capacity"
    ]
    given = [cell for cell in all_rows if cell[0][cell[2]][cell[1]]]
    values = sorted(typed[column][row] for typed, row, column in given)
    for typed, row, column in given if len(values) > 1 else ():
        value = typed[column][row]
        least, most = values[int(value == values[0])], values[-1 - int(value == values[-1])]
        if is_far(value, (least, most)):
            others = dict.fromkeys((plain(least), plain(most)))
            expected = f"a value nearer to the others, {' to '.join(others)}"
            hint = "persons a day, or a thousands separator?"
            yield typed.sheet.mistake(row, column, plain(value), expected, hint)
