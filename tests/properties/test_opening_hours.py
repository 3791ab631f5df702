"""Crossings with opening hours: the number who pass in a day is known by hand."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from random_worlds import World, read, row
from test_people_by_hand import group, run
from test_rules_by_hand import made, rule, total

from emigre.engine.build import compile_scenario
from emigre.engine.conditions import Outlook
from emigre.engine.ledger import Ledger
from emigre.processes.arrays import measure_index

N_DAYS = 9


def hours(kind: str, value: float, first: str, last: str, **cells: Any) -> list[dict[str, Any]]:
    """A rule for each day, from an hour to another, which may lie on the next day."""
    rows = []
    for day in range(1, N_DAYS + 1):
        after = day + (last <= first)
        since, until = f"2030-01-{day:02d}T{first}Z", f"2030-01-{after:02d}T{last}Z"
        cells = {"announced": "2029-12-01"} | cells
        rows.append(
            rule(
                f"{kind}{day}", kind, "X", value, effective_from=since, effective_to=until, **cells
            )
        )
    return rows


def keeping(capacity: float, *rules: dict[str, Any], people: int = 300, **values: Any) -> World:
    """All leave on the second day; nobody gives up."""
    few = made(*rules, people=people, n_days=N_DAYS, patience_days=3650.0, **values)
    few.tables["places"][1]["capacity_persons_per_day"] = capacity
    return few


BY_DAY = [160, 140]
BY_NIGHT = [80, 80, 80, 60]


@pytest.mark.parametrize(
    ("capacity", "value", "first", "last", "passing"),
    [
        (240, 0, "22:00", "06:00", BY_DAY),
        (0, 240, "06:00", "22:00", BY_DAY),
        (240, 0, "06:00", "22:00", BY_NIGHT),
        (0, 240, "22:00", "06:00", BY_NIGHT),
    ],
)
def test_a_crossing_serves_in_its_hours_who_waits_before_it(
    capacity: float, value: float, first: str, last: str, passing: list[int]
) -> None:
    """Whether the rules say when it is open or when it is closed, and over midnight too."""
    result = run(read(keeping(capacity, *hours("capacity", value, first, last))))
    entered = total(result, "entered")[1:]
    some = len(passing)
    # Nobody is there when the second day begins: its first hours are lost.
    assert abs(np.cumsum(entered)[:some] - np.cumsum(passing)).max() <= 4
    assert sum(entered) == 300
    assert sum(total(result, "trapped")) == 0
    assert total(result, "departed") == [0, 300] + [0] * (N_DAYS - 2)


@pytest.mark.parametrize("scale", [1, 5])
def test_a_party_larger_than_the_places_of_a_day_passes_after_several_days(scale: int) -> None:
    """4 a day, closed for 12 hours: five people pass together every two days and a half."""
    night = hours("capacity", 0, "18:00", "06:00")
    sizes = {"size_1": 0, "size_5": 1} if scale == 1 else {}
    few = keeping(4, *night, people=40, groups=[group("g", 1, **sizes)])
    entered = np.array(total(run(read(few), scale), "entered"))
    # They come during the first of the eight days.
    assert abs(entered.cumsum()[1:] - 2 * np.arange(1, 9)).max() <= 5
    assert entered.sum() == 15


def test_hours_are_the_same_whether_or_not_their_end_is_announced() -> None:
    night = hours("capacity", 0, "22:00", "06:00")
    told = [r | {"end_announced": "2029-12-01"} for r in night]
    one, other = (total(run(read(keeping(240, *rules))), "entered") for rules in (night, told))
    assert one == other


def test_a_closure_of_a_day_sends_those_who_wait_away() -> None:
    for last, trapped in (("T23:00Z", 0), ("", 140)):
        shut = rule("r", "capacity", "X", 0, effective_from="2030-01-03")
        until = f"2030-01-0{3 if last else 4}{last}"
        result = run(read(keeping(160, shut | {"effective_to": until})))
        assert abs(max(total(result, "trapped")) - trapped) <= 4


@pytest.mark.parametrize("since", ["2029-12-31T20:00Z", "2030-01-01"])
def test_the_first_day_may_begin_in_the_hours_of_closing(since: str) -> None:
    until = {"announced": "2029-12-01", "effective_to": "2030-01-01T08:00Z"}
    few = keeping(2400, rule("night", "capacity", "X", 0, effective_from=since, **until))
    few.tables["departures"] = [row(origin="A", date="2030-01-01", persons=300)]
    result = run(read(few))
    assert sum(total(result, "entered")[:2]) == 300
    assert sum(total(result, "trapped")) == 0


def test_who_comes_on_the_day_of_the_opening_waits_for_it() -> None:
    """Closed for days, until 18:00: three in four come before."""
    shut = rule("shut", "capacity", "X", 0, effective_from="2030-01-02")
    many = keeping(2400, shut | {"effective_to": "2030-01-04T18:00Z"})
    many.tables["departures"] = [row(origin="A", date="2030-01-04", persons=300)]
    result = run(read(many))
    assert sum(total(result, "trapped")) == 0
    assert sum(total(result, "entered")[3:5]) == 300


def test_an_opening_that_nobody_knows_of_keeps_nobody_waiting() -> None:
    """The law that nothing changes before its announcement."""
    shut = rule("a", "capacity", "X", 0, effective_from="2030-01-02T20:00Z")
    opens = {"announced": "2030-01-03", "effective_from": "2030-01-03T06:00Z"}
    sudden = rule("b", "capacity", "X", 240, **opens)
    known = sudden | {"announced": "2030-01-02"}
    without, new, told = (
        run(read(keeping(240, shut, *rules))) for rules in ((), (sudden,), (known,))
    )
    for measure in ("waiting", "trapped", "entered"):
        assert total(without, measure)[:2] == total(new, measure)[:2]
    assert total(without, "waiting")[1] == 0
    assert total(told, "waiting")[1] > 100
    assert total(told, "trapped")[1] == 0


@pytest.mark.parametrize(
    ("capacity", "value", "first", "last", "mean"),
    [
        (240, 0, "22:00", "06:00", 160),
        (0, 240, "06:00", "22:00", 160),
        (240, 0, "06:00", "22:00", 80),
        (0, 240, "22:00", "06:00", 80),
        (240, 240, "06:00", "22:00", 240),
        (240, 60, "22:00", "06:00", 180),
        (60, 240, "06:00", "22:00", 180),
        (240, 60, "06:00", "22:00", 120),
        (240, 60, "00:00", "06:00", 195),
    ],
)
def test_the_expected_wait_is_that_of_the_mean_rate_of_a_day(
    capacity: float, value: float, first: str, last: str, mean: float
) -> None:
    """Value of access with a queue of 120 and without, at a crossing closed or slow for hours."""
    world = keeping(capacity, *hours("capacity", value, first, last), floor_utility=-50.0)
    plan = compile_scenario(read(world))
    ledger = Ledger(plan)
    empty = Outlook(plan).conditions_on(3, ledger).access[0, 0]
    ledger.accounts.crossing[measure_index("crossing")["waiting"], 0, 0] = 120
    slower = empty - Outlook(plan).conditions_on(3, ledger).access[0, 0]
    weight = plan.scenario.parameters["wait_weight_per_hour"]
    assert slower == pytest.approx(weight * 24.0 * 120.0 / mean, rel=1e-9)


def test_a_closing_that_nobody_knows_of_makes_no_queue_slower() -> None:
    """It counts on the day on which it happens."""
    sudden = rule("r", "capacity", "X", 0, effective_from="2030-01-04T10:00Z")
    shut = sudden | {"effective_to": "2030-01-04T18:00Z"}
    plan = compile_scenario(read(keeping(240, shut)))
    assert plan.timetable.rate_share[:, 0].tolist() == [
        1,
        1,
        1,
        pytest.approx(2 / 3),
        1,
        1,
        1,
        1,
        1,
    ]


def test_as_of_a_day_the_nights_still_end() -> None:
    world = keeping(240, *hours("capacity", 0, "22:00", "06:00"))
    then = read(world, as_of=date(2030, 1, 2))  # the day they leave
    assert total(run(then), "entered") == total(run(read(world)), "entered")


def test_nights_are_no_expected_loss_of_access() -> None:
    """Nobody hurries because a check that is closed tonight will be closed in a fortnight."""
    leaving = {"departures": [], "base_leaving_per_day": 0.05, "urgency_weight": 2.0}
    leaving["network_weight"] = 0.0
    for kind in ("capacity", "entry"):
        night = hours(kind, 0, "22:00", "06:00")
        free, kept = (run(read(keeping(1e6, *rules, **leaving))) for rules in ((), night))
        assert total(free, "decided") == total(kept, "decided")


def test_the_known_end_of_a_days_opening_is_no_expected_loss_of_access() -> None:
    """Nor is it when something else is announced, such as a dearer way."""
    fare = rule("f", "fare", "X", 1.0001, effective_from="2030-01-04", announced="2030-01-01")
    for kind in ("capacity", "entry"):
        openings = hours(kind, 1, "06:00", "22:00", end_announced="2029-12-01")
        shut = rule("shut", kind, "X", 0)
        world = keeping(1e6, shut, *openings, fare, foresight_days=4)
        plan = compile_scenario(read(world))
        today = Outlook(plan).conditions_on(1, Ledger(plan))
        assert today.access.max() > plan.outlook.floor_utility
        assert today.urgency.max() < 1e-4


def test_a_check_with_hours_is_passed_in_them() -> None:
    """Those who come at night are refused and come again."""
    result = run(read(keeping(1e6, *hours("entry", 0, "22:00", "06:00"))))
    entered = total(result, "entered")
    assert abs(entered[1] - 200) < 5 * np.sqrt(300 * 2 / 9)
    assert 295 < sum(entered) <= 300


def test_nights_do_not_close_the_way_by_air() -> None:
    """A third land at night and are sent back; they try again on the next days."""
    nights = [r | {"place": "C"} for r in hours("entry", 0, "22:00", "06:00")]
    many = keeping(0, *nights)
    many.tables["places"] = [p for p in many.tables["places"] if p["id"] != "X"]
    way = {"from": "A", "to": "C", "mode": "air", "km": 1, "hours": 0, "fare_eur": 0}
    many.tables["legs"] = [row(**way)]
    result = run(read(many))
    left = 300
    for n in total(result, "arrived")[1:5]:
        assert abs(n - left * 2 / 3) < 5 * np.sqrt(left * 2 / 9)
        left -= n
    assert sum(total(result, "arrived")) + total(result, "trapped")[-1] == 300


@pytest.mark.parametrize("closes", [False, True])
def test_visits_are_renewed_by_leaving_at_a_border_with_hours(closes: bool) -> None:
    nights = hours("entry", 0, "22:00", "06:00") if closes else []
    limit, again = rule("limit", "entry", "C", 1, days=3), rule("run", "border_run", "C", 1)
    many = keeping(10_000, limit, again, *[r | {"place": "C"} for r in nights])
    many.parameters |= {"renew_share": 1.0, "overstay_share": 0.0}
    result = run(read(many))
    assert sum(total(result, "returned")) == 0


def test_ordinary_travellers_wait_for_the_morning() -> None:
    shoppers = [row(id="t", crossing="X", nationality="HH", document="passport")]
    shoppers[0]["persons_per_day"] = 480
    night = hours("capacity", 0, "22:00", "06:00")
    world = keeping(240, *night, balking_per_hour=0.0, traffic_noise=0.0)
    world.tables["traffic"] = shoppers
    result = run(read(world))
    assert sum(total(result, "refused_ordinary")) == 0
    both = np.add(total(result, "entered_ordinary"), total(result, "entered"))
    assert abs(both[1:] - 160).max() <= 1


def test_worlds_that_differ_only_in_hours_are_recompiled() -> None:
    """Compiled laws are kept for scenarios whose capacities differ."""
    slow, shut = (keeping(240, *hours("capacity", n, "22:00", "06:00")) for n in (30, 0))
    fresh = total(run(read(shut)), "entered")
    compile_scenario(read(slow))
    assert total(run(read(shut)), "entered") == fresh
