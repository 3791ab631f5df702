"""Rules compiled into tables: which value holds for whom, where, in which period.

A period is a stretch of time between two instants at which some rule starts or ends, so within it
nothing changes. The newest effective rule that matches wins: by the instant from which it is in
force, then by its announcement. Of equals the one addressed most narrowly wins: by its place (a
place before a country, an area, all), then by its people (more attributes named, then fewer
categories of them), then by its id, the last in the alphabet. When it ends, the next newest holds
again.
A rumour (credence below 1) is never painted into these tables: it only enters what people expect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emigre.rules.selectors import Crowd

ALWAYS = -1.0e18
NEVER = 1.0e18


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``rules.csv``, its dates as hours since the first moment of the scenario."""

    id: str
    kind: str
    place: str
    wanted: dict[str, tuple[str, ...]]
    announced: float
    start: float
    end: float
    credence: float
    expected: float
    value: float
    days: int
    delay: int  # days to a decision; for an entry rule the days within which stays are counted
    row: int  # number in the order of reading: the narrowest last, then by id
    end_announced: float = ALWAYS  # when its end became known; with the rule itself if not given

    @property
    def is_rumour(self) -> bool:
        """Whether it only changes what people expect."""
        return self.credence < 1.0

    @property
    def rank(self) -> tuple[float, float, int]:
        """Order in which rules are painted: the last wins."""
        return (self.start, self.announced, self.row)


def period_starts(rules: Iterable[Rule], horizon: float) -> NDArray[np.float64]:
    """Hours at which a period begins, in order, the first 0; instants outside (0, horizon) drop."""
    instants = {0.0}
    for rule in rules:
        if not rule.is_rumour:
            instants.update(t for t in (rule.start, rule.end) if 0.0 < t < horizon)
    return np.array(sorted(instants), dtype=np.float64)


def in_force(rules: Sequence[Rule], hour: float) -> list[Rule]:
    """Rules in force at an instant, in the order in which they are painted."""
    held = [r for r in rules if not r.is_rumour and r.start <= hour < r.end]
    return sorted(held, key=lambda r: r.rank)


def foreseen(rules: Sequence[Rule], now: float, hour: float) -> list[Rule]:
    """Rules that people expect to be in force at an instant, from what is announced by now.

    A rule that is not announced is not expected, and an end that is not announced neither.
    """
    held = [
        r
        for r in rules
        if not r.is_rumour
        and r.announced <= now
        and r.start <= hour < (r.end if r.end_announced <= now else NEVER)
    ]
    return sorted(held, key=lambda r: r.rank)


def masks(rules: Sequence[Rule], people: Sequence[dict[str, str]]) -> NDArray[np.bool_]:
    """(rules, people): whom each rule means."""
    crowd = Crowd(people)
    found = np.zeros((len(rules), len(people)), dtype=np.bool_)
    for row, rule in zip(found, rules, strict=True):
        row[:] = crowd.meant(rule.wanted)
    return found


@dataclass(frozen=True, slots=True)
class Painter:
    """Paints rules of one kind over (places, classes)."""

    kind: str
    places_of: Callable[[str], NDArray[np.int64]]
    mask: NDArray[np.bool_]  # (rules, classes), rows by Rule.row order of `index`
    index: dict[int, int]  # Rule.row -> row of mask
    n_places: int

    def paint(
        self, rules: Iterable[Rule], default: float, default_days: int = -1
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
        """Value, days and delay by (place, class) after painting the rules in the given order."""
        shape = (self.n_places, self.mask.shape[1])
        value = np.full(shape, default, dtype=np.float64)
        days = np.full(shape, default_days, dtype=np.int32)
        delay = np.zeros(shape, dtype=np.int32)
        for rule in rules:
            if rule.kind != self.kind:
                continue
            places = self.places_of(rule.place)
            who = np.flatnonzero(self.mask[self.index[rule.row]])
            if not (places.size and who.size):
                continue
            cells = places[:, None], who  # as np.ix_, which would look at each array anew
            value[cells] = rule.value
            days[cells] = rule.days
            delay[cells] = rule.delay
        return value, days, delay
