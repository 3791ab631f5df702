"""``emigre fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, say_warnings, simulating
from emigre.cli.options import Texts, flag, number, several, whole
from emigre.cli.printing import new_console, new_table, print_table, say_command, say_where
from emigre.results.text import counted

if TYPE_CHECKING:
    from emigre.calibration.posterior import PosteriorInfo

_MOST_NAMED = 8


@app.command()
def fit(
    scenario: options.Scenario,
    size: Annotated[int, whole("Posterior draws.")] = 300,
    steps: Annotated[int, whole("Assimilation steps; each simulates all draws.")] = 4,
    checks: Annotated[int, whole("Posterior draws simulated to check the fit.")] = 100,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    start: options.Start = None,
    end: options.End = None,
    as_of: options.AsOf = None,
    set_: options.Set = None,
    only: Annotated[Texts, several("NAME", "Fit only this parameter or cell.")] = None,
    discrepancy: Annotated[
        float | None, number("Relative model error. Default: estimated.")
    ] = None,
    out: options.Folder = None,
    store: Annotated[
        bool, flag("Also save the posterior in the scenario folder.", "--store")
    ] = False,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Fit the uncertain parameters to the observations marked fit."""
    with simulating(quiet, processes, cluster, workers, out, force) as (bar, where):
        bar.stage("reading the scenario")
        import emigre
        from emigre.calibration import scenario_fit

        loaded = emigre.load(scenario, settings=set_ or (), start=start, end=end, as_of=as_of)
        say_warnings(quiet, loaded, scale=scale)
        home = scenario_fit.folder_to_store_in(loaded) if store else None
        posterior = emigre.fit(
            loaded,
            size=size,
            steps=steps,
            checks=checks,
            seed=seed,
            scale=scale,
            discrepancy=discrepancy,
            only=only or (),
            **where,
        )
        if home is not None:
            posterior.write(home)
    assert posterior.folder is not None
    if quiet:
        print(posterior.folder)
    else:
        _report(posterior.info, posterior.folder, scenario)


def _report(info: PosteriorInfo, folder: Path, scenario: str) -> None:
    from emigre.calibration.fit_text import HEADS, cost, discrepancy, not_simulated, rows

    console = new_console()
    title = f"{info.title}: prior and posterior, fitted to {counted(len(info.figures), 'figure')}"
    table = new_table(title, HEADS, widths=[8] * len(HEADS))
    for row in rows(info):
        table.add_row(*row)
    print_table(console, table)
    for line in (*discrepancy(info), *_outside(info), *not_simulated(info), cost(info)):
        console.print(line)
    say_where(console, "Fit:", folder)
    console.print("  posterior.csv, posterior.json, simulations/")
    console.print("Next:")
    say_command(console, "emigre", "run", scenario, "--draws", folder / "posterior.csv")


def _outside(info: PosteriorInfo) -> list[str]:
    """Lines about the figures farthest outside their intervals."""
    from emigre.calibration.fit_text import outside

    far = outside(info)
    lines = [
        f"  outside its interval: {title}, observed {observed}, predicted {predicted}"
        for title, observed, predicted in far[:_MOST_NAMED]
    ]
    if len(far) > _MOST_NAMED:
        lines.append(f"  and {len(far) - _MOST_NAMED} more; posterior.json has all")
    return lines
