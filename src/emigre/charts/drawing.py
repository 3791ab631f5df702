"""Draw Vega-Lite specifications as pictures, with vl-convert.

vl-convert holds the interpreter's lock while it draws, and takes a third of a second to start. A
command that will draw many charts therefore calls :func:`start`, and a process of its own draws
them beside other work. Without it, or should it end early, this process draws.
"""

from __future__ import annotations

import atexit
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).with_name("drawing_process.py")
_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def start() -> None:
    """Start the process that draws, unless it runs already or cannot be started."""
    global _process
    with _lock, suppress(OSError):
        if _process is None:
            _process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            atexit.register(_stop)


def svg(specification: str | dict[str, Any]) -> str:
    """A Vega-Lite specification, which may be JSON, as SVG."""
    return str(_drawn("vegalite_to_svg", vl_spec=specification))


def png(drawn: str, scale: float) -> bytes:
    """An SVG as PNG, with ``scale`` pixels for each of its own."""
    return bytes(_drawn("svg_to_png", svg=drawn, scale=scale))


def _drawn(name: str, **arguments: Any) -> Any:
    with _lock:
        picture = _asked(name, arguments)
    if picture is None:
        import vl_convert

        picture = getattr(vl_convert, name)(**arguments)
    return picture


def _asked(name: str, arguments: dict[str, Any]) -> Any:
    """Picture drawn by the process; None if it is not running or failed."""
    if _process is None or _process.poll() is not None:
        return None
    assert _process.stdin is not None
    assert _process.stdout is not None
    try:
        pickle.dump((name, arguments), _process.stdin)
        _process.stdin.flush()
        return pickle.load(_process.stdout)
    except (OSError, EOFError, pickle.UnpicklingError):
        _stop()
        return None


def _stop() -> None:
    global _process
    if _process is not None:
        with suppress(OSError), _process:  # closes its input and waits
            _process.kill()  # it may still be starting
            _process = None
