"""Tables of the report page, each with its CSV download."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from emigre.charts.figures import Figure
from emigre.charts.ranges import signed
from emigre.charts.series import ChartReader
from emigre.comparison.folder import Comparison
from emigre.comparison.key_effects import main_effects
from emigre.evaluation.key_results import days, line, period, rounded_rows, span
from emigre.evaluation.skill_text import PAGE_HEADS, page_rows
from emigre.evaluation.track_record import TrackRecord
from emigre.evaluation.vintages import current_figures
from emigre.factcheck.claim import from_table
from emigre.factcheck.verdict import Finding, judge
from emigre.factcheck.verdict_text import cells as claim_cells
from emigre.factcheck.verdict_text import remarks
from emigre.factcheck.verdict_text import table as claim_table
from emigre.report.files import csv_of
from emigre.results.disclosure import counts_persons, rounded_to
from emigre.results.folder import Results
from emigre.results.intervals import MOST, interval_name
from emigre.results.labels import KINDS, heading_of, kind_of
from emigre.results.tables import QUANTILES
from emigre.results.text import capitalised
from emigre.scenario.model import Scenario

LABELS = ("official", "reported", "estimate", "simulated")


@dataclass(frozen=True, slots=True)
class Bar:
    """Spans on a scale from 0 to 100; ``claimed`` is the claimed range, empty spans are None."""

    simulated: tuple[float, float, float] | None
    published: tuple[float, float] | None
    claimed: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, with a label (official, reported, estimate, simulated), or a link.

    A head is alone in its row and names the rows below it.
    """

    text: str
    bar: Bar | None = None
    label: str = ""
    href: str = ""
    is_number: bool = False
    id: str = ""
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page; ``csv`` is the content of its download.

    A folded table is printed if it has at most ``most_printed`` rows, or is unfolded on the page.
    """

    key: str
    title: str
    note: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    csv: str
    remarks: tuple[str, ...] = field(default=())
    is_folded: bool = False
    most_printed: int = 250


SKILL_ROWS = 40
"""Rows of a skill table that are printed: scores of each series are for statisticians."""


def text_rows(rows: Iterable[Iterable[str]], first_number: int) -> list[tuple[Cell, ...]]:
    """Rows of texts; those of the column ``first_number`` and after it are numbers."""
    return [tuple(Cell(t, is_number=i >= first_number) for i, t in enumerate(r)) for r in rows]


def scores(results: Results) -> Table | None:
    """Every observation against the simulation, with its source."""
    small = results.info.small_count
    shown = _protected(results.scores, small, results.info.runs)
    rows = list(current_figures(shown).iter_rows(named=True))
    if not rows:
        return None
    return Table(
        key="beside-published",
        title="Published and simulated, figure by figure",
        note="Medians and intervals are simulated. Inside: whether the published figure falls "
        f"within the {MOST}.",
        heads=(
            *("What", "Counts", "When", "Published", "Label"),
            *("Simulated", MOST, "Inside", "Source"),
        ),
        rows=[_score(row, small) for row in rows],
        csv=csv_of(shown, small, tuple(QUANTILES)),
        is_folded=len(rows) > 12,
    )


def _protected(scores: pl.DataFrame, small: int, runs: int) -> pl.DataFrame:
    """Scores without quantiles from which a withheld count could be computed."""
    return scores.with_columns(
        pl.when(counts_persons())
        .then(pl.Series(rounded_to(scores[name].to_numpy(), small, runs)))
        .otherwise(pl.col(name))
        .fill_nan(None)
        .alias(name)
        for name in QUANTILES
    )


def _score(row: dict[str, Any], small: int) -> tuple[Cell, ...]:
    texts = line(row, small)
    return (
        Cell(heading_of(row["measure"], row["place"], row["place_name"])),
        Cell(KINDS[kind_of(row["measure"])].partition(":")[0]),
        Cell(texts.when),
        Cell(texts.observed, is_number=True),
        Cell(row["basis"], label=row["basis"]),
        Cell(texts.median, label="simulated" if texts.median != "–" else "", is_number=True),
        Cell(texts.interval, is_number=True),
        Cell(texts.inside),
        Cell(texts.source, href=f"#source-{row['source']}"),
    )


def claims(reader: ChartReader) -> Table | None:
    """The scenario's claims with both verdicts."""
    given, info = reader.scenario.tables, reader.info
    stated = from_table(given["claims"], given["sources"])
    if not stated:
        return None
    findings = judge(reader.results, stated, reader)
    return Table(
        key="claims",
        title="Public claims",
        note="Each claim is compared with the simulated interval and with published counts of the "
        "same thing. Claims about anything else are not comparable. Bars start at 0, each with a "
        f"scale of its own. Upper bar: simulated, {MOST} and median. Lower bar: published. "
        "Frame: the figure claimed.",
        heads=(
            *("Claim", "About", "Figure claimed", "Simulated"),
            *("Against the simulation", "Against published counts", "Source"),
        ),
        rows=[_claim(f, claim_cells(f, info, counts_runs=False)) for f in findings],
        csv=csv_of(_claims_numbers(claim_table(findings, info)), info.small_count, _ENDS),
        remarks=tuple(remarks(findings, info)),
    )


_ENDS = ("q05", "q50", "q95")


def _claims_numbers(table: pl.DataFrame) -> pl.DataFrame:
    """The table of claims with typed dates and numbers; withheld numbers are empty."""
    counts = pl.col("counts")
    unit = (
        pl.when(pl.col("kind") != "value").then(pl.lit("ratio"))
        .when(counts.is_in(["hours", "share"])).then(counts)
        .otherwise(pl.lit("persons"))
    )  # fmt: skip
    has_runs = pl.when(pl.col("q50").is_not_null()).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return table.with_columns(
        pl.col("from", "to").str.to_date("%Y-%m-%d"),
        pl.col(_ENDS).cast(pl.Float64, strict=False),
        has_runs.alias("simulated"),
        unit.alias("unit"),
    )


def _claim(finding: Finding, texts: tuple[str, ...]) -> tuple[Cell, ...]:
    source = finding.claim.source
    return (
        *(Cell(text) for text in texts[:3]),
        Cell(texts[3], bar=_bar(finding)),
        *(Cell(text) for text in texts[4:]),
        Cell(finding.claim.source_title or "", href=f"#source-{source}" if source else ""),
    )


def _bar(finding: Finding) -> Bar | None:
    """Simulated, published and claimed figures on one scale; None without a figure to compare."""
    claimed, found, counts = finding.claim.range, finding.simulated, finding.published
    if claimed is None or finding.claim.kind in ("rises", "falls") or not (found or counts):
        return None
    runs = None if found is None or found.withheld else (found.q05, found.q50, found.q95)
    published = None if counts is None else (counts.range.low, counts.range.high)
    several = [claimed.low, claimed.high, *(runs or ()), *(published or ())]
    top = 1.1 * max((v for v in several if math.isfinite(v)), default=0.0) or 1.0

    def placed(values: Iterable[float]) -> Any:
        return tuple(100.0 * min(max(value, 0.0), top) / top for value in values)

    return Bar(
        None if runs is None else placed(runs),
        None if published is None else placed(published),
        placed((claimed.low, claimed.high)),
    )


def record_table(record: TrackRecord | None) -> Table | None:
    """The skill table: the simulation against baselines."""
    if record is None:
        return None
    return Table(
        key="record",
        title="Against baselines",
        note="Forecasts of the same figures by simple baselines: as yesterday, as on the same "
        "weekday last week, or the mean of seven days. CRPS and MAE are errors in the unit of the "
        "figures; lower is better. A log skill above 0 beats every baseline.",
        heads=PAGE_HEADS,
        rows=text_rows(page_rows(record.skill, record.info.places), 3),
        csv=csv_of(record.skill),
        remarks=tuple(record.remarks()),
        is_folded=True,
        most_printed=SKILL_ROWS,
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
                Cell(days(row["published"]) if row["published"] else "no date"),
                Cell(address, href=address if address.startswith("http") else ""),
                Cell(row["note"] or ""),
            )
        )
    return Table(
        key="sources",
        title="Sources",
        note="Every rule, pressure and published figure of the scenario cites one of these.",
        heads=("Title", "Publisher", "Published", "Address", "Note"),
        rows=rows,
        csv=csv_of(frame),
        is_folded=len(rows) > 10,
    )


def effects(comparison: Comparison, name: str) -> Table:
    """The main effects of an alternative in one table."""
    lines, interval = main_effects(comparison, name), interval_name(comparison.info.runs)
    mine = comparison.totals.filter(alternative=name).drop("alternative")
    changed = mine.filter(pl.col("runs_up") + pl.col("runs_down") > 0)
    numbers = ("baseline", "alternative_value", "mean", *QUANTILES)
    return Table(
        key=f"effects-{name}",
        title="Main effects",
        note="Means of the runs on both sides, and the paired difference; all simulated. Rows "
        "count different things and do not add up."
        if lines
        else "No emigrants are simulated on either side.",
        heads=("What", "Baseline", "Alternative", "Difference", capitalised(interval), "Sign"),
        rows=[
            (
                Cell(e.what),
                *(Cell(t, is_number=True) for t in (e.baseline, e.value, e.effect, e.interval)),
                Cell(e.sign),
            )
            for e in lines
        ],
        csv=csv_of(changed, comparison.info.small_count, numbers),
    )


_MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a figure as rows of text; the download also has those ``left_out``."""

    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    left_out: str


def numbers(figure: Figure, small: int) -> Numbers:
    """The numbers of a figure, rounded to their intervals; of a map only those of the period."""
    table, left_out = figure.table, ""
    if "days" in figure.extra and table.height:
        longest = (pl.col("to") - pl.col("from")) == (pl.col("to") - pl.col("from")).max()
        table, left_out = table.filter(longest), "The download has every day."
    if table.height > _MOST_ROWS:
        left_out = f"The first {_MOST_ROWS:,} of {table.height:,} rows; the download has all."
    rows = _rows_of(table.head(_MOST_ROWS), small)
    heads = ("Days", "What", "Value", capitalised(figure.interval), "Unit", "Label", "Source")
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    shown, *kept_rows = (tuple(row[i] for i in kept) for row in (heads, *rows))
    return Numbers(shown, kept_rows, left_out)


def _rows_of(table: pl.DataFrame, small: int) -> list[tuple[str, ...]]:
    low, mid, high = (table[name].to_numpy() for name in ("q05", "value", "q95"))
    decimals = (~table["unit"].str.starts_with("persons")).cast(pl.Int64).to_numpy()
    texts = rounded_rows(low, mid, high, small, decimals)
    return [_row_of(*each) for each in zip(table.iter_rows(named=True), texts, strict=True)]


def _row_of(row: dict[str, Any], texts: tuple[str, str, str]) -> tuple[str, ...]:
    name = row["place_name"]
    what = heading_of(row["measure"], row["place"], name) if row["measure"] else name
    if row.get("origin_name"):
        what = f"{what}, from {row['origin_name']}"
    days = "" if row["from"] is None else period(row["from"], row["to"])
    simulated = row["label"] == "simulated"
    value, interval = _cell_texts(row, texts) if simulated else (f"{row['value']:,.10g}", "")
    return days, what, value, interval, row["unit"], row["label"], row.get("source") or ""


def _cell_texts(row: dict[str, Any], texts: tuple[str, str, str]) -> tuple[str, str]:
    """Median and interval of a row; differences are signed."""
    unit = row["unit"]
    if row["value"] is None and not unit.startswith("persons"):
        return "nobody served", ""
    low, mid, high = map(signed, texts) if unit.endswith(", difference") else texts
    return mid, span(low, high)
