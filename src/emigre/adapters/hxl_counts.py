"""Convert published counts with HXL hashtags to rows of `observations.csv`.

A table has a column with the codes of places (`#country+code`, `#adm1+code`, `#loc+code` ...), one
with days (`#date`, or `#date+start` and `#date+end`) and one with numbers (`#affected`, `#reached`,
`#inneed`, `#population`, with attributes such as `+refugees`). A hashtag does not say what the
numbers count: the measure and its use are given.
"""

from dataclasses import replace
from pathlib import Path

from emigre import schema
from emigre.adapters.counts import plan_counts
from emigre.adapters.hxl import read_tagged
from emigre.adapters.import_options import ImportOptions, Plan
from emigre.adapters.layouts import TableLayout
from emigre.errors import InputError, Mistake
from emigre.scenario.parsers import quoted

CODES = ("#loc+code", "#adm4+code", "#adm3+code", "#adm2+code", "#adm1+code", "#country+code")
"""Columns that name a place, finest first; without codes, those with ``+name``, or with neither.

Columns with the attribute ``+origin`` hold origins of people and are not used.
"""
NUMBERS = ("#affected", "#reached", "#inneed", "#population", "#indicator+value", "#value")
"""Columns of persons; used if a table has only one and none is named."""
PARTS = ("f", "m", "i", "infants", "children", "adolescents", "adults", "elderly")
"""Attributes of a column that counts some of the people by sex or age (also ``age5_11``)."""
OTHER_UNITS = {
    **dict.fromkeys(("hh", "hhs", "household", "households", "families"), "households"),
    **dict.fromkeys(("pct", "percent", "percentage", "rate", "ratio", "avg"), "a proportion"),
    **dict.fromkeys(("change", "diff", "delta", "net"), "a change"),
    **dict.fromkeys(("cumulative", "cumul", "cum"), "a running total"),
}
"""Attributes of a column that does not count the persons of its days, with what it holds."""
WHEN = ("start", "end", "year")
"""Attributes of dates with a role of their own."""


def plan_tagged(
    table: str | Path, scenario: str | Path, options: ImportOptions, value: str | None = None
) -> Plan:
    """Plan an observation for each row of a tagged table; InputError with every mistake.

    ``value`` is the hashtag of the numbers (``#affected+refugees``) if several columns could be
    meant; ``options.where`` chooses rows by hashtag (``#country+code+origin``). A table without end
    dates counts single days; the last day of `#date+end` is counted. A figure was published on the
    day of its source, or on the last day that it counts if that is later.
    """
    read = read_tagged(Path(table))
    columns = (_number_column(read.file, read.names, value),)
    _refuse_other_units(read.file, columns[0], options)
    tags = tuple(code.replace("+code", kind) for kind in ("+code", "+name", "") for code in CODES)
    places = [name for tag in tags for name in read.names if _is_place(name, tag)]
    layout = TableLayout(
        place=tuple(places),
        value=(columns,),
        first_day=_dates(read.names, "#date+start") or _single_day(read.file, read.names),
        last_day=_dates(read.names, "#date+end"),
        year=_dates(read.names, "#date+year"),
        origin=tuple(n for n in read.names if _means(n, "#country+code+origin")),
    )
    where = {_column(read.names, tag): text for tag, text in options.where.items()}
    return plan_counts(read, scenario, layout, replace(options, where=where))


def _is_place(name: str, code: str) -> bool:
    return _means(name, code) and "origin" not in name.split("+")


def _dates(names: tuple[str, ...], tag: str) -> tuple[str, ...]:
    return tuple(name for name in names if _means(name, tag))[:1]


def _single_day(file: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The column of dates without a role; InputError if there are several."""
    columns = [n for n in names if _means(n, "#date") and not set(n.split("+")) & set(WHEN)]
    columns = [name for name in columns if name == "#date"] or columns
    if len(columns) > 1:
        expected = "one column #date, of the day that was counted"
        raise InputError(Mistake(file, " and ".join(columns), expected, "remove the others"))
    return tuple(columns) or _dates(names, "#date+end")


def _column(names: tuple[str, ...], tag: str) -> str:
    """The first column with a tag and its attributes, ``+origin`` only if asked for."""
    is_asked = "origin" in tag.split("+")
    columns = (n for n in names if _means(n, tag) and (is_asked or "origin" not in n.split("+")))
    return next(columns, tag)


def _number_column(file: str, names: tuple[str, ...], asked: str | None) -> str:
    """The column of numbers: the one with the requested tag and attributes."""
    tags = (asked,) if asked else NUMBERS
    columns = [name for name in names if any(_means(name, tag) for tag in tags)]
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


def _refuse_other_units(file: str, column: str, options: ImportOptions) -> None:
    """InputError if a column holds something else than the persons of its days."""
    measure = schema.measures().get(options.measure)
    what = {OTHER_UNITS[a] for a in column.split("+")[1:] if a in OTHER_UNITS}
    what -= {"a running total"} if options.since else set()
    if measure is None or not measure.is_count or not what:
        return
    hint = "emigre import table --since reads running totals" if "a running total" in what else ""
    expected = f"numbers of persons, not {' or '.join(sorted(what))}"
    raise InputError(Mistake(file, quoted(column), expected, hint))


def _means(column: str, tag: str) -> bool:
    has, asked = column.split("+"), tag.split("+")
    return has[0] == asked[0] and set(asked[1:]) <= set(has[1:])
