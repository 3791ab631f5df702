"""The command line: parse, make one public call, print. It computes nothing.

Exit codes: 0 done; 1 the run failed or its results cannot be read or written; 2 what was given
has mistakes (each on a line of its own, on standard error); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emigre.errors import EmigreError, InputError
from emigre.version import VERSION

if TYPE_CHECKING:
    from rich.console import Console

    from emigre.claims.sheet import Stated
    from emigre.claims.verdict import Finding
    from emigre.progress import Bar, Silent
    from emigre.results.folder import Results
    from emigre.scenario.model import Scenario

_INTERRUPTED = 130
_PIPE_WIDTH = 160
"""Width of tables where there is no terminal to ask."""

app = typer.Typer(
    name="emigre",
    help="Forecasts who leaves a country in a displacement crisis, by which way, and where to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NAME_OR_FOLDER = "A shipped scenario (see `emigre list`) or a scenario folder."


def main() -> None:
    """Entry point of the command ``emigre``."""
    try:
        app()
    except SystemExit as leaving:
        if leaving.code != _INTERRUPTED:
            raise
        # A thread that is busy compiling cannot be stopped, and would be waited for.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"emigre {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Forecasts who leaves a country in a displacement crisis, by which way, and where to."""


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=_NAME_OR_FOLDER)],
    runs: Annotated[int | None, typer.Option(help="Runs of the ensemble.")] = None,
    seed: Annotated[int, typer.Option(help="Root of chance; same seed, same result.")] = 1,
    scale: Annotated[
        int | None, typer.Option(help="One simulated person stands for so many.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Set a parameter or a cell TABLE.ID.COLUMN."
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="Apply a variant; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; a new one below runs/ if not given.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Runs side by side; all cores if not given.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Also count by group, status or an attribute such as document."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where results lie.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier run.")] = False,
) -> None:
    """Simulate a scenario and set the result beside the published counts."""
    with _plain_errors(), _progress(quiet) as bar:
        bar.stage("reading the scenario")
        import emigre

        loaded = emigre.load(
            scenario, variants=variant or (), settings=set_ or (), start=start, end=end
        )
        target = out or _free_folder(loaded)
        results = emigre.run(
            loaded,
            runs=runs,
            seed=seed,
            scale=scale,
            by=by,
            workers=workers,
            out=target,
            force=force,
            progress=bar,
        )
        bar.stage("drawing the chart")
        drawn = _draw(results)
    if quiet:
        print(results.folder)
    else:
        _report(results, loaded, drawn)


@app.command()
def check(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=_NAME_OR_FOLDER)],
) -> None:
    """Check a scenario and all its variants; say every mistake with its place."""
    with _plain_errors():
        from emigre.scenario.check import examine

        found = examine(scenario)
        if found.mistakes:
            raise InputError(found.mistakes)
        summary = found.summary
        assert summary is not None
        rows = ", ".join(f"{n} {table}" for table, n in summary.rows.items() if n)
        print(f"{summary.id}: {summary.title}")
        print(f"  {summary.start} to {summary.end}, {summary.n_days} days")
        print(f"  {summary.population:,} people")
        print(f"  {rows}")
        print(f"  {100 * summary.estimate_share:.0f} % of the rows that say so are estimates")
        print("No mistakes.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new scenario and its folder.")],
    from_: Annotated[str, typer.Option("--from", help="The scenario to start from.")] = "tiny",
) -> None:
    """Start a scenario of your own from one that ships."""
    with _plain_errors():
        from emigre.scenario.library import new as start_new

        folder = start_new(name, from_=from_)
        print(f"{folder} is ready. Change its tables, then:")
        print(f"  emigre check {name}")
        print(f"  emigre run {name}")


@app.command("list")
def list_() -> None:
    """List the scenarios that ship, with their variants."""
    with _plain_errors():
        from emigre.scenario.library import list_scenarios

        for card in list_scenarios():
            print(f"{card.name}: {card.title} ({card.kind})")
            places = f"{card.origins} origins, {card.countries} countries, {card.groups} groups"
            print(f"  {card.start} to {card.end}, {places}")
            if card.variants:
                print(f"  variants: {', '.join(card.variants)}")


@app.command()
def claims(
    target: Annotated[
        str,
        typer.Argument(metavar="SCENARIO|RUN", help=f"{_NAME_OR_FOLDER[:-1]}, or a run folder."),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Also write the table as CSV.")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(help="Whose claims to take for a run; those of its scenario if not given."),
    ] = None,
    runs: Annotated[int | None, typer.Option(help="Runs of the ensemble (scenario only).")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Root of chance, if a scenario is given.")
    ] = None,
    scale: Annotated[
        int | None, typer.Option(help="One simulated person stands for so many (scenario).")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Runs side by side (scenario).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.csv.")] = False,
) -> None:
    """Set public statements beside the simulation and beside the published counts."""
    with _plain_errors():
        from emigre.claims import sheet

        if out is not None:
            sheet.refuse_if_taken(out, force=force)
        given = {"--runs": runs, "--seed": seed, "--scale": scale, "--workers": workers}
        with _progress(quiet) as bar:
            if sheet.is_run(target):
                results, stated = sheet.of_run(target, scenario, given)
            else:
                stated = sheet.of_scenario(target, scenario)
                results = _simulate_for(stated, runs, seed, scale, workers, bar)
        findings = sheet.judge(results, stated.claims)
        if out is not None:
            sheet.write_csv(findings, results.info, out)
        _claims_table(findings, results)
        if out is not None:
            print(f"Written: {out}")


@app.command()
def claim(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    measure: Annotated[str, typer.Option(help="What is counted: a measure.")],
    place: Annotated[str, typer.Option(help="Where: a place, a country, an area, or *.")],
    from_: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    to: Annotated[str, typer.Option(help="First day no longer counted, YYYY-MM-DD.")],
    value: Annotated[float | None, typer.Option(help="The figure.")] = None,
    low: Annotated[float | None, typer.Option(help="Lower end of a range.")] = None,
    high: Annotated[float | None, typer.Option(help="Upper end of a range.")] = None,
    wording: Annotated[
        str, typer.Option(help="exactly, rounded, about, nearly, up_to or more_than.")
    ] = "rounded",
    per: Annotated[
        str,
        typer.Option(
            help="period: the sum of the days; day: a mean day; year: a year at that pace."
        ),
    ] = "period",
    counts: Annotated[
        str | None,
        typer.Option(help="What the figure counts, such as people; as the measure if not given."),
    ] = None,
) -> None:
    """Check a figure of your own against a run."""
    with _plain_errors():
        import emigre
        from emigre.claims.own import own_claim
        from emigre.claims.verdict import judge

        results = emigre.read(run)
        own = own_claim(
            results.info,
            measure=measure,
            place=place,
            start=from_,
            end=to,
            value=value,
            low=low,
            high=high,
            wording=wording,
            per=per,
            counts=counts,
        )
        _claims_table(judge(results, [own]), results)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Say what went wrong without a traceback, and leave with its code."""
    try:
        yield
    except InputError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)
        n = len(error.mistakes)
        print("1 mistake." if n == 1 else f"{n} mistakes.", file=sys.stderr)
        raise typer.Exit(2) from None
    except EmigreError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress(quiet: bool) -> Iterator[Bar | Silent]:
    from emigre.progress import Bar, Silent

    with Silent() if quiet else Bar() as bar:
        yield bar


def _free_folder(scenario: Scenario) -> Path:
    """runs/SCENARIO-VARIANT-NUMBER with the first number that is free."""
    words = [scenario.id, *(Path(patch.name).stem for patch in scenario.applied)]
    safe = ["".join(c if c.isalnum() or c in "-_." else "-" for c in word) for word in words]
    stem = "-".join(safe)[:80]
    number = 1
    while (folder := Path("runs") / f"{stem}-{number:03d}").exists():
        number += 1
    return folder


def _draw(results: Results) -> list[Path]:
    from emigre import charts

    return charts.write(results)


def _report(results: Results, scenario: Scenario, drawn: list[Path]) -> None:
    from rich.console import Console

    tty = sys.stdout.isatty()
    console = Console(width=None if tty else _PIPE_WIDTH, highlight=False)
    _table(console, results)
    info = results.info
    took = sum(info.seconds.values())
    console.print(f"{info.runs} runs in {took:.0f} s. Results: [bold]{results.folder}[/bold]")
    files = "daily.parquet, summary.parquet, scores.csv, run.json"
    extra = "".join(f", {path.name}" for path in drawn)
    console.print(f"  {files}{extra}")
    console.print("Next:")
    if scenario.variants and not scenario.applied:
        name = sorted(scenario.variants)[0]
        console.print(f"  emigre run {scenario.id} --variant {name}   (a what-if)")
    console.print(
        f'  python -c "import emigre; print(emigre.read({str(results.folder)!r}).summary)"'
    )


def _table(console: Console, results: Results) -> None:
    from rich import box
    from rich.table import Table

    from emigre.headlines import headlines, inside_share

    lines = headlines(results)
    if not lines:
        console.print("The scenario has no observations to compare with.")
        return
    title = f"{results.info.title}: simulated beside published counts"
    table = Table(title=title, box=box.SIMPLE, title_justify="left", title_style="bold")
    table.add_column("what", min_width=12)
    table.add_column("when", min_width=8)
    table.add_column("observed", justify="right")
    table.add_column("median", justify="right")
    table.add_column("90 % of runs", justify="right")
    table.add_column("inside")
    table.add_column("source", min_width=12, max_width=44, no_wrap=True, overflow="ellipsis")
    for line in lines:
        table.add_row(
            line.what,
            line.when,
            line.observed,
            line.median,
            line.interval,
            line.inside,
            line.source,
        )
    console.print(table)
    inside, scored = inside_share(results)
    if scored:
        console.print(
            f"{inside} of {scored} scored observations lie inside the interval that holds 90 % of "
            "the runs; scores.csv has all of them. The interval shows chance within the model; it "
            "does not show how uncertain the hand-set parameters are."
        )


def _simulate_for(
    stated: Stated,
    runs: int | None,
    seed: int | None,
    scale: int | None,
    workers: int | None,
    bar: Bar | Silent,
) -> Results:
    """Simulate what the claims need; the results go when the command ends."""
    import emigre

    return emigre.run(
        stated.scenario,
        runs=runs,
        seed=1 if seed is None else seed,
        scale=scale,
        by=stated.attribute,
        workers=workers,
        progress=bar,
    )


def _claims_table(findings: list[Finding], results: Results) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from emigre.claims import words

    info = results.info
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    title = f"{info.title}: statements beside the simulation and published counts"
    table = Table(title=title, box=box.SIMPLE, title_justify="left", title_style="bold")
    table.add_column("who said what", ratio=6)
    table.add_column("about", ratio=5)
    table.add_column("said", ratio=3)
    table.add_column("median (90 % of runs)", ratio=4)
    table.add_column("simulation", ratio=4)
    table.add_column("published counts", ratio=4)
    for finding in findings:
        table.add_row(*words.cells(finding, info), end_section=True)
    console.print(table)
    for line in words.remarks(findings, info):
        console.print(line)
