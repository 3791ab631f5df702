"""Series of observations, and the weekly sums that daily counts make.

A *series* is all figures of one measure at one place that are not context, each over its days. A
figure has a *span*: a day, a week (seven days) or other. Where a series has a count for each day of
a week from Monday to Sunday and no figure for just that week, the seven make one more figure.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from emigre import schema
from emigre.evaluation.observation_error import observation_sd
from emigre.evaluation.vintages import standing

SPANS = ("day", "week", "other")
_WEEK = 7


def span_of(first: date, after: date) -> str:
    """The name of the span of half-open days."""
    return {1: "day", _WEEK: "week"}.get((after - first).days, "other")


def scorable(observations: pl.DataFrame, as_of: date | None = None) -> pl.DataFrame:
    """The figures that stand and are no context."""
    return standing(observations, as_of).filter(pl.col("use") != "context")


def weekly_sums(observations: pl.DataFrame) -> pl.DataFrame:
    """Rows for the sums of seven daily counts of a flow, Monday to Sunday, in the same columns.

    The sum was known when the last of the seven was published. Their errors are independent; it is
    ``check`` only if all seven are.
    """
    flows = [m.name for m in schema.measures().values() if m.kind == "flow"]
    rows = scorable(observations).filter(pl.col("measure").is_in(flows))
    days = rows.with_columns(
        pl.Series("sd", observation_sd(rows), pl.Float64),
        pl.col("from").dt.truncate("1w").alias("monday"),
    ).filter(pl.col("to") == pl.col("from") + timedelta(days=1))
    known = set(rows.select("measure", "place", "from", "to").iter_rows())
    made: list[dict[str, Any]] = []
    for (measure, place, monday), seven in days.group_by(
        "measure", "place", "monday", maintain_order=True
    ):
        assert isinstance(monday, date)
        sunday = monday + timedelta(days=_WEEK)
        if seven["from"].n_unique() == _WEEK and (measure, place, monday, sunday) not in known:
            made.append(_sum_of(_latest(seven), monday, sunday))
    return pl.DataFrame(made, schema=observations.schema, orient="row")


def _latest(days: pl.DataFrame) -> pl.DataFrame:
    """Of several counts of one day the one published last, of equals the last by id."""
    return days.sort("published", "id").unique("from", keep="last").sort("from")


def _sum_of(seven: pl.DataFrame, monday: date, sunday: date) -> dict[str, Any]:
    first = seven.row(0, named=True)
    total = float(seven["value"].sum())
    spread = float(((seven["sd"] * seven["value"]) ** 2).sum()) ** 0.5
    return dict.fromkeys(first) | {
        "id": f"week_{first['measure']}_{first['place']}_{monday}",
        "measure": first["measure"],
        "place": first["place"],
        "from": monday,
        "to": sunday,
        "value": total,
        "error": "approximate" if spread > 0 else "exact",
        "error_sd": spread / total if spread > 0 else None,
        "use": "check" if (seven["use"] == "check").all() else "fit",
        "headline": False,
        "published": seven["published"].max(),
        "basis": first["basis"],
        "source": first["source"],
        "note": "Sum of seven daily counts.",
    }


def with_weekly_sums(observations: pl.DataFrame) -> pl.DataFrame:
    """What is scored as a series: the figures that stand and the weekly sums they make."""
    return pl.concat([scorable(observations), weekly_sums(observations)])
