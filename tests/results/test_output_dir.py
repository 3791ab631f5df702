"""A folder of results appears completely or not at all, and interruptions lose nothing."""

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import polars as pl
import pytest

from emigre.errors import InputError, ResultsError
from emigre.results import csv_files, output_dir
from emigre.results.output_dir import Work, drafting, numbered, partial, publish
from emigre.scenario.writer import write_folder

RUN = Work("run.json", "run", "key of this work", "tiny, seed 1")
OTHER = Work("run.json", "run", "key of other work", "tiny, seed 2")


def make(out, work=RUN, *, text="{}", force=False):
    with drafting(out, work, force=force) as draft:
        (draft.folder / "daily.parquet").write_bytes(b"")
        return publish(draft, text)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def cut_off(out, work=RUN, *, done=True, error=KeyboardInterrupt, force=False):
    def half():
        with drafting(out, work, force=force) as draft:
            if done:
                (draft.folder / "run-000000.parquet").write_bytes(b"whole")
            raise error

    with pytest.raises(error):
        half()


def test_the_folder_appears_only_when_it_is_complete(tmp_path):
    out = tmp_path / "deep" / "run"
    with drafting(out, RUN) as draft:
        assert not out.exists()
        assert not (draft.folder / "run.json").exists()
        publish(draft, "{}")
    assert names(out.parent) == ["run"]
    assert names(out) == ["run.json"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_finished_work_is_kept_for_the_next_attempt(tmp_path, error):
    cut_off(tmp_path / "run", error=error)
    assert names(tmp_path) == ["run.partial"]
    with drafting(tmp_path / "run", RUN) as draft:
        assert (draft.folder / "run-000000.parquet").read_bytes() == b"whole"
        publish(draft, "{}")
    assert names(tmp_path) == ["run"]


def test_where_nothing_is_done_nothing_stays(tmp_path):
    cut_off(tmp_path / "run", done=False)
    assert names(tmp_path) == []


def test_a_draft_of_other_work_is_kept_unless_forced(tmp_path):
    cut_off(tmp_path / "run")
    with pytest.raises(ResultsError, match="interrupted, different run"):
        make(tmp_path / "run", OTHER)
    assert (partial(tmp_path / "run") / "run-000000.parquet").exists()
    make(tmp_path / "run", OTHER, force=True)
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["daily.parquet", "run.json"]


def test_a_draft_in_use_is_refused(tmp_path):
    with (
        drafting(tmp_path / "run", RUN),
        pytest.raises(ResultsError, match="in use by another process"),
        drafting(tmp_path / "run", RUN, force=True),
    ):
        pass


def test_numbers_skip_taken_folders_and_resume_interrupted_ones(tmp_path):
    assert numbered(tmp_path, "tiny", RUN).name == "tiny-001"
    make(tmp_path / "tiny-001")
    cut_off(tmp_path / "tiny-002", OTHER)
    assert numbered(tmp_path, "tiny", RUN).name == "tiny-003"
    assert numbered(tmp_path, "tiny", OTHER).name == "tiny-002"
    with drafting(tmp_path / "tiny-002", OTHER):
        assert numbered(tmp_path, "tiny", OTHER).name == "tiny-003"


def test_a_result_is_replaced_only_by_force(tmp_path):
    make(tmp_path / "run", text="1")
    with pytest.raises(ResultsError, match="already holds a run"):
        make(tmp_path / "run", text="2")
    assert (tmp_path / "run" / "run.json").read_text() == "1"
    make(tmp_path / "run", text="3", force=True)
    assert (tmp_path / "run" / "run.json").read_text() == "3"
    assert names(tmp_path) == ["run"]


def test_other_peoples_files_are_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ResultsError, match="not a run"):
        make(tmp_path, force=True)
    file = tmp_path / "thesis.txt"
    with pytest.raises(ResultsError, match="is a file"):
        make(file, force=True)
    assert file.read_text() == "years of work"


def test_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "run").mkdir()
    assert make(tmp_path / "run") == tmp_path / "run"


@pytest.mark.parametrize(("name", "is_refused"), [("a.txt", True), ("a.CSV", False), ("a", False)])
def test_a_file_does_not_get_the_ending_of_another_format(tmp_path, name, is_refused):
    refused = pytest.raises(InputError, match=r"found \.txt, expected a name that ends with \.csv")
    with refused if is_refused else nullcontext():
        output_dir.refuse_taken_file(tmp_path / name, ending=".csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_no_force_replaces_a_device_or_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResultsError, match="pipe is a device or a pipe"):
        output_dir.refuse_taken_file(tmp_path / "pipe", force=True)


@pytest.mark.parametrize(
    ("mark", "table", "is_refused"),
    [
        ("run.json", "scores", True),
        ("run.json", "skill", False),
        ("hindcast.json", "skill", True),
        ("scenario.toml", "departures", True),
        ("scenario.toml", "departed", True),  # a scenario reads every table of its folder
        ("notes.txt", "scores", False),
    ],
)
def test_no_force_replaces_a_table_of_a_folder(tmp_path, mark, table, is_refused):
    (tmp_path / mark).touch()
    with pytest.raises(ResultsError, match="a table of") if is_refused else nullcontext():
        output_dir.refuse_taken_file(tmp_path / f"{table}.csv", force=True, ending=".csv")


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("before", "utf-8")
    monkeypatch.setattr(output_dir.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "")))
    with pytest.raises(OSError, match=r"a\.csv"):
        output_dir.write_whole(tmp_path / "a.csv", "after")
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text("utf-8") == "before"


def test_a_draft_is_synced_before_its_mark(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync

    def note(number):
        names_of = {path.stat().st_ino: path.name for path in tmp_path.rglob("*")}
        synced.append(names_of[os.fstat(number).st_ino].split(".")[0])
        fsync(number)

    monkeypatch.setattr(os, "fsync", note)
    with drafting(tmp_path / "run", RUN) as draft:
        output_dir.write_whole(draft.folder / "daily.csv", "1\n")
        assert not synced
        output_dir.publish(draft, "{}\n")
    assert sorted(synced[:-1]) == ["daily", "plan"]
    assert synced[-1] == "run"


@pytest.mark.parametrize("name", ["daily.parquet", "parts/run-000001.parquet"])
def test_work_ends_when_its_draft_is_deleted(tmp_path, name):
    with drafting(tmp_path / "run", RUN) as draft:
        shutil.rmtree(draft.folder)
        with pytest.raises(ResultsError, match=r"run\.partial was deleted while it was written"):
            output_dir.write_whole(draft.folder / name, "")
    assert names(tmp_path) == []


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    texts = [str(n) * 1000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: output_dir.write_whole(tmp_path / "a", text), texts))
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text("utf-8") in texts


def test_remains_of_a_killed_writer_are_not_published(tmp_path):
    with drafting(tmp_path / "r", RUN) as draft:
        (draft.folder / "daily.parquet.7-7.draft").write_bytes(b"half")
        publish(draft, "{}")
    assert names(tmp_path / "r") == ["run.json"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_one_and_the_folder_that_it_names_is_written(tmp_path, is_there):
    kept, link = tmp_path / "kept", tmp_path / "link"
    if is_there:
        kept.mkdir()
    link.symlink_to("kept")
    make(link)
    make(link, OTHER, text='{"again": 1}', force=True)
    assert names(tmp_path) == ["kept", "link"]
    assert link.is_symlink()
    assert (kept / "run.json").read_text("utf-8") == '{"again": 1}'


def test_results_are_not_written_into_others(tmp_path):
    out = make(tmp_path / "run")
    make(out / "inner")  # any folder may have a run.json
    (out / output_dir.PURPOSE).write_text("For preparedness.", "utf-8")
    for inside in (out / "other", out / "deep" / "other"):
        with pytest.raises(ResultsError, match="lies inside the results"):
            make(inside)
    assert not (out / "deep").exists()


def test_a_new_folder_goes_again_if_its_content_fails(tmp_path):
    (tmp_path / "kept").mkdir()
    for inside in ("kept", "kept/a", "new/b"):
        with pytest.raises(OSError, match="full"), output_dir.making(tmp_path / inside):
            raise OSError("full")
    assert names(tmp_path) == ["kept"]
    assert names(tmp_path / "kept") == []


def test_work_that_fails_leaves_no_empty_folders(tmp_path):
    (tmp_path / "kept").mkdir()
    for out in ("kept/run", "new/deep/run"):
        cut_off(tmp_path / out, done=False)
    assert names(tmp_path) == ["kept"]
    assert names(tmp_path / "kept") == []
    cut_off(tmp_path / "new" / "run")
    assert names(tmp_path / "new") == ["run.partial"]


def test_an_error_names_the_file_and_not_its_draft(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "no space", "a draft")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(Path, "write_bytes", full)
    for write, name in (
        (lambda path: output_dir.write_whole(path, "x"), "out.csv"),
        (lambda path: csv_files.write(pl.DataFrame({"a": [1]}), path), "out.csv"),
        (lambda path: write_folder(path, {"places.csv": "x"}), "mine"),
    ):
        with pytest.raises(OSError, match="No space") as caught:
            write(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)
    assert names(tmp_path) == []
