"""Static pictures of charts, for printing and for readers without scripts."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from typing import Any, Self

from emigre.charts import drawing
from emigre.charts.maps import initial_layers
from emigre.charts.spec import still
from emigre.charts.theme import PICTURE_FONT, configuration, page_colours

_WIDTH = 560
_WIDE = 1070
"""Width of a chart that is alone in its figure: that of the page (style.css)."""
_TALLEST = 580
_LONG = re.compile(r"(\d\.\d)\d+")
_SHAPES = re.compile(r'(?<= )(?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_WORD = re.compile(r"\W")
_IDS = re.compile(r'(?<=id=")(?:clip|gradient)\w*')


class Pictures(Mapping[str, str]):
    """SVG of charts by key, in the page's colours; threads wait for the drawing processes."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(drawing.AT_ONCE)
        self._config = configuration(page_colours(), PICTURE_FONT)
        self._drawn: dict[str, Future[str]] = {}  # a series may be shown under two headings
        self._shown: dict[str, tuple[Future[str], str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, charts: dict[str, Any]) -> None:
        """Have charts drawn."""
        for key, chart in charts.items():
            shown = json.dumps(_specification(chart) | {"config": self._config})
            if shown not in self._drawn:
                self._drawn[shown] = self._pool.submit(_picture, shown)
            self._shown[key] = self._drawn[shown], chart["spec"]["description"]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)

    def __getitem__(self, key: str) -> str:
        """The picture of a chart, once it is drawn."""
        svg, description = self._shown[key]
        return _named(svg.result(), key, description)


def _picture(specification: str) -> str:
    """A chart with coordinates rounded to tenths of a pixel."""
    return _SHAPES.sub(lambda part: _LONG.sub(r"\1", part[0]), drawing.svg(specification))


def _specification(chart: dict[str, Any]) -> dict[str, Any]:
    width = _WIDE if chart.get("alone") else _WIDTH
    spec = still(chart["spec"]) | {"width": width, "description": ""}
    if "aspect" in chart:
        spec["height"] = min(round(_WIDTH * chart["aspect"]), _TALLEST)
        spec["layer"] = initial_layers(spec)
    return spec


def _named(svg: str, key: str, description: str) -> str:
    """The picture with its description, and ids that no other picture of the page has."""
    word = _WORD.sub("_", key)
    numbers = {name: i for i, name in enumerate(dict.fromkeys(_IDS.findall(svg)))}
    if numbers:
        any_of = "|".join(sorted(numbers, key=len, reverse=True))
        svg = re.sub(rf"(?<=[\"#])({any_of})(?=[\")])", lambda m: f"{word}-{numbers[m[0]]}", svg)
    role = "group" if "<a " in svg else "img"
    label = f'<svg role="{role}" aria-label="{escape(description)}" '
    return svg.replace("<svg ", label, 1)
