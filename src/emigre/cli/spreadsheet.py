"""``emigre export xlsx`` and ``emigre export csv``."""

from pathlib import Path
from typing import Annotated

from emigre.adapters import Adapter
from emigre.cli.options import Texts, flag, option, path_argument

Run = Annotated[Path, path_argument("RUN|FORECAST", "Folder of a run or a forecast.")]
Measures = Annotated[
    Texts,
    option(
        "MEASURE", "Measure of the daily table. Repeatable. Default: the main ones.", "--measure"
    ),
]


def export_xlsx(
    run: Run,
    out: Annotated[Path, path_argument("OUT.xlsx", "Workbook to write.")],
    measure: Measures = None,
    force: Annotated[bool, flag("Overwrite OUT.xlsx.", "--force")] = False,
) -> None:
    """Write a run or a forecast as a workbook: provenance, results, sources and scenario."""
    from emigre.forecasting.spreadsheet import export_workbook

    print(export_workbook(run, out, measures=measure or (), force=force))


def export_csv(
    run: Run,
    out: Annotated[Path, path_argument("OUT", "Folder for the files.")],
    measure: Measures = None,
    decimal_comma: Annotated[
        bool,
        flag(
            "Decimal commas and semicolons, for spreadsheets in German, Russian and the like.",
            "--decimal-comma",
        ),
    ] = False,
    force: Annotated[bool, flag("Overwrite files of this run.", "--force")] = False,
) -> None:
    """Write the tables of the workbook as CSV files, by default for spreadsheets in English."""
    from emigre.forecasting.spreadsheet import export_folder

    for path in export_folder(
        run, out, measures=measure or (), decimal_comma=decimal_comma, force=force
    ):
        print(path)


ADAPTER = Adapter(exports={"xlsx": export_xlsx, "csv": export_csv})
