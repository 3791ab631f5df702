"""Every error is reported in plain text, with its exit code and a remedy."""

import errno
import os

import polars as pl
import pytest
import typer

from emigre.cli.app import drawing, plain_errors
from emigre.errors import BooksError, InputError, Mistake, ResultsError, warning_lines

FULL = pl.exceptions.ComputeError("No space left on device (os error 28)")
CASES = {
    "one mistake": (
        InputError(Mistake("legs.csv", '"x"', "a number", line=3, column="km")),
        2,
        'legs.csv:3 column km: found "x", expected a number\n1 mistake.\n',
    ),
    "two mistakes": (InputError(*[Mistake("a", "b", "c")] * 2), 2, "2 mistakes.\n"),
    "results": (ResultsError("runs/x is no complete run"), 1, "runs/x is no complete run\n"),
    "marks that steer a terminal": (ResultsError("\x1b[31mred"), 1, "\\x1b[31mred\n"),
    "lines stay lines": (ResultsError("one\ntwo"), 1, "one\ntwo\n"),
    "books": (BooksError("1 person too many"), 1, "1 person too many\n"),
    "a full disk": (
        OSError(errno.ENOSPC, "No space left on device", "out/daily.parquet"),
        1,
        "out/daily.parquet: No space left on device (free some disk space; finished runs are kept, "
        "rerun the same command to resume)\n",
    ),
    "a full disk, as a library says it": (
        FULL,
        1,
        "a file: No space left on device (free some disk space",
    ),
    "no rights": (
        PermissionError(errno.EACCES, "Permission denied", "out"),
        1,
        "out: Permission denied (choose a writable folder)\n",
    ),
    "a file above a folder": (
        FileExistsError(errno.EEXIST, "File exists", "notes.txt"),
        1,
        "notes.txt: File exists (a file is in the place of a folder)\n",
    ),
    "another error of the system": (OSError(errno.EIO, "Input/output error", "x"), 1, "x: Input"),
    "memory": (MemoryError(), 1, "Not enough memory: simulate more people per party (--scale"),
    "Ctrl-C": (KeyboardInterrupt(), 130, "Interrupted; finished runs are kept, rerun the same"),
}


@pytest.mark.parametrize("case", CASES)
def test_errors_are_reported_with_their_code(case, capsys):
    error, code, said = CASES[case]
    with pytest.raises(typer.Exit) as left, plain_errors(resumable=True):
        raise error
    assert left.value.exit_code == code
    out, err = capsys.readouterr()
    assert said in err
    assert not out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_that_cannot_be_read_needs_other_permissions(capsys, tmp_path, monkeypatch):
    locked = tmp_path / "scenario.toml"
    locked.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path != locked)
    with pytest.raises(typer.Exit), plain_errors():
        raise PermissionError(errno.EACCES, "Permission denied", str(locked))
    assert "Permission denied (check its permissions)" in capsys.readouterr().err


def test_a_command_that_cannot_resume_promises_nothing(capsys):
    with pytest.raises(typer.Exit), plain_errors():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_defect_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), plain_errors():
        raise ZeroDivisionError


def test_results_without_their_page_are_complete_and_a_remedy_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"is complete, but .*emigre report"), drawing(tmp_path):
        raise FULL
    with pytest.raises(ValueError, match="a defect"), drawing(tmp_path):
        raise ValueError("a defect")


def test_the_warnings_of_a_run_fit_on_a_screen():
    warnings = [Mistake("legs.csv", "60", "165 km or more", line=i) for i in range(2, 32)]
    lines = warning_lines(warnings, 20).splitlines()
    assert lines[0].startswith("30 warnings")
    assert lines[20] == "  legs.csv:21: found 60, expected 165 km or more"
    assert lines[21:] == ["  and 10 more: emigre check lists those of a scenario"]
    assert len(warning_lines(warnings).splitlines()) == 31
