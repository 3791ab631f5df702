"""The processes of the desk: begun, interrupted and ended, on POSIX and on Windows.

A command gets a group of its own, so that Ctrl+C in the shell of the desk reaches the desk alone
and an interruption reaches the command with all that it started. POSIX: setsid, then
SIGINT, SIGKILL. Windows: a process group of its own, CTRL_BREAK_EVENT (Ctrl+C is off in such a
group), TerminateProcess. Either may be done at any moment: what a command has simulated lies on
the disk, and the system frees its lock.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_NICE = 10


def begun(module: str, args: Sequence[str], *, is_patient: bool = False, **more: Any) -> Any:
    """A module of Emigre as a process of its own; ``more`` goes to ``subprocess.Popen``.

    ``is_patient``: readers and quick looks come before it where they want the same core.
    """
    process = subprocess.Popen([sys.executable, "-m", module, *args], **more, **apart(is_patient))
    if is_patient and sys.platform != "win32":
        with suppress(AttributeError, OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
    return process


def apart(is_patient: bool) -> dict[str, Any]:
    """How ``subprocess.Popen`` is told to make a group of its own."""
    if sys.platform == "win32":
        calm = subprocess.BELOW_NORMAL_PRIORITY_CLASS if is_patient else 0
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | calm}
    else:  # noqa: RET505 – so that types are checked for either system
        return {"start_new_session": True}


def interrupt(pid: int) -> None:
    """Ask one of our processes, and all of its group, to end."""
    if pid <= 1:
        return
    if sys.platform == "win32":
        try:
            os.kill(pid, signal.CTRL_BREAK_EVENT)  # to the process group of that id
        except OSError:  # a desk without a console cannot send it
            end(pid)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGINT)


def end(pid: int) -> None:
    """End one of our processes, and all of its group, at once."""
    if pid <= 1:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)  # which is TerminateProcess there
        else:
            os.killpg(pid, signal.SIGKILL)


def command_of(pid: int) -> list[str] | None:
    """The command line of a process; None where the system does not tell, or there is none."""
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    return [part.decode("utf-8", "replace") for part in said.split(b"\0")]


def quoted(args: Sequence[str]) -> str:
    """A command line as the shell of this system takes it."""
    return subprocess.list2cmdline(args) if sys.platform == "win32" else shlex.join(args)
