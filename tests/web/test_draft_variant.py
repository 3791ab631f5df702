"""The state of the page: address, patch, file, and messages of mistakes."""

import shutil
from urllib.parse import parse_qsl

import pytest

from emigre.errors import InputError
from emigre.scenario.library import find_folder
from emigre.scenario.loader import load
from emigre.scenario.parameter_draws import check_draws, draws_of
from emigre.scenario.patch import read_patch
from emigre.web import scenario_cache
from emigre.web.draft_variant import DraftVariant, field_of, text_of
from emigre.web.editor import Editor
from emigre.web.job_builder import JobBuilder
from emigre.web.jobs import JobStore
from emigre.web.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


@pytest.fixture
def loaded(workspace):
    return scenario_cache.read(workspace, "tiny")


UNDONE = "on=rules.nordal_closes"
STATES = [
    "off=rules.nordal_closes",
    "set=base_leaving_per_day%3D0.0002&set=rules.pass_second_lane.value%3D450",
    "variant=wider-pass&off=pressures.prices&start=2030-03-02&runs=3&name=wide",
    f"variant=nordal-stays-open&{UNDONE}",
    "set=rules.nordal_closes.effective_from%3D2030-04-12T18%3A00%2B01%3A00",
    "off=rules.nordal_closes&as-of=2030-03-20&draws=none&name=known",
]


def patched(loaded, workspace, query):
    draft = DraftVariant.read("tiny", parse_qsl(query))
    return draft, draft.patch(loaded.patch(workspace, draft.variant), loaded.base)


@pytest.mark.parametrize("query", STATES)
def test_the_address_gives_the_same_again(query):
    draft = DraftVariant.read("tiny", parse_qsl(query))
    assert DraftVariant.read("tiny", parse_qsl(draft.query())) == draft


@pytest.mark.parametrize("query", [q for q in STATES if not q.endswith(UNDONE)])
def test_the_kept_file_is_the_same_scenario(loaded, workspace, tmp_path, query):
    draft, patch = patched(loaded, workspace, query)
    path = tmp_path / "mine.toml"
    path.write_text(text_of(patch), encoding="utf-8")
    again = read_patch(path, path.name)
    days = {k: draft.how[k] for k in ("start", "end") if k in draft.how}
    as_file = load("tiny", variants=[path], as_of=draft.how.get("as-of"), **days)
    assert as_file.hash == draft.load(loaded.reader, patch).hash
    assert again.title == patch.title


def test_a_variant_with_its_only_change_undone_is_the_baseline(loaded, workspace):
    draft, patch = patched(loaded, workspace, f"variant=nordal-stays-open&{UNDONE}")
    assert patch is None
    assert draft.load(loaded.reader, patch).hash == loaded.base.hash


def test_rows_that_a_variant_adds_can_be_changed_and_left_out(workspace):
    loaded = scenario_cache.read(workspace, "russia-2022")
    start = loaded.patch(workspace, "georgia-closes")
    key = "rules.whatif_georgia_closes"
    draft = DraftVariant("russia-2022", "georgia-closes", sets={f"{key}.value": "0.5"})
    changed = draft.patch(start, loaded.base)
    assert changed.add["rules"][0]["value"] == "0.5"
    assert start.add["rules"][0]["value"] == 0
    without = DraftVariant("russia-2022", "georgia-closes", {f"{key}.value": "0.5"}, off=(key,))
    assert without.patch(start, loaded.base) is None
    editor = Editor(loaded.texts, loaded.base, start, without)
    (row,) = [r for g in editor.rules() for r in g.rows if r.key == key]
    assert not row.is_on
    assert row.started_on
    assert [e.value for e in row.entries if e.name.endswith(".value")] == ["0.5"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("set=patience_days%3Dlong", "set:patience_days", 'found "long", expected a number'),
        ("set=patience_days%3D-1", "set:patience_days", "expected a number from 1 to 3650"),
        (
            "set=rules.nordal_closes.effective_from%3Dspring",
            "set:rules.nordal_closes.effective_from",
            'found "spring"',
        ),
        ("start=2030-13-01", "start", 'start: found "2030-13-01"'),
        ("end=2040-01-01", "end", "expected a date within the scenario"),
        ("as-of=tomorrow", "as-of", 'as_of: found "tomorrow"'),
        ("as-of=2030-02-28", "as-of", "expected a date on or after the start of the scenario"),
        ("draws=/etc/passwd", "draws", 'found "/etc/passwd", expected none, or nothing'),
        ("runs=0", "runs", "expected a whole number from 1 to 1000"),
        ("runs=9999999999999999999", "runs", "expected a whole number"),
        ("set=no_such_parameter%3D1", "set:no_such_parameter", "expected a parameter"),
        ("off=rules.nobody", "", 'found "nobody", expected the id of a row of rules.csv'),
    ],
)
def test_a_mistake_is_shown_next_to_its_field(loaded, workspace, query, field, words):
    draft, patch = patched(loaded, workspace, query)
    with pytest.raises(InputError) as caught:
        draft.load(loaded.reader, patch)
    found = caught.value.mistakes
    assert [field_of(m) for m in found] == [field]
    assert words in str(found[0])


def test_words_are_those_of_check(loaded, workspace, tmp_path):
    _, patch = patched(loaded, workspace, "set=patience_days%3D-1")
    path = tmp_path / "variant.toml"
    path.write_text(text_of(patch), encoding="utf-8")
    with pytest.raises(InputError) as on_page:
        load("tiny", variants=[patch])
    with pytest.raises(InputError) as in_file:
        load("tiny", variants=[path])
    ours, theirs = (str(e.value.mistakes[0]).partition("key ")[2] for e in (on_page, in_file))
    assert ours == theirs


@pytest.mark.parametrize("day", ["tomorrow", "2030-2-1", "2030-02-28", "1066-10-14"])
def test_a_wrong_day_is_refused_in_the_words_of_the_commands(loaded, day):
    with pytest.raises(InputError) as on_page:
        DraftVariant("tiny", how={"as-of": day}).load(loaded.reader, None)
    with pytest.raises(InputError) as in_shell:
        load("tiny", as_of=day)
    assert on_page.value.mistakes == in_shell.value.mistakes


def fitted(tmp_path, rows):
    """A workspace with a copy of the small world that holds a posterior."""
    home = tmp_path / "fitted"
    shutil.copytree(find_folder("tiny"), home)
    (home / "posterior.csv").write_text(rows, encoding="utf-8")
    return Workspace(tmp_path / "runs", {"fitted": home})


def test_draws_are_counted_checked_and_can_be_left(tmp_path):
    workspace = fitted(tmp_path, "run,patience_days\n0,30\n1,40\n2,50\n")
    loaded = scenario_cache.read(workspace, "fitted")
    assert loaded.drawn == "3 draws from posterior.csv of tiny"
    assert DraftVariant("fitted").load(loaded.reader, None).hash == loaded.base.hash
    workspace = fitted(tmp_path / "wrong", "run,patience_days\n0,30\n1,-4\n")
    loaded = scenario_cache.read(workspace, "fitted")
    assert loaded.drawn == ""
    with pytest.raises(InputError) as on_page:
        DraftVariant("fitted").load(loaded.reader, None)
    with pytest.raises(InputError) as in_shell:
        check_draws(draws_of(loaded.base), loaded.base)
    assert on_page.value.mistakes == in_shell.value.mistakes
    assert (
        DraftVariant("fitted", how={"draws": "none"}).load(loaded.reader, None).hash
        == loaded.base.hash
    )


def test_rows_left_out_as_of_a_day_are_listed(loaded, workspace):
    draft, patch = patched(loaded, workspace, "off=rules.pass_second_lane&as-of=2030-03-20")
    known = draft.load(loaded.reader, patch)
    base, said = loaded.base.tables, scenario_cache.left_out(loaded.base, patch, known)
    later = base["rules"].height - 1 - known.tables["rules"].height
    assert later > 0
    assert f"{later} rules" in said
    editor = Editor(loaded.texts, loaded.base, None, draft, {}, known)
    rows = [row for group in editor.rules() for row in group.rows]
    unknown = {row.key.removeprefix("rules.") for row in rows if not row.is_known}
    assert len(unknown) == later
    assert unknown.isdisjoint(known.tables["rules"]["id"])
    assert "nordal_closes" in unknown


@pytest.mark.parametrize("is_quick", [False, True])
def test_a_day_and_draws_are_in_the_command(loaded, workspace, is_quick):
    class Nothing:
        store = JobStore(workspace.runs / "jobs")
        taken = staticmethod(set)

    builder = JobBuilder(workspace, Nothing())
    fields = [("as-of", "2030-03-20"), ("draws", "none"), ("seed", "2")]
    changed = builder.changed(loaded, DraftVariant.of_form("tiny", fields))
    kind = "quick" if is_quick else "run"
    command = builder.commands(changed)[kind]
    if not is_quick:
        assert command == "emigre run tiny --as-of 2030-03-20 --seed 2 --draws none"
    job = builder.job(changed, "", is_quick=is_quick)
    assert job.command == f"{command} --out {job.out}"
    assert job.args.count("--draws") == 1
    assert job.args[job.args.index("--as-of") + 1] == "2030-03-20"
    assert job.query == "as-of=2030-03-20&seed=2&draws=none"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("as-of=2022-09-21", "2022-09-06"),
        ("variant=no-finnish-ban", "2022-09-08"),
        ("set=rules.fi_tourist_ban.effective_from%3D2022-10-15T00:00%2B03:00", None),
        ("set=patience_days%3D30", "2022-02-01"),
    ],
)
def test_a_quick_look_is_about_the_first_change(workspace, query, first):
    loaded = scenario_cache.read(workspace, "russia-2022")
    draft, patch = patched(loaded, workspace, query)
    window = loaded.window(patch, draft.how.get("as-of"))
    assert list(window) == ["start", "end"]
    assert first in (None, window["start"])
