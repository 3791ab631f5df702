"""Fan charts: quantiles of the runs over time, with published counts."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from emigre import schema
from emigre.charts import events
from emigre.charts.events import Event
from emigre.charts.series import EVERYWHERE, ChartReader, Series
from emigre.charts.spec import TOUCH, Spec, field, inline, layer
from emigre.charts.windows import Window, fan_of, whole
from emigre.evaluation.key_results import days, period
from emigre.results.labels import heading_of, title, unit_of
from emigre.results.tables import QUANTILES

PUBLISHED = "published"
"""Key of the figure with the main observations, which is also the picture of a run folder."""
PANEL_WIDTH, PANEL_HEIGHT, TALL_HEIGHT = 460, 170, 220
Row = dict[str, Any]
"""What a chart shows at one place of its axis, by column."""
_MONTHS_FROM_DAYS = 150
_LONG = timedelta(days=31)
"""Days of a count that is drawn however few days a chart shows."""
_LARGE = 10_000
"""Value from which axes write 10k."""
_BEDS = "reception_beds_used"
_PROCEDURES = (
    *("applied", "granted", "rejected", "withdrawn", "asylum_pending"),
    *("asylum_granted", "asylum_rejected", "asylum_withdrawn"),
)


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of the axes of a chart: values, and days."""

    low: float
    high: float
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FanPlan:
    """A figure made of fans: which series it shows, under which heading."""

    key: str
    section: str
    title: str
    note: str
    series: tuple[Series, ...]
    drawn: int = 4
    """Number of series that pages draw, the first ones; the table has the numbers of all."""
    is_mixed: bool = False
    """Whether its panels differ in both measure and place."""


def main_plan(reader: ChartReader) -> FanPlan:
    """The main chart: all departures or, where these are given, the first headline observation."""
    series, leaving = [("departed", EVERYWHERE)], reader.totals.get("departed", {})
    if reader.info.mode == "conditional" or not leaving.get(EVERYWHERE):
        series = (_headline_series(reader) or series)[:1]
    measure, place = series[0]
    heading = heading_of(measure, place, reader.name(place))
    return FanPlan("main", "answer", heading, "", tuple(series))


def _headline_series(reader: ChartReader) -> list[Series]:
    """Series of the observations marked as headline, in their order (all, if none is)."""
    rows = list(reader.results.scores.filter(pl.col("simulated") == "yes").iter_rows(named=True))
    main = [row for row in rows if row["headline"] == "yes"] or rows
    return list(dict.fromkeys((row["measure"], row["place"]) for row in main))


def headline_plan(reader: ChartReader) -> FanPlan:
    """The main observations over the simulated fan."""
    series = _headline_series(reader)[:10]
    note = (
        "Each published figure is drawn over the days it covers and links to its source. Passages "
        "include all travellers."
    )
    heading = "Published and simulated"
    return FanPlan(PUBLISHED, "published", heading, note, tuple(series), 6, is_mixed=True)


def plans(reader: ChartReader) -> list[FanPlan]:
    """All fans of a run with people in them; first that of chart.svg, the slowest to draw."""
    return [plan for plan in (headline_plan(reader), *usual_plans(reader)) if plan.series]


def usual_plans(reader: ChartReader) -> list[FanPlan]:
    """Figures of every run: a measure at its largest places of a kind, or totals.

    Pages draw four places or two totals of each, and neither queues (the waits show them) nor beds
    in use (mostly all of them). People without a bed are those of one country: a bed that is free
    elsewhere does not help them.
    """

    def largest(measure: str, kind: str, most: int) -> tuple[Series, ...]:
        return tuple((measure, place) for place in reader.largest(measure, kind, most))

    def totals(*measures: str) -> tuple[Series, ...]:
        there = [m for m in measures if reader.totals.get(m, {}).get(EVERYWHERE)]
        return tuple((measure, EVERYWHERE) for measure in there)

    statuses = totals(*(f"stock_{status}" for status in schema.statuses()))

    return [
        FanPlan(
            *("entries", "ways", "Entries by crossing"),
            "Emigrants admitted at the entry checks of the busiest crossings.",
            largest("entered", "crossing", 6),
        ),
        FanPlan("waits", "ways", "Waiting times", "", largest("wait_hours", "crossing", 4)),
        FanPlan(
            *("queues", "ways", "Queues"),
            "Emigrants waiting. Ordinary travellers share the queue.",
            largest("waiting", "crossing", 4),
            drawn=0,
        ),
        FanPlan("countries", "stay", "Where they are", "", largest("stock", "country", 6)),
        FanPlan(
            *("statuses", "stay", "Legal status"),
            "Emigrants in all countries together.",
            tuple(sorted(statuses, key=lambda series: -reader.totals[series[0]][EVERYWHERE])),
            drawn=2,
        ),
        FanPlan(
            *("asylum", "stay", "Asylum claims and permits"),
            "Not everybody present has applied.",
            totals(*_PROCEDURES),
            drawn=2,
        ),
        FanPlan(
            *("need", "need", "People in need"),
            "Emigrants with neither savings nor income, in all places together.",
            totals("in_need"),
        ),
        FanPlan(
            *("no-bed", "need", "People in need without a bed, by country"),
            "People in need for whom their country has no free bed; beds elsewhere do not count.",
            largest("unsheltered", "country", 4),
        ),
        FanPlan(
            *("beds", "need", "Reception beds in use, by country"),
            "At most as many as the country has.",
            largest(_BEDS, "country", 4),
            drawn=0,
        ),
        FanPlan(
            *("stuck", "need", "Trapped, returned, moved on"),
            "All regions of origin together.",
            totals("trapped", "returned", "stock_returned", "onward"),
            drawn=2,
        ),
    ]


def panel_title(reader: ChartReader, plan: FanPlan, series: Series) -> str:
    """Title that distinguishes this panel from the others of its figure."""
    measure, place = series
    if plan.is_mixed:
        return heading_of(measure, place, reader.name(place))
    return title(measure) if place == EVERYWHERE else reader.name(place)


def panel(
    reader: ChartReader,
    series: Series,
    heading: str,
    *,
    window: Window | None = None,
    is_tall: bool = False,
    ends: Ends | None = None,
    marked: Sequence[Event] = (),
) -> Spec:
    """One fan of a run, with published counts.

    ``ends`` are those of its axes, if another chart is next to it; ``marked`` events are
    drawn behind.
    """
    measure, place = series
    window = window or whole(reader)
    frame = fan_of(reader, series, window)
    return fan_chart(
        fan_values(frame, measure, list(reader.texts(frame, measure))),
        key=f"{measure} {place}",
        heading=heading,
        unit=step_unit(reader, measure, is_daily=window.is_daily),
        top=max(_drawn(reader, series, window)),
        over=[
            *([_limit(_beds(reader, place))] if measure == _BEDS else []),
            *_published(reader, series, window),
            *events.layers(list(marked), window.first, window.after),
        ],
        height=TALL_HEIGHT if is_tall else PANEL_HEIGHT,
        ends=ends,
    )


def ends_of(readers: Sequence[ChartReader], series: Series, window: Window) -> Ends:
    """Ends of axes with room for a series of several runs and everything drawn over it."""
    numbers = [number for reader in readers for number in _drawn(reader, series, window)]
    return Ends(min(numbers), max(numbers) or 1.0, window.first, window.after)


def _drawn(reader: ChartReader, series: Series, window: Window) -> list[float]:
    """All numbers that a chart of a series must have room for: simulated, published, limits."""
    measure, place = series
    frame = fan_of(reader, series, window)
    numbers = [v for name in ("q05", "q95") for v in frame[name] if v is not None]
    numbers += [row["a_day"] for row in marks(reader, series, window)]
    if measure == _BEDS:
        numbers.append(float(_beds(reader, place)))
    return [0.0, *numbers]


def step_unit(reader: ChartReader, measure: str, *, is_daily: bool = False) -> str:
    """The unit of a point of a fan."""
    return unit_of(measure) + (", weekly mean" if reader.step > 1 and not is_daily else "")


def fan_chart(
    values: list[Row],
    *,
    key: str,
    heading: str,
    unit: str,
    top: float,
    over: Iterable[Spec] = (),
    with_zero: bool = False,
    height: int = PANEL_HEIGHT,
    ends: Ends | None = None,
) -> Spec:
    """Outer and inner interval of the runs, the median, and layers over them.

    ``values`` come from :func:`fan_values`; ``key`` tells charts of one page apart; ``top`` is the
    largest value drawn, also by the layers over the fan; ``ends`` are those of the axes, where
    they do not follow from the values alone.
    """
    x = field("date:T", title=_year(values), axis=_dates(values, ends))
    scale: Spec = {"zero": True} if top else {"domain": [0, 1]}
    if ends is not None:
        top = max(abs(ends.low), ends.high)
        scale = {"domain": [ends.low, ends.high], "nice": True}
        x["scale"] = {"domain": [ends.first.isoformat(), ends.last.isoformat()]}
    y = field("q05:Q", title=unit, scale=scale, axis=numbers(top) | _ROOM)
    layers = [
        layer("area", look={"style": "fan-outer"}, x=x, y=y, y2={"field": "q95"}),
        layer("area", look={"style": "fan-inner"}, x=x, y=field("q25:Q"), y2={"field": "q75"}),
        *([zero_line()] if with_zero else []),
        layer("line", look={"style": "median"}, x=x, y=field("q50:Q")),
        _hover_bands(_word(key)),
        *over,
    ]
    drawn = {"data": inline(values), "layer": layers, "width": PANEL_WIDTH, "height": height}
    return drawn | ({"title": textwrap.wrap(heading, 62)} if heading else {})


def _word(key: str) -> str:
    """A unique chart name for a key, whose letters may be of any script.

    >>> _word("stock *"), _word("stock Лів") == _word("stock Рів")
    ('stock_20__2a_', False)
    """
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in key)


_ROOM = {"minExtent": 44, "maxExtent": 44}
"""Space for the labels of an axis, so that stacked panels are aligned."""


def numbers(top: float) -> Spec:
    """An axis of numbers up to ``top``: 5,000, or 50k where they are large."""
    if top < _LARGE:
        return {"tickCount": 5, "format": ",~f"}
    # Tick by tick: one prefix for the whole axis would say 0k.
    return {"tickCount": 5, "labelExpr": "format(datum.value, '~s')"}


def zero_line(channel: str = "y") -> Spec:
    """A line at no difference."""
    return layer("rule", look={"style": "zero"}, **{channel: {"datum": 0}})


def fan_values(frame: pl.DataFrame, measure: str, says: list[str]) -> list[Row]:
    """Rows of a fan; withheld counts are drawn as 0 and labelled as withheld.

    A single step has two, at both ends of its days, because a line needs two points.
    """
    nobody = 0.0 if schema.measures()[measure].is_count else None
    rows = []
    columns = [frame[name].to_list() for name in ("from", "to", *QUANTILES)]
    for text, first, after, *values in zip(says, *columns, strict=True):
        about = {"from": first, "to": after, "day": step_text(first, after), "says": text}
        shown = (nobody if value is None else value for value in values)
        about |= dict(zip(QUANTILES, shown, strict=True))
        rows += [about | {"date": moment} for moment in moments(first, after, frame.height)]
    return rows


def moments(first: date, after: date, steps: int) -> list[datetime]:
    """Moments of a step of a fan: the middle of its days, or both ends if it is the only one."""
    begin, end = (datetime.combine(day, time()) for day in (first, after))
    # In the middle, where a published count of the same days is drawn.
    return [begin, end] if steps == 1 else [begin + (end - begin) / 2]


def step_text(first: date, after: date) -> str:
    """A day, or a week by its first day."""
    text = days(first)
    return text if (after - first).days == 1 else f"week of {text}"


def _hover_bands(key: str) -> Spec:
    """Invisible bands with the figures of a step (``nearest`` mixes up rows in Vega-Lite 6.4)."""
    over = f"over_{key}"
    seen = {"value": 0, "condition": {"param": over, "empty": False, "value": 0.15}}
    bands = layer(
        "rect",
        look={"style": TOUCH},
        x=field("from:T"),
        x2={"field": "to"},
        opacity=seen,
        tooltip=[field("day:N", title="when"), field("says:N", title="simulated")],
    )
    select = {"type": "point", "on": "pointerover", "clear": "pointerout"}
    return bands | {"params": [{"name": over, "select": select}]}


_TICKS = 6


def _dates(values: list[Row], ends: Ends | None = None) -> Spec:
    form = "%b %Y" if _is_long(values) else "%-d %b"
    first, last = (values[0]["from"], values[-1]["to"]) if ends is None else (ends.first, ends.last)
    # On few days, ticks at hours would repeat the day.
    count = "day" if (last - first).days <= _TICKS else _TICKS
    axis = {"format": form, "tickCount": count, "labelOverlap": True, "labelSeparation": 8}
    return axis | {"grid": False}


def _year(values: list[Row]) -> str | None:
    """The years of the days shown; None where every tick of the axis names them."""
    years = dict.fromkeys(str(values[i]["date"].year) for i in (0, -1))
    return None if _is_long(values) else "–".join(years)


def _is_long(values: list[Row]) -> bool:
    return bool((values[-1]["date"] - values[0]["date"]).days > _MONTHS_FROM_DAYS)


def _limit(beds: int) -> Spec:
    """Existing beds, as a line over those in use."""
    tip = {"value": f"{beds:,} beds"}
    return layer("rule", look={"style": "limit"}, y={"datum": beds}, tooltip=tip)


def _beds(reader: ChartReader, place: str) -> int:
    places = reader.scenario.tables["places"]
    if place != EVERYWHERE:
        places = places.filter(pl.col("id") == place)
    return int(places["reception_beds"].fill_null(0).sum())


def _published(reader: ChartReader, series: Series, window: Window) -> list[Spec]:
    """Published figures over their days; each leads to its source. Grey: not scored."""
    rows = marks(reader, series, window)
    context = [row for row in rows if row["use"] == "context"]
    others = [row for row in rows if row["use"] != "context"]
    several = (("published-context", context), ("published", others))
    return [published_layer(part, style) for style, part in several if part]


def marks(reader: ChartReader, series: Series, window: Window) -> list[Row]:
    """Published figures drawn in a window, and where they begin and end there."""
    first, after, _ = window
    return [
        row | {"x": max(row["from"], first), "x2": min(row["to"], after)}
        for row in reader.published(*series).filter(window.inside).iter_rows(named=True)
        if not is_too_long(row, window)
    ]


def is_too_long(row: Row, window: Window) -> bool:
    """Whether a published figure covers too many of the days shown to say much about one of them.

    The mean a day of a year's total would be a bar along the bottom of a chart with a peak.
    """
    covered: timedelta = row["to"] - row["from"]
    return covered > max(_LONG, (window.after - window.first) / 3)


def published_layer(rows: Iterable[Row], style: str) -> Spec:
    """Published figures from ``x`` to ``x2``, each linked to its source."""
    values = []
    for row in rows:
        figure = f"{row['observed']:,.10g} ({row['basis']})"
        address, when = row["address"] or "", period(row["from"], row["to"])
        values.append(
            {name: row[name] for name in ("x", "x2", "a_day")}
            | {
                "published": figure + (", not scored" if "context" in style else ""),
                "day": when,
                "source": row["source_title"],
                "address": address if address.startswith("http") else None,
                "label": f"Published: {figure}, {when}; to the source: {row['source_title']}",
            }
        )
    # A rule of one day is too short to be seen or hit: round ends make it a dot.
    # Clipped: no number may stretch the picture.
    return layer(
        "rule",
        inline(values),
        look={"style": style, "strokeCap": "round", "clip": True, "aria": True},
        x=field("x:T"),
        x2={"field": "x2"},
        y=field("a_day:Q"),
        href=field("address:N"),
        description=field("label:N"),
        tooltip=[field(f"{c}:N", title=t) for c, t in _TIPS.items()],
    )


_TIPS = {"day": "when", "published": "published", "source": "source"}
