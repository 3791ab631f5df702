"""Registered people: tables of `source_data`, corrections and totals.

    D_c(t)      number registered in row c of data_layout.csv on day t: linear between counts,
                rounded down; constant before the first count and after the last. If a day has
                several counts, the line ends at the first and continues from the last, as in Flee
    correction  from the day of a recount on, counts are as given; all earlier counts of that camp
                are multiplied by (recount) / (last count before it), which preserves the shape
    new(t)      rise of the total T(t) = sum_c D_c(t) above its highest value since it last fell
    fall        an interval between two days with counts, over which T decreases

Further files of a row are added to the first, count by count, as in Flee.
"""

from bisect import bisect_right
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Self

from emigre.adapters.flee.csv_tables import MOST_PEOPLE, Reader, Row, data_rows
from emigre.errors import Mistake
from emigre.scenario.cells import date_order
from emigre.scenario.parsers import listed, nearest, quoted

LAYOUT = "source_data/data_layout.csv"
CORRECTIONS = "input_csv/registration_corrections.csv"
TOTAL = "total"
_HEADERS = ("", "date", "datetime")


@dataclass(slots=True)
class Series:
    """Counts of a row of the layout: sorted day numbers (may be negative) and people.

    A day may have several counts, in the order of the file.
    """

    name: str
    row: Row
    days: list[int]
    counts: list[float]

    def on(self, day: int) -> int:
        """Value of D_c on a day."""
        after = bisect_right(self.days, day)
        if day <= self.days[0]:
            return int(self.counts[0])
        if after == len(self.days) or self.days[after - 1] == day:
            return int(self.counts[after - 1])
        before = after - 1
        share = (day - self.days[before]) / (self.days[after] - self.days[before])
        return int(self.counts[before] + share * (self.counts[after] - self.counts[before]))

    def last_known(self, day: int) -> tuple[int, float] | None:
        """Day and people of the last count up to a day; None if there was none."""
        after = bisect_right(self.days, day)
        return None if after == 0 else (self.days[after - 1], self.counts[after - 1])

    def copy(self) -> Self:
        """Independent copy."""
        return replace(self, days=list(self.days), counts=list(self.counts))

    def correct(self, recount: int) -> None:
        """Scale the counts before day ``recount`` so that the last of them equals the recount."""
        for at in self.recounts(recount):
            factor = self.counts[at] / self.counts[at - 1]
            self.counts[:at] = [count * factor for count in self.counts[:at]]

    def recounts(self, day: int) -> list[int]:
        """Indices of the counts of a day that follow another count."""
        return [i for i, other in enumerate(self.days) if other == day and i > 0]


@dataclass(frozen=True, slots=True)
class Registrations:
    """All rows of the layout by name, apart from the total (None if its file has mistakes).

    ``camps`` and ``total`` are corrected; ``written`` are the figures in the files, including the
    total. ``corrections`` are row and day of the recounts, in the order of their file. ``names``
    include those of rows whose file has mistakes. ``from_camps``: the total is the sum over the
    rows, whatever its own file contains.
    """

    camps: dict[str, Series]
    total: Series | None
    names: frozenset[str]
    written: dict[str, Series]
    corrections: tuple[tuple[str, int], ...] = ()
    from_camps: bool = True

    def as_known(self, day: int) -> Self:
        """Registrations with only the corrections known on a day; later counts are kept."""
        rows = {name: series.copy() for name, series in self.written.items()}
        known = tuple(c for c in self.corrections if c[1] <= day)
        for name, recount in known:
            rows[name].correct(recount)
        total = rows.pop(TOTAL, None)
        return replace(self, camps=rows, total=total, corrections=known)

    def totals(self, n_days: int) -> list[int]:
        """T(t) for t = 0 .. n_days - 1."""
        rows = self._summed
        return [sum(s.on(day) for s in rows) for day in range(n_days)]

    def falls(self, n_days: int) -> list[tuple[int, int]]:
        """First and last day of every interval over which T falls.

        Counts are linear within an interval, and T falls on all of its days. A fall of less than
        one person per row is due to rounding.
        """
        totals, rows = self.totals(n_days), self._summed
        jumps = {b for s in rows for a, b in pairwise(s.days) if a == b}
        before = {day - 1 for day in jumps if 0 < day < n_days}
        edges = sorted({0, *before, *_count_days(rows, n_days), n_days - 1})
        return [(a, b) for a, b in pairwise(edges) if totals[a] - totals[b] >= len(rows)]

    def new_by_day(self, n_days: int) -> list[int]:
        """new(t) for t = 0 .. n_days - 1; nobody on day 0, nor while the total falls."""
        totals = self.totals(n_days)
        falling = {day for a, b in self.falls(n_days) for day in range(a + 1, b + 1)}
        rises = [0] * n_days
        highest = totals[0]
        for day in range(1, n_days):
            if day in falling:
                highest = totals[day]
            rises[day] = max(totals[day] - highest, 0)
            highest = max(highest, totals[day])
        return rises

    def count_days(self, n_days: int) -> list[int]:
        """Days within the period on which some camp was counted, in order."""
        return _count_days(self.camps.values(), n_days)

    @property
    def _summed(self) -> list[Series]:
        """Rows whose sum is the registered total."""
        if self.from_camps or self.total is None:
            return list(self.camps.values())
        return [self.total]


def _count_days(rows: Iterable[Series], n_days: int) -> list[int]:
    return sorted({d for s in rows for d in s.days if 0 <= d < n_days})


def read_registrations(
    reader: Reader, start: date | None, camps: Set[str], *, from_camps: bool
) -> Registrations:
    """Read the layout, every file it names, and the corrections.

    ``camps`` are their names: a first row of another name is that of the total.
    """
    before = len(reader.mistakes)
    rows = data_rows(reader.rows(LAYOUT))
    if not rows and len(reader.mistakes) == before:
        reader.mistakes.append(Mistake(LAYOUT, "no rows", "a row for every camp"))
    series_by_name: dict[str, Series] = {}
    for row in filter(_has_one_cell, rows):
        reader.remark(row, f"the row {quoted(row.cell(0))} has one cell; ignored, as in Flee")
    rows = [row for row in rows if not _has_one_cell(row)]
    for number, row in enumerate(rows):
        name = row.cell(0)
        if number == 0 and name in camps:
            words = "there is no total: the sum over the rows is used"
            if any(other.cell(0) == TOTAL for other in rows):
                words = (
                    "the first row is a camp; Flee takes it as the total, the import the row total"
                )
            reader.remark(row, words)
        elif number == 0 and name != TOTAL:
            reader.remark(row, f"the first row, {quoted(name)}, is taken as the total, as in Flee")
            row, name = replace(row, cells=(TOTAL, *row.cells[1:])), TOTAL
        if name in series_by_name:
            words = f"a second row of {name} is ignored; Flee adds the first once more to the total"
            reader.remark(row, words)
            continue
        series = _row_series(reader, row, start)
        if series is not None:
            series_by_name[name] = series
    written = {name: series.copy() for name, series in series_by_name.items()}
    names = frozenset(row.cell(0) for row in rows)
    corrections = _correct(reader, series_by_name, names, start)
    total = series_by_name.pop(TOTAL, None)
    return Registrations(series_by_name, total, names, written, corrections, from_camps)


def _has_one_cell(row: Row) -> bool:
    """Whether a row has no cell for a file; the row of the total needs none."""
    return len(row.cells) == 1 and row.cell(0) != TOTAL


def _row_series(reader: Reader, row: Row, start: date | None) -> Series | None:
    files = [cell for cell in row.cells[1:] if cell]
    if not files and row.cell(0) == TOTAL:
        reader.remark(row, "the total has no file: the sum over the rows is used")
        return None
    if not files:
        reader.report(row, "file", "no file", "the name of at least one file of source_data")
        return None
    parts = [_file_series(reader, row, file, start) for file in files]
    if any(part is None for part in parts):
        return None
    series = [part for part in parts if part is not None]
    total = reduce(_sum_of_tables, series)
    if any(part.days[-1] > total.days[-1] for part in series):
        words = f"counts after day {total.days[-1]} are left out, as in Flee: a file ends there"
        reader.remark(row, words)
    if total.days[0] > 0 and total.counts[0] > 0 and total.name != TOTAL:
        words = f"the first count of {total.name}, of day {total.days[0]}, holds from day 0 on"
        reader.remark(row, f"{words}, as in Flee")
    return total


def _file_series(reader: Reader, row: Row, file: str, start: date | None) -> Series | None:
    name = PurePosixPath(file.replace("\\", "/"))  # Flee on Windows takes either
    path = f"source_data/{name}"
    if ".." in name.parts or not _exists(reader, path):
        reader.report(row, "file", quoted(file), "the name of a file of source_data")
        reader.known.add(path)
        return None
    before = len(reader.mistakes)
    entries: list[tuple[int, float]] = []
    rows = reader.rows(path)
    order = date_order(entry.cell(0) for entry in rows)
    for number, entry in enumerate(rows):
        is_header = number == 0 and entry.cell(0).casefold() in _HEADERS
        if is_header or entry.cell(0).startswith("#") or not entry.cell(1):
            continue
        day = reader.day(entry, 0, "date", order)
        count = reader.integer(entry, 1, "count", low=-MOST_PEOPLE, high=MOST_PEOPLE)
        if count is not None and count < 0:
            reader.remark(entry, f"the count {count} is taken as 0")
            count = 0
        if day is not None and count is not None and start is not None:
            entries.append(((day - start).days, float(count)))
    if len(reader.mistakes) > before:
        return None
    if not entries:
        if row.cell(0) == TOTAL:
            reader.remark(row, "the total has no counts: the sum over the rows is used")
        elif start is not None:
            reader.report(row, "file", f"{quoted(file)} without any count", "a file with counts")
        return None
    if entries != sorted(entries, key=lambda e: e[0]):
        reader.remarks.append(f"{path}: dates were not in order and have been sorted.")
        entries.sort(key=lambda e: e[0])
    if len({day for day, _ in entries}) < len(entries):
        words = "a date occurs twice: counts jump from the earlier to the later row, as in Flee."
        reader.remarks.append(f"{path}: {words}")
    days, counts = zip(*entries, strict=True)
    return Series(row.cell(0), row, list(days), list(counts))


def _exists(reader: Reader, path: str) -> bool:
    try:
        return (reader.folder / path).is_file()
    except OSError:  # a name longer than names can be
        return False


def _sum_of_tables(first: Series, second: Series) -> Series:
    """Sum of two tables as in Flee, without interpolation, along the dates of the second.

    If a date is in one table only, the previous count of the second table, or the next count of the
    first, is added. Dates after the last date of the other table are dropped.
    """
    days: list[int] = []
    counts: list[float] = []
    at, carried = 0, 0.0
    last = len(first.days) - 1
    for day, count in zip(second.days, second.counts, strict=True):
        while day > first.days[at]:
            days.append(first.days[at])
            counts.append(carried + first.counts[at])
            if at == last:
                break
            at += 1
        if day > first.days[at]:
            break
        days.append(day)
        counts.append(count + first.counts[at])
        if day == first.days[at] and at < last:
            at += 1
        carried = count
    entries = [entry for entry, _ in groupby(zip(days, counts, strict=True))]
    entries.sort(key=itemgetter(0))
    days, counts = map(list, zip(*entries, strict=True))
    return Series(first.name, first.row, days, counts)


def _correct(
    reader: Reader, series: dict[str, Series], names: frozenset[str], start: date | None
) -> tuple[tuple[str, int], ...]:
    """Apply the level corrections in the order of their file; returns row and day of each."""
    done: list[tuple[str, int]] = []
    rows = data_rows(reader.rows(CORRECTIONS, required=False))
    order = date_order(row.cell(1) for row in rows)
    for row in rows:
        if not reader.has_cells(row, 2, ("camp", "date")):
            continue
        name = row.cell(0)
        day = reader.day(row, 1, "date", order)
        if name not in series and (name in names or not names):
            continue  # the mistakes in its counts, or in the layout, are reported
        if name not in series:
            hint = nearest(name, series) or f"rows: {listed(series)}"
            reader.report(row, "camp", quoted(name), "the name of a row of data_layout.csv", hint)
            continue
        if day is None or start is None:
            continue
        number = (day - start).days
        if number < 0:
            reader.remarks.append(
                f"{CORRECTIONS}:{row.line}: {name}, {day} lies before the start: no effect."
            )
        elif _can_correct(reader, row, series[name], number):
            series[name].correct(number)
            done.append((name, number))
    return tuple(done)


def _can_correct(reader: Reader, row: Row, series: Series, number: int) -> bool:
    """Whether the camp was counted on that day and before; reports a mistake if not."""
    if number not in series.days:
        expected = f"a date on which {series.name} was counted"
        reader.report(row, "date", quoted(row.cell(1)), expected)
        return False
    before = [series.counts[at - 1] for at in series.recounts(number)]
    if not before:
        reader.report(row, "date", quoted(row.cell(1)), "a date after the first count")
        return False
    if min(before) < 1:
        found = f"a last count of {min(before):g} before {row.cell(1)}"
        reader.report(row, "date", found, "a last count of at least 1 before the recount")
        return False
    return True
