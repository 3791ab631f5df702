"""Scores of the simulation against observations.

Each observation is compared with the same measure over the same days and places in every run
(results/window.py), from ``from`` up to but not including ``to``. It is scored against the
predictive distribution of the figure: the runs, with the model's own error (model_error.py) and
that of the count (observation_error.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.model_error import moved_share, widened
from emigre.evaluation.observation_error import as_published
from emigre.evaluation.scoring import judge_ensemble
from emigre.evaluation.vintages import replaced_by
from emigre.numerics.array_types import F64
from emigre.results import window
from emigre.results.counts import EVERYWHERE, Counts
from emigre.results.disclosure import coarse, small_count_of
from emigre.results.residuals import Residuals
from emigre.results.scores_csv import COLUMNS
from emigre.results.tables import QUANTILES, Layout, series_of, summarise
from emigre.scenario.count_error import count_error

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Simulated cells of an observation, or the ``reason`` why there are none."""

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


def with_references(observations: pl.DataFrame, start: date) -> pl.DataFrame:
    """Series and days (measure, place, from, to) on which model errors depend: 3 n rows.

    The n observations, then the same places on the first day of the run, and all places together.
    """
    rows = observations.select("measure", "place", "from", "to")
    first = rows.with_columns(pl.lit(start).alias("from"), pl.lit(start + DAY).alias("to"))
    return pl.concat([rows, first, rows.with_columns(pl.lit(EVERYWHERE).alias("place"))])


def moved_shares(values: F64, observations: pl.DataFrame, small_count: int) -> F64:
    """Moved share of each stock (n,), from values (n_runs, 3 n) of :func:`with_references`."""
    parts = np.split(values, 3, axis=1)
    shares = moved_share(*(coarsened(part, observations, small_count) for part in parts))
    return np.where(observations["place"].to_numpy() == EVERYWHERE, 0.0, shares)


def simulated(targets: Sequence[Target], counts: Counts) -> F64:
    """The value of each target in one run, nan if there is none. Shape (n_targets,)."""
    return np.array([_simulated(t, counts) for t in targets], dtype=np.float64)


def _simulated(target: Target, counts: Counts) -> float:
    if target.columns is None:
        return float("nan")
    if target.measure in counts.means:
        total, weight = (a[target.days][:, target.columns] for a in counts.means[target.measure])
        return float(window.weighted_mean(total.sum(), weight.sum()))
    daily = series_of(counts, target.measure, target.columns, target.days)
    return float(window.value(target.measure, daily))


def table(
    observations: pl.DataFrame,
    sources: pl.DataFrame,
    targets: Sequence[Target],
    values: F64,
    names: dict[str, str],
    seed: int = 1,
    residuals: Sequence[Residuals] = (),
    small_count: int = 0,
    moved: F64 | None = None,
) -> pl.DataFrame:
    """One row per observation: observed, simulated quantiles, inside 90 %, scores, source.

    ``values`` has shape (n_runs, n_targets); ``names`` maps ids of places to names; ``seed`` is
    that of the runs and is used for the observation errors; ``residuals`` are those of the fit;
    ``moved`` (n_targets,) are the parts of stocks that moved (:func:`moved_shares`).
    Simulated persons below ``small_count`` are taken as half of it (:func:`coarsened`).
    """
    values = coarsened(values, observations, small_count)
    published = as_published(values, observations, seed)
    gone = replaced_by(observations)
    titles = dict(zip(sources["id"], sources["title"], strict=True)) if len(sources) else {}
    moved = np.zeros(len(targets)) if moved is None else moved
    rows: list[dict[str, Any]] = []
    for i, (row, target) in enumerate(
        zip(observations.iter_rows(named=True), targets, strict=True)
    ):
        out = _row(row, titles, names)
        reason = _reason_not_scored(row, target, values[:, i], gone.get(row["id"]))
        out |= _simulation(
            with_error(values[:, i], row, residuals, moved[i]),
            _published(row),
            is_scored=not reason,
        )
        out |= {"scored": "no" if reason else "yes", "reason": reason}
        if not reason:
            out |= _scores(with_error(published[:, i], row, residuals, moved[i]), row["value"])
        rows.append(out)
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def coarsened(values: F64, observations: pl.DataFrame, small_count: int) -> F64:
    """Values (n_runs, n_observations) without the size of small counts of persons."""
    least = [small_count_of(measure, small_count) for measure in observations["measure"]]
    return coarse(values, np.array(least))


def with_error(
    values: F64, row: dict[str, Any], residuals: Sequence[Residuals], moved: float = 0.0
) -> F64:
    """Values (n_runs,) of the row of an observation with the model's own error."""
    n_days, last = (row["to"] - row["from"]).days, row["to"] - DAY
    return widened(values, row["measure"], row["place"], n_days, residuals, last, moved)


def _row(row: dict[str, Any], titles: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    """Columns copied from the observation."""
    out: dict[str, Any] = dict.fromkeys(COLUMNS)
    return out | {
        **{name: row.get(name) for name in COLUMNS if name in row},
        "place_name": names.get(row["place"], row["place"]),
        "observed": row["value"],
        "headline": "yes" if row["headline"] else "no",
        "source_title": titles.get(row["source"]),
        "error": count_error(row).kind,
    }


def _reason_not_scored(
    row: dict[str, Any], target: Target, values: F64, replacement: str | None
) -> str:
    if target.reason:
        return target.reason
    if np.isnan(values).all():
        return "nobody was served"
    if row["use"] == "context":
        return "context: shown, never scored"
    return f"replaced by {replacement}" if replacement else ""


def _published(row: dict[str, Any]) -> tuple[float, float]:
    """The published range, or the figure itself."""
    ends = (row["value"], row.get("low"), row.get("high"))
    known = [end for end in ends if end is not None]
    return min(known), max(known)


def _simulation(values: F64, published: tuple[float, float], *, is_scored: bool) -> dict[str, Any]:
    """Quantiles over the runs and the model's error, without observation error."""
    there = values[~np.isnan(values)]
    if not len(there):
        return {"simulated": "no"}
    quantiles = summarise(there[:, None])
    out: dict[str, Any] = {name: float(quantiles[name][0]) for name in QUANTILES}
    if is_scored:
        meet = out["q05"] <= published[1] and published[0] <= out["q95"]
        out["inside_90"] = "yes" if meet else "no"
    return out | {"simulated": "yes"}


def _scores(published: F64, observed: float) -> dict[str, Any]:
    """Predictive quantiles and scores, with observation error."""
    judged = judge_ensemble(published[~np.isnan(published)], observed)
    for name in ("covered_50", "covered_90"):
        judged[name] = "yes" if judged[name] else "no"
    return judged
