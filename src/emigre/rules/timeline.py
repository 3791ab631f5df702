"""Compile rules into tables of values by person, place and period.

A period is a span between two instants at which some rule starts or ends; within it nothing
changes. Of the rules that match, the newest holds: the one that took effect last, then the one
announced last. Ties go to the narrower rule: by place (a place before a country, an area, all),
then by people (more attributes, then fewer categories), then to the last id in alphabetical
order. When a rule ends, the next newest holds again.

Rumours (credence below 1) are never part of these tables; they only change expectations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from emigre.calendar import HOURS_PER_DAY
from emigre.numerics.array_types import F64, I64
from emigre.numerics.random import entity_id
from emigre.rules.selectors import GroupSelector

ALWAYS = -1.0e18
NEVER = 1.0e18


@dataclass(frozen=True)
class Rule:
    """A row of ``rules.csv``, with dates as hours since the start of the scenario."""

    id: str
    kind: str
    place: str
    selection: dict[str, tuple[str, ...]]
    announced: float
    start: float
    end: float
    credence: float
    expected: float
    value: float
    days: int
    delay: int  # days to a decision; for entry rules the window in which days of stay are counted
    row: int  # position when sorted by narrowness (narrowest last), then id
    end_announced: float = ALWAYS  # when its end became known; by default with the rule itself
    each_person: bool = False  # whether it looks at the member of a household too
    continues: str = ""  # id of the first in a chain of equal rows, each continuing the last

    @property
    def is_rumour(self) -> bool:
        """Whether the rule only changes expectations."""
        return self.credence < 1.0

    @cached_property
    def rank(self) -> tuple[float, float, int]:
        """Sort key of precedence: the last rule holds."""
        return (self.start, self.announced, self.row)

    @property
    def number(self) -> int:
        """Positive number of the rule, for draws; that of the rule which it continues."""
        return _number(self.continues or self.id)

    @cached_property
    def cells(self) -> tuple[object, ...]:
        """Places and people to which the rule applies."""
        return (self.kind, self.place, tuple(sorted(self.selection.items())), self.each_person)

    @property
    def content(self) -> tuple[object, ...]:
        """Content of the rule without its dates."""
        return (*self.cells, self.value, self.days, self.delay, self.credence)


@lru_cache(maxsize=1 << 14)
def _number(rule_id: str) -> int:
    return entity_id("rule", rule_id) >> 2 | 1


def closes_for_hours(rule: Rule) -> bool:
    """Whether a rule lets nobody pass, for less than a day."""
    return rule.value == 0.0 and not rule.is_rumour and rule.end - rule.start < HOURS_PER_DAY


def lasting(rules: Iterable[Rule]) -> list[Rule]:
    """The rules with which people plan, without closures of hours.

    Closures of less than a day are left out, and openings of less than a day are extended to the
    same hour of the next day: the announced end of such hours is not the end of a way out.
    """
    return [
        replace(r, end=r.start + HOURS_PER_DAY) if opens_for_hours(r) else r
        for r in rules
        if not closes_for_hours(r)
    ]


def opens_for_hours(rule: Rule) -> bool:
    """Whether a rule for borders lets people pass, for less than a day."""
    at_border = rule.kind in ("capacity", "exit", "entry")
    return at_border and rule.value > 0.0 and rule.end - rule.start < HOURS_PER_DAY


def with_values(rules: Iterable[Rule], values: Mapping[str, float]) -> list[Rule]:
    """The same rules with the given values, by id."""
    return [replace(r, value=values[r.id]) if r.id in values else r for r in rules]


def chained(rules: Sequence[Rule]) -> list[Rule]:
    """The same rules, in which a row that equals another and begins when it ends continues it.

    A rule split into two rows thus behaves like one rule: the second row draws no new number.
    """
    first = {(r.content, r.end): r.id for r in reversed(rules)}
    result = list(rules)
    for i in sorted(range(len(rules)), key=lambda i: rules[i].start):
        rule = rules[i]
        if (rule.content, rule.start) in first:
            result[i] = replace(rule, continues=first[rule.content, rule.start])
            first[rule.content, rule.end] = result[i].continues
    return result


def period_starts(rules: Iterable[Rule], first: float, horizon: float) -> F64:
    """Hours (periods) at which periods begin, sorted, from `first` to the horizon."""
    instants = {first}
    for rule in rules:
        if not rule.is_rumour:
            instants.update(t for t in (rule.start, rule.end) if first < t < horizon)
    return np.array(sorted(instants), dtype=np.float64)


def holding(rules: Iterable[Rule], hours: Sequence[float] | F64) -> list[list[Rule]]:
    """Rules that hold at each instant (sorted), in order of precedence (the last holds).

    Only the last of the rules in force for the same places and people is included: many rows that
    never end would otherwise be applied one after the other in every later period.
    """
    by_cells: dict[tuple[object, ...], list[Rule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda r: r.rank):
        if not rule.is_rumour:
            by_cells[rule.cells].append(rule)
    held: list[list[Rule]] = [[] for _ in hours]
    for alike in by_cells.values():
        _hold(alike, hours, held)
    return [sorted(each, key=lambda r: r.rank) for each in held]


def _hold(alike: Sequence[Rule], hours: Sequence[float] | F64, held: list[list[Rule]]) -> None:
    """Append the last of rules of the same cells, sorted by rank, to those held at each instant."""
    current: list[Rule] = []
    ahead = 0
    for hour, now in zip(hours, held, strict=True):
        while ahead < len(alike) and alike[ahead].start <= hour:
            current.append(alike[ahead])
            ahead += 1
        while current and current[-1].end <= hour:
            current.pop()  # of no use later: those before it in rank hold again
        now += current[-1:]


def last_of_each(rules: Iterable[Rule]) -> list[Rule]:
    """Of rules for the same places and people the last one; all in order of precedence."""
    in_order = sorted(rules, key=lambda r: r.rank)
    return sorted({r.cells: r for r in in_order}.values(), key=lambda r: r.rank)


def foreseen(rules: Sequence[Rule], now: float, hour: float) -> list[Rule]:
    """Rules expected to be in force at an instant, given what has been announced by ``now``.

    Rules and ends of rules that have not been announced are not expected. The order is that given.
    """
    return [
        r
        for r in rules
        if not r.is_rumour
        and r.announced <= now
        and r.start <= hour < (r.end if r.end_announced <= now else NEVER)
    ]


def masks(rules: Sequence[Rule], people: Sequence[dict[str, str]]) -> NDArray[np.bool_]:
    """Groups selected by each rule: (rules, people)."""
    selector = GroupSelector(people)
    selected = np.zeros((len(rules), len(people)), dtype=np.bool_)
    for row, rule in zip(selected, rules, strict=True):
        row[:] = selector.select(rule.selection)
    return selected


def member_masks(
    rules: Sequence[Rule], members: Sequence[dict[str, str] | None]
) -> NDArray[np.bool_]:
    """Groups whose member each rule selects: (rules, groups). None: no such member."""
    selected = masks(rules, [member or {} for member in members])
    selected &= np.array([rule.each_person for rule in rules], np.bool_)[:, None]
    selected &= np.array([member is not None for member in members], np.bool_)
    return selected


@dataclass(frozen=True, slots=True)
class RuleCompiler:
    """Fills tables (places, classes) with the rules of one kind.

    default: the value, or values (places, 1), where no rule matches. share: (places, 1) constant
    factors. factors: compilers of other kinds, whose values multiply those of this kind up to its
    bound `high`.
    """

    kind: str
    places_of: Callable[[str], I64]
    mask: NDArray[np.bool_]  # (rules, classes), rows by Rule.row order of `index`
    index: dict[int, int]  # Rule.row -> row of mask
    n_places: int
    default: float | F64
    share: F64 | None = None
    factors: tuple[RuleCompiler, ...] = ()
    high: float | None = None
    _columns: dict[int, I64] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the rules that the values depend on."""
        return frozenset({self.kind, *(f.kind for f in self.factors)})

    def relevant(self, rules: Iterable[Rule]) -> list[Rule]:
        """The rules that the values depend on, in the given order."""
        kinds = self.kinds
        return [rule for rule in rules if rule.kind in kinds]

    def fill(self, rules: Sequence[Rule]) -> tuple[F64, NDArray[np.int32], NDArray[np.int32], I64]:
        """Values, days, delays and numbers of rules after applying the rules in the given order.

        Each is (places, classes). The number is that of the rule whose share decides by a draw,
        else 0: for shares of 0 and 1, and where no rule matches.
        """
        held, last = self._held(rules)
        days, delay = (
            np.array(column, np.int32)[last]
            for column in ([*(r.days for r in held), -1], [*(r.delay for r in held), 0])
        )
        number = np.array([*(r.number for r in held), 0], np.int64)[last]
        for factor in self.factors:
            number ^= factor.fill(rules)[3]
        value = self._values(rules, held, last)
        return value, days, delay, np.where((value > 0.0) & (value < 1.0), number, 0)

    def values(self, rules: Sequence[Rule]) -> F64:
        """Values (places, classes) alone, as :meth:`fill` returns them."""
        return self._values(rules, *self._held(rules))

    def _held(self, rules: Sequence[Rule]) -> tuple[list[Rule], I64]:
        """Rules of this kind, and the one that holds (places, classes); -1 where none does."""
        held = [rule for rule in rules if rule.kind == self.kind]
        last = np.full((self.n_places, self.mask.shape[1]), -1)
        for i, rule in enumerate(held):
            last[self.places_of(rule.place)[:, None], self._selected(rule)] = i
        return held, last

    def _selected(self, rule: Rule) -> I64:
        """Classes (n,) that a rule selects."""
        if rule.row not in self._columns:
            self._columns[rule.row] = np.flatnonzero(self.mask[self.index[rule.row]])
        return self._columns[rule.row]

    def _values(self, rules: Sequence[Rule], held: Sequence[Rule], last: I64) -> F64:
        """Values (places, classes), by what :meth:`_held` returns."""
        value: F64 = np.array([*(r.value for r in held), 0.0])[last]  # -1 is the last, too
        np.copyto(value, self.default, where=last < 0)
        if self.share is not None:
            value = _times(value, self.share)
        for factor in self.factors:
            value = np.minimum(_times(value, factor.values(rules)), self.high or np.inf)
        return value


def _times(value: F64, factor: F64) -> F64:
    """The product, 0 where the factor is 0 even if the value has no limit."""
    return np.multiply(value, factor, out=np.zeros_like(value), where=factor > 0.0)
