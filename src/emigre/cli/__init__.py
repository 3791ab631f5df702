"""Command-line interface: parse arguments, make one public call, print the result.

One module per group of commands; `app` holds what they share.
"""

import atexit
import gc
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from emigre.cli import (  # noqa: F401  (each registers its commands)
    adapters,
    claims,
    compare,
    desk,
    explain,
    fit,
    forecast,
    report,
    run,
    scenarios,
    score,
    sensitivity,
)
from emigre.cli.app import app, name_of
from emigre.errors import say

__all__ = ["app", "main"]

_ORDER = (
    *("forecast", "run", "compare", "desk", "report", "explain", "score", "hindcast"),
    *("fit", "sensitivity", "check", "new", "list", "describe", "claims", "claim"),
)
"""Order of the commands in the help."""

app.registered_commands.sort(key=lambda command: _ORDER.index(name_of(command)))


def main() -> None:
    """Entry point of the ``emigre`` command."""
    # Most objects live as long as the command, so collect garbage less often.
    gc.set_threshold(10_000, 20, 50)
    is_mute = _open_closed()
    _name_output()
    code = 0
    try:
        app()
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    except OSError as error:  # output was printed after the work was done
        say(f"standard output: {error.strerror or error}")
        code = 1
    code = _flush() or code
    if is_mute and not code:
        say("standard output is closed: the output could not be printed")
        code = 1
    # A normal exit would wait for a thread that is compiling, and free every object, which takes a
    # quarter of a second after a large run.
    atexit._run_exitfuncs()
    os._exit(code)


def _open_closed() -> bool:
    """Redirect closed standard streams to the null device; return whether stdout was closed.

    Otherwise the next opened file would take the descriptor, and printing would fail.
    """
    is_mute = sys.stdout is None
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    return is_mute


class _StandardOutput(io.TextIOWrapper):
    """Standard output that names itself in errors, as files do."""

    def write(self, text: str) -> int:
        with self._named():
            return super().write(text)

    def flush(self) -> None:
        with self._named():
            super().flush()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            error.filename = "standard output"
            raise


def _name_output() -> None:
    """Name standard output in messages about failed writing."""
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        is_live = out.line_buffering
        sys.stdout = _StandardOutput(out.detach(), out.encoding, out.errors, None, is_live)


def _flush() -> int:
    """Flush the standard streams; return 1 if standard output cannot be written."""
    code = 0
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                code = 1
                if not isinstance(error, BrokenPipeError):
                    say(f"standard output: {error.strerror or error}")
    return code
