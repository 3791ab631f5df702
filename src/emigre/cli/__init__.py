"""The command line: parse, make one public call, print. It computes nothing.

One module per group of commands; `app` holds what they share.
"""

from __future__ import annotations

import os
import sys

from emigre.cli import (
    claims,
    compare,
    desk,
    explain,
    fit,
    flee,
    hxl,
    report,
    run,
    scenarios,
    score,
    sensitivity,
)
from emigre.cli.app import INTERRUPTED, app

__all__ = [
    "app",
    "claims",
    "compare",
    "desk",
    "explain",
    "fit",
    "flee",
    "hxl",
    "main",
    "report",
    "run",
    "scenarios",
    "score",
    "sensitivity",
]

_ORDER = (
    "run",
    "compare",
    "desk",
    "report",
    "explain",
    "score",
    "hindcast",
    "fit",
    "sensitivity",
    "check",
    "new",
    "list",
    "describe",
    "claims",
    "claim",
)
"""Commands in the order in which the help shows them."""

app.registered_commands.sort(
    key=lambda command: _ORDER.index(command.name or command.callback.__name__)  # type: ignore[union-attr]
)


def main() -> None:
    """Entry point of the command ``emigre``."""
    try:
        app()
    except SystemExit as leaving:
        if leaving.code != INTERRUPTED:
            raise
        # A thread that is busy compiling cannot be stopped, and would be waited for.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
