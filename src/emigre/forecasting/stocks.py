"""Start stocks from their last count.

The error of a stock persists: it depends on who is counted, and on everybody who came or left
before. With y_L the last count of a place, on day L, the stock of run i becomes

    S_i(t) - S_i(L) + y_L, at least 0

The forecast thus starts from the published stock and changes by the simulated flow. Errors that
earlier and later counts have in common cancel. Differences between runs are not conditioned
further: a stock that grew fast would then be expected to keep growing.

A run may start from a stock that was counted before its first day. Its error has grown since then
(model_error.py).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.model_error import kind_of
from emigre.evaluation.observation_error import observation_median
from emigre.forecasting.cells import Cells
from emigre.scenario.count_error import count_error


def from_last_counts(cells: Mapping[str, Cells], figures: pl.DataFrame) -> dict[str, Cells]:
    """Cells in which stocks of single places start from their last figure."""
    out = dict(cells)
    rows = figures.filter(pl.Series(_is_of_one_place(cells, figures), dtype=pl.Boolean)).sort("to")
    last = rows.unique(["measure", "place"], keep="last", maintain_order=True)
    counted = observation_median(last)
    for row, count in zip(last.iter_rows(named=True), counted, strict=True):
        before = out[row["measure"]]
        place = before.rows[row["place"]]
        if _is_before(before, row):
            age = np.zeros(before.values.shape[1]) + before.age
            age[place] = (before.start - row["to"]).days
            out[row["measure"]] = replace(before, age=age)
            continue
        level = before.parts(row).sum(axis=(1, 2))[:, None, None]
        values = before.values.copy()
        values[:, place] = np.maximum(values[:, place] - level + count, 0.0)
        out[row["measure"]] = replace(before, values=values)
    return out


def is_lasting(
    cells: Mapping[str, Cells], rows: pl.DataFrame, known: pl.DataFrame
) -> NDArray[np.bool_]:
    """Whether the stock of a figure starts from a known one, whose error persists, (n_rows,)."""
    started = set(known.select("measure", "place").iter_rows())
    lasting: NDArray[np.bool_] = np.array(_is_of_one_place(cells, rows), dtype=bool)
    for i, row in enumerate(rows.iter_rows(named=True)):
        is_vague = count_error(row).sd > 0
        lasting[i] &= is_vague and (row["measure"], row["place"]) in started
    return lasting


def _is_before(cells: Cells, row: Mapping[str, Any]) -> bool:
    """Whether a figure is about a place of the cells, before their first day."""
    return row["place"] in cells.rows and row["to"] <= cells.start


def _is_of_one_place(cells: Mapping[str, Cells], rows: pl.DataFrame) -> list[bool]:
    return [
        kind_of(row["measure"]) == "stock"
        and row["measure"] in cells
        and (cells[row["measure"]].holds(row) or _is_before(cells[row["measure"]], row))
        and len(cells[row["measure"]].rows[row["place"]]) == 1
        for row in rows.iter_rows(named=True)
    ]
