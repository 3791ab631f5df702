"""``emigre report`` and ``emigre describe``: reports and model descriptions."""

from pathlib import Path
from typing import Annotated

from emigre.cli import options
from emigre.cli.app import app, plain_errors, progress
from emigre.cli.options import argument, flag, path_option
from emigre.cli.printing import new_console
from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import counted


@app.command()
def report(
    folder: Annotated[str, argument("RUN|COMPARISON|FORECAST", "Folder of results.")],
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
    """Write a self-contained HTML report of a run, a comparison or a forecast."""
    if table:
        with plain_errors():
            others = {"--out": out, "--figures": figures}
            refuse(
                Mistake(name, f'"{path}"', "nothing with --table, which writes no file")
                for name, path in others.items()
                if path is not None
            )
            _print_forecast(folder)
        return
    with plain_errors(), progress(quiet) as bar:
        bar.stage("writing the report")
        from emigre.charts import drawing
        from emigre.forecasting import page
        from emigre.forecasting.folder import MARK, Forecast
        from emigre.report import read, write
        from emigre.results.output_dir import refuse_taken_file

        if out is not None:
            refuse_taken_file(out, force=True, ending=".html")
        if figures is not None and figures.exists() and not figures.is_dir():
            raise InputError(
                Mistake("--figures", f'"{figures}", a file', "a folder for the charts")
            )
        is_forecast = (Path(folder) / MARK).is_file()
        results = Forecast.read(folder) if is_forecast else read(folder)
        drawing.start()
        path = page.write(results, out) if isinstance(results, Forecast) else write(results, out)
        drawn = 0
        if figures is not None:
            bar.stage("drawing the figures")
            from emigre import charts

            shown = page.page_of(results).figures if isinstance(results, Forecast) else results
            drawn = len(charts.write_figures(shown, figures))
    print(path)
    if drawn and not quiet:
        print(f"Saved {counted(drawn, 'chart')} in {figures}")


def _print_forecast(folder: str) -> None:
    from emigre.cli.forecast import print_lines
    from emigre.forecasting.folder import Forecast

    made = Forecast.read(folder)
    print_lines(new_console(), made, made.lines())


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
