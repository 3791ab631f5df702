"""Ranges: one row a place, group or effect; the median, 50 % and 90 % of the runs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.charts.book import EVERYWHERE, Book, hide_small, inline
from emigre.charts.labels import title
from emigre.comparison.folder import Comparison
from emigre.headlines import rounded, words
from emigre.results.tables import QUANTILES, summarise

RANGE_WIDTH = 460
_ROW_HEIGHT = 30
COLUMNS = {"place": pl.String, "name": pl.String} | dict.fromkeys(QUANTILES, pl.Float64)


@dataclass(frozen=True, slots=True)
class RangePlan:
    """A figure of rows with intervals: what it shows and its numbers (columns COLUMNS)."""

    key: str
    section: str
    title: str
    note: str
    measure: str
    unit: str
    rows: pl.DataFrame
    small_count: int
    is_difference: bool = False


def plans(book: Book) -> list[RangePlan]:
    """Sums and last days by place, and by group where the run was counted by one."""
    found = [
        _by_place(book, "entries-in-all", "ways", "entered", "crossing"),
        _by_place(book, "arrived", "stay", "arrived", "country"),
        _by_place(book, "present", "stay", "stock", "country"),
        _by_group(book, "departed"),
        _by_group(book, "stock"),
    ]
    return [plan for plan in found if plan is not None]


_WHEN = {"flow": "all days", "stock": "last day", "mean": "mean of the days"}


def _by_place(book: Book, key: str, section: str, measure: str, kind: str) -> RangePlan | None:
    places = book.largest(measure, kind, 12)
    if not places:
        return None
    book.load((measure, place) for place in places)
    rows = [
        {"place": place, "name": book.name(place), **book.over_all(measure, place)}
        for place in places
    ]
    when = _WHEN[schema.measures()[measure].kind]
    return _plan(book, key, section, f"{title(measure)}, {when}", measure, rows)


def _by_group(book: Book, measure: str) -> RangePlan | None:
    by, found = book.info.by, book.results.groups
    if by is None or found is None:
        return None
    rows = found.filter((pl.col("measure") == measure) & (pl.col("place") == EVERYWHERE))
    is_flow = schema.measures()[measure].kind == "flow"
    if not is_flow:
        rows = rows.filter(pl.col("date") == book.info.end)
    if not rows.height:
        return None
    sums = rows.group_by("category", "run").agg(pl.col("value").sum())
    made: list[dict[str, Any]] = []
    for (category,), part in sums.group_by("category", maintain_order=False):
        values = np.zeros(book.info.runs)  # rows that are zero are left out
        values[part["run"].to_numpy()] = part["value"].to_numpy()
        numbers = {n: float(v[0]) for n, v in summarise(values[:, None]).items()}
        made.append({"place": str(category), "name": words(str(category)), **numbers})
    made.sort(key=lambda row: (-float(row["q50"]), row["place"]))
    when = _WHEN["flow" if is_flow else "stock"]
    heading = f"{title(measure)} by {words(by)}, {when}"
    return _plan(book, f"{measure}-by-group", "groups", heading, measure, made[:16])


def _plan(
    book: Book, key: str, section: str, heading: str, measure: str, rows: list[dict[str, Any]]
) -> RangePlan:
    frame = pl.DataFrame(
        [{name: row[name] for name in COLUMNS} for row in rows], schema=COLUMNS, orient="row"
    )
    note = "Median, 50 % and 90 % of the runs."
    unit = schema.measures()[measure].unit
    hidden = book.withheld(frame, measure, QUANTILES)
    return RangePlan(key, section, heading, note, measure, unit, hidden, book.info.small_count)


def effect_plans(comparison: Comparison, name: str) -> list[RangePlan]:
    """Paired effects of one alternative on entries by crossing, on arrivals, on those present."""
    mine = comparison.totals.filter(alternative=name).drop_nulls("mean")
    found = []
    for measure, kinds in (
        ("entered", ["crossing"]),
        ("arrived", ["country", "camp"]),
        ("stock", ["country", "camp"]),
    ):
        rows = mine.filter(
            (pl.col("measure") == measure)
            & pl.col("place_kind").is_in(kinds)
            & (pl.col("mean") != 0)
        ).sort(pl.col("mean").abs(), descending=True)
        if rows.height:
            found.append(_effect_plan(comparison, name, measure, rows.head(10)))
    return found


def _effect_plan(comparison: Comparison, name: str, measure: str, rows: pl.DataFrame) -> RangePlan:
    when = rows["what"][0]
    frame = rows.select("place", pl.col("place_name").alias("name"), *QUANTILES).sort(
        "q50", descending=True, nulls_last=True
    )
    small = comparison.info.small_count
    if schema.measures()[measure].unit == "persons":
        frame = frame.with_columns(hide_small(QUANTILES, small))
    return RangePlan(
        key=f"effect-{name}-{measure}",
        section="effects",
        title=f"{title(measure)}, difference, {when}",
        note="Alternative less baseline, run by run; median, 50 % and 90 % of the differences.",
        measure=measure,
        unit=schema.measures()[measure].unit,
        rows=frame,
        small_count=small,
        is_difference=True,
    )


def texts(plan: RangePlan) -> list[str]:
    """Median and interval of each row in fitting digits, with signs for differences."""
    said = []
    for row in plan.rows.iter_rows(named=True):
        parts = rounded(row["q05"], row["q50"], row["q95"], plan.small_count)
        low, mid, high = (signed(p) if plan.is_difference else p for p in parts)
        said.append(mid if low == high else f"{mid} ({low} to {high})")
    return said


def signed(text: str) -> str:
    """A difference with its sign: a plus, or a minus of full width."""
    if text.startswith("-"):
        return "−" + text[1:]
    return text if text.startswith("<") or text == "0" else f"+{text}"


def chart(plan: RangePlan) -> Any:
    """Rows with intervals, the largest first; zero is drawn where rows are differences."""
    import altair as alt

    shown = plan.rows.with_columns(
        pl.Series("says", texts(plan), pl.String), pl.col(pl.Float64).fill_null(0.0)
    )
    order = shown["name"].to_list()
    # On a phone names make room for the ranges: two lines.
    lines = json.dumps({n: textwrap.wrap(n, 19, max_lines=2, placeholder=" …") for n in order})
    limit = alt.ExprRef("width < 420 ? 130 : 230")
    says = f"width < 420 ? ({lines})[datum.value] : datum.label"
    names = alt.Axis(labelLimit=limit, labelExpr=says, ticks=False)
    base = alt.Chart(inline(shown)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=names),
        tooltip=[alt.Tooltip("name:N", title="what"), alt.Tooltip("says:N", title="simulated")],
    )
    inner = plan.rows["q25"].is_not_null().any()
    top = max((abs(v) for v in _numbers(shown)), default=0.0)
    axis = alt.Axis(tickCount=5, format="~s" if top >= 10_000 else ",~f")
    x = alt.X("q05:Q", title=plan.unit, axis=axis, scale=alt.Scale(zero=True, nice=True))
    layers = [
        base.mark_rule(style="interval-outer").encode(x=x, x2=alt.X2("q95:Q")),
        *(
            [base.mark_rule(style="interval-inner").encode(x=alt.X("q25:Q"), x2=alt.X2("q75:Q"))]
            if inner
            else []
        ),
        base.mark_circle(style="interval-mid").encode(x=alt.X("q50:Q")),
    ]
    if plan.is_difference:
        zero = alt.Chart(inline(pl.DataFrame({"zero": [0]}))).mark_rule(style="zero")
        layers.insert(0, zero.encode(x=alt.X("zero:Q")))
    return alt.layer(*layers).properties(
        title=textwrap.wrap(plan.title, 62),
        width=RANGE_WIDTH,
        height=max(2, len(order)) * _ROW_HEIGHT,
    )


def _numbers(frame: pl.DataFrame) -> Iterable[float]:
    return (v for name in ("q05", "q95") for v in frame[name].to_list())
