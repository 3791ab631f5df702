"""Interruptions: days on which a series counted nobody, between days on which it counted many.

A crossing closed for some days, a strike, or days without a count that are published as 0. Such
figures do not tell how far the simulation is from the counts before and after them: as logarithms
they would be misses by a factor of thousands, of an error that is taken to be continuous, and make
every forecast of the series as wide as the population. Forecasts are therefore conditioned on the
other figures, and their record leaves these days out. Zeros after the last count of many are
closures (closures.py).
"""

from __future__ import annotations

import polars as pl

from emigre.results.disclosure import counts_persons

MANY = 30
"""Mean count that is never 0 by chance alone (Poisson: 1 in 10^13)."""
_SERIES = ["measure", "place"]


def without_interruptions(figures: pl.DataFrame) -> pl.DataFrame:
    """Figures (rows of observations) without those of nobody between days with many people."""
    many = (pl.col("value") >= MANY) & counts_persons()
    first = pl.col("from").filter(many).min().over(_SERIES)
    last = pl.col("from").filter(many).max().over(_SERIES)
    is_between = pl.col("from").is_between(first, last).fill_null(False)
    return figures.filter(~((pl.col("value") == 0) & is_between))
