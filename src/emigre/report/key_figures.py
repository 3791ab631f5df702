"""Key figures at the top of a report: a number, its range as a bar, and what to plan for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from emigre.charts.series import EVERYWHERE, ChartReader
from emigre.evaluation.key_results import days, rounded
from emigre.results.disclosure import shown
from emigre.results.intervals import MOST
from emigre.results.window import is_flow

_NUMBER = 3
TITLES = {
    "departed": "set out to live elsewhere",
    "abroad": "are abroad",
    "stock_displaced": "are displaced inside their own country",
    "in_need": "have neither savings nor income",
    "trapped": "want to leave but have no way out",
    "arrived": "arrived to stay",
}
"""What the people of a measure do or have done, the most important first."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A key figure.

    ``low``, ``mid`` and ``high`` are positions on a bar from nobody to the upper end, in per cent;
    ``plan`` and ``ready`` are the median and the upper end as text, ``advice`` how to plan with
    them, ``basis`` the counts behind the figure; ``is_old`` if the last one is old.
    """

    title: str
    when: str
    plan: str
    ready: str
    interval: str
    low: float
    mid: float
    high: float
    advice: str
    basis: str = ""
    is_old: bool = False

    def as_range(self, name: str, low: str, advice: str) -> Self:
        """The same figure shown as an interval, because its median is too uncertain."""
        interval = f"{name}; median {self.plan}"
        return replace(self, plan=f"{low} to {self.ready}", interval=interval, advice=advice)


def key_figures(reader: ChartReader) -> list[KeyFigure]:
    """The first three counts of a run that are not zero, over all places."""
    there = [m for m in TITLES if reader.totals.get(m, {}).get(EVERYWHERE)]
    made = (_figure(reader, measure) for measure in there)
    return [figure for figure in made if figure is not None][:_NUMBER]


def _figure(reader: ChartReader, measure: str) -> KeyFigure | None:
    info, values = reader.info, reader.over_all(measure, EVERYWHERE)
    ends = [shown(values[q], info.small_count) for q in ("q05", "q50", "q95")]
    when = days(info.start, info.end) if is_flow(measure) else f"on {days(info.end)}"
    texts = rounded(ends[0], ends[1], ends[2], info.small_count)
    figure = key_figure(TITLES[measure], when, ends, texts)
    is_past = info.as_of is None  # nothing is planned for days whose counts are known
    return figure if figure is None or not is_past else replace(figure, advice="")


def key_figure(
    title: str, when: str, ends: Sequence[float | None], texts: Sequence[str]
) -> KeyFigure | None:
    """A key figure from the low end, median and high end, and their texts; None if all are zero."""
    if not ends[2]:
        return None
    low, mid, high = positions(ends, ends[2])
    interval = f"{MOST}: {texts[0]} to {texts[2]}"
    advice = f"Plan for {texts[1]}; be ready for {texts[2]}."
    return KeyFigure(title, when, texts[1], texts[2], interval, low, mid, high, advice)


def positions(ends: Sequence[float | None], highest: float) -> tuple[float, ...]:
    """Positions of numbers on a bar from nobody to the highest one, in per cent."""
    return tuple(100.0 * (end or 0.0) / highest for end in ends)
