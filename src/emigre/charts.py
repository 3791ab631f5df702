"""A picture of a run: the main observations over the simulated fan. Needs no network."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.headlines import words
from emigre.results.draft import write_whole
from emigre.results.folder import Results
from emigre.results.standing import standing
from emigre.results.tables import QUANTILES, summarise

Datasets = dict[str, Any]
"""Rows by name. They join a specification last: charts copy what they hold again and again."""

MOST_PANELS = 6
_WEEKLY_FROM_DAYS = 200
_MONTHS_FROM_DAYS = 150
_BLUE, _BLACK, _GREY = "#2a6f97", "#111111", "#9a9a9a"


def write(results: Results) -> list[Path]:
    """Draw chart.svg and chart.png into the run folder; returns their paths.

    Nothing is drawn (an empty list) where the scenario has no observation to show.
    """
    panels = _panels(results)
    if not panels:
        return []
    datasets: Datasets = {}
    chart: dict[str, Any] = _chart(results, panels, datasets).to_dict()
    return save(json.dumps(chart | {"datasets": datasets}), results.folder)


def save(specification: str, folder: Path, stem: str = "chart") -> list[Path]:
    """Draw a Vega-Lite specification as STEM.svg and STEM.png into a folder; returns the paths."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification)
    drawn = {"svg": svg.encode(), "png": vl_convert.svg_to_png(svg, scale=2)}
    for ending, content in drawn.items():
        write_whole(folder / f"{stem}.{ending}", content)
    return [folder / f"{stem}.{ending}" for ending in drawn]


def _panels(results: Results) -> list[tuple[str, str, str]]:
    """(measure, place, name of the place) of the panels, in the order of the observations."""
    rows = list(results.scores.filter(pl.col("simulated") == "yes").iter_rows(named=True))
    main = [row for row in rows if row["headline"] == "yes"] or rows
    found = dict.fromkeys((r["measure"], r["place"], r["place_name"]) for r in main)
    return list(found)[:MOST_PANELS]


def fan(results: Results, measure: str, place: str) -> pl.DataFrame:
    """Quantiles over the runs of one series (date, q05 ... q95), by week in long runs.

    A week's value is the mean of its days, taken in each run before the quantiles.
    """
    first, days = results.info.start, results.info.n_days
    step = 7 if days >= _WEEKLY_FROM_DAYS else 1
    rows = (
        results.scan_daily()
        .filter((pl.col("measure") == measure) & (pl.col("place") == place))
        .select("run", "date", "value")
        .collect()
    )
    runs = results.info.runs
    spec = schema.measures()[measure]
    values = np.full((runs, days), np.nan if spec.kind == "mean" else 0.0)
    day = (rows["date"] - first).dt.total_days().to_numpy()
    values[rows["run"].to_numpy(), day] = rows["value"].to_numpy()
    weeks = days // step
    blocks = values[:, : weeks * step].reshape(runs, weeks, step)
    served = ~np.isnan(blocks)
    total = np.where(served, blocks, 0.0).sum(axis=2)
    means = np.where(served.any(axis=2), total / np.maximum(served.sum(axis=2), 1), np.nan)
    found = summarise(means)
    # The middle of the block, so that a week's point stands over its days.
    dates = [first + timedelta(days=step * week + step // 2) for week in range(weeks)]
    columns = {name: found[name] for name in QUANTILES}
    return pl.DataFrame({"date": dates, **columns}).fill_nan(None)


def _observed(results: Results, measure: str, place: str) -> pl.DataFrame:
    """Published figures of one series as a value per day over their days."""
    rows = standing(results.scores).filter(
        (pl.col("measure") == measure) & (pl.col("place") == place)
    )
    is_flow = schema.measures()[measure].kind == "flow"
    days = (pl.col("to") - pl.col("from")).dt.total_days() if is_flow else pl.lit(1)
    return rows.select(
        "from", "to", "use", "source_title", (pl.col("observed") / days).alias("observed")
    )


def _chart(results: Results, panels: list[tuple[str, str, str]], datasets: Datasets) -> Any:
    import altair as alt

    info = results.info
    drawn = [_panel(results, *panel, datasets) for panel in panels]
    variants = ", ".join(info.variants)
    subtitle = [
        f"{info.runs} runs, Emigre {info.emigre}, seed {info.seed}"
        + (f", with {variants}" if variants else ""),
        "Simulated: median, 50 % and 90 % of the runs (blue). Published: black, over its days; "
        "grey where it counts something else.",
    ]
    title = alt.TitleParams(info.title, subtitle=subtitle, anchor="start")
    return (
        alt.vconcat(*drawn)
        .properties(title=title, background="white")
        .configure_view(stroke=None)
        .configure_title(anchor="start", fontSize=12)
        .configure_axis(gridColor="#e6e6e6", labelFontSize=11, titleFontSize=11)
    )


def _panel(results: Results, measure: str, place: str, name: str, datasets: Datasets) -> Any:
    import altair as alt

    spec = schema.measures()[measure]
    unit = f"{spec.unit} a day" if spec.kind == "flow" else spec.unit
    info = results.info
    is_long = info.end.year != info.start.year or info.n_days > _MONTHS_FROM_DAYS
    form = "%b %Y" if is_long else "%-d %b"
    simulated, published = f"simulated {measure} {place}", f"published {measure} {place}"
    datasets[simulated] = _values(fan(results, measure, place))
    datasets[published] = _values(_observed(results, measure, place))
    base = alt.Chart(alt.NamedData(simulated), title=f"{words(measure)}, {name}").encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(format=form, tickCount=8, labelOverlap=True))
    )
    y = alt.Y("q05:Q", title=unit, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5))
    outer = base.mark_area(opacity=0.22, color=_BLUE).encode(y=y, y2="q95:Q")
    inner = base.mark_area(opacity=0.4, color=_BLUE).encode(y="q25:Q", y2="q75:Q")
    line = base.mark_line(color=_BLUE, strokeWidth=1.5).encode(y="q50:Q")
    # What counts something else is shown, but never taken for the same.
    colour = alt.condition("datum.use == 'context'", alt.value(_GREY), alt.value(_BLACK))
    seen = (
        alt.Chart(alt.NamedData(published))
        .mark_rule(strokeWidth=3, strokeCap="round")
        .encode(x="from:T", x2="to:T", y="observed:Q", color=colour)
    )
    return alt.layer(outer, inner, line, seen).properties(width=640, height=120)


def _values(frame: pl.DataFrame) -> Any:
    """Rows as plain JSON values, dates as text without a zone."""
    texts = frame.with_columns(pl.col(pl.Date).dt.strftime("%Y-%m-%dT00:00:00"))
    return texts.to_dicts()
