"""Irrelevant changes have no effect: order of rows, size of arrays, groups without people."""

import csv
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_worlds import Row, World, read, row, world_of, worlds
from same import counted, differences

from emigre import schema
from emigre.engine import simulate
from emigre.engine.build import compile_scenario
from emigre.scenario.loader import load
from examples import examples

ROOMS = (0, 1, 61, 1000)
EVERYBODY = 1 << 40
"""One in more households than there are: no space but ROOMS."""


def shuffled(world: World, chance: Random) -> World:
    """The same world with the rows of every table in another order."""
    other = world.changed()
    for rows in other.tables.values():
        chance.shuffle(rows)
    return other


def shuffled_folder(folder: Path, to: Path, chance: Random) -> Path:
    """A copy of a scenario folder with the rows of every table in another order."""
    shutil.copytree(folder, to)
    for table in schema.tables():
        path = to / f"{table}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            chance.shuffle(rows)
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
    return to


def growing_tiny() -> World:
    """The teaching scenario with families that follow while the arrays have to grow."""
    return world_of("tiny", 30, joining_per_day=0.02, base_leaving_per_day=0.002)


def small_world(*, tables: dict[str, list[Row]]) -> World:
    """Two origins, one crossing, two countries of which one can be reached; without chance."""
    home = {"kind": "origin", "country": "H", "population": 1000}
    land = {"kind": "country", "living_cost_eur_per_month": 0}
    crossing = {"kind": "crossing", "country": "C", "exit_country": "H", "mode": "road"}
    places = [
        row(id="A", name="A", **home),
        row(id="B", name="B", **home),
        row(id="X", name="X", **crossing),
        row(id="C", name="C", country="C", **land),
        row(id="D", name="D", country="D", **land),
    ]
    travel = {"mode": "road", "km": 1, "hours": 0, "fare_eur": 0}
    legs = [row(**{"from": a, "to": b}, **travel) for a, b in ("AX", "BX", "XC")]
    people = dict.fromkeys(schema.attributes(), "any") | {"nationality": "HH", "minority": "no"}
    people |= {"sex": "male"}
    cells = {"savings_eur": 0, "moves_whole": 1, "leaving": 1, "returning": 0, "size_1": 1}
    groups = [
        row(id="old", share=0.5, **people | {"age_band": "old"}, **cells),
        row(id="young", share=0.5, **people | {"age_band": "young"}, **cells),
    ]
    diaspora = [row(country="C", nationality="HH", persons=0)]
    own = {"places": places, "legs": legs, "groups": groups, "diaspora": diaspora, "rules": []}
    return World(6, tables=own | tables)


DEPARTURES = {("*", 100), ("A", 50)}


@pytest.mark.parametrize("backwards", [False, True])
def test_an_origin_takes_the_given_departures_that_name_it_alone(backwards: bool) -> None:
    rows = [row(origin=o, date="2030-03-22", persons=n) for o, n in sorted(DEPARTURES)]
    world = small_world(tables={"departures": rows[::-1] if backwards else rows})
    result = counted(read(world))
    assert result.places["origin"] == ("A", "B")
    assert result.values["decided"].sum(axis=0).tolist() == [50, 100]


WIDE = {"kind": "entry", "place": "*", "value": 1, "days": 30}
NARROWER = (
    WIDE | {"place": "AREA", "value": 0},
    WIDE | {"place": "C", "value": 0},
    WIDE | {"place": "X", "value": 0},
    WIDE | {"who": "age_band=young", "value": 0},
    WIDE | {"who": "sex=male;age_band=young", "value": 0},
)


@pytest.mark.parametrize("narrow", NARROWER)
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_of_rules_of_one_instant_the_narrowest_wins(narrow: Row, names: str) -> None:
    middle = [WIDE | {"id": "m", "who": "age_band=old|young", "value": 0.5}]
    rules = [row(**WIDE | {"id": names[0]}), row(**narrow | {"id": names[1]})]
    rules += [row(**r) for r in middle if "who" in narrow]
    area = [row(area="AREA", name="Both", place=p) for p in ("C", "D")]
    world = small_world(tables={"rules": rules, "areas": area})
    plan = compile_scenario(read(world))
    young = plan.world.groups.outlook[[g["id"] for g in plan.index.groups].index("young")]
    assert plan.timetable.entry.at(0)[0][0, young] == 0.0


def test_of_rules_alike_but_for_their_names_the_last_name_wins() -> None:
    rules = [row(id=i, **WIDE | {"value": value}) for i, value in (("b", 0.25), ("a", 0.75))]
    for order in (rules, rules[::-1]):
        plan = compile_scenario(read(small_world(tables={"rules": order})))
        assert (plan.timetable.entry.at(0)[0] == 0.25).all()


@pytest.mark.slow
@examples(60)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(world: World, chance: Random) -> None:
    before, after = counted(read(world)), counted(read(shuffled(world, chance)))
    assert differences(before, after) == []


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing_in_tiny() -> None:
    tiny = growing_tiny()
    before = counted(read(tiny), by="document")
    after = counted(read(shuffled(tiny, Random(1))), by="document")
    assert differences(before, after) == []
    assert before.by is not None
    assert after.by is not None
    assert after.by.categories == before.by.categories
    for name in ("day", "measure", "place", "category", "value"):
        assert (getattr(before.by, name) == getattr(after.by, name)).all()


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing_in_russia(tmp_path: Path) -> None:
    russia = load("russia-2022", end="2022-10-15")
    assert russia.folder is not None
    other = load(shuffled_folder(russia.folder, tmp_path / "other", Random(1)), end=russia.end)
    assert differences(counted(russia, scale=100), counted(other, scale=100)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_families_follow_for_any_array_size(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compile_scenario(read(growing_tiny()), scale=20)
    before = simulate.simulate(compiled, 1, 0)
    assert before.values["joined"].sum() > 0
    monkeypatch.setattr(simulate, "FIRST_ROOM", room)
    monkeypatch.setattr(simulate, "FIRST_SHARE", EVERYBODY)
    assert differences(before, simulate.simulate(compiled, 1, 0)) == []


@pytest.mark.slow
@examples(30)
@given(worlds(), st.sampled_from(ROOMS))
def test_room_changes_nothing(world: World, room: int) -> None:
    compiled = compile_scenario(read(world))
    before = simulate.simulate(compiled, 1, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulate, "FIRST_ROOM", room)
        patch.setattr(simulate, "FIRST_SHARE", EVERYBODY)
        assert differences(before, simulate.simulate(compiled, 1, 0)) == []


@pytest.mark.slow
@examples(40)
@given(worlds(), st.sampled_from(["A", "M", "O0", "g0", "zz"]))
def test_a_group_without_people_has_no_effect_for_any_name(world: World, name: str) -> None:
    """Names determine the order in which the engine numbers things, and nothing else."""
    groups, places = world.tables["groups"], world.tables["places"]
    origin = next(p for p in places if p["kind"] == "origin")
    # Departures given for the other origins are spread evenly if nobody lives there.
    lived = {p["id"] for p in places if p["kind"] == "origin" and p["population"]}
    named = {r["origin"] for r in world.tables.get("departures", ())}
    assume("*" not in named or lived - named)
    road = next(g for g in world.tables["legs"] if g["from"] == origin["id"])
    crossing = world.ids("crossing")[0]
    cells = {"nationality": world.nationality, "document": name, "persons_per_day": 0}
    changed = world.changed(
        groups=[groups[0] | {"id": f"{name}_group", "share": 0, "document": name}],
        places=[origin | {"id": f"{name}_origin", "population": 0}],
        legs=[road | {"from": f"{name}_origin"}],
        rules=[row(id=f"{name}_rule", kind="entry", place="*", value=0, document=name)],
        pressures=[row(id=f"{name}_rain", kind="rain", onset=world.day(3), leaving=0)],
        traffic=[row(id=f"{name}_traffic", crossing=crossing, **cells)],
        jobs=[row(place="*", who=f"document={name}", factor=9)],
    )
    assert differences(counted(read(world)), counted(read(changed))) == []
