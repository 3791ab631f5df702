"""Submitted forms: all changes at once, with messages in the terms of the page."""

import io
import os
import re
import shutil
import threading
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from desk_visitor import Cold, served

from emigre.errors import InputError
from emigre.scenario.library import shipped
from emigre.web import page_cache
from emigre.web.draft_variant import DraftVariant
from emigre.web.job_builder import JobBuilder
from emigre.web.jobs import Job, JobStore, Progress
from emigre.web.queue import Queue
from emigre.web.scenario_cache import read
from emigre.web.words import with_labels
from emigre.web.workspace import OWN, Workspace
from stand_in import info

TINY = "/scenarios/tiny"
ADDED = """title = "A road"
[[add.rules]]
id = "late"
announced = 2030-03-10
effective_from = 2030-03-20
kind = "capacity"
value = 50
place = "PASS"
basis = "estimate"
source = "invented"
note = "x"
"""


def test_the_page_of_a_large_scenario_is_small_and_a_link_opens_its_groups(visitor):
    page = visitor.get("/scenarios/russia-2022")
    assert len(page.content) < 300_000
    assert 'name="set:rules.' not in page.text
    opened = visitor.get("/scenarios/russia-2022?open=Georgia").text
    assert opened.count('name="set:rules.') > 5
    row = re.search(r'name="row" value="(rules[^"]+)"', opened)
    form = {"action": "show", "row": row[1], "open": "Georgia"}
    answer = visitor.post("/scenarios/russia-2022", form)
    address = answer.headers["location"]
    assert address == f"/scenarios/russia-2022?off={row[1]}&open=Georgia"


def test_preparation_is_shown_while_it_lasts(visitor):
    assert visitor.get("/kernels").json() is None


class Form(HTMLParser):
    """The form of a scenario as sent by a browser without JavaScript."""

    def __init__(self, text):
        super().__init__()
        self.fields, self._is_in, self._select = [], False, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._is_in |= tag == "form" and given.get("id") == "editor"
        if not self._is_in:
            return
        if tag == "select":
            self._select = given["name"]
        if tag == "option" and "selected" in given:
            self.fields.append((self._select, given["value"]))
        is_sent = given.get("type") != "checkbox" or "checked" in given
        if tag == "input" and given.get("name") and is_sent:
            self.fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self._is_in = False


def form(page):
    return Form(page.text).fields


def send(visitor, fields, action="show", **changes):
    data: dict[str, list[str]] = {}
    for key, value in fields:
        data.setdefault(key, []).append(changes.get(key, value))
    return visitor.client.post(TINY, data=data | {"action": action})


@pytest.mark.parametrize(
    "query",
    [
        "set=patience_days%3D26",
        "set=patience_days%3D26&off=rules.nordal_closes",
        "variant=wider-pass&set=patience_days%3D26&off=rules.nordal_closes&seed=3",
        "variant=nordal-stays-open&on=rules.nordal_closes",
        "set=places.PASS.reception_beds%3D7&set=patience_days%3D26",  # no field for this cell
        "set=rules.nordal_closes.place%3DPASS",
        "off=observations.obs1&off=rules.nordal_closes",  # no switch for this row
        "set=patience_days%3Dlong&runs=many&name=Mein+Fall+1",
        "set=rules.nordal_closes.announced%3D",
    ],
)
def test_a_page_that_is_sent_as_it_came_is_the_same(visitor, query):
    """Nothing is lost between an address and its form, and nothing is added."""
    answer = send(visitor, form(visitor.get(f"{TINY}?{query}")))
    again = urlsplit(answer.headers["location"]).query
    assert parse_qs(again) == parse_qs(query)
    once_more = send(visitor, form(visitor.get(answer.headers["location"])))
    assert once_more.headers["location"] == answer.headers["location"]


def test_a_second_change_keeps_the_first(visitor):
    page = visitor.get(f"{TINY}?set=patience_days%3D26&off=rules.nordal_closes")
    answer = send(visitor, form(page), **{"set:grace_days": "11", "end": "2030-03-10"})
    changes = parse_qsl(urlsplit(answer.headers["location"]).query)
    assert changes == [
        ("set", "patience_days=26"),
        ("set", "grace_days=11"),
        ("off", "rules.nordal_closes"),
        ("end", "2030-03-10"),
    ]


def test_a_value_typed_back_is_no_change(visitor):
    page = visitor.get(f"{TINY}?set=patience_days%3D26")
    answer = send(visitor, form(page), **{"set:patience_days": " 60 "})
    assert answer.headers["location"] == TINY
    page = visitor.get(f"{TINY}?set=patience_days%3D60")
    assert "No changes yet" in page.text


def test_a_row_that_a_variant_adds_stays_off_and_can_be_put_back(visitor, runs):
    home = runs / "variants" / "tiny"
    home.mkdir(parents=True, exist_ok=True)
    (home / "added.toml").write_text(ADDED, encoding="utf-8")
    page = visitor.get(f"{TINY}?variant=added")
    assert page.status_code == 200, page.text
    fields = [f for f in form(page) if f != ("is_on", "rules.late")]
    address = send(visitor, fields).headers["location"]
    assert address == f"{TINY}?variant=added&off=rules.late"
    page = visitor.get(address)
    assert ("row", "rules.late") in form(page)
    assert ("is_on", "rules.late") not in form(page)
    assert "The baseline" in page.text
    back = send(visitor, [*form(page), ("is_on", "rules.late")])
    assert back.headers["location"] == f"{TINY}?variant=added"


def test_a_form_with_another_key_starts_nothing_and_keeps_its_input(visitor, runs):
    page = visitor.get(f"{TINY}?set=patience_days%3D26")
    for action in ("run", "quick", "keep", "show"):
        answer = send(visitor, form(page), action, key="old", **{"set:grace_days": "11"})
        assert answer.status_code == 403
        assert "press the button again" in answer.text
        again = dict(form(answer))
        assert again["set:grace_days"] == "11"
        assert again["set:patience_days"] == "26"
        assert again["key"] == dict(form(page))["key"]
    assert JobStore(runs / OWN / "jobs").all() == []


def test_files_edited_meanwhile_are_reported_before_anything_runs(tmp_path):
    copy = tmp_path / "own"
    shutil.copytree(shipped()["tiny"], copy)
    workspace = Workspace(tmp_path / "runs", {"tiny": copy})
    with served(workspace) as desk:
        fields = form(desk.get(TINY))
        header = copy / "scenario.toml"
        was = header.stat()
        text = header.read_text("utf-8")
        header.write_text(text.replace("urgency_weight = 0.1", "urgency_weight = 0.3"), "utf-8")
        os.utime(header, ns=(was.st_atime_ns, was.st_mtime_ns))  # as if an older file was put there
        for action in ("run", "quick", "keep"):
            answer = send(desk, fields, action)
            assert answer.status_code == 409
            assert "were edited after this page was opened" in answer.text
            assert dict(form(answer))["set:urgency_weight"] == "0.1"
            assert "Not ready to run" not in answer.text
        renamed = header.with_name("rules.csv")
        text = renamed.read_text("utf-8")
        renamed.write_text(text.replace("nordal_closes", "nordal_shuts"), "utf-8")
        mixed = send(desk, fields, "quick")  # a row of this page is there no more
        assert mixed.status_code == 409
        assert "were edited after this page was opened" in mixed.text
        assert "did you mean nordal_shuts?" in unescape(mixed.text)
        renamed.write_text(text, "utf-8")
        assert JobStore(tmp_path / "runs" / OWN / "jobs").all() == []
        kept = send(desk, form(answer), "keep")
        assert kept.headers["location"].startswith(f"{TINY}?variant=")


def test_a_restart_takes_forms_of_before(tmp_path):
    with served(Workspace(tmp_path / "runs")) as desk:
        fields = form(desk.get(TINY))
    with served(Workspace(tmp_path / "runs")) as desk:
        answer = send(desk, fields, **{"set:grace_days": "11"})
        assert answer.headers["location"] == f"{TINY}?set=grace_days%3D11"


def test_a_name_that_is_none_is_shown_next_to_its_field_and_kept(visitor):
    for action in ("keep", "run", "quick"):
        answer = send(visitor, form(visitor.get(TINY)), action, name="!?", seed="2")
        page = visitor.get(answer.headers["location"])
        assert page.status_code == 422
        assert dict(form(page))["name"] == "!?"
        field = page.text.partition('name="name"')[2].partition("</label>")[0]
        assert "expected a name with a letter or digit" in field


def test_nothing_to_keep_is_reported(visitor):
    answer = send(visitor, form(visitor.get(TINY)), "keep", name="mine", seed="2")
    assert answer.status_code == 422
    field = answer.text.partition('name="name"')[2].partition("</label>")[0]
    assert "found no change, expected a change to save" in field
    assert dict(form(answer))["name"] == "mine"
    assert dict(form(answer))["seed"] == "2"


def test_a_variant_is_never_called_as_one_that_ships(visitor):
    page = visitor.get(f"{TINY}?set=patience_days%3D26")
    answer = send(visitor, form(page), "keep", name="wider-pass")
    assert answer.headers["location"] == f"{TINY}?variant=wider-pass-2"
    assert "sets <code>patience_days</code> to 26" in visitor.get(answer.headers["location"]).text


def test_mistakes_name_fields_instead_of_options(visitor):
    query = "scale=x&as-of=never&draws=a.csv&off=rules.nobody&set=rules.nordal_closes.value%3Dy"
    page = visitor.get(f"{TINY}?{query}&start=2031-01-01&set=nothing%3D1&variant=")
    text = unescape(re.sub(r"<[^>]+>", "", page.text.partition("<script")[0]))
    assert (
        'people per simulated person: found "x", expected a whole number from 1 to 1000000' in text
    )
    assert 'as known on: found "never"' in text
    assert "first day: found 2031-01-01, expected a date within the scenario" in text
    assert 'removed rows, rules: found "nobody"' in text
    assert "nordal closes, value: found" in text
    assert not re.search(r"--[a-z]", text)
    assert (
        with_labels("--scale: 7 (see --set)")
        == "“people per simulated person”: 7 (see “changed values”)"
    )
    unknown = visitor.get(f"{TINY}?variant=none").text
    assert "start from: found" in unknown
    assert "--variant" not in unknown


def test_input_too_long_for_an_address_is_reported(visitor):
    fields = form(visitor.get(TINY))
    answer = send(visitor, fields, **{"set:patience_days": "1" * 200_000})
    assert answer.status_code == 413
    assert "save them as a variant file" in answer.text
    state = "&".join(f"off=rules.r{i}" for i in range(4_001))
    answer = visitor.post(TINY, {"state": state, "action": "run"})
    assert answer.status_code == 422
    assert "found 4001, expected at most 4000" in answer.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".".join(["a"] * 3_000) + " = 1", "fall.toml:1: found"),
        ("title = 'x'\n[set]\npatience_days = [[1]]\n", "fall.toml:3 key set.patience_days"),
        ("title = 'x'\n[set]\nx = " + "[" * 3_000, "fall.toml: found invalid TOML"),
    ],
)
def test_a_file_that_would_not_fit_into_memory_is_refused(visitor, text, words):
    files = {"file": ("mein fall.toml", io.BytesIO(text.encode()), "text/plain")}
    answer = visitor.client.post(f"{TINY}/upload", data={"key": visitor.key()}, files=files)
    assert answer.status_code == 422
    assert words in answer.text


def test_two_simultaneous_saves_make_two_files(tmp_path):
    workspace = Workspace(tmp_path / "runs")
    loaded = read(workspace, "tiny")
    builder = JobBuilder(workspace, None)
    fields = [[("set:patience_days", str(n))] for n in range(20, 28)]
    drafts = [DraftVariant.of_form("tiny", each) for each in fields]
    found: list[tuple[str, str]] = []

    def keep(draft):
        path = builder.save(builder.changed(loaded, draft))
        found.append((draft.sets["patience_days"], path.read_text(encoding="utf-8")))

    threads = [threading.Thread(target=keep, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(f"= {days}\n" in text for days, text in found)
    assert len(list((workspace.runs / "variants" / "tiny").glob("my-variant*.toml"))) == 8


def a_job(runs, **more):
    out = runs / "quick" / "tiny-001"
    given = {
        "id": "x",
        "kind": "run",
        "is_quick": True,
        "scenario": "tiny",
        "title": "The baseline",
        "args": ("run", "tiny", "--out", str(out)),
        "out": str(out),
        "name": "quick/tiny-001",
        "created": datetime.now(UTC),
    }
    return Job(**given | more)


def test_a_quick_look_says_that_kernels_are_compiled(tmp_path):
    warm = Cold()
    queue = Queue(JobStore(tmp_path / "jobs"), lambda _: False, minutes=1, prewarmed=warm)
    job = a_job(tmp_path)
    assert queue.step(job) == Progress("starting")
    warm.kernels = (32, 128)
    words = "preparing kernels (first run only): 32 of 128 compiled"
    assert queue.step(job) == Progress(words, 25)
    assert queue.step(a_job(tmp_path, is_quick=False)) == Progress("starting")
    queue.store.log(job).write_text("simulating 40 % 3 s left\n", encoding="utf-8")
    assert queue.step(job) == Progress("simulating", 40, "3 s left")
    queue.close()


def test_a_failure_is_reported_in_the_words_of_the_page(tmp_path):
    job = a_job(tmp_path, state="failed", said="1 mistake:\n  --scale: found 9, expected less")
    with served(Workspace(tmp_path)) as desk:
        store = JobStore(tmp_path / OWN / "jobs")
        store.write(job)
    with served(Workspace(tmp_path)) as desk:
        assert "“people per simulated person”: found 9" in desk.get("/jobs/x").text


def test_results_are_named_by_change_date_and_number(tmp_path):
    home = tmp_path / "runs"
    for name, changes in {
        "a-001": {"runs": 2},
        "a-002": {"runs": 20, "seed": 7},
        "quick/b-001": {"variants": ("wider-pass",), "runs": 1, "scale": 100},
    }.items():
        (home / name).mkdir(parents=True)
        (home / name / "run.json").write_text(info(**changes).model_dump_json(), encoding="utf-8")
    with served(Workspace(home)) as desk:
        page = desk.get("/").text
    title = info().title
    links = re.findall(r'<a href="/results/[^"]+">(.*?)</a>', page)
    assert sorted(links) == [
        f"<bdi>{title}</bdi>: The baseline, 1 – 12 Mar 2030, 2 runs",
        f"<bdi>{title}</bdi>: The baseline, 1 – 12 Mar 2030, 20 runs",
        f"<bdi>{title}</bdi>: wider-pass, 1 – 12 Mar 2030, 1 run",
    ]
    assert "seed 7; finished 1 Jan 2030 00:00:00 UTC, in a-002" in page


def test_jobs_are_named_by_their_request(tmp_path):
    class Nothing:
        store = JobStore(tmp_path / "jobs")
        taken = staticmethod(set)

    workspace = Workspace(tmp_path)
    loaded, builder = read(workspace, "tiny"), JobBuilder(workspace, Nothing())
    fields = [("set:patience_days", "26"), ("end", "2030-03-03"), ("runs", "3"), ("seed", "4")]
    changed = builder.changed(loaded, DraftVariant.of_form("tiny", fields))
    job = builder.job(changed, "my-variant.toml", is_quick=True)
    assert job.title == "Patience days = 26, to 3 Mar 2030, 3 runs, seed 4"
    assert job.args[job.args.index("--runs") + 1] == "3"  # the typed number, not the default of two


def test_a_page_too_many_for_the_cache_is_still_returned(monkeypatch):
    monkeypatch.setattr(page_cache, "KEPT", 0)
    assert page_cache.PageCache().get(("a",), lambda: "page") == "page"


def test_a_page_that_cannot_be_drawn_is_tried_again():
    pages, tries = page_cache.PageCache(), []

    def fail():
        tries.append(1)
        raise InputError()

    for _ in range(2):
        with pytest.raises(InputError):
            pages.get(("a",), fail)
    assert len(tries) == 2
    assert pages._pages == {}


def test_evidence_leads_back_to_its_folder_and_not_to_its_id(tmp_path):
    import shutil

    from emigre.scenario.library import find_folder

    home = tmp_path / "sud1"
    shutil.copytree(find_folder("tiny"), home)  # whose id is "tiny"
    with served(Workspace(tmp_path / "runs", {"sud1": home})) as desk:
        assert 'href="/scenarios/sud1">sud1</a>' in desk.get("/scenarios/sud1/evidence").text


def test_the_same_command_on_edited_files_is_another_job(tmp_path):
    queue = Queue(JobStore(tmp_path / "jobs"), lambda _: False, minutes=1, prewarmed=Cold())
    queue._closing = True  # nothing is started
    first = queue.add(a_job(tmp_path, base="before"))
    assert queue.add(a_job(tmp_path, id="y", base="before")) == first
    assert queue.add(a_job(tmp_path, id="z", base="after")).id == "z"
    queue.close()
