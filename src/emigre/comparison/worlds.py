"""From what a user asks to worlds: variants, rules taken out or shifted, values set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from emigre.calendar import find_zone
from emigre.errors import InputError, Mistake
from emigre.scenario.cells import listed, nearest, quoted
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.read import load
from emigre.scenario.write import value_text

BASELINE = "baseline"
_SHIFT = re.compile(r"(?P<id>[^=\s]+)\s*=\s*(?P<sign>[+-])(?P<n>\d{1,4})d")
_MOVED = ("rules", "pressures")


def alternatives(
    scenario: str | Path,
    *,
    variants: Iterable[str | Path] = (),
    without: Iterable[str] = (),
    settings: Iterable[str] = (),
    shifts: Iterable[str] = (),
    **days: Any,
) -> tuple[Scenario, dict[str, Scenario]]:
    """The baseline and the worlds to hold against it, each named and changed in one way alone.

    ``variants`` are names or files; ``without`` ids of rules or pressures to take out; ``settings``
    texts KEY=VALUE; ``shifts`` texts ID=+7d or ID=-7d that move a rule or pressure with all its
    dates. ``days`` are ``start``, ``end`` and ``as_of`` of :func:`emigre.load`. Raises InputError
    with every mistake.
    """
    mistakes: list[Mistake] = []
    base = load(scenario, **days)
    # A what-if may be about a rule that was not known as of the day.
    whole = load(scenario, **{k: v for k, v in days.items() if k != "as_of"})
    wanted: list[tuple[str, Sequence[Any], Sequence[str]]] = []
    wanted += [(Path(v).stem if str(v).endswith(".toml") else str(v), [v], []) for v in variants]
    wanted += [(f"without-{i}", [p], []) for i in without if (p := _without(whole, i, mistakes))]
    wanted += [(_name(s), [], [s]) for s in settings]
    for text in shifts:
        patch = _shifted(whole, text, mistakes)
        if patch is not None:
            wanted.append((_name(text), [patch], []))
    worlds: dict[str, Scenario] = {}
    for name, patches, texts in wanted:
        if name in worlds or name == BASELINE:
            expected = "alternatives with different names"
            mistakes.append(Mistake("--variant", None, "", quoted(name), expected))
            continue
        try:
            worlds[name] = load(scenario, variants=patches, settings=texts, **days)
        except InputError as error:
            mistakes += error.mistakes
    if mistakes:
        raise InputError(mistakes)
    if not worlds:
        hint = f"variants: {listed(base.variants) or 'none'}"
        expected = "at least one of --variant, --without, --set, --shift"
        raise InputError([Mistake("compare", None, "", "no alternative", expected, hint)])
    return base, worlds


def _name(text: str) -> str:
    """A setting as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9.+_-]+", "-", text.replace("=", "-")).strip("-.")[:60]


def _table_of(base: Scenario, wanted: str, flag: str, mistakes: list[Mistake]) -> str | None:
    known = [i for table in _MOVED for i in base.tables[table]["id"]]
    for table in _MOVED:
        if wanted in base.tables[table]["id"]:
            return table
    hint = nearest(wanted, known)
    mistakes.append(Mistake(flag, None, "", quoted(wanted), "the id of a rule or pressure", hint))
    return None


def _without(base: Scenario, wanted: str, mistakes: list[Mistake]) -> Patch | None:
    table = _table_of(base, wanted, "--without", mistakes)
    if table is None:
        return None
    return Patch(f"without {wanted}", f"Without {wanted}", remove={table: (wanted,)}, file="--set")


def _shifted(base: Scenario, text: str, mistakes: list[Mistake]) -> Patch | None:
    """A patch that moves every date of a row by whole days of the local calendar."""
    match = _SHIFT.fullmatch(text.strip())
    if match is None:
        mistakes.append(Mistake("--shift", None, "", quoted(text), "ID=+7d or ID=-7d"))
        return None
    table = _table_of(base, match["id"], "--shift", mistakes)
    if table is None:
        return None
    by = timedelta(days=int(match["sign"] + match["n"]))
    frame = base.tables[table]
    row = frame.row(frame["id"].to_list().index(match["id"]), named=True)
    moved = {
        f"{table}.{match['id']}.{column}": value_text(_later(value, by, base.zone), base.zone)
        for column, value in row.items()
        if isinstance(value, date)
    }
    if not moved:
        found = f"{quoted(match['id'])}, which has no date"
        mistakes.append(Mistake("--shift", None, "", found, "a rule or pressure with a date"))
        return None
    title = f"{match['id']} {abs(by.days)} days {'later' if by.days > 0 else 'earlier'}"
    return Patch(_name(text), title, set=moved, file="--set")


def _later(value: date, by: timedelta, zone: str) -> date:
    if not isinstance(value, datetime):
        return value + by
    local = value.astimezone(find_zone(zone))
    return (local.replace(tzinfo=None) + by).replace(tzinfo=local.tzinfo)
