"""Write the self-contained report page: one HTML file, no network access."""

from __future__ import annotations

import json
from functools import cache, partial
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emigre.charts.figures import Figure
from emigre.charts.theme import DARK, ROLES, configuration, page_colours
from emigre.report import content, stills
from emigre.report.bundle import javascript
from emigre.report.files import csv_of, link
from emigre.report.tables import LABELS, numbers
from emigre.results.csv_files import file_name
from emigre.results.intervals import inner_name, interval_name
from emigre.results.output_dir import refuse_taken_file, write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

    from emigre.comparison.folder import Comparison
    from emigre.results.folder import Results

NAME = "report.html"


def write(
    results: Results | Comparison | str | PathLike[str], out: str | PathLike[str] | None = None
) -> Path:
    """Write the report of a run or a comparison: one HTML page that needs no network.

    Parameters
    ----------
    results : Results, Comparison, str or path
        Run, comparison, or the folder of one.
    out : str or path, optional
        File to write, also over an existing one. ``report.html`` in the folder of the results if
        not given.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ResultsError
        If the folder is damaged, or the page cannot be written.
    """
    if isinstance(results, str | PathLike):
        results = content.read(results)
    path = results.folder / NAME if out is None else Path(out)
    refuse_taken_file(path, force=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, html(content.of(results)))
    return path


def html(page: content.Page) -> str:
    """The page as HTML, with a static picture of every chart for readers without scripts."""
    charts = _specifications(page)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            **_context(page, charts),
            stills=stills.of(charts),
            colours=ROLES,
            dark=DARK,
            style=text_of("style.css"),
            script=text_of("report.js"),
            vega=javascript(),
        )
    )


def context(page: content.Page) -> dict[str, Any]:
    """Template variables for the text, figures and tables of a page."""
    return _context(page, _specifications(page)) | {"stills": {}}


def _context(page: content.Page, charts: dict[str, Any]) -> dict[str, Any]:
    return {
        "page": page,
        "labels": LABELS,
        "interval": interval_name(page.stamp.runs),
        "legend": _legend(page.stamp.runs),
        "download": link,
        "file_name": partial(file_name, page.stamp.stem),
        "csv": {figure.key: _csv(figure, page.stamp.small_count) for figure in page.figures},
        "numbers": {
            figure.key: numbers(figure, page.stamp.small_count, page.stamp.runs)
            for figure in page.figures
        },
        "data": in_script({"charts": charts, "config": configuration(page_colours())}),
    }


def _legend(runs: int) -> dict[str, str]:
    """Legend of a fan chart."""
    return {
        "median": "simulated: median of the runs",
        "half": inner_name(runs),
        "most": interval_name(runs),
        "published": "published, over the days it covers",
        "context": "published, counts something else",
    }


def _csv(figure: Figure, small: int) -> str:
    return csv_of(figure.table, small, [n for n in content.NUMBERS if n in figure.table.columns])


def _specifications(page: content.Page) -> dict[str, Any]:
    """Every chart as Vega-Lite, by the id of its element."""
    # Schema validation would take longer than everything else; the tests do it.
    from altair.utils.schemapi import debug_mode

    found = {}
    for figure in page.figures:
        for number, panel in enumerate(figure.panels):
            with debug_mode(False):
                drawn = panel.draw().to_dict(validate=False)
            drawn.pop("config", None)
            drawn["title"] = None
            drawn["description"] = f"{figure.title}. {panel.title}. {panel.says}"
            drawn["width"] = "container"
            found[f"{figure.key}-{number}"] = {"spec": drawn} | _moving(figure)
    return found


def _moving(figure: Figure) -> dict[str, Any]:
    """Map settings for the page's script."""
    return {
        name: figure.extra[name] for name in ("days", "aspect", "listed") if name in figure.extra
    }


def in_script(value: Any) -> str:
    """JSON escaped for a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


@cache
def environment(*packages: str) -> Environment:
    """Jinja environment: templates of ``packages`` first, then those of the report."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader(
            [PackageLoader(name, "templates") for name in (*packages, "emigre.report")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def text_of(name: str) -> str:
    """A static file next to the templates, such as the style sheet."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
