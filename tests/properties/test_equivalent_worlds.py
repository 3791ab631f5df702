"""Equivalent descriptions of a world give the same counts, bit for bit.

They differ in dates, currency, unit of people, a town in the middle of a road, the rows that state
limits, levels, rules and pressures, rumours that nobody believes, places that nobody can reach or
where nobody lives, and days after the last one that is compared.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_worlds import Row, World, acting_places, known, read, row, worlds
from same import counted, differences, series

from emigre import schema
from examples import examples

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

WEEKS = (-109, -13, 1, 52, 105)
"""Shifts of dates: into other years, and over leap days; weekdays stay what they are."""
EUROS = {"groups": "savings_eur", "legs": "fare_eur", "places": "living_cost_eur_per_month"}
PERSONS = ("population", "capacity_persons_per_day", "capacity_persons", "reception_beds")
INSTANTS = ("effective_from", "effective_to", "expected_from")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(.*)")


def on_other_dates(world: World, data: st.DataObject) -> World:
    """Everything some weeks earlier or later, where clocks do not change."""
    world.zone = data.draw(st.sampled_from(["UTC", "Asia/Kathmandu"]))
    shift = timedelta(weeks=data.draw(st.sampled_from(WEEKS)))
    other = world.changed()
    other.start += shift
    for table, rows in other.tables.items():
        dated = {c.name for c in schema.tables()[table] if c.kind in ("date", "instant")}
        for cells in rows:
            cells |= {c: later(str(cells[c]), shift) for c in dated & set(cells) if cells[c]}
    return other


def later(cell: str, shift: timedelta) -> str:
    """A date or an instant, shifted by days."""
    parts = _DATED.fullmatch(cell)
    assert parts
    return f"{date.fromisoformat(parts[1]) + shift}{parts[2]}"


def where_clocks_change(world: World, data: st.DataObject) -> World:
    """Days of 23 hours count as days, if rules begin and end with them."""
    for rule in world.tables["rules"]:
        rule |= {c: str(rule[c])[:10] for c in INSTANTS if rule.get(c)}
    other = world.changed()
    world.zone, other.zone = "UTC", "Europe/Helsinki"
    return other


def in_another_currency(world: World, data: st.DataObject) -> World:
    """Twice the savings, fares, living costs and transfers. (Savings below 1 count as 1.)"""
    for group in world.tables["groups"]:
        group["savings_eur"] = max(group["savings_eur"], 50)
    other = world.changed()
    other.parameters["transfers_eur_per_month"] *= 2
    for table, column in EUROS.items():
        for cells in other.tables[table]:
            cells |= {column: 2 * cells[column]} if column in cells else {}
    return other


def with_a_town_on_a_road(world: World, data: st.DataObject) -> World:
    """A leg from home to a crossing in two halves; what held on it holds on the first."""
    roads = [leg for leg in world.tables["legs"] if leg["from"][0] == "O" and leg["to"][0] == "X"]
    road = data.draw(st.sampled_from(roads))
    other = world.changed(places=[row(id="T", name="T", kind="town", country="HOME")])
    half = road | {c: road[c] / 2 for c in ("km", "hours", "fare_eur")}
    other.tables["legs"].remove(road)
    other.tables["legs"] += [half | {"to": "T"}, half | {"from": "T"}]
    for rule in other.tables["rules"]:
        if rule["place"] == "/".join(road[c] for c in ("from", "to", "mode")):
            rule["place"] = f"{road['from']}/T/{road['mode']}"
    return other


def with_a_limit_in_a_rule(world: World, data: st.DataObject) -> World:
    """The capacity of a crossing in a rule that has always been in force."""
    places = [p for p in world.tables["places"] if p.get("capacity_persons_per_day", "") != ""]
    assume(places)
    place = data.draw(st.sampled_from(places))
    value = place["capacity_persons_per_day"]
    return world.changed(rules=[row(id="limit", kind="capacity", place=place["id"], value=value)])


def with_travellers_in_two_rows(world: World, data: st.DataObject) -> World:
    """A level of ordinary travel as the sum of two halves."""
    other = world.changed()
    assume(other.tables["traffic"])
    level = data.draw(st.sampled_from(other.tables["traffic"]))
    level["persons_per_day"] /= 2
    return other.changed(traffic=[level | {"id": "half"}])


def with_everybody_named(world: World, data: st.DataObject) -> World:
    """A rule for all people as one for all their categories."""
    other = world.changed()
    everybody = [
        r
        for r in other.tables["rules"]
        if r.get("who", "*") == "*"
        and r["kind"] not in ("capacity", "fare", "leg")
        and not (r["kind"] in ("entry", "exit") and world.tables["traffic"])  # who have no sex
        and not tied(other, r)
    ]
    assume(everybody)
    rule = data.draw(st.sampled_from(everybody))
    rule["who"] = f"sex={'|'.join(known(world.tables['groups'], 'sex'))}"
    return other


def is_tied(rule: Row, other: Row) -> bool:
    """Whether the narrower of two rules may win."""
    both = [(r["kind"], str(r.get("effective_from") or "")[:10]) for r in (rule, other)]
    return rule is not other and both[0] == both[1]


def with_a_rumour_that_nobody_believes(world: World, data: st.DataObject) -> World:
    kind = data.draw(st.sampled_from(["entry", "exit", "capacity", "fare", "permit", "border_run"]))
    place = data.draw(st.sampled_from(acting_places(world, kind)))
    told = {"announced": world.start, "credence": 0}
    return world.changed(rules=[row(id="rumour", kind=kind, place=place, value=0, **told)])


def with_a_country_that_nobody_can_enter(world: World, data: st.DataObject) -> World:
    """Beyond a border of home or of a country, without an entry rule."""
    rules = world.tables["rules"]
    assume(not any(r["place"] == "*" and r["kind"] in ("entry", "asylum") for r in rules))
    name, near = data.draw(st.sampled_from(["A", "Z"])), data.draw(st.sampled_from(["O1", "C1"]))
    state = {"O1": "HOME", "C1": "C1"}[near]
    there = {"country": name, "living_cost_eur_per_month": 0, "attraction": 9}
    places = [
        row(id=name, name=name, kind="country", **there),
        row(id=f"{name}X", name="X", kind="crossing", country=name, exit_country=state),
    ]
    places[1]["mode"] = "road"
    way = {"mode": "road", "km": 0, "hours": 0, "fare_eur": 0}
    legs = [row(**{"from": a, "to": b}, **way) for a, b in ((near, f"{name}X"), (f"{name}X", name))]
    return world.changed(places=places, legs=legs)


def with_rules_of_old(world: World, data: st.DataObject) -> World:
    """Dates before the first day for the rules that have always been in force."""
    other, before = world.changed(), world.start - timedelta(days=30)
    for rule in other.tables["rules"]:
        if not rule.get("effective_from") and rule.get("credence", 1) == 1:
            rule["effective_from"] = before
    return other


def with_a_leg_for_each_way(world: World, data: st.DataObject) -> World:
    """A leg that can be travelled in reverse as two legs."""
    other = world.changed()
    ruled = {r["place"] for r in other.tables["rules"] if r["kind"] == "leg"}
    both = [leg for leg in other.tables["legs"] if leg["both_ways"] == "yes"]
    both = [leg for leg in both if f"{leg['from']}/{leg['to']}/{leg['mode']}" not in ruled]
    assume(both)
    leg = data.draw(st.sampled_from(both))
    leg["both_ways"] = "no"
    return other.changed(legs=[leg | {"from": leg["to"], "to": leg["from"]}])


def with_a_pressure_in_halves(world: World, data: st.DataObject) -> World:
    """Two pulses of half the weight."""
    other = world.changed()
    assume(len(other.tables["pressures"]) == 1)
    pulse = other.tables["pressures"][0]
    pulse |= {c: pulse[c] / 2 for c in ("leaving", "returning") if pulse.get(c, "") != ""}
    return other.changed(pressures=[pulse | {"id": "half"}])


def with_a_rule_for_an_area(world: World, data: st.DataObject) -> World:
    """A rule for all places as one for an area that holds them."""
    everywhere = [r for r in world.tables["rules"] if r["place"] == "*" and not tied(world, r)]
    assume(everywhere)
    kind = data.draw(st.sampled_from(everywhere))["kind"]
    crossings_only = kind in ("capacity", "exit")
    places = world.ids(*(("crossing",) if crossings_only else schema.rule_kinds()[kind].places))
    other = world.changed(areas=[row(area="ALL", name="All", place=p) for p in places])
    for rule in other.tables["rules"]:
        if rule["kind"] == kind and rule["place"] == "*":
            rule["place"] = "ALL"
    return other


def with_a_rule_for_each_sex(world: World, data: st.DataObject) -> World:
    """A rule for all people as one for each category, where no share needs draws."""
    drawn = ("entry", "exit", "capacity", "fare", "leg")
    everybody = [
        r
        for r in world.tables["rules"]
        if r.get("who", "*") == "*" and r["kind"] not in drawn and r["value"] in (0, 1)
    ]
    everybody = [r for r in everybody if r.get("credence", 1) == 1 and not tied(world, r)]
    assume(everybody)
    rule = data.draw(st.sampled_from(everybody))
    other = world.changed()
    other.tables["rules"].remove(rule)
    sexes = known(world.tables["groups"], "sex")
    return other.changed(rules=[rule | {"id": f"for_{s}", "who": f"sex={s}"} for s in sexes])


def tied(world: World, rule: Row) -> bool:
    """Whether another rule of the kind begins on the same day, so that the narrower wins."""
    return any(is_tied(rule, other) for other in world.tables["rules"])


def with_an_origin_without_people(world: World, data: st.DataObject) -> World:
    name = data.draw(st.sampled_from(["A", "O11", "Z"]))
    place = row(id=name, name=name, kind="origin", country="HOME", population=0)
    road = next(leg for leg in world.tables["legs"] if leg["from"] == "O1")
    return world.changed(places=[place], legs=[road | {"from": name}])


def with_more_days(world: World, data: st.DataObject) -> World:
    other = world.changed()
    other.n_days += data.draw(st.integers(1, 20))
    return other


LAWS = (
    on_other_dates,
    where_clocks_change,
    in_another_currency,
    with_a_town_on_a_road,
    with_a_limit_in_a_rule,
    with_travellers_in_two_rows,
    with_everybody_named,
    with_a_rumour_that_nobody_believes,
    with_a_country_that_nobody_can_enter,
    with_rules_of_old,
    with_a_leg_for_each_way,
    with_a_pressure_in_halves,
    with_a_rule_for_an_area,
    with_a_rule_for_each_sex,
    with_an_origin_without_people,
    with_more_days,
)


@pytest.mark.parametrize("said_otherwise", LAWS)
@examples(12)
@given(worlds(), st.data())
def test_the_same_world_in_other_words(
    said_otherwise: Callable[[World, st.DataObject], World], world: World, data: st.DataObject
) -> None:
    other = said_otherwise(world, data)  # first: it may change the world to be compared
    days = slice(world.n_days)
    assert differences(counted(read(world)), counted(read(other)), days) == []


def times(world: World, k: int) -> World:
    """The world with so many times the people, and as much room for them."""
    other = deepcopy(world)
    tables = other.tables
    tables["places"] = [p | scaled(p, PERSONS, k) for p in tables["places"]]
    tables["rules"] = [
        r | scaled(r, ("value",), k) if r["kind"] == "capacity" else r for r in tables["rules"]
    ]
    for table in ("present", "departures"):
        tables[table] = [r | scaled(r, ("persons",), k) for r in tables.get(table, [])]
    return other


def scaled(cells: Row, columns: tuple[str, ...], k: int) -> dict[str, Any]:
    """Some cells, k times as large."""
    return {c: k * cells[c] for c in columns if cells.get(c, "") != ""}


@examples(18)
@given(worlds(), st.sampled_from([2, 8]))
def test_k_times_the_people_at_scale_k_are_the_same_world(world: World, k: int) -> None:
    """Without ordinary travellers, who are single people, and the network, which is ln(1 + n)."""
    world.parameters["network_weight"] = 0.0
    world.tables["traffic"] = []
    for rule in world.tables["rules"]:  # their documents may have been those of travellers
        documents = known(world.tables["groups"], "document")
        assume(rule.get("document", "*") in ("*", *documents))
    one, many = series(counted(read(world))), series(counted(read(times(world, k)), scale=k))
    for key, values in one.items():
        np.testing.assert_array_equal(k * values, many[key], err_msg=str(key))
