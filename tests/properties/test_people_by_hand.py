"""Hand-made worlds in which the number who live, leave and return is known."""

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from random_worlds import World, read, row

from emigre.engine.build import Compiled, compile_scenario
from emigre.engine.conditions import Outlook, reference_access
from emigre.engine.ledger import Ledger
from emigre.engine.rates import first_day
from emigre.engine.simulate import simulate
from emigre.ensemble.plan import make_plan
from emigre.errors import InputError
from emigre.processes.arrays import MAX_SIZE
from emigre.results.counts import Counts
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

QUIET = {"base_returning_per_day": 0.0, "base_onward_per_day": 0.0, "joining_per_day": 0.0}


def origin(name: str, population: int) -> dict[str, Any]:
    return row(id=name, name=name, kind="origin", country="HOME", population=population)


def group(name: str, share: float, **cells: Any) -> dict[str, Any]:
    words = {"nationality": "HH", "sex": "male", "age_band": "old", "occupation": "other"}
    words |= {"minority": "no", "education": "other", "openness": "quiet", "means": "low"}
    return row(id=name, share=share, document="passport", savings_eur=1000, **words | cells)


def world(populations: dict[str, int], n_days: int = 5, **tables: list[dict[str, Any]]) -> World:
    """Origins, one crossing X and one country C, which lets everybody in."""
    places = [
        *(origin(name, people) for name, people in populations.items()),
        row(id="X", name="X", kind="crossing", country="C", exit_country="HOME", mode="road"),
        row(id="C", name="C", kind="country", country="C", living_cost_eur_per_month=500),
    ]
    starts = [*((name, "X") for name in populations), ("X", "C")]
    legs = [
        {"from": a, "to": b, "mode": "road", "km": 1, "hours": 0.1, "fare_eur": 0}
        for a, b in starts
    ]
    rule = row(id="open", kind="entry", place="*", nationality="*", document="*", value=1)
    made = {"places": places, "legs": [row(**leg) for leg in legs], "rules": [rule]}
    return World(
        n_days, date(2030, 1, 1), "UTC", dict(QUIET), made | {"groups": [group("g", 1)]} | tables
    )


def leaving(place: str, *persons: int) -> list[dict[str, Any]]:
    """Departures of a place, from the second day on."""
    days = (date(2030, 1, 2) + timedelta(days=i) for i in range(len(persons)))
    rows = zip(days, persons, strict=True)
    return [{"origin": place, "date": str(d), "persons": n, "source": "invented"} for d, n in rows]


def people_by_group(plan: Compiled) -> list[int]:
    homes = (plan.cohorts.homes * np.arange(1, MAX_SIZE + 1)).sum(axis=1)
    return np.bincount(plan.cohorts.row.group, homes, len(plan.index.groups)).astype(int).tolist()


def run(scenario: Scenario, scale: int = 1) -> Counts:
    return simulate(compile_scenario(scenario, scale=scale), 1, 0)


def test_nothing_at_home_depends_on_the_order_of_rows() -> None:
    made = world({f"o{i}": 7 + i for i in range(12)})
    made.tables["groups"] = [
        group("b", 0.03),
        group("a", 0.3, size_1=0.5, size_2=0.5),
        group("c", 0.67),
    ]
    turned = World(made.n_days, made.start, "UTC", made.parameters, dict(made.tables))
    for name in ("groups", "places"):
        turned.tables[name] = made.tables[name][::-1]
    homes = []
    for each in (made, turned):
        plan = compile_scenario(read(each))
        cohorts = plan.cohorts
        homes.append(
            {int(i): h.tolist() for i, h in zip(cohorts.row.id, cohorts.homes, strict=True)}
        )
        assert plan.population == sum(range(7, 19))
    assert homes[0] == homes[1]


def test_a_rare_group_of_villages_exists() -> None:
    made = world({f"o{i}": 100 for i in range(50)})
    made.tables["groups"] = [group("none", 0), group("rare", 0.004), group("rest", 0.996)]
    assert people_by_group(compile_scenario(read(made))) == [0, 20, 4980]


def test_without_pressures_people_leave_at_the_base_rate() -> None:
    made = world({"A": 1000}, groups=[group("g", 0.5), group("h", 0.5)])
    made.parameters["base_leaving_per_day"] = 0.02
    plan = compile_scenario(read(made))
    assert Outlook(plan).conditions_on(0, Ledger(plan)).departure_multiplier.tolist() == [
        [1.0, 1.0]
    ]
    assert first_day(plan)[0] == pytest.approx(1000 * -math.expm1(-0.02))


def test_the_diaspora_of_a_nationality_attracts_its_groups() -> None:
    """Odds of the two countries are those of 1 + diaspora; without one, that of the scenario."""
    names = {"h": "HH", "k": "KK", "z": "ZZ"}
    made = world(
        {"A": 30_000}, 2, groups=[group(g, 1 / 3, nationality=n) for g, n in names.items()]
    )
    made.tables["places"] += [
        row(id="Y", name="Y", kind="crossing", country="D", exit_country="HOME", mode="road"),
        row(id="D", name="D", kind="country", country="D", living_cost_eur_per_month=500),
    ]
    legs = ({"from": a, "to": b, "mode": "road", "km": 1} for a, b in (("A", "Y"), ("Y", "D")))
    made.tables["legs"] += [row(hours=0.1, fare_eur=0, **leg) for leg in legs]
    made.tables["diaspora"] = [
        row(country="C", nationality="HH", persons=3),
        row(country="D", nationality="KK", persons=4),
    ]
    made.parameters |= {"network_weight": 1.0, "base_leaving_per_day": 0.1, "prepare_days": 0.1}
    plan = compile_scenario(read(made), by="nationality")
    today = Outlook(plan).conditions_on(0, Ledger(plan))
    classes = plan.world.groups.outlook[np.arange(3)]
    odds = np.exp(today.attraction[classes, 0] - today.attraction[classes, 1])
    assert dict(zip([g["id"] for g in plan.index.groups], odds, strict=True)) == pytest.approx(
        {"h": 4.0, "k": 1 / 5, "z": 4.0}, rel=1e-9
    )
    first = simulate(plan, 1, 0).values["arrived"][0]
    share = (2 * 4 / 5 + 1 / 6) / 3
    assert abs(first[0] / first.sum() - share) < 4 * math.sqrt(share * (1 - share) / first.sum())


def test_departures_that_are_given_fall_on_their_day_without_any_hazard() -> None:
    made = world({"A": 1000, "B": 500}, departures=leaving("A", 100, 0, 30))
    made.parameters["base_leaving_per_day"] = 0.0
    made.parameters["prepare_days"] = 300
    result = run(read(made))
    for measure in ("decided", "departed"):
        assert result.values[measure].tolist() == [[0, 0], [100, 0], [0, 0], [30, 0], [0, 0]]
    assert not result.values["departures_missing"].any()


def test_departures_that_are_given_fall_on_their_day_in_households_of_several_sizes() -> None:
    """A shortfall is not made up for on days without departures, nor is an excess."""
    mixed = [group("g", 1, size_1=0.5, size_4=0.5)]
    made = world({"A": 2000}, departures=leaving("A", 200, 0, 0), groups=mixed)
    plan = compile_scenario(read(made))
    days = np.array([simulate(plan, 1, i).values["departed"][:, 0] for i in range(60)])
    assert not days[:, [0, 2, 3, 4]].any()
    left = days[:, 1]
    assert abs(left.mean() - 200.0) < 4.0 * left.std() / math.sqrt(left.size)
    assert left.std() > 5.0


def test_departures_that_cannot_be_met_are_counted() -> None:
    # Of every household of two one person goes: 50 can leave, and 80 should.
    alone = [group("g", 1, size_1=0, size_2=1, moves_whole=0)]
    made = world({"A": 60, "B": 40}, departures=leaving("*", 30, 30, 20), groups=alone)
    result = run(read(made))
    assert result.values["departed"].sum(axis=1).tolist() == [0, 30, 20, 0, 0]
    missing = result.values["departures_missing"]
    assert missing.sum(axis=1).tolist() == [0, 0, 10, 30, 30]
    assert missing[-1].tolist() == [18, 12]


@pytest.mark.parametrize("scale", [1, 1000])
def test_people_come_back_to_where_they_came_from_at_any_scale(scale: int) -> None:
    present = [row(place="C", origin="B", persons=300 * scale)]
    made = world({"A": 1000, "B": 300}, 10, present=present)
    made.parameters["base_returning_per_day"] = 0.03
    made.parameters["base_leaving_per_day"] = 0.0
    plan = compile_scenario(read(made), scale=scale)
    origins = plan.cohorts.row.origin
    assert plan.typical_homes[origins == 1].sum() > 0
    result = simulate(plan, 1, 0).values["returned"].sum(axis=0)
    assert result[0] == 0
    assert result[1] > 0


def test_people_present_are_spread_by_population_at_any_scale() -> None:
    made = world({"A": 700, "B": 300}, present=[row(place="C", origin="*", persons=10_000)])
    for scale in (1, 100, 1000):
        plan = compile_scenario(read(made), scale=scale)
        assert (plan.present[:, 0] * scale).tolist() == [7000, 3000]


def test_nobody_is_made_like_the_people_of_an_empty_origin() -> None:
    made = read(world({"A": 10, "B": 10}, present=[row(place="C", origin="B", persons=5)]))
    with pytest.raises(InputError, match=r"present\.csv"):
        made.set({"places.B.population": 0.0})


def test_values_that_break_a_margin_are_refused() -> None:
    share = [row(origin="A", attribute="sex", value="male", share=0.5)]
    groups = [group("m", 0.5), group("f", 0.5, sex="female")]
    made = read(world({"A": 10}, composition=share, groups=groups))
    assert people_by_group(compile_scenario(made)) == [5, 5]
    with pytest.raises(InputError, match=r"composition\.csv"):
        compile_scenario(made.set({"groups.f.share": 0.0}))


@pytest.mark.parametrize("scale", [10_001, 10**6])
def test_a_scale_above_the_population_is_refused(scale: int) -> None:
    made = read(world({"A": 6000, "B": 4000}))
    for refuse in (
        lambda: make_plan([made], runs=1, seed=1, scale=scale),
        lambda: compile_scenario(made, scale=scale),
    ):
        with pytest.raises(InputError, match=r"scale: .* at most 10000, "):
            refuse()
    assert compile_scenario(made, scale=10_000).population == 10_000


def test_access_is_compared_with_the_first_day_of_the_scenario(tmp_path: Any) -> None:
    # The crossing opens on the third day: access is better then than on the first.
    made = world({"A": 10_000}, 6)
    made.tables["rules"][0] |= {"effective_from": "2030-01-03"}
    air = {"from": "A", "to": "C", "mode": "air", "km": 3000, "hours": 30, "fare_eur": 900}
    made.tables["legs"].append(row(**air))
    made.parameters |= {"base_leaving_per_day": 0.001, "access_weight": 1.0}
    whole = read(made)
    later = replace(whole, start=date(2030, 1, 4))
    plan, part = compile_scenario(whole), compile_scenario(later)
    assert plan.reference is None
    assert part.reference is not None
    today = Outlook(part).conditions_on(0, Ledger(part))
    first = Outlook(plan).conditions_on(0, Ledger(plan))
    assert reference_access(part, today) == reference_access(plan, first)
    # P(decide) = 1 - exp(-base exp(A - A_0)) on the same day, whichever day the run begins.
    gain = float(today.access[0, 0]) - float(first.access[0, 0])
    assert gain > 0.5
    expected = 10_000 * -np.expm1(-0.001 * np.exp(gain))
    assert first_day(part)[0] == pytest.approx(expected, rel=1e-9)


def test_the_day_of_reference_is_kept_in_a_folder(tmp_path: Any) -> None:
    from emigre.scenario.writer import scenario_files

    whole, later = load("tiny"), load("tiny", start="2030-03-20")
    assert later.reference == whole.start == whole.reference
    assert later.hash != replace(whole, start=later.start, reference=later.start).hash
    for name, text in scenario_files(later).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = load(tmp_path)
    assert (again.reference, again.hash) == (later.reference, later.hash)
