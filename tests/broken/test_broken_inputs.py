"""Every broken input gives exactly the expected message: one mistake, no follow-up errors."""

import tomllib
from pathlib import Path

import pytest
from broken_inputs import OPTIONS, mistakes_after_base, mistakes_of

CASES = sorted(Path(__file__).parent.glob("*.toml"))


def concerns_tables_alone(path: Path) -> bool:
    """Whether a case has no options, and edits neither the header nor variants."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    concerned = {*case, *(edit["file"].partition("/")[0] for edit in case.get("edit", ()))}
    return concerned.isdisjoint((*OPTIONS, "scenario.toml", "variants"))


OF_TABLES = list(filter(concerns_tables_alone, CASES))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_words_of_a_broken_input(path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert mistakes_of(case) == case["expect"]
    assert len(case["expect"]) == 1


@pytest.mark.parametrize("path", OF_TABLES, ids=lambda path: path.stem)
def test_words_if_other_tables_are_not_checked_again(path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert mistakes_after_base(case) == case["expect"]


def test_the_base_has_no_mistakes() -> None:
    assert mistakes_of({}) == []


def test_all_mistakes_come_at_once_from_the_top() -> None:
    edits = [
        {"file": "scenario.toml", "line": 10, "find": "3", "put": "0"},
        {"file": "legs.csv", "line": 2, "find": "east", "put": "nowhere"},
        {"file": "legs.csv", "line": 5, "find": "30", "put": "-30"},
        {"file": "rules.csv", "line": 2, "find": "0.8", "put": "8"},
    ]
    collected = [words.split(":")[0:2] for words in mistakes_of({"edit": edits})]
    assert [f"{file}:{line.split()[0]}" for file, line in collected] == [
        "scenario.toml:10",
        "legs.csv:2",
        "legs.csv:5",
        "rules.csv:2",
    ]
