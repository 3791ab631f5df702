"""The folder of a forecast.

forecast.json   settings, series and times; written last
forecasts.csv   one row per measure, place, days and forecaster
report.html     the forecast as a page
run/            the simulation behind it, a run folder
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from os import PathLike
from typing import Any

import polars as pl

from emigre import schema
from emigre.evaluation.key_results import days, is_wide, period, rounded, span
from emigre.evaluation.skill import OURS
from emigre.results import csv_files, notebook, record
from emigre.results.counts import EVERYWHERE
from emigre.results.disclosure import small_count_of
from emigre.results.folder import SCENARIO, Results
from emigre.results.intervals import few_runs
from emigre.results.labels import heading_of, title
from emigre.results.planning import MEASURES, spans_of
from emigre.results.record import cached_frame
from emigre.results.tables import QUANTILES
from emigre.results.text import counted, inside, percent
from emigre.results.window import is_flow, is_stock
from emigre.scenario.loader import as_stored, load_resolved
from emigre.scenario.model import Scenario

MARK = "forecast.json"
NOUN = "forecast"
TABLE = "forecasts.csv"
RUN = "run"
WORLDS = "worlds"
SHARES = ("chance_share", "parameters_share", "model_share")

COLUMNS: dict[str, Any] = {
    "measure": pl.String,
    "place": pl.String,
    "place_name": pl.String,
    "span": pl.String,
    "from": pl.Date,
    "to": pl.Date,
    "forecaster": pl.String,
    **dict.fromkeys(QUANTILES, pl.Float64),
    **dict.fromkeys(SHARES, pl.Float64),
}
"""Columns of forecasts.csv. ``span`` is day, week or other (14 and 30 days, the whole horizon);
``to`` is exclusive; ``forecaster`` is emigre, simulation (without the counts) or a baseline; the
shares of chance, parameters and model (split.py) are those of emigre."""


class SeriesInfo(record.Record):
    """A series of a forecast, with the number of its known figures and the last day counted.

    ``follows`` is the counted measure that the series follows (reception.py), its own if it is
    counted. ``counted_share`` is, for a total, the share of its simulated people who are at places
    with figures.
    """

    measure: str
    place: str
    figures: int
    last: dt.date | None
    follows: str | None = None
    counted_share: float | None = None


class WorldInfo(record.Record):
    """A world of a forecast: the baseline, or one with an unannounced decision."""

    name: str
    title: str
    probability: float


class ForecastInfo(record.SimulationRecord):
    """Content of forecast.json.

    ``as_of`` is the last day of known news and counts, ``end`` the last day of the forecast,
    ``figures`` the number of figures it is conditioned on, and ``model_error_from`` the hindcasts
    from which the size of the model's error was learned.
    """

    as_of: dt.date
    end: dt.date
    horizon_days: int
    draws: int
    figures: int
    series: tuple[SeriesInfo, ...]
    worlds: tuple[WorldInfo, ...]
    model_error_from: str


SCREEN = 40
"""Largest number of lines of a table that the terminal shows completely."""
LARGEST = 3
"""Number of places of each measure shown of a longer table."""
_SERIES = ("measure", "place")
_KEY = (*_SERIES, "from", "to")
_NO_MEDIAN = "Where the 90 % interval spans a factor of ten or more, no single number is shown."


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of weeks, and whether it is the last of its series."""

    texts: tuple[str, ...]
    is_last: bool


class Forecast(record.RecordFolder[ForecastInfo]):
    """A forecast, read lazily from its folder.

    Attributes
    ----------
    table : DataFrame
        Quantiles by measure, place, span (day, week or other) and forecaster: emigre, the
        simulation without the counts, and the baselines. Withheld numbers are null.
    reception : DataFrame
        Arrivals, people in need, beds, queues and waits for 7, 14, 30 and all days ahead.
    info : ForecastInfo
        Content of ``forecast.json``: days, settings, worlds, and the counts behind each series.
    run : Results
        The simulation behind the forecast.
    scenario : Scenario
        The scenario as known on the day, without unannounced decisions.
    """

    _kind = ForecastInfo
    _mark = MARK
    _noun = NOUN

    def __init__(self, folder: str | PathLike[str], scenario: Scenario | None = None) -> None:
        super().__init__(folder)
        if scenario is not None:
            stored = as_stored(scenario, self.folder / RUN / SCENARIO)
            self.__dict__["scenario"] = stored  # not read again

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as of the day, without unannounced decisions."""
        return load_resolved(self.folder / RUN / SCENARIO)

    @cached_frame
    def table(self) -> pl.DataFrame:
        """Quantiles by series, span and forecaster."""
        return csv_files.read_typed(self.folder, TABLE, COLUMNS)

    @property
    def reception(self) -> pl.DataFrame:
        """Arrivals, people in need, beds, queues and waits, by country and crossing.

        Columns ``measure``, ``place``, ``place_name``, ``days`` (7, 14, 30 and all days ahead) and
        quantiles. A flow is the sum of the days, a stock that of the last one, hours are the mean
        of the days.
        """
        first = self.info.as_of + dt.timedelta(days=1)
        rows = self.reception_rows().with_columns(days=(pl.col("to") - first).dt.total_days())
        rows = rows.filter(pl.col("days").is_in(spans_of(self.info.horizon_days)))
        return rows.select("measure", "place", "place_name", "days", *QUANTILES)

    def reception_rows(self) -> pl.DataFrame:
        """Rows of ``table`` behind ``reception``: flows from the first day on, stocks by day."""
        measures = [m for several in MEASURES.values() for m in several]
        of_a_day = pl.col("measure").is_in([m for m in measures if is_stock(m)])
        first = self.info.as_of + dt.timedelta(days=1)
        is_meant = (
            pl.when(of_a_day).then(pl.col("span") == "day").otherwise(pl.col("from") == first)
        )
        is_ours = pl.col("forecaster") == OURS
        return self.table.filter(is_ours & pl.col("measure").is_in(measures) & is_meant)

    @cached_property
    def run(self) -> Results:
        """The simulation behind the forecast."""
        return Results.read(self.folder / RUN, owner=self)

    def spans(self) -> pl.DataFrame:
        """Rows of ``table`` by emigre with spans of a week or longer, or of the only day."""
        ours = self.table.filter(pl.col("forecaster") == OURS)
        return ours.filter((pl.col("span") != "day") | (self.info.horizon_days == 1))

    def lines(self) -> list[Line]:
        """Printed lines: one per week and one for all days, for each series."""
        return self._lines(self._weeks())

    def main_lines(self) -> list[Line]:
        """Printed lines, shortened to fit on a screen.

        A longer table is reduced to the first week and all days, for totals and the largest places.
        """
        rows = self._weeks()
        if rows.height <= SCREEN:
            return self._lines(rows)
        whole = rows.unique(_SERIES, keep="last", maintain_order=True)
        is_total = pl.col("place") == EVERYWHERE
        by_size = whole.filter(~is_total).sort("q50", descending=True, nulls_last=True)
        largest = by_size.group_by("measure", maintain_order=True).head(LARGEST)
        shown = pl.concat([whole.filter(is_total), largest.select(whole.columns)])
        number = pl.int_range(pl.len()).over(_SERIES)
        ends = rows.filter((number == 0) | (number == pl.len().over(_SERIES) - 1))
        return self._lines(ends.join(shown, on=_SERIES, how="semi", maintain_order="left"))

    def _weeks(self) -> pl.DataFrame:
        """Rows of ``spans`` for weeks and for all days, without reception measures."""
        is_whole = pl.col("to") == self.info.end + dt.timedelta(days=1)
        series = pl.DataFrame(
            [s.model_dump(include={"measure", "place"}) for s in self.info.series]
        )
        rows = self.spans().filter((pl.col("span") == "week") | is_whole)
        return rows.join(series, on=_SERIES, how="semi", maintain_order="left")

    def _lines(self, rows: pl.DataFrame) -> list[Line]:
        baseline = self.table.filter(pl.col("forecaster") == "persistence").select(*_KEY, "q50")
        persistence = {tuple(row[:4]): row[4] for row in baseline.iter_rows()}
        table = []
        for _, group in groupby(rows.iter_rows(named=True), itemgetter(*_SERIES)):
            lines = [self._texts(r, persistence.get(tuple(r[k] for k in _KEY))) for r in group]
            for i, (what, *others) in enumerate(lines):
                table.append(Line((what if i == 0 else "", *others), i + 1 == len(lines)))
        return table

    def _texts(self, row: dict[str, Any], last: float | None) -> tuple[str, ...]:
        low, mid, high = row_texts(row, self.info.small_count)
        inner = row_texts(row, self.info.small_count, ("q25", "q50", "q75"))
        what = heading_of(row["measure"], row["place"], row["place_name"])
        baseline = "–" if last is None else row_texts(row | {"q50": last}, 0)[1]
        when = period(row["from"], row["to"])
        if not is_flow(row["measure"]) and (row["to"] - row["from"]).days > 1:
            when = f"mean of {when}"
        plan = "–" if is_wide_row(row) else mid
        return (what, when, plan, span(inner[0], inner[2]), span(low, high), baseline)

    def remarks(self) -> list[str]:
        """Notes on the counts used, the intervals, and what is left out."""
        return list(self.notes().values())

    def notes(self) -> dict[str, str]:
        """The remarks by subject, such as Known, Intervals and Worlds."""
        info = self.info
        if info.figures:
            first = f"From {counted(info.figures, 'figure')} published by {days(info.as_of)}"
        else:
            first = f"No figure was published by {days(info.as_of)}, so only the simulation is used"
        notes = {
            "Known": f"{first}; {counted(info.runs, 'run')}, "
            f"parameters from {info.parameters_from or 'the scenario'}.",
            "Intervals": f"Sources of the variance: {self._split()} (learned from "
            f"{info.model_error_from}). {few_runs(info.runs)}".rstrip(),
            "Worlds": "Unannounced decisions are not included.",
        }
        if any(is_wide_row(row) for row in self._weeks().iter_rows(named=True)):
            notes["Intervals"] += f" {_NO_MEDIAN}"
        if len(info.worlds) > 1:
            parts = [f"{w.title} ({percent(w.probability)})" for w in info.worlds]
            notes["Worlds"] = f"Mixture of worlds with stated probabilities: {'; '.join(parts)}."
        without = []
        if led := self._followers():
            without.append(f"Measures without counts follow counted ones: {led}.")
        if alone := self.uncounted():
            without.append(
                f"No counts, so the level is simulated and the width follows past errors: {alone}."
            )
        return notes | ({"Without counts": " ".join(without)} if without else {})

    def _followers(self) -> str:
        """Series that follow another, counted measure, as text."""
        return "; ".join(
            f"{self._heading(s)} follow {inside(title(s.follows))}"
            for s in self.info.series
            if s.follows and s.follows != s.measure
        )

    def uncounted(self) -> str:
        """Series that follow no counts, as text; empty if there are none, or no counts at all."""
        of_places: dict[str, list[str]] = {}
        for series in self.info.series:
            if self.info.figures and not series.figures and not series.follows:
                of_places.setdefault(series.place, []).append(inside(title(series.measure)))
        return "; ".join(f"{', '.join(m)} ({self._name(p)})" for p, m in of_places.items())

    def _heading(self, series: SeriesInfo) -> str:
        return inside(heading_of(series.measure, series.place, self._name(series.place)))

    def _name(self, place: str) -> str:
        return "all places" if place == EVERYWHERE else self.info.places.get(place, place)

    def _split(self) -> str:
        """Mean shares of chance, parameters and model over weeks and the horizon, in words."""
        ours = self.spans()
        ends = accumulate((_mean(ours[name]) for name in SHARES), initial=0.0)
        # Differences of rounded ends sum to 100 %.
        pairs = pairwise(round(100 * end) for end in ends)
        chance, parameters, model = (f"{after - before} %" for before, after in pairs)
        return f"chance {chance}, uncertain parameters {parameters}, the model's own error {model}"

    def __repr__(self) -> str:
        info = self.info
        return f"Forecast({info.scenario}, as of {info.as_of}, to {info.end}, {self.folder})"

    def _repr_html_(self) -> str:
        info = self.info
        rows = {"days": f"{info.as_of} to {info.end}", **self.notes(), "folder": str(self.folder)}
        columns = ("measure", "place", "from", "to", "q05", "q25", "q75", "q95")
        return notebook.card(f"{info.title}: forecast", rows, self._weeks().select(columns))


def is_wide_row(row: Mapping[str, Any]) -> bool:
    """Whether the 90 % interval of a row is too wide for one planning figure."""
    return is_wide(row["q05"], row["q95"], schema.measures()[row["measure"]].decimals)


def row_texts(
    row: Mapping[str, Any], small: int, quantiles: tuple[str, str, str] = ("q05", "q50", "q95")
) -> tuple[str, str, str]:
    """The low end, median and high end of a row."""
    measure, (low, mid, high) = row["measure"], (row[q] for q in quantiles)
    decimals = schema.measures()[measure].decimals
    return rounded(low, mid, high, small_count_of(measure, small), decimals)


def _mean(column: pl.Series) -> float:
    mean = column.mean()
    return float(mean) if isinstance(mean, float) else 0.0
