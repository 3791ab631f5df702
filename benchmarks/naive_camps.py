"""Naive rules for the distribution over camps, given totals, without the model.

Newcomers are the rises of the registered total, as in Flee. Camps start with the counts of the
first day. While the total falls, all camps lose the same share. Newcomers go to open camps with
free places:

    free places   in proportion to the free places alone (a camp without a limit: as the mean)
    equal         in equal shares
    persistence   in proportion to the people there, that is, in the shares of the first day
    each          to camps by 1/d^2 from each conflict place; places send by people x intensity
    pooled        in proportion to the sum over places of people x intensity / d^2
    straight      as pooled, with the great circle for the road d

The last three are readings of a gravity rule. Without capacities no camp has a limit.
"""

import numpy as np
from numpy.typing import NDArray

from emigre.adapters.flee.camp_effects import kilometres
from emigre.adapters.flee.conflict_drivers import open_camps
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.places import coordinates, gps_swapped
from emigre.evaluation import ard
from emigre.geography.distance import great_circle_km

F64 = NDArray[np.float64]

GRAVITY = ("each", "pooled", "straight")
NAIVE = ("free places", "equal", "persistence")
RULES = (*NAIVE, *GRAVITY)


def registered(conflict: Conflict) -> F64:
    """(days, camps) registered people by Flee's definition.

    If the folder empties camps on day 0, the counts of that day are subtracted.
    """
    camps = [conflict.registrations.camps[camp.name] for camp in conflict.camps]
    people = np.array([[s.on(day) for s in camps] for day in range(conflict.n_days)], float)
    return people - people[0] if conflict.settings.empty_camps_on_day0 else people


def scores(people: F64, registered: F64) -> tuple[float, float]:
    """ARD and rescaled ARD of (days, camps), or their means over (runs, days, camps)."""
    even = ard.rescale(people, registered)
    rescaled = ard.score(even, registered).mean()
    return float(ard.score(people, registered).mean()), float(rescaled)


def simulate(conflict: Conflict, rule: str, *, capacities: bool) -> F64:
    """(days, camps) people by a rule."""
    nearness = _nearness(conflict, rule) if rule in GRAVITY else None
    leaving = _leaving(conflict)
    room = np.array([camp.people for camp in conflict.camps], float)
    room[(room < 1) | (not capacities)] = np.inf
    registrations, n_days = conflict.registrations, conflict.n_days
    rises = registrations.new_by_day(n_days)
    kept = np.ones(n_days)
    total = registrations.totals(n_days)
    for first, last in registrations.falls(n_days):
        for day in range(first + 1, last + 1):
            kept[day] = total[day] / max(total[day - 1], 1)
    people = registered(conflict)
    for day in range(1, n_days):
        now = people[day - 1] * kept[day]
        free = np.where(open_camps(conflict, day), np.maximum(room - now, 0.0), 0.0)
        weight = _weights(rule, nearness, leaving[day], now, free)
        if weight.sum() > 0:
            now += rises[day] * weight / weight.sum()
        people[day] = now
    return people


def _weights(rule: str, nearness: F64 | None, leaving: F64, now: F64, free: F64) -> F64:
    """Weights of the camps; nearness: (places, camps) for a gravity rule, leaving: (places)."""
    takes = free > 0
    if nearness is not None:
        pull = nearness * takes
        if rule == "each":
            total = pull.sum(axis=1, keepdims=True)
            pull = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
        return leaving @ pull
    if rule == "free places":
        return _free_places(free)
    if rule == "persistence" and (now * takes).any():
        return now * takes
    return takes.astype(float)


def _free_places(free: F64) -> F64:
    limited = np.isfinite(free) & (free > 0)
    mean = free[limited].mean() if limited.any() else 1.0
    return np.where(np.isfinite(free), free, mean)


def _nearness(conflict: Conflict, rule: str) -> F64:
    """1/d^2 from every place to every camp: (places, camps)."""
    places = list(conflict.locations.values())
    km = kilometres(conflict, places, 0.0)
    if rule == "straight":
        swapped = gps_swapped(conflict)
        starts, ends = ([coordinates(p, swapped) for p in ps] for ps in (places, conflict.camps))
        straight = np.array([[great_circle_km(a, b) or np.nan for b in ends] for a in starts])
        km = np.where(np.isnan(straight), km, np.maximum(straight, 1.0))
    return km**-2.0


def _leaving(conflict: Conflict) -> F64:
    """People x intensity: (days, places)."""
    peace = (0.0,) * conflict.n_days
    places = conflict.locations.values()
    values = [np.array(conflict.intensity.get(p.name, peace)) * p.people for p in places]
    return np.array([v[: conflict.n_days] for v in values]).T
