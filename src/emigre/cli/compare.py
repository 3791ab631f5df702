"""``emigre compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, drawing, prepare_report, say_warnings, simulating
from emigre.cli.options import Text, Texts, day, several, whole
from emigre.cli.printing import new_console, new_table, print_table, say_report, say_where
from emigre.results.text import counted

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.comparison import Comparison


@app.command()
def compare(
    scenario: options.Scenario,
    variant: Annotated[Texts, several("NAME|FILE", "Alternative: apply a variant.")] = None,
    without: Annotated[Texts, several("ID", "Alternative: remove a rule or pressure.")] = None,
    set_: Annotated[Texts, several("KEY=VALUE", "Alternative: set a value.", "--set")] = None,
    shift: Annotated[Texts, several("ID=+7d", "Alternative: move a rule or pressure.")] = None,
    from_: Annotated[Text, day("Start date of the totals.", "--from")] = None,
    to: Annotated[Text, day("End date of the totals (exclusive).")] = None,
    runs: Annotated[int | None, whole("Number of runs per scenario.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    start: options.Start = None,
    end: options.End = None,
    as_of: options.AsOf = None,
    draws: options.DrawsFile = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    out: options.Folder = None,
    chart: options.Chart = True,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Compare alternatives with a baseline, using common random numbers."""
    with simulating(quiet, processes, cluster, workers, out, force, runs=runs) as (bar, where):
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
        say_warnings(quiet, base, *worlds.values(), scale=scale)
        prepare_report(chart, bar)
        comparison = emigre.compare(
            base,
            worlds,
            period=(from_, to),
            runs=runs,
            seed=seed,
            scale=scale,
            draws=draws,
            **where,
        )
        if chart:
            bar.stage("writing the report")
            with drawing(comparison.folder):
                emigre.report(comparison)
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
    words = f"{counted(info.runs, 'paired run')} of {worlds} scenarios in {took:.0f} s."
    say_where(console, f"{words} Results:", comparison.folder)
    console.print(
        "Intervals are those of paired differences: noise common to both scenarios cancels, and "
        "the uncertainty of the parameters is included. The model's own error is not: it cancels "
        "in ratios, but a difference in persons may be as uncertain as the level itself."
    )
    report = "report.html, " if (comparison.folder / "report.html").exists() else ""
    console.print(f"  {report}totals.csv, effects.parquet, diverted.csv, diverted_main.csv")
    console.print("  one run folder each for the baseline and every alternative")
    if report:
        console.print("Next:")
        say_report(console, comparison.folder)


def _diverted(console: Console, comparison: Comparison, name: str, title: str) -> None:
    from emigre.comparison.key_effects import main_diversions
    from emigre.results.intervals import interval_name

    lines = main_diversions(comparison, name)
    if not lines:
        return
    heads = ("", "persons", interval_name(comparison.info.runs), "share")
    table = new_table(f"{title}: diverted people (by first route)", heads, widths=(30,))
    for number, line in enumerate(lines):
        if line.starts and number:
            table.add_row()
        table.add_row(line.what, line.persons, line.interval, line.share)
    print_table(console, table)


def _effects(console: Console, comparison: Comparison, name: str, title: str) -> None:
    from emigre.comparison.key_effects import main_effects
    from emigre.evaluation.key_results import period
    from emigre.results.intervals import interval_name

    days, lines = period(*comparison.info.period), main_effects(comparison, name)
    if not lines:
        console.print(f"{title}: no emigrants with it or without, {days}; totals.csv has the rest.")
        return
    interval = interval_name(comparison.info.runs)
    heads = ("quantity", "baseline", "alternative", "effect", interval)
    table = new_table(f"{title}: effect, {days} (mean over runs)", heads, widths=(20,))
    table.add_column("sign")
    for line in lines:
        table.add_row(line.what, line.baseline, line.value, line.effect, line.interval, line.sign)
    print_table(console, table)
