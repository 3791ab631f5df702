"""Grouping of changes: which are merged, and how many become few."""

import json
from pathlib import Path

import pytest

from emigre.attribution.grouping import MOST_GROUPS, Group, grouped, merge_invalid
from emigre.errors import InputError
from emigre.scenario.diff import Between
from emigre.scenario.loader import load

BASE = Path(__file__).parents[1] / "scenario" / "base"


@pytest.fixture
def edited(tmp_path):
    """A function that adds rows (table, cells) to a copy of BASE and loads it."""

    def edit(*rows: tuple[str, dict[str, object]]):
        path = tmp_path / "more.toml"
        lines = ['title = "more"']
        for table, cells in rows:
            lines.append(f"[[add.{table}]]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in cells.items()]
        path.write_text("\n".join(lines), encoding="utf-8")
        return load(BASE, variants=[path])

    return edit


SAID = {"basis": "official", "source": "s1"}
NIGHT = ("rules", {"id": "night", "kind": "capacity", "place": "bridge", "value": 9, **SAID})


def names(groups: tuple[Group, ...]) -> list[list[str]]:
    return [[c.name for c in group.changes] for group in groups]


def groups_of(a, b, **options) -> tuple[Group, ...]:
    return grouped(Between(a, b).changes, a, b, **options)


def test_a_new_place_comes_with_its_legs_and_rules(edited):
    a = load(BASE)
    ferry = {"id": "ferry", "name": "Ferry", "kind": "crossing", "country": "B", "mode": "port"}
    leg = {"km": 5, "hours": 1, "fare_eur": 1, **SAID}
    seen = {"from": "2030-03-02", "to": "2030-03-03", "published": "2030-03-04", "use": "check"}
    b = edited(
        ("places", {**ferry, "exit_country": "AA", **SAID}),
        ("legs", {"from": "inn", "to": "ferry", "mode": "road", **leg}),
        ("legs", {"from": "ferry", "to": "B", "mode": "sea", **leg}),
        ("rules", {"id": "tide", "kind": "capacity", "place": "ferry", "value": 9, **SAID}),
        NIGHT,
        ("areas", {"area": "coast", "name": "Coast", "place": "ferry"}),
        (
            "observations",
            {"id": "o9", "measure": "entered", "place": "ferry", "value": 5, **seen, **SAID},
        ),
    )
    for one, two in ((a, b), (b, a)):
        result = names(groups_of(one, two))
        assert sorted(map(len, result)) == [1, 5]
        assert ["rules.night"] in result
        between = Between(one, two)
        for group in grouped(between.changes, one, two):
            between.coalition(group.changes)


def test_shares_that_sum_to_one_change_together(tmp_path):
    more = tmp_path / "more.toml"
    more.write_text(
        'title = "more men"\n[set]\n"groups.men.share" = 0.5\n"groups.women.share" = 0.5\n'
        '"composition.east/sex/male.share" = 0.5\n"composition.east/sex/female.share" = 0.5\n'
        '"groups.men.savings_eur" = 600\n',
        encoding="utf-8",
    )
    a, b = load(BASE), load(BASE, variants=[more])
    assert sorted(map(sorted, names(groups_of(a, b)))) == [
        ["composition.east/sex/female", "composition.east/sex/male"],
        ["groups.men", "groups.women"],
    ]


def test_a_change_invalid_alone_is_joined_with_the_changes_it_needs(edited):
    a = load(BASE)
    who = {"nationality": "CC", "document": "visa"}
    b = edited(
        ("traffic", {"id": "tourists", "crossing": "bridge", "persons_per_day": 30, **who, **SAID}),
        ("rules", {"id": "visa_rule", "kind": "entry", "place": "B", "value": 0.5, **who, **SAID}),
        NIGHT,
    )
    between = Between(a, b)
    groups = grouped(between.changes, a, b)
    assert len(groups) == 3

    def is_valid(some: frozenset[int]) -> bool:
        try:
            between.coalition([c for i in some for c in groups[i].changes])
        except InputError:
            return False
        return True

    rule = names(groups).index(["rules.visa_rule"])
    assert not is_valid(frozenset({rule}))
    result = names(merge_invalid(groups, frozenset({rule}), is_valid))
    assert sorted(map(sorted, result)) == [["rules.night"], ["rules.visa_rule", "traffic.tourists"]]


def test_those_that_clash_become_one():
    groups = tuple(Group((), title=str(i)) for i in range(4))
    clash = {1, 3}
    result = merge_invalid(groups, frozenset({0, 1, 3}), lambda some: not clash <= some)
    assert [g.title for g in result] == ["0", "", "2"]


def test_many_are_joined_by_table_and_kind_unless_each_is_asked_for():
    a, b = load("russia-2022"), load("russia-2022", variants=["no-mobilisation"])
    result = groups_of(a, b)
    assert 1 < len(result) <= MOST_GROUPS
    for group in result:
        tables = {c.table for c in group.changes}
        assert len(tables) == 1
        if tables == {"rules"}:
            assert len({float(c.row["credence"]) < 1 for c in group.changes}) == 1
    assert any({c.row["kind"] for c in g.changes} == {"mobilisation"} for g in result)
    single = groups_of(a, b, each=True)
    assert len(single) == sum(len(g.changes) for g in result) > 40


def test_many_are_joined_by_the_patches_that_made_them():
    a = load("russia-2022", variants=["joint-eu-ban-in-august"])
    b = load("russia-2022", variants=["georgia-closes", "lars-double-capacity"])
    result = groups_of(a, b)
    assert {(g.title, g.only) for g in result} == {
        ("A joint European ban in August", "A"),
        ("Georgia closes", "B"),
        ("Upper Lars serves twice as many", "B"),
    }
    assert sum(len(g.changes) for g in result) == 16


def test_a_row_that_two_patches_touch_joins_them():
    a = load("russia-2022")
    b = load(
        "russia-2022",
        variants=["war-ends", "georgia-closes"],
        settings=["pressures.war.ends=2023-02-01"],
    )
    result = groups_of(a, b)
    assert [len(g.title.split(" and ")) for g in result if "The war ends" in g.title] == [2]


def test_a_single_patch_is_taken_apart():
    a, b = load("russia-2022"), load("russia-2022", variants=["joint-eu-ban-in-august"])
    assert all(g.title == "" for g in groups_of(a, b))
