"""Conditions of a day: rules, pressures, and the utility of ways out.

The parts of V are kept from day to day and recomputed only where they changed. A changed part is
recomputed from scratch, so that results do not depend on earlier days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emigre.engine.build import Compiled
from emigre.engine.expectations import Prospect, alike, prospect_of
from emigre.engine.ledger import Ledger
from emigre.processes.access import (
    Network,
    Pairs,
    Part,
    Reach,
    sum_ways,
    value_access,
    weigh_checks,
    weigh_crossings,
    weigh_goals,
    weigh_routes,
    weigh_ways,
)
from emigre.processes.arrays import (
    F64,
    I32,
    I64,
    LAW,
    Itineraries,
    Rows,
    Today,
    World,
    measure_index,
    records,
)
from emigre.processes.parameters import OutlookParameters
from emigre.processes.route_choice import room_utility, urgency

TODAY = -1
"""Key of the rules in force, beside the numbers of expected rules."""


class _Held(NamedTuple):
    """Rules of one period, as they enter the choice of ways."""

    prospect: Prospect
    entry_days: I32  # (D, C)
    entry_window: I32  # (D, C)
    fare: F64  # (X + D) factors at crossings, then at destinations that check on arrival
    room: F64  # (D) persons


class _Weights(NamedTuple):
    """Weights of pressures (pressures, zones, G); many groups have the same."""

    distinct: F64  # (pressures, zones, U)
    column: I64  # (G) which of them

    @classmethod
    def of(cls, weights: F64) -> _Weights:
        n_groups = weights.shape[2]
        distinct, column = np.unique(weights.reshape(-1, n_groups), axis=1, return_inverse=True)
        shape = (*weights.shape[:2], distinct.shape[1])
        return cls(np.ascontiguousarray(distinct).reshape(shape), column.ravel())

    def of_groups(self, values: F64) -> F64:
        """(zones, U) to (zones, G)."""
        return np.take(values, self.column, axis=1)


class Outlook:
    """Conditions day by day (:meth:`look`)."""

    def __init__(self, plan: Compiled) -> None:
        self.plan = plan
        world, ways, goals = plan.world, plan.itineraries, alike(plan.pull)
        self.n_classes = world.class_level.size
        prm = plan.scenario.parameters
        self.room_weights = prm["room_weight"], prm["free_share_weight"]
        levels, starts = world.level_savings.size, len(ways.first) - 1
        way = Part(
            np.zeros((ways.row.size, levels)),
            np.zeros((starts, levels)),
            np.zeros((ways.row.size, levels)),
        )
        self.network = Network(ways, _pairs(world, ways), way)
        self.fare: F64 | None = None
        self.legs = 0
        self.class_goal = goals
        self.goal_class = np.unique(goals, return_index=True)[1]
        self.reached: dict[int, _Reached] = {}
        self.security_sum = np.zeros(plan.timetable.payment.at(0)[0].shape)
        self._held: dict[tuple[int, ...], _Held] = {}
        self._laws: dict[tuple[int, int], Rows] = {}
        self.leaving, self.returning = _Weights.of(plan.leaving), _Weights.of(plan.returning)
        self._felt: tuple[F64, F64, F64] | None = None

    def look(self, day: int, ledger: Ledger) -> Today:
        """Conditions of a day under the rules in force at its end."""
        plan = self.plan
        if day > 0:
            safe = plan.securities
            self.security_sum = self.security_sum + safe.security[int(safe.plane[day - 1])]
        period = plan.timetable.last(day)
        held = self._in_force(period)
        new_fares = self._weigh_ways(held.fare, int(plan.timetable.leg.plane[period]))
        present = ledger.accounts.country[measure_index("country")["stock"]].sum(axis=1)
        room = room_utility(held.room, present.astype(np.float64), *self.room_weights)
        network = plan.outlook.network_weight * np.log(1.0 + plan.diaspora + present)
        pull = plan.pull + network[:, None]
        access, rumoured = self._access(
            day, held.prospect, _queue_lengths(ledger), self._goals(pull, room), new_fares
        )
        push, back = self._pressures(day)
        now = self.reached[TODAY].reach
        return Today(
            day=day,
            way_utility=self.network.way.utility,
            route_utility=now.utility,
            column=now.column,
            attraction=pull,
            room=room,
            access=access,
            urgency=rumoured,
            hazard_factor=np.zeros((plan.world.n_origins, self.n_classes)),
            departure_multiplier=push,
            return_log_hazard=back,
            law=self.law(day, period),
            entry_share=held.prospect.arrival_share,
            entry_days=held.entry_days,
            entry_window=held.entry_window,
            free=held.room - present,
            member_share=plan.timetable.member_share(period),
        )

    def _in_force(self, period: int) -> _Held:
        """Rules of a period, gathered once for all periods with the same rules."""
        table, n = self.plan.timetable, self.n_classes
        tables = (
            table.capacity,
            table.exit,
            table.entry,
            table.arrival,
            table.fare,
            table.arrival_fare,
            table.room,
        )
        planes = tuple(int(each.plane[period]) for each in tables)
        if planes not in self._held:
            capacity, exits, entry, arrival, fare, arrival_fare, room = (
                each.value[plane] for each, plane in zip(tables, planes, strict=True)
            )
            _, days, window = table.arrival.at(period)
            self._held[planes] = _Held(
                prospect_of(capacity[:, 0], exits[:, :n], entry[:, :n], arrival[:, :n]),
                np.ascontiguousarray(days[:, :n]),
                np.ascontiguousarray(window[:, :n]),
                np.append(fare, arrival_fare),
                np.ascontiguousarray(room[:, 0]),
            )
        return self._held[planes]

    def _pressures(self, day: int) -> tuple[F64, F64]:
        """exp of the pressures on leaving, and the pressures on returning: (zones, G) each."""
        strength = self.plan.strength[:, day]
        if self._felt is None or not np.array_equal(strength, self._felt[0]):
            push, back = self.leaving, self.returning
            self._felt = (
                strength,
                push.of_groups(np.exp(_pressure(strength, push.distinct))),
                back.of_groups(_pressure(strength, back.distinct)),
            )
        return self._felt[1], self._felt[2]

    def law(self, day: int, period: int) -> Rows:
        """Rules of permits, asylum, work and payments, and the security of status: (D, L)."""
        table, safe = self.plan.timetable, self.plan.securities
        plane = int(safe.plane[day])
        if (period, plane) not in self._laws:
            law = records(LAW, table.payment.at(period)[0].shape)
            law.permit_share, law.permit_days, law.permit_delay = table.permit.at(period)
            law.renewal_share, law.renewal_days, law.renewal_delay = table.renewal.at(period)
            law.asylum_share, law.asylum_days, law.asylum_delay = table.asylum.at(period)
            law.protection_share, law.protection_days, _ = table.protection.at(period)
            law.border_run = table.border_run.at(period)[0]
            law.work = table.work.at(period)[0]
            law.grace = table.grace.at(period)[0]
            law.accessible_share = table.payment.at(period)[0]
            law.security = safe.security[plane]
            law.threat = safe.threat[plane]
            self._laws[period, plane] = law
        law = self._laws[period, plane]
        law["security_sum"][...] = self.security_sum
        return law

    def _weigh_ways(self, fare: F64, legs: int) -> bool:
        """Update the ways' part of V; returns whether fares or open legs have changed.

        legs: plane of `timetable.leg`.
        """
        if self.fare is not None and legs == self.legs and np.array_equal(fare, self.fare):
            return False
        plan, self.fare, self.legs = self.plan, fare, legs
        crossing, goal = np.split(fare, [plan.world.n_crossings])
        weigh_ways(self.network, crossing, goal, plan.world.level_savings, plan.outlook)
        missing, way = ~plan.exists[legs], self.network.way
        way.utility[missing], way.weight[missing] = -np.inf, 0.0
        return True

    def _goals(self, pull: F64, room: F64) -> Part:
        """The destinations' part of V by column of attractions."""
        v = np.ascontiguousarray(pull[:, self.goal_class] + room[:, None])
        goal = Part(v, np.zeros(v.shape[1]), np.zeros(v.shape))
        weigh_goals(goal)
        return goal

    def _access(
        self, day: int, now: Prospect, waiting: F64, goal: Part, new_fares: bool
    ) -> tuple[F64, F64]:
        """Value of access (starts, C), 0 at crossings, and the loss by waiting (O, C)."""
        plan, n = self.plan, self.plan.world.n_origins
        expectations, before = plan.expectations, self.reached
        self.reached = {}  # discard what is not used today

        def value(number: int, prospect: Prospect, places: int) -> F64:
            reach = before.get(number)
            if reach is None or not np.array_equal(reach.prospect.alike, prospect.alike):
                reach = _Reached(plan, self.class_goal, prospect, places)
            self.reached[number] = reach
            reach.update(self.network, prospect, waiting, new_fares, plan.outlook)
            return reach.access(self.network, goal, plan.outlook.floor_utility)

        places = value(TODAY, now, self.network.pairs.start.size)
        access = np.zeros((len(plan.itineraries.first) - 1, self.n_classes))
        access[:n], access[n + plan.world.n_crossings :] = places[:n], places[n:]
        if expectations.nothing_new(day):
            return access, np.zeros((n, self.n_classes))

        def after(number: int) -> F64:
            return value(number, expectations.prospects[number], n)

        announced = expectations.announced[day]
        expected = places[:n] if announced < 0 else after(announced)
        rumoured = [(q, after(r)) for q, r in expectations.rumoured[day]]
        return access, np.ascontiguousarray(urgency(access[:n], expected, rumoured))


class _Reached:
    """Ways out under one set of rules, updated from day to day."""

    def __init__(self, plan: Compiled, class_goal: I32, prospect: Prospect, places: int) -> None:
        world, routes, n = plan.world, plan.itineraries.routes, prospect.alike.size
        # Sorting by level gives columns in the order of levels.
        mark = world.class_level.astype(np.int64) * n + prospect.alike
        _, self.member, column = np.unique(mark, return_index=True, return_inverse=True)
        _, first, kind = np.unique(column * n + class_goal, return_index=True, return_inverse=True)
        self._take(prospect)
        self.is_new = True
        level, columns = world.class_level[self.member], self.member.size
        levels = np.arange(world.level_savings.size + 1)
        self.reach = Reach(
            column=column.astype(np.int32),
            kind=kind.astype(np.int32),
            level=level,
            level_first=np.searchsorted(level, levels).astype(np.uint64),
            kind_column=column[first].astype(np.int32),
            kind_goal=class_goal[first],
            crossing=np.full((world.n_crossings, columns), np.nan),
            check=np.full((world.n_countries, columns), np.nan),
            utility=np.zeros((routes.size, columns)),  # value without any border
            weight=np.ones((routes.size, columns)),
            sums=np.zeros((columns, world.n_countries, places)),
        )

    def _take(self, prospect: Prospect) -> None:
        """Gather the rules of each column."""
        self.prospect = prospect
        self.exits = np.ascontiguousarray(prospect.exit_share[:, self.member])
        self.entry = np.ascontiguousarray(prospect.entry_share[:, self.member])
        self.arrival = np.ascontiguousarray(prospect.arrival_share[:, self.member])

    def update(
        self,
        network: Network,
        prospect: Prospect,
        waiting: F64,
        new_fares: bool,
        prm: OutlookParameters,
    ) -> None:
        """Recompute what depends on changed checks, queues and fares."""
        if prospect is not self.prospect:
            self._take(prospect)
        reach, ways = self.reach, network.itineraries
        crossings = np.zeros(len(self.exits), np.int32)
        checks = np.zeros(len(self.arrival), np.int32)
        changed = np.full(ways.routes.size, self.is_new or new_fares, np.int32)
        self.is_new = False
        weigh_crossings(
            self.exits, self.entry, prospect.capacity, waiting, prm, reach.crossing, crossings
        )
        weigh_checks(self.arrival, prm.risk_weight, reach.check, checks)
        weigh_routes(ways, crossings, checks, reach, changed)
        sum_ways(network, changed, reach, np.empty(self.member.size))

    def access(self, network: Network, goal: Part, floor_utility: float) -> F64:
        """Value of access: (places, C)."""
        by_kind = value_access(network, goal, self.reach, floor_utility)
        return by_kind[self.reach.kind].T


def reference_access(plan: Compiled, today: Today) -> float:
    """A_0: mean access on the reference day. today: the outlook of the first day."""
    if plan.reference is None:
        return mean_access(plan, today.access)
    then = plan.reference
    return mean_access(then, Outlook(then).look(0, Ledger(then)).access)


def mean_access(plan: Compiled, access: F64) -> float:
    """A_0: mean value of access of all households at home. access: (O, C), dimensionless."""
    cohorts = plan.cohorts
    each = access[cohorts.row.origin, plan.world.groups.outlook[cohorts.row.group]]
    total = int(cohorts.row.total.sum())
    return float((each * cohorts.row.total).sum() / total) if total else 0.0


def _pairs(world: World, ways: Itineraries) -> Pairs:
    """Ranges of ways with the same start and destination, from origins and countries."""
    start = np.repeat(np.arange(len(ways.first) - 1), np.diff(ways.first))
    here = (start < world.n_origins) | (start >= world.n_origins + world.n_crossings)
    destination = ways.routes.destination[ways.row.route[: start.size]]
    new = np.ones(start.size, np.bool_)
    new[1:] = (start[1:] != start[:-1]) | (destination[1:] != destination[:-1])
    first = np.flatnonzero(new)
    end = np.append(first[1:], start.size)
    places = np.arange(len(ways.first) - 1 - world.n_crossings)
    places[world.n_origins :] += world.n_crossings
    place = np.searchsorted(places, start[first])
    order = np.lexsort((place, destination[first]))
    order = order[here[first[order]]]
    return Pairs(
        first[order],
        end[order],
        np.ascontiguousarray(ways.row.route),
        place[order].astype(np.int32),
        places.astype(np.int32),
    )


def _pressure(strength: F64, weight: F64) -> F64:
    """Sum of w x (zones, G), row by row: a matrix product would not keep the order of summation."""
    total = np.zeros(weight.shape[1:])
    part = np.empty_like(total)
    for x, w in zip(strength, weight, strict=True):
        if x != 0.0:
            total += np.multiply(x, w, out=part)
    return total


def _queue_lengths(ledger: Ledger) -> F64:
    """Persons waiting (X) at the end of the previous day."""
    rows = measure_index("crossing")
    counts = ledger.accounts.crossing
    both = counts[rows["waiting"]].sum(axis=1) + counts[rows["waiting_ordinary"]].sum(axis=1)
    return both.astype(np.float64)
