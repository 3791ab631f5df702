"""Figures of a run or a comparison.

Charts with titles, alternative text for readers who cannot see them, and tables of the data.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import polars as pl

from emigre import schema
from emigre.charts import effects, events, fans, flows, maps, outlines, ranges, windows
from emigre.charts.atlas import Atlas
from emigre.charts.series import EVERYWHERE, ChartReader, Series
from emigre.charts.spec import Spec
from emigre.comparison.folder import Comparison
from emigre.evaluation.key_results import period
from emigre.results.intervals import MOST, inner_name, interval_name
from emigre.results.labels import KINDS, heading_of, kind_of, unit_of
from emigre.results.window import is_stock

_FEW = {"q50": 2, "q05": 5, "q95": 5}
"""A series is drawn if a quantile exceeds so many simulated persons and small counts at some time.
Smaller ones are mostly withheld, and would be spikes on a line of zeros."""
TABLE = {
    **dict.fromkeys(("from", "to"), pl.Date),
    **dict.fromkeys(("measure", "place", "place_name", "label", "unit"), pl.String),
    **dict.fromkeys(("value", "q05", "q25", "q75", "q95"), pl.Float64),
    "source": pl.String,
}
"""Columns of a figure's table. ``label`` is simulated, official, reported or estimate; ``value`` is
the median of the runs or the published figure; ``to`` is exclusive."""

_LONG_TOTALS = "Published totals of more than a third of the days shown are only in the table."
View = tuple[Series, str, windows.Window]
"""Series, heading and days of a fan."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of a figure: its title, its content in a sentence, and how it is drawn.

    Panels that pages do not draw need no sentence.
    """

    title: str
    says: str
    draw: Callable[[], Spec]


@dataclass(frozen=True, slots=True)
class Figure:
    """The content of one heading.

    ``counts`` are the kinds of counts (keys of labels.KINDS); ``table`` holds every number shown,
    small counts withheld (None).
    """

    key: str
    section: str
    title: str
    note: str
    counts: tuple[str, ...]
    panels: tuple[Panel, ...]
    table: pl.DataFrame
    extra: dict[str, Any] = field(default_factory=dict)
    interval: str = MOST
    """Name of the interval from q05 to q95."""
    drawn: int | None = None
    """Number of panels that pages draw, the first ones; None: all. The table has all numbers."""

    @property
    def pictures(self) -> tuple[Panel, ...]:
        """The panels that pages draw."""
        return self.panels[: self.drawn]

    @property
    def kinds(self) -> str:
        """The kinds of counts in words."""
        return "; ".join(KINDS[kind] for kind in self.counts)

    def chart(self, columns: int = 2) -> Spec:
        """All panels as one specification of Vega-Lite, without a configuration."""
        drawn = [panel.draw() for panel in self.panels]
        if len(drawn) == 1:
            return drawn[0]
        apart = {"scale": {"color": "independent"}}
        return {"concat": drawn, "columns": columns, "resolve": apart}


def of_run(reader: ChartReader, others: Iterable[Series] = ()) -> Iterator[Figure]:
    """The figures of a run, the main one first; ``others`` are series to read with them."""
    plans = [fans.main_plan(reader), *fans.plans(reader)]
    atlas = Atlas(reader)
    fan_series = (series for plan in plans for series in plan.series)
    everywhere = ((measure, EVERYWHERE) for measure in reader.totals)
    reader.load([*fan_series, *atlas.series, *ranges.series(reader), *everywhere, *others])
    yield fan_figure(reader, plans[0])
    if atlas:
        yield map_figure(atlas)
    yield from (fan_figure(reader, plan) for plan in plans[1:])
    yield from (range_figure(plan) for plan in ranges.plans(reader))


def of_comparison(comparison: Comparison, base: ChartReader) -> list[Figure]:
    """Paired effects of each alternative, and who was diverted; ``base`` reads the baseline."""
    drawn: list[Figure] = []
    for alternative in comparison.info.alternatives:
        name = alternative.name
        mine = _daily_effects(comparison, base, name)
        mine[1:1] = [range_figure(plan) for plan in ranges.effect_plans(comparison, base, name)]
        mine += _diverted(comparison, name, alternative.title)
        drawn += [replace(figure, extra={"alternative": name}) for figure in mine]
    return drawn


def fan_figure(
    reader: ChartReader, plan: fans.FanPlan, others: Sequence[ChartReader] = ()
) -> Figure:
    """The figure of a plan, without series that are too small to draw.

    ``others`` are the runs whose figures of the same plan are shown side by side with it: axes and
    series are then those of all.
    """
    readers = [reader, *others]
    shown = [s for s in plan.series if any(_is_seen(b, s) for b in readers)]
    shown = shown or list(plan.series[:1])
    views = _views(plan, shown, readers)
    marked = events.of(reader, shown[0][1], *reader.days) if plan.key == "main" else []
    panels: list[Panel] = []
    for series, heading, window in views:
        inside = [event for event in marked if window.first <= event.day < window.after]
        ends = fans.ends_of(readers, series, window) if others else None
        is_main = plan.key == "main"
        axes = partial(fans.panel, window=window, is_tall=is_main, ends=ends, marked=inside)
        draw = partial(axes, reader, series, "" if is_main and len(views) == 1 else heading)
        is_drawn = plan.drawn is None or len(panels) < plan.drawn
        panels.append(Panel(heading, _course(reader, series, window) if is_drawn else "", draw))
    frames = {s: windows.fan_of(reader, s, window) for s, _, window in reversed(views)}
    tables = []
    for one in shown:
        tables.append(_simulated(reader, one, frames[one]))
        if reader.published(*one).height:
            tables.append(_published(reader, one))
    undrawn = [heading for _, heading, _ in views[plan.drawn :]] if plan.drawn else []
    notes = (
        plan.note,
        events.sentence(marked),
        f"Only in the table: {'; '.join(undrawn)}." if undrawn else "",
        _LONG_TOTALS if _has_long_totals(reader, views[: plan.drawn]) else "",
        _left_out(reader, plan, shown),
    )
    return Figure(
        key=plan.key,
        section=plan.section,
        title=plan.title,
        note=" ".join(part for part in notes if part),
        counts=_kinds(shown),
        panels=tuple(panels),
        table=table_of(pl.concat(tables, how="diagonal_relaxed")),
        extra={"legend": _legend(reader, views[: plan.drawn])},
        drawn=plan.drawn,
    )


def _views(plan: fans.FanPlan, shown: list[Series], readers: Sequence[ChartReader]) -> list[View]:
    """Series, heading and days of each panel: the lead shows the whole run and its peak."""
    if plan.key == "main":
        series, run = shown[0], windows.whole(readers[0])
        peak = windows.peak_of(readers[0], series)
        if peak is None:
            return [(series, plan.title, run)]
        close = f"The peak, {period(peak.first, peak.after)}"
        return [(series, period(run.first, run.after), run), (series, close, peak)]
    # Counts of a flow say which of its days matter, but not which of a stock's.
    together = [
        (s,) if plan.is_mixed else tuple(o for o in shown if is_stock(o[0]) == is_stock(s[0]))
        for s in shown
    ]
    days = {several: windows.window_of(readers, several) for several in set(together)}
    headings = [fans.panel_title(readers[0], plan, series) for series in shown]
    return list(zip(shown, headings, map(days.__getitem__, together), strict=True))


def _is_seen(reader: ChartReader, series: Series) -> bool:
    """Whether the simulated numbers are large enough to draw or a count was published."""
    return is_large(reader, series[0], reader.fan(*series)) or reader.published(*series).height > 0


def is_large(reader: ChartReader, measure: str, frame: pl.DataFrame) -> bool:
    """Whether quantiles by step, also of differences, are large enough to draw."""
    info, is_count = reader.info, schema.measures()[measure].is_count
    least = max(info.small_count, info.scale) if is_count else 0
    numbers = frame.select(pl.col(_FEW).abs().max().fill_null(0.0)).row(0)
    return any(number > few * least for number, few in zip(numbers, _FEW.values(), strict=True))


def _left_out(reader: ChartReader, plan: fans.FanPlan, shown: list[Series]) -> str:
    """The series of too few people, as a sentence."""
    names = [fans.panel_title(reader, plan, s) for s in plan.series if s not in shown]
    return f"Left out, because there are too few people: {'; '.join(names)}." if names else ""


def _has_long_totals(reader: ChartReader, views: Sequence[View]) -> bool:
    """Whether a published figure of these fans covers too many days to be drawn."""
    return any(
        fans.is_too_long(row, window)
        for series, _, window in views
        for row in reader.published(*series).filter(window.inside).iter_rows(named=True)
    )


def _legend(reader: ChartReader, views: Sequence[View]) -> list[str]:
    """The marks used in these fans (keys of the page's legend)."""
    uses = {row["use"] for series, _, window in views for row in fans.marks(reader, series, window)}
    marks = ["median", "half", "most"]
    marks += ["published"] if uses - {"context"} else []
    return marks + (["context"] if "context" in uses else [])


def _kinds(series: Iterable[Series]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind_of(measure) for measure, _ in series))


def _course(reader: ChartReader, series: Series, window: windows.Window) -> str:
    """Beginning, peak and end of a series, as a sentence."""
    frame = windows.fan_of(reader, series, window)
    there = [(v, i) for i, v in enumerate(frame["q50"]) if v is not None]
    unit = fans.step_unit(reader, series[0], is_daily=window.is_daily)
    if not there:
        return f"Simulated {unit}: no median, because it is withheld or nobody was served."
    rows = [0, max(there)[1], frame.height - 1]
    first, top, last = (
        f"{says} on {fans.step_text(frame['from'][row], frame['to'][row])}"
        for says, row in zip(reader.texts(frame, series[0], rows), rows, strict=True)
    )
    return f"Simulated {unit}: {first}; highest median {top}; {last}. Median and {MOST}."


def _simulated(reader: ChartReader, series: Series, frame: pl.DataFrame) -> pl.DataFrame:
    measure, place = series
    names = _names(measure, place, reader.name(place))
    return frame.with_columns(**names, label=pl.lit("simulated"), value=pl.col("q50"))


def _published(reader: ChartReader, series: Series) -> pl.DataFrame:
    measure, place = series
    rows, unit = reader.published(measure, place), schema.measures()[measure].unit
    return rows.with_columns(
        **(_names(measure, place, reader.name(place)) | {"unit": pl.lit(unit)}),
        label=pl.col("basis"),
        value=pl.col("observed"),
        source=pl.col("source_title"),
    )


def _names(measure: str, place: str, name: str) -> dict[str, pl.Expr]:
    return {
        "measure": pl.lit(measure),
        "place": pl.lit(place),
        "place_name": pl.lit(name),
        "unit": pl.lit(unit_of(measure)),
    }


def table_of(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame in the columns of TABLE; those that it lacks are empty."""
    there = frame.columns
    return frame.select(
        (pl.col(name) if name in there else pl.lit(None)).cast(kind).alias(name)
        for name, kind in TABLE.items()
    )


def range_figure(plan: ranges.RangePlan) -> Figure:
    """The figure of one plan of rows."""
    figure = _ranges_of(plan.key, plan.section, plan.title, plan.note, [plan])
    return figure if plan.is_drawn else replace(figure, note="", drawn=0)


def _ranges_of(
    key: str, section: str, heading: str, note: str, plans: list[ranges.RangePlan]
) -> Figure:
    panels = tuple(
        Panel(plan.title, _rows_said(plan), partial(ranges.chart, plan)) for plan in plans
    )
    tables = [
        table_of(
            plan.rows.rename({"q50": "value"}).with_columns(
                measure=pl.lit(plan.measure),
                place_name=pl.col("name"),
                label=pl.lit("simulated"),
                unit=pl.lit(plan.unit + (", difference" if plan.is_difference else "")),
            )
        )
        for plan in plans
    ]
    kinds = tuple(dict.fromkeys(kind_of(plan.measure) for plan in plans))
    table = pl.concat(tables)
    return Figure(key, section, heading, note, kinds, panels, table, interval=plans[0].interval)


def _rows_said(plan: ranges.RangePlan) -> str:
    rows = zip(plan.rows["name"], plan.texts, strict=True)
    numbers = "; ".join(f"{name}: {text}" for name, text in rows)
    return f"Simulated {plan.unit}, median and {plan.interval}. {numbers}."


def map_figure(atlas: Atlas) -> Figure:
    """The figure of a map."""
    name, places, words = atlas.listed
    most = ", ".join(atlas.reader.name(p) for p in places[:3])
    kinds = {"passages": atlas.crossings, "moves": atlas.origins, "present": atlas.camps}
    return Figure(
        key="map",
        section="map",
        title="Where people set out, cross and arrive",
        note=_map_note(atlas),
        counts=tuple(kind for kind, there in kinds.items() if there),
        panels=(Panel("Map", f"Map. {words}: {most}.", partial(maps.chart, atlas)),),
        table=atlas.table(),
        extra={
            "days": atlas.days,
            "aspect": atlas.view.aspect,
            "first": atlas.busiest,
            "listed": name,
            "listed_words": words,
        },
    )


def _map_note(atlas: Atlas) -> str:
    parts = []
    if atlas.crossings:
        parts.append(
            "Violet circles: crossings, sized by emigrants admitted a day, coloured by wait."
        )
    if atlas.flows:
        parts.append(
            f"Arcs: the {flows.MOST} largest flows of the days shown, from region of origin to "
            "place of arrival, wider for more people; they are not routes."
        )
    if atlas.camps:
        parts.append("Squares: camps and other shelters, sized by people present.")
    if atlas.roads():
        parts.append("Thin lines: roads.")
    parts.append(
        "Rings: regions, sized by people who set out a day. Grey-blue circles: destinations, "
        "sized by arrivals a day. Names: the largest destinations of the days shown. "
        f"Numbers: median and {MOST}."
    )
    if atlas.off_the_map:
        more = len(atlas.off_the_map) - 12
        tail = f" and {more} more" if more > 0 else ""
        parts.append(f"Outside the map: {', '.join(atlas.off_the_map[:12])}{tail}.")
    if atlas.is_real:
        parts.append(outlines.NOTICE)
    return " ".join(parts)


def _diverted(comparison: Comparison, name: str, heading: str) -> list[Figure]:
    plans = effects.diverted_plans(comparison, name)
    if not plans:
        return []
    key, words = f"diverted-{name}", f"Where people go instead: {heading}"
    return [_ranges_of(key, "effects", words, plans[0].note, plans)]


def _daily_effects(comparison: Comparison, base: ChartReader, name: str) -> list[Figure]:
    series = effects.changed_most(comparison, name)
    if not series:
        return []
    other = ChartReader(comparison.alternative(name))
    for reader in (base, other):
        reader.load(series)
    frames = {one: effects.difference(base, other, one) for one in series}
    window = windows.crisis_of(base, list(frames.values()))
    large = {
        one: frame.filter(window.inside)
        for one, frame in frames.items()
        if is_large(base, one[0], frame)
    }
    lead = {one: large.pop(one) for one in series[:1] if one in large}
    parts = {f"effect-{name}-over-time": lead, f"effects-over-time-{name}": large}
    return [
        _effects_over_time(key, base, name, list(part), list(part.values()))
        for key, part in parts.items()
        if part
    ]


def _effects_over_time(
    key: str, base: ChartReader, name: str, series: list[Series], frames: list[pl.DataFrame]
) -> Figure:
    panels, tables, runs = [], [], base.info.runs
    for one, frame in zip(series, frames, strict=True):
        where = heading_of(*one, base.name(one[1]))
        draw = partial(effects.effect_fan, base, name, one, frame)
        panels.append(Panel(where, f"Difference over time: {where}.", draw))
        table = _simulated(base, one, frame)
        tables.append(table.with_columns(pl.col("unit") + ", difference"))
    return Figure(
        key=key,
        section="effects",
        title="Differences over time" if len(series) > 1 else f"{where}, difference over time",
        note="Alternative minus baseline, run by run. Line: median. "
        f"Inner band: {inner_name(runs)}. Outer band: {interval_name(runs)}.",
        counts=_kinds(series),
        panels=tuple(panels),
        table=table_of(pl.concat(tables)),
        interval=interval_name(runs),
    )
