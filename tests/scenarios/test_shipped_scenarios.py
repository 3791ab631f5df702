"""Every shipped scenario passes its own check, including variants."""

import csv
import tomllib
from pathlib import Path

import pytest

from emigre import schema
from emigre.scenario.examination import check

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "emigre"
SHIPPED = sorted(
    path.parent
    for kind in ("examples", "scenarios")
    for path in (PACKAGE / kind).glob("*/scenario.toml")
)


def test_both_kinds_ship() -> None:
    assert {p.name for p in SHIPPED} >= {"tiny", "russia-2022"}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda p: str(p.name))
def test_no_mistakes(folder: Path) -> None:
    assert [str(m) for m in check(folder)] == []


def test_tiny_fits_a_page_a_table() -> None:
    for path in (PACKAGE / "examples" / "tiny").glob("*.csv"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 20, path.name


def test_every_kind_of_rule_has_a_row_in_a_table_or_a_variant() -> None:
    used = set()
    for folder in SHIPPED:
        with (folder / "rules.csv").open(encoding="utf-8", newline="") as file:
            used |= {r["kind"] for r in csv.DictReader(file)}
        for variant in (folder / "variants").glob("*.toml"):
            added = tomllib.loads(variant.read_text(encoding="utf-8")).get("add", {})
            used |= {r["kind"] for r in added.get("rules", [])}
    assert used == set(schema.rule_kinds())
