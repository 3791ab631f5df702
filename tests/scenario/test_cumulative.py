"""Cumulative totals against counts made by hand."""

import math
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from emigre.evaluation.baselines import Published
from emigre.evaluation.observations import scorable
from emigre.evaluation.vintages import current_figures
from emigre.scenario.examination import check
from emigre.scenario.loader import load
from emigre.scenario.writer import write

BASE = Path(__file__).parent / "base"
HEADER = "id,measure,place,from,to,cumulative,value,error,use,published,replaces,basis,source\n"


def day(text: str) -> date:
    return date.fromisoformat(f"2030-03-{text}")


def totals(*rows: tuple[str, str, int, str, str]) -> str:
    """Rows (id, last day, total, published, replaces) of arrivals since 1 March."""
    lines = [
        f"{i},departed,*,2030-03-01,2030-03-{to},yes,{value},exact,fit,2030-03-{on},{old},official,s1"
        for i, to, value, on, old in rows
    ]
    return HEADER + "\n".join(lines) + "\n"


A, B, C = ("a", "03", 100, "02", ""), ("b", "05", 150, "05", ""), ("c", "09", 170, "08", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = Path(shutil.copytree(BASE, tmp_path / "base"))
    (made / "claims.csv").unlink(missing_ok=True)
    return made


def counts(folder: Path, text: str, as_of: str | None = None) -> list[tuple[str, str, float]]:
    """First day, end and count of every current figure."""
    (folder / "observations.csv").write_text(text, "utf-8")
    table = load(folder).tables["observations"]
    assert not table["cumulative"].any()
    known = current_figures(table, None if as_of is None else day(as_of)).filter(use="fit")
    return [
        (str(first)[-2:], str(to)[-2:], value)
        for first, to, value in known.sort("from").select("from", "to", "value").iter_rows()
    ]


def test_totals_become_counts_of_the_days_between(folder: Path) -> None:
    text = totals(
        ("c", "09", 170, "08", ""), ("a", "03", 100, "02", ""), ("b", "05", 150, "05", "")
    )
    assert counts(folder, text) == [("01", "03", 100), ("03", "05", 50), ("05", "09", 20)]
    assert counts(folder, text, "05") == [("01", "03", 100), ("03", "05", 50)]
    assert counts(folder, text, "04") == [("01", "03", 100)]


def test_a_late_total_splits_the_days(folder: Path) -> None:
    text = totals(
        ("a", "03", 100, "02", ""), ("c", "09", 170, "08", ""), ("b", "05", 150, "10", "")
    )
    assert counts(folder, text, "09") == [("01", "03", 100), ("03", "09", 70)]
    assert counts(folder, text) == [("01", "03", 100), ("03", "05", 50), ("05", "09", 20)]


def test_a_revision_changes_the_counts_on_both_sides(folder: Path) -> None:
    text = totals(A, B, C, ("b2", "05", 160, "09", "b"))
    assert counts(folder, text, "08") == [("01", "03", 100), ("03", "05", 50), ("05", "09", 20)]
    assert counts(folder, text) == [("01", "03", 100), ("03", "05", 60), ("05", "09", 10)]
    table = load(folder).tables["observations"]
    assert dict(table.drop_nulls("replaces").select("id", "replaces").iter_rows()) == {
        "b2": "b",
        "c_2": "c",
    }


def test_a_lower_later_total_corrects_those_before(folder: Path) -> None:
    text = totals(
        ("a", "03", 100, "02", ""), ("b", "05", 150, "05", ""), ("c", "09", 140, "08", "")
    )
    assert counts(folder, text, "07") == [("01", "03", 100), ("03", "05", 50)]
    assert counts(folder, text) == [("01", "03", 100), ("03", "09", 40)]
    gone = load(folder).tables["observations"].filter(use="context")
    assert gone.select("from", "to", "replaces").rows() == [(day("03"), day("05"), "b")]


@pytest.mark.parametrize(
    ("lower", "use", "error", "sd"),
    [
        (140, "fit", "approximate", 10 / 40),
        (101, "fit", "approximate", 3.0),
        (100, "context", "exact", None),
    ],
)
def test_a_count_over_a_correction_is_off_by_the_correction(
    folder: Path, lower: int, use: str, error: str, sd: float | None
) -> None:
    text = totals(
        ("a", "03", 100, "02", ""), ("b", "05", 150, "05", ""), ("c", "09", lower, "08", "")
    )
    (folder / "observations.csv").write_text(text, "utf-8")
    row = load(folder).tables["observations"].filter(id="c").row(0, named=True)
    assert (row["value"], row["use"], row["error"]) == (lower - 100, use, error)
    assert row["error_sd"] == (None if sd is None else pytest.approx(sd))


def test_baselines_and_as_of_runs_see_counts(folder: Path) -> None:
    text = totals(
        ("a", "03", 100, "02", ""), ("b", "05", 150, "05", ""), ("c", "09", 170, "08", "")
    )
    (folder / "observations.csv").write_text(text, "utf-8")
    scenario = load(folder)
    known = Published(scenario.tables["observations"], scenario.tables["pressures"]).on(day("06"))
    result = known.forecast("persistence", "departed", "*", day("07"), day("09"))
    assert result is not None
    assert result.median == pytest.approx(2 * 25)
    earlier = load(folder, as_of="2030-03-06").tables["observations"]
    assert earlier.select("value").to_series().to_list() == [100, 50]


def test_a_written_copy_holds_the_counts(folder: Path, tmp_path: Path) -> None:
    text = totals(A, B)
    (folder / "observations.csv").write_text(text, "utf-8")
    scenario = load(folder)
    again = load(write(scenario, tmp_path / "copy"))
    assert again.hash == scenario.hash
    assert scorable(again.tables["observations"])["value"].to_list() == [100, 50]


@pytest.mark.parametrize(
    ("columns", "error", "sd"),
    [
        ({"error": ""}, "approximate", math.hypot(100, 10) / math.sqrt(12) / 50),
        ({"error": "exact"}, "exact", None),
        ({"error": "approximate"}, "approximate", None),
    ],
)
def test_errors_of_counts(
    folder: Path, columns: dict[str, str], error: str, sd: float | None
) -> None:
    text = totals(A, B)
    text = text.replace("exact", columns["error"])
    (folder / "observations.csv").write_text(text, "utf-8")
    row = load(folder).tables["observations"].filter(id="b").row(0, named=True)
    assert row["error"] == error
    assert row["error_sd"] == (None if sd is None else pytest.approx(sd))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("departed,*", "stock,B", "no, because stock is not a flow"),
        ("2030-03-05,yes", "2030-03-03,yes", "one total for each day (the other is a: replace it"),
        (",yes,150", ",no,150", ""),
    ],
)
def test_totals_that_cannot_be(folder: Path, old: str, new: str, said: str) -> None:
    text = totals(A, B)
    (folder / "observations.csv").write_text(text.replace(old, new), "utf-8")
    result = " ".join(str(m) for m in check(folder))
    assert said in result if said else not result


def test_other_rows_are_left_as_they_are(folder: Path) -> None:
    frame = load(folder).tables["observations"]
    raw = pl.read_csv(BASE / "observations.csv", infer_schema=False)
    assert frame["id"].to_list() == raw["id"].to_list()
