"""Counts as tables: sums over places, omitted zeros, quantiles."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emigre import schema
from emigre.results import shards, tables
from stand_in import counts
from tolerances import CLOSED_FORM


def cells(frame: pl.DataFrame, measure: str, place: str) -> list[float | None]:
    here = frame.filter((pl.col("measure") == measure) & (pl.col("place") == place))
    return here["value"].to_list()


def test_columns_and_types_are_those_of_the_contract():
    result = counts()
    daily = tables.daily(tables.Layout.of(result), result, run=3)
    assert tuple(daily.columns) == tables.DAILY_COLUMNS
    assert daily.schema["run"] == pl.Int32
    assert daily.schema["date"] == pl.Date
    assert daily.schema["value"] == pl.Float64
    assert daily["run"].unique().to_list() == [3]
    assert daily["date"].n_unique() == result.n_days


def test_every_measure_has_every_place_once_a_day():
    result = counts()
    daily = tables.daily(tables.Layout.of(result), result, run=0)
    assert daily["measure"].unique().sort().to_list() == list(schema.measures())
    assert not daily.select("date", "measure", "place").is_duplicated().any()


def test_a_country_is_the_sum_of_its_crossings():
    actual = counts(crossings=("A", "B", "C"), countries=("X", "X2", "X3"))
    object.__setattr__(actual, "country_of", {"A": "X", "B": "X", "C": "X2"})
    daily = tables.daily(tables.Layout.of(actual), actual, run=0)
    expected = actual.values["passages"][:, :2].sum(axis=1)
    assert cells(daily, "passages", "X") == expected.tolist()
    assert cells(daily, "passages", "X2") == actual.values["passages"][:, 2].tolist()


def test_an_area_counts_a_country_and_its_crossings_once():
    actual = counts()  # BORDER names BRIDGE, PASS and NORDAL, the country of BRIDGE
    daily = tables.daily(tables.Layout.of(actual), actual, run=0)
    expected = actual.values["passages"][:, :2].sum(axis=1)
    assert cells(daily, "passages", "BORDER") == expected.tolist()
    assert cells(daily, "stock", "BORDER") == actual.values["stock"][:, 0].tolist()
    assert cells(daily, "departed", "BORDER") == []  # no member of the area is an origin


def test_everywhere_is_the_sum_over_all_places():
    result = counts()
    daily = tables.daily(tables.Layout.of(result), result, run=0)
    for measure, values in result.values.items():
        assert cells(daily, measure, "*") == values.sum(axis=1).tolist(), measure


def test_waiting_hours_are_weighted_by_those_served_and_empty_without_any():
    result = counts(n_days=1)
    total = np.array([[10.0, 2.0, 0.0]])
    served = np.array([[4, 1, 0]])
    result.means["wait_hours"] = (total, served)
    daily = tables.daily(tables.Layout.of(result), result, run=0)
    assert cells(daily, "wait_hours", "BRIDGE") == [2.5]
    assert cells(daily, "wait_hours", "FERRY") == [None]
    assert cells(daily, "wait_hours", "BORDER") == [12.0 / 5]
    assert cells(daily, "wait_hours", "*") == [12.0 / 5]


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(1, 9), st.integers(1, 5)),
        elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, width=32)),
    )
)
def test_summaries_agree_with_numpy_column_by_column(values):
    result = tables.summarise(values)
    for column in range(values.shape[1]):
        there = values[:, column][~np.isnan(values[:, column])]
        if not len(there):
            assert all(np.isnan(result[name][column]) for name in result)
            continue
        scale = CLOSED_FORM * max(1.0, np.abs(there).max())
        assert abs(result["mean"][column] - there.mean()) <= scale
        for name, q in tables.QUANTILES.items():
            assert abs(result[name][column] - np.quantile(there, q, method="weibull")) <= scale


def test_a_summary_does_not_depend_on_what_is_summarised_next_to_it():
    values = np.random.default_rng(1).lognormal(size=(37, 6))
    values[3, 1] = np.nan
    whole = tables.summarise(values)
    for column in range(values.shape[1]):
        alone = tables.summarise(values[:, [column]])
        assert all(alone[name][0] == whole[name][column] for name in whole)


@pytest.mark.parametrize("at_once", [shards.VALUES_AT_ONCE, 70])
def test_parts_become_tables_for_any_size_of_pieces(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(shards, "VALUES_AT_ONCE", at_once)
    monkeypatch.setattr(shards, "_ROWS", 64 if at_once == 70 else shards._ROWS)
    monkeypatch.setattr(shards, "_FILES", 3)
    members = [counts(run=run, by="document") for run in range(4)]
    layout = tables.Layout.of(members[0])
    (tmp_path / "parts").mkdir()
    for run, result in enumerate(members):
        assert shards.finished(tmp_path / "parts", 4) == list(range(run))
        shards.keep(tmp_path / "parts", shards.pack(layout, result, run, np.array([run, np.nan])))
    shards.assemble(tmp_path / "parts", layout, 4, tmp_path)
    observed = shards.observed(tmp_path / "parts", 4)
    assert observed[:, 0].tolist() == [0, 1, 2, 3]
    assert np.isnan(observed[:, 1]).all()

    daily = pl.read_parquet(tmp_path / "daily.parquet")
    whole = pl.concat([tables.daily(layout, c, run) for run, c in enumerate(members)])
    busy = whole.filter((pl.col("value").fill_null(0) != 0).any().over("measure", "place"))
    assert daily.equals(busy)
    assert "trapped" not in daily["measure"].unique().to_list()  # zero in every run

    summary = pl.read_parquet(tmp_path / "summary.parquet")
    assert tuple(summary.columns) == tables.SUMMARY_COLUMNS
    means = daily.group_by("date", "measure", "place", maintain_order=True).agg(
        pl.col("value").median()
    )
    middle, median = (c.fill_null(np.nan).to_list() for c in (summary["q50"], means["value"]))
    assert middle == pytest.approx(median, rel=CLOSED_FORM, nan_ok=True)

    arrivals = pl.read_parquet(tmp_path / "arrivals.parquet")
    assert tuple(arrivals.columns) == ("run", "date", "origin", "place", "value")
    settled = daily.filter(measure="arrived", place="NORDAL")["value"].sum()
    assert arrivals.filter(place="NORDAL")["value"].sum() == arrivals["value"].sum() == settled

    groups = pl.read_parquet(tmp_path / "groups.parquet")
    assert tuple(groups.columns) == ("run", "date", "measure", "place", "category", "value")
    assert groups["category"].unique().to_list() == ["a"]
    for place in ("BRIDGE", "NORDAL", "BORDER", "*"):
        here = groups.filter(pl.col("place") == place)
        assert here["value"].sum() == sum(c.values["entered"].sum() for c in members)


def test_polars_has_loaded_numpy_before_threads_give_it_arrays():
    """Two threads that import first at the same time fail: one finds NumPy's `_globals` for Polars'
    own."""
    code = (
        "import polars; import emigre.results.tables; from polars import _dependencies as d; "
        "import numpy; print(d.numpy is numpy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
