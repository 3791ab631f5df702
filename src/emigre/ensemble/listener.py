"""Progress listeners, and the count of simulated days that is reported to them."""

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from emigre.ensemble.progress import Bar, Silent
from emigre.errors import InputError, Mistake
from emigre.scenario.parsers import quoted


class ProgressListener(Protocol):
    """Receives progress events, from any thread."""

    def stage(self, words: str) -> None:
        """A new stage begins, such as ``writing tables``."""

    def kernels(self, ready: int, total: int) -> None:
        """Kernels compiled so far; only the first run of a version compiles them."""

    def days(self, done: int, total: int) -> None:
        """Days simulated so far, summed over all runs."""


def watch(progress: bool | ProgressListener) -> AbstractContextManager[ProgressListener]:
    """The listener that ``progress`` stands for; InputError for another object.

    A listener passed by the caller is opened and closed by the caller.
    """
    if isinstance(progress, bool):
        return Bar() if progress else Silent()
    if not all(hasattr(progress, name) for name in ("stage", "kernels", "days")):
        expected = "True, False or a progress listener (with stage, kernels and days)"
        raise InputError(Mistake("--progress", quoted(progress), expected))
    return nullcontext(progress)


class StoppedError(Exception):
    """Raised in members that are cancelled because another failed or the user interrupted."""


@dataclass(eq=False)
class Days:
    """Thread-safe count of the simulated days of all members, reported to the listener."""

    watcher: ProgressListener
    total: int
    done: int = 0
    has_begun: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, days: int = 1) -> None:
        """Add simulated days."""
        if self.stopped.is_set():
            raise StoppedError
        with self.lock:
            self.has_begun = True
            self.done += days
            self.watcher.days(self.done, self.total)

    def kernels(self, ready: int, total: int) -> None:
        """Report compilation until the first day is simulated."""
        with self.lock:
            if not self.has_begun:
                self.watcher.kernels(ready, total)
