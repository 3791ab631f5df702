"""Axes include all simulated and published values; pictures do not grow with the data."""

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from emigre import charts
from emigre.charts import fans, maps, windows
from emigre.charts.atlas import Atlas, Shown
from emigre.charts.figures import fan_figure, is_large
from emigre.charts.series import ChartReader

FIRST = date(2030, 1, 1)


class Paper(ChartReader):
    """A reader of one series whose simulated and published numbers are given."""

    def __init__(self, values, counts=(), step=1, use="check"):
        n_days = values.shape[1]
        self.info = SimpleNamespace(
            runs=values.shape[0], n_days=n_days, start=FIRST, small_count=0, scale=1, places={},
            end=FIRST + timedelta(days=n_days - 1), residuals=(),
        )  # fmt: skip
        self.step, self.given, self.counts, self.use = step, values, counts, use
        self._fans, self._published = {}, {}

    def daily(self, measure, place):
        return self.given

    def published(self, measure, place):
        rows = [
            {"id": f"o{i}", "from": FIRST + timedelta(days=a), "to": FIRST + timedelta(days=b)}
            | {"use": self.use, "basis": "official", "source": "s", "source_title": "S"}
            | {"address": None, "observed": v, "a_day": v / (b - a)}
            for i, (a, b, v) in enumerate(self.counts)
        ]
        kinds = {"from": pl.Date, "to": pl.Date, "use": pl.String, "a_day": pl.Float64}
        return pl.DataFrame(rows, schema=None if rows else kinds)


@pytest.mark.parametrize("published", [7e3, 7e9])
def test_published_counts_where_nobody_is_simulated_stay_in_the_picture(published, tmp_path):
    reader = Paper(np.zeros((2, 10)), [(8, 9, published)])
    drawn = charts.styled(fans.panel(reader, ("stock", "C"), "C"), "C")
    svg, png = charts.save(drawn, tmp_path)
    size = re.search(r'width="(\d+)" height="(\d+)"', svg.read_text("utf-8"))
    assert max(int(size[1]), int(size[2])) < 700
    assert png.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("n_days", "count", "is_drawn"),
    [
        (365, (0, 334, 8e5), False),  # a year's total
        (365, (0, 121, 8e5), True),
        (365, (0, 122, 8e5), False),  # more than a third
        (20, (0, 7, 700.0), True),  # a week of few days
        (40, (0, 31, 700.0), True),
    ],
)
def test_totals_of_many_of_the_days_shown_are_only_in_the_table(n_days, count, is_drawn):
    reader, series = Paper(np.zeros((2, n_days)), [count]), ("departed", "A")
    window = windows.whole(reader)
    assert [row["observed"] for row in fans.marks(reader, series, window)] == [count[2]] * is_drawn
    drawn = fans.panel(reader, series, "A")
    assert ("published" in str(drawn)) == is_drawn


def test_where_nothing_is_anywhere_the_axis_has_an_end():
    drawn = fans.panel(Paper(np.zeros((2, 10))), ("stock", "C"), "C")
    assert drawn["layer"][0]["encoding"]["y"]["scale"] == {"domain": [0, 1]}


@pytest.mark.parametrize(("wide", "high"), [(100, 100), (2_134, 2_589_486), (90_000, 90_000)])
def test_no_png_is_larger_than_memory(wide, high):
    scale = charts._scale(f'<svg class="marks" width="{wide}" height="{high}" viewBox="">')
    assert 0 < scale <= 2
    assert scale * max(wide, high) <= 16_000
    assert scale**2 * wide * high <= 40_000_001


def test_daily_counts_are_drawn_over_a_daily_fan():
    values = np.tile(np.where(np.arange(210) % 7 < 5, 100.0, 800.0), (3, 1))
    reader = Paper(values, [(96, 97, 800.0), (103, 104, 800.0)], step=7)
    window = windows.window_of([reader], [("departed", "A")])
    assert window == (FIRST + timedelta(days=75), FIRST + timedelta(days=125), True)
    frame = windows.fan_of(reader, ("departed", "A"), window)
    for count in reader.published("departed", "A").iter_rows(named=True):
        day = frame.row(by_predicate=pl.col("from") == count["from"], named=True)
        assert day["q05"] <= count["a_day"] <= day["q95"]


@pytest.mark.parametrize(
    ("counts", "step", "use"),
    [
        ([], 7, "check"),
        ([(96, 97, 1.0)], 1, "check"),
        ([(96, 97, 1.0)], 7, "context"),
        ([(0, 7, 1.0), (203, 210, 1.0)], 7, "check"),
        ([(400, 401, 1.0)], 7, "check"),
    ],
)
def test_other_series_are_drawn_whole(counts, step, use):
    reader = Paper(np.zeros((2, 210)), counts, step, use)
    assert windows.window_of([reader], [("departed", "A")]) == windows.whole(reader)


def test_panels_of_one_figure_show_the_crisis_of_all():
    values = np.ones((2, 210))
    values[:, 84:91] = 100.0
    reader, calm = Paper(values, step=7), Paper(np.ones((2, 210)), step=7)
    several = [("departed", "A")]
    assert windows.window_of([reader], several) == (
        FIRST + timedelta(days=63),
        FIRST + timedelta(days=112),
        True,
    )
    assert windows.window_of([calm], several) == windows.whole(calm)


def test_counts_of_a_flow_do_not_crop_the_stocks_of_its_figure():
    reader = Paper(np.full((2, 210), 50.0), [(96, 97, 50.0)], step=7)
    reader._countries = {}
    series = (("trapped", "*"), ("returned", "*"))
    rows = fan_figure(reader, fans.FanPlan("stuck", "need", "Trapped", "", series)).table
    begin = {m: rows.filter(measure=m, label="simulated")["from"].min() for m, _ in series}
    assert begin == {"trapped": FIRST, "returned": FIRST + timedelta(days=75)}


def test_a_point_and_a_count_of_the_same_day_share_their_middle():
    reader = Paper(np.ones((2, 10)))
    values = fans.fan_values(reader.fan("departed", "A"), "departed", ["1"] * 10)
    assert values[0]["date"].hour == 12


@pytest.mark.parametrize("step", [1, 7])
def test_a_single_step_is_drawn_over_its_days(step):
    book = Paper(np.ones((2, step)), step=step)
    frame = book.fan("departed", "A")
    assert frame.height == 1
    values = fans.fan_values(frame, "departed", ["1"])
    assert [v["date"].date() for v in values] == [FIRST, FIRST + timedelta(days=step)]
    assert len({tuple(v[q] for q in ("q05", "q50", "q95")) for v in values}) == 1


@pytest.mark.parametrize(("n_days", "ticks"), [(1, "day"), (6, "day"), (7, 6), (60, 6)])
def test_no_tick_repeats_a_day(n_days, ticks):
    frame = Paper(np.ones((2, n_days))).fan("departed", "A")
    values = fans.fan_values(frame, "departed", ["1"] * n_days)
    chart = fans.fan_chart(values, key="k", heading="", unit="persons a day", top=1.0)
    assert chart["layer"][0]["encoding"]["x"]["axis"]["tickCount"] == ticks


def test_last_days_are_ranked_by_the_last_day():
    values = {"A": [[900.0, 100.0]], "B": [[0.0, 150.0]], "C": [[50.0, 0.0]]}
    reader = Paper(np.zeros((1, 2)))
    totals = [[950.0, 250.0]]
    reader.daily = lambda measure, place: np.array(values.get(place, totals))
    reader.load = lambda series: None
    reader.__dict__["totals"] = {"stock": {p: float(np.sum(v)) for p, v in values.items()}}
    reader.__dict__["kinds"] = dict.fromkeys(values, "country")
    assert reader.largest("stock", "country") == ["A", "B", "C"]
    assert reader.ranked("stock", "country") == ["B", "A"]


def test_beds_are_never_summed_over_countries():
    reader = SimpleNamespace(largest=lambda measure, kind, number: ["C", "D"], totals={})
    plans = [fan for fan in fans.usual_plans(reader) if fan.key in ("beds", "no-bed")]
    assert [[place for _, place in plan.series] for plan in plans] == [["C", "D"]] * 2


def atlas():
    """A map of two origins and three countries, whose order changes on the second day."""
    shown = Shown
    found = Atlas.__new__(Atlas)
    found.places = {
        p: {"lon": float(10 * i), "lat": float(i), "country": "VESLAND", "kind": kind}
        for i, (p, kind) in enumerate(
            {"O": "origin", "P": "origin", "C": "country", "D": "country", "E": "country"}.items()
        )
    }
    found.origins, found.destinations, found.crossings, found.camps = (
        ["O", "P"],
        ["C", "D", "E"],
        [],
        [],
    )
    found.most, found.flows = {}, {}
    totals = {"departed": {"O": 5.0, "P": 5.0}, "arrived": {"C": 9.0, "D": 6.0, "E": 1.0}}
    info = SimpleNamespace(start=FIRST, end=FIRST + timedelta(days=1), runs=2, small_count=0)
    steps = [(FIRST + timedelta(days=i), FIRST + timedelta(days=i + 1)) for i in range(2)]
    found.reader = SimpleNamespace(
        totals=totals, info=info, steps=steps, days=(FIRST, FIRST + timedelta(days=2)),
        name=lambda p: f"Place {p}",
        short_name=lambda p: f"Place {p}", load=lambda s: None,
        stepped=lambda m, p: np.ones((2, 2)),
    )  # fmt: skip
    values = {"C": (5, 9, 1), "D": (4, 4, 4), "E": (1, 0, 8), "O": (5, 5, 5), "P": (5, 5, 5)}
    found._medians = {
        (m, p): [shown(float(v), str(v), v, v) if v else None for v in values[p]]
        for m, places in (("departed", "OP"), ("arrived", "CDE"))
        for p in places
    }
    return found


def test_names_follow_the_days_shown():
    names = atlas().names
    order = {s: [row["p"] for row in names if row["s"] == s] for s in range(3)}
    assert order == {0: ["C", "D", "E"], 1: ["C", "D"], 2: ["E", "D", "C"]}


def test_a_map_invents_no_way_and_has_a_legend_of_sizes():
    drawn = json.dumps(charts.styled(maps.chart(atlas()), "A map"))
    assert "longitude2" not in drawn
    assert '"title": "people a day"' in drawn
    assert '"aria": false' in drawn


def test_roads_are_drawn_where_they_are_a_network_and_no_web_of_legs():
    places = {name: {"lon": i, "lat": i % 2} for i, name in enumerate("ABCD")}
    pairs = [(a, b) for a in places for b in places if a != b]

    def roads(legs):
        table = pl.DataFrame(legs, schema=["from", "to"], orient="row")
        tables = {"legs": table.with_columns(pl.lit("road").alias("mode"))}
        reader = SimpleNamespace(scenario=SimpleNamespace(tables=tables))
        return Atlas.roads(SimpleNamespace(camps=["A"], places=places, reader=reader))

    assert len(roads(pairs[:5])) == 5
    assert roads(pairs) == []


@pytest.mark.parametrize(
    ("mid", "high", "scale", "is_drawn"),
    [
        (17, 30, 1, False),
        (24, 30, 1, True),
        (0, 60, 1, True),
        (-24, 0, 1, True),
        (24, 30, 100, False),
    ],
)
def test_counts_that_are_mostly_withheld_are_not_drawn(mid, high, scale, is_drawn):
    reader = SimpleNamespace(info=SimpleNamespace(small_count=10, scale=scale))
    fan = pl.DataFrame({"q05": [None, None], "q50": [None, mid], "q95": [None, high]})
    fan = fan.cast(pl.Float64)
    assert is_large(reader, "returned", fan) == is_drawn
    assert is_large(reader, "wait_hours", fan)


def test_no_withheld_count_follows_from_a_total_of_few_runs():
    reader = Paper(np.array([[57.0, 4.0, 0.0], [59.0, 4.0, 0.0]]))
    reader.info.small_count = 10
    shown = reader.fan("departed", "A")
    assert shown["q50"].to_list() == [60.0, None, 0.0]
    assert reader.summary("wait_hours", reader.given)["q50"].tolist() == [58.0, 4.0, 0.0]
