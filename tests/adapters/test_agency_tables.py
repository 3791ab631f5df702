"""Tables as published by agencies: two-row headers, totals, footnotes, hidden rows, dates."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from emigre.adapters.counts import add_counts
from emigre.adapters.import_options import ImportOptions
from emigre.adapters.layouts import LAYOUTS, TableLayout
from emigre.errors import InputError
from emigre.scenario.library import new
from emigre.scenario.loader import load

OPTIONS = ImportOptions(measure="stock", source="invented")
COLUMNS = {"place": ("Country",), "last_day": ("As of",), "value": ("Refugees",)}
LINE = "Country,As of,Refugees\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new("mine", into=tmp_path)


def planned(folder: Path, text: str, columns: Mapping = COLUMNS, **changes):
    table = folder.parent / "given.csv"
    table.write_text(text, "utf-8")
    layout = TableLayout().with_columns(columns)
    return add_counts(table, folder, layout, replace(OPTIONS, **changes))


def counts(plan) -> list[tuple[str, str, str]]:
    return [(row["place"], row["from"], row["value"]) for row in plan.rows]


def messages(folder: Path, text: str, columns: Mapping = COLUMNS, **changes) -> list[str]:
    with pytest.raises(InputError) as caught:
        planned(folder, text, columns, **changes)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("role", "name"),
    [("place", "Contry"), ("first_day", "From"), ("published", "Pub"), ("origin", "Orgin"),
     ("last_day", "Asof"), ("value", "Refugee")],
)  # fmt: skip
@pytest.mark.parametrize("name_of_layout", ["table", "unhcr-portal"])
def test_a_column_that_is_named_and_missing_is_a_mistake(folder, role, name, name_of_layout):
    # Before, a missing first day made weeks to days, and a missing origin let everybody in.
    table = folder.parent / "given.csv"
    table.write_text(LINE + "NORDAL,2030-03-02,5\n", "utf-8")
    layout = LAYOUTS[name_of_layout].with_columns({**COLUMNS, role: (name,)})
    with pytest.raises(InputError, match=f'column: found "{role}={name}", expected a column of'):
        add_counts(table, folder, layout, OPTIONS)


def test_all_mistakes_of_a_row_are_reported_in_the_order_of_the_rows(folder):
    said = messages(folder, LINE + "NORDAL,3/4/2030,12*\nSUDRA,2030-03-02,5\nSUDRIA,2030-03-02,x\n")
    assert [text.partition(": ")[0] for text in said] == [
        "given.csv:2 column As of",
        "given.csv:2 column Refugees",
        "given.csv:3 column Country",
        "given.csv:4 column Refugees",
    ]


def test_the_header_may_have_two_rows(folder):
    head = "Report,,,,,\nCountry,As of,Refugees,,Asylum-seekers,\n,,Men,Women,Men,Women\n"
    text = head + "NORDAL,2030-03-02,1,2,10,20\n"
    both = {**COLUMNS, "value": ("Refugees Men", "Asylum-seekers Women")}
    assert counts(planned(folder, text, both)) == [("NORDAL", "2030-03-02", "21")]
    text = head.replace("Asylum-seekers,\n", "Note,\n").replace("Men,Women\n", ",\n")
    text += "NORDAL,2030-03-02,1,2,,\n"
    lower = {**COLUMNS, "value": ("Men", "Women")}
    assert counts(planned(folder, text, lower)) == [("NORDAL", "2030-03-02", "3")]


def test_the_header_may_have_three_rows(folder):
    head = "Country,As of,Refugees,,,\n,,2030,,2031,\n,,Men,Women,Men,Women\n"
    text = head + "NORDAL,2030-03-02,1,2,10,20\n"
    for names, number in ((("2030 Men", "2030 Women"), "3"), (("2031 Women",), "20")):
        plan = planned(folder, text, {**COLUMNS, "value": names})
        assert counts(plan) == [("NORDAL", "2030-03-02", number)]


def test_a_header_over_several_columns_of_numbers_is_a_mistake(folder):
    text = "Country,As of,Refugees,,Note\nNORDAL,2030-03-02,1,2,\n"
    (said,) = messages(folder, text)
    assert "a header over several columns of numbers" in said
    assert "value=Refugees+column 4" in said
    named = {**COLUMNS, "value": ("Refugees", "column 4")}
    assert counts(planned(folder, text, named)) == [("NORDAL", "2030-03-02", "3")]
    remarks = "Country,As of,Refugees,\nNORDAL,2030-03-02,1,of March\n"
    assert counts(planned(folder, remarks)) == [("NORDAL", "2030-03-02", "1")]


def test_line_breaks_in_names_of_columns_are_spaces(folder):
    text = '"Country\nof  asylum",As of,Refugees\nNORDAL,2030-03-02,1\n'
    for name in ("Country of asylum", "Country\nof asylum"):
        plan = planned(folder, text, {**COLUMNS, "place": (name,)})
        assert counts(plan) == [("NORDAL", "2030-03-02", "1")]


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand total", "Subtotal", "Sum"])
def test_rows_of_totals_are_left_out_or_counted_everywhere(folder, word):
    text = LINE + f"NORDAL,2030-03-02,1\n{word},2030-03-02,1\n"
    plan = planned(folder, text)
    assert counts(plan) == [("NORDAL", "2030-03-02", "1")]
    assert plan.remarks == ["Left out: 1 row of totals."]
    plan = planned(folder, text, places={word: "*"})
    assert counts(plan)[1] == ("*", "2030-03-02", "1")
    plan.write()
    load(folder)


@pytest.mark.parametrize(
    ("dates", "days"),
    [("day-first", ["2030-03-01", "2030-04-01"]), ("month-first", ["2030-01-03", "2030-01-04"])],
)
def test_the_order_of_dates_can_be_given(folder, dates, days):
    text = LINE + "NORDAL,01/03/2030,1\nNORDAL,01/04/2030,2\n"
    assert [first for _, first, _ in counts(planned(folder, text, dates=dates))] == days
    assert 'dates="day-first" or dates="month-first"' in messages(folder, text)[0]
    assert "expected day-first or month-first" in messages(folder, text, dates="dmy")[0]


@pytest.mark.parametrize(
    ("head", "days"),
    [
        ("2030-03-10,2030-03-17", ["2030-03-10", "2030-03-17"]),
        ("10 March 2030,17 March 2030", ["2030-03-10", "2030-03-17"]),
        ("2029,2030", ["2029-12-31", "2030-12-31"]),
    ],
)
def test_a_column_for_each_day_or_year(folder, head, days):
    plan = planned(folder, f"Country,{head}\nNORDAL,5,6\n", {"place": ("Country",)})
    assert counts(plan) == [("NORDAL", days[0], "5"), ("NORDAL", days[1], "6")]


def workbook(path: Path, sheet: str, rows: list[list], hidden: int, other: str = "") -> None:
    with xlsxwriter.Workbook(path) as book:
        if other:
            book.add_worksheet(other).write(0, 0, "Read this")
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        page.set_row(hidden - 1, None, None, {"hidden": True})


def test_hidden_rows_of_a_sheet_are_read_with_a_remark(folder):
    rows = [
        ["Country", "As of", "Refugees"],
        ["NORDAL", "2030-03-02", 1],
        ["SUDRIA", "2030-03-02", 2],
    ]
    workbook(folder.parent / "given.xlsx", "Data", rows, 3, "Notes & more")
    layout = TableLayout().with_columns(COLUMNS)
    plan = add_counts(folder.parent / "given.xlsx", folder, layout, OPTIONS, sheet="Data")
    assert len(plan.rows) == 2
    assert plan.remarks == ["Read as well: 1 hidden row of the sheet (3)."]


def test_hidden_rows_of_a_scenario_are_warned_of(folder):
    lines = (folder / "sources.csv").read_text("utf-8").splitlines()
    (folder / "sources.csv").unlink()
    workbook(folder / "scenario.xlsx", "sources", [line.split(",") for line in lines], 2)
    found = [w for w in load(folder).warnings if "hidden" in str(w)]
    assert len(found) == 1
    assert found[0].line == 2
