"""Cells of published tables: hours, months, and words for missing numbers."""

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import Result

from edits import replace_text
from emigre.adapters.acled import add_pressures
from emigre.adapters.foreign import read_foreign
from emigre.adapters.published_cells import local_day, period_of
from emigre.scenario.cells import Notation
from emigre.scenario.library import new
from emigre.scenario.loader import load
from observed import call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new("mine", into=tmp_path)


def bring(folder: Path, text: str, measure: str, *more: str) -> Result:
    """The command that imports a table."""
    table = folder.parent / "table.csv"
    table.write_text(text, encoding="utf-8")
    words = ["import", "table", str(table), str(folder), "--measure", measure]
    return call(*words, "--source", "invented", *more)


def refused(folder: Path, text: str, value: str, measure: str, *more: str) -> list[str]:
    """Mistakes of a preview of a table."""
    columns = (f"value={value}", "last_day=Day", "place=Place")
    named = [word for column in columns for word in ("--column", column)]
    done = bring(folder, text, measure, *named, *more)
    assert done.exit_code == 2, done.output
    return done.stderr.splitlines()[:-1]


def imported(
    folder: Path, text: str, measure: str, *more: str, value: str = "N"
) -> list[tuple[object, ...]]:
    """Place, days and value of the counts that a table adds."""
    before = set(load(folder).tables["observations"]["id"])
    columns = ["--column", f"value={value}", "--column"]
    done = bring(folder, text, measure, "--write", *columns, *more)
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


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2030-W10", date(2030, 3, 4), date(2030, 3, 11)),
        ("2030W10", date(2030, 3, 4), date(2030, 3, 11)),
        ("2030-Q2", date(2030, 4, 1), date(2030, 7, 1)),
        ("Q2 2030", date(2030, 4, 1), date(2030, 7, 1)),
    ],
)
def test_counts_of_weeks_and_quarters(folder: Path, period: str, first: date, after: date) -> None:
    long = f"Place,When,N\nBRIDGE,{period},250\n"
    rows = imported(folder, long, "passages", "year=When", "--column", "place=Place")
    assert rows == [("BRIDGE", first, after, 250)]


@pytest.mark.parametrize("period", ["2030-W54", "2030-W53", "2030-Q5", "Q1 2030-Q1", "Q12030"])
def test_other_periods_are_refused(period: str) -> None:
    assert period_of(period) is None


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("Families", "households"),
        ("numPresentIdpHH", "households"),
        ("% of refugees", "a proportion"),
        ("Refugees ('000)", "thousands or millions"),
        ("Flüchtlinge (Tsd.)", "thousands or millions"),
        ("беженцы (тыс. человек)", "thousands or millions"),
        ("Average per day", "an average"),
        ("Net arrivals", "a change"),
        ("Cumulative arrivals", "a running total"),
    ],
)
def test_columns_of_other_units_are_refused(folder: Path, column: str, what: str) -> None:
    (said,) = refused(folder, f"Place,Day,{column}\nNORDAL,2030-03-04,12\n", column, "arrived")
    assert f"expected numbers of persons, not {what}" in said


def test_members_of_households_are_persons(folder: Path) -> None:
    text = "Place,Day,N household members\nNORDAL,2030-03-04,12\n"
    more = ["last_day=Day", "--column", "place=Place"]
    rows = imported(folder, text, "stock", *more, value="N household members")
    assert rows == [("NORDAL", date(2030, 3, 4), date(2030, 3, 5), 12)]


def test_a_stock_has_no_running_total(folder: Path) -> None:
    text = "Place,Day,N\nNORDAL,2030-03-04,12\n"
    (said,) = refused(folder, text, "N", "stock", "--since", "2030-03-01")
    assert said.startswith('--since: found "2030-03-01", expected no day, because stock is a stock')


def test_a_preview_shows_the_mistakes_that_the_rows_would_cause(folder: Path) -> None:
    text = "Place,Day,N\nNORDAL,2030-03-04,{}\n"
    imported(folder, text.format(12), "stock", "last_day=Day", "--column", "place=Place")
    (said,) = refused(folder, text.format(13), "N", "stock")  # revised, but not published later
    assert said.startswith("observations.csv:9 column published: found")


@pytest.mark.parametrize(("is_1904", "serial"), [(False, 47543), (True, 46081)])
def test_plain_numbers_for_dates_count_from_the_first_day_of_the_workbook(
    tmp_path: Path, is_1904: bool, serial: int
) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx", {"date_1904": is_1904}) as book:
        book.add_worksheet().write_row(0, 0, ["Day", "N"])
        book.get_worksheet_by_name("Sheet1").write_row(1, 0, [serial, 12])
    table = read_foreign(tmp_path / "t.xlsx")
    day = table.rows()[0][1]["Day"]
    assert local_day(day, Notation(zero=table.zero), "UTC") == date(2030, 3, 1)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("04/03/30", "(write the year with four digits)"),
        ("1451-10-04", "expected a date YYYY-MM-DD between 1900 and 2200"),
    ],
)
def test_days_of_other_calendars_and_short_years(folder: Path, day: str, words: str) -> None:
    (said,) = refused(folder, f"Place,Day,N\nNORDAL,{day},12\n", "N", "arrived")
    assert said.startswith(f'table.csv:2 column Day: found "{day}"')
    assert words in said


def test_a_count_published_before_its_last_day_is_remarked_on(folder: Path) -> None:
    text = "Place,Day,N,Pub\nNORDAL,2030-03-04,12,2030-03-01\n"
    named = ["value=N", "last_day=Day", "place=Place", "published=Pub"]
    done = bring(folder, text, "stock", *(w for name in named for w in ("--column", name)))
    assert "1 count published before the last of their days" in done.stdout


def test_spaces_that_do_not_break_are_spaces(folder: Path) -> None:
    text = "Place,Day,N\nHill\N{NO-BREAK SPACE}Pass,2030-03-04,12\n"
    rows = imported(folder, text, "passages", "last_day=Day", "--column", "place=Place")
    assert rows == [("PASS", date(2030, 3, 4), date(2030, 3, 5), 12)]


def test_a_stock_of_a_month_is_that_of_its_last_day(folder: Path) -> None:
    text = "Place,Month,N\nNORDAL,2030-03,250\nNORDAL,2030-04,\N{EN DASH}\nNORDAL,2030-05,n.d.\n"
    rows = imported(folder, text, "stock", "year=Month", "--column", "place=Place")
    assert rows == [("NORDAL", date(2030, 3, 31), date(2030, 4, 1), 250)]


def test_a_mean_of_a_year_is_that_of_all_its_days(folder: Path) -> None:
    text = "Place,Year,N\nBRIDGE,2030,2.5\n"
    rows = imported(folder, text, "wait_hours", "year=Year", "--column", "place=Place")
    assert rows == [("BRIDGE", date(2030, 1, 1), date(2031, 1, 1), 2.5)]


def test_hours_do_not_add_up(folder: Path) -> None:
    text = "Place,Day,N,K\nBRIDGE,2030-03-04,2,a\nBRIDGE,2030-03-04,3,b\n"
    columns = ("value=N", "last_day=Day", "place=Place")
    named = [word for column in columns for word in ("--column", column)]
    done = bring(folder, text, "wait_hours", "--sum-over", "K", *named)
    assert done.exit_code == 2
    assert "wait_hours does not add up" in done.stderr


def in_zone(folder: Path, zone: str) -> None:
    replace_text(folder / "scenario.toml", '"UTC"', f'"{zone}"')


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
