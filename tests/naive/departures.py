"""Reference implementations of deciding to leave; a cohort is a dict of households by size."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from naive import draws, households, journeys, stays

DECIDE, IDENTITY, HOUSEHOLD, WHOLE, GIVE_UP, FOLLOW, PHASE = 1, 2, 3, 4, 11, 21, 29
ABROAD, RETURNED, ENDED = 4, 5, 6


def hazard(
    base: float, push: float, access: float, reference: float, urgency: float, prm: Any
) -> float:
    """base exp(pressures) exp(access (A - A_0) + urgency U)."""
    gain = prm.access_weight * (access - reference) + prm.urgency_weight * urgency
    return base * push * math.exp(gain)


def leavers(
    cohorts: Sequence[dict[str, Any]],
    hazards: Sequence[float],
    key: int,
    day: int,
    quantile: Callable[[int, float, float], int],
) -> list[int]:
    """Households that decide: a binomial number of those at home, by one number each."""
    collected = []
    for cohort, h in zip(cohorts, hazards, strict=True):
        u = draws.uniform(key, cohort["id"], day, DECIDE)
        collected.append(int(quantile(sum(cohort["homes"]), 1 - math.exp(-h), u)))
    return collected


def given_leavers(
    cohorts: Sequence[dict[str, Any]],
    hazards: Sequence[float],
    owed: float,
    scale: int,
    key: int,
    pool: int,
    day: int,
) -> list[int]:
    """Households for a given number of persons: marks at u, u + 1, ... on the line of weights.

    What falls on cohorts that are used up is laid out again on the line of those that are left.
    """
    left = [sum(c["homes"]) for c in cohorts]
    result = [0] * len(cohorts)
    weights = weights_of(left, hazards)
    if sum(weights) <= 0 or owed <= 0:
        return result
    persons = sum(w * movers(c) for w, c in zip(weights, cohorts, strict=True) if w > 0)
    phase = draws.uniform(key, pool, 0, PHASE)
    wanted = math.floor(owed / (persons / sum(weights) * scale) + phase)
    while wanted > 0:
        weights = weights_of(left, hazards)
        running, missed, before = draws.uniform(key, pool, day, DECIDE), 0, sum(result)
        for i, weight in enumerate(weights):
            if weight <= 0:
                continue
            marks = -math.floor(running)
            running += wanted * weight / sum(weights)
            marks += math.floor(running)
            took = min(marks, left[i])
            left[i] -= took
            result[i] += took
            missed += marks - took
        if sum(result) == before:
            break
        wanted = missed
    return result


def weights_of(left: Sequence[int], hazards: Sequence[float]) -> list[float]:
    """Households x hazard; households, if nobody that is left has a hazard."""
    weights = [n * h for n, h in zip(left, hazards, strict=True)]
    return weights if sum(weights) > 0 else [float(n) for n in left]


def movers(cohort: dict[str, Any]) -> float:
    """Mean persons who go when a household decides: all of it, or one."""
    whole = cohort["whole"]
    sizes = [s + 1 for s, n in enumerate(cohort["homes"]) for _ in range(n)]
    return sum(whole * size + (1 - whole) for size in sizes) / len(sizes)


def found_party(cohort: dict[str, Any], k: int, key: int, day: int) -> dict[str, Any]:
    """The k-th household of a cohort on a day, taken from home."""
    identity = draws.bits(key, draws.nth(cohort["id"], k), day, IDENTITY)
    target = draws.uniform(key, identity, day, HOUSEHOLD) * sum(cohort["homes"])
    size = running = 0
    for s, n in enumerate(cohort["homes"]):
        if n > 0 and running <= target:
            size, running = s + 1, running + n
    cohort["homes"][size - 1] -= 1
    whole = draws.uniform(key, identity, day, WHOLE) < cohort["whole"]
    people = size if whole else 1
    me = new_party(identity, size, people, day)
    return me | {
        "member_draw": households.member_draw_of(identity, size, cohort.get("member", False), key)
    }


def new_party(identity: int, household: int, people: int, day: int) -> dict[str, Any]:
    """What is known of a party that has just come into being."""
    return {
        "id": identity,
        "household": household,
        "people": people,
        "state": journeys.TRAPPED,
        "way": -1,
        "next": -1,
        "goal": -1,
        "entered": -1,
        "reached": -1,
        "visited": -1,
        "due": day,
        "secure_since": -1,
        "member_draw": households.NO_MEMBER,
    }


def follow(first: dict[str, Any], key: int, day: int) -> dict[str, Any] | None:
    """The party of those who stayed behind, if there are any and the first is still abroad."""
    behind = first["household"] - first["people"]
    if first["state"] != ABROAD or behind <= 0:
        return None
    me = new_party(draws.bits(key, first["id"], day, FOLLOW), behind, behind, day)
    me |= {"goal": first["place"], "member_draw": first["member_draw"]}
    first |= {"household": first["people"], "member_draw": households.NO_MEMBER}
    return me


def try_again(w: Any, me: dict[str, Any], group: Any, prm: Any, journey: Any) -> bool:
    """Look for a way; else perhaps give up. Whether it is at home as before."""
    day = w.today.day
    journeys.look_for_way(w, me, group, journey)
    if me["state"] != journeys.TRAPPED:
        return False
    u = draws.uniform(int(w.key), me["id"], day, GIVE_UP)
    if u >= 1 - math.exp(-1 / prm.patience_days):
        return False
    if me["reached"] >= 0:  # not at home, but back again
        stays.next_candidate(me, day, w.prm.returns.hazard_cap_per_day, int(w.key))
        me |= {"state": RETURNED, "due": me["candidate"]}
        return False
    me |= {"state": ENDED, "due": 1 << 30}
    return True
