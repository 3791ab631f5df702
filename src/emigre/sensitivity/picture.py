"""Tornado chart of a sensitivity study."""

from pathlib import Path
from typing import Any

from emigre import charts
from emigre.evaluation.key_results import period
from emigre.results.labels import heading_of
from emigre.results.text import counted
from emigre.sensitivity.results import Sensitivity
from emigre.sensitivity.study_text import change

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
            "x": e.size,
            "low": e.size_low,
            "high": e.size_high,
            "kind": _RAISES if e.mean >= 0 else _LOWERS,
        }
        for e in result.effects[:MOST_BARS]
    ]
    x = alt.X("x:Q", title=f"change, {result.info.unit}", axis=alt.Axis(tickCount=6))
    colours = {_RAISES: _BLUE, _LOWERS: _RED}
    return _bars(data, x, "a higher value", colours).properties(height=alt.Step(20))


def _shares(result: Sensitivity) -> Any:
    import altair as alt

    kinds = {"alone": "first", "with all others": "total"}
    data = [
        {
            "name": e.name,
            "kind": kind,
            "x": min(max(getattr(e, key), 0.0), 1.0),
            "low": max(getattr(e, f"{key}_low"), 0.0),
            "high": min(getattr(e, f"{key}_high"), 1.0),
        }
        for e in result.effects
        if e.total is not None
        for kind, key in kinds.items()
    ]
    x = alt.X("x:Q", title="share of the number's variance")
    colours = dict(zip(kinds, (_BLUE, "#9cc3d9"), strict=True))
    offset = alt.YOffset("kind:N", sort=list(kinds))
    return _bars(data, x, "share", colours, yOffset=offset).properties(height=alt.Step(16))


def _bars(
    data: list[dict[str, Any]], x: Any, legend: str, colours: dict[str, str], **offset: Any
) -> Any:
    """Bars by name and kind, with lines from ``low`` to ``high``."""
    import altair as alt

    y = alt.Y("name:N", sort=list(dict.fromkeys(row["name"] for row in data)), title=None)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    base = alt.Chart(alt.InlineData(data))
    bars = base.mark_bar(opacity=0.85).encode(
        x=x, y=y, color=alt.Color("kind:N", title=legend, scale=scale), **offset
    )
    lines = base.mark_rule(color=_BLACK).encode(x="low:Q", x2="high:Q", y=y, **offset)
    return alt.layer(bars, lines).properties(width=560)
