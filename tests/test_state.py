"""The columns: their order follows the schema, and growing keeps what is there."""

from __future__ import annotations

import numpy as np

from emigre import schema, state


def test_rows_of_the_books_are_those_of_the_schema():
    for kind in ("origin", "crossing", "country"):
        names = [m.name for m in schema.measures().values() if m.place_kind == kind]
        assert list(state.measure_index(kind)) == names
        assert list(state.measure_index(kind).values()) == list(range(len(names)))
    assert state.measure_index("origin")["trapped"] == state.O_TRAPPED
    assert state.measure_index("crossing")["waiting_ordinary"] == state.X_WAITING_ORDINARY
    assert state.measure_index("country")["in_need"] == state.C_IN_NEED
    assert state.measure_index("country")["asylum_pending"] == state.C_PENDING
    assert state.measure_index("crossing")["entered_transit"] == state.X_TRANSIT


def test_stocks_by_status_lie_in_the_order_of_the_codes():
    index = state.measure_index("country")
    for name, status in schema.statuses().items():
        assert index[f"stock_{name}"] == state.C_STOCK_VISITOR + status.code


def test_codes_of_states_are_distinct():
    codes = (
        state.TRAPPED,
        state.PREPARING,
        state.TRAVELLING,
        state.WAITING,
        state.ABROAD,
        state.RETURNED,
        state.ENDED,
    )
    assert codes == tuple(range(7))
    assert (state.TO_GATE, state.TO_GATE_2, state.TO_END) == (0, 1, 2)
    assert (state.BY_GROUP, state.BY_STATUS, state.BY_SIZE) == (0, 1, 2)
    assert (state.NO_CLAIM, state.PERMIT, state.ASYLUM) == (0, 1, 2)


def test_records_are_aligned_zeros_by_name():
    found = state.records(state.PARTY, 3)
    assert found.dtype.isalignedstruct
    assert [n for n, _ in state.PARTY] == list(found.dtype.names)
    assert found.funds.tolist() == [0.0, 0.0, 0.0]
    assert state.records(state.LAW, (2, 4)).reach.shape == (2, 4)


def test_growing_keeps_the_parties():
    few = state.new_parties(4)
    few.row.id = np.arange(4, dtype=np.uint64) + np.uint64(2**63)
    few.due[:] = [5, 6, 7, 8]
    many = state.grow_parties(few, 3, 10)
    assert many.row.size == many.due.size == 10
    assert many.row.id[:4].tolist() == [2**63, 2**63 + 1, 2**63 + 2, 0]
    assert many.due[:4].tolist() == [5, 6, 7, 0]


def test_empty_books_have_a_row_for_each_measure():
    books = state.zeros_books(2, 3, 4, 5)
    sizes = {k: len(state.measure_index(k)) for k in ("origin", "crossing", "country")}
    assert books.origin.shape == (sizes["origin"], 2, 5)
    assert books.crossing.shape == (sizes["crossing"], 3, 5)
    assert books.country.shape == (sizes["country"], 4, 5)
    assert books.wait_hours.shape == books.wait_served.shape == (3,)
    assert books.roots.shape == books.rooted.shape == (4,)
    assert all(b.sum() == 0 for b in books)
