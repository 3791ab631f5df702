"""Laws of accounts and borders, checked on every run of random worlds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawbook import Lawbook
from random_worlds import World, read, worlds
from same import counted, differences

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results import tables
from emigre.results.checks import WHERE_PEOPLE_ARE, check_population, check_statuses
from emigre.results.counts import Counts
from emigre.scenario.model import Scenario
from examples import examples

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

LARGEST_PARTY = 5
Person = dict[str, str]
ROUNDING = 1e-3  # of a person: capacities are fractions of a day times persons


@examples(60)
@given(worlds())
def test_every_run_of_every_world_keeps_the_laws(world: World) -> None:
    scenario = read(world)
    compiled = compile_scenario(scenario, by="group")
    counts = simulate(compiled, 1, 0)
    persons_are_conserved(counts, compiled.population)
    nobody_is_negative(counts)
    sums_and_parts_agree(counts)
    nobody_is_abroad_in_the_own_state(scenario, counts)
    recognises = "protection" in scenario.tables["rules"]["kind"]
    present = int(compiled.present.sum()) * compiled.scale
    stocks_change_by_their_flows(scenario, counts, present, recognises=recognises)
    claims_are_settled_pending_or_withdrawn(scenario, counts)
    rootedness_is_a_share_of_those_present(counts)
    the_published_table_balances(counts, compiled.population)
    beds_are_shared_out(scenario, counts)
    no_crossing_serves_more_than_it_can(scenario, counts)
    nobody_passes_against_a_rule(scenario, counts)
    no_ordinary_traveller_passes_against_a_rule(scenario, counts)
    categories_add_up(counts)


def persons_are_conserved(counts: Counts, population: int) -> None:
    total = sum(counts.values[m].sum(axis=1) for m in WHERE_PEOPLE_ARE)
    assert (total == population).all()


def nobody_is_negative(counts: Counts) -> None:
    assert [m for m, v in counts.values.items() if (v < 0).any()] == []
    hours, served = counts.means["wait_hours"]
    assert (served >= 0).all()
    assert (hours >= -ROUNDING).all()


def sums_and_parts_agree(counts: Counts) -> None:
    v = counts.values
    same = np.testing.assert_array_equal
    same(v["stock"], sum(v[f"stock_{s}"] for s in schema.statuses()))
    same(v["passages"], v["entered"] + v["entered_ordinary"])
    same(v["exited"], v["entered"] + v["refused_entry"])
    same(v["exited_ordinary"], v["entered_ordinary"])
    assert (v["asylum_claims"] <= v["entered"]).all()
    assert (v["in_need"] <= v["stock"]).all()
    for part, whole in (
        ("entered_transit", "entered"),
        ("joined", "arrived"),
        ("abroad", "stock"),
        ("abroad", "present"),
        ("asylum_granted", "granted"),
        ("asylum_rejected", "rejected"),
        ("asylum_pending", "stock_applicant"),
    ):
        assert (v[part] <= v[whole]).all(), part


def nobody_is_abroad_in_the_own_state(scenario: Scenario, counts: Counts) -> None:
    """All origins of these worlds lie in one state."""
    states = {r["id"]: r["country"] for r in scenario.tables["places"].to_dicts()}
    home = states[counts.places["origin"][0]]
    inside = np.array([states[d] == home for d in counts.places["country"]])
    v = counts.values
    np.testing.assert_array_equal(v["stock_displaced"], np.where(inside, v["stock"], 0))
    np.testing.assert_array_equal(v["abroad"], np.where(inside, 0, v["stock"]))


FILES = ("applied", "arrived", "granted", "rejected", "withdrawn", "stock_applicant")


def stocks_change_by_their_flows(
    scenario: Scenario, counts: Counts, present: int, *, recognises: bool
) -> None:
    """People abroad change by arrivals, by those who move on and by those who return."""
    v = {m: a.sum(axis=1) for m, a in counts.values.items()}
    grown = np.diff(v["stock"], prepend=present)
    np.testing.assert_array_equal(
        grown, v["arrived"] + v["turned_back"] - v["onward"] - v["returned"]
    )
    # Who arrives may be recognised at once (rule kind protection), without an application. A move
    # within a state keeps an application, so the places of a state are added up; those on the way
    # are in none.
    states = {r["id"]: r["country"] for r in scenario.tables["places"].to_dicts()}
    of = np.array([states[d] for d in counts.places["country"]])
    for state in set(of):
        here = {m: counts.values[m][:, of == state].sum(axis=1) for m in FILES}
        total = {m: a.cumsum(axis=0) for m, a in here.items()}
        lodged = total["applied"] + (total["arrived"] if recognises else 0)
        settled = total["granted"] + total["rejected"] + total["withdrawn"]
        assert (settled + here["stock_applicant"] <= lodged).all(), state
        known = settled + here["stock_applicant"] + v["travelling"] + v["waiting"]
        assert (known >= total["applied"]).all(), state


def claims_are_settled_pending_or_withdrawn(scenario: Scenario, counts: Counts) -> None:
    """People who claimed at the end of a day may be counted in the state on the next.

    A move within a state keeps a claim, so the places of a state are added up. Those on the way
    between two of them are in neither.
    """
    v = counts.values
    on_the_way = v["travelling"].sum(axis=1)
    done = ("asylum_granted", "asylum_rejected", "asylum_withdrawn")
    lodged = sum(v[m].cumsum(axis=0) for m in done) + v["asylum_pending"]
    states = {r["id"]: r["country"] for r in scenario.tables["places"].to_dicts()}
    of = np.array([states[d] for d in counts.places["country"]])
    at = np.array([states[x] for x in counts.places["crossing"]])
    for state in set(of):
        settled = lodged[:, of == state].sum(axis=1)
        claimed = v["asylum_claims"][:, at == state].sum(axis=1).cumsum()
        assert (settled <= claimed).all(), state
        assert (settled[1:] + on_the_way[1:] >= claimed[:-1]).all(), state


def rootedness_is_a_share_of_those_present(counts: Counts) -> None:
    total, weight = counts.means["rootedness"]
    days = np.arange(counts.n_days)[:, None]
    np.testing.assert_array_equal(weight, np.where(days % 28 == 0, counts.values["stock"], 0))
    assert (total >= 0).all()
    assert (total <= weight).all()


def the_published_table_balances(counts: Counts, population: int) -> None:
    daily = tables.daily(tables.Layout.of(counts), counts, 0)
    check_population(daily, population)
    check_statuses(daily)


def beds_are_shared_out(scenario: Scenario, counts: Counts) -> None:
    beds = {r["id"]: r["reception_beds"] or 0 for r in scenario.tables["places"].to_dicts()}
    capacity = np.array([beds[d] for d in counts.places["country"]])
    needy, used = counts.values["in_need"], counts.values["reception_beds_used"]
    np.testing.assert_array_equal(used, np.minimum(needy, capacity))
    np.testing.assert_array_equal(counts.values["unsheltered"], needy - used)


def no_crossing_serves_more_than_it_can(scenario: Scenario, counts: Counts) -> None:
    """Served are all who reached the check, admitted or refused. People whose class is not admitted
    turn round before the check. A party counts on the day on which its service ends; so over all
    days together the bound is strict, and a single day may exceed it by less than one party.
    """
    book = Lawbook(scenario)
    _, served = counts.means["wait_hours"]
    for i, crossing in enumerate(counts.places["crossing"]):
        capacity = np.array([book.capacity(crossing, d) for d in range(counts.n_days)])
        over = served[:, i] - capacity
        assert over.max() < LARGEST_PARTY, crossing
        finite = np.isfinite(capacity)
        # A day without a limit for a part of it is not finite; the party at the head may have been
        # served in the rest of it, and passes on the day after.
        carried = LARGEST_PARTY * (finite & ~np.r_[True, finite[:-1]])[finite].cumsum()
        bound = capacity[finite].cumsum() + carried + ROUNDING
        assert (served[finite, i].cumsum() <= bound).all(), crossing
        through = counts.values["entered"] - counts.values["asylum_claims"]
        through = through + counts.values["entered_ordinary"]
        assert (through[:, i] <= served[:, i]).all()


def nobody_passes_against_a_rule(scenario: Scenario, counts: Counts) -> None:
    """Everybody who crossed was in a group that a rule let out, and admitted, at some moment that
    day."""
    book = Lawbook(scenario)
    people = scenario.tables["groups"].to_dicts()
    by = counts.by
    assert by is not None
    names = list(schema.measures())
    passed: dict[tuple[int, int, int], dict[str, int]] = {}
    for day, measure, place, category, value in zip(
        by.day, by.measure, by.place, by.category, by.value, strict=True
    ):
        name = names[measure]
        if name == "applied":
            asks_where_a_rule_lets_it(book, counts.places["country"][place], people[category], day)
        if name in ("entered", "asylum_claims", "exited"):
            passed.setdefault((day, place, category), {})[name] = int(value)
    for (day, place, category), flows in passed.items():
        crossing = counts.places["crossing"][place]
        person = people[category]
        assert person["id"] == by.categories[category]
        assert book.capacity(crossing, day) > 0, "through a closed crossing"
        assert book.ever("exit", crossing, person, day, 1.0), "against an exit rule"
        if flows.get("entered", 0) > flows.get("asylum_claims", 0):
            assert book.ever("entry", crossing, person, day, 0.0), "against an entry rule"
        if flows.get("asylum_claims"):
            country = book.places[crossing]["country"]
            claims = book.day("asylum", country, person, day, -1.0)
            assert any(value >= 0 for _, value in claims), "a claim where none is taken"


def asks_where_a_rule_lets_it(book: Lawbook, country: str, person: Person, day: int) -> None:
    """A permit, renewal or regularisation that day, or a claim that day or the day before."""
    asked = [(kind, day) for kind in ("permit", "renewal", "regularisation", "asylum")]
    asked.append(("asylum", day - 1))
    said = [value for kind, d in asked for _, value in book.day(kind, country, person, d, -1.0)]
    assert any(value >= 0 for value in said), "an application where none is taken"


def no_ordinary_traveller_passes_against_a_rule(scenario: Scenario, counts: Counts) -> None:
    book = Lawbook(scenario)
    kinds: dict[str, list[dict[str, str]]] = {}
    for r in scenario.tables["traffic"].to_dicts():
        kinds.setdefault(r["crossing"], []).append(r)
    through = counts.values["entered_ordinary"]
    for day, place in zip(*np.nonzero(through), strict=True):
        crossing = counts.places["crossing"][place]
        # Who came on an earlier day may pass today: only today's rules matter.
        passed = [
            book.ever("entry", crossing, k, day, 0.0) and book.ever("exit", crossing, k, day, 1.0)
            for k in kinds.get(crossing, [])
        ]
        assert any(passed)
        assert book.capacity(crossing, day) > 0


def categories_add_up(counts: Counts) -> None:
    by = counts.by
    assert by is not None
    names = list(schema.measures())
    again = {m: np.zeros_like(v) for m, v in counts.values.items()}
    for m, name in enumerate(names):
        of = by.measure == m
        if name in again:
            np.add.at(again[name], (by.day[of], by.place[of]), by.value[of])
    for name, values in again.items():
        np.testing.assert_array_equal(values, counts.values[name], err_msg=name)


@examples(30)
@given(worlds(), st.sampled_from(["group", "document", "status", "party_size"]))
def test_accounts_by_category_add_up_and_change_nothing(world: World, by: str) -> None:
    scenario = read(world)
    split = counted(scenario, by=by)
    assert differences(counted(scenario), split) == []
    categories_add_up(split)
