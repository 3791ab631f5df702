"""Options of an import of counts, existing observations of the scenario, and new rows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from emigre import schema
from emigre.adapters.append import append_rows, check_rows
from emigre.adapters.layouts import Columns
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted
from emigre.rules.matching import ALL
from emigre.scenario import arguments
from emigre.scenario.csv_files import Sheet
from emigre.scenario.loader import read_draft
from emigre.scenario.parsers import as_number, nearest, plain, quoted
from emigre.scenario.texts import unused_name

TABLE = "observations"
DATE_ORDERS = {"day-first": "dmy", "month-first": "mdy"}
"""Orders of dates such as 3/4/2030, as an option and as in ``scenario/cells.py``."""

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options of an import of counts.

    Attributes
    ----------
    measure, source, use : str
        Measure, id of its source, and use of the observations.
    places : mapping
        Ids of the scenario by name in the table.
    where : mapping
        Values by column, of the rows to import.
    at : str, optional
        Place of a table without a column of places.
    origin : str, optional
        Origin of the people to import.
    since : str, optional
        Day since which the counts are running totals.
    dates : str, optional
        Order of dates such as 3/4/2030: day-first or month-first.
    sum_over : tuple of str
        Columns over which rows are summed.
    split : bool
        Whether to add the parts of a breakdown as context.
    skip_unknown : bool
        Whether to leave out rows of unknown places.
    """

    measure: str
    source: str
    use: str = "context"
    places: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    origin: str | None = None
    since: str | None = None
    dates: str | None = None
    sum_over: Columns = ()
    split: bool = False
    skip_unknown: bool = False


def by_folded_name(*ids: Mapping[str, str]) -> dict[str, str]:
    """Ids by name, both as written and case-folded; the last of equal names is used."""
    folded = {name.casefold(): id_ for each in ids for name, id_ in each.items()}
    return folded | {name: id_ for each in ids for name, id_ in each.items()}


def lookup_id(name: str, ids: Mapping[str, str]) -> str | None:
    """Look up the id of a name, as written or else in any case, in ids :func:`by_folded_name`."""
    return ids.get(name) or ids.get(name.casefold())


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Rows to add to a table, and remarks on what was left out."""

    folder: Path
    rows: list[Cells]
    remarks: list[str]
    table: str = TABLE

    def preview(self, most: int = 8) -> str:
        """The first rows and the remarks, as lines of text."""
        left_out = {"id", "basis", "source", "note"}
        columns = [c for c in dict.fromkeys(c for r in self.rows for c in r) if c not in left_out]
        shown = self.rows[:most]
        cells = [columns, *(tuple(row.get(c, "") for c in columns) for row in shown)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        more = len(self.rows) - len(shown)
        lines += [f"... and {more} more"] if more > 0 else []
        return "\n".join([*(lines if shown else ()), *self.remarks])

    def check(self) -> None:
        """Raise InputError if the scenario with the new rows would fail its checks."""
        if self.rows:
            check_rows(self.folder, self.table, self.rows)

    def write(self) -> int:
        """Add the rows and return their number; InputError if the scenario would fail checks."""
        if self.rows:
            append_rows(self.folder, self.table, self.rows)
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class ImportedCount:
    """A count: place, half-open days, number, and day of publication if known."""

    place: str
    first: date
    after: date
    value: float
    published: date | None = None
    note: str = ""

    @property
    def last(self) -> date:
        """The last day."""
        return self.after - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownScenario:
    """What an import needs to know about a scenario.

    Attributes
    ----------
    places : mapping
        Ids of places and areas, by case-folded id and name.
    kinds : mapping
        Kinds of each place, or of the places in an area.
    origins : frozenset
        Countries from which people come.
    sources : mapping
        Day of publication of each source.
    zone : str
        Time zone.
    observations : Sheet
        The existing observations.
    """

    places: Mapping[str, list[str]]
    kinds: Mapping[str, set[str]]
    origins: frozenset[str]
    sources: Mapping[str, str]
    zone: str
    observations: Sheet

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Read a folder; InputError unless it is a scenario."""
        if not (folder / "scenario.toml").is_file():
            expected = "a scenario folder with scenario.toml"
            raise InputError(Mistake(str(folder), "no such folder", expected))
        draft = read_draft(folder)
        places, areas = draft.sheets["places"].cells, draft.sheets["areas"].cells
        kinds = {name: {kind} for name, kind in zip(places["id"], places["kind"], strict=True)}
        for area, place in zip(areas["area"], areas["place"], strict=True):
            kinds.setdefault(area, set()).update(kinds.get(place, set()))
        named: dict[str, list[str]] = {}
        each = list(kinds)
        pairs = ((each, each), (places["name"], places["id"]), (areas["name"], areas["area"]))
        for names, ids in pairs:
            for name, id_ in zip(names, ids, strict=True):
                same = named.setdefault(name.casefold(), [])
                same += [id_] if id_ not in same else []
        states = zip(places["kind"], places["country"], strict=True)
        origins = {country for kind, country in states if kind == "origin"}
        origins |= {draft.header.nationality or ""} - {""}
        sources = draft.sheets["sources"].cells
        dates = dict(zip(sources["id"], sources["published"], strict=True))
        zone = draft.header.zone or "UTC"
        return cls(named, kinds, frozenset(origins), dates, zone, draft.sheets[TABLE])

    def ids_of(self, name: str, kinds: Iterable[str]) -> list[str]:
        """Ids of the places that a name may mean, preferably of some kinds.

        An id as written takes precedence over an id in another case, and that over names.
        """
        ids = self.places.get(name.casefold(), [])
        meant = [id_ for id_ in ids if self.kinds[id_] & set(kinds)] or ids
        if name in meant:
            return [name]
        return [id_ for id_ in meant if id_.casefold() == name.casefold()] or meant

    def new_rows(
        self, counts: Iterable[ImportedCount], options: ImportOptions, remarks: list[str]
    ) -> list[Cells]:
        """Rows of observations for counts that are new or revised."""
        cells = self.observations.cells
        taken = set(cells["id"])
        keys = zip(*(cells[c] for c in ("measure", "place", "from", "to")), strict=True)
        gone = set(cells["replaces"])
        former = {key: row for row, key in enumerate(keys) if cells["id"][row] not in gone}
        rows: list[Cells] = []
        same, counts = 0, list(counts)
        for count in counts:
            row = self._row(count, options, taken)
            key = tuple(row[c] for c in ("measure", "place", "from", "to"))
            old = former.get(key) if not count.note else None
            if old is not None and as_number(cells["value"][old]) == count.value:
                same += 1
                continue
            if old is not None:
                row["replaces"] = cells["id"][old]
            taken.add(row["id"])
            rows.append(row)
        early = sum(1 for count in counts if count.published and count.published < count.last)
        if early:
            words = "published before the last of their days: taken as published on that day"
            remarks.append(f"{counted(early, 'count')} {words}.")
        if same:
            remarks.append(f"Left out: {counted(same, 'count')} that the scenario already has.")
        return rows

    def _row(self, count: ImportedCount, options: ImportOptions, taken: set[str]) -> Cells:
        first = options.since or str(count.first)
        last = count.last
        day = last if options.since else count.first
        stem = re.sub(r"[^A-Za-z0-9_-]", "-", f"{options.measure}-{count.place}-{day}")
        published = str(count.published or self.sources[options.source])
        return {
            "id": unused_name(stem, taken),
            "measure": options.measure,
            "place": count.place,
            "from": first,
            "to": str(count.after),
            "cumulative": "yes" if options.since else "",
            "value": plain(count.value),
            "use": "context" if count.note else options.use,
            "published": max(published, str(last)),
            "basis": "reported",
            "source": options.source,
            "note": count.note,
        }


def check_options(options: ImportOptions, known: KnownScenario) -> None:
    """Raise InputError with every option whose value is invalid or unknown in the scenario."""
    uses = schema.columns(TABLE)["use"].choices
    choices: list[tuple[str, str, Iterable[str], str]] = [
        ("--measure", options.measure, schema.measures(), "the name of a measure"),
        ("--use", options.use, uses, f"one of {', '.join(uses)}"),
        ("--source", options.source, known.sources, "an id of sources.csv"),
    ]
    if options.dates is not None:
        orders = " or ".join(DATE_ORDERS)
        choices.append(("--dates", options.dates, DATE_ORDERS, orders))
    if options.at is not None:
        choices.append(("--at", options.at, [*known.kinds, "*"], "the id of a place or an area"))
    mistakes = [
        Mistake(flag, quoted(given), expected, nearest(given, words))
        for flag, given, words, expected in choices
        if given not in words
    ]
    measure = schema.measures().get(options.measure)
    if options.sum_over and measure is not None and measure.kind == "mean":
        expected = f"no column, because {measure.name} does not add up"
        mistakes.append(Mistake("--sum-over", quoted(options.sum_over[0]), expected))
    if options.since is not None and measure is not None and measure.kind != "flow":
        expected = f"no day, because {measure.name} is a {measure.kind}, which has no running total"
        mistakes.append(Mistake("--since", quoted(options.since), expected))
    for name, place in options.places.items():
        if place not in known.kinds and place != ALL:
            expected = "NAME=ID with the id of a place or an area, or *"
            found = f'"{name}={place}"'
            mistakes.append(Mistake("--place", found, expected, nearest(place, known.kinds)))
    arguments.day("--since", options.since, mistakes)
    refuse(mistakes)
