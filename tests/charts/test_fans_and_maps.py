"""Numbers behind charts: quantiles, close-ups, the projection, outlines."""

import json
from datetime import date
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

import emigre
from emigre import schema
from emigre.charts import flows, outlines
from emigre.charts.projection import View
from emigre.charts.ranges import signed, texts
from emigre.charts.series import ChartReader
from emigre.results import labels
from tolerances import CLOSED_FORM

pytestmark = pytest.mark.usefixtures("no_model_error")


@pytest.fixture
def reader(stand_in_engine, tmp_path) -> ChartReader:
    return ChartReader(
        emigre.run(emigre.load("tiny", end="2030-03-31"), runs=5, out=tmp_path / "r")
    )


def test_a_fan_is_the_quantiles_of_the_runs(reader):
    found = reader.fan("stock", "*")
    rows = reader.results.daily.filter((pl.col("measure") == "stock") & (pl.col("place") == "*"))
    day = rows.filter(pl.col("date") == date(2030, 3, 20))["value"]
    row = found.row(by_predicate=pl.col("date") == date(2030, 3, 20), named=True)
    for name, q in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        assert row[name] == pytest.approx(
            np.quantile(day.to_numpy(), q, method="weibull"), rel=CLOSED_FORM
        )


def test_a_close_up_is_a_part_of_the_daily_fan(reader):
    part = reader.close_up("stock", "*", date(2030, 3, 10), date(2030, 3, 15))
    assert part.equals(reader.fan("stock", "*").filter(pl.col("date").is_in(part["date"])))


def test_every_measure_has_a_title_and_a_kind():
    assert all(labels.title(m) for m in schema.measures())
    assert {labels.kind_of(m) for m in schema.measures()} <= set(labels.KINDS)


def test_differences_carry_their_sign():
    assert [signed(t) for t in ("5", "-5", "0", "<10")] == ["+5", "−5", "0", "<10"]
    ends = {"q05": [-120.0, None], "q50": [None, None], "q95": [30.0, 40.0]}
    written = {"q05_text": ["-120", ">-10"], "q50_text": [">-10", "<10"], "q95_text": ["30", "40"]}
    shown = texts(pl.DataFrame(ends | written), 10, is_difference=True)
    assert shown == [">−10 (−120 to +30)", "<10 (>−10 to +40)"]


def test_flows_are_the_arrivals_of_each_pair(reader):
    origins, steps = ["CITY", "HILLS"], len(reader.steps)
    found = flows.arrivals(reader, {*origins, "NORDAL"})
    assert sorted(found) == [(origin, "NORDAL") for origin in origins]
    settled = sum(found.values())
    assert settled[:, 1:] == pytest.approx(reader.stepped("arrived", "NORDAL"), rel=CLOSED_FORM)
    assert settled[:, 0] == pytest.approx(reader.whole("arrived", "NORDAL"), rel=CLOSED_FORM)
    assert settled.shape == (5, 1 + steps)
    assert flows.arrivals(reader, {"HILLS", "NORDAL"}).keys() == {("HILLS", "NORDAL")}


def test_an_arc_ends_where_the_flow_does():
    there, back = flows.arc((10.0, 0.0), (20.0, 0.0)), flows.arc((20.0, 0.0), (10.0, 0.0))
    assert (there[0], there[-1]) == ([10.0, 0.0], [20.0, 0.0])
    assert there[len(there) // 2] == pytest.approx([15.0, 0.12 * 10.0], abs=0.02)
    assert back[len(back) // 2] == pytest.approx([15.0, -0.12 * 10.0], abs=0.02)
    assert flows.arc((10.0, 5.0), (10.0, 5.0)) == [[10.0, 5.0], [10.0, 5.0]]


def test_the_projection_keeps_areas():
    view = View(30.0, 50.0, (0, 0, 1, 1))
    lon, lat = np.array([80.0]), np.array([10.0])
    step = 1e-4

    def at(a, b):
        from emigre.charts.projection import project

        x, y = project(lon + a, lat + b, view.lon, view.lat)
        return np.array([x[0], y[0]])

    east, north = (at(step, 0) - at(-step, 0)), (at(0, step) - at(0, -step))
    drawn = abs(east[0] * north[1] - east[1] * north[0]) / (2 * step) ** 2
    true = np.radians(1) ** 2 * np.cos(np.radians(10.0))
    assert drawn == pytest.approx(true, rel=1e-6)


def test_a_view_holds_its_points_and_has_a_margin():
    lon, lat = np.array([20.0, 170.0, 40.0]), np.array([60.0, 65.0, 30.0])
    view = View.around(lon, lat)
    assert view.holds(lon, lat).all()
    assert 0.5 <= view.aspect <= 0.75
    across, up = view.shares(lon, lat)
    assert 0.05 < across.min() < across.max() < 0.95
    assert 0.0 < up.min() < up.max() < view.aspect
    assert not view.holds(np.array([-60.0]), np.array([-20.0])).any()


def test_outlines_are_those_in_the_picture():
    finland = View.around(np.array([22.0, 30.0]), np.array([60.0, 66.0]))
    found = outlines.within(finland.holds, (finland.lon, finland.lat))
    text = json.dumps(found)
    assert 0 < len(text) < 80_000 < 200_000 < len(json.dumps(outlines.topology()))
    numbers = {n for g in found["objects"]["countries"]["geometries"] for n in flat(g["arcs"])}
    assert max(n if n >= 0 else ~n for n in numbers) == len(found["arcs"]) - 1


def flat(arcs):
    for part in arcs:
        if isinstance(part, int):
            yield part
        else:
            yield from flat(part)


def test_real_and_invented_countries_are_distinguished():
    assert outlines.known(["RU", "FI", "GE"])
    assert outlines.known(["MLI", "Burkina_Faso", "niger"])
    assert not outlines.known(["VESLAND", "NORDAL", "SUDRIA", "ISLARA"])


def test_the_outlines_say_where_they_come_from():
    notice = files("emigre.charts").joinpath("outlines-NOTICE.md").read_text("utf-8")
    assert "public domain" in notice
