"""Means abroad: funds, living costs, work, transfers, and what happens when they run out.

Funds f (euro per person) are lognormal around the mean of the group (log standard deviation s):
    f = mean exp(s z - s^2 / 2),  z standard normal
A day without local work costs, per person,
    b = cost - r (transfers + remote income)        r: share that payment rules let through
so funds last  T = r f / b  days (for ever if b <= 0). Remote income equals the living cost; local
work pays `local_income_share` of it, so who works is not in need. From day T on, without work, a
party is in need: it takes a bed while one is free (beds used = min(in need, beds)), the rest is
unsheltered. When the rules of a country change, T is found anew from what is left.

Rootedness r grows only while the status is secure:  r = 1 - exp(-secure days / rooting_days).

Reads: timetable (payment). Draws: SAVINGS, REMOTE. Writes: in_need. Units: euro, days.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from emigre.draws import REMOTE, SAVINGS, Key, normal_quantile, uniform
from emigre.jit import kernel
from emigre.state import (
    ABROAD,
    F64,
    NEVER,
    NOWHERE,
    PERMITTED,
    PROTECTED,
    Cohorts,
    Parties,
    Today,
    World,
)


class LivelihoodParameters(NamedTuple):
    """Means; see schema/parameters.csv."""

    savings_spread: float
    transfers_eur_per_month: float
    local_income_share: float
    rooting_days: float


DAYS_PER_MONTH = 365.25 / 12.0


@kernel
def funds_at_start(mean: float, spread: float, u: float) -> float:
    """Euro per person taken along."""
    return mean * math.exp(spread * normal_quantile(u) - 0.5 * spread * spread)


@kernel
def daily_cost(living_cost: float, transfers: float, remote: float, reach: float) -> float:
    """Euro per person and day that come out of the funds. remote: 0 or 1."""
    return living_cost - reach * (transfers + remote * living_cost)


@kernel
def days_funds_last(funds: float, reach: float, cost: float) -> float:
    """Days until funds run out; infinite if income covers the cost."""
    if cost <= 0.0:
        return math.inf
    return reach * funds / cost


@kernel
def rootedness(secure_days: float, rooting_days: float) -> float:
    """Ties that make leaving again less likely, 0..1."""
    return 1.0 - math.exp(-secure_days / rooting_days)


@kernel
def secure_days(parties: Parties, p: int, day: int) -> int:
    """Days lived with a secure status so far."""
    running = 0
    if parties.row.secure_since[p] != NOWHERE:
        running = day - parties.row.secure_since[p]
    return parties.row.secure_days[p] + running


@kernel
def note_security(parties: Parties, p: int, day: int) -> None:
    """Start or stop the clock of secure days after a change of status."""
    secure = parties.row.status[p] == PERMITTED or parties.row.status[p] == PROTECTED
    if secure and parties.row.secure_since[p] == NOWHERE:
        parties.row.secure_since[p] = day
    elif not secure and parties.row.secure_since[p] != NOWHERE:
        parties.row.secure_days[p] += day - parties.row.secure_since[p]
        parties.row.secure_since[p] = NOWHERE


@kernel
def bring_funds(
    world: World, cohorts: Cohorts, parties: Parties, p: int, key: Key, prm: LivelihoodParameters
) -> None:
    """Funds and remote work of a party that lives abroad for the first time."""
    g = cohorts.row.group[parties.row.cohort[p]]
    u = uniform(key, parties.row.id[p], 0, SAVINGS)
    parties.row.funds[p] = funds_at_start(world.groups.savings[g], prm.savings_spread, u)
    parties.row.remote[p] = (
        1 if uniform(key, parties.row.id[p], 0, REMOTE) < world.groups.remote[g] else 0
    )


@kernel
def cost_of(
    world: World, today: Today, parties: Parties, p: int, legal: int, prm: LivelihoodParameters
) -> float:
    """Daily cost of a party where it lives, under today's rules."""
    d = parties.row.place[p]
    transfers = prm.transfers_eur_per_month / DAYS_PER_MONTH
    remote = float(parties.row.remote[p])
    return daily_cost(world.countries.living_cost[d], transfers, remote, today.law.reach[d, legal])


@kernel
def settle_funds(
    world: World,
    today: Today,
    cohorts: Cohorts,
    parties: Parties,
    p: int,
    cost_before: float,
    prm: LivelihoodParameters,
) -> None:
    """Take the cost of the days since `funds_day` off the funds and find the day they run out.

    cost_before: euro a day under the rules that held until now (0 on arrival).
    """
    day = today.day
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    if parties.row.works[p] == 0:
        spent = cost_before * (day - parties.row.funds_day[p])
        parties.row.funds[p] = max(parties.row.funds[p] - spent, 0.0)
    parties.row.funds_day[p] = day
    cost = cost_of(world, today, parties, p, legal, prm)
    last = days_funds_last(parties.row.funds[p], today.law.reach[parties.row.place[p], legal], cost)
    if parties.row.works[p] == 1 or last > 1e6:
        parties.row.need[p] = NEVER
    else:
        parties.row.need[p] = day + math.ceil(last)


@kernel
def resettle(
    world: World,
    today: Today,
    cohorts: Cohorts,
    parties: Parties,
    used: int,
    reach_before: F64,
    prm: LivelihoodParameters,
) -> None:
    """Find the end of everybody's funds anew where payment rules changed. reach_before: (D, L)."""
    transfers = prm.transfers_eur_per_month / DAYS_PER_MONTH
    for p in range(used):
        if (
            parties.row.state[p] != ABROAD
            or parties.row.in_need[p] == 1
            or parties.row.works[p] == 1
        ):
            continue
        d = parties.row.place[p]
        legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
        before = reach_before[d, legal]
        if before == today.law.reach[d, legal]:
            continue
        remote = float(parties.row.remote[p])
        cost = daily_cost(world.countries.living_cost[d], transfers, remote, before)
        settle_funds(world, today, cohorts, parties, p, max(cost, 0.0), prm)
        parties.due[p] = min(parties.due[p], max(parties.row.need[p], today.day))
