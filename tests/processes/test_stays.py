"""Status abroad beside its plain twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_world import STAYS, groups_of, make, party, same_party

from emigre.processes.stays import (
    LEAVES,
    RENEWED,
    STAYS_ON,
    apply,
    at_status_end,
    be_visitor,
    can_apply,
    decide,
    next_candidate,
    overstay,
    schedule,
    status_end,
)
from emigre.state import (
    APPLICANT,
    ASYLUM,
    C_APPLIED,
    C_GRANTED,
    C_REJECTED,
    MUST_LEAVE,
    NEVER,
    OVERSTAYING,
    PERMIT,
    VISITOR,
    measure_index,
)
from naive import stays as plain
from tolerances import STANDARD_ERRORS

SEEDS = range(10)
N = 12


def each(seed: int, n: int = N):
    w = make(seed, n_parties=n)
    for p in range(n):
        me, group = party(w.parties, p), groups_of(w, p)
        law = w.today.law[me["place"], group.legal]
        yield w, np.int32(p), me, group, law


def test_a_limit_below_zero_is_none():
    assert status_end(40, -1) == NEVER
    assert status_end(40, 0) == 40
    assert status_end(40, 90) == 130


def test_codes_of_status_are_those_of_the_schema():
    assert (plain.VISITOR, plain.APPLICANT, plain.MUST_LEAVE) == (VISITOR, APPLICANT, MUST_LEAVE)
    names = list(measure_index("country"))
    first = names.index("stock_visitor")
    assert names[first : first + 6] == [
        f"stock_{s}"
        for s in ("visitor", "applicant", "permitted", "protected", "overstaying", "must_leave")
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_visiting_and_overstaying_are_those_of_the_twin(seed):
    for w, p, me, _, _ in each(seed):
        w.parties.row.secure_since[p] = me["secure_since"] = 12
        be_visitor(w.parties, p, 40, me["stay_days"])
        plain.be_visitor(me, 40, me["stay_days"])
        same_party(party(w.parties, p), me)
        overstay(w.parties, p, 44)
        me |= {"status": OVERSTAYING, "status_ends": NEVER}
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("claim", [PERMIT, ASYLUM])
@pytest.mark.parametrize("seed", SEEDS)
def test_applications_are_those_of_the_twin(seed, claim):
    applied = 0
    for w, p, me, group, law in each(seed):
        assert can_apply(w.today, me["place"], group.legal) == (law.permit_share >= 0)
        apply(w.world, w.cohorts, w.parties, w.books, w.today, p, claim)
        plain.apply(me, 40, claim, law)
        same_party(party(w.parties, p), me)
        applied += me["people"]
        assert w.books.country[C_APPLIED].sum() == applied


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_are_those_of_the_twin(seed):
    counted = {"granted": 0, "rejected": 0}
    for w, p, me, _, _ in each(seed):
        w.parties.row.status[p], me["status"] = APPLICANT, APPLICANT
        w.parties.row.claim[p] = me["claim"] = 1 + int(p) % 2
        decide(w.world, w.cohorts, w.parties, w.books, w.today, p, w.key, STAYS)
        counted[plain.decide(me, 40, int(w.key), STAYS.grace_days)] += me["people"]
        same_party(party(w.parties, p), me)
    assert w.books.country[C_GRANTED].sum() == counted["granted"]
    assert w.books.country[C_REJECTED].sum() == counted["rejected"]


@pytest.mark.parametrize("renew_share", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_ends_of_status_are_those_of_the_twin(seed, renew_share):
    prm = STAYS._replace(renew_share=renew_share)
    for w, p, me, group, law in each(seed):
        entry = (
            float(w.today.entry_share[me["place"], group.outlook]),
            int(w.today.entry_days[me["place"], group.outlook]),
        )
        found = at_status_end(w.world, w.cohorts, w.parties, w.books, w.today, p, w.key, prm)
        assert found == plain.at_status_end(me, 40, int(w.key), law, *entry, prm)
        same_party(party(w.parties, p), me)


def ends(n: int, prm, *, permit: float, entry: float, status: int = VISITOR) -> list[float]:
    """Shares of RENEWED, LEAVES and STAYS_ON."""
    w = make(0, n_parties=n)
    w.today.law.permit_share[:] = permit
    w.today.entry_share[:] = entry
    w.parties.row.status = status
    found = [
        at_status_end(w.world, w.cohorts, w.parties, w.books, w.today, np.int32(p), w.key, prm)
        for p in range(n)
    ]
    return [found.count(k) / n for k in (RENEWED, LEAVES, STAYS_ON)]


@pytest.mark.parametrize(
    ("permit", "entry", "status", "expected"),
    [
        (0.5, 0.0, VISITOR, (0.7, 0.3 * 0.6, 0.3 * 0.4)),
        (-1.0, 1.0, VISITOR, (0.7, 0.3 * 0.6, 0.3 * 0.4)),
        (-1.0, 0.0, VISITOR, (0.0, 0.6, 0.4)),
        (0.5, 1.0, MUST_LEAVE, (0.0, 0.6, 0.4)),
    ],
)
def test_shares_at_the_end_of_a_status(permit, entry, status, expected):
    n = 3000
    found = ends(n, STAYS, permit=permit, entry=entry, status=status)
    for share, chance in zip(found, expected, strict=True):
        error = math.sqrt(chance * (1 - chance) / n)
        assert abs(share - chance) <= STANDARD_ERRORS * error


def test_directions_of_stays():
    few = ends(800, STAYS, permit=0.5, entry=0.0)
    more = ends(800, STAYS._replace(renew_share=0.9), permit=0.5, entry=0.0)
    assert more[RENEWED] > few[RENEWED]
    stay = ends(800, STAYS._replace(overstay_share=0.8), permit=-1.0, entry=0.0)
    go = ends(800, STAYS, permit=-1.0, entry=0.0)
    assert stay[STAYS_ON] > go[STAYS_ON]
    for grace, last in ((3.0, 43), (30.0, 70)):
        w = make(0, n_parties=1)
        w.parties.row.status, w.parties.row.claim, w.parties.row.grant = APPLICANT, ASYLUM, 0.0
        prm = STAYS._replace(grace_days=grace)
        decide(w.world, w.cohorts, w.parties, w.books, w.today, np.int32(0), w.key, prm)
        assert w.parties.row.status[0] == MUST_LEAVE
        assert w.parties.row.status_ends[0] == last


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_days_are_those_of_the_twin(seed):
    for w, p, me, _, _ in each(seed):
        next_candidate(w.parties, p, 40, 0.2, w.key)
        plain.next_candidate(me, 40, 0.2, int(w.key))
        w.parties.row.in_need[p] = me["in_need"] = int(p) % 2
        w.parties.row.need[p] = me["need"] = 41
        schedule(w.parties, p)
        plain.schedule(me)
        same_party(party(w.parties, p), me)
