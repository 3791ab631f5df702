"""Compute the conditions of a day: rules, pressures, and the utility of ways out.

The parts of V (access.py) are kept from day to day, and recomputed only where they changed. A
changed part is recomputed from scratch: results do not depend on earlier days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from emigre.engine.build import Compiled
from emigre.engine.checkpoint_rules import rules_all_day
from emigre.engine.expectations import Prospect
from emigre.engine.ledger import Ledger
from emigre.engine.pressures import add_pressures
from emigre.engine.rule_table import alike, alike_in_all
from emigre.numerics.jit import repeated
from emigre.processes.access import (
    Checks,
    Moved,
    Network,
    Pairs,
    Part,
    Reach,
    sum_out,
    take_logarithms,
    weigh_goals,
    weigh_ways,
)
from emigre.processes.arrays import (
    F64,
    I32,
    I64,
    U64,
    CheckpointRules,
    Flags,
    Itineraries,
    OpenWays,
    Rows,
    Today,
    World,
    measure_index,
)
from emigre.processes.route_choice import list_open_ways, room_utility, urgency

TODAY = -1
"""Key of the rules in force; keys of expected rules are their numbers."""


class _RulesInForce(NamedTuple):
    """Rules of one period that affect route choice."""

    prospect: Prospect
    entry: dict[str, Any]  # for those who arrive without a crossing (Table.entry)
    fare: F64  # (X + D) factors at crossings, then at destinations that check on arrival
    room: F64  # (D) persons
    member_share: F64  # (X, C)
    tonight: CheckpointRules


class _OpenLists(NamedTuple):
    """Lists of open ways, with the inputs from which they were made."""

    rules: _RulesInForce
    way: Flags  # (I) whether its own part of V leaves it open,
    route: Flags  # (Q, R) and that of its route
    listed: OpenWays

    def is_unchanged(self, row: I32, way: Flags) -> bool:
        """Whether columns (Q) share lists as before, and the same ways (I) are open."""
        return np.array_equal(self.listed.row, row) and np.array_equal(self.way, way)


class _Weights(NamedTuple):
    """Weights of pressures on groups (pressures, zones, G), most of which are equal."""

    distinct: F64  # (pressures, zones, U), each once
    column: I64  # (G) the column of each group in `distinct`

    @classmethod
    def of(cls, weights: F64) -> _Weights:
        column = alike(weights.reshape(-1, weights.shape[2])).astype(np.int64)
        _, first = np.unique(column, return_index=True)
        return cls(np.ascontiguousarray(weights[:, :, first]), column)

    def total(self, strength: F64) -> F64:
        """Sum of weight times strength (pressures,) over the pressures, (zones, U)."""
        out = np.empty(self.distinct.shape[1:])
        add_pressures(strength, self.distinct, out)
        return out

    def by_group(self, values: F64) -> F64:
        """Expand values (zones, U) to groups, (zones, G)."""
        return np.take(values, self.column, axis=1)


class Outlook:
    """Conditions of a run, one day after the other (:meth:`conditions_on`)."""

    def __init__(self, plan: Compiled) -> None:
        self.plan = plan
        world, ways = plan.world, plan.itineraries
        prm = plan.scenario.parameters
        self.room_weights = prm["room_weight"], prm["free_share_weight"]
        levels, starts = world.level_savings.size, len(ways.first) - 1
        pairs = _pairs(world, ways)
        way = Part(
            np.zeros((levels, ways.row.size)),
            np.zeros((starts, levels)),
            np.zeros((pairs.way.size, levels)),
        )
        floor = np.zeros((levels, pairs.start.size))
        self.network = Network(ways, pairs, way, np.zeros_like(floor), floor)
        self._expected: dict[tuple[int, bytes], Network] = {}
        self.weigh_ways: Callable[..., None] = weigh_ways
        self.weigh_goals: Callable[..., None] = repeated(weigh_goals)
        self.sum_out: Callable[..., None] = repeated(sum_out)
        self.fare: F64 | None = None
        self.legs = 0
        self.class_goal = alike(plan.pull.T, plan.network[None])
        member = np.unique(self.class_goal, return_index=True)[1]
        self.goal_pull, self.goal_network = plan.pull[member], plan.network[member]
        goals = self.goal_pull
        self.goal = Part(np.zeros_like(goals), np.zeros(len(goals)), np.zeros(goals.T.shape))
        self.attraction = np.empty_like(plan.pull)
        self.access_by_rules: dict[int, _AccessUnderRules] = {}
        self.security_sum = np.zeros(plan.timetable.payment.at(0)[0].shape)
        self._rules: _RulesInForce | None = None  # the newest only: they are large
        self._rules_period = -1
        self._open: _OpenLists | None = None
        self.list_open_ways: Callable[..., None] = repeated(list_open_ways)
        self._last_law: tuple[tuple[int, int, int], Rows, F64] | None = None
        self.leaving, self.returning = _Weights.of(plan.leaving), _Weights.of(plan.returning)
        self._scratch_arrays: dict[str, F64] = {}
        self._daily_pressures: tuple[F64, F64, F64] | None = None
        self._kinds: dict[tuple[int, ...], tuple[list[I32], I64, I32]] = {}

    def conditions_on(self, day: int, ledger: Ledger) -> Today:
        """Conditions of a day under the rules in force at its end."""
        plan = self.plan
        if day > 0:
            safe = plan.securities
            self.security_sum = self.security_sum + safe.security[int(safe.layer[day - 1])]
        period = plan.timetable.last(day)
        rules = self._rules_of(period)
        new_fares = self._weigh_routes(rules.fare, int(plan.timetable.leg.layer[period]))
        present = ledger.accounts.country[measure_index("country")["stock"]].sum(axis=1)
        room = room_utility(rules.room, present.astype(np.float64), *self.room_weights)
        network = plan.outlook.network_weight * np.log(1.0 + plan.diaspora + present)
        np.add(plan.pull, network[plan.network], out=self.attraction)
        np.add(self.goal_pull + network[self.goal_network], room, out=self.goal.utility)
        self.weigh_goals(self.goal)
        # A queue that moves for part of the day, or more slowly, counts as a longer one.
        waiting = _queue_lengths(ledger) / plan.timetable.rate_share[day]
        kind, access, loss = self._access(day, rules.prospect, waiting, new_fares)
        leaving, returning = self._pressures(day)
        now = self.access_by_rules[TODAY].reach
        return Today(
            day=day,
            way_utility=self.network.way.utility,
            route_utility=now.utility,
            column=now.column,
            open=self._open_ways(rules, now, new_fares),
            attraction=self.attraction,
            room=room,
            kind=kind,
            access=access,
            urgency=loss,
            log_hazard_factor=self._scratch("hazard", loss.shape),
            departure_multiplier=leaving,
            return_log_hazard=returning,
            law=self.law(day, period, period),
            **rules.entry,
            free=rules.room - present,
            member_share=rules.member_share,
            tonight=rules.tonight,
        )

    def _rules_of(self, period: int) -> _RulesInForce:
        """Rules of a period; those of the last call if they are the same."""
        table = self.plan.timetable
        if self._rules is not None and self._rules_period == period:
            return self._rules
        tables = (
            table.usual_capacity,
            table.usual_exit,
            table.usual_entry,
            table.usual_arrival,
            table.fare,
            table.arrival_fare,
            table.room,
            table.member_exit,
            table.member_entry,
        )
        layers, before = (
            tuple(int(each.layer[p]) for each in tables) for p in (period, self._rules_period)
        )
        self._rules_period = period
        if self._rules is None or layers != before:
            capacity, exits, entry, arrival, fare, arrival_fare, room, *member = (
                each.value[layer] for each, layer in zip(tables, layers, strict=True)
            )
            checks = zip(tables[1:4], layers[1:4], strict=True)
            same = alike_in_all([each.alike(layer) for each, layer in checks])
            self._rules = _RulesInForce(
                Prospect(np.ascontiguousarray(capacity[:, 0]), exits, entry, arrival, same),
                table.usual_arrival.entry(period),
                np.append(fare, arrival_fare),
                np.ascontiguousarray(room[:, 0]),
                np.minimum(*member),
                rules_all_day(self.plan, period),
            )
        return self._rules

    def _pressures(self, day: int) -> tuple[F64, F64]:
        """exp(pressures on leaving) and pressures on returning, (zones, G) each."""
        strength = self.plan.strength[:, day]
        if self._daily_pressures is None or not np.array_equal(strength, self._daily_pressures[0]):
            multiplier = self.leaving.by_group(np.exp(self.leaving.total(strength)))
            returning = self.returning.by_group(self.returning.total(strength))
            self._daily_pressures = strength, multiplier, returning
        return self._daily_pressures[1], self._daily_pressures[2]

    def law(self, day: int, period: int, arriving: int) -> Rows:
        """Law at the end of a day (D, L), with the rules on arrival of period ``arriving``."""
        table, safe = self.plan.timetable, self.plan.securities
        key = period, arriving, (layer := int(safe.layer[day]))
        if self._last_law is None or self._last_law[0] != key:
            law = table.law(period, arriving)
            law.security = safe.security[layer]
            law.threat = safe.threat[layer]
            self._last_law = key, law, law.security_sum
        _, law, security_sum = self._last_law
        security_sum[:] = self.security_sum
        return law

    def _weigh_routes(self, fare: F64, legs: int) -> bool:
        """Update the ways' part of V; returns whether fares or legs (a layer) have changed."""
        if legs == self.legs and (fare is self.fare or _same(fare, self.fare)):
            return False
        self.fare, self.legs = fare, legs
        self._weigh(self.network, fare, legs)
        return True

    def _weigh(self, network: Network, fare: F64, legs: int) -> None:
        """Compute the ways' part of V of a network."""
        plan = self.plan
        crossing, goal = np.split(fare, [plan.world.n_crossings])
        savings = plan.world.level_savings
        self.weigh_ways(network, plan.exists[legs], crossing, goal, savings, plan.outlook)

    def _network_under(self, legs: int, fare: F64) -> Network:
        """Network with the expected legs and fares; that of today if these are the same."""
        if legs == self.legs and _same(fare, self.fare):
            return self.network
        key = legs, fare.tobytes()
        if key not in self._expected:
            today = self.network
            parts = [np.zeros_like(part) for part in today.way]
            rest = (np.zeros_like(today.scale), np.zeros_like(today.floor))
            self._expected[key] = Network(today.itineraries, today.pairs, Part(*parts), *rest)
            self._weigh(self._expected[key], fare, legs)
        return self._expected[key]

    def _open_ways(self, rules: _RulesInForce, reach: Reach, new_fares: bool) -> OpenWays:
        """Ways open to each column. Queues and fares lower a utility but never close a way."""
        before = self._open
        if before is not None and before.rules is rules and not new_fares:
            return before.listed
        utility, ways = self.network.way.utility[0], self.plan.itineraries
        way, route = utility > -np.inf, reach.utility > -np.inf
        listed, changed = OpenWays.empty(ways, reach.same), np.ones(reach.same.size, np.bool_)
        if before is not None and before.is_unchanged(reach.same, way):
            listed, changed = before.listed, (before.route != route).any(axis=1)
        self.list_open_ways(ways, utility, reach.utility, changed, listed)
        self._open = _OpenLists(rules, way, route, listed)
        return listed

    def _access(
        self, day: int, now: Prospect, waiting: F64, new_fares: bool
    ) -> tuple[I32, F64, F64]:
        """Kind of each class (C), access (kinds, O + D), and urgency (kinds, O)."""
        expectations, before, n = (
            self.plan.expectations,
            self.access_by_rules,
            self.plan.world.n_origins,
        )
        announced, rumoured = expectations.announced[day], expectations.rumoured[day]
        of_rumours = (number for matter in rumoured for _, number in matter)
        numbers = [number for number in (announced, *of_rumours) if number >= 0]
        unused = [before[number] for number in before.keys() - {TODAY, *numbers}]
        self.access_by_rules = {}  # discard what is not used today

        def under(number: int, prospect: Prospect, places: int) -> Reach:
            known = (before.get(number), *(unused if number != TODAY else ()))
            reached = next((r for r in known if r is not None and r.has_classes_of(prospect)), None)
            if reached is None:
                reached = _AccessUnderRules(self.plan, self.class_goal, prospect, places)
            elif reached in unused:
                unused.remove(reached)
            self.access_by_rules[number] = reached
            usual = self.network
            network = usual if number == TODAY else self._network_under(*expectations.ways[number])
            all_changed = reached.update(prospect, network) or (new_fares and network is usual)
            checks, prm = reached.checks, self.plan.outlook
            parts = reached.reach, reached.moved
            self.sum_out(network, self.goal, checks, waiting, all_changed, prm, n, *parts)
            take_logarithms(reached.reach)
            return reached.reach

        today = under(TODAY, now, self.network.pairs.start.size)
        if not numbers:
            return today.kind, today.access, self._scratch("no loss", (len(today.access), n))
        later = {number: under(number, expectations.prospects[number], n) for number in numbers}
        member, kind = self._kinds_of([today, *later.values()])
        access = today.access[today.kind[member]]
        after = {number: reach.access[reach.kind[member]] for number, reach in later.items()}
        here = np.ascontiguousarray(access[:, :n])
        rumours = [[(q, after[number]) for q, number in matter] for matter in rumoured]
        loss = urgency(here, after.get(announced, here), rumours)
        return kind, access, loss

    def _scratch(self, use: str, shape: tuple[int, ...]) -> F64:
        """An array of zeros for one use, or yesterday's array: writing to new memory is slow."""
        if use not in self._scratch_arrays or self._scratch_arrays[use].shape != shape:
            self._scratch_arrays[use] = np.zeros(shape)
        return self._scratch_arrays[use]

    def _kinds_of(self, outlooks: Sequence[Reach]) -> tuple[I64, I32]:
        """A class of each kind of classes with equal access under all rules, and the kinds (C)."""
        kinds = [reach.kind for reach in outlooks]
        key = tuple(map(id, kinds))  # ids of arrays that are kept alive
        if key not in self._kinds:
            _, member, kind = np.unique(kinds, axis=1, return_index=True, return_inverse=True)
            self._kinds[key] = kinds, member, kind.ravel().astype(np.int32)
        return self._kinds[key][1:]


class _AccessUnderRules:
    """Access under one set of rules, updated from day to day."""

    def __init__(self, plan: Compiled, class_goal: I32, prospect: Prospect, places: int) -> None:
        world, routes = plan.world, plan.itineraries.routes
        numbers = world.class_level, prospect.alike, class_goal
        groups = _columns(*(each.tobytes() for each in numbers))
        self.member = groups.member
        self._set_rules(prospect)
        self.network: Network | None = None  # the network from which `reach` was computed
        columns, kinds = self.member.size, groups.kind_goal.size
        self.reach = Reach(
            *groups[1:],
            crossing=np.full((world.n_crossings, columns), np.nan),
            check=np.full((world.n_countries, columns), np.nan),
            utility=np.zeros((columns, routes.size)),  # value without any border
            weight=np.ones((routes.size, columns)),
            sums=np.zeros((world.n_countries, columns, places)),
            some=np.zeros((world.n_countries, columns), np.int32),
            scale=np.zeros((kinds, places)),
            access=np.zeros((kinds, places)),
        )
        self.moved = Moved(
            np.zeros(world.n_crossings, np.int32),
            np.zeros(world.n_countries, np.int32),
            np.zeros(routes.size, np.int32),
            np.zeros(world.n_countries, np.int32),
            np.zeros(world.n_countries, np.int32),
            np.zeros(columns),
            np.zeros(world.n_countries, np.int32),
        )

    def has_classes_of(self, prospect: Prospect) -> bool:
        """Whether other rules distinguish the same classes."""
        mine = self.prospect
        return mine is prospect or np.array_equal(mine.alike, prospect.alike)

    def _set_rules(self, prospect: Prospect) -> None:
        """Select the rules of each column."""
        self.prospect = prospect
        self.checks = Checks(
            prospect.capacity,
            *(
                np.take(share, self.member, axis=1)
                for share in (prospect.exit_share, prospect.entry_share, prospect.arrival_share)
            ),
        )

    def update(self, prospect: Prospect, network: Network) -> bool:
        """Replace the rules by others that distinguish the same classes, and set the network.

        Returns whether it is another network, so that `reach` has to be recomputed.
        """
        if prospect is not self.prospect:
            self._set_rules(prospect)
        is_other, self.network = self.network is not network, network
        return is_other


class _Columns(NamedTuple):
    """Columns and kinds of one set of rules, as in Reach. member: one class of each column."""

    member: I64
    column: I32
    kind: I32
    level: I32
    same: I32
    level_first: U64
    kind_column: I32
    kind_goal: I32


@lru_cache(maxsize=64)
def _columns(class_level: bytes, class_alike: bytes, class_goal: bytes) -> _Columns:
    """Columns and kinds from the level, rules and goal of classes (C); cached over runs."""
    level, same, goal = (np.frombuffer(x, np.int32) for x in (class_level, class_alike, class_goal))
    # Sorting by level gives columns in the order of levels.
    mark = level.astype(np.int64) * level.size + same
    _, member, column = np.unique(mark, return_index=True, return_inverse=True)
    mark = column * level.size + goal
    _, first, kind = np.unique(mark, return_index=True, return_inverse=True)
    return _Columns(
        member=member,
        column=column.astype(np.int32),
        kind=kind.astype(np.int32),
        level=level[member],
        same=_first_positions(same[member]),
        level_first=np.searchsorted(level[member], np.arange(level[-1] + 2)).astype(np.uint64),
        kind_column=column[first].astype(np.int32),
        kind_goal=goal[first],
    )


def reference_access(plan: Compiled, today: Today) -> float:
    """A_0: mean access on the reference day. today: conditions of the first day."""
    if plan.reference is None:
        return mean_access(plan, today)
    then = plan.reference
    return mean_access(then, Outlook(then).conditions_on(0, Ledger(then)))


def mean_access(plan: Compiled, today: Today) -> float:
    """A_0: mean value of access of all households at home, dimensionless."""
    cohorts = plan.cohorts
    kind = today.kind[plan.world.groups.outlook[cohorts.row.group]]
    each = today.access[kind, cohorts.row.origin]
    total = int(cohorts.row.total.sum())
    return float((each * cohorts.row.total).sum() / total) if total else 0.0


def _same(fare: F64, before: F64 | None) -> bool:
    return before is not None and np.array_equal(fare, before)


def _pairs(world: World, ways: Itineraries) -> Pairs:
    """Ways with the same start and destination, from origins and countries."""
    start = np.repeat(np.arange(len(ways.first) - 1), np.diff(ways.first))
    places = np.arange(len(ways.first) - 1 - world.n_crossings)
    places[world.n_origins :] += world.n_crossings
    destination = ways.routes.destination[ways.row.route[: start.size]]
    here = np.flatnonzero(np.isin(start, places))
    way = here[np.lexsort((start[here], destination[here]))]
    same = (np.diff(start[way]) == 0) & (np.diff(destination[way]) == 0)
    first = np.flatnonzero(np.append(True, ~same)[: way.size])
    destination_of = destination[way[first]]
    return Pairs(
        np.append(first, way.size),
        way.astype(np.int32),
        ways.row.route[way].astype(np.int32),
        np.searchsorted(places, start[way[first]]).astype(np.int32),
        places.astype(np.int32),
        np.searchsorted(destination_of, np.arange(world.n_countries + 1)),
    )


def _first_positions(numbers: I32) -> I32:
    """Position of the first occurrence of each number."""
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int32)


def _queue_lengths(ledger: Ledger) -> F64:
    """Persons waiting (X) at the end of the previous day."""
    rows = measure_index("crossing")
    counts = ledger.accounts.crossing
    both = counts[rows["waiting"]].sum(axis=1) + counts[rows["waiting_ordinary"]].sum(axis=1)
    return both.astype(np.float64)
