from dataclasses import asdict

import numpy as np
import pytest

import emigre
from emigre.calibration import Posterior
from emigre.calibration.scenario_fit import FitSettings, PartialProgress, fit, seed_of
from emigre.errors import InputError, ResultsError
from observed import call

QUICK = FitSettings(size=60, steps=2, checks=10, seed=3)


class StoppedError(Exception):
    pass


@pytest.fixture
def cheap(monkeypatch):
    """Stand-in for simulations: figures computed from the parameter, each with its own noise."""
    calls = []

    def put(stop_after=None):
        def sample(plan, observations, *, workers=None, pool="threads", watcher=None):
            if stop_after is not None and len(calls) >= stop_after:
                raise StoppedError
            calls.append((plan.seed, plan.runs, pool))
            rate = plan.draws.values[:, 0] / 1.5e-4
            rng = np.random.default_rng(plan.seed)
            noise = np.exp(0.05 * rng.standard_normal((plan.runs, observations.height)))
            watcher.days(plan.n_days, plan.n_days)
            return (np.array([900.0, 800.0]) * np.sqrt(rate)[:, None] * noise)[None]

        monkeypatch.setattr("emigre.calibration.scenario_fit.sample", sample)
        return calls

    return put


def test_a_scenario_is_fitted_and_kept(cheap, tmp_path):
    calls = cheap()
    tiny = emigre.load("tiny")
    result = fit(tiny, **asdict(QUICK), out=tmp_path / "fit")
    folder = result.folder
    assert folder == tmp_path / "fit"
    assert sorted(p.name for p in folder.iterdir()) == [
        "PURPOSE.txt", "posterior.csv", "posterior.json", "simulations",
    ]  # fmt: skip
    info = Posterior.read(folder).info
    assert info == result.info
    assert (info.scenario, info.hash, info.scale) == ("tiny", tiny.hash, 1)
    assert [f.id for f in info.figures] == ["bridge_week_before", "pass_week_after"]
    assert info.figures[0].place == "BRIDGE"
    title = "Passages by all travellers, River Bridge, 8 – 14 Mar 2030"
    assert info.titles["bridge_week_before"] == title
    assert result.names == ("base_leaving_per_day",)
    drawn, of_file = result.draws(), emigre.draws(tiny, folder / "posterior.csv")
    assert (drawn, drawn.residuals) == (of_file, of_file.residuals)
    assert [r.measure for r in drawn.residuals] == ["passages"]
    assert "from a fit of tiny" in repr(drawn)
    assert info.parameters[0].shrinkage > 0.5
    # every chunk has chance of its own, and no simulation is done twice
    assert len({seed for seed, _, _ in calls}) == len(calls)
    assert sum(runs for _, runs, _ in calls) == 60 * 2 + 10
    assert len({id(where) for _, _, where in calls}) == 1  # one pool for all of them


def test_an_interrupted_fit_resumes(cheap, tmp_path):
    tiny = emigre.load("tiny")
    cheap(stop_after=2)
    with pytest.raises(StoppedError):
        fit(tiny, **asdict(QUICK), out=tmp_path / "fit")
    assert not (tmp_path / "fit").exists()
    with pytest.raises(ResultsError, match="interrupted, different"):
        fit(tiny, size=80, steps=2, out=tmp_path / "fit")
    calls = cheap()
    calls.clear()
    result = fit(tiny, **asdict(QUICK), out=tmp_path / "fit")
    assert len(calls) == 3  # of five chunks
    whole = fit(tiny, **asdict(QUICK), out=tmp_path / "other")
    assert (result.values == whole.values).all()
    with pytest.raises(ResultsError, match="already holds a posterior"):
        fit(tiny, **asdict(QUICK), out=tmp_path / "fit")


def test_seeds_of_chunks_differ():
    seeds = {seed_of(s, first) for s in range(5) for first in range(0, 2000, 50)}
    assert len(seeds) == 5 * 40
    assert all(0 <= s < 2**63 for s in seeds)


def test_progress_counts_days_of_the_whole():
    told = []

    class ProgressListener:
        def stage(self, words): ...
        def kernels(self, ready, total): ...
        def days(self, done, total):
            told.append((done, total))

    PartialProgress(ProgressListener(), first=50, size=10, total=100).days(30, 300)
    assert told == [(50 * 30 + 30, 100 * 30)]


def test_parameters_that_cannot_be_fitted_are_reported(cheap):
    cheap()
    with pytest.raises(InputError, match="low and high") as caught:
        fit("tiny", only=["base_leaving", "base_leaving"])
    assert "did you mean base_leaving_per_day?" in str(caught.value)
    assert len(caught.value.mistakes) == 1
    with pytest.raises(InputError, match="low and high"):
        fit("tiny", settings=["base_leaving_per_day=2e-4"], **asdict(QUICK))


def test_the_command(cheap, tmp_path, monkeypatch):
    cheap()
    monkeypatch.chdir(tmp_path)
    arguments = ["fit", "tiny", "--size", "60", "--steps", "2", "--checks", "10"]
    done = call(*arguments, "--seed", "3")
    assert done.exit_code == 0, done.output
    assert "base_leaving_per_day" in done.stdout
    assert "emigre run tiny --draws" in done.stdout
    folder = tmp_path / "runs" / "tiny-fit-001"
    assert Posterior.read(folder).info.seed == 3
    quiet = call(*arguments, "--quiet")
    assert quiet.stdout.strip().endswith("tiny-fit-002")
    wrong = call("fit", "tiny", "--size", "3")
    assert wrong.exit_code == 2
    assert "--size" in wrong.output


def test_nothing_is_stored_in_shipped_scenarios_which_is_reported_before_any_work(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = call("fit", "tiny", "--store")
    assert done.exit_code == 2
    assert "a built-in scenario" in done.stderr
    assert "emigre new my-tiny --from tiny" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_posterior_may_be_stored_with_its_scenario(cheap, tmp_path, monkeypatch):
    cheap()
    monkeypatch.chdir(tmp_path)
    assert call("new", "mine").exit_code == 0
    arguments = ["fit", "mine", "--size", "60", "--steps", "2", "--checks", "0", "--store"]
    done = call(*arguments)
    assert done.exit_code == 0, done.output
    stored = Posterior.read(tmp_path / "mine")
    assert len(stored.values) == 60
    assert emigre.load(tmp_path / "mine").id == "mine"
