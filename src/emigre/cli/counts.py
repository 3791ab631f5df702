"""``emigre import unhcr``, ``dtm``, ``hapi``, ``acled`` ...: counts and events of agencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emigre.adapters import Adapter
from emigre.cli.options import (
    Text,
    Texts,
    day,
    flag,
    number,
    option,
    path_argument,
    path_option,
    several,
)
from emigre.errors import InputError, Mistake, command, refuse
from emigre.results.text import counted
from emigre.scenario.parsers import quoted

if TYPE_CHECKING:
    from emigre.adapters.import_options import ImportOptions, ImportPlan
    from emigre.adapters.layouts import TableLayout

Table = Annotated[Path, path_argument("TABLE", "Table: .csv, .tsv, .xlsx or .json.")]
Folder = Annotated[Path, path_argument("SCENARIO", "Scenario folder.")]
Source = Annotated[Text, option("ID", "Id of a row in sources.csv.")]
Places = Annotated[
    Texts, several("NAME=ID", "Id of the place with this name in the table.", "--place")
]
SkipUnknown = Annotated[
    bool, flag("Leave out rows of places that are not in the scenario.", "--skip-unknown")
]
Write = Annotated[
    bool, flag("Add the rows, or only show what would be added.", "--write/--preview")
]


def _importer(name: str, summary: str, *, writes: bool = True) -> Callable[..., None]:
    """The command that imports counts of a layout; ``writes`` is what it does by default."""

    def run(
        table: Table,
        scenario: Folder,
        measure: Annotated[Text, option("MEASURE", "Measure that was counted.")] = None,
        source: Source = None,
        use: Annotated[Text, option("fit|check|context", "Purpose. Default: context.")] = None,
        column: Annotated[
            Texts,
            several(
                "ROLE=COLUMN",
                "Column of a role: place, value (A+B adds up), first_day, last_day, year, "
                "published, origin.",
            ),
        ] = None,
        where: Annotated[Texts, several("COLUMN=VALUE", "Take only these rows.")] = None,
        place: Places = None,
        at: Annotated[Text, option("ID", "Place of all rows, without a column.")] = None,
        origin: Annotated[
            Text, option("NAME", "Origin of the people, as the table writes it.")
        ] = None,
        since: Annotated[Text, day("The counts are running totals since this day.")] = None,
        dates: Annotated[
            Text, option("day-first|month-first", "Order of dates such as 3/4/2030.")
        ] = None,
        sum_over: Annotated[
            Texts, several("COLUMN", "Add up rows that differ in this column.")
        ] = None,
        split: Annotated[
            bool, flag("Also add the parts of a breakdown, as context.", "--split")
        ] = False,
        skip_unknown: SkipUnknown = False,
        mapping: Annotated[
            Path | None, path_option("FILE.toml", "Read these choices from a file.")
        ] = None,
        sheet: Annotated[Text, option("NAME", "Sheet of a workbook.")] = None,
        write: Write = writes,
    ) -> None:
        from emigre.adapters.counts import add_counts

        options = {
            "measure": measure,
            "source": source,
            "use": use,
            "at": at,
            "origin": origin,
            "since": since,
            "dates": dates,
            "sum_over": tuple(sum_over or ()) or None,
            "split": split,
            "skip_unknown": skip_unknown,
        }
        layout, request = _request(name, mapping, column or (), place or (), where or (), options)
        finish(add_counts(table, scenario, layout, request, sheet=sheet), write=write)

    run.__doc__ = summary
    return run


def _request(
    name: str,
    mapping: Path | None,
    columns: Sequence[str],
    places: Sequence[str],
    where: Sequence[str],
    options: Mapping[str, Any],
) -> tuple[TableLayout, ImportOptions]:
    """Layout and options of an import; the command line overrides the mapping."""
    from emigre.adapters.import_options import ImportOptions
    from emigre.adapters.layouts import LAYOUTS, parse_columns, read_mapping
    from emigre.scenario.arguments import name_values

    by_role, chosen = ({}, {}) if mapping is None else read_mapping(mapping)
    layout = LAYOUTS[name].with_columns({**by_role, **parse_columns(columns)})
    if options["at"] is not None and any(text.startswith("place=") for text in columns):
        expected = "either one place for all rows or a column with places"
        raise InputError(Mistake("--at", quoted(options["at"]), expected))
    given = {key: value for key, value in options.items() if value is not None}
    merged = {"measure": layout.measure, "source": "", **chosen, **given}
    _require(measure=merged["measure"], source=merged["source"])
    for key, asked, pairs in (("places", "--place", places), ("where", "--where", where)):
        merged[key] = chosen.get(key, {}) | name_values(asked, pairs, at_last=True)
    return layout, ImportOptions(**merged)


def _require(**options: str | None) -> None:
    """InputError with every option that has no value."""
    expected = {"measure": "the name of a measure", "source": "an id of sources.csv"}
    refuse(Mistake(f"--{k}", "no value", expected[k]) for k, text in options.items() if not text)


def finish(plan: ImportPlan, *, write: bool) -> None:
    """Print the new rows and, with ``write``, add them."""
    if preview := plan.preview():
        print(preview)
    if not write:
        plan.check()
        rows = counted(len(plan.rows), "row")
        more = " Add --write." if plan.rows else ""
        print(f"{rows} for {plan.table}.csv; nothing was written.{more}")
        return
    added = plan.write()
    print(f"Added {counted(added, 'row')} to {plan.table}.csv of {plan.folder}")
    print(f"Next: {command('emigre', 'check', plan.folder)}")


def import_acled(
    table: Table,
    scenario: Folder,
    source: Source = None,
    kind: Annotated[str, typer.Option(help="Kind of the pressures.")] = "conflict",
    strongest: Annotated[
        float, number("Log hazard of leaving in the week with most events.")
    ] = 3.0,
    place: Places = None,
    skip_unknown: SkipUnknown = False,
    write: Write = True,
) -> None:
    """Add conflict events of ACLED to pressures.csv, one row per origin and week."""
    from emigre.adapters.acled import add_pressures
    from emigre.scenario.arguments import name_values

    _require(source=source)
    plan = add_pressures(
        table,
        scenario,
        source=source or "",
        kind=kind,
        strongest=strongest,
        places=name_values("--place", place or (), at_last=True),
        skip_unknown=skip_unknown,
    )
    finish(plan, write=write)


UNHCR = Adapter(
    imports={
        "unhcr": _importer("unhcr", "Add year-end counts of UNHCR's Refugee Data Finder."),
        "unhcr-portal": _importer(
            "unhcr-portal", "Add a time series of UNHCR's operational data portal."
        ),
    }
)
DTM = Adapter(imports={"dtm": _importer("dtm", "Add displaced people counted by IOM's DTM.")})
HAPI = Adapter(
    imports={"hapi": _importer("hapi", "Add displaced or returned people from HDX HAPI.")}
)
IDMC = Adapter(imports={"idmc": _importer("idmc", "Add internal displacements from IDMC.")})
ACLED = Adapter(imports={"acled": import_acled})
TABLE = Adapter(
    imports={
        "table": _importer(
            "table",
            "Add counts from any table whose columns you name; a preview unless --write.",
            writes=False,
        )
    }
)
