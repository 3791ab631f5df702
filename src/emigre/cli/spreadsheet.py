"""``emigre export xlsx`` and ``emigre export csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.adapters import Adapter

Run = Annotated[Path, typer.Argument(metavar="RUN|FORECAST", help="Folder of a run or a forecast.")]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="MEASURE",
        help="Measure of the daily table. Repeatable. Default: the main ones.",
    ),
]


def export_xlsx(
    run: Run,
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Workbook to write.")],
    measure: Measures = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.xlsx.")] = False,
) -> None:
    """Write a run or a forecast as a workbook: provenance, figures, sources, the scenario."""
    from emigre.forecasting.spreadsheet import export_workbook

    print(export_workbook(run, out, measures=measure or (), force=force))


def export_csv(
    run: Run,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the files.")],
    measure: Measures = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of this run.")] = False,
) -> None:
    """Write the tables of the workbook as CSV files that spreadsheets open correctly."""
    from emigre.forecasting.spreadsheet import export_folder

    for path in export_folder(run, out, measures=measure or (), force=force):
        print(path)


ADAPTER = Adapter(exports={"xlsx": export_xlsx, "csv": export_csv})
