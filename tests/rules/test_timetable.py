"""Rules by period against a plain look-up of the newest rule in force at an instant."""

import dataclasses

import numpy as np
import pytest

from emigre.geography.addresses import Addresses
from emigre.rules.timeline import (
    ALWAYS,
    NEVER,
    Rule,
    RuleCompiler,
    chained,
    closes_for_hours,
    foreseen,
    holding,
    last_of_each,
    masks,
    member_masks,
    period_starts,
)
from naive import timetable as plain

ATLAS = Addresses(
    ["O"],
    ["X1", "X2", "X3"],
    ["A", "B"],
    {"X1": "A", "X2": "A", "X3": "B"},
    {"BORDER": ["X1", "X3"], "UNION": ["A", "B"]},
)
MEMBERS = {
    "X1": {"X1", "A", "BORDER", "UNION"},
    "X2": {"X2", "A", "UNION"},
    "X3": {"X3", "B", "BORDER", "UNION"},
}
PEOPLE = [
    {"sex": s, "document": d} for s in ("male", "female") for d in ("none", "passport", "visa")
]
HORIZON = 100.0


def rule(row: int, **changes) -> Rule:
    base = Rule("r", "entry", "*", {}, 0.0, ALWAYS, NEVER, 1.0, ALWAYS, 1.0, -1, 0, row)
    return dataclasses.replace(base, **changes)


def test_rows_that_say_the_same_one_after_the_other_are_one_rule():
    rows = [rule(0, id="c", start=48.0), rule(1, id="a", end=24.0)]
    rows.append(rule(2, id="b", start=24.0, end=48.0))
    assert [r.number for r in chained(rows)] == [rows[1].number] * 3


@pytest.mark.parametrize("other", [{"value": 0.5}, {"days": 9}, {"start": 25.0}, {"place": "A"}])
def test_a_row_with_other_content_or_a_later_start_is_a_separate_rule(other):
    rows = [rule(0, id="a", end=24.0), rule(1, **{"id": "b", "start": 24.0} | other)]
    assert chained(rows) == rows


def random_rules(seed: int) -> list[Rule]:
    rng = np.random.default_rng(seed)
    collected = []
    for row in range(int(rng.integers(0, 25))):
        selection = {}
        if rng.random() < 0.5:
            selection["sex"] = ("male",)
        if rng.random() < 0.5:
            selection["document"] = tuple(rng.choice(["passport", "visa"], 2))
        # Few distinct instants, so that many coincide; some before the start or past the end.
        start = float(rng.choice([ALWAYS, -5.0, 0.0, 17.0, 24.0, 60.5, 140.0]))
        end = float(rng.choice([NEVER, 24.0, 60.5, 80.0]))
        collected.append(
            rule(
                row,
                kind=str(rng.choice(["entry", "exit"])),
                selection=selection,
                place=str(rng.choice(["*", "X1", "A", "B", "BORDER", "UNION"])),
                announced=float(rng.choice([ALWAYS, -24.0, 0.0])),
                start=start,
                end=max(start, end),
                credence=float(rng.choice([0.4, 1.0, 1.0, 1.0])),
                value=float(row),
                days=int(rng.integers(-1, 90)),
                delay=int(rng.integers(0, 9)),
            )
        )
    return collected


@pytest.mark.parametrize("kind", ["entry", "exit"])
@pytest.mark.parametrize("seed", range(40))
def test_painted_tables_are_those_of_a_plain_look_up(seed, kind):
    rules = random_rules(seed)
    index = {r.row: i for i, r in enumerate(rules)}
    compiler = RuleCompiler(kind, ATLAS.crossings_of, masks(rules, PEOPLE), index, 3, 0.25)
    starts = period_starts(rules, 0.0, HORIZON)
    held = holding(rules, starts)
    instants = {0.0, 16.999, 17.0, 23.999, 24.0, 60.0, 60.5, 79.999, 80.0, 99.0} | set(starts)
    for hour in instants:
        period = int(np.searchsorted(starts, hour, side="right")) - 1
        value, days, delay, number = compiler.fill(held[period])
        for x, place in enumerate(ATLAS.crossings):
            for i, person in enumerate(PEOPLE):
                best = plain.newest(rules, kind, hour, person, place, MEMBERS)
                expected = (0.25, -1, 0) if best is None else (best.value, best.days, best.delay)
                assert (value[x, i], days[x, i], delay[x, i]) == expected
                decides = best is not None and 0 < best.value < 1
                assert number[x, i] == (best.number if decides else 0)


def test_periods_begin_where_a_rule_starts_or_ends():
    rules = [
        rule(0, start=24.0, end=60.0),
        rule(1, start=-3.0, end=24.0),
        rule(2, start=150.0),
        rule(3, start=5.0, credence=0.5),
    ]
    assert period_starts(rules, 0.0, HORIZON).tolist() == [0.0, 24.0, 60.0]
    assert period_starts([], 0.0, HORIZON).tolist() == [0.0]


def test_a_rule_holds_from_its_first_instant_and_no_longer_at_its_last():
    only = rule(0, start=10.0, end=20.0)
    assert [len(held) for held in holding([only], (9.999, 10.0, 19.999, 20.0))] == [0, 1, 1, 0]


def test_when_the_newest_ends_the_next_newest_holds_again():
    rules = [rule(0, value=1.0), rule(1, start=10.0, end=20.0, value=0.0)]
    compiler = RuleCompiler("entry", ATLAS.crossings_of, masks(rules, PEOPLE), {0: 0, 1: 1}, 3, 0.5)
    seen = [compiler.fill(held)[0][0, 0] for held in holding(rules, (5.0, 15.0, 25.0))]
    assert seen == [1.0, 0.0, 1.0]


def test_of_rules_of_one_instant_the_later_announced_and_then_the_later_read_wins():
    same = [rule(0, announced=5.0, value=0.1), rule(1, announced=1.0, value=0.2)]
    assert [r.row for r in holding(same, [0.0])[0]] == [0]
    twice = [rule(1, value=0.2), rule(0, value=0.1)]
    assert [r.row for r in holding(twice, [0.0])[0]] == [1]


def test_many_rules_without_an_end_hold_one_at_a_time():
    """Rules for other people or places are kept, in order of precedence."""
    many = [rule(i, start=float(i), value=i / 100) for i in range(100)]
    other = rule(100, start=50.0, selection={"sex": ("male",)})
    held = holding([other, *many], range(100))
    assert [r.row for r in held[49]] == [49]
    assert [r.row for r in held[50]] == [50, 100]
    assert [r.row for r in held[99]] == [100, 99]


def test_a_rumour_is_never_in_force():
    told = rule(0, credence=0.99)
    assert told.is_rumour
    assert holding([told], [5.0]) == [[]]


def test_masks_say_whom_each_rule_means():
    rules = [rule(0), rule(1, selection={"sex": ("male",), "document": ("visa", "none")})]
    assert masks(rules, PEOPLE).tolist() == [[True] * 6, [True, False, True, False, False, False]]
    assert masks([], PEOPLE).shape == (0, 6)


def test_members_are_selected_only_by_rules_that_look_at_each_person():
    men = {"selection": {"sex": ("male",)}}
    rules = [rule(0, **men), rule(1, each_person=True, **men)]
    members = [{"sex": "male"}, {"sex": "female"}, None]
    assert member_masks(rules, members).tolist() == [[False] * 3, [True, False, False]]


def test_a_crossing_closes_for_hours_by_a_rule_in_force_of_less_than_a_day():
    night = {"value": 0.0, "start": 20.0, "end": 43.0}
    assert closes_for_hours(rule(0, **night))
    for other in ({"value": 1.0}, {"end": 44.0}, {"credence": 0.5}):
        assert not closes_for_hours(rule(0, **night | other))


def test_unannounced_rules_are_not_anticipated():
    """Hours: today is hour 24; a rule from hour 48 on, told at hour 30, and one that ends there."""
    to_come = rule(0, start=48.0, announced=30.0)
    ending = rule(1, start=0.0, end=48.0, end_announced=30.0)
    for now, expected in ((24.0, [ending]), (30.0, [to_come])):
        assert foreseen([to_come, ending], now, 50.0) == expected
    assert foreseen([to_come, ending], 24.0, 24.0) == [ending]
    assert foreseen([rule(2, credence=0.5)], 24.0, 24.0) == []


@pytest.mark.parametrize("seed", range(20))
def test_when_all_is_announced_the_rules_foreseen_are_those_in_force(seed):
    rules = random_rules(seed)
    for hour in (0.0, 30.0, 70.0):
        assert last_of_each(foreseen(rules, 0.0, hour)) == holding(rules, [hour])[0]
