"""Rules applied at crossings in each interval of a day."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emigre.engine.build import Compiled
from emigre.engine.policy import Interval, Timetable
from emigre.processes.arrays import F64, CheckpointRules


def checkpoint_rules_of(plan: Compiled, parts: Sequence[Interval]) -> list[CheckpointRules]:
    """Rules applied at crossings in each interval of a day."""
    whom = _classes_with_people(plan) if len(parts) > 1 else np.zeros(0, np.bool_)
    dated = zip(parts, spans(plan.timetable, parts, whom), strict=True)
    evening = parts[-1][2]
    return [_checkpoint(plan.timetable, *part, evening, *span) for part, span in dated]


def rules_all_day(plan: Compiled, period: int) -> CheckpointRules:
    """Rules of a period at crossings as people plan with them: as if in force for a whole day."""
    nothing, table = np.zeros(plan.world.n_crossings), plan.timetable
    usual = replace(
        table, capacity=table.usual_capacity, exit=table.usual_exit, entry=table.usual_entry
    )
    return _checkpoint(usual, 0.0, 1.0, period, period, nothing, nothing + 1.0)


def _checkpoint(
    table: Timetable,
    begin: float,
    end: float,
    period: int,
    evening: int,
    since: F64,
    until: F64,
) -> CheckpointRules:
    # Those who come to a crossing that opens later today wait, however long it has been closed.
    usual, later = (table.usual_capacity.at(p)[0][:, 0] for p in (period, evening))
    share, days, window = table.entry.at(period)
    # Levels of ordinary traffic exclude people refused at exit: only a closed check changes them.
    let_out, admitted = (t.at(period)[0] for t in (table.exit_documents, table.entry_documents))
    both = np.where(let_out > 0.0, admitted, 0.0)
    ordinary = np.zeros(table.slot_column.shape)
    x, slot = np.nonzero(table.slot_column >= 0)
    ordinary[x, slot] = both[x, table.slot_column[x, slot]]
    return CheckpointRules(
        start=begin,
        end=end,
        since=since,
        until=until,
        capacity=np.ascontiguousarray(table.capacity.at(period)[0][:, 0]),
        usual=np.where(usual > 0.0, usual, later),
        exit_share=table.exit.at(period)[0],
        entry_share=share,
        entry_days=days,
        entry_window=window,
        exit_rule=table.exit.number_at(period),
        entry_rule=table.entry.number_at(period),
        member_exit=table.member_exit.at(period)[0],
        member_entry=table.member_entry.at(period)[0],
        ordinary_share=ordinary,
    )


def spans(
    table: Timetable, parts: Sequence[Interval], whom: NDArray[np.bool_]
) -> list[tuple[F64, F64]]:
    """Span (start and end, each (X)) around each interval, in which a crossing's rules hold.

    Changes at other crossings, or that affect nobody, do not end a span. Times are fractions of the
    day. whom: classes (C) whose rules affect somebody.
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


def _classes_with_people(plan: Compiled) -> NDArray[np.bool_]:
    """Classes (C) with people."""
    met = np.zeros(plan.timetable.entry.value.shape[2], np.bool_)
    met[plan.world.groups.outlook[plan.cohorts.row.group]] = True
    return met


def _changed(table: Timetable, a: int, b: int, whom: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Crossings (X) at which the rules of periods a and b differ."""
    changed = np.any(table.capacity.at(a)[0] != table.capacity.at(b)[0], axis=1)
    everybody = np.ones(table.entry_documents.value.shape[2], np.bool_)
    for rules, columns in (
        (table.exit, whom),
        (table.entry, whom),
        (table.exit_documents, everybody),
        (table.entry_documents, everybody),
    ):
        for part in (rules.value, rules.days, rules.delay):
            before, after = part[rules.layer[a]], part[rules.layer[b]]
            changed |= np.any(before[:, columns] != after[:, columns], axis=1)
    for rules in (table.member_exit, table.member_entry):
        before, after = (rules.at(p)[0] for p in (a, b))
        changed |= np.any(before[:, whom] != after[:, whom], axis=1)
    return np.asarray(changed)
