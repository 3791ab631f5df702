"""Tables with HXL hashtags: `emigre import hxl` and `emigre export hxl`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.adapters import Adapter
from emigre.errors import command


def import_hxl(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="A table with hashtags.")],
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario folder.")],
    country: Annotated[str, typer.Option(help="Code of the state in which the areas lie.")],
    source: Annotated[str, typer.Option(help="The id of a row of sources.csv.")],
) -> None:
    """Add areas with P-codes and population to places.csv as origins."""
    from emigre.adapters import hxl

    added = hxl.add_origins(table, scenario, country=country, source=source)
    print(f"{added} origins added to {scenario / 'places.csv'}")
    print(f"Next: legs from them in legs.csv, then {command('emigre', 'check', scenario)}")


def import_hxl_counts(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="A table with hashtags.")],
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario folder.")],
    measure: Annotated[str, typer.Option(help="What was counted: a measure.")],
    source: Annotated[str, typer.Option(help="The id of a row of sources.csv.")],
    value: Annotated[
        str | None,
        typer.Option(metavar="HASHTAG", help="The column of the numbers, if several could be it."),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(metavar="HASHTAG=VALUE", help="Take only rows with this cell."),
    ] = None,
    use: Annotated[str, typer.Option(help="fit, check or context.")] = "context",
) -> None:
    """Add published counts to observations.csv."""
    from emigre.adapters.hxl_counts import add_counts

    added = add_counts(
        table, scenario, measure=measure, source=source, value=value, where=where, use=use
    )
    print(f"{added} observations added to {scenario / 'observations.csv'}")
    print(f"Next: {command('emigre', 'check', scenario)}")


def export_hxl(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="The table to write.")],
    measure: Annotated[str, typer.Option(help="What is counted.")] = "arrived",
    force: Annotated[bool, typer.Option("--force", help="Replace OUT.csv.")] = False,
) -> None:
    """Write daily medians and intervals of a measure with HXL hashtags."""
    from emigre.adapters import hxl

    print(hxl.export_run(run, out, measure=measure, force=force))


ADAPTER = Adapter(
    imports={"hxl": import_hxl, "hxl-counts": import_hxl_counts}, exports={"hxl": export_hxl}
)
