"""Dated events behind a chart: strong pressures, and closures at the place shown."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from emigre.charts.series import EVERYWHERE, ChartReader
from emigre.charts.spec import Spec, field, inline, layer
from emigre.evaluation.key_results import period
from emigre.results.text import words

_MOST = 3
_STRONG = 2.0
"""Least weight of a pressure shown; at its peak it multiplies the hazard of leaving by e**2."""
_CLOSED = 0.5
"""Share of people admitted, or of capacity, below which a rule counts as a restriction."""
_RESTRICTS = {"entry": "entry restricted", "capacity": "closed"}
_LINE = 13


class Event(NamedTuple):
    """A day and the event on it, as text."""

    day: date
    text: str


def of(reader: ChartReader, place: str, first: date, after: date) -> list[Event]:
    """The strongest pressures on the scenario's people and the first closures at a place."""
    events = [*_pressures(reader), *_closures(reader, place)]
    by_day: dict[date, list[str]] = {}
    for event in events:
        if first <= event.day < after:
            by_day.setdefault(event.day, []).append(event.text)
    joined = (Event(day, ", ".join(dict.fromkeys(texts))) for day, texts in by_day.items())
    return sorted(joined)


def _pressures(reader: ChartReader) -> list[Event]:
    table = reader.scenario.tables["pressures"].filter(
        pl.col("leaving") >= _STRONG, place=EVERYWHERE, nationality=reader.scenario.nationality
    )
    strongest = table.group_by("kind", "onset").agg(pl.col("leaving").max())
    strongest = strongest.sort("leaving", "onset", descending=[True, False]).head(_MOST)
    return [Event(row["onset"], words(str(row["kind"]))) for row in strongest.to_dicts()]


def _closures(reader: ChartReader, place: str) -> Iterator[Event]:
    """The first closures of the place, its country or, for an area, its places."""
    areas, places = (reader.scenario.tables[name] for name in ("areas", "places"))
    members = {place, *areas.filter(pl.col("area") == place)["place"]}
    members |= set(places.filter(pl.col("id").is_in(list(members)))["country"].drop_nulls())
    rules = reader.scenario.tables["rules"].filter(
        pl.col("effective_from").is_not_null()
        & pl.col("place").is_in(list(members))
        & pl.col("kind").cast(pl.String).is_in(list(_RESTRICTS))
        & (pl.col("value") < _CLOSED)
    )
    zone = ZoneInfo(reader.scenario.zone)
    for rule in rules.sort("effective_from").head(_MOST).iter_rows(named=True):
        day = rule["effective_from"].astimezone(zone).date()
        yield Event(day, f"{_RESTRICTS[rule['kind']]}: {reader.short_name(rule['place'])}")


def layers(events: list[Event], first: date, after: date) -> list[Spec]:
    """A line at each event, with its text."""
    if not events:
        return []
    rows = []
    for i, (day, text) in enumerate(events):
        align = "left" if 2 * (day - first) < after - first else "right"
        rows.append({"day": day, "text": text, "down": _LINE * (i % 3), "align": align})
    aside = {"expr": "datum.align == 'left' ? 4 : -4"}
    look = {"style": "event-name", "dx": aside, "dy": {"expr": "datum.down"}}
    look |= {"align": {"expr": "datum.align"}}
    data, x = inline(rows), field("day:T")
    return [
        layer("rule", data, look={"style": "event"}, x=x),
        layer("text", data, look=look, x=x, y={"value": 6}, text=field("text:N")),
    ]


def sentence(events: list[Event]) -> str:
    """The events as a sentence; empty if there are none."""
    days = (f"{period(event.day, event.day + timedelta(days=1))}, {event.text}" for event in events)
    noun = "Dotted line" if len(events) == 1 else "Dotted lines"
    return f"{noun}: {'; '.join(days)}." if events else ""
