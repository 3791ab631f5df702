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
        typer.Argument(metavar="[SCENARIO|RUNS_DIR]", help="Scenario, or folder of runs."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on. The default is this machine only."
        ),
    ] = "127.0.0.1",
    port: Annotated[int | None, options.whole("Port. Default: a free one.")] = None,
    runs_dir: Annotated[
        Path, typer.Option("--runs-dir", metavar="DIR", help="Folder for runs and saved variants.")
    ] = Path("runs"),
    minutes: Annotated[float, options.number("Time limit per run; finished work is kept.")] = 240.0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the desk in a browser.")
    ] = True,
    token: Annotated[
        bool,
        typer.Option(
            "--token/--no-token",
            help="Require the token in the printed address, so that other accounts of this machine "
            "cannot use the desk.",
        ),
    ] = True,
) -> None:
    """Open the desk: a local web app to edit, run and compare scenarios."""
    with plain_errors():
        from emigre.web import open_desk

        opened = open_desk(
            what, host=host, port=port, runs=runs_dir, minutes=minutes, with_token=token
        )
        print(f"The desk is open at {opened.address}", flush=True)
        if opened.terms.token:
            print("  Anyone with this address can run and read; keep it private.", flush=True)
        print("  Press Ctrl+C to close it; a run in progress can be resumed later.", flush=True)
        opened.serve(browser=browser)
        print("The desk is closed.")
