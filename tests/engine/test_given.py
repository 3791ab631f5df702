"""Departures after the last given day continue a level, in closed form."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from emigre.engine.given import GivenDepartures
from emigre.engine.inputs import NOT_GIVEN, level_of
from tolerances import is_closed_form

DAYS = 40
FEW = {"departures_level_days": 0.0, "departures_noise": 0.0, "departures_drift": 0.0}


def plan(**parameters: float) -> Any:
    """Two pools with one cohort each: 100 a day for 10 days; 0, 30, 60, .. for 20 days."""
    given = np.full((2, DAYS), NOT_GIVEN, np.int64)
    given[0, :10] = 100
    given[1, :20] = 30 * np.arange(20)
    pool, day = np.nonzero(given != NOT_GIVEN)
    world = SimpleNamespace(
        pool=np.array([0, 1]),
        pool_id=np.array([11, 12], np.uint64),
        groups=SimpleNamespace(outlook=np.array([0])),
    )
    prm = FEW | parameters
    level = level_of(pool, day, given[pool, day], 2, int(prm["departures_level_days"]))
    scenario = SimpleNamespace(parameters=prm)
    return SimpleNamespace(given=given, given_level=level, world=world, scenario=scenario)


def persons(prm: Any, *, push: Any = lambda day: 1.0, key: int = 5) -> np.ndarray:
    """Persons by (day, pool); push: factor of the pressures on a day."""
    given = GivenDepartures(prm, key)
    row = SimpleNamespace(
        origin=np.array([0, 1]),
        group=np.array([0, 0]),
        zone=np.array([0, 0]),
        total=np.array([500, 500]),
    )
    collected = []
    for day in range(DAYS):
        today = SimpleNamespace(
            kind=np.array([0]),
            log_hazard_factor=np.zeros((1, 2)),
            departure_multiplier=np.array([[push(day)]]),
        )
        cohorts = SimpleNamespace(row=row)
        collected.append(given.persons(day, today, cohorts, np.array([2.0])))
    return np.array(collected)


def test_nobody_leaves_behind_the_last_day_unless_a_level_is_asked_for():
    result = persons(plan())
    assert result[:10, 0].tolist() == [100] * 10
    assert result[:, 1].tolist() == [*(30 * i for i in range(20)), *[0] * 20]
    assert (result[10:, 0] == 0).all()


def test_the_mean_of_the_last_days_continues():
    result = persons(plan(departures_level_days=4))
    assert (result[10:, 0] == 100).all()
    assert (result[20:, 1] == 30 * (16 + 17 + 18 + 19) / 4).all()


def test_the_level_of_days_before_the_start_continues():
    whole = level_of(np.zeros(10, int), np.arange(10), np.arange(10), 1, 4)
    for start in (3, 8, 10, 30):  # the same rows in a run that begins later
        later = level_of(np.zeros(10, int), np.arange(10) - start, np.arange(10), 1, 4)
        assert [x.item() for x in later] == [6 - start, 10 - start, 6 + 7 + 8 + 9]
    assert [x.item() for x in whole] == [6, 10, 30]
    # Two given days before the start, one of them in the window with two days of the run.
    assert level_of(np.zeros(1, int), np.array([-1]), np.array([9]), 1, 4).first == [-1]


def test_the_level_moves_with_the_hazard():
    # The hazard doubles on day 8: mean(R) over days 6 to 9 is (1 + 1 + 2 + 2) / 4 = 1.5.
    result = persons(plan(departures_level_days=4), push=lambda day: 1.0 if day < 8 else 2.0)
    assert result[10:, 0].sum() == math.floor(30 * 100 * 2 / 1.5)
    # And falls to nothing with it.
    shut = persons(plan(departures_level_days=4), push=lambda day: float(day < 25))
    assert shut[24, 1] > 0
    assert (shut[25:] == 0).all()


def test_fractions_carry_over():
    result = persons(plan(departures_level_days=4), push=lambda day: 1.0 if day < 10 else 0.004)
    assert result[10:, 0].sum() == math.floor(30 * 0.4)
    assert set(result[10:, 0].tolist()) == {0, 1}


def test_noise_and_drift_keep_the_mean_and_have_their_variance():
    noisy = plan(departures_level_days=4, departures_noise=0.4)
    drifting = plan(departures_level_days=4, departures_drift=0.1)
    first = np.array([persons(noisy, key=k)[10:, 0] for k in range(300)])
    slow = np.array([persons(drifting, key=k)[10:, 0] for k in range(300)])
    error = 100 * math.sqrt((math.exp(0.16) - 1) / first.size)
    assert abs(first.mean() - 100) < 4 * error
    # ln n after t days has variance drift^2 t.
    after = np.log(slow[:, 24]).var()
    assert abs(after - 0.01 * 25) < 4 * 0.25 * math.sqrt(2 / 300)
    assert is_closed_form(float(persons(noisy)[5, 0]), 100.0)  # given days are as given
