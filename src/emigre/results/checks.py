"""Consistency checks of a run folder: schema and conservation of people."""

import polars as pl

from emigre import schema
from emigre.errors import BooksError, ResultsError
from emigre.results.counts import EVERYWHERE
from emigre.results.folder import Results
from emigre.results.tables import DAILY_COLUMNS, SUMMARY_COLUMNS

WHERE_PEOPLE_ARE = (
    *("at_home", "trapped", "preparing", "travelling", "waiting", "stock", "stock_returned"),
)
"""Stocks that partition the population on each day."""

_KINDS = {"run": pl.Int32, "date": pl.Date, "measure": pl.Enum, "place": pl.Enum}
"""Types of columns; all others hold numbers."""


def check(results: Results) -> None:
    """ResultsError for a wrong column or type in a run folder, BooksError if people are lost."""
    check_columns(results)
    check_population(results.daily)
    check_statuses(results.daily)


def check_columns(results: Results) -> None:
    """ResultsError unless daily and summary have the expected columns."""
    for name, frame, columns in (
        ("daily", results.daily, DAILY_COLUMNS),
        ("summary", results.summary, SUMMARY_COLUMNS),
    ):
        if tuple(frame.columns) != columns:
            raise ResultsError(f"{name}: columns are {frame.columns}, expected {list(columns)}")
        for column, kind in frame.schema.items():
            if kind != _KINDS.get(column, pl.Float64):
                raise ResultsError(f"{name}: column {column} has the type {kind}")
    strangers = set(results.daily["measure"].unique().to_list()) - set(schema.measures())
    if strangers:
        raise ResultsError(f"daily: measures not in the schema: {sorted(strangers)}")


def check_population(daily: pl.DataFrame, population: int | None = None) -> None:
    """BooksError unless the stocks add up to the population on every day of every run."""
    total = (
        daily.filter((pl.col("place") == EVERYWHERE) & pl.col("measure").is_in(WHERE_PEOPLE_ARE))
        .group_by("run", "date")
        .agg(pl.col("value").sum())
        .sort("run", "date")
    )
    if not len(total):
        return
    expected = float(total["value"][0]) if population is None else float(population)
    wrong = total.filter(pl.col("value") != expected)
    if len(wrong):
        run, day, value = wrong.row(0)
        raise BooksError(f"run {run}, {day}: {value:.0f} persons, expected {expected:.0f}")


def check_statuses(daily: pl.DataFrame) -> None:
    """BooksError unless the stock of each country is the sum of its statuses."""
    statuses = [f"stock_{name}" for name in schema.statuses()]
    stock = pl.col("measure") == "stock"
    wrong = (
        daily.filter(stock | pl.col("measure").is_in(statuses))
        .with_columns(pl.when(stock).then("value").otherwise(-pl.col("value")).alias("value"))
        .group_by("run", "date", "place")
        .agg(pl.col("value").sum())
        .filter(pl.col("value") != 0)
        .sort("run", "date", "place")
    )
    if len(wrong):
        run, day, place, value = wrong.row(0)
        raise BooksError(f"run {run}, {day}, {place}: stock exceeds its statuses by {value:.0f}")
