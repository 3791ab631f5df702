"""The map of a run: where people set out, cross and arrive, with waits, camps and roads."""

# Long, because a map is drawn in one piece: ground, places, sizes and labels know each other.

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.charts import flows, outlines
from emigre.charts.fans import step_text
from emigre.charts.series import ChartReader, Series
from emigre.charts.spec import Spec, field, inline, layer
from emigre.evaluation.key_results import period, rounded_rows, with_interval
from emigre.results.disclosure import is_small, small_count_of
from emigre.results.labels import unit_of

MAP_WIDTH = 760
STEP = "step"
"""Name of the parameter that chooses the days: 0 is all days, then 1 for the first step."""
WAITS = ("under 1 hour", "1 to 6 hours", "6 to 24 hours", "over a day")
_WAIT_ENDS = (1.0, 6.0, 24.0)
_SHOWN = {"entered": 0.93, "arrived": 0.9, "stock": 0.97, "departed": 0.6}
"""The map holds the places with this share of the people of each layer; it is not stretched for
the others, which are drawn where they fit. People are followed to where they go, so few regions of
origin are enough."""
_FEW = 5
"""Number of places of each layer that the map always includes."""
_STRETCH = 4.0
"""Accepted growth of the map's area for a destination, per share of the arrivals."""
_MOST = 30
_NAMES = 8
_NAME_EVERY = 95  # at most one name per this many pixels of width
_LETTER, _LINE = 7.2, 15.0  # size of a name's letters and lines, in pixels
_LONGEST = 200
"""Length of a name on the map in pixels; the rest of it is left out."""
_PAD = 0.07
_AT_ONCE = 20_000
"""Values of runs that are summarised together; with the model's error they take 3 MB."""


@dataclass(frozen=True, slots=True)
class View:
    """A Lambert azimuthal equal-area picture around a middle, in radii of the Earth.

    Snyder 1987, Map projections: a working manual (USGS 1395), equations 24-2 to 24-4.
    """

    lon: float
    lat: float
    box: tuple[float, float, float, float]

    @classmethod
    def around(cls, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> View:
        """The smallest picture that holds points, with a margin. lon, lat: degrees, (n,)."""
        middle = flows.to_degrees(flows.to_vector(lon, lat).mean(axis=1))
        centre = float(middle[0]), float(middle[1])
        x, y = _project(lon, lat, *centre)
        wide, high = max(float(np.ptp(x)), 0.02), max(float(np.ptp(y)), 0.02)
        # Neither a ribbon nor a tower: height between 1/2 and 3/4 of the width.
        high, wide = max(high, 0.5 * wide), max(wide, high / 0.75)
        mx, my = float(x.max() + x.min()) / 2, float(y.max() + y.min()) / 2
        half = (0.5 + _PAD) * wide, (0.5 + _PAD) * high
        return cls(*centre, (mx - half[0], my - half[1], mx + half[0], my + half[1]))

    def holds(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], margin: float = 0.0
    ) -> NDArray[np.bool_]:
        """Whether points lie in the picture. lon, lat: degrees, (n,) -> (n,).

        ``margin`` is added on each side, in widths and heights of the picture.
        """
        x, y = _project(lon, lat, self.lon, self.lat)
        west, south, east, north = self.box
        wide, high = margin * (east - west), margin * (north - south)
        is_inside = (x >= west - wide) & (x <= east + wide)
        return np.asarray(is_inside & (y >= south - high) & (y <= north + high))

    def shares(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points lie from the south-west, in widths of the picture; degrees, (2, n)."""
        west, south, east, _ = self.box
        x, y = _project(lon, lat, self.lon, self.lat)
        return np.array([x - west, y - south]) / (east - west)

    @property
    def aspect(self) -> float:
        """Height over width."""
        west, south, east, north = self.box
        return (north - south) / (east - west)

    def projection(self) -> dict[str, Any]:
        """The Vega-Lite projection, scaled to the width and height of the picture."""
        west, south, east, north = self.box
        scale = f"min(width / {east - west:.6f}, height / {north - south:.6f})"
        x, y = (west + east) / 2, (south + north) / 2
        return {
            "type": "azimuthalEqualArea",
            "rotate": [round(-self.lon, 4), round(-self.lat, 4), 0],
            "scale": {"expr": scale},
            "translate": {
                "expr": f"[width / 2 - {scale} * {x:.6f}, height / 2 + {scale} * {y:.6f}]"
            },
        }


def _project(
    lon: NDArray[np.float64], lat: NDArray[np.float64], lon0: float, lat0: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b, b0 = np.radians(lon - lon0), np.radians(lat), np.radians(lat0)
    towards = 1 + np.sin(b0) * np.sin(b) + np.cos(b0) * np.cos(b) * np.cos(a)
    k = np.sqrt(2 / np.maximum(towards, 1e-9))
    y = np.cos(b0) * np.sin(b) - np.sin(b0) * np.cos(b) * np.cos(a)
    return k * np.cos(b) * np.sin(a), k * y


class Shown(NamedTuple):
    """Median of the runs with its words, and the ends of their interval (None: withheld)."""

    value: float
    text: str
    low: float | None
    high: float | None


class Atlas:
    """What the map of a run shows: places with coordinates and their numbers by step."""

    def __init__(self, reader: ChartReader) -> None:
        self.reader = reader
        self._medians: dict[Series, list[Shown | None]] = {}
        self.most: dict[str, float] = {}
        """Largest numbers of the layers of a map shown side by side with this one."""
        places = reader.scenario.tables["places"].drop_nulls(["lat", "lon"])
        self.places = {row["id"]: row for row in places.iter_rows(named=True)}
        self.crossings = self._places_with_people("entered", ("crossing",))
        self.destinations = self._places_with_people("arrived", ("country", "camp"))[:_MOST]
        self.camps = self._places_with_people("stock", ("camp",))
        self.origins = self._places_with_people("departed", ("origin",))

    def __bool__(self) -> bool:
        """Whether there is anything to draw: places of each kind, and land or people at them."""
        if not self.origins or not (self.crossings or self.destinations):
            return False
        self.load()
        return self.is_real or any(self.rows().values())

    def _places_with_people(self, measure: str, kinds: tuple[str, ...]) -> list[str]:
        """Places of these kinds that have coordinates and people, the largest first."""
        totals = self.reader.totals.get(measure, {})
        present = [p for p, v in totals.items() if v > 0 and p in self.places]
        return sorted(
            (p for p in present if self.places[p]["kind"] in kinds), key=lambda p: (-totals[p], p)
        )

    @cached_property
    def view(self) -> View:
        """The picture: it holds the places of most people."""
        return View.around(*self.degrees(self.essential_places()))

    def essential_places(self) -> list[str]:
        """The places at which most people pass, set out, stay or arrive.

        A destination that would stretch the map is left out unless its share of the arrivals makes
        up for it. Airports abroad are where their country is, and do not count.
        """
        on_land = [p for p in self.crossings if p not in self._by_air]
        wanted = [
            *self._largest("entered", on_land),
            *self._largest("departed", self.origins),
            *self._largest("stock", self.camps),
        ]
        totals = self.reader.totals.get("arrived", {})
        people = sum(totals.get(p, 0.0) for p in self.destinations)
        for i, place in enumerate(self._largest("arrived", self.destinations)):
            grown = self._area([*wanted, place])
            if i < _FEW or grown <= self._area(wanted) * (1 + _STRETCH * totals[place] / people):
                wanted.append(place)
        return wanted

    def _largest(self, measure: str, places: list[str]) -> list[str]:
        """The first places, with most of the people of a layer."""
        totals = self.reader.totals.get(measure, {})
        values = np.array([totals.get(p, 0.0) for p in places])
        is_shown = values.cumsum() - values < _SHOWN[measure] * values.sum()
        is_shown[:_FEW] = True
        return [places[i] for i in np.flatnonzero(is_shown)]

    def _area(self, places: list[str]) -> float:
        west, south, east, north = View.around(*self.degrees(places)).box
        return (east - west) * (north - south)

    @cached_property
    def _by_air(self) -> set[str]:
        legs = self.reader.scenario.tables["legs"]
        return set(legs.filter(mode="air")["to"]) - set(legs.filter(pl.col("mode") != "air")["to"])

    def degrees(self, places: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes of places, each (n,)."""
        lon = np.array([self.places[p]["lon"] for p in places], np.float64)
        return lon, np.array([self.places[p]["lat"] for p in places], np.float64)

    @cached_property
    def off_the_map(self) -> list[str]:
        """Names of destinations and crossings that do not fit into the picture."""
        several = [*self.destinations, *self.crossings]
        if not several:
            return []
        fits = self.view.holds(*self.degrees(several))
        return [self.reader.name(p) for p, ok in zip(several, fits, strict=True) if not ok]

    @property
    def series(self) -> list[Series]:
        """All series that the map shows."""
        pairs = [(m, p) for p in self.crossings for m in ("entered", "wait_hours")]
        pairs += [("arrived", p) for p in self.destinations]
        return pairs + [("stock", p) for p in self.camps] + [("departed", p) for p in self.origins]

    def load(self) -> None:
        """Read all series of the map in one pass."""
        self.reader.load(self.series)

    @cached_property
    def flows(self) -> dict[flows.Pair, list[Shown | None]]:
        """What is shown of each flow from an origin to a destination, by position."""
        pairs = flows.arrivals(self.reader, set(self.places))
        return dict(zip(pairs, self._shown("arrived", list(pairs.values())), strict=True))

    @property
    def listed(self) -> tuple[str, list[str], str]:
        """The layer given as a list too (empty if all is withheld), its places, and its name."""
        if self.crossings:
            layer, measure, words = "crossings", "entered", "Where most are admitted"
        elif self.camps:
            layer, measure, words = "camps", "stock", "Where most people are"
        else:
            layer, measure, words = "arrivals", "arrived", "Where most arrive"
        places = self.crossings or self.camps or self.destinations
        is_drawn = any(shown for place in places for shown in self.medians(measure, place))
        return (layer if is_drawn else ""), places, words

    @cached_property
    def busiest(self) -> int:
        """The position of the slider at which most are admitted, or arrive."""
        measure, places = "entered", self.crossings
        if not places:
            measure, places = "arrived", self.destinations
        sums = sum(np.nan_to_num(self.reader.stepped(measure, p)).mean(axis=0) for p in places)
        return 1 + int(np.argmax(np.asarray(sums)))

    @property
    def days(self) -> list[str]:
        """The days of each position of the slider, in words."""
        whole, *steps = self.spans
        return [f"all days, {period(*whole)}", *(step_text(*step) for step in steps)]

    @property
    def spans(self) -> list[tuple[date, date]]:
        """Half-open days of each position of the slider."""
        return [self.reader.days, *self.reader.steps]

    def medians(self, measure: str, place: str) -> list[Shown | None]:
        """What is shown of each position; None where nobody is, or it is withheld."""
        if (measure, place) not in self._medians:
            series = [each for each in self.series if each[0] == measure]
            values = [
                np.column_stack([self.reader.whole(*each), self.reader.stepped(*each)])
                for each in series
            ]
            self._medians |= zip(series, self._shown(measure, values), strict=True)
        return self._medians[measure, place]

    def _shown(
        self, measure: str, several: Sequence[NDArray[np.float64]]
    ) -> list[list[Shown | None]]:
        """What is shown of each of several places or flows: more than one simulated person.

        Their values are of shape (n_runs, n_positions); several are summarised together, for speed.
        """
        n = max(1, _AT_ONCE // several[0].size) if several else 1
        shown: list[list[Shown | None]] = []
        for first in range(0, len(several), n):
            shown += self._shown_together(measure, np.stack(several[first : first + n], axis=1))
        return shown

    def _shown_together(
        self, measure: str, values: NDArray[np.float64]
    ) -> list[list[Shown | None]]:
        """What is shown of values (n_runs, n_places, n_positions)."""
        # No place of a map is a total, so that the model's error is the same for all.
        wide = self.reader.with_error(values, measure, "", self.spans)
        quantiles = self.reader.summary(measure, wide.reshape(len(wide), -1))
        small = small_count_of(measure, self.reader.info.small_count)
        decimals = 1 if measure == "wait_hours" else 0
        low, mid, high = (
            np.where(is_small(quantiles[q], small), np.nan, quantiles[q]).reshape(values.shape[1:])
            for q in ("q05", "q50", "q95")
        )
        is_flow = schema.measures()[measure].kind == "flow"
        days = np.array([(after - first).days if is_flow else 1 for first, after in self.spans])
        drawn = ~np.isnan(mid) & ((days * mid > self.reader.info.scale) | (decimals > 0))
        ends = ([None if math.isnan(v) else v for v in end[drawn].tolist()] for end in (low, high))
        texts = rounded_rows(low[drawn], mid[drawn], high[drawn], small, decimals)
        out: list[list[Shown | None]] = [[None] * len(days) for _ in mid]
        where = zip(*(each.tolist() for each in np.nonzero(drawn)), strict=True)
        for (row, i), value, text, *interval in zip(
            where, mid[drawn].tolist(), texts, *ends, strict=True
        ):
            out[row][i] = Shown(float(f"{value:.4g}"), with_interval(*text), *interval)
        return out

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the layers that change with the days: flows, crossings, arrivals and so on."""
        crossings = []
        for row in self._rows("entered", self.crossings):
            wait = self.medians("wait_hours", row["p"])[row["s"]]
            words = "no wait" if wait is None else wait.text
            crossings.append(row | {"w": words, "b": _wait_class(wait)})
        return {
            "crossings": crossings,
            "flows": self._flow_rows(),
            "arrivals": list(self._rows("arrived", self.destinations)),
            "camps": list(self._rows("stock", self.camps)),
            "origins": list(self._rows("departed", self.origins)),
        }

    def _rows(self, measure: str, places: list[str]) -> Iterator[dict[str, Any]]:
        for place in places:
            for step, shown in enumerate(self.medians(measure, place)):
                if shown is not None:
                    yield {"s": step, "p": place, "v": shown.value, "t": shown.text}

    def _flow_rows(self) -> list[dict[str, Any]]:
        """The largest flows of each position, the largest first."""
        rows = []
        for step in range(len(self.spans)):
            there = [(-shown.value, f"{a} {b}", shown) for (a, b), all_ in self.flows.items()
                     if (shown := all_[step])]  # fmt: skip
            rows += [
                {"s": step, "p": pair, "v": shown.value, "t": shown.text}
                for _, pair, shown in sorted(there)[: flows.MOST]
            ]
        return rows

    def arcs(self) -> list[dict[str, Any]]:
        """Names and lines of the flows, which their rows look up."""
        return [
            {
                "id": f"{a} {b}",
                "name": f"{self.reader.short_name(a)} to {self.reader.short_name(b)}",
                "line": {"type": "LineString", "coordinates": flows.arc(*self._ends(a, b))},
            }
            for a, b in self.flows
        ]

    def _ends(self, *pair: str) -> Iterator[tuple[float, float]]:
        return ((self.places[p]["lon"], self.places[p]["lat"]) for p in pair)

    def roads(self) -> list[dict[str, float]]:
        """Roads between places on the map, for scenarios with camps.

        A network that can be drawn without crossing lines has fewer than three roads per place;
        legs from each origin to each crossing would only cover the map.
        """
        if not self.camps:
            return []
        lines = []
        for leg in self.reader.scenario.tables["legs"].iter_rows(named=True):
            a, b = self.places.get(leg["from"]), self.places.get(leg["to"])
            if leg["mode"] != "air" and a is not None and b is not None:
                lines.append({"x": a["lon"], "y": a["lat"], "x2": b["lon"], "y2": b["lat"]})
        return lines if len(lines) < 3 * len(self.places) else []

    @property
    def names(self) -> list[dict[str, Any]]:
        """Names of the largest destinations of each position, with the width that each needs.

        ``needs`` is in pixels; larger destinations have their names first. ``at`` is the place in
        widths of the picture, ``long`` the length of the name in pixels.
        """
        medians = {p: self.medians("arrived", p) for p in self.destinations if self._is_seen(p)}
        rows = []
        for step in range(len(self.spans)):
            there = [(-shown.value, p) for p, all_ in medians.items() if (shown := all_[step])]
            chosen = sorted(there)[:_NAMES]
            if not chosen:
                continue
            at = self.view.shares(*self.degrees([p for _, p in chosen]))
            names = (self.reader.short_name(p) for _, p in chosen)
            long = [min(round(_LETTER * len(name)), _LONGEST) for name in names]
            needs = _least_widths(long, at)
            rows += [
                {"s": step, "p": p, "v": -v, "needs": n, "long": length, "at": round(x, 3)}
                for (v, p), n, length, x in zip(chosen, needs, long, at[0].tolist(), strict=True)
            ]
        return rows

    def _is_seen(self, place: str) -> bool:
        return bool(self.view.holds(*self.degrees([place]))[0])

    @property
    def is_real(self) -> bool:
        """Whether the scenario's countries are countries of the Earth."""
        names = {row["country"] for row in self.places.values() if row["country"]}
        return outlines.known(names)

    def table(self) -> pl.DataFrame:
        """What the map shows, a row for each place or flow and position of the slider."""
        several = [(m, "", p, self.medians(m, p)) for m, p in self.series]
        several += [("arrived", a, b, all_) for (a, b), all_ in self.flows.items()]
        spans, name = self.spans, cache(self.reader.name)
        rows = [
            (
                *(*span, measure, place, name(place), origin or None),
                *(name(origin) if origin else None, "simulated", unit_of(measure)),
                *(shown.value, shown.low, shown.high),
            )
            for measure, origin, place, all_ in several
            for span, shown in zip(spans, all_, strict=True)
            if shown is not None
        ]
        return pl.DataFrame(rows, schema=_TABLE, orient="row")


_TABLE = (
    dict.fromkeys(("from", "to"), pl.Date)
    | dict.fromkeys(
        ("measure", "place", "place_name", "origin", "origin_name", "label", "unit"), pl.String
    )
    | dict.fromkeys(("value", "q05", "q95"), pl.Float64)
)


def _wait_class(wait: Shown | None) -> str:
    hours = 0.0 if wait is None else wait.value
    return WAITS[sum(hours >= end for end in _WAIT_ENDS)]


def _least_widths(long: list[int], at: NDArray[np.float64]) -> list[int]:
    """The least width, in pixels, at which each name touches none that comes before it.

    Two names are apart if their middles are half the sum of their lengths apart across, or one
    line apart in height; ``long`` are the lengths, ``at`` the middles in widths of the picture,
    shape (2, n).
    """
    length = np.array(long)
    needs = []
    for i in range(len(long)):
        across, down = np.maximum(np.abs(at[:, :i] - at[:, i : i + 1]), 1e-6)
        apart = np.minimum((length[:i] + length[i]) / 2 / across, _LINE / down)
        needs.append(round(float(max(apart.max(initial=0), _NAME_EVERY * (i + 1)))))
    return needs


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
    ends = {
        "longitude": field("x:Q"),
        "latitude": field("y:Q"),
        "longitude2": {"field": "x2"},
        "latitude2": {"field": "y2"},
    }
    return [layer("rule", inline(roads), look={"style": "road", "clip": True}, **ends)]


def _moving(atlas: Atlas, rows: dict[str, list[dict[str, Any]]]) -> list[Spec]:
    """The layers that change with the days. Circles and rings of all layers have one scale."""
    place = {"data": {"name": "places"}, "key": "id", "fields": ["name", "lon", "lat"]}
    arc = {"data": {"name": "arcs"}, "key": "id", "fields": ["name", "line"]}

    def of_days(name: str, *layers: Spec) -> Spec:
        known = arc if name == "flows" else place
        shown = [{"filter": f"datum.s == {STEP}"}, {"lookup": "p", "from": known}]
        return {
            "data": {"values": rows[name], "name": name},
            "transform": shown,
            "layer": list(layers),
        }

    there = [name for name in ("flows", *_LAYERS) if rows[name]]
    most = {
        name: max([atlas.most.get(name, 0.0), *(row["v"] for row in rows[name])]) for name in there
    }
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
        {"style": style, "dy": above, "align": inside, "limit": _LONGEST}
        for style in ("place-halo", "place-name")
    ]
    return [few | layer("text", look=look, **at) for look in looks]
