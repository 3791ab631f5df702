"""``emigre score`` and ``emigre hindcast``: what forecasts were worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emigre.cli import options
from emigre.cli.app import app, new_console, new_table, plain_errors, pool, progress

if TYPE_CHECKING:
    import polars as pl


@app.command()
def score(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    as_of: Annotated[
        str | None,
        typer.Option(help="Day at whose end all forecasts were made, YYYY-MM-DD."),
    ] = None,
    use: Annotated[str, typer.Option(help="Figures marked fit, check, or all.")] = "all",
    scenario: Annotated[
        str | None,
        typer.Option(help="Whose observations to take; those in the run folder if not given."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Also write the table as CSV.")
    ] = None,
    forecasts: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Also write every single forecast.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files.")] = False,
) -> None:
    """Set a run beside naive rules: who forecast the published counts better."""
    with plain_errors():
        from emigre.evaluation import track_record
        from emigre.results.output_dir import refuse_taken_file

        files = [path for path in (out, forecasts) if path is not None]
        refuse_taken_file(*files, force=force)
        record = track_record.record(run, scenario=scenario, as_of=as_of, use=use)
        for path, table in ((out, record.league), (forecasts, record.forecasts)):
            if path is not None:
                record.write_csv(table, path)
        _print(
            f"{record.info.title}: simulation and naive rules",
            record.league,
            record.remarks(),
            record.info.runs,
        )
        for path in files:
            print(f"Written: {path}")


@app.command()
def hindcast(
    scenario: options.Scenario,
    from_: Annotated[str, typer.Option("--from", help="First origin, YYYY-MM-DD.")],
    to: Annotated[str, typer.Option(help="No origin after this day, YYYY-MM-DD.")],
    every: Annotated[str, typer.Option(help="Days between origins, such as 7d.")] = "7d",
    horizon: Annotated[str, typer.Option(help="Days ahead of each origin.")] = "14d",
    runs: Annotated[int | None, options.whole("Runs of each forecast.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    draws: options.DrawsFile = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit parameters anew as of each origin: honest, and long.")
    ] = False,
    fit_size: Annotated[int, options.whole("Draws of each of these fits.")] = 150,
    fit_steps: Annotated[int, options.whole("Times that its draws are simulated.")] = 3,
    out: options.Folder = None,
    workers: options.Workers = None,
    processes: options.Processes = False,
    cluster: options.Cluster = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where results lie.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier hindcast.")] = False,
) -> None:
    """Replay rolling forecasts over the past and score them against naive rules."""
    with plain_errors(goes_on=True), progress(quiet) as bar:
        from emigre.forecast.hindcast import replay

        fitted = None
        if fit:
            from emigre.calibration.of_origins import FittedToThen
            from emigre.calibration.of_scenario import Settings

            settings = Settings(size=fit_size, steps=fit_steps, checks=0, seed=seed, scale=scale)
            fitted = FittedToThen(settings, workers, pool(processes, cluster), bar)
        done = replay(
            scenario,
            first=from_,
            last=to,
            every=every,
            horizon=horizon,
            runs=runs,
            seed=seed,
            scale=scale,
            settings=set_ or (),
            variants=variant or (),
            draws=draws,
            beliefs=fitted,
            parameters_from="" if fitted is None else fitted.words,
            workers=workers,
            pool=pool(processes, cluster),
            out=out,
            shelf="runs",
            force=force,
            progress=bar,
        )
    if quiet:
        print(done.folder)
        return
    _print(f"{done.info.title}: rolling forecasts", done.league, done.remarks(), done.info.runs)
    print(f"Results: {done.folder}")
    print("  forecasts.csv, league.csv, hindcast.json")


def _print(title: str, league: pl.DataFrame, remarks: list[str], runs: int) -> None:
    """The league table and what to know about it."""
    from emigre.evaluation.skill_text import cells, heads

    console = new_console()
    table = new_table(title)
    for number, head in enumerate(heads(runs)):
        table.add_column(head, justify="left" if number < 3 else "right")
    for texts, ends in cells(league):
        table.add_row(*texts, end_section=ends)
    console.print(table)
    for line in remarks:
        console.print(line)
