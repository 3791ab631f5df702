"""The figure of a claim in every run of a run folder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.errors import ResultsError
from emigre.factcheck.statement import Claim, NotComparableError, Side
from emigre.results.folder import Results
from emigre.results.tables import summarise


@dataclass(frozen=True, slots=True)
class Simulated:
    """The figure in the runs: quantiles, and the number of runs within the claimed range.

    ``withheld`` names the quantiles that are small counts and must not be shown.
    """

    q05: float
    q50: float
    q95: float
    runs: int
    inside: int
    withheld: frozenset[str] = frozenset()


class Book:
    """Daily values of the series in the claims: arrays of shape (runs, days)."""

    def __init__(self, results: Results, claims: Iterable[Claim]) -> None:
        self.results, self.info = results, results.info
        self._groups: pl.DataFrame | None = None
        pairs = results.summary.select(pl.col("measure", "place").cast(pl.String)).unique()
        self.known = set(pairs.iter_rows())
        self.counted = {measure for measure, _ in self.known}
        sides = {s for c in claims if not c.attribute for s in (c.this, c.than) if s is not None}
        wanted = {(s.measure, s.place) for s in sides} & self.known
        self.values = self._read(wanted) if wanted else {}

    def _read(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], NDArray[np.float64]]:
        """Read the daily table in one pass, because it may not fit into memory."""
        lazy = self.results.scan_daily()
        kinds = lazy.collect_schema()
        frame = lazy.filter(
            *(
                _is_one_of(name, {pair[i] for pair in wanted}, kinds[name])
                for i, name in enumerate(("measure", "place"))
            )
        ).collect()
        shape = (self.info.runs, self.info.n_days)
        found = {}
        for key, part in frame.partition_by("measure", "place", as_dict=True).items():
            if key in wanted:
                days = part.sort("run", "date")["value"].to_numpy()
                if days.size != shape[0] * shape[1]:
                    raise ResultsError(f"{self.results.folder} is damaged: daily.parquet has gaps")
                found[str(key[0]), str(key[1])] = days.reshape(shape)
        return found

    def days_of(self, side: Side, claim: Claim) -> NDArray[np.float64]:
        """Values of a side on its days, shape (runs, days of the side)."""
        first = (side.start - self.info.start).days
        last = (side.end - self.info.start).days
        if first < 0 or last > self.info.n_days:
            span = f"{self.info.start} to {self.info.end}"
            raise NotComparableError(f"its dates lie outside the run, {span}")
        self._refuse_unknown(side)
        if claim.attribute is not None:
            return self._by_category(side, claim)[:, first:last]
        key = (side.measure, side.place)
        if key not in self.values:  # series that are zero throughout are omitted
            return np.zeros((self.info.runs, last - first))
        return self.values[key][:, first:last]

    def _refuse_unknown(self, side: Side) -> None:
        """Distinguish places with zero counts from places without the measure."""
        name = self.info.places.get(side.place)
        if name is None:
            raise NotComparableError(f"the run has no place {side.place}")
        measures = schema.measures()
        what = side.measure.replace("_", " ")
        if side.measure not in self.counted:
            raise NotComparableError(f"the run has no {what} at any place on any day")
        kinds = {measures[m].place_kind for m, p in self.known if p == side.place and m in measures}
        if kinds and side.spec.place_kind not in kinds:
            raise NotComparableError(f"the run does not count {what} at {name}")

    def _by_category(self, side: Side, claim: Claim) -> NDArray[np.float64]:
        if self._groups is None:
            self._groups = self.results.groups
        if self._groups is None or self.info.by != claim.attribute:
            raise NotComparableError(
                f"the run was not counted by {claim.attribute} (--by {claim.attribute})"
            )
        wanted: dict[str, tuple[str, ...]] = {
            "measure": (side.measure,),
            "place": (side.place,),
        }
        if claim.categories:
            wanted["category"] = claim.categories
        rows = self._groups
        for name, names in wanted.items():
            rows = rows.filter(_is_one_of(name, names, rows.schema[name]))
        day = (rows["date"] - self.info.start).dt.total_days().to_numpy()
        values = np.zeros((self.info.runs, self.info.n_days))
        np.add.at(values, (rows["run"].to_numpy(), day), rows["value"].to_numpy())
        return values

    def figure(self, side: Side, claim: Claim) -> NDArray[np.float64]:
        """Sum of a flow, mean of a stock or wait, by run: (n_runs,); nan without people."""
        days = self.days_of(side, claim)
        if side.is_flow:
            return np.asarray(days.sum(axis=1), dtype=np.float64)
        there = ~np.isnan(days)
        total = np.where(there, days, 0.0).sum(axis=1)
        number = there.sum(axis=1)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _is_one_of(column: str, names: Iterable[str], kind: pl.DataType) -> pl.Expr:
    """A condition on an enum column; unknown names are ignored."""
    known = set(kind.categories) if isinstance(kind, pl.Enum) else set(names)
    conditions = [pl.col(column) == name for name in sorted(known & set(names))]
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)


def in_the_runs(book: Book, claim: Claim) -> Simulated:
    """Quantiles over the runs of the figure of a claim."""
    assert claim.this is not None
    assert claim.range is not None
    values, small = book.figure(claim.this, claim), book.info.small_count
    withheld: frozenset[str] = frozenset()
    if claim.kind == "value":
        values = values * claim.factor
    elif claim.than_value is not None:
        _refuse_few(claim.this, values, small)
        values = values * claim.factor / claim.than_value
    else:
        assert claim.than is not None
        than = book.figure(claim.than, claim)
        _refuse_few(claim.this, values, small)
        _refuse_few(claim.than, than, small, is_divisor=True)
        values = _a_day(claim.this, values) / _a_day(claim.than, than)
    values = values[~np.isnan(values)]
    if not values.size:
        raise NotComparableError("nobody was served on these days")
    found = {name: float(q[0]) for name, q in summarise(values[:, None]).items()}
    if claim.kind == "value" and claim.this.spec.unit == "persons":
        withheld = frozenset(n for n, q in found.items() if 0 < q / claim.factor < small)
    inside = int(((claim.range.low <= values) & (values <= claim.range.high)).sum())
    q05, q50, q95 = (found[name] for name in ("q05", "q50", "q95"))
    return Simulated(q05, q50, q95, int(values.size), inside, withheld)


def _a_day(side: Side, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values / side.n_days if side.is_flow else values


def _refuse_few(
    side: Side, values: NDArray[np.float64], small: int, is_divisor: bool = False
) -> None:
    """Reason to withhold a ratio of small counts: it is noise and could identify people."""
    some = values[~np.isnan(values)]
    lowest = float(some.min()) if some.size else math.nan
    if is_divisor and lowest <= 0:
        raise NotComparableError("nobody to compare with in some run")
    if side.spec.unit == "persons" and 0 < lowest < small:
        raise NotComparableError(f"fewer than {small} persons in some run: too few for a ratio")
