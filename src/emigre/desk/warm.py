"""A process that stays warm for quick looks: imports and machine code are loaded once.

It takes the same command lines as the shell does, one after the other (``emigre.cli.warm``).
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from emigre.desk import children

MODULE = "emigre.cli.warm"


class Warm:
    """A handle on the process; it is started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._prepared: set[tuple[str, ...]] = set()

    def wake(self, args: Sequence[str] = ()) -> None:
        """Start the process if it does not run; ``args``: a small command to have been through.

        Somebody may ask for the like of it soon, and then finds its tables read and compiled.
        """
        with self._lock:
            process = self._started()
            if not args or tuple(args) in self._prepared:
                return
            self._prepared.add(tuple(args))
            with suppress(OSError):  # it has just ended; the next question starts another
                _tell(process, {"prepare": list(args)})

    def ask(self, args: Sequence[str], out: Path, log: Path) -> Callable[[], int | None]:
        """Give it a command; what is returned says its exit code when it has ended, else None."""
        with self._lock:
            process = self._started()
            answer: list[int] = []
            order = {"args": list(args), "out": str(out), "log": str(log)}
            reader = threading.Thread(target=_read, args=(process, answer), daemon=True)
            try:
                _tell(process, order)
            except OSError:
                answer.append(1)
            reader.start()
        return lambda: answer[0] if answer else None

    def restart(self) -> None:
        """End the process, whatever it does; the next question starts a new one."""
        with self._lock:
            self._end()

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._closed = True
            self._end()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._prepared.clear()
            self._process = children.begun(
                MODULE,
                (),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=os.environ | {"EMIGRE_PROGRESS_SECONDS": "0.2"},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            children.end(process.pid)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _tell(process: subprocess.Popen[str], order: Mapping[str, object]) -> None:
    """Send an order; OSError if the process has ended."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()


def _read(process: subprocess.Popen[str], answer: list[int]) -> None:
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        answer.append(int(json.loads(line)["code"]))
    except (OSError, ValueError, KeyError):
        answer.append(-9)
