"""Places and numbers of the map of a run: what it shows, where, and on which days."""

import math
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from emigre.charts import flows, outlines
from emigre.charts.fans import step_text
from emigre.charts.projection import View
from emigre.charts.series import ChartReader, Series
from emigre.evaluation.key_results import period, rounded_rows, with_interval
from emigre.numerics.array_types import F64
from emigre.results.disclosure import is_small, small_count_of
from emigre.results.labels import unit_of
from emigre.results.window import is_flow

WAITS = ("under 1 hour", "1 to 6 hours", "6 to 24 hours", "over a day")
_WAIT_ENDS = (1.0, 6.0, 24.0)
_SHOWN = {"entered": 0.93, "arrived": 0.9, "stock": 0.97, "departed": 0.6}
"""The map holds the places with this share of the people of each layer; others are drawn if they
fit. The map focuses on where people go, so few regions of origin are enough."""
_FEW = 5
"""Number of places of each layer that the map always includes."""
_STRETCH = 4.0
"""Accepted growth of the map's area for a destination, per share of the arrivals."""
_MOST = 30
_NAMES = 8
_NAME_EVERY = 95  # at most one name per this many pixels of width
_LETTER, _LINE = 7.2, 15.0  # size of a name's letters and lines, in pixels
LONGEST = 200
"""Maximum length of a name on the map in pixels; longer names are cut."""
_AT_ONCE = 20_000
"""Values of runs that are summarised together; with the model's error they take 3 MB."""


class Shown(NamedTuple):
    """Median of the runs with its words, and the ends of their interval (None: withheld)."""

    value: float
    text: str
    low: float | None
    high: float | None


class Atlas:
    """Content of the map of a run: places with coordinates and their numbers by step."""

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
        there = [p for p, row in self.places.items() if row["kind"] in kinds]
        return sorted((p for p in there if totals.get(p, 0.0) > 0), key=lambda p: (-totals[p], p))

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

    def degrees(self, places: list[str]) -> tuple[F64, F64]:
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
        """Drawn numbers of each flow from an origin to a destination, by position."""
        pairs = flows.arrivals(self.reader, set(self.places))
        moved = np.zeros((len(pairs), len(self.spans)))
        return dict(zip(pairs, self._shown("arrived", list(pairs.values()), moved), strict=True))

    @property
    def listed(self) -> tuple[str, list[str], str]:
        """The layer that is also listed (empty if all is withheld), its places, and its name."""
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
        measure = "entered" if self.crossings else "arrived"
        places = self.crossings or self.destinations
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
        """Number drawn at each position; None where nobody is, or it is withheld."""
        if (measure, place) not in self._medians:
            series = [each for each in self.series if each[0] == measure]
            values = [
                np.column_stack([self.reader.whole(*each), self.reader.stepped(*each)])
                for each in series
            ]
            moved = np.array([self.reader.moved_on(*each, self.spans) for each in series])
            self._medians |= zip(series, self._shown(measure, values, moved), strict=True)
        return self._medians[measure, place]

    def _shown(self, measure: str, several: Sequence[F64], moved: F64) -> list[list[Shown | None]]:
        """Drawn numbers of several places or flows: more than one simulated person.

        Their values are of shape (n_runs, n_positions); several are summarised together, for speed.
        ``moved`` (n_several, n_positions) are the parts of stocks that moved.
        """
        n = max(1, _AT_ONCE // several[0].size) if several else 1
        shown: list[list[Shown | None]] = []
        for first in range(0, len(several), n):
            some = slice(first, first + n)
            shown += self._shown_together(measure, np.stack(several[some], axis=1), moved[some])
        return shown

    def _shown_together(self, measure: str, values: F64, moved: F64) -> list[list[Shown | None]]:
        """Drawn numbers of values (n_runs, n_places, n_positions)."""
        # No place of a map is a total, so that the model's error has the same size for all.
        wide = self.reader.with_error(values, measure, "", self.spans, moved)
        quantiles = self.reader.summary(measure, wide.reshape(len(wide), -1))
        small = small_count_of(measure, self.reader.info.small_count)
        decimals = 1 if measure == "wait_hours" else 0
        low, mid, high = (
            np.where(is_small(quantiles[q], small), np.nan, quantiles[q]).reshape(values.shape[1:])
            for q in ("q05", "q50", "q95")
        )
        is_summed = is_flow(measure)
        days = np.array([(after - first).days if is_summed else 1 for first, after in self.spans])
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
            hours = 0.0 if wait is None else wait.value
            level = WAITS[sum(hours >= end for end in _WAIT_ENDS)]
            crossings.append(row | {"w": words, "b": level})
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
            long = [min(round(_LETTER * len(name)), LONGEST) for name in names]
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
        """Numbers of the map, a row for each place or flow and position of the slider."""
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


_NAMES_OF = ("measure", "place", "place_name", "origin", "origin_name", "label", "unit")
_TABLE = (
    dict.fromkeys(("from", "to"), pl.Date)
    | dict.fromkeys(_NAMES_OF, pl.String)
    | dict.fromkeys(("value", "q05", "q95"), pl.Float64)
)


def _least_widths(long: list[int], at: F64) -> list[int]:
    """Minimum width of the map, in pixels, at which each name overlaps no earlier one.

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
