"""``emigre import hxl`` and ``emigre export hxl``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.adapters import Adapter
from emigre.errors import command


def import_hxl(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="Table with HXL hashtags.")],
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario folder.")],
    country: Annotated[
        str, typer.Option(metavar="CODE", help="Code of the country the areas are in.")
    ],
    source: Annotated[str, typer.Option(metavar="ID", help="Id of a row in sources.csv.")],
) -> None:
    """Add areas with P-codes and population to places.csv as origins."""
    from emigre.adapters import hxl
    from emigre.results.text import counted

    added = hxl.add_origins(table, scenario, country=country, source=source)
    print(f"Added {counted(added, 'origin')} to {scenario / 'places.csv'}")
    print(f"Next: add legs from them to legs.csv, then {command('emigre', 'check', scenario)}")


def import_hxl_counts(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="Table with HXL hashtags.")],
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario folder.")],
    measure: Annotated[str, typer.Option(metavar="MEASURE", help="Measure that was counted.")],
    source: Annotated[str, typer.Option(metavar="ID", help="Id of a row in sources.csv.")],
    value: Annotated[
        str | None, typer.Option(metavar="HASHTAG", help="Column of the counts, if ambiguous.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="HASHTAG=VALUE", help="Import only rows with this value.")
    ] = None,
    use: Annotated[
        str, typer.Option(metavar="fit|check|context", help="Purpose of the counts.")
    ] = "context",
    dates: Annotated[
        str | None,
        typer.Option(metavar="day-first|month-first", help="Order of dates such as 3/4/2030."),
    ] = None,
) -> None:
    """Add published counts to observations.csv."""
    from emigre.adapters.hxl_counts import plan_tagged
    from emigre.adapters.import_options import ImportOptions

    tag, _, chosen = (where or "").partition("=")
    rows = {tag: chosen} if where else {}
    options = ImportOptions(measure, source, use, where=rows, dates=dates)
    plan = plan_tagged(table, scenario, options, value)
    added = plan.write()
    print(*plan.remarks, sep="\n", end="\n" if plan.remarks else "")
    print(f"Added {added} observations to {scenario / 'observations.csv'}")
    print(f"Next: {command('emigre', 'check', scenario)}")


def export_hxl(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="Table to write.")],
    measure: Annotated[str, typer.Option(metavar="MEASURE", help="Measure to export.")] = "arrived",
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.csv.")] = False,
) -> None:
    """Export daily medians and intervals of a measure with HXL hashtags."""
    from emigre.adapters import hxl

    print(hxl.export_run(run, out, measure=measure, force=force))


ADAPTER = Adapter(
    imports={"hxl": import_hxl, "hxl-counts": import_hxl_counts}, exports={"hxl": export_hxl}
)
