"""``emigre desk``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.cli import options
from emigre.cli.app import app, plain_errors


@app.command()
def desk(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[SCENARIO|RUNS_DIR]", help="A scenario, or a folder of runs."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine a token is asked for.")
    ] = "127.0.0.1",
    port: Annotated[int | None, options.whole("Port; a free one if not given.")] = None,
    runs_dir: Annotated[
        Path, typer.Option("--runs-dir", help="Folder of runs and kept variants.")
    ] = Path("runs"),
    minutes: Annotated[float, options.number("Longest run; what it did is kept.")] = 240.0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Open a local page on which to change a scenario, run it, and see what changes."""
    with plain_errors():
        from emigre.web import open_desk

        opened = open_desk(what, host=host, port=port, runs=runs_dir, minutes=minutes)
        print(f"The desk is open at {opened.address}", flush=True)
        if opened.terms.token:
            print("  Whoever has this address can run and read; keep it to yourself.", flush=True)
        print("  Ctrl+C closes it; a run in progress is kept and can go on later.", flush=True)
        opened.serve(browser=browser)
        print("The desk is closed.")
