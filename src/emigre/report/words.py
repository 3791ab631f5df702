"""Sentences made from numbers by plain templates: no adjective that the numbers do not carry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from emigre.charts.book import EVERYWHERE, Book
from emigre.comparison.folder import AlternativeInfo, Comparison
from emigre.headlines import period, rounded
from emigre.report.trust import FEW_RUNS

_PLACES = 3


def days(first: date, last: date) -> str:
    """First to last day, both meant."""
    return period(first, last + timedelta(days=1))


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def quantity(values: dict[str, float], small: int) -> tuple[str, str]:
    """Median and interval of a number of persons, in the digits that the interval carries."""
    shown = [None if 0 < abs(values[q]) < small else values[q] for q in ("q05", "q50", "q95")]
    low, mid, high = rounded(shown[0], shown[1], shown[2], small)
    return mid, low if low == high else f"{low} to {high}"


class Teller:
    """Says what a run holds."""

    def __init__(self, book: Book) -> None:
        self.book, self.info = book, book.info

    def amount(self, measure: str, place: str, noun: str = "") -> str:
        """``1,200 (1,100 to 1,300)``; with a noun also of what the interval is."""
        values = self.book.over_all(measure, place)
        mid, interval = quantity(values, self.info.small_count)
        mid += f" {noun}" if noun else ""
        if mid.split(" ")[0] == interval:
            return mid
        return f"{mid} ({'90 % of the runs: ' if noun else ''}{interval})"

    def answer(self) -> list[str]:
        """How many leave, where they arrive, how things stand on the last day."""
        found = [self._leaving(), self._arriving(), self._last_day()]
        return [sentence for sentence in found if sentence]

    def _there(self, measure: str) -> bool:
        return bool(self.book.totals.get(measure, {}).get(EVERYWHERE))

    def _leaving(self) -> str:
        span = days(self.info.start, self.info.end)
        if not self._there("departed"):
            return f"Nobody sets out in the days {span}."
        said = self.amount("departed", EVERYWHERE, "people")
        return f"In the days {span}, {said} set out to live elsewhere."

    def _arriving(self) -> str:
        places = self.book.largest("arrived", "country", _PLACES)
        if not places:
            return ""
        self.book.load(("arrived", place) for place in places)
        said = [f"{self.book.name(p)}, {self.amount('arrived', p)}" for p in places]
        if len(said) == 1:
            return f"They arrive to live in {said[0]}."
        return f"Most arrive to live in {said[0]}, then in {joined(said[1:])}."

    def _last_day(self) -> str:
        end = f"{self.info.end.day} {self.info.end:%b %Y}"
        parts = []
        if self._there("stock"):
            parts.append(f"{self.amount('stock', EVERYWHERE)} are abroad")
        for measure, text in (
            ("in_need", "of them {} have neither means nor work"),
            ("stock_returned", "{} are back after having left"),
            ("trapped", "{} want to leave and have no way out"),
        ):
            if self._there(measure):
                parts.append(text.format(self.amount(measure, EVERYWHERE)))
        if not parts:
            return ""
        return f"On {end}, {'; '.join(parts)}."

    def asked(self) -> str:
        """What the run was asked."""
        said = f"Who leaves, by which way and where to, {days(self.info.start, self.info.end)}"
        if self.book.scenario.applied:
            titles = joined([p.title or p.name for p in self.book.scenario.applied])
            said += f", if: {titles}"
        return said + "?"


def effect_answer(comparison: Comparison, alternative: AlternativeInfo) -> list[str]:
    """What an alternative changes: leaving, the crossings that change most, who goes where."""
    mine = comparison.totals.filter(alternative=alternative.name).drop_nulls("mean")
    small = comparison.info.small_count
    found = [_leaving_effect(mine, comparison), _crossing_effect(mine, small)]
    found.append(_diverted(comparison, alternative.name))
    return [sentence for sentence in found if sentence]


def _leaving_effect(mine: pl.DataFrame, comparison: Comparison) -> str:
    first, after = comparison.info.period
    rows = mine.filter(measure="departed", place=EVERYWHERE)
    span = period(first, after)
    if not rows.height:
        return f"In the days {span}, the number of people who set out is the same in every run."
    row = rows.row(0, named=True)
    said = difference([row["q05"], row["q50"], row["q95"]], comparison.info.small_count)
    sure = ""
    if row["runs"] > 1:
        up, down = row["runs_up"], row["runs_down"]
        same, word = (up, "more") if up >= down else (down, "fewer")
        sure = f"; {word} in {same} of {row['runs']} runs"
    return f"In the days {span}, {said} set out{sure}."


def _crossing_effect(mine: pl.DataFrame, small: int) -> str:
    rows = mine.filter((pl.col("measure") == "entered") & (pl.col("place_kind") == "crossing"))
    rows = rows.filter(pl.col("mean") != 0).sort(pl.col("mean").abs(), descending=True)
    said = []
    for row in rows.head(_PLACES).iter_rows(named=True):
        change = difference([row["q05"], row["q50"], row["q95"]], small, noun="")
        said.append(f"{row['place_name']}, {change}")
    if not said:
        return "At no crossing does the number of emigrants admitted change."
    return f"Emigrants admitted change most at {'; '.join(said)}."


def _diverted(comparison: Comparison, name: str) -> str:
    if not (comparison.folder / "diverted_main.csv").exists():
        return ""
    mine = comparison.diverted_main.filter(alternative=name, by="country").drop_nulls("mean")
    blocks = mine.partition_by("about", maintain_order=True)
    block = next((b for b in blocks if b["from_name"][0] == b["about"][0] != "all ways"), None)
    if block is None:
        return ""
    small = comparison.info.small_count
    rows = block.slice(1).filter(pl.col("mean") > 0).sort("mean", descending=True).head(_PLACES)
    said = []
    for row in rows.iter_rows(named=True):
        mid, interval = quantity({q: row[q] or 0.0 for q in ("q05", "q50", "q95")}, small)
        said.append(f"{row['to_name']}, {mid} ({interval})")
    about = block["about"][0]
    return (
        f"Of those who no longer leave by {about}, most turn to: {'; '.join(said)}." if said else ""
    )


def difference(values: Sequence[float | None], small: int, noun: str = "people") -> str:
    """``300 fewer people (200 to 400 fewer)``; an interval across zero is said as such."""
    low, mid, high = rounded(values[0], values[1], values[2], small)
    word = "fewer" if mid.startswith("-") else "more"
    tail = f" {noun}" if noun else ""
    if mid == low == high == "0":
        return f"no more and no fewer{tail}"
    signs = {t.startswith("-") for t in (low, high) if t not in ("0",) and not t.startswith("<")}
    if len(signs) > 1:
        return f"{_plain(mid)} {word}{tail} (from {_plain(low)} fewer to {_plain(high)} more)"
    ends = (low, high) if word == "more" else (high, low)
    return f"{_plain(mid)} {word}{tail} (90 % of the runs: {_plain(ends[0])} to {_plain(ends[1])})"


def _plain(text: str) -> str:
    return text.removeprefix("-")


def limits(book: Book) -> list[str]:
    """What a reader must know before using a number, in plain words."""
    info = book.info
    found = [
        "All simulated numbers come from a model. They show what follows if its rules and "
        "parameters hold; they are no counts.",
    ]
    if info.parameters_from is None:
        found.append(
            "The parameters were set by hand. The intervals show chance within the model; they do "
            "not show how wrong the parameters or the model may be, so the truth can lie outside "
            "more often than one time in ten."
        )
    else:
        found.append(
            f"The parameters were drawn from {info.parameters_from}. The intervals show chance and "
            "what is not known of the parameters; they do not show how wrong the model may be."
        )
    if info.runs < FEW_RUNS:
        found.append(
            f"Of {info.runs} runs the highest and the lowest are almost the ends of the interval: "
            f"it is narrower than one of {FEW_RUNS} runs or more would be."
        )
    if info.scale > 1:
        found.append(
            f"One simulated person stands for {info.scale}: small places are noisier than they "
            "would be one to one."
        )
    if info.small_count:
        found.append(
            f"Simulated counts of fewer than {info.small_count} persons are withheld: they are "
            f"written as <{info.small_count} and drawn as none. Nobody can be looked up."
        )
    return [
        *found,
        "People do not die, are not born and do not change their document in the model; ordinary "
        "travellers do not decide to stay; everybody knows the same rules on the same day; prices "
        "and jobs do not react to arrivals. What is not in the scenario does not happen.",
        "Meant for preparedness, research and the checking of public claims. Not to be used to "
        "select, deter or track people, nor to decide about any single person.",
    ]
