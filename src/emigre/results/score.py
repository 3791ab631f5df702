"""Observed counts beside simulated ones.

Each observation is compared with the same sum over the same days and places in every run: flows
are added over the days from ``from`` up to but not including ``to``, stocks are averaged, hours of
waiting are averaged over those served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.results.counts import Counts
from emigre.results.tables import QUANTILES, Layout, series_of, summarise

COLUMNS = {
    "id": pl.String,
    "measure": pl.String,
    "place": pl.String,
    "place_name": pl.String,
    "from": pl.Date,
    "to": pl.Date,
    "observed": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "use": pl.String,
    "headline": pl.String,
    "simulated": pl.String,
    **dict.fromkeys(QUANTILES, pl.Float64),
    "inside_90": pl.String,
    "crps": pl.Float64,
    "scored": pl.String,
    "reason": pl.String,
    "basis": pl.String,
    "source": pl.String,
    "source_title": pl.String,
    "note": pl.String,
}
"""Columns of scores.csv with the types they have as a frame."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which cells an observation speaks of; ``reason`` says why there are none, if so."""

    measure: str
    columns: NDArray[np.intp] | None
    days: slice
    reason: str = ""


def targets(layout: Layout, observations: pl.DataFrame) -> tuple[Target, ...]:
    """The cells of every observation (columns of the schema's table observations)."""
    return tuple(_target(layout, row) for row in observations.iter_rows(named=True))


def _target(layout: Layout, row: dict[str, Any]) -> Target:
    measure, place = row["measure"], row["place"]
    first = (row["from"] - layout.start).days
    last = (row["to"] - layout.start).days
    days = slice(first, last)
    if measure not in layout.measures:
        return Target(measure, None, days, f"the run has no measure {measure}")
    columns = layout.rows_of(measure).get(place)
    if columns is None:
        return Target(measure, None, days, f"the run has no {measure} at {place}")
    if first < 0 or last > layout.n_days or last <= first:
        return Target(measure, None, days, "its dates lie outside the run")
    return Target(measure, columns, days)


def simulated(targets: Sequence[Target], counts: Counts) -> NDArray[np.float64]:
    """The value of each target in one run, nan where there is none. Shape (n_targets,)."""
    return np.array([_simulated(t, counts) for t in targets], dtype=np.float64)


def _simulated(target: Target, counts: Counts) -> float:
    if target.columns is None:
        return float("nan")
    if target.measure in counts.means:
        total, weight = (a[target.days][:, target.columns] for a in counts.means[target.measure])
        served = int(weight.sum())
        return float(total.sum()) / served if served else float("nan")
    daily = series_of(counts, target.measure, target.columns, target.days)
    is_flow = schema.measures()[target.measure].kind == "flow"
    return float(daily.sum() if is_flow else daily.mean())


def crps(ensemble: NDArray[np.float64], observed: float) -> float:
    """Continuous ranked probability score of an ensemble, in its fair form; lower is better.

        mean_i |x_i - y|  -  1 / (2 m (m - 1)) * sum_i sum_j |x_i - x_j|

    In its expectation this does not depend on the number of runs m (Ferro 2014, Fair scores for
    ensemble forecasts, Quarterly Journal of the Royal Meteorological Society 140, 1917-1923; Zamo
    and Naveau 2018, Mathematical Geosciences 50, 209-234, equation "fair"). With one run it is
    the absolute error. In the unit of the measure.
    """
    x = np.sort(np.asarray(ensemble, dtype=np.float64))
    m = len(x)
    error = float(np.abs(x - observed).mean())
    if m < 2:
        return error
    # For sorted x the double sum is 2 sum_i (2 i - m + 1) x_i with i from 0: no m by m table.
    spread = 2.0 * float(((2.0 * np.arange(m) - m + 1.0) * x).sum())
    return error - spread / (2.0 * m * (m - 1))


def table(
    observations: pl.DataFrame,
    sources: pl.DataFrame,
    targets: Sequence[Target],
    values: NDArray[np.float64],
    names: dict[str, str],
) -> pl.DataFrame:
    """One row an observation: observed, simulated quantiles, inside 90 %, CRPS, source.

    ``values`` has shape (n_runs, n_targets); ``names`` maps ids of places to names.
    """
    titles = dict(zip(sources["id"], sources["title"], strict=True)) if len(sources) else {}
    rows = [
        _row(row, target, values[:, i], titles, names)
        for i, (row, target) in enumerate(
            zip(observations.iter_rows(named=True), targets, strict=True)
        )
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _row(
    row: dict[str, Any],
    target: Target,
    values: NDArray[np.float64],
    titles: dict[str, str],
    names: dict[str, str],
) -> dict[str, Any]:
    there = values[~np.isnan(values)]
    reason = target.reason
    if not reason and not len(there):
        reason = "nobody was served"
    elif not reason and row["use"] == "context":
        reason = "context: shown, never scored"
    out: dict[str, Any] = dict.fromkeys(COLUMNS)
    shared = ("id", "measure", "place", "from", "to", "low", "high", "use")
    out |= {name: row[name] for name in (*shared, "basis", "source", "note")}
    out |= {
        "place_name": names.get(row["place"], row["place"]),
        "observed": row["value"],
        "headline": "yes" if row["headline"] else "no",
        "simulated": "yes" if len(there) else "no",
        "scored": "no" if reason else "yes",
        "reason": reason,
        "source_title": titles.get(row["source"]),
    }
    if len(there):
        found = summarise(there[:, None])
        out |= {name: float(found[name][0]) for name in QUANTILES}
    if not reason:
        inside = out["q05"] <= row["value"] <= out["q95"]
        out |= {"inside_90": "yes" if inside else "no", "crps": crps(there, row["value"])}
    return out


def write_csv(scores: pl.DataFrame, path: Any, small_count: int) -> None:
    """Write the table; simulated persons below ``small_count`` are withheld as ``<10`` or so."""
    persons = pl.col("measure").is_in([m.name for m in _person_measures()])
    cells = [
        pl.when(persons & (pl.col(q) > 0) & (pl.col(q) < small_count))
        .then(pl.lit(f"<{small_count}"))
        .otherwise(pl.col(q).map_elements(plain, return_dtype=pl.String))
        .alias(q)
        for q in QUANTILES
    ]
    numbers = [
        pl.col(name).map_elements(plain, return_dtype=pl.String)
        for name in ("observed", "low", "high", "crps")
    ]
    scores.with_columns(*cells, *numbers).write_csv(path)


def read_csv(path: Any) -> pl.DataFrame:
    """The table as written; a withheld value is empty (see the column ``simulated``)."""
    text = pl.read_csv(path, infer_schema=False)
    return text.select(
        pl.col(name).str.to_date("%Y-%m-%d")
        if kind == pl.Date
        else pl.col(name).cast(kind, strict=False)
        for name, kind in COLUMNS.items()
    )


def plain(value: float) -> str:
    """A number without needless digits: whole ones as integers, others to four places."""
    if value == int(value):
        return str(int(value))
    return f"{value:.4f}".rstrip("0").rstrip(".")


def spans(scores: pl.DataFrame) -> tuple[date, date] | None:
    """First and last day that any observation speaks of (half-open), None without rows."""
    if not len(scores):
        return None
    first, last = scores["from"].min(), scores["to"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    return first, last


def _person_measures() -> list[schema.Measure]:
    return [m for m in schema.measures().values() if m.unit == "persons"]
