"""Read and check a Flee conflict folder; all mistakes are reported at once."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from emigre.adapters.flee.closures import Closure, read_closures
from emigre.adapters.flee.csv_tables import (
    LAST_YEAR,
    LONGEST_ROAD,
    MOST_PEOPLE,
    MOST_TOGETHER,
    Reader,
    Row,
    check_order,
    data_rows,
)
from emigre.adapters.flee.registrations import TOTAL, Registrations, read_registrations
from emigre.adapters.flee.settings import Settings, read_settings
from emigre.errors import InputError, Mistake
from emigre.results.text import counted
from emigre.scenario.checks.common import reachable
from emigre.scenario.header import MOST_DAYS
from emigre.scenario.parsers import listed, nearest, quoted

LOCATIONS = "input_csv/locations.csv"
ROUTES = "input_csv/routes.csv"
CONFLICTS = "input_csv/conflicts.csv"
FLOODS = "input_csv/flood_level.csv"
PERIOD = "input_csv/sim_period.csv"
OLD_PERIOD = "input_csv/conflict_period.csv"
"""Name of PERIOD in folders for the second version of Flee."""

_LOCATION_COLUMNS = (
    *("name", "region", "country", "gps_x", "gps_y"),
    *("location_type", "conflict_date", "pop/cap"),
)
_ROUTE_COLUMNS = ("name1", "name2", "distance", "forced_redirection")
_TYPES = ("camp", "conflict", "forward", "marker", "flood", "town", "default")


@dataclass(frozen=True, slots=True)
class Location:
    """A place; its ``kind`` is camp, conflict, forward, marker, flood or town.

    ``fought_at_first``: in conflict from day 0 until a conflict in conflicts.csv has ended.
    """

    name: str
    region: str
    country: str
    gps: tuple[float, float] | None
    kind: str
    people: int
    row: Row
    is_idp: bool = False
    fought_at_first: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Road between two places, in both directions; length in km."""

    start: str
    end: str
    km: float
    forced: int

    @property
    def ends(self) -> tuple[str, str]:
        """Names of both places in alphabetical order."""
        return min(self.start, self.end), max(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Content of a folder.

    ``intensity``: conflict of each place by day, from day 0; ``left_over``: files and folders not
    read; ``extra_columns``: names of columns beyond those of the format, by file.
    """

    name: str
    start: date
    n_days: int
    locations: dict[str, Location]
    routes: tuple[Route, ...]
    closures: tuple[Closure, ...]
    intensity: dict[str, tuple[float, ...]]
    registrations: Registrations
    settings: Settings
    extra_columns: Mapping[str, tuple[str, ...]]
    remarks: tuple[str, ...]
    left_over: tuple[str, ...]

    @property
    def home(self) -> str:
        """Home country: that of the first place."""
        return next(iter(self.locations.values())).country

    @property
    def camps(self) -> list[Location]:
        """All camps in the order of their rows."""
        return [place for place in self.locations.values() if place.kind == "camp"]

    @property
    def conflict_places(self) -> list[Location]:
        """Places with a conflict on some day, without camps."""
        fought = {name for name, values in self.intensity.items() if any(values)}
        return [
            place
            for place in self.locations.values()
            if place.kind != "camp" and (place.kind == "conflict" or place.name in fought)
        ]

    @property
    def origins(self) -> list[Location]:
        """Conflict places with a road to a camp."""
        reached = self._reached_from(self.camps)
        return [place for place in self.conflict_places if place.name in reached]

    def cut_off_camps(self, closures: Sequence[Closure] = ()) -> list[Location]:
        """Camps to which no open road leads from any conflict place, given closures."""
        reached = self._reached_from(self.conflict_places, closures)
        return [camp for camp in self.camps if camp.name not in reached]

    def reached_by_origin(self, closures: Sequence[Closure]) -> list[set[str]]:
        """Names of the places that can be reached from each origin by open roads."""
        neighbours = self._neighbours(closures)
        reached: dict[str, set[str]] = {}
        for place in self.origins:
            if place.name not in reached:  # roads go both ways: all of these reach the same
                names = reachable([place.name], neighbours)
                reached |= dict.fromkeys(names, names)
        return [reached[place.name] for place in self.origins]

    def shortest_roads(self) -> dict[tuple[str, str], float]:
        """Km of the shortest road between two places, by their names in alphabetical order."""
        shortest: dict[tuple[str, str], float] = {}
        for road in self.routes:
            shortest[road.ends] = min(road.km, shortest.get(road.ends, math.inf))
        return shortest

    def closed_roads(self, closures: Sequence[Closure]) -> set[Route]:
        """Roads that closed locations and borders close: Flee removes them meanwhile.

        These are the roads to a closed location, and those between two countries whose border is
        closed.
        """
        closed = {c.first for c in closures if c.kind == "location"}
        borders = [c.names for c in closures if c.kind == "country"]
        return {
            road
            for road in self.routes
            if closed & {road.start, road.end}
            or {self.locations[road.start].country, self.locations[road.end].country} in borders
        }

    def _reached_from(
        self, places: Iterable[Location], closures: Sequence[Closure] = ()
    ) -> set[str]:
        """Names of the places that open roads connect with some of those given, and of these."""
        return reachable((place.name for place in places), self._neighbours(closures))

    def _neighbours(self, closures: Sequence[Closure]) -> dict[str, set[str]]:
        """Names of the places at the other ends of open roads, by name."""
        closed = self.closed_roads(closures)
        neighbours: dict[str, set[str]] = defaultdict(set)
        for road in self.routes:
            if road not in closed:
                neighbours[road.start].add(road.end)
                neighbours[road.end].add(road.start)
        return neighbours


def read_folder(folder: str | Path) -> Conflict:
    """Read and check a conflict folder.

    Raises
    ------
    InputError
        With every mistake.
    """
    path = Path(folder)
    if not (path / "input_csv").is_dir():
        found = "no folder input_csv" if path.is_dir() else "no such folder"
        inside = sorted(
            p.parent.relative_to(path).as_posix()
            for pattern in ("*/input_csv", "*/*/input_csv")
            for p in path.glob(pattern)
        )
        expected = "a folder with input_csv, source_data and simsetting.yml"
        hint = f"there is one in {listed(inside)}" if inside else ""
        raise InputError(Mistake(str(folder), found, expected, hint))
    reader = Reader(path)
    start, n_days = _read_period(reader)
    settings = read_settings(reader)
    locations = _read_locations(reader)
    routes = _read_routes(reader, locations)
    countries = {place.country for place in locations.values()}
    closures = read_closures(reader, locations, countries)
    intensity, n_days = _read_conflicts(reader, locations, n_days)
    camps = {place.name for place in locations.values() if place.kind == "camp"}
    registrations = read_registrations(reader, start, camps, from_camps=settings.sum_from_camps)
    _check_together(reader, locations, intensity, registrations)
    if reader.mistakes or start is None or n_days is None:
        unique = dict.fromkeys(reader.mistakes)
        raise InputError(*sorted(unique, key=lambda m: (m.file, m.line or 0)))
    conflict = Conflict(
        path.resolve().name,
        start,
        n_days,
        locations,
        tuple(routes),
        tuple(closures),
        intensity,
        registrations,
        settings,
        reader.extra_columns,
        tuple(reader.remarks),
        reader.left_over(),
    )
    if not conflict.origins:
        expected = "a road from a place in conflict to a camp"
        raise InputError(Mistake(ROUTES, "no such road", expected))
    return conflict


def _read_period(reader: Reader) -> tuple[date | None, int | None]:
    is_old = not (reader.folder / PERIOD).exists() and (reader.folder / OLD_PERIOD).is_file()
    file = OLD_PERIOD if is_old else PERIOD
    rows = {row.cell(0).casefold(): row for row in reader.rows(file)}
    if not rows:
        if not reader.mistakes:
            reader.mistakes.append(Mistake(file, "no rows", "StartDate and Length", line=1))
        return None, None
    start, n_days = None, None
    last = list(rows.values())[-1]
    for key, word in (("startdate", "StartDate,YYYY-MM-DD"), ("length", "Length,DAYS")):
        if key not in rows:
            reader.report(last, "", f"no row {key}", f"a row {word}")
    if "startdate" in rows:
        start = reader.day(rows["startdate"], 1, "StartDate")
    if "length" in rows:
        n_days = reader.integer(rows["length"], 1, "Length", low=1, high=MOST_DAYS)
    if start is not None and n_days is not None and start.year + n_days // 365 + 1 >= LAST_YEAR:
        reader.report(rows["length"], "Length", str(n_days), f"a last day before {LAST_YEAR}")
        n_days = None
    return start, n_days


def _read_locations(reader: Reader) -> dict[str, Location]:
    before = len(reader.mistakes)
    rows = reader.rows(LOCATIONS)
    check_order(reader, rows, _LOCATION_COLUMNS)
    places: dict[str, Location] = {}
    if not data_rows(rows) and len(reader.mistakes) == before:
        reader.mistakes.append(Mistake(LOCATIONS, "no places", "at least one"))
    if {len(row.cells) for row in data_rows(rows)} == {len(_LOCATION_COLUMNS) - 1}:
        expected = ", ".join(_LOCATION_COLUMNS)
        hint = "in folders for the first version of Flee the region is missing"
        reader.mistakes.append(Mistake(LOCATIONS, "7 columns", expected, hint))
        return {}
    reader.find_extra_columns(LOCATIONS, rows, len(_LOCATION_COLUMNS))
    for row in data_rows(rows):
        place = _location(reader, row)
        if place is None:
            reader.doubtful.add(row.cell(0))
            continue
        if place.name in places:
            reader.remark(row, f"a second row of the place {place.name} is ignored, as in Flee")
            continue
        places[place.name] = place
    return places


def _location(reader: Reader, row: Row) -> Location | None:
    if not reader.has_cells(row, 8, _LOCATION_COLUMNS):
        return None
    name, text = row.cell(0), row.cell(5)
    kind = next((k for k in _TYPES if k in text.casefold()), None)
    if not name:
        reader.report(row, "name", "an empty cell", "the name of the place")
    before = len(reader.mistakes)
    begins = reader.integer(row, 6, "conflict_date") if kind == "conflict" else None
    people = reader.integer(row, 7, "pop/cap", empty=0, high=MOST_PEOPLE)
    x, y = (reader.number(row, at, _LOCATION_COLUMNS[at], empty=0.0) for at in (3, 4))
    if not name or people is None or len(reader.mistakes) > before:
        return None
    if kind is None:
        hint = nearest(text, _TYPES)
        known = f" ({hint})" if hint else ""
        reader.remark(row, f"the type {quoted(text)} is taken as a town, as in Flee{known}")
    if people < 0:
        reader.remark(row, f"pop/cap {people} of {name} is read as 0")
    gps = (x, y) if x is not None and y is not None and row.cell(3) and row.cell(4) else None
    if gps and (max(map(abs, gps)) > 180 or min(map(abs, gps)) > 90):
        reader.remark(row, f"the coordinates {x:g}, {y:g} of {name} are impossible: left out")
        gps = None
    return Location(
        name=name,
        region=row.cell(1),
        country=row.cell(2) or "unknown",
        gps=gps,
        kind="town" if kind in (None, "default") else kind,
        people=max(people, 0),
        row=row,
        is_idp=kind == "camp" and "idp" in text.casefold(),
        fought_at_first=begins is not None and begins <= 0,
    )


def _read_routes(reader: Reader, locations: dict[str, Location]) -> list[Route]:
    routes: list[Route] = []
    rows = reader.rows(ROUTES)
    required = _ROUTE_COLUMNS[:3]
    check_order(reader, rows, required)
    reader.find_extra_columns(ROUTES, rows, len(_ROUTE_COLUMNS))
    for row in data_rows(rows):
        if not reader.has_cells(row, 3, required):
            continue
        known = [_is_place(reader, row, at, f"name{at + 1}", locations) for at in (0, 1)]
        km = reader.number(row, 2, "distance", low=0, high=LONGEST_ROAD)
        forced = reader.integer(row, 3, "forced_redirection", empty=0)
        if all(known) and row.cell(0) == row.cell(1):
            reader.remark(row, f"the road from {row.cell(0)} to itself leads nowhere; left out")
        elif all(known) and km is not None and forced is not None:
            routes.append(Route(row.cell(0), row.cell(1), km, forced))
    return routes


def _is_place(
    reader: Reader, row: Row, at: int, column: str, locations: dict[str, Location]
) -> bool:
    name = row.cell(at)
    if name in locations or name in reader.doubtful or not locations:
        return True
    hint = nearest(name, locations)
    reader.report(row, column, quoted(name), "the name of a place of locations.csv", hint)
    return False


def _read_conflicts(
    reader: Reader, locations: dict[str, Location], n_days: int | None
) -> tuple[dict[str, tuple[float, ...]], int | None]:
    """Intensities by place and day, and the number of days that have them."""
    has_floods = any(place.kind == "flood" for place in locations.values())
    has_floods |= (reader.folder / FLOODS).is_file()
    if has_floods and not (reader.folder / CONFLICTS).is_file():
        words = "no such file, but floods"
        expected = "a conflict for every day: floods are a hazard that the import does not read"
        reader.mistakes.append(Mistake(CONFLICTS, words, expected))
        return {}, n_days
    before = len(reader.mistakes)
    header, *days = reader.rows(CONFLICTS) or [Row(CONFLICTS, 1, ("",))]
    days = data_rows(days)
    if len(reader.mistakes) > before:
        return {}, n_days
    names = {at: name for at, name in enumerate(header.cells) if at > 0 and name}
    intensities = _intensities(reader, header, days, names)
    if n_days is not None and 0 < len(days) < n_days:
        reader.remarks.append(
            f"{CONFLICTS} ends after {len(days)} of {n_days} days, and so does the scenario: Flee "
            "stops there."
        )
        n_days = len(days)
    elif names and not days:
        reader.report(header, "", "no days", "a row for each day")
    for name, place in locations.items():
        if place.fought_at_first:
            values = intensities.setdefault(name, [0.0] * (n_days or 0))
            first = next((day for day, value in enumerate(values) if value > 0), len(values))
            values[:first] = [1.0] * first  # as in Flee
    for name in intensities:
        if locations and name not in locations and name not in reader.doubtful:
            hint = nearest(name, locations)
            words = f"{name} is not a place of locations.csv{f' ({hint})' if hint else ''}"
            reader.remark(header, f"{words}; ignored, as in Flee")
    known = {name: tuple(values) for name, values in intensities.items() if name in locations}
    return known, n_days


def _intensities(
    reader: Reader, header: Row, days: Sequence[Row], names: dict[int, str]
) -> dict[str, list[float]]:
    """Intensities of each place by day; ``names`` are those of the columns with a name."""
    if len(set(names.values())) < len(names):
        twice = sorted({n for n in names.values() if list(names.values()).count(n) > 1})
        reader.report(header, "", f"{listed(twice)} more than once", "each place once")
    by_place: dict[str, list[float]] = {name: [] for name in names.values()}
    for row in days:
        if len(row.cells) > len(header.cells) and any(row.cells[len(header.cells) :]):
            expected = f"at most {len(header.cells)} cells, as in the first line"
            reader.report(row, "", counted(len(row.cells), "cell"), expected)
        for at, name in names.items():
            value = reader.number(row, at, name, low=0)
            by_place[name].append(0.0 if value is None else value)
    if any(row.cell(0) != str(number) for number, row in enumerate(days)):
        reader.remarks.append(f"{CONFLICTS}: the first column is not 0, 1, 2, ...; rows count.")
    return by_place


def _check_together(
    reader: Reader,
    locations: dict[str, Location],
    intensity: dict[str, tuple[float, ...]],
    registrations: Registrations,
) -> None:
    """Report mistakes across files: camps without counts, no camp, conflict or people."""
    if not locations:
        return
    camps = [place for place in locations.values() if place.kind == "camp"]
    if not camps and not reader.doubtful:
        found, expected = "no camp", "at least one place of type camp"
        reader.mistakes.append(Mistake(LOCATIONS, found, expected, column="location_type"))
    _remark_countries(reader, locations, intensity)
    for camp in camps:
        if camp.name == TOTAL:
            reader.report(
                camp.row, "name", quoted(TOTAL), "another name: total is everybody counted"
            )
        elif registrations.names and camp.name not in registrations.names:
            hint = nearest(camp.name, registrations.names)
            expected = "a row of data_layout.csv of that name"
            reader.report(camp.row, "name", f"the camp {quoted(camp.name)}", expected, hint)
    _check_totals(reader, locations, registrations)
    if not reader.mistakes and not any(any(values) for values in intensity.values()):
        found, expected = "no conflict on any day", "a number above 0 for some place and day"
        reader.mistakes.append(Mistake(CONFLICTS, found, expected))
    elif not reader.mistakes:
        in_conflict = [locations[name] for name, values in intensity.items() if any(values)]
        for place in in_conflict:
            if place.people <= 0:
                words = f"{place.name} is in conflict and has no people: nobody leaves it"
                reader.remark(place.row, words)
        if all(place.people <= 0 for place in in_conflict):
            found, expected = "no people in any conflict place", "a population above 0"
            reader.mistakes.append(Mistake(LOCATIONS, found, expected, column="pop/cap"))


def _remark_countries(
    reader: Reader, locations: dict[str, Location], intensity: dict[str, tuple[float, ...]]
) -> None:
    """Add remarks on a home country without conflict, and on countries that differ only in case."""
    first = next(iter(locations.values()))
    fought = {locations[name].country for name, values in intensity.items() if any(values)}
    if fought and first.country not in fought:
        words = f"the home country is that of the first place, {first.country}, as in Flee"
        reader.remark(first.row, f"{words}, but no conflict is there ({listed(sorted(fought))})")
    spellings: dict[str, list[str]] = defaultdict(list)
    for country in dict.fromkeys(place.country for place in locations.values()):
        spellings[country.casefold()].append(country)
    for names in spellings.values():
        if len(names) > 1:
            words = f"{listed(names)} differ in case only and are different countries, as in Flee."
            reader.remarks.append(f"{LOCATIONS}: {words}")


def _check_totals(
    reader: Reader, locations: dict[str, Location], registrations: Registrations
) -> None:
    """Report populations and counts whose sum is too large."""
    people = [(place.row, "pop/cap", place.people) for place in locations.values()]
    # Corrected ones: a recount multiplies all that was counted before it.
    counted = [(s.row, "file", int(max(s.counts))) for s in registrations.camps.values()]
    for rows, what in ((people, "people"), (counted, "registered people")):
        total = 0
        for row, column, persons in rows:
            total += persons
            if total > MOST_TOGETHER:
                expected = f"at most {MOST_TOGETHER} {what} in all rows together"
                reader.report(row, column, f"{persons}, with which it is {total}", expected)
                break


def spans(values: Sequence[float]) -> list[tuple[int, int, float]]:
    """Intervals of equal values above 0: first day, first day after, value."""
    intervals: list[tuple[int, int, float]] = []
    begin = 0
    for day in range(1, len(values) + 1):
        if day == len(values) or values[day] != values[begin]:
            if values[begin] > 0:
                intervals.append((begin, day, values[begin]))
            begin = day
    return intervals
