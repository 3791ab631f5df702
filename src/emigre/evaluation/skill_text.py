"""The skill table formatted for display."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from emigre.evaluation.skill import ALL
from emigre.results.labels import heading_of, title
from emigre.results.text import percent, words

HEADS = (
    *("figures", "span", "forecaster", "n", "CRPS", "WIS", "in 50 %", "in 90 %"),
    *("bias", "MAE", "MAPE", "log CRPS", "skill", "log skill"),
)
"""Column headings."""
LESS = ("WIS", "in 50 %", "bias", "MAPE", "log CRPS", "skill")
"""Those left out on pages and in narrow terminals; CSV files have them."""
PAGE_HEADS = tuple(head for head in HEADS if head not in LESS)
"""Column headings on pages."""

SCREEN = 40
"""Number of lines up to which the terminal shows the whole table."""

RECORD_HEADS = (
    *("days", "forecaster", "n", "log skill", "log CRPS", "in 50 %", "in 90 %"),
    *("width", "fair width"),
)
_RECORD = {
    "skill_log": "+.2f",
    "crps_log": ".3f",
    "coverage_50": "%",
    "coverage_90": "%",
    "width_90": ".2f",
    "width_fair": ".2f",
}


def record_rows(record: pl.DataFrame) -> list[tuple[str, ...]]:
    """Coverage and sharpness of forecasts of all measures, by part of the horizon."""
    rows = record.filter(record["kind"] == ALL)
    return [
        (
            row["days"],
            words(row["forecaster"]),
            str(row["n"]),
            *(_shown(row[c], form) for c, form in _RECORD.items()),
        )
        for row in rows.iter_rows(named=True)
    ]


def _shown(value: float | None, form: str) -> str:
    return percent(value) if form == "%" or value is None else f"{value:{form}}"


def summary_rows(skill: pl.DataFrame) -> pl.DataFrame:
    """The rows that fit on a screen: all if they do, otherwise those over all places."""
    return skill if skill.height <= SCREEN else skill.filter(pl.col("place") == ALL)


def cells(
    skill: pl.DataFrame, names: Mapping[str, str] | None = None
) -> Iterator[tuple[list[str], bool]]:
    """Cells of each line, with names of places if given, and whether it ends its group."""
    for _, rows in groupby(
        skill.iter_rows(named=True), itemgetter("measure", "place", "span", "horizon")
    ):
        group = list(rows)
        for i, row in enumerate(group):
            named = ["", ""] if i else [_group_text(row, names or {}), _days(row)]
            yield [*named, *_numbers(row)], i + 1 == len(group)


def page_rows(skill: pl.DataFrame, names: Mapping[str, str]) -> list[list[str]]:
    """Cells under :data:`PAGE_HEADS` of each line."""
    shown = [HEADS.index(head) for head in PAGE_HEADS]
    return [[texts[i] for i in shown] for texts, _ in cells(skill, names)]


def _numbers(row: dict[str, Any]) -> list[str]:
    """The cells of a forecaster."""
    return [
        words(row["forecaster"]),
        f"{row['n']}" + (f" (+{row['n_alone']})" if row["n_alone"] else ""),
        *(_number(row[name]) for name in ("crps", "wis")),
        *(percent(row[name]) for name in ("coverage_50", "coverage_90")),
        *(_number(row[name]) for name in ("bias", "mae")),
        "–" if row["mape"] is None else f"{row['mape']:.0f} %",
        _shown(row["crps_log"], ".3f"),
        *(_shown(row[name], "+.2f") for name in ("skill", "skill_log")),
    ]


def _group_text(row: dict[str, Any], names: Mapping[str, str]) -> str:
    if row["measure"] == ALL:
        return "All measures"
    measure, place = row["measure"], row["place"]
    if place == ALL:
        return f"{title(measure)}, all series"
    return heading_of(measure, place, names.get(place, place))


def _days(row: dict[str, Any]) -> str:
    span = "all" if row["span"] == ALL else str(row["span"])
    if row["horizon"] is None:
        return span
    return f"{span}, {row['horizon'] - 6}–{row['horizon']} ahead"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"
