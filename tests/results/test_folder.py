"""A run folder is read without the engine, with a message if it is damaged."""

from __future__ import annotations

import polars as pl
import pytest

from emigre.errors import BooksError, ResultsError
from emigre.results import checks, tables
from emigre.results.folder import Results
from stand_in import counts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "not a complete run"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": 99}', "newer"),
        ('{"format": 1}', "see emigre, scenario"),
    ],
)
def test_a_folder_that_is_not_a_run_is_reported(tmp_path, text, words):
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(ResultsError, match=words):
        Results.read(tmp_path)


def test_a_folder_that_does_not_exist_says_so(tmp_path):
    with pytest.raises(ResultsError, match=r"^there is no folder .*none$"):
        Results.read(tmp_path / "none")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"run\.json is a file, not the folder of a run$"):
        Results.read(tmp_path / "run.json")


def test_a_folder_of_another_kind_is_identified(tmp_path):
    (tmp_path / "baseline").mkdir()
    (tmp_path / "compare.json").write_text("{}")
    with pytest.raises(ResultsError, match=f"{tmp_path.name} is a comparison, not a run$"):
        Results.read(tmp_path)
    (tmp_path / "baseline" / "run.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"not a run; .*baseline is one$"):
        Results.read(tmp_path)


def test_damaged_tables_are_named(tmp_path):
    results = Results(tmp_path)
    (results.folder / "daily.parquet").write_bytes(b"not parquet")
    with pytest.raises(ResultsError, match=r"daily\.parquet"):
        results.daily  # noqa: B018
    with pytest.raises(ResultsError, match=r"scores\.csv"):
        results.scores  # noqa: B018
    assert results.groups is None


def test_a_frame_changed_in_place_leaves_the_results_alone(tmp_path):
    results = Results(tmp_path)
    pl.DataFrame({"run": [1], "value": [2.0]}).write_parquet(tmp_path / "daily.parquet")
    results.daily.drop_in_place("run")
    assert results.daily.columns == ["run", "value"]


@pytest.fixture
def daily():
    result = counts()
    return tables.daily(tables.Layout.of(result), result, run=0)


def test_balanced_accounts_pass(daily):
    checks.check_population(daily, 2000)
    checks.check_statuses(daily)


@pytest.mark.parametrize("measure", ["at_home", "stock", "waiting"])
def test_a_lost_person_is_reported(daily, measure):
    row = (pl.col("measure") == measure) & (pl.col("date") == pl.date(2030, 3, 5))
    lost = daily.with_columns(
        pl.when(row).then(pl.col("value") - 1).otherwise("value").alias("value")
    )
    with pytest.raises(BooksError, match=r"2030-03-05: \d+ persons, expected 2000"):
        checks.check_population(lost)


def test_a_missing_status_is_reported(daily):
    with pytest.raises(BooksError, match="stock exceeds its statuses"):
        checks.check_statuses(daily.filter(pl.col("measure") != "stock_visitor"))
