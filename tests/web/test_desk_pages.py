"""Pages and forms: from a switch to a saved variant, a run, its results and its files."""

import io
import json
import re
import shutil
from datetime import UTC, date, datetime
from zipfile import ZipFile

import polars as pl
import pytest
from desk_visitor import held, served

import emigre
from emigre.scenario.library import find_folder
from emigre.scenario.loader import load
from emigre.web.labels import Label, Labels
from emigre.web.workspace import ResultSummary, Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def visitor(visitor_at_once):
    return visitor_at_once


@pytest.fixture(scope="module")
def compared(visitor):
    """The address of the results of a quick look."""
    job = visitor.ask("off=rules.nordal_closes&end=2030-04-10&name=open", "quick")
    assert visitor.wait(job) == "done"
    return visitor.get(job).headers["location"]


def test_the_first_page_lists_its_contents(visitor):
    text = visitor.get("/").text
    assert "Flight from Russia" in text
    assert "A call-up in Vesland" in text
    assert "15 rules, 2 pressures" in text


def test_a_changed_field_becomes_part_of_the_address(visitor):
    page = visitor.get("/scenarios/tiny").text
    fields = dict(re.findall(r'<input name="(set:[^"]+)" id="[^"]+" value="([^"]*)"', page))
    assert len(fields) > 60
    rows = re.findall(r'name="row" value="([^"]+)"', page)
    fields["set:patience_days"] = "30"
    form = fields | {"row": rows, "is_on": [r for r in rows if r != "rules.nordal_closes"]}
    answer = visitor.post("/scenarios/tiny", form | {"action": "show", "runs": "3"})
    address = answer.headers["location"]
    assert address == "/scenarios/tiny?set=patience_days%3D30&off=rules.nordal_closes&runs=3"
    shown = visitor.get(address).text
    assert "was 60" in shown
    assert "removes <code>rules.nordal_closes</code>" in shown


def test_mistakes_are_shown_next_to_their_fields_and_nothing_runs(visitor):
    answer = visitor.post("/scenarios/tiny", {"state": "set=patience_days%3Dlong", "action": "run"})
    page = visitor.get(answer.headers["location"])
    assert page.status_code == 422
    field = page.text.partition('name="set:patience_days"')[2].partition("</label>")[0]
    assert 'aria-invalid="true"' in field
    assert "expected a number" in field


def test_a_day_is_chosen_shown_and_run(visitor, runs):
    state = "end=2030-03-25&as-of=2030-03-20&runs=2&draws=none"
    page = visitor.get(f"/scenarios/tiny?{state}").text
    assert 'name="as-of" value="2030-03-20"' in page
    assert "As of 20 Mar 2030: without" in page
    assert "not known yet" in page
    command = "emigre run tiny --end 2030-03-25 --as-of 2030-03-20 --runs 2 --draws none"
    assert command in page
    with held():
        job = visitor.ask(state)
        shown = visitor.get(job).text
    assert command in shown
    assert "The baseline, as known on 20 Mar 2030" in shown
    assert visitor.wait(job) == "done"
    address = visitor.get(job).headers["location"]
    info = emigre.read(runs / address.removeprefix("/results/")).info
    assert str(info.as_of) == "2030-03-20"
    assert info.draws is None
    assert "As of 20 Mar 2030" in visitor.get(address).text
    home = visitor.get("/").text
    assert "as known on 20 Mar 2030, 1 – 25 Mar 2030, 2 runs" in home
    assert "1 Mar – 31 May 2030" in home
    assert not re.search(r"\d{4}-\d\d-\d\d", re.sub("<[^>]*>", "", home))


def test_an_invalid_posterior_is_reported_and_can_be_ignored(tmp_path):
    home = tmp_path / "fitted"
    shutil.copytree(find_folder("tiny"), home)
    (home / "posterior.csv").write_text("run,patience_days\n0,30\n1,-4\n", encoding="utf-8")
    with served(Workspace(tmp_path / "runs", {"fitted": home})) as desk:
        page = desk.get("/scenarios/fitted")
        assert page.status_code == 422
        assert "posterior.csv of tiny:3 key patience_days: found -4" in page.text
        assert "Not ready to run" in page.text
        assert desk.get("/scenarios/fitted?draws=none").status_code == 200
        (home / "posterior.csv").write_text("run,patience_days\n0,30\n1,40\n", encoding="utf-8")
        page = desk.get("/scenarios/fitted")
        assert page.status_code == 200
        assert "2 draws from posterior.csv of tiny" in page.text


@pytest.mark.parametrize(
    ("state", "field", "words"),
    [
        ("as-of=yesterday", "as-of", "expected a date"),
        ("as-of=2030-01-01", "as-of", "on or after the start of the scenario"),
        ("draws=..%2F..%2Fsecret.csv", "draws", "expected none, or nothing"),
    ],
)
def test_a_wrong_day_or_table_of_draws_is_refused(visitor, state, field, words):
    answer = visitor.post("/scenarios/tiny", {"state": state, "action": "run"})
    assert answer.headers["location"] == f"/scenarios/tiny?{state}"
    page = visitor.get(answer.headers["location"])
    assert page.status_code == 422
    form = page.text.partition('id="editor"')[2]
    said = form.partition(f'name="{field}"')[2].partition("</label>")[0]
    assert 'aria-invalid="true"' in said
    assert words in said


def test_input_is_shown_as_text(visitor):
    nasty = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%20onfocus%3D%22x"
    page = visitor.get(f"/scenarios/tiny?set=patience_days%3D{nasty}&name={nasty}&variant={nasty}")
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert 'onfocus="x' not in page.text


def test_a_kept_variant_is_a_file_to_share(visitor, runs):
    state = "set=places.PASS.capacity_persons_per_day%3D300&name=wide"
    answer = visitor.post("/scenarios/tiny", {"state": state, "action": "keep"})
    assert answer.headers["location"] == "/scenarios/tiny?variant=wide"
    assert "places.PASS.capacity_persons_per_day" in visitor.get(answer.headers["location"]).text
    shared = visitor.get("/scenarios/tiny/variants/wide.toml")
    assert "attachment" in shared.headers["content-disposition"]
    assert shared.content == (runs / "variants" / "tiny" / "wide.toml").read_bytes()
    assert load("tiny").hash == load("tiny", variants=()).hash  # the baseline is untouched
    unknown = visitor.post("/scenarios/tiny", {"state": state, "action": "kepe"})
    assert unknown.status_code == 400
    assert "Unknown action: kepe." in unknown.text


def test_a_shared_file_is_checked_before_it_is_kept(visitor, runs):
    def hand_in(name, text):
        files = {"file": (name, io.BytesIO(text.encode()), "text/plain")}
        data = {"key": visitor.key()}
        return visitor.client.post("/scenarios/tiny/upload", data=data, files=files)

    good = hand_in("../../odd name.toml", 'title = "T"\n[remove]\nrules = ["nordal_closes"]\n')
    assert good.headers["location"] == "/scenarios/tiny?variant=odd-name"
    bad = hand_in("bad.toml", 'title = "T"\n[remove]\nrules = ["nobody"]\n')
    assert bad.status_code == 422
    assert "found &#34;nobody&#34;" in bad.text
    assert hand_in("no.toml", "not = [toml").status_code == 422
    assert not (runs / "variants" / "tiny" / "bad.toml").exists()


def test_results_reuse_the_figures_of_the_report(visitor, compared):
    page = visitor.get(compared).text
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    charts = json.loads(data[1])["charts"]
    assert any(key.startswith("effect") for key in charts)
    assert "Main effects" in page
    assert "emigre compare tiny --variant" in page
    assert "Full run with the same changes" in page


def test_both_worlds_are_shown_side_by_side_and_alone(visitor, compared):
    side = visitor.get(f"{compared}?view=side").text
    assert "Baseline: " in side
    assert "Changed: " in side
    assert "in brackets" not in side  # its sentences have no numbers
    cited = re.findall(r'class="cite">.*?scenario tiny \((\w+)\)', side)
    assert len(set(cited[:2])) == 2
    for wrong in ("view=side&with=nobody", "view=none", "with=nobody"):
        assert visitor.get(f"{compared}?{wrong}").status_code == 404
    assert visitor.get(f"{compared}/baseline?view=side").status_code == 404
    for world in ("baseline", "open"):
        assert visitor.get(f"{compared}/{world}").status_code == 200


def test_any_two_or_three_runs_are_shown_side_by_side(visitor, compared):
    name = compared.removeprefix("/results/")
    runs = [("run", f"{name}/{world}") for world in ("baseline", "open")]
    page = visitor.get("/beside", params=runs).text
    assert page.count("sides-2") == 1
    assert f"({name}/baseline): " in page
    assert "/scenarios/tiny/study/explain?a=" in page
    for wrong in ([], runs[:1], [("run", name), *runs], [*runs, ("run", "x")]):
        assert visitor.get("/beside", params=wrong).status_code in (404, 422)


def test_a_claim_is_checked_against_a_run(visitor, compared):
    path = compared.replace("/results/", "/claim/")
    given = {"measure": "arrived", "place": "*", "from": "2030-03-10", "to": "2030-04-01"}
    page = visitor.get(f"{path}/baseline", params=given | {"value": "9,000,000"})
    assert "Against the simulation" in page.text
    assert '<option value="rounded" selected>' in page.text  # what an empty field means
    assert ">People who arrived to stay</option>" in page.text
    wrong = {"value": "12,5", "from": "soon", "wording": "vague", "place": ""}
    page = visitor.get(f"{path}/baseline", params=given | wrong)
    assert page.status_code == 422
    said = {n: page.text.partition(f'id="wrong-{n}"')[2].partition("</span>")[0] for n in wrong}
    assert "expected a number (write 12.5)" in said["value"]
    assert "expected a date" in said["from"]
    assert "expected" in said["wording"]
    assert said["place"].endswith(">found nothing, expected a value")
    page = visitor.get(f"{path}/baseline", params=given)
    assert 'id="wrong-value"' in page.text
    assert visitor.get(path).status_code == 404  # a comparison is two runs


def test_files_are_given_as_they_lie_there(visitor, runs, compared):
    name = compared.removeprefix("/results/")
    assert "totals.csv" in visitor.get(f"/files/{name}").text
    for file in ("totals.csv", "effects.parquet", "baseline/daily.parquet"):
        answer = visitor.get(f"/files/{name}?file={file}")
        assert answer.content == (runs / name / file).read_bytes()
        assert "attachment" in answer.headers["content-disposition"]
    assert pl.read_parquet(runs / name / "effects.parquet").height
    for wrong in ("../../variants/tiny/wide.toml", "/etc/passwd", ".lock", "baseline"):
        assert visitor.get(f"/files/{name}", params={"file": wrong}).status_code == 404


def test_evidence_names_every_source(visitor, compared):
    for path in ("/scenarios/tiny/evidence", compared.replace("/results/", "/evidence/")):
        page = visitor.get(path).text
        assert "Invented for teaching" in page
        assert "rules: " in page


@pytest.mark.parametrize(
    "path",
    [
        "/results/nothing",
        "/results/..%2f..%2fetc",
        "/results/.desk",
        "/scenarios/none",
        "/scenarios/..%2f..",
        "/jobs/none",
        "/jobs/..%2fx/events",
        "/static/..%2fguard.py",
        "/static/guard.py",
        "/scenarios/tiny/variants/..%2f..%2fx.toml",
        "/evidence/none",
        "/files/none",
    ],
)
def test_addresses_that_lead_nowhere(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_page_that_fails_is_a_page(runs, monkeypatch):
    with served(Workspace(runs)) as visitor:
        monkeypatch.setattr(Workspace, "results", lambda _: 1 / 0)
        answer = visitor.get("/")
    assert answer.status_code == 500
    assert "This page failed: an error in Emigre" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_results_are_named_downloaded_and_deleted(visitor, runs, compared):
    name = compared.removeprefix("/results/")
    visitor.post(f"/label/{name}", {"title": "Nordal <open>", "note": "for Tuesday"})
    for page in (compared, "/"):
        assert "Nordal &lt;open&gt;" in visitor.get(page).text
    archive = visitor.get(f"/zip/{name}")
    assert "attachment" in archive.headers["content-disposition"]
    with ZipFile(io.BytesIO(archive.content)) as files:
        assert any(file.endswith("/totals.csv") for file in files.namelist())
    assert "<h1>" in visitor.get(f"/report/{name}").text
    assert "/workbook/" not in visitor.get(compared).text
    assert visitor.get(f"/workbook/{name}").status_code == 404
    assert f'href="/workbook/{name}/baseline"' in visitor.get(f"{compared}/baseline").text
    workbook = visitor.get(f"/workbook/{name}/baseline")
    assert "baseline.xlsx" in workbook.headers["content-disposition"]
    with ZipFile(io.BytesIO(workbook.content)) as files:
        assert "xl/workbook.xml" in files.namelist()
    assert visitor.post(f"/delete/{name}/baseline", {"sure": "yes"}).status_code == 400
    assert visitor.post(f"/delete/{name}", {}).status_code == 400
    assert visitor.get(compared).status_code == 200
    assert visitor.post(f"/delete/{name}", {"sure": "yes"}).status_code == 303
    assert visitor.get(compared).status_code == 404
    assert not (runs / name).exists()


def test_older_results_are_folded_and_names_keep_their_direction(visitor, monkeypatch):
    day = date(2030, 3, 1)
    finished = datetime(2030, 4, 1, tzinfo=UTC)
    results = [
        ResultSummary(
            name=f"r-{n}",
            title="T",
            scenario="tiny",
            what="The baseline",
            kind="run",
            runs=2,
            scale=1,
            seed=1,
            days=(day, day),
            finished=finished,
        )
        for n in range(15)
    ]
    monkeypatch.setattr(Workspace, "results", lambda _: results)
    monkeypatch.setattr(Labels, "all", lambda _: {"r-0": Label("تقدير أولي", "مسودة")})
    page = visitor.get("/").text
    newest, folded, older = page.partition("<summary>Show 3 older results</summary>")
    assert folded
    assert "/results/r-11" in newest
    assert "/results/r-12" not in newest
    assert "/results/r-14" in older.partition("</details>")[0]
    # The colon and the dates after a name in Arabic do not become part of it.
    assert "<bdi>تقدير أولي</bdi>: The baseline, 1 Mar 2030" in page
    assert "<bdi>مسودة</bdi>" in page
