"""HXL: published counts with hashtags become rows of `observations.csv`.

A table has a column with the codes of places (`#country+code`, `#adm1+code`, `#loc+code` ...), one
with days (`#date`, or `#date+start` and `#date+end`) and one with numbers (`#affected`, `#reached`,
`#inneed`, `#population`, with attributes such as `+refugees`). What the numbers count is not told
by a hashtag: the measure is given, and so is what they may be used for.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from emigre import schema
from emigre.adapters.hxl import tagged
from emigre.calendar import parse_date
from emigre.errors import InputError, Mistake
from emigre.results.output_dir import write_whole
from emigre.scenario.checks import check
from emigre.scenario.consistency import COUNTED_AT
from emigre.scenario.parsers import CellError, nearest, parse_integer, quoted

CODES = ("#loc+code", "#adm4+code", "#adm3+code", "#adm2+code", "#adm1+code", "#country+code")
"""Columns that name a place, the finest first: the first that has a cell is taken.

Columns with the attribute ``+origin`` say where people come from and are passed over.
"""
NUMBERS = ("#affected", "#reached", "#inneed", "#population", "#indicator+value", "#value")
"""Columns of persons; the only one that a table has, unless one is named."""
FILE = "observations.csv"


def add_counts(
    table: str | Path,
    scenario: str | Path,
    *,
    measure: str,
    source: str,
    value: str | None = None,
    where: str | None = None,
    use: str = "context",
) -> int:
    """Add an observation to a scenario folder for each row of a tagged table; returns how many.

    ``measure`` says what was counted, ``value`` the hashtag of the numbers (``#affected+refugees``)
    if several columns could be meant, ``where`` which rows are taken
    (``#country+code+origin=SDN``), ``use`` what the figures are for, ``source`` an id of
    `sources.csv`. A table without an end of the days speaks of single days; the last day of
    `#date+end` is counted. A figure was published on the day of its source, or on the last day
    that it counts if that is later. Raises InputError with every mistake, also where the scenario
    would have one with the new rows; nothing is written then.
    """
    folder = Path(scenario)
    _check_words(measure, use)
    places = _counted_at(folder, measure)
    published = _published(folder, source)
    text = _text(folder / FILE)
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    taken = _ids(folder, FILE, "id")
    common = {"measure": measure, "use": use, "basis": "reported", "source": source}
    rows = _rows(Path(table), measure, value, where, places, taken)
    for row in rows:
        last = parse_date(row["to"]) - timedelta(days=1)
        row["published"] = max(published, str(last))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writerows(common | row for row in rows)
    text = text.rstrip("\n") + "\n" + out.getvalue()
    _refuse_mistakes(folder, text)
    write_whole(folder / FILE, text)
    return len(rows)


def _counted_at(folder: Path, measure: str) -> dict[str, bool]:
    """Ids of places and areas, and whether the measure is counted there."""
    kinds = COUNTED_AT[schema.measures()[measure].place_kind]
    rows = _cells(folder, "places.csv")
    found = {row.get("id") or "": row.get("kind") in kinds for row in rows}
    for row in _cells(folder, "areas.csv") if (folder / "areas.csv").is_file() else ():
        area = row.get("area") or ""
        found[area] = found.get(area, False) or found.get(row.get("place") or "", False)
    return found


def _refuse_mistakes(folder: Path, text: str) -> None:
    """InputError with the mistakes that a new table of observations would bring."""
    with tempfile.TemporaryDirectory() as home:
        copy = Path(shutil.copytree(folder, Path(home) / "scenario"))
        (copy / FILE).write_text(text, encoding="utf-8")
        before = set(check(folder))
        mistakes = [mistake for mistake in check(copy) if mistake not in before]
    if mistakes:
        raise InputError(mistakes)


def _check_words(measure: str, use: str) -> None:
    mistakes = []
    if measure not in schema.measures():
        hint = nearest(measure, schema.measures())
        words = "the name of a measure"
        mistakes.append(Mistake("--measure", None, "", quoted(measure), words, hint))
    uses = schema.columns("observations")["use"].choices
    if use not in uses:
        words = f"one of {', '.join(uses)}"
        mistakes.append(Mistake("--use", None, "", quoted(use), words, nearest(use, uses)))
    if mistakes:
        raise InputError(mistakes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        expected = "a scenario folder with this table in UTF-8"
        raise InputError([Mistake(path.name, None, "", "no readable file", expected)]) from None


def _cells(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(folder / name), newline="")))


def _ids(folder: Path, name: str, column: str) -> set[str]:
    if name == "areas.csv" and not (folder / name).is_file():
        return set()
    return {row.get(column) or "" for row in _cells(folder, name)}


def _published(folder: Path, source: str) -> str:
    known = {
        row.get("id") or "": row.get("published") or "" for row in _cells(folder, "sources.csv")
    }
    if source not in known:
        expected = "the id of a row of sources.csv"
        found = Mistake("--source", None, "", quoted(source), expected, nearest(source, known))
        raise InputError([found])
    return known[source]


def _rows(
    path: Path,
    measure: str,
    value: str | None,
    where: str | None,
    places: dict[str, bool],
    taken: set[str],
) -> list[dict[str, str]]:
    """Id, place, days and value of every row that is taken; InputError with every mistake."""
    tag, _, wanted = (where or "").partition("=")
    mistakes: list[Mistake] = []
    found: list[dict[str, str]] = []
    ids = set(taken)
    column = ""
    for line, row in tagged(path, _keep_all):
        column = column or _number_column(path, row, value)
        row = {name: cell for name, cell in row.items() if name}
        if where and _cell(row, tag) != wanted:
            continue
        new = _row(path.name, line, row, column, places, mistakes)
        if new is None:
            continue
        new["id"] = _id(measure, new)
        if new["id"] in ids:
            said = f"a second count of {measure} at {new['place']} from {new['from']}"
            expected = "one row a place and day"
            hint = "--where '#country+code+origin=CODE' chooses rows" if _origin(row) else ""
            mistakes.append(Mistake(path.name, line, column, said, expected, hint))
        ids.add(new["id"])
        found.append(new)
    if not found and not mistakes:
        said = f"no row with {where}" if where else "no rows"
        mistakes.append(Mistake(path.name, None, "", said, "at least one"))
    if mistakes:
        raise InputError(mistakes)
    return found


def _origin(row: dict[str, str]) -> bool:
    return any("origin" in name.split("+") for name in row)


def _keep_all(column: Any) -> str:
    """Name of a column with all of its attributes in the order of the alphabet."""
    return str(column.tag) + "".join(f"+{a}" for a in sorted(column.attributes))


def _number_column(path: Path, row: dict[str, str], wanted: str | None) -> str:
    """The column of the numbers: the one that has the tag and the attributes asked for."""
    tags = (wanted,) if wanted else NUMBERS
    columns = [name for name in row if any(_means(name, tag) for tag in tags)]
    exact = [name for name in columns if wanted and set(name.split("+")) == set(wanted.split("+"))]
    columns = exact or columns
    if len(columns) != 1:
        found = " and ".join(columns) or ", ".join(row)
        expected = f"one column {' or '.join(tags)}"
        hint = "--value '#affected+refugees' names one" if columns else ""
        raise InputError([Mistake(path.name, None, "", found, expected, hint)])
    return columns[0]


def _means(column: str, tag: str) -> bool:
    has, asked = column.split("+"), tag.split("+")
    return has[0] == asked[0] and set(asked[1:]) <= set(has[1:])


def _cell(row: dict[str, str], tag: str) -> str:
    """The first cell of a column with this tag and these attributes, ``+origin`` only if asked."""
    is_asked = "origin" in tag.split("+")
    return next(
        (
            cell
            for name, cell in row.items()
            if cell and _means(name, tag) and (is_asked or "origin" not in name.split("+"))
        ),
        "",
    )


def _row(
    file: str,
    line: int,
    row: dict[str, str],
    column: str,
    places: dict[str, bool],
    mistakes: list[Mistake],
) -> dict[str, str] | None:
    """The cells of an observation; None, with mistakes, if one does not fit."""
    before = len(mistakes)
    place = next((cell for tag in CODES if (cell := _cell(row, tag))), "")
    if place not in places:
        expected = "the code of a place or an area of the scenario"
        hint = nearest(place, places)
        mistakes.append(Mistake(file, line, "+code", quoted(place), expected, hint))
    elif not places[place]:
        expected = "a place where the measure is counted"
        mistakes.append(Mistake(file, line, "+code", quoted(place), expected))
    one = _cell(row, "#date+start") or _cell(row, "#date")
    two = _cell(row, "#date+end") or one
    days = []
    for name, text in (("#date+start", one), ("#date+end", two)):
        try:
            days.append(parse_date(text))
        except ValueError as error:
            mistakes.append(Mistake(file, line, name, quoted(text), str(error)))
    if len(days) == 2 and days[1] < days[0]:
        expected = f"a day on or after {days[0]}"
        mistakes.append(Mistake(file, line, "#date+end", quoted(two), expected))
    try:
        number = parse_integer(row.get(column, ""), 0, None)
    except CellError as error:
        words = (quoted(row.get(column, "")), error.expected, error.hint)
        mistakes.append(Mistake(file, line, column, *words))
    if len(mistakes) > before:
        return None
    after = days[1] + timedelta(days=1)
    return {"place": place, "from": str(days[0]), "to": str(after), "value": str(number)}


def _id(measure: str, row: dict[str, str]) -> str:
    place = re.sub(r"[^A-Za-z0-9_-]", "-", row["place"])
    return f"{measure}-{place}-{row['from']}"
