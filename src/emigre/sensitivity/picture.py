"""Tornado chart of a sensitivity study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emigre import charts
from emigre.evaluation.key_results import period
from emigre.results.labels import heading_of
from emigre.results.text import counted
from emigre.sensitivity.study_text import change

if TYPE_CHECKING:
    from emigre.sensitivity.results import Sensitivity

MOST_BARS = 15
_BLUE, _RED, _BLACK = "#2a6f97", "#b5523b", "#111111"
_RAISES, _LOWERS = "raises it", "lowers it"
_PADDING = {"left": 30, "right": 50, "top": 5, "bottom": 5}
"""Room for letters that are wider in the fonts of the reader."""


def write(result: Sensitivity, folder: Path) -> list[Path]:
    """Draw chart.svg and chart.png into a folder; returns their paths."""
    return charts.save(_chart(result).to_dict(), folder)


def _chart(result: Sensitivity) -> Any:
    import altair as alt

    info = result.info
    what = heading_of(info.measure, info.place, info.place_name)
    figure = f"{what}, {period(info.start, info.end)}"
    number = change(info.median, sign=False)
    subtitle = [
        f"{figure}: {number} {info.unit} with every assumption at its median",
        "Bars: mean size of the change when one assumption goes from the 5 % to the 95 % end of "
        "its range, others elsewhere in theirs.",
        "Lines: 90 % interval of that mean.",
        f"{counted(info.trajectories, 'trajectory', 'trajectories')}, "
        f"{counted(info.runs, 'run')} each, Emigre {info.emigre}, seed {info.seed}",
    ]
    title = alt.TitleParams(
        f"{info.title}: which assumptions move a number", subtitle=subtitle, anchor="start"
    )
    panels = [_sizes(result)]
    if any(e.total is not None for e in result.effects):
        panels.append(_shares(result))
    return (
        alt.vconcat(*panels)
        .resolve_scale(color="independent")
        .properties(title=title, background="white", padding=_PADDING)
        .configure_view(stroke=None)
        .configure_axis(gridColor="#e6e6e6", labelFontSize=11, titleFontSize=11, labelLimit=260)
    )


def _sizes(result: Sensitivity) -> Any:
    import altair as alt

    data = [
        {
            "name": e.name,
            "size": e.size,
            "low": e.size_low,
            "high": e.size_high,
            "way": _RAISES if e.mean >= 0 else _LOWERS,
        }
        for e in result.effects[:MOST_BARS]
    ]
    order = [str(row["name"]) for row in data]
    y = alt.Y("name:N", sort=order, title=None)
    base = alt.Chart(alt.InlineData(data))
    colour = alt.Color(
        "way:N",
        title="a higher value",
        scale=alt.Scale(domain=[_RAISES, _LOWERS], range=[_BLUE, _RED]),
    )
    bars = base.mark_bar(opacity=0.8).encode(
        x=alt.X("size:Q", title=f"change, {result.info.unit}", axis=alt.Axis(tickCount=6)),
        y=y,
        color=colour,
    )
    lines = base.mark_rule(strokeWidth=2, color=_BLACK).encode(x="low:Q", x2="high:Q", y=y)
    return alt.layer(bars, lines).properties(width=560, height=alt.Step(20))


def _shares(result: Sensitivity) -> Any:
    import altair as alt

    kinds = (("alone", "first"), ("with all others", "total"))
    data = [
        {
            "name": e.name,
            "kind": kind,
            "share": min(max(getattr(e, key), 0.0), 1.0),
            "low": max(getattr(e, f"{key}_low"), 0.0),
            "high": min(getattr(e, f"{key}_high"), 1.0),
        }
        for e in result.effects
        if e.total is not None
        for kind, key in kinds
    ]
    order = list(dict.fromkeys(str(row["name"]) for row in data))
    base = alt.Chart(alt.InlineData(data))
    y = alt.Y("name:N", sort=order, title=None)
    offset = alt.YOffset("kind:N", sort=[kind for kind, _ in kinds])
    domain = [kind for kind, _ in kinds]
    colour = alt.Color(
        "kind:N", title="share", scale=alt.Scale(domain=domain, range=[_BLUE, "#9cc3d9"])
    )
    bars = base.mark_bar(opacity=0.9).encode(
        x=alt.X("share:Q", title="share of the number's variance"),
        y=y,
        yOffset=offset,
        color=colour,
    )
    lines = base.mark_rule(color=_BLACK).encode(x="low:Q", x2="high:Q", y=y, yOffset=offset)
    return alt.layer(bars, lines).properties(width=560, height=alt.Step(16))
