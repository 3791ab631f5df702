"""Raise capacities where more people are registered than all open camps can hold.

If the registered total is an input, all these people are in camps. A total above the sum of the
capacities of the camps that have opened shows that these capacities are outdated, not limits. From
then on all of them grow by the same factor until their sum is the total,

    capacity_c(t) = factor_c(t) capacity_c
    factor_c(t) = STEP^n >= max over s <= t with c open by s of T(s) / sum of c' open by s,

with the smallest integer n >= 0. A camp without a limit takes everybody who finds no other place.
"""

import math

import numpy as np

from emigre.adapters.flee import people
from emigre.adapters.flee.conflict_drivers import open_by_day
from emigre.adapters.flee.folder import spans
from emigre.adapters.flee.places import capacity_of
from emigre.adapters.flee.plan import IMPORT, Plan, Rows
from emigre.numerics.array_types import F64

STEP = 1.02
"""Factor between two capacities: 36 steps to twice as many people."""


def capacity_factors(plan: Plan) -> F64:
    """Factors on capacities (n_days, n_camps); 1 while the total is below their sum."""
    camps = plan.conflict.camps
    limits = [room for camp in camps if (room := capacity_of(plan, camp)) is not None]
    if not plan.totals_given or plan.displaced is not None or len(limits) < len(camps):
        return np.ones((plan.conflict.n_days, len(camps)))
    opened = np.logical_or.accumulate(open_by_day(plan.conflict))
    crowding = np.array(people.given_totals(plan)) / np.maximum(opened @ np.array(limits), 1)
    needed = np.where(opened, crowding[:, None], 1.0).clip(min=1.0)
    highest = np.maximum.accumulate(needed)
    return np.asarray(STEP ** np.ceil((np.log(highest) / math.log(STEP)).round(6)))


def rules(plan: Plan) -> Rows:
    """Capacity rules of the days on which a camp is open and its capacity has grown."""
    first, n_days = plan.first_day, plan.conflict.n_days
    factors = capacity_factors(plan)
    if factors.max() <= 1.0:
        return []
    day = int((factors > 1.0).any(axis=1).argmax())
    plan.remarks.append(
        f"More people are registered than all open camps have room for from {plan.date(day)} on: "
        "capacities grow with the registered total (capacity rules)."
    )
    grown = np.where(np.logical_and(open_by_day(plan.conflict), factors > 1.0), factors, 0.0)
    rows: Rows = []
    for number, camp in enumerate(plan.conflict.camps):
        name, room = plan.names.place[camp.name], capacity_of(plan, camp) or 0
        for begin, end, factor in spans(grown[first:, number].tolist()):
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
                    "note": "More people are registered than all open camps have room for.",
                }
            )
    return rows
