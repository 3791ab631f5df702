"""Export a forecast, or a run, for spreadsheets: one workbook, or a folder of CSV files.

A forecast is exported as the origin of its numbers, ``forecasts.csv`` with units, the sources and
the tables of the scenario. For the tables of a run, see ``adapters/spreadsheet.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from emigre import schema
from emigre.adapters import spreadsheet
from emigre.adapters.spreadsheet import Tables
from emigre.forecasting.folder import MARK, TABLE, Forecast, ForecastInfo
from emigre.results import csv_files
from emigre.results.folder import Results
from emigre.results.record import SimulationRecord
from emigre.results.tables import QUANTILES
from emigre.results.text import percent


def export_workbook(
    folder: str | Path, out: str | Path, *, measures: Sequence[str] = (), force: bool = False
) -> Path:
    """Write a run or a forecast as a workbook with one sheet per table, provenance first.

    Raises InputError for unknown measures, and ResultsError if the file exists or a table is too
    long for a sheet.
    """
    return spreadsheet.write_workbook(*_content(folder, measures), out, force=force)


def export_folder(
    folder: str | Path,
    out: str | Path,
    *,
    measures: Sequence[str] = (),
    decimal_comma: bool = False,
    force: bool = False,
) -> list[Path]:
    """Write a run or a forecast as CSV files; raises as :func:`export_workbook`."""
    return spreadsheet.write_folder(
        *_content(folder, measures), out, decimal_comma=decimal_comma, force=force
    )


def _content(folder: str | Path, measures: Sequence[str]) -> tuple[Tables, SimulationRecord]:
    """Tables and provenance of a run or a forecast."""
    if (Path(folder) / MARK).is_file():
        forecast = Forecast.read(folder)
        return tables_of(forecast, measures), forecast.info
    results = Results.read(folder)
    return spreadsheet.tables_of(results, measures), results.info


def tables_of(
    forecast: Forecast, measures: Sequence[str] = ()
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Key and content of every table, provenance first; InputError for unknown measures."""
    spreadsheet.check_measures(measures)
    info = forecast.info
    edited = info.notes_on_scenario(forecast.folder.name, forecast.scenario.hash)
    yield "about", _about(info, [*edited, *forecast.run.info.warnings])
    yield "forecasts", _forecasts(forecast, measures)
    yield from spreadsheet.tables_of_scenario(forecast.scenario)


def _about(info: ForecastInfo, first: Iterable[str]) -> pl.DataFrame:
    span = {
        "Known until": info.as_of,
        "Last day": info.end,
        "Published figures used": info.figures,
        "Runs": info.runs,
        "Draws of the forecast": info.draws,
    }
    interval = {
        "Interval": "90 % (low to high) and 50 % (low_50 to high_50), with the model's own error",
        "Model's own error": f"learned from {info.model_error_from}",
    }
    worlds = [("World", f"{w.title}: {percent(w.probability)}") for w in info.worlds]
    notes = [("Check first", words) for words in first]
    return spreadsheet.about(info, span, interval, [*worlds, *notes])


def _forecasts(forecast: Forecast, measures: Sequence[str]) -> pl.DataFrame:
    """Quantiles of every series, span and forecaster, with units."""
    rows = csv_files.read(forecast.folder / TABLE)  # withheld counts are texts there
    if measures:
        rows = rows.filter(pl.col("measure").is_in(list(measures)))
    number = {q: pl.col(q).cast(pl.Float64, strict=False).round_sig_figs(6) for q in QUANTILES}
    names = {"q50": "median", "q05": "low", "q95": "high", "q25": "low_50", "q75": "high_50"}
    return rows.select(
        "measure",
        spreadsheet.titles(),
        pl.col("measure").replace_strict(schema.units(), default=None).alias("unit"),
        *("place", "place_name", "span"),
        *(pl.col(day).str.to_date("%Y-%m-%d") for day in ("from", "to")),
        "forecaster",
        *(
            pl.when(number[q].is_null())
            .then(pl.col(q))
            .otherwise(number[q].cast(pl.String))
            .alias(to)
            for q, to in names.items()
        ),
    )
