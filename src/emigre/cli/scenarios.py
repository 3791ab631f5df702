"""``emigre check``, ``new`` and ``list``: manage scenarios."""

from typing import Annotated

from emigre.cli import options
from emigre.cli.app import app, plain_errors
from emigre.cli.options import Text, argument, flag, option
from emigre.errors import InputError, command, warning_lines
from emigre.results.text import counted, percent


@app.command()
def check(
    scenario: options.Scenario,
    strict: Annotated[bool, flag("Treat warnings as mistakes.", "--strict")] = False,
) -> None:
    """Check a scenario and its variants; report every mistake and warning."""
    with plain_errors():
        import emigre

        checked = emigre.check(scenario)
        if checked.mistakes or (strict and checked.warnings):
            raise InputError(*checked.mistakes or checked.warnings)
        summary = checked.summary
        assert summary is not None
        rows = ", ".join(f"{table} {n}" for table, n in summary.rows.items() if n)
        print(f"{summary.id}: {summary.title}")
        print(f"  {summary.start} to {summary.end}, {counted(summary.n_days, 'day')}")
        print(f"  {summary.population:,} people")
        print(f"  rows: {rows}")
        print(f"  {percent(summary.estimate_share)} of the rows with a basis are estimates")
        for words in summary.assumed:
            print(f"  Assumed: {words}")
        if checked.warnings:
            print(warning_lines(checked.warnings))
        print("No mistakes.")


@app.command()
def new(
    path: Annotated[
        str, argument("PATH", "Folder to create; its last part is the scenario's name.")
    ],
    from_: Annotated[
        Text, option("SCENARIO", "Scenario to copy, see `emigre list`. Default: tiny.", "--from")
    ] = None,
    blank: Annotated[
        bool, flag("Write a blank form: headers and one explained row per table.", "--blank")
    ] = False,
) -> None:
    """Create a scenario from a blank form, or by copying another one."""
    with plain_errors():
        from emigre.scenario.library import new as start_new

        folder = start_new(path, from_=from_, blank=blank)
        print(f"Created {folder}. Edit its tables, then:")
        print(f"  {command('emigre', 'check', folder)}")
        print(f"  {command('emigre', 'run', folder)}")


@app.command("list")
def list_() -> None:
    """List the built-in scenarios and their variants."""
    with plain_errors():
        from emigre.scenario.library import list_scenarios

        for card in list_scenarios():
            print(f"{card.name}: {card.title} ({card.kind})")
            origins, groups = counted(card.origins, "origin"), counted(card.groups, "group")
            countries = counted(card.countries, "country", "countries")
            print(f"  {card.start} to {card.end}, {origins}, {countries}, {groups}")
            if card.variants:
                print(f"  variants: {', '.join(card.variants)}")
