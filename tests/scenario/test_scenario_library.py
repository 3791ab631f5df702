from __future__ import annotations

from pathlib import Path

import pytest

from emigre.errors import InputError
from emigre.scenario.checks import check
from emigre.scenario.library import find_folder, list_scenarios, new, shipped
from emigre.scenario.loader import load

BASE = Path(__file__).parent / "base"


@pytest.mark.parametrize("name", shipped())
def test_what_ships_has_no_mistakes(name: str) -> None:
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


def test_a_folder_comes_before_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_folder("tiny") == shipped()["tiny"]
    (tmp_path / "tiny").mkdir()
    assert find_folder("tiny") == shipped()["tiny"]
    (tmp_path / "tiny" / "scenario.toml").touch()
    assert find_folder("tiny") == Path("tiny")
