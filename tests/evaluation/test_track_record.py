"""The track record of a run folder, as a function and as a command."""

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import emigre
from edits import replace_text
from emigre.errors import InputError, ResultsError
from emigre.evaluation import skill_text
from emigre.evaluation.model_error import ModelError
from emigre.evaluation.simulated import SeriesReader, figures
from emigre.evaluation.skill import OURS
from emigre.evaluation.track_record import _with_error, coverage, record
from emigre.results import scores_csv
from observed import call, kinds, with_daily_counts

pytestmark = pytest.mark.usefixtures("no_model_error", "empty_pictures")


@pytest.fixture
def run(stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return emigre.run("tiny", runs=4, out="here")


def test_figures_are_those_of_the_scores(run):
    observations = emigre.load("tiny").tables["observations"]
    result = figures(SeriesReader(run), observations)
    scores = run.scores
    for i, name in enumerate(observations["id"]):
        row = scores.row(by_predicate=pl.col("id") == name, named=True)
        if row["q50"] is not None:
            assert np.nanmedian(result[:, i]) == pytest.approx(row["q50"], abs=1e-4), name
    assert result.shape == (4, observations.height)


def test_dates_outside_the_run_are_nan_and_a_missing_series_is_zero(run):
    base = {"use": "fit", "value": 1.0}
    rows = [
        base | {"measure": "passages", "place": "NOWHERE", "from": date(2030, 3, 3)},
        base | {"measure": "passages", "place": "BRIDGE", "from": date(2031, 3, 3)},
        base | {"measure": "wait_hours", "place": "PASS", "from": date(2030, 3, 3)},
        base | {"measure": "trapped", "place": "CITY", "from": date(2030, 3, 3)},
    ]
    table = pl.DataFrame(
        [r | {"to": r["from"] + timedelta(days=2)} for r in rows],
        schema_overrides={k: v for k, v in kinds("observations").items() if k in ("from", "to")},
    )
    actual = figures(SeriesReader(run), table)
    assert np.isnan(actual[:, :2]).all()
    assert (actual[:, 3] == 0).all()
    # Hours of waiting over two days: each counts by those who were served on it.
    days = run.daily.filter(
        pl.col("place").cast(pl.String) == "PASS",
        pl.col("date").is_between(date(2030, 3, 3), date(2030, 3, 4)),
    ).with_columns(pl.col("measure").cast(pl.String))
    for number in range(4):
        mine = days.filter(run=number).pivot("measure", index="date", values="value").fill_null(0)
        parts = [n for n in ("exited", "exited_ordinary", "refused_exit") if n in mine.columns]
        served = mine.select(pl.sum_horizontal(parts)).to_series()
        expected = (mine["wait_hours"] * served).sum() / served.sum()
        assert actual[number, 2] == pytest.approx(expected, rel=1e-9)


def test_the_record_of_a_run_without_rules_that_know(run):
    result = record("here")
    assert set(result.forecasts["forecaster"]) == {OURS}
    assert result.origin is None
    scores = run.scores.filter(pl.col("scored") == "yes")
    assert sorted(result.forecasts["id"]) == sorted(scores["id"])
    crps = dict(result.forecasts.select("id", "crps").iter_rows())
    for name, value in scores.select("id", "crps").iter_rows():
        assert crps[name] == pytest.approx(value, abs=1e-4)  # the same noise, the same score
    assert any("figures marked check" in line for line in result.remarks())
    assert result.remarks()[-1].endswith("in the 90 % interval.")
    assert any(
        remark.startswith("With 4 runs, intervals contain about 60 %")
        for remark in result.remarks()
    )
    assert result.remarks()[-1] in result._repr_html_()


def test_records_show_themselves_in_short_and_are_compared_as_objects(run):
    one, other = emigre.score(run), emigre.score(run)
    assert re.fullmatch(r"TrackRecord\(tiny, \d+ figures, 4 runs\)", repr(one))
    assert one == one
    assert one != other
    assert len({one, other}) == 2


def test_rules_and_weekly_sums_come_in_with_daily_counts(stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    emigre.run(with_daily_counts(), runs=4, out="here")
    result = record("here")
    assert {"persistence", "pre_crisis_mean"} <= set(result.forecasts["forecaster"])
    assert "week_passages_BRIDGE_2030-03-04" in result.forecasts["id"]
    as_of = record("here", as_of="2030-03-10")
    assert as_of.forecasts["from"].min() == date(2030, 3, 11)
    assert as_of.forecasts["horizon"].min() == 1
    assert as_of.origin == date(2030, 3, 10)
    fit = record("here", use="fit")
    assert set(fit.forecasts["use"]) == {"fit"}
    assert fit.forecasts.height < result.forecasts.height


def test_an_as_of_run_is_scored_by_later_figures(stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = emigre.load("tiny", as_of="2030-03-17")
    emigre.run(world, runs=3, out="here")
    result = record("here")
    assert result.origin == date(2030, 3, 17)
    assert set(result.forecasts["id"]) == {"pass_wait"}
    assert "bridge_week_before" in emigre.read("here").scores["id"]
    with pytest.raises(InputError, match="the as-of date of the run"):
        record("here", as_of="2030-03-16")
    page = Path(call("report", "here").stdout.strip())
    assert "does not match the hash" not in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"use": "best"}, 'use: found "best", expected one of fit, check, all'),
        ({"as_of": "2031-01-01"}, "as_of: found 2031-01-01, expected a date on or after"),
        ({"as_of": "March"}, 'as_of: found "March"'),
        ({"scenario": "nowhere"}, "nowhere: found no such folder"),
    ],
)
def test_wrong_options_say_so(run, options, words):
    with pytest.raises(InputError) as error:
        record("here", **options)
    assert words in str(error.value)


def test_a_folder_that_is_no_run():
    with pytest.raises(ResultsError, match="no folder"):
        record("nothing")


def test_a_run_without_its_scenario_names_the_option(run, tmp_path):
    import json
    import shutil

    shutil.rmtree(tmp_path / "here" / "scenario")
    assert record("here").forecasts.height  # tiny ships
    path = tmp_path / "here" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scenario": "gone"}))
    with pytest.raises(InputError, match="scenario"):
        record("here")
    assert record("here", scenario="tiny").forecasts.height


def test_the_command_prints_and_writes(stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    emigre.run(with_daily_counts(), runs=4, out="here")
    done = call("score", "here", "--out", "made/skill.csv", "--forecasts", "made/all.csv")
    assert done.exit_code == 0
    assert "persistence" in done.stdout
    assert "figures marked fit" in done.stdout
    table = pl.read_csv("made/skill.csv")
    assert {"crps", "skill", "coverage_90", "best_baseline"} <= set(table.columns)
    every = pl.read_csv("made/all.csv")
    assert set(every["covered_90"]) <= {"yes", "no"}
    again = call("score", "here", "--out", "made/skill.csv")
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert call("score", "here", "--out", "made/skill.csv", "--force").exit_code == 0
    with monkeypatch.context() as short_screen:
        short_screen.setattr(skill_text, "SCREEN", 1)
        summary = call("score", "here").stdout
    assert "All measures" in summary
    assert "River Bridge" not in summary
    assert "in a table that --out FILE.csv writes." in " ".join(summary.split())
    wrong = call("score", "here", "--use", "best", "--as-of", "x")
    assert wrong.exit_code == 2
    assert "2 mistakes" in wrong.stderr
    assert call("score", "nowhere").exit_code == 1


def test_columns_of_the_scores_stay():
    first = ["id", "measure", "place", "place_name", "from", "to", "observed", "low", "high"]
    first += ["use", "headline", "simulated", "q05", "q25", "q50", "q75", "q95", "inside_90"]
    first += ["crps", "scored", "reason", "basis", "source", "source_title", "note"]
    assert list(scores_csv.COLUMNS)[: len(first)] == first


def test_a_scenario_edited_after_the_run_is_noted_by_score_and_report(run):
    assert not record(run).notes
    replace_text(run.folder / "scenario" / "observations.csv", ",1000,", ",1001,")
    edited = "The scenario kept in here does not match the hash of its run"
    assert edited in call("score", "here").stdout
    page = Path(call("report", "here").stdout.strip())
    assert edited in page.read_text("utf-8")


def test_coverage_counts_the_figures_of_one_use_and_the_simulation_alone():
    columns = ("forecaster", "use", "covered_50", "covered_90")
    lines = [
        (OURS, "check", True, True),
        (OURS, "check", False, True),
        (OURS, "fit", False, False),
        ("persistence", "check", False, False),
    ]
    table = pl.DataFrame(lines, schema=columns, orient="row")
    expected = "2 figures marked check: 1 (50 %) in the 50 % interval, 2 (100 %) in the 90 %"
    assert coverage(table, "check").startswith(expected)
    assert coverage(table, "context") == "No figure marked context can be compared."


def test_forecasts_contain_the_error_of_the_model(run, monkeypatch):
    alone = record(run).forecasts.filter(pl.col("forecaster") == OURS)
    large = ModelError(1.0, 0.0, 1.0, 0.0, 0.5, 0.0)
    monkeypatch.setattr("emigre.evaluation.model_error.error_of", lambda *_: large)
    wide = record(run).forecasts.filter(pl.col("forecaster") == OURS)
    spread = (wide["p95"] / wide["p05"]) / (alone["p95"] / alone["p05"])
    assert spread.drop_nulls().max() > 2.0


def test_a_total_without_an_error_is_scored_next_to_places_with_one(run, monkeypatch):
    local = ModelError(1.0, 0.0, 1.0, 0.0, 0.0, 0.0)  # places share none of it
    monkeypatch.setattr("emigre.evaluation.model_error.error_of", lambda *_: local)
    world = emigre.load("tiny")
    last = world.tables["observations"].filter(pl.col("id") == "bridge_week_after")
    total = last.with_columns(pl.lit("total").alias("id"), pl.lit("*").alias("place"))
    counts = pl.concat([last, total])
    columns = _with_error(SeriesReader(run), counts)
    sizes = [np.isfinite(column).sum() for column in columns.T]
    assert sizes[0] > sizes[1] == 4
