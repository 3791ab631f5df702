"""People who are abroad when the first day begins."""

import numpy as np
import pytest
from small_world import make

from emigre.engine.space import new_parties
from emigre.processes.arrays import (
    ABROAD,
    DISPLACED,
    MAX_SIZE,
    NEVER,
    NOWHERE,
    VISITOR,
    measure_index,
)
from emigre.processes.departures import draw_size
from emigre.processes.initial_stock import draw_cohort, settle_present
from tolerances import STANDARD_ERRORS

C = measure_index("country")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [1, 7])
def test_every_person_is_present_without_limit_as_a_visitor_or_displaced(seed, scale):
    w = make(seed, n_parties=1, scale=scale)
    rng = np.random.default_rng(seed)
    present = rng.integers(0, 60, (2, 3)) * rng.integers(0, 2, (2, 3))
    w.parties = parties = new_parties(int(present.sum()) + 5)
    homes, typical_homes = w.cohorts.homes.copy(), w.cohorts.homes.astype(np.float64)
    before = w.accounts.country.copy()
    used = settle_present(w.now, w.people, present, typical_homes, 3)
    row = parties.row[3:used]
    for o in range(2):
        for d in range(3):
            here = (w.cohorts.row.origin[row.cohort] == o) & (row.place == d)
            assert row.people[here].sum() == present[o, d]
    assert (row.state == ABROAD).all()
    own = w.world.origin_state[w.cohorts.row.origin[row.cohort]]
    inside = own == w.world.countries.state[row.place]
    assert (row.status == np.where(inside, DISPLACED, VISITOR)).all()
    assert (row.status_ends == NEVER).all()
    assert (row.way == NOWHERE).all()
    assert (row.household == row.people).all()
    assert (row.people >= 1).all()
    assert len(np.unique(row.id)) == len(row)
    assert (parties.due[3:used] >= w.today.day).all()
    gained = (w.accounts.country - before).sum(axis=2)
    there = gained[C["stock_visitor"]] + gained[C["stock_displaced"]]
    assert (there == present.sum(axis=0) * scale).all()
    assert gained[C["stock_displaced"]].tolist() == [0, 0, present[1, 2] * scale]
    assert gained[C["arrived"]].sum() == 0
    assert (w.cohorts.homes == homes).all()  # nobody is taken from home


def test_cohorts_are_drawn_in_proportion_to_their_households():
    w = make(3, n_parties=1)
    mine = np.flatnonzero(w.cohorts.row.origin == 0)
    n = 4000
    rng = np.random.default_rng(0)
    typical_homes = w.cohorts.homes.astype(np.float64)
    drawn = np.array([draw_cohort(w.people, typical_homes, 0, u) for u in rng.random(n)])
    assert set(drawn) <= set(mine)
    total = w.cohorts.row.total[mine]
    for cohort, share in zip(mine, total / total.sum(), strict=True):
        error = np.sqrt(share * (1 - share) / n)
        assert abs((drawn == cohort).mean() - share) <= STANDARD_ERRORS * max(error, 1e-9)


def test_where_nobody_is_at_home_cohorts_are_drawn_by_those_expected_there():
    w = make(3, n_parties=1)
    typical_homes = np.zeros((6, MAX_SIZE))
    typical_homes[0, 0], typical_homes[2, [2, 4]] = 0.03, 0.005
    drawn = [draw_cohort(w.people, typical_homes, 0, u) for u in (1e-9, 0.7499, 0.7501, 1 - 1e-9)]
    assert drawn == [0, 0, 2, 2]  # never 1, to which nobody belongs
    assert [draw_size(typical_homes, 2, u) for u in (1e-9, 0.499, 0.501, 1 - 1e-9)] == [3, 3, 5, 5]


def test_sizes_of_parties_present_are_those_of_households():
    w = make(5, n_parties=1)
    typical_homes = w.cohorts.homes.astype(np.float64)
    present = np.zeros((2, 3), np.int64)
    present[1, 2] = 9000
    w.parties = parties = new_parties(9005)
    used = settle_present(w.now, w.people, present, typical_homes, 0)
    share = typical_homes[3:].sum(axis=0) / typical_homes[3:].sum()
    found = np.bincount(parties.row.people[:used], minlength=MAX_SIZE + 1)[1:] / used
    error = np.sqrt(share * (1 - share) / used)
    assert (np.abs(found - share) <= STANDARD_ERRORS * error + 1 / used).all()
