"""Fans: what the runs hold over time, with what was published over it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from emigre import schema
from emigre.charts.book import EVERYWHERE, Book, Series, inline
from emigre.charts.labels import title, unit_of
from emigre.headlines import period

PANEL_WIDTH, PANEL_HEIGHT = 460, 170
_MONTHS_FROM_DAYS = 150
_LARGE = 10_000
"""From here on axes say 10k."""


@dataclass(frozen=True, slots=True)
class FanPlan:
    """A figure made of fans: which series it shows, under which heading."""

    key: str
    section: str
    title: str
    note: str
    series: tuple[Series, ...]
    titled_by: str = "place"
    """What tells the panels apart: place, or measure."""


def main_plan(book: Book) -> FanPlan:
    """The one chart that matters: the first headline, else all who leave."""
    series = (_headline_series(book) or [("departed", EVERYWHERE)])[:1]
    measure, place = series[0]
    name = "" if place == EVERYWHERE else f", {book.name(place)}"
    return FanPlan("main", "answer", f"{title(measure)}{name}", "", tuple(series))


def _headline_series(book: Book) -> list[Series]:
    """Series of the observations marked as headline, in their order (all, if none is)."""
    rows = list(book.results.scores.filter(pl.col("simulated") == "yes").iter_rows(named=True))
    main = [row for row in rows if row["headline"] == "yes"] or rows
    return list(dict.fromkeys((row["measure"], row["place"]) for row in main))


def headline_plan(book: Book) -> FanPlan | None:
    """The main observations over the simulated fan."""
    series = _headline_series(book)[:10]
    note = (
        "Black: published, over the days it counts; grey: published, but it counts something else. "
        "Each leads to its source. Passages are those of all travellers."
    )
    return _plan("published", "published", "Published counts over the simulated fan", note, series, "both")


def plans(book: Book) -> list[FanPlan]:
    """All fans of a run; those without anybody are left out."""
    found = (make(book) for make in _PLANS)
    return [plan for plan in found if plan is not None]


def _entries(book: Book) -> FanPlan | None:
    """Emigrants admitted where most are."""
    crossings = book.largest("entered", "crossing", 6)
    note = "Emigrants admitted at the entry check of the crossings that admit most. "
    note += "One person may pass more than once: passages are not people."
    series = [("entered", place) for place in crossings]
    return _plan("entries", "ways", "Entries by crossing", note, series)


def _queues(book: Book) -> FanPlan | None:
    places = book.largest("waiting", "crossing", 4)
    note = "Emigrants who wait at the end of the day; ordinary travellers wait in the same queue."
    return _plan("queues", "ways", "Queues", note, [("waiting", p) for p in places])


def _waits(book: Book) -> FanPlan | None:
    places = book.largest("wait_hours", "crossing", 4)
    note = "Mean hours waited by those who were served on a day."
    return _plan("waits", "ways", "Hours of waiting", note, [("wait_hours", p) for p in places])


def _countries(book: Book) -> FanPlan | None:
    places = book.largest("stock", "country", 6)
    note = "Emigrants who arrived since the first day of the simulation and are present."
    return _plan("countries", "stay", "Where they are", note, [("stock", p) for p in places])


def _statuses(book: Book) -> FanPlan | None:
    return _measures(
        book,
        "statuses",
        "stay",
        "On what terms they stay",
        "People present in all countries together, by the legal ground of their stay.",
        [f"stock_{status}" for status in schema.statuses()],
    )


def _asylum(book: Book) -> FanPlan | None:
    return _measures(
        book,
        "asylum",
        "stay",
        "Asylum and permits on file",
        "Applications and decisions counted in people. Claims and permits are files at an "
        "authority: not everybody present is on file, and one person may apply twice.",
        [
            *("applied", "granted", "rejected", "asylum_pending"),
            *("asylum_granted", "asylum_rejected", "asylum_withdrawn"),
        ],
    )


def _need(book: Book) -> FanPlan | None:
    note = "People without means and without work, beds in use, and those for whom none was free."
    measures = ["in_need", "reception_beds_used", "unsheltered"]
    return _measures(book, "need", "need", "People in need, and beds", note, measures)


def _stuck(book: Book) -> FanPlan | None:
    note = "In all regions of origin together."
    measures = ["trapped", "returned", "stock_returned", "onward"]
    return _measures(book, "stuck", "need", "Trapped, back, moved on", note, measures)


def _measures(
    book: Book, key: str, section: str, heading: str, note: str, measures: list[str]
) -> FanPlan | None:
    there = [m for m in measures if book.totals.get(m, {}).get(EVERYWHERE)]
    series = [(m, EVERYWHERE) for m in there]
    return _plan(key, section, heading, note, series, titled_by="measure")


def _plan(
    key: str,
    section: str,
    heading: str,
    note: str,
    series: list[Series],
    titled_by: str = "place",
) -> FanPlan | None:
    return FanPlan(key, section, heading, note, tuple(series), titled_by) if series else None


_PLANS: tuple[Callable[[Book], FanPlan | None], ...] = (
    *(_entries, _queues, _waits),
    *(_countries, _statuses, _asylum),
    *(_need, _stuck, headline_plan),
)


def panel_title(book: Book, plan: FanPlan, series: Series) -> str:
    """What tells this panel from the others of its figure."""
    measure, place = series
    if plan.titled_by == "measure":
        return title(measure)
    if plan.titled_by == "both":
        return f"{title(measure)}, {book.name(place)}"
    return book.name(place)


def panel(book: Book, series: Series, heading: str, *, wide: bool = False) -> Any:
    """One fan of a run with what was published over it."""
    import altair as alt

    measure, place = series
    frame = book.fan(measure, place)
    return fan_chart(
        fan_values(frame, measure, list(book.texts(frame, measure))),
        key=f"{measure} {place}",
        heading=heading,
        unit=unit_of(measure) + (", weekly mean" if book.step > 1 else ""),
        axis=book,
        top=max((v or 0.0 for v in frame["q95"]), default=0.0),
        over=[*_limit(alt, book, measure, place), *_published(alt, book, measure, place)],
        wide=wide,
    )


def fan_chart(
    values: pl.DataFrame,
    *,
    key: str,
    heading: str,
    unit: str,
    axis: Book,
    top: float,
    over: Iterable[Any] = (),
    with_zero: bool = False,
    wide: bool = False,
) -> Any:
    """90 % and 50 % of the runs, the median, and layers over them.

    ``values`` come from :func:`fan_values`; ``key`` tells charts of one page apart; ``axis`` says which days; ``top`` is the largest value,
    by which the numbers of the axis are written.
    """
    import altair as alt

    base = alt.Chart(inline(values), title=_lines(heading)).encode(
        x=alt.X("date:T", title=None, axis=_dates(axis))
    )
    y = alt.Y(
        "q05:Q",
        title=unit,
        scale=alt.Scale(zero=True),
        axis=alt.Axis(tickCount=5, format="~s" if top >= _LARGE else ",~f"),
    )
    zero = alt.Chart(inline(pl.DataFrame({"zero": [0]}))).mark_rule(style="zero").encode(y="zero:Q")
    layers = [
        base.mark_area(style="fan-outer").encode(y=y, y2="q95:Q"),
        base.mark_area(style="fan-inner").encode(y="q25:Q", y2="q75:Q"),
        *([zero] if with_zero else []),
        base.mark_line(style="median").encode(y="q50:Q"),
        _touch(alt, base, _plain(key)),
        *over,
    ]
    height = 260 if wide else PANEL_HEIGHT
    return alt.layer(*layers).properties(width=PANEL_WIDTH, height=height)


def fan_values(frame: pl.DataFrame, measure: str, says: list[str]) -> pl.DataFrame:
    """Rows of a fan; counts that are withheld are drawn as nobody and said as such."""
    shown = frame.with_columns(
        pl.Series("says", says, pl.String),
        pl.Series("day", [said(f, t) for f, t in frame.select("from", "to").iter_rows()]),
    ).drop("from", "to")
    if schema.measures()[measure].unit == "persons":
        shown = shown.with_columns(pl.col(pl.Float64).fill_null(0.0))
    return shown


def said(first: date, after: date) -> str:
    """A day, or a week by its first day."""
    text = f"{first.day} {first:%b %Y}"
    return text if (after - first).days == 1 else f"week of {text}"


def _touch(alt: Any, base: Any, key: str) -> Any:
    """Wide invisible strokes that show the figures of a day under the pointer."""
    near = alt.selection_point(f"near_{key}", nearest=True, on="pointerover", encodings=["x"], empty=False)
    tips = [alt.Tooltip("day:N", title="when"), alt.Tooltip("says:N", title="simulated")]
    return (
        base.mark_rule(style="touch")
        .encode(opacity=alt.condition(near, alt.value(0.5), alt.value(0)), tooltip=tips)
        .add_params(near)
    )


def _lines(heading: str) -> list[str]:
    """A long heading over several lines."""
    return textwrap.wrap(heading, 62)


def _plain(key: str) -> str:
    """A key as the name of a parameter."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in key)


def _dates(book: Book) -> Any:
    import altair as alt

    info = book.info
    is_long = info.end.year != info.start.year or info.n_days > _MONTHS_FROM_DAYS
    form = "%b %Y" if is_long else "%-d %b"
    return alt.Axis(format=form, tickCount=6, labelOverlap=True, grid=False)


def _limit(alt: Any, book: Book, measure: str, place: str) -> list[Any]:
    """The beds there are, as a line over those in use."""
    if measure != "reception_beds_used":
        return []
    places = book.scenario.tables["places"]
    if place != EVERYWHERE:
        places = places.filter(pl.col("id") == place)
    beds = int(places["reception_beds"].fill_null(0).sum())
    data = inline(pl.DataFrame({"beds": [beds], "says": [f"{beds:,} beds"]}))
    return [alt.Chart(data).mark_rule(style="limit").encode(y="beds:Q", tooltip="says:N")]


def _published(alt: Any, book: Book, measure: str, place: str) -> list[Any]:
    """Published figures over their days; each leads to its source. Grey: counts something else."""
    frame = book.published(measure, place)
    layers = []
    for style, rows in (
        ("published-context", frame.filter(pl.col("use") == "context")),
        ("published", frame.filter(pl.col("use") != "context")),
    ):
        if rows.height:
            layers.append(_published_layer(alt, rows, style))
    return layers


def _published_layer(alt: Any, rows: pl.DataFrame, style: str) -> Any:
    values = []
    for row in rows.iter_rows(named=True):
        figure = f"{row['observed']:,.10g} ({row['basis']})"
        address = row["address"] or ""
        values.append(
            {
                "from": row["from"],
                "to": row["to"],
                "a_day": row["a_day"],
                "published": figure + (", counts something else" if "context" in style else ""),
                "day": period(row["from"], row["to"]),
                "source": row["source_title"],
                "address": address if address.startswith("http") else None,
                "label": f"Published: {figure}, {period(row['from'], row['to'])}; "
                f"to the source: {row['source_title']}",
            }
        )
    tips = [alt.Tooltip(f"{c}:N", title=t) for c, t in _TIPS.items()]
    # A rule of one day is too short to be seen or hit: round ends make it a dot.
    mark = alt.Chart(inline(pl.DataFrame(values))).mark_rule(style=style, strokeCap="round")
    return mark.encode(
        x="from:T", x2="to:T", y="a_day:Q", href="address:N", tooltip=tips, description="label:N"
    )


_TIPS = {"day": "when", "published": "published", "source": "source"}

