"""Households that know a rejection: applying again, leaving and re-entering."""

import math

import numpy as np
import pytest
from small_world import DAY, STAYS, alone

from emigre.processes.arrays import APPLICANT, ASYLUM, PERMIT, REGULARISATION, RENEWAL, VISITOR
from emigre.processes.legal_status import apply, at_status_end, can_lodge, decide
from tolerances import STANDARD_ERRORS


def is_share(found: float, chance: float, n: int) -> bool:
    """Whether a share of n independent trials fits a chance."""
    return abs(found - chance) <= STANDARD_ERRORS * math.sqrt(chance * (1 - chance) / n)


def apply_and_decide(w, day: int, claim: int) -> np.ndarray:
    """Who can ask on a day, after all who can have applied and been decided on."""
    w.on(day)
    row, asked = w.parties.row, []
    for p in np.arange(row.size, dtype=np.int32):
        asked.append(can_lodge(w.now, w.people, p, claim))
        if asked[-1]:
            apply(w.now, w.people, p, claim)
            decide(w.now, w.people, p)
            row.status[p] = VISITOR
    return np.array(asked)


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        (PERMIT, "permit_share"),
        (ASYLUM, "asylum_share"),
        (RENEWAL, "renewal_share"),
        (REGULARISATION, "regularisation_share"),
    ],
)
def test_who_was_rejected_applies_again_only_for_a_higher_share(claim, rule):
    n = 2000
    w = alone(n)
    w.today.law[rule][:] = 0.3
    assert apply_and_decide(w, DAY, claim).all()
    asked = apply_and_decide(w, DAY + 1, claim)
    assert is_share(asked.mean(), 0.3, n)
    w.today.law[rule][:] = 0.5  # now those between 0.3 and 0.5 too
    assert is_share(apply_and_decide(w, DAY + 2, claim).mean(), 0.5, n)
    w.today.law[rule][:] = -1.0
    assert not apply_and_decide(w, DAY + 3, claim).any()
    w.today.law[rule][:] = 0.3
    w.parties.row.place[:] = 1  # nothing is known of another country
    assert apply_and_decide(w, DAY + 4, claim).all()


def test_visitors_who_know_a_rejection_leave_and_re_enter():
    n = 2000
    w = alone(n)
    w.using(stays=STAYS._replace(renew_share=0.7, overstay_share=0.0))
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = 1.0, 30, 0
    w.today.law.permit_share[:], w.today.law.border_run[:] = 0.3, 0.5
    apply_and_decide(w, DAY, PERMIT)
    row = w.parties.row
    row.status, row.status_ends = VISITOR, DAY + 5
    w.on(DAY + 5)
    for p in range(n):
        at_status_end(w.now, w.people, np.int32(p))
    assert is_share(np.mean(row.status == APPLICANT), 0.7 * 0.3, n)
    visits = (row.status == VISITOR) & (row.status_ends == DAY + 35)
    assert is_share(np.mean(visits), 0.7 * 0.7 * 0.5, n)
