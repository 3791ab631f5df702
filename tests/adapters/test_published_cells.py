"""Cells of published tables: hours, months, and words for missing numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emigre.adapters.acled import add_pressures
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


def in_zone(folder: Path, zone: str) -> None:
    header = folder / "scenario.toml"
    header.write_text(header.read_text("utf-8").replace('"UTC"', f'"{zone}"'), "utf-8")


@pytest.mark.parametrize(
    ("stamp", "zone", "day"),
    [
        ("2030-03-04T22:30:00Z", "Europe/Kyiv", 5),  # half past midnight there
        ("2030-03-04 22:30:00.000+00:00", "Europe/Kyiv", 5),
        ("2030-03-05T00:30+0200", "Europe/Kyiv", 5),
        ("2030-03-05T03:00Z", "America/Bogota", 4),
        ("05/03/2030 03:00:00Z", "America/Bogota", 4),
        ("2030-03-05T03:00", "America/Bogota", 5),  # local, without an offset
        ("2030-03-05T00:00:00Z", "America/Bogota", 5),  # a date
        ("2030-03-05T23:59:59Z", "Europe/Kyiv", 5),
    ],
)
def test_a_timestamp_is_a_day_of_the_scenario(
    folder: Path, stamp: str, zone: str, day: int
) -> None:
    in_zone(folder, zone)
    text = f"Place,Day,N\nBRIDGE,{stamp},7\n"
    options = ("last_day=Day", "--column", "place=Place", "--dates", "day-first")
    (row,) = imported(folder, text, "passages", *options)
    assert row[1:3] == (date(2030, 3, day), date(2030, 3, day + 1))


@pytest.mark.parametrize("name", ["import table", "import acled"])
def test_ids_that_differ_in_case_only(folder: Path, name: str) -> None:
    kind, first = ("crossing", "BRIDGE") if name == "import table" else ("origin", "CITY")
    other = first.title()
    for file in ("places.csv", "legs.csv"):
        path = folder / file
        lines = path.read_text("utf-8").splitlines()
        copies = [line.replace(first, other) for line in lines if first in line and kind]
        path.write_text("\n".join([*lines, *copies, ""]), "utf-8")
    if name == "import table":
        text = f"Place,Day,N\n{first},2030-03-05,7\n{other},2030-03-05,8\n"
        rows = imported(folder, text, "passages", "last_day=Day", "--column", "place=Place")
        assert [(row[0], row[3]) for row in rows] == [(first, 7), (other, 8)]
        return
    plan = add_pressures(events(folder, first, other, other), folder, source="invented")
    assert [(row["place"], row["note"][:8]) for row in plan.rows] == [
        (first, "1 event "),
        (other, "2 events"),
    ]


def events(folder: Path, *places: str) -> Path:
    table = folder.parent / "events.csv"
    lines = [f"{place},2030-03-05,Battles" for place in places]
    table.write_text("\n".join(["admin1,event_date,event_type", *lines]), encoding="utf-8")
    return table
