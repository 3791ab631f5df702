"""Charts: functions of results, and the pictures of a run folder.

    charts.figures(results)          all figures, with titles, words and tables
    charts.chart(results, key)       one chart of Altair, to show in a notebook or to change
    charts.write(results)            chart.svg and chart.png of a run folder
    charts.write_figures(results, folder)

Charts are declared specifications; vl-convert draws SVG and PNG of them with no browser and no
network. Small counts are withheld in all of them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emigre.charts import drawing
from emigre.charts import figures as made
from emigre.charts.fans import PUBLISHED
from emigre.charts.figures import Figure, Panel
from emigre.charts.series import ChartReader
from emigre.charts.spec import Spec, still
from emigre.charts.theme import PICTURE_FONT, configuration
from emigre.comparison.folder import Comparison
from emigre.results.folder import Results
from emigre.results.intervals import HALF, MOST
from emigre.results.output_dir import write_whole
from emigre.results.text import counted

__all__ = [
    "Figure",
    "Panel",
    "chart",
    "figures",
    "keys",
    "save",
    "styled",
    "write",
    "write_figures",
]


_MOST_SIDE, _MOST_PIXELS = 16_000, 40_000_000


def figures(results: Results | Comparison) -> list[Figure]:
    """All figures of a run or of a comparison, except those without people."""
    if isinstance(results, Comparison):
        return made.of_comparison(results, ChartReader(results.baseline))
    return list(made.of_run(ChartReader(results)))


def keys(results: Results | Comparison) -> list[str]:
    """Names of the figures, as :func:`chart` takes them."""
    return [figure.key for figure in figures(results)]


def chart(results: Results | Comparison, key: str) -> Any:
    """One figure as an Altair chart in Emigre's style; KeyError if there is none."""
    import altair as alt

    figure = {figure.key: figure for figure in figures(results)}[key]
    return alt.Chart.from_dict(styled(figure.chart(), figure.title))


def styled(spec: Spec, title: str, subtitle: Sequence[str] = ()) -> Spec:
    """A chart with a title, in Emigre's colours and font."""
    # The title of a grid of charts would stand above its first column.
    whole = {"vconcat": [spec]} if "concat" in spec else spec
    words = {"text": title, "subtitle": list(subtitle), "fontSize": 15}
    return whole | {"title": words, "config": configuration(font=PICTURE_FONT)}


def write(results: Results, drawn: Iterable[Figure] | None = None) -> list[Path]:
    """Draw chart.svg and chart.png into the run folder; returns their paths.

    ``drawn`` are the figures of the run, if the caller has them. The list is empty if the scenario
    has no observation to show.
    """
    published = next((f for f in drawn or figures(results) if f.key == PUBLISHED), None)
    if published is None:
        return []
    info = results.info
    subtitle = [
        f"{counted(info.runs, 'run')}, Emigre {info.emigre}, seed {info.seed}"
        + (f", with {', '.join(info.variants)}" if info.variants else ""),
        f"Simulated: median, {HALF} and {MOST} (blue). "
        "Published: black, over the days covered; grey if not scored.",
    ]
    few = replace(published, panels=published.pictures)
    return save(styled(few.chart(), info.title, subtitle), results.folder)


def write_figures(
    results: Results | Comparison | Iterable[Figure], folder: str | Path
) -> list[Path]:
    """Draw every figure into a folder as KEY.svg and KEY.png; returns their paths."""
    drawn = figures(results) if isinstance(results, Results | Comparison) else results
    paths = []
    for figure in drawn:
        paths += save(styled(figure.chart(), figure.title), Path(folder), figure.key)
    return paths


def _scale(svg: str) -> float:
    """Pixels of a PNG for each pixel of the picture: 1.5, or fewer if memory would not suffice."""
    size = re.search(r'<svg[^>]* width="([\d.e+]+)" height="([\d.e+]+)"', svg)
    assert size is not None
    wide, high = (max(float(text), 1.0) for text in size.groups())
    return min(1.5, _MOST_SIDE / max(wide, high), math.sqrt(_MOST_PIXELS / (wide * high)))


def save(spec: Spec, folder: Path, stem: str = "chart") -> list[Path]:
    """Draw a Vega-Lite specification as STEM.svg and STEM.png into a folder; returns the paths."""
    svg = drawing.svg(still(spec))
    drawn = {"svg": svg.encode(), "png": drawing.png(svg, _scale(svg))}
    for ending, content in drawn.items():
        write_whole(folder / f"{stem}.{ending}", content)
    return [folder / f"{stem}.{ending}" for ending in drawn]
