"""The figure of a claim in every run of a run folder."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from emigre import schema
from emigre.evaluation.model_error import widened
from emigre.evaluation.simulated import SeriesReader
from emigre.factcheck.claim import Claim, NotComparableError, Range
from emigre.numerics.array_types import F64
from emigre.results import window
from emigre.results.disclosure import is_small, small_count_of
from emigre.results.folder import Results
from emigre.results.tables import summarise
from emigre.results.text import words
from emigre.results.window import Quantity


@dataclass(frozen=True, slots=True)
class Simulated:
    """Quantiles over the runs (``withheld``: small ones) and the number of runs that agree."""

    q05: float
    q50: float
    q95: float
    runs: int
    inside: int
    withheld: frozenset[str] = frozenset()


class RunReader:
    """Figures of the claims in every run."""

    def __init__(
        self, results: Results, claims: Iterable[Claim], series: SeriesReader | None = None
    ) -> None:
        self.results, self.info = results, results.info
        self._groups: pl.DataFrame | None = None
        pairs = results.scan_summary().select("measure", "place").unique()
        self.known = set(pairs.collect().iter_rows())
        self.counted = {measure for measure, _ in self.known}
        sides = {s for c in claims if not c.attribute for s in (c.this, c.than) if s is not None}
        self.series = series or SeriesReader(results)
        self.series.load((s.measure, s.place) for s in sides)

    def figure(self, side: Quantity, claim: Claim) -> F64:
        """Value of a side over its days in every run: (n_runs,); nan for a mean without persons."""
        first = (side.start - self.info.start).days
        last = (side.end - self.info.start).days
        if first < 0 or last > self.info.n_days:
            span = f"{self.info.start} to {self.info.end}"
            raise NotComparableError(f"its dates lie outside the run, {span}")
        # Ordinary travellers belong to no group.
        is_split = side.spec.kind != "mean" and not side.measure.endswith("_ordinary")
        if claim.attribute is not None and not is_split:
            raise NotComparableError(f"{words(side.measure)}: not counted by {claim.attribute}")
        self._refuse_unknown(side)
        days = slice(first, last)
        if claim.attribute is None:
            return self.series.value(side.measure, side.place, days)
        counted = self._by_category(side, claim)[:, days]
        return window.value(side.measure, counted, np.zeros_like(counted))

    def moved(self, side: Quantity) -> float:
        """Part of a stock that moved, on the days of a side."""
        days = slice((side.start - self.info.start).days, (side.end - self.info.start).days)
        return float(self.series.moved(side.measure, side.place, [days])[0])

    def _refuse_unknown(self, side: Quantity) -> None:
        """NotComparableError for a place where the measure is not counted; 0 is a count."""
        name = self.info.places.get(side.place)
        if name is None:
            raise NotComparableError(f"the run has no place {side.place}")
        measures = schema.measures()
        what = words(side.measure)
        if side.measure not in self.counted:
            raise NotComparableError(f"the run has no {what} at any place on any day")
        kinds = {measures[m].place_kind for m, p in self.known if p == side.place and m in measures}
        if kinds and side.spec.place_kind not in kinds:
            raise NotComparableError(f"the run does not count {what} at {name}")

    def _by_category(self, side: Quantity, claim: Claim) -> F64:
        if self._groups is None:
            self._groups = self.results.groups
        if self._groups is None or self.info.by != claim.attribute:
            by = claim.attribute
            raise NotComparableError(f"the run was not counted by {by} (--by {by})")
        names = {"measure": [side.measure], "place": [side.place], "category": claim.categories}
        rows = self._groups.filter(
            pl.col(column).cast(pl.String).is_in(known) for column, known in names.items() if known
        )
        day = (rows["date"] - self.info.start).dt.total_days().to_numpy()
        values = np.zeros((self.info.runs, self.info.n_days))
        np.add.at(values, (rows["run"].to_numpy(), day), rows["value"].to_numpy())
        return values


def _figures(reader: RunReader, claim: Claim) -> F64:
    """The figure or ratio of a claim in every run, nan where it is undefined."""
    assert claim.this is not None
    this, other, small = claim.this, claim.than, reader.info.small_count
    values = reader.figure(this, claim)
    if claim.kind == "value":
        return values * claim.factor
    if claim.than_value is not None:
        _refuse_few(this, values, small)
        return values * claim.factor / claim.than_value
    assert other is not None
    than = reader.figure(other, claim)
    _refuse_few(this, values, small)
    _refuse_few(other, than, small, is_divisor=True)
    a_day = window.a_day(this.measure, values, this.n_days)
    return a_day / window.a_day(other.measure, than, other.n_days)


def in_the_runs(reader: RunReader, claim: Claim) -> Simulated:
    """Quantiles over the runs of the figure of a claim."""
    assert claim.this is not None
    assert claim.range is not None
    values, small = _figures(reader, claim), reader.info.small_count
    withheld: frozenset[str] = frozenset()
    values = values[~np.isnan(values)]
    if not values.size:
        nothing = "nobody was served" if claim.this.spec.unit == "hours" else "nothing was measured"
        raise NotComparableError(f"{nothing} on these days")
    spread = values
    if claim.kind == "value":  # much of the model's error cancels in a ratio
        this, fitted = claim.this, reader.info.residuals
        last = this.end - timedelta(days=1)
        moved = reader.moved(this) if claim.attribute is None else 0.0
        spread = widened(values, this.measure, this.place, this.n_days, fitted, last, moved)
    quantiles = {name: float(q[0]) for name, q in summarise(spread[:, None]).items()}
    is_inside = (claim.range.low <= values) & (values <= claim.range.high)
    if claim.kind == "value":
        few = small_count_of(claim.this.measure, small)
        withheld = frozenset(n for n, q in quantiles.items() if is_small(q / claim.factor, few))
        least = few * claim.factor
        # A verdict must not reveal a withheld count, which is anything from 0 to the threshold.
        quantiles |= {n: least if n == "q95" else 0.0 for n in withheld - {"q50"}}
        is_few = is_small(values / claim.factor, few)
        is_inside = np.where(is_few, claim.range.meets(Range(0.0, least)), is_inside)
    q05, q50, q95 = (quantiles[name] for name in ("q05", "q50", "q95"))
    return Simulated(q05, q50, q95, int(values.size), int(is_inside.sum()), withheld)


def _refuse_few(side: Quantity, values: F64, small: int, is_divisor: bool = False) -> None:
    """NotComparableError for a ratio of small counts: it is noise and could identify people."""
    some = values[~np.isnan(values)]
    lowest = float(some.min()) if some.size else math.nan
    if is_divisor and lowest <= 0:
        raise NotComparableError("nobody to compare with in some run")
    if is_small(lowest, small_count_of(side.measure, small)):
        raise NotComparableError(f"fewer than {small} persons in some run: too few for a ratio")
