"""``emigre fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emigre.cli import options
from emigre.cli.app import (
    app,
    new_console,
    new_table,
    plain_errors,
    pool,
    progress,
    say_command,
    say_where,
)

if TYPE_CHECKING:
    from emigre.calibration.posterior import PosteriorInfo


@app.command()
def fit(
    scenario: options.Scenario,
    size: Annotated[int, options.whole("Draws of the posterior.")] = 300,
    steps: Annotated[int, options.whole("Times that all draws are simulated.")] = 4,
    checks: Annotated[int, options.whole("Draws of the posterior simulated to check it.")] = 100,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    start: options.Start = None,
    until: Annotated[
        str | None, typer.Option(help="Last day simulated and fitted, YYYY-MM-DD.")
    ] = None,
    as_of: options.AsOf = None,
    set_: options.Set = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Fit this parameter or cell; may be given again."),
    ] = None,
    discrepancy: Annotated[
        float | None,
        options.number("Relative error of the model itself; estimated if not given."),
    ] = None,
    out: options.Folder = None,
    store: Annotated[
        bool, typer.Option("--store", help="Also write the posterior into the scenario's folder.")
    ] = False,
    workers: options.Workers = None,
    processes: options.Processes = False,
    cluster: options.Cluster = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where the fit lies.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier fit.")] = False,
) -> None:
    """Find the parameters that have a range from the observations marked fit."""
    with plain_errors(goes_on=True), progress(quiet) as bar:
        bar.stage("reading the scenario")
        import emigre
        from emigre.calibration import of_scenario

        loaded = emigre.load(scenario, settings=set_ or (), start=start, end=until, as_of=as_of)
        beside = of_scenario.folder_to_store_in(loaded) if store else None
        settings = of_scenario.Settings(
            size, steps, checks, seed, scale, discrepancy, tuple(only or ())
        )
        found, folder = of_scenario.fit_scenario(
            loaded,
            settings,
            workers=workers,
            pool=pool(processes, cluster),
            out=out,
            force=force,
            progress=bar,
        )
        if beside is not None:
            found.write(beside)
    if quiet:
        print(folder)
    else:
        _report(found.info, folder, scenario)


def _report(info: PosteriorInfo, folder: Path, scenario: str) -> None:
    from emigre.calibration.words import discrepancy, number, outside, took

    console = new_console()
    title = f"{info.title}: parameters before and after {len(info.figures)} figures"
    table = new_table(title)
    table.add_column("parameter", min_width=20)
    for name in ("before, 90 %", "median after", "after, 90 %", "told by the figures"):
        table.add_column(name, justify="right")
    for row in info.parameters:
        table.add_row(
            row.name,
            f"{number(row.prior_q05)} – {number(row.prior_q95)}",
            number(row.q50),
            f"{number(row.q05)} – {number(row.q95)}",
            f"{100 * max(row.shrinkage, 0.0):.0f} %",
        )
    console.print(table)
    for line in (*discrepancy(info), *outside(info), took(info)):
        console.print(line)
    say_where(console, "Fit:", folder)
    console.print("  posterior.csv, posterior.json, simulations/")
    console.print("Next:")
    say_command(console, "emigre", "run", scenario, "--draws", folder / "posterior.csv")
