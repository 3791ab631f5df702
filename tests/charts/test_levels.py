"""Levels on a run's page: one interval for one number, and beds derived from need."""

from datetime import date, timedelta

import numpy as np
import pytest

import emigre
from emigre.charts import ranges
from emigre.charts.atlas import Atlas
from emigre.charts.figures import of_run
from emigre.charts.series import ChartReader
from emigre.evaluation.model_error import error_factors, error_of
from emigre.report.reception import reception
from emigre.results.intervals import MOST
from emigre.results.tables import summarise
from tolerances import CLOSED_FORM

LAST = date(2030, 3, 31)


@pytest.fixture
def reader(stand_in_engine, tmp_path) -> ChartReader:
    scenario = emigre.load("tiny", end=LAST)
    return ChartReader(emigre.run(scenario, runs=4, out=tmp_path / "run"))


@pytest.fixture
def needy(monkeypatch, reader) -> ChartReader:
    """Nordal has 150 beds; the need of its people is given."""
    need = np.linspace(0.0, 300.0, reader.info.n_days)
    daily = np.broadcast_to(need, (reader.info.runs, need.size))
    read = ChartReader.daily
    monkeypatch.setattr(
        ChartReader, "daily",
        lambda self, measure, place: daily if measure == "in_need" else read(self, measure, place),
    )  # fmt: skip
    return ChartReader(reader.results)


def test_no_more_beds_are_used_than_there_are(needy):
    need, used, without = (
        needy.fan(m, "NORDAL") for m in ("in_need", "reception_beds_used", "unsheltered")
    )
    assert used["q95"].max() == 150.0
    for q in ("q05", "q50", "q95"):
        several = need[q].fill_null(0.0).to_numpy()
        assert used[q].fill_null(0.0).to_numpy() == pytest.approx(
            np.minimum(several, 150.0), rel=CLOSED_FORM
        )
        beyond = np.maximum(several - 150.0, 0.0)
        large = beyond >= needy.info.small_count
        assert without[q].fill_null(0.0).to_numpy()[large] == pytest.approx(
            beyond[large], rel=CLOSED_FORM
        )


def test_sums_and_last_days_of_beds_are_those_of_the_chart(needy):
    last = needy.fan("unsheltered", "NORDAL").row(-1, named=True)
    found = needy.over_days("unsheltered", "NORDAL", LAST - timedelta(days=6), needy.days[1])
    assert [found[q] for q in ("q05", "q50", "q95")] == pytest.approx(
        [last[q] or 0.0 for q in ("q05", "q50", "q95")], rel=CLOSED_FORM
    )


def test_no_wait_is_longer_than_the_run(monkeypatch, reader):
    hours = np.full((reader.info.runs, reader.info.n_days), 20.0)
    hours[:, 10] = np.nan
    monkeypatch.setattr(ChartReader, "daily", lambda *_: hours)
    fan = reader.fan("wait_hours", "PASS")
    days = np.arange(1, fan.height + 1)
    assert fan["q50"][10] is None
    assert (fan["q95"].drop_nulls() <= 24.0 * np.delete(days, 10)).all()
    assert (fan["q95"][0], fan["q50"][0]) == (24.0, 20.0)
    assert fan["q95"][20] > 48.0


@pytest.mark.parametrize("n_days", [1, 7, 14])
def test_a_mean_wait_has_the_error_of_its_days(monkeypatch, reader, n_days):
    hours = np.full((reader.info.runs, reader.info.n_days), 20.0)
    monkeypatch.setattr(ChartReader, "daily", lambda *_: hours)
    first = LAST - timedelta(days=n_days - 1)
    found = reader.over_days("wait_hours", "PASS", first, reader.days[1])
    factors = error_factors(error_of("wait_hours"), 1.0, n_days, 19)
    several = summarise(np.tile(20.0 * factors, len(hours))[:, None])
    for q in ("q05", "q50", "q95"):
        assert found[q] == pytest.approx(several[q][0], rel=CLOSED_FORM)


def test_a_number_has_one_interval_on_the_page_of_a_run(reader, monkeypatch):
    monkeypatch.setitem(reception.__globals__, "first_day", lambda reader: reader.info.start)
    assert {figure.interval for figure in of_run(reader)} == {MOST}
    assert MOST in reception(reader).note
    plans = {plan.key: plan for plan in ranges.plans(reader)}
    assert {"arrived", "present"} <= set(plans)
    assert all(MOST in plan.note for plan in plans.values())
    on_the_map = Atlas(reader).medians("arrived", "NORDAL")[1:]
    assert sum(shown is not None for shown in on_the_map) > 10
    for shown, row in zip(
        on_the_map, reader.fan("arrived", "NORDAL").iter_rows(named=True), strict=True
    ):
        if shown is not None:
            ends = [shown.low or 0.0, shown.high or 0.0]
            assert ends == pytest.approx([row["q05"] or 0.0, row["q95"] or 0.0], rel=CLOSED_FORM)
