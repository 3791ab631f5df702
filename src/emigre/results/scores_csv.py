"""Read and write scores.csv of a run folder."""

from typing import Any

import polars as pl

from emigre.results import csv_files
from emigre.results.disclosure import counts_persons, label_small
from emigre.results.tables import QUANTILES

PREDICTED = tuple(name.replace("q", "p") for name in QUANTILES)
"""Names of the quantiles of a predictive distribution (simulation and error of the figure)."""

COLUMNS = {
    **dict.fromkeys(("id", "measure", "place", "place_name"), pl.String),
    **dict.fromkeys(("from", "to"), pl.Date),
    **dict.fromkeys(("observed", "low", "high"), pl.Float64),
    **dict.fromkeys(("use", "headline", "simulated"), pl.String),
    **dict.fromkeys(QUANTILES, pl.Float64),
    "inside_90": pl.String,
    "crps": pl.Float64,
    **dict.fromkeys(("scored", "reason", "basis", "source", "source_title", "note"), pl.String),
    "published": pl.Date,
    "replaces": pl.String,
    "error": pl.String,
    "error_sd": pl.Float64,
    **dict.fromkeys(PREDICTED, pl.Float64),
    **dict.fromkeys(("covered_50", "covered_90"), pl.String),
    **dict.fromkeys(("crps_log", "wis", "bias", "log_bias"), pl.Float64),
}
"""Columns of scores.csv with their types."""


def write_csv(scores: pl.DataFrame, path: Any, small_count: int) -> None:
    """Write the table; simulated persons below ``small_count`` are withheld, such as ``<10``."""
    persons = counts_persons()

    def as_text(name: str) -> pl.Expr:
        return pl.col(name).map_elements(plain, return_dtype=pl.String)

    quantiles = (*QUANTILES, *PREDICTED)
    cells = [label_small(q, small_count, as_text(q), persons) for q in quantiles]
    cells += [
        as_text(name)
        for name, kind in COLUMNS.items()
        if kind == pl.Float64 and name not in quantiles
    ]
    csv_files.write(scores.with_columns(cells), path)


def read_csv(path: Any) -> pl.DataFrame:
    """Read the table; withheld values, and columns missing in older files, are empty."""
    text = csv_files.read(path)
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in text.columns]
    return csv_files.typed(text.with_columns(missing), COLUMNS, strict=False)


def plain(value: float) -> str:
    """A number without trailing zeros: integers, or up to four decimals."""
    if value == int(value):
        return str(int(value))
    return f"{value:.4f}".rstrip("0").rstrip(".")
