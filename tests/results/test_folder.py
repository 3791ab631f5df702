"""A run folder is read without the engine, with a message if it is damaged."""

import os
from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

import emigre
from emigre.errors import BooksError, InputError, ResultsError
from emigre.results import checks, record, tables
from emigre.results.folder import Results
from emigre.results.xarray import to_xarray
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


@pytest.fixture
def no_record(monkeypatch):
    """Tables are read without a record."""
    monkeypatch.setattr(record, "read", lambda *_: SimpleNamespace(by=None))


@pytest.mark.usefixtures("no_record")
def test_damaged_tables_are_named(tmp_path, monkeypatch):
    results = Results(tmp_path)
    (results.folder / "daily.parquet").write_bytes(b"not parquet")
    with pytest.raises(ResultsError, match=r"daily\.parquet"):
        results.daily  # noqa: B018
    with pytest.raises(ResultsError, match=r"scores\.csv"):
        results.scores  # noqa: B018
    assert results.groups is None
    monkeypatch.setattr(record, "read", lambda *_: SimpleNamespace(by="document"))
    with pytest.raises(ResultsError, match=r"groups\.parquet"):
        Results(tmp_path).groups  # noqa: B018


def test_results_that_were_replaced_are_not_mixed(stand_in_engine, tmp_path):
    made = emigre.run("tiny", runs=1, end="2030-03-05", out=tmp_path / "r")
    daily = made.daily
    with pytest.raises(ResultsError, match="choose another folder or force=True"):
        emigre.run("tiny", runs=2, end="2030-03-05", out=tmp_path / "r")
    with pytest.raises(InputError, match="areas: found 'no', expected True or False"):
        made.to_xarray(areas="no")
    emigre.run("tiny", runs=2, end="2030-03-05", out=tmp_path / "r", force=True)
    assert made.daily.equals(daily)
    for read in (
        lambda: made.summary,
        made.scan_summary,
        made.to_xarray,
        lambda: emigre.score(made),
        lambda: emigre.report(made),
    ):
        with pytest.raises(ResultsError, match="r was replaced by another run after it was read"):
            read()
    assert emigre.read(tmp_path / "r").summary.height


def test_a_scenario_without_crossings_is_a_cube_too():
    pytest.importorskip("xarray")
    kinds = {"measure": pl.Enum(["exited", "stock"])}
    columns = {"run": [0], "date": [date(2030, 3, 1)], "measure": ["stock"], "place": ["CAMP"]}
    daily = pl.DataFrame(columns | {"value": [7.0]}, schema_overrides=kinds)
    places = pl.DataFrame({"id": ["CAMP"], "kind": ["camp"], "country": [None]})
    cube = to_xarray(daily, places, {})
    assert cube["stock"].values.tolist() == [[[7.0]]]
    assert cube["exited"].shape == (1, 1, 0)
    assert to_xarray(daily, places, {}, areas=True)["stock"].shape == (1, 1, 0)


@pytest.mark.usefixtures("no_record")
def test_results_are_read_only_and_stay_where_they_are(tmp_path, monkeypatch):
    pl.DataFrame({"run": [1]}).write_parquet(tmp_path / "daily.parquet")
    monkeypatch.chdir(tmp_path.parent)
    results = Results(tmp_path.name)
    for name in ("daily", "info", "folder", "to_pandas"):
        with pytest.raises(AttributeError, match=f"{name} cannot be set: results are read from"):
            setattr(results, name, None)
    assert os.fspath(results.folder) == tmp_path.name
    monkeypatch.chdir("/")
    assert results.folder == tmp_path
    assert results.daily.height == 1


@pytest.mark.usefixtures("no_record")
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
