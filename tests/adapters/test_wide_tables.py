"""Tables with a column for each place, weekly totals, rows of totals and merged cells."""

from pathlib import Path

import pytest

from emigre.adapters.counts import add_counts
from emigre.adapters.import_options import ImportOptions
from emigre.adapters.layouts import TableLayout
from emigre.errors import InputError
from emigre.scenario.library import new

DAYS = TableLayout(last_day=("Day",))
PLACES = {"Into Nordal": "NORDAL", "into sudria": "SUDRIA"}


def options(places: dict[str, str]) -> ImportOptions:
    return ImportOptions(measure="arrived", source="invented", places=places)


def test_each_cell_of_a_named_column_is_a_count(tmp_path: Path) -> None:
    table = tmp_path / "wide.csv"
    table.write_text(
        "Day,Into Nordal,Into Sudria,Elsewhere\n2030-03-02,100,N/A,7\n2030-03-03,120,30,7\n",
        "utf-8",
    )
    folder = new("mine", into=tmp_path)
    plan = add_counts(table, folder, DAYS, options(PLACES))
    assert [(row["place"], row["from"], row["value"]) for row in plan.rows] == [
        ("NORDAL", "2030-03-02", "100"),
        ("NORDAL", "2030-03-03", "120"),
        ("SUDRIA", "2030-03-03", "30"),
    ]
    assert plan.remarks == ["Left out: 1 row without a number."]
    with pytest.raises(InputError, match='place: found "Sudria"'):
        add_counts(table, folder, DAYS, options({"Into Nordal": "NORDAL", "Sudria": "SUDRIA"}))


@pytest.mark.parametrize(("step", "is_remarked"), [(7, True), (1, False)])
def test_counts_that_may_be_weekly_totals_are_remarked(
    tmp_path: Path, step: int, is_remarked: bool
) -> None:
    table = tmp_path / "weeks.csv"
    days = "".join(f"2030-03-{3 + step * i:02},{100 + i}\n" for i in range(4))
    table.write_text(f"Week ending,Crossings\n{days}", "utf-8")
    layout = TableLayout(last_day=("Week ending",), value=(("Crossings",),))
    words = ImportOptions(measure="passages", source="invented", at="BRIDGE")
    plan = add_counts(table, new("mine", into=tmp_path), layout, words)
    assert any("at least 7 days apart" in remark for remark in plan.remarks) is is_remarked


@pytest.mark.parametrize(
    ("role", "name", "remark"),
    [
        ("last_day", "Week ending", "first_day=NAME names their first day"),
        ("first_day", "Month", "last_day=NAME names their last day"),
        ("last_day", "Date", None),
        ("year", "Month", None),
    ],
)
def test_a_row_of_a_week_by_its_header(
    tmp_path: Path, role: str, name: str, remark: str | None
) -> None:
    table = tmp_path / "one.csv"
    day = "2030-03" if role == "year" else "2030-03-10"
    table.write_text(f"{name},Crossings\n{day},900\n", "utf-8")
    layout = TableLayout(**{role: (name,)}, value=(("Crossings",),))
    words = ImportOptions(measure="passages", source="invented", at="BRIDGE")
    plan = add_counts(table, new("mine", into=tmp_path), layout, words)
    assert len(plan.remarks) == (remark is not None)
    if remark:
        (said,) = plan.remarks
        assert said.startswith(
            f'Read as counts of single days, although the table has a column "{name}'
        )
        assert remark in said


CROSSINGS = TableLayout(place=("Place",), last_day=("Day",), value=(("Crossings",),))


def test_a_row_of_totals_is_left_out_also_without_a_column_of_places(tmp_path: Path) -> None:
    table = tmp_path / "days.csv"
    table.write_text("Day,Crossings\n2030-03-02,100\n2030-03-03,120\nTotal,220\n", "utf-8")
    words = ImportOptions(measure="passages", source="invented", at="BRIDGE")
    plan = add_counts(table, new("mine", into=tmp_path), CROSSINGS, words)
    assert [row["value"] for row in plan.rows] == ["100", "120"]
    assert plan.remarks == ["Left out: 1 row of totals."]


def test_merged_cells_are_explained(tmp_path: Path) -> None:
    table = tmp_path / "merged.csv"
    table.write_text("Place,Day,Crossings\nBRIDGE,2030-03-02,1\n,2030-03-03,2\n", "utf-8")
    words = ImportOptions(measure="passages", source="invented")
    with pytest.raises(InputError, match="of merged cells only the first has the name"):
        add_counts(table, new("mine", into=tmp_path), CROSSINGS, words)
