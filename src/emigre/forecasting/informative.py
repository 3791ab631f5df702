"""Select the figures on which a forecast is conditioned.

Interruptions and closures (closures.py) are left out. So are counts of several days or places that
contradict the counts within them (scenario/contradictions.py): no error of the model explains both,
and the finer counts are used.
"""

from collections.abc import Mapping

import polars as pl

from emigre.forecasting.cells import Cells
from emigre.forecasting.closures import closed_series, interrupted, without_closures
from emigre.results.window import is_flow
from emigre.scenario.contradictions import Count, contradictions


def informative(cells: Mapping[str, Cells], figures: pl.DataFrame, scale: int) -> pl.DataFrame:
    """Informative figures (rows of observations) of the measures of ``cells``."""
    of_cells = figures.filter(pl.col("measure").is_in(list(cells)))
    agreeing = without_contradictions(cells, of_cells)
    closed = closed_series(cells, agreeing, scale)
    return without_closures(agreeing, closed).filter(~interrupted())


def without_contradictions(cells: Mapping[str, Cells], figures: pl.DataFrame) -> pl.DataFrame:
    """Figures without those that contradict finer figures within their days and places."""
    counts: dict[str, list[Count]] = {}
    for i, row in enumerate(figures.iter_rows(named=True)):
        own = cells[row["measure"]]
        if own.weight is None and row["place"] in own.rows:
            count = Count.of(i, row, own.rows[row["place"]].tolist())
            counts.setdefault(row["measure"], []).append(count)
    left_out = [
        each.count.row
        for measure, several in counts.items()
        for each in contradictions(several, is_flow=is_flow(measure))
    ]
    return figures.filter(~pl.int_range(pl.len()).is_in(left_out)) if left_out else figures
