"""The page of a forecast: expected values, the counts they start from, and a baseline."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from emigre.charts import fans
from emigre.charts.figures import Figure, Panel, table_of
from emigre.charts.series import EVERYWHERE, ChartReader
from emigre.charts.spec import Spec, field, inline, layer
from emigre.evaluation.key_results import days, period, span
from emigre.evaluation.model_error import shipped
from emigre.evaluation.skill import OURS
from emigre.forecasting import answers
from emigre.forecasting.folder import Forecast, SeriesInfo, row_texts
from emigre.report import reception
from emigre.report.content import Page, Section, Stamp
from emigre.report.files import csv_of
from emigre.report.page import NAME, html, save
from emigre.report.tables import Cell, Table
from emigre.report.trust import Fact, check_first
from emigre.report.words import joined, limits
from emigre.results.labels import KINDS, heading_of, kind_of, title, unit_of
from emigre.results.planning import MEASURES
from emigre.results.tables import QUANTILES
from emigre.results.text import counted, inside

BACK = 21
"""Days of counts shown before the forecast."""
_RECENT = timedelta(days=7)
"""Age of the newest count above which it is stated; some counts cover weeks."""
_NAMED = 3
_BASELINE = "persistence"
_HEADS = ("What", "When", "Median", "50 % interval", "90 % interval", "Persistence")


def write(forecast: Forecast, out: Path | None = None) -> Path:
    """Write the page of a forecast (report.html in its folder if not given); returns its path."""
    return save(html(page_of(forecast)), forecast.folder / NAME if out is None else out)


def page_of(forecast: Forecast) -> Page:
    """The content of the page."""
    info, reader = forecast.info, ChartReader(forecast.run, forecast.scenario)
    ranked = _ranked(forecast)
    shown = [figure for s in ranked if (figure := _figure(forecast, reader, s)) is not None]
    answered = answers.Answers(forecast, reader.scenario.tables)
    table = _reception(forecast, reader)
    edited = info.notes_on_scenario(forecast.folder.name, forecast.scenario.hash)
    first = check_first(forecast.run.info, edited)
    scenario = Fact("Scenario", f"{info.scenario} (hash {info.hash[:12]})")
    return Page(
        title=info.title,
        asked=f"What to expect, {days(info.as_of + timedelta(days=1), info.end)}, "
        f"given what was known on {days(info.as_of, info.as_of)}",
        purpose=info.purpose,
        answers=answered.answers(),
        trust=[*first, scenario, *(Fact(name, text) for name, text in forecast.notes().items())],
        main=shown[0] if shown else None,
        sections=[
            *([Section("reception", "For reception services", "", [], [table])] if table else []),
            Section("series", "Day by day", _INTRO, shown[1:]),
            Section("numbers", "In numbers", "", [], [_table(forecast)]),
        ],
        limits=limits(reader),
        stamp=replace(Stamp.of(info), sample=info.draws),
        key_figures=answered.key_figures(),
        in_short=_in_short(forecast),
        about={
            "Program": f"Emigre {info.emigre}",
            "Settings": f"{counted(info.runs, 'run')}, seed {info.seed}, scale {info.scale}, "
            f"{counted(info.draws, 'draw')} of the model's error",
        },
    )


_INTRO = "Counts before the forecast, and the forecast with its 50 % and 90 % intervals."


def _ranked(forecast: Forecast) -> list[SeriesInfo]:
    """Sort series by number of counts, then by last day counted, then by size, all descending."""
    by = ["measure", "place"]
    longest = forecast.spans().unique(by, keep="last").select(*by, "q50")
    size = {(measure, place): q50 or 0.0 for measure, place, q50 in longest.iter_rows()}

    def rank(s: SeriesInfo) -> tuple[int, date, float]:
        return s.figures, s.last or date.min, size[s.measure, s.place]

    return sorted(forecast.info.series, key=rank, reverse=True)


def _reception(forecast: Forecast, reader: ChartReader) -> Table | None:
    """Planning figures of a reception service, at the largest countries and crossings."""
    rows, info = forecast.reception, forecast.info
    spans = sorted(rows["days"].unique())
    by_series = {
        key: [part.row(by_predicate=pl.col("days") == n, named=True) for n in spans]
        for key, part in rows.fill_null(math.nan)
        .partition_by("measure", "place", as_dict=True)
        .items()
        if part["days"].sort().to_list() == spans
    }
    lines = []
    for measures in MEASURES.values():
        expected = {
            p: several[-1]["q50"]
            for (m, p), several in by_series.items()
            if m == measures[0] and p != EVERYWHERE
        }
        lines += [
            reception.Line(place, reader.name(place), measure, by_series[measure, place])
            for place in reception.largest(expected)
            for measure in measures
            if (measure, place) in by_series
        ]
    first_day = info.as_of + timedelta(days=1)
    exceeded = "exceeded in about one in twenty such forecasts"
    table = reception.table(lines, first_day, spans, info.small_count, "90 % interval", exceeded)
    shown = [line for line in lines if not line.is_vague]
    if table is None or not shown:
        return table
    return replace(table, remarks=(_rows_with_counts(forecast, shown), *table.remarks))


def _rows_with_counts(forecast: Forecast, lines: list[reception.Line]) -> str:
    """Rows of the reception table that have published counts, as a sentence."""
    by_series = {(s.measure, s.place): s for s in forecast.info.series if s.figures}
    names = []
    for line in lines:
        series = by_series.get((line.measure, line.place))
        if series is not None:
            about = line.name
            if answers.is_old_count(forecast.info, series):
                about += f", last counted {answers.age_of_count(forecast.info, series)}"
            names.append(f"{inside(title(line.measure))} ({about})")
    if not names:
        return "None of these rows has published counts: all are simulated."
    return f"Rows with published counts: {'; '.join(names)}. All others are simulated."


def _in_short(forecast: Forecast) -> list[str]:
    """Sentences on the counts behind the forecast, its track record, and its weakest part."""
    info = forecast.info
    until = days(info.as_of, info.as_of)
    known = f"{counted(info.figures, 'figure')} published by {until}"
    start = f"Starts from {known}" if info.figures else f"No figure was published by {until}"
    newest = max((s.last for s in info.series if s.last is not None), default=info.as_of)
    if (age := info.as_of - newest) > _RECENT:
        day = days(newest, newest)
        start += f", the latest for {day}, {counted(age.days, 'day')} before the forecast"
    low, high = (f"{100 * share:.0f}" for share in shipped().held_90)
    record = (
        "In forecasts of this kind for past days of Russia 2022, Ukraine 2022 and the Balkans "
        f"2015, 90 % intervals contained {low} to {high} % of the figures counted later."
    )
    lines = [f"{start}. {forecast.notes()['Worlds']}", record]
    led = [s for s in info.series if s.follows not in (None, s.measure)]
    if led:
        known = joined(_names(s.follows for s in led if s.follows))
        names = joined(_names(s.measure for s in led))
        lines.append(f"Totals without counts: {names}. They follow the counts of {known}.")
    alone = _names(s.measure for s in info.series if not s.figures and not s.follows)
    if alone and info.figures:
        more = ["other measures"] if len(alone) > _NAMED else []
        weakest = f"Weakest: {joined(alone[:_NAMED] + more)}."
        lines.append(f"{weakest} They have no counts and rest on the simulation alone.")
    return lines


def _names(measures: Iterable[str]) -> list[str]:
    """Distinct titles of measures, for use within a sentence."""
    return list(dict.fromkeys(inside(title(m)).partition(",")[0] for m in measures))


def _table(forecast: Forecast) -> Table:
    rows = [
        tuple(
            Cell(text, label="simulated" if i == 2 else "", is_number=i > 1)
            for i, text in enumerate(line.texts)
        )
        for line in forecast.lines()
    ]
    note = (
        "Weeks from the day of the forecast, and all its days together. Flows: sums over these "
        "days. People staying and queues: means over these days."
    )
    csv = csv_of(forecast.table, forecast.info.small_count, tuple(QUANTILES))
    return Table("forecasts", "Forecasts", note, _HEADS, rows, csv)


def _figure(forecast: Forecast, reader: ChartReader, series: SeriesInfo) -> Figure | None:
    ours, baseline = _daily(forecast, series, OURS), _daily(forecast, series, _BASELINE)
    if not ours.height or ours["q50"].null_count() == ours.height:
        return None
    measure, place = series.measure, series.place
    heading = heading_of(measure, place, forecast.info.places.get(place, place))
    several = [row_texts(row, forecast.info.small_count) for row in ours.iter_rows(named=True)]
    texts = [f"{mid} ({span(low, high)})" for low, mid, high in several]
    ends = (f"{texts[i]} on {period(ours['from'][i], ours['to'][i])}" for i in (0, -1))
    caption = f"Forecast, {unit_of(measure)}: {'; '.join(ends)}. Median and 90 % interval."
    panel = Panel(heading, caption, partial(_draw, forecast, reader, series, texts))
    table = table_of(
        ours.with_columns(
            label=pl.lit("simulated"), unit=pl.lit(unit_of(measure)), value=pl.col("q50")
        )
    )
    counts = (kind_of(measure),)
    assert counts[0] in KINDS
    key = f"forecast-{measure}-{place}".replace("*", "all")
    first = forecast.info.as_of - timedelta(days=BACK)
    published = ["published"] if _counts(reader, series, first).height else []
    legend = {"legend": ["median", "half", "most", *published]}
    note = "Dashed line: persistence, the last count repeated" if baseline.height else ""
    if note and not published and series.last is not None:
        note += f", from before the days shown ({days(series.last, series.last)})"
    return Figure(key, "series", heading, note and f"{note}.", counts, (panel,), table, legend)


def _daily(forecast: Forecast, series: SeriesInfo, forecaster: str) -> pl.DataFrame:
    of_series = {"measure": series.measure, "place": series.place}
    return forecast.table.filter(span="day", forecaster=forecaster, **of_series)


def _draw(forecast: Forecast, reader: ChartReader, series: SeriesInfo, texts: list[str]) -> Spec:
    ours, baseline = _daily(forecast, series, OURS), _daily(forecast, series, _BASELINE)
    origin, after = forecast.info.as_of + timedelta(days=1), forecast.info.end + timedelta(days=1)
    first = origin - timedelta(days=BACK + 1)
    counts = _counts(reader, series, first)
    first = first if counts.height else origin
    numbers = [v for v in (*ours["q05"], *ours["q95"], *counts["a_day"]) if v is not None]
    ends = fans.Ends(0.0, max(numbers, default=1.0) or 1.0, first, after)
    over = [_line(baseline)] if baseline.height else []
    over += [fans.published_layer(counts.to_dicts(), "published")] if counts.height else []
    values = fans.fan_values(ours, series.measure, texts)
    return fans.fan_chart(
        values,
        key=f"{series.measure} {series.place}",
        heading="",
        unit=unit_of(series.measure),
        top=ends.high,
        over=over,
        ends=ends,
    )


def _counts(reader: ChartReader, series: SeriesInfo, first: date) -> pl.DataFrame:
    rows = reader.published(series.measure, series.place)
    # A longer total contains little information about a day.
    is_short = pl.col("to") <= pl.col("from") + timedelta(days=7)
    rows = rows.filter((pl.col("from") >= first) & is_short & (pl.col("use") != "context"))
    return rows.with_columns(pl.col("from").alias("x"), pl.col("to").alias("x2"))


def _line(baseline: pl.DataFrame) -> Spec:
    """Persistence, in the middle of its days as the fan is."""
    data = inline(
        {"from": moment, "baseline": middle}
        for first, after, middle in baseline.select("from", "to", "q50").iter_rows()
        for moment in fans.moments(first, after, baseline.height)
    )
    return layer("line", data, look={"style": "limit"}, x=field("from:T"), y=field("baseline:Q"))
