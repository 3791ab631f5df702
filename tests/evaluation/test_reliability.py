"""The record by part of the horizon, against closed forms."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from emigre.evaluation.reliability import RECORD_COLUMNS, record
from emigre.evaluation.skill import ALL, FORECAST_COLUMNS, OURS


def rows(forecaster, observed, sd, horizon=3, crps_log=0.1):
    levels = dict(
        zip(("p05", "p25", "p50", "p75", "p95"), (0.05, 0.25, 0.5, 0.75, 0.95), strict=True)
    )
    made = []
    for i, value in enumerate(observed):
        quantiles = {n: 100.0 * np.exp(sd * ndtri(p)) for n, p in levels.items()}
        made.append(
            dict.fromkeys(FORECAST_COLUMNS)
            | quantiles
            | {
                "id": f"f{i}",
                "origin": date(2030, 3, 1),
                "measure": "passages",
                "horizon": horizon,
                "forecaster": forecaster,
                "observed": value,
                "crps_log": crps_log,
                "covered_50": bool(quantiles["p25"] <= value <= quantiles["p75"]),
                "covered_90": bool(quantiles["p05"] <= value <= quantiles["p95"]),
            }
        )
    return pl.DataFrame(made, schema=FORECAST_COLUMNS, orient="row")


def test_coverage_widths_and_skill():
    observed = 100.0 * np.exp(0.5 * ndtri((np.arange(1000) + 0.5) / 1000))
    table = pl.concat(
        [rows(OURS, observed, 0.5, crps_log=0.1), rows("persistence", observed, 0.25, crps_log=0.2)]
    )
    result = record(table)
    assert result.schema == pl.Schema(RECORD_COLUMNS)
    ours, rule = result.filter(pl.col("kind") == ALL).iter_rows(named=True)
    assert (ours["days"], ours["forecaster"], ours["n"]) == ("1-7", OURS, 1000)
    assert ours["coverage_90"] == pytest.approx(0.9, abs=2e-3)
    assert ours["coverage_50"] == pytest.approx(0.5, abs=2e-3)
    assert ours["pit_low"] == pytest.approx(0.25, abs=2e-3)
    assert ours["skill_log"] == pytest.approx(0.5)
    assert rule["skill_log"] == pytest.approx(0.0)
    # Stretched to hold 90 %, both are the same forecast.
    assert rule["width_90"] == pytest.approx(ours["width_90"] / 2)
    assert rule["width_fair"] == pytest.approx(ours["width_fair"], rel=1e-6)
    assert ours["width_fair"] == pytest.approx(2 * 0.5 * ndtri(0.95), rel=5e-3)


def test_figures_that_no_rule_forecasts_do_not_count():
    table = pl.concat([rows(OURS, [100.0, 120.0], 0.5), rows("persistence", [100.0], 0.5)])
    result = record(table)
    assert result.filter(pl.col("kind") == ALL)["n"].to_list() == [1, 1]
    assert record(rows(OURS, [100.0], 0.5)).height == 0


def test_a_point_forecast_has_no_fair_width():
    table = pl.concat([rows(OURS, [100.0, 120.0], 0.5), rows("persistence", [100.0, 120.0], 0.0)])
    result = record(table).filter(pl.col("kind") == ALL)
    assert result["width_fair"].is_null().to_list() == [False, True]


def test_skill_is_against_the_best_baseline():
    table = pl.concat(
        [
            rows(OURS, [100.0], 0.5, crps_log=0.1),
            rows("persistence", [100.0], 0.5, crps_log=0.2),
            rows("same_weekday", [100.0], 0.5, crps_log=0.4),
        ]
    )
    result = record(table).filter(pl.col("kind") == ALL)
    assert dict(result.select("forecaster", "skill_log").iter_rows()) == pytest.approx(
        {OURS: 0.5, "persistence": 0.0, "same_weekday": -1.0}
    )
