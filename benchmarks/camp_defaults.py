"""Defaults of imported conflicts, compared by leaving one conflict out.

    python benchmarks/camp_defaults.py FOLDER FOLDER FOLDER [...] [--invented N]

Parameters are drawn from their ranges (RANGES) and simulated in a mean-field version of the model:
expected numbers of people instead of parties. For each conflict left out, the parameters are the
mean of the draws with weights exp(-b S), where S is the sum of ln ARD over the other conflicts and
both modes (capacities given and none). b = 0 gives the middle of the ranges, a large b the best
fit. The output has the parameters of each b, the ARD on the conflict left out, and the ARD of the
defaults.

`--invented N` adds the first N conflicts of invented_camps.py: mean ARD of the naive rules, of the
defaults, and of the median of 12 simulations with parameters from RANGES.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from invented_camps import SEED, invent
from naive_camps import RULES, registered
from naive_camps import simulate as naive
from numpy.typing import NDArray

from emigre.adapters.flee import camp_effects, conflict_drivers, defaults, overflow, people, places
from emigre.adapters.flee.folder import Conflict, read_folder
from emigre.adapters.flee.names import names_of
from emigre.adapters.flee.openings import with_openings
from emigre.adapters.flee.plan import Plan
from emigre.adapters.flee.relocation import relocation_rate
from emigre.evaluation import ard

F64 = NDArray[np.float64]

WITHOUT, TRUST = "network_weight without limits", "trust in first counts"
DEFAULTS = {**defaults.PARAMETERS, WITHOUT: defaults.NETWORK_WITHOUT_LIMITS}
RANGES = {name: p.range for name, p in DEFAULTS.items() if p.range} | {TRUST: (0.5, 1.0)}
NAMES = list(RANGES)
STRENGTHS = (0.0, 1.0, 5.0, 30.0)
GAIN = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--invented", type=int, default=0)
    asked = parser.parse_args()
    low, high = np.array(list(RANGES.values())).T
    draws = np.random.default_rng(1).uniform(low, high, (asked.draws, low.size))
    grounds = [
        [Ground.of(read_folder(f), capacities=c) for c in (True, False)] for f in asked.folders
    ]
    scores = np.array([[g.scores(draws) for g in modes] for modes in grounds])
    for strength in STRENGTHS:
        print(f"\nb = {strength:g}")
        found = []
        for out, folder in enumerate(asked.folders):
            others = np.delete(scores, out, axis=0)
            weight = -strength * np.log(others).sum(axis=(0, 1))
            weight = np.exp(weight - weight.max())
            one = (low + high) / 2 if strength == 0 else weight @ draws / weight.sum()
            found.append([g.scores(one[None])[0] for g in grounds[out]])
            words = " ".join(f"{x:.3g}" for x in one)
            print(f"  without {folder.name:12} ARD {show(found[-1])}   {words}")
        print(f"  mean of those left out   {show(np.mean(found, axis=0))}")
    print("\ndefaults (capacities given, none)")
    for folder, modes in zip(asked.folders, grounds, strict=True):
        print(f"  {folder.name:20} {show([g.scores(current())[0] for g in modes])}")
    if asked.invented:
        show_invented(asked.invented, draws[:12])


def current() -> F64:
    """The defaults, as one draw."""
    now = {name: p.value for name, p in defaults.PARAMETERS.items()}
    now |= {WITHOUT: defaults.NETWORK_WITHOUT_LIMITS.value, TRUST: camp_effects.TRUST}
    return np.array([[now[name] for name in NAMES]])


def show_invented(n: int, draws: F64) -> None:
    """Mean ARD by law, by kind of capacities, and by half: the even ones chose defaults."""
    found: dict[str, list[list[float]]] = {}
    for number in range(n):
        conflict = invent(np.random.default_rng((SEED, number)))
        counts, ground = registered(conflict), Ground.of(conflict, capacities=True)
        people = [naive(conflict, rule, capacities=True) for rule in RULES]
        people += [*ground.simulate(current()), np.median(ground.simulate(draws), axis=0)]
        scores = [float(ard.score(one, counts)) for one in people]
        law, capacities = conflict.name.split(", ")
        half = ("even", "odd")[number % 2]
        for word in (law, capacities, half, f"{half} {capacities}", "all"):
            found.setdefault(word, []).append(scores)
    names = (*RULES, "defaults", "median")
    print(f"\ninvented{'':14}" + "".join(f"{name:>12}" for name in names))
    for word, rows in sorted(found.items()):
        print(f"{word:16}{len(rows):6}" + "".join(f"{x:12.3f}" for x in np.mean(rows, axis=0)))


def show(scores: list[float]) -> str:
    """ARD with capacities given and none."""
    return " ".join(f"{x:.3f}" for x in scores)


@dataclass
class Ground:
    """Arrays of a conflict: places z, camps c, days t."""

    start: F64  # (c) people on day 0
    counts: F64  # (t, c)
    new: F64  # (t) newly registered
    kept: F64  # (t) share that does not return
    living: F64  # (z)
    push: F64  # (t, z) hazard of leaving, without access
    km: F64  # (z, c) infinite without a road
    between: F64  # (c, c) from camp to camp; infinite to itself
    limit: F64  # (t, c) infinite without a limit
    is_open: NDArray[np.bool_]  # (t, c)
    ways: NDArray[np.bool_]  # (t, z, c) open camps with an open road from the place
    relocation: float  # added rate of moving on
    plan: Plan

    @classmethod
    def of(cls, conflict: Conflict, *, capacities: bool) -> Ground:
        plan = Plan(conflict, names_of(conflict), capacities)
        plan.everybody = sum(people.new_by_day(plan)) + people.on_day_0(plan)
        conflict = plan.conflict = with_openings(plan)
        share = defaults.PARAMETERS["great_circle_share"].value
        size = conflict_drivers.size_factors(conflict.origins)
        weights = conflict_drivers.weights_by_day(plan)
        full = conflict_drivers.full_pressure(weights)
        push = []
        for name, weight in weights.items():
            both = np.array([weight.conflict, weight.between])
            level = np.clip(full + np.log(np.maximum(both * size[name], 1e-300)), -10.0, 10.0)
            push.append(np.exp((level * (both > 0)).sum(axis=0)))
        kept = np.ones(conflict.n_days)
        for begin, end, hazard in people.returns(plan):
            kept[begin:end] = np.exp(-hazard)
        return cls(
            start=registered(conflict)[0],
            counts=registered(conflict),
            new=np.array(people.new_by_day(plan), float),
            kept=kept,
            living=np.array([float(p.people) for p in conflict.origins])
            * places.people_factor(plan),
            push=np.array(push).T,
            km=camp_effects.kilometres(conflict, conflict.origins, share),
            between=camp_effects.kilometres(conflict, conflict.camps, share),
            limit=np.multiply(
                overflow.capacity_factors(plan),
                [places.capacity_of(plan, c) or np.inf for c in conflict.camps],
            ),
            is_open=np.array(
                [conflict_drivers.open_camps(conflict, day) for day in range(conflict.n_days)]
            ),
            ways=conflict_drivers.open_ways(conflict),
            relocation=relocation_rate(plan),
            plan=plan,
        )

    def scores(self, draws: F64) -> F64:
        """ARD of each draw."""
        return ard.score(self.simulate(draws), self.counts)

    def simulate(self, draws: F64) -> F64:
        """Expected people: (draws, days, camps)."""
        distance, access, room, free_share, network, onward, without = draws[:, :7].T
        if not np.isfinite(self.limit).any():
            network = without
        near = self.km ** -distance[:, None, None]
        beside = self.between ** -distance[:, None, None]
        attraction = np.exp([self._attraction(one) for one in draws])
        now = np.tile(self.start, (len(draws), 1))
        living = np.tile(self.living, (len(draws), 1))
        steps = [now]
        limited = np.isfinite(self.limit[0])
        for day in range(1, len(self.new)):
            limit = np.where(limited, self.limit[day], 1.0)
            free = np.maximum(limit - now * limited, 0.0)
            mean = np.maximum(free[:, limited].mean(axis=1) if limited.any() else 1.0, 1.0)
            share = free / limit
            relative = free / np.where(limited, np.reshape(mean, (-1, 1)), 1.0)
            fits = relative ** room[:, None] * share ** free_share[:, None] * self.is_open[day]
            pull = attraction * (1.0 + now) ** network[:, None]
            weight = near * (pull * fits)[:, None, :] * self.ways[day]
            total = weight.sum(axis=2)
            top = np.maximum(total.max(axis=1, keepdims=True), 1e-300)
            leaving = living * self.push[day] * (total / top) ** access[:, None]
            leaving *= self.new[day] / np.maximum(leaving.sum(axis=1, keepdims=True), 1e-300)
            living = np.maximum(living - leaving, 0.0)
            shares = weight / np.maximum(total, 1e-300)[:, :, None]
            come = np.einsum("sz,szc->sc", leaving, shares)
            moves = beside * (pull * fits)[:, None, :]
            others = moves.sum(axis=2)
            hazard = np.minimum((onward[:, None] + self.relocation) * (others / pull) ** GAIN, 0.04)
            go = now * -np.expm1(-hazard) * (others > 0)
            moved = np.einsum("sa,sac->sc", go / np.maximum(others, 1e-300), moves)
            now = (now * self.kept[day] - go + moved + come).clip(0.0)
            steps.append(now)
        return np.stack(steps, axis=1)

    def _attraction(self, draw: F64) -> F64:
        """Of capacities and first counts, and the folder's foreign weight."""
        values = {name: p.value for name, p in defaults.PARAMETERS.items()}
        values |= dict(zip(NAMES, draw.tolist(), strict=True))
        effects = camp_effects.camp_effects(self.plan, values)
        effects *= values[TRUST] / camp_effects.TRUST
        return effects + [places.foreign_weight(self.plan, c) for c in self.plan.conflict.camps]


if __name__ == "__main__":
    main()
