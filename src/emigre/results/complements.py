"""Withhold numbers from which a withheld count could be computed (complementary suppression).

If a total is shown and only one of its parts is withheld, that part is the total minus the others.
The smallest other part is then withheld too or, if there is none, the total. Totals are areas, the
crossings into a country, and ``*``. A total is also compared with the totals inside it. Areas that
overlap partly are protected separately, but not differences between them. With two runs a quantile
also follows from two others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.numerics.array_types import F64
from emigre.results.disclosure import ADDING_RUNS, counts_persons, is_small, small_count_of

Parts = Mapping[str, NDArray[np.intp]]
"""Places and totals of a kind of place: numbers of the places in each."""


def hide_complements(
    table: pl.DataFrame,
    columns: Sequence[str],
    small: int,
    parts_of: Callable[[str], Parts],
    by: Sequence[str],
) -> pl.DataFrame:
    """Empty the cells that reveal a count below ``small`` in the same column.

    ``parts_of`` returns the parts of every total of a measure; ``by`` are the columns that
    distinguish rows of the same measure and place.
    """
    groups = table.select(pl.struct("measure", *by).rank("dense").cast(pl.Int64)).to_series()
    group = groups.to_numpy() - 1
    measures, places = (table[name].cast(pl.String).to_numpy() for name in ("measure", "place"))
    values = {c: table[c].cast(pl.Float64).fill_null(np.nan).to_numpy().copy() for c in columns}
    for measure in dict.fromkeys(measures):
        least = small_count_of(measure, small)
        rows = np.flatnonzero(measures == measure)
        if least <= 0 or not rows.size:
            continue
        parts = parts_of(measure)
        _, day = np.unique(group[rows], return_inverse=True)
        where = {name: i for i, name in enumerate(parts)}
        row_of = np.full((len(parts), int(day.max()) + 1), -1)
        known = np.array([where.get(place, -1) for place in places[rows]])
        row_of[known[known >= 0], day[known >= 0]] = rows[known >= 0]
        structure = _Structure.of(list(parts.values()))
        for cells in values.values():
            _hide(cells, row_of, structure, least)
    return table.with_columns(
        pl.when(pl.Series(np.isnan(cells))).then(None).otherwise(pl.col(name)).alias(name)
        for name, cells in values.items()
    )


DAILY = ("q05", "q50", "q95")
"""Quantiles of a day that are exported."""


def hide_daily(
    rows: pl.DataFrame, small: int, runs: int, parts_of: Callable[[str], Parts]
) -> pl.DataFrame:
    """Empty the daily quantiles that reveal a count below ``small``.

    The median of two runs is the middle of their interval: all three are withheld together.
    """
    least = pl.when(counts_persons()).then(small).otherwise(0)
    small_ones = {name: is_small(pl.col(name), least) for name in DAILY}
    is_hidden = pl.any_horizontal(e | pl.col(n).is_null() for n, e in small_ones.items())
    empty = -1
    while (now := sum(rows.select(DAILY).null_count().row(0))) != empty:
        empty = now
        if runs <= ADDING_RUNS:
            rows = rows.with_columns(
                pl.when(~is_hidden | keep).then(pl.col(name)).alias(name)
                for name, keep in small_ones.items()
            )
        rows = hide_complements(rows, DAILY, small, parts_of, by=("date",))
    return rows


class _Structure(NamedTuple):
    """Composition of the places and totals of a measure."""

    holds: NDArray[np.bool_]  # (places and totals, places)
    rows: NDArray[np.intp]  # (places) the row of each
    within: dict[int, NDArray[np.bool_]]  # totals, small ones first: the totals inside each

    @classmethod
    def of(cls, parts: list[NDArray[np.intp]]) -> Self:
        holds = np.zeros((len(parts), 1 + max(int(p.max()) for p in parts)), np.bool_)
        for i, members in enumerate(parts):
            holds[i, members] = True
        place = {int(members[0]): i for i, members in enumerate(parts) if members.size == 1}
        rows = np.array([place[leaf] for leaf in range(holds.shape[1])], np.intp)
        count = holds.sum(axis=1)
        within = {
            total: (count > 1) & (count < count[total]) & ~(holds & ~holds[total]).any(axis=1)
            for total in np.argsort(count, kind="stable")[(count == 1).sum() :].tolist()
        }
        return cls(holds, rows, within)


def _hide(cells: F64, row_of: NDArray[np.intp], structure: _Structure, small: int) -> None:
    """Set cells to nan. row_of: (places and totals, days), -1 where the table has no row."""
    value = np.where(row_of < 0, 0.0, cells[row_of])
    hidden = is_small(value, small) | np.isnan(value)
    if not hidden.any():
        return
    shown = ~hidden & (row_of >= 0)
    size = np.where(np.isnan(value) | (value == 0), np.inf, np.abs(value))
    holds, rows, within = structure
    changed = True
    while changed:
        changed = False
        for total, inside in within.items():
            less = (holds[inside, :, None] & shown[inside, None, :]).any(axis=0)
            for left_out in (less, np.zeros_like(less)):
                in_question = holds[total][:, None] & ~left_out
                alone = shown[total] & ((hidden[rows] & in_question).sum(axis=0) == 1)
                for day in np.flatnonzero(alone):
                    sizes = np.where(
                        in_question[:, day] & ~hidden[rows, day], size[rows, day], np.inf
                    )
                    second = rows[sizes.argmin()] if np.isfinite(sizes.min()) else total
                    same = (holds == holds[second]).all(axis=1)
                    hidden[same, day], shown[same, day], changed = True, False, True
                    where = row_of[same, day]
                    cells[where[where >= 0]] = np.nan
