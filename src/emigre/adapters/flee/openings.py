"""Infer which camps open later, if the folder does not say so.

Folders often omit the opening of camps. A camp that is empty on the first day, while at least the
share LEAST of all people registered by the last day are in other camps, usually opens later. It is
closed for the first QUARTER of the period, a share chosen on invented conflicts
(docs/decisions/0100-openings-and-capacities-of-folders.md).
"""

from dataclasses import replace

from emigre.adapters.flee.closures import Closure
from emigre.adapters.flee.conflict_drivers import NOT_OPEN_YET, open_by_day, open_camps
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.plan import Plan

LEAST = 0.02
"""Minimum share of all registered people who are in other camps on the first day."""
QUARTER = 0.25


def with_openings(plan: Plan) -> Conflict:
    """The conflict of a plan, in which camps without people on the first day open later."""
    conflict = plan.conflict
    counts = [conflict.registrations.camps[camp.name].on(0) for camp in conflict.camps]
    day = int(QUARTER * conflict.n_days)
    empty = [
        Closure(NOT_OPEN_YET, camp.name, "", 0, day, camp.row)
        for camp, count, is_open in zip(
            conflict.camps, counts, open_camps(conflict, 0), strict=True
        )
        if count == 0 and is_open
    ]
    if not empty or day <= plan.first_day or sum(counts) < LEAST * plan.everybody:
        return conflict
    later = replace(conflict, closures=(*conflict.closures, *empty))
    if not open_by_day(later)[:day].any(axis=1).all():
        return conflict
    plan.remarks.append(
        f"Camps without people on the first day are assumed to open on {plan.date(day)}: "
        f"{', '.join(closure.first for closure in empty)}."
    )
    return later
