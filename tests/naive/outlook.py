"""Reference implementation of the outlook: sums of logarithms, one way at a time."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from naive import draws

SHUT = -math.inf


def ln(x: float) -> float:
    """Logarithm; of nothing: minus infinity."""
    return math.log(x) if x > 0 else SHUT


def way_part(
    ways: Any,
    i: int,
    savings: float,
    at_crossings: Sequence[float],
    at_goals: Sequence[float],
    prm: Any,
) -> float:
    """- time hours - cost fare / savings - distance ln(km); fares dearer at the way's borders."""
    way, route = ways.row[i], ways.routes[ways.row.route[i]]
    hours = sum(float(part) for part in ways.hours[i])
    borders = [float(at_crossings[g]) for g in ways.crossings[way.route] if g >= 0]
    borders += [float(at_goals[route.destination])] if route.check else []
    factors = (*borders, 1.0, 1.0)
    fare = sum(float(part) * f for part, f in zip(ways.fares[i], factors, strict=False))
    nearness = prm.distance_weight_per_ln_km * math.log(way.km) if way.km > 0 else 0.0
    return -prm.time_weight_per_hour * hours - prm.cost_weight * fare / max(savings, 1) - nearness


def check_part(admitted: float, prm: Any) -> float:
    """- risk (1 - a); a check that admits nobody shuts the way."""
    return -prm.risk_weight * (1 - admitted) if admitted > 0 else SHUT


def crossing_part(
    exit_share: float, entry_share: float, capacity: float, waiting: float, prm: Any
) -> float:
    """Both checks and the wait at a crossing."""
    if capacity <= 0:
        return SHUT
    wait = 24 * waiting / capacity
    checks = check_part(exit_share, prm) + check_part(entry_share, prm)
    return checks - prm.wait_weight_per_hour * wait


def utilities(
    ways: Any,
    start: int,
    part: Mapping[str, Any],
    c: int,
    level: int,
    refused_at: int = -1,
    goal: int = -1,
) -> dict[int, float]:
    """V of each feasible way from a place to stand (to a goal). part: logarithms by name."""
    collected = {}
    for i in range(int(ways.first[start]), int(ways.first[start + 1])):
        route = ways.routes[ways.row.route[i]]
        crossings = ways.crossings[ways.row.route[i]]
        if refused_at >= 0 and refused_at in crossings:
            continue
        if goal >= 0 and route.destination != goal:
            continue
        v = part["way"][i][level] + part["pull"][route.destination][c]
        for crossing in crossings:
            if crossing >= 0:
                v += part["crossing"][crossing][c]
        if route.check:
            v += part["check"][route.destination][c]
        if v > SHUT:
            collected[i] = v
    return collected


def access(values: Mapping[int, float], floor: float) -> float:
    """The logsum, with the floor of having no way at all."""
    best = max([floor, *values.values()])
    return best + math.log(sum(math.exp(v - best) for v in [floor, *values.values()]))


def shares(values: Mapping[int, float]) -> dict[int, float]:
    """Softmax."""
    best = max(values.values())
    total = sum(math.exp(v - best) for v in values.values())
    return {i: math.exp(v - best) / total for i, v in values.items()}


def choose(values: Mapping[int, float], number: int, ids: Sequence[int]) -> int:
    """The way with the highest V + Gumbel noise. number: bits of the party; ids: of the ways."""
    noisy = {}
    for i, v in values.items():
        u = draws.unit(draws.mix(number ^ int(ids[i])))
        noisy[i] = v - math.log(-math.log(u))
    return max(noisy, key=lambda i: noisy[i], default=-1)


def parts_of(w: Any) -> dict[str, Any]:
    """The parts of V on a day in a small world."""
    tables = {"crossing": w.crossing_weight, "check": w.check_weight}
    parts = {k: [[ln(float(v)) for v in row] for row in table] for k, table in tables.items()}
    pull = [
        [float(v) + ln(float(room)) for v in row]
        for row, room in zip(w.today.attraction.T, w.room, strict=True)
    ]
    return parts | {"way": w.today.way_utility.T.tolist(), "pull": pull}


Rumours = Sequence[Sequence[tuple[float, float]]]


def urgency(now: float, announced: float, rumours: Rumours) -> float:
    """What is lost by waiting."""
    return max(0.0, now - expected(announced, rumours))


def expected(announced: float, rumours: Rumours) -> float:
    """A mean over all that may come true: in each matter one rumour or none, the worst and the
    best of which count."""
    mean = 0.0
    for outcome in product(*[outcomes(announced, matter) for matter in rumours]):
        values = [announced, *(x for _, x in outcome)]
        change = min(values) + max(values) - 2 * announced
        mean += math.prod(q for q, _ in outcome) * (announced + change)
    return mean


def outcomes(announced: float, matter: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Probability and value of each rumour of a matter that would change anything, and of none."""
    news = [(q, x) for q, x in matter if x != announced]
    doubt = max(sum(q for q, _ in news), 1.0)
    weights = [(q / doubt, x) for q, x in news]
    return [*weights, (1 - sum(q for q, _ in weights), announced)]
