"""Convert published counts of other formats to rows of ``observations.csv``.

A :class:`~emigre.adapters.layouts.TableLayout` gives the role of each column. Rows for the same
place and days become one count: the total of a breakdown (by sex and age), or the sum of its parts
if there is no total. If they differ in a column that must not be summed over, that column is
reported. A count that the scenario already has is left out; a revised one replaces it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from emigre import schema
from emigre.adapters.foreign import ForeignTable, read_foreign
from emigre.adapters.import_options import (
    DATE_ORDERS,
    Cells,
    ImportedCount,
    ImportOptions,
    ImportPlan,
    KnownScenario,
    by_folded_name,
    check_options,
    lookup_id,
)
from emigre.adapters.layouts import TOTALS, Columns, TableLayout, one_line
from emigre.adapters.published_cells import (
    NO_NUMBER,
    TWO_DIGITS,
    UNKNOWN,
    day_of,
    local_day,
    period_of,
)
from emigre.adapters.table_columns import ColumnRoles, check_columns, names_period, to_long_format
from emigre.calendar import A_DATE
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted
from emigre.rules.matching import ALL
from emigre.scenario.cells import Notation, date_order, decimal_mark, number_text
from emigre.scenario.checks.common import COUNTED_AT
from emigre.scenario.parsers import (
    YEARS,
    CellError,
    listed,
    nearest,
    parse_integer,
    parse_number,
    quoted,
)

A_WEEK = 7
"""Days between counts at which they are probably totals of the days between them."""
TOTAL_NAME = re.compile(r"((grand|overall|sub)[- ]?)?totals?:?|sum:?|overall:?", re.IGNORECASE)
"""Names of rows that are the sum of the others."""
A_YEAR = 360
"""Length of a period in days at which a stock is taken to be that of its last day.

Year-end statistics are published in this way. The same applies to a stock of a year, quarter, month
or week named in one cell.
"""


def add_counts(
    table: str | Path,
    scenario: str | Path,
    layout: TableLayout,
    options: ImportOptions,
    *,
    sheet: str | None = None,
) -> ImportPlan:
    """Plan the observations that a file adds to a folder; InputError with every mistake."""
    return plan_counts(read_foreign(table, layout.known, sheet=sheet), scenario, layout, options)


def plan_counts(
    table: ForeignTable, scenario: str | Path, layout: TableLayout, options: ImportOptions
) -> ImportPlan:
    """Plan the observations that a table adds to a scenario; InputError with every mistake."""
    folder = Path(scenario)
    known = KnownScenario.of(folder)
    check_options(options, known)
    table, layout = to_long_format(table, layout, options)
    roles = ColumnRoles.of(table, layout)
    check_columns(table, layout, roles, options)
    reader = _Reader(table, roles, layout, options, known, by_folded_name(options.places))
    counts = reader.counts()
    if not counts and not reader.mistakes:
        reader.report_empty()
    refuse(sorted(reader.mistakes, key=lambda mistake: mistake.line or 0))
    return ImportPlan(folder, known.new_rows(counts, options, reader.remarks), reader.remarks)


@dataclass(slots=True)
class _Reader:
    """Turns rows into counts and collects mistakes."""

    table: ForeignTable
    roles: ColumnRoles
    layout: TableLayout
    options: ImportOptions
    known: KnownScenario
    given: Mapping[str, str]
    """Ids of the places that the options name."""
    mistakes: list[Mistake] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notation: Notation = field(default_factory=Notation)
    withheld: set[tuple[int, str]] = field(default_factory=set)
    at_home: int = 0

    def counts(self) -> list[ImportedCount]:
        """Convert the rows to counts, in their order."""
        rows = self._from_origin(self._filtered(self.table.rows()))
        self.notation = self._notation(rows)
        place = self._place_column(rows)
        days = list(filter(None, (self.roles.first_day, self.roles.last_day, self.roles.year)))
        groups: dict[tuple[str, date, date], list[tuple[int, Cells]]] = defaultdict(list)
        unknown: dict[str, int] = {}
        without = totals = 0
        for line, row in rows:
            if all(row[c].casefold() in NO_NUMBER for c in self.roles.value):
                without += 1
                continue
            if (place and self._is_total(row[place])) or any(
                TOTAL_NAME.fullmatch(row[c]) for c in days
            ):
                totals += 1
                continue
            known = len(self.mistakes)
            where = self._place(line, row, place, unknown)
            if where is None and len(self.mistakes) == known:
                continue  # left out
            between = self._days(line, row)
            self._value(line, row)
            if where and between:
                groups[where, *between].append((line, row))
        self._remark_left_out(without, totals, unknown)
        self._remark_days_apart(groups)
        counts = [count for key, group in groups.items() for count in self._combined(key, group)]
        if self.withheld:
            rows_low = counted(len({line for line, _ in self.withheld}), "row")
            words = listed(sorted({word for _, word in self.withheld}))
            what = f"with a part that is withheld or unknown ({words})"
            self.remarks.append(f"Too low: {rows_low} {what}.")
        return counts

    def _remark_left_out(self, without: int, totals: int, unknown: Mapping[str, int]) -> None:
        """Add remarks on rows that were left out, and on hidden rows that were not."""
        names = listed(unknown, 8)
        for number, what in (
            (self.at_home, "of people in their own country"),
            (without, "without a number"),
            (totals, "of totals"),
            (sum(unknown.values()), f"of other places ({names})"),
        ):
            if number:
                self.remarks.append(f"Left out: {counted(number, 'row')} {what}.")
        if self.table.hidden:
            rows_hidden = counted(len(self.table.hidden), "hidden row")
            numbers = listed(map(str, self.table.hidden), 8)
            self.remarks.append(f"Read as well: {rows_hidden} of the sheet ({numbers}).")

    def _remark_days_apart(self, keys: Iterable[tuple[str, date, date]]) -> None:
        """Add a remark if counts of single days may be totals of weeks or months."""
        roles, kind = self.roles, schema.measures()[self.options.measure].kind
        has_both_ends = bool(roles.first_day and roles.last_day)
        if kind != "flow" or self.options.since or has_both_ends or roles.year:
            return
        by_place: dict[str, set[date]] = defaultdict(set)
        for where, first, _ in keys:
            by_place[where].add(first)
        pairs = (pair for days in by_place.values() for pair in pairwise(sorted(days)))
        gaps = [(later - day).days for day, later in pairs]
        columns = filter(None, (*roles.value, roles.first_day, roles.last_day))
        named = next(filter(names_period, columns), None)
        if len(gaps) > 1 and min(gaps) < A_WEEK:
            return
        if len(gaps) > 1:
            why = f", at least {min(gaps)} days apart"
        elif by_place and named:
            why = f", although the table has a column {quoted(named)}"
        else:
            return
        end = "last" if roles.first_day else "first"
        self.remarks.append(
            f"Read as counts of single days{why}. If they are totals of weeks or months, "
            f"--column {end}_day=NAME names their {end} day."
        )

    def report_empty(self) -> None:
        """Report that the table has no counts."""
        filters = {**self.layout.where, **self.options.where}
        chosen = " and ".join(f"{c}={v}" for c, v in filters.items())
        found = f"no row with {chosen}" if self.options.where else "no rows"
        hint = " ".join(self.remarks)
        self.mistakes.append(Mistake(self.table.file, found, "at least one", hint))

    def _filtered(self, rows: list[tuple[int, Cells]]) -> list[tuple[int, Cells]]:
        """Rows that pass the filters of the layout and the options."""
        for column, value in self.layout.where.items():
            if name := self.table.column(column):
                rows = [r for r in rows if r[1][name].casefold() in ("", value.casefold())]
        for column, value in self.options.where.items():
            name = self.table.column(column)
            if name is None:
                raise InputError(self.table.missing_column("--where", column))
            rows = [r for r in rows if r[1][name].casefold() == value.casefold()]
        return rows

    def _from_origin(self, rows: list[tuple[int, Cells]]) -> list[tuple[int, Cells]]:
        """Rows about people from the scenario's country, if the table has a column of origins."""
        filtered = {column.casefold() for column in self.options.where}
        if not self.roles.origin or filtered & {c.casefold() for c in self.roles.origin}:
            return rows
        given = [self.options.origin] if self.options.origin else self.known.origins
        origins = {name.casefold() for name in given}
        kept = [r for r in rows if any(r[1][c].casefold() in origins for c in self.roles.origin)]
        there = sorted({r[1][self.roles.origin[0]] for r in rows})
        if not kept and len(there) == 1 and not self.options.origin:
            self.remarks.append(f"All rows are of people from {there[0]}.")
            return rows
        if rows and not kept:
            names = listed(sorted(origins))
            expected = "rows of people from this origin"
            found = f"people from {listed(there, 8)}, none from {names}"
            column = self.roles.origin[0]
            hint = f"--where '{column}=VALUE' chooses one"
            self.mistakes.append(Mistake(self.table.file, found, expected, hint, column=column))
        elif len(kept) < len(rows):
            left_out = counted(len(rows) - len(kept), "row")
            self.remarks.append(f"Left out: {left_out} of other origins.")
        return kept

    def _notation(self, rows: list[tuple[int, Cells]]) -> Notation:
        values = {row[c] for _, row in rows for c in self.roles.value}
        days = [c for c in (self.roles.first_day, self.roles.last_day, self.roles.published) if c]
        given = DATE_ORDERS.get(self.options.dates or "")
        order = given or date_order({day_of(row[c]) for _, row in rows for c in days})
        groups = "." if self.table.delimiter == ";" else ","
        return Notation(decimal_mark(values), groups, order, self.table.zero)

    def _ids_of(self, name: str) -> list[str]:
        """Ids of places that a code or name may mean, by the options or the scenario."""
        name = one_line(name)
        place = lookup_id(name, self.given)
        return [place] if place else self.known.ids_of(name, self._kinds())

    def _kinds(self) -> tuple[str, ...]:
        """Kinds of places at which the measure is counted."""
        return COUNTED_AT[schema.measures()[self.options.measure].place_kind]

    def _place_column(self, rows: list[tuple[int, Cells]]) -> str | None:
        """The finest column that contains a place of the scenario."""
        for column in self.roles.place:
            if any(self._ids_of(row[column]) for _, row in rows if row[column]):
                return column
        return next(iter(self.roles.place), None)

    def _place(
        self, line: int, row: Cells, column: str | None, unknown: dict[str, int]
    ) -> str | None:
        """The place at which a row is counted; None if left out or (with a mistake) unknown."""
        if self.options.at:
            return self.options.at
        if column is None:
            expected = "a column with codes or names of places"
            hint = "--at ID: all rows were counted there; --column 'place=NAME' names the column"
            if self.table.names[0].startswith("#"):  # by hashtags, which have no such options
                hint = "with a hashtag such as #country+code, #adm1+name or #loc"
            self._report(None, "", "no column for place", expected, hint)
            return None
        ids, kinds = self._ids_of(row[column]), self._kinds()
        place = ids[0] if ids else None
        if place == ALL:
            return place
        if self._is_in_country_of_origin(row) and not (
            place and self.known.kinds[place] & set(kinds)
        ):
            self.at_home += 1
            return None
        if len(ids) > 1:
            found = f"{quoted(row[column])}, the name of {listed(ids, 8)}"
            hint = f"--place '{row[column]}=ID' says which is meant"
            self._report(line, column, found, "the name of one place", hint)
            return None
        if place is None and self.options.skip_unknown:
            unknown[row[column]] = unknown.get(row[column], 0) + 1
        elif place is None:
            expected = "the code or name of a place or an area of the scenario"
            near = nearest(row[column], [*self.known.kinds, *self.known.places])
            hint = near or "--place NAME=ID, or --skip-unknown"
            if not row[column]:
                hint = "of merged cells only the first has the name: write it into each row"
            self._report(line, column, quoted(row[column]), expected, hint)
        elif not self.known.kinds[place] & set(kinds):
            expected = f"a place where {self.options.measure} is counted: {' or '.join(kinds)}"
            self._report(line, column, quoted(row[column]), expected)
            return None
        return place

    def _is_total(self, name: str) -> bool:
        """Whether a name marks a row as a sum of others, and is not the name of a place."""
        return bool(TOTAL_NAME.fullmatch(name)) and not self._ids_of(name)

    def _is_in_country_of_origin(self, row: Cells) -> bool:
        """Whether people are counted in their own country, as in some rows of UNHCR's tables."""
        homes = {row[c].casefold() for c in self.roles.origin} - {""}
        return any(row[c].casefold() in homes for c in self.roles.place)

    def _days(self, line: int, row: Cells) -> tuple[date, date] | None:
        """Half-open days of a row."""
        if self.roles.year:
            text = row[self.roles.year].removesuffix(".0")
            days = period_of(text)
            if days is None:
                expected = "a year, or a quarter, a month or a week: 2030-Q1, 2030-03, 2030-W09"
                hint = f"--column 'last_day={self.roles.year}' reads days"
                hint = hint if self._is_day(text) else ""
                self._report(line, self.roles.year, quoted(text), expected, hint)
        else:
            last = self._day(line, row, self.roles.last_day)
            first = self._day(line, row, self.roles.first_day) if self.roles.first_day else last
            last = last or (first if not self.roles.last_day else None)
            days = None if first is None or last is None else (first, last)
            if days and days[1] < days[0]:
                expected = f"a day on or after {first}"
                self._report(line, self.roles.last_day or "", quoted(str(last)), expected)
                return None
        if days is None:
            return None
        first, last = days
        is_stock = schema.measures()[self.options.measure].kind == "stock"
        if is_stock and (self.roles.year or (last - first).days >= A_YEAR):
            first = last
        if self.options.since is not None and str(last) < self.options.since:
            expected = f"a day on or after --since, {self.options.since}"
            column = self.roles.last_day or self.roles.first_day or self.roles.year or ""
            self._report(line, column, quoted(str(last)), expected)
            return None
        return first, last + timedelta(days=1)

    def _day(self, line: int, row: Cells, column: str | None) -> date | None:
        if column is None:
            return None
        text = row[column]
        try:
            day = local_day(text, self.notation, self.known.zone)
        except ValueError:
            hint = "which of the numbers is the day? --dates=day-first or --dates=month-first"
            hint = hint if "/" in text else ""
            if TWO_DIGITS.fullmatch(text):
                hint = "write the year with four digits"
            if period_of(text) and not self.table.names[0].startswith("#"):
                hint = f"--column 'year={column}' reads years, quarters, months and weeks"
            self._report(line, column, quoted(text), A_DATE, hint)
            return None
        if not YEARS[0] <= day.year < YEARS[1]:
            expected = f"{A_DATE} between {YEARS[0]} and {YEARS[1]}"
            self._report(line, column, quoted(text), expected)
            return None
        return day

    def _is_day(self, text: str) -> bool:
        with suppress(ValueError):
            return bool(local_day(text, self.notation, self.known.zone))
        return False

    def _combined(
        self, key: tuple[str, date, date], group: list[tuple[int, Cells]]
    ) -> list[ImportedCount]:
        """The count from the rows of one place and period, and its parts if ``split`` is set."""
        breakdowns: dict[Columns, list[tuple[int, Cells]]] = defaultdict(list)
        for line, row in group:
            breakdowns[self._totals(row)].append((line, row))
        most = max(map(len, breakdowns))
        sums = [
            (sum(self._value(line, row) or 0 for line, row in rows), rows)
            for totals, rows in breakdowns.items()
            if len(totals) == most
        ]
        # Breakdowns by sex and by age count the same people: the more complete one is used.
        total, chosen = max(sums, key=lambda pair: pair[0])
        published = self._published(chosen)
        self._check_summable(key, chosen)
        counts = [ImportedCount(*key, total, published)]
        if self.options.split and self.roles.parts:
            least = min(map(len, breakdowns))
            for line, row in group:
                if len(self._totals(row)) == least < len(self.roles.parts):
                    note = ", ".join(f"{c}: {row[c]}" for c in self.roles.parts)
                    counts.append(ImportedCount(*key, self._value(line, row) or 0, published, note))
        return counts

    def _published(self, rows: list[tuple[int, Cells]]) -> date | None:
        days = [self._day(line, row, self.roles.published) for line, row in rows]
        return max((day for day in days if day), default=None)

    def _totals(self, row: Cells) -> Columns:
        """Columns of a breakdown in which a row has the total."""
        return tuple(c for c in self.roles.parts if row[c].casefold() in TOTALS)

    def _check_summable(self, key: tuple[str, date, date], rows: list[tuple[int, Cells]]) -> None:
        """Report rows to be summed if they differ in a column that must not be summed over."""
        if len(rows) == 1:
            return
        summed = {c.casefold() for c in (*self.layout.sum_over, *self.options.sum_over)}
        self._check_no_total(key, rows)
        used = {*self.roles.value, *self.roles.parts}
        differing = [
            name
            for name in self.table.names
            if name not in used and len({row[name] for _, row in rows}) > 1
        ]
        wrong = [name for name in differing if name.casefold() not in summed]
        again = self._repeated_line(rows)
        if not (wrong or again) or "*" in summed:
            return
        place, first, _ = key
        found = f"a second count of {self.options.measure} at {place} from {first}"
        if wrong:
            hint = f"--where '{wrong[0]}=VALUE' chooses rows, --sum-over '{wrong[0]}' adds them up"
            hint += f"; they differ in {listed(wrong, 6)}"
        else:
            hint = "delete the one that is repeated, or --sum-over '*' adds them up"
        line = again or rows[1][0]
        self._report(line, self.roles.value[0], found, "one row per place and day", hint)

    def _repeated_line(self, rows: list[tuple[int, Cells]]) -> int | None:
        """The line of a row that repeats the labels of an earlier one; None if there is none."""
        seen: set[tuple[str, ...]] = set()
        for line, row in rows:
            labels = tuple(row[name] for name in row if name not in self.roles.value)
            if labels in seen:
                return line
            seen.add(labels)
        return None

    def _check_no_total(self, key: tuple[str, date, date], rows: list[tuple[int, Cells]]) -> None:
        """Report rows to be summed if one of them is the total of the others."""
        asked = {c.casefold() for c in self.options.sum_over}
        for name in self.table.names:
            words = [(line, row[name]) for line, row in rows]
            is_summed = name.casefold() in asked or "*" in asked
            if not is_summed or len({word for _, word in words}) == 1:
                continue
            for line, word in words:
                if word.casefold().split(" ")[0] in (*TOTALS[:2], "totals", "both"):
                    found = f"{quoted(word)} as well as its parts for {key[0]} from {key[1]}"
                    hint = f"--where '{name}={word}' takes the total alone"
                    self._report(line, name, found, "parts without their total", hint)

    def _value(self, line: int, row: Cells) -> float | None:
        """Sum of the value columns, an integer for persons; None (and a mistake) if invalid."""
        whole = schema.measures()[self.options.measure].is_count
        parse = parse_integer if whole else parse_number
        total: float = 0
        for column in self.roles.value:
            if row[column].casefold() in NO_NUMBER:
                if row[column].casefold() in UNKNOWN:
                    self.withheld.add((line, row[column]))
                continue
            try:
                total += parse(number_text(row[column], self.notation, whole=whole), 0, None)
            except CellError as error:
                self._report(line, column, quoted(row[column]), error.expected, error.hint)
                return None
        return total

    def _report(
        self, line: int | None, column: str, found: str, expected: str, hint: str = ""
    ) -> None:
        mistake = Mistake(self.table.file, found, expected, hint, line=line, column=column)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)
