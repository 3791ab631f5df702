"""What does not matter changes nothing: order of rows, room in arrays, categories, nobody."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_worlds import World, read, row, world_of, worlds
from same import counted, differences

from emigre import schema
from emigre.engine import simulate as engine
from emigre.engine.compile import compile_scenario
from emigre.results.counts import By, Counts
from emigre.scenario.read import load

ROOMS = (0, 1, 61, 1000)
CATEGORIES = ("group", "document", "status", "party_size")


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


def sum_of(by: By, counts: Counts) -> dict[str, np.ndarray]:
    """Counts by category added up, as `Counts.values` holds them."""
    found = {name: np.zeros_like(values) for name, values in counts.values.items()}
    names = list(schema.measures())
    for number in np.unique(by.measure).tolist():
        here = by.measure == number
        np.add.at(found[names[number]], (by.day[here], by.place[here]), by.value[here])
    return found


def growing_tiny() -> World:
    """The teaching scenario with families that follow while the arrays have to grow."""
    return world_of("tiny", 30, joining_per_day=0.02, base_leaving_per_day=0.002)


@pytest.mark.slow
@settings(max_examples=60)
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
def test_families_follow_whatever_room_there_is(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compile_scenario(read(growing_tiny()), scale=20)
    before = engine.simulate(compiled, 1, 0)
    assert before.values["joined"].sum() > 0
    monkeypatch.setattr(engine, "FIRST_ROOM", room)
    assert differences(before, engine.simulate(compiled, 1, 0)) == []


@pytest.mark.slow
@settings(max_examples=30)
@given(worlds(), st.sampled_from(ROOMS))
def test_room_changes_nothing(world: World, room: int) -> None:
    compiled = compile_scenario(read(world))
    before = engine.simulate(compiled, 1, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FIRST_ROOM", room)
        assert differences(before, engine.simulate(compiled, 1, 0)) == []


@pytest.mark.slow
@settings(max_examples=30)
@given(worlds(), st.sampled_from(CATEGORIES))
def test_categories_add_up_and_change_nothing(world: World, by: str) -> None:
    scenario = read(world)
    before, split = counted(scenario), counted(scenario, by=by)
    assert differences(before, split) == []
    assert split.by is not None
    for measure, values in sum_of(split.by, split).items():
        assert (values == before.values[measure]).all(), measure


@pytest.mark.slow
@settings(max_examples=40)
@given(worlds(), st.sampled_from(["A", "M", "O0", "g0", "zz"]))
def test_nobody_changes_nothing_whatever_the_name(world: World, name: str) -> None:
    """Names decide the order in which the engine numbers things, and nothing else."""
    groups, places = world.tables["groups"], world.tables["places"]
    origin = next(p for p in places if p["kind"] == "origin")
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
