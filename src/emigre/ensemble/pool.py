"""What all pools have in common."""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol

from emigre.ensemble.listener import Days
from emigre.ensemble.task import EnsembleTask, RunFunction, T


class PreparedPool(Protocol):
    """A pool prepared for some tasks."""

    def submit(self, function: RunFunction[T], world: int, run: int) -> Future[T]:
        """Simulate a member in the pool."""

    def capacity(self) -> int:
        """Number of members that run at the same time."""


class Pool(Protocol):
    """A reusable pool for consecutive ensembles."""

    def prepare(
        self, tasks: Sequence[EnsembleTask], days: Days
    ) -> AbstractContextManager[PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""
