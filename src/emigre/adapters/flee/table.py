"""Write a run folder as a daily table in Flee's format.

The table has one row per day: Day, Date, then `NAME sim`, `NAME data`, `NAME error` for every camp
with counts, then the sums. Simulated people are the median over runs; data are the registered
counts, interpolated linearly. Simulated people below the scenario's `small_count` are withheld:
their cells, and those of their error, are empty. `X error` is |sim / data - 1| (0 where data are
0), `Total error` the sum of absolute differences divided by the registered total of the day.
"""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from emigre.errors import ResultsError
from emigre.evaluation import ard
from emigre.results import notice
from emigre.results.disclosure import is_small
from emigre.results.folder import Results
from emigre.results.output_dir import write_whole
from emigre.scenario.loader import load_resolved
from emigre.scenario.rows import csv_text

FILE = "out.csv"
_SUMS = (
    "Total error",
    "refugees in camps (UNHCR)",
    "total refugees (simulation)",
    "raw UNHCR refugee count",
    "refugees in camps (simulation)",
    "refugee_debt",
)


def export_run(run: str | Path, out: str | Path) -> Path:
    """Write the daily table of a run folder to ``out.csv``, as Flee's plotting scripts read it.

    Raises ResultsError if the run has no camps with counts, or the file exists.
    """
    results = Results.read(run)
    target = Path(out) / FILE
    if target.exists():
        raise ResultsError(f"{target} exists; choose another folder")
    info = results.info
    tables = load_resolved(results.folder / "scenario").tables
    camps = ard.of_run(results.scan_daily(), tables, info.start, info.n_days, info.runs)
    if camps is None:
        raise ResultsError(f"{results.folder}: no camp of this run has counts to compare it with")
    counts, people = camps
    places = tables["places"]
    names = dict(zip(places["id"], places["name"], strict=True))
    simulated = np.median(people, axis=0)
    text = _text(simulated, counts, names, _present(results), info.small_count)
    write_whole(target, text)
    notice.write(target.parent, info)
    return target


def _present(results: Results) -> dict[int, float]:
    """Day number to the median of all simulated people who have left home."""
    start = results.info.start
    rows = results.summary.filter(
        (pl.col("place").cast(pl.String) == "*")
        & pl.col("measure").cast(pl.String).is_in(["stock", "travelling", "trapped", "preparing"])
    )
    sums = rows.group_by("date").agg(pl.col("q50").sum())
    return {(day - start).days: value for day, value in sums.iter_rows()}


def _text(
    people: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    counts: ard.Counted,
    names: dict[str, str],
    present: dict[int, float],
    small_count: int,
) -> str:
    columns = [
        f"{names[camp]} {kind}" for camp in counts.camps for kind in ("sim", "data", "error")
    ]
    rows: list[list[object]] = [["Day", "Date", *columns, *_SUMS]]
    for day, (sim, data) in enumerate(zip(people, counts.people, strict=True)):
        cells: list[object] = [day, counts.start + timedelta(days=day)]
        for s, d in zip(sim, data, strict=True):
            if is_small(s, small_count):
                cells += ["", round(d), ""]  # withheld, as is the error, which would reveal it
            else:
                cells += [round(s), round(d), 0.0 if d < 1 else round(abs(s / d - 1.0), 4)]
        registered = data.sum()
        error = np.abs(sim - data).sum() / registered if registered > 0 else 0.0
        cells += [round(float(error), 6), round(registered), round(present.get(day, 0.0))]
        cells += [round(registered), round(sim.sum()), 0]
        rows.append(cells)
    return csv_text(rows)
