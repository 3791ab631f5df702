"""The books beside a count from scratch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from small_world import groups_of, make, party

from emigre.processes.bookkeeping import (
    category_of,
    flow_country,
    flow_crossing,
    flow_origin,
    origin_of,
    persons,
    tally,
)
from emigre.state import C_ARRIVED, O_DECIDED, X_ENTERED, measure_index
from naive import bookkeeping as plain

N = 40
KINDS = ("origin", "crossing", "country")


def filled(seed: int, scale: int, by_status: int):
    w = make(seed, scale=scale, by_status=by_status, n_parties=N)
    w.parties.row.state = w.rng.integers(0, 7, N)
    w.parties.row.in_need = w.rng.integers(0, 2, N)
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
        w.world.scale,
        w.world.by_status,
    )


@pytest.mark.parametrize("by_status", [0, 1])
@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(5))
def test_stocks_are_those_of_the_twin(seed, scale, by_status):
    w = filled(seed, scale, by_status)
    for p in range(N):
        tally(w.world, w.cohorts, w.parties, w.books, np.int32(p), 1)
    assert written(w.books) == twin(w)
    # Bracketing a change keeps the books right.
    for p in range(N):
        tally(w.world, w.cohorts, w.parties, w.books, np.int32(p), -1)
        w.parties.row.state[p] = (w.parties.row.state[p] + 3) % 7
        w.parties.row.status[p] = 5 - w.parties.row.status[p]
        tally(w.world, w.cohorts, w.parties, w.books, np.int32(p), 1)
    assert written(w.books) == twin(w)
    for p in range(N):
        tally(w.world, w.cohorts, w.parties, w.books, np.int32(p), -1)
    assert not any(book.any() for book in w.books)


@pytest.mark.parametrize("by_status", [0, 1])
def test_flows_count_persons_at_a_place(by_status):
    w = filled(1, 10, by_status)
    for p in range(N):
        q, group = np.int32(p), groups_of(w, p)
        assert persons(w.world, w.parties, q) == 10 * w.parties.row.people[p]
        assert origin_of(w.cohorts, w.parties, q) == group.origin
        k = category_of(w.world, w.cohorts, w.parties, q)
        abroad = w.parties.row.state[p] == 4
        status = int(w.parties.row.status[p]) + 1 if abroad else 0
        assert k == (status if by_status else group.category)
        before = [b.copy() for b in w.books[:3]]
        flow_origin(w.world, w.cohorts, w.parties, w.books, q, O_DECIDED)
        flow_crossing(w.world, w.cohorts, w.parties, w.books, q, X_ENTERED, 2)
        flow_country(w.world, w.cohorts, w.parties, w.books, q, C_ARRIVED, 1)
        grown = [b - a for a, b in zip(before, w.books[:3], strict=True)]
        n = 10 * int(w.parties.row.people[p])
        assert [g.sum() for g in grown] == [n, n, n]
        assert grown[0][O_DECIDED, group.origin, k] == n
        assert grown[1][X_ENTERED, 2, k] == n
        assert grown[2][C_ARRIVED, 1, k] == n
