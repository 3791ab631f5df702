"""Runs of a scenario with a posterior draw from it unless asked not to."""

import json
import shutil

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.scenario.library import new, shipped
from emigre.scenario.parameter_draws import Draws, draws_of

DAYS = {"start": "2030-03-01", "end": "2030-03-20"}
DRAWS = Draws(("patience_days", "pressure_call_up"), np.array([[30.0, 0.5], [60.0, 1.5]]))


@pytest.fixture
def fitted(tmp_path):
    """A copy of tiny with a posterior in its folder."""
    folder = tmp_path / "fitted"
    shutil.copytree(shipped()["tiny"], folder)
    (folder / "posterior.csv").write_text(DRAWS.text())
    return folder


def test_a_posterior_is_taken_if_there_is_one(fitted):
    own = draws_of(emigre.load(fitted))
    assert own.values.tolist() == DRAWS.values.tolist()
    assert own.origin == "posterior.csv of tiny"
    assert draws_of(emigre.load(fitted), "none") is None
    assert draws_of(emigre.load(fitted), DRAWS) is DRAWS
    assert draws_of(emigre.load(fitted), "prior").origin == "the prior ranges of tiny"


def test_runs_and_comparisons_draw_from_it(fitted, tmp_path, stand_in_engine):
    loaded = emigre.load(fitted, **DAYS)
    info = emigre.run(loaded, runs=2).info
    assert (info.draws, info.parameters_from) == (2, "posterior.csv of tiny")
    assert emigre.run(loaded, runs=2, draws="none").info.draws is None
    base, worlds = emigre.alternatives(fitted, variants=["wider-pass"], **DAYS)
    assert emigre.compare(base, worlds, runs=2, out=tmp_path / "c").info.draws == 2


@pytest.mark.slow
def test_a_run_of_the_folder_of_a_run_gives_the_same_again(fitted, tmp_path):
    first = emigre.run(emigre.load(fitted, **DAYS), runs=2, out=tmp_path / "a")
    again = emigre.run(tmp_path / "a" / "scenario", runs=2)
    assert again.daily.equals(first.daily)
    assert again.info.draws == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"settings": ["patience_days=45"]},
        {"settings": ["patience_days=45", "pressure_call_up=2"]},
        {"variants": ["no-call-up"]},
    ],
    ids=["one is set", "all are set", "a row is gone"],
)
def test_so_does_one_of_a_changed_scenario(fitted, tmp_path, changes):
    cells = Draws((*DRAWS.names, "pressures.call_up_men.leaving"), np.c_[DRAWS.values, [1.0, 3.0]])
    (fitted / "posterior.csv").write_text(cells.text())
    (fitted / "variants" / "no-call-up.toml").write_text(
        'title = "No call-up"\n[remove]\npressures = ["call_up_men"]\n'
    )
    changed = emigre.load(fitted, **DAYS, **changes)
    first = emigre.run(changed, runs=2, out=tmp_path / "a")
    assert emigre.run(tmp_path / "a" / "scenario", runs=2).daily.equals(first.daily)


@pytest.mark.slow
def test_the_difference_explained_is_the_effect_compared(fitted, tmp_path):
    """Flows and stocks, with draws, and where a drawn parameter itself is changed."""
    variant = fitted / "variants" / "patient.toml"
    variant.write_text(
        'title = "More patient, and a wider pass"\n[set]\npatience_days = 90\n'
        '"places.PASS.capacity_persons_per_day" = 900\n'
    )
    base, worlds = emigre.alternatives(fitted, variants=["patient"], **DAYS)
    comparison = emigre.compare(base, worlds, runs=3, out=tmp_path / "c")
    daily = [s.daily for s in (comparison.baseline, comparison.alternative("patient"))]
    for measure, place in (("entered", "PASS"), ("stock", "SUDRIA")):
        result = emigre.explain(
            base, worlds["patient"], measure=measure, place=place, start="2030-03-06", runs=3
        )
        days = [result.quantity.first, result.quantity.last]
        sums = [
            frame.with_columns(pl.col("measure", "place").cast(pl.String))
            .filter(pl.col("date").is_between(*days), measure=measure, place=place)
            .group_by("run", maintain_order=True)
            .agg(pl.col("value").sum())["value"]
            .to_list()
            for frame in daily
        ]
        assert (result.of_a.tolist(), result.of_b.tolist()) == tuple(sums)
        assert (result.of_a != result.of_b).any()
        assert result.parameters_from == "posterior.csv of tiny"


def test_a_copy_to_start_from_has_none(fitted, tmp_path):
    folder = new("mine", from_=str(fitted), into=tmp_path)
    assert (folder / "places.csv").exists()
    assert not (folder / "posterior.csv").exists()


def test_runs_keep_the_residuals_of_the_fit_and_repeat_with_them(fitted, tmp_path, stand_in_engine):
    figure = {"measure": "passages", "end": "2030-03-15", "observed": 100.0}
    figure |= {"q05": 90.0, "q50": 110.0, "q95": 130.0, "error_sd": 0.05, "explained": 0.0}
    posterior = {"figures": [figure], "discrepancy": {}}
    (fitted / "posterior.json").write_text(json.dumps(posterior), encoding="utf-8")
    first = emigre.run(emigre.load(fitted, **DAYS), runs=2, out=tmp_path / "a")
    (kept,) = first.info.residuals
    assert (kept.measure, kept.figures, str(kept.until)) == ("passages", 1, "2030-03-14")
    again = emigre.run(tmp_path / "a" / "scenario", runs=2)
    assert again.info.residuals == first.info.residuals
    assert again.scores.equals(first.scores)
    assert emigre.run(emigre.load(fitted, **DAYS), runs=2, draws="none").info.residuals == ()
