"""Paired differences between the runs of two worlds, daily and over a period."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.comparison.folder import TOTALS
from emigre.numerics.array_types import F64
from emigre.results import csv_files, shards, window
from emigre.results.complements import Parts, hide_complements
from emigre.results.disclosure import counts_persons, is_small, label_small
from emigre.results.scores_csv import plain
from emigre.results.tables import QUANTILES, Layout, summarise

WHAT = {"flow": "sum of the days", "stock": "on the last day", "mean": "weighted mean of the days"}
"""How each kind of measure is taken over a period: a stock is that of its last day."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The finished runs of a world: folder of shards and row layout."""

    folder: Path
    layout: Layout


def effects(
    base: Kept, other: Kept, layout: Layout, runs: int, days: slice
) -> tuple[pl.DataFrame, F64, F64]:
    """Daily effects, and totals over ``days`` of both worlds by run.

    The frame has date, measure, place, mean and quantiles of the paired differences, for series
    that differ on any day of any run. The two arrays have shape (runs, n_series) for the series
    of the layout, which has those of both worlds. A series that a world lacks, because it has no
    such place, is zero there, and nan if it is a mean.
    """
    frames: list[pl.DataFrame] = []
    totals = np.full((2, runs, len(layout.series)), np.nan)
    for first, after in _pieces(layout, runs):
        piece = layout.series[first:after]
        sides = [_values(world, runs, piece) for world in (base, other)]
        for side, world in enumerate((base, other)):
            totals[side, :, first:after] = _over(world, sides[side], piece, days)
        difference = sides[1] - sides[0]
        differing = (np.nan_to_num(difference) != 0.0).any(axis=(0, 2))
        if differing.any():
            kept = np.zeros(len(layout.series), np.bool_)
            kept[first:after] = differing
            quantiles = summarise(difference[:, differing].reshape(runs, -1))
            numbers = pl.DataFrame(quantiles).fill_nan(None)
            frames.append(pl.concat([layout.keys(kept), numbers], how="horizontal"))
    if not frames:
        keys = layout.keys(np.zeros(len(layout.series), np.bool_))
        empty = (pl.lit(None, pl.Float64).alias(n) for n in ("mean", *QUANTILES))
        frames.append(keys.with_columns(empty))
    return pl.concat(frames), totals[0], totals[1]


def _pieces(layout: Layout, runs: int) -> Iterator[tuple[int, int]]:
    """Blocks of series for which all runs fit into memory."""
    step = max(1, shards.VALUES_AT_ONCE // (runs * layout.n_days))
    for first in range(0, len(layout.series), step):
        yield first, min(first + step, len(layout.series))


def _values(kept: Kept, runs: int, series: Sequence[tuple[str, str]]) -> F64:
    """Values of some series in all runs: (runs, series, days); 0 (means: nan) if unknown."""
    layout = kept.layout
    index = {name: i for i, name in enumerate(layout.series)}
    positions = [index.get(name, -1) for name in series]
    there = np.array([i >= 0 for i in positions])
    out = np.zeros((runs, len(positions), layout.n_days))
    out[:, [schema.measures()[measure].kind == "mean" for measure, _ in series]] = np.nan
    if not there.any():
        return out
    rows = np.array([i for i in positions if i >= 0])
    low, high = int(rows.min()), int(rows.max()) + 1
    for run in range(runs):
        piece = shards.values(kept.folder, run, low * layout.n_days, high * layout.n_days)
        out[run, there] = piece.reshape(high - low, layout.n_days)[rows - low]
    return out


def _over(kept: Kept, values: F64, series: Sequence[tuple[str, str]], days: slice) -> F64:
    """Value over the period by run and series, (runs, series); stocks are those of the last day."""
    out = np.empty(values.shape[:2])
    for measure in dict.fromkeys(measure for measure, _ in series):
        rows = [i for i, (name, _) in enumerate(series) if name == measure]
        weight = None
        if measure in window.WEIGHTS:
            places = [series[i][1] for i in rows]
            parts = [
                _values(kept, len(values), [(name, place) for place in places])[:, :, days]
                for name in window.WEIGHTS[measure]
            ]
            weight = np.sum(parts, axis=0)
        out[:, rows] = window.value(
            measure, values[:, rows][:, :, days], weight, stock=window.LAST_DAY
        )
    return out


def totals(
    name: str,
    base: F64,
    other: F64,
    series: Sequence[tuple[str, str]],
    period: tuple[date, date],
    places: Mapping[str, tuple[str, str]],
) -> pl.DataFrame:
    """A row for every series that is nonzero in any run of either world.

    ``base``, ``other``: totals over the period by run and series, (n_runs, n_series), in the unit
    of the measure. ``places`` maps an id to the name and the kind of the place.
    """
    rows = []
    summary = summarise(other - base)
    for i in np.flatnonzero(_is_nonzero(base) | _is_nonzero(other)).tolist():
        a, b, (measure, place) = base[:, i], other[:, i], series[i]
        place_name, kind = places.get(place, (place, "area"))
        effect = (b - a)[~np.isnan(b - a)]
        row = {
            "alternative": name,
            "measure": measure,
            "place": place,
            "place_name": place_name,
            "place_kind": kind,
            "what": WHAT[schema.measures()[measure].kind],
            "from": period[0],
            "to": period[1],
            "baseline": _mean(a),
            "alternative_value": _mean(b),
            "runs": len(effect),
            "runs_up": int((effect > 0).sum()),
            "runs_down": int((effect < 0).sum()),
        }
        if len(effect):
            row |= {q: float(v[i]) for q, v in summary.items()}
        if len(effect) > 1:
            row["standard_error"] = float(effect.std(ddof=1) / np.sqrt(len(effect)))
        rows.append(row)
    return pl.DataFrame(rows, schema=TOTALS, orient="row")


def _is_nonzero(values: F64) -> NDArray[np.bool_]:
    """Whether a series is nonzero in any run."""
    return np.asarray((np.nan_to_num(values) != 0.0).any(axis=0))


def _mean(values: F64) -> float | None:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None


def _not_computable(frame: pl.DataFrame, persons: pl.Expr, small: int) -> pl.DataFrame:
    """The table without the level that would give away the only withheld one of three numbers."""
    hidden = {
        n: persons & is_small(pl.col(n), small).fill_null(True)
        for n in ("baseline", "alternative_value", "mean")
    }
    before, after, effect = hidden.values()
    is_level = (pl.col("baseline") != 0) & (pl.col("alternative_value") != 0)
    return frame.with_columns(
        pl.when(~(after & ~before & ~effect)).then(pl.col("baseline")).alias("baseline"),
        pl.when(~((before & ~after & ~effect) | (effect & ~before & ~after & is_level)))
        .then(pl.col("alternative_value"))
        .alias("alternative_value"),
    )


def _protected(frame: pl.DataFrame, small: int, parts_of: Callable[[str], Parts]) -> pl.DataFrame:
    """The table without numbers from which a withheld one would follow, by row or by column."""
    numbers, empty = ("baseline", "alternative_value", "mean", *QUANTILES), -1
    while (now := sum(frame.select(numbers).null_count().row(0))) != empty:
        empty = now
        frame = _not_computable(frame, counts_persons(), small)
        frame = hide_complements(frame, numbers, small, parts_of, by=("alternative",))
    return frame


def write_totals(
    frame: pl.DataFrame, path: Path, small_count: int, parts_of: Callable[[str], Parts]
) -> None:
    """Write the table; persons and differences below ``small_count`` are withheld.

    A withheld difference keeps its sign: ``<10`` and ``>-10``. Numbers from which a withheld one
    could be computed are left empty. parts_of: the parts of the totals of a measure.
    """
    persons = counts_persons()
    numbers = ("baseline", "alternative_value", "mean", *QUANTILES, "standard_error")
    table = _protected(frame, small_count, parts_of).with_columns(
        label_small(n, small_count, pl.col(n).map_elements(plain, return_dtype=pl.String), persons)
        for n in numbers
    )
    csv_files.write(table, path)
