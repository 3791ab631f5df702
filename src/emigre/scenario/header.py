"""``scenario.toml``: title, days, run settings and parameters."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import available_timezones

from emigre import schema
from emigre.calendar import A_DATE, find_zone, parse_date
from emigre.errors import InputError, Mistake, collecting
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.model import LOG_PRIORS, PRIORS
from emigre.scenario.parsers import (
    A_DATE_IN_YEARS,
    CellError,
    bounds_words,
    in_years,
    nearest,
    outside,
    parse_id,
    plain,
    plain_text,
    quoted,
)
from emigre.scenario.toml import TomlFile, is_number, read_toml

FILE = "scenario.toml"
T = TypeVar("T")

MOST_DAYS = 36_525
"""Longest scenario, in days: a century."""

_RUN = {"runs": (20, 1, 100_000), "scale": (1, 1, 1_000_000), "small_count": (10, 0, 1_000_000)}
"""Settings of [run]: default and bounds."""


@dataclass(slots=True)
class Entry:
    """One parameter entry as read; values may still be out of bounds."""

    value: float | None
    location: SourceLocation
    low: float | None = None
    high: float | None = None
    prior: str = ""
    basis: str = ""
    note: str = ""
    is_record: bool = False

    def fixed(self) -> Self:
        """The parameter without a range to draw from."""
        return replace(self, low=None, high=None, prior="")


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


def read_header(folder: Path, mistakes: list[Mistake]) -> Header:
    """Read and check ``scenario.toml``; parameters are compared with the tables later."""
    header = Header()
    with collecting(mistakes):
        if not (folder / FILE).is_file():
            raise InputError(Mistake(FILE, "no file", "the scenario header"))
        source = read_toml(folder / FILE, FILE)
        _fill(header, source)
        mistakes += source.mistakes
    return header


def _fill(header: Header, source: TomlFile) -> None:
    content, header.lines = source.content, source.lines
    source.check_keys(content, (*_PARSERS, "run", "parameters"), elsewhere=elsewhere)
    run, parameters = source.table("run"), source.table("parameters")
    source.check_keys(run, _RUN, "run.", elsewhere)
    optional = {"purpose", "reference", *run, *parameters}  # reported where they are
    for key, parse in _PARSERS.items():
        if key in content or key not in optional:
            setattr(header, key, _parsed(source, key, parse, content.get(key)))
    _check_days(source, header)
    for key, (default, low, high) in _RUN.items():
        number = _parsed(source, f"run.{key}", _whole(low, high), run.get(key, default))
        header.run[key] = default if number is None else number
    for name, value in flattened(parameters).items():
        entry = _entry(source, f"parameters.{name}", value)
        if entry is not None:
            header.entries[name] = entry


def _parsed(source: TomlFile, key: str, parse: Callable[[Any], T], value: Any) -> T | None:
    """A value; None (and a mistake) if it is invalid for the key."""
    try:
        return parse(value)
    except CellError as error:
        source.report_value(key, value, error.expected, error.hint)
        return None


def elsewhere(key: str) -> str:
    """A hint on where the key of another part of the file belongs; empty for unknown keys."""
    if key in _PARSERS:
        return "write it above the first [table]"
    if key in _RUN:
        return "write it below [run]"
    is_parameter = key in schema.parameters() or schema.beginning_of(key)
    return "write it below [parameters]" if is_parameter else ""


def _string(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CellError("a string")
    return plain_text(value)


def _zone(value: Any) -> str:
    zone = _string(value)
    try:
        find_zone(zone)
    except ValueError as error:
        raise CellError(str(error), nearest(zone, available_timezones())) from None
    return zone


def _day(value: Any) -> date:
    if isinstance(value, str):
        with suppress(ValueError):
            value = parse_date(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise CellError(A_DATE)
    if not in_years(value):
        raise CellError(A_DATE_IN_YEARS)
    return value


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise CellError(bounds_words("a whole number", low, high))

    return parse


def _number(value: Any) -> float:
    if not is_number(value):
        raise CellError("a number")
    return float(value)


def _word(words: Collection[str]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or (value and words and value not in words):
            raise CellError(f"one of {', '.join(words)}" if words else "a string")
        return value

    return parse


_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "id": lambda value: parse_id(_string(value)),
    "title": _string,
    "purpose": _string,
    "zone": _zone,
    "nationality": _string,
    "start": _day,
    "end": _day,
    "reference": _day,
}
_RECORD: Mapping[str, Callable[[Any], Any]] = {
    "value": _number,
    "low": _number,
    "high": _number,
    "prior": _word(PRIORS),
    "basis": _word(("official", "reported", "estimate")),
    "note": _word(()),
}


def _check_days(source: TomlFile, header: Header) -> None:
    if header.start is None or header.end is None:
        return
    if header.reference is not None and header.reference > header.start:
        expected = f"a date on or before start, {header.start}"
        source.report_value("reference", header.reference, expected)
    if header.end < header.start:
        expected = f"a date on or after start, {header.start}"
    elif (header.end - header.start).days >= MOST_DAYS:
        last = header.start + timedelta(days=MOST_DAYS - 1)
        expected = f"a date on or before {last}, {MOST_DAYS} days after start"
    else:
        return
    source.report_value("end", header.end, expected)
    header.end = None


def _entry(source: TomlFile, key: str, value: Any) -> Entry | None:
    location = SourceLocation(FILE, source.lines.get(key), key)
    if is_number(value):
        return Entry(float(value), location)
    if not isinstance(value, dict):
        source.report_value(key, value, "a number, or a table with value, low, high, ...")
        return None
    source.check_keys(value, _RECORD, f"{key}.")
    entry = Entry(None, location, is_record=True)
    for name, parse in _RECORD.items():
        if name in value:
            read = _parsed(source, f"{key}.{name}", parse, value[name])
            setattr(entry, name, getattr(entry, name) if read is None else read)
    missing = [name for name in ("low", "high") if name not in value]
    if len(missing) == 1:
        source.report(f"{key}.{missing[0]}", "no value", "both low and high, or neither")
    elif missing and entry.prior:
        source.report(f"{key}.prior", quoted(entry.prior), "low and high next to a prior")
    _check_range(source, key, entry)
    return entry


def _check_range(source: TomlFile, key: str, entry: Entry) -> None:
    if entry.low is not None and entry.high is not None:
        if entry.low > entry.high:
            expected = f"a number of at least low, {plain(entry.low)}"
            source.report(f"{key}.high", plain(entry.high), expected)
        elif entry.prior in LOG_PRIORS and entry.low <= 0:
            expected = f"a number above 0, as the prior {entry.prior} needs"
            source.report(f"{key}.low", plain(entry.low), expected)
        elif entry.value is not None and outside(entry.value, entry.low, entry.high):
            expected = bounds_words("a number", entry.low, entry.high)
            source.report(f"{key}.value", plain(entry.value), f"{expected} (its low and high)")
    if entry.basis == "estimate" and not entry.note:
        source.report(f"{key}.note", "empty text", "the reason for the estimate")


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
