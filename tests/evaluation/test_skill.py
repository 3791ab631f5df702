"""Forecasts by all forecasters, and the skill table."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from emigre.evaluation import baselines
from emigre.evaluation.baselines import Published
from emigre.evaluation.skill import (
    ALL,
    FORECAST_COLUMNS,
    OURS,
    SKILL_COLUMNS,
    forecasts,
    skill_table,
)
from emigre.evaluation.skill_text import HEADS, SCREEN, cells, summary_rows
from observed import FIRST, daily, observations, pressures
from tolerances import is_closed_form

TABLE = observations(*daily([100.0, 110.0, 120.0, 130.0]))


def memory_on(day):
    return Published(TABLE, pressures()).on(day)


def made(values, table=TABLE, **more):
    return forecasts(np.asarray(values, dtype=float), table, memory_on, seed=1, **more)


def sure(table=TABLE, runs=3, by=0.0):
    return np.tile(table["value"].to_numpy() + by, (runs, 1))


def test_every_figure_has_a_line_of_ours_and_of_each_rule_that_knows_something():
    result = made(sure())
    assert result.schema == pl.Schema(FORECAST_COLUMNS)
    ours = result.filter(pl.col("forecaster") == OURS)
    assert ours["id"].to_list() == TABLE["id"].to_list()
    # Published the day after: on the eve of day 1 nothing is known, on that of day 2 the first.
    for rule in baselines.forecasters():
        ids = result.filter(pl.col("forecaster") == rule)["id"].to_list()
        assert ids == ["day2", "day3"]
    assert result["horizon"].null_count() == result.height
    assert (result["origin"] == result["from"] - timedelta(days=1)).all()


def test_with_an_origin_all_forecast_later_figures_on_that_day():
    origin = FIRST + timedelta(days=1)
    result = made(sure(), origin=origin)
    assert set(result["id"]) == {"day2", "day3"}
    assert result["origin"].unique().to_list() == [origin]
    assert dict(result.select("id", "horizon").iter_rows()) == {"day2": 1, "day3": 2}
    persistence = result.filter(pl.col("forecaster") == "persistence")
    assert persistence["p50"].to_list() == [100.0, 100.0]  # day 0 was published on day 1


def test_a_figure_without_a_value_is_left_out():
    values = sure()
    values[:, 2] = np.nan
    values[0, 3] = np.nan
    result = made(values)
    assert "day2" not in result["id"]
    assert "day3" in result["id"]


def test_small_counts_are_withheld():
    result = made(sure(by=-95.0), small_count=30)  # 5, 15, 25, 35
    ours = result.filter(pl.col("forecaster") == OURS)
    assert ours["p50"].to_list() == [None, None, None, 35.0]
    assert ours["bias"].to_list() == [15.0 - 100.0, 15.0 - 110.0, 15.0 - 120.0, -95.0]
    rules = result.filter(pl.col("forecaster") != OURS)
    assert rules["p50"].null_count() == 0  # a rule knows published figures only


def test_the_table_by_hand():
    table = skill_table(made(sure(by=5.0)))
    assert table.schema == pl.Schema(SKILL_COLUMNS)
    row = table.filter((pl.col("place") == "BRIDGE") & (pl.col("forecaster") == OURS))
    ours = row.row(0, named=True)
    assert (ours["n"], ours["n_alone"]) == (2, 2)  # those of which the rules knew something
    assert (ours["crps"], ours["wis"], ours["bias"], ours["mae"]) == (5.0, 5.0, 5.0, 5.0)
    assert is_closed_form(ours["mape"], 100 * (5 / 120 + 5 / 130) / 2)
    assert (ours["coverage_50"], ours["coverage_90"]) == (0.0, 0.0)
    assert (ours["span"], ours["horizon"]) == ("day", None)
    rules = table.filter((pl.col("place") == "BRIDGE") & (pl.col("forecaster") != OURS))
    assert rules["forecaster"].to_list() == list(baselines.forecasters())
    best = min(rules["crps"])
    assert is_closed_form(ours["skill"], 1 - 5.0 / best)
    assert rules.filter(pl.col("forecaster") == ours["best_baseline"])["skill"][0] == 0.0


def test_a_perfect_simulation_has_skill_one_and_a_rule_below_the_best_less_than_none():
    table = skill_table(made(sure()))
    ours = table.filter(pl.col("forecaster") == OURS)
    assert ours.filter(pl.col("place") == "BRIDGE")["skill"].to_list() == [1.0]
    assert ours["coverage_90"].to_list() == [1.0] * ours.height
    assert (table.filter(pl.col("forecaster") != OURS)["skill_log"] <= 0).all()


def test_lines_about_many_places_have_no_unit():
    other = TABLE.with_columns(
        pl.lit("PASS").alias("place"), ("p" + pl.col("id")).alias("id"), pl.col("value") * 100
    )
    both = pl.concat([TABLE, other])
    table = skill_table(made(sure(both), both))
    many = table.filter(pl.col("place") == ALL)
    assert many["measure"].unique().sort().to_list() == [ALL, "passages"]
    for name in ("crps", "wis", "bias", "mae", "skill"):
        assert many[name].null_count() == many.height
    for name in ("crps_log", "coverage_90", "log_bias", "skill_log", "mape"):
        assert many[name].null_count() == 0
    total = many.filter((pl.col("measure") == ALL) & (pl.col("forecaster") == OURS))
    assert total["n"].to_list() == [2]
    assert total["n_alone"].to_list() == [6]  # nothing of PASS was ever published


def test_horizons_are_grouped_by_weeks():
    rows = [{"id": f"x{i}", "from": i, "value": 100.0} for i in (1, 7, 8, 14, 15)]
    table = observations({"id": "known", "from": 0, "value": 90.0, "published": 0}, *rows)
    result = forecasts(sure(table), table, Published(table, pressures()).on, seed=1, origin=FIRST)
    lines = skill_table(result).filter(
        (pl.col("forecaster") == OURS) & (pl.col("place") == "BRIDGE")
    )
    assert dict(lines.select("horizon", "n").iter_rows()) == {7: 2, 14: 2, 21: 1}


def test_without_baselines_only_the_simulation_is_listed():
    first = TABLE.head(1)
    table = skill_table(made(sure(first), first))
    assert table["forecaster"].unique().to_list() == [OURS]
    assert table["skill"].null_count() == table.height
    assert table["best_baseline"].null_count() == table.height
    assert table["n"].to_list() == [1, 1, 1]


def test_every_line_has_a_description():
    lines = list(cells(skill_table(made(sure(by=5.0)))))
    assert all(len(texts) == len(HEADS) for texts, _ in lines)
    first = lines[0][0]
    assert first[:4] == ["Passages by all travellers, BRIDGE", "day", "emigre", "2 (+2)"]
    assert lines[1][0][:3] == ["", "", "persistence"]
    assert [ends for _, ends in lines[:5]] == [False] * 4 + [True]
    assert lines[-1][0][2] == "pre-crisis mean"
    assert any(texts[0] == "All measures" for texts, _ in lines)
    ahead = skill_table(made(sure(), origin=FIRST + timedelta(days=1)))
    assert next(cells(ahead))[0][1] == "day, 1–7 ahead"


@pytest.mark.parametrize("error", ["exact", "approximate"])
def test_the_error_of_the_figure_makes_ours_less_sure(error):
    table = observations(*daily([100.0, 110.0], error=error))
    result = made(sure(table, runs=200), table)
    ours = result.filter(pl.col("forecaster") == OURS)
    assert (ours["p95"] > ours["p05"]).all() == (error == "approximate")


def test_the_best_baseline_of_a_series_is_best_in_its_unit():
    """Of two baselines, one has the smaller error in persons, the other in logarithms."""
    scores = {OURS: (1.0, 0.1), "persistence": (2.0, 0.4), "same_weekday": (4.0, 0.2)}
    first = made(sure()).filter(pl.col("id") == "day3", pl.col("forecaster").is_in([*scores]))
    table = first.with_columns(
        pl.col("forecaster").replace_strict({f: s[i] for f, s in scores.items()}).alias(name)
        for i, name in enumerate(("crps", "crps_log"))
    )
    lines = skill_table(table)
    ours = lines.filter(pl.col("forecaster") == OURS, pl.col("place") == "BRIDGE")
    assert ours["best_baseline"].to_list() == ["persistence"]
    assert (ours["skill"][0], ours["skill_log"][0]) == pytest.approx((0.5, 0.5))
    many = lines.filter(pl.col("forecaster") == OURS, pl.col("place") == ALL)
    assert set(many["best_baseline"]) == {"same_weekday"}


def test_a_long_table_is_summarised_by_measure():
    lines = skill_table(made(sure()))
    assert lines.height <= SCREEN
    assert summary_rows(lines).equals(lines)
    long = pl.concat([lines] * SCREEN)
    assert set(summary_rows(long)["place"]) == {ALL}
    assert summary_rows(long).height == SCREEN * (lines["place"] == ALL).sum()
