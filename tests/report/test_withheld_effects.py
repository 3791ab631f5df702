"""Effects whose numbers are withheld: small ones, and those that would reveal one."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from emigre.charts import ranges
from emigre.charts.figures import Figure
from emigre.comparison.folder import TOTALS
from emigre.report import content
from emigre.report.words import effect_answer
from emigre.results import csv_files

NAMES = ("measure", "place", "place_kind", "mean", "q05", "q25", "q50", "q75", "q95", "runs_up")


def compared(folder, *rows):
    """A comparison of 4 runs from 10 March to 9 April with these totals."""
    fixed = {"alternative": "open", "runs": "4", "runs_down": "0"}
    records = [dict.fromkeys(TOTALS) | fixed | dict(zip(NAMES, row, strict=True)) for row in rows]
    csv_files.write(pl.DataFrame(records, schema=dict.fromkeys(TOTALS, pl.String)), folder / "t")
    texts = pl.read_csv(folder / "t", infer_schema=False)
    info = SimpleNamespace(
        period=(date(2030, 3, 10), date(2030, 4, 10)), small_count=10, runs=4, places={}
    )
    return SimpleNamespace(
        totals=csv_files.typed(texts, TOTALS, strict=False), written=lambda _: texts,
        info=info, folder=folder,
    )  # fmt: skip


@pytest.fixture
def base():
    return SimpleNamespace(name=lambda place: f"Crossing {place}", info=SimpleNamespace(
        small_count=10, runs=4
    ))  # fmt: skip


def test_omitted_numbers_are_not_called_small(tmp_path, base):
    given = compared(
        tmp_path,
        ("departed", "*", "everywhere", None, None, None, None, None, "463", "4"),
        ("entered", "A", "crossing", "258", "19", "38", "167", "571", None, "4"),
        ("entered", "B", "crossing", "-100", "-279", "-230", "-58", "-13", ">-10", "0"),
        ("entered", "C", "crossing", ">-10", ">-10", "0", "0", "0", "0", "0"),
    )
    given.totals = given.totals.with_columns(
        runs_down=pl.when(pl.col("runs_up") == 0).then(4).otherwise(0)
    )
    leaving, crossings = effect_answer(given, base, SimpleNamespace(name="open"))
    assert leaving == (
        "From 10 Mar to 9 Apr 2030, more or fewer people (number withheld) set out; "
        "more in 4 of 4 runs."
    )
    # The means of the table of effects, not the medians beside them.
    assert "Crossing A, 258 more (interval withheld)" in crossings
    assert "Crossing B, 100 fewer (range of 4 runs: <10 to 280)" in crossings
    assert "Crossing C, <10 fewer (range of 4 runs: 0 to <10)" in crossings
    [plan] = ranges.effect_plans(given, base, "open")
    assert plan.title == "Emigrants admitted: difference, 10 Mar – 9 Apr 2030"
    assert plan.rows["place"].to_list() == ["B", "C"]
    assert plan.note.endswith("Withheld: Crossing A.")


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("People who set out, over time", "Open: people who set out, over time"),
        ("Emigrants admitted: difference, 3 Mar", "Open, emigrants admitted: difference, 3 Mar"),
    ],
)  # fmt: skip
def test_the_lead_picture_is_titled_with_the_alternative(title, lead):
    alternatives = [SimpleNamespace(name="open", title="Open")]
    figure = Figure(
        "effect-open", "effects", title, "", (), (), pl.DataFrame(), {"alternative": "open"}
    )
    comparison = SimpleNamespace(info=SimpleNamespace(alternatives=alternatives))
    assert content._main_effect(comparison, [figure]).title == lead


def test_a_small_effect_is_an_effect_and_no_picture(tmp_path, base):
    given = compared(
        tmp_path,
        ("departed", "*", "everywhere", "<10", "0", "0", "0", "<10", "<10", "1"),
        ("entered", "A", "crossing", "<10", "0", "0", "0", "<10", "<10", "1"),
        ("entered", "B", "crossing", "0", "0", "0", "0", "0", "0", "0"),
    )
    leaving, crossings = effect_answer(given, base, SimpleNamespace(name="open"))
    assert "<10 more people (range of 4 runs: 0 to <10) set out; more in 1 of 4 runs" in leaving
    assert "Crossing A, <10 more (range of 4 runs: 0 to <10)" in crossings
    assert "Crossing B" not in crossings
    assert ranges.effect_plans(given, base, "open") == []
