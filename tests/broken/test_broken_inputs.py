"""Every broken input gives exactly the words its case expects: one mistake, and no cascade."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from broken_inputs import mistakes_of

CASES = sorted(Path(__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_words_of_a_broken_input(path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert mistakes_of(case) == case["expect"]
    assert len(case["expect"]) == 1


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
