"""Import of events of ACLED as pressures."""

# ruff: noqa: F811 (the fixture `folder` is imported)

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from test_counts import ACLED, folder, run  # noqa: F401

from emigre.scenario.examination import check
from emigre.scenario.loader import load


def test_events_become_pressures(folder: Path) -> None:
    done = run(folder, "acled", ACLED, "--strongest", "2", "--place", "Hills=HILLS")
    assert done.exit_code == 0, done.output
    table = load(folder).tables["pressures"].filter(kind="conflict")
    assert table.select("place", "onset", "ends", "leaving").rows() == [
        ("CITY", date(2030, 3, 11), date(2030, 3, 18), 1.0),
        ("HILLS", date(2030, 3, 4), date(2030, 3, 11), 2.0),
    ]
    refused = run(folder, "acled", ACLED.replace("Hills", "Elsewhere"))
    assert refused.exit_code == 2
    assert 'found 3 events in "Elsewhere", expected ids or names of origins' in refused.stderr
    assert check(folder) == []


@pytest.mark.parametrize(("is_1904", "serial"), [(False, 47549), (True, 46087)])
def test_days_of_events_count_from_the_first_day_of_the_workbook(folder, tmp_path, is_1904, serial):
    path = tmp_path / "events.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": is_1904}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["event_date", "event_type", "admin1"])
        page.write_row(1, 0, [serial, "Battles", "CITY"])
    done = run(folder, "acled", path.read_bytes(), ending=".xlsx")
    assert done.exit_code == 0, done.output
    table = load(folder).tables["pressures"].filter(kind="conflict")
    assert table["onset"].to_list() == [date(2030, 3, 4)]


def test_events_outside_the_days_of_the_scenario_are_left_out(folder: Path) -> None:
    old = ACLED.replace("V1,05 March 2030", "V1,05 March 2020")
    done = run(folder, "acled", old, "--place", "Hills=HILLS")
    assert "Left out: 1 event in weeks outside 2030-03-01 to" in done.output
    assert min(load(folder).tables["pressures"].filter(kind="conflict")["onset"]).year == 2030
    refused = run(folder, "acled", ACLED.replace("March 2030", "March 2020"), "--skip-unknown")
    assert refused.exit_code == 2
    assert "found no event in these days, expected events from 2030-03-01 to" in refused.stderr


def test_an_event_counts_once_and_in_its_own_country(folder: Path) -> None:
    first = ACLED.splitlines()[1]
    done = run(folder, "acled", ACLED.replace("Battles", "battles") + first + "\n")
    assert "Left out: 1 row of an event that the table has already." in done.output
    notes = load(folder).tables["pressures"].filter(kind="conflict")["note"].to_list()
    assert [note.split(" in ")[0] for note in notes] == ["1 event", "3 events"]
    elsewhere = first.replace("V1", "S1").replace("Vesland", "Sudria")
    refused = run(folder, "acled", ACLED + elsewhere + "\n")
    assert '"Hills" in Sudria, Vesland, expected events of one country' in refused.stderr
