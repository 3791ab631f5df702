"""Each branch of life abroad against its closed form: probabilities, amounts, places."""

import math

import numpy as np
import pytest
from small_world import DAY, ONE, RETURNS, STAYS, alone, make_counter, set_route, weigh

from emigre.numerics.random import ENTRY_CHECK, EXIT_CHECK
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    ASYLUM,
    BY_STATUS,
    DISPLACED,
    MUST_LEAVE,
    NEVER,
    PERMIT,
    PERMITTED,
    PROTECTED,
    RENEWAL,
    RETURNED,
    TO_CROSSING,
    TO_END,
    TRAPPED,
    TRAVELLING,
    VISITOR,
    measure_index,
)
from emigre.processes.arrivals import reach_destination
from emigre.processes.border_checks import check_party, number_at, reach_crossing
from emigre.processes.journeys import passes_arrival_check, set_out
from emigre.processes.legal_status import RENEWED, STAYS_ON, at_status_end, decide
from emigre.processes.livelihood import spend, split_funds, update_all_funds, update_funds
from emigre.processes.onward_return import (
    go_home,
    hazards,
    leave_after_status_end,
    live_abroad,
    move_on,
)
from tolerances import is_closed_form, is_share

C, O_, X = (measure_index(kind) for kind in ("country", "origin", "crossing"))


def live(w, p=ONE, prm=RETURNS):
    live_abroad(w.using(returns=prm).now, w.people, p)


# --- the end of a status -----------------------------------------------------------------------


@pytest.mark.parametrize("run", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize(("want", "overstay"), [(1.0, 0.3), (0.6, 0.3), (0.6, 0.8)])
def test_of_those_who_do_not_renew_one_share_stays_on(run, want, overstay):
    n = 2500
    w = alone(n)
    w.today.law.border_run[:], w.today.entry_share[:], w.today.entry_days[:] = run, 1.0, 90
    w.today.entry_window[:] = 0
    prm = STAYS._replace(renew_share=want, overstay_share=overstay)
    w.using(stays=prm)
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    assert is_share(found.count(RENEWED) / n, want * run, n)
    assert is_share(found.count(STAYS_ON) / n, overstay * (1 - want * run), n)


@pytest.mark.parametrize("shut", ["entry", "window"])
def test_a_border_run_that_gives_no_days_renews_nothing(shut):
    n = 2000
    w = alone(n, visited_from=0)
    w.today.law.border_run[:], w.today.entry_days[:] = 0.5, 30
    w.today.entry_share[:] = 0.0 if shut == "entry" else 1.0
    w.today.entry_window[:] = 180 if shut == "window" else 0
    prm = STAYS._replace(renew_share=0.7, overstay_share=0.3)
    w.using(stays=prm)
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    assert found.count(RENEWED) == 0
    assert is_share(found.count(STAYS_ON) / n, 0.3, n)


@pytest.mark.parametrize("status", [PERMITTED, MUST_LEAVE])
@pytest.mark.parametrize("rule", ["renewal_share", "permit_share"])
def test_holders_of_a_permit_renew_with_the_chance_they_want_to(status, rule):
    n = 2000
    w = alone(n, status=status)
    w.today.law[rule][:] = 0.5
    renews = 0.7 if status == PERMITTED else 0.0
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    assert is_share(found.count(RENEWED) / n, renews, n)
    assert is_share(found.count(STAYS_ON) / n, 0.4 * (1 - renews), n)
    assert (w.parties.row.status == APPLICANT).sum() == found.count(RENEWED)


def renewing(w, n: int) -> list[bool]:
    return [at_status_end(w.now, w.people, np.int32(p)) == RENEWED for p in range(n)]


def test_after_many_ends_the_share_is_left_and_not_its_power():
    n = 2000
    w = alone(n)
    w.using(stays=STAYS._replace(renew_share=0.8, overstay_share=0.0))
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = 1.0, 30, 0
    w.today.law.border_run[:] = 1.0
    first = renewing(w, n)
    assert is_share(np.mean(first), 0.8, n)
    for k in range(1, 5):
        w.on(DAY + 30 * k)
        assert renewing(w, n) == first
    w.today.law.border_run[:] = 0.5  # a part of the same households
    fewer = renewing(w, n)
    assert is_share(np.mean(fewer), 0.4, n)
    assert not any(np.array(fewer) & ~np.array(first))
    w.parties.row.place[:] = 1  # elsewhere they have another number
    assert is_share(np.mean(np.array(renewing(w, n)) & fewer), 0.4 * 0.4, n)


@pytest.mark.parametrize("claim", [PERMIT, ASYLUM, RENEWAL])
def test_an_application_under_the_same_share_has_the_same_result(claim):
    n = 1000
    w = alone(n, grant_days=200)
    row = w.parties.row

    def granted(day: int, kind: int, share: float):
        w.on(day)
        row.status[:], row.claim[:], row.grant[:] = APPLICANT, kind, share
        for p in range(n):
            decide(w.now, w.people, np.int32(p))
        return np.isin(row.status, (PERMITTED, PROTECTED))

    first = granted(DAY, claim, 0.6)
    assert is_share(first.mean(), 0.6, n)
    assert (granted(DAY + 365, claim, 0.6) == first).all()
    assert (granted(DAY + 366, claim, 0.4) <= first).all()
    other = granted(DAY + 367, PERMIT if claim == ASYLUM else ASYLUM, 0.6)
    assert is_share((other & first).mean(), 0.36, n)


def test_a_permit_that_is_not_renewed_leaves_days_of_grace_before_anybody_overstays():
    n = 2000
    w = alone(n, status=PERMITTED)
    w.today.law.grace[:] = 14
    w.using(stays=STAYS._replace(renew_share=0.7, overstay_share=0.3))
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    row = w.parties.row
    assert found == [RENEWED] * n
    assert (row.status == MUST_LEAVE).all()
    assert (row.status_ends == DAY + 14).all()
    w.on(DAY + 14)
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    assert is_share(found.count(STAYS_ON) / n, 0.3, n)
    assert found.count(RENEWED) == 0


@pytest.mark.parametrize("claim", [PERMIT, ASYLUM])
def test_applications_are_granted_with_the_share_of_their_rule(claim):
    n = 2500
    w = alone(n, status=APPLICANT, claim=claim, grant=0.35, grant_days=200, decision=DAY)
    w.today.law.grace[:] = 14
    for p in range(n):
        decide(w.now, w.people, np.int32(p))
    row = w.parties.row
    granted = row.status_ends == DAY + 200
    assert is_share(granted.mean(), 0.35, n)
    assert w.accounts.country[C["granted"]].sum() == granted.sum()
    assert w.accounts.country[C["rejected"]].sum() == n - granted.sum()
    # A visitor with days left stays a visitor; a party that claimed asylum has the days of grace.
    rejected = (VISITOR, 90) if claim == PERMIT else (MUST_LEAVE, DAY + 14)
    assert set(zip(row.status[~granted], row.status_ends[~granted], strict=True)) == {rejected}


def test_parties_that_must_leave_move_on_or_return_by_the_ratio_of_the_hazards():
    n = 2500
    w = alone(n, roots=500.0)
    w.ways.crossings[:] = -1
    w.ways.routes.check[:] = 0
    weigh(w, w.today)
    w.using(returns=RETURNS._replace(base_onward_per_day=0.004, base_returning_per_day=0.003))
    gain = 0.3 * (w.today.access[0, w.world.n_origins] - w.today.attraction[0, 0])
    on = 0.004 * math.exp(gain)
    home = 0.003 * w.world.groups.returning[0] * math.exp(w.today.return_log_hazard[0, 0])
    for p in range(n):
        leave_after_status_end(w.now, w.people, np.int32(p))
    assert is_share((w.parties.row.state == TRAVELLING).mean(), on / (on + home), n)
    assert ((w.parties.row.state == TRAVELLING) | (w.parties.row.state == RETURNED)).all()


# --- numbers that are not used twice -----------------------------------------------------------


def test_two_checks_on_a_day_are_two_numbers():
    n = 4000
    w = alone(n)
    ids = w.world.crossings.id[:2]
    for purpose in (EXIT_CHECK, ENTRY_CHECK):
        u = np.array(
            [[number_at(w.now, w.people, p, place, purpose, 7) for place in ids] for p in range(n)]
        )
        assert is_share((u < 0.5).all(axis=1).mean(), 0.25, n)
        assert is_share((u[u[:, 0] >= 0.5, 1] < 0.5).mean(), 0.5, int((u[:, 0] >= 0.5).sum()))


def test_two_arrivals_on_a_day_are_judged_apart():
    n = 4000
    w = alone(n, visited=-1)
    w.today.entry_share[:], w.today.entry_days[:] = 0.5, 90
    w.ways.routes.check[:] = 1
    routes = w.ways.routes.destination[w.ways.row.route]
    passed = []
    for d in (0, 1):
        w.parties.row.way = np.flatnonzero(routes == d)[0]
        passed.append([passes_arrival_check(w.now, w.people, np.int32(p)) for p in range(n)])
    assert is_share(np.logical_and(*passed).mean(), 0.25, n)


# --- nobody changes place without a flow --------------------------------------------------------


def refuse(w, stage: int, *, entered: int = -1, at_first: bool = False) -> None:
    """The only party comes to a crossing that admits nobody, and there is no other way."""
    w.ways.crossings[:] = 0, 1
    row = w.parties.row
    row.way, row.stage, row.state, row.at = 0, stage, TRAVELLING, DAY + 0.3
    w.today.route_utility[:] = -np.inf
    w.today.law.asylum_share[:] = -1.0
    tally(w.now, w.people, ONE, 1)
    if entered >= 0:
        row.last_country = entered
    rules = make_counter()
    rules.entry_share[:] = 0.0
    if at_first:  # at the head of the queue, not before it
        check_party(w.now, w.people, rules, ONE, 0, DAY + 0.3)
    else:
        reach_crossing(w.now, w.people, rules, ONE)
    if row.state[0] == TRAVELLING:
        assert (row.stage[0], w.parties.due[0]) == (TO_END, DAY)
        reach_destination(w.now, w.people, ONE)


@pytest.mark.parametrize("at_first", [False, True])
def test_a_party_without_a_route_stays_in_the_country_with_its_status(at_first):
    w = alone(status=PERMITTED, status_ends=77, roots=120.0, works=1, visited_from=5)
    tally(w.now, w.people, ONE, 1)
    tally(w.now, w.people, ONE, -1)
    assert move_on(w.on(DAY - 1).now, w.people, ONE)
    w.on(DAY)
    refuse(w, TO_CROSSING, at_first=at_first)
    row = w.parties.row[0]
    assert (row.state, row.place, row.status, row.status_ends) == (ABROAD, 0, PERMITTED, 77)
    assert (row.roots, row.visited_from, row.visited_to) == (120.0, 5, NEVER)
    flows = {n: w.accounts.country[C[n], 0].sum() for n in ("onward", "turned_back", "arrived")}
    assert flows == {"onward": 1, "turned_back": 1, "arrived": 0}
    assert w.accounts.country[C["stock_permitted"], 0].sum() == 1
    assert w.accounts.origin[O_["trapped"]].sum() == 0
    assert w.accounts.origin[O_["travelling"]].sum() == 0


def test_who_comes_to_a_crossing_after_a_leg_has_closed_takes_another_way():
    for others in (0.0, -np.inf):
        w = alone(state=TRAVELLING, stage=TO_CROSSING, way=0, last_country=1, not_before=0)
        w.parties.row.at = DAY + 0.3
        w.ways.crossings[:] = 0, 1
        set_route(w.ways, 0, (0, -1), 2, 0)  # no other way leads on like it
        w.today.route_utility[:] = 0.0
        w.today.way_utility[:], w.today.way_utility[:, 0] = others, -np.inf
        tally(w.now, w.people, ONE, 1)
        reach_crossing(w.now, w.people, make_counter(), ONE)
        row = w.parties.row[0]
        start = w.world.n_origins  # at crossing 0
        if others == 0.0:
            assert (row.state, row.start) == (TRAVELLING, start)
            assert w.ways.first[start] <= row.way < w.ways.first[start + 1]
        else:  # it stays in the country in which it stands
            assert (row.way, row.place, row.stage) == (-1, 1, TO_END)
        flows = ("refused_exit", "refused_entry", "exited", "entered")
        assert [w.accounts.crossing[X[name]].sum() for name in flows] == [0] * 4


def test_a_full_camp_without_a_way_on_restores_the_stay():
    w = alone(
        status=PERMITTED, status_ends=77, last_country=0, state=TRAVELLING, stage=TO_END, way=0
    )
    w.parties.row.at = DAY + 0.3
    set_route(w.ways, 0, (-1, -1), 1, 0)
    w.today.free[:], w.today.route_utility[:] = (9.0, 0.0, 9.0), -np.inf
    tally(w.now, w.people, ONE, 1)
    reach_destination(w.now, w.people, ONE)
    row = w.parties.row[0]
    assert (row.state, row.place, row.status, row.status_ends) == (ABROAD, 0, PERMITTED, 77)
    assert w.today.free.tolist() == [8.0, 0.0, 9.0]


def test_a_country_that_was_left_and_entered_again_is_a_new_stay():
    """On the way to another country, which admits nobody; the permit has ended."""
    w = alone(status=PERMITTED, status_ends=DAY - 1, visited_from=5, visited_to=DAY - 4)
    w.parties.row.admitted, w.parties.row.stay_days = DAY, 30
    refuse(w, TO_CROSSING + 1, entered=0)
    row = w.parties.row[0]
    assert (row.place, row.status, row.status_ends) == (0, VISITOR, DAY + 30)
    assert (row.visited_from, row.visited_to) == (DAY, NEVER)
    assert w.accounts.country[C["arrived"], 0].sum() == 1
    assert w.accounts.country[C["turned_back"]].sum() == 0


def test_a_return_to_the_own_camp_takes_a_place_even_if_none_is_free():
    w = alone(status=PERMITTED, status_ends=77, place=1, visited=1, last_country=1)
    w.today.free[:] = 9.0, 0.0, 9.0
    refuse(w, TO_CROSSING)
    row = w.parties.row[0]
    assert (row.state, row.place, row.status) == (ABROAD, 1, PERMITTED)
    assert w.today.free.tolist() == [9.0, -1.0, 9.0]


def test_a_party_stuck_on_the_way_stays_as_a_visitor_where_it_was_admitted():
    w = alone(status=PERMITTED, admitted=DAY - 2, stay_days=30, last_country=0)
    refuse(w, TO_CROSSING + 1, entered=1)
    row = w.parties.row[0]
    assert (row.state, row.place, row.status, row.status_ends) == (ABROAD, 1, VISITOR, DAY + 28)
    assert row.visited_from == DAY - 2
    assert w.accounts.country[C["arrived"], 1].sum() == 1
    assert w.accounts.country[C["turned_back"]].sum() == 0


def test_a_party_that_has_not_left_its_country_is_trapped_at_home():
    w = alone(visited=-1)
    refuse(w, TO_CROSSING)
    assert w.parties.row.state[0] == TRAPPED
    assert w.accounts.origin[O_["trapped"], 0].sum() == 1


def test_a_claim_withdrawn_by_moving_on_is_not_taken_up_again():
    w = alone(status=APPLICANT, claim=ASYLUM, decision=60, status_ends=DAY - 5)
    w.today.law.grace[:] = 14
    assert move_on(w.now, w.people, ONE)
    refuse(w, TO_CROSSING)
    row = w.parties.row[0]
    assert (row.place, row.status, row.claim, row.decision) == (0, MUST_LEAVE, 0, NEVER)
    assert row.status_ends == DAY + 14
    assert w.accounts.country[C["asylum_withdrawn"], 0].sum() == 1
    assert w.accounts.country[C["asylum_pending"]].sum() == 0


# --- flows by category --------------------------------------------------------------------------


def by_category(w, kind: str, measure: str) -> list[int]:
    return (
        getattr(w.accounts, kind)[{"country": C, "origin": O_, "crossing": X}[kind][measure]]
        .sum(axis=0)
        .tolist()
    )


def only(status: int) -> list[int]:
    return [int(k == status + 1) for k in range(8)]


@pytest.mark.parametrize("event", ["onward", "returned"])
@pytest.mark.parametrize("status", [VISITOR, APPLICANT, PERMITTED, MUST_LEAVE, DISPLACED])
def test_leaving_counts_under_the_status_of_the_stay_that_ends(event, status):
    w = alone(by=BY_STATUS, status=status, claim=ASYLUM if status == APPLICANT else 0)
    if event == "onward":
        assert move_on(w.now, w.people, ONE)
    else:
        go_home(w.now, w.people, ONE)
    assert by_category(w, "country" if event == "onward" else "origin", event) == only(status)
    for flow in ("withdrawn", "asylum_withdrawn"):
        withdrawn = by_category(w, "country", flow)
        assert withdrawn == (only(APPLICANT) if status == APPLICANT else [0] * 8)


def test_every_other_flow_counts_under_what_the_party_was_before():
    w = alone(by=BY_STATUS, state=TRAVELLING, way=-1, claim=ASYLUM, place=1, stay_days=0)
    tally(w.now, w.people, ONE, 1)
    reach_destination(w.now, w.people, ONE)
    assert by_category(w, "country", "arrived") == only(-1)  # not abroad yet
    assert by_category(w, "country", "applied") == only(VISITOR)
    assert by_category(w, "country", "asylum_pending") == only(APPLICANT)
    w.on(200)
    w.parties.row.grant = 1.0
    live(w, prm=RETURNS._replace(base_returning_per_day=0.0, base_onward_per_day=0.0))
    for measure in ("granted", "asylum_granted"):
        assert by_category(w, "country", measure) == only(APPLICANT)
    w = alone(by=BY_STATUS, status=PERMITTED, status_ends=DAY)
    w.today.law.renewal_share[:] = 0.5
    w.using(stays=STAYS._replace(renew_share=1.0))
    assert at_status_end(w.now, w.people, ONE) == RENEWED
    assert by_category(w, "country", "applied") == only(PERMITTED)


def test_who_sets_out_or_is_turned_back_is_not_abroad():
    w = alone(by=BY_STATUS, state=1, way=0, visited=-1)
    tally(w.now, w.people, ONE, 1)
    w.today.access[:], w.today.route_utility[:] = 0.0, 0.0
    set_out(w.now, w.people, ONE)
    assert by_category(w, "origin", "departed") == only(-1)
    w = alone(by=BY_STATUS, status=PERMITTED, last_country=0)
    refuse(w, TO_CROSSING)
    assert by_category(w, "country", "turned_back") == only(-1)


# --- money ---------------------------------------------------------------------------------------


def abroad_on(w, day: int, reach: float) -> None:
    """Payment rules let a share through from a day on."""
    w.on(day)
    w.today.law.accessible_share[:] = reach
    update_all_funds(w.now, w.people, 1)


def test_locked_money_is_not_spent_and_need_ends_when_payments_reopen():
    w = alone(funds=900.0, candidate=NEVER)  # 40 euro a day
    tally(w.now, w.people, ONE, 1)
    row = w.parties.row
    abroad_on(w, 45, 0.5)  # 200 are spent, 350 are locked
    assert (row.funds[0], row.locked[0]) == (350.0, 350.0)
    assert row.need[0] == 45 + math.ceil(350 / 40)
    w.on(54)
    live(w)
    assert row.in_need[0] == 1
    assert w.accounts.country[C["in_need"], 0].sum() == 1
    abroad_on(w, 80, 1.0)
    assert (row.in_need[0], row.funds[0], row.locked[0]) == (0, 350.0, 0.0)
    assert row.need[0] == 80 + math.ceil(350 / 40)
    assert w.parties.due[0] <= row.need[0]
    assert w.accounts.country[C["in_need"], 0].sum() == 0


def test_nothing_is_spent_while_nothing_is_within_reach():
    w = alone(funds=900.0, in_need=1, need=DAY)
    row = w.parties.row
    abroad_on(w, DAY, 0.0)
    assert (row.in_need[0], row.funds[0], row.locked[0]) == (1, 0.0, 900.0)
    w.on(100)
    spend(w.now, w.people, ONE)
    assert (row.funds[0], row.locked[0]) == (0.0, 900.0)
    abroad_on(w, 120, 0.25)
    assert (row.in_need[0], row.funds[0], row.locked[0]) == (0, 225.0, 675.0)


def test_need_ends_when_income_comes_through_again():
    w = alone(funds=0.0, in_need=1, need=30, remote=1, reach=0.0)
    abroad_on(w, 50, 1.0)
    assert (w.parties.row.in_need[0], w.parties.row.need[0]) == (0, NEVER)


@pytest.mark.parametrize(
    ("steps", "open_share"),
    [((0.5,), 0.5), ((0.5, 0.2), 0.2), ((0.0, 0.3), 0.3), ((0.2, 0.7, 1.0), 1.0)],
)
def test_funds_within_reach_are_the_share_let_through_last(steps, open_share):
    w = alone(funds=1000.0)
    for reach in steps:
        split_funds(w.people, ONE, reach)
    assert is_closed_form(w.parties.row.funds[0], 1000 * open_share)
    assert is_closed_form(w.parties.row.funds[0] + w.parties.row.locked[0], 1000.0)


def test_stricter_rules_never_bring_money_within_reach():
    w = alone(funds=1000.0)
    split_funds(w.people, ONE, 0.5)
    w.parties.row.funds = 0.0  # all within reach is spent
    split_funds(w.people, ONE, 0.2)
    assert (w.parties.row.funds[0], w.parties.row.locked[0]) == (0.0, 500.0)


def test_work_ends_spending_and_need():
    w = alone(funds=900.0, funds_day=30, need=DAY, candidate=DAY)
    w.today.law.work[:], w.world.countries.jobs[:], w.world.job_factor[:] = 1.0, 1e9, 1.0
    live(w)
    row = w.parties.row
    assert (row.works[0], row.in_need[0], row.need[0], row.funds[0]) == (1, 0, NEVER, 500.0)
    w.on(90)
    update_funds(w.now, w.people, ONE)
    assert (row.funds[0], row.need[0]) == (500.0, NEVER)


# --- the bound of the hazards --------------------------------------------------------------------


def test_people_with_hazards_above_the_bound_are_counted_when_evaluated():
    n = 40
    w = alone(n, candidate=DAY)
    w.parties.row.works[::2] = 1  # nothing to find
    w.today.law.work[:], w.world.countries.jobs[:], w.world.job_factor[:] = 1.0, 0.5, 1.0
    prm = RETURNS._replace(hazard_cap_per_day=0.2)
    w.using(returns=prm)
    each = [sum(hazards(w.now, w.people, np.int32(p))) for p in range(n)]
    above = sum(h > 0.2 for h in each)
    assert above == n // 2
    for p in range(n):
        live(w, np.int32(p), prm)
    assert w.accounts.country[C["hazard_capped"], 0].sum() == above
