"""A derived measure: the share of those who are on their way that waits at a crossing."""

from __future__ import annotations

import polars as pl

import emigre


def share_waiting(daily: pl.DataFrame) -> pl.DataFrame:
    """Persons waiting over persons waiting or travelling; empty where there are none."""
    everywhere = daily.filter(pl.col("place").cast(pl.String) == "*")
    wide = everywhere.pivot(on="measure", index=["date", "place"], values="value")
    under_way = pl.col("waiting") + pl.col("travelling")
    return wide.select(
        "date", "place", value=pl.when(under_way > 0).then(pl.col("waiting") / under_way)
    )


SHARE_WAITING = emigre.DerivedMeasure(unit="share", kind="mean", derive=share_waiting)
