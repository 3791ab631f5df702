"""Sources of a scenario and the rows that cite them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emigre.results.text import words
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import listed, quoted
from emigre.scenario.texts import keys_of, place_names, value_text

_NOT_NUMBERS = ("sources",)
_VALUES = {
    "rules": ("kind", "place", "document", "who", "value", "effective_from"),
    "pressures": ("kind", "place", "leaving", "returning", "onset"),
    "observations": ("measure", "place", "value", "from", "to", "use"),
    "places": ("name", "population", "capacity_persons_per_day", "reception_beds"),
    "claims": ("statement", "said_by", "value"),
    "diaspora": ("country", "persons"),
    "traffic": ("crossing", "nationality", "document", "persons_per_day", "from", "to"),
    "legs": ("from", "to", "mode", "hours", "fare_eur"),
    "groups": ("share", "savings_eur", "leaving", "returning"),
}
"""Columns that describe a row; other tables show only their key."""
_PLACES = ("place", "crossing", "country", "from", "to")
"""Columns that may hold the id of a place, shown and searched by name."""
MOST_ROWS = 40
"""Most rows shown of one table under one source."""
MOST_OPEN = 60
"""Most hits shown expanded."""
CITED = "cited"
LABELS = {
    "estimate": "estimates",
    CITED: "cited: official or reported",
    "official": "official",
    "reported": "reported",
}
"""Labels a search can filter by."""
_IS = {CITED: ("official", "reported")}
_MOST_LETTERS, _MOST_WORDS = 200, 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: words (all must match), a table, a label (key of LABELS)."""

    text: str = ""
    table: str = ""
    label: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        """Parse a search from query parameters."""
        text, table, label = (query.get(name, "").strip() for name in ("q", "table", "label"))
        return cls(text[:_MOST_LETTERS], table, label)

    def __bool__(self) -> bool:
        return bool(self.text or self.table or self.label)

    @property
    def words(self) -> list[str]:
        """The words in lower case."""
        return self.text.lower().split()[:_MOST_WORDS]

    def takes(self, table: str, label: str) -> bool:
        """Whether rows of a table with a label match the filters."""
        labels = _IS.get(self.label, (self.label,))
        return (not self.table or table == self.table) and (not self.label or label in labels)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: key, values, label and note."""

    key: str
    said: str
    label: str
    note: str

    def has(self, words: Iterable[str]) -> bool:
        """Whether the row contains every word."""
        text = f"{self.key} {self.said} {self.note}".lower().replace("_", " ")
        return all(word in text or word.replace("_", " ") in text for word in words)


@dataclass(frozen=True, slots=True)
class Resting:
    """Rows of one table that cite a source."""

    table: str
    rows: tuple[Row, ...]

    @property
    def number(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def labels(self) -> tuple[tuple[str, int], ...]:
        """Number of rows by label."""
        return _counted(row.label for row in self.rows)

    @property
    def shown(self) -> tuple[Row, ...]:
        """The first rows, as shown."""
        return self.rows[:MOST_ROWS]

    @property
    def left_out(self) -> int:
        """Number of rows not shown."""
        return max(self.number - MOST_ROWS, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """One source and the rows that cite it."""

    id: str
    title: str
    publisher: str
    published: str
    address: str
    note: str
    resting: tuple[Resting, ...]

    @property
    def number(self) -> int:
        """Number of rows that cite it."""
        return sum(part.number for part in self.resting)

    @property
    def is_link(self) -> bool:
        """Whether its address is a web link."""
        return self.address.startswith(("http://", "https://"))

    def found(self, asked: Asked) -> Source | None:
        """The source with the matching rows only; None if nothing matches.

        A word may match the source or the row; a source without rows matches by its own text.
        """
        mine = f"{self.id} {self.title} {self.publisher} {self.address} {self.note}".lower()
        rest = [word for word in asked.words if word not in mine]
        parts = []
        for part in self.resting:
            rows = tuple(r for r in part.rows if asked.takes(part.table, r.label) and r.has(rest))
            parts += [Resting(part.table, rows)] if rows else []
        is_asked_itself = asked.text and not (rest or asked.table or asked.label)
        return replace(self, resting=tuple(parts)) if parts or is_asked_itself else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sources of a scenario, most cited first."""

    scenario: str
    title: str
    sources: tuple[Source, ...]

    @property
    def number(self) -> int:
        """Number of rows that cite a source."""
        return sum(source.number for source in self.sources)

    @property
    def labels(self) -> tuple[tuple[str, int], ...]:
        """Number of rows by label."""
        parts = (part for source in self.sources for part in source.resting)
        return _counted(row.label for part in parts for row in part.rows)

    @property
    def tables(self) -> dict[str, int]:
        """Number of rows that cite a source, by table."""
        numbers: dict[str, int] = {}
        for part in (part for source in self.sources for part in source.resting):
            numbers[part.table] = numbers.get(part.table, 0) + part.number
        return dict(sorted(numbers.items()))

    def found(self, asked: Asked) -> Evidence:
        """The matching part of the evidence, in the same order."""
        kept = (source.found(asked) for source in self.sources)
        return replace(self, sources=tuple(source for source in kept if source is not None))

    @classmethod
    def of(cls, scenario: Scenario) -> Evidence:
        """Gather the evidence from the tables."""
        resting: dict[str, dict[str, list[Row]]] = {}
        names = place_names(scenario.tables)
        del names["*"]  # written as it is
        for table, frame in scenario.tables.items():
            if table in _NOT_NUMBERS or "source" not in frame.columns:
                continue
            keys = keys_of(table, frame, scenario.zone)
            for key, row in zip(keys, frame.iter_rows(named=True), strict=True):
                said = _row_text(table, row, scenario.zone, names)
                mine = resting.setdefault(row["source"] or "", {}).setdefault(table, [])
                mine.append(Row(key, said, row.get("basis") or "", row.get("note") or ""))
        sources = [
            Source(
                id=row["id"],
                title=row["title"],
                publisher=row["publisher"],
                published=str(row["published"] or "no date"),
                address=row["address"] or "",
                note=row["note"] or "",
                resting=_resting(resting.get(row["id"], {})),
            )
            for row in scenario.tables["sources"].iter_rows(named=True)
        ]
        sources.sort(key=lambda source: (-source.number, source.id))
        return cls(scenario.id, scenario.title, tuple(sources))


def page(evidence: Evidence, asked: Asked) -> dict[str, Any]:
    """Template variables of the evidence page, with mistakes in the search."""
    wrong = {"table": "", "label": ""}
    if asked.table and asked.table not in evidence.tables:
        wrong["table"] = f"found {quoted(asked.table)}, expected a table with a column for sources"
    if asked.label and asked.label not in LABELS:
        wrong["label"] = f"found {quoted(asked.label)}, expected {listed(LABELS)}"
    found = evidence.found(asked) if asked else evidence
    return {
        "evidence": evidence,
        "found": found,
        "asked": asked,
        "wrong": wrong,
        "labels": LABELS,
        "is_open": bool(asked) and found.number <= MOST_OPEN,
    }


def _counted(labels: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(label for label in labels if label).items()))


def _resting(tables: dict[str, list[Row]]) -> tuple[Resting, ...]:
    parts = [Resting(table, tuple(rows)) for table, rows in tables.items()]
    return tuple(sorted(parts, key=lambda part: (-part.number, part.table)))


def _row_text(table: str, row: Mapping[str, Any], zone: str, names: Mapping[str, str]) -> str:
    parts = []
    for name in _VALUES.get(table, ()):
        value = row.get(name)
        if value is not None and value not in ("", "*"):
            text = value_text(value, zone)
            if name in _PLACES and text in names:
                text = f"{names[text]} ({text})"
            elif name in ("kind", "document", "who"):
                text = words(text).replace("|", ", ")
            parts.append(f"{words(name)}: {text}")
    return "; ".join(parts)
