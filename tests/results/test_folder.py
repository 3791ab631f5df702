"""A run folder is written whole or not at all."""

from __future__ import annotations

import polars as pl
import pytest

from emigre.errors import BooksError, ResultsError
from emigre.results import check, tables
from emigre.results.folder import Results, drafting, publish
from stand_in import counts, info


def write(out, *, force=False, **said):
    with drafting(out, force=force) as draft:
        (draft / "daily.parquet").write_bytes(b"")
        return publish(draft, out, info(**said), force=force)


def test_the_folder_appears_only_when_it_is_complete(tmp_path):
    out = tmp_path / "deep" / "run"
    with drafting(out) as draft:
        assert not out.exists()
        assert not (draft / "run.json").exists()
        publish(draft, out, info(runs=7))
    assert [p.name for p in out.parent.iterdir()] == ["run"]
    assert Results.read(out).info == info(runs=7)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_run_leaves_nothing(tmp_path, error):
    def half_a_run():
        with drafting(tmp_path / "run") as draft:
            (draft / "daily.parquet").write_bytes(b"half")
            raise error

    with pytest.raises(error):
        half_a_run()
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_replaced_only_by_force(tmp_path):
    write(tmp_path / "run", runs=1)
    with pytest.raises(ResultsError, match="already holds a run"):
        write(tmp_path / "run", runs=2)
    assert Results.read(tmp_path / "run").info.runs == 1
    write(tmp_path / "run", runs=3, force=True)
    assert Results.read(tmp_path / "run").info.runs == 3
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_other_peoples_files_are_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ResultsError, match="is no run"):
        write(tmp_path, force=True)
    file = tmp_path / "thesis.txt"
    with pytest.raises(ResultsError, match="is a file"):
        write(file, force=True)
    assert file.read_text() == "years of work"


def test_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "run").mkdir()
    assert write(tmp_path / "run").folder == tmp_path / "run"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no complete run"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": 99}', "newer"),
        ('{"format": 1}', "see emigre, scenario"),
    ],
)
def test_what_is_no_run_says_so(tmp_path, text, words):
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(ResultsError, match=words):
        Results.read(tmp_path)


def test_damaged_tables_are_named(tmp_path):
    results = write(tmp_path / "run")
    (results.folder / "daily.parquet").write_bytes(b"not parquet")
    with pytest.raises(ResultsError, match=r"daily\.parquet"):
        results.daily  # noqa: B018
    with pytest.raises(ResultsError, match=r"scores\.csv"):
        results.scores  # noqa: B018
    assert results.groups is None


@pytest.fixture
def daily():
    found = counts()
    return tables.daily(tables.Layout.of(found), found, run=0)


def test_balanced_books_pass(daily):
    check.check_population(daily, 2000)
    check.check_statuses(daily)


@pytest.mark.parametrize("measure", ["at_home", "stock", "waiting"])
def test_a_lost_person_is_found(daily, measure):
    row = (pl.col("measure") == measure) & (pl.col("date") == pl.date(2030, 3, 5))
    lost = daily.with_columns(
        pl.when(row).then(pl.col("value") - 1).otherwise("value").alias("value")
    )
    with pytest.raises(BooksError, match=r"2030-03-05: \d+ persons, expected 2000"):
        check.check_population(lost)


def test_a_status_that_is_missing_is_found(daily):
    with pytest.raises(BooksError, match="stock exceeds its statuses"):
        check.check_statuses(daily.filter(pl.col("measure") != "stock_visitor"))
