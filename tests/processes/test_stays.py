"""Status abroad against its reference implementations."""

import math

import numpy as np
import pytest
from small_world import STAYS, groups_of, make, party, same_party

from emigre.processes.arrays import (
    APPLICANT,
    ASYLUM,
    C_APPLIED,
    MUST_LEAVE,
    NEVER,
    OVERSTAYING,
    PERMIT,
    PERMITTED,
    PROTECTED,
    REGULARISATION,
    VISITOR,
    measure_index,
)
from emigre.processes.legal_status import (
    LEAVES,
    RENEWED,
    STAYS_ON,
    apply,
    at_status_end,
    begin_visit,
    can_lodge,
    decide,
    must_leave,
    next_candidate,
    overstay,
    recognise,
    renew,
    renewal_chance,
    schedule,
    status_end,
    withdraw,
)
from naive import bookkeeping as plain_bookkeeping
from naive import stays as plain
from tolerances import STANDARD_ERRORS

SEEDS = range(10)
C = measure_index("country")
N = 12


def each(seed: int, n: int = N):
    w = make(seed, n_parties=n)
    for p in range(n):
        me, group = party(w.parties, p), groups_of(w, p)
        law = w.today.law[me["place"], group.legal]
        yield w, np.int32(p), me, group, law


def entry_of(w, me, group) -> tuple[float, int, int]:
    """The entry rule of its country as applied to a party."""
    at = me["place"], group.outlook
    today = w.today
    return float(today.entry_share[at]), int(today.entry_days[at]), int(today.entry_window[at])


def test_a_limit_below_zero_is_none():
    assert status_end(40, -1) == NEVER
    assert status_end(40, 0) == 40
    assert status_end(40, 90) == 130


def test_codes_of_status_are_those_of_the_schema():
    assert (plain.VISITOR, plain.APPLICANT, plain.MUST_LEAVE) == (VISITOR, APPLICANT, MUST_LEAVE)
    names = list(measure_index("country"))
    first = names.index("stock_visitor")
    assert names[first : first + 7] == [f"stock_{s}" for s in plain_bookkeeping.STATUS]


@pytest.mark.parametrize("seed", SEEDS)
def test_visiting_and_overstaying_match_the_reference(seed):
    for w, p, me, _, _ in each(seed):
        begin_visit(w.people, p, 40, me["stay_days"])
        plain.begin_visit(me, 40, me["stay_days"])
        same_party(party(w.parties, p), me)
        overstay(w.now, w.people, p)
        me |= {"status": OVERSTAYING, "status_ends": NEVER}
        same_party(party(w.parties, p), me)
        must_leave(w.now, w.people, p, 9)
        me |= {"status": MUST_LEAVE, "status_ends": 49}
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("claim", [PERMIT, ASYLUM, REGULARISATION])
@pytest.mark.parametrize("seed", SEEDS)
def test_applications_match_the_reference(seed, claim):
    applied = 0
    for w, p, me, _, law in each(seed):
        assert can_lodge(w.now, w.people, p, PERMIT) == (law.permit_share >= 0)
        apply(w.now, w.people, p, claim)
        plain.apply(me, 40, claim, law)
        same_party(party(w.parties, p), me)
        applied += me["people"]
        assert w.accounts.country[C_APPLIED].sum() == applied


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_match_the_reference(seed):
    counted = dict.fromkeys(("granted", "rejected", "asylum_granted", "asylum_rejected"), 0)
    for w, p, me, _, law in each(seed):
        w.parties.row.status[p], me["status"] = APPLICANT, APPLICANT
        w.parties.row.claim[p] = me["claim"] = 1 + int(p) % 4
        decide(w.now, w.people, p)
        for name in plain.decide(w, me, 40, law):
            counted[name] += me["people"]
        same_party(party(w.parties, p), me)
    for name, n in counted.items():
        assert w.accounts.country[C[name]].sum() == n, name


@pytest.mark.parametrize("seed", SEEDS)
def test_withdrawn_claims_match_the_reference(seed):
    expected = 0
    for w, p, me, _, law in each(seed, 30):
        w.parties.row.claim[p] = me["claim"] = int(p) % 3
        withdraw(w.now, w.people, p)
        expected += me["people"] * plain.withdrawn(me, 40, law)
        assert w.accounts.country[C["asylum_withdrawn"]].sum() == expected
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("seed", SEEDS)
def test_renewals_match_the_reference(seed):
    found = set()
    for w, p, me, group, law in each(seed, 30):
        w.parties.row.visited[p] = me["visited"] = me["place"] if int(p) % 4 else 2 - me["place"]
        entry = entry_of(w, me, group)
        how = plain.ways_to_renew(w, me, 40, law, entry)
        chance = renewal_chance(w.now, w.people, p)
        assert chance == (law.border_run if how == "run" else float(how is not None))
        if how is None or chance == 0.0:
            continue
        before = w.accounts.country[C_APPLIED].sum()
        renew(w.now, w.people, p)
        applied = me["people"] * len(plain.renew(w, me, 40, law, entry, how))
        assert w.accounts.country[C_APPLIED].sum() - before == applied
        same_party(party(w.parties, p), me)
        found.add(how)
    assert found >= {"renewal", "permit"}


@pytest.mark.parametrize(
    ("renewal", "permit", "grant", "days"),
    [(0.3, 0.9, 0.3, 180), (0.3, -1.0, 0.3, 180), (-1.0, 0.9, 0.9, 365), (0.0, 0.9, 0.0, 180)],
)
def test_a_permit_is_renewed_under_the_renewal_rule_or_else_the_permit_rule(
    renewal, permit, grant, days
):
    w = make(0, n_parties=1)
    law = w.today.law
    law.renewal_share[:], law.renewal_days[:], law.renewal_delay[:] = renewal, 180, 20
    law.permit_share[:], law.permit_days[:], law.permit_delay[:] = permit, 365, 60
    w.parties.row.status = PERMITTED
    assert renewal_chance(w.now, w.people, np.int32(0)) == 1.0
    renew(w.now, w.people, np.int32(0))
    row = w.parties.row[0]
    assert (row.status, row.grant, row.grant_days) == (APPLICANT, grant, days)
    assert row.decision == 40 + (60 if renewal < 0 else 20)


@pytest.mark.parametrize("status", [PERMITTED, MUST_LEAVE])
def test_without_any_rule_the_holder_of_a_permit_leaves_and_enters_as_a_visitor(status):
    w = make(0, n_parties=1)
    w.today.law.renewal_share[:] = w.today.law.permit_share[:] = -1.0
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = 1.0, 30, 0
    row = w.parties.row
    row.status, row.visited_from, row.visited_to = status, NEVER, NEVER
    w.today.law.border_run[:] = 0.0
    assert renewal_chance(w.now, w.people, np.int32(0)) == 0.0
    w.today.law.border_run[:] = 0.4
    assert renewal_chance(w.now, w.people, np.int32(0)) == 0.4
    renew(w.now, w.people, np.int32(0))
    assert (row.status[0], row.status_ends[0], row.visited_from[0]) == (VISITOR, 70, 40)
    assert not w.accounts.country.any()


@pytest.mark.parametrize(
    ("run", "share", "window", "renewed"),
    [(1.0, 1.0, 0, True), (0.0, 1.0, 0, False), (1.0, 0.0, 0, False), (1.0, 1.0, 180, False)],
)
def test_a_visit_is_renewed_by_leaving_and_entering_where_the_law_allows(
    run, share, window, renewed
):
    # A party that has stayed all 30 days of a limit within a window has none left.
    w = make(0, n_parties=1)
    row, law = w.parties.row, w.today.law
    row.status, row.visited, row.visited_from, row.visited_to = VISITOR, row.place, 10, NEVER
    law.permit_share[:], law.border_run[:] = -1.0, run
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = share, 30, window
    assert renewal_chance(w.now, w.people, np.int32(0)) == renewed
    if renewed:
        renew(w.now, w.people, np.int32(0))
        assert row.status[0] == VISITOR
        assert (row.status_ends[0], row.visited_from[0]) == (70, 10)
    assert not w.accounts.country.any()


def test_days_of_grace_come_from_the_law():
    for grace, last in ((3, 43), (30, 70), (0, 40)):
        w = make(0, n_parties=1)
        w.today.law.grace[:] = grace
        w.parties.row.status, w.parties.row.claim, w.parties.row.grant = APPLICANT, ASYLUM, 0.0
        decide(w.now, w.people, np.int32(0))
        assert w.parties.row.status[0] == MUST_LEAVE
        assert w.parties.row.status_ends[0] == last


@pytest.mark.parametrize("grace", [0, 14])
def test_only_a_status_beyond_a_visit_has_days_of_grace(grace):
    prm = STAYS._replace(renew_share=0.0, overstay_share=0.0)
    for status in range(6):
        w = make(0, n_parties=1)
        w.today.law.grace[:] = grace
        w.parties.row.status = status
        found = at_status_end(w.using(stays=prm).now, w.people, np.int32(0))
        if grace and status not in (VISITOR, MUST_LEAVE):
            assert found == RENEWED
            assert (w.parties.row.status[0], w.parties.row.status_ends[0]) == (MUST_LEAVE, 54)
        else:
            assert found == LEAVES


@pytest.mark.parametrize("renew_share", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_ends_of_status_match_the_reference(seed, renew_share):
    prm, applied = STAYS._replace(renew_share=renew_share, settled_share=0.2), 0
    for w, p, me, group, law in each(seed):
        found = at_status_end(w.using(stays=prm).now, w.people, p)
        done, names = plain.at_status_end(w, me, 40, int(w.key), law, entry_of(w, me, group), prm)
        assert found == done
        applied += me["people"] * len(names)
        assert w.accounts.country[C_APPLIED].sum() == applied
        same_party(party(w.parties, p), me)


def ends(n: int, prm, *, permit: float, run: float, status: int = VISITOR) -> list[float]:
    """Shares of RENEWED, LEAVES and STAYS_ON."""
    w = make(0, n_parties=n)
    w.today.law.permit_share[:] = permit
    w.today.law.border_run[:] = run
    w.today.law.grace[:] = 0
    w.today.entry_share[:], w.today.entry_days[:] = 1.0, 90
    w.today.entry_window[:] = 0
    w.parties.row.status = status
    w.using(stays=prm)
    found = [at_status_end(w.now, w.people, np.int32(p)) for p in range(n)]
    return [found.count(k) / n for k in (RENEWED, LEAVES, STAYS_ON)]


@pytest.mark.parametrize(
    ("permit", "run", "status", "expected"),
    [
        (0.5, 0.0, VISITOR, (0.7, 0.3 * 0.6, 0.3 * 0.4)),
        (-1.0, 1.0, VISITOR, (0.7, 0.3 * 0.6, 0.3 * 0.4)),
        (-1.0, 0.4, VISITOR, (0.28, 0.72 * 0.6, 0.72 * 0.4)),
        (-1.0, 0.0, VISITOR, (0.0, 0.6, 0.4)),
        (0.5, 0.0, MUST_LEAVE, (0.0, 0.6, 0.4)),
        (0.5, 0.4, MUST_LEAVE, (0.28, 0.72 * 0.6, 0.72 * 0.4)),
    ],
)
def test_shares_at_the_end_of_a_status(permit, run, status, expected):
    n = 3000
    found = ends(n, STAYS, permit=permit, run=run, status=status)
    for share, chance in zip(found, expected, strict=True):
        error = math.sqrt(chance * (1 - chance) / n)
        assert abs(share - chance) <= STANDARD_ERRORS * error


def test_directions_of_stays():
    few = ends(800, STAYS, permit=0.5, run=0.0)
    more = ends(800, STAYS._replace(renew_share=0.9), permit=0.5, run=0.0)
    assert more[RENEWED] > few[RENEWED]
    stay = ends(800, STAYS._replace(overstay_share=0.8), permit=-1.0, run=0.0)
    go = ends(800, STAYS, permit=-1.0, run=0.0)
    assert stay[STAYS_ON] > go[STAYS_ON]
    run = ends(800, STAYS, permit=-1.0, run=0.9)
    assert run[RENEWED] > ends(800, STAYS, permit=-1.0, run=0.3)[RENEWED]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_days_match_the_reference(seed):
    for w, p, me, _, _ in each(seed):
        next_candidate(w.now, w.people, p)
        plain.next_candidate(me, 40, 0.2, int(w.key))
        w.parties.row.in_need[p] = me["in_need"] = int(p) % 2
        w.parties.row.need[p] = me["need"] = 41
        schedule(w.people, p)
        plain.schedule(me)
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_those_who_arrive_is_protected(share):
    protected, n = 0, 400
    for seed in range(n // 40):
        w = make(seed, n_parties=40)
        w.today.law.protection_share[:], w.today.law.protection_days[:] = share, 9
        row = w.parties.row
        row.status, row.place = VISITOR, 0
        for p in range(40):
            recognise(w.now, w.people, np.int32(p))
        given = row.status == PROTECTED
        assert (row.status_ends[given] == w.today.day + 9).all()
        protected += int(given.sum())
    assert abs(protected / n - share) <= 4 * (share * (1 - share) / n) ** 0.5
