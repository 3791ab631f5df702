"""Data of charts: the series of a run, read once, by day or by week."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import groupby

import numpy as np
import polars as pl

from emigre import schema
from emigre.calendar import HOURS_PER_DAY
from emigre.evaluation.key_results import rounded_rows, with_interval
from emigre.evaluation.model_error import easier, widened
from emigre.evaluation.simulated import SeriesReader
from emigre.evaluation.vintages import current_figures
from emigre.numerics.array_types import F64
from emigre.results import window
from emigre.results.disclosure import is_small, rounded_to, small_count_of
from emigre.results.folder import Results
from emigre.results.residuals import Residuals
from emigre.results.tables import QUANTILES, summarise
from emigre.scenario.loader import load_resolved
from emigre.scenario.model import Scenario

WEEKLY_FROM_DAYS = 200
EVERYWHERE = "*"
Series = tuple[str, str]
"""A measure and a place."""
Days = tuple[date, date]
"""Half-open days."""
_NEED, _USED = "in_need", "reception_beds_used"
_OF_NEED = (_USED, "unsheltered")


class ChartReader(SeriesReader):
    """The series of a run as charts need them.

    Runs of 200 days and more are shown by week: a value is the mean of its days (waits: of those
    served), taken in each run before the quantiles. Simulated persons below the scenario's small
    count are withheld: they are None wherever they could be read, and drawn as nobody.
    """

    def __init__(self, results: Results, scenario: Scenario | None = None) -> None:
        super().__init__(results)
        if scenario is not None:
            self.scenario = scenario  # as it was read for the run
        self.info = results.info
        self.step = 7 if self.info.n_days >= WEEKLY_FROM_DAYS else 1
        self._fans: dict[tuple[str | date, ...], pl.DataFrame] = {}
        self._published: dict[Series, pl.DataFrame] = {}

    def load(self, series: Iterable[Series]) -> None:
        """Read many series, and the need from which others follow, in one pass."""
        asked = set(series)
        super().load(asked | {(_NEED, place) for measure, place in asked if measure in _OF_NEED})

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return load_resolved(self.results.folder / "scenario")

    @cached_property
    def totals(self) -> dict[str, dict[str, float]]:
        """Mean over the runs, summed over the days, by measure and place."""
        sums = self.results.scan_summary().group_by("measure", "place").agg(pl.col("mean").sum())
        by_measure: dict[str, dict[str, float]] = {}
        for measure, place, mean in sums.collect().iter_rows():
            by_measure.setdefault(measure, {})[place] = mean or 0.0
        return by_measure

    def largest(self, measure: str, kind: str, number: int | None = None) -> list[str]:
        """Places by the size of a measure over the run (of a wait: of its longest queue)."""
        totals = self.totals.get("waiting" if measure == "wait_hours" else measure, {})
        kinds = (kind, "camp") if kind == "country" else (kind,)
        there = [p for p in totals if self.kinds.get(p) in kinds and totals[p] > 0]
        return sorted(there, key=lambda p: (-totals[p], p))[:number]

    def ranked(self, measure: str, kind: str) -> list[str]:
        """Places of a kind by the median of what :meth:`over_all` says, the largest first.

        Without those where at most one simulated person is counted, or so few that they are
        withheld.
        """
        places = self.largest(measure, kind)
        self.load((measure, place) for place in places)
        sizes = {place: self.over_all(measure, place) for place in places}
        scale, small = self.info.scale, small_count_of(measure, self.info.small_count)
        there = [p for p in places if sizes[p]["q95"] > scale and sizes[p]["q95"] >= small]
        return sorted(there, key=lambda place: (-sizes[place]["q50"], place))

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of every place: origin, crossing, country, camp, town."""
        places = self.scenario.tables["places"]
        return dict(zip(places["id"], places["kind"], strict=True))

    @cached_property
    def _homes(self) -> set[str]:
        """Places in a country that people set out from."""
        places = self.scenario.tables["places"]
        origins = places.filter(pl.col("kind") == "origin")["country"].unique()
        return set(places.filter(pl.col("country").is_in(origins.implode()))["id"])

    def is_home(self, place: str) -> bool:
        """Whether people who stay at a place are displaced inside a country of origin."""
        return place in self._homes

    @cached_property
    def _countries(self) -> dict[str, str]:
        """Name of the country that each crossing leads into, where it has a name."""
        crossings = self.scenario.tables["places"].filter(pl.col("kind") == "crossing")
        pairs = zip(crossings["id"], crossings["country"], strict=True)
        return {place: self.info.places[c] for place, c in pairs if c in self.info.places}

    def name(self, place: str) -> str:
        """Name of a place or area; for a crossing, with the country it leads into."""
        name, country = self.short_name(place), self._countries.get(place)
        return name if country is None or country in name else f"{name} ({country})"

    def short_name(self, place: str) -> str:
        """Name of a place or area, as on a map."""
        return "all places" if place == EVERYWHERE else self.info.places.get(place, place)

    @cached_property
    def _observed(self) -> dict[tuple[object, ...], pl.DataFrame]:
        """Published figures by measure and place."""
        return self.observations.partition_by("measure", "place", as_dict=True)

    @cached_property
    def observations(self) -> pl.DataFrame:
        """Published figures that are not replaced, with the addresses of their sources."""
        sources = self.scenario.tables["sources"].select("address", source="id")
        return current_figures(self.results.scores).join(sources, on="source", how="left")

    @property
    def days(self) -> Days:
        """Half-open days of the run."""
        return self.info.start, self.info.end + timedelta(days=1)

    @cached_property
    def steps(self) -> list[Days]:
        """Half-open days of each step."""
        start, step = self.info.start, timedelta(days=self.step)
        number = self.info.n_days // self.step
        return [(start + i * step, start + (i + 1) * step) for i in range(number)]

    def stepped(self, measure: str, place: str) -> F64:
        """Each step a day in every run, shape (n_runs, n_steps); nan where nobody was served."""
        shape = (self.info.runs, len(self.steps), self.step)

        def blocks(days: F64) -> F64:
            return days[:, : shape[1] * shape[2]].reshape(shape)

        weight = self.weight(measure, place)
        daily = self.daily(measure, place)
        values = window.value(measure, blocks(daily), None if weight is None else blocks(weight))
        return window.a_day(measure, values, self.step)

    def whole(self, measure: str, place: str) -> F64:
        """All days of the run taken as one step, shape (n_runs,)."""
        return window.a_day(measure, self.value(measure, place), self.info.n_days)

    def fan(self, measure: str, place: str) -> pl.DataFrame:
        """Quantiles by step: from, to, date, q05 ... q95; small ones are None.

        They hold chance, parameters and the model's own error (evaluation/model_error.py).
        """
        key = measure, place
        if key not in self._fans:
            values = self.with_error(self.stepped(measure, place), measure, place, self.steps)
            self._fans[key] = self.quantiles(measure, values, self.steps)
        return self._fans[key]

    def close_up(self, measure: str, place: str, first: date, after: date) -> pl.DataFrame:
        """Quantiles by day, for half-open days of the run."""
        key = measure, place, first, after
        if key not in self._fans:
            start = self.info.start
            days = slice((first - start).days, (after - start).days)
            dates = [first + timedelta(days=i) for i in range((after - first).days)]
            steps = [(day, day + timedelta(days=1)) for day in dates]
            values = self.with_error(self.daily(measure, place)[:, days], measure, place, steps)
            self._fans[key] = self.quantiles(measure, values, steps)
        return self._fans[key]

    def quantiles(self, measure: str, values: F64, steps: Sequence[Days]) -> pl.DataFrame:
        """Quantiles of values of shape (n_runs, n_steps), with the days of each step."""
        summary = self.summary(measure, values)
        small = small_count_of(measure, self.info.small_count)
        days = {
            "from": [first for first, _ in steps],
            "to": [after for _, after in steps],
            "date": [first + (after - first) // 2 for first, after in steps],
        }
        shown = {q: np.where(is_small(summary[q], small), np.nan, summary[q]) for q in QUANTILES}
        return pl.DataFrame(days | shown, nan_to_null=True)

    def moved_on(self, measure: str, place: str, steps: Sequence[Days]) -> F64:
        """Part of a stock that moved, by step (n_steps,); zeros for other measures."""
        days = [((a - self.info.start).days, (b - self.info.start).days) for a, b in steps]
        return self.moved(measure, place, [slice(*ends) for ends in days])

    def with_error(
        self,
        values: F64,
        measure: str,
        place: str,
        steps: Sequence[Days],
        moved: F64 | None = None,
    ) -> F64:
        """Values (n_runs, ..., n_steps) with the model's own error, which grows after a fit.

        ``moved`` (..., n_steps) are the parts of stocks that moved, if those of several places.

        Beds in use, and people without one, follow from the people in need: no more beds are used
        than there are. Nobody waits before the first day, so no wait is longer than the days since.
        """
        if measure in _OF_NEED and place in self._beds:
            return self._of_need(measure, place, steps)
        moved = self.moved_on(measure, place, steps) if moved is None else moved
        columns = [
            widened(values[..., block], measure, place, n_days, residuals, last, moved[..., block])
            for block, n_days, residuals, last in self._errors_of(steps)
        ]
        wide = np.concatenate(columns, axis=-1)
        if measure != "wait_hours":
            return wide
        longest = [HOURS_PER_DAY * (after - self.info.start).days for _, after in steps]
        return np.minimum(wide, np.fmax(longest, np.fmax.reduce(values, axis=0)))

    def _of_need(self, measure: str, place: str, steps: Sequence[Days]) -> F64:
        """Means of the beds used, or of the people without one, given the need of each day."""
        daily, beds, columns = self.daily(_NEED, place), self._beds[place], []
        moved, start = self.moved_on(_NEED, place, steps)[:, None], self.info.start
        for block, n_days, residuals, last in self._errors_of(steps):
            ends = [((a - start).days, (b - start).days) for a, b in steps[block]]
            days = np.stack([daily[:, first:after] for first, after in ends], axis=1)
            need = widened(days, _NEED, place, n_days, residuals, last, moved[block])
            used = np.minimum(need, beds)
            columns.append((used if measure == _USED else need - used).mean(axis=-1))
        return np.concatenate(columns, axis=1)

    def _errors_of(
        self, steps: Sequence[Days]
    ) -> Iterator[tuple[slice, int, tuple[Residuals, ...], date]]:
        """Successive steps with one error: which, the days of each, the fit, and the last day."""
        begin, residuals = 0, self.info.residuals
        for number, n_days, last in _alike(tuple(steps), residuals):
            yield slice(begin, begin + number), n_days, residuals, last
            begin += number

    @cached_property
    def _beds(self) -> dict[str, int]:
        """Reception beds of every country and camp."""
        places = self.scenario.tables["places"].filter(pl.col("kind").is_in(["country", "camp"]))
        return dict(places.select("id", pl.col("reception_beds").fill_null(0)).iter_rows())

    def over_all(self, measure: str, place: str) -> dict[str, float]:
        """Quantiles over the runs of the value of all days; stocks are those of the last day."""
        return self.over_days(measure, place, *self.days)

    def over_days(self, measure: str, place: str, first: date, after: date) -> dict[str, float]:
        """Quantiles of the value of half-open days; stocks are those of the last day."""
        days = slice((first - self.info.start).days, (after - self.info.start).days)
        one = self.value(measure, place, days, stock=window.LAST_DAY)[:, None]
        span = (window.first_day(measure, first, after, window.LAST_DAY), after)
        several = self.summary(measure, self.with_error(one, measure, place, [span]))
        return {name: float(v[0]) for name, v in several.items()}

    def summary(self, measure: str, values: F64) -> dict[str, F64]:
        """Quantiles over the runs of values (n_runs, n), rounded to protect withheld counts."""
        small = small_count_of(measure, self.info.small_count)
        several = summarise(values)
        return {name: rounded_to(v, small, self.info.runs) for name, v in several.items()}

    def published(self, measure: str, place: str) -> pl.DataFrame:
        """Published figures of one series as a value a day over their days."""
        key = measure, place
        if key not in self._published:
            total = (pl.col("to") - pl.col("from")).dt.total_days()
            days = total if window.is_flow(measure) else pl.lit(1)
            rows = self._observed.get(key, self.observations.clear())
            self._published[key] = rows.select(
                *("id", "from", "to", "use", "basis", "source", "source_title", "address"),
                "observed",
                (pl.col("observed") / days).alias("a_day"),
            )
        return self._published[key]

    def texts(
        self, frame: pl.DataFrame, measure: str, rows: Sequence[int] | slice = slice(None)
    ) -> Iterator[str]:
        """Median and interval of each row in fitting digits."""
        decimals = schema.measures()[measure].decimals
        low, mid, high = (frame[q].to_numpy()[rows] for q in ("q05", "q50", "q95"))
        nobody = np.isnan(low) & np.isnan(mid) & np.isnan(high) & (decimals > 0)
        texts = rounded_rows(low, mid, high, self.info.small_count, decimals)
        for text, is_nobody in zip(texts, nobody.tolist(), strict=True):
            yield "nobody was served" if is_nobody else with_interval(*text)


@cache
def _alike(
    steps: tuple[Days, ...], residuals: tuple[Residuals, ...]
) -> list[tuple[int, int, date]]:
    """Successive steps of one length and one error: how many, days of each, and the last day."""
    day = timedelta(days=1)

    def error(step: Days) -> tuple[int, tuple[float, ...]]:
        first, after = step
        ahead = tuple(easier((after - day - fit.until).days) for fit in residuals)
        return (after - first).days, ahead

    groups = [(n_days, list(group)) for (n_days, _), group in groupby(steps, error)]
    return [(len(several), n_days, several[-1][1] - day) for n_days, several in groups]
