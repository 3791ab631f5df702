"""Small worlds in which rules change while people act; answers are known by hand."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from random_worlds import World, read, row
from test_people_by_hand import group, leaving, run, world

DAY = "2030-01-0"
OPEN = row(id="open", kind="entry", place="*", value=1)


def rule(name: str, kind: str, place: str, value: float, **cells: Any) -> dict[str, Any]:
    return row(id=name, kind=kind, place=place, value=value, **cells)


def made(*rules: dict[str, Any], people: int = 100, n_days: int = 6, **values: Any) -> World:
    """People of one origin who leave on the second day for C, which has no requirements."""
    tables = {k: values.pop(k) for k in ("departures", "groups") if k in values}
    tables = {"departures": leaving("A", people)} | tables
    result = world({"A": 2000}, n_days, **tables)
    result.tables["rules"] = [OPEN, *rules]
    quiet = {"overstay_share": 0.0, "renew_share": 0.0, "apply_per_day": 0.0, "asylum_share": 0.0}
    result.parameters |= quiet | {"savings_spread": 0.0, "base_leaving_per_day": 0.0} | values
    return result


def total(result: Any, measure: str) -> list[int]:
    return result.values[measure].sum(axis=1).tolist()


def test_who_waits_does_not_pass_on_to_a_road_that_has_closed() -> None:
    shut = rule("flood", "leg", "X/C/road", 0, effective_from=f"{DAY}4")
    few = made(shut, people=50, patience_days=3650.0)
    few.tables["places"][1]["capacity_persons_per_day"] = 10
    result = run(read(few))
    arrived = total(result, "arrived")
    assert 15 < sum(arrived[:3]) <= 20
    assert arrived[3:] == [0, 0, 0]
    assert total(result, "trapped")[-1] == 50 - sum(arrived)


@pytest.mark.parametrize("change", ["closes", "opens"])
def test_who_waits_keeps_the_place_in_the_queue_when_roads_behind_change(change: str) -> None:
    """The road to X closes, or a shorter way opens: 50 people, 10 a day, as if nothing changed."""

    def few(*rules: dict[str, Any]) -> World:
        some = made(*rules, people=50, n_days=8, itineraries_per_destination=1)
        some.tables["places"][1]["capacity_persons_per_day"] = 10
        return some

    if change == "closes":
        changed = few(rule("flood", "leg", "A/X/road", 0, effective_from=f"{DAY}4"))
    else:
        changed = two_roads(few(rule("bridge", "leg", "A/Y/road", 0, effective_to=f"{DAY}4")))
        for leg in changed.tables["legs"][2:]:
            leg["hours"] = 0.05
    usual, found = run(read(few())), run(read(changed))
    assert total(usual, "arrived")[2:6] == [10] * 4
    for measure in ("arrived", "waiting", "departed"):
        assert total(found, measure) == total(usual, measure)
    (hours, served), (usual_hours, usual_served) = (
        [part[:, :1].tolist() for part in each.means["wait_hours"]] for each in (found, usual)
    )
    assert (hours, served) == (usual_hours, usual_served)


@pytest.mark.parametrize("kind", ["entry", "exit", "capacity"])
def test_who_waits_is_refused_by_a_check_and_not_by_a_closure(kind: str) -> None:
    """40 people, 10 a day until the fourth day: nobody who waits then is in two accounts."""
    shut = rule("shut", kind, "X", 0, effective_from=f"{DAY}4")
    few = made(shut, people=40, patience_days=3650.0)
    few.tables["places"][1]["capacity_persons_per_day"] = 10
    result = run(read(few))
    waiting = total(result, "waiting")[2]
    assert waiting == 40 - sum(total(result, "entered")) > 20
    for check in ("entry", "exit"):
        turned_away = waiting if check == kind else 0
        assert total(result, f"refused_{check}") == [0, 0, 0, turned_away, 0, 0]
    assert total(result, "trapped")[3:] == [waiting] * 3


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_an_exit_rule_of_a_crossing_is_narrower_than_that_of_its_state(names: str) -> None:
    many = made(rule(names[0], "exit", "HOME", 0), rule(names[1], "exit", "X", 1))
    home = row(id="HOME", name="Home", kind="country", country="HOME")
    many.tables["places"].append(home | {"living_cost_eur_per_month": 500})
    way = {"from": "A", "to": "HOME", "mode": "road", "km": 1, "hours": 500, "fare_eur": 0}
    many.tables["legs"].append(row(**way))
    assert sum(total(run(read(many)), "entered")) == 100


MEN = {"who": "sex=male", "applies_to": "person"}
COUPLES = [group("g", 1, sex="female", member="sex=male", size_1=0, size_2=1)]


def test_who_claims_asylum_at_a_closed_border_leaves_the_barred_member_at_home() -> None:
    rules = (
        rule("shut", "entry", "*", 0, effective_from=f"{DAY}3T00:00:01+00:00"),
        rule("men", "exit", "X", 0, effective_from=f"{DAY}3", **MEN),
        rule("claims", "asylum", "C", 1, delay_days=90),
    )
    couples = made(*rules, people=40, groups=COUPLES, asylum_share=1.0)
    couples.tables["legs"][0]["hours"] = 30
    result = run(read(couples))
    assert sum(total(result, "asylum_claims")) == sum(total(result, "entered")) == 20
    assert total(result, "at_home")[-1] == 2000 - 20


def test_an_announced_closure_hurries_people_and_then_leaves_them_half_of_the_ways() -> None:
    """One of two like roads closes: hazards times 2^2 from its announcement, then 2^-0.5."""
    shut = rule("shut", "capacity", "Y", 0, announced=f"{DAY}3", effective_from=f"{DAY}6")
    many = two_roads(made(shut, departures=[], n_days=9, urgency_weight=2.0, access_weight=0.5))
    many.tables["places"][0]["population"] = at_home = 200_000
    many.parameters |= {"network_weight": 0.0, "floor_utility": -50.0}
    many.parameters["base_leaving_per_day"] = base = 0.002
    factors = [1.0] * 2 + [2.0**2.0] * 3 + [2.0**-0.5] * 4
    for decided, factor in zip(total(run(read(many)), "decided"), factors, strict=True):
        assert near(decided, at_home, -np.expm1(-base * factor))
        at_home -= decided


def two_roads(few: World) -> World:
    """The world with a second road to C, over Y, that is like the first."""
    beside = {"country": "C", "exit_country": "HOME", "mode": "road"}
    few.tables["places"].append(row(id="Y", name="Y", kind="crossing", **beside))
    ends = zip(few.tables["legs"], "AY", "YC", strict=True)
    few.tables["legs"] += [leg | {"from": a, "to": b} for leg, a, b in ends]
    return few


def test_given_departures_count_those_who_may_leave() -> None:
    couples = made(rule("men", "exit", "X", 0, **MEN), people=40, groups=COUPLES)
    beyond = {"country": "E", "exit_country": "C", "mode": "road"}  # a border that men may pass
    couples.tables["places"] += [
        row(id="Y", name="Y", kind="crossing", **beyond),
        row(id="E", name="E", kind="country", country="E", living_cost_eur_per_month=500),
    ]
    legs = [{"from": "C", "to": "Y"}, {"from": "Y", "to": "E"}]
    couples.tables["legs"] += [row(mode="road", km=1, hours=1, fare_eur=0, **leg) for leg in legs]
    assert total(run(read(couples)), "decided") == [0, 40, 0, 0, 0, 0]


@pytest.mark.parametrize("splits", [0, 1])
def test_households_that_stay_together_take_the_road_on_which_all_may_pass(splits: int) -> None:
    """Men may leave by one of two roads that are alike: half of the couples choose it, or all."""
    groups = [COUPLES[0] | {"splits": splits}]
    couples = made(rule("men", "exit", "X", 0, **MEN), people=600, groups=groups)
    two_roads(couples)
    result = run(read(couples))
    by_x, by_y = result.values["entered"][1]
    assert total(result, "trapped") == [0] * 6
    if splits == 0:
        assert (by_x, by_y) == (0, 600)
    else:  # given departures count those who go: on average one and a half of a couple
        assert near(by_x, 400, 0.5)
        assert abs(by_x + by_y - 600) < 5 * np.sqrt(400 / 4)


@pytest.mark.parametrize("splits", [0, 1])
def test_who_prepares_while_a_rule_comes_into_force_parts_at_home(splits: int) -> None:
    """Nobody sets out to be refused: the women leave alone, or all stay together at home."""
    men = rule("men", "exit", "X", 0, effective_from=f"{DAY}3", **MEN)
    couples = made(men, departures=[], groups=[COUPLES[0] | {"splits": splits}], n_days=30)
    couples.parameters |= {"base_leaving_per_day": 0.05, "prepare_days": 5.0}
    result = run(read(couples))
    assert total(result, "refused_exit") == [0] * 30
    assert sum(total(result, "departed")[:2]) > 10
    assert (sum(total(result, "departed")[2:]) > 500) == (splits == 1)


@pytest.mark.parametrize("kind", ["protection", "asylum"])
@pytest.mark.parametrize("when", ["effective_from", "effective_to"])
def test_a_rule_for_those_who_arrive_acts_at_its_minute(kind: str, when: str) -> None:
    noon = rule("r", kind, "C", 1, delay_days=0 if kind == "protection" else 90)
    flow = "granted" if kind == "protection" else "asylum_claims"
    result = run(read(made(noon | {when: f"{DAY}2T12:00+00:00"}, people=400, asylum_share=1.0)))
    assert abs(sum(total(result, flow)) - 200) < 5 * np.sqrt(100)  # hours of the day are uniform


@pytest.mark.parametrize(("before", "after"), [(1, 0), (0, 1)])
def test_money_of_those_who_arrive_follows_the_rules_of_the_evening(
    before: int, after: int
) -> None:
    """A decree closes the border at noon and changes payments: it applies to the morning too."""
    noon = f"{DAY}3T12:00+00:00"
    decree = (
        rule("before", "payment", "C", before),
        rule("after", "payment", "C", after, effective_from=noon),
        rule("shut", "entry", "C", 0, effective_from=noon),
    )
    many = made(*decree, people=400)
    many.tables["legs"][0]["hours"] = 24
    result = run(read(many))
    stock = total(result, "stock")
    assert 150 < stock[2] < 250
    assert total(result, "in_need")[2:] == (stock[2:] if after == 0 else [0] * 4)


def test_a_claim_at_a_border_is_decided_although_arrivals_are_protected() -> None:
    rules = (rule("p", "protection", "C", 1), rule("a", "asylum", "C", 1, delay_days=2))
    result = run(read(made(*rules, asylum_share=1.0)))
    assert sum(total(result, "applied")) == sum(total(result, "asylum_lodged")) == 100
    assert sum(total(result, "granted")) == sum(total(result, "asylum_granted")) == 100


def test_roots_of_the_protected_grow_from_their_arrival() -> None:
    protected = made(rule("p", "protection", "C", 1), n_days=29, rooting_days=10.0)
    protected.parameters["hazard_cap_per_day"] = 0.001  # nothing else happens to them
    sums, weight = run(read(protected)).means["rootedness"]
    assert weight[28, 0] == 100
    assert sums[28, 0] / 100 == pytest.approx(1 - np.exp(-27 / 10), rel=1e-9)


def test_who_was_abroad_and_gives_up_leaving_again_is_back_not_at_home() -> None:
    shut = rule("shut", "entry", "X", 0, effective_from=f"{DAY}9")
    again = made(shut, people=2000, n_days=30, again_per_day=0.5, base_returning_per_day=0.5)
    again.parameters |= {"hazard_cap_per_day": 1.0, "patience_days": 1.0, "prepare_days": 2.0}
    result = run(read(again))
    assert max(total(result, "trapped")) > 0
    assert max(total(result, "at_home")[1:]) == 0


def test_who_is_back_and_finds_no_way_out_again_is_trapped() -> None:
    """They decide once, are counted as trapped, and leave when it opens."""
    shut = rule("shut", "entry", "C", 0, effective_from=f"{DAY}6", effective_to="2030-01-30")
    often = {"again_per_day": 0.5, "base_returning_per_day": 0.5, "hazard_cap_per_day": 1.0}
    again = made(shut, people=0, n_days=31, patience_days=3650.0, **often)
    again.tables["present"] = [row(place="C", origin="A", persons=200)]
    result = run(read(again))
    stock, back, trapped = (total(result, m) for m in ("stock", "stock_returned", "trapped"))
    assert stock[17:29] == [0] * 12
    assert [b + t for b, t in zip(back[17:29], trapped[17:29], strict=True)] == [200] * 12
    assert trapped[28] == trapped[8] + sum(total(result, "decided")[9:29])
    assert trapped[28] > 100
    assert total(result, "departed")[29] == trapped[28]
    assert trapped[29] == 0


def test_who_is_back_leaves_again_at_a_hazard_above_the_cap() -> None:
    """All are back after a visit of a day; of those who are, 1 - exp(-0.5) decide on each day."""
    many = made(people=400, n_days=5, again_per_day=0.5, access_weight=0.0)
    many.tables["rules"] = [OPEN | {"days": 1}]
    result = run(read(many))
    back, decided = total(result, "stock_returned")[2:], total(result, "decided")[3:]
    assert back[0] > 390
    for before, again in zip(back, decided, strict=False):
        assert near(again, before, -np.expm1(-0.5))


def test_a_level_of_departures_continues_in_a_run_that_begins_after_them() -> None:
    level = made(departures=leaving("A", 30, 30, 30, 30), departures_level_days=3, n_days=12)
    level.parameters["base_leaving_per_day"] = 0.001
    later = replace(read(level), start=date(2030, 1, 8))
    assert total(run(later), "decided")[0] == 30


@pytest.mark.parametrize(("own", "days"), [(None, 9), (4, 4)])
def test_the_law_of_a_state_holds_in_its_camps(own: int | None, days: int) -> None:
    """Protection of nine days in the state, and of `own` days by a rule of the camp alone."""
    rules = [rule("z", "protection", "C", 1, days=9), rule("c", "entry", "C", 1)]
    if own is not None:
        rules.append(rule("a", "protection", "K", 1, days=own))
    tents = made(*rules, n_days=14, grace_days=0, again_per_day=0.0)
    tents.tables["rules"].remove(OPEN)
    tents.tables["places"].append(row(id="K", name="K", kind="camp", country="C"))
    road = {"mode": "road", "km": 1, "hours": 0, "fare_eur": 0}
    tents.tables["legs"] = [row(**{"from": a, "to": b} | road) for a, b in ("AK", "XC")]
    protected = run(read(tents)).values["stock_protected"][:, 1]
    assert protected.tolist() == [0, *[100] * days, *[0] * (13 - days)]


def test_a_way_that_does_not_exist_slows_nothing_down() -> None:
    """Nobody can move on from C, however little holds people there: they return as fast as ever."""
    far = made(departures=[], n_days=21, base_returning_per_day=0.02, base_onward_per_day=0.5)
    far.tables["places"][2]["attraction"] = -20
    far.tables["present"] = [row(place="C", origin="A", persons=600)]
    found = run(read(far))
    left, share = found.values["stock"][-1, 0], np.exp(-0.02 * 20)
    assert abs(left - 600 * share) < 5 * np.sqrt(600 * share * (1 - share))
    assert found.values["hazard_capped"].sum() == 0


NEW_RULE: dict[str, dict[str, Any]] = {"a": {}, "b": {"effective_from": f"{DAY}5"}}


def odds(*rules: dict[str, Any], n_days: int = 12, **values: Any) -> Any:
    """A thousand single persons who leave on the second day and never give up."""
    many = made(*rules, people=1000, n_days=n_days, patience_days=3650.0, **values)
    many.tables["rules"].remove(OPEN)
    return run(read(many))


def near(found: int, n: int, share: float) -> bool:
    return abs(found - n * share) < 5 * np.sqrt(n * share * (1 - share))


@pytest.mark.parametrize("kind", ["entry", "exit"])
def test_who_is_refused_by_a_share_tries_once_under_each_rule(kind: str) -> None:
    first = rule("a", kind, "X", 0.3)
    later = rule("b", kind, "X", 0.5, effective_from=f"{DAY}7")
    others = [rule("c", "entry", "X", 1)] if kind == "exit" else []
    once = odds(first, *others)
    entered, refused = total(once, "entered"), total(once, f"refused_{kind}")
    assert near(sum(entered), 1000, 0.3)
    assert sum(entered) + sum(refused) == 1000
    assert sum(entered[3:]) + sum(refused[3:]) == 0
    at_home = total(once, "trapped")[-1] + total(once, "at_home")[-1]  # a few gave up
    assert at_home == 1000 + sum(refused)
    twice = odds(first, later, *others)
    assert total(twice, "entered")[:6] == entered[:6]
    assert near(sum(total(twice, "entered")[6:]), sum(refused), 0.5)
    assert sum(total(twice, f"refused_{kind}")) > sum(refused)


def test_a_new_entry_rule_is_no_new_chance_at_the_exit() -> None:
    rules = [rule(name, "entry", "X", 0.6, **cells) for name, cells in NEW_RULE.items()]
    found = odds(rule("e", "exit", "X", 0.5), *rules)
    assert near(sum(total(found, "refused_exit")), 1000, 0.5)
    assert near(sum(total(found, "entered")), 1000, 0.5 * (1 - 0.4 * 0.4))


def test_who_claims_no_asylum_at_a_crossing_does_not_claim_on_a_later_day() -> None:
    few = rule("a", "entry", "X", 1e-9)
    again = rule("b", "entry", "X", 2e-9, effective_from=f"{DAY}5")
    claims = rule("c", "asylum", "C", 1, delay_days=90)
    assert near(sum(total(odds(few, again, claims, asylum_share=0.3), "entered")), 1000, 0.3)


def test_days_in_a_window_are_those_of_all_stays() -> None:
    """Three days in any ten; who has none left and overstays nothing goes home and comes again."""
    limit = rule("limit", "entry", "*", 1, days=3, window_days=10)
    again = {"again_per_day": 0.5, "base_returning_per_day": 0.5, "hazard_cap_per_day": 1.0}
    short = made(limit, people=300, n_days=29, prepare_days=0.1, patience_days=3650.0, **again)
    short.tables["rules"].remove(OPEN)
    free = made(people=300, n_days=29, prepare_days=0.1, patience_days=3650.0, **again)
    present, without = (total(run(read(each)), "stock") for each in (short, free))
    assert all(sum(present[day : day + 10]) <= 3 * 300 for day in range(19))
    assert sum(present[9:]) > 300  # they do come again
    assert any(sum(without[day : day + 10]) > 3 * 300 for day in range(19))
