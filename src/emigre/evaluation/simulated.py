"""Simulated values of observations, for every run of a run folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.errors import ResultsError
from emigre.results.folder import Results


def figures(results: Results, observations: pl.DataFrame) -> NDArray[np.float64]:
    """Values of the rows (columns measure, place, from, to), shape (n_runs, n_rows).

    Flows are summed over the days and stocks averaged. nan if the days or the place are not in the
    run, and for waiting times over several days, because the table lacks the numbers served. A
    series that is not in the table is zero throughout.
    """
    info = results.info
    out = np.full((info.runs, observations.height), np.nan)
    rows = list(observations.iter_rows(named=True))
    wanted = [i for i, row in enumerate(rows) if _is_there(results, row)]
    daily = daily_values(results, ((rows[i]["measure"], rows[i]["place"]) for i in wanted))
    for i in wanted:
        row = rows[i]
        days = slice((row["from"] - info.start).days, (row["to"] - info.start).days)
        series = daily.get((row["measure"], row["place"]))
        kind = schema.measures()[row["measure"]].kind
        if series is not None:
            some = series[:, days]
            out[:, i] = some.sum(axis=1) if kind == "flow" else some.mean(axis=1)
        elif kind != "mean":
            out[:, i] = 0.0
    return out


def _is_there(results: Results, row: dict[str, Any]) -> bool:
    info = results.info
    is_inside = info.start <= row["from"] and row["to"] <= info.end + timedelta(days=1)
    measure = schema.measures().get(row["measure"])
    if measure is None or row["place"] not in info.places or not is_inside:
        return False
    return measure.kind != "mean" or (row["to"] - row["from"]).days == 1


def daily_values(
    results: Results, series: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Series of the daily table as arrays (n_runs, n_days), in one pass over the table.

    Series that the table lacks, being zero throughout, are left out. nan: nobody was served.
    ResultsError if the table is damaged.
    """
    info, wanted = results.info, set(series)
    lazy = results.scan_daily()
    chosen = [
        pl.col(name).cast(pl.String).is_in(sorted({pair[i] for pair in wanted}))
        for i, name in enumerate(("measure", "place"))
    ]
    found: dict[tuple[str, str], NDArray[np.float64]] = {}
    frame = lazy.filter(chosen).collect()
    for key, part in frame.partition_by("measure", "place", as_dict=True).items():
        if key in wanted:
            values = part.sort("run", "date")["value"].fill_null(float("nan")).to_numpy()
            if values.size != info.runs * info.n_days:
                raise ResultsError(f"{results.folder} is damaged: daily.parquet has gaps")
            found[str(key[0]), str(key[1])] = values.reshape(info.runs, info.n_days)
    return found
