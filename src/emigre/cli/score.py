"""``emigre score`` and ``emigre hindcast``: forecast verification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, plain_errors, say_warnings, simulating
from emigre.cli.options import Text, day, flag, option, path_argument, path_option, whole
from emigre.cli.printing import fitting, new_console, new_table, print_table, say_hidden
from emigre.results.text import counted

if TYPE_CHECKING:
    import polars as pl


@app.command()
def score(
    run: Annotated[Path, path_argument("RUN", "Run folder.")],
    as_of: Annotated[Text, day("Date on which all forecasts were made.")] = None,
    use: Annotated[str, option("fit|check|all", "Observations to score.")] = "all",
    scenario: Annotated[
        Text, option("SCENARIO", "Scenario to take observations from. Default: the run folder.")
    ] = None,
    out: options.TableFile = None,
    forecasts: Annotated[
        Path | None, path_option("FILE.csv", "Also write all forecasts as CSV.")
    ] = None,
    force: Annotated[bool, flag("Overwrite files.", "--force")] = False,
) -> None:
    """Score a run against published counts and baseline forecasters."""
    with plain_errors():
        from emigre.errors import InputError, Mistake
        from emigre.evaluation import track_record
        from emigre.evaluation.skill_text import summary_rows
        from emigre.results.output_dir import refuse_taken_file

        files = [path for path in (out, forecasts) if path is not None]
        refuse_taken_file(*files, force=force, ending=".csv")
        if out is not None and forecasts is not None and out.resolve() == forecasts.resolve():
            raise InputError(Mistake("--forecasts", f"{out}, as in --out", "a file of its own"))
        record = track_record.record(run, scenario=scenario, as_of=as_of, use=use)
        for path, table in ((out, record.skill), (forecasts, record.forecasts)):
            if path is not None:
                record.write_csv(table, path)
        shown = summary_rows(record.skill)
        title = f"{record.info.title}: simulation and baselines"
        _print(title, shown, record.remarks(), record.info.places)
        if left := record.skill.height - shown.height:
            where = out or "a table that --out FILE.csv writes"
            print(f"Lines of each place: {left}, in {where}.")
        for path in files:
            print(f"Wrote {path}")


@app.command()
def hindcast(
    scenario: options.Scenario,
    from_: Annotated[str, day("Day of the first forecast.", "--from")],
    to: Annotated[str, day("Last possible day of a forecast.")],
    every: Annotated[str, option("DAYS", "Interval between forecasts, such as 7d.")] = "7d",
    horizon: Annotated[str, option("DAYS", "Forecast horizon, such as 14d.")] = "14d",
    runs: Annotated[int | None, whole("Number of runs per forecast.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    draws: options.DrawsFile = None,
    fit: Annotated[bool, flag("Refit the parameters for each forecast (slow).", "--fit")] = False,
    fit_size: Annotated[int, whole("Posterior draws per fit.")] = 150,
    fit_steps: Annotated[int, whole("Assimilation steps per fit.")] = 3,
    out: options.Folder = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Score rolling forecasts of the past against baseline forecasters."""
    with simulating(quiet, processes, cluster, workers, out, force) as (bar, where):
        bar.stage("reading the scenario")
        import emigre
        from emigre.evaluation.skill_text import summary_rows
        from emigre.scenario.loader import ScenarioReader

        reader = ScenarioReader(scenario)
        loaded = reader.load(variants=variant or (), settings=set_ or ())
        say_warnings(quiet, loaded, scale=scale)
        done = emigre.hindcast(
            reader,
            start=from_,
            end=to,
            every=every,
            horizon=horizon,
            variants=variant or (),
            settings=set_ or (),
            runs=runs,
            seed=seed,
            scale=scale,
            draws=draws,
            refit=fit,
            fit_size=fit_size,
            fit_steps=fit_steps,
            **where,
        )
    if quiet:
        print(done.folder)
        return
    _print_record(
        f"{done.info.title}: record of {counted(len(done.info.origins), 'forecast')}", done.record
    )
    shown = summary_rows(done.skill)
    left = done.skill.height - shown.height
    if left:
        _print("Each measure", shown, done.remarks(), done.info.places)
        print(f"Lines of each place: {left}, in skill.csv.")
    else:
        _print("Each measure and place", shown, done.remarks(), done.info.places)
    print(f"Results: {done.folder}")
    print("  record.csv, forecasts.csv, skill.csv, hindcast.json")


def _print_record(title: str, record: pl.DataFrame) -> None:
    """Print coverage and sharpness of the forecasts by part of the horizon."""
    from emigre.evaluation.skill_text import RECORD_HEADS, record_rows

    rows = record_rows(record)
    if not rows:
        print(f"{title}: no figure has a baseline forecast to compare with.")
        return
    table = new_table(title, RECORD_HEADS, left=2)
    for texts in rows:
        table.add_row(*texts)
    print_table(new_console(), table)


def _print(title: str, skill: pl.DataFrame, remarks: list[str], places: Mapping[str, str]) -> None:
    """Print the skill table and its remarks."""
    from emigre.evaluation.skill_text import HEADS, LESS, cells

    console = new_console()
    columns = fitting(console, HEADS, LESS)
    table = new_table(title, [HEADS[i] for i in columns], left=3)
    for texts, ends in cells(skill, places):
        table.add_row(*(texts[i] for i in columns), end_section=ends)
    print_table(console, table)
    say_hidden(console, HEADS, columns)
    for line in remarks:
        console.print(line)
