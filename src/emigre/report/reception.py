"""Planning table of reception services: arrivals, need, beds and queues of the next weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

import numpy as np
import polars as pl

from emigre import schema
from emigre.charts.series import ChartReader, Series
from emigre.evaluation.key_results import days, is_wide, rounded, span, with_interval
from emigre.report.files import csv_of
from emigre.report.tables import Cell, Table
from emigre.results.disclosure import shown, small_count_of
from emigre.results.intervals import MOST
from emigre.results.labels import title
from emigre.results.planning import MEASURES, SPANS
from emigre.results.tables import QUANTILES
from emigre.results.text import inside

PLACES = 5
"""Places of each kind, the largest."""
_VAGUE = 100.0
_FEW = 10.0
"""Minimum of lower ends, in people, for the ratio of an interval's ends."""


@dataclass(frozen=True, slots=True)
class Line:
    """A place and a measure with quantiles of each span of days; nan: nobody was served."""

    place: str
    name: str
    measure: str
    spans: list[dict[str, float]]

    @property
    def is_vague(self) -> bool:
        """Whether every interval spans a factor of a hundred or more."""
        least = _FEW if schema.measures()[self.measure].is_count else 1.0
        return all(q["q95"] >= _VAGUE * max(q["q05"], least) for q in self.spans)


def reception(reader: ChartReader) -> Table | None:
    """Ranges for the next 7, 14 and 30 days from :func:`first_day`, by place.

    A flow is the sum of these days, a stock that of the last one; hours are the mean of the people
    served. None if fewer than 7 days are left of the run.
    """
    first, spans = first_day(reader), spans_of(reader)
    if not spans:
        return None
    series: list[Series] = []
    for kind, measures in MEASURES.items():
        main, several = measures[0], reader.largest(measures[0], kind)
        reader.load((main, p) for p in several)
        ends = {p: _quantiles(reader, main, p, first, spans[-1])["q50"] for p in several}
        series += [(measure, place) for place in largest(ends) for measure in measures]
    reader.load(series)
    lines = [
        Line(p, reader.name(p), m, [_quantiles(reader, m, p, first, n) for n in spans])
        for m, p in series
    ]
    exceeded = "exceeded in about one case in twenty"
    return table(lines, first, spans, reader.info.small_count, MOST, exceeded)


def largest(expected: Mapping[str, float]) -> list[str]:
    """The places where most people are expected within the longest span, the largest first."""
    there = [place for place in expected if expected[place] > 0]
    return sorted(there, key=lambda place: (-expected[place], place))[:PLACES]


def table(
    lines: list[Line],
    first: date,
    spans: list[int],
    small: int,
    interval: str,
    exceeded: str,
) -> Table | None:
    """The table of these lines, without those of zero people; None if there are none.

    Lines whose intervals are too wide for any planning are named below it. ``exceeded`` describes
    how often the upper end of the interval is exceeded.
    """
    everything = [line for line in lines if any(q["q95"] > 0 for q in line.spans)]
    lines = [line for line in everything if not line.is_vague]
    if not everything:
        return None
    rows: list[tuple[Cell, ...]] = []
    for _, mine in groupby(lines, key=attrgetter("place")):
        rows += _rows(list(mine), small)
    return Table(
        key="reception",
        title=f"What to prepare for, from {days(first)}",
        note=f"Median and {interval}, or the interval alone where it spans a factor of ten or "
        f"more. The upper end, {exceeded}, is the worst plausible case. Arrivals and entries: sums "
        "over these days. Hours: means. Queues, people in need and beds: on the last day. People "
        "in need have no bed where all beds are taken.",
        heads=("Place and measure", *(f"{n} days" for n in spans)),
        rows=rows,
        csv=csv_of(_numbers(everything, first, spans, small), small, tuple(QUANTILES)),
        remarks=_left_out(everything),
    )


def _left_out(lines: list[Line]) -> tuple[str, ...]:
    """The lines that are not shown, as a sentence."""
    names: dict[str, list[str]] = {}
    for line in lines:
        if line.is_vague:
            names.setdefault(inside(title(line.measure)), []).append(line.name)
    if not names:
        return ()
    several = "; ".join(f"{measure} ({', '.join(places)})" for measure, places in names.items())
    return (f"Too uncertain to plan with, and only in the CSV file: {several}.",)


def _rows(lines: list[Line], small: int) -> list[tuple[Cell, ...]]:
    """The rows of one place below its name; one row where nobody in need has a bed."""
    by = {line.measure: line for line in lines}
    need, without = by.get("in_need"), by.get("unsheltered")
    if need and without and _cells(need, small)[1:] == _cells(without, small)[1:]:
        lines = [line for line in lines if line is not need]
    return [(Cell(lines[0].name, is_head=True),), *(_cells(line, small) for line in lines)]


def first_day(reader: ChartReader) -> date:
    """The day after the as-of day or, without one, after the last published count.

    The first day of the run, if that is later or nothing was counted.
    """
    start, known = reader.info.start, reader.info.as_of
    if known is not None:
        return max(start, known + timedelta(days=1))
    counted: list[date] = reader.scenario.tables["observations"]["to"].to_list()
    return max([start, *counted])


def spans_of(reader: ChartReader) -> list[int]:
    """Numbers of days ahead within the run."""
    left = (reader.days[1] - first_day(reader)).days
    return [n for n in SPANS if n <= left]


def _quantiles(
    reader: ChartReader, measure: str, place: str, first: date, n: int
) -> dict[str, float]:
    return reader.over_days(measure, place, first, first + timedelta(days=n))


def _cells(line: Line, small: int) -> tuple[Cell, ...]:
    cells = [_cell_text(line.measure, quantiles, small) for quantiles in line.spans]
    texts = [title(line.measure), *cells]
    return tuple(Cell(text, is_number=i > 0) for i, text in enumerate(texts))


def _cell_text(measure: str, values: dict[str, float], small: int) -> str:
    """Median and interval, or the interval alone if it is too wide for one number."""
    spec = schema.measures()[measure]
    kept = _withheld(measure, values, small)
    low, mid, high = (kept[name] for name in ("q05", "q50", "q95"))
    if high is None and not spec.is_count:
        return "–"
    texts = rounded(low, mid, high, small, spec.decimals)
    wide = is_wide(low, high, spec.decimals)
    return span(texts[0], texts[2]) if wide else with_interval(*texts)


def _numbers(lines: list[Line], first: date, spans: list[int], small: int) -> pl.DataFrame:
    rows = [
        {
            "from": first,
            "to": first + timedelta(days=n),
            "measure": line.measure,
            "place": line.place,
            "place_name": line.name,
            "label": "simulated",
            "unit": schema.measures()[line.measure].unit,
            **_withheld(line.measure, quantiles, small),
        }
        for line in lines
        for n, quantiles in zip(spans, line.spans, strict=True)
    ]
    return pl.DataFrame(rows).fill_nan(None)


def _withheld(measure: str, values: dict[str, float], small: int) -> dict[str, float | None]:
    """Quantiles without small counts and without the waits of days on which nobody was served."""
    least = small_count_of(measure, small)
    return {
        name: None if np.isnan(values[name]) else shown(values[name], least) for name in QUANTILES
    }
