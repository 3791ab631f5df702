"""Given departures: the persons who leave each day, and the level that continues after the last.

Up to the last day of departures.csv, its rows give the persons who leave. After that day nobody
leaves if `departures_level_days` W = 0. Otherwise the mean level of the last W days continues, in
proportion to the hazard of the people at home,
    n(t) = mean(n) R(t) / mean(R) exp(w_t + e_t)        means over the last W given days
    R(t) = sum over cohorts of households x hazard      (departures.py; its factor is arbitrary)
    w_t = w_{t-1} + drift z_t - drift^2 / 2             slow change; w = 0 on the last given day
    e_t = noise z'_t - noise^2 / 2                      from day to day: weather, strikes
It therefore depends on pressures, rules on the way, and the number of people left at home; if these
do not change, E[n(t)] is the level. z, z' are standard normal numbers of the run. R of given days
before the first simulated day is assumed to be that of the first day.

Reads: outlook, pressures. Draws: GIVEN_DRIFT, GIVEN_NOISE. Writes: nothing. Units: persons a day.
"""

import math

import numpy as np

from emigre.engine.build import Compiled
from emigre.numerics.random import GIVEN_DRIFT, GIVEN_NOISE, Key, normal_quantile, uniform
from emigre.processes.arrays import F64, I64, Cohorts, Today


class GivenDepartures:
    """Persons who are to leave on each day from each pool, in one run."""

    def __init__(self, plan: Compiled, key: Key) -> None:
        values = plan.scenario.parameters
        self.plan, self.key = plan, key
        self.window = int(values["departures_level_days"])
        self.noise, self.drift = values["departures_noise"], values["departures_drift"]
        self.reference = np.zeros(len(plan.given))  # sum of R over the days of the level
        self.walk = np.zeros(len(plan.given))
        self.rest = np.zeros(len(plan.given))

    def persons(self, day: int, today: Today, cohorts: Cohorts, willing: F64) -> I64:
        """Persons who are to leave today, (pools). willing: (G) relative hazards."""
        persons, level = self.plan.given[:, day].copy(), self.plan.given_level
        if not self.window:
            return np.maximum(persons, 0)
        continued = day >= level.last
        if (day >= level.first).any():
            hazard = self._hazard(today, cohorts, willing)
            days = ((level.first <= day) & ~continued).astype(np.float64)
            if day == 0:  # given days before the start have the R of the first day
                days += np.minimum(level.last, 0) - np.minimum(level.first, 0)
            self.reference += days * hazard
            for pool in np.flatnonzero(continued):
                persons[pool] = self._continued(int(pool), day, float(hazard[pool]))
        return persons

    def _hazard(self, today: Today, cohorts: Cohorts, willing: F64) -> F64:
        """R: households x hazard, relative, by pool."""
        world, row = self.plan.world, cohorts.row
        kind = today.kind[world.groups.outlook[row.group]]
        shared = np.exp(today.log_hazard_factor[kind, row.origin])
        push = today.departure_multiplier[row.zone, row.group]
        pool = world.pool[row.origin]
        each = row.total * willing[row.group] * push * shared
        given = pool >= 0
        return np.bincount(pool[given], each[given], len(self.plan.given)).astype(np.float64)

    def _continued(self, pool: int, day: int, hazard: float) -> int:
        """Persons of a day after the last given one; fractions are carried over."""
        if self.reference[pool] <= 0.0:
            return 0
        self.walk[pool] += self._normal(pool, day, GIVEN_DRIFT, self.drift)
        change = self.walk[pool] + self._normal(pool, day, GIVEN_NOISE, self.noise)
        mean = float(self.plan.given_level.persons[pool]) * hazard / self.reference[pool]
        self.rest[pool] += mean * math.exp(change)
        whole = math.floor(self.rest[pool])
        self.rest[pool] -= whole
        return whole

    def _normal(self, pool: int, day: int, purpose: int, sd: float) -> float:
        """Draw a normal number whose exponential has mean 1."""
        u = uniform(self.key, self.plan.world.pool_id[pool], day, purpose)
        return sd * normal_quantile(u) - 0.5 * sd * sd
