"""A run depends only on scenario and seed; changes that affect nobody have no effect."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_worlds import Row, World, acting_places, read, row, world_of, worlds
from same import counted, differences

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.loader import load
from examples import examples

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes


@examples(20)
@given(worlds(), st.integers(0, 2**63 - 1))
def test_a_run_depends_on_scenario_and_seed_alone(world: World, seed: int) -> None:
    compiled = compile_scenario(read(world))
    first = simulate(compiled, seed, 3)
    simulate(compiled, seed, 2)  # another run of the same ensemble in between
    assert differences(first, simulate(compiled, seed, 3)) == []
    assert differences(first, counted(read(world), seed, 3)) == []  # read and compiled anew


@examples(10)
@given(worlds())
def test_runs_side_by_side_do_not_meet(world: World) -> None:
    compiled = compile_scenario(read(world))
    alone = [simulate(compiled, 1, run) for run in range(3)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda run: simulate(compiled, 1, run), range(3)))
    for run in range(3):
        assert differences(alone[run], together[run]) == []


@pytest.fixture(scope="module")
def even_one_party() -> Iterator[None]:
    """Threads that share as little as one party."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emigre.engine.threads.FEWEST", 1)
        yield


@pytest.mark.usefixtures("even_one_party")
@examples(8)
@given(worlds(), st.integers(2, 4))
def test_threads_that_share_a_day_change_nothing(world: World, threads: int) -> None:
    compiled = compile_scenario(read(world))
    alone = simulate(compiled, 1, 3)
    assert differences(alone, simulate(compiled, 1, 3, threads=threads)) == []


@pytest.mark.usefixtures("even_one_party")
@pytest.mark.parametrize(
    ("name", "end", "scale"),
    [("russia-2022", "2022-04-20", 500), ("balkans-2015", "2015-10-20", 100)],
)
def test_threads_change_nothing_in_a_crisis(name: str, end: str, scale: int) -> None:
    compiled = compile_scenario(load(name, end=end), scale=scale)
    assert differences(simulate(compiled, 1, 0), simulate(compiled, 1, 0, threads=3)) == []


def test_seeds_and_runs_give_different_worlds() -> None:
    tiny = load("tiny", end="2030-03-20")
    assert differences(counted(tiny, 1, 0), counted(tiny, 1, 1))
    assert differences(counted(tiny, 1, 0), counted(tiny, 2, 0))


def a_rule(world: World, **cells: object) -> Row:
    """A rule that would shut every border to those it means."""
    usual = {"id": "extra", "kind": "entry", "place": "*", "value": 0}
    return row(**(usual | {"effective_from": world.day(9)} | cells))


def nobody(world: World) -> Row:
    """A group without people, of a kind of its own."""
    like = world.tables["groups"][0]
    return like | {"id": "nobody", "share": 0, "document": "diplomatic", "savings_eur": 77}


def a_rule_for_nobody(**cells: object) -> Callable[[World], dict[str, list[Row]]]:
    """A rule for a document that nobody holds."""
    return lambda w: {"groups": [nobody(w)], "rules": [a_rule(w, document="diplomatic", **cells)]}


def an_unreachable(kind: str) -> Callable[[World], dict[str, list[Row]]]:
    """A crossing to which no leg leads, or a country."""

    def add(world: World) -> dict[str, list[Row]]:
        if kind == "country":
            cells = {"country": "FAR", "living_cost_eur_per_month": 1, "reception_beds": 9}
        else:
            country = world.ids("country")[0]
            home = next(p["country"] for p in world.tables["places"] if p["kind"] == "origin")
            cells = {"country": country, "exit_country": home, "mode": "road"}
        return {"places": [row(id="FAR", name="Far", kind=kind, **cells)]}

    return add


def a_closed_camp(world: World) -> dict[str, list[Row]]:
    """A camp in a country, with a road that leads there and no places."""
    country = world.ids("country")[0]
    leg = {"from": country, "to": "FULL", "mode": "road", "km": 1, "hours": 1, "fare_eur": 0}
    camp = {"id": "FULL", "name": "Full", "country": country, "capacity_persons": 0}
    return {"places": [row(kind="camp", **camp)], "legs": [row(**leg)]}


def an_empty_origin(world: World) -> dict[str, list[Row]]:
    """An origin where nobody lives."""
    origin = next(p for p in world.tables["places"] if p["kind"] == "origin")
    road = next(g for g in world.tables["legs"] if g["from"] == origin["id"])
    return {
        "places": [origin | {"id": "EMPTY", "population": 0}],
        "legs": [road | {"from": "EMPTY"}],
    }


def idle_traffic(world: World) -> dict[str, list[Row]]:
    """Ordinary travellers who never come."""
    crossing = world.ids("crossing")[0]
    cells = {"nationality": world.nationality, "document": "diplomatic", "persons_per_day": 0}
    return {"traffic": [row(id="extra", crossing=crossing, **cells)]}


def an_observation(world: World) -> dict[str, list[Row]]:
    """A published figure."""
    days = {"from": world.day(1), "to": world.day(2), "published": world.day(3)}
    return {
        "observations": [
            row(id="extra", measure="departed", place="*", value=1, use="check", **days)
        ]
    }


# Each adds rows, at the end of their tables, that touch nobody.
HARMLESS: dict[str, Callable[[World], dict[str, list[Row]]]] = {
    "a group nobody belongs to": lambda w: {"groups": [nobody(w)]},
    "a rule for nobody from a date": a_rule_for_nobody(),
    "a rule for nobody from an hour": a_rule_for_nobody(effective_from="2030-03-28T13:07Z"),
    "a rumour about nobody": a_rule_for_nobody(
        effective_from="", expected_from="2030-03-28", credence=0.9
    ),
    "no renewals for nobody": a_rule_for_nobody(kind="renewal"),
    "a rumour of no renewals for nobody": a_rule_for_nobody(
        kind="renewal", effective_from="", expected_from="2030-03-28", credence=0.9
    ),
    "border runs for nobody": a_rule_for_nobody(kind="border_run", value=1),
    "work for nobody": a_rule_for_nobody(kind="work", value=1),
    "days of grace for nobody": a_rule_for_nobody(kind="grace", value=400),
    "a window for nobody": a_rule_for_nobody(value=1, days=1, window_days=200),
    "work in which nobody is": lambda w: {
        "groups": [nobody(w) | {"occupation": "diver"}],
        "jobs": [row(place=w.ids("country")[0], who="occupation=diver", factor=50)],
    },
    "relatives of nobody": lambda w: {"groups": [nobody(w) | {"relatives": 1, "remote_work": 1}]},
    "a rule that was over before the start": lambda w: {
        "rules": [a_rule(w, effective_from=w.day(-20), effective_to=w.day(-2))]
    },
    "a pressure without weight": lambda w: {
        "pressures": [row(id="extra", kind="rain", onset=w.day(3), leaving=0, returning=0)]
    },
    "a crossing nobody can reach": an_unreachable("crossing"),
    "a country nobody can reach": an_unreachable("country"),
    "a camp that is closed": a_closed_camp,
    "an origin where nobody lives": an_empty_origin,
    "ordinary travellers who never come": idle_traffic,
    "an observation": an_observation,
    "people of another nation abroad": lambda w: {
        "groups": [nobody(w) | {"nationality": "OTHER"}],
        "diaspora": [row(country=w.ids("country")[0], nationality="OTHER", persons=90000)],
    },
}


def lively_tiny() -> World:
    """The teaching scenario with more movement and more choice for those abroad."""
    world = world_of("tiny", 60, base_leaving_per_day=0.002, base_onward_per_day=0.05)
    roads = [("NORDAL", "ISLARA"), ("NORDAL", "SUDRIA"), ("SUDRIA", "NORDAL")]
    like = world.tables["legs"][0]
    return world.changed(legs=[like | {"from": a, "to": b} for a, b in roads])


@pytest.fixture(scope="module")
def tiny() -> tuple[World, Counts]:
    world = lively_tiny()
    return world, counted(read(world))


@pytest.mark.parametrize("change", HARMLESS)
def test_changes_that_affect_nobody_have_no_effect(change: str, tiny: tuple[World, Counts]) -> None:
    world, before = tiny
    after = counted(read(world.changed(**HARMLESS[change](world))))
    assert differences(before, after) == []


@examples(60)
@given(worlds(), st.sampled_from(sorted(HARMLESS)))
def test_changes_that_affect_nobody_have_no_effect_in_any_world(world: World, change: str) -> None:
    before, after = counted(read(world)), counted(read(world.changed(**HARMLESS[change](world))))
    assert differences(before, after) == []


@examples(20)
@given(worlds(departures=False), st.data())
def test_a_later_closure_leaves_the_days_before_its_announcement(
    world: World, data: st.DataObject
) -> None:
    """Common random numbers: two variants share every draw until they differ."""
    announced = data.draw(st.integers(5, world.n_days - 1))
    crossing = data.draw(st.sampled_from(world.ids("crossing")))
    closure = row(
        id="closure",
        kind="capacity",
        place=crossing,
        value=0,
        announced=world.day(announced),
        effective_from=world.day(announced + data.draw(st.integers(0, 3))),
    )
    before, after = counted(read(world)), counted(read(world.changed(rules=[closure])))
    assert differences(before, after, slice(0, announced)) == []


@examples(30)
@given(worlds(departures=False), st.sampled_from(sorted(schema.rule_kinds())), st.data())
def test_a_later_rule_leaves_the_days_before_its_announcement(
    world: World, kind: str, data: st.DataObject
) -> None:
    """The same for rules of every kind, and for rumours, about some or all."""
    announced = data.draw(st.integers(5, world.n_days - 1))
    later = world.day(announced + data.draw(st.integers(0, 3)))
    documents = ["*"]
    if kind not in ("capacity", "fare", "leg"):  # those are of everybody
        documents.append(world.tables["groups"][0]["document"])
    cells = {
        "kind": kind,
        "place": data.draw(st.sampled_from(acting_places(world, kind))),
        "document": data.draw(st.sampled_from(documents)),
        "value": data.draw(st.sampled_from([0, 1])),
        "announced": world.day(announced),
    }
    if data.draw(st.booleans()):
        cells |= {"effective_from": "", "expected_from": later, "credence": 0.5}
    else:
        cells |= {"effective_from": later}
    before, after = (
        counted(read(world)),
        counted(read(world.changed(rules=[a_rule(world, **cells)]))),
    )
    assert differences(before, after, slice(0, announced)) == []


def test_a_closure_does_change_the_days_after() -> None:
    """The law above would be trivial if nothing ever changed."""
    settings_ = ["rules.pass_second_lane.value=0"]
    before = load("tiny")
    after = load("tiny", settings=settings_)
    a, b = counted(before), counted(after)
    announced = 40  # 10 April 2030
    assert differences(a, b, slice(0, announced)) == []
    assert differences(a, b, slice(announced, None))
