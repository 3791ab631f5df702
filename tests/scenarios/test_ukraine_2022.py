"""The shipped scenario of Ukraine: built from the evidence, complete, and consistent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from evidence import EVIDENCE, NO_EVIDENCE, Rows, check_rebuilt, rows_of

import emigre
from emigre.evaluation.vintages import standing

SCENARIO = "ukraine-2022"


def rows(name: str) -> Rows:
    return rows_of(SCENARIO, name)


@pytest.mark.skipif(not (EVIDENCE / "ukraine-2022").exists(), reason=NO_EVIDENCE)
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    by_hand = {"scenario.toml", "NOTES.md", "variants", "posterior.csv", "posterior.json"}
    check_rebuilt(SCENARIO, by_hand, tmp_path)


def test_regions_hold_the_people_of_ukraine_without_crimea() -> None:
    origins = [r for r in rows("places") if r["kind"] == "origin"]
    assert len(origins) == 25
    assert sum(int(r["population"]) for r in origins) == 41_167_285


def test_no_count_after_march() -> None:
    counts = [r for r in rows("observations") if r["source"] == "unhcr-portal"]
    assert max(r["to"] for r in counts) == "2022-04-01"
    assert all(r["to"] <= "2022-04-02" for r in rows("observations"))


def test_the_last_eleven_days_are_kept_back() -> None:
    for row in rows("observations"):
        assert not (row["from"] >= "2022-03-21" and row["use"] == "fit"), row["id"]


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
