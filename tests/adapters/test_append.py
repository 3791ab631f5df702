"""Appending rows to the tables of a scenario folder."""

from pathlib import Path

import pytest

from emigre.adapters import append
from emigre.adapters.append import check_rows
from emigre.errors import InputError, Mistake, ResultsError
from emigre.scenario.library import new, own_files
from emigre.scenario.loader import load

SOURCE = {"id": "new", "title": "T", "publisher": "P", "published": "2030-01-01", "address": "a"}


@pytest.mark.parametrize("leaving", ["2.079", "-2.5", "3"])
def test_rows_are_added_in_the_decimal_mark_of_their_table(tmp_path: Path, leaving: str) -> None:
    """2.079 would be read as 2,079 in a table with decimal commas."""
    folder = new("mine", into=tmp_path)
    head = "id;kind;place;onset;leaving;returning;basis;source;note"
    row = "old;call_up;CITY;2030-03-02;1,5;-0,25;estimate;s1;why"
    source = (folder / "pressures.csv").read_text("utf-8").splitlines()[1].split(",")[-2]
    table = f"{head}\n{row}\n".replace("s1", source)
    (folder / "pressures.csv").write_text(table, "utf-8")
    added = dict(zip(head.split(";"), row.replace(",", ".").split(";"), strict=True))
    added |= {"id": "next", "leaving": leaving, "returning": "0.125", "source": source}
    append.append_rows(folder, "pressures", [added], pending=())
    numbers = load(folder).tables["pressures"].select("leaving", "returning").rows()
    assert numbers == [(1.5, -0.25), (float(leaving), 0.125)]


def test_a_table_keeps_its_line_ends_when_columns_are_added(tmp_path: Path) -> None:
    folder = new("mine", into=tmp_path)
    path = folder / "sources.csv"
    lines = [",".join(line.split(",")[:-1]) for line in path.read_text("utf-8").splitlines()]
    path.write_bytes("\r\n".join([*lines, ""]).encode())
    _, data = append.appended(folder, "sources", [SOURCE | {"note": "why"}])
    assert data.count(b"\r\n") == data.count(b"\n") == len(lines) + 1


def test_rows_of_another_process_are_not_overwritten(tmp_path: Path, monkeypatch) -> None:
    folder = new("mine", into=tmp_path)
    path = folder / "sources.csv"

    def meanwhile(_: Path) -> list[Mistake]:
        path.write_text(path.read_text("utf-8") + "other,T,P,2030-01-01,a,\n", "utf-8")
        return []

    monkeypatch.setattr(append, "check", meanwhile)
    with pytest.raises(ResultsError, match="was changed by another process"):
        append.append_rows(folder, "sources", [SOURCE])
    assert "other,T" in path.read_text("utf-8")


def test_rows_are_checked_though_the_folder_is_read_only_and_holds_results(tmp_path: Path) -> None:
    folder = new("mine", into=tmp_path)
    (folder / "runs" / "mine-001").mkdir(parents=True)
    (folder / "runs" / "mine-001" / "places.csv").write_text("x")
    (folder / "observations.csv").chmod(0o444)
    row = {"id": "one", "country": "NORDAL"}
    with pytest.raises(InputError, match=r"diaspora.csv"):
        check_rows(folder, "diaspora", [row])
    copied = new("copy", from_=str(folder), into=tmp_path)
    assert not (copied / "runs").exists()
    assert {path.name for path in own_files(copied)} == {path.name for path in own_files(folder)}
