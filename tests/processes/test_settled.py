"""Households that intend to stay (mover-stayer model), in closed form."""

import math

import numpy as np
import pytest
from small_world import STAYS, make

from emigre.processes.legal_status import RENEWED, at_status_end, is_settled
from emigre.processes.onward_return import hazards
from tolerances import STANDARD_ERRORS, is_share


def test_the_hazard_of_a_group_falls_as_those_who_mean_to_move_have_gone():
    settled, n, one = 0.6, 4000, np.int32(0)
    w = make(0, n_parties=1)

    def moving() -> float:
        found = hazards(w.now, w.people, one)
        return found.back + found.onward

    h, each = moving(), np.zeros(n)
    w.using(stays=STAYS._replace(settled_share=settled))
    for i in range(n):
        w.parties.row.id[0] = 1000 + i
        each[i] = moving()
    assert is_share((each == 0.0).mean(), settled, n)
    assert np.allclose(each[each > 0], h / (1 - settled), rtol=1e-12)
    for days in (0.0, 0.5 / h, 2.0 / h):
        there = np.exp(-each * days)
        e = math.exp(-h * days / (1 - settled))
        expected = h * e / (settled + (1 - settled) * e)
        found = (each * there).sum() / there.sum()
        error = (there * (each - found)).std() / there.mean() / math.sqrt(n)
        assert abs(found - expected) < STANDARD_ERRORS * error


@pytest.mark.parametrize(("renews", "settled"), [(0.8, 0.5), (0.3, 0.5), (0.7, 0.0)])
def test_the_settled_seek_another_stay_at_every_end(renews, settled):
    n = 2000
    w = make(0, n_parties=n)
    w.using(stays=STAYS._replace(renew_share=renews, settled_share=settled, overstay_share=0.0))
    w.today.entry_share[:], w.today.entry_days[:], w.today.entry_window[:] = 1.0, 30, 0
    w.today.law.border_run[:], w.today.law.permit_share[:] = 1.0, -1.0
    row = w.parties.row

    def renew_in(place: int) -> np.ndarray:
        row.place[:], row.status[:] = place, 0
        return np.array([at_status_end(w.now, w.people, np.int32(p)) == RENEWED for p in range(n)])

    stay = np.array([is_settled(w.now, w.people, np.int32(p)) for p in range(n)])
    here, there = renew_in(0), renew_in(1)
    assert is_share(stay.mean(), settled, n)
    assert is_share(here.mean(), max(renews, settled), n)
    assert here[stay].all()
    assert there[stay].all()
    others = max(renews - settled, 0.0) / (1 - settled)
    assert is_share((here & there)[~stay].mean(), others**2, int((~stay).sum()))
