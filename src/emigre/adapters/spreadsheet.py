"""Export a run for spreadsheets: one workbook, or a folder of CSV files.

The tables are the same in both: the origin of the numbers (``about``), key results, scores, daily
medians with 90 % intervals, sources, the tables of the scenario, and the meaning of each column
(``columns``). Days are inclusive, small counts are withheld as ``<10``, and no text is a formula.
Forecasts are exported by ``forecasting/spreadsheet.py``.
"""

import datetime as dt
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from emigre import schema
from emigre.adapters.exported_columns import SCENARIO, columns_of
from emigre.engine.index import layout_of
from emigre.errors import InputError, Mistake, ResultsError, refuse
from emigre.evaluation.key_results import key_results
from emigre.results import csv_files, notice
from emigre.results.complements import DAILY, Parts, hide_daily
from emigre.results.disclosure import counts_persons, label_small
from emigre.results.folder import Results
from emigre.results.intervals import MOST, interval_name
from emigre.results.labels import title
from emigre.results.output_dir import (
    refuse_inside_results,
    refuse_taken_file,
    write_files,
    write_whole,
)
from emigre.results.record import SimulationRecord
from emigre.results.run_info import RunInfo
from emigre.results.scores_csv import PREDICTED
from emigre.results.tables import QUANTILES
from emigre.scenario.loader import load_resolved
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import nearest, quoted

MEASURES = (
    *("departed", "trapped", "returned", "passages", "wait_hours", "arrived", "stock"),
    *("stock_displaced", "in_need", "reception_beds_used", "unsheltered"),
)
"""Measures of the daily table unless others are named."""
MOST_ROWS = 1_000_000
"""Rows of a sheet; spreadsheets end at 1,048,576."""
KEY_RESULTS = "key_results"
_TEXTS = ("observed", "median", "interval")
"""Columns of the key results that hold numbers as texts."""
_NUMBERS = (
    *("observed", *QUANTILES, *PREDICTED, "median", "low", "high", "low_50", "high_50"),
    *("crps", "wis", "bias", "value", "persons"),
)
_WIDEST = 60


Tables = Iterable[tuple[str, pl.DataFrame]]
"""Key and content of each table."""
Facts = Mapping[str, Any]
"""Facts about results, by name."""


def write_workbook(tables: Tables, info: SimulationRecord, out: str | Path, *, force: bool) -> Path:
    """Write a sheet per table; InputError for another ending, ResultsError if the file exists."""
    target = Path(out)
    if target.suffix.lower() != ".xlsx":
        raise InputError(Mistake("OUT", quoted(out), "a file name that ends with .xlsx"))
    refuse_taken_file(target, force=force)
    write_whole(target, _workbook(_with_column_meanings(tables), info))
    return target


def write_folder(
    tables: Tables,
    info: SimulationRecord,
    out: str | Path,
    *,
    decimal_comma: bool = False,
    force: bool,
) -> list[Path]:
    """Write a CSV file per table, named by scenario, hash and seed; ResultsError if one exists.

    A folder of results or of a scenario is refused. With a ``decimal_comma``, semicolons separate
    the cells, as spreadsheets in German or Russian expect.
    """
    folder = Path(out)
    stem = f"{info.scenario}-{info.hash[:8]}-seed{info.seed}"
    files = {}
    for key, table in _with_column_meanings(tables):
        shown = _with_decimal_comma(key, table) if decimal_comma else table
        text = csv_files.download(shown, decimal_comma=decimal_comma)
        files[folder / csv_files.file_name(stem, key)] = text
    for path in files:
        refuse_inside_results(path)
        refuse_taken_file(path, force=force)
    write_files(files)
    return list(files)


def _with_column_meanings(tables: Tables) -> list[tuple[str, pl.DataFrame]]:
    """The tables for display, with a table that explains their columns."""
    shown = [(key, csv_files.inclusive(table)) for key, table in tables]
    return [*shown, ("columns", columns_of(shown))]


def _with_decimal_comma(key: str, table: pl.DataFrame) -> pl.DataFrame:
    """The table with numbers in texts as in German or Russian: 1 234,5 for 1,234.5."""
    is_text = [name for name, kind in table.schema.items() if kind == pl.String]
    names = _TEXTS if key == KEY_RESULTS else [name for name in is_text if name in _NUMBERS]
    number = pl.col(names).str.replace_all(",", "\u00a0").str.replace_all(".", ",", literal=True)
    return table.with_columns(number)


def tables_of(results: Results, measures: Sequence[str] = ()) -> Iterator[tuple[str, pl.DataFrame]]:
    """Key and content of every table, provenance first; InputError for unknown measures."""
    check_measures(measures)
    scenario = load_resolved(results.folder / "scenario")
    info = results.info
    yield "about", _about(info, info.notes_on_scenario(results.folder.name, scenario.hash))
    lines = key_results(results)
    if lines:
        columns = ("what", "when", "observed", "median", "interval", "inside", "source")
        yield KEY_RESULTS, pl.DataFrame({c: [getattr(x, c) for x in lines] for c in columns})
    if results.scores.height:
        yield "scores", _withhold_small(results.scores, results.info.small_count)
    yield "daily", _daily(results, measures or MEASURES, layout_of(scenario).rows_of)
    yield from tables_of_scenario(scenario)


def check_measures(measures: Sequence[str]) -> None:
    """InputError for names of no measure."""
    known = schema.measures()
    refuse(
        Mistake("--measure", quoted(m), "the name of a measure", nearest(m, known))
        for m in measures
        if m not in known
    )


def tables_of_scenario(scenario: Scenario) -> Iterator[tuple[str, pl.DataFrame]]:
    """Sources, and the other tables of a scenario that have rows."""
    yield "sources", scenario.tables["sources"]
    for name, table in scenario.tables.items():
        if table.height and name != "sources":
            yield f"{SCENARIO}{name}", table


def _about(info: RunInfo, edited: Iterable[str]) -> pl.DataFrame:
    span: Facts = {
        "First day": info.start,
        "Last day": info.end,
        "Known until": info.as_of or "everything in the scenario",
        "Mode": info.mode,
        "Runs": info.runs,
    }
    interval: Facts = {
        "Interval": f"daily: {interval_name(info.runs)} of the simulated values (low to high); "
        f"key results and scores: {MOST} with the model's own error (q05 to q95)"
    }
    notes = [("Assumed", words) for words in info.assumed]
    notes += [("Check first", words) for words in (*edited, *info.warnings)]
    return about(info, span, interval, notes)


def about(
    info: SimulationRecord, span: Facts, interval: Facts, notes: Iterable[tuple[str, str]]
) -> pl.DataFrame:
    """Origin of the numbers, as pairs of a name and a text.

    ``span`` are facts about the period and the ensemble, ``interval`` facts about intervals.
    """
    facts: Facts = {
        "Scenario": info.title,
        "Id": info.scenario,
        "Hash": info.hash,
        "Purpose": info.purpose,
        "Variants and settings": ", ".join(info.variants) or "none",
        **span,
        "Seed": info.seed,
        "People per simulated person": info.scale,
        "Parameters": info.parameters_from or "as in the scenario",
        **interval,
        "Withheld": f"simulated persons below {info.small_count}",
        "Emigre": info.emigre,
        "Simulated on": info.finished.date(),
    }
    pairs = [(name, str(text)) for name, text in facts.items()]
    pairs += notes
    pairs += [("Use", line) for line in notice.statement(info).splitlines()]
    return pl.DataFrame(pairs, schema=["name", "text"], orient="row")


def _daily(
    results: Results, measures: Sequence[str], parts_of: Callable[[str], Parts]
) -> pl.DataFrame:
    """Daily median and interval of series that are not zero throughout."""
    info = results.info
    rows = (
        results.summary.with_columns(pl.col("measure", "place").cast(pl.String))
        .filter(pl.col("measure").is_in(list(measures)))
        .filter(pl.col("q95").max().over("measure", "place") > 0)
        .sort("measure", "place", "date")
    )
    if rows.height > MOST_ROWS:
        raise ResultsError(
            f"{rows.height:,} daily rows do not fit into a sheet of {MOST_ROWS:,}: choose some "
            "with --measure"
        )
    names = pl.col("place").replace_strict(dict(info.places), default=pl.col("place"))
    rows = hide_daily(rows, info.small_count, info.runs, parts_of)
    shown = _withhold_small(rows, info.small_count, DAILY)
    return shown.select(
        "measure",
        titles(),
        pl.col("measure").replace_strict(schema.units()).alias("unit"),
        "place",
        names.alias("place_name"),
        "date",
        pl.col("q50").alias("median"),
        pl.col("q05").alias("low"),
        pl.col("q95").alias("high"),
    )


def titles() -> pl.Expr:
    """Titles of measures, as a column ``title``."""
    known = {name: title(name) for name in schema.measures()}
    return pl.col("measure").replace_strict(known, default=pl.col("measure")).alias("title")


def _withhold_small(
    table: pl.DataFrame, small: int, columns: Sequence[str] = (*QUANTILES, *PREDICTED)
) -> pl.DataFrame:
    """Write small counts of persons as ``<10``; columns without such counts stay numeric."""
    cells = []
    for column in columns:
        number = pl.col(column).round_sig_figs(6)
        text = label_small(column, small, number.cast(pl.String), counts_persons())
        labelled = table.select(text).to_series()
        has_label = labelled.str.contains("[<>]").any()
        cells.append(labelled if has_label else table.select(number).to_series())
    return table.with_columns(cells)


def _workbook(tables: Sequence[tuple[str, pl.DataFrame]], info: SimulationRecord) -> bytes:
    import xlsxwriter

    data = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "in_memory": True,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(data, options) as book:
        # The time of the run rather than of the export: the same run gives the same file.
        made = info.finished.replace(tzinfo=None)
        book.set_properties({"title": info.title, "comments": info.hash, "created": made})
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        for key, table in tables:
            numbers = () if key == KEY_RESULTS else _NUMBERS
            _write_sheet(book.add_worksheet(key), table, looks, numbers)
    return data.getvalue()


_LOOKS = {
    "head": {"bold": True, "bottom": 1},
    "persons": {"num_format": "#,##0", "align": "right"},
    "number": {"num_format": "[>=1000]#,##0;[<=-1000]-#,##0;General", "align": "right"},
    "text": {"text_wrap": True, "valign": "top"},
}
"""Formats of cells: heads, counts of persons, other numbers, and the text of the first sheet."""


def _write_sheet(
    page: Any, table: pl.DataFrame, looks: Mapping[str, Any], numbers: Collection[str]
) -> None:
    page.freeze_panes(1, 0)
    persons = [False] * table.height
    if "measure" in table.columns:
        persons = table.select(counts_persons()).to_series().to_list()
    for column, name in enumerate(table.columns):
        page.write_string(0, column, name, looks["head"])
        longest = max((len(str(v)) for v in table[name].head(200)), default=0)
        page.set_column(column, column, min(max(longest, len(name)) + 2, _WIDEST))
        for row, value in enumerate(table[name].to_list(), 1):
            if name in numbers:
                look = looks["persons" if persons[row - 1] else "number"]
                _write_cell(page, row, column, _as_number(value), look)
            elif name == "text":
                _write_cell(page, row, column, value, looks["text"])
            else:
                _write_cell(page, row, column, value)
    if table.height:
        page.autofilter(0, 0, table.height, table.width - 1)


def _as_number(value: Any) -> Any:
    """Convert a text to a number, unless it is a withheld count such as ``<10``."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _write_cell(page: Any, row: int, column: int, value: Any, look: Any = None) -> None:
    if value is None or (isinstance(value, float) and value != value):
        return
    if isinstance(value, bool):
        page.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int | float):
        page.write_number(row, column, value, look)
    elif isinstance(value, dt.datetime):
        page.write_string(row, column, value.isoformat(timespec="minutes"))
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime.combine(value, dt.time()))
    else:
        page.write_string(row, column, str(value), look)
