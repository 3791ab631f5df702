"""One run: the days one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emigre.draws import run_key
from emigre.engine.compile import Compiled
from emigre.engine.conditions import Outlook, mean_access
from emigre.engine.day import Lists, counters, evening, morning
from emigre.engine.ledger import Ledger
from emigre.engine.memory import require
from emigre.engine.witness import Witness
from emigre.processes.borders import level_errors, true_levels
from emigre.processes.departures import count_given, count_leavers, shared_hazard
from emigre.processes.livelihood import resettle, take_roots
from emigre.processes.presence import settle_present
from emigre.results.counts import Counts
from emigre.results.trace import Period
from emigre.state import (
    F64,
    NOWHERE,
    PARTY,
    Cohorts,
    Counter,
    Queues,
    Today,
    grow_parties,
    new_parties,
)

FIRST_ROOM = 4096
BYTES_A_PARTY = np.dtype(list(PARTY), align=True).itemsize + 4 + 4 * len(Lists._fields)
"""Its row, the day on which it is due, and its places in the lists of a day."""
ROOTS_EVERY = 28
"""Days from one count of rootedness to the next: it looks at everybody abroad."""


def simulate(
    plan: Compiled,
    seed: int,
    run: int,
    on_day: Callable[[int], None] | None = None,
    trace: Period | None = None,
) -> Counts:
    """Simulate all days of a compiled scenario for one run of an ensemble.

    The result depends on (plan, seed, run) alone. on_day(day) is called after each day. trace: the
    days (first, end), half-open, over which households are followed (`Counts.trace`). Raises
    BooksError if the integer books do not balance (a defect of the program).
    """
    state = _Run(plan, np.uint64(run_key(seed, run)))
    witness = None if trace is None else Witness(plan, trace)
    for day in range(plan.n_days):
        if witness is not None:
            witness.before(day, state.parties, state.used)
        state.step(day)
        if witness is not None:
            witness.after(day, state.parties, state.used)
        if on_day is not None:
            on_day(day)
    found = state.ledger.counts()
    return found if witness is None else replace(found, trace=witness.trace)


class _Run:
    """What changes during one run."""

    def __init__(self, plan: Compiled, key: np.uint64) -> None:
        self.plan, self.key = plan, key
        self.ledger = Ledger(plan)
        self.cohorts = Cohorts(*(part.copy() for part in plan.cohorts))
        # Where departures are given it is known how many parties there will be at the most.
        leaving = min(int(plan.given.sum()) // plan.scale, int(plan.cohorts.row.total.sum()))
        room = FIRST_ROOM + int(plan.present.sum()) + leaving
        _require_room(room)
        self.parties = new_parties(room)
        self.lists = Lists(*(np.zeros(room, np.int32) for _ in Lists._fields))
        self.used = 0
        self.n_joining = 0
        self.queues = _empty_queues(plan)
        self.leavers = np.zeros(plan.cohorts.row.size, np.int32)
        self.owed = np.zeros(plan.given.shape[0], np.int64)
        self.deciding = bool((plan.world.pool < 0).any())  # some origin's numbers are not given
        self.outlook = Outlook(plan)
        self.level_error = np.empty(plan.world.n_crossings)
        level_errors(plan.world, self.key, self.level_error)
        self.level = np.empty(plan.level.shape[1:])
        self.reach: F64 | None = None
        self.period = -1
        self.counters: dict[tuple[float, float, int], tuple[int, Counter]] = {}
        self.reference = 0.0

    def step(self, day: int) -> None:
        """One day, in the order of engine/day.py."""
        plan = self.plan
        today = self.outlook.look(day, self.ledger)
        if day == 0:
            self.reference = mean_access(plan, today.access)
            self._settle_present(today)
        self._resettle(plan.timetable.last(day), today)
        shared_hazard(today, self.reference, plan.parameters.departures)
        self._make_room(self._count_leavers(day, today))
        self._day(day, today)
        if day % ROOTS_EVERY == 0:
            take_roots(
                plan.world,
                self.cohorts,
                self.parties,
                self.ledger.books,
                today,
                self.used,
                plan.parameters.livelihood,
            )
        self.ledger.close_day(day)

    def _settle_present(self, today: Today) -> None:
        """Make parties of those who are abroad when the first day begins."""
        plan = self.plan
        if not plan.present.any():
            return
        self._make_room(int(plan.present.sum()))
        self.used = settle_present(
            plan.world,
            self.cohorts,
            self.parties,
            self.ledger.books,
            today,
            plan.present,
            self.used,
            self.key,
            plan.parameters.returns.hazard_cap_per_day,
            plan.parameters.livelihood,
        )

    def _count_leavers(self, day: int, today: Today) -> int:
        plan = self.plan
        found = 0
        if self.deciding:
            found = count_leavers(
                plan.world, self.cohorts, today, plan.base, self.key, self.leavers
            )
        else:
            self.leavers[:] = 0
        if self.owed.size:
            self.owed += plan.given[:, day]
            found += count_given(
                plan.world, self.cohorts, today, plan.base, self.owed, self.key, self.leavers
            )
        return found

    def _make_room(self, coming: int) -> None:
        need = self.used + coming + self.n_joining
        if need > self.parties.due.size:
            room = max(need, 2 * self.parties.due.size)
            _require_room(room + self.parties.due.size)  # both are there while one is copied
            self.parties = grow_parties(self.parties, self.used, room)
            self.lists = Lists(*(np.zeros(room, np.int32) for _ in Lists._fields))

    def _resettle(self, period: int, today: Today) -> None:
        reach = self.plan.timetable.payment.at(period)[0]
        if self.reach is not None and not np.array_equal(self.reach, reach):
            resettle(
                self.plan.world,
                today,
                self.cohorts,
                self.parties,
                self.used,
                self.reach,
                self.plan.parameters.livelihood,
            )
        self.reach = reach

    def _day(self, day: int, today: Today) -> None:
        plan, books, prm = self.plan, self.ledger.books, self.plan.parameters
        true_levels(plan.level[day], plan.level_sd[day], self.level_error, self.level)
        stretches = [self._counter(part) for part in plan.timetable.stretches(day)]
        fixed = (plan.world, plan.ways, self.cohorts, self.parties)
        self.used, n_todo, n_coming = morning(
            *fixed,
            self.queues,
            books,
            today,
            stretches[0][1],
            self.lists,
            self.level,
            self.owed,
            self.leavers,
            self.used,
            self.n_joining,
            self.key,
            prm,
        )
        n_come, n_moved = 0, 0
        for period, counter in stretches if plan.world.n_crossings else ():
            changed = period != self.period
            self.period = period
            n_come, n_moved = counters(
                *fixed,
                self.queues,
                books,
                today,
                counter,
                self.lists,
                changed,
                n_come,
                n_coming,
                n_moved,
                self.key,
                prm.borders,
            )
        self.n_joining = evening(*fixed, books, today, self.lists, n_todo, n_moved, self.key, prm)

    def _counter(self, part: tuple[float, float, int]) -> tuple[int, Counter]:
        """What the counters apply in one stretch; whole days of one period share it."""
        if part not in self.counters:
            self.counters = {part: _counter(self.plan, part)}
        return self.counters[part]


def _require_room(parties: int) -> None:
    """InputError unless so many parties fit into memory."""
    hint = "--scale K lets one party stand for K"
    require(parties * BYTES_A_PARTY, f"{parties} parties", "--scale", hint)


def _empty_queues(plan: Compiled) -> Queues:
    n, days, slots = plan.world.n_crossings, plan.n_days, plan.level.shape[2]
    return Queues(
        head=np.full(n, NOWHERE, np.int32),
        tail=np.full(n, NOWHERE, np.int32),
        credit=np.zeros(n),
        ordinary=np.zeros((n, slots, days), np.int32),
        came=np.zeros((n, days), np.int32),
        done=np.zeros((n, days), np.int32),
        first_day=np.zeros(n, np.int32),
    )


def _counter(plan: Compiled, part: tuple[float, float, int]) -> tuple[int, Counter]:
    """What the counters apply in one stretch of a day."""
    begin, end, period = part
    table, n = plan.timetable, plan.timetable.n_classes
    share, days, window = table.entry.at(period)
    # Levels of ordinary traffic count those let out: only a closed exit check changes them.
    both = np.where(table.exit.at(period)[0] > 0.0, share, 0.0)
    padded = np.column_stack([both, np.zeros(share.shape[0])])
    ordinary = np.take_along_axis(
        padded, np.where(table.slot_column < 0, share.shape[1], n + table.slot_column), axis=1
    )
    return period, Counter(
        start=begin,
        end=end,
        capacity=np.ascontiguousarray(table.capacity.at(period)[0][:, 0]),
        exit_share=np.ascontiguousarray(table.exit.at(period)[0][:, :n]),
        entry_share=np.ascontiguousarray(share[:, :n]),
        entry_days=np.ascontiguousarray(days[:, :n]),
        entry_window=np.ascontiguousarray(window[:, :n]),
        ordinary_share=np.ascontiguousarray(ordinary),
    )
