"""New scenarios and their tables: templates, uploads, cells, rows by form, counts from files."""

import io
import shutil
import stat
import zipfile
from pathlib import Path

import polars as pl
import pytest

from emigre.errors import InputError
from emigre.scenario.csv_files import BOOK
from emigre.scenario.examination import check
from emigre.scenario.library import find_folder
from emigre.scenario.loader import load
from emigre.web import new_scenario, tables
from emigre.web.security import MOST_BYTES, MOST_UPLOAD
from emigre.web.workspace import Workspace

VALLEY = Path(__file__).parents[1] / "adapters" / "valley"
MINE = "/scenarios/mine/tables"


@pytest.fixture
def desk(visitor, runs):
    """The desk with a fresh copy of tiny that is named mine."""
    workspace = Workspace(runs)
    shutil.rmtree(runs / "scenarios" / "mine", ignore_errors=True)
    new_scenario.from_template(workspace, "mine", "tiny")
    visitor.home = workspace.own()["mine"]
    return visitor


def sent(desk, table, edit=lambda rows: rows, **more):
    """Save a table as the page does, with its rows edited."""
    grid = tables.read(desk.home, table)
    body = {"key": desk.key(), "stamp": grid.stamp, "columns": grid.columns}
    body |= {"rows": edit([list(row) for row in grid.rows])} | more
    return desk.client.post(f"{MINE}/{table}", json=body)


def cell(table, row, column, text):
    def edit(rows):
        rows[row][list(tables.read(find_folder("tiny"), table).columns).index(column)] = text
        return rows

    return edit


@pytest.mark.parametrize("template", ["blank", "tiny"])
def test_a_template_becomes_a_separate_scenario(visitor, runs, template):
    name = f"from-{template}"
    answer = visitor.post("/new/template", {"template": template, "name": name})
    assert answer.headers["location"] == f"/scenarios/{name}/tables"
    assert check(runs / "scenarios" / name) == []
    assert load(runs / "scenarios" / name).id == name
    assert "No mistakes." in visitor.get(f"/scenarios/{name}/tables").text
    assert visitor.get(f"/scenarios/{name}").status_code == 200
    again = visitor.post("/new/template", {"template": template, "name": name})
    assert again.status_code == 422
    assert "a name that no other scenario uses" in again.text
    again = visitor.post("/new/template", {"name": "TINY", "template": "tiny"})
    assert "a name that no other scenario uses" in again.text
    assert visitor.post(f"/scenarios/{name}/delete", {}).status_code == 400
    assert visitor.post(f"/scenarios/{name}/delete", {"sure": "yes"}).status_code == 303
    assert not (runs / "scenarios" / name).exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", "tiny", "x" * 200, ".hidden", "a b"])
def test_a_name_that_cannot_be_used_is_refused(visitor, runs, name):
    answer = visitor.post("/new/template", {"template": "tiny", "name": name})
    assert answer.status_code == 422
    assert not (runs / "x").exists()


def test_shipped_scenarios_are_offered_for_copying_and_never_changed(visitor):
    assert "Make a copy to edit" in visitor.get("/scenarios/tiny/tables").text
    assert visitor.get("/scenarios/tiny/tables/rules").status_code == 404
    body = {"key": visitor.key(), "stamp": "", "columns": [], "rows": []}
    assert visitor.client.post("/scenarios/tiny/tables/rules", json=body).status_code == 404
    assert visitor.post("/scenarios/tiny/delete", {"sure": "yes"}).status_code == 404


def test_a_cell_is_saved_and_its_mistake_shown_next_to_it(desk):
    row, column = 2, tables.read(desk.home, "rules").columns.index("place")
    found = sent(desk, "rules", cell("rules", row, "place", "NOWHERE")).json()
    assert found["here"] == [
        [row, column, 'found "NOWHERE", expected the id of a place or an area, or *', False]
    ]
    overview = desk.get(MINE).text
    assert "1 mistake before it can run" in overview
    assert f"{MINE}/rules#line-4" in overview
    for page in ("", "/study/forecast", "/evidence"):
        assert desk.get(f"/scenarios/mine{page}").headers["location"] == MINE
    assert "Correct them in the tables" in desk.get("/").text
    assert "here" in desk.get(f"{MINE}/rules/check").json()
    found = sent(desk, "rules", cell("rules", row, "place", "SUDRIA")).json()
    assert found["here"] == []
    assert desk.get("/scenarios/mine").status_code == 200
    assert load(desk.home).tables["rules"].equals(load("tiny").tables["rules"])


def test_rows_are_added_and_deleted_and_remarks_are_kept(desk):
    def edit(rows):
        return [["# a remark", *rows[0][1:]], *rows[1:], [""] * len(rows[0])]

    before = load(desk.home).tables["observations"].height
    ((row, column, words, is_warning),) = sent(desk, "observations", edit).json()["here"]
    assert (row, column, is_warning) == (0, 0, True)
    assert "has no effect" in words
    assert load(desk.home).tables["observations"].height == before - 1
    assert "# a remark" in (desk.home / "observations.csv").read_text(encoding="utf-8")


def test_settings_and_parameters_are_tables_too(desk):
    assert sent(desk, "settings", cell("settings", 0, "value", "Another title")).status_code == 200
    end = [row[0] for row in tables.read(desk.home, "settings").rows].index("end")
    answer = sent(desk, "settings", cell("settings", end, "value", "2030-13-01")).json()
    assert answer["here"][0][:2] == [end, 1]
    sent(desk, "settings", cell("settings", end, "value", "2030-04-30"))
    names = [row[0] for row in tables.read(desk.home, "parameters").rows]
    wrong = sent(desk, "parameters", cell("parameters", 0, "value", "much")).json()["here"]
    assert wrong[0][:2] == [0, 1]
    sent(desk, "parameters", cell("parameters", 0, "value", "0.5"))
    made = load(desk.home)
    assert (made.title, str(made.end), made.parameters[names[0]]) == (
        "Another title",
        "2030-04-30",
        0.5,
    )


def test_two_windows_do_not_overwrite_each_other(desk):
    old = tables.read(desk.home, "rules").stamp
    sent(desk, "rules", lambda rows: rows[1:])
    answer = sent(desk, "rules", stamp=old)
    assert answer.status_code == 409
    assert "changed in another window" in answer.json()["words"][0]


@pytest.mark.parametrize(
    "more",
    [
        {"rows": "x"},
        {"rows": [["a"]]},
        {"rows": [[1] * 22]},
        {"columns": ["id"]},
        {"columns": 3},
        {"rows": [{}]},
    ],
    ids=str,
)
def test_invalid_edits_of_tables_are_not_written(desk, more):
    before = (desk.home / "rules.csv").read_bytes()
    assert sent(desk, "rules", **more).status_code == 422
    assert (desk.home / "rules.csv").read_bytes() == before


def test_formulas_and_long_cells_are_refused(desk):
    for text in ("=1+1", "@SUM(A1)", "x" * 10_001):
        answer = sent(desk, "rules", cell("rules", 0, "note", text))
        assert answer.status_code == 422
    assert "the formula" in sent(desk, "rules", cell("rules", 0, "note", "=1")).json()["words"][0]


def test_a_table_needs_the_key_and_a_size(desk):
    assert sent(desk, "rules", key="wrong").status_code == 403
    assert desk.client.post(f"{MINE}/rules", content=b"[" * 100_000).status_code == 400
    assert desk.client.post(f"{MINE}/rules", content=b"3").status_code == 403
    larger = b"x" * (MOST_UPLOAD + 1)
    assert desk.client.post(f"{MINE}/rules", content=larger).status_code == 413
    assert desk.client.post("/new/template", content=larger[: MOST_BYTES + 1]).status_code == 413
    assert desk.client.post(f"{MINE}/rules", content=larger[: MOST_BYTES + 1]).status_code == 400
    for path in ("/new/upload", "/scenarios/mine/import", f"{MINE}/rules/new"):
        assert desk.client.post(path, data={"key": "wrong"}).status_code == 403
    foreign = {"origin": "http://evil.example"}
    assert desk.client.post(f"{MINE}/rules", json={}, headers=foreign).status_code == 403
    for table in ("..%2f..%2fx", "nothing", "scenario.toml"):
        assert desk.get(f"{MINE}/{table}").status_code == 404


def test_links_out_of_the_workspace_are_no_scenarios(desk, tmp_path):
    shutil.copytree(desk.home, tmp_path / "elsewhere")
    (desk.home.parent / "link").symlink_to(tmp_path / "elsewhere")
    assert desk.get("/scenarios/link/tables/rules").status_code == 404
    (desk.home / "jobs.csv").unlink(missing_ok=True)
    (desk.home / "jobs.csv").symlink_to("/etc/hosts")
    answer = desk.get(f"{MINE}/jobs")
    assert answer.status_code == 422
    assert "localhost" not in answer.text


RULE = {"id": "late", "kind": "capacity", "place": "PASS", "value": "50", "basis": "estimate"}


def test_a_rule_is_added_by_form_with_a_new_source(desk):
    page = desk.get(f"{MINE}/rules/new").text
    assert '<option value="capacity">capacity: ' in page
    source = {"source.title": "Radio, 3 March", "source.publisher": "R", "source.note": "heard"}
    source |= {"source.address": "https://example.org/a", "source.published": "2030-03-03"}
    answer = desk.post(f"{MINE}/rules/new", RULE | source)
    assert answer.headers["location"] == f"{MINE}/rules#last"
    made = load(desk.home)
    (row,) = made.tables["rules"].filter(pl.col("id") == "late").to_dicts()
    assert (row["value"], row["source"]) == (50.0, "radio_3_march")
    (cited,) = made.tables["sources"].filter(pl.col("id") == "radio_3_march").to_dicts()
    assert cited["address"] == "https://example.org/a"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"value": "many"}, "value", "expected a number"),
        ({"place": "NOWHERE"}, "place", "the id of a place"),
        ({"kind": ""}, "kind", "found nothing"),
        ({"effective_from": "soon"}, "effective_from", "expected"),
    ],
)
def test_a_mistake_in_the_form_is_shown_next_to_its_field(desk, given, field, words):
    before = {p.name: p.read_bytes() for p in desk.home.glob("*.csv")}
    more = {"source.title": "New", "source.publisher": "x", "source.address": "-"}
    answer = desk.post(f"{MINE}/rules/new", RULE | {"source": "invented"} | more | given)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="wrong-{field}"')[2].partition("</label>")[0]
    assert {p.name: p.read_bytes() for p in desk.home.glob("*.csv")} == before


HXL = "place,day,persons\n#country+code,#date,#affected\nNORDAL,2030-03-20,120\nX,2030-03-21,5\n"


def test_counts_are_shown_before_they_are_added(desk):
    given = {"layout": "hxl", "measure": "arrived", "source": "invented", "use": "check"}
    file = {"file": ("counts.csv", HXL.encode(), "text/csv")}
    path = "/scenarios/mine/import"
    answer = desk.client.post(path, data={"key": desk.key()} | given, files=file)
    assert answer.status_code == 422  # a place that the scenario does not have
    kept = answer.text.partition('name="kept" value="')[2].partition('"')[0]
    given |= {"skip-unknown": "yes", "kept": kept}
    before = (desk.home / "observations.csv").read_bytes()
    answer = desk.post(path, given)
    assert "1 new row for observations" in answer.text
    assert "2030-03-20" in answer.text
    assert (desk.home / "observations.csv").read_bytes() == before
    answer = desk.post(path, given | {"action": "add"})
    assert answer.headers["location"] == f"{MINE}/observations#last"
    (row,) = load(desk.home).tables["observations"].filter(pl.col("value") == 120).to_dicts()
    assert (row["place"], row["use"]) == ("NORDAL", "check")
    assert desk.post(path, given).status_code == 422  # the file is gone
    assert desk.post(path, given | {"kept": "../key"}).status_code == 422


def archive(files, link=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            made.writestr(info, "/etc/passwd")
    return out.getvalue()


def files_of(folder, below=""):
    found = [p for p in folder.rglob("*") if p.is_file()]
    return {f"{below}{p.relative_to(folder).as_posix()}": p.read_bytes() for p in found}


def hand_in(visitor, name, file, content):
    data = {"key": visitor.key(), "name": name}
    return visitor.client.post("/new/upload", data=data, files={"file": (file, content)})


def test_a_folder_comes_as_a_zip(visitor, runs):
    content = archive(files_of(find_folder("tiny"), "somewhere/tiny/") | {"__MACOSX/._x.csv": "x"})
    answer = hand_in(visitor, "zipped", "../../tiny.zip", content)
    assert answer.headers["location"] == "/scenarios/zipped/tables"
    made = load(runs / "scenarios" / "zipped")
    assert made.tables["rules"].equals(load("tiny").tables["rules"])
    assert made.variants.keys() == load("tiny").variants.keys()
    back = visitor.get("/scenarios/zipped/zip")
    with zipfile.ZipFile(io.BytesIO(back.content)) as files:
        assert "zipped/rules.csv" in files.namelist()


def test_nothing_of_an_archive_is_left_out_in_silence(visitor, runs):
    one = files_of(find_folder("tiny"))
    two = {f"{home}/{name}": data for home in ("a", "b") for name, data in one.items()}
    for content, said in ((two, "scenario.toml in a and b"), (one | {"rule.csv": "x"}, "rule.csv")):
        answer = hand_in(visitor, "half", "half.zip", archive(content))
        assert answer.status_code == 422
        assert said in answer.text
    assert not (runs / "scenarios" / "half").exists()


def test_a_workbook_becomes_tables(visitor, runs, tmp_path):
    import xlsxwriter

    blank = find_folder("tiny")
    with xlsxwriter.Workbook(str(tmp_path / "w.xlsx")) as book:
        for path in blank.glob("*.csv"):
            sheet = book.add_worksheet(path.stem)
            grid = tables.read(blank, path.stem)
            for r, row in enumerate([grid.columns, *grid.rows]):
                sheet.write_row(r, 0, row)
    answer = hand_in(visitor, "booked", "w.xlsx", (tmp_path / "w.xlsx").read_bytes())
    assert answer.headers["location"] == "/scenarios/booked/tables"
    home = runs / "scenarios" / "booked"
    assert tables.read(home, "legs").rows == tables.read(blank, "legs").rows
    assert not (home / BOOK).exists()


def test_a_flee_folder_becomes_a_scenario(visitor, runs):
    content = archive(files_of(VALLEY, "conflict/"))
    answer = hand_in(visitor, "flee", "conflict.zip", content)
    assert answer.headers["location"] == "/scenarios/flee/tables"
    assert check(runs / "scenarios" / "flee") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive({"../x.csv": "a"}), "files below the folder"),
        (archive({"/etc/x.csv": "a"}), "files below the folder"),
        (archive({"a\\..\\x.csv": "a"}), "files below the folder"),
        (archive({"C:/x.csv": "a"}), "files below the folder"),
        (archive({}, link="rules.csv"), "without links"),
        (archive({"a/b/c/d/e/f/g/x.csv": "a"}), "folders deep"),
        (archive({"x.csv": "a", "X.csv": "b"}), "every file once"),
        (archive({f"{n}.csv": "" for n in range(2001)}), "at most 2,000 files"),
        (archive({"notes.md": "a"}), "none of them"),
        (b"PK\x03\x04 nothing", "a damaged archive"),
        (b"", "a damaged archive"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_archive_that_leads_elsewhere_is_refused(visitor, runs, content, words):
    answer = hand_in(visitor, "bad", "bad.zip", content)
    assert answer.status_code == 422
    assert words in answer.text
    assert not (runs / "scenarios" / "bad").exists()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(new_scenario, "MOST_UNPACKED", 1_000)
    bomb = archive({"a.csv": "0" * 600, "b.csv": "0" * 600})
    with pytest.raises(InputError, match="a smaller archive"):
        new_scenario.unpack(bomb, tmp_path)
    written = sum(p.stat().st_size for p in tmp_path.rglob("*"))
    assert written <= 1_000


def test_other_files_are_refused(visitor):
    assert "a ZIP archive of a folder" in hand_in(visitor, "x", "x.exe", b"MZ").text
    assert hand_in(visitor, "x", "x.xlsx", b"no workbook").status_code == 422


@pytest.mark.parametrize("text", ["=1+1", "a\0b"])
def test_a_cell_that_could_not_be_read_again_is_not_saved(desk, text):
    before = (desk.home / "rules.csv").read_bytes()
    assert sent(desk, "rules", cell("rules", 0, "note", text)).status_code == 422
    assert (desk.home / "rules.csv").read_bytes() == before
