"""Columns of arrays: their order follows the schema, and growing keeps their content."""

import numpy as np

from emigre import schema
from emigre.engine import space
from emigre.numerics.records import records
from emigre.processes import arrays


def test_rows_of_the_accounts_are_those_of_the_schema():
    for kind in ("origin", "crossing", "country"):
        names = [m.name for m in schema.measures().values() if m.place_kind == kind]
        assert list(arrays.measure_index(kind)) == names
        assert list(arrays.measure_index(kind).values()) == list(range(len(names)))
    assert arrays.measure_index("origin")["trapped"] == arrays.O_TRAPPED
    assert arrays.measure_index("crossing")["waiting_ordinary"] == arrays.X_WAITING_ORDINARY
    assert arrays.measure_index("country")["in_need"] == arrays.C_IN_NEED
    assert arrays.measure_index("country")["asylum_pending"] == arrays.C_PENDING
    assert arrays.measure_index("crossing")["entered_transit"] == arrays.X_TRANSIT


def test_stocks_by_status_lie_in_the_order_of_the_codes():
    index = arrays.measure_index("country")
    for name, status in schema.statuses().items():
        assert index[f"stock_{name}"] == arrays.C_STOCK_VISITOR + status.code


def test_codes_of_states_are_distinct():
    codes = (
        arrays.TRAPPED,
        arrays.PREPARING,
        arrays.TRAVELLING,
        arrays.WAITING,
        arrays.ABROAD,
        arrays.RETURNED,
        arrays.ENDED,
    )
    assert codes == tuple(range(7))
    assert (arrays.TO_CROSSING, arrays.TO_END) == (0, -1)
    assert (arrays.BY_GROUP, arrays.BY_STATUS, arrays.BY_SIZE) == (0, 1, 2)
    assert (arrays.NO_CLAIM, arrays.PERMIT, arrays.ASYLUM) == (0, 1, 2)


def test_records_are_aligned_zeros_by_name():
    found = records(arrays.PARTY, 3)
    assert found.dtype.isalignedstruct
    assert [n for n, _ in arrays.PARTY] == list(found.dtype.names)
    assert found.funds.tolist() == [0.0, 0.0, 0.0]
    assert records(arrays.LAW, (2, 4)).accessible_share.shape == (2, 4)


def test_growing_keeps_the_parties():
    few = space.new_parties(4)
    few.row.id = np.arange(4, dtype=np.uint64) + np.uint64(2**63)
    few.due[:] = [5, 6, 7, 8]
    many = space.grow_parties(few, 3, 10)
    assert many.row.size == many.due.size == 10
    assert many.row.id[:4].tolist() == [2**63, 2**63 + 1, 2**63 + 2, 0]
    assert many.due[:4].tolist() == [5, 6, 7, 0]


def test_empty_accounts_have_a_row_for_each_measure():
    books = space.zero_accounts(2, 3, 4, 5)
    sizes = {k: len(arrays.measure_index(k)) for k in ("origin", "crossing", "country")}
    assert books.origin.shape == (sizes["origin"], 2, 5)
    assert books.crossing.shape == (sizes["crossing"], 3, 5)
    assert books.country.shape == (sizes["country"], 4, 5)
    assert books.wait_hours.shape == books.wait_served.shape == (3,)
    assert books.roots.shape == books.rooted.shape == (4,)
    assert all(b.sum() == 0 for b in books)


def test_the_row_of_a_party_has_no_gaps_and_begins_with_the_most_read_columns():
    row = np.dtype(arrays.PARTY, align=True)
    gaps = row.itemsize - sum(row[name].itemsize for name in row.names)
    assert gaps < 8
    first = [name for name in row.names if row.fields[name][1] < 64]
    assert {"state", "status", "status_ends", "candidate", "decision", "need", "roots"} <= {*first}
