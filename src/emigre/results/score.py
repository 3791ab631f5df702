"""Observed counts beside simulated ones.

Each observation is compared with the same sum over the same days and places in every run: flows
are added over the days from ``from`` up to but not including ``to``, stocks are averaged, hours of
waiting are averaged over those served. It is judged against the predictive distribution of the
figure: what would have been published had each run been the truth (errors_of_counts.py).
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
from emigre.results import sheets
from emigre.results.counts import Counts
from emigre.results.errors_of_counts import as_published, count_error
from emigre.results.scoring import PREDICTED, judge_ensemble
from emigre.results.standing import replaced_by
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
    "published": pl.Date,
    "replaces": pl.String,
    "error": pl.String,
    "error_sd": pl.Float64,
    **dict.fromkeys(PREDICTED, pl.Float64),
    "covered_50": pl.String,
    "covered_90": pl.String,
    "crps_log": pl.Float64,
    "wis": pl.Float64,
    "bias": pl.Float64,
    "log_bias": pl.Float64,
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


def table(
    observations: pl.DataFrame,
    sources: pl.DataFrame,
    targets: Sequence[Target],
    values: NDArray[np.float64],
    names: dict[str, str],
    seed: int = 1,
) -> pl.DataFrame:
    """One row an observation: observed, simulated quantiles, inside 90 %, scores, source.

    ``values`` has shape (n_runs, n_targets); ``names`` maps ids of places to names; ``seed`` is
    that of the runs and serves the errors of the figures.
    """
    published = as_published(values, observations, seed)
    gone = replaced_by(observations)
    titles = dict(zip(sources["id"], sources["title"], strict=True)) if len(sources) else {}
    rows: list[dict[str, Any]] = []
    for i, (row, target) in enumerate(
        zip(observations.iter_rows(named=True), targets, strict=True)
    ):
        out = _row(row, titles, names)
        reason = _why_not_scored(row, target, values[:, i], gone.get(row["id"]))
        out |= _simulation(values[:, i], _published(row), is_scored=not reason)
        out |= {"scored": "no" if reason else "yes", "reason": reason}
        if not reason:
            out |= _scores(published[:, i], row["value"])
        rows.append(out)
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _row(row: dict[str, Any], titles: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    """What the observation says of itself."""
    out: dict[str, Any] = dict.fromkeys(COLUMNS)
    return out | {
        **{name: row.get(name) for name in COLUMNS if name in row},
        "place_name": names.get(row["place"], row["place"]),
        "observed": row["value"],
        "headline": "yes" if row["headline"] else "no",
        "source_title": titles.get(row["source"]),
        "error": count_error(row).kind,
    }


def _why_not_scored(
    row: dict[str, Any], target: Target, values: NDArray[np.float64], replacement: str | None
) -> str:
    if target.reason:
        return target.reason
    if np.isnan(values).all():
        return "nobody was served"
    if row["use"] == "context":
        return "context: shown, never scored"
    return f"replaced by {replacement}" if replacement else ""


def _published(row: dict[str, Any]) -> tuple[float, float]:
    """The range that was published; the figure itself where none was."""
    ends = (row["value"], row.get("low"), row.get("high"))
    known = [end for end in ends if end is not None]
    return min(known), max(known)


def _simulation(
    values: NDArray[np.float64], published: tuple[float, float], *, is_scored: bool
) -> dict[str, Any]:
    """Quantiles over the runs, without the error of the figure."""
    there = values[~np.isnan(values)]
    if not len(there):
        return {"simulated": "no"}
    found = summarise(there[:, None])
    out: dict[str, Any] = {name: float(found[name][0]) for name in QUANTILES}
    if is_scored:
        meet = out["q05"] <= published[1] and published[0] <= out["q95"]
        out["inside_90"] = "yes" if meet else "no"
    return out | {"simulated": "yes"}


def _scores(published: NDArray[np.float64], observed: float) -> dict[str, Any]:
    """Predicted quantiles and scores, with the error of the figure."""
    found = judge_ensemble(published[~np.isnan(published)], observed)
    for name in ("covered_50", "covered_90"):
        found[name] = "yes" if found[name] else "no"
    return found


def write_csv(scores: pl.DataFrame, path: Any, small_count: int) -> None:
    """Write the table; simulated persons below ``small_count`` are withheld as ``<10`` or so."""
    persons = pl.col("measure").is_in([m.name for m in _person_measures()])

    def is_small(name: str) -> pl.Expr:
        return persons & (pl.col(name) > 0) & (pl.col(name) < small_count)

    def as_text(name: str) -> pl.Expr:
        return pl.col(name).map_elements(plain, return_dtype=pl.String)

    quantiles = (*QUANTILES, *PREDICTED)
    cells = [
        pl.when(is_small(q)).then(pl.lit(f"<{small_count}")).otherwise(as_text(q)).alias(q)
        for q in quantiles
    ]
    # With the bias a withheld median would be known.
    cells += [
        pl.when(is_small("p50")).then(None).otherwise(as_text(name)).alias(name)
        for name in ("bias", "log_bias")
    ]
    cells += [
        as_text(name)
        for name, kind in COLUMNS.items()
        if kind == pl.Float64 and name not in (*quantiles, "bias", "log_bias")
    ]
    sheets.write(scores.with_columns(cells), path)


def read_csv(path: Any) -> pl.DataFrame:
    """The table as written; a withheld value is empty (see the column ``simulated``).

    Columns that an older version did not write are empty.
    """
    text = sheets.read(path)
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in text.columns]
    return text.with_columns(missing).select(
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
