"""Start, interrupt and kill subprocesses on POSIX and Windows.

Each command gets its own process group, so that Ctrl+C in the desk's shell reaches only the desk,
and an interrupt reaches the command with all its children. Both are safe at any moment: simulated
runs are on disk, and the operating system releases the lock.
"""

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


def start(module: str, args: Sequence[str], *, is_low_priority: bool = False, **more: Any) -> Any:
    """Run a module as a subprocess (``more``: for Popen), after pages if ``is_low_priority``."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *args], **more, **_process_group(is_low_priority)
    )
    if is_low_priority and sys.platform != "win32":
        with suppress(AttributeError, OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
    return process


def run(module: str, args: Sequence[str], *, seconds: float = 120.0) -> tuple[int, str]:
    """Run a short command to its end; returns its exit code and standard error."""
    process = start(module, args, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill(process.pid)
        process.communicate()
        return 1, f"It took longer than {seconds:.0f} seconds."
    return process.returncode, errors


def _process_group(is_low_priority: bool) -> dict[str, Any]:
    """``subprocess.Popen`` arguments for a new process group."""
    if sys.platform == "win32":
        calm = subprocess.BELOW_NORMAL_PRIORITY_CLASS if is_low_priority else 0
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | calm}
    else:  # noqa: RET505 – so that types are checked for either system
        return {"start_new_session": True}


def interrupt(pid: int) -> None:
    """Interrupt a subprocess and its group."""
    if pid <= 1:
        return
    if sys.platform == "win32":
        try:
            os.kill(pid, signal.CTRL_BREAK_EVENT)  # to the process group of that id
        except OSError:  # not available without a console
            kill(pid)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGINT)


def kill(pid: int) -> None:
    """Kill a subprocess and its group."""
    if pid <= 1:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)  # which is TerminateProcess there
        else:
            os.killpg(pid, signal.SIGKILL)


def command_of(pid: int) -> list[str] | None:
    """The command line of a process; None if unknown."""
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    return [part.decode("utf-8", "replace") for part in content.split(b"\0")]


def quoted(args: Sequence[str]) -> str:
    """A command line quoted for the shell of this system."""
    return subprocess.list2cmdline(args) if sys.platform == "win32" else shlex.join(args)
