"""Sources of a scenario and the rows that cite them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from emigre.evaluation.key_results import days
from emigre.results.text import words
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import listed, quoted
from emigre.scenario.texts import keys_of, place_names, value_text

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
_OF_SOURCES = ("official", "reported")
LABELS = {"estimate": "estimates", CITED: "cited: official or reported"}
LABELS |= {label: label for label in _OF_SOURCES}
"""Labels a search can filter by."""
_MOST_LETTERS, _MOST_WORDS = 200, 12


@dataclass(frozen=True, slots=True)
class Search:
    """A search: words (all must match), a table, a label (key of LABELS)."""

    text: str = ""
    table: str = ""
    label: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Parse a search from query parameters."""
        text, table, label = (query.get(name, "").strip() for name in ("q", "table", "label"))
        return cls(text[:_MOST_LETTERS], table, label)

    def __bool__(self) -> bool:
        return bool(self.text or self.table or self.label)

    @property
    def words(self) -> list[str]:
        """The words in lower case."""
        return self.text.lower().split()[:_MOST_WORDS]

    def allows(self, table: str, label: str) -> bool:
        """Whether rows of a table with a label match the filters."""
        labels = _OF_SOURCES if self.label == CITED else (self.label,)
        return (not self.table or table == self.table) and (not self.label or label in labels)


@dataclass(frozen=True, slots=True)
class CitingRow:
    """A row that cites a source: table, key, values, label and note."""

    table: str
    key: str
    values: str
    label: str
    note: str

    def has(self, words: Iterable[str]) -> bool:
        """Whether the row contains every word."""
        text = f"{self.key} {self.values} {self.note}".lower().replace("_", " ")
        return all(word in text or word.replace("_", " ") in text for word in words)


@dataclass(frozen=True, slots=True)
class Source:
    """One source and the rows that cite it."""

    id: str
    title: str
    publisher: str
    published: str
    address: str
    note: str
    rows: tuple[CitingRow, ...]

    @property
    def by_table(self) -> dict[str, list[CitingRow]]:
        """Its rows by table, most first."""
        numbers = Counter(row.table for row in self.rows)
        tables = sorted(numbers, key=lambda table: (-numbers[table], table))
        return {table: [r for r in self.rows if r.table == table] for table in tables}

    def matching(self, search: Search) -> Self | None:
        """The source with the matching rows only; None if nothing matches.

        A word may match the source or the row; a source without rows matches by its own text.
        """
        mine = f"{self.id} {self.title} {self.publisher} {self.address} {self.note}".lower()
        rest = [word for word in search.words if word not in mine]
        rows = tuple(r for r in self.rows if search.allows(r.table, r.label) and r.has(rest))
        is_asked_itself = search.text and not (rest or search.table or search.label)
        return replace(self, rows=rows) if rows or is_asked_itself else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sources of a scenario, most cited first."""

    scenario: str
    title: str
    sources: tuple[Source, ...]

    @property
    def rows(self) -> list[CitingRow]:
        """All rows that cite a source."""
        return [row for source in self.sources for row in source.rows]

    @property
    def tables(self) -> dict[str, int]:
        """Number of rows that cite a source, by table."""
        return dict(sorted(Counter(row.table for row in self.rows).items()))

    @property
    def labels(self) -> dict[str, int]:
        """Number of rows by label."""
        return dict(sorted(Counter(row.label for row in self.rows if row.label).items()))

    def matching(self, search: Search) -> Self:
        """The matching part of the evidence, in the same order."""
        kept = (source.matching(search) for source in self.sources)
        return replace(self, sources=tuple(source for source in kept if source is not None))

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """Gather the evidence from the tables."""
        cited: dict[str, list[CitingRow]] = defaultdict(list)
        names = place_names(scenario.tables)
        del names["*"]  # written as it is
        for table, frame in scenario.tables.items():
            if "source" not in frame.columns:
                continue
            keys = keys_of(table, frame, scenario.zone)
            for key, row in zip(keys, frame.iter_rows(named=True), strict=True):
                values = _row_text(table, row, scenario.zone, names)
                label, note = row.get("basis") or "", row.get("note") or ""
                cited[row["source"] or ""].append(CitingRow(table, key, values, label, note))
        sources = [
            Source(
                *(row["id"], row["title"], row["publisher"]),
                days(row["published"]) if row["published"] else "no date",
                *(row["address"] or "", row["note"] or "", tuple(cited[row["id"]])),
            )
            for row in scenario.tables["sources"].iter_rows(named=True)
        ]
        sources.sort(key=lambda source: (-len(source.rows), source.id))
        return cls(scenario.id, scenario.title, tuple(sources))


def page(evidence: Evidence, search: Search) -> dict[str, Any]:
    """Template variables of the evidence page, with mistakes in the search."""
    wrong = {"table": "", "label": ""}
    if search.table and search.table not in evidence.tables:
        wrong["table"] = f"found {quoted(search.table)}, expected a table with a column for sources"
    if search.label and search.label not in LABELS:
        wrong["label"] = f"found {quoted(search.label)}, expected {listed(LABELS)}"
    found = evidence.matching(search) if search else evidence
    return {
        "evidence": evidence,
        "found": found,
        "search": search,
        "wrong": wrong,
        "tables": {table: f"{table} ({n:,})" for table, n in evidence.tables.items()},
        "labels": LABELS,
        "is_open": bool(search) and len(found.rows) <= MOST_OPEN,
        "most_rows": MOST_ROWS,
    }


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
