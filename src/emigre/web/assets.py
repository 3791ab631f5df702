"""Static files: the report's style sheet and script, the Vega bundle, the desk's own."""

from collections.abc import Callable
from functools import cache, partial

from emigre.report.bundle import javascript
from emigre.report.page import style, text_of

_own = partial(text_of, package=__package__, folder="static")
_MAKERS: dict[str, Callable[[], str]] = {
    "desk.css": lambda: f"{style()}\n{_own('desk.css')}",
    "desk.js": partial(_own, "desk.js"),
    "tables.js": partial(_own, "tables.js"),
    "report.js": partial(text_of, "report.js"),
    "vega.js": javascript,
}


@cache
def static(name: str) -> tuple[str, str] | None:
    """Media type and text of a static file; None for unknown names."""
    make = _MAKERS.get(name)
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    return None if make is None else (kind, make())
