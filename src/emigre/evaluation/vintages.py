"""Vintages of published figures: the latest revision as of a day.

A figure may be provisional. A revision names in its column ``replaces`` the id of the figure it
replaces, which may itself be a revision. As of a day, the current figure is the one published and
not yet replaced by then; without a day, the last of each chain.
"""

from datetime import date

import polars as pl


def replaced_by(observations: pl.DataFrame) -> dict[str, str]:
    """Id of each figure that another row of the table replaces -> id of that row."""
    if "replaces" not in observations.columns:
        return {}
    pairs = observations.select("replaces", "id").drop_nulls("replaces")
    return dict(pairs.iter_rows())


def current_figures(observations: pl.DataFrame, as_of: date | None = None) -> pl.DataFrame:
    """The rows that are current, in their order.

    With ``as_of`` only figures published on or before that day count, and only those can replace
    others; rows that are already replaced need not be in the table.
    """
    if as_of is not None:
        observations = observations.filter(pl.col("published") <= as_of)
    gone = replaced_by(observations)
    if not gone:
        return observations
    return observations.filter(~pl.col("id").is_in(list(gone)))
