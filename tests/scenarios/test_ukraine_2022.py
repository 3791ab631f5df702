"""The shipped scenario of Ukraine: built from the evidence, complete, and consistent."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import pytest

import emigre
from emigre.evaluation.vintages import standing

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "emigre" / "scenarios" / "ukraine-2022"
EVIDENCE = ROOT.parent / "shared" / "evidence"
Rows = list[dict[str, str]]


def rows(name: str) -> Rows:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(
    not (EVIDENCE / "ukraine-2022").exists(),
    reason="the evidence is not beside the project, so the tables cannot be rebuilt",
)
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT))
    try:
        from scripts.build_ukraine_2022.__main__ import build
    finally:
        sys.path.remove(str(ROOT))
    build(EVIDENCE, tmp_path)
    by_hand = {"scenario.toml", "NOTES.md", "variants", "posterior.csv", "posterior.json"}
    built = sorted(p.name for p in tmp_path.iterdir())
    assert built == sorted(p.name for p in FOLDER.iterdir() if p.name not in by_hand)
    for name in built:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_regions_hold_the_people_of_ukraine_without_crimea() -> None:
    origins = [r for r in rows("places") if r["kind"] == "origin"]
    assert len(origins) == 25
    assert sum(int(r["population"]) for r in origins) == 41_167_285


def test_no_count_after_march() -> None:
    counts = [r for r in rows("observations") if r["source"] == "unhcr-portal"]
    assert max(r["to"] for r in counts) == "2022-04-01"
    assert all(r["to"] <= "2022-04-02" for r in rows("observations"))


def test_whole_weeks_are_kept_back() -> None:
    for row in rows("observations"):
        day = row["from"]
        kept = "2022-03-07" <= day <= "2022-03-13" or "2022-03-21" <= day <= "2022-03-31"
        assert not (kept and row["use"] == "fit"), row["id"]


def test_the_daily_total_is_the_one_known_on_the_day() -> None:
    table = emigre.load("ukraine-2022").tables["observations"]
    values = {}
    for known in (date(2022, 3, 10), date(2022, 3, 15), None):
        now = standing(table, known)
        values[known] = [
            r["value"] for r in now.iter_rows(named=True)
            if r["place"] == "OUT" and r["from"] == date(2022, 3, 8)
        ]  # fmt: skip
    assert [len(v) for v in values.values()] == [1, 1, 1]
    assert [v[0] for v in values.values()] == [185_184, 185_038, 182_170]


@pytest.mark.parametrize("name", ["places", "legs", "groups", "rules", "pressures", "traffic"])
def test_every_estimate_gives_its_reason(name: str) -> None:
    for row in rows(name):
        if row["basis"] == "estimate":
            assert row["note"], row
