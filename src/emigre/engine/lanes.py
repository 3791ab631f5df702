"""Threads that share the parties of a day.

Each thread handles consecutive entries of a list of parties (or cohorts), with accounts and lists
of its own. Afterwards its counts, which are whole numbers, are added to those of the run, and the
lists are joined in their order. Results therefore do not depend on the number of threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import numpy as np

from emigre.engine.space import new_agenda
from emigre.numerics.cores import LINE
from emigre.processes.arrays import (
    I32,
    I64,
    Accounts,
    Agenda,
    Conditions,
    Population,
)

FEWEST = 500
"""Parties from which a thread saves more time than it takes to start."""


class Lanes(ExitStack):
    """The threads of one run; they end with the context."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.threads = threads
        # Each thread writes cache lines of its own.
        self._sizes = np.zeros((threads, LINE), np.int64)
        self._free = np.zeros((threads, LINE), np.int64)
        self._free[:, 0] = np.arange(threads)
        self._accounts: list[Accounts] = []
        self._no_agenda = new_agenda(0)
        if threads > 1:
            executor = ThreadPoolExecutor(threads - 1, thread_name_prefix="emigre-lane")
            self._executor = self.enter_context(executor)

    def prepare(self, people: Population) -> Population:
        """The population of a run, in which threads take rows of earlier stays in turn."""
        for _ in range(self.threads - 1):
            self._accounts.append(Accounts._make(map(np.zeros_like, people.accounts)))
        return people._replace(stays=people.stays._replace(free=self._free[0], step=self.threads))

    @property
    def stays(self) -> int:
        """Rows of earlier stays in use, with gaps."""
        return int(self._free[:, 0].max())

    def call(
        self,
        kernel: Callable[..., None],
        now: Conditions,
        people: Population,
        takes: int,
        gives: Sequence[int],
        *more: Any,
    ) -> None:
        """Call a kernel that takes the parties of one list and appends to others (`gives`).

        A list may be both if the kernel removes the parties that it does not append again.
        """
        agenda: Any = people.agenda
        ends = self._ends(int(agenda.size[takes]))
        if len(ends) < 3:
            kernel(now, people, *more)
            return
        kept = agenda.size.copy()
        kept[takes] = 0
        parts: list[Any] = []
        for k, (first, end) in enumerate(pairwise(ends)):
            size = self._sizes[k]
            size[:] = 0
            size[takes] = end - first
            lists = (rows[n + first : n + end] for rows, n in zip(agenda, kept, strict=False))
            part = self._part(people, k)
            parts.append(part._replace(agenda=Agenda._make((*lists, size, agenda.instant))))
        self._run(kernel, people, [(now, part, *more) for part in parts])
        for which in gives:
            n = kept[which]
            for part in parts:
                size = part.agenda.size[which]
                agenda[which][n : n + size] = part.agenda[which][:size]
                n += size
            agenda.size[which] = n

    def leave_home(
        self,
        kernel: Callable[..., int],
        now: Conditions,
        people: Population,
        owed: I64,
        leavers: I32,
        used: int,
    ) -> int:
        """Call `day.leave_home`, in each thread for some of the cohorts; followers in the first.

        owed: (pools), leavers: (cohorts), as there.
        """
        before = used + np.concatenate([[0], np.cumsum(leavers)])
        ends = self._ends(int(before[-1]) - used)
        if len(ends) < 3:
            return kernel(now, people, owed, leavers, used, int(before[-1]))
        calls: list[Any] = []
        for first, end in pairwise(np.searchsorted(before - used, ends)):
            some, part = np.zeros_like(leavers), self._part(people, len(calls))
            if calls:
                part = part._replace(agenda=self._no_agenda)
            some[first:end] = leavers[first:end]
            undecided = np.zeros_like(part.cohorts.undecided)
            part = part._replace(cohorts=part.cohorts._replace(undecided=undecided))
            calls.append((now, part, np.zeros_like(owed), some, before[first], before[-1]))
        used = self._run(kernel, people, calls)
        for _, part, made, *_ in calls:
            people.cohorts.undecided[:] += part.cohorts.undecided
            owed += made
        return used

    def _ends(self, n: int) -> list[int]:
        """Ends of the parts of n entries, and 0 before them."""
        parts = max(min(self.threads, n // FEWEST), 1)
        return [n * k // parts for k in range(parts + 1)]

    def _part(self, people: Population, k: int) -> Population:
        """The population as thread k changes it: counts and rows of stays are its own."""
        accounts = self._accounts[k - 1] if k else people.accounts
        return people._replace(accounts=accounts, stays=people.stays._replace(free=self._free[k]))

    def _run(
        self, kernel: Callable[..., Any], people: Population, calls: Sequence[tuple[Any, ...]]
    ) -> Any:
        """Make calls of a kernel, the first in this thread, and add up the accounts.

        Returns the result of the first.
        """
        others = [self._executor.submit(kernel, *each) for each in calls[1:]]
        result = kernel(*calls[0])
        for other in others:
            other.result()
        for accounts in self._accounts[: len(others)]:
            pairs: Any = zip(people.accounts, accounts, strict=True)
            for total, part in pairs:
                total += part
                part[:] = 0
        return result
