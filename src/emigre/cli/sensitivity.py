"""``emigre sensitivity``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, say_warnings, simulating
from emigre.cli.options import Text, day, option, whole
from emigre.cli.printing import new_console, new_table, print_table, say_where

if TYPE_CHECKING:
    from emigre.sensitivity.results import Sensitivity


@app.command()
def sensitivity(
    scenario: options.Scenario,
    measure: Annotated[str, option("MEASURE", "Measure to study.")],
    place: options.Place = "*",
    from_: Annotated[Text, day("Start date. Default: that of the scenario.", "--from")] = None,
    to: Annotated[Text, day("End date (exclusive).")] = None,
    method: Annotated[
        str, option("morris|sobol", "Screening, or also variance shares of the top assumptions.")
    ] = "morris",
    trajectories: Annotated[int, whole("Number of screening trajectories.")] = 10,
    most: Annotated[int, whole("Maximum number of assumptions for sobol.")] = 4,
    base: Annotated[int, whole("Base sample size for sobol, a power of two.")] = 32,
    runs: Annotated[int, whole("Runs per evaluation, with common random numbers.")] = 2,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    as_of: options.AsOf = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    out: options.Folder = None,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Rank the uncertain assumptions by their effect on a number."""
    with simulating(quiet, processes, cluster, workers, out, force) as (bar, where):
        bar.stage("reading the scenario")
        import emigre
        from emigre.errors import InputError, Mistake
        from emigre.scenario.parsers import quoted

        if method not in ("morris", "sobol"):
            raise InputError(Mistake("--method", quoted(method), "morris or sobol"))
        loaded = emigre.load(scenario, variants=variant or (), settings=set_ or (), as_of=as_of)
        say_warnings(quiet, loaded, scale=scale)
        result = emigre.sensitivity(
            loaded,
            measure,
            place,
            start=from_,
            end=to,
            shares=method == "sobol",
            trajectories=trajectories,
            most=most,
            base=base,
            runs=runs,
            seed=seed,
            scale=scale,
            **where,
        )
    if quiet:
        print(result.folder)
    else:
        _report(result)


def _report(result: Sensitivity) -> None:
    from emigre.evaluation.key_results import period
    from emigre.results.labels import heading_of
    from emigre.results.text import inside
    from emigre.sensitivity.study_text import heads, remarks, rows

    info = result.info
    console = new_console()
    heading = heading_of(info.measure, info.place, info.place_name)
    what = f"{inside(heading)}, {period(info.start, info.end)}"
    columns = heads(info)
    table = new_table(f"{info.title}: sensitivity of {what}", columns, widths=[8] * len(columns))
    for row in rows(result.table, info):
        table.add_row(*row)
    print_table(console, table)
    for line in remarks(info):
        console.print(line)
    say_where(console, "Results:", result.folder)
    console.print("  effects.csv, sensitivity.json, chart.svg, chart.png")
