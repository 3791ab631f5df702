"""Means abroad: funds, living costs, work, transfers, and what happens when they run out.

Funds f (euro per person) are lognormal around the mean of the group (log standard deviation s):
    f = mean exp(s z - s^2 / 2),  z standard normal
A day without local work costs, per person,
    b = cost - r (transfers + remote income)        r: share that payment rules let through
and of the funds  r f  is within reach, the rest locked: so they last  T = r f / b  days (for ever
if b <= 0), and what is locked is not spent. Remote income equals the living cost; whoever has
local work is not in need. From day T on, without work, a party is in need: it takes a bed while
one is free (beds used = min(in need, beds)), the rest is unsheltered. When the rules of a country
change from r to s, or a party comes to a country with other rules, the share (r - s) / r of what
is within reach is locked (s < r), or the share (s - r) / (1 - r) of what is locked comes within
reach (s > r); then T is found anew, and need ends if there is anything to live on.

Relatives send money to a share of the households only. Rootedness
    r = 1 - exp(-T / rooting_days),   dT/dt = s(t) (1 + work f [works] + language share_d)
grows with a permit or protection: s is the security of that status (1 if it has no end, else the
share of renewals that announced and rumoured rules let expect), f the demand for the work of the
group.

Reads: timetable (payment, permit, renewal). Draws: SAVINGS, REMOTE, RELATIVES. Writes: in_need.
Units: euro, days. Source: none for the forms, assumptions with one parameter each.
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
    Books,
    Cohorts,
    Parties,
    Today,
    World,
)


class LivelihoodParameters(NamedTuple):
    """Means; see schema/parameters.csv."""

    savings_spread: float
    transfers_eur_per_month: float
    rooting_days: float
    root_work_weight: float
    root_language_weight: float


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
def days_funds_last(funds: float, cost: float) -> float:
    """Days until funds within reach run out; infinite if income covers the cost."""
    if cost <= 0.0:
        return math.inf
    return funds / cost


@kernel
def rootedness(growth_days: float, rooting_days: float) -> float:
    """Ties that make leaving again less likely, 0..1."""
    return 1.0 - math.exp(-growth_days / rooting_days)


@kernel
def root_speed(
    works: float, demand: float, language_share: float, prm: LivelihoodParameters
) -> float:
    """How fast roots grow compared with somebody secure, without work or language."""
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
    """Write down what has grown; before any change of status or work."""
    parties.row.roots[p] = grown(world, cohorts, parties, today, p, prm)
    parties.row.secure_since[p] = NOWHERE


@kernel
def root_again(world: World, cohorts: Cohorts, parties: Parties, today: Today, p: int) -> None:
    """After a change of status or work: let roots grow if the status is a permit or protection."""
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
    """Funds, remote work and helping relatives of a party that lives abroad for the first time."""
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
    """Daily cost of a party where it lives, while that share of money can be reached."""
    transfers = parties.row.relatives[p] * prm.transfers_eur_per_month / DAYS_PER_MONTH
    remote = float(parties.row.remote[p])
    cost = world.countries.living_cost[parties.row.place[p]]
    return daily_cost(cost, transfers, remote, reach)


@kernel
def spend(world: World, today: Today, parties: Parties, p: int, prm: LivelihoodParameters) -> None:
    """Take the cost of the days since `funds_day` off the funds within reach."""
    if parties.row.works[p] == 0:
        cost = max(party_cost(world, parties, p, parties.row.reach[p], prm), 0.0)
        spent = cost * (today.day - parties.row.funds_day[p])
        parties.row.funds[p] = max(parties.row.funds[p] - spent, 0.0)
    parties.row.funds_day[p] = today.day


@kernel
def tell_apart(parties: Parties, p: int, reach: float) -> None:
    """Tell funds within reach from locked ones anew: payment rules let another share through."""
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
    """Take off what was spent under the rules until now; find the day on which the rest is gone."""
    spend(world, today, parties, p, prm)
    legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
    reach = today.law.reach[parties.row.place[p], legal]
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
    books: Books,
    used: int,
    prm: LivelihoodParameters,
) -> None:
    """Find the end of everybody's funds anew where payment rules changed; need may end."""
    for p in range(used):
        if parties.row.state[p] != ABROAD:
            continue
        legal = world.groups.legal[cohorts.row.group[parties.row.cohort[p]]]
        if parties.row.reach[p] == today.law.reach[parties.row.place[p], legal]:
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
    books: Books,
    today: Today,
    used: int,
    prm: LivelihoodParameters,
) -> None:
    """Count the rootedness of all who are abroad, by country."""
    for p in range(used):
        if parties.row.state[p] == ABROAD:
            n = parties.row.people[p] * world.scale
            books.rooted[parties.row.place[p]] += n
            if parties.row.secure_since[p] == NOWHERE and parties.row.roots[p] == 0.0:
                continue  # nothing has grown
            days = grown(world, cohorts, parties, today, p, prm)
            books.roots[parties.row.place[p]] += n * rootedness(days, prm.rooting_days)
