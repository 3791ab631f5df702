"""Skill table: the simulation against baseline forecasters (columns: docs/results.md).

A forecast has an *origin*, the day at whose end it was made. With a common origin (an as-of run, or
one day of a hindcast) its *horizon* is the number of days from the origin to the last day of the
figure. Without one the baselines forecast each figure on the day before it begins, the shortest
possible horizon, while the simulation has seen no counts but all policy rules of its scenario.

All forecasters of a group (measure, place, span, horizon in weeks) are compared on the same
figures, those with a baseline forecast. Groups that mix places or spans only have dimensionless
scores. skill = 1 - CRPS / CRPS of the group's best baseline.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.evaluation.baselines import Memory, forecasters
from emigre.evaluation.observation_error import as_published
from emigre.evaluation.observations import SPANS, span_of
from emigre.evaluation.scores import coarsened
from emigre.evaluation.scoring import SCORES, judge_ensemble, judge_lognormal
from emigre.numerics.array_types import F64
from emigre.results.disclosure import is_small, small_count_of
from emigre.results.scores_csv import PREDICTED

OURS = "emigre"
"""Name of the simulation among the forecasters."""

SIMULATION = "simulation"
"""Name of the simulation without the counts, a reference for forecasts that use them."""

ALL = "(all)"
"""Wildcard for aggregated measures, places or spans."""

_OURS = (OURS, SIMULATION)

FORECAST_COLUMNS: dict[str, Any] = {
    "origin": pl.Date,
    "horizon": pl.Int32,
    **dict.fromkeys(("id", "measure", "place", "span"), pl.String),
    **dict.fromkeys(("from", "to"), pl.Date),
    "observed": pl.Float64,
    **dict.fromkeys(("error", "use", "forecaster"), pl.String),
    **dict.fromkeys(PREDICTED, pl.Float64),
    **{name: pl.Boolean if name.startswith("covered") else pl.Float64 for name in SCORES},
}
"""Columns of the forecast table: one row per figure, day of the forecast and forecaster."""

_MEANS = {name: pl.col(name) for name in ("crps", "wis", "crps_log")}
_MEANS |= {f"coverage_{level}": pl.col(f"covered_{level}") for level in (50, 90)}
_MEANS |= {name: pl.col(name) for name in ("bias", "log_bias")}
_MEANS |= {"mae": pl.col("bias").abs(), "mape": pl.col("mape")}
"""Means of the skill table, in the order of its columns."""

SKILL_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("measure", "place", "span"), pl.String),
    "horizon": pl.Int32,
    "forecaster": pl.String,
    **dict.fromkeys(("n", "n_alone"), pl.Int64),
    **dict.fromkeys(_MEANS, pl.Float64),
    "best_baseline": pl.String,
    **dict.fromkeys(("skill", "skill_log"), pl.Float64),
}
"""Columns of the skill table; ``horizon`` is the last day of its week: 7 for 1 to 7 days."""


def forecasts(
    values: F64,
    observations: pl.DataFrame,
    memory_on: Callable[[date], Memory],
    *,
    seed: int,
    origin: date | None = None,
    small_count: int = 0,
    plain: F64 | None = None,
    is_published: NDArray[np.bool_] | bool = False,
) -> pl.DataFrame:
    """Forecasts of figures by the simulation and by every applicable baseline.

    ``values`` has shape (n_runs, n_observations), in the order of the rows; an all-nan
    column has no forecast, and figures up to a common ``origin`` are excluded. ``memory_on``
    returns the input of the baselines at the end of a day. Simulated persons below
    ``small_count`` are scored as half of it, and their quantiles are empty. ``plain``
    (n, n_observations) are values of the simulation alone where ``values`` are conditioned on
    counts; columns that ``is_published`` (n_observations,) hold the error of the count already.
    """

    def scored(simulated: F64) -> F64:
        return as_published(coarsened(simulated, observations, small_count), observations, seed)

    continued = coarsened(values, observations, small_count)
    published = np.where(is_published, continued, scored(values))
    alone = None if plain is None else scored(plain)
    rows: list[dict[str, Any]] = []
    for i, row in enumerate(observations.iter_rows(named=True)):
        ensemble = published[:, i][~np.isnan(published[:, i])]
        if not ensemble.size or (origin is not None and row["from"] <= origin):
            continue
        about = _about(row, origin)
        ours = judge_ensemble(ensemble, row["value"])
        rows.append(about | {"forecaster": OURS} | _withheld(ours, row["measure"], small_count))
        if alone is not None:
            simulated = judge_ensemble(alone[:, i][~np.isnan(alone[:, i])], row["value"])
            simulated = _withheld(simulated, row["measure"], small_count)
            rows.append(about | {"forecaster": SIMULATION} | simulated)
        memory = memory_on(about["origin"])
        rows += [about | scores for scores in _by_baselines(memory, row)]
    return pl.DataFrame(rows, schema=FORECAST_COLUMNS, orient="row")


def _about(row: dict[str, Any], origin: date | None) -> dict[str, Any]:
    last = row["to"] - timedelta(days=1)
    return {name: row[name] for name in ("id", "measure", "place", "from", "to", "use")} | {
        "origin": row["from"] - timedelta(days=1) if origin is None else origin,
        "horizon": None if origin is None else (last - origin).days,
        "span": span_of(row["from"], row["to"]),
        "observed": row["value"],
        "error": row["error"],
    }


def _by_baselines(memory: Memory, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for baseline in forecasters():
        made = memory.forecast(baseline, row["measure"], row["place"], row["from"], row["to"])
        if made is not None:
            yield {"forecaster": baseline} | judge_lognormal(made.median, made.sd, row["value"])


def _withheld(scores: dict[str, Any], measure: str, small_count: int) -> dict[str, Any]:
    least = small_count_of(measure, small_count)
    small = {p for p in PREDICTED if is_small(scores[p], least)}
    return {name: None if name in small else value for name, value in scores.items()}


def skill_table(forecasts: pl.DataFrame) -> pl.DataFrame:
    """The skill table: narrowest groups first, then measures over places and spans, then all."""
    flows = [m.name for m in schema.measures().values() if m.kind == "flow"]
    # Sorted by id, so that no mean depends on the order of rows.
    table = forecasts.sort("id", "origin", maintain_order=True).with_columns(
        ((pl.col("horizon") + 6) // 7 * 7).cast(pl.Int32).alias("horizon"),
        pl.when(pl.col("measure").is_in(flows) & (pl.col("observed") > 0))
        .then(100.0 * pl.col("bias").abs() / pl.col("observed"))
        .alias("mape"),
    )
    lines: list[dict[str, Any]] = []
    for keys in (("measure", "place", "span"), ("measure",), ()):
        lines += _lines(table, keys)
    return pl.DataFrame(lines, schema=SKILL_COLUMNS, orient="row")


def _lines(table: pl.DataFrame, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Lines of these groups by week, on figures that some baseline forecasts (else on all)."""
    names = [*keys, "horizon"]
    by_baseline = ~pl.col("forecaster").is_in(_OURS)
    compared = by_baseline.any().over(*names, "origin", "id") | ~by_baseline.any().over(names)
    order = list(dict.fromkeys([*_OURS, *forecasters(), *table["forecaster"].unique().sort()]))
    shared = pl.col("shared")
    means = (
        table.with_columns(
            compared.alias("shared"),
            pl.col("span").cast(pl.Enum(SPANS)),
            pl.col("forecaster").cast(pl.Enum(order)),
        )
        .sort(*names, "forecaster", maintain_order=True)
        .group_by(*names, "forecaster", maintain_order=True)
        .agg(
            shared.sum().alias("n"),
            (~shared).sum().alias("n_alone"),
            *(column.filter(shared).mean().alias(name) for name, column in _MEANS.items()),
        )
        .filter(pl.col("n") > 0)
    )
    lines: list[dict[str, Any]] = []
    for _, group in groupby(means.iter_rows(named=True), lambda row: [row[n] for n in names]):
        lines += _group(list(group), has_unit="place" in keys)
    return lines


def _group(rows: list[dict[str, Any]], *, has_unit: bool) -> Iterator[dict[str, Any]]:
    """A line per forecaster of a group; without a unit, absolute errors are left out."""
    baselines = [row for row in rows if row["forecaster"] not in _OURS]
    best = min(baselines, key=lambda row: row["crps" if has_unit else "crps_log"], default=None)
    least = min((row["crps_log"] for row in baselines), default=None)
    for row in rows:
        line = dict.fromkeys(SKILL_COLUMNS) | dict.fromkeys(("measure", "place", "span"), ALL)
        line |= row
        line["n_alone"] = row["n_alone"] if row["forecaster"] == OURS else 0
        if best is not None:
            line["best_baseline"] = best["forecaster"]
            line["skill"] = _skill(row["crps"], best["crps"]) if has_unit else None
        line["skill_log"] = None if least is None else _skill(row["crps_log"], least)
        yield line if has_unit else line | dict.fromkeys(("crps", "wis", "bias", "mae"))


def _skill(score: float, best: float) -> float | None:
    return 1.0 - score / best if best > 0 else None
