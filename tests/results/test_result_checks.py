"""The check of a run folder detects lost persons and unexpected columns."""

from types import SimpleNamespace

import polars as pl
import pytest

import emigre
from emigre.errors import BooksError, ResultsError
from emigre.results import checks


@pytest.fixture
def results(stand_in_engine):
    return emigre.run("tiny", runs=2, workers=1)


def people(**stocks):
    """A table of one day with so many persons in each stock at all places."""
    rows = [(0, measure, "*", float(n)) for measure, n in stocks.items()]
    table = pl.DataFrame(rows, ("run", "measure", "place", "value"), orient="row")
    return table.with_columns(pl.lit("2030-03-01").str.to_date().alias("date"))


def test_a_person_too_many_is_reported():
    days = [people(at_home=90, stock=10), people(at_home=90, stock=9)]
    days[1] = days[1].with_columns(pl.col("date").dt.offset_by("1d"))
    checks.check_population(pl.concat(days[:1]))
    with pytest.raises(BooksError, match=r"run 0, 2030-03-02: 99 persons, expected 100"):
        checks.check_population(pl.concat(days))
    with pytest.raises(BooksError, match="100 persons, expected 101"):
        checks.check_population(days[0], population=101)


def test_an_empty_table_has_nobody_to_lose():
    checks.check_population(people(departed=3))


def test_a_status_too_few_is_reported():
    checks.check_statuses(people(stock=10, stock_visitor=4, stock_permitted=6))
    with pytest.raises(BooksError, match="stock exceeds its statuses by 2"):
        checks.check_statuses(people(stock=10, stock_visitor=4, stock_permitted=4))


def test_columns_are_those_of_the_contract(results):
    checks.check_columns(results)
    daily, summary = results.daily, results.summary
    for table, said in (
        (daily.rename({"place": "where"}), "columns are"),
        (daily.with_columns(pl.col("run").cast(pl.Int64)), "column run has the type Int64"),
        (daily.with_columns(pl.col("place").cast(pl.String)), "column place has the type String"),
        (daily.with_columns(pl.lit("x", pl.Enum(["x"])).alias("measure")), "not in the schema"),
    ):
        with pytest.raises(ResultsError, match=said):
            checks.check_columns(SimpleNamespace(daily=table, summary=summary))
