import csv
from datetime import date

import numpy as np
import pytest

import emigre
from emigre.errors import InputError, ResultsError
from emigre.scenario.priors import priors_of
from emigre.sensitivity import study
from emigre.sensitivity.effects import influential
from emigre.sensitivity.results import Sensitivity, SensitivityInfo
from emigre.sensitivity.study import sensitivity
from observed import call

FIGURE = {
    "measure": "passages", "place": "PASS", "start": date(2030, 3, 15), "end": date(2030, 3, 22)
}  # fmt: skip
QUICK = {"trajectories": 3, "runs": 2, "shares": True, "base": 4}


class StoppedError(Exception):
    pass


@pytest.fixture
def cheap(monkeypatch):
    """Stand-in for simulations: a number computed from two parameters, and shared noise."""
    calls = []

    def put(stop_after=None):
        def sample(plan, observations, *, workers=None, pool="threads", watcher=None):
            if stop_after is not None and len(calls) >= stop_after:
                raise StoppedError
            calls.append((len(plan.worlds), plan.worlds[0].end))
            chance = np.random.default_rng(plan.seed).normal(size=plan.runs)
            leaving = np.array([w.parameters["base_leaving_per_day"] for w in plan.worlds])
            watcher.days(plan.n_days, plan.n_days)
            return (1e6 * leaving[:, None] + chance)[:, :, None]

        monkeypatch.setattr(study, "sample", sample)
        return calls

    return put


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny")


def test_a_study_is_written_as_a_folder(cheap, tiny, tmp_path):
    calls = cheap()
    result = sensitivity(tiny, **FIGURE, **QUICK, out=tmp_path / "s")
    names = sorted(p.name for p in (tmp_path / "s").iterdir())
    assert names == ["PURPOSE.txt", "chart.png", "chart.svg", "effects.csv", "sensitivity.json"]
    info = SensitivityInfo.model_validate_json((tmp_path / "s" / "sensitivity.json").read_bytes())
    assert info == result.info
    read = Sensitivity.read(str(tmp_path / "s"))
    assert (read.info, read.effects, repr(read)) == (info, result.effects, repr(result))
    assert read.table.equals(result.table)
    with pytest.raises(ResultsError, match="not a complete sensitivity"):
        Sensitivity.read(tmp_path)
    assert "base_leaving_per_day" in result._repr_html_()
    assert info.place_name == "Hill Pass"
    assert influential(list(result.effects), 4) == ["base_leaving_per_day"]
    assert info.chance_sd > 0
    assert info.titles == {}  # no cell of a table is uncertain
    with (tmp_path / "s" / "effects.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["parameter"] == "base_leaving_per_day"
    assert rows[0]["note"].startswith("invented")
    # from the 5 % to the 95 % quantile: from low to high of a belief without a named shape
    assert float(rows[0]["mean"]) == pytest.approx(1e6 * (4e-4 - 1e-4), rel=0.2)
    assert float(rows[0]["total"]) > 0.5
    # only the days of the number are simulated
    assert {end for _, end in calls} == {date(2030, 3, 21)}
    assert sum(n for n, _ in calls) == 1 + 3 * 2 + 4 * 3 == info.evaluations


@pytest.mark.parametrize(
    ("measure", "place", "first"),
    [("passages", "PASS", date(2030, 3, 15)), ("stock", "NORDAL", date(2030, 3, 21))],
)
def test_a_stock_is_that_of_the_last_day_as_in_a_comparison(
    monkeypatch, tiny, tmp_path, measure, place, first
):
    asked = []

    def sample(plan, observations, **_):
        asked.append(observations.select("from", "to").row(0))
        return np.zeros((len(plan.worlds), plan.runs, 1))

    monkeypatch.setattr(study, "sample", sample)
    figure = FIGURE | {"measure": measure, "place": place}
    info = sensitivity(tiny, **figure, trajectories=2, out=tmp_path / "s").info
    assert set(asked) == {(first, date(2030, 3, 22))} == {(info.start, info.end)}


def test_an_interrupted_study_resumes(cheap, tiny, tmp_path):
    cheap(stop_after=2)
    with pytest.raises(StoppedError):
        sensitivity(tiny, **FIGURE, **QUICK, out=tmp_path / "s")
    calls = cheap()
    calls.clear()
    result = sensitivity(tiny, **FIGURE, **QUICK, out=tmp_path / "s")
    assert [n for n, _ in calls] == [1, 10, 2]  # the screening was kept
    whole = sensitivity(tiny, **FIGURE, **QUICK, out=tmp_path / "t")
    assert result.effects == whole.effects
    with pytest.raises(ResultsError, match="already holds a sensitivity"):
        sensitivity(tiny, **FIGURE, **QUICK, out=tmp_path / "s")


def test_evaluations_are_those_that_were_made(monkeypatch, tiny, tmp_path):
    """Shares of variance need fewer of them if few parameters are influential."""
    made = []

    def sample(plan, observations, **_):
        made.append(len(plan.worlds))
        leaving = np.array([w.parameters["base_leaving_per_day"] for w in plan.worlds])
        return np.repeat(1e6 * leaving, plan.runs).reshape(-1, plan.runs, 1)

    monkeypatch.setattr(study, "sample", sample)
    of_all = {"trajectories": 2, "shares": True, "base": 4, "scale": 1000}
    result = sensitivity(tiny, "departed", **of_all, out=tmp_path / "s")
    k = len(priors_of(tiny))
    assert influential(list(result.effects), 4) == ["base_leaving_per_day"]
    assert sum(made) == 1 + 2 * (k + 1) + 4 * 3 == result.info.evaluations


def test_all_mistakes_are_reported_at_once(tiny):
    wrong = {"start": date(2030, 1, 1), "end": date(2029, 3, 22), "trajectories": 1, "base": 3}
    with pytest.raises(InputError) as caught:
        sensitivity(tiny, "pasages", "PAS", **wrong)
    files = [m.file for m in caught.value.mistakes]
    assert files == ["--trajectories", "--base", "--measure", "--place", "--from", "--to"]
    with pytest.raises(InputError, match="a date from 2030-03-01 to"):
        sensitivity(tiny, **FIGURE | {"end": date(2031, 1, 1)})


def test_a_figure_that_is_not_simulated(cheap, tiny, tmp_path):
    cheap()
    with pytest.raises(InputError, match="where stock is counted"):
        sensitivity(tiny, **FIGURE | {"measure": "stock"}, out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_the_command(cheap, tmp_path, monkeypatch):
    cheap()
    monkeypatch.chdir(tmp_path)
    figure = [
        "--measure",
        "passages",
        "--place",
        "PASS",
        "--from",
        "2030-03-15",
        "--to",
        "2030-03-22",
    ]
    arguments = ["sensitivity", "tiny", *figure, "--trajectories", "2"]
    done = call(*arguments, "--base", "4", "--method", "sobol")
    assert done.exit_code == 0, done.output
    assert "base_leaving_per_day" in done.stdout
    assert "first order" in done.stdout
    assert (tmp_path / "runs" / "tiny-sensitivity-001" / "chart.svg").is_file()
    quiet = call(*arguments, "--quiet")
    assert quiet.stdout.strip().endswith("tiny-sensitivity-002")
    wrong = call(*arguments, "--method", "guess")
    assert wrong.exit_code == 2
    assert "morris or sobol" in wrong.output
