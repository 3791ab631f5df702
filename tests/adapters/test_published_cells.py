"""Cells of published tables: hours, months, words for no number."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emigre.cli import app
from emigre.scenario.library import new
from emigre.scenario.loader import load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new("mine", into=tmp_path)


COLUMNS = ["--column", "value=N", "--column"]


def imported(folder: Path, text: str, measure: str, *more: str) -> list[tuple[object, ...]]:
    """Place, days and value of the counts that a table adds."""
    table = folder.parent / "table.csv"
    table.write_text(text, encoding="utf-8")
    options = ["--measure", measure, "--source", "invented", "--write", *COLUMNS, *more]
    before = set(load(folder).tables["observations"]["id"])
    done = CliRunner().invoke(app, ["import", "table", str(table), str(folder), *options])
    assert done.exit_code == 0, done.output
    rows = load(folder).tables["observations"].iter_rows(named=True)
    return [(r["place"], r["from"], r["to"], r["value"]) for r in rows if r["id"] not in before]


def test_hours_are_no_whole_numbers(folder: Path) -> None:
    text = 'Place,Day,N\nBRIDGE,2030-03-04,2.5\nPASS,2030-03-04,"3,25"\n'
    day = date(2030, 3, 4), date(2030, 3, 5)
    rows = imported(folder, text, "wait_hours", "last_day=Day", "--column", "place=Place")
    assert rows == [("BRIDGE", *day, 2.5), ("PASS", *day, 3.25)]


@pytest.mark.parametrize(
    "month", ["2030-04", "2030/04", "2030M04", "203004", "April 2030", "Apr-2030"]
)
def test_counts_of_months(folder: Path, month: str) -> None:
    text = f"Place,Month,N\nBRIDGE,{month},250\n"
    rows = imported(folder, text, "passages", "year=Month", "--column", "place=Place")
    assert rows == [("BRIDGE", date(2030, 4, 1), date(2030, 5, 1), 250)]


def test_a_stock_of_a_month_is_that_of_its_last_day(folder: Path) -> None:
    text = "Place,Month,N\nNORDAL,2030-03,250\nNORDAL,2030-04,\N{EN DASH}\nNORDAL,2030-05,n.d.\n"
    rows = imported(folder, text, "stock", "year=Month", "--column", "place=Place")
    assert rows == [("NORDAL", date(2030, 3, 31), date(2030, 4, 1), 250)]


def test_a_mean_of_a_year_is_that_of_all_its_days(folder: Path) -> None:
    text = "Place,Year,N\nBRIDGE,2030,2.5\n"
    rows = imported(folder, text, "wait_hours", "year=Year", "--column", "place=Place")
    assert rows == [("BRIDGE", date(2030, 1, 1), date(2031, 1, 1), 2.5)]


def test_hours_do_not_add_up(folder: Path) -> None:
    table = folder.parent / "table.csv"
    table.write_text("Place,Day,N,K\nBRIDGE,2030-03-04,2,a\nBRIDGE,2030-03-04,3,b\n")
    options = ["--measure", "wait_hours", "--source", "invented", "--sum-over", "K", *COLUMNS]
    options += ["last_day=Day", "--column", "place=Place"]
    done = CliRunner().invoke(app, ["import", "table", str(table), str(folder), *options])
    assert done.exit_code == 2
    assert "wait_hours does not add up" in done.stderr
