"""Observed beside simulated."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.results import score, tables
from stand_in import counts
from tolerances import CLOSED_FORM, STANDARD_ERRORS, in_standard_errors

START = date(2030, 3, 1)


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


def scored(*rows, runs=5, small_count=0, tmp_path=None):
    observations = pl.DataFrame(
        list(rows), schema_overrides={"low": pl.Float64, "high": pl.Float64, "note": pl.String}
    )
    sources = pl.DataFrame({"id": ["guard"], "title": ["Border guard, weekly counts"]})
    members = [counts(run=run) for run in range(runs)]
    targets = score.targets(tables.Layout.of(members[0]), observations)
    values = np.stack([score.simulated(targets, member) for member in members])
    return score.table(observations, sources, targets, values, {"BRIDGE": "River Bridge"}), members


def test_flows_are_added_and_stocks_averaged_over_half_open_days():
    table, members = scored(
        observation(), observation(id="two", measure="stock", place="NORDAL"), runs=3
    )
    sums = [m.values["passages"][2:5, 0].sum() for m in members]
    means = [m.values["stock"][2:5, 0].mean() for m in members]
    assert table["q50"].to_list() == [np.median(sums), np.median(means)]
    assert table["place_name"].to_list() == ["River Bridge", "NORDAL"]
    assert table["source_title"].to_list() == ["Border guard, weekly counts"] * 2


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
def test_what_cannot_be_scored_says_why(changes, reason):
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
    score.write_csv(table, tmp_path / "scores.csv", small_count=1000)
    text = (tmp_path / "scores.csv").read_text()
    assert text.count("<1000") == 10
    back = score.read_csv(tmp_path / "scores.csv")
    assert back.schema == pl.Schema(score.COLUMNS)
    assert back["q50"][0] is None
    assert back["q50"][2] == 0.0  # a zero gives nobody away
    assert back["q50"][3] is not None
    score.write_csv(table, tmp_path / "scores.csv", small_count=0)
    assert score.read_csv(tmp_path / "scores.csv")["q50"][0] == table["q50"][0]


finite = st.floats(-1e6, 1e6, width=32)


@given(st.lists(finite, min_size=2, max_size=12), finite)
def test_crps_is_the_double_sum_of_its_definition(ensemble, observed):
    m = len(ensemble)
    spread = sum(abs(a - b) for a in ensemble for b in ensemble)
    expected = sum(abs(x - observed) for x in ensemble) / m - spread / (2 * m * (m - 1))
    scale = max(1.0, *(abs(x) for x in ensemble), abs(observed))
    assert abs(score.crps(np.array(ensemble), observed) - expected) <= CLOSED_FORM * scale


def test_crps_of_one_run_is_the_absolute_error():
    assert score.crps(np.array([3.0]), 5.0) == 2.0


def test_crps_of_two_runs_by_hand():
    # |0-1| and |4-1| average to 2; the fair spread is |0-4| * 2 / (2 * 2 * 1) = 2
    assert score.crps(np.array([0.0, 4.0]), 1.0) == 0.0


@pytest.mark.parametrize("m", [2, 5, 40])
def test_crps_of_draws_from_a_normal_has_the_closed_form_in_expectation(m):
    # For N(0, 1) and y: y (2 F(y) - 1) + 2 f(y) - 1/sqrt(pi), whatever the number of runs (fair).
    y = 0.7
    from math import erf, exp, pi, sqrt

    expected = y * erf(y / sqrt(2)) + 2 * exp(-y * y / 2) / sqrt(2 * pi) - 1 / sqrt(pi)
    chance = np.random.default_rng(20220924)
    found = [score.crps(chance.standard_normal(m), y) for _ in range(4000)]
    assert in_standard_errors(found, expected) < STANDARD_ERRORS
