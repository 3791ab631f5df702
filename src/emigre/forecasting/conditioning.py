"""Condition simulated values on counts.

A count differs from the value of run i by the error of the model and that of the count. In
logarithms all figures and all cells are jointly Gaussian to first order (local_error.py), so that
conditioning has a closed form (a Kalman smoother for all series at once). A draw from before the
counts, x_k = m_k + s_k A_ik + d_k + e_k with A_ik = ln S_ik - m_k of the value of its run, is moved
by what is missing (pathwise conditioning: Wilson, Borovitskiy, Terenin, Mostowsky and Deisenroth
2021, Journal of Machine Learning Research 22(105)): the logarithm of a cell becomes

    ln S_i(p, t) + (s - 1) A_i(p, t) + s w(p, t) (theta - theta_i)
        + f (d(p, t) - C A^-1 (d_k + e_k)) + C A^-1 (ln y_k - m_k - s_k A_ik)

with A_i the logarithm of run i less the middle of runs, of the series to which the place belongs, A
the covariance of figures, C that of the cell with figures, and f the draw of the size of the error,
which gives it a t distribution. theta are the patterns of runs (patterns.py), and w their effect on
what the level of the series leaves of A_i. Runs get draws in equal numbers, ratios of noise in
proportion to their weights.

**Errors of counts.** Variance of the error of the figure by its kind (observation_error.py), unless
it lasts (stocks.py), plus 1 / (y + 1/2) of a count of few, plus 2 % of sources that never agree to
the last digit. Figures and simulated values are taken at least as 1/2, half a household, and half
an hour.

**Bounds.** In no draw do the departures or arrivals of consecutive days add up to more people than
live in the origin, or in all origins: the days after the last of them have none. Nor do more people
stay anywhere. Runs may have more flows, because those who pass several borders or move on count at
each: then the bound is the largest run. A stock that starts from a larger count has no bound.
Nobody has waited for longer than since the first simulated day.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import HOURS_PER_DAY
from emigre.evaluation.baselines import Series
from emigre.evaluation.model_error import QUEUES, ModelError, kind_of
from emigre.evaluation.observation_error import observation_median, observation_sd
from emigre.forecasting.cells import Cells, values_of
from emigre.forecasting.closures import MANY, closed_series, draw_closed
from emigre.forecasting.informative import informative
from emigre.forecasting.local_error import (
    Figures,
    Joint,
    Spread,
    distributions,
    figures_of,
    middle_of,
    patterns_given,
    shared_by,
)
from emigre.forecasting.patterns import Patterns, covariance
from emigre.forecasting.stocks import from_last_counts, is_lasting
from emigre.forecasting.weekdays import with_weekdays
from emigre.numerics.array_types import F32, F64
from emigre.numerics.streams import separate
from emigre.results.counts import EVERYWHERE
from emigre.results.window import is_stock
from emigre.scenario.model import Scenario

Shape = Callable[[F64, pl.DataFrame], F64]
"""Draws (n, n_days) of the single days of a series, and their rows, to other draws."""

BOUNDED_FLOWS = ("decided", "departed", "exited", "entered", "arrived", "joined", "returned")
"""Flows of people from the origins, whose number is limited."""
WITH_TRAFFIC = ("passages", "queued")
"""Measures that include ordinary travellers, who are not people of the origins."""
OF_OTHERS = ("departures_missing", "waiting_ordinary")
"""Stocks of other people."""
LATELY = timedelta(days=14)
"""Days used to determine whether a series is simulated at all."""
LEAST_SD = 0.02
LEAST_HOURS = 0.5
"""Waits shorter than this are treated as equal."""
_JITTER = 1e-10
_ROOM = 30.0
"""Largest logarithm by which the error may move a value."""
_AT_ONCE = 2
"""Threads that draw: each of them may need half a gigabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Figures of the past: rows, and the logarithms of counts and simulated values.

    ``counted`` (n,), ``simulated`` (runs, n) and ``variance`` (n,) of the errors of the counts.
    Where nobody was counted and no household simulated, both agree, and the error of the simulation
    is unknown: these figures are left out. ``counted_series`` are all series, ``not_simulated``
    those in which people were counted and no household simulated in most figures of the last
    :data:`LATELY` days, and ``few`` the people a day expected where the simulation has nobody any
    more (:func:`_few`).
    """

    rows: pl.DataFrame
    counted: F64
    simulated: F64
    variance: F64
    counted_series: frozenset[Series] = frozenset()
    not_simulated: frozenset[Series] = frozenset()
    few: Mapping[Series, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cells: Mapping[str, Cells],
        rows: pl.DataFrame,
        scale: int,
        known: pl.DataFrame | None = None,
    ) -> Self:
        """The figures that the cells hold; ``known`` are those before them, if not the same."""
        held = [
            r["measure"] in cells and cells[r["measure"]].holds(r)
            for r in rows.iter_rows(named=True)
        ]
        rows = rows.filter(pl.Series(held, dtype=pl.Boolean))
        values = values_of(cells, rows)
        is_count = np.array([_is_count(m) for m in rows["measure"]], dtype=bool)
        nobody = is_count & (observation_median(rows) < 0.5)
        no_household = is_count & (np.median(values, axis=0) <= scale / 2.0)
        lately = (
            rows.select("measure", "place", "to", lacks=pl.Series(no_household & ~nobody))
            .filter(pl.col("to") > pl.col("to").max().over("measure", "place") - LATELY)
            .group_by("measure", "place", maintain_order=True)
            .agg(pl.col("lacks").mean())
            .filter(pl.col("lacks") > 0.5)
        )
        series, not_simulated = (
            frozenset(t.select("measure", "place").rows()) for t in (rows, lately)
        )
        few = _few(rows, no_household, scale)
        kept = ~(nobody & no_household)
        rows, values, persons = rows.filter(kept), values[:, kept], is_count[kept]
        least = np.where(persons, scale / 2.0, LEAST_HOURS)
        simulated = np.maximum(values, least)
        counted = np.maximum(observation_median(rows), np.where(persons, 0.5, LEAST_HOURS))
        by_chance = np.where(persons, 1.0 / (counted + 0.5), 0.0)
        lasts = is_lasting(cells, rows, rows if known is None else known)
        vague = np.where(lasts, 0.0, observation_sd(rows))
        variance = vague**2 + by_chance + LEAST_SD**2
        return cls(rows, np.log(counted), np.log(simulated), variance, series, not_simulated, few)

    def __len__(self) -> int:
        return len(self.counted)

    def spread(self, known: int) -> Spread:
        """The spread over runs of the figures, the first ``known`` of which are known."""
        series: dict[tuple[str, str], list[int]] = {}
        for i, (measure, place) in enumerate(self.rows.select("measure", "place").iter_rows()):
            if kind_of(measure) != "stock":  # its level is that of the last count
                series.setdefault((shared_by(measure), place), []).append(i)
        is_queue = self.rows["measure"].is_in(list(QUEUES)).to_numpy()
        middle = middle_of(self.simulated, is_queue)
        return Spread.of(self.simulated, middle, list(series.values()), known)


def _few(rows: pl.DataFrame, no_household: NDArray[np.bool_], scale: int) -> dict[Series, float]:
    """People a day where no household is simulated any more, by series with counts of them.

    With y people counted on n days since the last figure with a simulated household, or before the
    last one with MANY people, their mean is (1/2 + y) / (1/scale + n): Jeffreys' prior of a rate,
    and one household-day in which nobody was simulated. Only figures of :data:`LATELY` count.
    """
    last = pl.col("to").max().over("measure", "place")
    is_before = ~pl.col("is_none") | ((pl.col("value") >= MANY) & (pl.col("to") < last))
    since = pl.col("to").filter(is_before).max().over("measure", "place")
    n = (pl.col("to") - pl.col("from")).dt.total_days().sum()
    found = (
        rows.with_columns(is_none=pl.Series(no_household))
        .filter((pl.col("to") > since.fill_null(date.min)) & (pl.col("to") > last - LATELY))
        .group_by("measure", "place", maintain_order=True)
        .agg(mean=(0.5 + pl.col("value").sum()) / (1.0 / scale + n))
    )
    return {(measure, place): mean for measure, place, mean in found.iter_rows()}


def _is_count(measure: str) -> bool:
    return schema.measures()[measure].is_count


def is_bounded(measure: str, *, has_traffic: bool) -> bool:
    """Whether a measure counts people of the origins alone, each of them once."""
    if measure in WITH_TRAFFIC:
        return not has_traffic
    if is_stock(measure):
        return _is_count(measure) and measure not in OF_OTHERS
    return measure in BOUNDED_FLOWS


def least_of(measure: str, scale: int) -> float:
    """Half a household or half an hour: the smallest simulated values."""
    return scale / 2.0 if _is_count(measure) else LEAST_HOURS


def _root(covariance: F64) -> F64:
    tiny = _JITTER * max(float(np.diag(covariance).max()), _JITTER)
    return np.asarray(np.linalg.cholesky(covariance + tiny * np.eye(len(covariance))))


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """Draws given some ``figures``: ``runs`` (n,), and ``d`` by measure (n, places, days).

    ``people`` live in the origins, by place and everywhere; without them nothing is bounded.
    ``has_traffic``: ordinary travellers pass some crossings. ``closed`` places and days, by measure
    of the shape of ``d``, have nobody (closures.py).

    Where no household is simulated the count is of few: in series that are ``not_simulated`` half a
    household with its error, and after a closure of other ``counted`` ones a number with the mean
    ``few_by_series`` (half a household if nothing has been counted since) and the law Gamma(1/2) of
    ``chance`` (n,), without error on days on which most runs have nobody. A wait is half an hour at
    least; fewer than half a person are nobody.
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
        """Draws of the value of every row (measure, place, from, to), (n, n_rows).

        A row of several days is the sum of its days, so that rows agree. ``shape`` is applied to
        the draws of single days first.
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
        """Most people in each of several rows of a series, simulated in runs as (runs, n_rows)."""
        everybody = self.people.get(EVERYWHERE, np.inf)
        if not is_bounded(measure, has_traffic=self.has_traffic):
            everybody = np.inf
        at_home = schema.measures()[measure].place_kind == "origin"
        people = min(self.people.get(place, everybody), everybody) if at_home else everybody
        largest = simulated.max(axis=0)
        # A stock of more people than there are starts from a count that includes others.
        beyond = np.inf if is_stock(measure) else largest
        return np.asarray(np.where(largest > people, beyond, people))

    def model_share(self, values: F64) -> F64:
        """Share of the model's error in the variance of ln of values (n, n_rows), (n_rows,).

        The variance of draws of the same run, over that of all; the rest, between runs, is chance
        and parameters (law of total variance).
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
        """Draws of the values of some days of a place or area, (n, days), and which are of few."""
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
        if _is_count(measure) and (measure, place) not in self.not_simulated:
            if (measure, place) not in self.counted or self.chance is None:
                return values, none
            mean = self.few_by_series.get((measure, place), half)
            least = 2.0 * mean * self.chance[:, None]  # Gamma(1/2) has mean 1/2
            none = is_closed | (lacks & (np.median(of_runs, axis=0) < half))
        lacking = np.where(lacks, np.maximum(least - simulated, 0.0), 0.0)
        values = np.where(none, least, values + lacking * error.mean(axis=1))
        values[is_closed] = 0.0
        return np.where(values < 0.5, 0.0, values) if _is_count(measure) else values, none


def adjusted(cells: Mapping[str, Cells], figures: pl.DataFrame) -> dict[str, Cells]:
    """The cells with the weekly rhythm of counts, and stocks from the level of the last count."""
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
    """Draws of runs and of the model's error given figures (columns of observations).

    ``day`` is the day on which they are known, ``draws`` the number of draws, ``rng`` their
    random numbers, ``errors`` the sizes of the model's error by kind of measure (those learned from
    hindcasts if not given), ``people`` those of the origins (:func:`people_of`), and
    ``has_traffic`` whether ordinary travellers pass some crossings. Cells are
    :func:`adjusted`. Interruptions, closures and contradictions are left out (informative.py).
    Without figures the draws are those of the prior.
    """
    cells = adjusted(cells, figures)
    known = Known.of(cells, informative(cells, figures, scale), scale)
    spread = known.spread(len(known))
    of_measures = figures_of(cells, known.rows, day)
    missing = known.counted - spread.middle
    every = distributions(of_measures, spread, missing, known.variance, errors)
    number_of = shared_out(np.array([joint.weight for joint in every]), draws)
    runs = shared_out(np.full(len(known.simulated), 1.0 / len(known.simulated)), draws)
    runs = rng.permutation(runs)
    patterns = Patterns.of(patterns_given(every, spread, missing), draws, rng)
    moved = patterns.moved(runs)
    d = {m: np.empty((draws, *c.values.shape[1:]), np.float32) for m, c in cells.items()}
    numbers = np.unique(number_of)

    def draw(number: int, own_rng: np.random.Generator) -> None:
        at = slice(*np.searchsorted(number_of, (number, number + 1)))
        given = _Given(known, spread, missing, every[number], patterns)
        own = {m: drawn[at] for m, drawn in d.items()}
        given.draw(cells, of_measures, runs[at], moved[at], scale, own_rng, own)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
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
    """Draws of consecutive days (n, days) of at most so many people: the first come first."""
    if most == np.inf:
        return daily
    beyond = np.maximum(daily.cumsum(axis=1) - most, 0.0)
    return np.asarray(daily - np.diff(beyond, axis=1, prepend=0.0))


def people_of(scenario: Scenario) -> dict[str, float]:
    """People of each origin and of all, and those abroad; None where departures are given."""
    if scenario.tables["departures"].height:
        return {}
    places = scenario.tables["places"].drop_nulls("population").filter(pl.col("population") > 0)
    at_home = dict(places.select("id", pl.col("population").cast(pl.Float64)).iter_rows())
    abroad = float(scenario.tables["present"]["persons"].sum() or 0)
    people = {origin: n + abroad for origin, n in at_home.items()}
    return people | ({EVERYWHERE: sum(at_home.values()) + abroad} if people else {})


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """Draws of the logarithms that move cells, given figures and one joint distribution."""

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
        """Write additions to the logarithm of each cell, (n, places, days) by measure.

        ``by_patterns`` (n, K) are the patterns drawn, less those of the ``runs`` (n,).
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
            over_places = _root(error.over_places(f.countries))
            over_days = _root(error.over_days(f.of_days.shape[1]))
            z = sizes.of_places[:, None] * over_places @ rng.standard_normal(shape)
            moved[f.measure] = z @ over_days.T
            on_days = moved[f.measure] @ f.of_days.T
            of_errors[:, f.which] += (on_days * f.of_places.T).sum(axis=1)
        both = np.concatenate([of_errors, self.missing - of_runs])
        solved = np.asarray(np.linalg.solve(joint.covariance, both.T).T, np.float64)
        by_errors, by_counts = solved[:n], solved[n:]
        for f in figures:
            sizes = joint.sizes[f.measure]
            size, factor = np.sqrt(sizes.s2)[:, None], factors[f.measure][:, :, None]
            for measure in f.measures:
                anomaly, level, effect = self._of_groups(cells[measure], f, scale)
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
        of_series = np.array([[s == name for s in f.series] for name in sizes.names], dtype=float)
        own = of_series.reshape(len(sizes.names), -1) * self.spread.level[f.which]
        offsets += ((z[:, f.which] @ own.T) * sizes.s2)[:, sizes.group, None] * level[sizes.group]
        return np.asarray(offsets)

    def _of_groups(self, cells: Cells, figures: Figures, scale: int) -> tuple[F64, F64, F64]:
        """Daily anomalies of runs (runs, groups, days) and the effects on them.

        The effect of the level of each group, (groups, days), and of patterns on what it leaves,
        (K, groups, days).
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


def shared_out(weight: F64, draws: int) -> NDArray[np.intp]:
    """The number of each draw, in proportion to the weights (systematic resampling)."""
    at = (np.arange(draws) + 0.5) / draws
    rows = np.searchsorted(np.cumsum(weight), at, side="right")
    return np.minimum(rows, len(weight) - 1).astype(np.intp)
