"""Averaged relative difference (ARD), the score of camp forecasts in the Flee literature.

The averaged relative difference (Suleimenova, Bell and Groen 2017, doi:10.1038/s41598-017-13828-9)
over camps c and days t, n simulated and N registered people:

    ARD       mean over t of  sum_c |n_c(t) - N_c(t)| / max(1, sum_c N_c(t))
    rescaled  the same with n_c(t) replaced by  n_c(t) sum N(t) / sum n(t)

so 0 is perfect and 2 means everybody is in the wrong place. Between counts N_c is interpolated
linearly and truncated to whole people, with constant extrapolation. All days of the run count,
including the first. Counts are the observations of `stock` on single days at places of kind camp,
without those marked context.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from emigre.numerics.array_types import F64
from emigre.results import csv_files
from emigre.results.counts import EVERYWHERE
from emigre.results.tables import summarise

FILE = "ard.csv"
MEASURE = "stock"
COLUMNS = ("place", "days", "ard", "ard_q05", "ard_q95", "rescaled", "rescaled_q05", "rescaled_q95")


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Registered people by day and camp: ``people`` has the shape (n_days, n_camps)."""

    start: date
    camps: tuple[str, ...]
    people: F64


def counted(
    observations: pl.DataFrame, camps: Sequence[str], start: date, n_days: int
) -> Counted | None:
    """Daily counts of the ``camps`` (ids) with observations; None without any."""
    single = pl.col("to") - pl.col("from") == pl.duration(days=1)
    rows = observations.filter(
        (pl.col("measure") == MEASURE) & pl.col("place").is_in(list(camps)) & single,
        pl.col("use") != "context",
    )
    # Of several counts of a day the latest published wins, ties broken by id.
    rows = rows.sort("published", "id").unique(["place", "from"], keep="last").sort("from")
    known = [camp for camp in camps if (rows["place"] == camp).any()]
    if not known:
        return None
    days = np.arange(n_days)
    people = np.empty((n_days, len(known)))
    for c, camp in enumerate(known):
        mine = rows.filter(pl.col("place") == camp)
        at = np.array([(day - start).days for day in mine["from"]], np.float64)
        people[:, c] = np.floor(np.interp(days, at, mine["value"].to_numpy()) + 1e-9)
    return Counted(start, tuple(known), people)


def simulated(daily: pl.LazyFrame, counts: Counted, runs: int) -> F64:
    """Simulated people in the camps from the daily table: (runs, n_days, n_camps)."""
    n_days = len(counts.people)
    number = {camp: c for c, camp in enumerate(counts.camps)}
    rows = (
        daily.filter(pl.col("measure").cast(pl.String) == MEASURE)
        .with_columns(pl.col("place").cast(pl.String))
        .filter(pl.col("place").is_in(list(counts.camps)))
        .select("run", "date", "place", "value")
        .collect()
    )
    people = np.zeros((runs, n_days, len(number)))
    day = (rows["date"] - counts.start).dt.total_days().to_numpy()
    camp = rows["place"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    people[rows["run"].to_numpy(), day, camp] = rows["value"].to_numpy()
    return people


def rescale(people: F64, registered: F64) -> F64:
    """People (..., n_days, n_camps) with the daily sums of ``registered`` (n_days, n_camps)."""
    total = people.sum(axis=-1, keepdims=True)
    factor = np.divide(
        np.broadcast_to(registered.sum(axis=-1, keepdims=True), total.shape),
        total,
        out=np.zeros_like(total),
        where=total > 0,
    )
    return np.asarray(people * factor)


def differences(people: F64, registered: F64) -> F64:
    """Contribution of each camp and day to the ARD, shape (..., n_days, n_camps)."""
    total = np.maximum(registered.sum(axis=-1, keepdims=True), 1.0)
    return np.asarray(np.abs(people - registered) / total)


def score(people: F64, registered: F64) -> F64:
    """ARD of each run: (..., n_days, n_camps) -> (...)."""
    return np.asarray(differences(people, registered).sum(axis=-1).mean(axis=-1))


def table(people: F64, counts: Counted) -> pl.DataFrame:
    """Mean and range of people (n_runs, n_days, n_camps) in all camps (``*``) and in each."""
    plain = differences(people, counts.people).mean(axis=-2)
    even = differences(rescale(people, counts.people), counts.people).mean(axis=-2)
    rows = []
    for name, column in ((EVERYWHERE, None), *((camp, c) for c, camp in enumerate(counts.camps))):
        row: dict[str, object] = {"place": name, "days": len(counts.people)}
        for word, values in (("ard", plain), ("rescaled", even)):
            mine = values.sum(axis=-1) if column is None else values[..., column]
            several = summarise(mine[:, None])
            row[word] = float(mine.mean())
            row |= {f"{word}_{q}": float(several[q][0]) for q in ("q05", "q95")}
        rows.append(row)
    return pl.DataFrame(rows).select(COLUMNS)


def of_run(
    daily: pl.LazyFrame, tables: Mapping[str, pl.DataFrame], start: date, n_days: int, runs: int
) -> tuple[Counted, F64] | None:
    """Counts of the camps, and simulated people (runs, n_days, n_camps); None without counts."""
    camps = tables["places"].filter(pl.col("kind") == "camp")["id"].to_list()
    counts = counted(tables["observations"], camps, start, n_days)
    return None if counts is None else (counts, simulated(daily, counts, runs))


def write(
    folder: Path, tables: Mapping[str, pl.DataFrame], start: date, n_days: int, runs: int
) -> None:
    """Write ard.csv into a run folder if there are counts of camps."""
    daily = pl.scan_parquet(folder / "daily.parquet", glob=False)
    if compared := of_run(daily, tables, start, n_days, runs):
        counts, people = compared
        csv_files.write(table(people, counts), folder / FILE, float_precision=6)


def read(folder: Path) -> pl.DataFrame | None:
    """Read ard.csv of a run folder; None if missing."""
    path = folder / FILE
    if not path.is_file():
        return None
    numbers = pl.exclude("place", "days").cast(pl.Float64)
    return csv_files.read(path).with_columns(numbers, pl.col("days").cast(pl.Int64))
