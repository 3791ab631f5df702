"""Build alternatives: variants, rules removed or shifted, values set."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from emigre.calendar import find_zone
from emigre.comparison.folder import BASELINE, EFFECTS, MARK, TABLES
from emigre.errors import InputError, Mistake, refuse
from emigre.results.output_dir import PLAN, PURPOSE
from emigre.results.text import counted
from emigre.scenario import arguments
from emigre.scenario.edits import plain_value
from emigre.scenario.loader import ScenarioReader, Settings, Variants
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parsers import as_number, listed, nearest, quoted
from emigre.scenario.patch import cell_text
from emigre.scenario.texts import value_text

_TAKEN = frozenset({BASELINE, MARK, EFFECTS, *TABLES, PLAN, PURPOSE.casefold(), "report.html"})
"""Names in the folder of a comparison, in lower case."""
_SHIFT = re.compile(r"(?P<id>[^=\s]+)\s*=\s*(?P<sign>[+-])(?P<n>[0-9]{1,4})d")
_MOST_BYTES, _MOST_BYTES_OF_TEXT = 200, 60
"""Longest name of an alternative, and longest part of it taken from a setting."""
_MOVED = ("rules", "pressures")


def alternatives(
    scenario: str | PathLike[str] | Scenario,
    *,
    variants: Variants = (),
    without: str | Iterable[str] = (),
    settings: Settings = (),
    shifts: str | Iterable[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
) -> tuple[Scenario, dict[str, Scenario]]:
    """Load a baseline and alternatives to it, each with a single change.

    Arguments that take several values also accept a single one.

    Parameters
    ----------
    scenario : str, path or Scenario
        Scenario folder, the name of a built-in scenario, or a scenario.
    variants : str, path, Patch, or iterable of these, optional
        Names or files of variants, or patches (:func:`emigre.patch`); each is one alternative.
    without : str or iterable of str, optional
        Ids of rules or pressures; each alternative leaves out one.
    settings : mapping, str or iterable of str, optional
        Values to set, as in :func:`emigre.load`; each is one alternative.
    shifts : str or iterable of str, optional
        Shifts ID=+7d or ID=-7d; each alternative moves one rule or pressure with all its dates.
    start, end, as_of : date or str, optional
        As in :func:`emigre.load`.

    Returns
    -------
    base : Scenario
        The baseline.
    worlds : dict of str to Scenario
        Alternatives by name, as taken by :func:`emigre.compare`.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid; it holds every mistake.
    """
    mistakes: list[Mistake] = []
    kinds, noun = (str, PathLike, Patch), "names, files or patches"
    variants = arguments.several("--variant", variants, mistakes, kinds, noun)
    without = arguments.several("--without", without, mistakes)
    if isinstance(settings, Mapping):
        settings = [f"{key}={cell_text(plain_value(value))}" for key, value in settings.items()]
    settings = arguments.several("--set", settings, mistakes, noun="texts KEY=VALUE")
    shifts = arguments.several("--shift", shifts, mistakes)
    refuse(mistakes)
    reader = ScenarioReader(scenario)
    base = reader.load(start=start, end=end, as_of=as_of)
    # A what-if may concern a rule that was not known on that day.
    whole = base if as_of is None else reader.load(start=start, end=end)
    left_out = [(f"without-{i}", _without(whole, i, mistakes)) for i in without]
    shifted = [(text, _shifted(whole, base, text, mistakes)) for text in shifts]
    requests: list[tuple[str, str, Sequence[Any], Sequence[str]]] = [
        *(("--variant", _of_variant(v), [v], []) for v in variants),
        *(("--without", name, [patch], []) for name, patch in left_out if patch),
        *(("--set", s, [], [s]) for s in settings),
        *(("--shift", text, [patch], []) for text, patch in shifted if patch),
    ]
    worlds: dict[str, Scenario] = {}
    asked: set[tuple[str, str]] = set()
    for option, text, patches, texts in requests:
        name = _free(text, worlds)
        request = option, _plain_request(option, text)
        if request in asked:
            mistakes.append(Mistake(option, quoted(text), "each alternative only once"))
            continue
        if option == "--variant" and name != text:
            expected = f"different names, none of them {BASELINE} or a file of the comparison"
            mistakes.append(Mistake(option, quoted(text), expected))
            continue
        asked.add(request)
        try:
            worlds[name] = reader.load(
                variants=patches, settings=texts, start=start, end=end, as_of=as_of
            )
        except InputError as error:
            mistakes += error.mistakes
    refuse(mistakes)
    if not worlds:
        hint = f"variants: {listed(base.variants) or 'none'}"
        options = "--variant, --without, --set, --shift"
        raise InputError(Mistake(options, "no alternative", "at least one", hint))
    return base, worlds


def _plain_request(option: str, text: str) -> str:
    """A setting or shift in one notation: `a = 1.0` is `a=1`, and `r=+07d` is `r=+7d`."""
    if option == "--shift" and (match := _SHIFT.fullmatch(text.strip())):
        return f"{match['id']}={match['sign']}{int(match['n'])}d"
    pair = arguments.name_value(text) if option == "--set" else None
    if pair is None:
        return text
    number = as_number(pair[1])
    return f"{pair[0]}={pair[1] if number is None else number}"


def is_name(text: str) -> bool:
    """Whether a string is a valid name of an alternative and its folder."""
    size = len(text.encode("utf-8", "replace"))
    is_safe = re.fullmatch(r"[\w+-][\w.+ -]*", text) is not None and not text.endswith((".", " "))
    return is_safe and size <= _MOST_BYTES and text.casefold() not in _TAKEN


def _name(text: str) -> str:
    """A setting as a folder name in any script; with part of a hash if characters are dropped."""
    plain = text.replace("=", "-")
    name = re.sub(r"[^\w.+-]+", "-", plain).strip("-.")
    short = name.encode()[:_MOST_BYTES_OF_TEXT].decode(errors="ignore")
    return short if short == plain else _with_digest(short, text)


def _free(text: str, taken: Iterable[str]) -> str:
    """A folder name that is unique on systems that ignore case."""
    name = text if is_name(text) and "=" not in text else _name(text)
    folded = {*_TAKEN, *map(str.casefold, taken)}
    return _with_digest(name, text) if name.casefold() in folded else name


def _with_digest(name: str, text: str) -> str:
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:6]}".lstrip("-")


def _of_variant(variant: str | PathLike[str] | Patch) -> str:
    """The name of a variant given by name, file or patch."""
    if isinstance(variant, Patch):
        return variant.name
    variant = fspath(variant)
    name = Path(variant).stem if str(variant).endswith(".toml") else str(variant)
    return name if is_name(name) or name.casefold() in _TAKEN else _name(name)


def _table_of(base: Scenario, name: str, flag: str, mistakes: list[Mistake]) -> str | None:
    # A rule and a pressure may have the same id: the rule is meant.
    tables = {id_: table for table in reversed(_MOVED) for id_ in base.tables[table]["id"]}
    if name not in tables:
        hint = nearest(name, tables)
        mistakes.append(Mistake(flag, quoted(name), "the id of a rule or pressure", hint))
    return tables.get(name)


def _without(base: Scenario, name: str, mistakes: list[Mistake]) -> Patch | None:
    table = _table_of(base, name, "--without", mistakes)
    if table is None:
        return None
    return Patch(f"without {name}", f"Without {name}", remove={table: (name,)}, file="--set")


def _shifted(whole: Scenario, known: Scenario, text: str, mistakes: list[Mistake]) -> Patch | None:
    """A patch that moves every date of a row by whole local days.

    ``whole`` has all rows, ``known`` those known on the as-of day: a row that was known then is
    moved without an end announced later.
    """
    match = _SHIFT.fullmatch(text.strip())
    if match is None or not int(match["n"]):
        mistakes.append(Mistake("--shift", quoted(text), "ID=+7d or ID=-7d, by at most 9999 days"))
        return None
    table = _table_of(whole, match["id"], "--shift", mistakes)
    if table is None:
        return None
    by = timedelta(days=int(match["sign"] + match["n"]))
    row, now = (_row(scenario, table, match["id"]) for scenario in (whole, known))
    assert row is not None
    now = row if now is None else now
    moved = {
        f"{table}.{match['id']}.{column}": ""
        if now[column] is None
        else value_text(_later(value, by, whole.zone), whole.zone)
        for column, value in row.items()
        if isinstance(value, date)
    }
    if not moved:
        found = f"{quoted(match['id'])}, which has no date"
        mistakes.append(Mistake("--shift", found, "a rule or pressure with a date"))
        return None
    when = "later" if by.days > 0 else "earlier"
    title = f"{match['id']} {counted(abs(by.days), 'day')} {when}"
    return Patch(_name(text), title, set=moved, file="--set")


def _row(scenario: Scenario, table: str, name: str) -> dict[str, Any] | None:
    """A row by its id; None if the scenario does not have it."""
    frame = scenario.tables[table]
    ids = frame["id"].to_list()
    return frame.row(ids.index(name), named=True) if name in ids else None


def _later(value: date, by: timedelta, zone: str) -> date:
    if not isinstance(value, datetime):
        return value + by
    local = value.astimezone(find_zone(zone))
    return (local.replace(tzinfo=None) + by).replace(tzinfo=local.tzinfo)
