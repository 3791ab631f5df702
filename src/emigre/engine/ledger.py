"""Integer books: each day's counts are added up, checked, and handed over as Counts.

Conservation, every day, in persons:
    at_home + trapped + preparing + travelling + stock_returned   (by origin)
    + waiting (by crossing) + stock by status (by country) = population
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.engine.compile import Compiled
from emigre.errors import BooksError
from emigre.results.counts import By, Counts
from emigre.state import I64, Books, measure_index, zeros_books

KINDS = ("origin", "crossing", "country")
STATUS_STOCKS = tuple(f"stock_{s}" for s in schema.statuses())
AT_HOME_STOCKS = ("at_home", "trapped", "preparing", "travelling", "stock_returned")


@dataclass
class Ledger:
    """The books of one run, day after day."""

    plan: Compiled
    books: Books = field(init=False)
    values: dict[str, I64] = field(init=False)
    _means: dict[str, tuple[NDArray[np.float64], I64]] = field(init=False)
    _sparse: list[tuple[NDArray[np.int64], ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        world, n = self.plan.world, self.plan.n_days
        sizes = {
            "origin": world.n_origins,
            "crossing": world.n_crossings,
            "country": world.n_countries,
        }
        self.books = zeros_books(
            world.n_origins, world.n_crossings, world.n_countries, len(self.plan.categories)
        )
        self.books.origin[measure_index("origin")["at_home"]] = self.plan.people_at_home
        # The outlook of the first morning sees them; the evening derives the stock anew.
        present = self.plan.present.sum(axis=0) * world.scale
        self.books.country[measure_index("country")["stock"], :, 0] = present
        self.values = {
            m.name: np.zeros((n, sizes[m.place_kind]), np.int64)
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

    def close_day(self, day: int) -> None:
        """Write down the day, check that the books balance, and clear the flows."""
        derive(self.books, self.plan.beds)
        for kind in KINDS:
            book = getattr(self.books, kind)
            for name, row in measure_index(kind).items():
                if name in self.values:
                    self.values[name][day] = book[row].sum(axis=1)
        for name, (total, weight) in self._sums().items():
            self._means[name][0][day], self._means[name][1][day] = total, weight
        self._check(day)
        if self.plan.by is not None:
            self._keep_categories(day)
        self._clear_flows()

    def _sums(self) -> dict[str, tuple[NDArray[np.float64], I64]]:
        """Sums and weights of the measures that are means."""
        return {
            "wait_hours": (self.books.wait_hours, self.books.wait_served),
            "rootedness": (self.books.roots, self.books.rooted),
        }

    def _check(self, day: int) -> None:
        total = sum(int(self.values[m][day].sum()) for m in (*AT_HOME_STOCKS, "waiting", "stock"))
        if total != self.plan.population:
            raise BooksError(
                f"{self.plan.scenario.dates[day]}: {total} persons are in the books, "
                f"{self.plan.population} live in the scenario"
            )
        for name, counted in self.values.items():
            if (counted[day] < 0).any():
                raise BooksError(f"{self.plan.scenario.dates[day]}: {name} is negative")

    def _clear_flows(self) -> None:
        for kind in KINDS:
            book = getattr(self.books, kind)
            for name, row in measure_index(kind).items():
                if schema.measures()[name].kind == "flow":
                    book[row] = 0
        for total, weight in self._sums().values():
            total[:] = 0.0
            weight[:] = 0

    def _keep_categories(self, day: int) -> None:
        numbers = {name: i for i, name in enumerate(schema.measures())}
        for kind in KINDS:
            book = getattr(self.books, kind)
            names = list(measure_index(kind))
            row, place, category = np.nonzero(book)
            measure = np.array([numbers[names[r]] for r in row], np.int64)
            value = book[row, place, category]
            self._sparse.append((np.full(row.size, day), measure, place, category, value))

    def counts(self) -> Counts:
        """Everything that was written down."""
        plan, index = self.plan, self.plan.index
        return Counts(
            start=plan.scenario.start,
            places={
                "origin": index.origins,
                "crossing": index.crossings,
                "country": index.countries,
            },
            values=self.values,
            means=self._means,
            country_of={r["id"]: r["country"] for r in index.crossing_rows},
            areas=index.areas,
            by=self._by(),
        )

    def _by(self) -> By | None:
        if self.plan.by is None:
            return None
        day, measure, place, category, value = (
            np.concatenate(part) for part in zip(*self._sparse, strict=True)
        )
        return By(
            self.plan.by,
            self.plan.categories,
            day.astype(np.int32),
            measure.astype(np.int32),
            place.astype(np.int32),
            category.astype(np.int32),
            value,
        )


def derive(books: Books, beds: I64) -> None:
    """Measures that follow from others: passages, stock, beds used, unsheltered."""
    x, c = measure_index("crossing"), measure_index("country")
    books.crossing[x["passages"]] = (
        books.crossing[x["entered"]] + books.crossing[x["entered_ordinary"]]
    )
    books.country[c["stock"]] = sum(books.country[c[s]] for s in STATUS_STOCKS)
    share_beds(books.country[c["in_need"]], beds, books.country[c["reception_beds_used"]])
    books.country[c["unsheltered"]] = (
        books.country[c["in_need"]] - books.country[c["reception_beds_used"]]
    )


def share_beds(in_need: I64, beds: I64, used: I64) -> None:
    """Beds used by (country, category): all in need while there are beds, else in proportion.

    Whole beds are given by the steps of the rounded-down running total, so their sum is exact.
    """
    total = in_need.sum(axis=1)
    running = np.cumsum(in_need, axis=1)
    granted = np.minimum(total, beds)[:, None] * running // np.maximum(total, 1)[:, None]
    used[:] = np.diff(granted, axis=1, prepend=0)
