"""A forecast as a workbook and as CSV files."""

from datetime import date, timedelta

import polars as pl
from python_calamine import CalamineWorkbook

import emigre
from emigre.forecasting import spreadsheet
from emigre.forecasting.folder import Forecast
from emigre.forecasting.page import page_of
from emigre.report.trust import Fact
from observed import call


def test_a_forecast_is_exported_with_its_own_numbers(home):
    emigre.forecast("mine", as_of=date(2030, 3, 18), horizon="7d", runs=2, out="f")
    assert call("export", "xlsx", "f", "f.xlsx").exit_code == 0
    book = CalamineWorkbook.from_path("f.xlsx")
    assert book.sheet_names[:3] == ["about", "forecasts", "sources"]
    said = dict(book.get_sheet_by_name("about").to_python())
    assert said["Known until"] == "2030-03-18"
    header, *rows = book.get_sheet_by_name("forecasts").to_python()
    table = Forecast.read("f").table
    assert len(rows) == table.height
    shown = [dict(zip(header, row, strict=True)) for row in rows]
    assert {row["unit"] for row in shown} >= {"persons", "hours"}
    for row, made in zip(shown, table.iter_rows(named=True), strict=True):
        assert row["last_day"] == made["to"] - timedelta(days=1)
        is_withheld = made["q50"] is None
        rounded = None if is_withheld else pl.Series([made["q50"]]).round_sig_figs(6)[0]
        assert row["median"] in ("<10", "") if is_withheld else row["median"] == rounded
    assert call("export", "csv", "f", "tables", "--measure", "arrived").exit_code == 0
    (path,) = home.glob("tables/*-forecasts.csv")
    assert set(pl.read_csv(path)["measure"]) == {"arrived"}
    wrong = call("export", "xlsx", "f", "other.xlsx", "--measure", "arived")
    assert (wrong.exit_code, (home / "other.xlsx").exists()) == (2, False)
    assert "did you mean arrived?" in wrong.stderr


def test_warnings_of_the_scenario_are_in_the_page_and_the_workbook(home):
    legs = home / "mine" / "legs.csv"
    lines = legs.read_text("utf-8").splitlines()
    at = lines[0].split(",").index("km")
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:at], "35000", *cells[at + 1 :]])
    legs.write_text("\n".join(lines), "utf-8")
    made = emigre.forecast("mine", as_of=date(2030, 3, 18), horizon="7d", runs=2, out="f")
    about = dict(spreadsheet.tables_of(made))["about"]
    warnings = about.filter(name="Check first")["text"].to_list()
    assert warnings[0].startswith("legs.csv:2 column km: found 35000")
    assert page_of(made).trust[0] == Fact("Check first", "; ".join(warnings))
