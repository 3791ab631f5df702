"""Draw Vega-Lite specifications as pictures, with vl-convert.

vl-convert holds the interpreter's lock while it draws, and takes a third of a second to start. A
command that draws many charts therefore calls :func:`start`: separate processes then draw them
while the command does other work. Without them, or if one ends early, this process draws.

These processes load no installed fonts, because vl-convert would open the file of a font for each
letter that it measures, which takes half of the time of a chart. This process draws the pictures
with letters that the font inside vl-convert lacks.
"""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from emigre.numerics.cores import cores

_PROGRAM = Path(__file__).with_name("drawing_process.py")
_NO_FONTS = Path(__file__).with_name("no_fonts.conf")
AT_ONCE = 2 if cores() > 2 else 1
"""Charts drawn at the same time, while one core does the rest of a page."""
_lock = threading.Lock()
_processes: list[subprocess.Popen[bytes]] = []
_idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()


def start() -> None:
    """Start the drawing processes, unless they are running or cannot be started."""
    with _lock, suppress(OSError):
        while len(_processes) < AT_ONCE:
            process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"FONTCONFIG_FILE": str(_NO_FONTS)},
            )
            _processes.append(process)
            _idle.put(process)
            atexit.register(_stop, process)


def svg(specification: str | dict[str, Any]) -> str:
    """A Vega-Lite specification, which may be JSON, as SVG."""
    return str(_drawn("vegalite_to_svg", vl_spec=specification))


def png(drawn: str, scale: float) -> bytes:
    """An SVG as PNG, with ``scale`` pixels for each of its own."""
    return bytes(_drawn("svg_to_png", svg=drawn, scale=scale))


def _drawn(name: str, **arguments: Any) -> Any:
    picture = _asked(name, arguments) if _processes else None
    if picture is None:
        import vl_convert

        picture = getattr(vl_convert, name)(**arguments)
    return picture


def _asked(name: str, arguments: dict[str, Any]) -> Any:
    """A picture by the next idle process; None if that has ended, failed or lacks a font."""
    process = _idle.get()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        pickle.dump((name, arguments), process.stdin)
        process.stdin.flush()
        return pickle.load(process.stdout)
    except (OSError, EOFError, ValueError, pickle.UnpicklingError):  # ValueError: it was stopped
        return None
    except BaseException:  # interrupted: its answer would be taken for that to the next request
        _stop(process)
        raise
    finally:
        _idle.put(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError), process:  # closes its input and waits
        process.kill()  # it may still be starting
