import csv
import re
from pathlib import Path

import pytest

from edits import replace_text
from emigre.errors import InputError
from emigre.scenario.examination import check, examine
from emigre.scenario.library import find_folder, list_scenarios, new, shipped
from emigre.scenario.loader import load
from emigre.schema import REQUIRED_TABLES

BASE = Path(__file__).parent / "base"


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_have_no_mistakes(name: str) -> None:
    assert [str(m) for m in check(name)] == []


def test_cards() -> None:
    cards = {card.name: card for card in list_scenarios()}
    tiny = cards["tiny"]
    assert tiny.kind == "example"
    assert tiny.origins >= 1
    assert tiny.countries >= 2
    assert tiny.groups == load("tiny").tables["groups"].height
    assert set(tiny.variants) == set(load("tiny").variants)


def test_new_copies_an_example(tmp_path: Path) -> None:
    folder = new("mine", into=tmp_path)
    assert folder == tmp_path / "mine"
    s = load(folder)
    assert (s.id, s.title) == ("mine", "mine (from tiny)")
    assert set(s.variants) == set(load("tiny").variants)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_new_takes_any_title(tmp_path: Path) -> None:
    title = 'A "quoted" \\1 title'
    assert load(new("mine", from_=str(BASE), title=title, into=tmp_path)).title == title


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="an unused name"):
        new("mine", into=tmp_path)


@pytest.mark.parametrize("name", ["", "a b", "..", ".hidden", "a/b c", "/"])
def test_new_wants_a_plain_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no device of Windows"):
        new("Aux", into=tmp_path)
    with pytest.raises(InputError, match="a folder name that is an id"):
        new(name, into=tmp_path)


def test_new_takes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(new(tmp_path / "deep er" / "mine")).id == "mine"
    monkeypatch.chdir(tmp_path)
    assert new("deep er/other") == Path("deep er/other")
    assert load("deep er/other").id == "other"


def test_unknown_names_get_a_hint() -> None:
    with pytest.raises(InputError, match=r"did you mean tiny\?"):
        load("tinny")


def test_a_file_is_no_scenario(tmp_path: Path) -> None:
    folder = new("mine", into=tmp_path)
    with pytest.raises(InputError, match=rf"found a file, .* \(write {re.escape(str(folder))}\)"):
        load(folder / "scenario.toml")
    with pytest.raises(InputError, match=r"places\.csv: found a file, expected a scenario folder"):
        load(folder / "places.csv")


def test_a_folder_comes_before_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_folder("tiny") == shipped()["tiny"]
    (tmp_path / "tiny").mkdir()
    assert find_folder("tiny") == shipped()["tiny"]
    (tmp_path / "tiny" / "scenario.toml").touch()
    assert find_folder("tiny") == Path("tiny")


def test_a_blank_form_runs_and_lists_remaining_examples(tmp_path: Path) -> None:
    folder = new(tmp_path / "crises" / "sudan", blank=True)
    result = examine(folder)
    assert result.mistakes == ()
    assert result.summary is not None
    assert result.summary.id == "sudan"
    left = {w.file for w in result.warnings if "of the blank form" in w.found}
    assert left == {f"{t}.csv" for t in (*REQUIRED_TABLES, "pressures", "observations")}
    assert len(result.warnings) == len(left)
    for path in folder.glob("*.csv"):
        header, meanings, example = list(csv.reader(path.read_text("utf-8").splitlines()))[:3]
        assert meanings[0].startswith("# (required")
        assert len(header) == len(meanings) == len(example)
    with pytest.raises(InputError, match="either a blank form or a scenario to copy"):
        new(tmp_path / "other", from_="tiny", blank=True)


def test_every_example_row_of_the_blank_form_is_valid(tmp_path: Path) -> None:
    folder = new(tmp_path / "all", blank=True)
    for path in folder.glob("*.csv"):
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(line.lstrip("#") for line in (lines[0], *lines[2:])), "utf-8")
    assert check(folder) == []


@pytest.mark.parametrize("name", [n for n in shipped() if n != "tiny"])
def test_shipped_scenarios_are_templates(name: str, tmp_path: Path) -> None:
    assert load(new(tmp_path / "mine", from_=name)).id == "mine"


def test_cells_that_are_seldom_known_are_assumed_and_listed(tmp_path: Path) -> None:
    folder = new(tmp_path / "mine", blank=True)
    replace_text(folder / "legs.csv", "250,6,,yes", "250,6,9,yes", 1)
    scenario = load(folder)
    groups = scenario.tables["groups"].row(0, named=True)
    assert (groups["education"], groups["openness"]) == ("any", "any")
    assert groups["savings_eur"] == pytest.approx(30 * 2.15)
    assert scenario.tables["legs"]["fare_eur"].to_list() == [9, 12.5]
    assert [words.split(":")[0] for words in scenario.assumed] == [
        "education in all rows of groups.csv",
        "openness in all rows of groups.csv",
        "savings_eur in all rows of groups.csv",
        "fare_eur in 1 of 2 rows of legs.csv",
    ]
    changed = scenario.set({"patience_days": 30})
    assert changed.assumed == scenario.assumed
    assert load("tiny").assumed == ()


@pytest.mark.parametrize("inner", ["scenario", "run/scenario", "baseline/scenario", "mine"])
def test_the_scenario_in_a_folder_is_named(tmp_path: Path, inner: str) -> None:
    outer = tmp_path / "outer"
    with pytest.raises(InputError, match="no such folder"):
        find_folder(outer)
    outer.mkdir()
    with pytest.raises(InputError, match=r"no scenario.toml, expected [^(]*$"):
        find_folder(outer)
    new(inner, into=outer)
    (outer / "forecasts.csv").write_text("", "utf-8")
    with pytest.raises(InputError, match=r"no scenario\.toml") as caught:
        find_folder(outer)
    assert caught.value.mistakes[0].hint == f"the folder {outer / inner} in it has one"
    (outer / "places.csv").write_text("", "utf-8")  # a scenario whose header is missing
    assert find_folder(outer) == outer
