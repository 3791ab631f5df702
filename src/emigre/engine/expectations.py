"""Expected rules: tables under announced rules and rumours.

The ways out and the security of status under the expected rules are compiled for each day on which
a rule is announced but not in force, or a rumour circulates.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from emigre.calendar import HOURS_PER_DAY
from emigre.engine.index import Index
from emigre.engine.policy import with_factors
from emigre.engine.rule_table import alike
from emigre.processes.arrays import F64, I32, I64
from emigre.processes.route_choice import expected
from emigre.rules.timeline import Rule, RuleCompiler, foreseen, last_of_each, lasting, with_values


@dataclass(frozen=True, slots=True)
class Prospect:
    """A set of rules that may take effect, reduced to what the outlook needs."""

    capacity: F64  # (X)
    exit_share: F64  # (X, C)
    entry_share: F64  # (X, C)
    arrival_share: F64  # (D, C)
    alike: I32  # (C) number shared by classes that all checks treat alike


@dataclass(frozen=True, slots=True)
class Expectations:
    """Expectations by day: the announced prospect, and the rumoured ones with their credences.

    rumoured is by matter: rumours of the same kind of rule, place and people exclude one another.
    Prospects are identified by number. Each has its rules, its set of open legs, and its factors of
    fares. announced is -1 if only today's rules are expected. open_legs: (legs) by set; the first
    sets are the layers of the timetable.
    """

    open_legs: list[NDArray[np.bool_]]
    prospects: list[Prospect] = field(default_factory=list)
    rules: list[list[Rule]] = field(default_factory=list)
    ways: list[tuple[int, F64]] = field(default_factory=list)  # set of legs, fares (X + D)
    announced: list[int] = field(default_factory=list)
    rumoured: list[list[list[tuple[float, int]]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _KnownRules:
    """Knowledge on one day: rules in force now and later, and current rumours."""

    now: list[Rule]
    later: list[Rule]
    rumours: list[Rule]
    key: tuple[tuple[int, ...], ...] = field(init=False)
    """Rows of the rules in force now, of the later ones, and of the rumours."""

    def __post_init__(self) -> None:
        rows = (tuple(r.row for r in rules) for rules in (self.now, self.later, self.rumours))
        object.__setattr__(self, "key", tuple(rows))

    @property
    def matters(self) -> list[list[Rule]]:
        """The rumours by kind, place and people."""
        by_cells: dict[tuple[object, ...], list[Rule]] = {}
        for rumour in self.rumours:
            by_cells.setdefault(rumour.cells, []).append(rumour)
        return list(by_cells.values())

    @property
    def is_plain(self) -> bool:
        """Whether only today's rules are expected."""
        now, later, rumours = self.key
        return not rumours and now == later


def _known_rules(
    index: Index, rules: Sequence[Rule], kinds: Collection[str]
) -> Iterator[_KnownRules]:
    """Rules of some kinds known on each day, `foresight_days` ahead.

    A rule is known from its announcement, its end from the announcement of the end. A rumour
    circulates from its announcement to its effective_to, and counts once the day from which it is
    expected lies within foresight_days.
    """
    foresight = HOURS_PER_DAY * index.scenario.parameters["foresight_days"]
    relevant = sorted((r for r in rules if r.kind in kinds), key=lambda r: r.rank)
    instants = sorted(
        t for r in relevant for t in (r.announced, r.start, r.expected, r.end, r.end_announced)
    )
    known: dict[tuple[int, int], _KnownRules] = {}  # on days between the same instants
    for day in range(index.n_days):
        tonight = HOURS_PER_DAY * (day + 1) - 1e-6
        ahead = tonight + foresight
        between = bisect_right(instants, tonight), bisect_right(instants, ahead)
        if between not in known:
            known[between] = _KnownRules(
                last_of_each(foreseen(relevant, tonight, tonight)),
                last_of_each(foreseen(relevant, tonight, ahead)),
                [
                    r
                    for r in relevant
                    if r.is_rumour and r.announced <= tonight < r.end and r.expected <= ahead
                ],
            )
        yield known[between]


class RuleValues:
    """Values of rules by table, computed once for rules that differ only in other kinds."""

    def __init__(self, compiler: Mapping[str, RuleCompiler]) -> None:
        self._compiler = compiler
        self._filled: dict[tuple[str, tuple[int, ...]], F64] = {}

    def under(self, rules: Sequence[Rule], *names: str) -> list[F64]:
        """Tables (places, classes) of these names under some rules; do not modify them."""
        return [self._under(rules, name) for name in names]

    def _under(self, rules: Sequence[Rule], name: str) -> F64:
        compiler = self._compiler[name]
        key = name, tuple(r.row for r in compiler.relevant(rules))
        if key not in self._filled:
            self._filled[key] = compiler.values(rules)
        return self._filled[key]


def expectations(
    index: Index, rules: Sequence[Rule], values: RuleValues, open_legs: NDArray[np.bool_]
) -> Expectations:
    """Expected ways out for each day, as announced and under each rumour.

    open_legs: (layers, legs), by layer of Timetable.leg.
    """
    result = Expectations(list(open_legs))
    known: dict[tuple[tuple[int, ...], int], int] = {}
    sets = {legs.tobytes(): i for i, legs in reversed(list(enumerate(open_legs)))}

    def prospect(known_rules: _KnownRules, rumour: Rule | None) -> int:
        name = (known_rules.key[1], rumour.row if rumour else -1)
        if name not in known:
            known[name] = len(result.prospects)
            in_force = known_rules.later if rumour is None else [*known_rules.later, rumour]
            result.prospects.append(_prospect(values, in_force))
            result.rules.append(in_force)
            fare, arrival_fare, leg = values.under(in_force, "fare", "arrival_fare", "leg")
            legs = leg[:, 0] > 0.0
            if legs.tobytes() not in sets:
                sets[legs.tobytes()] = len(result.open_legs)
                result.open_legs.append(legs)
            result.ways.append((sets[legs.tobytes()], np.append(fare, arrival_fare)))
        return known[name]

    kinds = with_factors("entry", "exit", "capacity", "fare", "leg")
    for known_rules in _known_rules(index, lasting(rules), kinds):
        result.announced.append(-1 if known_rules.is_plain else prospect(known_rules, None))
        result.rumoured.append(
            [[(r.credence, prospect(known_rules, r)) for r in m] for m in known_rules.matters]
        )
    return result


def prospects_with_capacities(
    expectations: Expectations, capacity: RuleCompiler, values: Mapping[str, float]
) -> Expectations:
    """The same expectations with other capacities. values: of capacity rules, by id."""
    prospects = [
        replace(prospect, capacity=capacity.values(with_values(rules, values))[:, 0])
        for prospect, rules in zip(expectations.prospects, expectations.rules, strict=True)
    ]
    return replace(expectations, prospects=prospects)


@dataclass(frozen=True, slots=True)
class Prospects:
    """Security of status by day: numbers of layers (D, L).

    security: share of renewals that people expect to be granted. threat: how far that is below what
    the rules in force that day grant.
    """

    security: list[F64]
    threat: list[F64]
    layer: I64


def securities(index: Index, rules: Sequence[Rule], values: RuleValues) -> Prospects:
    """Expected share of renewals s (route_choice.expected) and threat v_now - s.

    v: share of renewals granted (renewal rule, else permit rule, else 0), or of border runs if that
    is higher.
    """
    result = Prospects([], [], np.zeros(index.n_days, np.int64))
    known: dict[tuple[tuple[int, ...], ...], int] = {}
    kinds = with_factors("permit", "renewal", "border_run")
    for day, known_rules in enumerate(_known_rules(index, rules, kinds)):
        if known_rules.key not in known:
            known[known_rules.key] = len(result.security)
            later = _renewals(values, known_rules.later)
            rumoured = [
                [(r.credence, _renewals(values, [*known_rules.later, r])) for r in matter]
                for matter in known_rules.matters
            ]
            security = expected(later, rumoured)
            result.security.append(security)
            result.threat.append(np.maximum(_renewals(values, known_rules.now) - security, 0.0))
        result.layer[day] = known[known_rules.key]
    return result


def _renewals(values: RuleValues, rules: Sequence[Rule]) -> F64:
    """Share of stays (D, L) that can be renewed under the given rules."""
    renewal, permit, run = values.under(rules, "renewal", "permit", "border_run")
    return np.maximum(np.maximum(np.where(renewal < 0.0, permit, renewal), run), 0.0)


def _prospect(values: RuleValues, rules: Sequence[Rule]) -> Prospect:
    capacity, exits, entry, arrival = values.under(rules, "capacity", "exit", "entry", "arrival")
    return Prospect(
        np.ascontiguousarray(capacity[:, 0]), exits, entry, arrival, alike(exits, entry, arrival)
    )
