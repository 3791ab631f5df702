"""Progress-listener protocol."""

from contextlib import AbstractContextManager, nullcontext
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
    """The listener to report to; its owner opens and closes it. InputError if it is none."""
    if isinstance(progress, bool):
        return Bar() if progress else Silent()
    if not all(hasattr(progress, name) for name in ("stage", "days")):
        expected = "True, False or a progress listener"
        raise InputError(Mistake("--progress", quoted(progress), expected))
    return nullcontext(progress)
