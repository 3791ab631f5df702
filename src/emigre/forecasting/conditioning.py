"""Condition simulated values on counts.

A count differs from the value of run i by the error of the model and that of the count. In
logarithms all figures and all cells are jointly Gaussian to first order (local_error.py), and
conditioning has a closed form (a Kalman smoother for all series at once). Each draw from the prior,
x_k = m_k + s_k A_ik + d_k + e_k with the anomaly A_ik = ln S_ik - m_k of its run, is corrected by
its difference from the counts (pathwise conditioning: Wilson, Borovitskiy, Terenin, Mostowsky and
Deisenroth 2021, Journal of Machine Learning Research 22(105)). The logarithm of a cell becomes

    ln S_i(p, t) + (s - 1) A_i(p, t) + s w(p, t) (theta - theta_i)
        + f (d(p, t) - C A^-1 (d_k + e_k)) + C A^-1 (ln y_k - m_k - s_k A_ik)

where A_i is the anomaly of run i in the series to which the place belongs, A the covariance of
figures, C that of the cell with figures, and f a draw of the size of the error, which makes its
distribution a t distribution. theta are the patterns of runs (patterns.py), and w their effect on
the part of A_i that the level of the series does not explain. Every run gets the same number of
draws; noise ratios get draws in proportion to their weights.

**Bounds.** In no draw do departures or arrivals of consecutive days add up to more people than live
in the origin, or in all origins: once all have left, the remaining days have none. Stocks have the
same bound. Flows in runs may exceed it, because people who pass several borders or move on are
counted at each; then the largest run is the bound. A stock that starts from a larger count is not
bounded. Nobody has waited since before the first simulated day.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import HOURS_PER_DAY
from emigre.evaluation.baselines import Series
from emigre.evaluation.model_error import QUEUES, ModelError
from emigre.forecasting.cells import Cells
from emigre.forecasting.closures import closed_series, draw_closed
from emigre.forecasting.informative import informative
from emigre.forecasting.known import Known, is_count, least_of
from emigre.forecasting.local_error import (
    Figures,
    Joint,
    Spread,
    distributions,
    figures_of,
    middle_of,
    patterns_given,
)
from emigre.forecasting.patterns import Patterns, covariance
from emigre.forecasting.stocks import from_last_counts
from emigre.forecasting.weekdays import with_weekdays
from emigre.numerics.array_types import F32, F64
from emigre.numerics.streams import separate
from emigre.results.counts import EVERYWHERE
from emigre.results.window import is_stock
from emigre.scenario.model import Scenario

Shape = Callable[[F64, pl.DataFrame], F64]
"""Function that reshapes draws (n, n_days) of the single days of a series, given their rows."""

BOUNDED_FLOWS = ("decided", "departed", "exited", "entered", "arrived", "joined", "returned")
"""Flows of people from the origins, which cannot exceed the population."""
WITH_TRAFFIC = ("passages", "queued")
"""Measures that include ordinary travellers, who do not come from the origins."""
OF_OTHERS = ("departures_missing", "waiting_ordinary")
"""Stocks of people who do not come from the origins."""
_JITTER = 1e-10
_ROOM = 30.0
"""Largest logarithm by which the error may move a value."""
_THREADS = 2
"""Threads that draw; each may need half a gigabyte."""


def is_bounded(measure: str, *, has_traffic: bool) -> bool:
    """Whether a measure counts people of the origins alone, each of them once."""
    if measure in WITH_TRAFFIC:
        return not has_traffic
    if is_stock(measure):
        return is_count(measure) and measure not in OF_OTHERS
    return measure in BOUNDED_FLOWS


def _cholesky(covariance: F64) -> F64:
    tiny = _JITTER * max(float(np.diag(covariance).max()), _JITTER)
    return np.asarray(np.linalg.cholesky(covariance + tiny * np.eye(len(covariance))))


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """Draws conditioned on counts.

    Where no household is simulated, few people are expected. In series that are ``not_simulated``
    a draw has half a household, times the model's error. In other ``counted`` series it has a
    number with the mean ``few_by_series`` (half a household without counts since) and a Gamma(1/2)
    distribution, without the error on days on which most runs have nobody. Waits are at least half
    an hour; less than half a person is nobody.

    Attributes
    ----------
    figures : int
        Number of figures used.
    runs : (n,)
        Run of each draw.
    d : mapping of str to (n, places, days)
        Additions to the logarithms of cells, by measure.
    chance : (n,)
        Draws of Gamma(1/2).
    people : mapping
        People of each origin and of all; without them nothing is bounded.
    has_traffic : bool
        Whether ordinary travellers pass some crossings.
    closed : mapping of str to (n, places, days)
        Closed places and days, which have nobody (closures.py).
    """

    cells: Mapping[str, Cells]
    figures: int
    runs: NDArray[np.intp]
    d: Mapping[str, F32]
    counted: frozenset[Series] = frozenset()
    not_simulated: frozenset[Series] = frozenset()
    few_by_series: Mapping[Series, float] = field(default_factory=dict)
    scale: int = 1
    chance: F64 | None = None
    people: Mapping[str, float] = field(default_factory=dict)
    has_traffic: bool = True
    closed: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    patterns: Patterns | None = None

    def values(self, rows: pl.DataFrame, shape: Shape | None = None) -> F64:
        """Draws of the value of each row (measure, place, from, to), (n, n_rows).

        A row of several days is computed from its days, after ``shape`` has been applied to them.
        Rows that overlap therefore agree.
        """
        out = np.empty((len(self.runs), rows.height))
        for (measure, place), own in rows.with_row_index("at").group_by("measure", "place"):
            cells = self.cells[str(measure)]
            spans = [(row["at"], cells.days(row), row) for row in own.iter_rows(named=True)]
            first, after = min(s.start for _, s, _ in spans), max(s.stop for _, s, _ in spans)
            drawn, few = self._daily(str(measure), str(place), slice(first, after))
            if shape is not None:
                shaped = shape(drawn, cells.single_days(str(place), first, after))
                drawn = np.where(few, drawn, shaped)
            simulated = cells.on_days(str(place), slice(first, after)).sum(axis=1)
            if str(measure) == "wait_hours":
                drawn = np.minimum(drawn, HOURS_PER_DAY * np.arange(first + 1, after + 1))
            elif is_stock(str(measure)):
                drawn = np.minimum(drawn, self.most(str(measure), str(place), simulated))
            else:
                whole = simulated.sum(axis=1, keepdims=True)
                drawn = _bounded(drawn, float(self.most(str(measure), str(place), whole)[0]))
            for at, s, row in spans:
                weights = np.broadcast_to(cells.of_days(row), (len(cells.values), s.stop - s.start))
                days = drawn[:, s.start - first : s.stop - first]
                out[:, at] = np.einsum("nt,nt->n", days, weights[self.runs])
        return out

    def most(self, measure: str, place: str, simulated: F64) -> F64:
        """Upper bound of each row of a series, given its values in runs, (runs, n_rows)."""
        everybody = self.people.get(EVERYWHERE, np.inf)
        if not is_bounded(measure, has_traffic=self.has_traffic):
            everybody = np.inf
        at_home = schema.measures()[measure].place_kind == "origin"
        people = min(self.people.get(place, everybody), everybody) if at_home else everybody
        largest = simulated.max(axis=0)
        # A larger stock starts from a count that includes people from elsewhere.
        beyond = np.inf if is_stock(measure) else largest
        return np.asarray(np.where(largest > people, beyond, people))

    def model_share(self, values: F64) -> F64:
        """Share of the model's error in the variance of ln values (n, n_rows), (n_rows,).

        It is the variance within runs divided by the total. The rest, between runs, is due to
        chance and parameters (law of total variance).
        """
        logs = np.log(np.maximum(values, 0.5))
        about = logs - logs.mean(axis=0)
        size = np.bincount(self.runs)
        sums = np.zeros((len(size), values.shape[1]))
        np.add.at(sums, self.runs, about)
        between = (sums**2 / np.maximum(size, 1)[:, None]).sum(axis=0)
        total = (about**2).sum(axis=0)
        return np.asarray(1.0 - between / np.where(total > 0, total, 1.0))

    def _daily(self, measure: str, place: str, days: slice) -> tuple[F64, NDArray[np.bool_]]:
        """Draws of some days of a place or area, (n, days), and which of them have only few."""
        cells = self.cells[measure]
        error = np.exp(self.d[measure][:, cells.rows[place], days])
        parts = cells.on_days(place, days)
        if measure in self.closed:
            error = np.where(self.closed[measure][:, cells.rows[place], days], 0.0, error)
        values = np.einsum("nct,nct->nt", parts[self.runs], error)
        of_runs, half = parts.sum(axis=1), least_of(measure, self.scale)
        simulated = of_runs[self.runs]
        is_closed = (error == 0.0).all(axis=1)
        lacks, none = simulated < half, is_closed
        least: F64 | float = half
        if is_count(measure) and (measure, place) not in self.not_simulated:
            if (measure, place) not in self.counted or self.chance is None:
                return values, none
            mean = self.few_by_series.get((measure, place), half)
            least = 2.0 * mean * self.chance[:, None]  # Gamma(1/2) has mean 1/2
            none = is_closed | (lacks & (np.median(of_runs, axis=0) < half))
        lacking = np.where(lacks, np.maximum(least - simulated, 0.0), 0.0)
        values = np.where(none, least, values + lacking * error.mean(axis=1))
        values[is_closed] = 0.0
        return np.where(values < 0.5, 0.0, values) if is_count(measure) else values, none


def adjusted(cells: Mapping[str, Cells], figures: pl.DataFrame) -> dict[str, Cells]:
    """Cells with the weekly rhythm of the counts, and stocks that start from the last count."""
    return from_last_counts(with_weekdays(cells, figures), figures)


def condition(
    cells: Mapping[str, Cells],
    figures: pl.DataFrame,
    *,
    day: date,
    scale: int,
    draws: int,
    rng: np.random.Generator,
    errors: Mapping[str, ModelError] | None = None,
    people: Mapping[str, float] | None = None,
    has_traffic: bool = True,
) -> Conditioned:
    """Draw runs and the model's error given figures.

    Cells are :func:`adjusted` first. Interruptions, closures and contradictions are left out
    (informative.py). Without figures, draws come from the prior.

    Parameters
    ----------
    cells : mapping of str to Cells
        Simulated cells by measure.
    figures : DataFrame
        Rows of observations.
    day : date
        Day on which the figures are known.
    scale : int
        Number of people per simulated person.
    draws : int
        Number of draws.
    rng : Generator
        Random numbers.
    errors : mapping, optional
        Sizes of the model's error by kind of measure. Defaults to those learned from hindcasts.
    people : mapping, optional
        People of the origins (:func:`people_of`); without them draws are not bounded.
    has_traffic : bool
        Whether ordinary travellers pass some crossings.
    """
    cells = adjusted(cells, figures)
    known = Known.of(cells, informative(cells, figures, scale), scale)
    spread = known.spread(len(known))
    of_measures = figures_of(cells, known.rows, day)
    missing = known.counted - spread.middle
    every = distributions(of_measures, spread, missing, known.variance, errors)
    number_of = allocate(np.array([joint.weight for joint in every]), draws)
    runs = allocate(np.full(len(known.simulated), 1.0 / len(known.simulated)), draws)
    runs = rng.permutation(runs)
    patterns = Patterns.of(patterns_given(every, spread, missing), draws, rng)
    moved = patterns.shift_from_runs(runs)
    d = {m: np.empty((draws, *c.values.shape[1:]), np.float32) for m, c in cells.items()}
    numbers = np.unique(number_of)

    def draw(number: int, own_rng: np.random.Generator) -> None:
        at = slice(*np.searchsorted(number_of, (number, number + 1)))
        given = _JointDraws(known, spread, missing, every[number], patterns)
        own = {m: drawn[at] for m, drawn in d.items()}
        given.draw(cells, of_measures, runs[at], moved[at], scale, own_rng, own)

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(draw, numbers, separate(rng, len(numbers))))
    chance = rng.gamma(0.5, size=draws)
    series = known.counted_series, known.not_simulated, known.few
    several = closed_series(cells, figures, scale)
    closed = draw_closed(cells, several, draws, rng)
    n = len(known) + sum(len(each.left_out) for each in several)
    return Conditioned(
        cells,
        n,
        runs,
        d,
        *series,
        scale=scale,
        chance=chance,
        people=people or {},
        has_traffic=has_traffic,
        closed=closed,
        patterns=patterns,
    )


def _bounded(daily: F64, most: float) -> F64:
    """Limit the sum of consecutive days (n, days) to ``most`` people, by cutting the last days."""
    if most == np.inf:
        return daily
    beyond = np.maximum(daily.cumsum(axis=1) - most, 0.0)
    return np.asarray(daily - np.diff(beyond, axis=1, prepend=0.0))


def people_of(scenario: Scenario) -> dict[str, float]:
    """People of each origin and of all, with those abroad; empty if departures are given."""
    if scenario.tables["departures"].height:
        return {}
    places = scenario.tables["places"].drop_nulls("population").filter(pl.col("population") > 0)
    at_home = dict(places.select("id", pl.col("population").cast(pl.Float64)).iter_rows())
    abroad = float(scenario.tables["present"]["persons"].sum() or 0)
    people = {origin: n + abroad for origin, n in at_home.items()}
    return people | ({EVERYWHERE: sum(at_home.values()) + abroad} if people else {})


@dataclass(frozen=True, slots=True, eq=False)
class _JointDraws:
    """Draws from one joint distribution of cells and figures, given the figures."""

    known: Known
    spread: Spread
    missing: F64
    joint: Joint
    patterns: Patterns

    def draw(
        self,
        cells: Mapping[str, Cells],
        figures: tuple[Figures, ...],
        runs: NDArray[np.intp],
        by_patterns: F64,
        scale: int,
        rng: np.random.Generator,
        out: Mapping[str, F32],
    ) -> None:
        """Write the additions to the logarithms of cells to ``out``, (n, places, days) by measure.

        ``by_patterns`` (n, K) are the patterns drawn minus those of the ``runs`` (n,).
        """
        joint, n = self.joint, len(runs)
        of_runs = self.spread.anomaly[runs] * joint.size
        of_errors = rng.standard_normal((n, len(self.known))) * np.sqrt(self.known.variance)
        moved: dict[str, F64] = {}
        factors: dict[str, F64] = {}
        for f in figures:
            error, sizes = joint.errors[f.measure], joint.sizes[f.measure]
            factors[f.measure] = sizes.factors(n, rng)
            shape = (n, *cells[f.measure].values.shape[1:])
            over_places = _cholesky(error.over_places(f.countries))
            over_days = _cholesky(f.of_time(error))
            z = sizes.of_places[:, None] * over_places @ rng.standard_normal(shape)
            walked = np.sqrt(f.walked(error, sizes.of_places))
            moved[f.measure] = z @ over_days.T
            if walked.any():
                moved[f.measure] += (walked * rng.standard_normal(shape[:2]))[:, :, None]
            on_days = moved[f.measure] @ f.of_days.T
            of_errors[:, f.which] += (on_days * f.of_places.T).sum(axis=1)
        both = np.concatenate([of_errors, self.missing - of_runs])
        solved = np.asarray(np.linalg.solve(joint.covariance, both.T).T, np.float64)
        by_errors, by_counts = solved[:n], solved[n:]
        for f in figures:
            sizes = joint.sizes[f.measure]
            size, factor = np.sqrt(sizes.s2)[:, None], factors[f.measure][:, :, None]
            for measure in f.measures:
                anomaly, level, effect = self._group_effects(cells[measure], f, scale)
                d = out[measure]
                np.subtract(moved[f.measure], self._update(f, level, by_errors), out=d)
                d *= factor[:, sizes.group]
                of_group = (size - 1.0) * anomaly[runs]
                of_group += size * np.einsum("nk,kgt->ngt", by_patterns, effect)
                d += of_group[:, sizes.group]
                d += self._update(f, level, by_counts)
                np.clip(d, -_ROOM, _ROOM, out=d)

    def _update(self, f: Figures, level: F64, z: F64) -> F64:
        """Covariance of cells with figures, times ``z`` (n, figures): (n, places, days)."""
        error, sizes = self.joint.errors[f.measure], self.joint.sizes[f.measure]
        over_places = f.over_places(error, sizes.of_places)
        offsets = (over_places * z[:, None, f.which]) @ f.over_days(error).T
        walked = f.walked(error, sizes.of_places)
        offsets += (z[:, f.which] @ (f.of_places * walked))[:, :, None]
        of_series = np.array([[s == name for s in f.series] for name in sizes.names], dtype=float)
        own = of_series.reshape(len(sizes.names), -1) * self.spread.level[f.which]
        offsets += ((z[:, f.which] @ own.T) * sizes.s2)[:, sizes.group, None] * level[sizes.group]
        return np.asarray(offsets)

    def _group_effects(self, cells: Cells, figures: Figures, scale: int) -> tuple[F64, F64, F64]:
        """Daily anomalies of runs, (runs, groups, days), and what explains them.

        The second array is the effect of the level of each group, (groups, days), the third the
        effect of patterns on the rest, (K, groups, days).
        """
        names, of_runs = self.joint.sizes[figures.measure].names, self.patterns.of_runs
        n_runs, _, n_days = cells.values.shape
        anomaly = np.zeros((n_runs, len(names), n_days))
        level = np.zeros((len(names), n_days))
        effect = np.zeros((of_runs.shape[1], len(names), n_days))
        least = least_of(cells.measure, scale)
        for g, name in enumerate(names[1:], start=1):
            logs = np.log(np.maximum(cells.daily(name), least))
            anomaly[:, g] = logs - middle_of(logs, cells.measure in QUEUES)
            own = self.spread.of_runs[:, figures.which[figures.by_series[name][0]]]
            level[g] = covariance(own, anomaly[:, g])
            effect[:, g] = covariance(of_runs, anomaly[:, g] - np.outer(own, level[g]))
        return anomaly, level, effect


def allocate(weight: F64, draws: int) -> NDArray[np.intp]:
    """Assign draws to components in proportion to their weights (systematic resampling)."""
    at = (np.arange(draws) + 0.5) / draws
    rows = np.searchsorted(np.cumsum(weight), at, side="right")
    return np.minimum(rows, len(weight) - 1).astype(np.intp)
