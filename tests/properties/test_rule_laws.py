"""Rules affect the people they select while in force, however many rows state them."""

from datetime import date, timedelta

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from random_worlds import START, Row, World, acting_places, known, read, row, worlds
from same import counted, differences

from emigre import schema
from emigre.results.counts import Counts
from examples import examples

OF_PEOPLE = sorted(k for k in schema.rule_kinds() if k not in ("capacity", "fare", "leg"))
OF_ALL = ("capacity", "fare", "leg")


def drawn_rule(world: World, kind: str, data: st.DataObject) -> Row:
    """A rule of a kind from some day until the end."""
    spec = schema.rule_kinds()[kind]
    values = {"capacity": [1.5, 40], "leg": [0], "grace": [0, 5]}.get(kind, [0, 0.5, 1])
    places = acting_places(world, kind)
    assume(places)
    cells = {
        "place": data.draw(st.sampled_from(places)),
        "value": data.draw(st.sampled_from(values)),
        "effective_from": world.day(data.draw(st.integers(1, 9))),
        "announced": world.day(data.draw(st.integers(0, 1))),
    }
    if spec.uses_days:
        cells["days"] = data.draw(st.sampled_from(["", 2, 20]))
    if spec.uses_delay_days:
        cells["delay_days"] = data.draw(st.sampled_from([0, 5]))
    return row(id="new", kind=kind, **cells)


@examples(30)
@given(worlds(), st.sampled_from([*OF_PEOPLE, *OF_ALL]), st.data())
def test_a_rule_in_two_rows_is_one_rule(world: World, kind: str, data: st.DataObject) -> None:
    """Other rules of the kind are left out: the later row would be the newest of them."""
    world.tables["rules"] = [r for r in world.tables["rules"] if r["kind"] != kind]
    one = drawn_rule(world, kind, data)
    day = world.day(data.draw(st.integers(10, world.n_days - 1)))
    instant = data.draw(st.sampled_from([day, f"{day}T06:00Z", f"{day}T18:00+01:00"]))
    first = one | {"effective_to": instant, "end_announced": one["announced"]}
    second = one | {"id": "second", "effective_from": instant}
    before = counted(read(world.changed(rules=[one])))
    after = counted(read(world.changed(rules=[first, second])))
    assert differences(before, after) == []


@examples(15)
@given(worlds(), st.sampled_from([*OF_PEOPLE, *OF_ALL]), st.data())
def test_a_rule_that_is_never_in_force_changes_nothing(
    world: World, kind: str, data: st.DataObject
) -> None:
    """Over before the first day, or announced and in force after the last."""
    over = {"announced": date(2030, 3, 1), "effective_from": date(2030, 3, 1)}
    over["effective_to"] = START - timedelta(days=2)
    after = START + timedelta(days=world.n_days + 2)
    times = data.draw(st.sampled_from([over, {"announced": after, "effective_from": after}]))
    never = drawn_rule(world, kind, data) | times
    assert differences(counted(read(world)), counted(read(world.changed(rules=[never])))) == []


@examples(30)
@given(worlds(departures=False), st.sampled_from(OF_PEOPLE), st.data())
def test_a_rule_on_one_kind_of_people_changes_nobody_else(
    world: World, kind: str, data: st.DataObject
) -> None:
    """Where people do not meet: without queues, full camps and shared beds or networks."""
    without_meetings(world)
    attribute = data.draw(st.sampled_from(["document", "sex", "age_band", "occupation"]))
    groups = world.tables["groups"]
    category = data.draw(st.sampled_from(known(groups, attribute)))
    named = (
        {"document": category} if attribute == "document" else {"who": f"{attribute}={category}"}
    )
    rule = drawn_rule(world, kind, data) | named
    rule["announced"] = rule["effective_from"]  # the first day is the reference of access
    before, after = (counted(read(w), by="group") for w in (world, world.changed(rules=[rule])))
    assert before.by is not None
    means = {g["id"]: g[attribute] == category for g in groups}
    others = np.array([not means.get(name, False) for name in before.by.categories])
    one, other = (of_others(counts, others) for counts in (before, after))
    np.testing.assert_array_equal(one, other)


def without_meetings(world: World) -> None:
    """Remove everything by which people of different kinds affect each other."""
    for place in world.tables["places"]:
        place.pop("capacity_persons", None)
        place |= {"capacity_persons_per_day": ""} if place["kind"] == "crossing" else {}
        place |= {"reception_beds": 0} if place["kind"] != "origin" else {}
    world.tables["rules"] = [r for r in world.tables["rules"] if r["kind"] != "capacity"]
    world.parameters["network_weight"] = 0.0


def of_others(counts: Counts, others: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows (day, measure, place, category, value) of some categories."""
    by = counts.by
    assert by is not None
    rows = np.column_stack([by.day, by.measure, by.place, by.category, by.value])
    return rows[others[by.category]]
