"""Simulate one run, day by day."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from emigre import schema
from emigre.engine import ahead
from emigre.engine.build import Compiled
from emigre.engine.bundles import conditions_of, population_of
from emigre.engine.checkpoint_rules import checkpoint_rules_of
from emigre.engine.conditions import Outlook, reference_access
from emigre.engine.day import (
    arrive_until,
    dissolve_staying,
    evening,
    leave_home,
    list_due,
    serve_crossings,
    set_out_today,
)
from emigre.engine.given import GivenDepartures
from emigre.engine.ledger import Ledger
from emigre.engine.memory import require
from emigre.engine.policy import Interval
from emigre.engine.space import grow_agenda, grow_parties, grow_stays
from emigre.engine.steps import DayView, Step, copies
from emigre.engine.threads import Threads
from emigre.engine.trajectories import TrajectoryRecorder
from emigre.numerics.jit import repeated
from emigre.numerics.random import run_key
from emigre.processes.arrays import (
    ARRIVING,
    DUE,
    F64,
    JOINING,
    LIVING,
    NEXT,
    NOWHERE,
    PARTY,
    STAY,
    STAYING,
    CheckpointRules,
    Conditions,
    Parties,
    Population,
    Today,
)
from emigre.processes.border_checks import levels_of_day, traffic_factor
from emigre.processes.decisions import count_leavers, write_hazards
from emigre.processes.departures import count_given, willing_left
from emigre.processes.initial_stock import settle_present
from emigre.processes.livelihood import measure_roots, update_all_funds
from emigre.results.counts import Counts
from emigre.results.trajectories import Period

FIRST_ROOM = 4096
FIRST_SHARE = 64
"""Initial space: a number of parties, plus one in so many households. Growing copies all rows."""
BYTES_A_PARTY = sum(np.dtype(list(each), align=True).itemsize for each in (PARTY, STAY)) + 4 + 32
"""A party's row, an earlier stay, its due day, and its entries in the lists of the agenda."""
ROOTS_EVERY = 28
"""Days between measurements of rootedness, each a scan of everybody abroad."""


def simulate(
    plan: Compiled,
    seed: int,
    run: int,
    on_day: Callable[[int], None] | None = None,
    trace: Period | None = None,
    steps: Sequence[Step] = (),
    threads: int = 1,
) -> Counts:
    """Simulate all days of a compiled scenario for one run of an ensemble.

    The result depends only on (plan, seed, run). on_day(day) is called after each day. trace: the
    days (first, end), half-open, over which households are followed (`Counts.trace`). steps:
    additional steps of the day, copied for this run. threads: they share the work of a day. Raises
    BooksError if the accounts do not balance (a bug in the program or in a step).
    """
    ahead.start()
    recorder = None if trace is None else TrajectoryRecorder(plan, trace)
    with Threads(threads if plan.by is None else 1) as shared:  # adding up categories takes longer
        state = _Run(plan, np.uint64(run_key(seed, run)), recorder, run, copies(steps), shared)
        for day in range(plan.n_days):
            state.step(day)
            if on_day is not None:
                on_day(day)
    counts = state.ledger.counts()
    return counts if recorder is None else replace(counts, trace=recorder.trace)


class _Run:
    """State of one run."""

    def __init__(
        self,
        plan: Compiled,
        key: np.uint64,
        recorder: TrajectoryRecorder | None,
        run: int,
        steps: tuple[Step, ...],
        threads: Threads,
    ) -> None:
        self.plan, self.key, self.recorder, self.threads = plan, key, recorder, threads
        self.run, self.steps = run, steps
        used = {r["kind"] for r in plan.index.rows["rules"]}
        self.kinds = {name: k for name, k in schema.added_rule_kinds().items() if name in used}
        self.ledger = Ledger(plan)
        at_home = int(plan.cohorts.row.total.sum())
        # Given departures bound the number of parties.
        leaving = min(int(np.maximum(plan.given, 0).sum()) // plan.scale, at_home)
        room = FIRST_ROOM + at_home // FIRST_SHARE + int(plan.present.sum()) + leaving
        _require_room(room)
        self.people = threads.prepare(population_of(plan, self.ledger.accounts, room))
        self.used = 0
        self.levels_of_day, self.count_leavers = repeated(levels_of_day), repeated(count_leavers)
        self.leave_home, self.list_due = repeated(leave_home), repeated(list_due)
        self.set_out, self.dissolve_staying = repeated(set_out_today), repeated(dissolve_staying)
        self.serve_crossings, self.arrive = repeated(serve_crossings), repeated(arrive_until)
        self.evening = repeated(evening)
        self.leavers = np.zeros(plan.cohorts.row.size, np.int32)
        self.given = GivenDepartures(plan, self.key)
        self.owed = np.zeros(plan.given.shape[0], np.int64)
        self.outlook = Outlook(plan)
        self.households = _willing_households(plan)
        self.level_error = np.zeros(plan.world.n_crossings)
        self.level = np.empty(plan.level.shape[1:])
        self.payment = -1  # layer of the payment rules
        self.period = -1
        self.checkpoints: dict[tuple[Interval, ...], list[CheckpointRules]] = {}
        self.reference = 0.0
        self.counts_days = any(r["window_days"] for r in plan.index.rows["rules"])

    def step(self, day: int) -> None:
        """Simulate one day, in the order of engine/day.py."""
        plan = self.plan
        now = conditions_of(plan, self.outlook.conditions_on(day, self.ledger), self.key)
        if day == 0:
            self.reference = reference_access(plan, now.today)
            self._settle_present(now)
        if self.recorder is not None:  # after the initial stock is created
            self.recorder.before(day, self.people.parties, self.used)
        self._update_funds(now)
        now = self._call("morning", now)
        self._grow(leavers := self._count_leavers(now))
        self._day(now, leavers)
        if day % ROOTS_EVERY == 0:
            measure_roots(now, self.people, self.used)
        if self.owed.size:
            self.ledger.count_missing(self.owed, self.people.cohorts)
        self._call("evening", now)
        self.ledger.close_day(day)
        if self.recorder is not None:
            self.recorder.after(day, self.people.parties, self.used)

    def _call(self, moment: str, now: Conditions) -> Conditions:
        """Call rule kinds (in the morning) and steps; returns the conditions as they leave them."""
        if moment == "morning":
            for number, (name, kind) in enumerate(self.kinds.items()):
                if kind.apply is not None:
                    view = self._view(now, number, 2)
                    kind.apply(view, view.rule(name))
                    now = view.conditions
        for number, step in enumerate(self.steps):
            view = self._view(now, number, int(moment == "evening"))
            getattr(step, moment)(view)
            now = view.conditions
        return now

    def _view(self, now: Conditions, number: int, moment: int) -> DayView:
        """The day for an object from outside, with random numbers of its own."""
        plan, day, parties = self.plan, now.today.day, self.people.parties
        used = Parties(parties.row[: self.used], parties.due[: self.used])
        tables, period = plan.timetable.added, plan.timetable.last(day)
        return DayView(
            day=day,
            date=plan.scenario.dates[day],
            run=self.run,
            places=plan.index.places,
            rules={name: table.at(period)[0] for name, table in tables.items()},
            conditions=now,
            people=self.people._replace(parties=used),
            random=np.random.default_rng((int(self.key), day, number, moment)),
        )

    def _settle_present(self, now: Conditions) -> None:
        """Create the parties that are abroad at the beginning of the first day."""
        plan = self.plan
        if not plan.present.any():
            return
        self._grow(int(plan.present.sum()))
        self.used = settle_present(now, self.people, plan.present, plan.typical_homes, self.used)

    def _count_leavers(self, now: Conditions) -> int:
        """Households that decide today; by cohort in `leavers`."""
        plan, left = self.plan, self._willing_left()
        if self.steps or self.kinds:  # they may have changed any cohort
            self.people.bounds.kind[:] = NOWHERE
        base = plan.base * left
        write_hazards(now, self.people, base, self.reference)
        total = int(self.count_leavers(now, self.people, base, self.leavers))
        if self.owed.size:
            willing, cohorts = plan.willing * left, self.people.cohorts
            persons = self.given.persons(now.today.day, now.today, cohorts, willing)
            self.owed += persons
            # A remainder waits for the next day with departures: an excess could not be undone.
            due = np.where(persons > 0, self.owed, 0)
            total += count_given(now, self.people, willing, due, self.leavers)
        return total

    def _willing_left(self) -> F64 | float:
        """Mean willingness of those still at home, by group (departures.willing_left)."""
        spread = self.plan.parameters.departures.willingness_spread
        if spread == 0.0:
            return 1.0
        return willing_left(self.people.cohorts.undecided, self.plan.cohorts.undecided, spread)

    def _traffic_factor(self, today: Today) -> float:
        """Factor of the pressures on ordinary traffic (border_checks.traffic_factor)."""
        weight = self.plan.parameters.borders.traffic_pressure_weight
        if weight == 0.0:
            return 1.0
        return traffic_factor(today.departure_multiplier, self.households, weight)

    def _grow(self, coming: int) -> None:
        people = self.people
        need = self.used + coming + int(people.agenda.size[JOINING])
        if need > people.parties.due.size:
            room = max(need, 2 * people.parties.due.size)
            _require_room(room + people.parties.due.size)  # both exist during the copy
            self.people = people._replace(
                parties=grow_parties(people.parties, self.used, room),
                agenda=grow_agenda(people.agenda, room),
            )
        used, more = self.threads.stays, need * self.threads.number
        if self.counts_days and used + more > people.stays.row.size:
            stays = grow_stays(people.stays, used, used + 2 * more)
            self.people = self.people._replace(stays=stays)

    def _update_funds(self, now: Conditions) -> None:
        plan = self.plan
        layer = int(plan.timetable.payment.layer[plan.timetable.last(now.today.day)])
        if layer != self.payment:
            new, old = (plan.timetable.payment.value[i] for i in (layer, self.payment))
            if self.payment >= 0 and not np.array_equal(new, old):
                update_all_funds(now, self.people, self.used)
        self.payment = layer

    def _day(self, now: Conditions, leavers: int) -> None:
        """Events of a day in which some households decide to leave."""
        plan, day = self.plan, now.today.day
        self.levels_of_day(
            now,
            plan.level[day],
            plan.level_sd[day],
            self._traffic_factor(now.today),
            self.level_error,
            self.level,
        )
        self.used = self.threads.leave_home(
            self.leave_home,
            now,
            self.people,
            self.owed,
            self.leavers,
            self.used,
            self.used + leavers,
        )
        self.list_due(now, self.people, self.used)
        gives = NEXT, ARRIVING, STAYING, LIVING
        self.threads.call(self.set_out, now, self.people, DUE, gives)
        self.dissolve_staying(now, self.people)
        people, lists = self.people, (LIVING, (JOINING,))
        # Choices in the evening depend on the arrivals of the day only where a camp may be full.
        if people.agenda.size[LIVING] and np.isinf(now.today.free).all():
            with self.threads.beside(self.evening, now, people, *lists) as people:
                self._cross(now, people)
        else:
            self._cross(now, people)
        if people.agenda.size[LIVING]:
            self.threads.call(self.evening, now, people, *lists)

    def _cross(self, now: Conditions, people: Population) -> None:
        """Crossings and arrivals of a day."""
        plan, day = self.plan, now.today.day
        parts = tuple(plan.timetable.intervals(day))
        gives = ARRIVING, NEXT, LIVING
        for (_, _, period), checkpoint in zip(parts, self._checkpoints(parts), strict=True):
            # Legs are open or closed for a whole day, by the rules at its end.
            changed = not self.period == period == plan.timetable.last(day)
            self.period = period
            here = now._replace(today=self._during(now.today, period))
            until = day + checkpoint.end
            for at_end in (False, True):
                # Journeys that end at places that are never full. Crossings contain the code of
                # arrivals, which is compiled first (engine/ahead.py).
                if people.agenda.size[ARRIVING] or not at_end:
                    self.threads.call(self.arrive, here, people, ARRIVING, gives, until)
                self.serve_crossings(here, people, checkpoint, self.level, changed, at_end)

    def _during(self, today: Today, period: int) -> Today:
        """Conditions of the day, with the rules of one of its periods for those who arrive."""
        table = self.plan.timetable
        last = table.last(today.day)
        if period == last and table.arrival.layer[period] == table.usual_arrival.layer[period]:
            return today
        law, entry = self.outlook.law(today.day, last, period), table.arrival.entry(period)
        return today._replace(law=law, **entry)

    def _checkpoints(self, parts: tuple[Interval, ...]) -> list[CheckpointRules]:
        """Rules at crossings in each interval; whole days of one period share them."""
        if parts not in self.checkpoints:
            self.checkpoints = {parts: checkpoint_rules_of(self.plan, parts)}
        return self.checkpoints[parts]


def _willing_households(plan: Compiled) -> F64:
    """Households of the first day, weighted by their willingness to leave: (zones, G)."""
    row, n_groups = plan.cohorts.row, plan.willing.size
    shape = plan.leaving.shape[1:]
    cell = row.zone.astype(np.int64) * n_groups + row.group
    each = row.total * plan.willing[row.group]
    return np.bincount(cell, each, shape[0] * shape[1]).astype(np.float64).reshape(shape)


def _require_room(parties: int) -> None:
    """InputError unless that many parties fit into memory."""
    hint = "--scale K simulates one party in K"
    require(parties * BYTES_A_PARTY, f"{parties} parties", "--scale", hint)
