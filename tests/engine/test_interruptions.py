"""Killed at any moment and restarted: the same bits, no work repeated or lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import emigre
from faults.kills import parts
from observed import call

pytestmark = pytest.mark.slow  # whole runs in processes of their own

COMMAND = (
    *("run", "tiny", "--end", "2030-03-31", "--runs", "12", "--seed", "5"),
    *("--by", "document", "--quiet", "--no-chart"),
)
FILES = ("daily.parquet", "summary.parquet", "groups.parquet", "scores.csv")


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "emigre", *COMMAND, "--workers", "2", "--out", "r", *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, text=True, **pipes)


def kill_when(process: subprocess.Popen[str], draft: Path, least: int) -> None:
    """End the process without warning once so many parts are there (or let it finish)."""
    while process.poll() is None:
        if len(parts(draft)) >= least:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.002)
    process.communicate()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    process = start(folder)
    assert process.wait() == 0, process.communicate()
    process.communicate()
    return folder / "r"


@pytest.mark.campaign
@pytest.mark.parametrize("more", [(), ("--threads",)])
def test_killed_again_and_again_it_ends_with_the_same_bits(tmp_path, whole, more) -> None:
    draft = tmp_path / "r.partial"
    for least in (0, 3, 7, 12):
        kept = parts(draft)
        kill_when(start(tmp_path, *more), draft, least)
        if (tmp_path / "r").exists() or (draft / "run.json").exists():
            break  # all is written: the parts are on their way out
        assert kept.items() <= parts(draft).items()  # what was finished is not simulated again
    process = start(tmp_path, *more)
    _, error = process.communicate()
    if process.returncode:  # it was done before it could be killed
        assert "already holds a run" in error
    for name in FILES:
        assert (tmp_path / "r" / name).read_bytes() == (whole / name).read_bytes(), name
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r"]
    assert not (tmp_path / "r" / "parts").exists()
    assert emigre.read(tmp_path / "r").info.runs == 12


def test_a_second_process_gets_a_message_to_wait(tmp_path, monkeypatch) -> None:
    first = start(tmp_path, "--threads")
    while not (tmp_path / "r.partial" / "parts").exists() and first.poll() is None:
        time.sleep(0.01)
    monkeypatch.chdir(tmp_path)
    second = call(*COMMAND, "--out", "r")
    first.communicate()
    assert second.exit_code == 1
    assert "in use by another process" in second.stderr or "already holds a run" in second.stderr
    assert first.returncode == 0


@pytest.mark.campaign
def test_a_killed_comparison_resumes(tmp_path) -> None:
    command = [sys.executable, "-m", "emigre", "compare", "tiny", "--variant", "wider-pass"]
    command += ["--end", "2030-03-31", "--runs", "4", "--no-chart", "--quiet", "--out"]
    files = ("effects.parquet", "totals.csv", "wider-pass/daily.parquet", "baseline/scores.csv")
    assert subprocess.run([*command, "whole"], cwd=tmp_path, check=False).returncode == 0
    killed = subprocess.Popen([*command, "cut"], cwd=tmp_path)
    while killed.poll() is None:
        if parts(tmp_path / "cut.partial"):
            killed.kill()
        time.sleep(0.002)
    killed.wait()
    subprocess.run([*command, "cut"], cwd=tmp_path, check=False)
    for name in files:
        same = (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
        assert same, name
