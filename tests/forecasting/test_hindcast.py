"""Rolling forecasts: what each origin uses, how it is scored, and resuming."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.calibration.posterior import Posterior
from emigre.errors import InputError, ResultsError
from emigre.evaluation.skill import OURS
from emigre.forecasting import hindcast as module
from emigre.forecasting.hindcast import AS_KNOWN, Hindcast, hindcast
from emigre.forecasting.settings import parse_days
from emigre.scenario.parameter_draws import Draws
from observed import call, with_daily_counts

SPAN = {"start": "2030-03-10", "end": "2030-03-24", "runs": 3}


def watched(monkeypatch):
    """The plans that are simulated from now on."""
    plans = []
    real = module.run_into

    def run_into(folder, plan, *others, **more):
        plans.append(plan)
        return real(folder, plan, *others, **more)

    monkeypatch.setattr(module, "run_into", run_into)
    return plans


def plans_of(monkeypatch, *words, **more):
    plans = watched(monkeypatch)
    hindcast(*words, **more, out="h")
    return plans


def test_each_origin_is_scored_within_its_horizon(home):
    done = hindcast("mine", **SPAN, out="h")
    assert done.info.origins == tuple(date(2030, 3, d) for d in (10, 17, 24))
    found = done.forecasts
    ours = found.filter(pl.col("forecaster") == OURS)
    assert (ours["from"] > ours["origin"]).all()
    assert (ours["to"] <= ours["origin"] + timedelta(days=15)).all()
    assert ((ours["to"] - ours["origin"]).dt.total_days() - 1 == ours["horizon"]).all()
    first = ours.filter(pl.col("origin") == date(2030, 3, 10))["id"].to_list()
    assert {"d7", "d13", "week_passages_BRIDGE_2030-03-11"} <= set(first)
    assert "bridge_week_before" not in first  # it begins before
    assert "bridge_week_after" in first  # published on 23 March, after the origin: never mind
    assert set(done.skill["horizon"]) == {7, 14}
    assert sorted(p.name for p in done.folder.iterdir()) == [
        "PURPOSE.txt",
        "forecasts.csv",
        "hindcast.json",
        "record.csv",
        "skill.csv",
    ]


def test_the_world_of_an_origin_knows_nothing_later(home, monkeypatch):
    worlds = [plan.worlds[0] for plan in plans_of(monkeypatch, "mine", **SPAN)]
    assert [w.as_of for w in worlds] == [date(2030, 3, 10), date(2030, 3, 17)]
    assert [w.end for w in worlds] == [date(2030, 3, 24), date(2030, 3, 31)]
    for world in worlds:
        assert world.tables["observations"]["published"].max() <= world.as_of
    assert "call_up_men" not in worlds[0].tables["pressures"]["id"]
    assert "call_up_men" in worlds[1].tables["pressures"]["id"]


def test_it_names_the_source_of_the_parameters(home, monkeypatch):
    assert hindcast("mine", **SPAN, out="a").info.parameters_from == AS_KNOWN
    seen = []

    def fitted(settings, world, origin, *_):
        seen.append((world.as_of, origin))
        return Draws(("patience_days",), np.array([[20.0], [30.0]]), "a fit")

    monkeypatch.setattr(module, "_fitted", fitted)
    done = hindcast("mine", **SPAN, out="b", refit=True)
    assert seen
    assert all(as_of == origin for as_of, origin in seen)
    assert done.info.parameters_from.startswith("fitted for each forecast")
    assert any("fitted for each forecast" in line for line in done.remarks())
    assert "fitted for each forecast" in done._repr_html_()


def test_draws_may_be_the_same_for_every_origin(home, monkeypatch):
    plans = watched(monkeypatch)
    (home / "draws.csv").write_text("patience_days\n20\n30\n")
    words = ("--from", "2030-03-10", "--to", "2030-03-10", "--runs", "2", "--draws", "draws.csv")
    done = call("hindcast", "mine", *words, "--out", "h")
    assert done.exit_code == 0
    assert [plan.draws.names for plan in plans] == [("patience_days",)]
    info = Hindcast.read("h").info
    assert info.parameters_from.startswith("draws.csv, the same for every forecast")


class BrokenOffError(Exception):
    pass


def test_an_interrupted_hindcast_resumes_with_the_same_tables(home, monkeypatch):
    whole = hindcast("mine", **SPAN, out="whole")
    origins = []
    real = module.run_into

    def breaks(folder, plan, *others, **more):
        origins.append(plan.worlds[0].as_of)
        if len(origins) == 2:
            raise BrokenOffError
        return real(folder, plan, *others, **more)

    monkeypatch.setattr(module, "run_into", breaks)
    with pytest.raises(BrokenOffError):
        hindcast("mine", **SPAN, out="h")
    assert not (home / "h").exists()
    with pytest.raises(ResultsError, match="interrupted, different hindcast"):
        hindcast("mine", **SPAN, horizon=7, out="h")
    done = hindcast("mine", **SPAN, out="h")
    assert origins[0] not in origins[1:]  # what was done is not done again
    for name in ("forecasts.csv", "skill.csv", "record.csv"):
        assert (home / "h" / name).read_bytes() == (whole.folder / name).read_bytes()
    assert Hindcast.read("h").skill.equals(done.skill)


def test_more_runs_are_other_work(home):
    hindcast("mine", **SPAN, out="h")
    with pytest.raises(ResultsError, match="already holds a hindcast"):
        hindcast("mine", **SPAN, out="h")
    again = hindcast("mine", **(SPAN | {"runs": 5}), out="h", force=True)
    assert again.info.runs == 5


def test_a_forecast_ends_with_the_scenario(home, monkeypatch):
    plans = watched(monkeypatch)
    done = hindcast("mine", start="2030-03-11", end="2030-03-11", horizon="20w", runs=2, out="h")
    assert [plan.worlds[0].end for plan in plans] == [date(2030, 5, 31)]
    assert done.info.horizon_days == 140


def test_no_figure_within_any_horizon(home, monkeypatch):
    simulated = watched(monkeypatch)
    with pytest.raises(InputError) as error:
        hindcast("mine", start="2030-05-10", end="2030-05-20", runs=2, out="h")
    [mistake] = error.value.mistakes
    assert mistake.found == "14 days after 2030-05-10, 2030-05-17"
    assert "observations cover days from 2030-03-" in mistake.hint
    assert not simulated  # said before anything is simulated
    assert not list(home.glob("h*"))


@pytest.mark.parametrize(("text", "days"), [("7d", 7), ("7", 7), ("2w", 14), (3, 3)])
def test_days_in_words(text, days):
    mistakes = []
    assert parse_days("--every", text, mistakes) == days
    assert not mistakes


@pytest.mark.parametrize("text", ["0d", "-1", "d", "", "1.5d", "7m", "99999"])
def test_days_that_are_none(text):
    mistakes = []
    parse_days("--every", text, mistakes)
    assert "such as 7d" in str(mistakes[0])


def test_all_mistakes_at_once(home):
    with pytest.raises(InputError) as error:
        hindcast("mine", start="2029-01-01", end="x", every="0d", horizon="soon")
    assert [m.file for m in error.value.mistakes] == ["--from", "--to", "--every", "--horizon"]
    with pytest.raises(InputError, match="on or after 2030-03-20"):
        hindcast("mine", start="2030-03-20", end="2030-03-10")


def test_the_command(home):
    words = ("hindcast", "mine", "--from", "2030-03-10", "--to", "2030-03-20", "--runs", "2")
    done = call(*words)
    assert done.exit_code == 0
    assert "record of 2 forecasts" in done.stdout
    assert "published by the day of the forecast" in done.stdout.replace("\n", " ")
    assert "1–7 ahead" in done.stdout
    assert "runs/hindcast-mine-001" in done.stdout
    quiet = call(*words, "--every", "5d", "--horizon", "1w", "--quiet", "--out", "h")
    assert (quiet.exit_code, quiet.stdout) == (0, "h\n")
    first, second, *_ = Hindcast.read("h").info.origins
    assert (second - first).days == 5
    wrong = call("hindcast", "mine", "--from", "x", "--to", "y")
    assert wrong.exit_code == 2
    assert "2 mistakes" in wrong.stderr


def test_a_folder_that_is_none(home):
    with pytest.raises(ResultsError, match="no folder"):
        Hindcast.read("nothing")
    (home / "bad").mkdir()
    (home / "bad" / "hindcast.json").write_text("[]")
    with pytest.raises(ResultsError, match="damaged"):
        Hindcast.read("bad")


@pytest.mark.slow
def test_on_the_engine_a_later_rule_moves_nothing_of_an_origin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with_daily_counts()
    span = {"start": "2030-03-10", "end": "2030-03-10", "runs": 2, "horizon": 7}
    before = hindcast("mine", **span, out="before")
    table = (tmp_path / "mine" / "pressures.csv").read_text()
    (tmp_path / "mine" / "pressures.csv").write_text(table.replace(",2.5,-1.5,", ",9,-1.5,"))
    after = hindcast("mine", **span, out="after")
    assert after.forecasts.equals(before.forecasts)
    assert emigre.load("mine").hash == after.info.hash != before.info.hash


def test_each_origin_may_have_a_fit_to_figures_published_by_then(home):
    done = hindcast("mine", **SPAN, scale=10, out="h", refit=True, fit_size=12, fit_steps=1)
    assert "published by then" in done.info.parameters_from
    published = {}
    for origin in done.info.origins[:2]:
        found = Posterior.read(done.folder / "fits" / str(origin))
        assert (found.info.as_of, found.info.end) == (origin, origin)
        published[origin] = {figure.id for figure in found.info.figures}
        assert not (done.folder / "fits" / str(origin) / "simulations").exists()
    first, second = published.values()
    assert first < second  # more was published in the week between
