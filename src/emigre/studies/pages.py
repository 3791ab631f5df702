"""Pages of forecasts, hindcasts, fits, sensitivity studies and explanations.

They show the tables that the commands print, laid out like a report.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from emigre import schema
from emigre.attribution.explanation_text import EQUAL
from emigre.calibration.posterior import Posterior
from emigre.charts.figures import Figure
from emigre.comparison.folder import Comparison
from emigre.errors import Mistake, refuse
from emigre.evaluation.key_results import PartRounding, period
from emigre.evaluation.skill import ALL, OURS, SIMULATION
from emigre.evaluation.skill_text import PAGE_HEADS, page_rows
from emigre.report import content, page
from emigre.report.content import Page, Section, Stamp
from emigre.report.page import NAME, html, save
from emigre.report.tables import SKILL_ROWS, Cell, Table, text_rows
from emigre.results import record
from emigre.results.csv_files import download, read
from emigre.results.folder import Results
from emigre.results.intervals import MOST, interval_name
from emigre.results.labels import heading_of
from emigre.results.output_dir import folder_given, refuse_taken_file
from emigre.results.record import RecordFolder
from emigre.results.text import capitalised, counted, percent, words
from emigre.scenario import arguments
from emigre.scenario.parsers import as_number
from emigre.sensitivity.results import Sensitivity
from emigre.studies.folders import EXPLAINED, kind_of, mark_of


def is_study(folder: Path) -> bool:
    """Whether a folder holds a forecast or another finished study."""
    return mark_of(folder) is not None and kind_of(folder) in _PAGES


def page_of(folder: Path) -> Page:
    """The page of a finished study."""
    return _PAGES[kind_of(folder)](folder)


def write(
    results: RecordFolder[Any] | Posterior | str | PathLike[str],
    out: str | PathLike[str] | None = None,
) -> Path:
    """Write the report of results as a self-contained HTML page.

    Parameters
    ----------
    results : Results, Comparison, Forecast, Hindcast, Posterior, Sensitivity, str or path
        A run, comparison, forecast, hindcast, fit or sensitivity study, or its folder.
    out : str or path, optional
        File to write; an existing one is replaced. ``report.html`` in the folder of the results if
        not given.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If an argument is neither results nor a path.
    ResultsError
        If the folder is damaged, or the page cannot be written.
    """
    mistakes: list[Mistake] = []
    path = arguments.path("--out", out, mistakes)
    refuse(mistakes)
    given: object = results
    if isinstance(results, RecordFolder | Posterior):
        given = results.folder
    folder = folder_given(given, "results", "results")
    if isinstance(results, RecordFolder):
        record.refuse_replaced(results)
    if not is_study(folder):
        run = results if isinstance(results, Results | Comparison) else content.read(folder)
        return page.write(run, path)
    path = path or folder / NAME
    refuse_taken_file(path, force=True, ending=".html")  # before any charts are drawn
    return save(html(page_of(folder)), path)


def _forecast(folder: Path) -> Page:
    from emigre.forecasting.folder import Forecast
    from emigre.forecasting.page import page_of as forecast_page

    return forecast_page(Forecast.read(folder))


def _hindcast(folder: Path) -> Page:
    from emigre.forecasting.hindcast_folder import Hindcast

    made = Hindcast.read(folder)
    info = made.info
    parts = made.record.filter(pl.col("kind") == ALL).partition_by("days", maintain_order=True)
    known, *rest = made.remarks()
    sentences = [known, *(_better(part.row(0, named=True)) for part in parts)]
    tables = [
        Table(
            key="skill",
            title="Each measure and place",
            note="For statisticians: the scores of each series. CRPS and MAE are errors in the "
            "unit of the figures; lower is better. A log skill above 0 beats every baseline.",
            heads=PAGE_HEADS,
            rows=text_rows(page_rows(made.skill, info.places), 3),
            csv=download(made.skill),
            is_folded=True,
            most_printed=SKILL_ROWS,
        ),
    ]
    if parts:
        record_table = Table(
            key="record",
            title="Forecasts and baselines, by days ahead",
            note=_RECORD_NOTE,
            heads=_RECORD_HEADS,
            rows=[row for part in parts for row in _record_rows(part)],
            csv=download(made.record),
            remarks=tuple(rest),
        )
        tables.insert(0, record_table)
    else:
        sentences += [_NO_RECORD, *rest]
    return _page(
        info.title,
        f"How good were forecasts of {counted(info.horizon_days, 'day')}, made "
        f"{period(info.first, info.last + timedelta(days=1))}?",
        "Track record",
        sentences,
        tables,
        Stamp(info.scenario, info.hash, info.seed, info.runs, 0, info.emigre),
    )


_RECORD_NOTE = (
    "Error: the factor by which forecasts miss. In 50 %, in 90 %: share of the counts inside this "
    "interval. Width: its upper end divided by its lower end. Only series with an earlier count."
)
_NO_RECORD = (
    "No published count can be compared with a baseline, because no series has an earlier count."
)
_RECORD_HEADS = (
    *("Forecast by", "Counts", "Error", "Against best baseline"),
    *("In 50 %", "In 90 %", "Width"),
)
_FORECASTERS = {
    OURS: "Emigre",
    SIMULATION: "Emigre, simulation alone",
    "persistence": "Last count",
    "same_weekday": "Same weekday of the last week",
    "seven_day_mean": "Mean of the last seven days",
    "pre_crisis_mean": "Mean before the crisis",
}


def _record_rows(part: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """The forecasters for some days ahead, below a head."""
    head = Cell(f"Days {part['days'][0].replace('-', ' to ')}", is_head=True)
    return [(head,), *text_rows(map(_record_row, part.iter_rows(named=True)), 1)]


def _record_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = row["forecaster"]
    error, width = (None if row[c] is None else math.exp(row[c]) for c in ("crps_log", "width_90"))
    return (
        _FORECASTERS.get(name, words(name).capitalize()),
        f"{row['n']:,}",
        "–" if error is None else f"× {error:.2f}",
        _against(row["skill_log"]) or "–",
        percent(row["coverage_50"]),
        percent(row["coverage_90"]),
        "–" if width is None else f"× {width:,.1f}",
    )


def _against(skill: float | None) -> str:
    """A skill as the difference of two errors; empty without a baseline to compare with."""
    if skill is None:
        return ""
    size = percent(abs(skill))
    return "same error" if size == "0 %" else f"{size} {'less' if skill > 0 else 'more'}"


def _better(row: Mapping[str, Any]) -> str:
    """Forecasts of some days ahead in a sentence."""
    inside = round(row["coverage_90"] * row["n"])
    against = _against(row["skill_log"])
    compared = "equals" if against == "same error" else f"is {against} than"
    comparison = f", and the error {compared} that of the best baseline" if against else ""
    return (
        f"For days {row['days'].replace('-', ' to ')}, {inside:,} of "
        f"{counted(row['n'], 'published count')} {'lies' if inside == 1 else 'lie'} in the "
        f"{MOST}{comparison}."
    )


def _fit(folder: Path) -> Page:
    from emigre.calibration.fit_text import cost, discrepancy, not_simulated, outside, rows

    made = Posterior.read(folder)
    info = made.info
    counts, far = counted(len(info.figures), "published count"), outside(info)
    tables = [
        Table(
            key="fitted",
            title="Before and after the fit",
            note="",
            heads=(
                *("Parameter", "Before, 90 %", "After, median", "After, 90 %"),
                "Learned from the counts",
            ),
            rows=text_rows(_described(rows(info), info.titles), 1),
            csv=download(made.table),
            remarks=tuple(not_simulated(info)),
        )
    ]
    if far:
        data = pl.DataFrame(far, ["count", "published", "predicted"], orient="row")
        tables.append(
            Table(
                key="outside",
                title="Counts outside their predicted interval",
                note="The counts that disagree most with the fit are first.",
                heads=("Count", "Published", "Predicted, 90 %"),
                rows=text_rows(far, 1),
                csv=download(data),
            )
        )
    return _page(
        info.title or info.scenario,
        f"Which values of the parameters agree with {counts}?",
        "Parameters",
        [*discrepancy(info), cost(info)],
        tables,
        Stamp(info.scenario, info.hash, info.seed, info.size, 0, info.emigre),
    )


def _sensitivity(folder: Path) -> Page:
    from emigre.sensitivity.picture import figure
    from emigre.sensitivity.study_text import heads as columns
    from emigre.sensitivity.study_text import remarks, rows

    made = Sensitivity.read(folder)
    info, table = made.info, made.table
    what = heading_of(info.measure, info.place, info.place_name)
    return _page(
        info.title,
        f"{what}, {period(info.start, info.end)}: which assumptions matter?",
        "Assumptions",
        remarks(info),
        [
            Table(
                key="effects",
                title="Effect of each assumption",
                note=f"Change of the number ({info.unit}) when an assumption goes from the 5 % to "
                "the 95 % quantile of its range. Where the magnitude is much larger than the "
                "change, the direction depends on the other assumptions.",
                heads=tuple(map(capitalised, columns(info))),
                rows=text_rows(_described(rows(table, info), info.titles), 1),
                csv=download(table),
            )
        ],
        Stamp(info.scenario, info.hash, info.seed, info.runs, 0, info.emigre),
        [figure(table, info)],
    )


def _described(
    rows: Iterable[tuple[str, ...]], titles: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Rows of parameters with descriptions, and of cells of tables with their ``titles``."""
    for name, *others in rows:
        spec = schema.parameter(name)
        if spec is not None:
            text = f"{words(name)}\n{spec.description.rstrip('.')} ({spec.unit})."
        else:
            text = f"{titles[name]}\n{name}" if name in titles else name
        yield (text, *others)


def _explain(folder: Path) -> Page:
    table = read(folder / EXPLAINED).fill_null("")
    last = {"place_name": ""} | table.row(-1, named=True)
    runs, measure = int(last["runs"]), last["measure"]
    days = period(*(date.fromisoformat(last[end]) for end in ("from", "to")))
    low, high = (as_number(last[q]) for q in ("q05", "q95"))
    has_sign = low is not None and high is not None and low * high > 0
    rounding = PartRounding.of(measure, _as_given(last["q05"]), _as_given(last["q95"]))
    head = capitalised(interval_name(runs))
    columns = ("Change", "From A → to B", "In detail", "Explains", head, "Share")
    parts = (_part_cells(row, rounding, has_sign) for row in table.iter_rows(named=True))
    dated = table.with_columns(pl.col("from", "to").str.to_date("%Y-%m-%d", strict=False))
    rows, said = text_rows(parts, 3), EQUAL
    if runs:
        said = f"Means of {counted(runs, 'run')}, in {schema.measures()[measure].unit}; seed "
        said += f"{last['seed']}, scale {last['scale']}."
    return _page(
        "Explanation of a difference",
        f"{heading_of(measure, last['place'], last['place_name'] or last['place'])}, {days}: what "
        f"explains the difference between {last['change'].replace(' → ', ' and ')}?",
        "Contributions",
        [said],
        [Table("explanation", "What each change explains", "", columns, rows, download(dated))]
        if runs
        else [],
        Stamp("explanation", "", int(last["seed"]), runs, 0),
    )


def _part_cells(row: Mapping[str, str], rounding: PartRounding, has_share: bool) -> tuple[str, ...]:
    """A row of the table; dashes if the part is withheld because another would follow from it."""
    about = row["what"], row["change"], row["detail"]
    low, mid, high = (_as_given(row[c]) for c in ("q05", "part", "q95"))
    if mid == "":
        return *about, "–", "–", "–"
    low, mid, high = rounding.texts(low, mid, high)
    share = as_number(row["share"]) if has_share else None
    return *about, mid, f"{low} to {high}", percent(share)


def _as_given(text: str) -> float | str:
    """The number of a text; withheld numbers are returned as they are."""
    number = as_number(text)
    return text if number is None else number


_PAGES: dict[str, Callable[[Path], Page]] = {
    "forecast": _forecast,
    "hindcast": _hindcast,
    "fit": _fit,
    "sensitivity": _sensitivity,
    "explain": _explain,
}


def _page(
    title: str,
    asked: str,
    heading: str,
    sentences: list[str],
    tables: list[Table],
    stamp: Stamp,
    figures: Iterable[Figure] = (),
) -> Page:
    sections = [Section("numbers", heading, " ".join(sentences), list(figures), tables)]
    return Page(title, asked, purpose="", answers=[], sections=sections, stamp=stamp)
