"""Ledger: sum the counts of each day, check that they balance, and return them as Counts.

Conservation, every day, in persons:
    at_home + trapped + preparing + travelling + stock_returned   (by origin)
    + waiting (by crossing) + stock by status (by country) = population
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.engine.build import Compiled
from emigre.engine.space import zero_accounts
from emigre.errors import BooksError
from emigre.numerics.jit import kernel, repeated
from emigre.processes.arrays import (
    C_ABROAD,
    C_BEDS_USED,
    C_IN_NEED,
    C_STOCK,
    C_STOCK_DISPLACED,
    C_UNSHELTERED,
    I64,
    O_AT_HOME,
    O_DEPARTURES_MISSING,
    O_PREPARING,
    O_STOCK_RETURNED,
    O_TRAPPED,
    O_TRAVELLING,
    X_ENTERED,
    X_ENTERED_ORDINARY,
    X_PASSAGES,
    X_QUEUED,
    X_WAITING,
    X_WAITING_ORDINARY,
    Accounts,
    Cohorts,
    measure_index,
)
from emigre.results.counts import Arrivals, By, Counts

KINDS = ("origin", "crossing", "country")
STATUS_STOCKS = tuple(measure_index("country")[f"stock_{s}"] for s in schema.statuses())
"""Rows of the stocks by status, which partition the people abroad or displaced."""
ORDINARY = "ordinary travellers"
"""Category of ordinary travellers in tables by category."""
_ORDINARY_PART = {
    **{row: row for name, row in measure_index("crossing").items() if name.endswith("_ordinary")},
    X_PASSAGES: X_ENTERED_ORDINARY,
    X_QUEUED: X_WAITING_ORDINARY,
}
"""Rows that count ordinary travellers, and the row of those among them."""


@dataclass
class Ledger:
    """Accounts of one run, day by day.

    ``history`` holds the counts of closed days: kind -> (days, measures, places) in the order of
    the accounts; ``values`` are the measures of a kind by name.
    """

    plan: Compiled
    accounts: Accounts = field(init=False)
    history: dict[str, I64] = field(init=False)
    values: dict[str, I64] = field(init=False)
    _means: dict[str, tuple[NDArray[np.float64], I64]] = field(init=False)
    _population: int = field(init=False)
    _close_books: Callable[..., tuple[int, int]] = field(init=False)
    _arrived: list[I64] = field(default_factory=list)
    _sparse: list[tuple[NDArray[np.int32] | I64, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        world, n = self.plan.world, self.plan.n_days
        sizes = {
            "origin": world.n_origins,
            "crossing": world.n_crossings,
            "country": world.n_countries,
        }
        self._population = self.plan.population
        self._close_books = repeated(close_books)
        self.accounts = zero_accounts(
            world.n_origins, world.n_crossings, world.n_countries, len(self.plan.categories)
        )
        self.accounts.origin[measure_index("origin")["at_home"]] = self.plan.people_at_home
        # For the outlook of the first morning; the evening recomputes the stock.
        present = self.plan.present.sum(axis=0) * world.scale
        self.accounts.country[measure_index("country")["stock"], :, 0] = present
        self.history = {
            kind: np.zeros((n, len(measure_index(kind)), sizes[kind]), np.int64) for kind in KINDS
        }
        self.values = {
            m.name: self.history[m.place_kind][:, measure_index(m.place_kind)[m.name]]
            for m in schema.measures().values()
            if m.kind != "mean"
        }
        self._means = {
            m.name: (
                np.zeros((n, sizes[m.place_kind])),
                np.zeros((n, sizes[m.place_kind]), np.int64),
            )
            for m in schema.measures().values()
            if m.kind == "mean"
        }

    def count_missing(self, owed: I64, cohorts: Cohorts) -> None:
        """Count `owed` (pools,), those who should have left with no household left at home.

        They are spread over origins in proportion to the population of the first day.
        """
        plan, missing = self.plan, self.accounts.origin[O_DEPARTURES_MISSING]
        missing[:] = 0
        for pool in np.flatnonzero(owed > 0):
            here = plan.world.pool == pool
            if cohorts.row.total[here[cohorts.row.origin]].any():
                continue
            people = plan.people_at_home[here].astype(np.float64)
            weight = people if people.any() else np.ones_like(people)
            running = np.floor(np.cumsum(weight) / weight.sum() * owed[pool] + 0.5)
            missing[here] = np.diff(running, prepend=0.0).astype(np.int64).reshape(weight.shape)

    def close_day(self, day: int) -> None:
        """Record the day, check that the accounts balance, and reset the flows."""
        written = (self.history[kind][day] for kind in KINDS)
        total, low = self._close_books(self.accounts, self.plan.beds, *written)
        for name, (amount, weight) in self._sums().items():
            self._means[name][0][day], self._means[name][1][day] = amount, weight
        self._check(day, total, low)
        self._keep_pairs(day)
        if self.plan.by is not None:
            self._keep_categories(day)
        self._clear_flows()

    def _sums(self) -> dict[str, tuple[NDArray[np.float64], I64]]:
        """Sums and weights of measures that are means."""
        return {
            "wait_hours": (self.accounts.wait_hours, self.accounts.wait_served),
            "rootedness": (self.accounts.roots, self.accounts.rooted),
        }

    def _check(self, day: int, total: int, low: int) -> None:
        if total != self._population:
            raise BooksError(
                f"{self.plan.scenario.dates[day]}: {total} persons are in the accounts, "
                f"{self._population} live in the scenario"
            )
        if low < 0:
            name = next(name for name, counted in self.values.items() if (counted[day] < 0).any())
            raise BooksError(f"{self.plan.scenario.dates[day]}: {name} is negative")

    def _clear_flows(self) -> None:
        for kind in KINDS:
            getattr(self.accounts, kind)[_flow_rows(kind)] = 0
        self.accounts.arrived[:] = 0
        for total, weight in self._sums().values():
            total[:] = 0.0
            weight[:] = 0

    def _keep_pairs(self, day: int) -> None:
        pairs = self.accounts.arrived.ravel()
        pair = np.flatnonzero(pairs)
        kept = np.empty((3, pair.size), np.int64)
        kept[0], kept[1], kept[2] = day, pair, pairs[pair]
        self._arrived.append(kept)

    def _keep_categories(self, day: int) -> None:
        numbers = {name: i for i, name in enumerate(schema.measures())}
        for kind in KINDS:
            counts = getattr(self.accounts, kind)
            if kind == "crossing":
                counts = with_ordinary(counts)
            names = list(measure_index(kind))
            row, place, category = np.nonzero(counts)
            measure = np.array([numbers[name] for name in names], np.int32)[row]
            value = counts[row, place, category]
            where = (a.astype(np.int32) for a in (measure, place, category))
            self._sparse.append((np.full(row.size, day, np.int32), *where, value))

    def counts(self) -> Counts:
        """All recorded counts."""
        plan, index = self.plan, self.plan.index
        return Counts(
            start=plan.scenario.start,
            places=index.places,
            values={name: np.ascontiguousarray(v) for name, v in self.values.items()},
            means=self._means,
            country_of=index.country_of,
            areas=index.areas,
            by=self._by(),
            arrivals=Arrivals.of(self._arrived, plan.world.n_countries),
        )

    def _by(self) -> By | None:
        if self.plan.by is None:
            return None
        day, measure, place, category, value = (
            np.concatenate(part) for part in zip(*self._sparse, strict=True)
        )
        categories = (*self.plan.categories, ORDINARY)
        return By(self.plan.by, categories, day, measure, place, category, value)


def with_ordinary(counts: I64) -> I64:
    """Counts of crossings (measures, X, K + 1), with ordinary travellers as the last category.

    counts: (measures, X, K), in which they are in the first category, although they belong to no
    group. Nothing but tables by category reads it.
    """
    split = np.pad(counts, ((0, 0), (0, 0), (0, 1)))
    for row, part in _ORDINARY_PART.items():
        split[row, :, 0] -= counts[part, :, 0]
        split[row, :, -1] = counts[part, :, 0]
    return split


@cache
def _flow_rows(kind: str) -> I64:
    """Rows of the flows."""
    flows = [row for n, row in measure_index(kind).items() if schema.measures()[n].kind == "flow"]
    return np.array(flows, np.int64)


@kernel
def close_books(
    accounts: Accounts, beds: I64, origins: I64, crossings: I64, countries: I64
) -> tuple[int, int]:
    """Derive measures, and write the day's counts (measures, places) of each kind of place.

    Returns the persons in the accounts, and the lowest count. beds: (D).
    """
    derive(accounts, beds)
    low = min(
        add_categories(accounts.origin, origins),
        add_categories(accounts.crossing, crossings),
        add_categories(accounts.country, countries),
    )
    total = sum(crossings[X_WAITING]) + sum(countries[C_STOCK])
    for m in (O_AT_HOME, O_TRAPPED, O_PREPARING, O_TRAVELLING, O_STOCK_RETURNED):
        total += sum(origins[m])
    return total, low


@kernel
def add_categories(counts: I64, out: I64) -> int:
    """Sum counts (measures, places, categories) over categories; returns the lowest sum, or 0."""
    low = 0
    for m in range(counts.shape[0]):
        for i in range(counts.shape[1]):
            total = 0
            for n in counts[m, i]:
                total += n
            out[m, i] = total
            low = min(low, total)
    return low


@kernel
def derive(accounts: Accounts, beds: I64) -> None:
    """Derived measures: passages, queued, stock, abroad, beds, unsheltered. beds: (D)."""
    x, c = accounts.crossing, accounts.country
    for i in range(x.shape[1]):
        for k in range(x.shape[2]):
            x[X_PASSAGES, i, k] = x[X_ENTERED, i, k] + x[X_ENTERED_ORDINARY, i, k]
            x[X_QUEUED, i, k] = x[X_WAITING, i, k] + x[X_WAITING_ORDINARY, i, k]
    share_beds(c[C_IN_NEED], beds, c[C_BEDS_USED])
    for d in range(c.shape[1]):
        for k in range(c.shape[2]):
            stock = 0
            for row in STATUS_STOCKS:
                stock += c[row, d, k]
            c[C_STOCK, d, k] = stock
            c[C_ABROAD, d, k] = stock - c[C_STOCK_DISPLACED, d, k]
            c[C_UNSHELTERED, d, k] = c[C_IN_NEED, d, k] - c[C_BEDS_USED, d, k]


@kernel
def share_beds(in_need: I64, beds: I64, used: I64) -> None:
    """Beds used by (country, category): everybody in need while beds suffice, else in proportion.

    Whole beds are the increments of the running total rounded down, so that their sum is exact.
    """
    for d in range(beds.size):
        total = sum(in_need[d])
        running, before = 0, 0
        for k in range(in_need.shape[1]):
            running += in_need[d, k]
            granted = min(total, beds[d]) * running // max(total, 1)
            used[d, k] = granted - before
            before = granted
