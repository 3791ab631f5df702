"""Every source of a scenario, and which of its numbers rest on it."""

from __future__ import annotations

from dataclasses import dataclass

from emigre.scenario.model import Scenario
from emigre.scenario.write import keys_of, value_text

_NOT_NUMBERS = ("sources",)
_VALUES = {
    "rules": ("kind", "place", "value", "effective_from"),
    "pressures": ("kind", "place", "leaving", "returning", "onset"),
    "observations": ("measure", "place", "value", "from", "to", "use"),
    "places": ("name", "population", "capacity_persons_per_day", "reception_beds"),
    "claims": ("statement", "said_by", "value"),
    "diaspora": ("country", "persons"),
    "traffic": ("crossing", "persons_per_day", "from", "to"),
    "legs": ("from", "to", "mode", "hours", "fare_eur"),
    "groups": ("share", "savings_eur", "leaving", "returning"),
}
"""Columns that say what a row is about; other tables show their key alone."""
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Resting:
    """Rows of one table that name a source: how many, by label, and the first of them in words."""

    table: str
    number: int
    labels: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, str, str], ...]

    @property
    def left_out(self) -> int:
        """How many rows are not shown."""
        return self.number - len(self.rows)


@dataclass(frozen=True, slots=True)
class Source:
    """One source and what rests on it."""

    id: str
    title: str
    publisher: str
    published: str
    address: str
    note: str
    resting: tuple[Resting, ...]

    @property
    def number(self) -> int:
        """How many rows name it."""
        return sum(part.number for part in self.resting)

    @property
    def is_link(self) -> bool:
        """Whether its address can be opened."""
        return self.address.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sources of a scenario, those on which most rests first."""

    scenario: str
    title: str
    sources: tuple[Source, ...]
    labels: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, scenario: Scenario) -> Evidence:
        """Gather it from the tables."""
        resting: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
        labels: dict[str, int] = {}
        for table, frame in scenario.tables.items():
            if table in _NOT_NUMBERS or "source" not in frame.columns:
                continue
            keys = keys_of(table, frame, scenario.zone)
            for key, row in zip(keys, frame.iter_rows(named=True), strict=True):
                label = row.get("basis") or ""
                labels[label] = labels.get(label, 0) + bool(label)
                said = _said(table, row, scenario.zone)
                mine = resting.setdefault(row["source"] or "", {})
                mine.setdefault(table, []).append((key, said, label))
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
        counts = tuple((k, n) for k, n in sorted(labels.items()) if n)
        return cls(scenario.id, scenario.title, tuple(sources), counts)


def _resting(tables: dict[str, list[tuple[str, str, str]]]) -> tuple[Resting, ...]:
    found = []
    for table, rows in tables.items():
        counts: dict[str, int] = {}
        for _, _, label in rows:
            counts[label] = counts.get(label, 0) + bool(label)
        labels = tuple((k, n) for k, n in sorted(counts.items()) if n)
        found.append(Resting(table, len(rows), labels, tuple(rows[:MOST_ROWS])))
    return tuple(sorted(found, key=lambda part: (-part.number, part.table)))


def _said(table: str, row: dict[str, object], zone: str) -> str:
    parts = []
    for name in _VALUES.get(table, ()):
        value = row.get(name)
        if value is not None and value != "":
            parts.append(f"{name.replace('_', ' ')}: {value_text(value, zone)}")
    return "; ".join(parts)
