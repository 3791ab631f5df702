"""``emigre forecast``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, drawing, prepare_report, say_warnings, simulating
from emigre.cli.options import Text, Texts, day, option, several, whole
from emigre.cli.printing import (
    fitting,
    in_one_year,
    new_console,
    new_table,
    print_table,
    say_command,
    say_hidden,
    say_report,
    say_where,
)

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.forecasting.folder import Forecast, Line
    from emigre.scenario.model import Scenario


@app.command()
def forecast(
    scenario: options.Scenario,
    as_of: Annotated[
        Text,
        day(
            "Last day of known news and counts. Default: the last day with a published figure "
            "that leaves room for the horizon."
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
    with simulating(quiet, processes, cluster, workers, out, force, runs=runs) as (bar, where):
        from emigre.evaluation.key_results import days
        from emigre.forecasting import page
        from emigre.forecasting.forecast import forecast as make
        from emigre.forecasting.settings import parse_days
        from emigre.scenario.loader import ScenarioReader

        bar.stage("reading the scenario")
        reader = ScenarioReader(scenario)
        loaded = reader.load(variants=variant or (), settings=set_ or ())
        say_warnings(quiet, loaded, scale=scale)
        prepare_report(chart, bar)
        made = make(
            reader,
            as_of=as_of,
            horizon=horizon,
            runs=runs,
            seed=seed,
            scale=scale,
            settings=set_ or (),
            variants=variant or (),
            worlds=_chances(world or []),
            draws=draws,
            **where,
        )
        if chart:
            bar.stage("drawing the charts")
            with drawing(made.folder):
                page.write(made)
    if quiet:
        print(made.folder)
    else:
        changes = [("--variant", v) for v in variant or []] + [("--set", s) for s in set_ or []]
        again = [scenario, *(word for pair in changes for word in pair)]
        _report(made, again if _has_later_counts(made, loaded) else [])
        if made.info.horizon_days < parse_days("--horizon", horizon, []):
            print(f"The forecast ends with the scenario, on {days(made.info.end)}.")


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


def _has_later_counts(made: Forecast, scenario: Scenario) -> bool:
    """Whether a hindcast can score the forecast: counts of days after it was made."""
    as_of, end = made.info.as_of, made.info.end
    counts = scenario.tables["observations"].select("use", "from", "to").iter_rows()
    return any(
        use != "context" and first > as_of and after <= end + timedelta(days=1)
        for use, first, after in counts
    )


def _report(made: Forecast, again: list[str]) -> None:
    """Print a forecast; ``again`` is the scenario as given, if later counts can score it."""
    console = new_console()
    shown, whole = made.main_lines(), made.lines()
    print_lines(console, made, shown)
    if len(shown) < len(whole):
        console.print(f"{len(shown)} of {len(whole)} lines are shown. For all of them:")
        say_command(console, "emigre", "report", made.folder, "--table")
    for line in made.remarks():
        console.print(line)
    _answers(console, made)
    say_where(console, "Results:", made.folder)
    files = ["forecasts.csv", "forecast.json", "run/"]
    files += ["report.html"] if (made.folder / "report.html").exists() else []
    console.print(f"  {', '.join(files)}")
    console.print("Next:")
    say_report(console, made.folder)
    workbook = ("emigre", "export", "xlsx", made.folder, f"{made.folder.name}.xlsx")
    say_command(console, *workbook, note="   (all tables as a workbook)")
    if again:
        day = made.info.as_of
        span = ("--from", day, "--to", day, "--horizon", f"{made.info.horizon_days}d")
        note = "   (score this forecast against later counts)"
        say_command(console, "emigre", "hindcast", *again, *span, note=note)


def _answers(console: Console, made: Forecast) -> None:
    """Print the answers of the page, after the table, which may be long."""
    from emigre.forecasting.answers import Answers

    console.print()
    for answer in Answers(made, made.scenario.tables).answers():
        console.print(" ".join(filter(None, [answer.heading, *answer.sentences])))
        for row in answer.rows:
            note = f"  {row.note}" if row.note else ""
            console.print(f"  {row.name}  {row.amount}{note}")
        if answer.notes:
            console.print(*answer.notes)
    console.print()


def print_lines(console: Console, made: Forecast, lines: Iterable[Line]) -> None:
    """Print lines of the table of a forecast."""
    from emigre.evaluation.key_results import days

    title = f"{made.info.title}: forecast from {days(made.info.as_of)}"
    shown = list(lines)
    when, spans = in_one_year(line.texts[1] for line in shown)
    heads = ("quantity", when, "median", "50 % interval", "90 % interval", "persistence")
    columns = fitting(console, heads, ("50 % interval",))
    table = new_table(title, [heads[i] for i in columns], left=2, widths=(12, 8))
    for line, span in zip(shown, spans, strict=True):
        cells = line.texts[0], span, *line.texts[2:]
        table.add_row(*(cells[i] for i in columns), end_section=line.is_last)
    print_table(console, table)
    say_hidden(console, heads, columns)
