"""Main effects of each alternative, formatted for display."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from emigre import schema
from emigre.comparison import diversion
from emigre.comparison.folder import Comparison
from emigre.evaluation.key_results import differences, rounded_levels, span
from emigre.results.labels import heading_of
from emigre.results.tables import QUANTILES
from emigre.results.text import percent

EVERYWHERE = (
    *("departed", "trapped", "refused_entry", "asylum_claims"),
    *("abroad", "stock_displaced", "in_need"),
)
"""Measures shown for all places together."""
BY_PLACE = (("entered", "crossing"), ("arrived", "country"))
"""Measures shown for the places where they change most, with the kind of place."""
_NUMBERS = ("q05", "mean", "q95")
HIDDEN = "–"
"""A number from which a withheld one could be computed."""
_LEVELS = ("baseline", "alternative_value")
_PLACES = 6
_BLOCKS = 3
"""Diversion shown: all routes together, and the countries that change most."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of the table of effects, ready to print."""

    what: str
    baseline: str
    value: str
    effect: str
    interval: str
    sign: str


def main_effects(comparison: Comparison, name: str) -> list[Effect]:
    """The lines of one alternative: totals, then the places that change most."""
    small = comparison.info.small_count
    return [_line(row, small) for row in _chosen(totals_of(comparison, name))]


def totals_of(comparison: Comparison, name: str) -> pl.DataFrame:
    """Totals of an alternative, with the text of each number in the file as ``q05_text``, ..."""
    table = _with_texts(comparison.totals, comparison.written("totals.csv"))
    return table.filter(alternative=name)


def _with_texts(numbers: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The table with each number and its text in the file, for withheld numbers."""
    names = [name for name in ("mean", *QUANTILES, *_LEVELS) if name in texts.columns]
    return numbers.hstack(texts.select(pl.col(name).alias(f"{name}_text") for name in names))


def number_of(row: dict[str, Any], name: str) -> float | str:
    """A number of a row with texts, its withheld marker, or :data:`HIDDEN`."""
    number: float | None = row[name]
    return (row[f"{name}_text"] or HIDDEN) if number is None else number


@dataclass(frozen=True, slots=True)
class Diversion:
    """One line of the diversion table; ``starts``: the first of a block."""

    what: str
    persons: str
    interval: str
    share: str
    starts: bool


def main_diversions(comparison: Comparison, name: str) -> list[Diversion]:
    """Diversion of all routes and of the countries that change most."""
    texts = comparison.written("diverted_main.csv")
    mine = _with_texts(comparison.diverted_main, texts)
    blocks = diversion.blocks(mine, name)[:_BLOCKS]
    small = comparison.info.small_count
    return [_diversion(row, small) for block in blocks for row in block.iter_rows(named=True)]


def _diversion(row: dict[str, Any], small: int) -> Diversion:
    loses = row["from_name"] == row["about"]
    starts = "*" in (row["kind"], row["from_kind"])
    what = f"  {'to' if loses else 'from'} {row['to_name'] if loses else row['from_name']}"
    if starts:
        what = f"{'fewer' if loses else 'more'} {diversion.through(row['about'])}"
    ends = [number_of(row, name) for name in _NUMBERS]
    texts = differences(ends[0], ends[1], ends[2], small)
    low, mid, high = (text.removeprefix("+") for text in texts)
    share = "" if row["share"] is None or starts else percent(row["share"])
    return Diversion(what, mid, span(low, high), share, starts)


def _chosen(mine: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for measure in EVERYWHERE:
        yield from mine.filter(measure=measure, place="*").iter_rows(named=True)
    for measure, kind in BY_PLACE:
        rows = mine.filter(measure=measure, place_kind=kind).drop_nulls("mean")
        changed = rows.filter(pl.col("mean") != 0).sort(pl.col("mean").abs(), descending=True)
        yield from changed.head(_PLACES).iter_rows(named=True)


def _line(row: dict[str, Any], small: int) -> Effect:
    decimals = schema.measures()[row["measure"]].decimals
    interval = (number_of(row, "q05"), number_of(row, "q95"))
    low, mid, high = differences(interval[0], number_of(row, "mean"), interval[1], small, decimals)
    levels = (number_of(row, "baseline"), number_of(row, "alternative_value"))
    before, after = rounded_levels(levels, *interval, small, decimals)
    return Effect(
        what=heading_of(row["measure"], row["place"], row["place_name"]),
        baseline=before,
        value=after,
        effect=mid,
        interval=span(low, high),
        sign=_sign(row),
    )


def _sign(row: dict[str, Any]) -> str:
    """Number of runs in which the effect has the sign of its mean."""
    up, down, runs = row["runs_up"], row["runs_down"], row["runs"]
    if up == down == 0:
        return "no change"
    same, word = (up, "up") if up >= down else (down, "down")
    return f"{word} in {same} of {runs}"
