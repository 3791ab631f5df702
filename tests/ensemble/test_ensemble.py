"""Ensembles: same results for any number of workers, and nothing half-written."""

import gc
import subprocess
import sys
import types
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import emigre
from emigre.results.checks import check
from emigre.results.shards import finished
from emigre.scenario.loader import as_stored, load_resolved

DAYS = {"start": "2030-03-05", "end": "2030-03-25"}


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny", **DAYS)


def test_results_are_the_same_for_any_number_of_workers(tiny, stand_in_engine):
    one = emigre.run(tiny, runs=5, seed=7, by="document", workers=1)
    many = emigre.run(tiny, runs=5, seed=7, by="document", workers=4)
    for name in ("daily", "summary", "groups", "scores"):
        assert getattr(one, name).equals(getattr(many, name)), name
    assert one.daily["run"].unique(maintain_order=True).to_list() == [0, 1, 2, 3, 4]
    assert not one.daily.equals(emigre.run(tiny, runs=5, seed=8).daily)


def test_more_runs_leave_the_first_ones_as_they_were(tiny, stand_in_engine):
    few, more = (emigre.run(tiny, runs=n).daily for n in (2, 4))
    keys = ["run", "date", "measure", "place"]
    both = few.join(more, on=keys, suffix="_more")
    assert len(both) == len(few)
    assert both["value"].equals(both["value_more"], check_names=False, null_equal=True)


def test_run_json_describes_the_run(tiny, stand_in_engine, tmp_path):
    results = emigre.run(tiny, runs=2, seed=3, out=tmp_path / "r")
    info = emigre.read(tmp_path / "r").info
    assert results.folder == tmp_path / "r"
    assert (info.scenario, info.hash, info.emigre) == ("tiny", tiny.hash, emigre.__version__)
    assert (info.runs, info.seed, info.scale, info.by) == (2, 3, tiny.scale, None)
    assert (info.start, info.end, info.n_days) == (tiny.start, tiny.end, tiny.n_days)
    assert info.parameters == tiny.parameters
    assert set(info.seconds) == {"prepare", "simulate", "write"}
    assert sorted(p.name for p in results.folder.iterdir()) == [
        "PURPOSE.txt",
        "arrivals.parquet",
        "daily.parquet",
        "run.json",
        "scenario",
        "scores.csv",
        "summary.parquet",
    ]


def test_without_a_folder_results_live_as_long_as_their_object(tiny, stand_in_engine):
    results = emigre.run(tiny, runs=1)
    folder = results.folder
    assert folder.exists()
    del results
    gc.collect()
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    "error", [emigre.BooksError("a person is gone"), KeyboardInterrupt(), ValueError("a defect")]
)
@pytest.mark.parametrize("workers", [1, 3])
def test_a_failed_run_leaves_only_files_for_resuming(tiny, stand_in, tmp_path, error, workers):
    stand_in(fail_in=2, error=error)
    with pytest.raises(type(error)):
        emigre.run(tiny, runs=6, workers=workers, out=tmp_path / "r")
    assert not (tmp_path / "r").exists()
    if workers == 1:  # else the others were stopped in their midst
        assert finished(tmp_path / "r.partial" / "parts", 6) == [0, 1]
    stand_in()
    whole = emigre.run(tiny, runs=6, out=tmp_path / "r")
    assert [p.name for p in tmp_path.iterdir()] == ["r"]
    assert whole.daily.equals(emigre.run(tiny, runs=6).daily)


def test_a_run_that_fails_at_once_leaves_nothing(tiny, stand_in, tmp_path):
    stand_in(fail_in=0, error=emigre.BooksError("a person is gone"))
    with pytest.raises(emigre.BooksError):
        emigre.run(tiny, runs=2, workers=1, out=tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_is_refused_before_any_work(tiny, stand_in, tmp_path):
    stand_in(fail_in=0, error=AssertionError("it was run"))
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(emigre.ResultsError, match="not a run"):
        emigre.run(tiny, out=tmp_path)


def test_all_wrong_arguments_are_named_at_once(tiny):
    with pytest.raises(emigre.InputError) as caught:
        emigre.run(tiny, runs=0, seed=-1, scale=0, workers=0)
    assert [m.file for m in caught.value.mistakes] == ["--runs", "--scale", "--seed", "--workers"]


def test_progress_counts_all_days_of_all_runs(tiny, stand_in_engine):
    stages, days = [], []

    class ProgressListener:
        def stage(self, words):
            stages.append(words)

        def kernels(self, ready, total):
            pass

        def days(self, done, total):
            days.append((done, total))

    emigre.run(tiny, runs=3, progress=ProgressListener())
    total = 3 * tiny.n_days
    assert days == [(done, total) for done in range(total + 1)]
    assert stages[-1] == "writing tables"


def test_results_become_a_cube(tiny, stand_in):
    pytest.importorskip("xarray")
    stand_in()
    results = emigre.run(tiny, runs=2)
    cube = results.to_xarray()
    assert cube["stock"].dims == ("run", "date", "country")
    assert cube["stock"].attrs["kind"] == "stock"
    sums = results.to_xarray(areas=True)
    for measure, place in (("stock", "country"), ("exited", "crossing"), ("at_home", "origin")):
        assert "*" not in cube[place]
        everywhere = sums[measure].sel({place: "*"})
        assert cube[measure].sum(place).equals(everywhere.drop_vars(place))
    assert cube["crossing"].values.tolist() == ["BRIDGE", "FERRY", "PASS"]
    assert cube["crossing_country"].values.tolist() == ["NORDAL", "ISLARA", "SUDRIA"]
    assert "unsheltered" not in results.daily["measure"].unique()
    assert cube["unsheltered"].values.sum() == 0
    assert (cube.attrs["hash"], cube.attrs["seed"]) == (tiny.hash, 1)
    assert cube["exited"].attrs["units"] == "persons"
    row = results.daily.filter((pl.col("measure") == "departed") & (pl.col("place") == "CITY"))
    here = cube["departed"].sel(origin="CITY").values.ravel().tolist()
    assert here == row["value"].to_list()


def test_tables_become_frames_of_pandas(tiny, stand_in):
    pytest.importorskip("pandas")
    stand_in()
    results = emigre.run(tiny, runs=2)
    daily = results.to_pandas()
    assert daily["value"].sum() == results.daily["value"].sum()
    assert str(daily["measure"].dtype) == "category"
    assert daily.attrs["hash"] == tiny.hash
    assert daily.attrs["units"]["wait_hours"] == "hours"
    assert len(results.to_pandas("scores")) == results.scores.height
    with pytest.raises(emigre.ResultsError, match="no table groups"):
        results.to_pandas("groups")
    for table in ("dayly", ["daily"], np.array(["daily", "scores"])):
        with pytest.raises(emigre.InputError, match=r"table: found .* one of daily, summary"):
            results.to_pandas(table)


def departures(daily: pl.DataFrame) -> dict[str, float]:
    rows = daily.filter(pl.col("measure") == "departed", pl.col("place") == "*")
    return {"all": rows["value"].sum(), "most a day": rows["value"].max()}


def unsheltered_rows(daily: pl.DataFrame) -> float:
    return daily.filter(pl.col("measure") == "unsheltered", pl.col("place") == "NORDAL").height


def test_analyzers_see_every_run(tiny, stand_in_engine, tmp_path):
    analyzers = [departures, unsheltered_rows]
    results = emigre.run(tiny, runs=3, analyzers=analyzers, out=tmp_path / "r")
    assert results.info.analyzers == ("departures", "unsheltered_rows")
    result = results.statistics
    assert result.columns == ["run", "analyzer", "name", "value"]
    rows = results.daily.filter(pl.col("measure") == "departed", pl.col("place") == "*")
    sums = rows.group_by("run").agg(pl.col("value").sum()).sort("run")
    assert result.filter(name="all")["value"].equals(sums["value"])
    empty = result.filter(analyzer="unsheltered_rows")
    assert empty["value"].to_list() == [tiny.n_days] * 3  # zeros are included
    assert emigre.run(tiny, runs=1).statistics is None


@pytest.mark.parametrize(
    ("analyzers", "said"),
    [
        ("departures", "expected functions of the daily table"),
        ([departures, departures], "a name twice"),
        (pl.DataFrame.describe, "expected a number, or a mapping of names to numbers"),
    ],
)
def test_an_invalid_analyzer(tiny, stand_in_engine, analyzers, said):
    with pytest.raises(emigre.InputError) as caught:
        emigre.run(tiny, runs=1, analyzers=analyzers)
    assert said in str(caught.value)


def test_analyzers_that_go_to_processes_can_be_pickled(tiny, monkeypatch):
    with pytest.raises(emigre.InputError, match="cannot be pickled"):
        emigre.run(tiny, runs=1, analyzers=lambda daily: 1.0, pool="processes")
    # as in a notebook, which other processes cannot import
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    monkeypatch.setattr(departures, "__module__", "__main__")
    with pytest.raises(emigre.InputError, match="a function of the main script"):
        emigre.run(tiny, runs=1, analyzers=departures, pool="processes")


def test_an_analyzer_is_identified_by_its_code_and_values():
    from emigre.ensemble.callables import identity

    def above(level):
        return lambda daily: (daily["value"] > level).sum()

    assert identity(above(1)) == identity(above(1))
    assert identity(above(1)) != identity(above(2))
    assert identity(departures) != identity(unsheltered_rows)


SCRIPT = """
import emigre

def people(daily):
    return daily["value"].sum()

def work():
    tiny = emigre.load("tiny", start="2030-03-01", end="2030-03-03")
    found = emigre.run(tiny, runs=2, scale=100, pool="processes", workers=1{more})
    print("done", found.info.runs, None if found.statistics is None else found.statistics.height)

{guard}work()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "guard", "said"),
    [
        ("", "", "done 2 None"),
        (", analyzers=people", 'if __name__ == "__main__":\n    ', "done 2 2"),
        (", analyzers=people", "", 'if __name__ == "__main__":'),
    ],
)
def test_processes_work_in_a_plain_script(tmp_path, more, guard, said):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(more=more, guard=guard))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert said in done.stdout + done.stderr


def test_the_accounts_of_the_published_table_balance(tiny, stand_in_engine):
    results = emigre.run(tiny, runs=2)
    check(results)


def test_a_stored_scenario_reads_as_the_one_that_was_run(stand_in):
    changed = emigre.load("tiny", variants=["wider-pass"], settings=["patience_days=9"])
    results = emigre.run(changed, runs=1)
    home = results.folder / "scenario"
    said, read = as_stored(changed, home), load_resolved(home)
    for name, frame in said.tables.items():
        assert_frame_equal(frame, read.tables[name])
    assert replace(said, tables={}) == replace(read, tables={})
