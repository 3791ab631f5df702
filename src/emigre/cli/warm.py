"""Command server for the desk, which imports and compiles only once.

Requests are JSON objects, one per line: ``args`` (after ``emigre``) with the files ``out`` and
``log`` runs a command and is answered by its exit code; ``prepare`` runs one only to warm up. While
kernels compile, lines with ``kernels`` report how many are ready. The process ends with its pipe.
"""

import json
import sys
import tempfile
import threading
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Self, TextIO

REPORT_SECONDS = 0.4
"""Interval between reports of progress."""


def run_command(args: list[str], out: TextIO, log: TextIO) -> int:
    """Run one command and return its exit code."""
    from emigre.cli import app

    with redirect_stdout(out), redirect_stderr(log):
        try:
            app(args)
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
        except Exception as error:  # as the interpreter would print it
            print(f"{type(error).__name__}: {error}", file=log)
            return 1
    return 0


def warm_up(args: list[str]) -> None:
    """Run a command in this process and discard its results, to load or compile kernels."""
    with (
        tempfile.TemporaryDirectory(prefix="emigre-warm-") as home,
        tempfile.TemporaryFile("w+") as nowhere,
    ):
        options = ["--runs", "1", "--threads", "--no-chart", "--out", f"{home}/w"]
        run_command([*args, *options], nowhere, nowhere)


class Replies:
    """Replies to the desk; as a context manager also reports kernel progress."""

    def __init__(self, pipe: TextIO, seconds: float = REPORT_SECONDS) -> None:
        self._pipe, self._seconds = pipe, seconds
        self._lock = threading.Lock()

    def say(self, **words: object) -> None:
        """Send one line."""
        with self._lock:
            self._pipe.write(json.dumps(words) + "\n")
            self._pipe.flush()

    def __enter__(self) -> Self:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._report_compilation, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.say(kernels=None)

    def _report_compilation(self) -> None:
        from emigre.engine.api import kernels_ready

        while not self._done.wait(self._seconds):
            self.say(kernels=kernels_ready())


def main() -> None:
    """Warm up on the smallest scenario, then serve requests from the pipe."""
    replies = Replies(sys.stdout)
    days = ["--start", "2030-03-01", "--end", "2030-03-02"]
    with replies:
        warm_up(["compare", "tiny", "--without", "prices", *days])
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            with replies:
                warm_up(request["prepare"])
            continue
        with (
            Path(request["out"]).open("w", encoding="utf-8") as out,
            Path(request["log"]).open("w", encoding="utf-8", buffering=1) as log,
        ):
            code = run_command(request["args"], out, log)
        replies.say(code=code)


if __name__ == "__main__":
    main()
