"""``emigre desk``."""

from pathlib import Path
from typing import Annotated

from emigre.cli.app import app, plain_errors
from emigre.cli.options import Text, argument, flag, number, option, path_option, whole


@app.command()
def desk(
    what: Annotated[Text, argument("SCENARIO|RUNS_DIR", "Scenario, or folder of runs.")] = None,
    host: Annotated[
        str, option("ADDRESS", "Address to listen on. The default is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int | None, whole("Port. Default: a free one.")] = None,
    runs_dir: Annotated[
        Path, path_option("DIR", "Folder for runs and saved variants.", "--runs-dir")
    ] = Path("runs"),
    minutes: Annotated[
        float, number("Time limit per run, in minutes; finished work is kept.")
    ] = 240.0,
    browser: Annotated[bool, flag("Open the desk in a browser.", "--browser/--no-browser")] = True,
    token: Annotated[
        bool,
        flag(
            "Require the token in the printed address, so that other accounts of this machine "
            "cannot use the desk.",
            "--token/--no-token",
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
            print(
                "  Anyone with this address can read results and start runs: keep it private.",
                flush=True,
            )
        print("  Press Ctrl+C to close it; a run in progress can be resumed later.", flush=True)
        opened.serve(browser=browser)
        print("The desk is closed.")
