"""What all pools have in common: a count of simulated days, and how members are submitted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.task import EnsembleTask, T, Task

Item = TypeVar("Item")
Made = TypeVar("Made")
POLL_SECONDS = 0.5


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


class PreparedPool(Protocol):
    """A pool prepared for some tasks."""

    def submit(self, task: Task[T], world: int, run: int) -> Future[T]:
        """Simulate a member in the pool."""

    def capacity(self) -> int:
        """Number of members that run at the same time."""


class Pool(Protocol):
    """A reusable pool for consecutive ensembles."""

    def prepare(
        self, orders: Sequence[EnsembleTask], days: Days
    ) -> AbstractContextManager[PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
        """Call a function of a module with each item, in processes if some are open.

        Function, items and results are pickled then; the results have the order of the items.
        """
