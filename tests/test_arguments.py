"""Arguments of the Python interface: what is wrong is said, by the argument's name."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

import emigre
from emigre.errors import InputError, Mistake
from emigre.scenario import arguments

DAYS = {"start": "2030-03-01", "end": "2030-03-10"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"settings": {"patience_days": 5}}, "settings: found "),
        ({"settings": [5]}, 'settings: found "5" (int), expected one or several texts'),
        ({"settings": "patience_days=1_000"}, 'settings key patience_days: found "1_000"'),
        ({"settings": "patience_days=５"}, 'settings key patience_days: found "５"'),
        ({"settings": "patience_days=nan"}, 'settings key patience_days: found "nan"'),
        ({"settings": "nothing=1"}, "settings key nothing: found"),
        ({"variants": "nope"}, 'variants: found "nope"'),
        ({"variants": 5}, "variants: found"),
        ({"start": 20300301}, 'start: found "20300301" (int), expected a date'),
        ({"end": datetime(2030, 3, 2)}, "end: found"),  # noqa: DTZ001
        ({"as_of": 5}, "as_of: found"),
    ],
)
def test_what_load_refuses(words, said):
    with pytest.raises(InputError) as caught:
        emigre.load("tiny", **words)
    assert said in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize("given", [5, None, "", " ", ["tiny"]])
def test_what_is_no_scenario(given):
    for function in (emigre.load, emigre.run):
        with pytest.raises(InputError, match="a scenario folder or the name"):
            function(given)


def test_one_alone_stands_for_a_list():
    found = emigre.load("tiny", variants="wider-pass", settings="patience_days=7")
    assert [patch.name for patch in found.applied] == ["wider-pass", "set patience_days"]
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
        ({"pool": "thread"}, "pool: found"),
        ({"pool": None}, "pool: found"),
        ({"force": "no"}, "force: found"),
        ({"progress": "no"}, "progress: found"),
        ({"out": ""}, "out: found"),
        ({"shelf": 5}, "shelf: found"),
    ],
)
def test_what_run_refuses_before_any_work(words, said, stand_in, tmp_path, monkeypatch):
    stand_in()
    monkeypatch.chdir(tmp_path)
    tiny = emigre.load("tiny", **DAYS)
    with pytest.raises(InputError) as caught:
        emigre.run(tiny, **{"out": "r", **words})
    assert said in str(caught.value)
    assert "--" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_compare_and_explain_refuse(tmp_path):
    tiny = emigre.load("tiny", **DAYS)
    out = {"out": tmp_path / "c"}
    for base, worlds, words, said in (
        ("tiny", {"x": tiny}, {}, "base: found"),
        (tiny, ["x"], {}, "worlds: found"),
        (tiny, {}, {}, "worlds: found"),
        (tiny, {"x": "tiny"}, {}, "worlds: found"),
        (tiny, {"../x": tiny}, {}, "worlds: found"),
        (tiny, {"Baseline": tiny}, {}, "worlds: found"),
        (tiny, {"x": tiny}, {"period": ("2030-03-02", "2030-03-03")}, "period: found"),
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


def test_whole_numbers_of_other_libraries_are_whole():
    mistakes: list[Mistake] = []
    assert arguments.whole("--runs", np.int64(3), 1, 5, mistakes) == 3
    assert not mistakes


def test_the_command_line_keeps_its_own_words():
    said = Mistake("--set", None, "", '"x"', "KEY=VALUE", "--start and --end take fewer days")
    assert str(said) == 'settings: found "x", expected KEY=VALUE (start and end take fewer days)'
    assert said.on_command_line().startswith('--set: found "x"')
    assert "--end" in said.on_command_line()
    in_a_file = Mistake("rules.csv", 3, "note", '"--set"', "a text")
    assert str(in_a_file) == in_a_file.on_command_line()
