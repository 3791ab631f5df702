"""Handle on a worker process. The module is quick to import: commands start workers at once.

A worker is a new interpreter on all systems (:mod:`emigre.ensemble.worker`). It imports the main
script only if that defines a step or an analyzer.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from emigre.errors import ResultsError
from emigre.numerics.cache_dir import are_kernels_stored
from emigre.numerics.cores import cores

if TYPE_CHECKING:
    from emigre.ensemble.listener import Days

MAIN = "__main__"
_USUAL_RUNS = 12
GUARD = (
    "A script that passes its own functions to processes needs this around its main code: "
    'if __name__ == "__main__":'
)
_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from emigre.ensemble.worker import serve; serve()"
)


class Process:
    """Handle on a worker."""

    def __init__(self, *, with_main: bool = False) -> None:
        self._with_main = with_main
        self.is_idle = True
        with _signals_blocked():  # which the process inherits
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        with suppress(OSError):  # the first call reports it
            self._send([*map(os.path.abspath, sys.path)])
            self._send(_main_script() if with_main else {})

    def call(self, days: Days, function: Callable[..., Any], given: object) -> Any:
        """The result of a call; raises its error, or ResultsError if the process ends."""
        self.is_idle = False
        kind, content = self._answer(pickle.dumps((function, given)))
        while kind not in ("result", "error"):
            days.add(content) if kind == "days" else days.kernels(*content)
            kind, content = self._answer()
        self.is_idle = True
        if kind == "error":
            raise content
        return content

    def _answer(self, call: bytes | None = None) -> Any:
        """The next message of the process, after a call."""
        try:
            if call is not None:
                self._send(call)
            return pickle.load(self._out)
        except (OSError, EOFError, pickle.UnpicklingError):
            reason = (
                f"it ran out of memory, or it could not import the main script. {GUARD}"
                if self._with_main
                else "it was killed, or it ran out of memory: try fewer workers or a larger scale. "
                "Finished runs are kept"
            )
            raise ResultsError(f"a worker process ended early: {reason}") from None

    def _send(self, content: object) -> None:
        pickle.dump(content, self._in)
        self._in.flush()

    def kill(self) -> None:
        """End at once."""
        self._process.kill()

    def end(self) -> None:
        """End without a call."""
        with suppress(OSError), self._process:  # closes its input and waits
            pass


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block Ctrl-C, which this process alone handles."""
    if sys.platform == "win32":
        yield
        return
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _main_script() -> dict[str, Any]:
    """Arguments with which ``multiprocessing.spawn.prepare`` imports the main script."""
    main = sys.modules[MAIN]
    name = getattr(main.__spec__, "name", None)
    start = {"init_main_from_name": name} if name else {"init_main_from_path": main.__file__}
    return {"sys_argv": sys.argv} | start


_ahead: list[Process] = []
"""Processes started before their work is known."""


def start_ahead(workers: int | None, runs: int | None) -> None:
    """Start processes before the runs are known, unless kernels are missing or already loaded."""
    count = min(cores() if workers is None else workers, runs or _USUAL_RUNS)
    if cores() > 1 and "emigre.numerics.jit" not in sys.modules and are_kernels_stored():
        with suppress(OSError):  # the system starts no more
            _ahead.extend(Process() for _ in range(count))


def are_ahead() -> bool:
    """Whether processes were started before their work was known."""
    return bool(_ahead)


def take(*, with_main: bool = False) -> Process:
    """A process that was started ahead, or a new one."""
    return Process(with_main=with_main) if with_main or not _ahead else _ahead.pop()


def end_ahead() -> None:
    """End the processes that were not needed."""
    while _ahead:
        process = _ahead.pop()
        process.kill()
        process.end()
