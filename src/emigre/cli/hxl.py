"""``emigre import hxl`` and ``emigre export hxl``."""

from pathlib import Path
from typing import Annotated

from emigre.adapters import Adapter
from emigre.cli.counts import Write, finish
from emigre.cli.options import Text, flag, option, path_argument
from emigre.errors import command


def import_hxl(
    table: Annotated[Path, path_argument("TABLE.csv", "Table with HXL hashtags.")],
    scenario: Annotated[Path, path_argument("SCENARIO", "Scenario folder.")],
    country: Annotated[str, option("CODE", "Code of the country that contains the areas.")],
    source: Annotated[str, option("ID", "Id of a row in sources.csv.")],
) -> None:
    """Add areas with P-codes and population to places.csv as origins."""
    from emigre.adapters import hxl
    from emigre.results.text import counted

    added = hxl.add_origins(table, scenario, country=country, source=source)
    print(f"Added {counted(added, 'origin')} to {scenario / 'places.csv'}")
    print(f"Next: add legs from them to legs.csv, then {command('emigre', 'check', scenario)}")


def import_hxl_counts(
    table: Annotated[Path, path_argument("TABLE.csv", "Table with HXL hashtags.")],
    scenario: Annotated[Path, path_argument("SCENARIO", "Scenario folder.")],
    measure: Annotated[str, option("MEASURE", "Measure that was counted.")],
    source: Annotated[str, option("ID", "Id of a row in sources.csv.")],
    value: Annotated[Text, option("HASHTAG", "Column of the counts, if ambiguous.")] = None,
    where: Annotated[Text, option("HASHTAG=VALUE", "Import only rows with this value.")] = None,
    use: Annotated[str, option("fit|check|context", "Purpose of the counts.")] = "context",
    dates: Annotated[
        Text, option("day-first|month-first", "Order of dates such as 3/4/2030.")
    ] = None,
    write: Write = True,
) -> None:
    """Add counts of a table with HXL hashtags to observations.csv."""
    from emigre.adapters.hxl import plan_tagged
    from emigre.adapters.import_options import ImportOptions
    from emigre.scenario.arguments import name_values

    rows = name_values("--where", [where] if where else [])
    options = ImportOptions(measure, source, use, where=rows, dates=dates)
    plan = plan_tagged(table, scenario, options, value)
    finish(plan, write=write)


def export_hxl(
    run: Annotated[Path, path_argument("RUN", "Run folder.")],
    out: Annotated[Path, path_argument("OUT.csv", "Table to write.")],
    measure: Annotated[str, option("MEASURE", "Measure to export.")] = "arrived",
    force: Annotated[bool, flag("Overwrite OUT.csv.", "--force")] = False,
) -> None:
    """Export daily medians and intervals of a measure with HXL hashtags."""
    from emigre.adapters import hxl

    print(hxl.export_run(run, out, measure=measure, force=force))


ADAPTER = Adapter(
    imports={"hxl": import_hxl, "hxl-counts": import_hxl_counts}, exports={"hxl": export_hxl}
)
