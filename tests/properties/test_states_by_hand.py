"""Small worlds in which people repeatedly meet the law of a state; answers by hand."""

import math
from typing import Any

import numpy as np
import pytest
from random_worlds import World, read, row
from test_people_by_hand import group, run
from test_rules_by_hand import COUPLES, DAY, MEN, OPEN, made, near, rule, total

MOBILE = {"hazard_cap_per_day": 1.0}
CLAIMS = rule("claims", "asylum", "C", 1, delay_days=90)


def leg(start: str, end: str, **cells: Any) -> dict[str, Any]:
    return row(**{"from": start, "to": end, "mode": "road", "km": 1, "hours": 1}, **cells)


def camp(name: str, country: str) -> dict[str, Any]:
    return row(id=name, name=name, kind="camp", country=country)


def between_camps(*rules: dict[str, Any], **values: Any) -> World:
    """1000 people who move between a country and two camps in it."""
    many = made(*rules, people=1000, n_days=40, base_onward_per_day=0.2, **MOBILE, **values)
    many.tables["places"] += [camp(name, "C") for name in ("K", "L")]
    many.tables["legs"] += [leg("C", name, both_ways="yes") for name in ("K", "L")]
    return many


@pytest.mark.parametrize(
    ("kind", "measure", "cells"),
    [("protection", "stock_protected", {}), ("permit", "stock_permitted", {"delay_days": 1})],
)
def test_moves_within_a_state_are_no_further_chance(
    kind: str, measure: str, cells: dict[str, Any]
) -> None:
    many = between_camps(rule("r", kind, "C", 0.5, **cells), apply_per_day=0.3)
    result = run(read(many))
    assert sum(total(result, "onward")) > 1000
    there = total(result, "stock")[-1]  # the others are between two places
    assert there > 800
    assert abs(total(result, measure)[-1] / there - 0.5) < 4 * (0.25 / there) ** 0.5


@pytest.mark.parametrize("hours", [1, 30])
def test_claims_at_a_closed_border_are_served_within_its_capacity(hours: float) -> None:
    """Whether people wait there when it closes, or come later."""
    shut = rule("shut", "entry", "*", 0, effective_from=f"{DAY}3T00:00:01+00:00")
    many = made(shut, CLAIMS, people=400, n_days=9, asylum_share=1.0, patience_days=3650.0)
    many.tables["legs"][0]["hours"] = hours
    many.tables["places"][1]["capacity_persons_per_day"] = 10
    result = run(read(many))
    assert total(result, "entered")[2:] == total(result, "asylum_claims")[2:]
    assert max(total(result, "entered")) <= 10
    assert total(result, "entered")[4:] == [10] * 5
    assert total(result, "trapped") == [0] * 9


def couples(**tables: list[dict[str, Any]]) -> World:
    """Couples; the exit check lets no man pass. Those abroad return, and leave again."""
    again = {"base_returning_per_day": 0.3, "again_per_day": 0.3, "base_onward_per_day": 0.3}
    men = rule("men", "exit", "X", 0, **MEN)
    some = made(men, groups=COUPLES, n_days=30, **again, **MOBILE)
    some.tables |= {"departures": []} | tables
    return some


def test_rules_on_persons_hold_for_households_that_return() -> None:
    few = couples(present=[row(place="C", origin="A", persons=200)])
    result = run(read(few))
    assert sum(total(result, "returned")) > 200
    # Of a household that has returned, one member leaves again.
    assert sum(total(result, "entered")) > 50
    assert max(total(result, "abroad")[20:]) <= 110
    assert total(result, "at_home")[-1] > 2000 + 80


def test_rules_on_persons_hold_for_households_displaced_in_their_state() -> None:
    """100 couples in a camp at home: the women leave, each man is at home then."""
    few = couples(present=[row(place="K", origin="A", persons=200)])
    few.parameters |= {"base_returning_per_day": 0.0}
    few.tables["places"].append(camp("K", "HOME"))
    few.tables["places"].append(
        row(id="HOME", name="Home", kind="country", country="HOME", living_cost_eur_per_month=500)
    )
    few.tables["legs"] += [leg("K", "X"), leg("K", "HOME", both_ways="yes")]
    result = run(read(few))
    women, men = sum(total(result, "entered")), total(result, "at_home")[-1] - 2000
    assert women == men
    assert 80 < women <= 100


def test_a_household_that_lives_abroad_moves_on_together() -> None:
    few = couples(present=[row(place="C", origin="A", persons=200)])
    few.parameters |= {"base_returning_per_day": 0.0}
    few.tables["rules"] = [OPEN, rule("men", "exit", "Y", 0, **MEN)]
    few.tables["places"] += [
        row(id="Y", name="Y", kind="crossing", country="E", exit_country="C", mode="road"),
        row(id="E", name="E", kind="country", country="E", living_cost_eur_per_month=500),
    ]
    few.tables["legs"] += [leg("C", "Y"), leg("Y", "E")]
    result = run(read(few))
    assert total(result, "at_home")[-1] == 2000
    assert result.values["stock"][-1].tolist()[1] > 150


def test_a_move_within_a_state_is_no_second_stay() -> None:
    """30 days from the entry on the second day, then the rest of 90 days in 180."""
    limits = (
        rule("first", "entry", "C", 1, days=30, window_days=180),
        rule("then", "entry", "C", 1, days=90, window_days=180, effective_from="2030-01-21"),
    )
    many = between_camps(*limits, rule("run", "border_run", "C", 1))
    many.n_days = 95
    many.tables["rules"].remove(OPEN)
    many.parameters |= {"renew_share": 1.0, "overstay_share": 1.0}
    result = run(read(many))
    assert sum(total(result, "onward")) > 1000
    overstaying = total(result, "stock_overstaying")
    assert not any(overstaying[:91])  # the first to enter came on the second day
    assert overstaying[92:] == total(result, "stock")[92:]


def test_who_has_to_leave_a_state_does_not_move_to_another_place_in_it() -> None:
    """At the end of their days a tenth stay on, however many camps the state has."""
    limit = rule("limit", "entry", "C", 1, days=10)
    many = between_camps(limit, base_returning_per_day=0.0)
    many.tables["rules"].remove(OPEN)
    many.parameters |= {"overstay_share": 0.1, "hazard_cap_per_day": 0.001, "again_per_day": 0.0}
    result = run(read(many))
    staying = total(result, "stock_overstaying")[-1]
    assert sum(total(result, "returned")) == 1000 - staying
    assert abs(staying - 100) < 4 * 90**0.5


LIMIT = rule("limit", "entry", "C", 1, days=2)
AMNESTY = rule("amnesty", "regularisation", "C", 0.5, effective_from="2030-01-11", delay_days=4)


def overstaying(*rules: dict[str, Any], **values: Any) -> dict[str, list[int]]:
    """1000 people who stay on after two days as visitors; measures of 60 days."""
    values = MOBILE | {"overstay_share": 1.0, "apply_per_day": 0.2, "grace_days": 5.0} | values
    many = made(LIMIT, *rules, people=1000, n_days=60, **values)
    many.parameters |= {"base_onward_per_day": 0.0}
    result = run(read(many))
    return {name: total(result, name) for name in result.values}


def test_an_amnesty_takes_applications_of_those_who_overstay() -> None:
    values = overstaying(AMNESTY)
    assert values["stock_overstaying"][9] == 1000
    assert sum(values["applied"][:10]) == 0
    # h = apply_per_day: by the end of day n after the start of the rule the share 1 - exp(-h n).
    for n in (1, 3, 6):
        chance = 1 - math.exp(-0.2 * n)
        applied = sum(values["applied"][: 10 + n])
        assert abs(applied - 1000 * chance) < 4 * math.sqrt(1000 * chance * (1 - chance)), n
    assert values["granted"][:14] == [0] * 14  # delay_days
    granted, rejected = sum(values["granted"]), sum(values["rejected"])
    assert granted + rejected >= 998
    assert abs(granted - 500) < 4 * math.sqrt(250)
    assert values["stock_permitted"][-1] == granted
    # Nobody who knows a rejection applies again; after the days of grace they overstay.
    assert sum(values["applied"]) == granted + rejected + values["stock_applicant"][-1]
    assert values["stock_overstaying"][-1] + values["stock_must_leave"][-1] >= rejected


def test_without_an_amnesty_nobody_who_overstays_applies() -> None:
    permit = rule("permit", "permit", "C", 1, effective_from="2030-01-11")
    for values in (overstaying(), overstaying(permit)):
        assert sum(values["applied"]) == 0
        assert values["stock_overstaying"][-1] == 1000


def test_an_amnesty_is_not_for_visitors_or_those_whom_it_does_not_select() -> None:
    long = rule("limit", "entry", "C", 1, days=300)
    assert sum(overstaying(AMNESTY, long | {"id": "long"})["applied"]) == 0
    women = AMNESTY | {"who": "sex=female"}
    quiet = MOBILE | {"overstay_share": 1.0, "base_onward_per_day": 0.0}
    many = made(LIMIT, women, people=400, n_days=40, apply_per_day=0.2, **quiet)
    many.tables["groups"] = [group("m", 0.5), group("w", 0.5, sex="female")]
    result = run(read(many))
    permitted, stock = total(result, "granted"), total(result, "stock")[-1]
    assert 0 < sum(permitted) < 0.4 * stock


def test_of_the_rejected_one_share_stays_on_after_the_days_of_grace() -> None:
    """Rejected people must leave: the share overstay_share stays, the others return."""
    values = overstaying(AMNESTY | {"value": 0.0}, overstay_share=0.5, base_returning_per_day=1e-9)
    assert sum(values["granted"]) == 0
    # Half stay on when the visit ends, and half of them when the days of grace end.
    assert abs(sum(values["returned"]) - 750) < 4 * math.sqrt(1000 * 0.25 * 0.75)


def test_a_claim_is_not_withdrawn_by_a_move_within_the_state() -> None:
    """Half of the claims are granted, however often the claimants move between its camps."""
    many = between_camps(rule("claims", "asylum", "C", 0.5, delay_days=20), asylum_share=1.0)
    many.parameters |= {"again_per_day": 0.0}
    result = run(read(many))
    lodged, granted, rejected, withdrawn = (
        sum(total(result, f"asylum_{m}")) for m in ("lodged", "granted", "rejected", "withdrawn")
    )
    assert sum(total(result, "onward")) > 1000
    assert (lodged, withdrawn, granted + rejected) == (1000, 0, 1000)
    assert abs(granted - 500) < 4 * 250**0.5


def test_a_claim_is_withdrawn_by_those_who_leave_the_state() -> None:
    many = between_camps(CLAIMS, asylum_share=1.0)
    many.tables["rules"] += [rule("way", "entry", "D", 1)]
    many.tables["places"] += [
        row(id="Y", name="Y", kind="crossing", country="D", exit_country="C", mode="road"),
        row(id="D", name="D", kind="country", country="D", living_cost_eur_per_month=500),
    ]
    many.tables["legs"] += [leg("K", "Y"), leg("Y", "D")]
    result = run(read(many))
    withdrawn, there = total(result, "asylum_withdrawn"), result.values["arrived"][:, 1]
    assert withdrawn[:-1] == there[1:].tolist()  # they arrive on the day after
    assert sum(withdrawn) > 500


def test_applications_are_granted_rejected_pending_or_withdrawn_by_those_who_return() -> None:
    """A decision takes 20 days; of the applicants the share 1 - exp(-0.05 * 20) returns before."""
    permit = rule("permit", "permit", "C", 0.5, delay_days=20)
    many = made(permit, people=1000, n_days=60, again_per_day=0.0, apply_per_day=0.2)
    many.parameters |= {"base_returning_per_day": 0.05, "hazard_cap_per_day": 0.5}
    result = run(read(many))
    files = ("applied", "granted", "rejected", "withdrawn")
    applied, granted, rejected, withdrawn = (np.cumsum(total(result, m)) for m in files)
    settled = granted + rejected + withdrawn
    np.testing.assert_array_equal(applied, settled + total(result, "stock_applicant"))
    assert total(result, "asylum_withdrawn") == [0] * 60
    assert near(int(withdrawn[-1]), int(applied[-1]), 1 - np.exp(-1))


def test_who_was_rejected_does_not_claim_again_at_the_border() -> None:
    """Each household claims once; those rejected come again as visitors."""
    claims = rule("claims", "asylum", "C", 0.5, delay_days=2)
    many = made(claims, people=1000, n_days=60, asylum_share=1.0, again_per_day=0.3, **MOBILE)
    many.parameters |= {"grace_days": 0.0, "prepare_days": 0.5}
    result = run(read(many))
    granted, rejected = (sum(total(result, f"asylum_{m}")) for m in ("granted", "rejected"))
    assert sum(total(result, "asylum_lodged")) == granted + rejected == 1000
    assert sum(total(result, "entered")) > 1000 + 0.9 * rejected
    assert abs(granted - 500) < 4 * 250**0.5
