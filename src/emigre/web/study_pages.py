"""Pages of forecasts, hindcasts, fits, sensitivity studies and explanations.

They show the tables that the commands print, laid out like a report.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from emigre.errors import Mistake, refuse
from emigre.evaluation.key_results import period
from emigre.evaluation.skill_text import HEADS, RECORD_HEADS, cells, record_rows
from emigre.factcheck.own import own_claim
from emigre.factcheck.verdict import judge
from emigre.factcheck.verdict_text import cells as claim_cells
from emigre.factcheck.verdict_text import remarks
from emigre.report.content import Page, Section, Stamp
from emigre.report.page import NAME, html
from emigre.report.tables import Cell, Table
from emigre.results import record
from emigre.results.csv_files import download
from emigre.results.folder import Results
from emigre.results.output_dir import write_whole
from emigre.results.text import counted, words
from emigre.scenario.parsers import as_number, quoted
from emigre.web.workspace import EXPLAINED, kind_of


def page_of(folder: Path) -> Page:
    """The page of a finished study."""
    return _PAGES[kind_of(folder)](folder)


def write(folder: Path) -> Path:
    """Write report.html into the folder of a study; returns its path."""
    path = folder / NAME
    write_whole(path, html(page_of(folder)))
    return path


def picture_of(folder: Path) -> str:
    """The chart of a study as a data URL; empty without one."""
    path = folder / "chart.svg"
    if not path.is_file():
        return ""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


def verdict(results: Results, given: Mapping[str, str]) -> Table:
    """The verdict on one figure, as ``emigre claim`` gives it; InputError with every mistake."""
    numbers: dict[str, float | None] = {}
    mistakes = []
    for name in ("value", "low", "high"):
        text = given.get(name, "").strip().replace(",", "")
        numbers[name] = as_number(text) if text else None
        if text and numbers[name] is None:
            mistakes.append(Mistake(f"--{name}", quoted(text), "a number"))
    refuse(mistakes)
    info = results.info
    claim = own_claim(
        info,
        measure=given.get("measure", ""),
        place=given.get("place", ""),
        start=given.get("from", ""),
        end=given.get("to", ""),
        value=numbers["value"],
        low=numbers["low"],
        high=numbers["high"],
        wording=given.get("wording") or "rounded",
        per=given.get("per") or "period",
        counts=None,
    )
    findings = judge(results, [claim])
    made = _table("claim", "Verdict", _VERDICT, [claim_cells(f, info) for f in findings], 9)
    return replace(made, remarks=tuple(remarks(findings, info)))


_VERDICT = (
    *("Statement", "Quantity", "Claimed", "Simulated"),
    *("Against the simulation", "Against published counts"),
)


def _forecast(folder: Path) -> Page:
    from emigre.forecasting.folder import Forecast
    from emigre.forecasting.page import page_of as forecast_page

    return forecast_page(Forecast.read(folder))


def _hindcast(folder: Path) -> Page:
    from emigre.forecasting.hindcast_folder import Hindcast

    made = Hindcast.read(folder)
    info = made.info
    return _page(
        info.title,
        f"How good were forecasts of {counted(info.horizon_days, 'day')}, made from "
        f"{info.first} to {info.last}?",
        made.remarks(),
        [
            _table("record", "All counts", RECORD_HEADS, record_rows(made.record), 2, made.record),
            _table(
                *("league", "Each measure and place", HEADS),
                (texts for texts, _ in cells(made.league)),
                3,
                made.league,
            ),
        ],
        Stamp(info.scenario, info.hash, info.seed, info.runs, 0),
    )


def _fit(folder: Path) -> Page:
    from emigre.calibration.fit_text import HEADS, discrepancy, outside, rows, took
    from emigre.calibration.posterior import Posterior

    made = Posterior.read(folder)
    info = made.info
    return _page(
        info.title or info.scenario,
        f"Which values of the parameters meet {counted(len(info.figures), 'published count')}?",
        [*discrepancy(info), *outside(info), took(info)],
        [_table("fitted", "Before and after the fit", HEADS, rows(info), 1, made.table)],
        Stamp(info.scenario, info.hash, info.seed, info.size, 0),
    )


def _sensitivity(folder: Path) -> Page:
    from emigre.sensitivity.results import SensitivityInfo
    from emigre.sensitivity.study_text import chance, rows
    from emigre.sensitivity.study_text import heads as columns

    info = record.read(SensitivityInfo, folder / "sensitivity.json", "sensitivity")
    table = pl.read_csv(folder / "effects.csv", infer_schema_length=None)
    what = f"{words(info.measure)}, {info.place_name}, {period(info.start, info.end)}"
    return _page(
        info.title,
        f"Which assumptions matter for: {what}?",
        chance(info),
        [_table("effects", "Assumptions", columns(info), rows(table, info), 1, table)],
        Stamp(info.scenario, info.hash, info.seed, info.runs, 0),
    )


_EXPLAINED = {
    "what": "Change",
    "change": "A → B",
    "part": "Contribution",
    "q05": "from",
    "q95": "to",
    "share": "Share",
    "detail": "In detail",
}


def _explain(folder: Path) -> Page:
    table = pl.read_csv(folder / EXPLAINED, infer_schema=False).fill_null("")
    last = table.row(-1, named=True)
    what = f"{words(last['measure'])}, {last['place']}, {last['from']} to {last['to']}"
    return _page(
        "Explanation of a difference",
        f"{what}: what explains the difference, {last['change']}?",
        [f"{counted(int(last['runs']), 'run')}, seed {last['seed']}, scale {last['scale']}."],
        [
            _table(
                *("explanation", "Contributions", tuple(_EXPLAINED.values())),
                (tuple(row[c] for c in _EXPLAINED) for row in table.iter_rows(named=True)),
                2,
                table,
            )
        ],
        Stamp("explanation", "", int(last["seed"]), int(last["runs"]), 0),
    )


_PAGES: dict[str, Callable[[Path], Page]] = {
    "forecast": _forecast,
    "hindcast": _hindcast,
    "fit": _fit,
    "sensitivity": _sensitivity,
    "explain": _explain,
}


def _page(title: str, asked: str, said: list[str], tables: list[Table], stamp: Stamp) -> Page:
    return Page(
        title=title,
        asked=asked,
        purpose="",
        answers=[],
        trust=[],
        main=None,
        sections=[Section("numbers", "In numbers", " ".join(said), [], tables)],
        limits=[],
        stamp=stamp,
        about={},
    )


def _table(
    key: str,
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...] | list[str]],
    texts: int,
    data: pl.DataFrame | None = None,
) -> Table:
    """A table of texts; the first ``texts`` columns are not numbers, ``data`` is the download."""
    body = [tuple(Cell(t, is_number=i >= texts) for i, t in enumerate(row)) for row in rows]
    return Table(key, title, "", columns, body, "" if data is None else download(data))
