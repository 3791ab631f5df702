"""The trust panel: knowledge date, origin of the parameters, track record."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from emigre.charts.series import ChartReader
from emigre.errors import EmigreError
from emigre.evaluation.key_results import days
from emigre.evaluation.skill import OURS, skill_table
from emigre.evaluation.track_record import TrackRecord, against_counts, scenario_of
from emigre.numerics.array_types import F64
from emigre.results.counts import EVERYWHERE
from emigre.results.folder import Results
from emigre.results.intervals import MOST
from emigre.results.labels import title
from emigre.results.run_info import RunInfo
from emigre.results.text import counted, inside, percent, words
from emigre.scenario.library import POSTERIOR
from emigre.scenario.parameter_draws import PRIOR_RANGES

CAPPED_SHARE = 0.01
"""Share of people away from home above which the cap on their hazards is reported."""
_ENOUGH_FIGURES = 3
"""Minimum number of figures for judging a measure."""
_WINDOW = 28
"""Days over which the share is computed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the trust panel."""

    name: str
    text: str


def facts(reader: ChartReader, scored: TrackRecord | None) -> list[Fact]:
    """Facts about a run: scenario, knowledge date, parameters, runs, track record, hazard cap."""
    results, info = reader.results, reader.info
    edited = info.notes_on_scenario(results.folder.name, reader.scenario.hash)
    changed = f", with {', '.join(info.variants)}" if info.variants else ""
    scale = "" if info.scale == 1 else f", one simulated person for every {info.scale}"
    return [
        *check_first(info, edited),
        *([Fact("Assumed", "; ".join(_shortened(info.assumed)))] if info.assumed else []),
        Fact("Scenario", f"{info.scenario}{changed} (hash {info.hash[:12]})"),
        Fact("Information", _known(results)),
        Fact("Fitted to", _fitted(results)),
        Fact("Runs", f"{info.runs}{scale}; seed {info.seed}; Emigre {info.emigre}"),
        Fact("Record", _record(scored)),
        *_late_actions(results),
    ]


_MOST_NOTES = 8
"""Notes of one kind that a report prints above its contents."""


def _shortened(texts: Sequence[str]) -> list[str]:
    """The first notes, and the number of others."""
    left = len(texts) - _MOST_NOTES
    more = [f"and {left} more: emigre check lists all"] if left > 0 else []
    return [*texts[:_MOST_NOTES], *more]


def check_first(info: RunInfo, edited: Sequence[str]) -> list[Fact]:
    """What a reader should check first: edits of the scenario, and its warnings."""
    notes = _shortened([*edited, *info.warnings])
    return [Fact("Check first", "; ".join(notes))] if notes else []


def in_short(results: Results, scored: TrackRecord | None) -> list[str]:
    """Reliability of a run, in up to three plain lines."""
    if scored is None:
        return [_known(results), _NOT_COMPARABLE]
    ours = _compared(scored).filter(forecaster=OURS)
    return [_known(results), _coverage(ours), *_weakest(ours)]


_NOT_COMPARABLE = "No published figure can be compared with this run."


def _compared(scored: TrackRecord) -> pl.DataFrame:
    """Forecasts of the held-out figures, or of all where none is held out."""
    is_held_out = pl.col("use") == "check"
    rows = scored.forecasts
    return rows.filter(is_held_out if (rows["use"] == "check").any() else pl.col("use") == "fit")


def _coverage(ours: pl.DataFrame) -> str:
    """Number of published figures within the interval, as a sentence."""
    held = int(ours["covered_90"].sum())
    figures = "held-out published figures" if "check" in ours["use"] else "published figures"
    falls = "falls" if held == 1 else "fall"
    return f"{held} of {ours.height} {figures} {falls} within the {MOST}."


def _weakest(ours: pl.DataFrame) -> list[str]:
    """The measure with the smallest share of figures inside, if one is worse than the others."""
    by = ours.group_by("measure").agg(pl.col("covered_90").sum().alias("held"), pl.len().alias("n"))
    by = by.filter(pl.col("n") >= _ENOUGH_FIGURES).sort(pl.col("held") / pl.col("n"), "measure")
    if by.height < 2 or by["held"][0] == by["n"][0]:
        return []
    name = inside(title(by["measure"][0]))
    return [f"Weakest: {name} ({by['held'][0]} of {by['n'][0]} inside)."]


def _late_actions(results: Results) -> list[Fact]:
    """A warning if the hazard cap binds for more than a small share of people."""
    share = capped_share(results)
    if share <= CAPPED_SHARE:
        return []
    text = (
        f"In one period of {_WINDOW} days, the hazards of {percent(share)} of the people away from "
        "home exceed hazard_cap_per_day: they return, move on, apply, find work or call their "
        "family too late. To check whether it matters, run again with twice the value (slower) "
        "and compare."
    )
    return [Fact("Late actions", text)]


def capped_share(results: Results) -> float:
    """Largest 28-day share of people away from home whose hazards exceeded the cap.

    ``hazard_capped`` counts only people evaluated on a day, on average 1 - exp(-cap) of them.
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


def _mean_by_day(results: Results, measure: str) -> F64:
    """Daily mean over the runs of a measure summed over all places."""
    series = results.scan_summary().filter(measure=measure, place=EVERYWHERE)
    rows = series.drop_nulls("mean").collect()
    values = np.zeros(results.info.n_days)
    day = (rows["date"] - results.info.start).dt.total_days().to_numpy()
    values[day] = rows["mean"].to_numpy()
    return values


def _known(results: Results) -> str:
    day = results.info.as_of
    if results.info.mode == "conditional":
        return "Departures are given; destinations are simulated. Retrospective, not a forecast."
    if day is None:
        return (
            "Retrospective, not a forecast: the scenario uses data published after the days it "
            "covers."
        )
    return f"As of {days(day)}: nothing published later is used."


def _fitted(results: Results) -> str:
    info = results.info
    if info.parameters_from is None:
        return "Nothing: the parameters were set by hand and are documented in the scenario."
    found = f"{info.parameters_from}, {counted(info.draws or 0, 'draw')} of the parameters"
    if info.parameters_from.startswith(PRIOR_RANGES):
        return f"Nothing: the parameters were drawn from ranges in the scenario ({found})."
    if info.parameters_from.startswith(POSTERIOR):
        return f"The observations marked fit ({found})."
    return f"See {found}."


def track_record(reader: ChartReader) -> TrackRecord | None:
    """Track record of a run against baselines; None without published figures to compare."""
    results = reader.results
    if not results.scores.height:
        return None
    as_of = results.info.as_of
    try:
        # The observations of an as-of run end on its as-of day; those of its scenario continue.
        scenario = reader.scenario if as_of is None else scenario_of(results)
        return against_counts(reader, scenario, as_of)
    except EmigreError:
        return None


def _record(scored: TrackRecord | None) -> str:
    """The track record in two sentences: interval coverage, and skill against baselines."""
    if scored is None:
        return _NOT_COMPARABLE
    rows = _compared(scored)
    return f"{_coverage(rows.filter(pl.col('forecaster') == OURS))} {_against_baselines(rows)}"


def _against_baselines(rows: pl.DataFrame) -> str:
    """The simulation against the best baseline, over all horizons."""
    without = rows.with_columns(pl.lit(None, pl.Int32).alias("horizon"))
    lines = skill_table(without).filter(measure="(all)", forecaster=OURS)
    if not lines.drop_nulls(["skill_log", "best_baseline"]).height:
        return "No baseline had enough data for a comparison."
    line = lines.row(0, named=True)
    skill, baseline = line["skill_log"], words(line["best_baseline"])
    of = f"the best baseline ({baseline})"
    figures = f"the {counted(line['n'], 'figure')} with a baseline forecast"
    if abs(skill) < 0.005:
        return f"Its error equals that of {of} on {figures}."
    size = f"{percent(abs(skill))} {'smaller' if skill > 0 else 'larger'}"
    return f"Its error (CRPS of logarithms) is {size} than that of {of} on {figures}."
