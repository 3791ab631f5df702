"""``emigre compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emigre.cli import options
from emigre.cli.app import (
    app,
    drawing,
    new_console,
    new_table,
    parsed_days,
    plain_errors,
    pool,
    progress,
    say_where,
)

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.comparison import Comparison


@app.command()
def compare(
    scenario: options.Scenario,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="An alternative: a variant; may be given again."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="An alternative: without this rule or pressure."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An alternative: this value set."),
    ] = None,
    shift: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=+7d", help="An alternative: a rule or pressure days later."),
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="First day of the totals.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="First day no longer in them.")] = None,
    runs: Annotated[int | None, options.whole("Runs of each world.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    start: options.Start = None,
    end: options.End = None,
    as_of: options.AsOf = None,
    draws: options.DrawsFile = None,
    workers: options.Workers = None,
    processes: options.Processes = False,
    cluster: options.Cluster = None,
    out: options.Folder = None,
    chart: Annotated[
        bool, typer.Option("--chart/--no-chart", help="Write the report with its charts.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where results lie.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier one.")] = False,
) -> None:
    """Show what a decision changes: alternatives beside a baseline with shared chance."""
    with plain_errors(goes_on=True), progress(quiet) as bar:
        bar.stage("reading the scenario")
        import emigre

        base, worlds = emigre.alternatives(
            scenario,
            variants=variant or (),
            without=without or (),
            settings=set_ or (),
            shifts=shift or (),
            start=start,
            end=end,
            as_of=as_of,
        )
        comparison = emigre.compare(
            base,
            worlds,
            period=parsed_days(base, from_, to),
            runs=runs,
            seed=seed,
            scale=scale,
            draws=draws,
            workers=workers,
            pool=pool(processes, cluster),
            out=out,
            force=force,
            progress=bar,
        )
        if chart:
            bar.stage("writing the report")
            from emigre import report

            with drawing(comparison.folder):
                report.write(comparison)
    if quiet:
        print(comparison.folder)
    else:
        _report(comparison)


def _report(comparison: Comparison) -> None:
    console = new_console()
    info = comparison.info
    for alternative in info.alternatives:
        _effects(console, comparison, alternative.name, alternative.title)
        _diverted(console, comparison, alternative.name, alternative.title)
    took = sum(info.seconds.values())
    worlds = len(info.alternatives) + 1
    words = f"{info.runs} runs of each of {worlds} worlds with shared chance in {took:.0f} s."
    say_where(console, f"{words} Results:", comparison.folder)
    report = "report.html, " if (comparison.folder / "report.html").exists() else ""
    console.print(f"  {report}totals.csv, effects.parquet, diverted.csv, diverted_main.csv")
    console.print("  baseline and every alternative are run folders")


def _diverted(console: Console, comparison: Comparison, name: str, title: str) -> None:
    from emigre.comparison.key_effects import main_diversions
    from emigre.results.intervals import interval_name

    lines = main_diversions(comparison, name)
    if not lines:
        return
    table = new_table(f"{title}: who goes where instead (by first way out)")
    table.add_column("", min_width=30)
    table.add_column("persons", justify="right")
    table.add_column(interval_name(comparison.info.runs), justify="right")
    table.add_column("share", justify="right")
    for number, line in enumerate(lines):
        if line.starts and number:
            table.add_row()
        table.add_row(line.what, line.persons, line.interval, line.share)
    console.print(table)


def _effects(console: Console, comparison: Comparison, name: str, title: str) -> None:
    from emigre.comparison.key_effects import main_effects
    from emigre.evaluation.key_results import period
    from emigre.results.intervals import interval_name

    days = period(*comparison.info.period)
    table = new_table(f"{title}: what it changes, {days} (means of the runs)")
    table.add_column("what", min_width=20)
    table.add_column("baseline", justify="right")
    table.add_column("alternative", justify="right")
    table.add_column("effect", justify="right")
    table.add_column(interval_name(comparison.info.runs), justify="right")
    table.add_column("sign")
    for line in main_effects(comparison, name):
        table.add_row(line.what, line.baseline, line.value, line.effect, line.interval, line.sign)
    console.print(table)
