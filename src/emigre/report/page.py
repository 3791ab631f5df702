"""Write the self-contained report page: one HTML file, no network access."""

from __future__ import annotations

import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from importlib import import_module
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emigre import charts
from emigre.charts import outlines
from emigre.charts.fans import PUBLISHED
from emigre.charts.figures import Figure, of_run
from emigre.charts.series import ChartReader
from emigre.charts.theme import DARK, ROLES, configuration, page_colours
from emigre.comparison.folder import Comparison
from emigre.evaluation import scoring
from emigre.evaluation.key_results import days
from emigre.report import content, stills
from emigre.report.bundle import cache_folder, packed, packed_javascript
from emigre.report.files import csv_of
from emigre.report.tables import LABELS, numbers
from emigre.results.csv_files import file_name
from emigre.results.folder import Results
from emigre.results.intervals import HALF, MOST, interval_name
from emigre.results.output_dir import refuse_taken_file, write_whole
from emigre.results.text import counted
from emigre.scenario.loader import as_stored
from emigre.scenario.model import Scenario

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

NAME = "report.html"


def write(results: Results | Comparison, path: Path | None = None) -> Path:
    """Write the report of a run or a comparison, by default into its folder; returns its path."""
    path = path or results.folder / NAME
    refuse_taken_file(path, force=True, ending=".html")  # before any charts are drawn
    return save(html(content.of(results)), path)


def prepare() -> None:
    """Load templates, outlines and libraries, while a command waits for other work."""
    pages = environment()
    for name in pages.list_templates(extensions=["j2"]):
        pages.get_template(name)
    outlines.lines()
    scoring.library()
    import_module("scipy.special")


def write_with_picture(results: Results, scenario: Scenario | None = None) -> list[Path]:
    """Write the report of a run, and its chart.svg and chart.png from the same figures."""
    if scenario is not None:
        scenario = as_stored(scenario, results.folder / "scenario")
    reader, figures = ChartReader(results, scenario), []
    drawn: dict[str, Any] = {}
    with stills.Pictures() as pictures, ThreadPoolExecutor(1) as pool:
        pictured: list[Future[list[Path]]] = []
        for figure in of_run(reader, content.series(reader)):
            figures.append(figure)
            if figure.key == PUBLISHED:  # begun first, because it takes longest
                pictured.append(pool.submit(charts.write, results, [figure]))
            added = _specifications([figure])
            pictures.add(added)
            drawn |= added
        page = content.of_run(reader, figures)
        path = save(_html(page, drawn, pictures), results.folder / NAME)
        return [path, *chain.from_iterable(each.result() for each in pictured)]


def save(text: str, path: Path) -> Path:
    """Write a page, also over an existing one; creates its folder."""
    refuse_taken_file(path, force=True, ending=".html")
    write_whole(path, text)
    return path


def html(page: content.Page) -> str:
    """The page as HTML, with static pictures and tables for readers without scripts."""
    drawn = _of_page(page)
    with stills.Pictures() as pictures:
        pictures.add(drawn)
        return _html(page, drawn, pictures)


def _html(page: content.Page, drawn: dict[str, Any], pictures: stills.Pictures) -> str:
    values = _context(page, drawn)
    data = packed(values["data"])
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            **values | {"stills": pictures, "data": data},
            style=style(),
            script=text_of("report.js"),
            vega=packed_javascript(),
        )
    )


def context(page: content.Page) -> dict[str, Any]:
    """Template variables for the text, figures and tables of a page."""
    return _context(page, _of_page(page)) | {"stills": {}}


def _context(page: content.Page, drawn: dict[str, Any]) -> dict[str, Any]:
    stamp = page.stamp
    sample = stamp.sample or stamp.runs
    tables = {f.key: numbers(f, stamp.small_count) for f in page.figures}
    counted = {f.key: [n for n in content.NUMBERS if n in f.table.columns] for f in page.figures}
    files = {f.key: csv_of(f.table, stamp.small_count, counted[f.key]) for f in page.figures}
    files |= {table.key: table.csv for section in page.sections for table in section.tables}
    data = {
        "charts": drawn,
        "config": configuration(page_colours()),
        "colours": ROLES,
        "cited": stamp.cited,
        "files": files,
    }
    return {
        "page": page,
        "labels": LABELS,
        "interval": next((figure.interval for figure in page.figures), interval_name(sample)),
        "legend": LEGEND,
        "file_name": partial(file_name, stamp.stem),
        "numbers": tables,
        "data": in_script(data),
    }


LEGEND = {
    "median": "simulated: median",
    "half": HALF,
    "most": MOST,
    "published": "published, over the days it covers",
    "context": "published, not scored",
}
"""Legend of a fan chart."""


def _of_page(page: content.Page) -> dict[str, Any]:
    """Every chart of a page; a main figure before the answers has the width of their column."""
    return _specifications(page.figures, page.main if page.has_chart_first else None)


_FOR_SCRIPT = ("days", "aspect", "listed", "cited")


def _specifications(figures: list[Figure], narrow: Figure | None = None) -> dict[str, Any]:
    """Every chart as Vega-Lite, by the id of its element; ``narrow`` is not as wide as the page."""
    specifications = {}
    for figure in figures:
        # Settings of a map, and the source of a figure, for the page's script.
        extra = {k: v for k, v in figure.extra.items() if k in _FOR_SCRIPT}
        for number, panel in enumerate(figure.pictures):
            words = f"{figure.title}. {panel.title}. {panel.says}"
            drawn = panel.draw() | {"title": None, "description": words, "width": "container"}
            shown: dict[str, Any] = {"spec": drawn, "title": panel.title}
            if len(figure.pictures) == 1 and "aspect" not in figure.extra and figure is not narrow:
                shown["alone"] = True
            specifications[f"{figure.key}-{number}"] = shown | extra
    return specifications


def in_script(value: Any) -> str:
    """JSON escaped for a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


@cache
def environment(*packages: str) -> Environment:
    """Jinja environment: templates of ``packages`` first, then those of the report."""
    from jinja2 import (
        ChoiceLoader,
        Environment,
        FileSystemBytecodeCache,
        PackageLoader,
        StrictUndefined,
        select_autoescape,
    )

    folder = cache_folder()
    made = Environment(
        bytecode_cache=None if folder is None else FileSystemBytecodeCache(str(folder)),
        loader=ChoiceLoader(
            [PackageLoader(name, "templates") for name in (*packages, "emigre.report")]
        ),
        autoescape=select_autoescape(disabled_extensions=("md.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"unbroken": _unbroken, "counted": counted, "days": days}
    return made


_RANGE = re.compile(r"\S*\d to \S*\d\S*")


def _unbroken(text: str) -> Markup:
    """Text in which no line ends inside a range.

    >>> print(_unbroken("12 (<10 to 1,300) people"))
    12 <span class="unbroken">(&lt;10 to 1,300)</span> people
    """
    from markupsafe import Markup, escape

    return Markup(_RANGE.sub(r'<span class="unbroken">\g<0></span>', str(escape(text))))


def style() -> str:
    """The style sheet of all pages, with the colours of the charts."""
    light, dark = (
        "".join(f"--{role}: {colour};" for role, colour in colours.items())
        for colours in (ROLES, DARK)
    )
    return (
        f":root {{{light}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark}}} }}\n"
        f"{text_of('style.css')}"
    )


def text_of(name: str, package: str = "emigre.report", folder: str = "templates") -> str:
    """A static file of a package, such as the style sheet."""
    return files(package).joinpath(folder, name).read_text(encoding="utf-8")
