"""Arguments of the Python interface: mistakes are reported by the name of the argument."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import emigre
from emigre.errors import InputError, Mistake
from emigre.scenario import arguments

DAYS = {"start": "2030-03-01", "end": "2030-03-10"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"settings": {"patience_day": 5}}, "settings key patience_day: found "),
        ({"settings": {"patience_days": None}}, "settings key patience_days: found "),
        ({"settings": [5]}, 'settings: found "5" (int), expected one or several texts KEY=VALUE'),
        ({"settings": np.array(3)}, 'settings: found "3" (ndarray), expected one or several texts'),
        ({"settings": "patience_days=1_000"}, 'settings key patience_days: found "1_000"'),
        ({"settings": "patience_days=５"}, 'settings key patience_days: found "５"'),
        ({"settings": "patience_days=nan"}, 'settings key patience_days: found "nan"'),
        ({"settings": "nothing=1"}, "settings key nothing: found"),
        ({"variants": "nope"}, 'variants: found "nope"'),
        ({"variants": 5}, "variants: found"),
        ({"variants": {"wider-pass"}}, "variants: found"),
        ({"variants": emigre.Patch("p", remove={"rulez": ("x",)})}, 'remove: found "rulez"'),
        ({"start": 20300301}, 'start: found "20300301" (int), expected a date'),
        ({"end": datetime(2030, 3, 2)}, "end: found"),  # noqa: DTZ001
        ({"as_of": 5}, "as_of: found"),
    ],
)
def test_refusals_of_load(words, said):
    with pytest.raises(InputError) as caught:
        emigre.load("tiny", **words)
    assert said in str(caught.value)
    assert "--" not in str(caught.value)


def test_a_scenario_that_ends_before_it_starts_cannot_be_made():
    with pytest.raises(InputError, match="end: found 2029-01-01, expected a date on or after"):
        replace(emigre.load("tiny"), end=date(2029, 1, 1))


def test_rows_removed_by_an_as_of_date_do_not_reappear():
    early = emigre.load("tiny", as_of="2030-03-10")
    with pytest.raises(InputError, match="as_of: found 2030-03-20, expected a date on or before"):
        emigre.load(early, as_of="2030-03-20")
    assert str(emigre.load(early, as_of="2030-03-05").as_of) == "2030-03-05"


@pytest.mark.parametrize("given", [5, None, "", " ", ["tiny"]])
def test_an_invalid_scenario(given):
    for function in (emigre.load, emigre.run):
        with pytest.raises(InputError, match=r"scenario: found .* a scenario folder or the name"):
            function(given)


def test_a_patch_made_by_hand_is_checked_like_any_other():
    by_hand = emigre.Patch("p", remove={"rules": "nordal_closes"})
    result = emigre.load("tiny", variants=by_hand)
    assert "nordal_closes" not in result.tables["rules"]["id"]


def test_settings_may_be_a_mapping_and_paths_of_any_kind(tmp_path):
    class Somewhere:
        def __fspath__(self) -> str:
            return str(tmp_path / "v.toml")

    (tmp_path / "v.toml").write_text('title = "V"\n[set]\npatience_days = 9\n')
    texts = emigre.load("tiny", settings=["patience_days=7", "places.PASS.capacity_persons=9"])
    given = {"patience_days": np.int64(7), "places.PASS.capacity_persons": 9}
    assert emigre.load("tiny", settings=given).hash == texts.hash
    assert emigre.load("tiny", variants=Somewhere()).parameters["patience_days"] == 9.0
    assert emigre.load(texts) == texts
    base, worlds = emigre.alternatives(texts, settings=given, variants=emigre.patch("mine"))
    assert base.hash == texts.hash
    assert list(worlds) == ["mine", "patience_days-7", "places.PASS.capacity_persons-9"]


def test_a_run_takes_the_changes_of_load(stand_in_engine):
    mine = emigre.patch("mine", set={"patience_days": 9})
    done = emigre.run("tiny", variants=mine, settings={"urgency_weight": 0.2}, **DAYS, runs=1)
    assert done.info.variants == ("mine", "set urgency_weight")
    assert (str(done.info.start), str(done.info.end)) == (DAYS["start"], DAYS["end"])
    assert done.info.parameters["patience_days"] == 9.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"set": "patience_days=5"}, 'set: found "patience_days=5" (str), expected a mapping'),
        ({"remove": {"rule": "x"}}, 'remove: found "rule", expected a table (did you mean rules?)'),
        ({"remove": {"rules": [1]}}, 'remove: found "1" (int), expected one or several ids'),
        ({"add": {"rules": "x"}}, 'add: found "x" (str), expected one or several mappings'),
        ({"add": {"rules": pl.DataFrame({"id": ["x"]})}}, "(DataFrame), expected one or several m"),
        ({"add": {"rules": pd.DataFrame({"id": ["x"]})}}, "(DataFrame), expected one or several m"),
        ({"name": 5}, 'name: found "5" (int), expected a text'),
        ({"name": " "}, "name: found"),
        ({"note": []}, "note: found"),
        ({"set": {1: 2}}, "set: found 1 (int), expected a parameter or a cell"),
    ],
)
def test_an_invalid_patch(words, said):
    with pytest.raises(InputError) as caught:
        emigre.patch(**words)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"patience_days": [1, "x"]}, "draws: found an array (2, 1) of <U21 for patience_days"),
        ({"patience_days": []}, "draws: found an array (0, 1)"),
        ({"patience_days": ["5"]}, "draws: found an array (1, 1) of <U1"),
        ({"patience_days": [True]}, "draws: found an array (1, 1) of bool"),
        ({"patience_days": 5}, "draws: found an array (1,)"),
        ({"patience_days": [[5.0, 6.0]]}, "draws: found an array (1, 2, 1)"),
        ({"patience_days": [1.0], "hurry_weight": [1.0, 2.0]}, "draws: found an array (0,)"),
        ({}, "draws: found an array (0,) of float64 for no parameter"),
        ({"run": [1, 0], "patience_days": [5, 6]}, 'draws: found "[1, 0]", expected 0, 1, 2 ...: '),
        ({"run": 5, "patience_days": [5]}, 'draws: found "5", expected 0, 1, 2 ...: rows are in'),
        ({"run": ["0"], "patience_days": [5]}, "draws: found \"['0']\", expected 0, 1, 2 ..."),
        (
            pd.DataFrame([[1.0, 2.0]], columns=["patience_days"] * 2),
            "draws: found an array (1, 2, 1)",
        ),
        (pd.DataFrame([[5.0]]), 'key 0: found "0"'),
        (np.array([["x"]], dtype=object), "draws: found an array (1, 1) of object"),
        (np.array([[1e-4 + 0j]]), "draws: found an array (1, 1) of complex128"),
        ({"patience": [1]}, "key patience: found"),
        (pl.LazyFrame({"patience_days": [5.0]}), "draws: found a lazy frame, expected"),
        ("p" * 5000, "draws: found"),
        ({"patience_days": [5, -1]}, "a table in memory:3 key patience_days: found -1"),
        (np.ones((3, 2)), "draws: found an array (3, 2), expected an array (n, 1): base_leaving"),
    ],
)
def test_invalid_draws(source, said):
    with pytest.raises(InputError) as caught:
        emigre.draws("tiny", source)
    assert said in str(caught.value)


def test_draws_match_their_names():
    one = np.ones((1, 1))
    for names, values in (
        (("patience_days",), np.ones((2, 2))),
        (("x",), np.ones((0, 1))),
        ("x", one),
        (None, one),
        (None, None),
        (5, [[5]]),
    ):
        with pytest.raises(InputError, match="draws: found an array"):
            emigre.Draws(names, values)
    drawn = emigre.Draws(["patience_days"], [[5], [6]])
    assert drawn.of_run(np.int64(3)) == {"patience_days": 6.0}
    for run in ("1", None, -1, 1.0):
        with pytest.raises(InputError, match="run: found"):
            drawn.of_run(run)
    with pytest.raises(ValueError, match="read-only"):
        drawn.values[0, 0] = 7.0
    assert repr(drawn) == "Draws(2 of patience_days, from an array in memory)"


@pytest.mark.parametrize("changes", [{"settings": {"hurry_weight": 0.3}}, {"as_of": "2030-03-05"}])
def test_a_column_that_no_change_removed_is_a_mistake(changes):
    changed = emigre.load("tiny", **changes, **DAYS)
    for name in ("patience_dayz", "places.PASS.capacity", "place.PASS.population"):
        with pytest.raises(InputError, match=f'found "{name}"'):
            emigre.draws(changed, {name: [5.0]})
    gone = {"pressure_gone": [1.0], "places.GONE.population": [5.0], "patience_days": [5.0]}
    assert emigre.draws(changed, gone).names == tuple(gone)


@pytest.mark.parametrize("given", ["x" * 300, "a\0b", b"x", "", 5])
def test_an_invalid_path(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="out: found"):
        emigre.run("tiny", out=given)
    with pytest.raises(InputError, match="a scenario folder or the name"):
        emigre.load(given)
    for kind in (emigre.Results, emigre.Comparison, emigre.Forecast, emigre.Posterior):
        with pytest.raises(InputError, match="folder: found"):
            kind.read(given)


def test_refusals_of_forecast_hindcast_and_sensitivity():
    when = {"start": "2030-03-10", "end": "2030-03-20"}
    for function, words, said in (
        (emigre.forecast, {"worlds": ["wider-pass"]}, "worlds: found"),
        (emigre.forecast, {"worlds": []}, "worlds: found"),
        (emigre.forecast, {"worlds": np.array([1, 2])}, "worlds: found"),
        (emigre.forecast, {"worlds": {"wider-pass": "0.3"}}, "worlds: found wider-pass=0.3"),
        (emigre.forecast, {"worlds": {"a/x": 0.3, "b/x.toml": 0.3}}, "different names"),
        (emigre.forecast, {"worlds": {"baseline": 0.3}}, "different names"),
        (emigre.forecast, {"worlds": {Path("wider-pass"): 0.3, "wider-pass": 0.3}}, "different na"),
        (emigre.forecast, {"worlds": {emigre.patch("a/b"): 0.3}}, "different names"),
        (emigre.forecast, {"worlds": {emigre.patch("idle"): 0.3}}, '"idle", expected a variant th'),
        (
            emigre.forecast,
            {"variants": "wider-pass", "worlds": {"wider-pass": 0.3}},
            '"wider-pass" only once',
        ),
        (emigre.hindcast, {"fit_size": 20, **when}, "fit_size: found 20"),
        (emigre.hindcast, {"refit": "no", **when}, "refit: found"),
        (emigre.hindcast, {"refit": True, "fit_size": "x", **when}, 'fit_size: found "x" .str.'),
        (emigre.hindcast, {"refit": True, "fit_size": 5, **when}, "fit_size: found 5, expected at"),
        (emigre.hindcast, {"refit": True, "fit_steps": None, **when}, "fit_steps: found"),
        (emigre.hindcast, {"refit": True, "draws": "none", **when}, "no draws together with refit"),
        (emigre.hindcast, {"start": None, "end": "2030-03-20"}, "start: found .*None"),
        (emigre.hindcast, {"fit_size": np.array([1, 2]), **when}, "fit_size: found"),
        (emigre.sensitivity, {"measure": "departed", "runs": None}, "runs: found"),
        (emigre.sensitivity, {"measure": None}, "measure: found"),
        (emigre.sensitivity, {"measure": ["departed"]}, "measure: found"),
        (emigre.sensitivity, {"measure": "departed", "place": np.array([1, 2])}, "place: found"),
        (emigre.sensitivity, {"measure": "departed", "most": np.array([1, 2])}, "most: found"),
        (emigre.sensitivity, {"measure": "departed", "place": ["*"]}, "place: found"),
        (emigre.fit, {"size": "10"}, "size: found"),
        (emigre.fit, {"size": 5}, "size: found 5, expected at least 10 draws"),
        (emigre.fit, {"steps": 2.0}, "steps: found"),
        (emigre.fit, {"checks": True}, "checks: found"),
        (emigre.fit, {"discrepancy": "0.1"}, "discrepancy: found"),
        (emigre.fit, {"discrepancy": float("nan")}, "discrepancy: found"),
        (emigre.draws, {"seed": "x"}, "seed: found"),
        (emigre.explain, {"b": "x" * 300}, "a scenario folder or the name"),
        (emigre.sensitivity, {"measure": "departed", "most": 2}, "most: found 2"),
        (emigre.sensitivity, {"measure": "departed", "trajectories": "9"}, "trajectories: found"),
        (emigre.sensitivity, {"measure": "departed", "base": 3, "shares": True}, "power of two"),
    ):
        with pytest.raises(InputError, match=said):
            function("tiny", **words)


@pytest.mark.parametrize("words", [{"results": 5}, {"results": None}, {"results": b"r"}])
def test_a_folder_that_has_no_report(words):
    with pytest.raises(InputError, match="results: found"):
        emigre.report(**words)
    with pytest.raises(InputError, match="run: found"):
        emigre.score(words["results"])
    with pytest.raises(InputError, match="out: found"):
        emigre.report(**words, out="a\0")


def test_a_check_is_shown_in_one_line():
    assert repr(emigre.check("tiny")) == "Examination(0 mistakes, 0 warnings)"
    assert repr(emigre.check("nothing")) == "Examination(1 mistake, 0 warnings)"


def test_refusals_of_edit():
    tiny = emigre.load("tiny", **DAYS)
    for frame in (None, 5, tiny.tables["rules"].lazy()):
        with pytest.raises(InputError, match=r"frame: found .*expected a frame of Polars"):
            tiny.edit("rules", frame)
    assert tiny.without() is tiny


@pytest.mark.parametrize("key", ["title", "zone", "id"])
def test_what_stands_in_the_header_is_not_set(key):
    with pytest.raises(InputError, match=r"it is set in scenario\.toml"):
        emigre.load("tiny", settings={key: "x"})


def test_hints_of_files_are_in_terms_of_python():
    early = emigre.patch(set={"start": "2030-03-02"})
    with pytest.raises(InputError, match="use the option start"):
        emigre.load("tiny", variants=early)


def test_draws_of_frames_and_arrays():
    tiny = emigre.load("tiny", **DAYS)
    values = [1e-4, 2e-4]
    for source in (
        {"base_leaving_per_day": values},
        {"run": [0, 1], "base_leaving_per_day": np.array(values)},
        pl.DataFrame({"base_leaving_per_day": values}),
        pd.DataFrame({"base_leaving_per_day": values}),
        np.array([[1e-4], [2e-4]]),
    ):
        assert emigre.draws(tiny, source).frame().to_dict(as_series=False) == {
            "base_leaving_per_day": values
        }


def test_draws_of_a_parameter_that_is_set():
    made = emigre.load("tiny", **DAYS, settings="base_leaving_per_day=2e-4")  # the only range
    assert emigre.draws(made) is None
    with pytest.raises(InputError, match="draws of base_leaving_per_day, set by a setting"):
        emigre.draws(made, {"base_leaving_per_day": [1e-4, 2e-4]})
    with pytest.raises(InputError, match="a value that is set has no range"):
        emigre.draws(made, "prior")
    mixed = emigre.draws(made, {"base_leaving_per_day": [1e-4], "patience_days": [20.0]})
    assert mixed.names == ("base_leaving_per_day", "patience_days")


def test_a_single_value_counts_as_a_list():
    result = emigre.load("tiny", variants="wider-pass", settings="patience_days=7")
    assert [patch.name for patch in result.applied] == ["wider-pass", "set patience_days"]
    _, worlds = emigre.alternatives(
        "tiny", variants="wider-pass", without="nordal_closes", shifts="nordal_closes=+7d"
    )
    assert list(worlds) == ["wider-pass", "without-nordal_closes", "nordal_closes-+7d"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"draws": "posterior.csv"}, "draws: found"),
        ({"runs": "2"}, 'runs: found "2" (str), expected a whole number from 1'),
        ({"runs": 2.0}, "runs: found"),
        ({"runs": True}, "runs: found"),
        ({"seed": None}, "seed: found"),
        ({"scale": 0}, "scale: found 0"),
        ({"workers": "all"}, "workers: found"),
        ({"by": 5}, "by: found"),
        ({"by": ["document"]}, "by: found"),
        ({"by": np.array(["document", "group"])}, "by: found"),
        ({"settings": ["patience_days=\ud800"]}, "settings: found"),
        ({"settings": {"rules.nordal_closes.note": "\ud800"}}, "note: found"),
        ({"pool": "thread"}, "pool: found"),
        ({"pool": np.array(["threads", "processes"])}, "pool: found"),
        ({"force": "no"}, "force: found"),
        ({"progress": "no"}, "progress: found"),
        ({"progress": SimpleNamespace(stage=print, days=print)}, "progress: found"),
        ({"out": ""}, "out: found"),
        ({"shelf": 5}, "shelf: found"),
        ({"shelf": "runs"}, "shelf: found runs, expected no shelf together with out"),
    ],
)
def test_refusals_of_run_before_any_work(words, said, stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny = emigre.load("tiny", **DAYS)
    with pytest.raises(InputError) as caught:
        emigre.run(tiny, **{"out": "r", **words})
    assert said in str(caught.value)
    assert "--" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_refusals_of_compare_and_explain(tmp_path):
    tiny = emigre.load("tiny", **DAYS)
    out = {"out": tmp_path / "c"}
    for base, worlds, words, said in (
        ("tiny", {"x": tiny}, {}, "base: found"),
        (tiny, ["x"], {}, "worlds: found"),
        (tiny, {}, {}, "worlds: found"),
        (tiny, {"x": "tiny"}, {}, "worlds: found"),
        (tiny, {"../x": tiny}, {}, "worlds: found"),
        (tiny, {"Baseline": tiny}, {}, "worlds: found"),
        (tiny, {"Totals.csv": tiny}, {}, "worlds: found .*or a file of the comparison"),
        (
            tiny,
            {"x": tiny, "X": tiny},
            {},
            "worlds: found x, X, expected names that differ in more",
        ),
        (tiny, {"x": tiny}, {"period": ("2030-03-02", "soon")}, "end: found"),
        (tiny, {"x": tiny}, {"period": ("2030-03-02",)}, "period: found"),
        (tiny, {"x": tiny}, {"period": tiny.start}, "period: found"),
    ):
        with pytest.raises(InputError, match=said):
            emigre.compare(base, worlds, **words, **out)
    for a, words, said in (
        (5, {}, "A: found"),
        (tiny, {"measure": 5}, "measure: found"),
        (tiny, {"place": ["NORDAL"]}, "place: found"),
        (tiny, {"start": 5}, "start: found"),
        (tiny, {"pairs": "4"}, "pairs: found"),
        (tiny, {"each": "no"}, "each: found"),
        (tiny, {"pool": "x"}, "pool: found"),
    ):
        with pytest.raises(InputError, match=said):
            emigre.explain(a, tiny, **words)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2030-03-02", date(2030, 3, 11), []),
        (None, None, []),
        ("2030-02-28", "2030-03-12", ["start: found 2030-02-28", "end: found 2030-03-12"]),
        ("soon", 5, ['start: found "soon"', 'end: found "5" (int)']),
        ("2030-03-03", "2030-03-03", ["end: found 2030-03-03, expected a date after start"]),
        ("2030-03-11", None, ["start: found 2030-03-11, expected a date before 2030-03-11"]),
        (None, "2030-03-01", ["end: found 2030-03-01, expected a date after start"]),
    ],
)
def test_a_period_lies_within_its_days_and_ends_after_it_starts(start, end, said):
    mistakes: list[Mistake] = []
    days = arguments.period(start, end, date(2030, 3, 1), date(2030, 3, 11), mistakes)
    assert [str(m)[: len(text)] for m, text in zip(mistakes, said, strict=True)] == said
    assert said or days == (date.fromisoformat(start or "2030-03-01"), date(2030, 3, 11))


def test_whole_numbers_of_other_libraries_are_whole():
    mistakes: list[Mistake] = []
    assert arguments.whole("--runs", np.int64(3), 1, 5, mistakes) == 3
    assert not mistakes


def test_the_command_line_keeps_its_own_words():
    said = Mistake("--set", '"x"', "KEY=VALUE", "--start and --end take fewer days")
    assert str(said) == 'settings: found "x", expected KEY=VALUE (start and end take fewer days)'
    assert said.on_command_line().startswith('--set: found "x"')
    assert "--end" in said.on_command_line()
    said = Mistake("--base", "64", "--method=sobol", "--dates=day-first, --as-of or --to")
    assert str(said).endswith('expected shares=True (dates="day-first", as_of or end)')
    in_a_file = Mistake("rules.csv", '"--set"', "a text", line=3, column="note")
    assert str(in_a_file) == in_a_file.on_command_line()
