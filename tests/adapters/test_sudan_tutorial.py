"""The Sudan tutorial: its tables pass all checks, and its cell counts are correct."""

import csv
import re
from pathlib import Path

import pytest

from emigre.scenario.examination import examine
from observed import call
from test_docs import ROOT, blocks, commands

PAGE = ROOT / "docs" / "tutorials" / "sudan-2023.md"


def cells(code: str, saved: str) -> int:
    """Cells typed in a block; in TOML every value."""
    if saved.endswith(".toml"):
        return len(re.findall(r"\b\w+ = (?!\{)", code))
    lines = code.splitlines()
    rows = csv.reader(lines[1:], delimiter=";" if ";" in lines[0] else ",")
    return sum(bool(cell) for row in rows for cell in row)


def test_the_page_counts_its_cells() -> None:
    text = PAGE.read_text("utf-8")
    typed: dict[str, int] = {}
    for step in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        saved = re.findall(r"[Ss]ave as `([^`]+)`:\n\n```\w*\n(.*?)```", step, re.DOTALL)
        typed[step[0]] = sum(cells(code, name) for name, code in saved)
    table = dict(re.findall(r"^\| (\d)\. [^|]+ \| (\d+) \|", text, re.MULTILINE))
    assert {step: int(n) for step, n in table.items()} == typed
    assert f"| total | {sum(typed.values())} |" in text


def test_the_tables_pass_the_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for kind, code, saved in blocks(PAGE):
        if saved:
            Path(saved).write_text(code, encoding="utf-8")
        for words in commands(code) if kind == "sh" else ():
            if words[0] in ("new", "check", "import"):
                done = call(*words)
                assert done.exit_code == 0, (words, done.output, done.stderr)
    found = examine("sudan")
    assert found.mistakes == found.warnings == ()
    assert found.summary is not None
    assert found.summary.rows["observations"] == 13
