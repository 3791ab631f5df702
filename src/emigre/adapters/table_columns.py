"""Assign roles to the columns of a published table, and convert wide tables to long ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from emigre import schema
from emigre.adapters.foreign import ForeignTable, unused_names
from emigre.adapters.import_options import DATE_ORDERS, ImportOptions
from emigre.adapters.layouts import Columns, TableLayout
from emigre.adapters.published_cells import period_of
from emigre.calendar import parse_date
from emigre.errors import Mistake, refuse
from emigre.results.window import is_flow
from emigre.scenario.cells import Notation, date_text
from emigre.scenario.parsers import listed, quoted

_WORD = re.compile(r"%|000s?\b|[^\W\d_a-z]*[^\W\d_A-Z]+|[A-Z]+")
"""A word of the name of a column, also of one like ``numPresentIdpHH``."""
PERSONS = frozenset(("persons", "person", "people", "individuals", "individual", "members", "ind"))
_HOUSEHOLDS = ("hh", "hhs", "household", "households", "family", "families", "ménages", "hogares")
_PROPORTION = ("%", "pct", "percent", "percentage", "proportion", "share", "rate", "ratio")
_CHANGE = ("change", "diff", "difference", "delta", "net")
_TOTAL = ("cumulative", "cumulated", "cumul", "cum")
_AVERAGE = ("average", "mean", "median", "moyenne", "mittelwert", "среднее", "avg")
_THOUSANDS = (
    *("000", "000s", "thousand", "thousands", "million", "millions", "mln", "mio"),
    *("milliers", "tausend", "tsd", "tys", "тыс", "тысяч", "млн"),
)
_PERIODS = frozenset({
    *("week", "weeks", "weekly", "wk", "month", "months", "monthly", "quarter", "quarterly"),
    *("year", "yearly", "annual", "fortnight", "semaine", "mois", "woche", "monat", "semana"),
    *("mes", "неделя", "месяц"),
})  # fmt: skip
OTHER_UNITS = {
    **dict.fromkeys(_HOUSEHOLDS, "households"),
    **dict.fromkeys(_PROPORTION, "a proportion"),
    **dict.fromkeys(_AVERAGE, "an average"),
    **dict.fromkeys(_CHANGE, "a change"),
    **dict.fromkeys(_TOTAL, "a running total"),
    **dict.fromkeys(_THOUSANDS, "thousands or millions"),
}
"""Words in names of columns that contain something other than numbers of persons, and what."""


def names_period(column: str) -> bool:
    """Whether the name of a column mentions weeks, months or years.

    >>> names_period("Week ending"), names_period("Day")
    (True, False)
    """
    return not _PERIODS.isdisjoint(_words(column))


def _words(column: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(column)}


def to_long_format(
    table: ForeignTable, layout: TableLayout, options: ImportOptions
) -> tuple[ForeignTable, TableLayout]:
    """Convert columns named after places, days or years to rows; other tables are unchanged."""
    if layout.value:
        return table, layout
    given = {name.casefold() for name in options.places}
    columns = [name for name in table.names if name.casefold() in given]
    if columns:
        table = table.unpivoted(columns, "place")
        return table, replace(layout, place=("place",), value=(("value",),))
    years = [name for name in table.names if period_of(name)]
    days = [name for name in table.names if name not in years and _may_be_day(name)]
    if layout.last_day or layout.year or bool(years) == bool(days):
        return table, layout
    role = "last_day" if days else "year"
    changes: dict[str, Any] = {role: ("date",), "value": (("value",),)}
    return table.unpivoted(days or years, "date"), replace(layout, **changes)


def _may_be_day(name: str) -> bool:
    """Whether the name of a column is a date in some order."""
    for order in DATE_ORDERS.values():
        with suppress(ValueError):
            parse_date(date_text(name, Notation(order=order)))
            return True
    return False


def check_columns(
    table: ForeignTable, layout: TableLayout, roles: ColumnRoles, options: ImportOptions
) -> None:
    """Refuse options that name missing columns, and columns that do not contain the measure."""
    mistakes = [
        table.missing_column("--sum-over", column)
        for column in options.sum_over
        if column != "*" and table.column(column) is None
    ]
    if options.origin and not roles.origin:
        expected = "a table with a column of origins"
        hint = "--column 'origin=NAME' names it"
        mistakes.append(Mistake("--origin", quoted(options.origin), expected, hint))
    if options.split and not roles.parts:
        expected = "a table with a column of a breakdown, such as sex or age"
        mistakes.append(Mistake("--split", "no such column", expected))
    if layout.is_stock and is_flow(options.measure) and "value" not in layout.named:
        expected = f"a stock, such as {layout.measure}"
        hint = "the table counts people present, not those who came"
        mistakes.append(Mistake("--measure", quoted(options.measure), expected, hint))
    mistakes += _merged_headers(table, roles.value)
    mistakes += _other_units(table, roles.value, options)
    if not options.skip_unknown:
        mistakes += unused_names(options.places, table, roles.place)
    refuse(mistakes)


def _merged_headers(table: ForeignTable, values: Columns) -> list[Mistake]:
    """Mistakes of columns of numbers whose merged header covers further columns."""
    mistakes = []
    for name in values:
        at = table.names.index(name) + 1
        following = enumerate(table.names[at:], at + 1)
        unnamed = [other for _, other in takewhile(lambda n: n[1] == f"column {n[0]}", following)]
        covered = [o for o in unnamed if any(row[o][:1].isdigit() for _, row in table.rows())]
        if covered and not set(covered) & set(values):
            hint = f"--column 'value={'+'.join((name, *covered))}' adds them up"
            found = "a header over several columns of numbers"
            mistakes.append(Mistake(table.file, found, "one column", hint, column=name))
    return mistakes


def _other_units(
    table: ForeignTable, columns: Columns, options: ImportOptions
) -> Iterator[Mistake]:
    """Mistakes of columns that contain something other than numbers of persons."""
    for column in columns if schema.measures()[options.measure].is_count else ():
        name = table.published.get(column, "")
        what = other_units(f"{name} {column}") - ({"a running total"} if options.since else set())
        if what:
            hint = "rename the column if it does count persons"
            if "a running total" in what:
                hint = "emigre import table --since DAY reads running totals"
            expected = f"numbers of persons, not {' or '.join(sorted(what))}"
            yield Mistake(table.file, quoted(name or column), expected, hint)


def other_units(name: str) -> set[str]:
    """What a column of this name contains instead of persons; empty if it may contain these.

    >>> other_units("Arrivals (thousands)"), other_units("Arrivals")
    ({'thousands or millions'}, set())
    """
    words = _words(name)
    what = {OTHER_UNITS[word] for word in words if word in OTHER_UNITS}
    return what - {"households"} if words & PERSONS else what


def _check_roles(table: ForeignTable, layout: TableLayout, value: Columns, day: str | None) -> None:
    """Raise InputError unless there is a column of numbers and one of days."""
    mistakes = []
    for role, chosen, columns in (
        ("value", value, [" + ".join(v) for v in layout.value]),
        ("last_day", day, (*layout.last_day, *layout.year)),
    ):
        if not chosen:
            expected = f"a column {' or '.join(columns[:4])}" if columns else "its name"
            hint = f"--column '{role}=NAME' names it; columns: {listed(table.names, 20)}"
            mistakes.append(Mistake(table.file, f"no column for {role}", expected, hint))
    refuse(mistakes)


def _check_unique(table: ForeignTable, columns: Iterable[str]) -> None:
    """Raise InputError for columns in use whose name occurs twice in the header."""
    mistakes = []
    for name in dict.fromkeys(columns):
        again = [n for i, n in enumerate(table.names, 1) if n == f"{name} ({i})"]
        if again:
            hint = f"rename one of them, or take {listed([quoted(n) for n in again])}"
            found = "two columns of this name"
            mistakes.append(Mistake(table.file, found, "one column", hint, column=name))
    refuse(mistakes)


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Columns of a table by role; None if it has none."""

    place: Columns
    value: Columns
    first_day: str | None
    last_day: str | None
    year: str | None
    published: str | None
    origin: Columns
    parts: Columns

    @classmethod
    def of(cls, table: ForeignTable, layout: TableLayout) -> ColumnRoles:
        """Match columns to the roles of a layout.

        Raises InputError if the table has no column of values or days, or lacks one that was named.
        """

        def present(columns: Columns) -> Columns:
            return tuple(filter(None, map(table.column, columns)))

        def first_of(columns: Columns) -> str | None:
            return next(iter(present(columns)), None)

        refuse(
            table.missing_column("--column", name, f"{role}={name}")
            for role, columns in layout.named.items()
            for name in columns
            if table.column(name) is None
        )
        value = next((present(v) for v in layout.value if len(present(v)) == len(v)), ())
        first, last, year = (first_of(c) for c in (layout.first_day, layout.last_day, layout.year))
        year = None if first or last else year
        _check_roles(table, layout, value, first or last or year)
        taken = (*present(layout.place), *value, first, last, year, first_of(layout.published))
        _check_unique(table, filter(None, (*taken, *present(layout.origin))))
        return cls(
            place=present(layout.place),
            value=value,
            first_day=first,
            last_day=last,
            year=year,
            published=first_of(layout.published),
            origin=present(layout.origin),
            parts=present(layout.parts),
        )
