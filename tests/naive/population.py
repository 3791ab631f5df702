"""Reference implementation of the population: fitting one cell at a time."""

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
