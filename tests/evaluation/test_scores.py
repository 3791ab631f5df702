"""Scores of simulated against observed values."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from emigre.evaluation import scores
from emigre.results import scores_csv, tables
from emigre.results.scores_csv import PREDICTED
from stand_in import counts
from tolerances import CLOSED_FORM

pytestmark = pytest.mark.usefixtures("no_model_error")

START = date(2030, 3, 1)
QS = ("05", "25", "50", "75", "95")


def observation(**changes):
    row = {
        "id": "one",
        "measure": "passages",
        "place": "BRIDGE",
        "from": date(2030, 3, 3),
        "to": date(2030, 3, 6),
        "value": 70.0,
        "low": None,
        "high": None,
        "use": "check",
        "headline": True,
        "published": date(2030, 4, 1),
        "basis": "official",
        "source": "guard",
        "note": None,
    }
    return row | changes


EMPTY = {"low": pl.Float64, "high": pl.Float64, "note": pl.String}


def scored(*rows, runs=5, small_count=0, tmp_path=None):
    observations = pl.DataFrame(list(rows), schema_overrides=EMPTY)
    sources = pl.DataFrame({"id": ["guard"], "title": ["Border guard, weekly counts"]})
    members = [counts(run=run) for run in range(runs)]
    targets = scores.targets(tables.Layout.of(members[0]), observations)
    values = np.stack([scores.simulated(targets, member) for member in members])
    return scores.table(observations, sources, targets, values, {"BRIDGE": "River Bridge"}), members


def test_flows_are_added_and_stocks_averaged_over_half_open_days():
    table, members = scored(
        observation(), observation(id="two", measure="stock", place="NORDAL"), runs=3
    )
    sums = [m.values["passages"][2:5, 0].sum() for m in members]
    means = [m.values["stock"][2:5, 0].mean() for m in members]
    assert table["q50"].to_list() == [np.median(sums), np.median(means)]
    assert table["place_name"].to_list() == ["River Bridge", "NORDAL"]
    assert table["source_title"].to_list() == ["Border guard, weekly counts"] * 2


def test_a_published_range_is_inside_where_it_meets_the_interval():
    known = scored(observation())[0]
    low, high = known["q05"][0], known["q95"][0]
    width = high - low
    ranges = {
        "around": (0.5 * low, 2.0 * high, "yes"),
        "below": (low - 2.0 * width, low - width, "no"),
        "above": (high + width, high + 2.0 * width, "no"),
        "overlaps": (low - width, 0.5 * (low + high), "yes"),
    }
    rows = [
        observation(id=name, value=end, low=end, high=other)
        if name != "below"
        else observation(id=name, value=other, low=end, high=other)
        for name, (end, other, _) in ranges.items()
    ]
    rows += [observation(id="one end", value=high + width, low=low)]
    rows += [observation(id="none", value=high + width)]
    table = scored(*rows)[0]
    wanted = [inside for *_, inside in ranges.values()]
    assert table["inside_90"].to_list() == [*wanted, "yes", "no"]


def test_waits_are_averaged_over_those_served():
    table, members = scored(observation(measure="wait_hours"), runs=1)
    total, served = members[0].means["wait_hours"]
    expected = total[2:5, 0].sum() / served[2:5, 0].sum()
    assert table["q50"][0] == pytest.approx(expected, rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"to": date(2031, 1, 1)}, "its dates lie outside the run"),
        ({"from": date(2030, 2, 28)}, "its dates lie outside the run"),
        ({"place": "NOWHERE"}, "the run has no passages at NOWHERE"),
        ({"use": "context"}, "context: shown, never scored"),
    ],
)
def test_figures_that_cannot_be_scored_state_the_reason(changes, reason):
    table, _ = scored(observation(**changes))
    row = table.row(0, named=True)
    assert (row["scored"], row["reason"]) == ("no", reason)
    assert row["crps"] is None
    assert row["inside_90"] is None
    assert (row["q50"] is not None) == (row["simulated"] == "yes") == ("use" in changes)


def test_the_last_day_of_a_run_can_be_scored():
    table, members = scored(observation(to=date(2030, 3, 13)))
    assert members[0].n_days == 12
    assert table["scored"][0] == "yes"


def test_small_counts_are_withheld_in_the_file(tmp_path):
    rows = [
        observation(),
        observation(id="small", measure="entered", value=3.0, to=date(2030, 3, 4)),
        observation(id="none", measure="trapped", place="CITY"),
        observation(id="hours", measure="wait_hours", value=1.0),
    ]
    table, _ = scored(*rows)
    scores_csv.write_csv(table, tmp_path / "scores.csv", small_count=1000)
    text = (tmp_path / "scores.csv").read_text()
    # Ten quantiles in each of two rows, and two of nobody trapped when a figure is rounded to tens.
    assert text.count("<1000") == 22
    back = scores_csv.read_csv(tmp_path / "scores.csv")
    assert back.schema == pl.Schema(scores_csv.COLUMNS)
    assert back["q50"][0] is None
    assert back["q50"][2] == 0.0  # a zero gives nobody away
    assert back["q50"][3] is not None
    assert back["p50"][0] is None
    scores_csv.write_csv(table, tmp_path / "scores.csv", small_count=0)
    assert scores_csv.read_csv(tmp_path / "scores.csv")["q50"][0] == table["q50"][0]


@pytest.mark.parametrize("runs", [1, 3])
def test_no_score_reveals_a_small_count(runs):
    observations = pl.DataFrame([observation(value=3.0)], schema_overrides=EMPTY)
    targets = [scores.Target("passages", np.array([0]), slice(0, 1))]

    def judged(value, small_count):
        values, none = np.full((runs, 1), value), pl.DataFrame({"id": [], "title": []})
        return scores.table(observations, none, targets, values, {}, small_count=small_count)

    assert judged(2.0, 10).equals(judged(9.0, 10))
    assert not judged(2.0, 0).equals(judged(9.0, 0))
    assert not judged(9.0, 10).equals(judged(10.0, 10))
    assert judged(0.0, 10).equals(judged(0.0, 0))


def test_the_error_of_a_figure_widens_predictions_and_not_simulations():
    rows = [
        observation(id="one", error="exact"),
        observation(id="two", error="approximate", error_sd=0.5),
    ]
    table, _ = scored(*rows, runs=40)
    exact, rough = table.iter_rows(named=True)
    assert [exact[f"q{q}"] for q in QS] == [exact[f"p{q}"] for q in QS]
    assert [rough[f"q{q}"] for q in QS] == [exact[f"q{q}"] for q in QS]
    assert rough["p95"] - rough["p05"] > exact["p95"] - exact["p05"]
    assert (exact["error"], rough["error"]) == ("exact", "approximate")


def test_a_figure_that_was_replaced_is_not_scored():
    later = observation(id="two", value=72.0, published=date(2030, 4, 9), replaces="one")
    table, _ = scored(observation(replaces=None), later)
    assert table["scored"].to_list() == ["no", "yes"]
    assert table["reason"].to_list() == ["replaced by two", ""]
    assert table["q50"][0] is not None


def test_scores_of_an_older_run_can_be_read(tmp_path):
    table, _ = scored(observation())
    new = [*PREDICTED, "wis", "published", "error", "covered_90"]
    scores_csv.write_csv(table, tmp_path / "scores.csv", small_count=0)
    pl.read_csv(tmp_path / "scores.csv").drop(new).write_csv(tmp_path / "old.csv")
    back = scores_csv.read_csv(tmp_path / "old.csv")
    assert back.schema == pl.Schema(scores_csv.COLUMNS)
    assert back["wis"].to_list() == [None]
