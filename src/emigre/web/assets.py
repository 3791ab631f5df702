"""Static files: the report's style sheet and script, the Vega bundle, the desk's own."""

import gzip
from collections.abc import Callable
from functools import cache, partial

from emigre.report.bundle import javascript
from emigre.report.page import style, text_of

_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"


@cache
def static(name: str) -> tuple[str, bytes] | None:
    """Content type and gzipped content of a static file; None for unknown names."""
    own = partial(text_of, package=__package__, folder="static")
    makers: dict[str, tuple[str, Callable[[], str]]] = {
        "desk.css": (_STYLE, lambda: f"{style()}\n{own('desk.css')}"),
        "desk.js": (_SCRIPT, partial(own, "desk.js")),
        "tables.js": (_SCRIPT, partial(own, "tables.js")),
        "report.js": (_SCRIPT, partial(text_of, "report.js")),
        "vega.js": (_SCRIPT, javascript),
    }
    if name not in makers:
        return None
    kind, make = makers[name]
    return kind, gzip.compress(make().encode(), compresslevel=9)
