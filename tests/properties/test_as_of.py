"""An as-of run uses nothing announced or published later, not by a single bit."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_worlds import DOCUMENTS, NATIONALITY, START, Row, World, read, row, worlds
from same import counted, differences

from emigre.calendar import local_date, parse_instant
from examples import examples


def as_date(cell: object) -> date | None:
    """A cell that holds a date or nothing."""
    return date.fromisoformat(str(cell)) if cell else None


def known(world: World, table: str, cells: Row) -> date:
    """When a row became known, as the manual states it."""
    if table == "rules":
        start = cells.get("effective_from")
        result = as_date(cells.get("announced")) or day_in(world, start)
    elif table == "pressures":
        result = as_date(cells.get("announced")) or as_date(cells["onset"])
    else:
        dates = {s["id"]: s.get("published") for s in world.tables.get("sources", [])}
        result = as_date(cells.get("published") or dates.get(cells["source"]) or cells.get("from"))
    return result or date.min


def end_known(world: World, cells: Row) -> date:
    """When the end of a rule or a pressure became known; far away if it has none."""
    end = as_date(cells["ends"]) if cells.get("ends") else day_in(world, cells.get("effective_to"))
    return as_date(cells.get("end_announced")) or end or date.max


def day_in(world: World, instant: object) -> date | None:
    """The day of an instant in the zone of the world."""
    return local_date(parse_instant(str(instant), world.zone), world.zone) if instant else None


def on(day: date, days: int) -> date:
    """So many days later."""
    return day + timedelta(days=days)


@st.composite
def dated_worlds(draw: st.DrawFn) -> World:
    """A random world in which more has a day of its own, and travellers change in steps."""
    world = draw(worlds())
    for rule in world.tables["rules"]:
        start = day_in(world, rule.get("effective_from"))
        if start and draw(st.booleans()):
            rule["announced"] = on(start, -draw(st.integers(0, 10)))
    for pressure in world.tables["pressures"]:
        if draw(st.booleans()):
            pressure["announced"] = on(pressure["onset"], -draw(st.integers(0, 5)))
        if draw(st.booleans()):
            pressure["ends"] = on(pressure["onset"], draw(st.integers(8, 30)))
        if "ends" in pressure and draw(st.booleans()):
            pressure["end_announced"] = on(pressure["ends"], -draw(st.integers(0, 8)))
    for level in list(world.tables["traffic"]):
        level["published"] = draw(published())
        if level["to"]:
            follows = {"id": f"{level['id']}-next", "from": level["to"], "to": ""}
            later = {"persons_per_day": draw(st.sampled_from([0, 7, 300]))}
            world.tables["traffic"].append(
                level | follows | later | {"published": draw(published())}
            )
    world.tables["observations"] = [
        row(
            id=f"seen{i}",
            measure="departed",
            place="*",
            **{"from": START, "to": on(START, 5)},
            value=draw(st.integers(0, 99)),
            use="fit",
            published=on(START, draw(st.integers(5, 40))),
        )
        for i in range(draw(st.integers(0, 2)))
    ]
    return world


def published() -> st.SearchStrategy[object]:
    """Nothing, or a day of the first weeks."""
    return st.one_of(st.just(""), st.integers(-3, 25).map(lambda n: on(START, n)))


@st.composite
def rewritten(draw: st.DrawFn, world: World, day: date) -> World:
    """The same world with everything that became known after a day changed."""
    other = deepcopy(world)
    other.tables["sources"] = [
        {"id": "later", "title": "Later", "publisher": "Tests", "address": "there"}
    ]
    other.tables["rules"] = draw(_laws(other, "rules", day, new_rules(other, day)))
    other.tables["pressures"] = draw(_laws(other, "pressures", day, new_pressures(day)))
    other.tables["traffic"] = draw(_levels(other, day))
    other.tables["departures"] = [
        r | {"persons": draw(st.integers(0, r["persons"]))} if r["date"] > day else r
        for r in other.tables.get("departures", [])
        if r["date"] <= day or draw(st.booleans())
    ]
    seen = other.tables["observations"]
    other.tables["observations"] = [
        r | {"value": 1 + r["value"]} if r["published"] > day else r for r in seen
    ] + [
        row(
            id="news",
            measure="entered",
            place="C1",
            **{"from": START, "to": on(START, 1)},
            value=3,
            use="check",
            published=on(day, 1),
            source="later",
        )
    ]
    return other


def _another(kind: str, value: float) -> float:
    """Another value that a row of this kind may have."""
    if kind == "leg":
        return 1 - value
    return 1 + value if kind == "grace" else (1 + value) / 3


@st.composite
def _laws(
    draw: st.DrawFn, world: World, table: str, day: date, new: st.SearchStrategy[list[Row]]
) -> list[Row]:
    """Rows known later removed or changed, ends known later moved, removed or put in, new rows."""
    end = "ends" if table == "pressures" else "effective_to"
    collected = []
    for old in world.tables[table]:
        cells = dict(old)
        if known(world, table, cells) > day:
            if draw(st.booleans()):
                continue
            column = "leaving" if table == "pressures" else "value"
            cells[column] = _another(str(cells["kind"]), float(cells[column]))
            cells["source"] = "later"
        elif end_known(world, cells) > day and draw(st.booleans()):
            starts = day_in(world, cells.get("effective_from")) or as_date(cells.get("onset"))
            starts = starts or day_in(world, cells.get("expected_from")) or day
            moved = on(max(day, starts), draw(st.integers(2, 30)))
            told = draw(st.sampled_from(["", on(day, 1)]))
            keeps = draw(st.booleans())
            cells |= {end: moved if keeps else "", "end_announced": told if keeps else ""}
        collected.append(cells)
    added = draw(new)
    place = draw(st.integers(0, len(collected)))
    return collected[:place] + added + collected[place:]


@st.composite
def new_rules(draw: st.DrawFn, world: World, day: date) -> list[Row]:
    """Rules and rumours that nobody knew of on a day."""
    kinds = {"entry": [0, 1], "capacity": [0, 900], "exit": [0, 0.5], "permit": [0, 1]}
    made = []
    for i in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(sorted(kinds)))
        cells = row(
            id=f"new{i}",
            kind=kind,
            place="*",
            value=draw(st.sampled_from(kinds[kind])),
            source="later",
        )
        if kind != "capacity":  # of everybody
            cells["document"] = draw(st.sampled_from(["*", world.tables["groups"][0]["document"]]))
        if draw(st.booleans()):
            told = on(day, draw(st.integers(1, 9)))
            cells |= {"announced": told, "effective_from": on(told, draw(st.integers(0, 5)))}
        elif draw(st.booleans()):
            cells |= {"effective_from": on(day, draw(st.integers(1, 9)))}
        else:
            cells |= {"announced": on(day, 1), "credence": 0.5}
        made.append(cells)
    return made


@st.composite
def new_pressures(draw: st.DrawFn, day: date) -> list[Row]:
    """Pressures that nobody knew of on a day, some of a kind of their own."""
    return [
        row(
            id=f"new{i}",
            kind=draw(st.sampled_from(["war", "flood"])),
            announced=draw(st.sampled_from(["", on(day, 1)])),
            onset=on(day, draw(st.integers(1, 9))),
            leaving=2,
            source="later",
        )
        for i in range(draw(st.integers(0, 2)))
    ]


@st.composite
def _levels(draw: st.DrawFn, world: World, day: date) -> list[Row]:
    """Levels published later changed and added; an end whose sequel is published later moved."""
    collected = []
    streams: dict[tuple[str, str], int] = {}
    for old in world.tables["traffic"]:
        if known(world, "traffic", old) <= day:
            stream = (old["crossing"], old["document"])
            streams[stream] = streams.get(stream, 0) + 1
    for old in world.tables["traffic"]:
        cells = dict(old)
        if known(world, "traffic", cells) > day:
            cells |= {"persons_per_day": 1 + float(cells["persons_per_day"]), "sun": 3}
        elif streams[cells["crossing"], cells["document"]] == 1 and draw(st.booleans()):
            first = as_date(cells.get("from")) or START
            ends = on(first, draw(st.integers(1, 30)))
            cells["to"] = ends
            collected.append(
                cells
                | {"id": f"{cells['id']}-sequel", "from": ends, "to": ""}
                | {"persons_per_day": 99, "published": on(max(day, ends), 1)}
            )
        collected.append(cells)
    crossing = world.ids("crossing")[0]
    collected.append(
        row(
            id="news",
            crossing=crossing,
            nationality=draw(st.sampled_from([NATIONALITY, "OTHER"])),
            document=draw(st.sampled_from([*DOCUMENTS, "diplomatic"])),
            persons_per_day=50,
            published=on(day, 1),
            source="later",
        )
    )
    return collected


@st.composite
def two_tellings(draw: st.DrawFn) -> tuple[World, World, date]:
    """Two worlds that are equal up to a day and differ in everything that became known later."""
    world = draw(dated_worlds())
    day = on(START, draw(st.integers(0, world.n_days - 1)))
    return world, draw(rewritten(world, day)), day


@examples(80)
@given(two_tellings())
def test_later_news_leaves_no_trace(told: tuple[World, World, date]) -> None:
    """Removed, changed, added, ended in another way: as of that day the world is the same."""
    world, other, day = told
    assert read(world).hash != read(other).hash
    assert read(world, day).hash == read(other, day).hash


@pytest.mark.slow
@examples(15)
@given(two_tellings())
def test_later_news_changes_no_count(told: tuple[World, World, date]) -> None:
    world, other, day = told
    assert differences(counted(read(world, day)), counted(read(other, day))) == []


@pytest.mark.slow
@examples(25)
@given(dated_worlds(), st.data())
def test_up_to_its_day_an_as_of_run_is_the_full_run(world: World, data: st.DataObject) -> None:
    """Expectations of people and as-of runs use the same dates."""
    for level in world.tables["traffic"]:
        level |= {"published": START, "to": ""}  # counts published late would be missed before
    day = data.draw(st.integers(0, world.n_days - 1))
    full, as_of = counted(read(world)), counted(read(world, on(START, day)))
    assert differences(full, as_of, slice(0, day + 1)) == []


@examples(25)
@given(dated_worlds())
def test_when_all_is_known_nothing_is_taken_out(world: World) -> None:
    for level in world.tables["traffic"]:
        level["to"] = ""
    assert read(world, date(2100, 1, 1)).hash == read(world).hash
