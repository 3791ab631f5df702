"""``emigre run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, drawing, prepare_report, say_warnings, simulating
from emigre.cli.options import Text, option, whole
from emigre.cli.printing import (
    fitting,
    in_one_year,
    new_console,
    new_table,
    print_table,
    say_command,
    say_report,
    say_where,
)
from emigre.results.text import counted

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.results.folder import Results
    from emigre.scenario.model import Scenario


@app.command()
def run(
    scenario: options.Scenario,
    runs: Annotated[int | None, whole("Number of runs. Default: that of the scenario.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    start: options.Start = None,
    end: options.End = None,
    as_of: options.AsOf = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    out: options.Folder = None,
    draws: options.DrawsFile = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    by: Annotated[
        Text,
        option(
            "ATTRIBUTE", "Also break counts down by group, status or an attribute such as document."
        ),
    ] = None,
    chart: options.Chart = True,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Simulate a scenario and compare the results with published counts."""
    with simulating(quiet, processes, cluster, workers, out, force, runs=runs) as (bar, where):
        bar.stage("reading the scenario")
        import emigre

        loaded = emigre.load(
            scenario, variants=variant or (), settings=set_ or (), start=start, end=end, as_of=as_of
        )
        say_warnings(quiet, loaded, scale=scale)
        prepare_report(chart, bar)
        results = emigre.run(loaded, runs=runs, seed=seed, scale=scale, by=by, draws=draws, **where)
        drawn: list[Path] = []
        if chart:
            bar.stage("drawing the charts")
            from emigre.report.page import write_with_picture

            with drawing(results.folder):
                drawn = write_with_picture(results, loaded)
    if quiet:
        print(results.folder)
    else:
        _report(results, loaded, scenario, drawn)


def _report(results: Results, scenario: Scenario, given: str, drawn: list[Path]) -> None:
    from emigre.results.intervals import covered

    console = new_console()
    _table(console, results)
    info = results.info
    took = sum(info.seconds.values())
    say_where(console, f"{counted(info.runs, 'run')} in {took:.0f} s. Results:", results.folder)
    _print_mode(console, results)
    console.print(covered(info))
    files = ("daily.parquet", "summary.parquet", "scores.csv", "run.json", *(p.name for p in drawn))
    console.print(f"  {', '.join(files)}")
    console.print("Next:")
    say_report(console, results.folder)
    if scenario.variants and not scenario.applied:
        name = sorted(scenario.variants)[0]
        say_command(console, "emigre", "run", given, "--variant", name, note="   (what-if)")
    code = f"import emigre; print(emigre.read({json.dumps(str(results.folder))}).summary)"
    say_command(console, "python", "-c", code)


def _print_mode(console: Console, results: Results) -> None:
    """Print the conditional-mode notice and the camp scores, where they apply."""
    from emigre.evaluation import ard

    if results.info.mode == "conditional":
        continued = results.info.parameters.get("departures_level_days", 0.0) > 0.0
        after = "; after their last day their level continues" if continued else ""
        console.print(
            f"Conditional mode: departures are given{after}; only destinations are simulated."
        )
        _print_missing(console, results)
    differences = ard.read(results.folder)
    if differences is not None:
        score, even = (float(differences[column][0]) for column in ("ard", "rescaled"))
        console.print(
            f"ARD over all camps: {score:.3f} (rescaled {even:.3f}); see ard.csv for each camp."
        )


def _print_missing(console: Console, results: Results) -> None:
    """Print how many departures of departures.csv could not be simulated."""
    from emigre.results.counts import EVERYWHERE

    rows = results.scan_summary().filter(measure="departures_missing", place=EVERYWHERE)
    missing = rows.collect()["mean"].max()
    if isinstance(missing, float) and missing > 0.0:
        console.print(
            f"Departures not simulated: {missing:,.0f} people in departures.csv (mean over runs), "
            "because no household is left at home."
        )


def _table(console: Console, results: Results) -> None:
    from emigre.evaluation.key_results import inside_share, key_results
    from emigre.results.intervals import MOST

    lines = key_results(results)
    if not lines:
        console.print("The scenario has no observations to compare with.")
        return
    title = f"{results.info.title}: simulated and published counts"
    when, spans = in_one_year(line.when for line in lines)
    heads = ("quantity", when, "observed", "median", MOST)
    table = new_table(title, heads, left=2, widths=(12, 8))
    table.add_column("inside")
    has_sources = bool(fitting(console, ("source",), ("source",)))
    if has_sources:
        table.add_column("source", min_width=12, max_width=44, no_wrap=True, overflow="ellipsis")
    above = ""
    for line, span in zip(lines, spans, strict=True):
        what = "" if line.what == above else line.what
        sources = (line.source,) if has_sources else ()
        table.add_row(what, span, line.observed, line.median, line.interval, line.inside, *sources)
        above = line.what
    print_table(console, table)
    inside, scored = inside_share(results)
    if scored:
        console.print(
            f"{inside} of {counted(scored, 'scored observation')} "
            f"{'falls' if inside == 1 else 'fall'} within the "
            f"{MOST}; see scores.csv for all of them."
        )
