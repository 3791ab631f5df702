"""``emigre report`` and ``emigre describe``: what people read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.cli import options
from emigre.cli.app import app, plain_errors, progress


@app.command()
def report(
    folder: Annotated[
        str, typer.Argument(metavar="RUN|COMPARISON", help="A run folder, or one of a comparison.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="The page; report.html in the folder if not given."),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also draw every chart as PNG and SVG here.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where the page lies.")] = False,
) -> None:
    """Write one self-contained page of a run or a comparison: words, map, charts, tables."""
    with plain_errors(), progress(quiet) as bar:
        bar.stage("writing the report")
        from emigre import report as pages

        results = pages.read(folder)
        path = pages.write(results, out)
        drawn = 0
        if figures is not None:
            bar.stage("drawing the figures")
            from emigre import charts

            drawn = len(charts.write_figures(results, figures))
    print(path)
    if drawn and not quiet:
        print(f"{drawn} pictures in {figures}")


@app.command()
def describe(
    scenario: options.Scenario,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.md", help="Write it here; printed if not given."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.md.")] = False,
) -> None:
    """Describe scenario and model: ODD protocol and model card, filled from tables and code."""
    with plain_errors():
        import emigre
        from emigre.report import description

        text = description.describe(emigre.load(scenario))
        if out is None:
            print(text, end="")
        else:
            description.write(text, out, force=force)
            print(out)
