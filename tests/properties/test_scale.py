"""Simulating one agent for k people gives the same expected values.

Over replicates with fixed seeds; the distance between means is measured in standard errors of the
replicates (tolerances.py), with a bound so wide that a correct program does not fail.
"""

from functools import cache

import numpy as np
import pytest

from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.loader import load
from tolerances import STANDARD_ERRORS

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

RUNS = 24
WIDE = (
    "places.PASS.capacity_persons_per_day=100000",
    "places.BRIDGE.capacity_persons_per_day=100000",
    "rules.pass_second_lane.value=100000",
)
MEASURES = ("decided", "departed", "returned", "entered", "refused_exit", "stock", "applied")
QUEUES = ("passages", "waiting", "waiting_ordinary")
STOCKS = {"stock", "waiting", "waiting_ordinary"}
NARROW = (
    (),  # the teaching scenario as it is: short queues on busy days
    (  # the pass is full nearly every day
        "places.PASS.capacity_persons_per_day=40",
        "rules.pass_second_lane.value=60",
    ),
)


def values(counts: Counts) -> dict[str, float]:
    """Totals of flows and means of stocks, by measure and place."""
    collected = {}
    for measure in (*MEASURES, *QUEUES):
        per_place = counts.values[measure].sum(axis=0)
        days = counts.n_days if measure in STOCKS else 1
        collected |= {f"{measure} {i}": n / days for i, n in enumerate(per_place)}
    return collected


@cache
def replicates(settings: tuple[str, ...], scale: int) -> dict[str, np.ndarray]:
    compiled = compile_scenario(load("tiny", settings=settings), scale=scale)
    runs = [values(simulate(compiled, 11, run)) for run in range(RUNS)]
    return {key: np.array([r[key] for r in runs]) for key in runs[0]}


def of(measures: tuple[str, ...], found: dict[str, np.ndarray]) -> list[str]:
    """Keys of what was counted of some measures."""
    return [key for key in found if key.split()[0] in measures]


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between the means of two samples, in standard errors of their difference."""
    error = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    gap = abs(float(a.mean() - b.mean()))
    return 0.0 if gap == 0.0 else gap / float(error) if error > 0 else float("inf")


def too_far(one: dict[str, np.ndarray], few: dict[str, np.ndarray]) -> dict[str, float]:
    """Distances of measures of people that are above the bound."""
    far = {key: distance(one[key], few[key]) for key in of(MEASURES, one)}
    return {key: d for key, d in far.items() if d > STANDARD_ERRORS}


@pytest.mark.parametrize("scale", [3, 10])
def test_fewer_agents_give_the_same_expectations(scale: int) -> None:
    assert too_far(replicates(WIDE, 1), replicates(WIDE, scale)) == {}


def test_the_bound_would_find_one_person_in_ten() -> None:
    """A tenth more departures is further away than the bound allows."""
    base, more = replicates(WIDE, 1), replicates((*WIDE, "base_leaving_per_day=1.65e-4"), 1)
    assert max(distance(base[k], more[k]) for k in of(("departed",), base)) > STANDARD_ERRORS


@pytest.mark.parametrize("scale", [3, 10])
@pytest.mark.parametrize("capacities", NARROW)
def test_at_narrow_crossings_the_law_holds_up_to_one_person_more_an_agent(
    capacities: tuple[str, ...], scale: int
) -> None:
    """Departures and destinations: the same. Queues: up to `scale` persons; passages: so many a
    day.

    Where a counter is narrow agents come to it in lumps of `scale` times a party and are served
    whole, so the queue is longer than one to one (as in any queue with larger batches), the
    counter stands idle more often, and the wait keeps more ordinary travellers away.
    """
    one, few = replicates(capacities, 1), replicates(capacities, scale)
    assert too_far(one, few) == {}
    days = {"passages": load("tiny").n_days}
    more = {
        k: float(few[k].mean() - one[k].mean()) / days.get(k.split()[0], 1) for k in of(QUEUES, one)
    }
    assert {k: n for k, n in more.items() if abs(n) > scale} == {}
