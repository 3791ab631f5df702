"""Capacities of camps where more people are registered than all camps have room for.

Where the registered total is given, everybody in it is in a camp. A total above the sum of the
capacities therefore shows that these are not limits: they were set earlier. From then on all grow
by the same factor, so that together they hold the total,

    capacity_c(t) = factor(t) capacity_c,     factor(t) = STEP^n >= max over s <= t of T(s) / sum c,

with the smallest whole n >= 0. If a camp has no limit, it takes those who do not fit elsewhere.
"""

import math

from emigre.adapters.flee import people
from emigre.adapters.flee.conflict_drivers import open_camps
from emigre.adapters.flee.folder import spans
from emigre.adapters.flee.places import room_of
from emigre.adapters.flee.plan import IMPORT, Plan, Rows

STEP = 1.02
"""Factor between two capacities: 36 steps to twice as many people."""


def capacity_factors(plan: Plan) -> list[float]:
    """Factor on the capacities by day; 1 while the registered total is below their sum."""
    rooms = [room_of(plan, camp) for camp in plan.conflict.camps]
    limits = [room for room in rooms if room is not None]
    if not plan.totals_given or len(limits) < len(rooms):
        return [1.0] * plan.conflict.n_days
    factors, highest = [], 1.0
    for total in people.given_totals(plan):
        highest = max(highest, total / sum(limits))
        factors.append(STEP ** math.ceil(round(math.log(highest) / math.log(STEP), 6)))
    return factors


def rules(plan: Plan) -> Rows:
    """Capacity rules of the days on which a camp is open and its capacity has grown."""
    first, n_days = plan.first_day, plan.conflict.n_days
    factors = capacity_factors(plan)
    if factors[-1] <= 1.0:
        return []
    day = next(day for day, factor in enumerate(factors) if factor > 1.0)
    plan.remarks.append(
        f"More people are registered than all camps have room for from {plan.date(day)} on: "
        "capacities grow with the registered total (capacity rules)."
    )
    is_open = [open_camps(plan.conflict, day) for day in range(n_days)]
    rows: Rows = []
    for number, camp in enumerate(plan.conflict.camps):
        grown = [f * (f > 1.0 and o[number]) for f, o in zip(factors, is_open, strict=True)]
        name, room = plan.names.place[camp.name], room_of(plan, camp) or 0
        for begin, end, factor in spans(grown[first:]):
            start = plan.date(first + begin)
            rows.append(
                {
                    "id": f"grown_{name}_{start}",
                    "kind": "capacity",
                    "place": name,
                    "announced": start,
                    "effective_from": start,
                    "effective_to": plan.date(first + end) if first + end < n_days else None,
                    "value": float(math.ceil(factor * room)),
                    "basis": "estimate",
                    "source": IMPORT,
                    "note": "More people are registered than all camps have room for.",
                }
            )
    return rows
