"""Rules applied at crossings in each interval of a day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emigre.engine.build import Compiled
from emigre.engine.policy import Interval, Timetable
from emigre.processes.arrays import F64, CheckpointRules


def checkpoint_rules_of(plan: Compiled, parts: Sequence[Interval]) -> list[CheckpointRules]:
    """Rules applied at crossings in each interval of a day."""
    whom = _whom(plan) if len(parts) > 1 else np.zeros(0, np.bool_)
    dated = zip(parts, spans(plan.timetable, parts, whom), strict=True)
    return [_checkpoint(plan, *part, *span) for part, span in dated]


def rules_all_day(plan: Compiled, period: int) -> CheckpointRules:
    """Rules of a period at crossings, as if they held for a whole day."""
    nothing = np.zeros(plan.world.n_crossings)
    return _checkpoint(plan, 0.0, 1.0, period, nothing, nothing + 1.0)


def _checkpoint(
    plan: Compiled, begin: float, end: float, period: int, since: F64, until: F64
) -> CheckpointRules:
    table, n = plan.timetable, plan.timetable.n_classes
    share, days, window = table.entry.at(period)
    # Levels of ordinary traffic count those let out: only a closed exit check changes them.
    both = np.where(table.exit.at(period)[0] > 0.0, share, 0.0)
    padded = np.column_stack([both, np.zeros(share.shape[0])])
    ordinary = np.take_along_axis(
        padded, np.where(table.slot_column < 0, share.shape[1], n + table.slot_column), axis=1
    )
    return CheckpointRules(
        start=begin,
        end=end,
        since=since,
        until=until,
        capacity=np.ascontiguousarray(table.capacity.at(period)[0][:, 0]),
        exit_share=np.ascontiguousarray(table.exit.at(period)[0][:, :n]),
        entry_share=np.ascontiguousarray(share[:, :n]),
        entry_days=np.ascontiguousarray(days[:, :n]),
        entry_window=np.ascontiguousarray(window[:, :n]),
        exit_rule=np.ascontiguousarray(table.exit.number_at(period)[:, :n]),
        entry_rule=np.ascontiguousarray(table.entry.number_at(period)[:, :n]),
        member_exit=table.member_exit.at(period)[0],
        member_entry=table.member_entry.at(period)[0],
        ordinary_share=np.ascontiguousarray(ordinary),
    )


def spans(
    table: Timetable, parts: Sequence[Interval], whom: NDArray[np.bool_]
) -> list[tuple[F64, F64]]:
    """Span (start and end, each (X)) around each interval, in which a crossing's rules hold.

    Changes at other crossings, or that affect nobody, do not end a span. Times are fractions of the
    day. whom: columns (C + slots) of rules that affect somebody.
    """
    edges = np.array([*(begin for begin, _, _ in parts), 1.0])
    first = np.zeros(table.capacity.value.shape[1], np.int64)
    since = [first]
    for i in range(1, len(parts)):
        changed = _changed(table, parts[i - 1][2], parts[i][2], whom)
        since.append(np.where(changed, i, since[-1]))
    until = [np.full_like(first, len(parts))]
    for i in range(len(parts) - 1, 0, -1):
        until.insert(0, np.where(since[i] == i, i, until[0]))
    return [(edges[a], edges[b]) for a, b in zip(since, until, strict=True)]


def _whom(plan: Compiled) -> NDArray[np.bool_]:
    """Columns (C + slots) of rules that affect somebody: classes with people, and all documents."""
    met = np.ones(plan.timetable.entry.value.shape[2], np.bool_)
    met[: plan.timetable.n_classes] = False
    met[plan.world.groups.outlook[plan.cohorts.row.group]] = True
    return met


def _changed(table: Timetable, a: int, b: int, whom: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Crossings (X) at which the rules of periods a and b differ."""
    changed = np.any(table.capacity.at(a)[0] != table.capacity.at(b)[0], axis=1)
    for rules in (table.exit, table.entry):
        for part in (rules.value, rules.days, rules.delay):
            before, after = part[rules.layer[a]], part[rules.layer[b]]
            changed |= np.any(before[:, whom] != after[:, whom], axis=1)
    for rules in (table.member_exit, table.member_entry):
        before, after = (rules.at(p)[0][:, whom[: table.n_classes]] for p in (a, b))
        changed |= np.any(before != after, axis=1)
    return np.asarray(changed)
