"""Import and export of tables with HXL hashtags (https://hxlstandard.org), with P-codes as ids.

In: a table of areas with `#adm1+code` (or a finer level), `#adm1+name`, `#population` and
perhaps `#geo+lat`, `#geo+lon` becomes rows of `places.csv` of kind origin; the P-code is the id.

A table of counts becomes rows of `observations.csv`. It has a column with the codes of places
(`#country+code`, `#adm1+code`, `#loc+code` ...), one with days (`#date`, or `#date+start` and
`#date+end`) and one with numbers (`#affected`, `#reached`, `#inneed`, `#population`, with
attributes such as `+refugees`). Hashtags do not say what exactly is counted: the user states the
measure and its use.

Out: daily quantiles of a measure, with hashtags, and the ids of places as codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from emigre import schema
from emigre.adapters.append import append_rows
from emigre.adapters.counts import TOTAL_NAME, plan_counts
from emigre.adapters.foreign import ForeignTable, read_foreign
from emigre.adapters.import_options import ImportOptions, ImportPlan
from emigre.adapters.layouts import TableLayout
from emigre.adapters.table_columns import other_units
from emigre.engine.index import layout_of
from emigre.errors import InputError, Mistake, refuse
from emigre.results import csv_files, notice
from emigre.results.complements import DAILY, hide_daily
from emigre.results.disclosure import is_small, small_count_of
from emigre.results.folder import Results
from emigre.results.output_dir import refuse_taken_file, write_whole
from emigre.scenario.cells import Notation, number_text
from emigre.scenario.checks.places import A_WAY_OUT
from emigre.scenario.loader import load_resolved, read_draft
from emigre.scenario.parsers import CellError, nearest, parse_id, parser, quoted
from emigre.scenario.rows import csv_text

LEVELS = ("#adm4", "#adm3", "#adm2", "#adm1")
"""Administrative levels, finest first; the finest with codes is used."""
_TOTAL = ("total", "all", "num", "t")
"""Attributes of a population that is not broken down."""
HEADER = {
    "date": "#date",
    "measure": "#indicator+code",
    "place": "#loc+code",
    "name": "#loc+name",
    "low": "#indicator+value+q05",
    "median": "#indicator+value+median",
    "high": "#indicator+value+q95",
}
"""Columns that are written, with their hashtags."""
CODES = ("#loc+code", "#adm4+code", "#adm3+code", "#adm2+code", "#adm1+code", "#country+code")
"""Columns that name a place, finest first; without codes, those with ``+name``, or with neither.

Columns with the attribute ``+origin`` hold origins of people and are not used.
"""
NUMBERS = ("#affected", "#reached", "#inneed", "#population", "#indicator+value", "#value")
"""Columns of persons; used if a table has only one and none is named."""
PARTS = ("f", "m", "i", "infants", "children", "adolescents", "adults", "elderly")
"""Attributes of a column that counts some of the people by sex or age (also ``age5_11``)."""
PERIODS = ("week", "month", "quarter", "year")
"""Attributes of dates that are periods of the calendar, shortest first."""
ISSUED = ("published", "released", "updated")
"""Attributes of dates on which a number was published."""
WHEN = ("start", "end", *PERIODS, *ISSUED)
"""Attributes of dates with a role of their own."""


def add_origins(table: str | Path, scenario: str | Path, *, country: str, source: str) -> int:
    """Add an origin to `places.csv` of a scenario folder for each row of a tagged table.

    ``country`` is the code of the state in which they lie, ``source`` an id of `sources.csv`.
    Returns the number of origins added. Raises InputError with every mistake, in which case nothing
    is written.
    """
    folder = Path(scenario)
    if not (folder / "places.csv").is_file():
        raise InputError(Mistake(str(folder), "no such file", "a scenario folder with places.csv"))
    draft = read_draft(folder)
    mistakes: list[Mistake] = []
    try:
        parse_id(country)
    except CellError as error:
        mistakes.append(Mistake("--country", quoted(country), error.expected))
    sources = draft.sheets["sources"].cells["id"]
    if source not in sources:
        hint = nearest(source, sources)
        mistakes.append(Mistake("--source", quoted(source), "an id of sources.csv", hint))
    taken = set(draft.sheets["places"].cells["id"])
    common = {"kind": "origin", "country": country, "basis": "official", "source": source}
    added = [common | origin for origin in _origins(Path(table), taken, mistakes)]
    refuse(mistakes)
    append_rows(folder, "places", added, pending=(A_WAY_OUT,))  # routes.csv comes later
    return len(added)


def _origins(path: Path, ids: set[str], mistakes: list[Mistake]) -> list[dict[str, str]]:
    """Id, name, population and position of every row; their ids are added to the ``ids`` in use."""
    origins: list[dict[str, str]] = []
    table = read_tagged(path)
    names = [_name(tag) for tag in table.names]
    _require_areas(path, names)
    people = table.published.get(table.names[names.index("#population")], "")
    if what := sorted(other_units(people)):
        expected = f"numbers of persons, not {' or '.join(what)}"
        raise InputError(Mistake(path.name, quoted(people), expected))
    columns = schema.columns("places")
    rows = [(line, dict(zip(names, cells.values(), strict=True))) for line, cells in table.rows()]
    # One level for all rows: a row without its code is the total of an area, or lacks a code.
    coded = (tag for tag in LEVELS if any(row.get(f"{tag}+code") for _, row in rows))
    level = next(coded, next(tag for tag in LEVELS if f"{tag}+code" in names))
    for line, row in rows:
        code = row[f"{level}+code"]
        place = {"id": code, "name": row.get(f"{level}+name") or code}
        tags = {"population": "#population", "lat": "#geo+lat", "lon": "#geo+lon"}
        place |= {column: row.get(tag, "") for column, tag in tags.items()}
        for column, tag in {"id": f"{level}+code", **tags}.items():
            text = place[column]
            try:
                place[column] = _cell(columns[column], text)
            except CellError as error:
                found = quoted(text) if text else "an empty cell"
                hint = error.hint
                if column == "id" and not text:
                    hint = "delete the row if it is a total"
                wrong = Mistake(path.name, found, error.expected, hint, line=line, column=tag)
                mistakes.append(wrong)
        if code in ids:
            expected, tag = "a P-code that no other origin uses", f"{level}+code"
            mistakes.append(Mistake(path.name, quoted(code), expected, line=line, column=tag))
        ids.add(code)
        origins.append(place)
    _refuse_totals(path.name, f"{level}+code", origins, [line for line, _ in rows], mistakes)
    return origins


def _refuse_totals(
    file: str,
    column: str,
    origins: list[dict[str, str]],
    lines: Iterable[int],
    mistakes: list[Mistake],
) -> None:
    """Report rows that are totals of others, by their name, or by the code and sum of parts."""
    if mistakes:
        return
    for line, origin in zip(lines, origins, strict=True):
        code = origin["id"]
        parts = [o for o in origins if o is not origin and o["id"].startswith(code)]
        people = sum(int(part["population"]) for part in parts)
        is_sum = len(parts) > 1 and people == int(origin["population"])
        if is_sum or any(TOTAL_NAME.fullmatch(origin[name]) for name in ("id", "name")):
            found = f"{quoted(code)}, a total of other rows"
            hint = "delete the row: its people would count twice"
            mistakes.append(Mistake(file, found, "an area", hint, line=line, column=column))


def _cell(column: schema.Column, text: str) -> str:
    """The canonical text of a P-code or a number; CellError if it is invalid."""
    if column.kind == "id":
        return parse_id(text)
    if text or column.name == "population":
        text = number_text(text, Notation(), whole=column.kind == "integer")
        parser(column, "UTC")(text)
    return text


def read_tagged(path: Path) -> ForeignTable:
    """Read a table with hashtags as names of columns; InputError if it has none."""
    table = read_foreign(path)
    if not table.tags:
        raise InputError(Mistake(path.name, "no hashtags", "a table with a row of HXL hashtags"))
    return table.by_tags()


def _require_areas(path: Path, names: list[str]) -> None:
    if names.count("#population") != 1 or not any(f"{t}+code" in names for t in LEVELS):
        expected = "columns #adm1+code (or #adm2 ...) and one column #population of all people"
        raise InputError(Mistake(path.name, ", ".join(names), expected))
    used = [f"{tag}+{part}" for tag in LEVELS for part in ("code", "name")]
    used += ["#geo+lat", "#geo+lon"]
    refuse(
        Mistake(path.name, f"{names.count(tag)} columns {tag}", "one column", "remove the others")
        for tag in used
        if names.count(tag) > 1
    )


def _name(column: str) -> str:
    """A hashtag with only the attributes that matter; parts of a population keep all of theirs."""
    tag, *attributes = column.split("+")
    kept: list[str] = [a for a in ("code", "name", "lat", "lon") if a in attributes]
    kept += ["code"] if "pcode" in attributes and "code" not in kept else []
    if tag == "#population":
        kept = sorted(a for a in attributes if a not in _TOTAL and not a.startswith("v_"))
    return tag + "".join(f"+{a}" for a in kept)


def export_run(run: str | Path, out: str | Path, *, measure: str, force: bool = False) -> Path:
    """Write the daily median and 90 % interval of a measure at every place, with HXL hashtags.

    Persons below the scenario's ``small_count`` are withheld: their cells are empty. InputError if
    there is no such measure, ResultsError if the file already exists.
    """
    known = schema.measures()
    if measure not in known:
        hint = nearest(measure, known)
        raise InputError(Mistake("--measure", quoted(measure), "the name of a measure", hint))
    results, target = Results.read(run), Path(out)
    refuse_taken_file(target, force=force, ending=".csv")
    rows = results.summary.filter(pl.col("measure").cast(pl.String) == measure)
    small = small_count_of(measure, results.info.small_count)
    parts_of = layout_of(load_resolved(results.folder / "scenario")).rows_of
    rows = hide_daily(rows, results.info.small_count, results.info.runs, parts_of)
    write_whole(target, _text(rows, results.info.places, small))
    notice.write_beside(target, results.info)
    return target


def _text(rows: pl.DataFrame, names: Mapping[str, str], small_count: int) -> str:
    lines: list[Iterable[object]] = [HEADER, HEADER.values()]
    for row in rows.sort("place", "date").iter_rows(named=True):
        place = str(row["place"])
        values = [row[q] for q in DAILY]
        shown = ["" if v is None or is_small(v, small_count) else f"{v:.10g}" for v in values]
        name = csv_files.safe(names.get(place, place))
        lines.append([row["date"], row["measure"], place, name, *shown])
    return csv_text(lines)


def plan_tagged(
    table: str | Path, scenario: str | Path, options: ImportOptions, value: str | None = None
) -> ImportPlan:
    """Plan an observation for each row of a tagged table; InputError with every mistake.

    ``value`` is the hashtag of the numbers (``#affected+refugees``) if several columns could be
    meant; ``options.where`` chooses rows by hashtag (``#country+code+origin``). A table without end
    dates counts single days; the last day of `#date+end` is counted. A figure was published on
    `#date+published`, or else on the day of its source; on the last day that it counts if that is
    later.
    """
    read = read_tagged(Path(table))
    columns = (_number_column(read.file, read.names, value),)
    tags = tuple(code.replace("+code", kind) for kind in ("+code", "+name", "") for code in CODES)
    places = [name for tag in tags for name in read.names if _is_place(name, tag)]
    layout = TableLayout(
        place=tuple(places),
        value=(columns,),
        first_day=_dates(read.names, "#date+start") or _single_day(read.file, read.names),
        last_day=_dates(read.names, "#date+end"),
        year=tuple(name for part in PERIODS for name in _dates(read.names, f"#date+{part}")),
        published=tuple(name for part in ISSUED for name in _dates(read.names, f"#date+{part}")),
        origin=tuple(n for n in read.names if _matches(n, "#country+code+origin")),
    )
    where = {_column(read.names, tag): text for tag, text in options.where.items()}
    return plan_counts(read, scenario, layout, replace(options, where=where))


def _is_place(name: str, code: str) -> bool:
    return _matches(name, code) and "origin" not in name.split("+")


def _dates(names: tuple[str, ...], tag: str) -> tuple[str, ...]:
    return tuple(name for name in names if _matches(name, tag))[:1]


def _single_day(file: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The column of dates without a role; InputError if there are several, or no days at all."""
    columns = [n for n in names if _matches(n, "#date") and not set(n.split("+")) & set(WHEN)]
    columns = [name for name in columns if name == "#date"] or columns
    expected = "one column #date, of the day that was counted"
    if len(columns) > 1:
        raise InputError(Mistake(file, " and ".join(columns), expected, "remove the others"))
    if not any(_dates(names, f"#date+{part}") for part in ("end", *PERIODS)) and not columns:
        raise InputError(Mistake(file, ", ".join(names), expected))
    return tuple(columns) or _dates(names, "#date+end")


def _column(names: tuple[str, ...], tag: str) -> str:
    """The first column with a tag and its attributes, but not ``+origin`` unless requested."""
    is_asked = "origin" in tag.split("+")
    columns = (n for n in names if _matches(n, tag) and (is_asked or "origin" not in n.split("+")))
    return next(columns, tag)


def _number_column(file: str, names: tuple[str, ...], asked: str | None) -> str:
    """The column of numbers: the one with the requested tag and attributes."""
    tags = (asked,) if asked else NUMBERS
    columns = [name for name in names if any(_matches(name, tag) for tag in tags)]
    exact = [name for name in columns if asked and set(name.split("+")) == set(asked.split("+"))]
    columns = exact or columns
    if len(columns) != 1:
        expected = f"one column {' or '.join(tags)}"
        hint = "--value '#affected+refugees' names one" if columns else ""
        raise InputError(Mistake(file, " and ".join(columns) or ", ".join(names), expected, hint))
    part = next((a for a in columns[0].split("+") if a in PARTS or a.startswith("age")), "")
    if part and not asked:
        expected = "a column of all people"
        hint = f"--value '{columns[0]}' takes those of +{part} alone"
        raise InputError(Mistake(file, columns[0], expected, hint))
    return columns[0]


def _matches(column: str, tag: str) -> bool:
    has, asked = column.split("+"), tag.split("+")
    return has[0] == asked[0] and set(asked[1:]) <= set(has[1:])
