"""What a reception service plans with: arrivals, need, beds and queues of the next weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from emigre import schema
from emigre.charts.labels import title
from emigre.charts.series import ChartReader
from emigre.evaluation.key_results import rounded
from emigre.report.files import csv_of
from emigre.report.tables import Cell, Table
from emigre.results import window
from emigre.results.disclosure import shown, small_count_of
from emigre.results.intervals import ENOUGH_RUNS, interval_name
from emigre.results.planning import MEASURES, SPANS
from emigre.results.tables import QUANTILES, summarise
from emigre.results.text import counted

_PLACES = 5


@dataclass(frozen=True, slots=True)
class _Line:
    """One place and measure: quantiles for each span of days, (n_spans,) each."""

    place: str
    measure: str
    spans: list[dict[str, float]]


def reception(book: ChartReader) -> Table | None:
    """Ranges for the first 7, 14 and 30 days after the day that is known, by place.

    A flow is the sum of these days, a stock that of the last one; hours are the mean of the people
    served. Without a day up to which the scenario is known, days are counted from the start.
    """
    first = first_day(book)
    spans = [n for n in SPANS if first + timedelta(days=n - 1) <= book.info.end]
    series = [
        (measure, place)
        for kind, measures in MEASURES.items()
        for place in book.largest(measures[0], kind, _PLACES)
        for measure in measures
    ]
    book.load(series)
    lines = [_Line(p, m, [_quantiles(book, m, p, first, n) for n in spans]) for m, p in series]
    lines = [line for line in lines if any(q["q95"] > 0 for q in line.spans)]
    if not (spans and lines):
        return None
    interval = interval_name(book.info.runs)
    return Table(
        key="reception",
        title=f"What to prepare for from {first.day} {first:%b %Y}",
        note=f"Median and {interval}. Arrivals and entries are sums over these days; queues and "
        "people in need are counted on the last day. Worst plausible: the upper end at "
        f"{spans[-1]} days, {_exceeded(book.info.runs)}.",
        heads=("Place", "What", *(f"{n} days" for n in spans), "Worst plausible"),
        rows=[_row(book, line) for line in lines],
        csv=csv_of(_numbers(book, lines, first, spans), book.info.small_count, tuple(QUANTILES)),
    )


def _exceeded(runs: int) -> str:
    """How often the upper end of an interval is exceeded."""
    if runs >= ENOUGH_RUNS:
        return "exceeded in about one run of twenty"
    return f"about the highest of {counted(runs, 'run')}"


def first_day(book: ChartReader) -> date:
    """The day after the one up to which the scenario is known, else the first of the run."""
    known = book.info.as_of
    return book.info.start if known is None else max(book.info.start, known + timedelta(days=1))


def _quantiles(
    book: ChartReader, measure: str, place: str, first: date, n: int
) -> dict[str, float]:
    day = (first - book.info.start).days
    values = book.value(measure, place, slice(day, day + n), stock=window.LAST_DAY)
    return {name: float(v[0]) for name, v in summarise(values[:, None]).items()}


def _row(book: ChartReader, line: _Line) -> tuple[Cell, ...]:
    said = [_said(book, line.measure, quantiles) for quantiles in line.spans]
    return (
        Cell(book.name(line.place)),
        Cell(title(line.measure)),
        *(Cell(_range(*texts), is_number=True) for texts in said),
        Cell(said[-1][2], is_number=True),
    )


def _range(low: str, mid: str, high: str) -> str:
    return mid if low == high else f"{mid} ({low} to {high})"


def _said(book: ChartReader, measure: str, values: dict[str, float]) -> tuple[str, str, str]:
    is_count = schema.measures()[measure].unit == "persons"
    kept = _withheld(book, measure, values)
    low, mid, high = (kept[name] for name in ("q05", "q50", "q95"))
    if high is None and not is_count:
        return "–", "–", "–"
    return rounded(low, mid, high, book.info.small_count, 0 if is_count else 1)


def _numbers(book: ChartReader, lines: list[_Line], first: date, spans: list[int]) -> pl.DataFrame:
    rows = [
        {
            "from": first,
            "to": first + timedelta(days=n),
            "measure": line.measure,
            "place": line.place,
            "place_name": book.name(line.place),
            "label": "simulated",
            "unit": schema.measures()[line.measure].unit,
            **_withheld(book, line.measure, quantiles),
        }
        for line in lines
        for n, quantiles in zip(spans, line.spans, strict=True)
    ]
    return pl.DataFrame(rows).fill_nan(None)


def _withheld(book: ChartReader, measure: str, values: dict[str, float]) -> dict[str, float | None]:
    """Quantiles without small counts, and without the hours of days on which nobody was served."""
    small = small_count_of(measure, book.info.small_count)
    return {
        name: None if np.isnan(values[name]) else shown(values[name], small) for name in QUANTILES
    }
