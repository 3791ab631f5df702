"""Plain twin of the population: fitting one cell at a time, counting one household at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def rake(
    population: Sequence[float],
    share: Sequence[float],
    categories: Mapping[str, Sequence[str]],
    margins: Mapping[tuple[int, str], Mapping[str, float]],
    rounds: int = 2000,
) -> list[list[float]]:
    """Persons by origin and group, fitted to the margins by turns."""
    persons = [[n * s for s in share] for n in population]
    for _ in range(rounds):
        for (o, attribute), known in margins.items():
            of_group = categories[attribute]
            target = wanted_shares(of_group, share, known)
            have: dict[str, float] = {}
            for g, name in enumerate(of_group):
                have[name] = have.get(name, 0.0) + persons[o][g]
            for g, name in enumerate(of_group):
                if have[name] > 0:
                    persons[o][g] *= target[name] * population[o] / have[name]
    for o, n in enumerate(population):
        total = sum(persons[o])
        persons[o] = [p * n / total if total > 0 else 0.0 for p in persons[o]]
    return persons


def wanted_shares(
    of_group: Sequence[str], share: Sequence[float], known: Mapping[str, float]
) -> dict[str, float]:
    """Known shares, and the rest over the other categories as in the nation."""
    national: dict[str, float] = {}
    for name, s in zip(of_group, share, strict=True):
        national[name] = national.get(name, 0.0) + s
    held = {name: known[name] for name in national if name in known}
    open_names = {name: s for name, s in national.items() if name not in known}
    rest = max(0.0, 1.0 - sum(held.values()))
    everyone = sum(open_names.values())
    if everyone > 0:
        return held | {name: rest * s / everyone for name, s in open_names.items()}
    total = sum(held.values())
    return {name: s / total if total > 0 else s for name, s in held.items()} | dict.fromkeys(
        open_names, 0.0
    )


def households(
    persons: Sequence[Sequence[float]], sizes: Sequence[Sequence[float]], scale: int
) -> list[list[list[int]]]:
    """Whole households by origin, group and size: steps of the rounded running total."""
    running, taken, found = 0.0, 0, []
    people_running, people_taken = 0.0, 0
    for of_origin in persons:
        rows = []
        for people, shares in zip(of_origin, sizes, strict=True):
            mean = sum((s + 1) * share for s, share in enumerate(shares))
            row = []
            for share in shares:
                running += people / mean * share / scale
                now = math.floor(running + 0.5)
                row.append(now - taken)
                taken = now
            rows.append(row)
        people_running += sum(of_origin) / scale
        wanted = math.floor(people_running + 0.5) - people_taken
        people_taken += wanted
        exchange(rows, wanted)
        found.append(rows)
    return found


def exchange(rows: list[list[int]], wanted: int) -> None:
    """The commonest kind gives a household that grows or shrinks, until the people are right."""
    while (short := wanted - sum((s + 1) * n for row in rows for s, n in enumerate(row))) != 0:
        step = 1 if short > 0 else -1
        givers = [
            (-row[s], g, s)
            for g, row in enumerate(rows)
            for s in range(len(row))
            if 0 <= s + step < len(row)
        ]
        most, g, s = min(givers)
        if most < 0:
            rows[g][s] -= 1
            rows[g][s + step] += 1
        else:  # nobody can grow or shrink: a household of one comes or goes
            g = max(range(len(rows)), key=lambda g: (rows[g][0], -g))
            rows[g][0] += step
