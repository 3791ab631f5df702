"""No path leads out of the workspace folders; saved variants are never overwritten."""

from zipfile import ZipFile

import pytest

from emigre.errors import InputError
from emigre.web.labels import Label
from emigre.web.workspace import OWN, Workspace, file_stem, inside

OUT = [
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "",
    ".",
    ".desk/jobs",
    "a/.hidden",
    "a\\..\\b",
    "a\0b",
    "link",
    "link/deeper",
]


@pytest.fixture
def workspace(tmp_path):
    home = tmp_path / "runs"
    for folder in (home / "a", tmp_path / "secret" / "deeper"):
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}", encoding="utf-8")
        (folder / "x.csv").write_text("a\n1\n", encoding="utf-8")
    (home / "link").symlink_to(tmp_path / "secret")
    (home / "a" / "out.csv").symlink_to(tmp_path / "secret" / "deeper" / "x.csv")
    (home / "a" / "key.pem").write_text("x", encoding="utf-8")
    return Workspace(home)


@pytest.mark.parametrize("name", OUT, ids=repr)
def test_nothing_outside_is_reached(workspace, name):
    assert inside(workspace.runs, name) is None
    assert workspace.folder(name) is None
    assert workspace.file("a", name) is None


def test_objects_inside_are_reached(workspace):
    assert workspace.folder("a") == (workspace.runs / "a").resolve()
    assert workspace.file("a", "x.csv") is not None


def test_links_and_other_files_are_not_given(workspace):
    assert workspace.file("a", "out.csv") is None
    assert workspace.file("a", "key.pem") is None
    assert list(workspace.files("a")) == ["run.json", "x.csv"]


def test_a_kept_variant_is_never_overwritten(workspace):
    def keep(name, text, taken=()):
        return workspace.write_variant(workspace.variant_path("tiny", name, text, taken), text)

    first = keep("mine", 'title = "One"\n')
    assert keep("mine", 'title = "One"\n') == first
    second = keep("mine", 'title = "Two"\n')
    assert second.name == "mine-2.toml"
    assert first.read_text(encoding="utf-8") == 'title = "One"\n'
    assert set(workspace.variants("tiny")) == {"mine", "mine-2"}
    assert keep("ships", "x", {"ships": 1}).name == "ships-2.toml"
    assert keep("Baseline", "x").name == "Baseline-2.toml"


def test_names_that_are_one_file_or_none_on_some_systems_get_a_number(workspace):
    def keep(name, text):
        return workspace.write_variant(
            workspace.variant_path("tiny", name, text, {"Ships": 1}), text
        )

    first = keep("mine", "one")
    assert keep("MINE", "one") == first
    assert keep("Mine", "two").name == "Mine-2.toml"
    assert keep("SHIPS", "x").name == "SHIPS-2.toml"
    assert [keep(name, "x").stem for name in ("CON", "nul", "com1")] == ["CON-2", "nul-2", "com1-2"]
    assert keep("console", "x").stem == "console"


@pytest.mark.parametrize("name", ["", "..", "/", "---", "!?", " ", "\u064f"])
def test_names_that_are_none_are_refused(name):
    with pytest.raises(InputError, match=r"name: found .*, expected a name with a letter"):
        file_stem(name)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Mein Fall 1", "Mein-Fall-1"),
        ("Größe: 5 %", "Größe-5"),
        ("Мій варіант", "Мій-варіант"),
        ("حدود مُغلقة", "حدود-مغلقة"),
        ("边" * 60, "边" * 30),
        ("../x", "x"),
        (".x.toml", "x-toml"),
        ("x" * 61, "x" * 60),
        ("a_b-c", "a_b-c"),
        ("дом 2", "дом-2"),
    ],
)
def test_any_name_becomes_that_of_a_file(name, stem):
    assert file_stem(name) == stem


def test_the_key_of_forms_outlives_the_desk_and_is_for_nobody_else(workspace):
    key = workspace.key()
    path = workspace.runs / OWN / "key"
    assert len(key) == 24
    assert path.stat().st_mode & 0o077 == 0
    assert Workspace(workspace.runs).key() == key
    path.write_text("short", encoding="utf-8")
    assert workspace.key() not in (key, "short")
    assert workspace.file("a", "../.desk/key") is None


def test_folders_are_numbered_and_drafts_count(workspace):
    (workspace.runs / "tiny-001").mkdir()
    (workspace.runs / "tiny-002.partial").mkdir()
    taken = {str(workspace.runs / "tiny-003")}
    assert workspace.free_folder("tiny", taken).name == "tiny-004"


def test_a_name_and_a_note_are_kept_and_taken_away(workspace):
    workspace.labels.set("a", Label("With the ban", "for Tuesday"))
    assert Workspace(workspace.runs).labels.all() == {"a": Label("With the ban", "for Tuesday")}
    workspace.labels.set("a", Label())
    assert workspace.labels.all() == {}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"title": "x"}}', "\0"])
def test_damaged_labels_are_none(workspace, text):
    workspace.labels.path.parent.mkdir(parents=True, exist_ok=True)
    workspace.labels.path.write_text(text, encoding="utf-8")
    assert workspace.labels.all() == {}


def test_a_label_has_an_end():
    with pytest.raises(InputError, match="at most 120 letters"):
        Label.of({"title": "x" * 121})
    assert Label.of({"title": " a \n b ", "key": "…"}) == Label("a b", "")


def test_an_archive_holds_the_files_that_may_be_downloaded(workspace, tmp_path):
    workspace.zip("a", tmp_path / "a.zip")
    assert sorted(ZipFile(tmp_path / "a.zip").namelist()) == ["a/run.json", "a/x.csv"]


def test_a_deleted_folder_is_gone_with_its_label(workspace, tmp_path):
    workspace.labels.set("a", Label("x"))
    workspace.delete("a")
    assert workspace.folder("a") is None
    assert workspace.labels.all() == {}
    assert not list((workspace.runs / OWN).glob("deleted-*"))
    assert (tmp_path / "secret" / "deeper" / "x.csv").is_file()
