"""Tables in common formats: what is read, with which meaning, and what is refused."""

import re
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from emigre.calendar import parse_instant
from emigre.errors import InputError
from emigre.scenario.cells import (
    Notation,
    canonical,
    date_text,
    decimal_mark,
    instant_text,
    number_text,
)
from emigre.scenario.examination import check
from emigre.scenario.library import new
from emigre.scenario.loader import load
from emigre.scenario.parsers import number_hint
from emigre.scenario.rows import read_rows

BASE = Path(__file__).parent / "base"
DIASPORA = "country,nationality,persons,basis,source\nB,AA,1200,official,s1\n"


def persons(folder: Path) -> list[int]:
    return load(folder).tables["diaspora"]["persons"].to_list()


@pytest.mark.parametrize(
    "data",
    [
        DIASPORA.encode("utf-8-sig"),
        DIASPORA.encode("utf-16"),
        DIASPORA.encode("utf-16-le"),
        DIASPORA.encode("utf-16-be"),
        DIASPORA.encode("utf-32"),
        DIASPORA.replace(",", ";").encode(),
        DIASPORA.replace(",", "\t").encode("utf-16"),
        b"sep=;\r\n" + DIASPORA.replace(",", ";").replace("\n", "\r\n").encode(),
        DIASPORA.replace("1200", "1200.0").encode(),
        DIASPORA.replace("1200", '"1,200"').encode(),
        DIASPORA.replace(",", ";").replace("1200", "1.200").encode(),
        DIASPORA.replace("1200", "1\N{NARROW NO-BREAK SPACE}200").encode(),
        DIASPORA.replace("1200", "1'200").encode(),
        b"# a remark, with commas, of any number\n" + DIASPORA.encode() + b"# and one below\n",
        b"country,nationality,persons,basis,source,#seen by,,\nB,AA,1200,official,s1,me,,\n",
    ],
)
def test_the_same_table_in_many_dialects(folder: Path, data: bytes) -> None:
    (folder / "diaspora.csv").write_bytes(data)
    assert persons(folder) == [1200]
    assert load(folder).warnings == load(BASE).warnings


def workbook(path: Path, rows: list[list[object]], sheet: str = "Sheet1") -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yy"}) as book:
        page = book.add_worksheet(sheet)
        for row, cells in enumerate(rows):
            page.write_row(row, 0, cells)


HEADER = ["country", "nationality", "persons", "basis", "source"]


def test_a_workbook_for_a_table(folder: Path) -> None:
    (folder / "diaspora.csv").unlink()
    workbook(folder / "diaspora.xlsx", [[], HEADER, [], ["B", "AA", 1200, "official", "s1"]])
    assert persons(folder) == [1200]
    copied = new("copied", from_=str(folder), into=folder.parent)
    assert persons(copied) == [1200]
    workbook(folder / "diaspora.xlsx", [[], HEADER, [], ["B", "AA", 12.5, "official", "s1"]])
    said = 'diaspora.xlsx:4 column persons: found "12.5", expected a whole number of at least 0'
    assert [str(m) for m in check(folder)] == [said]


@pytest.mark.parametrize("as_workbook", [False, True])
def test_an_accented_letter_is_the_same_in_one_character_or_two(
    folder: Path, as_workbook: bool
) -> None:
    two = unicodedata.normalize("NFD", "Türkiye")
    for path in [*folder.glob("*.csv"), folder / "scenario.toml"]:
        path.write_text(re.sub(r"\bB\b", "Türkiye", path.read_text("utf-8")), "utf-8")
    rows = [line.split(",") for line in DIASPORA.replace("B,", f"{two},").splitlines()]
    (folder / "diaspora.csv").unlink()
    if as_workbook:
        workbook(folder / "diaspora.xlsx", [*rows])
    else:
        (folder / "diaspora.csv").write_text("\n".join(map(",".join, rows)), "utf-8")
    (folder / "variants" / f"{two}.toml").write_text('title = "x"\n[set]\npatience_days = 30\n')
    assert load(folder).tables["diaspora"]["country"].to_list() == ["Türkiye"]
    for name in (two, "Türkiye"):
        assert load(folder, variants=[name]).parameters["patience_days"] == 30


@pytest.mark.parametrize(
    ("formula", "value", "found"),
    [
        ("=NA()", "#N/A", "#N/A"),
        ("=1/0", "#DIV/0!", "#DIV/0!"),
        ('=IF("a"<"b",1200,0)', "", '=IF("a"<"b",1200,0)'),  # written by a program
        ("=600*2", 0, "=600*2"),  # written by another program, which does not calculate either
        ("=600*2", 1200, None),
    ],
)
def test_a_cell_without_a_value_is_not_empty(
    folder: Path, formula: str, value: object, found: str | None
) -> None:
    (folder / "diaspora.csv").unlink()
    with xlsxwriter.Workbook(folder / "diaspora.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, DIASPORA.splitlines()[0].split(","))
        page.write_row(1, 0, ["B", "AA", None, "official", "s1"])
        page.write_formula(1, 2, formula, None, value)
    if value == "":
        without_cached_values(folder / "diaspora.xlsx")
    if found is None:
        assert persons(folder) == [1200]
        return
    with pytest.raises(InputError) as error:
        load(folder)
    (mistake,) = error.value.mistakes
    assert (mistake.file, mistake.line, mistake.column) == ("diaspora.xlsx", 2, "persons")
    assert mistake.found == f'"{found}"'
    assert ("save the workbook in a spreadsheet" in mistake.hint) == found.startswith("=")


def test_a_result_of_0_is_a_value(folder: Path) -> None:
    (folder / "diaspora.csv").unlink()
    with xlsxwriter.Workbook(folder / "diaspora.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, DIASPORA.splitlines()[0].split(","))
        page.write_row(1, 0, ["B", "AA", None, "official", "s1"])
        page.write_formula(1, 2, "=600-600")
    remove(folder / "diaspora.xlsx", rb' fullCalcOnLoad="1"')  # as a spreadsheet saves it
    assert persons(folder) == [0]


def without_cached_values(path: Path) -> None:
    """Remove the results of formulas, which programs other than spreadsheets do not write."""
    remove(path, rb"(?<=</f>)<v></v>|(?<=</f>)<v/>")
    remove(path, rb' t="str"(?=><f>)')


def remove(path: Path, pattern: bytes) -> None:
    """Remove what a pattern matches from all parts of a workbook."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, re.sub(pattern, b"", content))


def test_one_workbook_for_all_tables(folder: Path) -> None:
    text = (folder / "departures.csv").read_text("utf-8").splitlines()
    rows: list[list[object]] = [list(line.split(",")) for line in text]
    rows[1][1] = date(2030, 3, 1)
    (folder / "departures.csv").unlink()
    workbook(folder / "scenario.xlsx", rows, "departures")
    assert load(folder).tables["departures"].equals(load(BASE).tables["departures"])
    (folder / "departures.csv").write_text("\n".join(text), "utf-8")
    said = "found departures.csv and scenario.xlsx sheet departures, expected one file"
    with pytest.raises(InputError, match=said):
        load(folder)
    workbook(folder / "scenario.xlsx", rows, "departure")
    with pytest.raises(InputError, match=r'an unknown sheet "departure".*did you mean departures'):
        load(folder)


def test_an_invalid_or_too_large_workbook(folder: Path) -> None:
    (folder / "diaspora.csv").unlink()
    (folder / "diaspora.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(InputError, match=r"diaspora.xlsx: found an unreadable workbook"):
        load(folder)
    (folder / "diaspora.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 protected")
    with pytest.raises(InputError, match=r"a workbook of Excel 97-2003, or one with a password"):
        load(folder)
    workbook(folder / "diaspora.xlsx", [HEADER])
    with xlsxwriter.Workbook(folder / "diaspora.xlsx") as book:
        book.add_worksheet().write("XFD1048576", 1)
    with pytest.raises(InputError, match="found cells up to row 1048576 and column 16384"):
        load(folder)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\n<!DOCTYPE html><html><table></table></html>", "a web page or XML"),
        (b"\xef\xbb\xbf<TABLE><tr><td>country</td></tr></TABLE>", "a web page or XML"),
        (b"PK\x03\x04...", "a workbook or a zip archive"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\x1f\x8b...", "a compressed file"),
    ],
)
def test_files_of_another_kind_are_named(folder: Path, data: bytes, kind: str) -> None:
    (folder / "diaspora.csv").write_bytes(data)
    with pytest.raises(InputError, match=f"diaspora.csv: found {kind}, expected a table as CSV"):
        load(folder)


def test_plain_numbers_for_dates_count_from_the_first_day_of_the_workbook(folder: Path) -> None:
    names, *rows = (line.split(",") for line in (folder / "sources.csv").read_text().splitlines())
    at = names.index("published")
    (folder / "sources.csv").unlink()
    for is_1904, serial in ((False, 47543), (True, 46081)):
        options = {"date_1904": is_1904}
        with xlsxwriter.Workbook(folder / "sources.xlsx", options) as book:
            page = book.add_worksheet()
            for row, cells in enumerate([names, *rows]):
                page.write_row(row, 0, cells)
                if row:
                    page.write(row, at, serial)
        assert set(load(folder).tables["sources"]["published"]) == {date(2030, 3, 1)}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Côte d’Ivoire"), ("cp1251", "Харьков"), ("cp1256", "الخرطوم")],
)
def test_a_code_page_is_read_with_a_warning(folder: Path, encoding: str, name: str) -> None:
    text = (folder / "sources.csv").read_text("utf-8")
    lines = text.splitlines()
    lines[1] = lines[1].replace(lines[1].split(",")[1], name, 1)
    (folder / "sources.csv").write_bytes("\n".join(lines).encode(encoding))
    read = load(folder)
    assert read.tables["sources"]["title"][0] == name
    said = [str(w) for w in read.warnings if w.file == "sources.csv"]
    assert len(said) == 1
    assert f"found text in {encoding}, such as" in said[0]


def test_names_in_arabic_are_no_garbled_text(tmp_path: Path) -> None:
    text = "a,b\nلبنان,5\nالأردن,3\nتركيا,4\n"
    (tmp_path / "t.csv").write_bytes(text.encode("cp1256"))
    assert read_rows(tmp_path / "t.csv", "t.csv").lines[1].cells == ("لبنان", "5")


POINT, COMMA = Notation("."), Notation(",")


@pytest.mark.parametrize(
    ("text", "notation", "whole", "means"),
    [
        ("1,234,567", Notation(), True, "1234567"),
        ("1.234.567", Notation(), True, "1234567"),
        ("1 234 567,5", Notation(), False, "1234567.5"),
        ("1,234.5", Notation(), False, "1234.5"),
        ("1.234,5", Notation(), False, "1234.5"),
        ("12,34,567", Notation(), True, "1234567"),
        ("0,5", Notation(), False, "0.5"),
        ("0,500", Notation(), False, "0.500"),
        ("-0,5", Notation(), False, "-0.5"),
        ("\N{MINUS SIGN}3", Notation(), False, "-3"),
        ("1e-3", Notation(), False, "1e-3"),
        ("414.659", Notation(), False, "414.659"),
        ("414.659", COMMA, True, "414659"),
        ("414,659", POINT, False, "414659"),
        ("414,659", COMMA, False, "414.659"),
        ("414,659", Notation(), True, "414659"),
        ("414.659", Notation(groups="."), True, "414659"),
        # Open: as written, for the parser to refuse.
        ("414,659", Notation(), False, "414,659"),
        ("414.659", Notation(), True, "414.659"),
        ("4.000", POINT, True, "4.000"),
        ("414,659", COMMA, True, "414,659"),
        ("5,5", Notation(), True, "5,5"),
        ("1,23,4", Notation(), True, "1,23,4"),
        ("1_000", Notation(), True, "1_000"),
        ("many", Notation(), True, "many"),
    ],
)
def test_numbers(text: str, notation: Notation, whole: bool, means: str) -> None:
    assert number_text(text, notation, whole=whole) == means


def test_ambiguous_cells_are_resolved_by_their_table() -> None:
    assert decimal_mark(["1.5", "1,234"]) == "."
    assert decimal_mark(["1,5", "1.234"]) == ","
    assert decimal_mark(["1.234.567"]) == ","
    assert decimal_mark(["1 234,567"]) == ","
    assert decimal_mark(["1,234", "2.345"]) == ""
    assert decimal_mark(["1,5", "1.5"]) == ""
    kinds = {"km": "number", "day": "date", "name": "text", "open": "yes_no"}
    cells = {
        "km": ["1.234", "0,5"],
        "day": ["1/5/2023", "13/5/2023"],
        "name": ["1,5", "TRUE"],
        "open": ["TRUE", "Falsch"],
    }
    assert canonical(cells, kinds, ";") == {
        "km": ["1234", "0.5"],
        "day": ["2023-05-01", "2023-05-13"],
        "name": ["1,5", "TRUE"],
        "open": ["yes", "no"],
    }


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2023-5-1", "2023-05-01"),
        ("2023/05/01", "2023-05-01"),
        ("2023.5.1", "2023-05-01"),
        ("2023-05-01T00:00:00", "2023-05-01"),
        ("2023-05-01 00:00:00.000", "2023-05-01"),
        ("15.04.2023 00:00", "2023-04-15"),
        ("5/5/2023 0:00:00", "2023-05-05"),
        ("1.5.2023", "2023-05-01"),
        ("45047", "2023-05-01"),
        ("45047.0", "2023-05-01"),
        ("1 May 2023", "2023-05-01"),
        ("01-May-2023", "2023-05-01"),
        ("May 1, 2023", "2023-05-01"),
        ("5/5/2023", "2023-05-05"),
        # Open or impossible: as written.
        ("1/5/2023", "1/5/2023"),
        ("1/5/23", "1/5/23"),
        ("2023-05-01T13:00", "2023-05-01T13:00"),
        ("31.2.2023", "31.2.2023"),
        ("1 Ma 2023", "1 Ma 2023"),
    ],
)
def test_dates(text: str, means: str) -> None:
    assert date_text(text) == means


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2030-06-10T00:00Z", "2030-06-10T00:00"),  # midnight in UTC, not where the scenario is
        ("2030-06-10T00:00+00:00", "2030-06-10T00:00"),
        ("2030-06-10 00:00", "2030-06-09T21:00"),  # saved by a spreadsheet: the day
        ("10.6.2030", "2030-06-09T21:00"),
    ],
)
def test_midnight_with_an_offset_is_an_instant_and_without_one_the_day(text: str, utc: str) -> None:
    instant = parse_instant(instant_text(text, Notation()), "Europe/Moscow")
    assert instant.isoformat() == f"{utc}:00+00:00"


def test_messages_keep_file_line_and_column(folder: Path) -> None:
    (folder / "departures.csv").write_text(
        "sep=;\norigin;date;persons;source\n\n# a remark\n"
        "east;3/4/2030;5;s1\neast;5/4/2030;1,5;s1\n",
        "utf-8",
    )
    assert [str(m) for m in check(folder)] == [
        'departures.csv:5 column date: found "3/4/2030", expected a date YYYY-MM-DD '
        "(write 2030-03-04 or 2030-04-03, whichever is meant)",
        'departures.csv:6 column date: found "5/4/2030", expected a date YYYY-MM-DD '
        "(write 2030-05-04 or 2030-04-05, whichever is meant)",
        'departures.csv:6 column persons: found "1,5", expected a whole number of at least 0',
    ]


@pytest.mark.parametrize(
    ("text", "hint", "whole"),
    [
        ("0,5", "write 0.5", ""),
        (",5", "write .5", ""),
        ("-0,5", "write -0.5", ""),
        ("1,234", "write 1234 or 1.234, whichever is meant", "write 1234"),
        ("0,123", "write 0.123", ""),
        ("1,234,567", "write 1234567", "write 1234567"),
        ("12,34,567", "", ""),
    ],
)
def test_a_comma_is_a_decimal_mark_or_separates_thousands(text, hint, whole) -> None:
    assert (number_hint(text), number_hint(text, whole=True)) == (hint, whole)


def test_counts_of_persons_are_whole_numbers(folder: Path) -> None:
    path = folder / "observations.csv"
    header, first, *_ = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    at = header.split(",").index("value")
    cells[at], cells[at + 1], cells[at + 2] = '"1,234"', "", ""
    path.write_text(f"{header}\n{','.join(cells)}\n", "utf-8")
    (folder / "claims.csv").unlink(missing_ok=True)
    assert load(folder).tables["observations"]["value"][0] == 1234


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("attractions.csv/", "attractions.csv: found a folder or a broken link"),
        ("attractions.CSV", "attractions.CSV: found an unknown file, expected .* attractions.csv"),
        ("Variants/", "Variants: found a folder, expected a folder with the name variants"),
        ("variant", "variant: found a file, expected a folder with the name variants"),
        ("variants/wider.tml", "variants/wider.tml: found an unknown file, expected a variant"),
        ("variants/more/", "variants/more: found a folder, expected a variant NAME.toml"),
    ],
)
def test_files_that_look_like_parts_of_a_scenario_are_not_ignored(
    folder: Path, name: str, said: str
) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if name.endswith("/"):
        path.mkdir()
    else:
        path.write_text("x", "utf-8")
    with pytest.raises(InputError, match=said):
        load(folder)
    if path.parent.name == "variants":
        path.rename(path.with_name("notes.md"))
        assert load(folder)


def test_a_long_cell_is_no_invalid_line(folder: Path) -> None:
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write(f"long,{'x' * 200_000}\n")
    [mistake] = check(folder)
    assert str(mistake).endswith(
        "found a cell of more than 131072 characters, expected a shorter cell "
        "(a double quote that is not closed?)"
    )
