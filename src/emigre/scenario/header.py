"""``scenario.toml``: title, days, run settings and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from emigre import schema
from emigre.calendar import A_DATE, add_days, days_between, find_zone, parse_date
from emigre.errors import Mistake
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.model import LOG_PRIORS, PRIORS
from emigre.scenario.parsers import (
    YEARS,
    CellError,
    bounds_words,
    outside,
    parse_id,
    plain,
    plain_text,
    quoted,
)
from emigre.scenario.toml import check_keys_known, line_of, read_toml

FILE = "scenario.toml"
MOST_DAYS = 36_525
"""Longest scenario, in days: a century."""

_TEXTS = ("id", "title", "purpose", "zone", "nationality")
_RUN = {"runs": (20, 1, 100_000), "scale": (1, 1, 1_000_000), "small_count": (10, 0, 1_000_000)}
_RECORD = ("value", "low", "high", "prior", "basis", "note")
_BASIS = ("official", "reported", "estimate")


@dataclass(slots=True)
class Entry:
    """One parameter entry as read; values may still be out of bounds."""

    value: float | None
    spot: SourceLocation
    low: float | None = None
    high: float | None = None
    prior: str = ""
    basis: str = ""
    note: str = ""
    is_record: bool = False


@dataclass(slots=True)
class Header:
    """The content of ``scenario.toml``; None if missing or invalid."""

    id: str | None = None
    title: str | None = None
    purpose: str | None = ""
    start: date | None = None
    end: date | None = None
    reference: date | None = None
    zone: str | None = None
    nationality: str | None = None
    run: dict[str, int] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Source:
    """The file being read."""

    content: Mapping[str, Any]
    lines: Mapping[str, int]
    mistakes: list[Mistake]

    def say(self, key: str, found: str, expected: str, hint: str = "") -> None:
        line = line_of(self.lines, key)
        self.mistakes.append(Mistake(FILE, line, key, found, expected, hint))


def read_header(folder: Path, mistakes: list[Mistake]) -> Header:
    """Read and check ``scenario.toml``; parameters are compared with the tables later."""
    if not (folder / FILE).is_file():
        mistakes.append(Mistake(FILE, None, "", "no file", "the scenario header"))
        return Header()
    read = read_toml(folder / FILE, FILE, mistakes)
    if read is None:
        return Header()
    source = _Source(*read, mistakes)
    known = (*_TEXTS, "start", "end", "reference", "run", "parameters")
    check_keys_known(source.content, known, FILE, source.lines, mistakes)
    header = Header(lines=source.lines)
    for key in _TEXTS:
        setattr(header, key, _text(source, key))
    header.start, header.end = _date(source, "start"), _date(source, "end")
    if "reference" in source.content:
        header.reference = _date(source, "reference")
    _check_names(source, header)
    _check_days(source, header)
    header.run = _run_settings(source)
    header.entries = _entries(source)
    return header


def _text(source: _Source, key: str) -> str | None:
    value = source.content.get(key)
    if value is None and key == "purpose":
        return ""
    if value is None:
        source.say(key, "no value", "a string")
        return None
    if not isinstance(value, str) or not value.strip():
        source.say(key, shown(value), "a string")
        return None
    try:
        return plain_text(value)
    except CellError as error:
        source.say(key, shown(value), error.expected)
        return None


def _date(source: _Source, key: str) -> date | None:
    value = source.content.get(key)
    if isinstance(value, str):
        with suppress(ValueError):
            value = parse_date(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        source.say(key, "no value" if value is None else shown(value), A_DATE)
        return None
    if not YEARS[0] <= value.year < YEARS[1]:
        source.say(key, shown(value), f"{A_DATE} between {YEARS[0]} and {YEARS[1]}")
        return None
    return value


def _check_names(source: _Source, header: Header) -> None:
    if header.id is not None:
        try:
            parse_id(header.id)
        except CellError as error:
            source.say("id", quoted(header.id), error.expected)
    if header.zone is not None:
        try:
            find_zone(header.zone)
        except ValueError as error:
            source.say("zone", quoted(header.zone), str(error))
            header.zone = None


def _check_days(source: _Source, header: Header) -> None:
    if header.start is None or header.end is None:
        return
    if header.reference is not None and header.reference > header.start:
        expected = f"a date on or before start, {header.start}"
        source.say("reference", shown(header.reference), expected)
    if header.end < header.start:
        source.say("end", shown(header.end), f"a date on or after start, {header.start}")
    elif days_between(header.start, header.end) >= MOST_DAYS:
        last = add_days(header.start, MOST_DAYS - 1)
        source.say(
            "end", shown(header.end), f"a date on or before {last}, {MOST_DAYS} days after start"
        )
    else:
        return
    header.end = None


def _run_settings(source: _Source) -> dict[str, int]:
    settings = {key: default for key, (default, _, _) in _RUN.items()}
    given = source.content.get("run", {})
    if not isinstance(given, dict):
        source.say("run", shown(given), "a table [run]")
        return settings
    check_keys_known(given, _RUN, FILE, source.lines, source.mistakes, "run.")
    for key, (_, low, high) in _RUN.items():
        value = given.get(key, settings[key])
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            settings[key] = value
        else:
            words = bounds_words("a whole number", low, high)
            source.say(f"run.{key}", shown(value), words)
    return settings


def _entries(source: _Source) -> dict[str, Entry]:
    given = source.content.get("parameters", {})
    if not isinstance(given, dict):
        source.say("parameters", shown(given), "a table [parameters]")
        return {}
    entries: dict[str, Entry] = {}
    for name, value in flattened(given).items():
        key = f"parameters.{name}"
        line = source.lines.get(key)
        entry = Entry(None, SourceLocation(FILE, line, key))
        if isinstance(value, dict):
            entry = _record(source, key, value, entry)
        elif is_number(value):
            entry.value = float(value)
        else:
            source.say(key, shown(value), "a number, or a table with value, low, high, ...")
            continue
        entries[name] = entry
    return entries


def _record(source: _Source, key: str, value: Mapping[str, Any], entry: Entry) -> Entry:
    check_keys_known(value, _RECORD, FILE, source.lines, source.mistakes, f"{key}.")
    entry.is_record = True
    for name in ("value", "low", "high"):
        number = value.get(name)
        if number is None:
            continue
        if is_number(number):
            setattr(entry, name, float(number))
        else:
            source.say(f"{key}.{name}", shown(number), "a number")
    for name, words in (("prior", PRIORS), ("basis", _BASIS), ("note", ())):
        text = value.get(name, "")
        if not isinstance(text, str) or (text and words and text not in words):
            source.say(
                f"{key}.{name}", shown(text), f"one of {', '.join(words)}" if words else "a string"
            )
        else:
            setattr(entry, name, text)
    _check_range(source, key, entry)
    return entry


def _check_range(source: _Source, key: str, entry: Entry) -> None:
    if (entry.low is None) != (entry.high is None):
        missing = "low" if entry.low is None else "high"
        source.say(f"{key}.{missing}", "no value", "both low and high, or neither")
    elif entry.low is not None and entry.high is not None:
        if entry.low > entry.high:
            expected = f"a number of at least low, {plain(entry.low)}"
            source.say(f"{key}.high", plain(entry.high), expected)
        elif entry.prior in LOG_PRIORS and entry.low <= 0:
            expected = f"a number above 0, as the prior {entry.prior} needs"
            source.say(f"{key}.low", plain(entry.low), expected)
        elif entry.value is not None and outside(entry.value, entry.low, entry.high):
            expected = bounds_words("a number", entry.low, entry.high)
            source.say(f"{key}.value", plain(entry.value), f"{expected} (its low and high)")
    if entry.basis == "estimate" and not entry.note:
        source.say(f"{key}.note", "empty text", "the reason for the estimate")


def is_number(value: object) -> bool:
    """Whether a TOML value is a finite number."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < float("1e300")
    )


def shown(value: object) -> str:
    """A TOML value as messages show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number without end" if abs(value) >= 1e300 else repr(value)
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else quoted(value)


def flattened(content: Mapping[str, Any]) -> dict[str, Any]:
    """Join nested keys of unquoted cells (rules.ID.COLUMN = ...) with dots."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if key in schema.tables() and isinstance(value, dict):
            for row, cells in value.items():
                if isinstance(cells, dict):
                    flat.update({f"{key}.{row}.{c}": v for c, v in cells.items()})
                else:
                    flat[f"{key}.{row}"] = cells
        else:
            flat[key] = value
    return flat
