"""Meaning and unit of every column of an export: its table ``columns``."""

from collections.abc import Iterable, Mapping

import polars as pl

from emigre import schema
from emigre.results.tables import QUANTILES

SCENARIO = "scenario_"
"""Start of the keys of exported scenario tables."""
_MEASURED = "unit of the measure"
_DAYS = {"first_day": ("", "First day."), "last_day": ("", "Last day, included.")}
_SERIES = {
    "measure": ("", "Name of the measure."),
    "title": ("", "The measure in words."),
    "unit": ("", "Unit of the numbers in the row."),
    "place": ("", "Id of a place, country or area; * for everywhere."),
    "place_name": ("", "Name of the place."),
}
_INTERVAL = {
    "median": (_MEASURED, "Simulated median. <10 and the like: withheld, because few people."),
    "low": (_MEASURED, "Lower end of the 90 % interval: the 5 % quantile."),
    "high": (_MEASURED, "Upper end of the 90 % interval: the 95 % quantile."),
}
_QUANTILES = {
    name: (_MEASURED, f"Simulated {int(name[1:])} % quantile, with the model's own error.")
    for name in QUANTILES
}
_PREDICTED = {
    name.replace("q", "p"): (_MEASURED, f"{text.rstrip('.')} and the error of the figure.")
    for name, (_, text) in _QUANTILES.items()
}
_COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "about": {"name": ("", "Name of a fact."), "text": ("", "The fact.")},
    "key_results": {
        "what": ("", "Quantity and place."),
        "when": ("", "Days, the last one included."),
        "observed": (_MEASURED, "Published figure, with its range."),
        "median": (_MEASURED, "Simulated median, rounded by the width of the interval."),
        "interval": (_MEASURED, "90 % interval, rounded."),
        "inside": ("", "Whether the published figure lies in the interval."),
        "source": ("", "Title of the source of the published figure."),
    },
    "scores": _DAYS
    | _QUANTILES
    | _PREDICTED
    | {
        "place_name": _SERIES["place_name"],
        "observed": (_MEASURED, "Published figure."),
        "simulated": ("", "Whether the run covers the days of the figure."),
        "inside_90": ("", "Whether the figure or part of its range lies between q05 and q95."),
        "scored": ("", "Whether the figure is scored."),
        "reason": ("", "Why the figure is not scored."),
        "source_title": ("", "Title of the source."),
        "covered_50": ("", "Whether the figure lies between p25 and p75."),
        "covered_90": ("", "Whether the figure lies between p05 and p95."),
        "crps": (_MEASURED, "Continuous ranked probability score; lower is better."),
        "crps_log": ("", "The same of ln(1 + value)."),
        "wis": (_MEASURED, "Weighted interval score; lower is better."),
        "bias": (_MEASURED, "p50 minus the figure."),
        "log_bias": ("", "The same of ln(1 + value)."),
    },
    "daily": _SERIES | {"date": ("", "Day in the time zone of the scenario.")} | _INTERVAL,
    "forecasts": _SERIES
    | _DAYS
    | _INTERVAL
    | {
        "span": ("", "day, week, or other: 14 days, 30 days and the whole forecast."),
        "forecaster": ("", "emigre: the forecast. simulation: without counts. Others: baselines."),
        "low_50": (_MEASURED, "Lower end of the 50 % interval: the 25 % quantile."),
        "high_50": (_MEASURED, "Upper end of the 50 % interval: the 75 % quantile."),
    },
}


def columns_of(tables: Iterable[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Table, column, unit and meaning, for every column of exported tables."""
    rows = []
    for key, table in tables:
        own = _COLUMNS.get(key, _DAYS)
        given = schema.columns("observations" if key in _COLUMNS else key.removeprefix(SCENARIO))
        for name in table.columns:
            unit, meaning = (
                own[name] if name in own else (given[name].unit, given[name].description)
            )
            rows.append((key, name, unit, meaning))
    return pl.DataFrame(rows, ["table", "column", "unit", "meaning"], orient="row")
