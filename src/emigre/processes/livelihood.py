"""Livelihood abroad: funds, living costs, work, transfers, need and rootedness.

Funds f (euro per person) are lognormal with the mean of the group and log standard deviation s:
    f = mean exp(s z - s^2 / 2),  z standard normal
A day without local work costs, per person,
    b = cost - r (transfers + remote income)        r: share that payment rules let through
Of the funds, r f is within reach and the rest locked. They last  T = r f / b  days (for ever if
b <= 0); locked funds are not spent. Remote income equals the living cost; a party with local work
is not in need. From day T on, a party without work is in need: it takes a bed if one is free
(beds used = min(in need, beds)), and the rest is unsheltered. When the share of a country changes
from r to s, or a party moves to a country with another share, the fraction (r - s) / r of the funds
within reach is locked (s < r), or the fraction (s - r) / (1 - r) of the locked funds comes within
reach (s > r). T is then recomputed, and need ends if T lies ahead.

Only some households receive money from relatives. Rootedness
    r = 1 - exp(-T / rooting_days),   dT/dt = s(t) (1 + work f [works] + language share_d)
grows with a permit or protection: s is the security of that status (1 if it has no end, else the
expected share of renewals under announced and rumoured rules), f the demand for the work of the
group.

Reads: timetable (payment, permit, renewal). Draws: SAVINGS, REMOTE, RELATIVES. Writes: in_need.
Units: euro, days. The functional forms are assumptions with one parameter each.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from emigre.numerics.jit import kernel
from emigre.numerics.random import RELATIVES, REMOTE, SAVINGS, Key, normal_quantile, uniform
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    ABROAD,
    NEVER,
    NOWHERE,
    PERMITTED,
    PROTECTED,
    Accounts,
    Cohorts,
    Parties,
    Today,
    World,
)


class LivelihoodParameters(NamedTuple):
    """Parameters of livelihood; see schema/parameters.csv."""

    savings_spread: float
    transfers_eur_per_month: float
    rooting_days: float
    root_work_weight: float
    root_language_weight: float


DAYS_PER_MONTH = 365.25 / 12.0


@kernel
def funds_at_start(mean: float, spread: float, u: float) -> float:
    """Funds at departure, euro per person."""
    return mean * math.exp(spread * normal_quantile(u) - 0.5 * spread * spread)


@kernel
def daily_cost(living_cost: float, transfers: float, remote: float, reach: float) -> float:
    """Euro per person and day paid from the funds. remote: 0 or 1."""
    return living_cost - reach * (transfers + remote * living_cost)


@kernel
def days_funds_last(funds: float, cost: float) -> float:
    """Days until the funds within reach run out; infinite if income covers the cost."""
    if cost <= 0.0:
        return math.inf
    return funds / cost


@kernel
def rootedness(growth_days: float, rooting_days: float) -> float:
    """Ties that make leaving again less likely, 0 to 1."""
    return 1.0 - math.exp(-growth_days / rooting_days)


@kernel
def root_speed(
    works: float, demand: float, language_share: float, prm: LivelihoodParameters
) -> float:
    """Growth rate of roots, relative to a secure party without work or language."""
    speed = 1.0 + prm.root_work_weight * works * demand
    return speed + prm.root_language_weight * language_share


@kernel
def grown(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    prm: LivelihoodParameters,
) -> float:
    """Days of growth of a party's roots up to this morning."""
    since = parties.row.secure_since[p]
    if since == NOWHERE:
        return parties.row.roots[p]
    d = parties.row.place[p]
    g = cohorts.row.group[parties.row.cohort[p]]
    days = float(today.day - since)
    if parties.row.status_ends[p] < NEVER:
        mark = parties.row.secure_mark[p]
        days = today.law.security_sum[d, world.groups.legal[g]] - mark
    demand = world.job_factor[d, world.groups.outlook[g]]
    works = float(parties.row.works[p])
    speed = root_speed(works, demand, world.countries.language[d], prm)
    return parties.row.roots[p] + days * speed


@kernel
def settle_roots(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    today: Today,
    p: int,
    prm: LivelihoodParameters,
) -> None:
    """Record the growth so far, before any change of status or work."""
    parties.row.roots[p] = grown(world, cohorts, parties, today, p, prm)
    parties.row.secure_since[p] = NOWHERE


@kernel
def root_again(world: World, cohorts: Cohorts, parties: Parties, today: Today, p: int) -> None:
    """Restart growth after a change of status or work, under a permit or protection."""
    if parties.row.status[p] == PERMITTED or parties.row.status[p] == PROTECTED:
        g = cohorts.row.group[parties.row.cohort[p]]
        parties.row.secure_since[p] = today.day
        parties.row.secure_mark[p] = today.law.security_sum[
            parties.row.place[p], world.groups.legal[g]
        ]


@kernel
def bring_funds(
    world: World, cohorts: Cohorts, parties: Parties, p: int, key: Key, prm: LivelihoodParameters
) -> None:
    """Draw funds, remote work and support by relatives of a party newly abroad."""
    g = cohorts.row.group[parties.row.cohort[p]]
    who = parties.row.id[p]
    u = uniform(key, who, 0, SAVINGS)
    parties.row.funds[p] = funds_at_start(world.groups.savings[g], prm.savings_spread, u)
    parties.row.remote[p] = 1 if uniform(key, who, 0, REMOTE) < world.groups.remote[g] else 0
    helped = uniform(key, who, 0, RELATIVES) < world.groups.relatives[g]
    parties.row.relatives[p] = 1 if helped else 0
    parties.row.locked[p] = 0.0
    parties.row.reach[p] = 1.0
    parties.row.has_funds[p] = 1


@kernel
def party_cost(
    world: World, parties: Parties, p: int, reach: float, prm: LivelihoodParameters
) -> float:
    """Daily cost of a party where it lives if the share `reach` of money is within reach."""
    transfers = parties.row.relatives[p] * prm.transfers_eur_per_month / DAYS_PER_MONTH
    remote = float(parties.row.remote[p])
    cost = world.countries.living_cost[parties.row.place[p]]
    return daily_cost(cost, transfers, remote, reach)


@kernel
def spend(world: World, today: Today, parties: Parties, p: int, prm: LivelihoodParameters) -> None:
    """Deduct the cost of the days since `funds_day` from the funds within reach."""
    if parties.row.works[p] == 0:
        cost = max(party_cost(world, parties, p, parties.row.reach[p], prm), 0.0)
        spent = cost * (today.day - parties.row.funds_day[p])
        parties.row.funds[p] = max(parties.row.funds[p] - spent, 0.0)
    parties.row.funds_day[p] = today.day


@kernel
def tell_apart(parties: Parties, p: int, reach: float) -> None:
    """Split funds into within reach and locked after a change of the share within reach."""
    before = parties.row.reach[p]
    moved = 0.0  # comes within reach
    if reach < before:
        moved = -parties.row.funds[p] * ((before - reach) / before)
    elif reach > before:
        moved = parties.row.locked[p] * ((reach - before) / (1.0 - before))
    parties.row.funds[p] += moved
    parties.row.locked[p] -= moved
    parties.row.reach[p] = reach


@kernel
def settle_funds(
    world: World,
    today: Today,
    cohorts: Cohorts,
    parties: Parties,
    p: int,
    prm: LivelihoodParameters,
) -> None:
    """Deduct the cost so far under the former rules and compute the day on which funds run out."""
    spend(world, today, parties, p, prm)
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    reach = today.law.accessible_share[parties.row.place[p], legal]
    tell_apart(parties, p, reach)
    last = days_funds_last(parties.row.funds[p], party_cost(world, parties, p, reach, prm))
    if parties.row.works[p] == 1 or last > 1e6:
        parties.row.need[p] = NEVER
    else:
        parties.row.need[p] = today.day + math.ceil(last)


@kernel
def resettle(
    world: World,
    today: Today,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    used: int,
    prm: LivelihoodParameters,
) -> None:
    """Recompute the end of funds where payment rules changed; need may end."""
    for p in range(used):
        if parties.row.state[p] != ABROAD:
            continue
        legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
        if parties.row.reach[p] == today.law.accessible_share[parties.row.place[p], legal]:
            continue
        tally(world, cohorts, parties, books, p, -1)
        settle_funds(world, today, cohorts, parties, p, prm)
        if parties.row.need[p] > today.day:
            parties.row.in_need[p] = 0
        if parties.row.in_need[p] == 0:
            parties.due[p] = min(parties.due[p], max(parties.row.need[p], today.day))
        tally(world, cohorts, parties, books, p, 1)


@kernel
def take_roots(
    world: World,
    cohorts: Cohorts,
    parties: Parties,
    books: Accounts,
    today: Today,
    used: int,
    prm: LivelihoodParameters,
) -> None:
    """Sum the rootedness of everybody abroad, by country."""
    for p in range(used):
        if parties.row.state[p] == ABROAD:
            n = parties.row.people[p] * world.scale
            books.rooted[parties.row.place[p]] += n
            if parties.row.secure_since[p] == NOWHERE and parties.row.roots[p] == 0.0:
                continue  # nothing has grown
            days = grown(world, cohorts, parties, today, p, prm)
            books.roots[parties.row.place[p]] += n * rootedness(days, prm.rooting_days)
