"""Series of observations, with weekly sums of daily counts.

A *series* holds all figures of one measure at one place, except context. A figure has a *span*: a
day, a week (seven days) or other. If a series has daily counts from Monday to Sunday but no figure
for that week, their sum is added as a figure.
"""

from datetime import date, timedelta
from typing import Any

import polars as pl

from emigre import schema
from emigre.evaluation.observation_error import observation_sd
from emigre.evaluation.vintages import current_figures

SPANS = ("day", "week", "other")
_WEEK = 7


def span_of(first: date, after: date) -> str:
    """Name of the span of half-open days."""
    return {1: "day", _WEEK: "week"}.get((after - first).days, "other")


def scorable(observations: pl.DataFrame, as_of: date | None = None) -> pl.DataFrame:
    """Current figures, except context."""
    return current_figures(observations, as_of).filter(pl.col("use") != "context")


def weekly_sums(observations: pl.DataFrame) -> pl.DataFrame:
    """Rows for the sums of seven daily counts of a flow, Monday to Sunday, in the same columns.

    The sum is known once the last of the seven is published. Their errors are independent; the sum
    is ``check`` only if all seven are.
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
            made.append(_sum_of(seven, monday, sunday))
    return pl.DataFrame(made, schema=observations.schema, orient="row")


def _sum_of(seven: pl.DataFrame, monday: date, sunday: date) -> dict[str, Any]:
    # Of several counts of a day the latest published, ties broken by id.
    seven = seven.sort("published", "id").unique("from", keep="last").sort("from")
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
    """Figures scored as a series: current figures and their weekly sums."""
    return pl.concat([scorable(observations), weekly_sums(observations)])
