"""Static pictures of charts, for printing and for readers without scripts."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from emigre.charts.spec import still
from emigre.charts.theme import configuration, page_colours

_WIDTH = 560
_TALLEST = 580
_LONG = re.compile(r"(\d\.\d)\d+")
_SHAPES = re.compile(r'(?<= )(?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_WORD = re.compile(r"[^A-Za-z0-9]")
_IDS = re.compile(r'(?<=id=")(?:clip|gradient)\w*')


def of(charts: dict[str, Any]) -> dict[str, str]:
    """SVG of every chart by its key, in the colours of the page's style sheet."""
    config = configuration(page_colours())
    return {key: _drawn(key, chart, config) for key, chart in charts.items()}


def _drawn(key: str, chart: dict[str, Any], config: dict[str, Any]) -> str:
    import vl_convert

    spec = still(chart["spec"]) | {"width": _WIDTH, "config": config}
    if "aspect" in chart:
        spec["height"] = min(round(_WIDTH * chart["aspect"]), _TALLEST)
    svg = _small(vl_convert.vegalite_to_svg(spec))
    # A page holds many pictures, so ids must be unique and reproducible.
    for number, name in enumerate(dict.fromkeys(_IDS.findall(svg))):
        svg = re.sub(rf"(?<=[\"#]){name}(?=[\")])", f"{_WORD.sub('_', key)}-{number}", svg)
    role = "group" if "<a " in svg else "img"
    return svg.replace(
        "<svg ", f'<svg role="{role}" aria-label="{escape(spec["description"])}" ', 1
    )


def _small(svg: str) -> str:
    """The picture with coordinates rounded to tenths of a pixel."""
    return _SHAPES.sub(lambda part: _LONG.sub(r"\1", part[0]), svg)
