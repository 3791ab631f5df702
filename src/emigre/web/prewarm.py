"""A prewarmed worker process for quick looks: imports and compiled kernels are loaded once.

It runs ordinary command lines one after the other (``emigre.cli.warm``).
"""

import json
import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from emigre.web import subprocesses

MODULE = "emigre.cli.warm"
_ENDED = -9
"""Exit code reported for a worker that died."""


class PrewarmedProcess:
    """Handle on the worker process, which is started on first use."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._prepared: set[tuple[str, ...]] = set()
        self._reader = threading.Thread()
        self._waiting: deque[list[int]] = deque()
        self.kernels: tuple[int, int] | None = None
        """Compiled and total kernels while the worker is starting."""

    def wake(self, args: Sequence[str] = ()) -> None:
        """Start the worker if needed; ``args``: a small command that fills its caches."""
        with self._lock:
            process = self._started()
            if not args or tuple(args) in self._prepared:
                return
            self._prepared.add(tuple(args))
            with suppress(OSError):  # it has just ended; the next command starts another
                _send(process, {"prepare": list(args)})

    def ask(self, args: Sequence[str], out: Path, log: Path) -> Callable[[], int | None]:
        """Run a command; the returned function gives its exit code, None while it runs."""
        with self._lock:
            process, reader = self._started(), self._reader
            answer: list[int] = []
            order = {"args": list(args), "out": str(out), "log": str(log)}
            self._waiting.append(answer)
            try:
                _send(process, order)
            except OSError:
                answer.append(1)

        def asked() -> int | None:
            is_there = reader.is_alive()
            return answer[0] if answer else None if is_there else _ENDED

        return asked

    def restart(self) -> None:
        """End the process at once; the next command starts a new one."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[str]:
        process = self._process
        # It closes its output a moment before it is gone.
        if process is None or process.poll() is not None or not self._reader.is_alive():
            self._end()
            self._prepared.clear()
            process = self._process = subprocesses.start(
                MODULE,
                (),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=os.environ | {"EMIGRE_PROGRESS_SECONDS": "0.2"},
            )
            self._waiting, self.kernels = deque(), None
            args = process, self._waiting
            self._reader = threading.Thread(target=self._read, args=args, daemon=True)
            self._reader.start()
        return process

    def _read(self, process: subprocess.Popen[str], waiting: deque[list[int]]) -> None:
        """Read the worker's messages until it ends."""
        assert process.stdout is not None
        with suppress(OSError, ValueError):
            for line in process.stdout:
                message = json.loads(line)
                if "code" in message:
                    waiting.popleft().append(int(message["code"]))
                elif process is self._process:
                    self.kernels = tuple(message["kernels"]) if message["kernels"] else None

    def _end(self) -> None:
        process, self._process, self.kernels = self._process, None, None
        if process is None:
            return
        if process.poll() is None:
            subprocesses.kill(process.pid)
        process.wait()
        self._reader.join(5)
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _send(process: subprocess.Popen[str], order: Mapping[str, object]) -> None:
    """Send a command; OSError if the worker has ended."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
