"""Runs on their way to the tables: each finished run is kept on disk until all are there.

Memory does not grow with the number of runs: a part holds the values of one run in the order of
the layout, and the tables are put together piece by piece. Series that are zero on every day of
every run are left out of the tables.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.results import tables
from emigre.results.counts import Counts

VALUES_AT_ONCE = 32_000_000
"""How many values are held while quantiles are taken (8 bytes each, three copies)."""


def write(folder: Path, layout: tables.Layout, counts: Counts, run: int) -> NDArray[np.bool_]:
    """Keep one run; returns which series (n_series,) are anything but zero or empty."""
    values = layout.matrix(counts)
    _write_whole(pl.DataFrame({"value": values.ravel()}), _part(folder, run))
    if counts.by is not None:
        groups = tables.groups(layout, counts.by, run, counts.places)
        _write_whole(groups, _group_part(folder, run))
    return np.asarray((np.nan_to_num(values) != 0.0).any(axis=1))


def assemble(
    folder: Path, layout: tables.Layout, runs: int, kept: NDArray[np.bool_], target: Path
) -> None:
    """Write daily.parquet, summary.parquet and (if asked for) groups.parquet into ``target``."""
    keys = layout.keys(kept)
    mask = np.repeat(kept, layout.n_days)
    _daily(folder, layout, runs, mask).sink_parquet(target / "daily.parquet")
    _summary(folder, keys, runs, mask).write_parquet(target / "summary.parquet")
    groups = [_group_part(folder, run) for run in range(runs)]
    if groups and groups[0].exists():
        pl.concat([pl.scan_parquet(p) for p in groups]).sink_parquet(target / "groups.parquet")


def _daily(folder: Path, layout: tables.Layout, runs: int, mask: NDArray[np.bool_]) -> pl.LazyFrame:
    keys = layout.keys().with_columns(pl.Series("kept", mask)).lazy()
    frames = [
        pl.concat([keys, pl.scan_parquet(_part(folder, run))], how="horizontal")
        .filter("kept")
        .select(
            pl.lit(run, pl.Int32).alias("run"),
            pl.col("date", "measure", "place"),
            pl.col("value").fill_nan(None),
        )
        for run in range(runs)
    ]
    return pl.concat(frames)


def _summary(folder: Path, keys: pl.DataFrame, runs: int, mask: NDArray[np.bool_]) -> pl.DataFrame:
    step = max(1, VALUES_AT_ONCE // max(runs, 1))
    pieces = []
    for start in range(0, len(mask), step):
        picked = mask[start : start + step]
        values = np.empty((runs, int(picked.sum())))
        for run in range(runs):
            piece = pl.scan_parquet(_part(folder, run)).slice(start, len(picked)).collect()
            values[run] = piece["value"].to_numpy()[picked]
        pieces.append(pl.DataFrame(tables.summarise(values)).fill_nan(None))
    columns = pl.concat(pieces)
    return pl.concat([keys, columns], how="horizontal")


def _part(folder: Path, run: int) -> Path:
    return folder / f"run-{run:06d}.parquet"


def _group_part(folder: Path, run: int) -> Path:
    return folder / f"groups-{run:06d}.parquet"


def _write_whole(frame: pl.DataFrame, path: Path) -> None:
    """Write beside, then rename: a part that has its name is complete."""
    draft = path.with_suffix(".draft")
    frame.write_parquet(draft, compression="lz4")
    draft.replace(path)
