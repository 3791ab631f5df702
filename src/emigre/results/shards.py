"""Shards: finished runs kept on disk until they are merged into tables.

A shard holds the values of one run in the order of the layout. The worker that simulated the run
serialises it; the process that owns the folder stores it. Tables are merged in pieces, so memory
does not grow with the number of runs. Series that are zero on every day of every run are omitted.
"""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.numerics.array_types import F64
from emigre.numerics.cores import cores
from emigre.results import tables
from emigre.results.counts import Counts
from emigre.results.output_dir import is_whole_parquet, write_whole, writing
from emigre.results.statistics import Statistics
from emigre.results.trajectories import Trajectories

VALUES_AT_ONCE = 8_000_000
"""Values in memory while quantiles are computed (8 bytes each, three copies)."""
SPLIT = ("arrivals", "groups")
"""Tables whose rows are split further than by place, each with a shard of its own."""
_MOST_AT_ONCE = 250_000_000
"""The same for thousands of runs, which leave no smaller blocks: limits the threads."""
_ROWS = 8_192
"""Rows of a block that is read separately; the time to read one hardly depends on it."""
_MOST_BLOCKS = 8
"""Most blocks read together: more would take more memory and not be faster."""
_FILES = 64
"""Shards that are read together, at half the cost of reading them one by one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One finished run, serialised: the content of its files, by name.

    ``run`` is a Parquet file of all series, ``arrivals`` one of arrivals by origin, and ``groups``
    one of counts by category. ``marks`` is a NumPy file with a mask of the series (n_series,) that
    have values other than zero, the simulated value of each observation (n_observations,), and the
    statistics of analyzers (n_statistics,) with their names (n_statistics, 2). ``trace`` has the
    trajectories of single households, which no table contains. ``groups``, ``arrivals`` and
    ``trace`` exist only if they were recorded.
    """

    run: int
    files: dict[str, bytes]


def pack(
    layout: tables.Layout,
    counts: Counts,
    run: int,
    observed: F64,
    statistics: Statistics | None = None,
) -> Part:
    """Serialise a run; ``observed`` (n_observations,) are its values of the observations."""
    values = layout.matrix(counts)
    there = (np.abs(values) > 0.0).any(axis=1)  # not where nan
    files: dict[str, bytes] = {}
    if counts.by is not None:
        files["groups"] = _parquet(tables.groups(layout, counts.by, run, counts.places))
    if counts.arrivals is not None:
        files["arrivals"] = _parquet(tables.arrivals(layout, counts.arrivals, run, counts.places))
    if counts.trace is not None:
        files["trace"] = counts.trace.packed()
    marks = io.BytesIO()
    names = np.array(list(statistics or {}), np.str_).reshape(-1, 2)
    numbers = np.array(list((statistics or {}).values()), np.float64)
    np.savez(marks, there=there, observed=observed, names=names, numbers=numbers)
    files["marks"] = marks.getvalue()
    files["run"] = _parquet(pl.DataFrame({"value": values.ravel()}))
    return Part(run, files)


def keep(folder: Path, part: Part) -> None:
    """Write a shard; the file of values comes last and marks it as complete."""
    for name, content in part.files.items():
        write_whole(_file(folder, name, part.run), content)


def finished(folder: Path, runs: int) -> list[int]:
    """Runs with a complete shard; damaged shards do not count."""
    return [run for run in range(runs) if _is_finished(folder, run)]


def _is_finished(folder: Path, run: int) -> bool:
    optional = (_file(folder, name, run) for name in (*SPLIT, "trace"))
    paths = [_file(folder, name, run) for name in ("run", "marks")]
    paths += [path for path in optional if path.exists()]
    return all(is_zipfile(p) if p.suffix == ".npz" else is_whole_parquet(p) for p in paths)


def trace(folder: Path, run: int) -> Trajectories:
    """Trajectories of the households of a run that recorded them."""
    return Trajectories.unpacked(_file(folder, "trace", run).read_bytes())


def observed(folder: Path, runs: int) -> F64:
    """Simulated values of observations in each run (scores.with_references), (runs, n_rows)."""
    return np.stack([_marks(folder, run)["observed"] for run in range(runs)])


def statistics(folder: Path, run: int) -> Statistics:
    """Values returned by the analyzers for a run."""
    marks = _marks(folder, run)
    names = [(str(analyzer), str(name)) for analyzer, name in marks["names"]]
    return dict(zip(names, marks["numbers"].tolist(), strict=True))


def assemble(folder: Path, layout: tables.Layout, runs: int, target: Path) -> None:
    """Write daily.parquet, summary.parquet and, where counted, those of ``SPLIT``, side by side."""
    kept = np.logical_or.reduce([_marks(folder, run)["there"] for run in range(runs)])
    mask = np.repeat(kept, layout.n_days)
    keys = layout.keys(kept)
    made: dict[str, Callable[[], pl.LazyFrame]] = {
        "daily": lambda: _daily(folder, keys, runs, mask),
        "summary": lambda: _summary(folder, keys, runs, mask).lazy(),
    }
    made |= {
        name: partial(_split, folder, name, runs)
        for name in SPLIT
        if _file(folder, name, 0).exists()
    }

    def write(name: str) -> None:
        path = target / f"{name}.parquet"
        table = made[name]()
        with writing(path):
            table.sink_parquet(path, compression="zstd")

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, made))


def _split(folder: Path, name: str, runs: int) -> pl.LazyFrame:
    return pl.concat(pl.scan_parquet(_file(folder, name, run), glob=False) for run in range(runs))


def _daily(folder: Path, keys: pl.DataFrame, runs: int, mask: NDArray[np.bool_]) -> pl.LazyFrame:
    kept = pl.lit(pl.Series(mask))
    return pl.concat(
        pl.concat(
            [
                keys.lazy().select(pl.lit(run, pl.Int32).alias("run"), pl.all()),
                pl.scan_parquet(_file(folder, "run", run), glob=False).filter(kept).fill_nan(None),
            ],
            how="horizontal",
        )
        for run in range(runs)
    )


def _summary(folder: Path, keys: pl.DataFrame, runs: int, mask: NDArray[np.bool_]) -> pl.DataFrame:
    """Quantiles of the selected values (n_values,) over the runs, by whole blocks of the shards."""
    blocks = min(max(1, VALUES_AT_ONCE // (cores() * runs * _ROWS)), _MOST_BLOCKS)
    step = blocks * _ROWS
    workers = min(cores(), max(1, _MOST_AT_ONCE // (runs * step)))
    parts = [(start, mask[start : start + step]) for start in range(0, len(mask), step)]

    def summarised(part: tuple[int, NDArray[np.bool_]]) -> pl.DataFrame:
        start, picked = part
        taken = np.empty((runs, int(picked.sum())))
        for run in range(0, runs, _FILES):
            some = range(run, min(run + _FILES, runs))
            pieces = [_scan(folder, r, start, start + len(picked)) for r in some]
            for r, piece in zip(some, pl.collect_all(pieces), strict=True):
                taken[r] = piece["value"].to_numpy()[picked]
        return pl.DataFrame(tables.summarise(taken)).fill_nan(None)

    with ThreadPoolExecutor(workers) as pool:
        pieces = list(pool.map(summarised, (part for part in parts if part[1].any())))
    columns = pl.concat(pieces) if pieces else summarised((0, mask[:0]))
    return pl.concat([keys, columns], how="horizontal")


def values(folder: Path, run: int, first: int, after: int) -> F64:
    """Values (after - first,) of a run, numbers ``first`` up to ``after`` in the layout."""
    piece = _scan(folder, run, first, after).collect()
    return np.asarray(piece["value"].to_numpy(), dtype=np.float64)


def _scan(folder: Path, run: int, first: int, after: int) -> pl.LazyFrame:
    return pl.scan_parquet(_file(folder, "run", run), glob=False).slice(first, after - first)


def _file(folder: Path, name: str, run: int) -> Path:
    ending = "npz" if name in ("marks", "trace") else "parquet"
    return folder / f"{name}-{run:06d}.{ending}"


def _marks(folder: Path, run: int) -> dict[str, NDArray[np.generic]]:
    with np.load(_file(folder, "marks", run)) as arrays:
        return dict(arrays)


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd", row_group_size=_ROWS)
    return out.getvalue()
