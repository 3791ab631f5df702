"""Progress display: one line with the time left.

The line is redrawn on a terminal; elsewhere (a log, a pipe) a short line is printed periodically.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from emigre.errors import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_REDRAW_SECONDS = 0.1
_QUIET_SECONDS = 5.0
"""Default interval between lines without a terminal; set by EMIGRE_PROGRESS_SECONDS."""


class Silent:
    """A listener that shows nothing."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] | None = None
        """Work for a thread of its own, begun with the simulation."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def stage(self, words: str) -> None:
        """A new stage begins."""

    def kernels(self, ready: int, total: int) -> None:
        """Kernels compiled so far."""

    def days(self, done: int, total: int) -> None:
        """Days simulated so far."""
        del done, total
        if self.meanwhile is not None:
            work, self.meanwhile = self.meanwhile, None
            threading.Thread(target=work, daemon=True).start()


class Bar(Silent):
    """A listener that writes to standard error; use it in a ``with`` statement."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._words = "starting"
        self._done, self._total = 0, 0
        self._first, self._since = 0, 0.0  # the time left is extrapolated from later progress
        self._said = 0.0
        self._line = ""
        self._every = _seconds_between()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._progress = _rich_progress()
            self._task = self._progress.add_task(self._words, total=None, left="")
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def stage(self, words: str) -> None:
        """A new stage begins; a command and the function it calls may both report it."""
        with self._lock:
            if words != self._words or self._total:
                self._begin(words, 0, 0)
                self._show(always=True)

    def kernels(self, ready: int, total: int) -> None:
        """Kernels compiled so far."""
        with self._lock:
            self._count("preparing kernels (first run only)", ready, total)

    def days(self, done: int, total: int) -> None:
        """Days simulated so far, from which the time left is extrapolated."""
        super().days(done, total)
        with self._lock:
            self._count("simulating", done, total)

    def _begin(self, words: str, done: int, total: int) -> None:
        self._words, self._done, self._total = words, done, total
        self._first, self._since = done, time.monotonic()

    def _count(self, words: str, done: int, total: int) -> None:
        if words != self._words or total != self._total:
            self._begin(words, done, total)
        elif self._first == 0 < done:
            # The first piece includes the start-up and is not representative.
            self._first, self._since = done, time.monotonic()
        self._done = done
        self._show(always=done == total)

    def _show(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if self._progress is not None and self._task is not None:
            if always or now - self._said > _REDRAW_SECONDS:
                self._said = now
                self._progress.update(
                    self._task,
                    description=self._words,
                    total=self._total or None,
                    completed=self._done if self._total else 0,
                    left=self._time_left(),
                )
        elif always or now - self._said > self._every:
            self._said = now
            share = f" {100 * self._done // self._total} %" if self._total else ""
            line = " ".join(f"{self._words}{share} {self._time_left()}".split())
            if line != self._line:
                self._line = line
                say(line)

    def _time_left(self) -> str:
        if not 0 < self._first < self._done < self._total:
            return ""
        spent = time.monotonic() - self._since
        left = spent / (self._done - self._first) * (self._total - self._done)
        return f"{duration(left)} left"


def duration(seconds: float) -> str:
    """Seconds in readable form: ``8 s``, ``2 min 05 s``, ``1 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _seconds_between() -> float:
    try:
        return max(float(os.environ.get("EMIGRE_PROGRESS_SECONDS", _QUIET_SECONDS)), 0.1)
    except ValueError:
        return _QUIET_SECONDS


def _rich_progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
