"""``emigre sensitivity``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emigre.cli import options
from emigre.cli.app import (
    app,
    new_console,
    new_table,
    parsed_days,
    plain_errors,
    pool,
    progress,
    say_where,
)

if TYPE_CHECKING:
    from emigre.sensitivity import Sensitivity


@app.command()
def sensitivity(
    scenario: options.Scenario,
    measure: Annotated[str, typer.Option(help="What is counted: a measure.")],
    place: Annotated[str, typer.Option(help="Where: a place, a country, an area, or *.")] = "*",
    from_: Annotated[
        str | None, typer.Option("--from", help="First day counted; the scenario's if not given.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="First day no longer counted, YYYY-MM-DD.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="morris: screening. sobol: also shares of variance of the few.")
    ] = "morris",
    trajectories: Annotated[int, options.whole("Trajectories of the screening.")] = 10,
    most: Annotated[int, options.whole("The few that matter are at most so many.")] = 4,
    base: Annotated[int, options.whole("Points for shares of variance, a power of two.")] = 32,
    runs: Annotated[int, options.whole("Runs of each evaluation, with shared chance.")] = 2,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    as_of: options.AsOf = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    workers: options.Workers = None,
    processes: options.Processes = False,
    cluster: options.Cluster = None,
    out: options.Folder = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where results lie.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier one.")] = False,
) -> None:
    """Name the assumptions that move a number, and how far each does."""
    with plain_errors(goes_on=True), progress(quiet) as bar:
        bar.stage("reading the scenario")
        import emigre
        from emigre.errors import InputError, Mistake
        from emigre.sensitivity import Figure, Settings
        from emigre.sensitivity import sensitivity as study

        if method not in ("morris", "sobol"):
            raise InputError([Mistake("--method", None, "", f'"{method}"', "morris or sobol")])
        loaded = emigre.load(scenario, variants=variant or (), settings=set_ or (), as_of=as_of)
        found = study(
            loaded,
            Figure(measure, place, *parsed_days(loaded, from_, to)),
            Settings(trajectories, method == "sobol", most, base, runs, seed, scale),
            workers=workers,
            pool=pool(processes, cluster),
            out=out,
            force=force,
            progress=bar,
        )
    if quiet:
        print(found.folder)
    else:
        _report(found)


def _report(found: Sensitivity) -> None:
    from emigre.evaluation.key_results import period, words
    from emigre.sensitivity.words import chance, change, share

    info = found.info
    console = new_console()
    what = f"{words(info.measure)}, {info.place_name}, {period(info.start, info.end)}"
    table = new_table(f"{info.title}: what moves {what}")
    table.add_column("assumption", min_width=20)
    table.add_column("range", justify="right")
    table.add_column("change over it", justify="right")
    table.add_column("size, 90 %", justify="right")
    if info.base is not None:
        table.add_column("share alone", justify="right")
        table.add_column("share in all", justify="right")
    beliefs = {prior.name: prior for prior in found.priors.each}
    for effect in found.effects:
        belief = beliefs[effect.name]
        cells = [
            effect.name,
            f"{belief.low:g} – {belief.high:g}",
            change(effect.mean),
            f"{change(effect.size_low, sign=False)} – {change(effect.size_high, sign=False)}",
        ]
        if info.base is not None:
            cells += [share(effect.first), share(effect.total)]
        table.add_row(*cells)
    console.print(table)
    for line in chance(info):
        console.print(line)
    say_where(console, "Results:", found.folder)
    console.print("  effects.csv, sensitivity.json, chart.svg, chart.png")
