"""Forecast measures without counts: departures, people staying, need, beds and queues.

Each follows a counted measure, its *leader* L (:data:`LEADERS`). Candidates are the flow itself,
then levels, then arrivals at the place, then departures, which are counted and followed for all
places together. A leader must be counted where at least half of its people are simulated, so that
one small place does not lead all others. Of several in a group the one with most figures leads; if
no measure is counted well enough, the one with the largest share of counted people.

Let i be the run of a draw, L(S) the value of the leader over days S in the draw, and L_i(S) that in
the run. A flow becomes

    x(S) = x_i(S) L(S) / L_i(S) k e

where S are the days of the flow. If it follows another kind of flow, S is at least the week around
them, because people set out some days before they cross. A level that follows a level takes its own
day as S. A level that follows a flow keeps the people from before the start who may still be there,
and scales the others by the whole flow up to its day,

    x(t) = b_i(t) + (x_i(t) - b_i(t)) L(t_0..t) / L_i(t_0..t) k e
    b_i(t) = min(max(x_i(t_0) - A_i(t_0), 0), x_i(t))

where A are the arrivals at the place: L itself if it measures arrivals. Runs differ in the ratio of
x to L, and k shifts the ratio of run i towards those that the counts make likely (patterns.py).

A level at several places is the sum of its places, each with its own counts or leader, to first
order (:func:`sum_over_places`): draws have no mean, and one small place would determine the upper
end of a plain sum. Counted series follow their own counts alone. So do departures that are an
input, which lead no other series.

e is the error of x given L: the part of its measure's error (model_error.py) that places do not
share, and none for arrivals at the same place. Without a leader it is the error of the measure.
It shifts logarithms by s t, where s^2 is the mean of the covariance over the days and t has a t
distribution. Draws take the quantiles of t in turn, and their runs are in random order.

With need N and B beds in a country, min(N, B) beds are in use and max(N - B, 0) people have none,
as in the simulation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.baselines import Series
from emigre.evaluation.model_error import ModelError, error_factors, error_of
from emigre.forecasting.cells import Cells, values_of
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.known import least_of
from emigre.numerics.array_types import F64
from emigre.results.counts import EVERYWHERE
from emigre.results.planning import MEASURES, spans_of
from emigre.results.window import is_stock

ARRIVALS = ("arrived", "entered", "passages")
LEVELS = ("stock", "abroad", "present")
NEED, USED, WITHOUT = "in_need", "reception_beds_used", "unsheltered"
DEPARTURES = ("departed",)
LEADERS = {
    "departed": (ARRIVALS,),
    **dict.fromkeys(("arrived", "entered"), (ARRIVALS, DEPARTURES)),
    **dict.fromkeys((NEED, *LEVELS), (LEVELS, ARRIVALS, DEPARTURES)),
}
"""Candidates for the leader of each measure, in groups, the best group first."""
_WEEK = 7
_ENOUGH = 0.5
"""Share of simulated people at places with figures that a leader should have."""


def targets(places: pl.DataFrame, first: date, days: int) -> pl.DataFrame:
    """Rows to forecast at all places: the last day of each span for stocks, else the whole span."""
    rows = [
        {"measure": measure, "place": place, "from": start, "to": first + timedelta(days=n)}
        for place, kind in places.select("id", "kind").iter_rows()
        for measure in MEASURES.get("country" if kind == "camp" else kind, ())
        for n in spans_of(days)
        for start in [first + timedelta(days=n - 1 if is_stock(measure) else 0)]
    ]
    names = {"measure": pl.String, "place": pl.String, "from": pl.Date, "to": pl.Date}
    return pl.DataFrame(rows, schema=names)


@dataclass(frozen=True, eq=False)
class Following:
    """Draws of measures that follow counted ones.

    Attributes
    ----------
    conditioned : Conditioned
        Draws given the counts.
    cells : mapping
        Cells of all measures.
    figures : mapping
        Number of counts by series.
    counted : callable
        Function that draws the conditioned values of rows, (n, n_rows).
    beds : mapping
        Number of beds by place.
    departures_given : bool
        Whether departures are an input rather than counts.
    """

    conditioned: Conditioned
    cells: Mapping[str, Cells]
    figures: Mapping[Series, int]
    counted: Callable[[pl.DataFrame], F64]
    beds: Mapping[str, int]
    departures_given: bool = False
    _leaders: dict[tuple[Any, ...], tuple[F64, F64]] = field(default_factory=dict, init=False)
    """Cache of :meth:`_leader_values`, by rows."""

    def values(self, rows: pl.DataFrame) -> F64:
        """Draws of rows (measure, place, from, to), (n, n_rows)."""
        out = np.empty((len(self.conditioned.runs), rows.height))
        for (name, where), own in rows.with_row_index("at").group_by("measure", "place"):
            measure, place = str(name), str(where)
            of_beds = measure in (USED, WITHOUT) and (measure, place) not in self.figures
            drawn = self._within_limits(_for_series(own, NEED if of_beds else measure, place))
            beds = self.beds.get(place, 0)
            if of_beds:
                used = np.minimum(drawn, beds)
                drawn = used if measure == USED else drawn - used
            out[:, own["at"].to_numpy()] = drawn
        return out

    def _within_limits(self, rows: pl.DataFrame) -> F64:
        """Draws of rows of one series, limited to the number of people."""
        measure, place, *_ = rows.row(0)
        drawn = self._draws(measure, place, rows)
        simulated = values_of({**self.cells, **self.conditioned.cells}, rows)
        return np.minimum(drawn, self.conditioned.most(measure, place, simulated))

    def leader(self, measure: str, place: str) -> str | None:
        """Counted measure that a series follows, which may be its own; None without one."""
        if self.figures.get((measure, place)):
            return measure
        own = () if is_stock(measure) else ((measure,),)
        leaders = (
            g for g in LEADERS.get(measure, ()) if not (g == DEPARTURES and self.departures_given)
        )
        groups: tuple[tuple[str, ...], ...] = (*own, *leaders)
        candidates = [m for several in groups for m in several]
        covered = {m: self.counted_share(m, _place_of(m, place)) for m in candidates}
        figures = {m: self._n_figures(m, _place_of(m, place)) for m in candidates}
        for several in groups:
            well = [m for m in several if covered[m] >= _ENOUGH]
            if well:
                return max(well, key=figures.__getitem__)
        best = max(candidates, key=covered.__getitem__, default=measure)
        return best if figures.get(best) else None

    def counted_share(self, measure: str, place: str) -> float:
        """Share of the simulated people of an area who are at places with figures."""
        cells = self.cells.get(measure)
        if cells is None or place not in cells.rows:
            return 0.0
        counted = [
            cells.rows.get(p, ()) for (m, p), n in self.figures.items() if m == measure and n
        ]
        people = self._simulated_people[measure][cells.rows[place]]
        has_figures = np.isin(cells.rows[place], np.concatenate([[], *counted]))
        return float(np.average(has_figures, weights=people if people.any() else None))

    @cached_property
    def _simulated_people(self) -> dict[str, F64]:
        """Simulated people of each measure at each place, over all runs and days."""
        return {m: np.nan_to_num(c.values).sum(axis=(0, 2)) for m, c in self.cells.items()}

    def _n_figures(self, measure: str, place: str) -> int:
        """Number of figures that include people of a place."""
        rows = self.cells[measure].rows if measure in self.cells else {}
        own = set(rows.get(place, ()))
        return sum(
            n
            for (m, where), n in self.figures.items()
            if m == measure and not own.isdisjoint(rows.get(where, ()))
        )

    def _draws(self, measure: str, place: str, rows: pl.DataFrame) -> F64:
        """Draws of one series for the days of rows."""
        rows = _for_series(rows, measure, place)
        leader = self.leader(measure, place)
        if leader is None:
            return self._without_leader(measure, rows)
        cells = self.cells[measure]
        own = cells.rows[place]
        if is_stock(measure) and len(own) > 1 and not self.figures.get((measure, place)):
            # In reverse, because a place comes before an area that holds only it.
            names = {at[0]: p for p, at in reversed(list(cells.rows.items())) if len(at) == 1}
            several = np.stack([self._draws(measure, names[i], rows) for i in own])
            return sum_over_places(several, self.conditioned.runs)
        return self.counted(rows) if leader == measure else self._with_leader(leader, rows)

    def _without_leader(self, measure: str, rows: pl.DataFrame) -> F64:
        """Draws of rows of a series without a leader."""
        is_series = rows.select("measure", "place").row(0) in self.figures
        if is_series or (measure in LEADERS and measure in self.conditioned.d):
            return self.counted(rows)
        error, n = error_of(measure), len(self.conditioned.runs)
        simulated = self._of_runs(rows)[self.conditioned.runs]
        return np.asarray(simulated * _factors(error, 1.0, rows, n))

    def _with_leader(self, leader: str, rows: pl.DataFrame) -> F64:
        """Draws of rows of a series with a leader, by the formulas above."""
        measure, place, *_ = rows.row(0)
        simulated = self._of_runs(rows)
        before = np.zeros_like(simulated)
        start = pl.lit(self.cells[leader].start)
        is_same = {measure, leader} <= {*ARRIVALS}
        if not is_stock(measure):
            days = rows if is_same else self._at_least_a_week(rows)
        elif is_stock(leader):
            days = rows
        else:
            days = rows.with_columns(start.alias("from"))
            first = days[:1].with_columns((start + timedelta(days=1)).alias("to"))
            came = self._of_runs(_for_series(first, *self._arrivals_series(leader, place)))
            before = np.minimum(np.maximum(self._of_runs(first) - came, 0.0), simulated)
        led_by = _for_series(days, leader, _place_of(leader, place))
        of_leader, ratio = self._leader_values(led_by)
        logs = self._logs(measure, simulated - before) - self._logs(leader, of_leader)
        ratio = ratio * self._ratio_factors(logs)
        if not is_same:
            error = error_of(measure)
            ratio = ratio * _factors(
                error, 1.0 - error.everywhere - error.country, rows, len(ratio)
            )
        runs = self.conditioned.runs
        return np.asarray(before[runs] + (simulated - before)[runs] * ratio)

    def _ratio_factors(self, logs: F64) -> F64 | float:
        """Factors k of ratios, (n, n_rows), from their logarithms in runs, (runs, n_rows)."""
        patterns = self.conditioned.patterns
        if patterns is None:
            return 1.0
        return np.asarray(np.exp(patterns.adjustments(logs, self.conditioned.runs)))

    def _logs(self, measure: str, simulated: F64) -> F64:
        """Logarithms of simulated values of a measure, (runs, n_rows)."""
        return np.log(np.maximum(simulated, least_of(measure, self.conditioned.scale)))

    def _arrivals_series(self, leader: str, place: str) -> Series:
        """Series of arrivals at a place: the leader or, if departures lead, simulated arrivals."""
        several = ARRIVALS if leader in DEPARTURES else ()
        known = ((m, place) for m in several if m in self.cells and place in self.cells[m].rows)
        return next(known, (leader, _place_of(leader, place)))

    def _at_least_a_week(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with short spans extended to a week around the same days."""
        cells = self.cells[rows["measure"][0]]
        after = cells.start + timedelta(days=cells.values.shape[2])
        lack = _WEEK - (pl.col("to") - pl.col("from")).dt.total_days()
        half = pl.duration(days=pl.max_horizontal(lack, 0) // 2)
        return rows.with_columns(
            pl.max_horizontal(pl.col("from") - half, pl.lit(cells.start)).alias("from"),
            pl.min_horizontal(pl.col("to") + half, pl.lit(after)).alias("to"),
        )

    def _of_runs(self, rows: pl.DataFrame) -> F64:
        """Simulated values of rows, (runs, n_rows)."""
        return np.asarray(values_of(self.cells, rows))

    def _leader_values(self, rows: pl.DataFrame) -> tuple[F64, F64]:
        """Values of a leader in runs, (runs, n_rows), and ratios of draws to them, (n, n_rows).

        The ratio is 1 where the value in the run is 0. All places that follow the same leader on
        the same days share one set of draws.
        """
        key = tuple(rows.iter_rows())
        if key not in self._leaders:
            of_runs = self._of_runs(rows)
            simulated = of_runs[self.conditioned.runs]
            some = simulated > 0
            drawn = self.counted(rows) / np.where(some, simulated, 1.0)
            self._leaders[key] = of_runs, np.where(some, drawn, 1.0)
        return self._leaders[key]


def _place_of(leader: str, place: str) -> str:
    """Place whose counts a place follows: everywhere for departures, else the place itself."""
    return EVERYWHERE if leader in DEPARTURES else place


def _for_series(rows: pl.DataFrame, measure: str, place: str) -> pl.DataFrame:
    """The same days of another series."""
    names = pl.lit(measure).alias("measure"), pl.lit(place).alias("place")
    return rows.select(*names, "from", "to")


def sum_over_places(parts: F64, runs: NDArray[np.intp]) -> F64:
    """Draws of the sum of places to first order, (n, n_rows), from draws (places, n, n_rows).

    The sum is M exp(sum_p w_p ln(v_p / m_p)), with v_p the draw at place p, m_p its median among
    draws of the same run, M the sum of medians, and w_p = m_p / M.
    """
    total = np.empty(parts.shape[1:])
    for run in np.unique(runs):
        own = parts[:, runs == run]
        middle = np.median(own, axis=1, keepdims=True)
        everywhere = middle.sum(axis=0)
        share = middle / np.where(everywhere > 0, everywhere, 1.0)
        off = np.log(np.maximum(own, 0.5) / np.maximum(middle, 0.5))
        total[runs == run] = everywhere * np.exp((share * off).sum(axis=0))
    return total


def _factors(error: ModelError, shared: float, rows: pl.DataFrame, n: int) -> F64:
    """Draws of the factor exp(error) for rows, (n, n_rows)."""
    several = (rows["to"] - rows["from"]).dt.total_days()
    factors = [np.broadcast_to(error_factors(error, shared, days, n), n) for days in several]
    return np.stack(factors, axis=1)
