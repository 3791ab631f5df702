"""Naive rules: what anybody would say who knows the published figures and nothing else.

A forecast is worth its trouble if it beats them. On the day D of the forecast a rule knows the
figures of the series (one measure at one place) that were published on or before D, whose days had
ended by then, as they stood on D; context is left out. A figure over several days tells of each of
its days: what daily counts leave of it is spread evenly over the other days (:func:`levels`).

Let t be the last day known, L_d the level of day d, and h the days from t to a day forecast:

    persistence     L_t
    same weekday    L of the last known same weekday, k weeks before; else L_t
    7-day mean      mean of the known levels of the 7 days up to t
    pre-crisis      mean of the known levels of the 28 days before the crisis began (the strongest
                    pressure that had begun by D, see :func:`crisis_on`); else of all days before
                    it, else of all days

The forecast of a figure over several days is the sum (flow) or the mean (stock, wait) of its days.

Spread. As in Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition,
sections 5.5 (prediction intervals of the mean, naive and seasonal naive methods) and 5.6 (of
transformed data: logarithms): the logarithm of a day's level has, with one variance s^2,

    persistence     cov(h, h') = s^2 min(h, h')                         a random walk
    same weekday    cov = s^2 min(k, k') on the same weekday, else 0    a seasonal random walk
    means of T      cov = s^2 (1{same day} + 1 / T)                     independent about a mean

so that a figure has the relative variance s^2 c, with c the sum of w w' cov / s^2 over its days
and w their shares of it, and is predicted log-normal with the rule's value as median. s^2 is the
mean of e^2 / c over the errors e = ln(figure / rule) that the rule makes on the known figures
themselves, each forecast from the known figures that end before it begins. With fewer than 3 such
errors those of all series of the measure are taken together; without any the forecast is a point.

Errors of published figures need no extra term: they are in the errors of the rule already.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.results.series import scorable

ENOUGH_ERRORS = 3
"""From so many errors on a series speaks for itself."""

PRE_CRISIS_DAYS = 28
_WEEK = 7

Series = tuple[str, str]
"""Measure and place."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure as a level a day over the days from ``first`` to before ``after``."""

    first: date
    after: date
    level: float
    published: date

    @property
    def n_days(self) -> int:
        """How many days it is about."""
        return (self.after - self.first).days


@dataclass(frozen=True, slots=True)
class Expected:
    """Levels of the days asked for, and the covariance of their logarithms over s^2."""

    levels: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean level of a day."""
        return float(self.levels.mean())

    @property
    def variance(self) -> float:
        """Relative variance of the sum (or mean) of the days, over s^2."""
        total = self.levels.sum()
        if total <= 0:
            return 0.0
        shares = self.levels / total
        return float(shares @ self.covariance @ shares)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A log-normal forecast: its median in the unit of the measure, ``sd`` in logarithms."""

    median: float
    sd: float


Levels = Mapping[int, float]
"""Level by day (ordinal); never empty."""

Rule = Callable[[Levels, NDArray[np.int64], date | None], Expected]
"""Known levels, days asked for (ordinals, shape (n,)), first day of the crisis -> Expected."""


def persistence(known: Levels, days: NDArray[np.int64], crisis: date | None) -> Expected:
    """The last known day goes on. ``days``: ordinals, (n,)."""
    del crisis
    last = max(known)
    ahead = (days - last).astype(np.float64)
    return Expected(np.full(len(days), known[last]), np.minimum.outer(ahead, ahead))


def same_weekday(known: Levels, days: NDArray[np.int64], crisis: date | None) -> Expected:
    """Each day is as the last known one of its weekday. ``days``: ordinals, (n,)."""
    del crisis
    first, last = min(known), max(known)
    levels = np.full(len(days), known[last])
    weeks = np.ceil((days - last) / _WEEK)
    for i, day in enumerate(days.tolist()):
        back = next((d for d in range(day - _WEEK, first - 1, -_WEEK) if d in known), None)
        if back is not None:
            levels[i], weeks[i] = known[back], (day - back) // _WEEK
    is_same = np.equal.outer(days % _WEEK, days % _WEEK)
    return Expected(levels, np.where(is_same, np.minimum.outer(weeks, weeks), 0.0))


def seven_day_mean(known: Levels, days: NDArray[np.int64], crisis: date | None) -> Expected:
    """The mean of the last week that is known. ``days``: ordinals, (n,)."""
    del crisis
    last = max(known)
    return _mean([known[d] for d in range(last - _WEEK + 1, last + 1) if d in known], len(days))


def pre_crisis_mean(known: Levels, days: NDArray[np.int64], crisis: date | None) -> Expected:
    """All will be as it was in the month before the crisis. ``days``: ordinals, (n,)."""
    found: list[float] = []
    if crisis is not None:
        begin = crisis.toordinal()
        month = range(begin - PRE_CRISIS_DAYS, begin)
        found = [known[d] for d in month if d in known]
        found = found or [level for d, level in sorted(known.items()) if d < begin]
    return _mean(found or [level for _, level in sorted(known.items())], len(days))


def _mean(levels: Sequence[float], n: int) -> Expected:
    mean = math.fsum(levels) / len(levels)
    return Expected(np.full(n, mean), np.eye(n) + 1.0 / len(levels))


RULES: Mapping[str, Rule] = {
    "persistence": persistence,
    "same_weekday": same_weekday,
    "seven_day_mean": seven_day_mean,
    "pre_crisis_mean": pre_crisis_mean,
}
"""The rules by name, as tables name them."""


def levels(figures: Iterable[Figure]) -> dict[int, float]:
    """The level of each day (ordinal) that the figures tell of.

    Short figures count first, of the same length the latest published; what they leave of a longer
    one is spread over its other days (its own level, should they exceed it).
    """
    found: dict[int, float] = {}
    for figure in sorted(figures, key=lambda f: (f.n_days, -f.published.toordinal())):
        days = range(figure.first.toordinal(), figure.after.toordinal())
        left = [d for d in days if d not in found]
        rest = figure.level * figure.n_days - math.fsum(found[d] for d in days if d in found)
        if left:
            level = rest / len(left) if rest >= 0 else figure.level
            found |= dict.fromkeys(left, level)
    return found


def crisis_on(pressures: pl.DataFrame, day: date) -> date | None:
    """The day on which the crisis of a day began.

    That is the onset of the pressure with the highest weight on leaving among those that were
    announced, had begun and had not ended by that day (the earliest of equals); None without one.
    """
    rows = pressures.filter(
        (pl.col("leaving") > 0)
        & (pl.col("onset") <= day)
        & (pl.col("announced").is_null() | (pl.col("announced") <= day))
        & (pl.col("ends").is_null() | (pl.col("ends") > day))
    ).sort("leaving", "onset", descending=[True, False])
    found = rows["onset"][0] if rows.height else None
    assert found is None or isinstance(found, date)
    return found


@dataclass(eq=False)
class Memory:
    """What naive rules know at the end of a day, and the errors they have made."""

    day: date
    series: Mapping[Series, tuple[Figure, ...]]
    crisis: Callable[[date], date | None]
    _errors: dict[tuple[str, Series], list[float]] = field(default_factory=dict)

    @classmethod
    def on(cls, day: date, observations: pl.DataFrame, pressures: pl.DataFrame) -> Memory:
        """The memory at the end of ``day`` (tables of the schema; later rows are passed over)."""
        rows = scorable(observations, as_of=day).filter(pl.col("to") <= day + timedelta(days=1))
        series: dict[Series, list[Figure]] = {}
        for row in rows.iter_rows(named=True):
            n_days = (row["to"] - row["from"]).days if _is_flow(row["measure"]) else 1
            figure = Figure(row["from"], row["to"], row["value"] / n_days, row["published"])
            series.setdefault((row["measure"], row["place"]), []).append(figure)
        return cls(day, {k: tuple(v) for k, v in series.items()}, lambda d: crisis_on(pressures, d))

    def forecast(
        self, rule: str, measure: str, place: str, first: date, after: date
    ) -> Forecast | None:
        """What a rule says of a figure over the days from ``first`` to before ``after``.

        None where nothing of the series is known.
        """
        series = (measure, place)
        if series not in self.series:
            return None
        expected = self._expect(rule, self.series[series], self.day, first, after)
        variance = self._variance(rule, series) * expected.variance
        n_days = (after - first).days if _is_flow(measure) else 1
        return Forecast(expected.mean * n_days, math.sqrt(variance))

    def _expect(
        self, rule: str, figures: Iterable[Figure], day: date, first: date, after: date
    ) -> Expected:
        days = np.arange(first.toordinal(), after.toordinal())
        return RULES[rule](levels(figures), days, self.crisis(day))

    def _variance(self, rule: str, series: Series) -> float:
        """s^2: of the series itself, else of all series of its measure, else 0."""
        found = self._errors_of(rule, series)
        if len(found) < ENOUGH_ERRORS:
            alike = [s for s in sorted(self.series) if s[0] == series[0]]
            found = [e for s in alike for e in self._errors_of(rule, s)]
        return math.fsum(found) / len(found) if found else 0.0

    def _errors_of(self, rule: str, series: Series) -> list[float]:
        """e^2 / c of each known figure, forecast from the known ones that end before it begins."""
        if (rule, series) not in self._errors:
            found = []
            for figure in self.series[series]:
                before = [f for f in self.series[series] if f.after <= figure.first]
                if not before or figure.level <= 0:
                    continue
                eve = figure.first - timedelta(days=1)
                expected = self._expect(rule, before, eve, figure.first, figure.after)
                if expected.mean > 0:
                    error = math.log(figure.level / expected.mean)
                    found.append(error**2 / expected.variance)
            self._errors[rule, series] = found
        return self._errors[rule, series]


def _is_flow(measure: str) -> bool:
    return schema.measures()[measure].kind == "flow"
