"""``emigre forecast``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, drawing, prepare_report, simulating
from emigre.cli.options import Text, Texts, day, option, several, whole
from emigre.cli.printing import new_console, new_table, say_command, say_report, say_where
from emigre.errors import say, warning_lines

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.forecasting.folder import Forecast


@app.command()
def forecast(
    scenario: options.Scenario,
    as_of: Annotated[
        Text,
        day(
            "Last day of known news and counts. Default: the last day with a published figure.",
        ),
    ] = None,
    horizon: Annotated[str, option("DAYS", "Days to forecast, such as 30d or 4w.")] = "30d",
    runs: Annotated[int | None, whole("Number of runs. Default: 40.")] = None,
    seed: options.Seed = 1,
    scale: options.Scale = None,
    set_: options.Set = None,
    variant: options.Variants = None,
    world: Annotated[
        Texts,
        several(
            "VARIANT=P",
            "World with an unannounced decision and its probability, such as decree.toml=0.3.",
            "--world",
        ),
    ] = None,
    draws: options.DrawsFile = None,
    out: options.Folder = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    chart: options.Chart = True,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Forecast the coming days from the counts known on a day."""
    with simulating(quiet, processes, cluster, workers, runs) as (bar, pool):
        from emigre.forecasting import page
        from emigre.forecasting.forecast import forecast as make
        from emigre.scenario.loader import load

        prepare_report(chart, bar)
        made = make(
            scenario,
            as_of=as_of,
            horizon=horizon,
            runs=runs,
            seed=seed,
            scale=scale,
            settings=set_ or (),
            variants=variant or (),
            worlds=_chances(world or []),
            draws=draws,
            workers=workers,
            pool=pool,
            out=out,
            shelf="runs",
            force=force,
            progress=bar,
        )
        if chart:
            bar.stage("drawing the charts")
            with drawing(made.folder):
                page.write(made)
    if quiet:
        print(made.folder)
    else:
        warnings = load(scenario, variants=variant or (), settings=set_ or ()).warnings
        if warnings:
            say(warning_lines(warnings))
        changes = [("--variant", v) for v in variant or []] + [("--set", s) for s in set_ or []]
        _report(made, scenario, [word for pair in changes for word in pair])


def _chances(asked: list[str]) -> dict[str, float]:
    """Variants and their probabilities; InputError with every mistake."""
    from emigre.errors import Mistake, refuse
    from emigre.scenario.arguments import name_values
    from emigre.scenario.parsers import as_number, quoted

    form = "a variant and its probability, such as decree.toml=0.3"
    texts = name_values("--world", asked, at_last=True, form=form, once="every world once")
    chances = {name: as_number(text) for name, text in texts.items()}
    refuse(
        Mistake("--world", quoted(f"{name}={texts[name]}"), form)
        for name, chance in chances.items()
        if chance is None
    )
    return {name: chance for name, chance in chances.items() if chance is not None}


def _report(made: Forecast, scenario: str, changes: list[str]) -> None:
    console = new_console()
    _answers(console, made)
    _table(console, made)
    for line in made.remarks():
        console.print(line, markup=False)
    say_where(console, "Results:", made.folder)
    files = ["forecasts.csv", "forecast.json", "run/"]
    files += ["report.html"] if (made.folder / "report.html").exists() else []
    console.print(f"  {', '.join(files)}")
    console.print("Next:")
    say_report(console, made.folder)
    day = made.info.as_of
    span = ("--from", day, "--to", day, "--horizon", f"{made.info.horizon_days}d")
    words = ("emigre", "hindcast", scenario, *changes, *span)
    say_command(console, *words, note="   (score this forecast against later counts)")


def _answers(console: Console, made: Forecast) -> None:
    """The answers of the page, before the table of all series."""
    from emigre.forecasting.answers import Answers
    from emigre.scenario.loader import load_resolved

    tables = load_resolved(made.run.folder / "scenario").tables
    for answer in Answers(made, tables).sentences():
        console.print(answer.heading, *answer.sentences, markup=False)
    console.print()


def _table(console: Console, made: Forecast) -> None:
    """The next week, the last whole week and the whole horizon of every series."""
    title = f"{made.info.title}: forecast from {made.info.as_of}"
    heads = ("quantity", "when", "median", "50 % interval", "90 % interval", "persistence")
    table = new_table(title, heads, left=2, widths=(12, 8))
    for line in made.lines():
        table.add_row(*line.texts, end_section=line.is_last)
    console.print(table)
