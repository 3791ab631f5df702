"""Editable parts of a scenario, with current and original values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from emigre import schema
from emigre.evaluation.key_results import month
from emigre.results.text import counted, words
from emigre.scenario.drafts import Draft
from emigre.scenario.model import ParameterRecord, Patch, Scenario
from emigre.scenario.parsers import plain
from emigre.scenario.patch import cell_text
from emigre.scenario.tables import row_keys
from emigre.web.draft_variant import DraftVariant

DATES = {
    "rules": ("announced", "effective_from", "effective_to"),
    "pressures": ("announced", "onset", "peak", "ends"),
}
NUMBERS = {
    "rules": ("value",),
    "pressures": ("leaving", "returning"),
    "places": ("capacity_persons_per_day", "reception_beds"),
}
BARS = {"rules": ("effective_from", "effective_to"), "pressures": ("onset", "ends")}
"""Columns with the start and end of a row on the timeline."""
LABELS = {
    **dict.fromkeys(("effective_from", "onset"), "from"),
    **dict.fromkeys(("effective_to", "ends"), "until"),
    "capacity_persons_per_day": "persons a day",
    "reception_beds": "beds",
}
"""Labels of columns; others have their names."""
WIDE = 1000.0
"""Width of the timeline in SVG units."""


@dataclass(frozen=True, slots=True)
class EditorField:
    """One editable value. ``name`` is the name of its form field.

    ``start`` is its value in the starting variant, ``before`` its value in the scenario.
    """

    name: str
    label: str
    value: str
    start: str
    before: str
    unit: str = ""
    words: str = ""
    low: str = ""
    high: str = ""
    is_date: bool = False
    wrong: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The column of its cell."""
        return self.name.rpartition(".")[2]

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the unchanged scenario."""
        return self.value != self.before

    @property
    def is_marked(self) -> bool:
        """Whether it is changed or invalid."""
        return self.is_changed or bool(self.wrong)


@dataclass(frozen=True, slots=True)
class EditorRow:
    """A rule, a pressure or a place with its entries."""

    key: str
    place: str
    title: str
    about: str
    basis: str
    note: str
    entries: tuple[EditorField, ...]
    is_on: bool = True
    started_on: bool = True
    was_on: bool = True
    is_known: bool = True
    bar: tuple[float, float] | None = None
    ends: tuple[str, ...] = ()
    """Names of the fields behind the ends of the bar."""

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the unchanged scenario."""
        return self.is_on != self.was_on or any(entry.is_changed for entry in self.entries)


@dataclass(frozen=True, slots=True)
class EditorGroup:
    """Rows under one heading."""

    title: str
    rows: list[EditorRow] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Number of rows that differ from the unchanged scenario."""
        return sum(row.is_changed for row in self.rows)

    @property
    def words(self) -> str:
        """The words in which its rows are searched."""
        return " ".join(f"{row.title} {row.about}" for row in self.rows)

    def about(self, noun: str) -> str:
        """Number of rows, and of changed rows."""
        changed = f", {self.changed} changed" if self.changed else ""
        return counted(len(self.rows), noun) + changed

    @property
    def is_open(self) -> bool:
        """Whether it is shown expanded."""
        return any(row.is_changed or any(e.wrong for e in row.entries) for row in self.rows)


class Editor:
    """The editable parts of a scenario with the changes of a draft.

    ``start`` is the starting variant; ``wrong`` maps names of form fields to their mistakes;
    ``known`` is the changed scenario, which counts if it is as of a day.
    """

    def __init__(
        self,
        texts: Draft,
        base: Scenario,
        start: Patch | None = None,
        draft: DraftVariant | None = None,
        wrong: Mapping[str, Iterable[str]] | None = None,
        known: Scenario | None = None,
    ) -> None:
        self.texts, self.base, self.wrong = texts, base, wrong or {}
        self.known = None if known is None or known.as_of is None else known
        self.start, self.draft = start or Patch(""), draft or DraftVariant("")
        places = base.tables["places"]
        self.names = dict(zip(places["id"], places["name"], strict=True))
        self.countries = dict(zip(places["id"], places["country"], strict=True))
        areas = base.tables["areas"]
        self.names |= dict(zip(areas["area"], areas["name"], strict=True))
        self._made: dict[str, list[EditorRow]] = {}

    def rules(self) -> list[EditorGroup]:
        """Rules grouped by country, largest groups first."""
        groups: dict[str, EditorGroup] = {}
        for row in self._rows("rules"):
            country = self.countries.get(row.place) or row.place
            name = "Everywhere" if country in ("", "*") else str(self.names.get(country, country))
            groups.setdefault(name, EditorGroup(name)).rows.append(row)
        return sorted(groups.values(), key=lambda g: (-g.changed, g.title))

    def pressures(self) -> EditorGroup:
        """All pressures."""
        return EditorGroup("Pressures", self._rows("pressures"))

    def places(self) -> list[EditorGroup]:
        """Crossings with their capacity and countries with their beds."""
        crossings, countries = EditorGroup("Crossings"), EditorGroup("Countries and camps")
        kinds = dict(zip(*(self.base.tables["places"][c] for c in ("id", "kind")), strict=True))
        capacity = "capacity_persons_per_day"
        columns = {"crossing": capacity, "country": "reception_beds", "camp": capacity}
        for row in self._rows("places"):
            kind = kinds.get(row.place, "")
            entries = tuple(e for e in row.entries if e.column == columns.get(kind))
            if entries:
                group = crossings if kind == "crossing" else countries
                group.rows.append(replace(row, entries=entries))
        return [group for group in (crossings, countries) if group.rows]

    def parameters(self) -> list[tuple[str, list[EditorField]]]:
        """Parameters with a range in the scenario, then all others by process."""
        noted = {r.name: r for r in self.base.parameter_notes if "." not in r.name}
        first, rest = list[EditorField](), dict[str, list[EditorField]]()
        for name, value in self.base.parameters.items():
            note, spec = noted.get(name, ParameterRecord(name, value)), schema.parameter(name)
            assert spec is not None, name
            low, high, is_ranged = spec.low, spec.high, False
            if note.low is not None and note.high is not None:
                low, high, is_ranged = note.low, note.high, True
            entry = EditorField(
                f"set:{name}",
                words(name),
                *self._texts(name, plain(value)),
                unit=spec.unit,
                words=f"{spec.description} {note.note}".rstrip(),
                low=plain(low),
                high=plain(high),
                wrong=tuple(self.wrong.get(f"set:{name}", ())),
            )
            (first if is_ranged else rest.setdefault(spec.process, [])).append(entry)
        sections = [("With a plausible range", first)] if first else []
        return sections + [(process.capitalize(), entries) for process, entries in rest.items()]

    def fields(self) -> dict[str, str]:
        """Value of every field in the starting variant, by name."""
        entries = [entry for row in self._all_rows() for entry in row.entries]
        entries += [entry for _, group in self.parameters() for entry in group]
        return {entry.name: entry.start for entry in entries}

    def switches(self) -> dict[str, bool]:
        """State of every switch in the starting variant, by row."""
        groups = [*self.rules(), self.pressures()]
        return {row.key: row.started_on for group in groups for row in group.rows}

    def labels(self) -> dict[str, str]:
        """Label of every field, by name."""
        rows = self._all_rows()
        labels = {e.name: f"{row.title}, {e.label}" for row in rows for e in row.entries}
        return labels | {e.name: e.label for _, group in self.parameters() for e in group}

    def _all_rows(self) -> list[EditorRow]:
        groups = [*self.rules(), self.pressures(), *self.places()]
        return [row for group in groups for row in group.rows]

    def _texts(self, key: str, before: str) -> tuple[str, str, str]:
        """The current value, that of the starting variant, and that of the scenario."""
        start = cell_text(self.start.set[key]) if key in self.start.set else before
        return self.draft.sets.get(key, start), start, before

    def _rows(self, table: str) -> list[EditorRow]:
        if table not in self._made:
            self._made[table] = list(self._make_rows(table))
        return self._made[table]

    def _make_rows(self, table: str) -> Iterable[EditorRow]:
        sheet = self.texts.sheets[table]
        removed = set(self.start.remove.get(table, ()))
        known = None if self.known is None else set(self.known.tables[table]["id"])
        for i, key in enumerate(row_keys(sheet)):
            cells = {name: texts[i] for name, texts in sheet.cells.items()}
            row = self._row(table, key, cells, started_on=key not in removed)
            is_unknown = row.is_on and known is not None and key not in known
            yield replace(row, is_known=not is_unknown)
        for added in self.start.add.get(table, ()):
            cells = {name: cell_text(added.get(name, "")) for name in sheet.cells}
            yield self._row(table, cells["id"], cells, was_on=False)

    def _row(
        self,
        table: str,
        key: str,
        cells: dict[str, str],
        *,
        started_on: bool = True,
        was_on: bool = True,
    ) -> EditorRow:
        name, draft = f"{table}.{key}", self.draft
        dates = DATES.get(table, ())
        entries = [
            EditorField(
                f"set:{name}.{column}",
                LABELS.get(column, column),
                *self._texts(f"{name}.{column}", cells[column]),
                unit=_unit(table, column, cells),
                is_date=column in dates,
                wrong=tuple(self.wrong.get(f"set:{name}.{column}", ())),
            )
            for column in (*dates, *NUMBERS[table])
            if column in cells
        ]
        return EditorRow(
            key=name,
            place=cells.get("id" if table == "places" else "place", ""),
            title=self.names.get(key, key) if table == "places" else words(key),
            about=self._about(table, cells),
            basis=cells.get("basis", ""),
            note=cells.get("note", ""),
            entries=tuple(entries),
            is_on=name not in draft.off and (started_on or name in draft.on),
            started_on=started_on,
            was_on=was_on,
            bar=self._bar(table, entries),
            ends=tuple(f"set:{name}.{column}" for column in BARS.get(table, ())),
        )

    def _about(self, table: str, cells: Mapping[str, str]) -> str:
        if table == "places":
            return ""
        place = cells.get("place", "")
        parts = [words(cells.get("kind", "")), self.names.get(place, place)]
        selected = (words(cells.get(name, "")) for name in ("document", "who"))
        parts += [s.replace("|", ", ").replace(";", "; ").replace("=", ": ") for s in selected]
        return " · ".join(part for part in parts if part and part != "*")

    def _bar(self, table: str, entries: list[EditorField]) -> tuple[float, float] | None:
        """Start and end of a row on the timeline; None if a date is invalid."""
        if table not in BARS:
            return None
        values = {entry.column: entry.value for entry in entries}
        first, last = (values.get(name, "") for name in BARS[table])
        try:
            begin = self._at(first) if first else 0.0
            end = self._at(last) if last else WIDE
        except ValueError:
            return None
        return begin, max(begin, end)

    def _at(self, text: str) -> float:
        day = date.fromisoformat(text[:10])
        span = max((self.base.end - self.base.start).days + 1, 1)
        at = WIDE * (day - self.base.start).days / span
        return round(min(max(at, 0.0), WIDE), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Month ticks of the timeline (at most twelve) with their names."""
        first, last = self.base.start, self.base.end
        months = [
            date(year, month, 1)
            for year in range(first.year, last.year + 1)
            for month in range(1, 13)
            if first <= date(year, month, 1) <= last
        ]
        every = max(1, -(-len(months) // 8))
        shown = months[::every] or [first]
        return [(self._at(day.isoformat()), month(day)) for day in shown]

    @property
    def days(self) -> tuple[str, int]:
        """First day and number of days of the timeline."""
        return self.base.start.isoformat(), (self.base.end - self.base.start).days + 1


def _unit(table: str, column: str, cells: Mapping[str, Any]) -> str:
    if table == "rules":
        kind = schema.rule_kinds().get(cells.get("kind", ""))
        return kind.value_unit if kind is not None else ""
    return schema.columns(table)[column].unit
