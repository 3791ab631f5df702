"""Answers on the page of a forecast: how many leave, by which route, where they arrive.

Each answer states what it rests on: its own counts, counts of other measures or places, or none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from emigre.evaluation.key_results import days, period, with_interval
from emigre.evaluation.model_error import error_of
from emigre.forecasting.folder import Forecast, ForecastInfo, SeriesInfo, is_wide_row, row_texts
from emigre.report.content import Answer, AnswerRow
from emigre.report.key_figures import KeyFigure, key_figure, positions
from emigre.report.words import joined
from emigre.results.counts import EVERYWHERE
from emigre.results.intervals import MOST
from emigre.results.labels import heading_of, title
from emigre.results.text import counted, inside, isolated, percent

PLACES = 3
"""Number of routes or countries in one answer; the largest are named."""
_SOME = 0.005
"""Minimum share for mentioning people who set out earlier."""
_AT_BORDERS = ("passages", "entered", "exited")
_OF_COUNTS = "Last counted "

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers drawn from a forecast and the tables of its scenario."""

    forecast: Forecast
    tables: Mapping[str, pl.DataFrame]

    def key_figures(self) -> list[KeyFigure]:
        """Totals over all days: departures, the largest counted route, the largest destination."""
        series = [("departed", EVERYWHERE), *self.routes[:1], *self._largest("arrived", 1)]
        figures = [self._key_figure(*one) for one in series]
        return [figure for figure in figures if figure is not None]

    def _key_figure(self, measure: str, place: str) -> KeyFigure | None:
        row = self._row(measure, place)
        if row is None:
            return None
        what = heading_of(measure, place, row["place_name"])
        ends, when = [row[q] for q in ("q05", "q50", "q95")], period(row["from"], row["to"])
        in_words = row_texts(row, self.forecast.info.small_count)
        figure = key_figure(inside(what), when, ends, in_words)
        if figure is None:
            return None
        if is_wide_row(row):
            more = chances(row, self.forecast.info.small_count)
            advice = f"Too uncertain for one planning figure: {more}."
            figure = figure.as_range(MOST, in_words[0], advice)
        series = self._series(measure, place)
        is_old = series is not None and is_old_count(self.forecast.info, series)
        return replace(figure, basis=self._basis(measure, place), is_old=is_old)

    def answers(self) -> list[Answer]:
        """Answers for all days of the forecast, with one heading per question."""
        return [
            *self._leaving("How many leave?"),
            *self._by_route("By which route?"),
            *self._by_place("Where do they arrive?", "arrived"),
            *self._by_place("What should services prepare for?", "unsheltered"),
        ]

    def _leaving(self, question: str) -> list[Answer]:
        row = self._row("departed", EVERYWHERE)
        if row is None or not row["q95"]:
            return []
        amount = self._amount(row)
        if is_wide_row(row):
            amount += f" ({MOST}; {chances(row, self.forecast.info.small_count)})"
        basis = self._basis("departed", EVERYWHERE)
        return [Answer(question, [f"{_heading([row])} {amount}. {basis}."])]

    def _by_route(self, question: str) -> list[Answer]:
        """The largest counted routes, and the share of all crossings that is counted."""
        rows = [row for route in self.routes[:PLACES] if (row := self._row(*route)) is not None]
        if not rows:
            return []
        measure = rows[0]["measure"]
        total, people = self._series(measure, EVERYWHERE), inside(title(measure))
        covered = total.counted_share if total is not None else None
        notes = ["The same person may cross several times and at several places."]
        if covered is not None:
            where = "at places with published counts"
            notes.insert(0, f"{percent(covered)} of the simulated {people} are {where}.")
        return [Answer(question, [_heading(rows)], self._answer_rows(rows), notes)]

    def _by_place(self, question: str, measure: str) -> list[Answer]:
        """A reception measure where its value is highest, abroad and inside the country."""
        several: list[Answer] = []
        is_arrived = measure == "arrived"
        for where, at_home in (("", False), (" inside the country", True)):
            largest = self._largest(measure, PLACES, at_home=at_home)
            rows = [row for one in largest if (row := self._row(*one))]
            if rows:
                heading = "" if several else question
                notes = self._uncounted(rows) + (self._narrower(rows) if is_arrived else [])
                lead = [_heading(rows, where)]
                several.append(Answer(heading, lead, self._answer_rows(rows), notes))
        if several and is_arrived:
            several[-1].notes.extend(self._set_out_before())
        return several

    def _narrower(self, rows: list[Row]) -> list[str]:
        """What would narrow wide intervals of arrivals; may be empty."""
        names = [isolated(row["place_name"]) for row in rows if is_wide_row(row)]
        return [f"Recent counts of arrivals in {joined(names)} would narrow this."] if names else []

    def _uncounted(self, rows: list[Row]) -> list[str]:
        """What rows without counts rest on, with place names unless all have the same basis."""
        names: dict[str, list[str]] = {}
        for row in rows:
            basis = self._basis(row["measure"], row["place"])
            names.setdefault(basis, []).append(isolated(row["place_name"]))
        notes = []
        for basis, several in names.items():
            what, colon, how = basis.partition(":")
            where = f" ({joined(several)})" if len(names) > 1 else ""
            notes += [] if basis.startswith(_OF_COUNTS) else [f"{what}{where}{colon}{how}."]
        return notes

    def _set_out_before(self) -> list[str]:
        """A sentence on the share of arrivals that set out before the forecast; may be empty."""
        info, measure, mean = self.forecast.info, pl.col("measure"), pl.col("mean")
        is_ahead = pl.col("date").is_between(info.as_of, info.end, closed="right")
        is_on_the_way = (measure == "travelling") | (measure == "waiting")
        is_before = (pl.col("date") == info.as_of) & is_on_the_way
        everywhere = self.forecast.run.scan_summary().filter(pl.col("place") == EVERYWHERE)
        before, arrived = (
            everywhere.select(
                mean.filter(is_before | (is_ahead & (measure == "onward"))).sum(),
                mean.filter(is_ahead & (measure == "arrived")).sum().alias("arrived"),
            )
            .collect()
            .row(0)
        )
        share = before / max(arrived, 1.0)
        if share < _SOME:
            return []
        day = days(info.as_of)
        return [
            f"Arrivals include people who set out by {day} or move on from another place: "
            f"up to {percent(min(share, 1.0))} of the simulated arrivals. Arrivals may therefore "
            "exceed departures."
        ]

    def _answer_rows(self, rows: list[Row]) -> list[AnswerRow]:
        """One row per place: its number, interval and basis."""
        highest = max(row["q95"] or 0.0 for row in rows) or 1.0
        several = []
        for row in rows:
            low, mid, high = positions([row[q] for q in ("q05", "q50", "q95")], highest)
            basis = self._basis(row["measure"], row["place"])
            counts = [f"{basis}."] if basis.startswith(_OF_COUNTS) else []
            more = chances(row, self.forecast.info.small_count)
            wide = [f"{MOST}; {more}."] if is_wide_row(row) else []
            note = " ".join([*counts, *wide])
            name = isolated(row["place_name"])
            several.append(AnswerRow(name, self._amount(row), low, mid, high, note))
        return several

    @cached_property
    def routes(self) -> list[tuple[str, str]]:
        """Counted flows across borders, the largest first.

        Only the measure with the most counts is used. An area that contains another counted place
        is left out: the same people would be shown twice.
        """
        there = [
            s
            for s in self.forecast.info.series
            if s.measure in _AT_BORDERS and s.figures and s.place != EVERYWHERE
        ]
        figures: dict[str, int] = {}
        for s in there:
            figures[s.measure] = figures.get(s.measure, 0) + s.figures
        most = max(figures, key=figures.__getitem__, default="")
        crossings = {s.place: self._crossings(s.place) for s in there if s.measure == most}
        several = crossings.values()
        single = [p for p, own in crossings.items() if not any(one < own for one in several)]
        sizes = {p: row["q50"] or 0.0 for p in single if (row := self._row(most, p))}
        return [(most, p) for p in sorted(sizes, key=lambda p: (-sizes[p], p)) if sizes[p] > 0]

    def _crossings(self, place: str) -> frozenset[str]:
        """Crossings that belong to a place: itself, those in an area, or those into a country."""
        members = self.tables["areas"].filter(area=place)["place"].to_list() or [place]
        is_one = pl.col("id").is_in(members) | pl.col("country").is_in(members)
        crossings = self.tables["places"].filter((pl.col("kind") == "crossing") & is_one)
        return frozenset(crossings["id"])

    def _largest(
        self, measure: str, number: int, *, at_home: bool = False
    ) -> list[tuple[str, str]]:
        """Places with the highest medians of a reception measure."""
        place = pl.col("place")
        is_there = place.is_in(self._places_at_home) == at_home
        rows = self.forecast.reception.filter(
            (pl.col("measure") == measure) & (place != EVERYWHERE) & is_there
        )
        last = rows.filter((pl.col("days") == pl.col("days").max()) & (pl.col("q50") > 0))
        places = last.sort("q50", "place", descending=[True, False])["place"]
        return [(measure, place) for place in places[:number]]

    @cached_property
    def _places_at_home(self) -> list[str]:
        """Places inside the country of origin; none if people leave several countries."""
        places, country = self.tables["places"], pl.col("country")
        left = places.filter(pl.col("kind") == "origin")["country"].drop_nulls().unique().to_list()
        return places.filter(country.is_in(left))["id"].to_list() if len(left) == 1 else []

    def _row(self, measure: str, place: str) -> Row | None:
        """The row with the longest span of a series or reception measure."""
        rows = self.forecast.spans().filter(measure=measure, place=place)
        if not rows.height:
            rows = self.forecast.reception_rows().filter(measure=measure, place=place).sort("to")
        return rows.row(-1, named=True) if rows.height else None

    def _series(self, measure: str, place: str) -> SeriesInfo | None:
        several = self.forecast.info.series
        return next((s for s in several if (s.measure, s.place) == (measure, place)), None)

    def _basis(self, measure: str, place: str) -> str:
        """What a series rests on: its counts, the measure it follows, or the simulation alone."""
        series = self._series(measure, place)
        if series is not None and series.figures and series.last is not None:
            age, figures = (
                age_of_count(self.forecast.info, series),
                counted(series.figures, "figure"),
            )
            return f"{_OF_COUNTS}{days(series.last)}, {age} ({figures})"
        follows = None if series is None else series.follows
        if not self.forecast.info.figures:
            return "Not counted: simulated only"
        if series is not None and follows == measure:
            is_counted = any(s.figures for s in self.forecast.info.series if s.measure == measure)
            return "Sum of places with and without counts" if is_counted else self._days_given()
        if follows is not None:
            return f"Not counted: follows the counts of {inside(title(follows))}"
        if series is not None:
            return "Not counted: simulated only"
        return "Not counted: simulated, and adjusted to counts of other measures or places"

    def _days_given(self) -> str:
        """State that departures are an input, and until when if they end before the forecast."""
        given, last = "Given as an input of the scenario", self.tables["departures"]["date"].max()
        if not isinstance(last, date) or last >= self.forecast.info.end:
            return given
        return f"{given} until {days(last)}, at their recent level after that"

    def _amount(self, row: Row) -> str:
        """Median and interval of a row; only the interval if it is too wide for one number."""
        low, mid, high = row_texts(row, self.forecast.info.small_count)
        return f"{low} to {high}" if is_wide_row(row) else with_interval(low, mid, high)


def _heading(rows: list[Row], where: str = "") -> str:
    """Opening words of an answer: its measure and days."""
    row = rows[0]
    return f"{title(row['measure'])}{where}, {period(row['from'], row['to'])}:"


def is_old_count(info: ForecastInfo, series: SeriesInfo) -> bool:
    """Whether the last count is too old to say much about the model's present error."""
    age = timedelta(0) if series.last is None else info.as_of - series.last
    return age.days > error_of(series.measure).days


def age_of_count(info: ForecastInfo, series: SeriesInfo) -> str:
    """Age of the last count of a series in words."""
    age = 0 if series.last is None else (info.as_of - series.last).days
    return f"{counted(age, 'day')} before this forecast" if age else "the day of this forecast"


def chances(row: Row, small: int) -> str:
    """The median and the upper quartile of a row, as chances of more."""
    mid, high = (row_texts(row, small, ("q05", q, "q95"))[1] for q in ("q50", "q75"))
    several = (("an even chance", mid), ("1 chance in 4", high))
    said = [f"{chance} of more than {text}" for chance, text in several if text[0] not in "0<"]
    return ", ".join(said) or f"most likely {mid}"
