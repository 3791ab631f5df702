"""Each parameter moves the results that users see in the direction that its description states.

A row sets a parameter to a low and a high value in the teaching scenario, which is changed where
the parameter would have no effect, and compares a statistic of runs with the same seed. The
difference must exceed ``STANDARD_ERRORS`` of two independent samples.
"""

import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.drafts import build, resolve
from emigre.scenario.header import flattened
from emigre.scenario.loader import load, read_draft
from emigre.scenario.model import Patch
from tolerances import STANDARD_ERRORS

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

SEED = 1
BUSY = {"base_leaving_per_day": 2e-3}
UP, DOWN = 1, -1

Value = tuple[float, float]  # and its variance
Statistic = Callable[[list[Counts]], Value]


def daily(counts: Counts, measure: str, place: str = "*") -> np.ndarray:
    """Values of a measure by day, at a place or at all places."""
    values = counts.values[measure]
    if place == "*":
        return values.sum(axis=1)
    return values[:, counts.places[schema.measures()[measure].place_kind].index(place)]


def people(measure: str, place: str = "*", first: int = 0, last: int | None = None) -> Statistic:
    """People of a flow in all days from `first` to `last`, of a stock on an average day."""
    average = schema.measures()[measure].kind == "stock"

    def statistic(runs: list[Counts]) -> Value:
        days = daily(runs[0], measure, place)[first:last]
        result = float(days.mean() if average else days.sum())
        return result, result

    return statistic


def share(measure: str, place: str) -> Statistic:
    """Share of a place among all."""

    def statistic(runs: list[Counts]) -> Value:
        total = daily(runs[0], measure).sum()
        result = float(daily(runs[0], measure, place).sum() / total)
        return result, result * (1.0 - result) / float(total)

    return statistic


def mean(measure: str) -> Statistic:
    """A mean over people and days; it has no error, since parties and their fates are the same."""

    def statistic(runs: list[Counts]) -> Value:
        total, weight = (a.sum() for a in runs[0].means[measure])
        return float(total / weight), 0.0

    return statistic


def log_spread(sample: np.ndarray) -> Value:
    """Logarithm of the standard deviation relative to the mean."""
    spread = float(sample.std(ddof=1) / sample.mean())
    return math.log(spread), 0.5 / (len(sample) - 1)


def between_days(measure: str, first: int = 0, last: int | None = None) -> Statistic:
    """Relative variation from day to day."""
    return lambda runs: log_spread(daily(runs[0], measure)[first:last])


def between_runs(measure: str) -> Statistic:
    """Relative variation of the sum of all days from run to run."""
    return lambda runs: log_spread(np.array([daily(r, measure).sum() for r in runs]))


class Direction(NamedTuple):
    """A parameter, two values, the sign of their effect, and changes of the scenario."""

    parameter: str
    low: float
    high: float
    sign: int
    statistic: Statistic
    set: dict[str, Any] = BUSY
    add: dict[str, list[dict[str, Any]]] = {}  # noqa: RUF012
    runs: int = 1


def made(**cells: Any) -> dict[str, Any]:
    return {"basis": "estimate", "source": "invented", "note": "Invented."} | cells


def leg(start: str, end: str, mode: str = "road", **cells: Any) -> dict[str, Any]:
    hours = {"km": 100, "hours": 2, "fare_eur": 10, "both_ways": "yes"}
    return made(**{"from": start, "to": end, "mode": mode}, **hours | cells)


def crossing(name: str, exit_country: str, country: str) -> dict[str, Any]:
    cells = {"kind": "crossing", "exit_country": exit_country, "country": country, "mode": "road"}
    return made(id=name, name=name, **cells)


def given(days: int) -> dict[str, list[dict[str, Any]]]:
    """A thousand people who set out on each of the first days."""
    row = {"origin": "*", "persons": 1000, "source": "invented"}
    dates = (str(date(2030, 3, 1) + timedelta(days=day)) for day in range(days))
    return {"departures": [row | {"date": day} for day in dates]}


GIVEN, STEADY = given(15), given(50)
ALONE = {"base_leaving_per_day": 1e-9, "joining_per_day": 0, "again_per_day": 0}
LEVEL = ALONE | {"departures_level_days": 7, "pressure_call_up": 0}
BRIDGE_2 = {
    "places": [crossing("BRIDGE_2", "VESLAND", "NORDAL")],
    "legs": [leg("CITY", "BRIDGE_2"), leg("BRIDGE_2", "NORDAL")],
}
BEYOND = {
    "places": [
        crossing("FERRY_2", "ISLARA", "FARIA"),
        made(id="FARIA", name="Faria", kind="country", country="FARIA", attraction=2)
        | {"living_cost_eur_per_month": 500},
    ],
    "legs": [leg("ISLARA", "FERRY_2"), leg("FERRY_2", "FARIA")],
    "rules": [
        made(id="faria_open", kind="entry", place="FARIA", nationality="VES")
        | {"document": "*", "who": "*", "value": 1, "days": 90}
    ],
}
CAMPS = {
    "places": [
        made(id=name, name=name, kind="camp", country="SUDRIA", capacity_persons=room)
        | {"attraction": 4, "living_cost_eur_per_month": 500}
        for name, room in (("WIDE", 100_000), ("TIGHT", 3000))
    ],
    "legs": [leg("PASS", "WIDE"), leg("PASS", "TIGHT")],
}
# Everybody is abroad lawfully for ten days, and the border cannot be run.
SHORT = BUSY | {
    "rules.sudria_open.days": 10,
    "rules.sudria_border_run.value": 0,
    "base_returning_per_day": 0,
    "base_onward_per_day": 0,
}
RENEWABLE = {
    "rules": [
        made(id="sudria_permit", kind="permit", place="SUDRIA", nationality="VES")
        | {"document": "*", "who": "*", "value": 1, "days": 365, "delay_days": 5}
    ]
}
CLOSED = {
    "rules": [
        made(id="all_closed", kind="exit", place="VESLAND-BORDER", nationality="VES", document="*")
        | {"who": "*", "announced": "2030-04-05", "value": 0}
    ]
}
OPENED = {
    "rules": [
        made(id="islara_for_all", kind="entry", place="ISLARA", nationality="VES", document="*")
        | {"who": "*", "announced": "2030-04-05", "value": 1, "days": 365}
    ]
}
REFUSED = {"rules": [RENEWABLE["rules"][0] | {"value": 0}]}
FREE = {
    "places.PASS.capacity_persons_per_day": 20000,
    "places.BRIDGE.capacity_persons_per_day": 20000,
}
# Sixty hours to each crossing; until 10 April (the second lane) none has a queue.
FAR = FREE | {
    f"legs.{start}/{end}/road.hours": 60
    for start, end in (("CITY", "BRIDGE"), ("CITY", "PASS"), ("HILLS", "PASS"))
}

DIRECTIONS = [
    Direction("base_leaving_per_day", 1e-3, 4e-3, UP, people("decided"), {}),
    Direction("access_weight", 0, 2, DOWN, people("decided", first=45), BUSY, CLOSED),
    Direction("urgency_weight", 0, 3, UP, people("decided", last=36)),
    Direction("willingness_spread", 0, 50, DOWN, people("decided", first=40)),
    Direction("patience_days", 5, 300, UP, people("trapped")),
    Direction("departures_level_days", 0, 7, UP, people("decided", first=15), ALONE, GIVEN),
    Direction("departures_noise", 0, 1, UP, between_days("decided", first=15), LEVEL, GIVEN),
    Direction("departures_drift", 0, 0.5, UP, between_days("decided", first=15), LEVEL, GIVEN),
    Direction("network_weight", 0, 2, UP, share("arrived", "SUDRIA")),
    Direction("language_weight", 0, 4, UP, share("arrived", "SUDRIA")),
    Direction("income_weight", 0, 3, DOWN, share("arrived", "SUDRIA")),
    Direction("time_weight_per_hour", 0, 0.5, DOWN, share("arrived", "ISLARA")),
    Direction("wait_weight_per_hour", 0, 0.5, DOWN, people("waiting")),
    Direction(
        "cost_weight",
        0,
        10,
        DOWN,
        share("arrived", "ISLARA"),
        BUSY | {"legs.FERRY/ISLARA/sea.fare_eur": 400},
    ),
    Direction(
        "risk_weight",
        0,
        10,
        DOWN,
        share("arrived", "NORDAL"),
        BUSY | {"rules.nordal_visa_free.value": 0.5},
    ),
    Direction("distance_weight_per_ln_km", 0, 3, DOWN, share("arrived", "ISLARA")),
    Direction(
        "great_circle_share",
        0,
        1,
        UP,
        share("arrived", "NORDAL"),
        BUSY | {"distance_weight_per_ln_km": 5, "legs.CITY/BRIDGE/road.km": 300},
    ),
    Direction("room_weight", 0, 2, UP, share("arrived", "WIDE"), BUSY, CAMPS),
    Direction(
        "free_share_weight", 0, 2, DOWN, share("arrived", "TIGHT"), BUSY | {"room_weight": 0}, CAMPS
    ),
    Direction("floor_utility", -30, -3, UP, people("decided", first=45), BUSY, CLOSED),
    Direction(
        "foresight_days", 1, 30, UP, people("decided", first=15, last=23), {"urgency_weight": 1}
    ),
    Direction(
        "itineraries_per_destination", 1, 3, UP, people("entered", "BRIDGE_2"), BUSY, BRIDGE_2
    ),
    Direction("borders_per_itinerary", 2, 3, UP, people("arrived", "FARIA"), BUSY, BEYOND),
    Direction("prepare_days", 1, 20, UP, people("preparing")),
    Direction("hurry_weight", 0, 3, DOWN, people("preparing")),
    Direction("travel_spread", 0, 2, UP, people("travelling", first=22), ALONE | FAR, GIVEN),
    Direction(
        "travel_shared_spread",
        0,
        1,
        UP,
        between_days("entered", first=10, last=50),
        ALONE | FAR,
        STEADY,
    ),
    Direction("balking_per_hour", 0, 0.5, DOWN, people("entered_ordinary")),
    Direction("traffic_noise", 0, 2, UP, between_days("entered_ordinary"), FREE),
    Direction("traffic_level_sd", 0, 1, UP, between_runs("entered_ordinary"), FREE, runs=16),
    Direction(
        "traffic_drift_per_day",
        0,
        5,
        DOWN,
        between_runs("entered_ordinary"),
        FREE | {"traffic_level_sd": 1},
        runs=16,
    ),
    Direction("traffic_pressure_weight", 0, 1, UP, people("entered_ordinary", first=15), FREE),
    Direction("asylum_share", 0.01, 0.3, UP, people("asylum_claims")),
    Direction("apply_per_day", 0.01, 0.1, UP, people("applied")),
    Direction("claim_per_day", 0, 0.1, UP, people("asylum_lodged")),
    Direction("renew_share", 0.1, 0.9, UP, people("applied", "SUDRIA"), SHORT, RENEWABLE),
    Direction("settled_share", 0, 0.8, DOWN, people("returned")),
    Direction("overstay_share", 0, 0.8, UP, people("stock_overstaying"), SHORT),
    Direction("grace_days", 2, 40, UP, people("stock_must_leave"), SHORT, REFUSED),
    Direction("savings_spread", 0, 2, UP, people("in_need")),
    Direction("transfers_eur_per_month", 0, 1000, DOWN, people("in_need")),
    Direction("rooting_days", 30, 1000, DOWN, mean("rootedness")),
    Direction("root_work_weight", 0, 10, UP, mean("rootedness")),
    Direction("root_language_weight", 0, 10, UP, mean("rootedness")),
    Direction("base_returning_per_day", 1e-3, 2e-2, UP, people("returned")),
    Direction("hardship_weight", 0, 2, UP, people("returned")),
    Direction(
        "rootedness_weight",
        0,
        10,
        DOWN,
        people("returned"),
        BUSY | {"rooting_days": 10, "apply_per_day": 0.1},
        RENEWABLE,
    ),
    Direction("base_onward_per_day", 1e-3, 2e-2, UP, people("onward")),
    Direction(
        "onward_gain_weight",
        0,
        1,
        UP,
        people("onward"),
        BUSY | {"places.ISLARA.attraction": 5},
        OPENED,
    ),
    Direction("again_per_day", 0, 0.05, DOWN, people("stock_returned")),
    Direction("threat_weight", 0, 5, UP, people("returned")),
    Direction("joining_per_day", 0, 0.05, UP, people("joined")),
    Direction("hazard_cap_per_day", 0.002, 0.2, DOWN, people("hazard_capped")),
]


def simulated(changes: dict[str, Any], rows: dict[str, Any], runs: int) -> list[Counts]:
    """Runs of the teaching scenario with other values and with rows added."""
    patch = Patch(
        "case", "Case", set=flattened(changes), add={t: tuple(r) for t, r in rows.items()}
    )
    draft = tiny()
    mistakes: list[Any] = list(draft.mistakes)
    resolved = resolve(draft, [patch], mistakes)
    assert mistakes == [], "\n".join(map(str, mistakes))
    scenario = build(draft, resolved, [patch], (draft.header.start, draft.header.end))
    plan = compile_scenario(scenario)
    return [simulate(plan, SEED, number) for number in range(runs)]


@cache
def tiny() -> Any:
    return read_draft(load("tiny").folder)


@pytest.mark.parametrize("case", DIRECTIONS, ids=lambda case: case.parameter)
def test_the_result_moves_in_the_direction_of_the_description(case: Direction) -> None:
    (low, low_variance), (high, high_variance) = (
        case.statistic(simulated({**case.set, case.parameter: value}, case.add, case.runs))
        for value in (case.low, case.high)
    )
    error = math.sqrt(low_variance + high_variance)
    assert case.sign * (high - low) > STANDARD_ERRORS * error, (low, high, error)


def test_every_parameter_has_a_direction() -> None:
    assert sorted(case.parameter for case in DIRECTIONS) == sorted(schema.parameters())
