"""Colours and fonts of all charts: one set for pictures, one filled in by a page's style sheet.

Charts name roles, never colours; a configuration maps roles to colours. On a page the colours are
variables of its style sheet (``var(--series)``), so that one drawing serves light, dark and print.
"""

import csv
from importlib.resources import files
from typing import Any

_COLOURS = files(__package__).joinpath("colours.csv").read_text(encoding="utf-8").splitlines()
_ROWS = list(csv.DictReader(_COLOURS))
ROLES = {row["role"]: row["light"] for row in _ROWS}
"""Each role with its colour in pictures (on white).

Waits are one hue from light to dark, so that readers who do not see hues see the order.
"""
DARK = {row["role"]: row["dark"] for row in _ROWS}
"""The same on a dark page."""

WAITS = ("wait-0", "wait-1", "wait-2", "wait-3")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
PICTURE_FONT = "'Liberation Sans', Arial, Helvetica, sans-serif"
"""Font of pictures: vl-convert contains the first, and the next two have the same widths.

Pictures are therefore the same on every machine, and labels fit the space measured for them.
"""

_BESIDE_OR_BELOW = {"signal": "width < 560 ? 'vertical' : 'horizontal'"}
_LAYOUT = {"bottom": {"anchor": "start", "direction": _BESIDE_OR_BELOW}}
"""Several legends are side by side where a page has room; pictures always have."""


def page_colours() -> dict[str, str]:
    """Each role as a variable of the page's style sheet."""
    return {role: f"var(--{role})" for role in ROLES}


def configuration(colours: dict[str, str] = ROLES, font: str = FONT) -> dict[str, Any]:
    """The Vega-Lite configuration with these colours for the roles."""
    text = {"labelColor": colours["muted"], "titleColor": colours["muted"]}
    sizes = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": 400}
    return {
        "background": None if colours is not ROLES else colours["paper"],
        "font": font,
        "view": {"stroke": None},
        # A chart is one picture with one description; only links to sources have names in it.
        "mark": {"aria": False},
        "title": {"color": colours["ink"], "fontSize": 13, "anchor": "start", "offset": 8}
        | {"subtitleColor": colours["muted"], "subtitleFontSize": 11, "subtitleFontWeight": 400},
        "axis": text
        | {"aria": False, "gridColor": colours["grid"], "domainColor": colours["border"]}
        | {"tickColor": colours["border"]}
        | sizes,
        # Numbers and dates are short; a limit would have each of them measured four times.
        "axisQuantitative": {"labelLimit": 0},
        "axisTemporal": {"labelLimit": 0},
        "legend": text
        | {"aria": False}
        | sizes
        | {"symbolStrokeColor": colours["muted"], "symbolBaseFillColor": colours["grid"]}
        | ({"layout": _LAYOUT} if colours is not ROLES else {}),
        "range": {
            "ordinal": [colours[role] for role in WAITS],
            "category": [colours["series"], colours["more"]],
        },
        "style": _styles(colours),
    }


_NAME = {"fontSize": 12, "fontWeight": 600}


def _styles(colours: dict[str, str]) -> dict[str, dict[str, Any]]:
    series = colours["series"]
    # Vega-Lite takes ``color`` for the fill or the stroke, whichever the mark has.
    return {
        "fan-outer": {"color": series, "opacity": 0.22},
        "fan-inner": {"color": series, "opacity": 0.4},
        "median": {"color": series, "strokeWidth": 1.8},
        "touch": {"color": colours["muted"], "stroke": None},
        "published": {"color": colours["published"], "strokeWidth": 3.5},
        "published-context": {"color": colours["context"], "strokeWidth": 3.5},
        "limit": {"color": colours["muted"], "strokeDash": [5, 3], "strokeWidth": 1.2},
        "event": {"color": colours["muted"], "strokeDash": [2, 3], "strokeWidth": 1.2},
        "event-name": {"color": colours["ink"], "fontSize": 11},
        "zero": {"color": colours["muted"], "strokeWidth": 1},
        "interval-outer": {"color": series, "strokeWidth": 2},
        "interval-inner": {"color": series, "strokeWidth": 7, "opacity": 0.45},
        "interval-end": {"color": colours["ink"], "strokeWidth": 1.5},
        "interval-mid": {"color": series, "stroke": colours["paper"], "size": 75, "opacity": 1},
        "land": {"color": colours["land"], "stroke": colours["border"], "strokeWidth": 0.7},
        "arrival": {"color": colours["flow"], "opacity": 0.5, "stroke": colours["flow"]},
        "flow": {"stroke": colours["series"], "opacity": 0.45, "strokeCap": "round"},
        "road": {"color": colours["road"], "strokeWidth": 1},
        "origin": {"color": colours["muted"], "opacity": 0.9, "strokeWidth": 1},
        "camp": {"color": colours["camp"], "opacity": 0.75, "stroke": colours["paper"]},
        "crossing": {"opacity": 0.88, "stroke": colours["paper"], "strokeWidth": 0.8},
        "place-name": {"color": colours["ink"]} | _NAME,
        "place-halo": {"color": colours["paper"], "stroke": colours["paper"]}
        | {"strokeWidth": 3, "opacity": 0.85}
        | _NAME,
    }
