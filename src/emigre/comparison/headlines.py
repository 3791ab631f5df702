"""The main effects of each alternative in plain words and fitting digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from emigre import schema
from emigre.comparison.folder import Comparison
from emigre.headlines import rounded, words

EVERYWHERE = (
    "departed",
    "trapped",
    "refused_entry",
    "asylum_claims",
    "abroad",
    "stock_displaced",
    "in_need",
)
"""Measures shown for all places together."""
BY_PLACE = (("entered", "crossing"), ("arrived", "country"))
"""Measures shown for the places at which they change most, and the kind of those places."""
_PLACES = 6
_BLOCKS = 3
"""Of who went where: all ways together, and the countries that change most."""


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
    """The lines of one alternative: everywhere, then the places that change most."""
    small = comparison.info.small_count
    mine = comparison.totals.filter(alternative=name)
    return [_line(row, small) for row in _chosen(mine)]


@dataclass(frozen=True, slots=True)
class Diversion:
    """One line of the table of who goes where instead; ``starts``: the first of a block."""

    what: str
    persons: str
    interval: str
    share: str
    starts: bool


def main_diversions(comparison: Comparison, name: str) -> list[Diversion]:
    """For all ways and the countries that lose or gain most: how many, and to or from where."""
    mine = comparison.diverted_main.filter(alternative=name, by="country").drop_nulls("mean")
    blocks = mine.partition_by("about", maintain_order=True)[:_BLOCKS]
    small = comparison.info.small_count
    return [_diversion(row, small) for block in blocks for row in block.iter_rows(named=True)]


def _diversion(row: dict[str, Any], small: int) -> Diversion:
    loses = row["from_name"] == row["about"]
    starts = "*" in (row["kind"], row["from_kind"])
    what = f"  {'to' if loses else 'from'} {row['to_name'] if loses else row['from_name']}"
    if starts:
        what = f"{'fewer' if loses else 'more'} by {row['about']}"
    low, mid, high = rounded(row["q05"], row["mean"], row["q95"], small)
    share = "" if row["share"] is None or starts else f"{row['share']:.0%}"
    return Diversion(what, mid, f"{low} to {high}", share, starts)


def _chosen(mine: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for measure in EVERYWHERE:
        yield from mine.filter(measure=measure, place="*").iter_rows(named=True)
    for measure, kind in BY_PLACE:
        rows = mine.filter(measure=measure, place_kind=kind).drop_nulls("mean")
        changed = rows.filter(pl.col("mean") != 0).sort(pl.col("mean").abs(), descending=True)
        yield from changed.head(_PLACES).iter_rows(named=True)


def _line(row: dict[str, Any], small: int) -> Effect:
    is_count = schema.measures()[row["measure"]].unit == "persons"
    decimals = 0 if is_count else 1
    low, mid, high = rounded(row["q05"], row["mean"], row["q95"], small, decimals)
    # Both sides with the digits that the effect's interval carries.
    before, _, after = rounded(
        row["baseline"], row["mean"], row["alternative_value"], small, decimals
    )
    return Effect(
        what=f"{words(row['measure'])}, {row['place_name']}",
        baseline=before,
        value=after,
        effect=_signed(mid),
        interval=f"{_signed(low)} to {_signed(high)}",
        sign=_sign(row),
    )


def _signed(text: str) -> str:
    return text if text.startswith(("-", "<")) or text == "0" else f"+{text}"


def _sign(row: dict[str, Any]) -> str:
    """In how many runs the effect has the sign of its mean."""
    up, down, runs = row["runs_up"], row["runs_down"], row["runs"]
    if up == down == 0:
        return "no change"
    same, word = (up, "up") if up >= down else (down, "down")
    return f"{word} in {same} of {runs}"
