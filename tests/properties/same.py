"""Counts compared bit for bit."""

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.model import Scenario

Series = dict[tuple[str, str], NDArray[np.float64]]


def counted(scenario: Scenario, seed: int = 1, run: int = 0, **options: object) -> Counts:
    """One run of a scenario."""
    return simulate(compile_scenario(scenario, **options), seed, run)  # type: ignore[arg-type]


def series(counts: Counts) -> Series:
    """Every daily series by measure and place; sums and weights of means apart."""
    collected: Series = {}
    for measure, values in counts.values.items():
        for i, place in enumerate(counts.places[schema.measures()[measure].place_kind]):
            collected[measure, place] = values[:, i]
    for measure, (total, weight) in counts.means.items():
        for i, place in enumerate(counts.places[schema.measures()[measure].place_kind]):
            collected[f"{measure} (sum)", place] = total[:, i]
            collected[f"{measure} (weight)", place] = weight[:, i]
    return collected


def differences(a: Counts, b: Counts, days: slice = slice(None)) -> list[str]:
    """What differs between two runs in the places they share; empty if no bit does."""
    one, other = series(a), series(b)
    collected = []
    for key in one.keys() & other.keys():
        unequal = np.flatnonzero(one[key][days] != other[key][days])
        if unequal.size:
            day = int(unequal[0])
            collected.append(f"{key}: day {day}: {one[key][day]} and {other[key][day]}")
    return sorted(collected)
