"""One run: the days one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from emigre.draws import run_key
from emigre.engine.compile import Compiled
from emigre.engine.counters import counters_of, empty_queues
from emigre.engine.day import Lists, counters, evening, morning
from emigre.engine.laws import Prospect, Stretch
from emigre.engine.ledger import Ledger
from emigre.engine.memory import require
from emigre.engine.witness import Witness
from emigre.processes.borders import level_errors, true_levels
from emigre.processes.departures import count_given, count_leavers, shared_hazard
from emigre.processes.livelihood import resettle, take_roots
from emigre.processes.outlook import (
    room_factor,
    sum_ways,
    urgency,
    value_access,
    weigh_gates,
    weigh_routes,
    weigh_ways,
)
from emigre.processes.presence import settle_present
from emigre.results.counts import Counts
from emigre.results.trace import Period
from emigre.state import (
    F64,
    I32,
    I64,
    LAW,
    PARTY,
    Cohorts,
    Counter,
    Rows,
    Today,
    grow_parties,
    measure_index,
    new_parties,
    records,
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
    witness = None if trace is None else Witness(plan, trace)
    state = _Run(plan, np.uint64(run_key(seed, run)), witness)
    for day in range(plan.n_days):
        state.step(day)
        if on_day is not None:
            on_day(day)
    found = state.ledger.counts()
    return found if witness is None else replace(found, trace=witness.trace)


class _Run:
    """What changes during one run."""

    def __init__(self, plan: Compiled, key: np.uint64, witness: Witness | None) -> None:
        self.plan, self.key, self.witness = plan, key, witness
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
        self.queues = empty_queues(plan)
        self.leavers = np.zeros(plan.cohorts.row.size, np.int32)
        self.owed = np.zeros(plan.given.shape[0], np.int64)
        self.deciding = bool((plan.world.pool < 0).any())  # some origin's numbers are not given
        self.outlook = Outlook(plan)
        self.level_error = np.empty(plan.world.n_crossings)
        level_errors(plan.world, self.key, self.level_error)
        self.level = np.empty(plan.level.shape[1:])
        self.reach: F64 | None = None
        self.period = -1
        self.counters: dict[tuple[Stretch, ...], list[Counter]] = {}
        self.reference = 0.0

    def step(self, day: int) -> None:
        """One day, in the order of engine/day.py."""
        plan = self.plan
        today = self.outlook.look(day, self.ledger)
        if day == 0:
            self.reference = reference_access(plan, today)
            self._settle_present(today)
        if self.witness is not None:  # after those are settled who left before the first day
            self.witness.before(day, self.parties, self.used)
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
        self.ledger.count_missing(self.owed, self.cohorts)
        self.ledger.close_day(day)
        if self.witness is not None:
            self.witness.after(day, self.parties, self.used)

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
            self.owed += plan.given[:, day]
            found += count_given(
                plan.world, self.cohorts, today, plan.willing, self.owed, self.key, self.leavers
            )
        return found

    def _make_room(self, coming: int) -> None:
        need = self.used + coming + self.n_joining
        if need > self.parties.due.size:
            room = max(need, 2 * self.parties.due.size)
            _require_room(room + self.parties.due.size)  # both are there while one is copied
            self.parties = grow_parties(self.parties, self.used, room)
            # Copied, not emptied: the families that follow today stand in one of them.
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
        """The day with the entry rules on arrival of one of its periods."""
        table = self.plan.timetable
        if period == table.last(today.day):
            return today
        share, days, window = table.arrival.at(period)
        return today._replace(
            entry_share=np.ascontiguousarray(share[:, : table.n_classes]),
            entry_days=np.ascontiguousarray(days[:, : table.n_classes]),
            entry_window=np.ascontiguousarray(window[:, : table.n_classes]),
        )

    def _counters(self, parts: tuple[Stretch, ...]) -> list[Counter]:
        """What the counters apply in each stretch; whole days of one period share it."""
        if parts not in self.counters:
            self.counters = {parts: counters_of(self.plan, parts)}
        return self.counters[parts]


def _require_room(parties: int) -> None:
    """InputError unless so many parties fit into memory."""
    hint = "--scale K lets one party stand for K"
    require(parties * BYTES_A_PARTY, f"{parties} parties", "--scale", hint)


def reference_access(plan: Compiled, today: Today) -> float:
    """A_0: mean access on the day of reference. today: the outlook of the first day."""
    if plan.reference is None:
        return mean_access(plan, today.access)
    then = plan.reference
    return mean_access(then, Outlook(then).look(0, Ledger(then)).access)


def mean_access(plan: Compiled, access: F64) -> float:
    """A_0: mean value of access of all households at home. access: (O, C), without unit."""
    cohorts = plan.cohorts
    each = access[cohorts.row.origin, plan.world.groups.outlook[cohorts.row.group]]
    total = int(cohorts.row.total.sum())
    return float((each * cohorts.row.total).sum() / total) if total else 0.0


class _Held(NamedTuple):
    """What the rules of one period say to people who look for a way."""

    prospect: Prospect
    entry_days: I32  # (D, C)
    entry_window: I32  # (D, C)
    fare: F64  # (X)
    room: F64  # (D) persons


@dataclass
class Outlook:
    """Recomputes each day what people see before them; tables are reused where nothing changed."""

    plan: Compiled

    def __post_init__(self) -> None:
        world, ways = self.plan.world, self.plan.ways
        self.n_classes = world.class_level.size
        self.room_weight = self.plan.scenario.parameters["room_weight"]
        self.starts = world.n_origins + world.n_crossings + world.n_countries
        self.way_weight = np.zeros((ways.row.size, world.level_savings.size))
        self.fare: F64 | None = None
        self.security_sum = np.zeros(self.plan.timetable.payment.at(0)[0].shape)
        self._held: dict[int, _Held] = {}
        self._laws: dict[tuple[int, int], Rows] = {}
        self._felt: tuple[F64, F64, F64] | None = None

    def look(self, day: int, ledger: Ledger) -> Today:
        """The outlook of a day under the rules in force at its end."""
        plan = self.plan
        period = plan.timetable.last(day)
        held = self._in_force(period)
        self._weigh_ways(held.fare)
        waiting = _queue_lengths(ledger)
        present = ledger.books.country[measure_index("country")["stock"]].sum(axis=1)
        pull = self._pull(present)
        room = room_factor(held.room, present.astype(np.float64), self.room_weight)
        goals = pull * room[:, None]
        routes = self._routes(held.prospect, waiting, goals)
        total, access = self._access(routes, abroad=True)
        push, back = self._pressures(day)
        return Today(
            day=day,
            way_weight=self.way_weight,
            route_weight=routes,
            pull=pull,
            total=total,
            access=access,
            urgency=self._urgency(day, access, waiting, goals),
            appeal=np.zeros((plan.world.n_origins, self.n_classes)),
            push=push,
            back=back,
            law=self._law(day, period),
            entry_share=held.prospect.arrival_share,
            entry_days=held.entry_days,
            entry_window=held.entry_window,
            free=held.room - present,
        )

    def _in_force(self, period: int) -> _Held:
        """What the rules of a period say, gathered once."""
        if period not in self._held:
            table, n = self.plan.timetable, self.n_classes
            share, days, window = table.arrival.at(period)
            self._held[period] = _Held(
                Prospect(
                    np.ascontiguousarray(table.capacity.at(period)[0][:, 0]),
                    np.ascontiguousarray(table.exit.at(period)[0][:, :n]),
                    np.ascontiguousarray(table.entry.at(period)[0][:, :n]),
                    np.ascontiguousarray(share[:, :n]),
                ),
                np.ascontiguousarray(days[:, :n]),
                np.ascontiguousarray(window[:, :n]),
                np.ascontiguousarray(table.fare.at(period)[0][:, 0]),
                np.ascontiguousarray(table.room.at(period)[0][:, 0]),
            )
        return self._held[period]

    def _pressures(self, day: int) -> tuple[F64, F64]:
        """(zones, G) exp of the pressures on leaving, and those on returning."""
        plan, strength = self.plan, self.plan.strength[:, day]
        if self._felt is None or not np.array_equal(strength, self._felt[0]):
            push = np.exp(_pressure(strength, plan.leaving))
            self._felt = strength, push, _pressure(strength, plan.returning)
        return self._felt[1], self._felt[2]

    def _law(self, day: int, period: int) -> Rows:
        """(D, L) what permits, asylum, work and payments are like, and how safe a status is."""
        table, safe = self.plan.timetable, self.plan.securities
        plane = int(safe.plane[day])
        if (period, plane) not in self._laws:
            law = records(LAW, table.payment.at(period)[0].shape)
            law.permit_share, law.permit_days, law.permit_delay = table.permit.at(period)
            law.renewal_share, law.renewal_days, law.renewal_delay = table.renewal.at(period)
            law.asylum_share, law.asylum_days, law.asylum_delay = table.asylum.at(period)
            law.border_run = table.border_run.at(period)[0]
            law.work = table.work.at(period)[0]
            law.grace = table.grace.at(period)[0]
            law.reach = table.payment.at(period)[0]
            law.security = safe.security[plane]
            law.threat = safe.threat[plane]
            self._laws[period, plane] = law
        law = self._laws[period, plane]
        law["security_sum"][...] = self.security_sum
        self.security_sum = self.security_sum + safe.security[plane]
        return law

    def _weigh_ways(self, fare: F64) -> None:
        if self.fare is None or not np.array_equal(fare, self.fare):
            weigh_ways(
                self.plan.ways,
                np.ascontiguousarray(fare),
                self.plan.world.level_savings,
                self.plan.outlook,
                self.way_weight,
            )
            self.fare = fare

    def _pull(self, present: I64) -> F64:
        """(D, C): attraction, network of those settled and those who came."""
        plan = self.plan
        network = (1.0 + plan.diaspora + present) ** plan.outlook.network_weight
        return plan.pull * network[:, None]

    def _routes(self, prospect: Prospect, waiting: F64, pull: F64) -> F64:
        """(R, C) exp of what crossings and destinations contribute under these rules."""
        plan = self.plan
        gate = np.zeros(prospect.entry_share.shape)
        if plan.world.n_crossings:
            weigh_gates(
                prospect.exit_share,
                prospect.entry_share,
                prospect.capacity,
                waiting,
                plan.outlook,
                gate,
            )
        check = _check_weights(prospect.arrival_share, plan.outlook.risk_weight)
        routes = np.empty((plan.ways.routes.size, self.n_classes))
        weigh_routes(plan.ways, gate, pull, check, routes)
        return routes

    def _access(self, routes: F64, *, abroad: bool) -> tuple[F64, F64]:
        """Sum of exp(V) and A for all origins and, if asked, for all countries (not crossings)."""
        world = self.plan.world
        total = np.zeros((self.starts, self.n_classes))
        access = np.zeros_like(total)
        spans = [(0, world.n_origins)]
        if abroad:
            spans.append((world.n_origins + world.n_crossings, self.starts))
        for begin, end in spans:
            sum_ways(self.plan.ways, begin, end, world.level_first, self.way_weight, routes, total)
            value_access(total, self.plan.outlook.floor_utility, begin, end, access)
        return total, access

    def _urgency(self, day: int, access: F64, waiting: F64, pull: F64) -> F64:
        """(O, C) what is lost by waiting, from what people expect today."""
        plan = self.plan
        now = access[: plan.world.n_origins]
        if plan.expectations.nothing_new(day):
            return np.zeros_like(now)

        def after(number: int) -> F64:
            routes = self._routes(plan.expectations.prospects[number], waiting, pull)
            return self._access(routes, abroad=False)[1][: plan.world.n_origins]

        announced = plan.expectations.announced[day]
        expected = now if announced < 0 else after(announced)
        return urgency(now, expected, [(q, after(r)) for q, r in plan.expectations.rumoured[day]])


def _check_weights(share: F64, risk_weight: float) -> F64:
    """check_weight over a table."""
    return np.where(share > 0.0, np.exp(-risk_weight * (1.0 - share)), 0.0)


def _pressure(strength: F64, weight: F64) -> F64:
    """(zones, G) sum of w x, row by row: a matrix product would not keep the order of the sum."""
    total = np.zeros(weight.shape[1:])
    for x, w in zip(strength, weight, strict=True):
        if x != 0.0:
            total += x * w
    return total


def _queue_lengths(ledger: Ledger) -> F64:
    """(X) all who wait at the end of the day before."""
    rows = measure_index("crossing")
    book = ledger.books.crossing
    both = book[rows["waiting"]].sum(axis=1) + book[rows["waiting_ordinary"]].sum(axis=1)
    return both.astype(np.float64)
