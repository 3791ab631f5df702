"""Record of forecasts by part of the horizon: coverage and sharpness of the intervals.

Columns: docs/results.md. ``pit_low`` and ``pit_high`` are the outer parts of a histogram of the
probability integral transform (Dawid 1984, Journal of the Royal Statistical Society A 147,
278-292): a quarter each if forecasts are calibrated. ``width_fair`` is the mean of ln(q95 / q05)
after all intervals are stretched about their medians (in logarithms) by the one factor with which
they hold 90 % of the figures: sharpness at equal coverage (Gneiting, Balabdaoui and Raftery 2007,
Journal of the Royal Statistical Society B 69, 243-268). All forecasters of a group are compared on
the figures for which a baseline has a forecast.
"""

from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.evaluation.baselines import forecasters
from emigre.evaluation.model_error import HORIZONS, horizon_of
from emigre.evaluation.skill import ALL, OURS, SIMULATION

RECORD_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("kind", "days", "forecaster"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("crps_log", "skill_log", "coverage_50", "coverage_90"), pl.Float64),
    **dict.fromkeys(("pit_low", "pit_high", "width_90", "width_fair"), pl.Float64),
}


def record(forecasts: pl.DataFrame) -> pl.DataFrame:
    """The record of a forecast table with horizons, by kind of measure and for all together."""
    kinds = {m.name: m.kind for m in schema.measures().values()}
    table = forecasts.filter(pl.col("horizon").is_not_null()).with_columns(
        pl.col("measure").replace_strict(kinds, return_dtype=pl.String).alias("kind"),
        pl.col("horizon").map_elements(horizon_of, pl.String).alias("days"),
    )
    baselines = table.filter(pl.col("forecaster").is_in(list(forecasters())))
    table = table.join(baselines.select("origin", "id").unique(), on=["origin", "id"], how="semi")
    lines: list[dict[str, Any]] = []
    for kind in (ALL, "flow", "stock", "mean"):
        some = table if kind == ALL else table.filter(pl.col("kind") == kind)
        for days in HORIZONS:
            group = some.filter(pl.col("days") == days)
            lines += [{"kind": kind, "days": days} | line for line in _lines(group)]
    return pl.DataFrame(lines, schema=RECORD_COLUMNS, orient="row")


def _lines(group: pl.DataFrame) -> list[dict[str, Any]]:
    names = [OURS, SIMULATION, *forecasters()]
    there = set(group["forecaster"])
    lines = [_line(group.filter(pl.col("forecaster") == n), n) for n in names if n in there]
    best = min((x["crps_log"] for x in lines if x["forecaster"] in forecasters()), default=0.0)
    for line in lines:
        line["skill_log"] = 1.0 - line["crps_log"] / best if best > 0 else None
    return lines


def _line(rows: pl.DataFrame, name: str) -> dict[str, Any]:
    seen = rows.drop_nulls(["p05", "p25", "p50", "p75", "p95"])
    low, first, mid, third, high = (
        np.log(np.maximum(seen[column].to_numpy(), 0.5))
        for column in ("p05", "p25", "p50", "p75", "p95")
    )
    observed = np.log(np.maximum(seen["observed"].to_numpy(), 0.5))
    line: dict[str, Any] = {
        "forecaster": name,
        "n": rows.height,
        "crps_log": rows["crps_log"].mean(),
        "coverage_50": rows["covered_50"].mean(),
        "coverage_90": rows["covered_90"].mean(),
    }
    if not seen.height:
        return line
    half = np.where(observed < mid, mid - low, high - mid)
    away = np.abs(observed - mid) / np.where(half > 0, half, np.inf)
    away[(half <= 0) & (observed != mid)] = np.inf  # a point forecast, however far it is stretched
    width, stretch = float((high - low).mean()), float(np.quantile(away, 0.9, method="higher"))
    return line | {
        "pit_low": float((observed < first).mean()),
        "pit_high": float((observed > third).mean()),
        "width_90": width,
        "width_fair": width * stretch if np.isfinite(stretch) else None,
    }
