"""Expected rules: tables under announced rules and rumours.

For each day on which a rule is announced but not in force, or a rumour circulates: the ways out and
the security of status under the expected rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emigre.engine.index import Index
from emigre.engine.policy import CANNOT_APPLY, STATUS_KINDS, Classes, RuleCompilers
from emigre.processes.arrays import F64, I32
from emigre.processes.route_choice import expected
from emigre.rules.timeline import Rule, foreseen


@dataclass(frozen=True, slots=True)
class Prospect:
    """A set of rules that may come to hold, as far as the outlook needs them."""

    capacity: F64  # (X)
    exit_share: F64  # (X, C)
    entry_share: F64  # (X, C)
    arrival_share: F64  # (D, C)
    alike: I32  # (C) number shared by classes that all checks treat alike


def prospect_of(capacity: F64, exit_share: F64, entry_share: F64, arrival_share: F64) -> Prospect:
    """Prospect from tables that may be parts of larger ones: (X), (X, C), (X, C) and (D, C)."""
    return Prospect(
        np.ascontiguousarray(capacity),
        np.ascontiguousarray(exit_share),
        np.ascontiguousarray(entry_share),
        np.ascontiguousarray(arrival_share),
        alike(exit_share, entry_share, arrival_share),
    )


def alike(*tables: F64) -> I32:
    """Number of each column (C) of tables (n, C); columns equal in all tables share a number."""
    numbers: dict[bytes, int] = {}
    columns = np.ascontiguousarray(np.vstack(tables).T)
    return np.array([numbers.setdefault(c.tobytes(), len(numbers)) for c in columns], np.int32)


@dataclass(frozen=True, slots=True)
class Expectations:
    """Expectations by day: the announced prospect and the rumoured ones with credences.

    Prospects are given by number; announced is -1 if only today's rules are expected.
    """

    prospects: list[Prospect]
    announced: list[int]
    rumoured: list[list[tuple[float, int]]]

    def nothing_new(self, day: int) -> bool:
        """Whether today's rules are expected to last."""
        return self.announced[day] < 0 and not self.rumoured[day]


@dataclass(frozen=True, slots=True)
class _KnownRules:
    """What is known on one day: rules in force now and later, and current rumours."""

    now: list[Rule]
    later: list[Rule]
    rumours: list[Rule]

    @property
    def key(self) -> tuple[int, ...]:
        """Rows of the rules in force later."""
        return tuple(r.row for r in self.later)

    @property
    def is_plain(self) -> bool:
        """Whether only today's rules are expected."""
        return not self.rumours and self.key == tuple(r.row for r in self.now)


def _sights(index: Index, rules: Sequence[Rule], kinds: Sequence[str]) -> Iterator[_KnownRules]:
    """What is known of some kinds of rules, `foresight_days` ahead, for each day.

    A rule is known from its announcement, its end from the announcement of the end. A rumour
    circulates from its announcement to its effective_to, and counts once the day from which it is
    expected lies within foresight_days.
    """
    foresight = 24.0 * index.scenario.parameters["foresight_days"]
    relevant = [r for r in rules if r.kind in kinds]
    for day in range(index.n_days):
        tonight = 24.0 * (day + 1) - 1e-6
        ahead = tonight + foresight
        rumours = [
            r
            for r in relevant
            if r.is_rumour and r.announced <= tonight < r.end and r.expected <= ahead
        ]
        yield _KnownRules(
            foreseen(relevant, tonight, tonight), foreseen(relevant, tonight, ahead), rumours
        )


def expectations(index: Index, rules: Sequence[Rule], classes: Classes) -> Expectations:
    """Expected ways out for each day, as announced and under each rumour."""
    brush = RuleCompilers(index, rules, classes, [])
    found = Expectations([], [], [])
    known: dict[tuple[tuple[int, ...], int], int] = {}

    def prospect(sight: _KnownRules, rumour: Rule | None) -> int:
        name = (sight.key, rumour.row if rumour else -1)
        if name not in known:
            known[name] = len(found.prospects)
            painted = sight.later if rumour is None else [*sight.later, rumour]
            found.prospects.append(_prospect(brush, painted))
        return known[name]

    for sight in _sights(index, rules, ("entry", "exit", "capacity")):
        found.announced.append(-1 if sight.is_plain else prospect(sight, None))
        found.rumoured.append([(r.credence, prospect(sight, r)) for r in sight.rumours])
    return found


@dataclass(frozen=True, slots=True)
class Prospects:
    """Security of status by day: numbers of planes (D, L).

    security: share of renewals that people expect to be granted. threat: how far that is below what
    the rules in force that day grant.
    """

    security: list[F64]
    threat: list[F64]
    plane: NDArray[np.int64]


def securities(index: Index, rules: Sequence[Rule], classes: Classes) -> Prospects:
    """Expected share of renewals  s = (1 - sum q) v_announced + sum q_r v_r  and threat v_now - s.

    v: share of renewals granted (renewal rule, else permit rule, else 0), or of border runs if that
    is higher. Credences q are scaled as for the value of access (route_choice.expected).
    """
    brush = RuleCompilers(index, rules, classes, [])
    found = Prospects([], [], np.zeros(index.n_days, np.int64))
    known: dict[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], int] = {}
    for day, sight in enumerate(_sights(index, rules, STATUS_KINDS)):
        key = (
            tuple(r.row for r in sight.now),
            sight.key,
            tuple(r.row for r in sight.rumours),
        )
        if key not in known:
            known[key] = len(found.security)
            later = _renewals(brush, sight.later)
            rumoured = [(r.credence, _renewals(brush, [*sight.later, r])) for r in sight.rumours]
            security = expected(later, rumoured)
            found.security.append(security)
            found.threat.append(np.maximum(_renewals(brush, sight.now) - security, 0.0))
        found.plane[day] = known[key]
    return found


def _renewals(brush: RuleCompilers, rules: Sequence[Rule]) -> F64:
    """Share of stays (D, L) that can be renewed under the given rules."""
    renewal = brush.renewal.paint(rules, CANNOT_APPLY)[0]
    permit = brush.permit.paint(rules, CANNOT_APPLY)[0]
    run = brush.border_run.paint(rules, 0.0)[0]
    return np.maximum(np.maximum(np.where(renewal < 0.0, permit, renewal), run), 0.0)


def _prospect(brush: RuleCompilers, rules: Sequence[Rule]) -> Prospect:
    return prospect_of(
        brush.capacity_of(rules)[0][:, 0],
        brush.exit.paint(rules, 1.0)[0],
        brush.entry.paint(rules, 0.0)[0],
        brush.arrival.paint(rules, 0.0)[0],
    )
