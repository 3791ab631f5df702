"""Export of a run as a workbook and as CSV files, read back by another reader."""

import csv
import errno
import os
import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import emigre
from edits import replace_text
from emigre import schema
from emigre.adapters import spreadsheet
from emigre.adapters.exported_columns import columns_of
from emigre.errors import ResultsError
from emigre.forecasting.spreadsheet import export_folder, export_workbook
from emigre.results import csv_files
from emigre.results.folder import Results
from emigre.scenario.library import new
from observed import call

FORMULA = '=HYPERLINK("https://example.org","Türkiye")'


@pytest.fixture
def ran(tmp_path: Path, stand_in_engine) -> Path:
    folder = new(tmp_path / "mine")
    sources = folder / "sources.csv"
    title = '"' + FORMULA.replace('"', '""') + '"'
    replace_text(sources, "Invented for teaching", title)
    emigre.run(folder, runs=2, workers=1, out=tmp_path / "r")
    return tmp_path / "r"


def test_the_workbook(ran: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run.xlsx"
    done = call("export", "xlsx", str(ran), str(out))
    assert done.exit_code == 0, done.output
    book = CalamineWorkbook.from_path(str(out))
    assert book.sheet_names[:5] == ["about", "key_results", "scores", "daily", "sources"]
    assert {"scenario_places", "scenario_rules"} < set(book.sheet_names)
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    info = Results.read(ran).info
    said = dict(row for row in sheets["about"][1:] if row[0] != "Use")
    assert (said["Hash"], said["Seed"], said["Runs"]) == (info.hash, "1", "2")
    assert said["Interval"].startswith("daily: range of 2 runs of the simulated values")
    header, *rows = sheets["sources"]
    assert rows[0][header.index("title")] == FORMULA
    header, *rows = sheets["scores"]
    first = rows[0]
    assert header[4:6] == ["first_day", "last_day"]
    assert (first[4], first[5]) == (date(2030, 3, 8), date(2030, 3, 14))
    header, *rows = sheets["daily"]
    assert {row[0] for row in rows} <= set(spreadsheet.MEASURES)
    with zipfile.ZipFile(out) as parts:
        cells = b"".join(parts.read(n) for n in parts.namelist() if "worksheets" in n)
    assert b"<f>" not in cells


def test_the_same_run_gives_the_same_workbook(ran: Path, tmp_path: Path) -> None:
    one = export_workbook(ran, tmp_path / "1.xlsx", measures=["stock"])
    two = export_workbook(ran, tmp_path / "2.xlsx", measures=["stock"])
    assert one.read_bytes() == two.read_bytes()


def test_the_daily_table_withholds_small_counts(ran: Path) -> None:
    tables = dict(spreadsheet.tables_of(Results.read(ran), ["arrived"]))
    summary = Results.read(ran).summary.with_columns(pl.col("measure", "place").cast(pl.String))
    small = summary.filter(measure="arrived").filter((pl.col("q50") > 0) & (pl.col("q50") < 10))
    assert small.height
    shown = tables["daily"].join(small, on=["measure", "place", "date"])
    assert set(shown["median"]) == {"<10"}


def test_numbers_stay_numbers_next_to_withheld_counts(ran: Path, tmp_path: Path) -> None:
    out = export_workbook(ran, tmp_path / "run.xlsx", measures=["arrived"])
    header, *rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_name("daily").to_python()
    cells = {cell for row in rows for cell in row[header.index("median") :]}
    assert {cell for cell in cells if isinstance(cell, str)} <= {"<10", ""}
    assert "<10" in cells
    assert any(isinstance(cell, float) and cell >= 10 for cell in cells)


def test_persons_are_written_with_separators_and_measures_with_their_titles(ran, tmp_path) -> None:
    tables = spreadsheet.tables_of(Results.read(ran), ["arrived", "wait_hours"])
    daily = dict(tables)["daily"].select("measure", "title").unique().sort("measure")
    assert daily.rows() == [
        ("arrived", "People who arrived to stay"),
        ("wait_hours", "Hours of waiting"),
    ]
    out = export_workbook(ran, tmp_path / "run.xlsx", measures=["arrived"])
    with zipfile.ZipFile(out) as parts:
        styles = parts.read("xl/styles.xml").decode()
        sheet = parts.read("xl/worksheets/sheet4.xml").decode()  # daily
    codes = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]+)"', styles))
    formats = re.findall(r'numFmtId="(\d+)"', re.search("<cellXfs.*</cellXfs>", styles)[0])
    cells = re.findall(r'<c r="[G-I]\d+" s="(\d+)"><v>', sheet)
    assert {codes[formats[int(cell)]] for cell in cells} == {"#,##0"}


def test_csv_files(ran: Path, tmp_path: Path) -> None:
    paths = export_folder(ran, tmp_path / "csv")
    stem = f"mine-{Results.read(ran).info.hash[:8]}-seed1"
    assert paths[0].name == f"{stem}-about.csv"
    sources = next(p for p in paths if p.name == f"{stem}-sources.csv")
    assert sources.read_bytes().startswith(b"\xef\xbb\xbf")
    header, row = list(csv.reader(sources.read_text("utf-8-sig").splitlines()))
    assert row[header.index("title")] == "'" + FORMULA
    taken = call("export", "csv", str(ran), str(tmp_path / "csv"))
    assert taken.exit_code == 1
    assert "--force" in taken.stderr or "there" in taken.stderr


@pytest.mark.parametrize("inside", ["", "tables", "scenario"])
def test_no_csv_files_among_results_or_the_tables_of_a_scenario(ran, tmp_path, inside) -> None:
    kept = shutil.copytree(ran, tmp_path / "kept")
    before = sorted(kept.rglob("*"))
    with pytest.raises(ResultsError, match="lies inside the results"):
        export_folder(ran, kept / inside, force=True)
    with pytest.raises(ResultsError, match="would be read as a table of the scenario"):
        export_folder(ran, shutil.copytree(kept / "scenario", tmp_path / "copy"), force=True)
    assert sorted(kept.rglob("*")) == before


def test_a_full_disk_leaves_no_part_of_the_csv_files(ran, tmp_path, monkeypatch) -> None:
    written, fsync = [], os.fsync

    def full(file: int) -> None:
        written.append(file)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        export_folder(ran, tmp_path / "new" / "csv")
    assert Path(caught.value.filename).parent == tmp_path / "new" / "csv"
    assert not (tmp_path / "new").exists()


def test_a_scenario_edited_after_the_run_is_noted(ran: Path) -> None:
    def notes() -> list[str]:
        about = dict(spreadsheet.tables_of(Results.read(ran)))["about"]
        return about.filter(name="Check first")["text"].to_list()

    assert notes() == []
    replace_text(ran / "scenario" / "places.csv", "River Bridge", "Bridge")
    assert notes()[0].startswith("The scenario kept in r does not match the hash of its run")


def test_every_column_is_explained(ran: Path) -> None:
    shown = [(k, csv_files.inclusive(t)) for k, t in spreadsheet.tables_of(Results.read(ran))]
    explained = columns_of(shown)
    assert explained.select("table", "column").rows() == [
        (k, c) for k, t in shown for c in t.columns
    ]
    assert explained.filter(pl.col("meaning").str.len_chars() < 5).is_empty()
    units = explained.filter(table="scenario_places", column="income_eur_per_year")["unit"]
    assert units.to_list() == [schema.columns("places")["income_eur_per_year"].unit]


def test_csv_files_with_a_decimal_comma(ran: Path, tmp_path: Path) -> None:
    out = tmp_path / "csv"
    done = call("export", "csv", str(ran), str(out), "--decimal-comma")
    assert done.exit_code == 0, done.output
    tables = {
        path.stem.split("seed1-")[1]: pl.read_csv(
            path, separator=";", decimal_comma=True, infer_schema=False
        )
        for path in map(Path, done.stdout.split())
    }
    usual = dict(spreadsheet.tables_of(Results.read(ran)))
    hours = usual["scenario_legs"]["hours"]
    texts = tables["scenario_legs"]["hours"]
    assert texts.str.replace(",", ".").cast(pl.Float64).to_list() == hours.to_list()
    assert not texts.str.contains(".", literal=True).any()
    assert tables["daily"].height == usual["daily"].height
    cells = [
        text for row in tables["key_results"].select(spreadsheet._TEXTS).rows() for text in row
    ]
    # In these languages, 1,000 is one.
    assert any("\u00a0" in text for text in cells)
    assert not any(re.search(r"\d,\d{3}|\.", text) for text in cells)


def test_results_that_cannot_be_exported(ran: Path, tmp_path: Path) -> None:
    for words, said in (
        (["xlsx", str(ran), str(tmp_path / "a.csv")], "a file name that ends with .xlsx"),
        (["xlsx", str(ran), str(tmp_path / "a.xlsx"), "--measure", "stok"], "did you mean stock?"),
    ):
        done = call("export", *words)
        assert done.exit_code == 2
        assert said in done.stderr
    assert not list(tmp_path.glob("a.*"))
