"""Static files: the report's style sheet and script, the Vega bundle, the desk's own."""

import gzip
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from emigre.report.bundle import javascript
from emigre.report.page import style, text_of

_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"


@cache
def static(name: str) -> tuple[str, bytes] | None:
    """Content type and gzipped content of a static file; None for unknown names."""
    makers: dict[str, tuple[str, Callable[[], str]]] = {
        "desk.css": (_STYLE, lambda: f"{style()}\n{_static_text('desk.css')}"),
        "desk.js": (_SCRIPT, lambda: _static_text("desk.js")),
        "tables.js": (_SCRIPT, lambda: _static_text("tables.js")),
        "report.js": (_SCRIPT, lambda: text_of("report.js")),
        "vega.js": (_SCRIPT, javascript),
    }
    if name not in makers:
        return None
    kind, make = makers[name]
    return kind, gzip.compress(make().encode(), compresslevel=9)


def _static_text(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")
