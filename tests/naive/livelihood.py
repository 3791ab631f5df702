"""Reference implementations of livelihood abroad, day by day where possible."""

import math
from collections.abc import Iterable
from typing import Any

from scipy.special import ndtri

from naive import draws

SAVINGS, REMOTE, RELATIVES = 13, 14, 20
DAYS_PER_MONTH = 365.25 / 12
NEVER = 1 << 30
PERMITTED, PROTECTED = 2, 3


def funds(mean: float, spread: float, u: float) -> float:
    """Lognormal with that mean."""
    return float(mean * math.exp(spread * ndtri(u) - spread**2 / 2))


def cost(
    living: float, reach: float, transfers_per_month: float, remote: int, relatives: int
) -> float:
    """Euro a day out of the funds."""
    sent = transfers_per_month / DAYS_PER_MONTH if relatives else 0.0
    earned = living if remote else 0.0
    return living - reach * (sent + earned)


def cost_of(w: Any, me: dict[str, Any], group: Any, life: Any, reach: float | None = None) -> float:
    """Of a party where it lives; reach: today's if not given."""
    d = me["place"]
    let_through = float(w.today.law.accessible_share[d, group.legal]) if reach is None else reach
    living = float(w.world.countries.living_cost[d])
    transfers = life.transfers_eur_per_month
    return cost(living, let_through, transfers, me["remote"], me["relatives"])


def days_until_broke(funds_eur: float, daily: float) -> int:
    """Days one by one, until what was spent comes up to what can be reached."""
    days = 0
    while daily * days < funds_eur - 1e-9:
        days += 1
    return days


def draw_funds(me: dict[str, Any], group: Any, key: int, spread: float) -> None:
    """Savings taken along, whether work at a distance goes on, whether relatives help."""
    me["funds"] = funds(group.savings, spread, draws.uniform(key, me["id"], 0, SAVINGS))
    me["remote"] = int(draws.uniform(key, me["id"], 0, REMOTE) < group.remote)
    me["relatives"] = int(draws.uniform(key, me["id"], 0, RELATIVES) < group.relatives)
    me |= {"has_funds": 1, "locked": 0.0, "reach": 1.0}


def spend(w: Any, me: dict[str, Any], group: Any, life: Any) -> None:
    """Take off what a stay has cost since the funds were last looked at."""
    if not me["works"]:
        daily = max(cost_of(w, me, group, life, me["reach"]), 0.0)
        me["funds"] = max(0.0, me["funds"] - daily * (w.today.day - me["funds_day"]))
    me["funds_day"] = w.today.day


def split_funds(me: dict[str, Any], reach: float) -> None:
    """Of each euro within reach, or of each locked one, the share that changes sides."""
    whole, old = me["funds"] + me["locked"], me["reach"]
    if reach < old:
        me["funds"] *= reach / old
        me["locked"] = whole - me["funds"]
    elif reach > old:
        me["locked"] *= (1 - reach) / (1 - old)
        me["funds"] = whole - me["locked"]
    me["reach"] = reach


def settle(w: Any, me: dict[str, Any], group: Any, life: Any) -> None:
    """Take off what was spent; find the day on which the rest is gone."""
    spend(w, me, group, life)
    split_funds(me, float(w.today.law.accessible_share[me["place"], group.legal]))
    daily = cost_of(w, me, group, life)
    if me["works"] or daily <= 0 or me["funds"] / daily > 1e6:
        me["need"] = NEVER
    else:
        me["need"] = w.today.day + math.ceil(me["funds"] / daily)


def speed(works: int, demand: float, language: float, life: Any) -> float:
    """1 + work f [works] + language share."""
    return float(1 + life.root_work_weight * works * demand + life.root_language_weight * language)


def days_of_root_growth(w: Any, me: dict[str, Any], group: Any, life: Any) -> float:
    """Days of growth so far; while a status lasts that has an end, weighed by its security."""
    if me["secure_since"] < 0:
        return float(me["roots"])
    d = me["place"]
    days = w.today.day - me["secure_since"]
    if me["status_ends"] != NEVER:
        days = float(w.today.law.security_sum[d, group.legal]) - me["secure_mark"]
    demand = float(w.world.job_factor[d, group.outlook])
    language = float(w.world.countries.language[d])
    return float(me["roots"] + days * speed(me["works"], demand, language, life))


def record_roots(w: Any, me: dict[str, Any], group: Any, life: Any) -> None:
    """Write down what has grown."""
    me |= {"roots": days_of_root_growth(w, me, group, life), "secure_since": -1}


def restart_roots(w: Any, me: dict[str, Any], group: Any) -> None:
    """With a permit or protection roots go on growing."""
    if me["status"] in (PERMITTED, PROTECTED):
        me["secure_since"] = w.today.day
        me["secure_mark"] = float(w.today.law.security_sum[me["place"], group.legal])


def rooted_after(
    days: Iterable[tuple[float, int]], demand: float, language: float, life: Any
) -> float:
    """Rootedness after days with a permit one by one: (security of the day, whether at work)."""
    total = sum(s * speed(works, demand, language, life) for s, works in days)
    return float(1 - math.exp(-total / life.rooting_days))
