"""Threads that share the parties of a day.

A list of parties (or cohorts) is cut into parts of consecutive entries, each with lists of its own,
and every thread takes the next part until none is left. Each thread has its own accounts. Its
counts, which are whole numbers, are added to those of the run, and the lists are joined in the
order of the parts. Results therefore do not depend on the number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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
"""Parties of a part that take longer than starting it."""
PARTS = 3
"""Parts for each thread, so that no thread waits long for another."""


class Threads(ExitStack):
    """The threads of one run; they end with the context."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self._sizes = np.zeros((number * PARTS, LINE), np.int64)  # cache lines of their own
        self._free = np.zeros((number, LINE), np.int64)
        self._free[:, 0] = np.arange(number)
        self._accounts: list[Accounts] = []
        self._busy = False
        self._no_agenda = new_agenda(0)
        if number > 1:
            executor = ThreadPoolExecutor(number - 1, thread_name_prefix="emigre-day")
            self._executor = self.enter_context(executor)

    def prepare(self, people: Population) -> Population:
        """The population of a run, in which threads take rows of earlier stays in turn."""
        for _ in range(self.number - 1):
            self._accounts.append(Accounts._make(map(np.zeros_like, people.accounts)))
        return people._replace(stays=people.stays._replace(free=self._free[0], step=self.number))

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
        """Call a kernel as in `beside`, with nothing else to do meanwhile."""
        with self.beside(kernel, now, people, takes, gives, *more):
            pass

    @contextmanager
    def beside(
        self,
        kernel: Callable[..., None],
        now: Conditions,
        people: Population,
        takes: int,
        gives: Sequence[int],
        *more: Any,
    ) -> Iterator[Population]:
        """Call a kernel that empties one list of parties and appends to others (`gives`).

        A list may be both. Other threads work while this one runs the context, which has the
        population with a new list in place of the one that the kernel empties.
        """
        agenda: Any = people.agenda
        n = int(agenda.size[takes])
        ends = self._ends(n)
        if len(ends) < 3 or self._busy:
            kernel(now, people, *more)
            yield people
            return
        lists = self._cut(agenda, takes, ends)
        agenda.size[takes] = 0
        calls = [(now, people._replace(agenda=part), *more) for part in lists]
        with self._share(kernel, people.accounts, calls):
            behind = {Agenda._fields[takes]: agenda[takes][n:]}
            yield people._replace(agenda=agenda._replace(**behind))
        for which in gives:
            n = agenda.size[which]
            for part in lists:
                size = part.size[which]
                agenda[which][n : n + size] = part[which][:size]
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
        row: int,
    ) -> int:
        """Call `day.leave_home` with some of the cohorts in each part; followers in the first.

        owed: (pools), leavers: (cohorts), used and row, as there.
        """
        ends = self._ends(row - used)
        if len(ends) < 3:
            return kernel(now, people, owed, leavers, used, row)
        before = used + np.concatenate([[0], np.cumsum(leavers)])
        calls: list[Any] = []
        for first, end in pairwise(np.searchsorted(before - used, ends)):
            some = np.zeros_like(leavers)
            some[first:end] = leavers[first:end]
            undecided = np.zeros_like(people.cohorts.undecided)
            part = people._replace(cohorts=people.cohorts._replace(undecided=undecided))
            if calls:
                part = part._replace(agenda=self._no_agenda)
            calls.append((now, part, np.zeros_like(owed), some, before[first], row))
        rows: list[int] = []
        with self._share(lambda *args: rows.append(kernel(*args)), people.accounts, calls):
            pass
        for _, part, made, *_ in calls:
            people.cohorts.undecided[:] += part.cohorts.undecided
            owed += made
        return max(rows)

    def _ends(self, n: int) -> list[int]:
        """Ends of the parts of n entries, and 0 before them."""
        parts = max(min(self.number * PARTS, n // FEWEST), 1) if self.number > 1 else 1
        return [n * k // parts for k in range(parts + 1)]

    def _cut(self, agenda: Any, takes: int, ends: Sequence[int]) -> list[Any]:
        """Agendas with a part of one list each, and space in the others for its parties."""
        kept = agenda.size.copy()
        kept[takes] = 0
        parts = []
        for size, (first, end) in zip(self._sizes, pairwise(ends), strict=False):
            size[:] = 0
            size[takes] = end - first
            lists = (rows[n + first : n + end] for rows, n in zip(agenda, kept, strict=False))
            parts.append(Agenda._make((*lists, size, agenda.instant)))
        return parts

    @contextmanager
    def _share(
        self, kernel: Callable[..., Any], accounts: Accounts, calls: Sequence[tuple[Any, ...]]
    ) -> Iterator[None]:
        """Make calls of a kernel in all threads, in this one at the end of the context."""
        left = deque(calls)
        others = [
            self._executor.submit(self._work, kernel, each, self._free[k], left)
            for k, each in enumerate(self._accounts[: len(calls)], 1)
        ]
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
            self._work(kernel, accounts, self._free[0], left)
            for other in others:
                other.result()
        for part in self._accounts[: len(others)]:
            pairs: Any = zip(accounts, part, strict=True)
            for total, each in pairs:
                total += each
                each[:] = 0

    @staticmethod
    def _work(
        kernel: Callable[..., Any], accounts: Accounts, free: I64, left: deque[tuple[Any, ...]]
    ) -> None:
        """Make the calls that are left, with the accounts and rows of stays of a thread."""
        while left:
            try:
                now, people, *more = left.popleft()
            except IndexError:  # another thread was faster
                return
            stays = people.stays._replace(free=free)
            kernel(now, people._replace(accounts=accounts, stays=stays), *more)
