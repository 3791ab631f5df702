"""Program that draws charts with vl-convert: see :mod:`emigre.charts.drawing`.

It reads a function and its arguments from standard input and writes the picture to standard output,
or None where it could not be drawn, until the input ends. It imports nothing of Emigre, so that it
starts quickly.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import suppress

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the process that started it

    import vl_convert

    vl_convert.vegalite_to_svg({"mark": "point", "data": {"values": []}})  # starts its engine
    with suppress(EOFError, OSError):
        while True:
            name, arguments = pickle.load(sys.stdin.buffer)
            try:
                drawn = getattr(vl_convert, name)(**arguments)
            except Exception:
                drawn = None
            pickle.dump(drawn, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    os._exit(0)  # without writing again to a closed pipe
