"""Dated events on the lead chart: strong pressures and closures, as text and as marks."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from emigre.charts import events
from emigre.charts.events import Event

FIRST, AFTER = date(2030, 3, 1), date(2030, 6, 1)


def reader(pressures=(), rules=()):
    """A scenario of two countries, each with a crossing; ``BOTH`` is an area of both."""
    tables = {
        "pressures": pl.DataFrame(
            [("call_up", "*", "VES", date(2030, 3, 15), 2.5), *pressures],
            schema=["kind", "place", "nationality", "onset", "leaving"],
            orient="row",
        ),
        "rules": pl.DataFrame(
            list(rules),
            schema={
                "kind": pl.String,
                "place": pl.String,
                "effective_from": pl.Datetime(time_zone="UTC"),
                "value": pl.Float64,
            },
            orient="row",
        ),
        "areas": pl.DataFrame({"area": ["BOTH", "BOTH"], "place": ["BRIDGE", "PASS"]}),
        "places": pl.DataFrame(
            {"id": ["BRIDGE", "PASS", "NORDAL"], "country": ["NORDAL", "SUDRIA", None]}
        ),
    }
    scenario = SimpleNamespace(tables=tables, zone="Europe/Helsinki", nationality="VES")
    return SimpleNamespace(scenario=scenario, short_name=str.capitalize)


def test_pressures_count_if_they_are_strong_and_press_on_the_people_everywhere():
    weak = ("prices", "*", "VES", date(2030, 4, 1), 1.9)
    elsewhere = ("war", "HILLS", "VES", date(2030, 4, 2), 3.0)
    others = ("war", "*", "SUD", date(2030, 4, 3), 3.0)
    outside = ("war", "*", "VES", AFTER, 3.0)
    found = events.of(reader([weak, elsewhere, others, outside]), "*", FIRST, AFTER)
    assert found == [Event(date(2030, 3, 15), "call-up")]


def closing(kind, place, value=0.0):
    """A rule from the evening before in UTC."""
    return (kind, place, datetime(2030, 4, 4, 22, tzinfo=UTC), value)


@pytest.mark.parametrize(
    ("rule", "place", "text"),
    [
        (closing("entry", "NORDAL"), "BRIDGE", "entry restricted: Nordal"),
        (closing("entry", "NORDAL"), "BOTH", "entry restricted: Nordal"),
        (closing("capacity", "BRIDGE"), "BRIDGE", "closed: Bridge"),
        (closing("capacity", "BRIDGE"), "PASS", None),
        (closing("entry", "NORDAL", 0.5), "BRIDGE", None),
        (closing("fare", "BRIDGE"), "BRIDGE", None),
        (closing("entry", "NORDAL"), "*", None),
    ],
)
def test_closures_are_those_of_the_place_its_country_and_its_parts(rule, place, text):
    found = events.of(reader(rules=[rule]), place, FIRST, AFTER)[1:]
    assert found == ([Event(date(2030, 4, 5), text)] if text else [])


def test_events_of_a_day_are_listed_together_and_text_stays_in_the_picture():
    pressure = ("war", "*", "VES", date(2030, 3, 15), 2.0)
    found = events.of(reader([pressure], [closing("entry", "NORDAL")]), "NORDAL", FIRST, AFTER)
    assert events.sentence(found) == (
        "Dotted lines: 15 Mar 2030, call-up, war; 5 Apr 2030, entry restricted: Nordal."
    )
    assert events.sentence([]) == ""
    assert events.layers([], FIRST, AFTER) == []
    line, words = events.layers([Event(FIRST, "a"), Event(date(2030, 5, 20), "b")], FIRST, AFTER)
    assert line["data"] == words["data"]
    assert [row["align"] for row in words["data"]["values"]] == ["left", "right"]
