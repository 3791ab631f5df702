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

import math

from emigre.numerics.jit import kernel
from emigre.numerics.random import RELATIVES, REMOTE, SAVINGS, normal_quantile, uniform
from emigre.processes.accounting import group_of, legal_class_of, tally
from emigre.processes.arrays import (
    ABROAD,
    NEVER,
    NOWHERE,
    PERMITTED,
    PROTECTED,
    Conditions,
    Population,
)
from emigre.processes.parameters import LivelihoodParameters

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
def root_growth_rate(
    works: float, demand: float, language_share: float, prm: LivelihoodParameters
) -> float:
    """Growth rate of roots, relative to a secure party without work or language."""
    speed = 1.0 + prm.root_work_weight * works * demand
    return speed + prm.root_language_weight * language_share


@kernel
def days_of_root_growth(now: Conditions, people: Population, p: int) -> float:
    """Days of growth of a party's roots up to this morning."""
    world, today, party = now.world, now.today, people.parties.row
    since = party.secure_since[p]
    if since == NOWHERE:
        return party.roots[p]
    d = party.place[p]
    g = group_of(people, p)
    days = float(today.day - since)
    if party.status_ends[p] < NEVER:
        mark = party.secure_mark[p]
        days = today.law.security_sum[d, world.groups.legal[g]] - mark
    demand = world.job_factor[d, world.groups.outlook[g]]
    works = float(party.works[p])
    speed = root_growth_rate(works, demand, world.countries.language[d], now.prm.livelihood)
    return party.roots[p] + days * speed


@kernel
def record_roots(now: Conditions, people: Population, p: int) -> None:
    """Record the growth so far, before any change of status or work."""
    party = people.parties.row
    party.roots[p] = days_of_root_growth(now, people, p)
    party.secure_since[p] = NOWHERE


@kernel
def restart_roots(now: Conditions, people: Population, p: int) -> None:
    """Restart growth after a change of status or work, under a permit or protection."""
    today, party = now.today, people.parties.row
    if party.status[p] == PERMITTED or party.status[p] == PROTECTED:
        g = group_of(people, p)
        party.secure_since[p] = today.day
        party.secure_mark[p] = today.law.security_sum[party.place[p], now.world.groups.legal[g]]


@kernel
def draw_funds(now: Conditions, people: Population, p: int) -> None:
    """Draw funds, remote work and support by relatives of a party newly abroad."""
    world, party = now.world, people.parties.row
    g = group_of(people, p)
    who = party.id[p]
    u = uniform(now.key, who, 0, SAVINGS)
    party.funds[p] = funds_at_start(world.groups.savings[g], now.prm.livelihood.savings_spread, u)
    party.remote[p] = 1 if uniform(now.key, who, 0, REMOTE) < world.groups.remote[g] else 0
    helped = uniform(now.key, who, 0, RELATIVES) < world.groups.relatives[g]
    party.relatives[p] = 1 if helped else 0
    party.locked[p] = 0.0
    party.reach[p] = 1.0
    party.has_funds[p] = 1


@kernel
def party_cost(now: Conditions, people: Population, p: int, reach: float) -> float:
    """Daily cost of a party where it lives if the share `reach` of money is within reach."""
    party = people.parties.row
    transfers = party.relatives[p] * now.prm.livelihood.transfers_eur_per_month / DAYS_PER_MONTH
    remote = float(party.remote[p])
    cost = now.world.countries.living_cost[party.place[p]]
    return daily_cost(cost, transfers, remote, reach)


@kernel
def spend(now: Conditions, people: Population, p: int) -> None:
    """Deduct the cost of the days since `funds_day` from the funds within reach."""
    today, party = now.today, people.parties.row
    if party.works[p] == 0:
        cost = max(party_cost(now, people, p, party.reach[p]), 0.0)
        spent = cost * (today.day - party.funds_day[p])
        party.funds[p] = max(party.funds[p] - spent, 0.0)
    party.funds_day[p] = today.day


@kernel
def split_funds(people: Population, p: int, reach: float) -> None:
    """Split funds into within reach and locked after a change of the share within reach."""
    party = people.parties.row
    before = party.reach[p]
    moved = 0.0  # comes within reach
    if reach < before:
        moved = -party.funds[p] * ((before - reach) / before)
    elif reach > before:
        moved = party.locked[p] * ((reach - before) / (1.0 - before))
    party.funds[p] += moved
    party.locked[p] -= moved
    party.reach[p] = reach


@kernel
def update_funds(now: Conditions, people: Population, p: int) -> None:
    """Deduct the cost so far under the former rules and compute the day on which funds run out."""
    today, party = now.today, people.parties.row
    spend(now, people, p)
    legal = legal_class_of(now, people, p)
    reach = today.law.accessible_share[party.place[p], legal]
    split_funds(people, p, reach)
    last = days_funds_last(party.funds[p], party_cost(now, people, p, reach))
    if party.works[p] == 1 or last > 1e6:
        party.need[p] = NEVER
    else:
        party.need[p] = today.day + math.ceil(last)


@kernel
def update_all_funds(now: Conditions, people: Population, used: int) -> None:
    """Recompute the end of funds where payment rules changed; need may end."""
    today, party = now.today, people.parties.row
    for p in range(used):
        if party.state[p] != ABROAD:
            continue
        legal = legal_class_of(now, people, p)
        if party.reach[p] == today.law.accessible_share[party.place[p], legal]:
            continue
        tally(now, people, p, -1)
        update_funds(now, people, p)
        if party.need[p] > today.day:
            party.in_need[p] = 0
        if party.in_need[p] == 0:
            people.parties.due[p] = min(people.parties.due[p], max(party.need[p], today.day))
        tally(now, people, p, 1)


@kernel
def measure_roots(now: Conditions, people: Population, used: int) -> None:
    """Sum the rootedness of everybody abroad, by country."""
    party, accounts = people.parties.row, people.accounts
    for p in range(used):
        if party.state[p] == ABROAD:
            n = party.people[p] * now.world.scale
            accounts.rooted[party.place[p]] += n
            if party.secure_since[p] == NOWHERE and party.roots[p] == 0.0:
                continue  # nothing has grown
            days = days_of_root_growth(now, people, p)
            accounts.roots[party.place[p]] += n * rootedness(days, now.prm.livelihood.rooting_days)
