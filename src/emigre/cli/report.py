"""``emigre report`` and ``emigre describe``: reports and model descriptions."""

from pathlib import Path
from typing import Annotated, Any

from emigre.cli import options
from emigre.cli.app import app, plain_errors, progress
from emigre.cli.options import argument, flag, path_option
from emigre.cli.printing import new_console
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted


@app.command()
def report(
    folder: Annotated[str, argument("FOLDER", "Folder of results.")],
    out: Annotated[
        Path | None, path_option("FILE.html", "Output file. Default: report.html in the folder.")
    ] = None,
    figures: Annotated[
        Path | None, path_option("DIR", "Folder for every chart as PNG and SVG.")
    ] = None,
    table: Annotated[
        bool, flag("Print all numbers of a forecast instead of writing a report.", "--table")
    ] = False,
    quiet: Annotated[bool, flag("Print only the path of the report.", "--quiet")] = False,
) -> None:
    """Write a self-contained HTML report of a run, a comparison, a forecast or a study."""
    if table:
        with plain_errors():
            others = {"--out": out, "--figures": figures}
            refuse(
                Mistake(name, f'"{path}"', "nothing with --table, which writes no file")
                for name, path in others.items()
                if path is not None
            )
            from emigre.cli.forecast import print_lines
            from emigre.forecasting.folder import Forecast

            made = Forecast.read(folder)
            print_lines(new_console(), made, made.lines())
        return
    with plain_errors(), progress(quiet) as bar:
        bar.stage("writing the report")
        from emigre.charts import drawing
        from emigre.report import read, write
        from emigre.report.page import NAME, html, save
        from emigre.results.output_dir import refuse_taken_file
        from emigre.studies import pages

        if out is not None:
            refuse_taken_file(out, force=True, ending=".html")
        if figures is not None and figures.exists() and not figures.is_dir():
            raise InputError(
                Mistake("--figures", f'"{figures}", a file', "a folder for the charts")
            )
        shown: Any
        if pages.is_study(Path(folder)):
            page = pages.page_of(Path(folder))
            drawing.start()
            path, shown = save(html(page), out or Path(folder) / NAME), page.figures
        else:
            shown = read(folder)
            drawing.start()
            path = write(shown, out)
        drawn = 0
        if figures is not None:
            bar.stage("drawing the figures")
            from emigre import charts

            drawn = len(charts.write_figures(shown, figures))
    print(path)
    if drawn and not quiet:
        print(f"Saved {counted(drawn, 'chart')} in {figures}")


@app.command()
def describe(
    scenario: options.Scenario,
    out: Annotated[
        Path | None, path_option("FILE.md", "Output file. Default: standard output.")
    ] = None,
    force: Annotated[bool, flag("Overwrite FILE.md.", "--force")] = False,
) -> None:
    """Describe a scenario and the model as a model card and ODD protocol."""
    with plain_errors():
        import emigre
        from emigre.report import description

        text = description.describe(emigre.load(scenario))
        if out is None:
            print(text, end="")
        else:
            description.write(text, out, force=force)
            print(out)
