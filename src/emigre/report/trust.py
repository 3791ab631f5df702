"""Whether to trust a run: what it knew, where its parameters come from, its record."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.errors import EmigreError
from emigre.evaluation.skill import OURS, league
from emigre.evaluation.track_record import Record, record
from emigre.results.counts import EVERYWHERE
from emigre.results.folder import Results
from emigre.results.intervals import interval_name
from emigre.scenario.library import POSTERIOR

CAPPED_SHARE = 0.01
"""Share of those who live away from home above which the bound of their hazards is told."""
_WINDOW = 28
"""Days over which it is taken."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the state of trust."""

    name: str
    text: str


def facts(results: Results, found: Record | None) -> list[Fact]:
    """Scenario, knowledge, parameters, runs and record of a run, and whether a bound was met."""
    info = results.info
    changed = f", with {', '.join(info.variants)}" if info.variants else ""
    warnings = [Fact("Check first", "; ".join(info.warnings))] if info.warnings else []
    return [
        *warnings,
        Fact("Scenario", f"{info.scenario}{changed} (hash {info.hash[:12]})"),
        Fact("Known", _known(results)),
        Fact("Fitted to", _fitted(results)),
        Fact("Runs", _runs(results)),
        Fact("Record", said(found, info.runs)),
        *_bound(results),
    ]


def _bound(results: Results) -> list[Fact]:
    """What the bound of the hazards delays, if it is met by more than a small share."""
    share = capped_share(results)
    if share <= CAPPED_SHARE:
        return []
    text = (
        f"In some {_WINDOW} days the hazards of {100 * share:.0f} % of those who live away from "
        "home add up to more than hazard_cap_per_day. What these do (return, move on, apply, find "
        "work, call their family) comes later than the model says; a share of up to "
        f"{100 * CAPPED_SHARE:.0f} % is not told. A higher bound is exact and takes longer."
    )
    return [Fact("Bound", text)]


def capped_share(results: Results) -> float:
    """Largest share of those away from home whose hazards were above the bound, over 28 days.

    ``hazard_capped`` counts those who are looked at on a day: 1 - exp(-bound) of them on average.
    """
    days = results.info.n_days
    seen = 1.0 - math.exp(-results.info.parameters["hazard_cap_per_day"])
    capped, present = (_mean_by_day(results, m) for m in ("hazard_capped", "stock"))
    share = 0.0
    for first in range(max(days - _WINDOW, 0) + 1):
        people = present[first : first + _WINDOW].sum()
        if people > 0.0:
            share = max(share, capped[first : first + _WINDOW].sum() / (seen * people))
    return share


def _mean_by_day(results: Results, measure: str) -> NDArray[np.float64]:
    """Mean over the runs of a measure everywhere, day by day."""
    rows = results.summary.filter(
        (pl.col("measure").cast(pl.String) == measure)
        & (pl.col("place").cast(pl.String) == EVERYWHERE)
    ).drop_nulls("mean")
    values = np.zeros(results.info.n_days)
    day = (rows["date"] - results.info.start).dt.total_days().to_numpy()
    values[day] = rows["mean"].to_numpy()
    return values


def _known(results: Results) -> str:
    day = results.info.as_of
    if results.info.mode == "conditional":
        return "Departures are given; where people go is simulated. A look back, not a forecast."
    if day is None:
        return (
            "Everything in the scenario, including what was published after the days it covers: a "
            "look back, not a forecast."
        )
    return f"As of {day.day} {day:%b %Y}: nothing published later is used."


def _fitted(results: Results) -> str:
    info = results.info
    if info.parameters_from is None:
        return "Nothing: the parameters were set by hand and are documented in the scenario."
    found = f"{info.parameters_from}, {info.draws} draws of the parameters"
    if info.parameters_from.startswith(POSTERIOR):
        return f"The observations marked fit ({found})."
    return f"See {found}."


def _runs(results: Results) -> str:
    info = results.info
    scale = "" if info.scale == 1 else f", one simulated person for every {info.scale}"
    return f"{info.runs}{scale}; seed {info.seed}; Emigre {info.emigre}"


def track(results: Results) -> Record | None:
    """The record of a run against naive rules; None without a published figure to compare."""
    if not results.scores.height:
        return None
    try:
        return record(results.folder)
    except EmigreError:
        return None


def said(found: Record | None, runs: int) -> str:
    """The record in two sentences: coverage of the intervals, and skill against naive rules."""
    if found is None:
        return "None: no published figure can be compared with this run."
    use = "check" if (found.forecasts["use"] == "check").any() else "fit"
    rows = found.forecasts.filter(pl.col("use") == use)
    ours = rows.filter(pl.col("forecaster") == OURS)
    kept = "published figures kept back for checking" if use == "check" else "published figures"
    held = int(ours["covered_90"].sum())
    text = f"Of {ours.height} {kept}, {held} lie in the {interval_name(runs)}."
    return f"{text} {_against_rules(rows)}"


def _against_rules(rows: pl.DataFrame) -> str:
    """The simulation beside the best naive rule, over all horizons."""
    without = rows.with_columns(pl.lit(None, pl.Int32).alias("horizon"))
    lines = league(without).filter(measure="(all)", forecaster=OURS)
    line = lines.row(0, named=True) if lines.height else None
    if line is None or line["skill_log"] is None or line["best_rule"] is None:
        return "No naive rule knew enough to compare with."
    skill, rule = line["skill_log"], line["best_rule"].replace("_", " ")
    of = f"the best naive rule ({rule})"
    if abs(skill) < 0.005:
        return f"Its error equals that of {of}, over the {line['n']} that a rule could forecast."
    word = "smaller" if skill > 0 else "larger"
    return (
        f"Its error (CRPS of logarithms) is {100 * abs(skill):.0f} % {word} than that of {of}, "
        f"over the {line['n']} that a rule could forecast."
    )
