"""Warnings: rows that are valid but almost certainly wrong.

Each check yields mistakes with location and expectation. The checks in WARNINGS run in order on a
scenario without mistakes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from emigre import schema
from emigre.errors import Mistake
from emigre.geography.distance import great_circle_km
from emigre.results.text import counted
from emigre.results.window import is_flow
from emigre.rules.matching import ALL
from emigre.scenario import implausible
from emigre.scenario.alike import warn_same_names, warn_spelled_alike
from emigre.scenario.at_crossings import warn_at_crossings
from emigre.scenario.blank import EXAMPLE, EXAMPLE_ADDRESS
from emigre.scenario.checks.common import neighbours_of, reachable
from emigre.scenario.contradictions import warn_contradictions
from emigre.scenario.disclosure_dates import day_of
from emigre.scenario.implausible import LONGEST_KM, is_far
from emigre.scenario.model import Patch
from emigre.scenario.parsers import plain, quoted, thousands_hint
from emigre.scenario.patch import SETTING, VALUES, cell_text, location_of
from emigre.scenario.tables import ScenarioTables, TypedTable, split_name
from emigre.scenario.without_effect import warn_without_effect

SHORTCUT = 1.3
"""Relative tolerance of legs shorter than the great circle: places are larger than points."""
SHORTCUT_KM = 50.0
"""Absolute tolerance in kilometres, in addition."""
ROUNDED = 1.05
"""Tolerance when all legs are tested together, because lengths are rounded."""
DIGIT = (7.0, 14.0)
"""Ratios to both neighbours that suggest a digit too many."""
ALIKE = 1.5
"""Ratio up to which these neighbours are about the same."""
APART = 200.0
"""Suspicious ratio to the median of a column."""


def warn_overridden(patches: Iterable[Patch]) -> Iterator[Mistake]:
    """Values of variants that a later variant overrides, or whose row it removes."""
    expected = "variants that change different values (the last one applies)"
    values: dict[str, tuple[str, str]] = {}
    for patch in patches:
        if patch.file in (SETTING, VALUES):  # meant to change a variant
            continue
        for key, value in patch.set.items():
            text = cell_text(value)
            name, before = values.get(key, (patch.name, text))
            if before != text:
                found = f"{quoted(text)}, but {quoted(before)} in variant {name}"
                yield location_of(patch, "set", key).mistake(found, expected)
            values[key] = (patch.name, text)
        for key, (name, _) in values.items():
            table, row, _ = split_name(key)
            if name != patch.name and row in patch.remove.get(table, ()):
                found = f"a row of which variant {name} sets {key}"
                yield location_of(patch, "remove", table).mistake(found, expected)


def warn_examples(tables: ScenarioTables) -> Iterator[Mistake]:
    """Example rows left from the blank form, once a table."""
    sources = tables["sources"]
    if (EXAMPLE, EXAMPLE_ADDRESS) not in sources.rows("id", "address"):
        return
    for table in tables.each():
        cited = table.values.get("source", table["id"] if table is sources else [])
        rows = [row for row, source in enumerate(cited) if source == EXAMPLE]
        if rows:
            found = f"{counted(len(rows), 'example row')} of the blank form"
            yield table.sheet.mistake(rows[0], "", found, "your own rows")


def warn_entry_rules(tables: ScenarioTables) -> Iterator[Mistake]:
    """Countries and camps without an entry rule, which admit nobody."""
    rules, places = tables["rules"], tables["places"]
    entries = [
        tables.places_of(place)
        for kind, place, credence in rules.rows("kind", "place", "credence")
        if kind == "entry" and credence == 1
    ]
    if not entries:
        expected = "at least one: without a matching entry rule nobody is admitted"
        yield Mistake("rules.csv", "no rule of kind entry", expected, column="kind")
        return
    named = set().union(*entries)
    ways_in = defaultdict(set)
    for place, kind, country in places.rows("id", "kind", "country"):
        if kind == "crossing":
            ways_in[country].add(place)
    origins = _countries_of_origin(places)
    for row, (place, kind, country) in enumerate(places.rows("id", "kind", "country")):
        # People who go to a camp of their own state are not checked.
        if kind != "country" and not (kind == "camp" and country not in origins):
            continue
        if not named & {ALL, place, country, *ways_in[country]}:
            expected = "an entry rule for it, for a crossing into it, or for *"
            found = f"{quoted(place)}, to which no entry rule applies"
            yield places.sheet.mistake(row, "id", found, expected, "nobody is admitted there")


def _countries_of_origin(places: TypedTable) -> set[str]:
    return {country for country, kind in places.rows("country", "kind") if kind == "origin"}


def warn_one_way_legs(tables: ScenarioTables) -> Iterator[Mistake]:
    """Unreachable places, and the one-way leg that would reach them in reverse."""
    places, legs = tables["places"], tables["legs"]
    kinds = tables.kinds_of_places
    neighbours = neighbours_of(legs)
    reached = reachable({p for p, kind in kinds.items() if kind == "origin"}, neighbours)
    lost = {p for p in kinds if p not in reached}
    explained: set[str] = set()
    for row, (a, b) in enumerate(legs.rows("from", "to")):
        if a in lost and b in reached:
            explained |= reachable({a}, neighbours) & lost
            expected = f"yes: no route leads from an origin to {quoted(a)}"
            yield legs.sheet.mistake(row, "both_ways", quoted("no"), expected)
    # The country that people leave needs no route to it. A crossing without one may serve ordinary
    # travellers only, or be closed.
    explained |= set(places["exit_country"])
    explained |= _countries_of_origin(places)
    explained |= set(tables["traffic"]["crossing"])
    explained |= {p for p, most in places.rows("id", "capacity_persons_per_day") if most == 0}
    for row, place in enumerate(places["id"]):
        if place in lost - explained and places["kind"][row] in ("crossing", "country", "camp"):
            expected = "a place that can be reached from an origin"
            yield places.sheet.mistake(row, "id", quoted(place), expected)


def warn_days(tables: ScenarioTables) -> Iterator[Mistake]:
    """Pressures, rules and observations entirely outside the simulated days."""
    (start, end), zone = tables.span, tables.zone
    until = f"a day on or before {end}, the last simulated day"
    since = f"a day after {start}, the first simulated day"
    spans = (
        ("pressures", "onset", "ends", "onset"),
        ("rules", "effective_from", "effective_to", "announced"),
        ("traffic", "from", "to", "from"),
    )
    for name, begins, ends, disclosed in spans:
        typed = tables[name]
        for row in range(typed.n_rows):
            first, last, known = (day_of(typed[c][row], zone) for c in (begins, ends, disclosed))
            if first is not None and first > end and (known is None or known > end):
                # A rule announced before the end changes what people expect.
                yield typed.sheet.mistake(row, begins, quoted(typed.text(row, begins)), until)
            if last is not None and last <= start:
                yield typed.sheet.mistake(row, ends, quoted(typed.text(row, ends)), since)
    departures = tables["departures"]
    for row, day in enumerate(departures["date"]):
        if not start <= day <= end:
            expected = f"a simulated day, {start} to {end}"
            yield departures.sheet.mistake(row, "date", quoted(day), expected)
    yield from _warn_observations(tables)


def _warn_observations(tables: ScenarioTables) -> Iterator[Mistake]:
    """Observations outside the days, but for the nearest stocks, which scores interpolate."""
    observations, (start, end) = tables["observations"], tables.span
    measures = schema.measures()
    series: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(range(observations.n_rows), key=observations["from"].__getitem__):
        series[observations["measure"][row], observations["place"][row]].append(row)
    useless: list[int] = []
    for (measure, _), in_order in series.items():
        early = [row for row in in_order if observations["to"][row] <= start]
        late = [row for row in in_order if observations["from"][row] > end]
        has_others = len(early) + len(late) < len(in_order)
        if measures[measure].kind == "stock" and has_others:
            early, late = early[:-1], late[1:]
        useless += early + late
    expected = f"simulated days, {start} to {end}"
    for row in sorted(useless):
        yield observations.sheet.mistake(row, "from", quoted(observations["from"][row]), expected)
    rows = observations.rows("measure", "from", "to", "use", "cumulative")
    for row, (measure, first, after, use, is_total) in enumerate(rows):
        is_compared = measures[measure].kind == "flow" and use != "context" and not is_total
        last = after - timedelta(days=1)
        for column, day, is_cut in (
            ("from", first, first < start <= last),
            ("to", after, first <= end < last),
        ):
            if is_compared and is_cut:
                hint = "counts of other days as well are compared with nothing"
                yield observations.sheet.mistake(row, column, quoted(day), expected, hint)


def warn_legs(tables: ScenarioTables) -> Iterator[Mistake]:
    """Impossible legs: too long, or without length and time."""
    legs, kinds = tables["legs"], tables.kinds_of_places
    for row, (km, hours) in enumerate(legs.rows("km", "hours")):
        if km > LONGEST_KM:
            expected = f"at most {plain(LONGEST_KM)} km, half of the Earth's circumference"
            yield legs.sheet.mistake(row, "km", plain(km), expected)
        elif (
            km == 0
            and hours == 0
            and "country" not in (kinds[legs["from"][row]], kinds[legs["to"][row]])
        ):  # after a crossing people are already in its country
            yield legs.sheet.mistake(row, "km", "0 km and 0 hours", "a length or a time above 0")


def warn_coordinates(tables: ScenarioTables) -> Iterator[Mistake]:
    """Legs shorter than the great circle, possibly due to swapped coordinates."""
    places, legs = tables["places"], tables["legs"]
    points = {
        place: (lat, lon)
        for place, lat, lon in places.rows("id", "lat", "lon")
        if lat is not None and lon is not None
    }
    swapped = {p: (lon, lat) for p, (lat, lon) in points.items() if abs(lon) <= 90}
    roads = list(legs.rows("from", "to", "km"))
    wrong = _contradicted(points, roads)
    if len(swapped) == len(points) and _is_turned(points, swapped, roads):
        found = "legs shorter than the distance between their ends"
        expected = "latitude in lat and longitude in lon"
        yield Mistake("places.csv", found, expected, "swapped in all rows?", column="lat")
        return
    explained: set[int] = set()
    for row, place in enumerate(places["id"]):
        mine = [leg for leg in wrong if place in roads[leg][:2]]
        if mine and place in swapped:
            ends = points | {place: swapped[place]}
            if not _contradicted(ends, [road for road in roads if place in road[:2]]):
                explained |= set(mine)
                lat, lon = points[place]
                expected = "a point that fits the distances in legs.csv"
                hint = "latitude and longitude swapped?"
                found = f"{plain(lat)}, {plain(lon)}"
                yield places.sheet.mistake(row, "lat", found, expected, hint)
    for leg, straight in wrong.items():
        if leg not in explained:
            expected = f"about {round(straight)} km or more, the great-circle distance"
            yield legs.sheet.mistake(leg, "km", plain(roads[leg][2]), expected)


def _is_turned(
    points: dict[str, tuple[float, float]],
    swapped: dict[str, tuple[float, float]],
    roads: Sequence[tuple[str, str, float]],
) -> bool:
    """Whether swapping all coordinates makes many too-short legs consistent."""
    wrong = _contradicted(points, roads, ROUNDED, 1.0)
    if len(wrong) < max(2, len(roads) / 4):
        return False
    return len(_contradicted(swapped, roads, ROUNDED, 1.0)) < len(wrong)


def _contradicted(
    points: dict[str, tuple[float, float]],
    roads: Sequence[tuple[str, str, float]],
    shortcut: float = SHORTCUT,
    shortcut_km: float = SHORTCUT_KM,
) -> dict[int, float]:
    """Indices of legs that are too short for their ends, with the great circle in km."""
    short = {}
    for number, (a, b, km) in enumerate(roads):
        if km == 0 or a not in points or b not in points:
            continue  # a length of 0 means that only the time counts
        straight = great_circle_km(points[a], points[b])
        if straight is not None and straight > shortcut * km + shortcut_km:
            short[number] = straight
    return short


def warn_far_off(tables: ScenarioTables) -> Iterator[Mistake]:
    """Outliers that suggest a misread or additional thousands separator."""
    series = (
        ("observations", ("measure", "place"), "from", "value"),
        ("departures", ("origin",), "date", "persons"),
        ("traffic", ("crossing", "nationality", "document"), "from", "persons_per_day"),
    )
    for name, keys, day, column in series:
        typed = tables[name]
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for row, key in enumerate(typed.rows(*keys)):
            groups[key].append(row)
        for rows in groups.values():
            in_time = sorted((typed[day][row] or date.min, row) for row in rows)
            in_order = [row for _, row in in_time]
            days = [_days_added_up(typed, row) for row in in_order]
            yield from _outliers(typed, in_order, column, days)
    columns = (
        ("legs", "fare_eur"),
        ("groups", "savings_eur"),
        ("places", "living_cost_eur_per_month"),
        ("places", "income_eur_per_year"),
    )
    for name, column in columns:
        yield from _apart(tables[name], column)


def warn_decimals(tables: ScenarioTables) -> Iterator[Mistake]:
    """Amounts with a point that may be a thousands separator, such as 1.200 euros."""
    columns = (
        ("legs", "fare_eur"),
        ("groups", "savings_eur"),
        ("places", "living_cost_eur_per_month"),
        ("places", "income_eur_per_year"),
        ("places", "jobs_per_month"),
    )
    for name, column in columns:
        typed = tables[name]
        for row, _ in typed.filled(column):
            text = typed.text(row, column)
            if hint := thousands_hint(text):
                expected = "an amount without a point before three digits"
                yield typed.sheet.mistake(row, column, quoted(text), expected, hint)


def _days_added_up(typed: TypedTable, row: int) -> int:
    """Number of days whose sum a value is: several for an observed flow."""
    if "measure" not in typed.values:
        return 1
    is_sum = is_flow(typed["measure"][row])
    return (typed["to"][row] - typed["from"][row]).days if is_sum else 1


def _outliers(
    typed: TypedTable, rows: list[int], column: str, days: list[int]
) -> Iterator[Mistake]:
    """Values of a series far from both neighbours and from the median, on the same side.

    Values that are sums of several ``days`` are compared by day. A value with one digit too many is
    reported if both neighbours are about the same.
    Among published counts a single zero counts too, unless it comes first: that day was not
    counted, or its figure is not published yet. It would make every forecast of the series very
    uncertain.
    """
    values = [
        typed[column][row] if typed[column][row] is None else typed[column][row] / n
        for row, n in zip(rows, days, strict=True)
    ]
    known = [v for v in values if v and v > 0]
    if len(known) < 2:
        return
    # Of two counts the larger is suspected.
    middle = median(known) if len(known) > 2 else min(known)
    for i, (row, value, n) in enumerate(zip(rows, values, days, strict=True)):
        neighbours = [
            v for v in (*values[max(i - 1, 0) : i], *values[i + 1 : i + 2]) if v and v > 0
        ]
        is_only_zero = column == "value" and i > 0 and value == 0 and values.count(0) == 1
        size, hint = value, "a thousands separator?"
        if is_only_zero:
            size, hint = 1.0, "not counted? leave the row out"
        if not size or size <= 0 or not neighbours:
            continue
        has_digit_more = _has_digit_more(size, neighbours)
        if has_digit_more or is_far(size, [*neighbours, middle]):
            hint = "a digit too many?" if has_digit_more else hint
            expected = f"a value near {plain(round(n * neighbours[0], 6))}, like its neighbours"
            yield typed.sheet.mistake(row, column, plain(typed[column][row]), expected, hint)


def _has_digit_more(value: float, neighbours: Sequence[float]) -> bool:
    """Whether a value is about ten times both neighbours, which are about the same."""
    if len(neighbours) < 2 or max(neighbours) > ALIKE * min(neighbours):
        return False
    return DIGIT[0] <= value / max(neighbours) and value / min(neighbours) <= DIGIT[1]


def _apart(typed: TypedTable, column: str) -> Iterator[Mistake]:
    """Values far from the median of an otherwise homogeneous column."""
    rows = [row for row, v in enumerate(typed[column]) if v and v > 0]
    values = [typed[column][row] for row in rows]
    # Only the least and the largest, if there is one of them, can be far from homogeneous others.
    ends = {v for v in (min(values, default=0), max(values, default=0)) if values.count(v) == 1}
    for row, value in zip(rows, values, strict=True):
        others = [typed[column][other] for other in rows if other != row] if value in ends else []
        if len(others) < 3 or max(others) > APART * min(others):
            continue
        if is_far(value, [median(others)], APART):
            expected = f"a value near {plain(round(median(others), 6))}, the median of the others"
            yield typed.sheet.mistake(row, column, plain(value), expected, "a thousands separator?")


WARNINGS: tuple[Callable[[ScenarioTables], Iterator[Mistake]], ...] = (
    warn_examples,
    warn_spelled_alike,
    warn_same_names,
    warn_entry_rules,
    warn_one_way_legs,
    warn_days,
    warn_legs,
    implausible.warn_one_leg,
    warn_coordinates,
    implausible.warn_places,
    warn_far_off,
    warn_decimals,
    implausible.warn_capacities,
    implausible.warn_states,
    implausible.warn_weekdays,
    implausible.warn_factors,
    implausible.warn_airports,
    implausible.warn_publication,
    implausible.warn_housed,
    implausible.warn_pulses,
    implausible.warn_nobody,
    implausible.warn_rules_twice,
    implausible.warn_pressures_twice,
    implausible.warn_travellers_twice,
    warn_at_crossings,
    warn_without_effect,
    implausible.warn_observed,
    implausible.warn_running_totals,
    warn_contradictions,
)
