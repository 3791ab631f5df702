"""Columns and values of record arrays."""

import weakref

import pytest

from emigre.numerics.records import records
from emigre.processes.arrays import LAW


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_columns_are_views_and_rows_are_freed_with_them(copies, first):
    rows = records(LAW, 3)[first:]
    rows = rows.copy() if copies else rows
    rows.grace[-1] = 5
    rows[0].permit_share = 0.5
    assert rows.grace.tolist() == rows["grace"].tolist() == [0, 0, 5][first:]
    assert rows[0].permit_share == rows.permit_share[0] == rows["permit_share"][0] == 0.5
    for part in rows, rows[0]:
        with pytest.raises(AttributeError, match="no column 'gracious'"):
            part.gracious.sum()
    freed = weakref.ref(rows)
    del rows, part
    assert freed() is None
