"""No path leads out of the chosen folders; kept variants are never overwritten."""

from __future__ import annotations

import pytest

from emigre.desk.shelf import Shelf, inside
from emigre.errors import InputError

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
def shelf(tmp_path):
    home = tmp_path / "runs"
    for folder in (home / "a", tmp_path / "secret" / "deeper"):
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}", encoding="utf-8")
        (folder / "x.csv").write_text("a\n1\n", encoding="utf-8")
    (home / "link").symlink_to(tmp_path / "secret")
    (home / "a" / "out.csv").symlink_to(tmp_path / "secret" / "deeper" / "x.csv")
    (home / "a" / "key.pem").write_text("x", encoding="utf-8")
    return Shelf(home)


@pytest.mark.parametrize("name", OUT, ids=repr)
def test_nothing_outside_is_reached(shelf, name):
    assert inside(shelf.runs, name) is None
    assert shelf.folder(name) is None
    assert shelf.file("a", name) is None


def test_what_is_inside_is_reached(shelf):
    assert shelf.folder("a") == (shelf.runs / "a").resolve()
    assert shelf.file("a", "x.csv") is not None


def test_links_and_other_files_are_not_given(shelf):
    assert shelf.file("a", "out.csv") is None
    assert shelf.file("a", "key.pem") is None
    assert [name for name, _ in shelf.files("a")] == ["run.json", "x.csv"]


def test_a_kept_variant_is_never_overwritten(shelf):
    first = shelf.keep("tiny", "mine", 'title = "One"\n')
    assert shelf.keep("tiny", "mine", 'title = "One"\n') == first
    second = shelf.keep("tiny", "mine", 'title = "Two"\n')
    assert second.name == "mine-2.toml"
    assert first.read_text(encoding="utf-8") == 'title = "One"\n'
    assert set(shelf.variants("tiny")) == {"mine", "mine-2"}


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a.b", ".x", "-x", "x" * 61, "å"])
def test_names_that_are_none_are_refused(shelf, name):
    with pytest.raises(InputError):
        shelf.keep("tiny", name, "x")


def test_folders_are_numbered_and_drafts_count(shelf):
    (shelf.runs / "tiny-001").mkdir()
    (shelf.runs / "tiny-002.partial").mkdir()
    taken = {str(shelf.runs / "tiny-003")}
    assert shelf.free("tiny", taken).name == "tiny-004"
