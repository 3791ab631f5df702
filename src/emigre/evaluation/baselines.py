"""Baseline forecasters, which use published figures only.

A useful forecast beats them. On the day D of the forecast a baseline uses the figures of the series
(one measure at one place) published on or before D, for days that had ended by then, in the vintage
of D; figures marked context are excluded. A figure over several days is disaggregated: what its
daily counts do not cover is spread evenly over the other days (:func:`levels`).

Let t be the last known day, L_d the level of day d, and h the days from t to the day forecast:

    persistence     L_t
    same weekday    L of the last known same weekday, k weeks before; else L_t
    7-day mean      mean of the known levels of the 7 days up to t
    pre-crisis      mean of the known levels of the 28 days before the crisis began (the strongest
                    pressure that had begun by D, see :func:`crises`); else of all days before
                    it, else of all days

The forecast of a figure over several days is the sum (flow) or the mean (stock, wait) of its days.

Spread. As in Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition,
sections 5.5 (prediction intervals of the mean, naive and seasonal naive methods) and 5.6 (of
transformed data: logarithms): the logarithm of a day's level has, with one variance s^2,

    persistence     cov(h, h') = s^2 min(h, h')                         a random walk
    same weekday    cov = s^2 min(k, k') on the same weekday, else 0    a seasonal random walk
    means of T      cov = s^2 (1{same day} + 1 / T)                     independent about a mean

so that a figure has the relative variance s^2 c, with c the sum of w w' cov / s^2 over its days
and w their shares of it, and its forecast is log-normal with the baseline's value as median. s^2 is
the mean of e^2 / c over the errors e = ln(figure / baseline) on the known figures themselves, each
forecast from the known figures that end before it begins. With fewer than 3 such errors those of
all series of the measure are pooled; without any the forecast is a point.

Errors of published figures need no extra term: they are part of the baseline's errors.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from types import FunctionType

import numpy as np
import polars as pl

from emigre import extensions
from emigre.evaluation.vintages import replaced_by
from emigre.numerics.array_types import F64, I64
from emigre.results.window import is_flow

ENOUGH_ERRORS = 3
"""Fewest errors for a series to be used without pooling."""

PRE_CRISIS_DAYS = 28
_WEEK = 7

Series = tuple[str, str]
"""Measure and place."""


@dataclass(frozen=True, slots=True)
class Count:
    """A published figure as a daily level over the half-open days ``first`` to ``after``."""

    first: date
    after: date
    level: float
    published: date

    @property
    def n_days(self) -> int:
        """Number of days."""
        return (self.after - self.first).days


@dataclass(frozen=True)
class Expected:
    """A baseline's forecast of some days.

    Attributes
    ----------
    levels : array of shape (n_days,)
        Expected level of each day.
    covariance : array of shape (n_days, n_days)
        Covariance of the logarithms of the levels, divided by s^2.
    """

    levels: F64
    covariance: F64

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
class LogNormal:
    """A log-normal forecast: its median in the unit of the measure, ``sd`` in logarithms."""

    median: float
    sd: float


@dataclass(slots=True)
class Levels:
    """Known levels of a series by day (ordinal), from which a baseline forecasts.

    Copies share their lists and read the first ``n`` items.
    """

    days: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])
    n: int = 0

    @classmethod
    def of(cls, level: Mapping[int, float]) -> Levels:
        """Levels from a mapping of days."""
        known = cls()
        for day, value in sorted(level.items()):
            known = known.then(day, value)
        return known

    def then(self, day: int, value: float) -> Levels:
        """A copy with one later day; the shared lists must not be longer than ``n``."""
        self.days.append(day)
        self.values.append(value)
        self.sums.append(self.sums[-1] + value)
        return Levels(self.days, self.values, self.sums, self.n + 1)

    @property
    def last(self) -> int:
        """The last day known."""
        return self.days[self.n - 1]

    def at(self, day: int) -> float | None:
        """The level of a day, or None if unknown."""
        i = bisect_left(self.days, day, 0, self.n)
        return self.values[i] if i < self.n and self.days[i] == day else None

    def mean(self, first: int, after: int) -> tuple[float, int] | None:
        """Mean and number of known levels in the half-open days ``first`` to ``after``."""
        i, j = (bisect_left(self.days, day, 0, self.n) for day in (first, after))
        return ((self.sums[j] - self.sums[i]) / (j - i), j - i) if j > i else None


Baseline = Callable[[Levels, I64, date | None], Expected]
"""Signature of a baseline: known levels (not empty), days (ordinals, (n,)), crisis onset."""

_EVER = (date.min.toordinal(), date.max.toordinal())


def persistence(known: Levels, days: I64, crisis: date | None) -> Expected:
    """Persistence: the last known level. ``days``: ordinals, (n,)."""
    del crisis
    ahead = (days - known.last).astype(np.float64)
    level = known.values[known.n - 1]
    return Expected(np.full(len(days), level), np.minimum.outer(ahead, ahead))


def same_weekday(known: Levels, days: I64, crisis: date | None) -> Expected:
    """The last known level of the same weekday. ``days``: ordinals, (n,)."""
    del crisis
    first, last = known.days[0], known.last
    levels = np.full(len(days), known.values[known.n - 1])
    weeks = np.ceil((days - last) / _WEEK)
    for i, day in enumerate(days.tolist()):
        latest = day - _WEEK * max(1, -((last - day) // _WEEK))
        for back in range(latest, first - 1, -_WEEK):
            level = known.at(back)
            if level is not None:
                levels[i], weeks[i] = level, (day - back) // _WEEK
                break
    is_same = np.equal.outer(days % _WEEK, days % _WEEK)
    return Expected(levels, np.where(is_same, np.minimum.outer(weeks, weeks), 0.0))


def seven_day_mean(known: Levels, days: I64, crisis: date | None) -> Expected:
    """The mean of the last seven days. ``days``: ordinals, (n,)."""
    del crisis
    return _mean(known, len(days), (known.last - _WEEK + 1, known.last + 1))


def pre_crisis_mean(known: Levels, days: I64, crisis: date | None) -> Expected:
    """The mean of the 28 days before the crisis. ``days``: ordinals, (n,)."""
    begin = _EVER[0] if crisis is None else crisis.toordinal()
    return _mean(known, len(days), (begin - PRE_CRISIS_DAYS, begin), (_EVER[0], begin), _EVER)


def _mean(known: Levels, n: int, *spans: tuple[int, int]) -> Expected:
    """Forecast the mean of the first span with any known level."""
    mean, count = next(level for span in spans if (level := known.mean(*span)) is not None)
    return Expected(np.full(n, mean), np.eye(n) + 1.0 / count)


@cache
def forecasters() -> Mapping[str, Baseline]:
    """Baselines by name, as in tables: entry points of the group ``emigre.baselines``."""
    return extensions.load_all(extensions.BASELINES, FunctionType)


def levels(figures: Iterable[Count]) -> dict[int, float]:
    """Disaggregate figures into daily levels, by day (ordinal).

    Shorter figures take precedence, then the latest published, then the first and the lowest. The
    remainder of a longer figure is spread over its other days; if it is negative, those get the
    figure's own daily level.
    """
    levels: dict[int, float] = {}
    ordered = sorted(figures, key=lambda f: (f.n_days, -f.published.toordinal(), f.first, f.level))
    for figure in ordered:
        days = range(figure.first.toordinal(), figure.after.toordinal())
        left = [d for d in days if d not in levels]
        rest = figure.level * figure.n_days - math.fsum(levels[d] for d in days if d in levels)
        if left:
            level = rest / len(left) if rest >= 0 else figure.level
            levels |= dict.fromkeys(left, level)
    return levels


def crises(pressures: pl.DataFrame) -> Callable[[date], date | None]:
    """A function from a day to the day on which its crisis began.

    The crisis begins at the onset of the pressure with the highest weight on leaving among those
    announced and active on that day (ties: the earliest); None without one.
    """
    rows = pressures.filter(pl.col("leaving") > 0).sort(
        "leaving", "onset", descending=[True, False]
    )
    known = pl.max_horizontal("onset", "announced")
    begun = rows.select(known.to_physical()).to_series().to_numpy()
    ends = rows["ends"].to_physical().fill_null(np.iinfo(np.int32).max).to_numpy()
    onsets = rows["onset"].to_list()

    @cache
    def crisis_on(day: date) -> date | None:
        number = (day - date(1970, 1, 1)).days
        acute = np.flatnonzero((begun <= number) & (ends > number))
        return onsets[acute[0]] if acute.size else None

    return crisis_on


@dataclass(slots=True)
class _Known:
    """Known levels of a series on some day, and the errors of each baseline.

    ``figures``, ``errors`` and the lists of ``levels`` are shared with later days, which append to
    them: only the first ``n`` figures and ``n_errors`` errors are valid. Figures are in the order
    of their last days.
    """

    figures: list[Count]
    levels: Levels
    errors: dict[str, list[float]]
    n_errors: dict[str, int]
    n: int = 0

    @classmethod
    def nothing(cls) -> _Known:
        return cls([], Levels(), {r: [] for r in forecasters()}, dict.fromkeys(forecasters(), 0))

    def then(self, figure: Count, crisis_on: Callable[[date], date | None]) -> _Known:
        """A copy with a further figure, which ends no earlier than the others."""
        first = figure.first.toordinal()
        is_apart = not self.levels.n or self.levels.last < first
        before = self.levels
        if not is_apart:
            ended = (f for f in self.figures[: self.n] if f.after <= figure.first)
            before = Levels.of(levels(ended))
        self._add_errors(figure, before, crisis_on)
        self.figures.append(figure)
        if is_apart:
            now = self.levels
            for day in range(first, figure.after.toordinal()):
                now = now.then(day, figure.level)
        else:
            now = Levels.of(levels(self.figures))
        counted = {baseline: len(errors) for baseline, errors in self.errors.items()}
        return _Known(self.figures, now, self.errors, counted, self.n + 1)

    def _add_errors(
        self, figure: Count, before: Levels, crisis_on: Callable[[date], date | None]
    ) -> None:
        """e^2 / c of the figure for each baseline, forecast from figures that end before it."""
        if not before.n or figure.level <= 0:
            return
        days = np.arange(figure.first.toordinal(), figure.after.toordinal())
        for name, baseline in forecasters().items():
            expected = baseline(before, days, crisis_on(figure.first - timedelta(days=1)))
            if expected.mean > 0:
                error = math.log(figure.level / expected.mean)
                self.errors[name].append(error**2 / expected.variance)


class _Series:
    """The figures of one series by the day from which each is known, and by that of its end."""

    def __init__(self) -> None:
        self.known_from: dict[int, list[tuple[int, Count]]] = {}
        self.replaced_on: set[int] = set()
        self._states = [_Known.nothing()]

    def add(self, figure: Count, replaced_on: int) -> None:
        """Add a figure, known from its publication (and last day) until it is replaced."""
        since = max(figure.published, figure.after - timedelta(days=1)).toordinal()
        if since < replaced_on:
            self.known_from.setdefault(since, []).append((replaced_on, figure))
            self.replaced_on.add(replaced_on)

    @cached_property
    def _changes(self) -> list[int]:
        return sorted(self.replaced_on.union(self.known_from))

    def on(self, day: int, crisis_on: Callable[[date], date | None]) -> _Known:
        """The state at the end of a day (ordinal), built incrementally from earlier days."""
        needed = bisect_right(self._changes, day)
        while len(self._states) <= needed:
            self._states.append(self._next(self._changes[len(self._states) - 1], crisis_on))
        return self._states[needed]

    def _next(self, day: int, crisis_on: Callable[[date], date | None]) -> _Known:
        """The state from ``day`` on: extends the last one unless figures are replaced or late."""
        known = self._states[-1]
        new = [figure for until, figure in self.known_from.get(day, ())]
        last = known.figures[known.n - 1].after if known.n else date.min
        if day in self.replaced_on or any(f.after < last for f in new):
            known = _Known.nothing()
            days = [d for d in self.known_from if d <= day]
            new = [f for d in days for until, f in self.known_from[d] if until > day]
        for figure in sorted(new, key=lambda f: (f.after, f.first)):
            known = known.then(figure, crisis_on)
        return known


class Published:
    """Published figures (no context) and when each became known: the input of baselines."""

    def __init__(self, observations: pl.DataFrame, pressures: pl.DataFrame) -> None:
        self.crisis_on = crises(pressures)
        self.series: dict[Series, _Series] = {}
        replaced = replaced_by(observations)
        published = dict(observations.select("id", "published").iter_rows())
        for row in observations.filter(pl.col("use") != "context").iter_rows(named=True):
            n_days = (row["to"] - row["from"]).days if is_flow(row["measure"]) else 1
            figure = Count(row["from"], row["to"], row["value"] / n_days, row["published"])
            until = published.get(replaced.get(row["id"]), date.max).toordinal()
            self.series.setdefault((row["measure"], row["place"]), _Series()).add(figure, until)

    def on(self, day: date) -> Memory:
        """The knowledge at the end of a day."""
        return Memory(day, self)


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Input of the baselines at the end of a day."""

    day: date
    published: Published

    def forecast(
        self, baseline: str, measure: str, place: str, first: date, after: date
    ) -> LogNormal | None:
        """Forecast of a baseline for half-open days; None if the series has no known figures."""
        series = (measure, place)
        if series not in self.published.series or not self._known(series).n:
            return None
        days = np.arange(first.toordinal(), after.toordinal())
        crisis = self.published.crisis_on(self.day)
        expected = forecasters()[baseline](self._known(series).levels, days, crisis)
        variance = self._variance(baseline, series) * expected.variance
        n_days = (after - first).days if is_flow(measure) else 1
        return LogNormal(expected.mean * n_days, math.sqrt(variance))

    def last_known(self, measure: str, place: str) -> date | None:
        """The last day of a series about which a figure is known, None without any."""
        series = (measure, place)
        if series not in self.published.series or not self._known(series).n:
            return None
        return date.fromordinal(self._known(series).levels.last)

    def _known(self, series: Series) -> _Known:
        return self.published.series[series].on(self.day.toordinal(), self.published.crisis_on)

    def _variance(self, baseline: str, series: Series) -> float:
        """s^2 of the series, else pooled over its measure, else 0."""
        errors = self._errors_of(baseline, series)
        if len(errors) < ENOUGH_ERRORS:
            alike = [s for s in sorted(self.published.series) if s[0] == series[0]]
            errors = [e for s in alike for e in self._errors_of(baseline, s)]
        return math.fsum(errors) / len(errors) if errors else 0.0

    def _errors_of(self, baseline: str, series: Series) -> list[float]:
        known = self._known(series)
        return known.errors[baseline][: known.n_errors[baseline]]
