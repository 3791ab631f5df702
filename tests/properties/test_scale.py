"""One agent for k people gives the same expectations.

Over replicates with fixed seeds; the distance between means is taken in standard errors from the
replicates (tolerances.py), so wide that a right program does not fail.
"""

from __future__ import annotations

import numpy as np
import pytest

from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from tolerances import STANDARD_ERRORS

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

RUNS = 24
WIDE = (
    "places.PASS.capacity_persons_per_day=100000",
    "places.BRIDGE.capacity_persons_per_day=100000",
    "rules.pass_second_lane.value=100000",
)
MEASURES = ("decided", "departed", "returned", "entered", "refused_exit", "stock", "applied")
STOCKS = {"stock", "waiting", "waiting_ordinary"}
NARROW = (
    (),  # the teaching scenario as it is: short queues on busy days
    (  # the pass is full nearly every day
        "places.PASS.capacity_persons_per_day=40",
        "rules.pass_second_lane.value=60",
    ),
)


def values(counts: Counts, measures: tuple[str, ...]) -> dict[str, float]:
    """Totals of flows and means of stocks, by measure and place."""
    collected = {}
    for measure in measures:
        per_place = counts.values[measure].sum(axis=0)
        days = counts.n_days if measure in STOCKS else 1
        collected |= {f"{measure} {i}": n / days for i, n in enumerate(per_place)}
    return collected


def replicates(scenario: Scenario, scale: int, measures: tuple[str, ...]) -> dict[str, np.ndarray]:
    compiled = compile_scenario(scenario, scale=scale)
    runs = [values(simulate(compiled, 11, run), measures) for run in range(RUNS)]
    return {key: np.array([r[key] for r in runs]) for key in runs[0]}


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between the means of two samples, in standard errors of their difference."""
    error = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    gap = abs(float(a.mean() - b.mean()))
    return 0.0 if gap == 0.0 else gap / float(error) if error > 0 else float("inf")


@pytest.fixture(scope="module")
def one_to_one() -> dict[str, np.ndarray]:
    return replicates(load("tiny", settings=WIDE), 1, MEASURES)


@pytest.mark.parametrize("scale", [3, 10])
def test_fewer_agents_give_the_same_expectations(
    scale: int, one_to_one: dict[str, np.ndarray]
) -> None:
    fewer = replicates(load("tiny", settings=WIDE), scale, MEASURES)
    far = {k: distance(one_to_one[k], fewer[k]) for k in one_to_one}
    assert {k: d for k, d in far.items() if d > STANDARD_ERRORS} == {}


def test_the_bound_would_find_one_person_in_ten() -> None:
    """A tenth more departures is further away than the bound allows."""
    base = replicates(load("tiny", settings=WIDE), 1, ("departed",))
    more = replicates(
        load("tiny", settings=[*WIDE, "base_leaving_per_day=1.65e-4"]), 1, ("departed",)
    )
    assert max(distance(base[k], more[k]) for k in base) > STANDARD_ERRORS


@pytest.mark.parametrize("scale", [3, 10])
@pytest.mark.parametrize("capacities", NARROW)
def test_at_narrow_crossings_the_law_holds_up_to_one_person_more_an_agent(
    capacities: tuple[str, ...], scale: int
) -> None:
    """Who leaves and where to: as ever. Queues: up to `scale` persons; passages: so many a day.

    Where a counter is narrow agents come to it in lumps of `scale` times a party and are served
    whole, so the queue is longer than one to one (as in any queue with larger batches), the
    counter stands idle more often, and the wait keeps more ordinary travellers away.
    """
    scenario = load("tiny", settings=capacities)
    queues = ("passages", "waiting", "waiting_ordinary")
    one, few = (replicates(scenario, k, (*MEASURES, *queues)) for k in (1, scale))
    people = {k: distance(one[k], few[k]) for k in one if k.split()[0] in MEASURES}
    assert {k: d for k, d in people.items() if d > STANDARD_ERRORS} == {}
    days = {"passages": scenario.n_days}
    more = {
        k: float(few[k].mean() - one[k].mean()) / days.get(k.split()[0], 1)
        for k in one
        if k.split()[0] in queues
    }
    assert {k: n for k, n in more.items() if abs(n) > scale} == {}
