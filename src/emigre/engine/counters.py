"""What the counters of the crossings apply in each stretch of a day, and their queues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emigre.engine.compile import Compiled
from emigre.engine.laws import Stretch
from emigre.state import F64, NOWHERE, Counter, Queues


def empty_queues(plan: Compiled) -> Queues:
    """Queues of a run before its first day."""
    n, slots = plan.world.n_crossings, plan.level.shape[2]
    batches = sum(len(plan.timetable.stretches(day)) for day in range(plan.n_days))
    return Queues(
        head=np.full(n, NOWHERE, np.int32),
        tail=np.full(n, NOWHERE, np.int32),
        free=np.zeros(n),
        credit=np.zeros(n),
        begun=np.zeros(n),
        length=np.zeros(n),
        expected=np.zeros((n, slots)),
        ordinary=np.zeros((n, slots, batches), np.int32),
        came=np.zeros((n, batches), np.int32),
        done=np.zeros((n, batches), np.int32),
        since=np.zeros((n, batches)),
        until=np.zeros((n, batches)),
        first=np.zeros(n, np.int32),
        last=np.full(n, NOWHERE, np.int32),
    )


def counters_of(plan: Compiled, parts: Sequence[Stretch]) -> list[Counter]:
    """What the counters apply in each stretch of a day."""
    spans = plan.timetable.spans(parts)
    return [_counter(plan, *part, *span) for part, span in zip(parts, spans, strict=True)]


def _counter(
    plan: Compiled, begin: float, end: float, period: int, since: F64, until: F64
) -> Counter:
    table, n = plan.timetable, plan.timetable.n_classes
    share, days, window = table.entry.at(period)
    # Levels of ordinary traffic count those let out: only a closed exit check changes them.
    both = np.where(table.exit.at(period)[0] > 0.0, share, 0.0)
    padded = np.column_stack([both, np.zeros(share.shape[0])])
    ordinary = np.take_along_axis(
        padded, np.where(table.slot_column < 0, share.shape[1], n + table.slot_column), axis=1
    )
    return Counter(
        start=begin,
        end=end,
        since=since,
        until=until,
        capacity=np.ascontiguousarray(table.capacity.at(period)[0][:, 0]),
        exit_share=np.ascontiguousarray(table.exit.at(period)[0][:, :n]),
        entry_share=np.ascontiguousarray(share[:, :n]),
        entry_days=np.ascontiguousarray(days[:, :n]),
        entry_window=np.ascontiguousarray(window[:, :n]),
        ordinary_share=np.ascontiguousarray(ordinary),
    )
