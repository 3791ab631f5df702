"""Program that draws charts with vl-convert: see :mod:`emigre.charts.drawing`.

It reads a function and its arguments from standard input and writes the picture to standard output,
until the input ends. It writes None instead of a picture that could not be drawn or that has other
letters than Latin, Greek or Cyrillic, which need an installed font. It imports nothing of Emigre,
so that it starts quickly.
"""

import os
import pickle
import re
import signal
import sys
from contextlib import suppress

_X, _Y = {"field": "x", "type": "temporal"}, {"field": "y", "type": "quantitative"}
_FIRST = {
    "data": {"values": [{"x": f"2022-{month:02}-01", "y": month} for month in range(1, 13)]},
    "encoding": {"x": _X, "y": _Y},
    "layer": [{"mark": mark} for mark in ("area", "line", "rule")],
}
_OTHER_LETTERS = re.compile(
    "[^\0-\u0513\u1e00-\u1ef9\u2010-\u2044\u20a0-\u20b5\u2122\u2190-\u2195\u2202-\u2265]"
)
"""Characters that Liberation Sans, the font inside vl-convert, lacks."""

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the process that started it

    import vl_convert

    # Starts its engine, whose first charts take longer than later ones.
    for _ in range(5):
        vl_convert.vegalite_to_svg(_FIRST)
    with suppress(EOFError, OSError):
        while True:
            name, arguments = pickle.load(sys.stdin.buffer)
            try:
                drawn = getattr(vl_convert, name)(**arguments)
                if _OTHER_LETTERS.search(arguments.get("svg") or drawn):
                    drawn = None
            except Exception:
                drawn = None
            pickle.dump(drawn, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    os._exit(0)  # without writing again to a closed pipe
