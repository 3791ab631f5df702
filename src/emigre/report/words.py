"""Template sentences for the key results, without adjectives."""

from collections.abc import Sequence

import polars as pl

from emigre.charts.series import EVERYWHERE, ChartReader
from emigre.comparison import diversion
from emigre.comparison.folder import AlternativeInfo, Comparison
from emigre.comparison.key_effects import HIDDEN, number_of, totals_of
from emigre.evaluation.key_results import days, differences, period, rounded, span
from emigre.report.key_figures import TITLES
from emigre.results.disclosure import label, shown
from emigre.results.intervals import ENOUGH_RUNS, MOST, covered, interval_name
from emigre.results.notice import FAIR_USE
from emigre.results.text import counted, isolated

_PLACES = 3
_STOCKS = TITLES | {"stock_returned": "have returned after leaving"}


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``; empty without parts."""
    return "".join(parts) if len(parts) < 2 else ", ".join(parts[:-1]) + " and " + parts[-1]


def quantity(values: dict[str, float], small: int) -> tuple[str, str]:
    """Median and interval of a number of persons, rounded by the width of the interval."""
    low, mid, high = (shown(values[q], small) for q in ("q05", "q50", "q95"))
    texts = rounded(low, mid, high, small)
    return texts[1], span(texts[0], texts[2])


def during(when: str) -> str:
    """``On 3 Mar 2030`` or ``From 3 to 9 Mar 2030``, from the words of :func:`days`."""
    first, dash, last = when.partition(" – ")
    return f"From {first} to {last}" if dash else f"On {when}"


class RunText:
    """Sentences about the results of a run."""

    def __init__(self, reader: ChartReader) -> None:
        self.reader, self.info = reader, reader.info

    def amount(self, measure: str, place: str, noun: str = "") -> str:
        """``1,200 (1,100 to 1,300)``; with a noun, the interval is named too."""
        values = self.reader.over_all(measure, place)
        mid, interval = quantity(values, self.info.small_count)
        mid += f" {noun}" if noun else ""
        if mid.split(" ")[0] == interval:
            return mid
        return f"{mid} ({f'{MOST}: ' if noun else ''}{interval})"

    def answer(self) -> list[str]:
        """Departures, main destinations, and stocks on the last day, as sentences."""
        sentences = [self._leaving(), self._arriving(), self._last_day()]
        return [sentence for sentence in sentences if sentence]

    def _occurs(self, measure: str) -> bool:
        return bool(self.reader.totals.get(measure, {}).get(EVERYWHERE))

    def _leaving(self) -> str:
        when = during(days(self.info.start, self.info.end))
        if not self._occurs("departed"):
            return f"{when}, nobody sets out."
        return f"{when}, {self.amount('departed', EVERYWHERE, 'people')} set out to live elsewhere."

    def _arriving(self) -> str:
        places = self.reader.ranked("arrived", "country")
        abroad = [place for place in places if not self.reader.is_home(place)]
        shown = (abroad or places)[:_PLACES]
        if not shown:
            return ""
        if abroad and abroad != places:
            all_, most = "Those who leave their country", "Most of those who leave their country"
        else:
            all_, most = "They", "Most"
        texts = [f"{isolated(self.reader.name(p))}, {self.amount('arrived', p)}" for p in shown]
        if len(texts) == 1:
            return f"{all_} settle in {texts[0]}."
        return f"{most} settle in {texts[0]}, followed by {joined(texts[1:])}."

    def _last_day(self) -> str:
        away = self._stocks("abroad", "stock_displaced")
        among = "Among both groups, " if len(away) > 1 else "Among them, " if away else ""
        need, rest = self._stocks("in_need"), self._stocks("stock_returned", "trapped")
        several = [joined(away), among + joined(need) if need else "", joined(rest)]
        sentences = [sentence for sentence in several if sentence]
        return f"On {days(self.info.end)}, {'. '.join(sentences)}." if sentences else ""

    def _stocks(self, *measures: str) -> list[str]:
        """``1,200 (1,100 to 1,300) are abroad`` for each measure that counts anybody."""
        return [
            f"{self.amount(measure, EVERYWHERE)} {_STOCKS[measure]}"
            for measure in measures
            if self._occurs(measure) and self.reader.over_all(measure, EVERYWHERE)["q95"]
        ]

    def asked(self) -> str:
        """The question that the run answers."""
        when = days(self.info.start, self.info.end)
        question = f"Who leaves, by which route, and where do they go, {when}?"
        if self.reader.scenario.applied:
            titles = [f"“{p.title or p.name}”" for p in self.reader.scenario.applied]
            question += f" With the change{'s' if len(titles) > 1 else ''} {joined(titles)}."
        return question


def effect_answer(
    comparison: Comparison, base: ChartReader, alternative: AlternativeInfo
) -> list[str]:
    """Effects of an alternative on departures, crossings and diversion, with names of ``base``."""
    mine = totals_of(comparison, alternative.name)
    diverted = _diverted(comparison, alternative.name)
    sentences = (_leaving_effect(mine, comparison), _crossing_effect(mine, base), diverted)
    return [sentence for sentence in sentences if sentence]


_CHANGES = pl.col("runs_up") + pl.col("runs_down") > 0
_ENDS = ("q05", "mean", "q95")
"""Means, as in the table of effects: they are differences of its means, and add up."""
WITHHELD = "withheld"


def _leaving_effect(mine: pl.DataFrame, comparison: Comparison) -> str:
    first, after = comparison.info.period
    rows = mine.filter(_CHANGES, measure="departed", place=EVERYWHERE)
    when = during(period(first, after))
    if not rows.height:
        return f"{when}, the number of people who set out is the same in every run."
    row = rows.row(0, named=True)
    values = [number_of(row, q) for q in _ENDS]
    change = difference(values, comparison.info.small_count, row["runs"])
    if change == WITHHELD:
        change = "more or fewer people (number withheld)"
    sure = ""
    if row["runs"] > 1:
        up, down = row["runs_up"], row["runs_down"]
        same, word = (up, "more") if up >= down else (down, "fewer")
        sure = f"; {word} in {same} of {counted(row['runs'], 'run')}"
    return f"{when}, {change} set out{sure}."


def _crossing_effect(mine: pl.DataFrame, base: ChartReader) -> str:
    rows = mine.filter(_CHANGES, measure="entered", place_kind="crossing")
    rows = rows.sort(pl.col("mean").abs(), descending=True, nulls_last=True)
    texts = []
    for row in rows.head(_PLACES).iter_rows(named=True):
        values = [number_of(row, q) for q in _ENDS]
        change = difference(values, base.info.small_count, base.info.runs, noun="")
        texts.append(f"{isolated(base.name(row['place']))}, {change}")
    if not texts:
        return "The number of emigrants admitted does not change at any crossing."
    return f"The number of emigrants admitted changes most at {'; '.join(texts)}."


def _diverted(comparison: Comparison, name: str) -> str:
    if not (comparison.folder / "diverted_main.csv").exists():
        return ""
    blocks = diversion.blocks(comparison.diverted_main, name)
    block = next(
        (b for b in blocks if b["from_name"][0] == b["about"][0] != diversion.ALL_ROUTES), None
    )
    if block is None:
        return ""
    small = comparison.info.small_count
    # Only routes that gain people: a negative number is a different effect.
    rows = block.slice(1).filter(pl.col("mean") > 0).sort("mean", descending=True).head(_PLACES)
    texts = []
    for row in rows.iter_rows(named=True):
        low, mid, high = rounded(row["q05"], row["mean"], row["q95"], small)
        texts.append(f"{isolated(row['to_name'])}, {mid} ({span(low, high).replace('-', '−')})")
    about = block["about"][0]
    return f"Diverted from {about} to: {'; '.join(texts)}." if texts else ""


def difference(
    values: Sequence[float | str | None], small: int, runs: int, noun: str = "people"
) -> str:
    """``300 fewer people (200 to 400 fewer)``; an interval that spans zero names both signs.

    ``values`` are the low end, the middle and the high end; None or a text is a withheld number,
    :data:`HIDDEN` one without a sign.
    """
    given = [label(small) if value is None else value for value in values]
    low, mid, high = texts = differences(given[0], given[1], given[2], small)
    if mid == HIDDEN:
        return WITHHELD
    signs = [sign for text in (mid, low, high) if (sign := _sign(text))]
    word = "fewer" if signs and signs[0] < 0 else "more"
    tail = f" {noun}" if noun else ""
    if not signs and HIDDEN not in texts:
        return f"exactly as many{tail}"
    if HIDDEN in texts:
        return f"{_plain(mid)} {word}{tail} (interval {WITHHELD})"
    if len(set(signs)) > 1:
        return f"{_plain(mid)} {word}{tail} (from {_plain(low)} fewer to {_plain(high)} more)"
    if low == high:
        return f"{_plain(mid)} {word}{tail}"
    near, far = (low, high) if word == "more" else (high, low)
    ends = span(_plain(near), _plain(far))
    return f"{_plain(mid)} {word}{tail} ({interval_name(runs)}: {ends})"


def _sign(text: str) -> int:
    """Sign of a difference as text; 0 if it has none."""
    if text in ("0", HIDDEN):
        return 0
    return -1 if text.startswith(("-", ">-")) else 1


def _plain(text: str) -> str:
    """The size of a difference."""
    return text.replace(">-", "<").lstrip("+-")


def limits(reader: ChartReader, *, of_differences: bool = False) -> list[str]:
    """Caveats to read before using any number."""
    info = reader.info
    sentences = [
        "Simulated numbers are the output of a model, not counts of people. They show what "
        "follows from its rules and parameters.",
        covered(info),
    ]
    if of_differences:
        sentences.append("Intervals of differences do not include the model's own error.")
    if of_differences and info.runs < ENOUGH_RUNS:
        sentences.append(
            f"A {MOST} of a difference needs at least {ENOUGH_RUNS} runs. With "
            f"{counted(info.runs, 'run')}, the range from about the lowest to about the highest "
            "run is shown instead."
        )
    if info.scale > 1:
        sentences.append(
            f"One simulated person stands for {info.scale} people, so small places are noisier "
            "than at full scale."
        )
    if info.small_count:
        sentences.append(
            f"Simulated counts of fewer than {info.small_count:,} people are withheld: they are "
            f"written as {label(info.small_count)}, drawn as zero, and empty in the downloads."
        )
    return [
        *sentences,
        "In the model nobody is born, dies or changes documents. Ordinary travellers never "
        "decide to stay, everybody learns of a rule on the same day, and prices and jobs do not "
        "react to arrivals. Nothing happens that is not in the scenario.",
        *FAIR_USE,
    ]
