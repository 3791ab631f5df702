"""Hazards of people abroad in closed form, their directions, and their thinning."""

import math

import numpy as np
import pytest
from small_world import LIVELIHOOD, RETURNS, make

from emigre.numerics.random import CANDIDATE, uniform
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    APPLICANT,
    ASYLUM,
    MUST_LEAVE,
    NEVER,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    RETURNED,
    VISITOR,
    measure_index,
)
from emigre.processes.legal_status import next_candidate
from emigre.processes.onward_return import (
    acceptance,
    hazards,
    live_abroad,
    onward_hazard,
    returning_hazard,
)
from tolerances import STANDARD_ERRORS, is_closed_form

C = measure_index("country")


def test_hazards_in_closed_form():
    found = returning_hazard(1.5, 1.0, 0.25, -0.7, RETURNS)
    assert is_closed_form(found, 0.002 * 1.5 * math.exp(1.0 - 0.5 - 0.7))
    assert is_closed_form(onward_hazard(3.0, 1.0, RETURNS), 0.001 * math.exp(0.6))
    assert is_closed_form(acceptance(0.05, 0.2), (1 - math.exp(-0.05)) / (1 - math.exp(-0.2)))
    assert acceptance(0.3, 0.2) == 1.0
    assert acceptance(0.0, 0.2) == 0.0


@pytest.mark.parametrize(
    ("name", "factor", "raises"),
    [
        ("base_returning_per_day", 2, True),
        ("hardship_weight", 2, True),
        ("rootedness_weight", 2, False),
    ],
)
def test_directions_of_returning(name, factor, raises):
    other = RETURNS._replace(**{name: factor * getattr(RETURNS, name)})
    args = (1.0, 1.0, 0.5, 0.0)
    assert (returning_hazard(*args, other) > returning_hazard(*args, RETURNS)) == raises
    assert returning_hazard(1.0, 0.0, 0.0, -1.0, RETURNS) < returning_hazard(*args, RETURNS)


def test_directions_of_moving_on():
    assert onward_hazard(3.0, 1.0, RETURNS) > onward_hazard(2.0, 1.0, RETURNS)
    keener = RETURNS._replace(onward_gain_weight=0.6)
    assert onward_hazard(3.0, 1.0, keener) > onward_hazard(3.0, 1.0, RETURNS)
    assert onward_hazard(1.0, 3.0, keener) < onward_hazard(1.0, 3.0, RETURNS)
    more = RETURNS._replace(base_onward_per_day=0.01)
    assert onward_hazard(1.0, 3.0, more) > onward_hazard(1.0, 3.0, RETURNS)


def at_home_abroad(status: int = VISITOR):
    """One party without roots that lives abroad, and what computes its hazards."""
    w = make(0, n_parties=1)
    row = w.parties.row
    row.status, row.status_ends, row.works, row.in_need, row.roots = status, 400, 0, 0, 0.0
    row.people, row.household, row.place, row.cohort = 1, 3, 2, 0
    w.today.law.threat[:], w.today.law.work[:], w.world.job_factor[:] = 0.0, 0.3, 2.0

    def found(prm=RETURNS, life=LIVELIHOOD):
        return hazards(w.using(returns=prm, livelihood=life).now, w.people, np.int32(0))

    return w, found


def test_a_threatened_status_drives_people_out():
    w, found = at_home_abroad(PERMITTED)
    calm = found()
    w.today.law.threat[:] = 0.5
    afraid = found()
    for name in ("back", "onward"):
        raised = getattr(calm, name) * math.exp(0.7 * 0.5)
        assert is_closed_form(getattr(afraid, name), raised)
    assert (afraid.asks, afraid.work, afraid.join) == (calm.asks, calm.work, calm.join)
    assert found(RETURNS._replace(threat_weight=2.0)).back > afraid.back
    w.today.law.threat[:] = 0.9
    assert found().onward > afraid.onward
    w.parties.row.status_ends = NEVER  # whose status has no end has nothing to lose
    assert found() == calm


def test_work_in_closed_form():
    w, found = at_home_abroad(VISITOR)
    assert is_closed_form(found().work, 0.01 * 2.0 * 0.3)
    w.parties.row.status = PERMITTED
    assert is_closed_form(found().work, 0.01 * 2.0)
    w.world.job_factor[:] = 0.5  # less in demand
    assert is_closed_form(found().work, 0.01 * 0.5)
    w.parties.row.works = 1
    assert found().work == 0.0


def test_family_joins_only_lawful_members_of_parted_households():
    w, found = at_home_abroad()
    for status in range(6):
        w.parties.row.status = status
        assert found().join == (0.0 if status in (OVERSTAYING, MUST_LEAVE) else 0.003)
    w.parties.row.status = VISITOR
    assert found(RETURNS._replace(joining_per_day=0.1)).join == 0.1
    w.parties.row.household = 1
    assert found().join == 0.0


def test_roots_keep_people_where_they_are():
    w, found = at_home_abroad(PERMITTED)
    loose = found()
    w.parties.row.roots = 540.0
    r = 1 - math.exp(-1)
    assert is_closed_form(found().back, loose.back * math.exp(-2.0 * r))
    assert is_closed_form(found().onward, loose.onward * math.exp(-2.0 * r))
    assert found(life=LIVELIHOOD._replace(rooting_days=5000.0)).back > found().back


def test_leaving_before_the_decision_withdraws_the_claim():
    for claim, withdrawn in ((ASYLUM, 1), (PERMIT, 0)):
        w, _ = at_home_abroad(APPLICANT)
        row = w.parties.row
        row.claim, row.decision, row.candidate = claim, 90, 40
        tally(w.now, w.people, np.int32(0), 1)
        assert w.accounts.country[C["asylum_pending"]].sum() == withdrawn
        w.using(returns=RETURNS._replace(base_returning_per_day=1e9))
        live_abroad(w.now, w.people, np.int32(0))
        assert row.state[0] == RETURNED
        assert w.accounts.country[C["asylum_withdrawn"]].sum() == withdrawn
        assert w.accounts.country[C["withdrawn"]].sum() == 1
        assert w.accounts.country[C["asylum_pending"]].sum() == 0


def waiting_times(hazard: float, cap: float, n: int) -> np.ndarray:
    """Days to the first event, by candidate days and their acceptance."""
    w = make(0, n_parties=1).using(returns=RETURNS._replace(hazard_cap_per_day=cap))
    found = np.zeros(n, np.int64)
    one, chance = np.int32(0), acceptance(hazard, cap)
    for i in range(n):
        w.parties.row.id[0] = 1000 + i
        day = 0
        while True:
            next_candidate(w.on(day).now, w.people, one)
            day = int(w.parties.row.candidate[0])
            if uniform(w.key, w.parties.row.id[0], day, CANDIDATE) < chance:
                break
        found[i] = day
    return found


@pytest.mark.parametrize(("hazard", "cap"), [(0.05, 0.2), (0.05, 0.05), (0.05, 1.0), (0.7, 1.0)])
def test_thinning_gives_geometric_waiting_times(hazard, cap):
    n = 3000
    days = waiting_times(hazard, cap, n)
    p = 1 - math.exp(-hazard)
    assert abs(days.mean() - 1 / p) / (days.std(ddof=1) / math.sqrt(n)) < STANDARD_ERRORS
    for k in (1, 3, 10, 30):
        spared = math.exp(-hazard * k)
        error = math.sqrt(spared * (1 - spared) / n) + 1e-9
        assert abs((days > k).mean() - spared) < STANDARD_ERRORS * error + 1 / n
