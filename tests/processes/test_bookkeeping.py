"""Accounts against a recount."""

from collections import Counter

import numpy as np
import pytest
from small_world import groups_of, make, party

from emigre.processes.accounting import (
    category_at_home,
    category_of,
    flow_arrived,
    flow_crossing,
    flow_origin,
    origin_of,
    persons,
    tally,
)
from emigre.processes.arrays import (
    BY_GROUP,
    BY_SIZE,
    BY_STATUS,
    C_ARRIVED,
    O_DECIDED,
    X_ENTERED,
    measure_index,
)
from naive import bookkeeping as plain

N = 40
KINDS = ("origin", "crossing", "country")
BY = {BY_GROUP: "group", BY_STATUS: "status", BY_SIZE: "size"}


def filled(seed: int, scale: int, by: int):
    w = make(seed, scale=scale, by=by, n_parties=N)
    w.parties.row.state = w.rng.integers(0, 7, N)
    w.parties.row.in_need = w.rng.integers(0, 2, N)
    w.parties.row.claim = w.rng.integers(0, 3, N)
    return w


def written(books) -> Counter:
    found = Counter()
    for kind in KINDS:
        names = list(measure_index(kind))
        book = getattr(books, kind)
        for row, place, k in zip(*np.nonzero(book), strict=True):
            found[names[row], int(place), int(k)] = int(book[row, place, k])
    return found


def twin(w) -> Counter:
    return plain.stocks(
        [party(w.parties, p) for p in range(N)],
        [groups_of(w, p) for p in range(N)],
        w.world,
        BY[w.world.by],
    )


@pytest.mark.parametrize("by", list(BY))
@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(5))
def test_stocks_match_the_reference(seed, scale, by):
    w = filled(seed, scale, by)
    for p in range(N):
        tally(w.now, w.people, np.int32(p), 1)
    assert written(w.accounts) == twin(w)
    # Bracketing a change keeps the books right.
    for p in range(N):
        tally(w.now, w.people, np.int32(p), -1)
        w.parties.row.state[p] = (w.parties.row.state[p] + 3) % 7
        w.parties.row.status[p] = 5 - w.parties.row.status[p]
        w.parties.row.claim[p] = 2 - w.parties.row.claim[p]
        tally(w.now, w.people, np.int32(p), 1)
    assert written(w.accounts) == twin(w)
    for p in range(N):
        tally(w.now, w.people, np.int32(p), -1)
    assert not any(book.any() for book in w.accounts)


@pytest.mark.parametrize("by", list(BY))
def test_flows_count_persons_at_a_place(by):
    w = filled(1, 10, by)
    for p in range(N):
        q, group = np.int32(p), groups_of(w, p)
        assert persons(w.now, w.people, q) == 10 * w.parties.row.people[p]
        assert origin_of(w.people, q) == group.origin
        k = category_of(w.now, w.people, q)
        assert k == plain.category(party(w.parties, p), group, BY[by])
        assert category_at_home(w.now, group.group) == (group.category if by == BY_GROUP else 0)
        before = [b.copy() for b in w.accounts[:4]]
        flow_origin(w.now, w.people, q, O_DECIDED)
        flow_crossing(w.now, w.people, q, X_ENTERED, 2)
        flow_arrived(w.now, w.people, q, 1)
        grown = [b - a for a, b in zip(before, w.accounts[:4], strict=True)]
        n = 10 * int(w.parties.row.people[p])
        assert [g.sum() for g in grown] == [n] * 4
        assert grown[0][O_DECIDED, group.origin, k] == n
        assert grown[1][X_ENTERED, 2, k] == n
        assert grown[2][C_ARRIVED, 1, k] == n
        assert grown[3][group.origin, 1] == n
