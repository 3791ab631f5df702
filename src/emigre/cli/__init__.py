"""The command line: parse, make one public call, print. It computes nothing.

One module per group of commands; `app` holds what they share.
"""

from __future__ import annotations

import os
import sys

from emigre.cli import (
    adapters,
    claims,
    compare,
    desk,
    explain,
    fit,
    report,
    run,
    scenarios,
    score,
    sensitivity,
)
from emigre.cli.app import INTERRUPTED, app
from emigre.errors import say

__all__ = [
    "adapters",
    "app",
    "claims",
    "compare",
    "desk",
    "explain",
    "fit",
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

adapters.add_adapters(adapters.imports, adapters.exports)
app.registered_commands.sort(
    key=lambda command: _ORDER.index(command.name or command.callback.__name__)  # type: ignore[union-attr]
)


def main() -> None:
    """Entry point of the command ``emigre``."""
    is_mute = _open_closed()
    code: str | int | None = 0
    try:
        app()
    except SystemExit as leaving:
        code = leaving.code
    except OSError as error:  # a page that was printed after the work
        say(f"standard output: {error.strerror or error}")
        code = 1
    code = _flush() or code
    if code == INTERRUPTED:
        # A thread that is busy compiling cannot be stopped, and would be waited for.
        os._exit(INTERRUPTED)
    if is_mute and not code:
        say("standard output is closed: what the command says could not be printed")
        code = 1
    sys.exit(code)


def _open_closed() -> bool:
    """Let a standard stream that is closed lead nowhere; whether that was standard output.

    Else the next file that is opened would take its number, and whatever prints would fail.
    """
    is_mute = sys.stdout is None
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    return is_mute


def _flush() -> int:
    """Write what is still to be written; 1 if standard output does not take it."""
    code = 0
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                code = 1
                if not isinstance(error, BrokenPipeError):
                    say(f"standard output: {error.strerror or error}")
            # The interpreter tries once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
