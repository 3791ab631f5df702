"""Charts of a comparison: daily effects of an alternative, and diversions."""

import polars as pl

from emigre.charts.fans import fan_chart, fan_values, step_unit
from emigre.charts.ranges import COLUMNS, RangePlan, texts
from emigre.charts.series import ChartReader, Series
from emigre.charts.spec import Spec
from emigre.comparison import diversion
from emigre.comparison.folder import Comparison
from emigre.evaluation.key_results import rounded, with_interval
from emigre.results.disclosure import hide_small
from emigre.results.intervals import interval_name
from emigre.results.labels import heading_of
from emigre.results.tables import QUANTILES
from emigre.results.text import capitalised

_BLOCKS = 4


def changed_most(comparison: Comparison, name: str) -> list[Series]:
    """The series whose effect is shown day by day: leaving, trapped, and where it is largest."""
    mine = comparison.totals.filter(alternative=name).drop_nulls("mean")
    mine = mine.filter(pl.col("mean") != 0).sort(pl.col("mean").abs(), descending=True)
    series: list[Series] = []
    for measure, kind, number in (
        ("departed", "everywhere", 1),
        ("entered", "crossing", 2),
        ("arrived", "country", 2),
        ("trapped", "everywhere", 1),
    ):
        rows = mine.filter(measure=measure, place_kind=kind)
        series += [(measure, place) for place in rows["place"].head(number)]
    return series


def difference(base: ChartReader, other: ChartReader, series: Series) -> pl.DataFrame:
    """Quantiles of the paired differences by step: from, to, date, q05 ... q95."""
    return base.quantiles(series[0], other.stepped(*series) - base.stepped(*series), base.steps)


def effect_fan(base: ChartReader, other: str, series: Series, frame: pl.DataFrame) -> Spec:
    """The effect of an alternative, by day or week."""
    measure, place = series
    says = texts(frame, base.info.small_count, is_difference=True)
    return fan_chart(
        fan_values(frame, measure, says),
        key=f"effect {other} {measure} {place}",
        heading=heading_of(measure, place, base.name(place)),
        unit=step_unit(base, measure),
        top=max((abs(v or 0.0) for v in [*frame["q05"], *frame["q95"]]), default=0.0),
        with_zero=True,
    )


def diverted_plans(comparison: Comparison, name: str) -> list[RangePlan]:
    """Diversions by all ways together and by the countries that change most."""
    if not (comparison.folder / "diverted_main.csv").exists():
        return []
    blocks = diversion.blocks(comparison.diverted_main, name)[:_BLOCKS]
    plans = [_block(comparison, name, i, rows) for i, rows in enumerate(blocks)]
    is_seen = (pl.col("q05") != 0) | (pl.col("q95") != 0)
    return [plan for plan in plans if plan.rows.filter(is_seen).height]


def _block(comparison: Comparison, name: str, number: int, rows: pl.DataFrame) -> RangePlan:
    about = rows["about"][0]
    total = rows.row(0, named=True)
    loses = total["from_name"] == about
    small = comparison.info.small_count
    other = "to" if loses else "from"
    frame = rows.slice(1).with_columns(
        pl.col(f"{other}_place").alias("place"),
        pl.col(f"{other}_name").alias("name"),
        *(pl.lit(None, pl.Float64).alias(q) for q in ("q25", "q75")),
    )
    frame = frame.select(*COLUMNS).with_columns(hide_small(QUANTILES, small))
    low, mean, high = rounded(total["q05"], total["mean"], total["q95"], small)
    change = f"{with_interval(low, mean, high)} {'fewer' if loses else 'more'}"
    heading = f"{change} {diversion.through(about)}{'; instead' if loses else ', instead of'}:"
    return RangePlan(
        key=f"diverted-{name}-{number}",
        section="effects",
        title=capitalised(heading),
        note="Net number of people over the period, by their first route. Heading: mean. Dot: "
        f"median. Line: {interval_name(comparison.info.runs)}.",
        measure="departed",
        unit="persons",
        rows=frame,
        small_count=small,
        interval=interval_name(comparison.info.runs),
        is_difference=True,
    )
