"""Living abroad, returning and moving on, against their reference implementations."""

import numpy as np
import pytest
from small_world import (
    JOURNEYS,
    LIVELIHOOD,
    OUTLOOK,
    RETURNS,
    STAYS,
    copy_accounts,
    groups_of,
    make,
    party,
    same_party,
    weigh,
)

from emigre.engine.build import compile_scenario
from emigre.engine.conditions import Outlook
from emigre.engine.ledger import Ledger
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    ABROAD,
    APPLICANT,
    ASYLUM,
    JOINING,
    NEVER,
    O_DECIDED,
    PERMIT,
    RETURNED,
    TO_END,
    TRAVELLING,
    VISITOR,
    measure_index,
)
from emigre.processes.arrivals import reach_destination
from emigre.processes.onward_return import (
    acceptance,
    hazards,
    leave_after_status_end,
    list_above_cap,
    live_abroad,
    live_after_return,
    move_on,
)
from emigre.scenario.loader import load
from naive import returns as plain
from tolerances import STANDARD_ERRORS

SEEDS = range(16)
N = 16
C, O_ = measure_index("country"), measure_index("origin")


def world_of(seed: int):
    """Parties abroad of every status, with something due today for most."""
    w = make(seed, n_parties=N)
    row, rng = w.parties.row, w.rng
    row.status_ends = rng.choice([40, 60, NEVER], N)
    row.decision = np.where(row.status == APPLICANT, rng.choice([40, 70], N), NEVER)
    row.claim = np.where(row.status == APPLICANT, rng.integers(1, 3, N), 0)
    row.candidate = rng.choice([40, 50], N)
    row.need = rng.choice([40, 45, NEVER], N)
    row.works = rng.integers(0, 2, N)
    row.remote = rng.integers(0, 2, N)
    row.relatives = rng.integers(0, 2, N)
    row.household = row.people + rng.choice([0, 0, 1, 2], N)
    row.secure_since = np.where((row.status == 2) | (row.status == 3), 10, -1)
    row.start = rng.integers(0, 2, N)
    for p in range(N):
        tally(w.now, w.people, np.int32(p), 1)
    return w


def stocks(w, accounts):
    """Everything but flows, and the same counted anew from the parties."""
    again = copy_accounts(accounts)
    country = [
        i for n, i in C.items() if n.startswith("stock_") or n in ("in_need", "asylum_pending")
    ]
    origin = [O_[n] for n in ("trapped", "preparing", "travelling", "stock_returned")]
    again.country[country], again.origin[origin] = 0, 0
    for p in range(len(w.parties.due)):
        tally(w.now, w.people._replace(accounts=again), np.int32(p), 1)
    return (
        accounts.country[country],
        again.country[country],
        accounts.origin[origin],
        again.origin[origin],
    )


def books_balance(w) -> None:
    found_c, expected_c, found_o, expected_o = stocks(w, w.accounts)
    assert (found_c == expected_c).all()
    assert (found_o == expected_o).all()


def flows(w) -> dict[str, int]:
    found = {
        n: int(w.accounts.country[C[n]].sum())
        for n in (
            "arrived",
            "onward",
            "applied",
            "granted",
            "rejected",
            "joined",
            "asylum_granted",
            "asylum_lodged",
            "asylum_rejected",
            "asylum_withdrawn",
            "withdrawn",
            "turned_back",
            "hazard_capped",
        )
    }
    found["returned"] = int(w.accounts.origin[O_["returned"]].sum())
    return found


def twin(w, p: int, prm=RETURNS, stay=STAYS) -> plain.Abroad:
    return plain.Abroad(w, party(w.parties, p), groups_of(w, p), stay, LIVELIHOOD, prm)


@pytest.mark.parametrize("settled", [0.0, 0.5])
@pytest.mark.parametrize("seed", SEEDS)
def test_competing_hazards_match_the_reference(seed, settled):
    stay = STAYS._replace(settled_share=settled)
    w = world_of(seed).using(stays=stay)
    for p in range(N):
        found = hazards(w.now, w.people, np.int32(p))
        expected = twin(w, p, stay=stay).hazards()
        assert list(found) == pytest.approx(list(expected.values()), rel=1e-12)


@pytest.mark.parametrize("hurry", [1.0, 8.0, 60.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_abroad_matches_the_reference(seed, hurry):
    prm = RETURNS._replace(
        base_returning_per_day=hurry * RETURNS.base_returning_per_day,
        base_onward_per_day=hurry * RETURNS.base_onward_per_day,
        joining_per_day=hurry * RETURNS.joining_per_day,
    )
    followed = []
    w = world_of(seed).using(returns=prm)
    if seed % 4 == 0:
        w.ways.first[:] = 0  # no way from anywhere
        weigh(w, w.today)
    expected = dict.fromkeys(flows(w), 0)
    for p in range(N):
        other = twin(w, p, prm)
        live_abroad(w.now, w.people, np.int32(p))
        other.day_abroad()
        followed += [p] * other.family_follows
        assert w.agenda.joining[: w.agenda.size[JOINING]].tolist() == followed
        same_party(party(w.parties, p), other.me)
        for name, n in other.flows.items():
            expected[name] += n
    assert flows(w) == expected
    books_balance(w)


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_at_the_end_of_a_status_matches_the_reference(seed):
    w = world_of(seed)
    prm = RETURNS._replace(base_onward_per_day=0.004)
    w.using(returns=prm)
    for p in range(N):
        other = twin(w, p, prm)
        leave_after_status_end(w.now, w.people, np.int32(p))
        other.leave_after_status_end()
        same_party(party(w.parties, p), other.me)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_end_of_a_way_matches_the_reference(seed):
    w = make(seed, n_parties=N)
    row, rng = w.parties.row, w.rng
    row.state, row.stage = TRAVELLING, TO_END
    row.way = np.where(rng.random(N) < 0.2, -1, rng.integers(0, w.ways.row.size, N))
    row.claim = np.where(row.way < 0, 2, 0)
    row.start = rng.integers(0, 8, N)
    row.last_country = rng.integers(-1, 3, N)
    row.at = 40.0 + rng.random(N)
    w.today.free[:2] = 7.0, 3.0
    free = w.today.free.copy()
    row.funds_day[::2], row.funds[::2], row.has_funds[::2] = 0, 0.0, 0
    row.goal = rng.choice([-1, -1, 0, 1, 2], N)
    row.visited = rng.integers(-1, 3, N)
    row.visited_to = rng.integers(20, 40, N)
    for p in range(N):
        tally(w.now, w.people, np.int32(p), 1)
    expected, turned_back = dict.fromkeys(flows(w), 0), 0
    for p in range(N):
        other = twin(w, p)
        me, other.free = other.me, free
        reach_destination(w.now, w.people, np.int32(p))
        turned_back += not other.reach_destination()
        found = party(w.parties, p)
        # The normal quantile of funds is approximate: see test_draws.
        for name in ("funds", "locked"):
            assert found[name] == pytest.approx(me[name], rel=1e-8)
            me[name] = found[name]
        same_party(found, me)
        for name, n in other.flows.items():
            expected[name] += n
    assert flows(w) == expected
    assert w.today.free.tolist() == free.tolist()
    books_balance(w)


@pytest.mark.parametrize("again", [0.001, 0.2])
@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_again_matches_the_reference(seed, again):
    w = make(seed, n_parties=N)
    w.parties.row.state = RETURNED
    w.parties.row.candidate[: N // 2] = w.today.day
    prm = RETURNS._replace(again_per_day=again)
    w.using(returns=prm)
    for p in range(N):
        tally(w.now, w.people, np.int32(p), 1)
    decided = 0
    for p in range(N):
        me, group = party(w.parties, p), groups_of(w, p)
        live_after_return(w.now, w.people, np.int32(p))
        decided += me["people"] * plain.home_again(w, me, group, JOURNEYS, prm)
        same_party(party(w.parties, p), me)
    assert w.accounts.origin[O_DECIDED].sum() == decided
    books_balance(w)


@pytest.mark.parametrize("hazard", [0.03, 0.9])
def test_who_returned_leaves_again_at_a_hazard_without_a_bound(hazard):
    """On each day 1 - exp(-h) of them decide, also if h is above the bound of candidate days."""
    n = 4000
    w = make(0, n_parties=n)
    row = w.parties.row
    row.state, row.cohort, row.people, row.household = RETURNED, 0, 1, 1
    w.today.log_hazard_factor[:], w.today.departure_multiplier[:] = 0.0, 1.0
    w.using(returns=RETURNS._replace(again_per_day=hazard, hazard_cap_per_day=0.05))
    row.candidate = [w.today.day if p < n * -np.expm1(-0.05) else w.today.day + 9 for p in range(n)]
    w.parties.due[:] = row.candidate
    list_above_cap(w.now, w.people, n)
    due = np.flatnonzero(w.parties.due <= w.today.day)
    assert (due.size == n) == (hazard > 0.05)
    for p in due:
        live_after_return(w.now, w.people, np.int32(p))
    decided, chance = int(w.accounts.origin[O_DECIDED].sum() / w.world.scale), -np.expm1(-hazard)
    assert abs(decided - n * chance) < 4 * np.sqrt(n * chance * (1 - chance))
    waiting = w.parties.due[(row.state == RETURNED) & (row.candidate == w.today.day + 9)]
    assert (waiting == w.today.day + 9).all()


def test_competing_events_happen_in_the_ratio_of_their_hazards():
    n = 4000
    w = make(0, n_parties=n)
    row = w.parties.row
    row.candidate, row.status, row.works, row.need = 40, VISITOR, 0, NEVER
    row.place, row.cohort, row.status_ends, row.in_need = 2, 0, NEVER, 0
    row.people, row.household, row.roots = 1, 3, 0.0
    w.today.law.work[:] = 1.0
    w.world.job_factor[:] = 1.0
    w.today.law.permit_share[:] = 0.5
    w.today.law.asylum_share[:] = 0.5
    w.today.route_utility[:] = 0.0
    prm = RETURNS._replace(base_returning_per_day=0.02, base_onward_per_day=0.01)
    w.using(returns=prm)
    expected = np.array(hazards(w.now, w.people, np.int32(0)))
    assert 0 < expected.sum() < prm.hazard_cap_per_day
    for p in range(n):
        live_abroad(w.now, w.people, np.int32(p))
    counted = np.array(
        [
            (row.state == RETURNED).sum(),
            (row.state == TRAVELLING).sum(),
            (row.claim == PERMIT).sum(),
            (row.claim == ASYLUM).sum(),
            (row.works == 1).sum(),
            w.agenda.size[JOINING],
        ]
    )
    chance = acceptance(float(expected.sum()), prm.hazard_cap_per_day)
    shares = chance * expected / expected.sum()
    error = np.sqrt(shares * (1 - shares) / n)
    assert (np.abs(counted / n - shares) < STANDARD_ERRORS * error + 1 / n).all()


def test_people_who_move_on_take_their_remaining_funds():
    w = make(0, n_parties=1)
    row, one = w.parties.row, np.int32(0)
    row.funds, row.funds_day, row.works, row.remote, row.place = 4000.0, 10, 0, 0, 0
    row.relatives, row.roots, row.locked, row.reach = 1, 0.0, 0.0, 1.0
    row.status, row.status_ends, row.candidate = VISITOR, NEVER, 40
    w.today.law.accessible_share[:] = 1.0
    w.ways.crossings[:] = -1
    w.ways.routes.check[:] = 0
    weigh(w, w.today)
    cost = 40.0 - 60.0 / (365.25 / 12)  # living cost less transfers, euro a day
    w.using(returns=RETURNS._replace(base_onward_per_day=1e9, base_returning_per_day=0.0))
    live_abroad(w.now, w.people, one)
    assert row.state[0] == TRAVELLING
    reach_destination(w.on(50).now, w.people, one)
    assert row.state[0] == ABROAD
    assert row.funds[0] == pytest.approx(4000.0 - 30 * cost, rel=1e-9)


def test_a_camp_that_fills_up_takes_nobody_and_drives_nobody_out():
    plan = compile_scenario(load("tiny", end="2030-03-02"))
    plan.timetable.room.value[:, 0] = 10.0
    ledger = Ledger(plan)
    empty = Outlook(plan).conditions_on(0, ledger)
    ledger.accounts.country[C["stock"], 0] = 20
    full = Outlook(plan).conditions_on(0, ledger)
    assert empty.room[0] > -np.inf
    assert full.room[0] == -np.inf
    # A camp that fills up does not become less attractive to the people who live there.
    assert (full.attraction[0] >= empty.attraction[0]).all()


def test_without_any_way_on_nobody_moves_on():
    w = world_of(1)
    w.today.route_utility[:] = -np.inf
    w.today.access[:] = OUTLOOK.floor_utility
    for p in range(N):
        assert not move_on(w.now, w.people, np.int32(p))
        assert w.parties.row.state[p] == ABROAD
