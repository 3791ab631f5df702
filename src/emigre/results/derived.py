"""Derived measures: functions over the daily table that other packages register.

They are written into ``derived.parquet`` of a run folder, with the columns of ``daily.parquet``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl

from emigre import extensions, schema
from emigre.results import shards, tables
from emigre.results.output_dir import writing

FILE = "derived.parquet"
KEYS = ("date", "measure", "place")
COLUMNS = {"date": pl.Date(), "place": pl.String(), "value": pl.Float64()}

_refusal = partial(extensions.refusal, extensions.MEASURES)


@dataclass(frozen=True)
class DerivedMeasure:
    """A measure computed from others, an entry point of the group ``emigre.measures``.

    The name of the entry point is that of the measure.

    Attributes
    ----------
    unit : str
        Unit of the values.
    kind : {"flow", "stock", "mean"}
        How values are combined over days.
    derive : callable
        Function of the daily table of one run (date, measure, place, value; with the series that
        are zero throughout) that returns a frame of date, place and value. It must not depend on
        anything else.
    """

    unit: str
    kind: Literal["flow", "stock", "mean"]
    derive: Callable[[pl.DataFrame], pl.DataFrame]


def measures() -> dict[str, DerivedMeasure]:
    """The derived measures of the packages installed; InputError if one cannot be used."""
    added = extensions.load_all(extensions.MEASURES, DerivedMeasure)
    for name, measure in added.items():
        if name in schema.measures():
            raise _refusal(name, "a measure of the model", "a name of its own")
        if measure.kind not in ("flow", "stock", "mean"):
            raise _refusal(name, repr(measure.kind), "flow, stock or mean")
    return added


def write(
    derived: dict[str, DerivedMeasure], parts: Path, layout: tables.Layout, runs: int, home: Path
) -> None:
    """Write the derived measures of all runs from their parts, one run after the other."""
    (home / FILE).unlink(missing_ok=True)  # of an attempt with other packages
    if not derived:
        return
    keys, frames = layout.keys(), []
    names = pl.Enum(list(derived))
    for run in range(runs):
        values = shards.values(parts, run, 0, len(keys))
        daily = keys.with_columns(pl.Series("value", values).fill_nan(None))
        for name, measure in derived.items():
            keyed = {"run": pl.lit(run, pl.Int32), "measure": pl.lit(name).cast(names)}
            frame = _checked(name, measure.derive(daily)).with_columns(**keyed)
            frames.append(frame.select("run", *KEYS, "value"))
    with writing(home / FILE):
        pl.concat(frames).write_parquet(home / FILE, compression="zstd")


def _checked(name: str, frame: object) -> pl.DataFrame:
    """The table of a derived measure, sorted; InputError unless it is one."""
    expected = "a table of date, place and value, one row per day and place"
    if not isinstance(frame, pl.DataFrame) or not set(COLUMNS) <= set(frame.columns):
        found = getattr(frame, "columns", type(frame).__name__)
        raise _refusal(name, str(found), expected)
    try:
        typed = frame.select(pl.col(column).cast(kind) for column, kind in COLUMNS.items())
    except pl.exceptions.PolarsError as error:
        raise _refusal(name, str(error), expected) from None
    if typed.select(pl.struct("date", "place").is_duplicated().any()).item():
        raise _refusal(name, "a day and place twice", expected)
    return typed.sort("place", "date")


def summary(daily: pl.DataFrame) -> pl.DataFrame:
    """Mean and quantiles over the runs, as in ``summary.parquet``."""
    runs = daily.pivot(on="run", index=KEYS, values="value").sort("measure", "place", "date")
    values = runs.drop(KEYS).cast(pl.Float64).fill_null(float("nan")).to_numpy().T
    return pl.concat(
        [runs.select(KEYS), pl.DataFrame(tables.summarise(values)).fill_nan(None)], how="horizontal"
    )
