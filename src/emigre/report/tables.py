"""Tables of the page: rows of cells, and every table as a file inside the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import polars as pl

from emigre.charts.labels import KINDS, kind_of, title
from emigre.claims.statement import from_table
from emigre.claims.verdict import Finding, judge
from emigre.claims.words import cells as claim_cells
from emigre.claims.words import remarks
from emigre.claims.words import table as claim_table
from emigre.comparison.folder import Comparison
from emigre.comparison.headlines import main_effects
from emigre.headlines import line
from emigre.results.folder import Results
from emigre.results.score import plain
from emigre.results.standing import standing
from emigre.scenario.model import Scenario
from emigre.track import Record
from emigre.words_of_scores import HEADS
from emigre.words_of_scores import cells as league_cells

LABELS = ("official", "reported", "estimate", "simulated")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, with a label (official, reported, estimate, simulated), or a place it leads to."""

    text: str
    label: str = ""
    href: str = ""
    is_number: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page; ``csv`` is what its link downloads, named ``KEY.csv``."""

    key: str
    title: str
    note: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    csv: str
    remarks: tuple[str, ...] = field(default=())
    is_folded: bool = False


def download(text: str) -> str:
    """A file as the address of a link: no network, and no script needed."""
    return "data:text/csv;charset=utf-8," + quote(text, safe=" ,;:/?@!$()*'|=+-_.~\t")


def csv_of(frame: pl.DataFrame, small: int, counted: Iterable[str] = ()) -> str:
    """A frame as comma-separated values with plain numbers.

    Numbers in the columns ``counted`` that are empty were withheld: they are written as ``<10`` (or
    whatever the small count is) in rows that are simulated persons.
    """
    columns: list[pl.Expr] = []
    for name, kind in frame.schema.items():
        if kind == pl.Float64:
            text = pl.col(name).map_elements(plain, return_dtype=pl.String)
            if name in counted and frame[name].is_not_null().any():
                persons = pl.col("unit").str.starts_with("persons")
                simulated = (pl.col("label") == "simulated") & persons
                withheld = pl.col(name).is_null() & simulated
                text = pl.when(withheld).then(pl.lit(f"<{small}")).otherwise(text)
            columns.append(text.alias(name))
        else:
            columns.append(pl.col(name))
    return frame.select(columns).write_csv()


def scores(results: Results) -> Table | None:
    """Every observation beside the simulation, with its source."""
    rows = list(standing(results.scores).iter_rows(named=True))
    if not rows:
        return None
    small = results.info.small_count
    return Table(
        key="beside-published",
        title="Published and simulated, figure by figure",
        note="Published figures carry their label; medians and intervals are simulated. Inside: "
        "whether the published figure lies in the interval that holds 90 % of the runs.",
        heads=(
            *("What", "Counts", "When", "Published", "Label"),
            *("Simulated", "90 % of the runs", "Inside", "Source"),
        ),
        rows=[_score(row, small) for row in rows],
        csv=results.folder.joinpath("scores.csv").read_text(encoding="utf-8"),
        is_folded=len(rows) > 12,
    )


def _score(row: dict[str, Any], small: int) -> tuple[Cell, ...]:
    said = line(row, small)
    return (
        Cell(f"{title(row['measure'])}, {row['place_name']}"),
        Cell(KINDS[kind_of(row["measure"])].partition(":")[0]),
        Cell(said.when),
        Cell(said.observed, is_number=True),
        Cell(row["basis"], label=row["basis"]),
        Cell(said.median, label="simulated" if said.median != "–" else "", is_number=True),
        Cell(said.interval, is_number=True),
        Cell(said.inside),
        Cell(said.source, href=f"#source-{row['source']}"),
    )


def claims(results: Results, scenario: Scenario) -> Table | None:
    """The statements of the scenario with both verdicts."""
    stated = from_table(scenario.tables["claims"], scenario.tables["sources"])
    if not stated:
        return None
    findings = judge(results, stated)
    info = results.info
    return Table(
        key="claims",
        title="Public statements",
        note="Each statement beside the simulated interval and beside published counts of the same "
        "thing. Statements that count something else are not comparable.",
        heads=(
            *("Said", "About", "Figure said", "Simulated"),
            *("Beside the simulation", "Beside published counts", "Source"),
        ),
        rows=[_claim(finding, claim_cells(finding, info)) for finding in findings],
        csv=claim_table(findings, info).write_csv(),
        remarks=tuple(remarks(findings, info)),
    )


def _claim(finding: Finding, texts: tuple[str, ...]) -> tuple[Cell, ...]:
    source = finding.claim.source
    return (
        *(Cell(text) for text in texts),
        Cell(finding.claim.source_title or "", href=f"#source-{source}" if source else ""),
    )


def record_table(found: Record | None) -> Table | None:
    """The league table: the simulation beside naive rules."""
    if found is None:
        return None
    lines = [texts for texts, _ in league_cells(found.league)]
    return Table(
        key="record",
        title="Beside naive rules",
        note="Forecasts of the same figures by simple rules: as yesterday, as the same day of last "
        "week, as the mean of seven days. CRPS and WIS are errors in persons: lower is better. "
        "Skill above 0 is better than every rule.",
        heads=tuple(HEADS),
        rows=[
            tuple(Cell(text, is_number=i > 2) for i, text in enumerate(texts)) for texts in lines
        ],
        csv=pl.DataFrame(lines, schema=list(HEADS), orient="row").write_csv(),
        remarks=tuple(found.remarks()),
        is_folded=True,
    )


def sources(scenario: Scenario) -> Table:
    """All sources of the scenario, with dates and addresses."""
    frame = scenario.tables["sources"]
    rows: list[tuple[Cell, ...]] = []
    for row in frame.iter_rows(named=True):
        address = row["address"] or ""
        rows.append(
            (
                Cell(row["title"], id=f"source-{row['id']}"),
                Cell(row["publisher"]),
                Cell(str(row["published"] or "no date")),
                Cell(address, href=address if address.startswith("http") else ""),
                Cell(row["note"] or ""),
            )
        )
    return Table(
        key="sources",
        title="Sources",
        note="Every rule, pressure and published figure of the scenario names one of these.",
        heads=("Title", "Publisher", "Published", "Address", "Note"),
        rows=rows,
        csv=frame.write_csv(),
        is_folded=len(rows) > 10,
    )


def effects(comparison: Comparison, name: str) -> Table:
    """The main effects of an alternative in one table."""
    lines = main_effects(comparison, name)
    mine = comparison.totals.filter(alternative=name)
    return Table(
        key=f"effects-{name}",
        title="Main effects",
        note="Means of the runs on both sides, and the paired difference. All simulated. Rows "
        "count different things: they do not add up.",
        heads=("What", "Baseline", "Alternative", "Difference", "90 % of the runs", "Sign"),
        rows=[
            (
                Cell(e.what),
                *(Cell(t, is_number=True) for t in (e.baseline, e.value, e.effect, e.interval)),
                Cell(e.sign),
            )
            for e in lines
        ],
        csv=_totals_csv(comparison, mine),
    )


def _totals_csv(comparison: Comparison, mine: pl.DataFrame) -> str:
    """Totals of places that count, small numbers as they are in totals.csv."""
    there = mine.filter(pl.col("runs_up") + pl.col("runs_down") > 0).drop("alternative")
    numbers = [n for n, kind in there.schema.items() if kind == pl.Float64]
    small = f"<{comparison.info.small_count}"
    hours = pl.col("measure").is_in(["wait_hours", "rootedness"])
    return there.with_columns(
        pl.when(pl.col(n).is_null() & ~hours & (pl.col("runs") > 1))
        .then(pl.lit(small))
        .otherwise(pl.col(n).map_elements(plain, return_dtype=pl.String))
        .alias(n)
        for n in numbers
    ).write_csv()
