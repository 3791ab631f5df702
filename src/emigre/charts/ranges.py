"""Ranges: one row per place, group or effect, with its median and intervals of the runs."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.charts import fans
from emigre.charts.series import EVERYWHERE, ChartReader, Series
from emigre.charts.spec import TOUCH, Spec, field, inline, layer
from emigre.comparison.folder import Comparison
from emigre.comparison.key_effects import totals_of
from emigre.evaluation.key_results import days, differences, period, rounded_rows, with_interval
from emigre.results import window
from emigre.results.disclosure import hide_small, label, small_count_of
from emigre.results.intervals import HALF, MOST, inner_name, interval_name
from emigre.results.labels import title
from emigre.results.tables import QUANTILES
from emigre.results.text import words
from emigre.results.window import is_stock

RANGE_WIDTH = 460
ROW_HEIGHT = 30
_ROWS, _GROUPS = 12, 16
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
    interval: str
    is_difference: bool = False
    ends: tuple[float, float] | None = None
    """End of its axis, if another chart is shown side by side with it."""
    is_drawn: bool = True
    """Whether pages draw it; otherwise they only have its table."""

    @property
    def texts(self) -> list[str]:
        """Median and interval of each row."""
        return texts(self.rows, self.small_count, is_difference=self.is_difference)


_BY_PLACE = (
    ("entries-in-all", "ways", "entered", "crossing", False),
    ("arrived", "stay", "arrived", "country", True),
    ("present", "stay", "stock", "country", False),
)
"""Key, section, measure and kind of place of the figures by place, and whether pages draw them:
entries and people present are drawn over time."""


def series(reader: ChartReader) -> list[Series]:
    """All series from which the rows by place are chosen."""
    return [(m, place) for _, _, m, kind, _ in _BY_PLACE for place in reader.largest(m, kind)]


def plans(reader: ChartReader) -> list[RangePlan]:
    """Sums and last days by place, and by group where the run was counted by one."""
    return [plan for (plan,) in _plans([reader])]


def side_by_side(readers: Sequence[ChartReader]) -> list[tuple[RangePlan, ...]]:
    """The plans of several runs, with the same rows in the same order, on the same axis."""
    return [tuple(replace(p, ends=_ends(plans)) for p in plans) for plans in _plans(readers)]


def _plans(readers: Sequence[ChartReader]) -> list[list[RangePlan]]:
    chosen = [
        *(_by_place(readers, *what) for what in _BY_PLACE),
        _by_group(readers, "departed"),
        _by_group(readers, "stock"),
    ]
    return [plans for plans in chosen if plans]


def _ends(plans: Iterable[RangePlan]) -> tuple[float, float]:
    numbers = [0.0, *(v or 0.0 for plan in plans for v in _numbers(plan.rows))]
    return min(numbers), max(numbers) or 1.0


def _period_text(measure: str, reader: ChartReader) -> str:
    """The days of a value over the run."""
    end = days(reader.info.end)
    whole = period(reader.info.start, reader.info.end + timedelta(days=1))
    return {"flow": whole, "stock": end, "mean": f"mean, {whole}"}[schema.measures()[measure].kind]


def _by_place(
    readers: Sequence[ChartReader], key: str, section: str, measure: str, kind: str, is_drawn: bool
) -> list[RangePlan]:
    """A plan for each reader, with the rows whose median is among the largest in any."""
    most: dict[str, float] = {}
    for reader in readers:
        for place in reader.ranked(measure, kind)[:_ROWS]:
            most[place] = max(most.get(place, 0.0), reader.over_all(measure, place)["q50"])
    places = sorted(most, key=lambda place: (-most[place], place))
    if not places:
        return []
    heading = f"{title(measure)}, {_period_text(measure, readers[0])}"
    made = []
    for reader in readers:
        rows = [{"place": p, "name": reader.name(p), **reader.over_all(measure, p)} for p in places]
        plan = _plan(reader, key, section, heading, measure, rows)
        made.append(replace(plan, is_drawn=is_drawn))
    return made


def _by_group(readers: Sequence[ChartReader], measure: str) -> list[RangePlan]:
    by = readers[0].info.by
    counted = [_of_groups(reader, measure) for reader in readers]
    if by is None or not all(counted):
        return []
    # In the order of the first; places of one world only count 0 in the other.
    order = list(dict.fromkeys(c for found in counted for c in list(found)[:_GROUPS]))
    heading = f"{title(measure)} by {words(by)}, {_period_text(measure, readers[0])}"
    nobody = dict.fromkeys(QUANTILES, 0.0)
    made = []
    for reader, found in zip(readers, counted, strict=True):
        rows = [{"place": c, "name": words(c), **found.get(c, nobody)} for c in order]
        made.append(_plan(reader, f"{measure}-by-group", "groups", heading, measure, rows))
    return made


def _of_groups(reader: ChartReader, measure: str) -> dict[str, dict[str, float]]:
    """Quantiles over the runs by category, the largest first; empty if it was not counted so."""
    groups = reader.results.groups
    if reader.info.by is None or groups is None:
        return {}
    rows = groups.filter(measure=measure, place=EVERYWHERE)
    after = reader.info.end + timedelta(days=1)
    first = window.first_day(measure, reader.info.start, after, window.LAST_DAY)
    rows = rows.filter(pl.col("date") >= first)
    sums = rows.group_by("category", "run").agg(pl.col("value").sum())
    made: dict[str, dict[str, float]] = {}
    for (category,), part in sums.group_by("category", maintain_order=False):
        values = np.zeros(reader.info.runs)  # rows that are zero are left out
        values[part["run"].to_numpy()] = part["value"].to_numpy()
        values = reader.with_error(values[:, None], measure, EVERYWHERE, [(first, after)])
        summary = reader.summary(measure, values)
        made[str(category)] = {n: float(v[0]) for n, v in summary.items()}
    return dict(sorted(made.items(), key=lambda item: (-item[1]["q50"], item[0])))


def _plan(
    reader: ChartReader,
    key: str,
    section: str,
    heading: str,
    measure: str,
    rows: list[dict[str, Any]],
) -> RangePlan:
    small = reader.info.small_count
    hidden = hide_small(QUANTILES, small_count_of(measure, small))
    frame = pl.DataFrame(rows, schema=COLUMNS).with_columns(hidden)
    note, unit = _note(HALF, MOST), schema.measures()[measure].unit
    return RangePlan(key, section, heading, note, measure, unit, frame, small, MOST)


def _note(inner: str, outer: str) -> str:
    """Meaning of the dot and the lines of a row."""
    return f"Dot: median. Thick line: {inner}. Thin line: {outer}."


def effect_plans(comparison: Comparison, base: ChartReader, name: str) -> list[RangePlan]:
    """Paired effects of one alternative on entries by crossing, on arrivals, on those present.

    ``base`` is the reader of the baseline, by whose names places are called.
    """
    mine = totals_of(comparison, name)
    made = []
    for measure, kinds in (
        ("entered", ["crossing"]),
        ("arrived", ["country", "camp"]),
        ("stock", ["country", "camp"]),
    ):
        rows = mine.filter(
            (pl.col("measure") == measure)
            & pl.col("place_kind").is_in(kinds)
            & (pl.col("runs_up") + pl.col("runs_down") > 0)
        ).sort(pl.col("mean").abs(), descending=True, nulls_last=True)
        # A number left out to protect another one is not small: it has no place on an axis.
        is_hidden = pl.any_horizontal(
            pl.col(q).is_null() & (pl.col(f"{q}_text").fill_null("") == "") for q in QUANTILES
        )
        drawn, hidden = rows.filter(~is_hidden), rows.filter(is_hidden)
        if drawn.filter((pl.col("q05") != 0) | (pl.col("q95") != 0)).height:
            names = [base.name(place) for place in hidden["place"]]
            made.append(_effect_plan(comparison, base, name, measure, drawn.head(10), names))
    return made


def _effect_plan(
    comparison: Comparison,
    base: ChartReader,
    name: str,
    measure: str,
    rows: pl.DataFrame,
    hidden: Sequence[str],
) -> RangePlan:
    when = period(*comparison.info.period)
    if is_stock(measure):
        when = days(comparison.info.period[1] - timedelta(days=1))
    names = pl.Series("name", [base.name(place) for place in rows["place"]], pl.String)
    frame = rows.select("place", names, *QUANTILES, *(f"{q}_text" for q in QUANTILES)).sort(
        pl.col("q50").abs(), descending=True, nulls_last=True
    )
    small, runs = comparison.info.small_count, comparison.info.runs
    frame = frame.with_columns(hide_small(QUANTILES, small_count_of(measure, small)))
    left_out = f" Withheld: {'; '.join(hidden)}." if hidden else ""
    meaning = _note(inner_name(runs), interval_name(runs))
    return RangePlan(
        key=f"effect-{name}-{measure}",
        section="effects",
        title=f"{title(measure)}: difference, {when}",
        note=f"Alternative minus baseline, run by run. {meaning}{left_out}",
        measure=measure,
        unit=schema.measures()[measure].unit,
        rows=frame,
        small_count=small,
        interval=interval_name(runs),
        is_difference=True,
    )


def texts(frame: pl.DataFrame, small_count: int, *, is_difference: bool) -> list[str]:
    """Median and interval of each row in fitting digits, with signs for differences."""
    if is_difference:
        rows = [_difference(row, small_count) for row in frame.iter_rows(named=True)]
    else:
        low, mid, high = (frame[q].to_list() for q in ("q05", "q50", "q95"))
        rows = rounded_rows(low, mid, high, small_count, 0)
    return [with_interval(*row) for row in rows]


def _difference(row: dict[str, Any], small: int) -> tuple[str, str, str]:
    """A row of differences as text; withheld ones keep their sign where the row has their text."""
    ends = ("q05", "q50", "q95")
    given = [row.get(f"{q}_text") or label(small) if row[q] is None else row[q] for q in ends]
    low, mid, high = differences(given[0], given[1], given[2], small)
    return signed(low), signed(mid), signed(high)


def signed(text: str) -> str:
    """A difference with its sign: a plus, or a minus of full width."""
    text = text.replace("-", "−")
    return text if text.startswith(("−", "+", "<", ">")) or text == "0" else f"+{text}"


_APART = {"labelOverlap": True, "labelSeparation": 8}
"""Leave out numbers of an axis that would touch."""


def chart(plan: RangePlan) -> Spec:
    """Rows with intervals, the largest first; differences have a line at zero."""
    shown = plan.rows.select(*COLUMNS).with_columns(
        pl.Series("says", plan.texts, pl.String), pl.col(pl.Float64).fill_null(0.0)
    )
    order = shown["name"].to_list()
    row: Spec = {"y": field("name:N", sort=order, title=None, axis=name_axis(order))}
    tips = [field("name:N", title="what"), field("says:N", title="simulated")]
    top = max((abs(v) for v in [*_numbers(shown), *(plan.ends or ())]), default=0.0)
    scale = {"nice": True} | ({"domain": list(plan.ends)} if plan.ends else {"zero": True})
    x = field("q05:Q", title=plan.unit, axis=fans.numbers(top) | _APART, scale=scale)
    layers = [layer("rule", look={"style": "interval-outer"}, x=x, x2={"field": "q95"}, **row)]
    if plan.rows["q25"].is_not_null().any():
        inner = {"x": field("q25:Q"), "x2": {"field": "q75"}}
        layers.append(layer("rule", look={"style": "interval-inner"}, **inner, **row))
    # A dot at the end of the axis leaves its row, so that it needs a tooltip of its own.
    dot: Spec = {"x": field("q50:Q"), "tooltip": tips}
    layers.append(layer("circle", look={"style": "interval-mid"}, **dot, **row))
    if plan.is_difference:
        layers.insert(0, fans.zero_line("x"))
    # A whole row answers the pointer: a line is too thin for a finger.
    layers.append(layer("rect", look={"style": TOUCH, "opacity": 0}, tooltip=tips, **row))
    return {
        "data": inline(shown.to_dicts()),
        "layer": layers,
        "title": textwrap.wrap(plan.title, 62),
        "width": RANGE_WIDTH,
        "height": max(2, len(order)) * ROW_HEIGHT,
    }


def name_axis(names: Sequence[str]) -> Spec:
    """An axis of names in two lines, short ones on a phone, to make room for the ranges."""
    narrow, wide = (
        json.dumps({n: textwrap.wrap(n, width, max_lines=2, placeholder=" …") for n in names})
        for width in (19, 34)
    )
    return {
        "labelLimit": {"expr": "width < 420 ? 130 : 230"},
        "labelExpr": f"(width < 420 ? {narrow} : {wide})[datum.value]",
        "ticks": False,
    }


def _numbers(frame: pl.DataFrame) -> Iterable[float]:
    return (v for name in ("q05", "q95") for v in frame[name].to_list())
