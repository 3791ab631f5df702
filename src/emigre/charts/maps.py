"""The map of a run: where people set out, cross and arrive, with waits, camps and roads."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from emigre.charts import outlines
from emigre.charts.atlas import LONGEST, WAITS, Atlas
from emigre.charts.projection import View
from emigre.charts.spec import Spec, field, inline, layer

MAP_WIDTH = 760
STEP = "step"
"""Name of the parameter that chooses the days: 0 is all days, then 1 for the first step."""


def chart(atlas: Atlas) -> Spec:
    """The map; its parameter ``step`` chooses the days."""
    rows = atlas.rows() | {"names": atlas.names}
    return {
        "datasets": {"places": _places(atlas), "arcs": atlas.arcs()},
        "params": [{"name": STEP, "value": atlas.busiest}],
        "layer": [
            *(land(atlas.view) if atlas.is_real else []),
            *_roads(atlas),
            *_moving(atlas, rows),
        ],
        "width": MAP_WIDTH,
        "height": round(MAP_WIDTH * atlas.view.aspect),
        "projection": atlas.view.projection(),
        "resolve": {"scale": {"size": "independent", "color": "independent"}},
    }


def land(view: View) -> list[Spec]:
    """Outlines of countries, as one layer."""
    pixel = np.degrees(view.box[2] - view.box[0]) / MAP_WIDTH
    # A page may show a frame half as wide or high again.
    inside = partial(view.holds, margin=0.25)
    topology = outlines.within(inside, (view.lon, view.lat), float(pixel))
    data = {"values": topology, "format": {"type": "topojson", "feature": "countries"}}
    return [{"data": data, "mark": {"type": "geoshape", "style": "land", "clip": True}}]


def _roads(atlas: Atlas) -> list[Spec]:
    roads = atlas.roads()
    if not roads:
        return []
    ends = {"longitude": field("x:Q"), "latitude": field("y:Q")}
    ends |= {"longitude2": {"field": "x2"}, "latitude2": {"field": "y2"}}
    return [layer("rule", inline(roads), look={"style": "road", "clip": True}, **ends)]


def _moving(atlas: Atlas, rows: dict[str, list[dict[str, Any]]]) -> list[Spec]:
    """The layers that change with the days. Circles and rings of all layers have one scale."""
    place = {"data": {"name": "places"}, "key": "id", "fields": ["name", "lon", "lat"]}
    arc = {"data": {"name": "arcs"}, "key": "id", "fields": ["name", "line"]}

    def of_days(name: str, *layers: Spec) -> Spec:
        known = arc if name == "flows" else place
        shown = [{"filter": f"datum.s == {STEP}"}, {"lookup": "p", "from": known}]
        data = {"values": rows[name], "name": name}
        return {"data": data, "transform": shown, "layer": list(layers)}

    there = [name for name in ("flows", *_LAYERS) if rows[name]]
    most = {n: max([atlas.most.get(n, 0.0), *(row["v"] for row in rows[n])]) for n in there}
    circles = [name for name in there if name not in ("camps", "flows")]
    persons = max((most[name] for name in circles), default=1.0)
    first = next(iter(circles), "")
    made = [of_days("flows", _flows(most["flows"]))] if "flows" in there else []
    for name in there[len(made) :]:
        largest = most[name] if name == "camps" else persons
        size = _size(name, largest, name in (first, "camps"))
        made.append(of_days(name, _LAYERS[name](size)))
    return made + ([of_days("names", *_name_layers(persons))] if rows["names"] else [])


def initial_layers(chart: Spec) -> list[Spec]:
    """The layers of a map with the rows of the days that it shows first, for a picture."""
    step = chart["params"][0]["value"]
    return [
        part
        if "transform" not in part
        else part
        | {"data": {"values": [row for row in part["data"]["values"] if row["s"] == step]}}
        for part in chart["layer"]
    ]


def _size(name: str, largest: float, has_legend: bool) -> Spec:
    """Areas in proportion to people: people present in camps, people a day elsewhere."""
    is_camp = name == "camps"
    legend = {
        "title": "people in camps or shelters" if is_camp else "people a day",
        # Above and below the map: because side by side legends would not fit on a phone.
        "orient": "bottom" if is_camp else "top",
        "values": _legend_values(largest),
        "format": ",~r",
        "symbolType": "square" if is_camp else "circle",
        "symbolFillColor": "transparent",
    }
    scale = {"domain": [0, largest], "range": [0, {"expr": _AREA}]}
    return field("v:Q", legend=legend if has_legend else None, scale=scale)


_AREA = "min(1100, 1.4 * width)"
"""Area of the largest symbol in pixels: small on a phone, where the map is."""


def _legend_values(largest: float) -> list[float]:
    """About a tenth, a third and all of the largest number, in one digit."""
    candidates = (float(f"{share * largest:.0e}") for share in (0.1, 0.3, 1.0))
    return sorted({value for value in candidates if value >= 1}) or [largest]


def _places(atlas: Atlas) -> list[Spec]:
    """Names and coordinates of all places, which the layers look up."""
    return [
        {"id": p, "name": atlas.reader.name(p), "lon": row["lon"], "lat": row["lat"]}
        for p, row in atlas.places.items()
    ]


def _tips(what: str) -> list[Spec]:
    return [field("name:N", title="place"), field("t:N", title=what)]


def _placed(mark: str, style: str, what: str, size: Spec, **more: Any) -> Spec:
    at = {"longitude": field("lon:Q"), "latitude": field("lat:Q"), "size": size}
    order = field("v:Q", sort="descending")
    channels = at | {"order": order, "tooltip": _tips(what)} | more
    return layer(mark, look={"style": style, "clip": True}, **channels)


def _flows(largest: float) -> Spec:
    """Arcs from where people set out to where they arrive, as wide as the flow is large."""
    legend = {
        "title": "people a day on an arc",
        "orient": "bottom",
        "values": _legend_values(largest),
        "format": ",~r",
        "symbolType": "stroke",
    }
    scale = {"domain": [0, largest], "range": [0, {"expr": _WIDTH}]}
    return layer(
        "geoshape",
        look={"style": "flow", "clip": True, "filled": False},
        shape={"field": "line", "type": "geojson"},
        strokeWidth=field("v:Q", legend=legend, scale=scale),
        tooltip=_tips("arrive a day"),
    )


_WIDTH = "min(11, width / 60)"
"""Width of the largest flow in pixels."""


def _crossings(size: Spec) -> Spec:
    legend = {
        "title": "mean wait at crossings",
        "orient": "bottom",
        "symbolOpacity": 1,
        "columns": {"expr": "width < 560 ? 2 : 4"},
    }
    colour = field("b:O", legend=legend, scale={"domain": list(WAITS), "range": "ordinal"})
    tips = [*_tips("entries a day"), field("w:N", title="hours waited")]
    return _placed("circle", "crossing", "entries a day", size, color=colour, tooltip=tips)


_LAYERS: dict[str, Callable[[Spec], Spec]] = {
    "arrivals": partial(_placed, "circle", "arrival", "arrive a day"),
    "origins": partial(_placed, "point", "origin", "set out a day"),
    "camps": partial(_placed, "square", "camp", "present"),
    "crossings": _crossings,
}


def _name_layers(largest: float) -> list[Spec]:
    """Names above the largest destinations of the days shown, none over another."""
    above = {"expr": f"-6 - sqrt({_AREA} * datum.v / {largest} / PI)"}
    at = {"longitude": field("lon:Q"), "latitude": field("lat:Q"), "text": field("name:N")}
    few = {"transform": [{"filter": "datum.needs < width"}]}
    inside = {
        "expr": "datum.at * width < datum.long / 2 ? 'left' : "
        "(1 - datum.at) * width < datum.long / 2 ? 'right' : 'center'"
    }
    looks = [
        {"style": style, "dy": above, "align": inside, "limit": LONGEST}
        for style in ("place-halo", "place-name")
    ]
    return [few | layer("text", look=look, **at) for look in looks]
