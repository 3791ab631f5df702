"""Plain twins of means abroad: money counted day by day where that is possible."""

from __future__ import annotations

import math
from typing import Any

from scipy.special import ndtri

from naive import draws

SAVINGS, REMOTE = 13, 14
DAYS_PER_MONTH = 365.25 / 12
NEVER = 1 << 30
PERMITTED, PROTECTED = 2, 3


def funds(mean: float, spread: float, u: float) -> float:
    """Lognormal with that mean."""
    return float(mean * math.exp(spread * ndtri(u) - spread**2 / 2))


def cost(living: float, reach: float, transfers_per_month: float, remote: int) -> float:
    """Euro a day out of the funds."""
    return living - reach * (transfers_per_month / DAYS_PER_MONTH + remote * living)


def days_until_broke(funds_eur: float, reach: float, daily: float) -> int:
    """Days one by one, until what was spent comes up to what can be reached."""
    days = 0
    while daily * days < reach * funds_eur - 1e-9:
        days += 1
    return days


def bring_funds(me: dict[str, Any], group: Any, key: int, spread: float) -> None:
    """Savings taken along, and whether work at a distance goes on."""
    me["funds"] = funds(group.savings, spread, draws.uniform(key, me["id"], 0, SAVINGS))
    me["remote"] = int(draws.uniform(key, me["id"], 0, REMOTE) < group.remote)


def settle(me: dict[str, Any], day: int, cost_before: float, reach: float, cost_now: float) -> None:
    """Take off what was spent; find the day on which the rest is gone."""
    if not me["works"]:
        me["funds"] = max(0.0, me["funds"] - cost_before * (day - me["funds_day"]))
    me["funds_day"] = day
    if me["works"] or cost_now <= 0 or reach * me["funds"] / cost_now > 1e6:
        me["need"] = NEVER
    else:
        me["need"] = day + math.ceil(reach * me["funds"] / cost_now)


def note_security(me: dict[str, Any], day: int) -> None:
    """The clock of secure days runs while a permit or protection is held."""
    secure = me["status"] in (PERMITTED, PROTECTED)
    running = me["secure_since"] >= 0
    if secure and not running:
        me["secure_since"] = day
    if running and not secure:
        me["secure_days"] += day - me["secure_since"]
        me["secure_since"] = -1


def secure_days(me: dict[str, Any], day: int) -> int:
    """All of them so far."""
    return int(me["secure_days"]) + (day - me["secure_since"] if me["secure_since"] >= 0 else 0)
