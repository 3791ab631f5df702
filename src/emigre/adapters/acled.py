"""Convert events of armed conflict (ACLED) to rows of ``pressures.csv``.

With n events in a week (from Monday) and N in the strongest week of any origin, the addition to the
log hazard of leaving is

    leaving = strongest ln(1 + n) / ln(1 + N)

Further events thus matter less where there are many. ``strongest`` is an estimate; the parameter
``pressure_KIND`` scales all rows and can be fitted. A run as of a day within a week uses the events
of the whole week, including those of up to six later days.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from emigre.adapters.foreign import ForeignTable, read_foreign, unused_names
from emigre.adapters.import_options import Cells, ImportPlan, by_folded_name, lookup_id
from emigre.calendar import A_DATE, parse_date
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted
from emigre.scenario.cells import Notation, date_order, date_text
from emigre.scenario.header import Header
from emigre.scenario.loader import read_draft
from emigre.scenario.parsers import listed, nearest, quoted

TABLE = "pressures"
TYPES = ("Battles", "Explosions/Remote violence", "Violence against civilians")
"""Types of events that count as violence; protests and strategic developments do not."""
PLACES = ("admin2", "admin1", "location")
_COLUMNS = ("event_date", "event_type", "admin1", "admin2", "location", "fatalities")


def add_pressures(
    table: str | Path,
    scenario: str | Path,
    *,
    source: str,
    kind: str = "conflict",
    strongest: float = 3.0,
    places: Mapping[str, str] | None = None,
    skip_unknown: bool = False,
) -> ImportPlan:
    """Plan the pressures that a table of events adds to a folder; InputError with every mistake."""
    folder, path, places = Path(scenario), Path(table), places or {}
    draft = read_draft(folder)
    cells = draft.sheets["places"].cells
    rows = zip(cells["id"], cells["name"], cells["kind"], strict=True)
    pairs = [(id_, name) for id_, name, of_kind in rows if of_kind == "origin"]
    ids = [id_ for id_, _ in pairs]
    named = Counter(name.casefold() for _, name in pairs)
    # A name shared by two origins is ambiguous: --place resolves it.
    names = {n.casefold(): id_ for id_, n in pairs if named[n.casefold()] == 1}
    origins = names | by_folded_name({id_: id_ for id_ in ids}, places)
    mistakes = [
        Mistake("--place", quoted(f"{name}={id_}"), "the id of an origin", nearest(id_, ids))
        for name, id_ in places.items()
        if id_ not in ids
    ]
    sources = draft.sheets["sources"].cells["id"]
    if source not in sources:
        expected = "an id of sources.csv"
        mistakes.append(Mistake("--source", quoted(source), expected, nearest(source, sources)))
    if not 0 < strongest <= 10:
        mistakes.append(Mistake("--strongest", str(strongest), "a weight above 0 and up to 10"))
    remarks: list[str] = []
    weeks = _weeks(path, origins, places, mistakes, remarks, skip_unknown)
    weeks = _weeks_of_scenario(weeks, draft.header, path.name, mistakes, remarks)
    refuse(mistakes)
    taken = set(draft.sheets[TABLE].cells["id"])
    return ImportPlan(folder, _rows(weeks, source, kind, strongest, taken), remarks, TABLE)


def _weeks(
    path: Path,
    origins: Mapping[str, str],
    places: Mapping[str, str],
    mistakes: list[Mistake],
    remarks: list[str],
    skip_unknown: bool,
) -> Counter[tuple[str, date]]:
    """Number of events by origin and Monday."""
    table = read_foreign(path, _COLUMNS)
    names = {name.casefold(): name for name in table.names}
    missing = [c for c in ("event_date", "event_type") if c not in names]
    if missing or not any(c in names for c in PLACES):
        found = f"no column {missing[0] if missing else 'admin1'}"
        expected = "a table of events with event_date, event_type and admin1"
        raise InputError(Mistake(table.file, found, expected))
    columns = [names[c] for c in PLACES if c in names]
    if not skip_unknown:
        mistakes += unused_names(places, table, columns)
    types = {name.casefold() for name in TYPES}
    rows = [r for r in table.rows() if r[1][names["event_type"]].casefold() in types]
    rows = _without_duplicates(rows, names.get("event_id_cnty"), remarks)
    # That with most events in an origin; of several, the finest.
    column = max(columns, key=lambda c: sum(row[c].casefold() in origins for _, row in rows))
    unknown: Counter[str] = Counter()
    weeks: Counter[tuple[str, date]] = Counter()
    for day, row in _parse_dates(table, rows, names["event_date"], mistakes):
        place = lookup_id(row[column], origins)
        if place is None:
            unknown[row[column]] += 1
        else:
            weeks[place, day - timedelta(days=day.weekday())] += 1
    if unknown and not skip_unknown:
        places_found = listed([quoted(name) for name in unknown], 8)
        found = f"{counted(unknown.total(), 'event')} in {places_found}"
        hint = "--place NAME=ID says which origin is meant, --skip-unknown leaves them out"
        mistakes.append(Mistake(table.file, found, "ids or names of origins", hint, column=column))
    elif unknown:
        left_out = counted(unknown.total(), "event")
        remarks.append(f"Left out: {left_out} elsewhere ({listed(unknown, 8)}).")
    mistakes += _ambiguous_names(table.file, rows, column, names.get("country"), origins)
    if not weeks and not mistakes:
        expected = f"events of the types {', '.join(TYPES)} in the origins"
        mistakes.append(Mistake(table.file, "no such event", expected))
    return weeks


def _parse_dates(
    table: ForeignTable, rows: list[tuple[int, Cells]], column: str, mistakes: list[Mistake]
) -> Iterator[tuple[date, Cells]]:
    """Rows with their days; a mistake for each invalid date."""
    notation = Notation(order=date_order({row[column] for _, row in rows}), zero=table.zero)
    for line, row in rows:
        try:
            yield parse_date(date_text(row[column], notation)), row
        except ValueError:
            mistakes.append(
                Mistake(table.file, quoted(row[column]), A_DATE, line=line, column=column)
            )


def _weeks_of_scenario(
    weeks: Counter[tuple[str, date]],
    header: Header,
    file: str,
    mistakes: list[Mistake],
    remarks: list[str],
) -> Counter[tuple[str, date]]:
    """The weeks that overlap the days of the scenario."""
    if header.start is None or header.end is None:
        return weeks
    since = header.start - timedelta(days=6)
    kept = Counter({key: n for key, n in weeks.items() if since <= key[1] <= header.end})
    days = f"{header.start} to {header.end}"
    if outside := weeks.total() - kept.total():
        remarks.append(f"Left out: {counted(outside, 'event')} in weeks outside {days}.")
    if weeks and not kept:
        mistakes.append(Mistake(file, "no event in these days", f"events from {days}"))
    return kept


def _ambiguous_names(
    file: str,
    rows: list[tuple[int, Cells]],
    column: str,
    country: str | None,
    origins: Collection[str],
) -> list[Mistake]:
    """Names of origins that occur in several countries of the table."""
    countries: dict[str, set[str]] = defaultdict(set)
    for _, row in rows:
        if country and row[column].casefold() in origins:
            countries[row[column]].add(row[country])
    expected = "events of one country"
    hint = "places of the same name are not the same: keep the rows of one"
    return [
        Mistake(file, f"{quoted(n)} in {listed(sorted(c))}", expected, hint, column=column)
        for n, c in countries.items()
        if len(c) > 1
    ]


def _without_duplicates(
    rows: list[tuple[int, Cells]], column: str | None, remarks: list[str]
) -> list[tuple[int, Cells]]:
    """Rows of distinct events: ACLED also publishes tables with a row for each actor."""
    if column is None:
        return rows
    events = {row[column] or str(line): (line, row) for line, row in reversed(rows)}
    if len(events) < len(rows):
        again = counted(len(rows) - len(events), "row")
        remarks.append(f"Left out: {again} of an event that the table has already.")
    return list(reversed(events.values()))


def _rows(
    weeks: Counter[tuple[str, date]], source: str, kind: str, strongest: float, taken: set[str]
) -> list[Cells]:
    most = math.log1p(max(weeks.values(), default=1))
    formula = f"{strongest:g} ln(1 + n) / ln(1 + N)."
    rows = []
    for (place, monday), events in sorted(weeks.items()):
        name = re.sub(r"[^\w-]", "-", f"{kind}-{place}-{monday}")
        if name in taken:
            expected = "a week that pressures.csv does not have"
            raise InputError(Mistake("pressures.csv", quoted(name), expected, column="id"))
        rows.append(
            {
                "id": name,
                "kind": kind,
                "place": place,
                "onset": str(monday),
                "ends": str(monday + timedelta(days=7)),
                "leaving": f"{strongest * math.log1p(events) / most:.3f}",
                "basis": "estimate",
                "source": source,
                "note": f"{counted(events, 'event')} in the week; {formula}",
            }
        )
    return rows
