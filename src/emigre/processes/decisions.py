"""Decisions to leave: households whose hazard (departures.py) applies on a day, by cohort.

    P(decide) = 1 - exp(-h),    h = base_g push_gz exp( access (A - A_0) + urgency U )
None of n households decides with probability exp(-h n) >= 1 - h n. A bound on h n is kept for each
cohort and holds until a factor of h has risen by ROOM. Only cohorts whose random number lies above
1 minus the bound are examined.

Reads: outlook (A, U), pressures. Draws: DECIDE. Writes: nothing. Units: per day.
"""

import math

import numpy as np

from emigre.numerics.jit import kernel
from emigre.numerics.random import DECIDE, binomial_quantile, bits_of_day, source, unit
from emigre.processes.arrays import F64, I32, NOWHERE, Bounds, Conditions, Population, Today

ROOM = 1.1
"""Factor by which base, pressures or access may raise a hazard before bounds are set again."""
LOG_ROOM = math.log(ROOM)
MOST = 1.35
"""A bound relative to the hazard: above ROOM ** 3, for rounding."""
BLOCK = 64


def no_bounds(cohorts: int, classes: int, origins: int, push: tuple[int, int]) -> Bounds:
    """Bounds that are not valid yet. push: (zones, G), their numbers."""
    return Bounds(
        np.zeros(cohorts, np.uint64),
        np.zeros(cohorts),
        np.full(classes, NOWHERE, np.int32),
        np.zeros((classes, origins)),
        np.zeros(push),
        np.zeros(push[1]),
    )


def weigh_hazards(now: Conditions, reference: float) -> None:
    """Write today.log_hazard_factor = access (A - reference) + urgency U, common to a kind."""
    today, prm, factor = now.today, now.prm.departures, now.today.log_hazard_factor
    np.subtract(today.access[:, : now.world.n_origins], reference, out=factor)
    np.multiply(factor, prm.access_weight, out=factor)
    np.add(factor, prm.urgency_weight * today.urgency, out=factor)


@kernel
def shared_hazard(now: Conditions, g: int, origin: int) -> float:
    """Factor of the hazard that group g shares with others; only few are needed on a day."""
    kind = now.today.kind[now.world.groups.outlook[g]]
    return math.exp(now.today.log_hazard_factor[kind, origin])


@kernel
def cohort_hazard(now: Conditions, people: Population, base: F64, i: int) -> float:
    """Hazard per day of a household of cohort i. base: (G)."""
    cohort = people.cohorts.row
    g = cohort.group[i]
    shared = shared_hazard(now, g, cohort.origin[i])
    return base[g] * now.today.departure_multiplier[cohort.zone[i], g] * shared


def write_hazards(now: Conditions, people: Population, base: F64, reference: float) -> None:
    """Write today's hazards, and new bounds if they exceed those kept. base: (G) hazard per day."""
    weigh_hazards(now, reference)
    if not bounds_hold(now.today, people.bounds, base):
        set_bounds(now, people, base)


def bounds_hold(today: Today, bounds: Bounds, base: F64) -> bool:
    """Whether no hazard is higher than the bounds allow. base: (G) hazard per day."""
    same = np.array_equal(today.kind, bounds.kind)
    parts = (
        (today.log_hazard_factor, bounds.factor[: len(today.log_hazard_factor)]),
        (today.departure_multiplier, bounds.push),
        (base, bounds.base),
    )
    return same and all(bool((part <= bound).all()) for part, bound in parts)


@kernel
def set_bounds(now: Conditions, people: Population, base: F64) -> None:
    """Set bounds that hold until a factor of a hazard has risen by ROOM. base: (G)."""
    today, bounds, cohort = now.today, people.bounds, people.cohorts.row
    for c in range(today.kind.size):
        bounds.kind[c] = today.kind[c]
    for k in range(today.log_hazard_factor.shape[0]):
        for o in range(today.log_hazard_factor.shape[1]):
            bounds.factor[k, o] = today.log_hazard_factor[k, o] + LOG_ROOM
    for g in range(base.size):
        bounds.base[g] = ROOM * base[g]
        for zone in range(bounds.push.shape[0]):
            bounds.push[zone, g] = ROOM * today.departure_multiplier[zone, g]
    for i in range(cohort.size):
        bounds.source[i] = source(now.key, cohort.id[i], DECIDE)
        bounds.most[i] = MOST * cohort_hazard(now, people, base, i) * cohort.total[i]


@kernel
def count_leavers(now: Conditions, people: Population, base: F64, leavers: I32) -> int:
    """Draw the households that decide, by cohort, where the hazard applies; returns their sum.

    base: (G) hazard per day. leavers: (cohorts), written here. P(nobody) = exp(-h n) >= 1 - h n:
    in most cohorts no household decides at any hazard below the bound. Cohorts are examined in
    blocks, most of which are skipped.
    """
    day, bounds = now.today.day, people.bounds
    examined, deciding, total = 0, 0, 0
    for first in range(0, leavers.size, BLOCK):
        end = min(first + BLOCK, leavers.size)
        some = 0
        for i in range(first, end):
            leavers[i] = 0
            u = unit(bits_of_day(bounds.source[i], day))
            some |= int(u >= 1.0 - bounds.most[i])
        if some == 0:
            continue
        for i in range(first, end):
            u = unit(bits_of_day(bounds.source[i], day))
            if u >= 1.0 - bounds.most[i]:
                examined += 1
                leavers[i] = draw_leavers(now, people, base, i, u)
                deciding += int(leavers[i] > 0)
                total += leavers[i]
    if examined > 4 * deciding + BLOCK:  # the hazards have fallen
        bounds.kind[:] = NOWHERE
    return total


@kernel
def draw_leavers(now: Conditions, people: Population, base: F64, i: int, u: float) -> int:
    """Households of cohort i that decide, by a uniform number; base: (G) hazard per day."""
    cohort = people.cohorts.row
    h, n = cohort_hazard(now, people, base, i), cohort.total[i]
    if n <= 0 or now.world.pool[cohort.origin[i]] >= 0 or u < 1.0 - h * n:
        return 0
    return binomial_quantile(n, 1.0 - math.exp(-h), u)
