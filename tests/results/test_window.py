"""The value of a measure over a span of days: one definition used by every interface."""

import math
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import numpy as np
import polars as pl
import pytest

import emigre
from emigre import schema
from emigre.charts.series import ChartReader
from emigre.engine import api
from emigre.evaluation.key_results import key_results, period, rounded
from emigre.evaluation.simulated import SeriesReader, figures
from emigre.factcheck.claim import Claim
from emigre.factcheck.verdict import judge
from emigre.results import window
from emigre.results.disclosure import rounded_to
from emigre.results.labels import heading_of
from emigre.results.window import Quantity
from emigre.scenario.library import shipped
from emigre.web.comparison_pages import side_by_side


def test_flows_are_summed_and_stocks_averaged_or_taken_at_the_end():
    days = np.array([[1.0, 2.0, 6.0], [0.0, 0.0, 3.0]])
    assert window.value("entered", days).tolist() == [9.0, 3.0]
    assert window.value("stock", days).tolist() == [3.0, 1.0]
    assert window.value("stock", days, stock=window.LAST_DAY).tolist() == [6.0, 3.0]
    assert window.a_day("entered", np.array([9.0]), 3).tolist() == [3.0]
    assert window.a_day("stock", np.array([9.0]), 3).tolist() == [9.0]


def test_means_are_weighted_and_need_weights():
    hours = np.array([[10.0, 1.0, math.nan], [math.nan] * 3])
    served = np.array([[1.0, 9.0, 0.0], [0.0] * 3])
    result = window.value("wait_hours", hours, served)
    assert result[0] == pytest.approx(1.9, rel=1e-12)
    assert math.isnan(result[1])
    with pytest.raises(TypeError, match="needs weights"):
        window.value("wait_hours", hours)


def test_a_day_without_a_mean_counts_for_nothing():
    """Rootedness is taken every 28 days; people are present on all of them."""
    taken = np.array([0.2, math.nan, 0.4])
    assert window.value("rootedness", taken, np.array([1.0, 5.0, 3.0])) == pytest.approx(0.35)


def test_every_mean_has_weights():
    means = {m.name for m in schema.measures().values() if m.kind == "mean"}
    assert means == set(window.WEIGHTS)
    for name, parts in window.WEIGHTS.items():
        kinds = {schema.measures()[part].place_kind for part in parts}
        assert kinds == {schema.measures()[name].place_kind}


def test_only_a_stock_at_the_end_is_that_of_the_last_day():
    start, end = date(2030, 3, 1), date(2030, 3, 8)
    assert window.first_day("stock", start, end, window.LAST_DAY) == date(2030, 3, 7)
    assert window.first_day("stock", start, end, window.MEAN) == start
    assert window.first_day("entered", start, end, window.LAST_DAY) == start


def test_weights_are_those_the_engine_counts():
    world = emigre.load("tiny", start="2030-03-20", end="2030-04-05")
    counts = api.simulate(api.compile_scenario(world, scale=10), 1, 0)
    assert counts.means["wait_hours"][1].any()
    for measure, (_, weight) in counts.means.items():
        total = sum(counts.values[name] for name in window.WEIGHTS[measure])
        taken = weight.any(axis=1)
        assert np.array_equal(weight[taken], total[taken])
        if measure == "wait_hours":
            assert not total[~taken].any()


FIRST, AFTER = date(2030, 3, 15), date(2030, 3, 29)
LAST = AFTER - timedelta(days=1)
GATE, STATE, CHANGE = "PASS", "SUDRIA", "wider-pass"
ASKED = [
    ("entered", GATE, FIRST, AFTER),
    ("wait_hours", GATE, FIRST, AFTER),
    ("stock", STATE, FIRST, AFTER),
    ("stock", STATE, LAST, AFTER),
]
"""Measure, place and days; the number of people present is also asked for the last day alone."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """tiny with observations of two weeks in which the queue is long."""
    folder = copytree(shipped()["tiny"], tmp_path_factory.mktemp("doors") / "world")
    path = folder / "observations.csv"
    table = pl.read_csv(path, infer_schema=False)
    like = table.row(0, named=True)
    rows = [
        like
        | {"id": f"door_{i}", "measure": measure, "place": place, "value": "1000", "use": "check"}
        | {"from": str(first), "to": str(after), "published": "2030-05-01", "headline": "yes"}
        for i, (measure, place, first, after) in enumerate(ASKED)
    ]
    pl.concat([table, pl.DataFrame(rows, schema=table.schema)]).write_csv(path)
    return folder


@pytest.fixture(scope="module")
def compared(world, tmp_path_factory, no_model_error):
    """The scenario beside one of its variants: two runs of two weeks."""
    days = {"start": FIRST, "end": LAST}
    base = emigre.load(world, **days)
    other = emigre.load(world, variants=[CHANGE], **days)
    out = tmp_path_factory.mktemp("doors") / "compared"
    return emigre.compare(base, {"wider": other}, runs=2, scale=10, draws="none", out=out)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(ASKED)))
def test_every_door_has_the_same_number(world, compared, number):
    measure, place, first, after = ASKED[number]
    runs = compared.baseline
    row = runs.scores.filter(pl.col("id") == f"door_{number}").row(0, named=True)
    asked = pl.DataFrame({"measure": [measure], "place": [place], "from": [first], "to": [after]})
    values = figures(SeriesReader(runs), asked)[:, 0]
    number_said = pytest.approx(values.mean(), abs=1e-4)  # the median of two runs is their mean
    assert values.all()
    assert row["q50"] == number_said

    what, when = heading_of(measure, place, row["place_name"]), period(first, after)
    (main,) = (h for h in key_results(runs) if (h.what, h.when) == (what, when))
    decimals = 1 if measure == "wait_hours" else 0
    assert main.median == rounded(row["q05"], row["q50"], row["q95"], 10, decimals)[1]

    side = Quantity(measure, place, first, after)
    counts = {"entered": "passages", "wait_hours": "hours", "stock": "present"}[measure]
    claim = Claim("c", "x", None, "x", "value", counts, side, value=1.0)
    (finding,) = judge(runs, [claim])
    assert finding.simulated is not None, finding.reason
    assert finding.simulated.q50 == number_said

    if (measure, first) == ("stock", FIRST):
        return  # the interfaces below use the stock at the end of a period
    total = compared.totals.filter(pl.col("measure") == measure, pl.col("place") == place)
    assert total["baseline"].item() == number_said
    # Pages of two runs round persons to multiples of the least count that is shown.
    shown = values if measure == "wait_hours" else rounded_to(values.mean(keepdims=True), 10, 2)
    assert ChartReader(runs).over_all(measure, place)["q50"] == pytest.approx(shown.mean())
    if measure != "wait_hours":  # the desk shows waits day by day
        key = {"entered": "entries-in-all-0", "stock": "present-0"}[measure]
        page = side_by_side(compared, "wider")
        table = next(figure.table for figure in page.figures if figure.key == key)
        simulated = table.filter(pl.col("place") == place, pl.col("label") == "simulated")
        assert simulated["value"].item() == pytest.approx(shown.mean(), rel=1e-3)

    if measure == "wait_hours":  # one explanation is enough: it simulates the worlds itself
        days = {"start": FIRST, "end": LAST}
        result = emigre.explain(
            emigre.load(world, **days),
            emigre.load(world, variants=[CHANGE], **days),
            measure=measure,
            place=place,
            start=FIRST,
            end=AFTER,
            runs=2,
            scale=10,
            draws="none",
        )
        np.testing.assert_allclose(result.of_a, values, rtol=1e-12)
