"""Processes are interrupted and ended in the way of the system, here and on Windows."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk_visitor import PATIENCE, until

from emigre.web import subprocesses
from emigre.web.jobs import Job


@pytest.fixture
def windows(monkeypatch):
    """System calls of the Windows branch, as a list."""
    calls = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(signal, "CTRL_BREAK_EVENT", 1, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0x4000, raising=False)
    monkeypatch.setattr(os, "kill", lambda *call: calls.append(call))
    for name in ("killpg", "setpriority", "PRIO_PROCESS"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.delattr(signal, "SIGKILL", raising=False)
    return calls


def test_windows_gets_a_group_and_its_own_signals(windows, monkeypatch):
    assert subprocesses._process_group(is_low_priority=True) == {"creationflags": 0x4200}
    assert subprocesses._process_group(is_low_priority=False) == {"creationflags": 0x200}
    subprocesses.interrupt(4711)
    subprocesses.kill(4711)
    assert windows == [(4711, 1), (4711, signal.SIGTERM)]
    begun = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: begun.append((a, k)))
    subprocesses.start("emigre", ["list"], is_low_priority=True)
    assert begun == [(([sys.executable, "-m", "emigre", "list"],), {"creationflags": 0x4200})]
    assert subprocesses.quoted(["run", r"a b\c"]) == r'run "a b\c"'


def test_without_a_console_it_is_ended_at_once(windows, monkeypatch):
    def refuse(pid, number):
        windows.append((pid, number))
        raise OSError(6, "the handle is invalid")

    monkeypatch.setattr(os, "kill", refuse)
    subprocesses.interrupt(4711)
    assert windows == [(4711, 1), (4711, signal.SIGTERM)]


@pytest.mark.parametrize("pid", [0, 1, -1])
def test_no_group_but_ours_is_reached(pid, monkeypatch):
    monkeypatch.setattr(os, "killpg", None, raising=False)
    monkeypatch.setattr(os, "kill", None)
    subprocesses.interrupt(pid)
    subprocesses.kill(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interruption_reaches_all_that_a_command_started(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    (tmp_path / "waits.py").write_text(code, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    for how, code_of in ((subprocesses.interrupt, None), (subprocesses.kill, -signal.SIGKILL)):
        process = subprocesses.start(
            "waits", (), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
        )
        assert process.stdout.readline() == b"ready\n"
        how(process.pid)
        code = process.wait(PATIENCE)
        assert code == code_of or (code_of is None and code != 0)
        process.stdout.close()
        until(lambda process=process: not _is_a_group(process.pid))


def _is_a_group(number):
    try:
        os.killpg(number, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def test_an_ended_process_may_be_ended_again():
    process = subprocesses.start("this", (), stdout=subprocess.DEVNULL)
    process.wait(PATIENCE)
    subprocesses.interrupt(process.pid)
    subprocesses.kill(process.pid)
    assert subprocesses.command_of(process.pid) is None


@pytest.mark.parametrize("old", [".", "runs"])
def test_a_folder_of_runs_is_listed_under_any_name(old, tmp_path):
    out = Path(old) / "quick" / "a-001"
    variant = Path(old) / "variants" / "tiny" / "v.toml"
    args = ("compare", "tiny", "--variant", str(variant), "--seed", "1", "--out", str(out))
    job = Job(
        id="x",
        kind="compare",
        scenario="tiny",
        title="T",
        args=args,
        out=str(out),
        name="quick/a-001",
        created=datetime.now(UTC),
    )
    new = job.below(tmp_path)
    assert new.out == str(tmp_path / "quick" / "a-001")
    assert new.args[:2] == ("compare", "tiny")
    assert new.args[3] == str(tmp_path / "variants" / "tiny" / "v.toml")
    assert new.args[-1] == new.out
    assert job.below(Path(old)) is job
