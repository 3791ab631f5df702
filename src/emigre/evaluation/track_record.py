"""Track record of a run: its forecasts against the baselines."""

from dataclasses import dataclass, replace
from datetime import date
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from emigre.errors import InputError, Mistake, ResultsError, refuse
from emigre.evaluation.baselines import Published
from emigre.evaluation.key_results import days
from emigre.evaluation.observations import with_weekly_sums
from emigre.evaluation.scores import coarsened, moved_shares, with_error, with_references
from emigre.evaluation.simulated import SeriesReader, figures
from emigre.evaluation.skill import OURS, forecasts, skill_table
from emigre.numerics.array_types import F64
from emigre.results import csv_files, notebook, notice
from emigre.results.folder import SCENARIO, Results
from emigre.results.intervals import HALF, MOST, few_runs
from emigre.results.output_dir import folder_given
from emigre.results.record import refuse_replaced
from emigre.results.run_info import RunInfo
from emigre.results.text import counted, percent
from emigre.scenario import arguments
from emigre.scenario.library import HEADER, shipped
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import quoted

USES = ("fit", "check", "all")


@dataclass(frozen=True, eq=False)
class TrackRecord:
    """All forecasts of a run by all forecasters, and their skill table.

    ``notes`` are on the scenario whose observations are scored.
    """

    info: RunInfo
    origin: date | None
    forecasts: pl.DataFrame
    skill: pl.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        figures = counted(self.forecasts["id"].n_unique(), "figure")
        return f"TrackRecord({self.info.scenario}, {figures}, {counted(self.info.runs, 'run')})"

    def _repr_html_(self) -> str:
        columns = ("measure", "place", "span", "forecaster", "n", "skill_log", "crps_log")
        rows = {"notes": " ".join(self.remarks())}
        return notebook.card(f"{self.info.title}: scores", rows, self.skill.select(columns))

    def write_csv(self, table: pl.DataFrame, path: Path) -> None:
        """Write one of the two tables with its purpose notice."""
        write_csv(table, path)
        notice.write_beside(path, self.info)

    def remarks(self) -> list[str]:
        """Notes on reading the table."""
        if self.origin is None:
            known = (
                "Baselines forecast each figure on the day before it begins, from what was "
                "published by then. The simulation uses no counts, but its rules and parameters "
                "were chosen later, so the table shows how well it fits, not how well it "
                "forecasts. To test forecasts, use emigre hindcast or emigre run --as-of."
            )
        else:
            known = (
                f"All forecast at the end of {days(self.origin)}, from what was published by then."
            )
        caveat = few_runs(self.info.runs)
        notes = [*self.notes, known, *([caveat] if caveat else [])]
        return [*notes, *(coverage(self.forecasts, use) for use in ("check", "fit"))]


def record(
    run: Results | str | PathLike[str],
    *,
    scenario: Scenario | str | PathLike[str] | None = None,
    as_of: date | str | None = None,
    use: str = "all",
) -> TrackRecord:
    """Score a run against published counts and baseline forecasters.

    Parameters
    ----------
    run : Results, str or path
        Run, or its folder.
    scenario : Scenario, str or path, optional
        Scenario to take observations from. The one in the run folder if not given; for an as-of
        run, whose own observations end on that day, the scenario of the same name.
    as_of : date or str, optional
        Last day known to all forecasts. That of the run if not given; if the run has none either,
        the baselines forecast each figure on the day before it begins.
    use : {"all", "fit", "check"}
        Observations to score.

    Returns
    -------
    TrackRecord
        ``forecasts`` of each figure by each forecaster, and ``skill``, the skill table.

    Raises
    ------
    InputError
        If an argument is invalid, or the scenario of the run cannot be found.
    ResultsError
        If the folder is not a run, or no observation can be compared with it.
    """
    results = run if isinstance(run, Results) else Results.read(folder_given(run, "run", "run"))
    mistakes: list[Mistake] = []
    origin = _origin(results, as_of, mistakes)
    arguments.one_of("--use", use, USES, mistakes)
    refuse(mistakes)
    world = scenario_of(results) if scenario is None else load(scenario)
    scored = against_counts(SeriesReader(results), world, origin, use)
    if scenario is not None or results.info.as_of is not None:
        return scored
    notes = results.info.notes_on_scenario(results.folder.name, world.hash)
    return replace(scored, notes=tuple(notes))


def against_counts(
    series: SeriesReader, scenario: Scenario, origin: date | None, use: str = "all"
) -> TrackRecord:
    """Score the series of a run by a scenario's counts; ResultsError if none can be compared."""
    results = series.results
    observations = with_weekly_sums(scenario.tables["observations"])
    if use != "all":
        observations = observations.filter(use=use)
    compared = forecasts(
        _with_error(series, observations),
        observations,
        Published(scenario.tables["observations"], scenario.tables["pressures"]).on,
        seed=results.info.seed,
        origin=origin,
        small_count=results.info.small_count,
    )
    if not compared.height:
        raise ResultsError(f"{results.folder}: no observation can be compared with this run")
    return TrackRecord(results.info, origin, compared, skill_table(compared))


def _with_error(series: SeriesReader, observations: pl.DataFrame) -> F64:
    """Values (n_runs, n_observations) with the model's own error, as in scores.csv; nan: fewer."""
    info = series.results.info
    every = figures(series, with_references(observations, info.start))
    values = coarsened(every[:, : observations.height], observations, info.small_count)
    if not values.size:
        return values
    moved = moved_shares(every, observations, info.small_count)
    columns = [
        with_error(values[:, i], row, info.residuals, moved[i])
        for i, row in enumerate(observations.iter_rows(named=True))
    ]
    # A total over all places has no error if places share none of it: as many values as runs.
    out = np.full((max(map(len, columns)), len(columns)), np.nan)
    for i, column in enumerate(columns):
        out[: len(column), i] = column
    return out


def _origin(results: Results, given: date | str | None, mistakes: list[Mistake]) -> date | None:
    """Common origin of the forecasts of a run, or None."""
    info = results.info
    if given is None:
        return info.as_of
    day = arguments.origin("--as-of", given, info.start, info.end, mistakes)
    if day is not None and info.as_of is not None and info.start <= day < info.as_of:
        expected = f"a date on or after {info.as_of}, the as-of date of the run"
        mistakes.append(Mistake("--as-of", str(day), expected))
    return day


def scenario_of(results: Results, *, with_later_counts: bool = True) -> Scenario:
    """Scenario of a run: the copy in its folder, else the one of the same name.

    The counts in the copy of an as-of run end on that day: ``with_later_counts`` it is not used.
    InputError if there is none.
    """
    refuse_replaced(results)
    copy, name = results.folder / SCENARIO, results.info.scenario
    if copy.is_dir() and (results.info.as_of is None or not with_later_counts):
        return load(copy)
    if name in shipped() or (Path(name) / HEADER).is_file():
        return load(name)
    found = f"a run of the scenario {quoted(name)}, which cannot be found"
    hint = "name its folder with --scenario"
    expected = "a run of a known scenario"
    raise InputError(Mistake(str(results.folder), found, expected, hint))


def coverage(forecasts: pl.DataFrame, use: str) -> str:
    """Coverage of the simulation's intervals, for figures of one use."""
    ours = forecasts.filter(forecaster=OURS, use=use)
    if not ours.height:
        return f"No figure marked {use} can be compared."
    figures, parts = counted(ours.height, "figure"), []
    for column, interval in (("covered_50", HALF), ("covered_90", MOST)):
        inside = int(ours[column].sum())
        parts.append(f"{inside} ({percent(inside / ours.height)}) in the {interval}")
    return f"{figures} marked {use}: {', '.join(parts)}."


def write_csv(table: pl.DataFrame, path: Path) -> None:
    """Write forecasts or a skill table, rounded; creates the folder if needed."""
    shown = table.with_columns(
        *(
            pl.when(pl.col(name))
            .then(pl.lit("yes"))
            .when(~pl.col(name))
            .then(pl.lit("no"))
            .alias(name)
            for name, kind in table.schema.items()
            if kind == pl.Boolean
        ),
        *(
            pl.col(name).round_sig_figs(9).alias(name)
            for name, kind in table.schema.items()
            if kind == pl.Float64
        ),
    )
    csv_files.write(shown, path)
