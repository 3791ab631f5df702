"""Simulate one run, day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from emigre.engine.build import Compiled
from emigre.engine.checkpoint_rules import counters_of, empty_queues
from emigre.engine.conditions import Outlook, reference_access
from emigre.engine.day import Lists, counters, evening, morning
from emigre.engine.given import GivenDepartures
from emigre.engine.ledger import Ledger
from emigre.engine.memory import require
from emigre.engine.policy import Interval
from emigre.engine.steps import DayView, Step, copies, read_only
from emigre.engine.trajectories import TrajectoryRecorder
from emigre.numerics.random import run_key
from emigre.processes.arrays import (
    F64,
    PARTY,
    CheckpointRules,
    Cohorts,
    Parties,
    Today,
    grow_parties,
    new_parties,
)
from emigre.processes.border_checks import level_errors, true_levels
from emigre.processes.departures import count_given, count_leavers, shared_hazard
from emigre.processes.initial_stock import settle_present
from emigre.processes.livelihood import resettle, take_roots
from emigre.results.counts import Counts
from emigre.results.trajectories import Period

FIRST_ROOM = 4096
BYTES_A_PARTY = np.dtype(list(PARTY), align=True).itemsize + 4 + 4 * len(Lists._fields)
"""A party's row, its due day, and its entries in the lists of a day."""
ROOTS_EVERY = 28
"""Days between measurements of rootedness, each a scan of everybody abroad."""


def simulate(
    plan: Compiled,
    seed: int,
    run: int,
    on_day: Callable[[int], None] | None = None,
    trace: Period | None = None,
    steps: Sequence[Step] = (),
) -> Counts:
    """Simulate all days of a compiled scenario for one run of an ensemble.

    The result depends only on (plan, seed, run). on_day(day) is called after each day. trace: the
    days (first, end), half-open, over which households are followed (`Counts.trace`). steps:
    additional steps of the day, copied for this run. Raises BooksError if the accounts do not
    balance (a bug in the program or in a step).
    """
    witness = None if trace is None else TrajectoryRecorder(plan, trace)
    state = _Run(plan, np.uint64(run_key(seed, run)), witness, run, copies(steps))
    for day in range(plan.n_days):
        state.step(day)
        if on_day is not None:
            on_day(day)
    found = state.ledger.counts()
    return found if witness is None else replace(found, trace=witness.trace)


class _Run:
    """State of one run."""

    def __init__(
        self,
        plan: Compiled,
        key: np.uint64,
        witness: TrajectoryRecorder | None,
        run: int,
        steps: tuple[Step, ...],
    ) -> None:
        self.plan, self.key, self.witness = plan, key, witness
        self.run, self.steps = run, steps
        self.ledger = Ledger(plan)
        self.cohorts = Cohorts(*(part.copy() for part in plan.cohorts))
        # Given departures bound the number of parties.
        leaving = min(
            int(np.maximum(plan.given, 0).sum()) // plan.scale, int(plan.cohorts.row.total.sum())
        )
        room = FIRST_ROOM + int(plan.present.sum()) + leaving
        _require_room(room)
        self.parties = new_parties(room)
        self.lists = Lists(*(np.zeros(room, np.int32) for _ in Lists._fields))
        self.used = 0
        self.n_joining = 0
        self.queues = empty_queues(plan)
        self.leavers = np.zeros(plan.cohorts.row.size, np.int32)
        self.given = GivenDepartures(plan, self.key)
        self.owed = np.zeros(plan.given.shape[0], np.int64)
        self.deciding = bool((plan.world.pool < 0).any())  # departures of some origin are not given
        self.outlook = Outlook(plan)
        self.level_error = np.empty(plan.world.n_crossings)
        level_errors(plan.world, self.key, self.level_error)
        self.level = np.empty(plan.level.shape[1:])
        self.reach: F64 | None = None
        self.period = -1
        self.counters: dict[tuple[Interval, ...], list[CheckpointRules]] = {}
        self.reference = 0.0

    def step(self, day: int) -> None:
        """Simulate one day, in the order of engine/day.py."""
        plan = self.plan
        today = self.outlook.look(day, self.ledger)
        if day == 0:
            self.reference = reference_access(plan, today)
            self._settle_present(today)
        if self.witness is not None:  # after the initial stock is created
            self.witness.before(day, self.parties, self.used)
        self._resettle(plan.timetable.last(day), today)
        today = self._call("morning", day, today)
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
        self.ledger.count_missing(self.owed, self.cohorts)
        self._call("evening", day, today)
        self.ledger.close_day(day)
        if self.witness is not None:
            self.witness.after(day, self.parties, self.used)

    def _call(self, moment: str, day: int, today: Today) -> Today:
        """Call the steps from outside; returns the conditions as they leave them."""
        plan, used = self.plan, self.used
        for number, step in enumerate(self.steps):
            seed = (int(self.key), day, number, int(moment == "evening"))
            view = DayView(
                day,
                plan.scenario.dates[day],
                self.run,
                plan.index.places,
                read_only(plan.world),
                read_only(plan.ways),
                self.cohorts,
                Parties(self.parties.row[:used], self.parties.due[:used]),
                self.ledger.books,
                np.random.default_rng(seed),
                today,
            )
            getattr(step, moment)(view)
            today = view.conditions
        return today

    def _settle_present(self, today: Today) -> None:
        """Create the parties that are abroad at the beginning of the first day."""
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
            plan.kin,
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
            self.owed += self.given.persons(day, today, self.cohorts)
            found += count_given(
                plan.world, self.cohorts, today, plan.willing, self.owed, self.key, self.leavers
            )
        return found

    def _make_room(self, coming: int) -> None:
        need = self.used + coming + self.n_joining
        if need > self.parties.due.size:
            room = max(need, 2 * self.parties.due.size)
            _require_room(room + self.parties.due.size)  # both exist during the copy
            self.parties = grow_parties(self.parties, self.used, room)
            # Copied, not emptied: one of them holds the families that follow today.
            self.lists = Lists(*(np.pad(part, (0, room - part.size)) for part in self.lists))

    def _resettle(self, period: int, today: Today) -> None:
        reach = self.plan.timetable.payment.at(period)[0]
        if self.reach is not None and not np.array_equal(self.reach, reach):
            resettle(
                self.plan.world,
                today,
                self.cohorts,
                self.parties,
                self.ledger.books,
                self.used,
                self.plan.parameters.livelihood,
            )
        self.reach = reach

    def _day(self, day: int, today: Today) -> None:
        plan, books, prm = self.plan, self.ledger.books, self.plan.parameters
        true_levels(plan.level[day], plan.level_sd[day], self.level_error, self.level)
        fixed = (plan.world, plan.ways, self.cohorts, self.parties)
        self.used, n_todo, n_coming = morning(
            *fixed,
            books,
            today,
            self.lists,
            self.owed,
            self.leavers,
            self.used,
            self.n_joining,
            self.key,
            prm,
        )
        parts = tuple(plan.timetable.stretches(day))
        for (_, _, period), counter in zip(parts, self._counters(parts), strict=True):
            changed = period != self.period
            self.period = period
            n_coming = counters(
                *fixed,
                self.queues,
                books,
                self._now(today, period),
                counter,
                self.lists,
                self.level,
                changed,
                n_coming,
                self.key,
                prm,
            )
        self.n_joining = evening(*fixed, books, today, self.lists, n_todo, self.key, prm)

    def _now(self, today: Today, period: int) -> Today:
        """Conditions of the day, with the rules of entry on arrival of one of its periods."""
        table = self.plan.timetable
        if period == table.last(today.day):
            return today
        share, days, window = table.arrival.at(period)
        return today._replace(
            entry_share=np.ascontiguousarray(share[:, : table.n_classes]),
            entry_days=np.ascontiguousarray(days[:, : table.n_classes]),
            entry_window=np.ascontiguousarray(window[:, : table.n_classes]),
        )

    def _counters(self, parts: tuple[Interval, ...]) -> list[CheckpointRules]:
        """Rules at crossings in each stretch; whole days of one period share them."""
        if parts not in self.counters:
            self.counters = {parts: counters_of(self.plan, parts)}
        return self.counters[parts]


def _require_room(parties: int) -> None:
    """InputError unless that many parties fit into memory."""
    hint = "--scale K lets one party stand for K"
    require(parties * BYTES_A_PARTY, f"{parties} parties", "--scale", hint)
