"""Full disks, read-only folders, damaged files, clock changes, old folders."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import emigre
from emigre.errors import ResultsError
from emigre.results import output_dir
from emigre.results.shards import finished
from faults.kills import content
from observed import call

RUN = ("run", "tiny", "--runs", "3", "--end", "2030-03-15", "--threads", "--no-chart")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run folder."""
    out = tmp_path_factory.mktemp("whole") / "r"
    emigre.run(emigre.load("tiny", end="2030-03-15"), runs=3, workers=1, out=out)
    return out


def limited(most_bytes: int, *words: str, cwd: Path) -> tuple[int, str]:
    """Exit code and standard error of a command whose files may not grow above a size."""

    def limit() -> None:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = subprocess.run(
        [sys.executable, "-m", "emigre", *words],
        cwd=cwd, capture_output=True, text=True, check=False,
        preexec_fn=limit,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as POSIX does")
def test_a_full_disk_is_reported_and_the_run_resumes_with_space(tmp_path, whole, monkeypatch):
    code, error = limited(6_000, *RUN, "--quiet", "--out", "r", cwd=tmp_path)
    assert code == 1
    assert "Traceback" not in error
    assert "free some disk space" in error
    assert "rerun the same command to resume" in error
    assert not (tmp_path / "r").exists()
    monkeypatch.chdir(tmp_path)
    done = call(*RUN, "--quiet", "--out", "r")
    assert (done.exit_code, done.stderr) == (0, "")
    assert content(tmp_path / "r") == content(whole)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder that nobody may write to")
def test_a_read_only_folder_is_reported_before_any_work():
    done = call(*RUN, "--out", "/proc/emigre/r")
    assert done.exit_code == 1
    assert done.stderr.strip().splitlines()[-1].startswith("/proc/emigre/r cannot be written")


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """The scenario of a run that was interrupted before its tables were made."""

    def stop(*_, **__):
        raise KeyboardInterrupt

    scenario = emigre.load("tiny", end="2030-03-15")
    with monkeypatch.context() as patched:
        patched.setattr("emigre.results.shards.assemble", stop)
        with pytest.raises(KeyboardInterrupt):
            emigre.run(scenario, runs=3, workers=1, out=tmp_path / "r")
    return scenario


def test_a_part_cut_short_is_made_again(tmp_path, whole, stopped):
    parts = tmp_path / "r.partial" / "parts"
    assert finished(parts, 3) == [0, 1, 2]
    for name in ("run-000001.parquet", "marks-000002.npz"):
        path = parts / name
        path.write_bytes(path.read_bytes()[:-10])
    assert finished(parts, 3) == [0]
    emigre.run(stopped, runs=3, workers=1, out=tmp_path / "r")
    assert content(tmp_path / "r") == content(whole)


def test_clocks_that_jump_change_nothing(tmp_path, whole, stopped):
    for i, path in enumerate(sorted((tmp_path / "r.partial").rglob("*"))):
        when = 4_000_000_000 if i % 2 else 1
        os.utime(path, (when, when))
    done = emigre.run(stopped, runs=3, workers=1, out=tmp_path / "r")
    assert content(tmp_path / "r") == content(whole)
    path = done.folder / "run.json"
    told = json.loads(path.read_text())
    told["started"], told["finished"] = told["finished"], "1999-12-31T00:00:00Z"
    path.write_text(json.dumps(told))
    assert emigre.read(done.folder).info.runs == 3


def test_cut_off_between_the_mark_and_the_name_it_is_finished_at_once(tmp_path, monkeypatch):
    scenario, out = emigre.load("tiny", end="2030-03-15"), tmp_path / "r"

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(output_dir, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            emigre.run(scenario, runs=2, workers=1, out=out)
    assert (tmp_path / "r.partial" / "run.json").exists()
    when = (tmp_path / "r.partial" / "daily.parquet").stat().st_mtime_ns
    emigre.run(scenario, runs=2, workers=1, out=out)
    assert (out / "daily.parquet").stat().st_mtime_ns == when
    assert not (out / "parts").exists()
    with monkeypatch.context() as patched:
        patched.setattr(output_dir, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            emigre.run(scenario, runs=2, workers=1, out=tmp_path / "more")
    assert emigre.run(scenario, runs=3, workers=1, out=tmp_path / "more").info.runs == 3


@pytest.mark.parametrize("name", ["daily.parquet", "summary.parquet", "scores.csv", "run.json"])
def test_a_file_cut_short_is_named_and_no_command_has_a_traceback(tmp_path, whole, name):
    folder = Path(shutil.copytree(whole, tmp_path / "r"))
    path = folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for words in (("score",), ("claims",), ("report",), ("explain", "tiny")):
        done = call(*words, str(folder))
        if done.exit_code:
            assert done.exit_code in (1, 2)
            assert name in done.stderr, words
    results = emigre.read(folder) if name != "run.json" else None
    with pytest.raises(ResultsError, match=name):
        getattr(results, path.stem) if results else emigre.read(folder)


OLD = Path(__file__).parent / "first-version"
"""A run folder of the first version: no scenario in it, fewer columns, fewer keys."""


def test_a_run_folder_of_the_first_version_is_read(tmp_path):
    results = emigre.read(OLD)
    assert results.info.runs == 1
    assert results.info.as_of is None
    assert results.daily.height > 100
    assert results.summary.height > 100


@pytest.mark.parametrize(
    "words",
    [
        "score",
        "claims",
        "claim --measure passages --place * --value 3 --from 2030-03-01 --to 2030-03-05",
        "report",
        "export hxl --measure passages out.csv",
        "explain tiny --runs 1 --quiet",
    ],
    ids=lambda words: words.split()[0],
)
def test_commands_read_a_run_folder_of_the_first_version_or_say_why_not(
    tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(OLD, tmp_path / "old"))
    words = words.split()
    words.insert(2 if words[0] == "export" else 1, str(folder))
    done = call(*words)
    if done.exit_code:
        assert done.exit_code == 1
        told = ("older version of Emigre", "no observation can be compared with this run")
        assert any(words in done.stderr for words in told)
