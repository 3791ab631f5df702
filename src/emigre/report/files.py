"""CSV downloads of the page: rounded like the page, without withheld counts."""

from collections.abc import Sequence

import polars as pl

from emigre import schema
from emigre.evaluation.key_results import fitting_digits, to_digits
from emigre.results import csv_files


def csv_of(table: pl.DataFrame, small: int = 0, counted: Sequence[str] = ()) -> str:
    """A table as CSV text for a download.

    In rows of simulated figures the columns ``counted`` are rounded to the precision of the
    interval from ``q05`` to ``q95``. Counts of fewer than ``small`` persons are left empty and
    listed in the column ``withheld``.
    """
    counted = [name for name in counted if table[name].is_not_null().any()]
    unit, simulated = _unit(table), _is_simulated(table)
    rows = table.select(
        pl.when(unit.str.starts_with("persons"))
        .then(0)
        .when(unit.str.starts_with("hours"))
        .then(1)
        .otherwise(2)
        .alias("decimals"),
        *(
            (pl.col(name) if name in table.columns else pl.lit(None)).cast(pl.Float64).alias(name)
            for name in ("q05", "q95")
        ),
    )
    digits = fitting_digits(*(rows[n].to_numpy() for n in ("q05", "q95", "decimals")))
    fitting = [
        pl.Series(n, to_digits(table[n].to_numpy(), digits), nan_to_null=True) for n in counted
    ]
    written = table.with_columns(
        pl.when(simulated).then(near).otherwise(pl.col(near.name)).alias(near.name)
        for near in fitting
    ).with_columns(_plain(name) for name, kind in table.schema.items() if kind == pl.Float64)
    if counted and small:
        hidden = [pl.when(pl.col(n).is_null()).then(pl.lit(n)) for n in counted]
        names = pl.concat_str(hidden, separator=" ", ignore_nulls=True)
        is_hidden = simulated & unit.str.starts_with("persons") & (names != "")
        withheld = table.select(
            pl.when(is_hidden).then(pl.lit(f"below {small}: ") + names).alias("withheld")
        )
        if withheld["withheld"].is_not_null().any():
            written = written.hstack(withheld)
    return csv_files.download(written)


def _is_simulated(table: pl.DataFrame) -> pl.Expr:
    """Whether the numbers of a row are simulated."""
    columns = {"label": "simulated", "simulated": "yes"}
    given = [pl.col(n) == value for n, value in columns.items() if n in table.columns]
    return pl.all_horizontal(pl.lit(True), *given)


def _unit(table: pl.DataFrame) -> pl.Expr:
    if "unit" in table.columns:
        return pl.col("unit").cast(pl.String)
    if "measure" not in table.columns:
        return pl.lit("persons")
    return pl.col("measure").cast(pl.String).replace_strict(schema.units(), default="persons")


def _plain(name: str) -> pl.Expr:
    """A number without trailing zeros."""
    return pl.col(name).round(4).cast(pl.String).str.strip_suffix(".0")
