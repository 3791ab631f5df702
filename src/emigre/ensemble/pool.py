"""Common interface of all pools."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from emigre.ensemble.listener import Days
from emigre.ensemble.task import EnsembleTask, RunFunction


@dataclass(frozen=True, slots=True)
class PreparedPool:
    """A pool prepared for some tasks.

    ``submit`` calls a function of a run for a member (world, run); ``capacity`` is the number of
    members that run at the same time, which may change.
    """

    submit: Callable[[RunFunction[Any], int, int], Future[Any]]
    capacity: Callable[[], int]


class Pool(Protocol):
    """A reusable pool for consecutive ensembles.

    ``cores`` is the number of cores of this machine that it uses: 1 if members run elsewhere.
    """

    @property
    def cores(self) -> int:
        """Cores of this machine for the members."""

    def prepare(
        self, tasks: Sequence[EnsembleTask], days: Days
    ) -> AbstractContextManager[PreparedPool]:
        """Prepare the pool for these tasks; on an error, members and pool are stopped."""
