"""Static files: the report's style sheet and script, the Vega bundle, the desk's own."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

from emigre.charts.theme import DARK, ROLES
from emigre.report.bundle import javascript
from emigre.report.page import text_of

_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"


@cache
def static(name: str) -> tuple[str, bytes] | None:
    """Content type and gzipped content of a static file; None for unknown names."""
    makers = {
        "desk.css": (_STYLE, _style),
        "desk.js": (_SCRIPT, lambda: _static_text("desk.js")),
        "tables.js": (_SCRIPT, lambda: _static_text("tables.js")),
        "report.js": (_SCRIPT, lambda: text_of("report.js")),
        "vega.js": (_SCRIPT, javascript),
    }
    if name not in makers:
        return None
    kind, make = makers[name]
    return kind, gzip.compress(make().encode(), compresslevel=9)


def _style() -> str:
    light = "".join(f"--{role}: {colour};" for role, colour in ROLES.items())
    dark = "".join(f"--{role}: {colour};" for role, colour in DARK.items())
    return (
        f":root {{{light}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark}}} }}\n"
        f"{text_of('style.css')}\n{_static_text('desk.css')}"
    )


def _static_text(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")
