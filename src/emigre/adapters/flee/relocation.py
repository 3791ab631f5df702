"""Infer the rate of relocation to camps that open late from the capacities.

If capacities are the highest counts of the camps, people who were relocated are included in those
of two camps. The sum of the capacities then exceeds the number of people registered by the number
relocated, which happens after a new camp opens. With C the sum of the capacities, N the number
of people registered, k the weight of capacities as final counts (camp_effects.py), T(t) the people
registered on day t, and t1 the first day on which a camp opens that was closed on the first day,

    rate = GROSS k^2 max(0, C / ROUNDING - N) / sum of T(t) over t >= t1

per day, at most MOST, is added to ``base_onward_per_day``; 0 if no camp opens late. k is squared
because two assumptions have to hold: capacities are counts, and their excess is due to relocation.
GROSS was chosen on invented conflicts (docs/decisions/0093-relocation-from-capacities.md).
"""

from emigre.adapters.flee import people
from emigre.adapters.flee.camp_effects import capacity_trust
from emigre.adapters.flee.conflict_drivers import open_camps
from emigre.adapters.flee.places import capacity_of
from emigre.adapters.flee.plan import Plan

GROSS = 10.0
"""Moves for each person moved to a new camp; the others are between old ones or back."""
ROUNDING = 1.05
"""Excess of capacities that rounding them up explains."""
MOST = 0.03
"""Largest added rate per day: within a month most people have moved."""


def relocation_rate(plan: Plan) -> float:
    """Rate per day at which people move between camps beyond the default."""
    trust = capacity_trust(plan)
    opening = _first_opening(plan)
    if not trust or opening is None:
        return 0.0
    capacity = sum(capacity_of(plan, camp) or 0 for camp in plan.conflict.camps)
    moved = max(0.0, capacity / ROUNDING - plan.everybody)
    at_risk = sum(people.given_totals(plan)[opening:])
    return min(GROSS * trust**2 * moved / at_risk, MOST) if at_risk > 0 else 0.0


def _first_opening(plan: Plan) -> int | None:
    """First day on which a camp is open that was closed on the first day."""
    conflict = plan.conflict
    at_first = open_camps(conflict, 0)
    for day in sorted({c.end for c in conflict.closures if c.end < conflict.n_days}):
        if any(now > then for then, now in zip(at_first, open_camps(conflict, day), strict=True)):
            return day
    return None
