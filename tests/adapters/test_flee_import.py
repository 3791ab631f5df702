"""Import of Flee conflict folders: conversions, remarks and mistakes."""

# Long, because each rule of the conversion has its own small folder.

import math
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from edits import replace_text
from emigre.adapters.flee import import_folder
from emigre.adapters.flee.conflict_drivers import open_by_day, open_camps
from emigre.adapters.flee.folder import read_folder
from emigre.errors import InputError
from emigre.geography.distance import great_circle_km
from emigre.scenario.examination import check
from emigre.scenario.loader import load

VALLEY = Path(__file__).parent / "valley"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "peer-conflicts"
REAL = ("burundi", "ethiopia", "mali2012", "ukraine2022")


@pytest.fixture
def imported(tmp_path):
    import_folder(VALLEY, tmp_path / "out")
    return load(tmp_path / "out")


def rows(scenario, table, *columns):
    return scenario.tables[table].select(columns).rows()


def test_places_keep_the_names_of_the_folder(imported):
    assert rows(imported, "places", "id", "name", "kind", "population", "capacity_persons") == [
        ("Alpha", "Alpha", "origin", 5000, None),
        ("Beta", "Beta", "origin", 3000, None),
        ("Gamma", "Gamma", "town", None, None),
        ("Gate", "Gate", "town", None, None),
        ("North_Camp", "North Camp", "camp", None, 900),
        ("South-Camp", "South-Camp", "camp", None, 400),
        ("Inner", "Inner", "camp", None, None),
    ]
    assert imported.start == date(2030, 1, 1)
    assert imported.end == date(2030, 1, 20)


def test_roads_go_both_ways_and_the_shortest_of_two_holds(imported):
    found = {(a, b): km for a, b, km in rows(imported, "legs", "from", "to", "km")}
    assert found["Alpha", "Gamma"] == 40
    assert all(both for (both,) in rows(imported, "legs", "both_ways"))


def test_conflicts_are_pressures_with_their_days_and_intensities(imported):
    found = rows(imported, "pressures", "kind", "place", "onset", "ends", "leaving")
    conflicts = [(*row[1:4], round(row[4], 4)) for row in found if row[0] == "conflict"]
    jan = [date(2030, 1, day) for day in range(1, 21)]
    log_half = -0.693147
    # Places of 5000 and 3000 people send in the ratio of their fourth roots.
    alpha = 8 - math.log(5000 / 3000) * 0.75 / 2
    beta = 8 + math.log(5000 / 3000) * 0.75 / 2
    # Intensity 1 from day 0; half from day 10 by the folder's decay; over on day 12.
    assert conflicts[:2] == [
        ("Alpha", jan[0], jan[10], round(alpha, 4)),
        ("Alpha", jan[10], jan[12], round(alpha + log_half, 4)),
    ]
    # Half from day 5, whole from day 8, half from day 15 by the decay, to the end.
    assert conflicts[2:] == [
        ("Beta", jan[5], jan[8], round(beta + log_half, 4)),
        ("Beta", jan[8], jan[15], round(beta, 4)),
        ("Beta", jan[15], None, round(beta + log_half, 4)),
    ]


def test_between_two_counts_a_place_of_later_conflict_is_left_too(imported):
    found = rows(imported, "pressures", "kind", "place", "onset", "ends")
    # Counted on days 0 and 6: Beta's conflict of days 5 and 6 counts for days 1 to 4.
    assert ("between_counts", "Beta", date(2030, 1, 2), date(2030, 1, 6)) in found


def test_intensities_have_any_unit(valley, tmp_path, imported):
    path = valley / "input_csv" / "conflicts.csv"
    first, *days = path.read_text("utf-8").split()
    cells = [[float(cell) for cell in day.split(",")] for day in days]
    large = [",".join([f"{day:.0f}", *(str(40 * cell) for cell in row)]) for day, *row in cells]
    path.write_text("\n".join([first, *large]), encoding="utf-8")
    import_folder(valley, tmp_path / "large")
    columns = "kind", "place", "onset", "ends", "leaving"
    found = rows(load(tmp_path / "large"), "pressures", *columns)
    assert found == rows(imported, "pressures", *columns)


def test_closures_are_dated_rules_and_those_without_effect_are_reported(imported, tmp_path):
    found = rows(imported, "rules", "kind", "place", "effective_from", "effective_to", "value")
    assert [(k, p, v) for k, p, _, _, v in found] == [
        ("entry", "*", 1.0),
        ("entry", "Cland", 0.0),
        ("leg", "Alpha/South-Camp/road", 0.0),  # across the border of Cland
        ("capacity", "North_Camp", 0.0),
        ("leg", "Alpha/Gamma/road", 0.0),  # to Gamma, which is closed on day 2
        ("leg", "Gamma/Inner/road", 0.0),
    ]
    days = [(begin.day, end.day) for _, _, begin, end, _ in found[1:]]
    assert days == [(1, 7), (1, 7), (1, 5), (3, 4), (3, 4)]
    notes = (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    for words in (
        "link Alpha Beta",
        "remove_forced_redirection",
        "forced_redirection",
        "max_move_speed: 200",
        "columns hdi",
        "demographics_gender.csv",
        "North Camp: `North_Camp`",
        "Nowhere is not a place",
        "South-Camp, 2029-12-01",
        "while Flee keeps the first until it ends: Beta",
    ):
        assert words in notes


def test_counts_are_corrected_observations_of_stock(imported):
    found = rows(imported, "observations", "place", "from", "value", "use")
    north = {day.day: value for place, day, value, _ in found if place == "North_Camp"}
    # The recount of 11 January, 400 after 500, scales what was counted before.
    assert north == {1: 80, 9: 400, 11: 400, 21: 620}
    assert [use for place, _, _, use in found if place == "*"] == ["context", "context"]
    assert rows(imported, "present", "place", "persons") == [("North_Camp", 80), ("Inner", 21)]


def test_people_leave_as_the_registered_total_rises(imported):
    # Sum of the camps: 101 on day 0; its highest value is on the last day.
    total = sum(persons for (persons,) in rows(imported, "departures", "persons"))
    assert total == (400 + 198) + 120 + 58 - 101
    assert imported.mode == "conditional"


SPAWN = "spawn_rules:\n  conflict_driven_spawning:\n"


@pytest.mark.parametrize(
    ("settings", "alpha", "beta"),
    [
        ("    displaced_per_conflict_day: 7\n", [7] * 12, [3] * 3 + [7] * 12),
        ("    spawn_mode: Poisson\n", [500] * 12, [250] * 3 + [500] * 12),
        ("    spawn_mode: pop_ratio\n", [50] * 12, [15] * 3 + [30] * 12),
        (
            "    spawn_mode: pop_ratio\n    displaced_per_conflict_day: 0.5\n"
            "  take_from_population: True\n",
            [2500, 1250, 625, 312, 156, 78, 39, 20, 10, 5, 2, 1],
            [750, 562, 422, 633, 316, 158, 79, 40, 20, 10, 5, 2, 1, 1],
        ),
    ],
)
def test_people_leave_by_conflict_where_the_settings_say_so(
    bring, valley, tmp_path, settings, alpha, beta
):
    """Alpha (5000 people) is in conflict on days 0 to 11, Beta (3000) from day 5, at first half."""
    (valley / "simsetting.yml").write_text(SPAWN + settings)
    scenario = bring()
    found = rows(scenario, "departures", "origin", "date", "persons")
    start = date(2030, 1, 1)
    expected = [("Alpha", start + timedelta(days=day), n) for day, n in enumerate(alpha)]
    expected += [("Alpha", start + timedelta(days=19), 0)]
    expected += [("Beta", start + timedelta(days=5 + day), n) for day, n in enumerate(beta)]
    expected += [("Beta", start + timedelta(days=19), 0)] * (len(beta) < 15)
    assert found == expected
    assert not check(tmp_path / "out")
    assert "and not from the registered total" in (tmp_path / "out" / "NOTES.md").read_text()
    people = dict(rows(scenario, "places", "id", "population"))
    assert people["Alpha"] >= max(5000, sum(alpha))
    assert people["Beta"] >= max(3000, sum(beta))


@pytest.mark.parametrize(
    "settings",
    [
        "spawn_rules:\n  conflict_driven_spawning: True\n",
        f"{SPAWN}    spawn_mode: ratio\n",
        f"{SPAWN}    displaced_per_conflict_day: -1\n",
        f"{SPAWN}    displaced_per_conflict_day: 900000000\n",
    ],
)
def test_invalid_departures_by_conflict_are_mistakes(valley, tmp_path, settings):
    (valley / "simsetting.yml").write_text(settings)
    with pytest.raises(InputError, match="conflict_driven_spawning"):
        import_folder(valley, tmp_path / "out")


def test_forecasts_continue_the_counts_and_not_departures_by_conflict(valley, tmp_path):
    import_folder(valley, tmp_path / "counts", as_of="2030-01-12", totals="given")
    with (valley / "simsetting.yml").open("a") as file:
        file.write("\n")
    replace_text(valley / "simsetting.yml", "spawn_rules:", SPAWN.rstrip() + " {}", 1)
    import_folder(valley, tmp_path / "other", as_of="2030-01-12", totals="given")
    for name in ("departures", "present", "places"):
        file = f"{name}.csv"
        assert (tmp_path / "other" / file).read_text() == (tmp_path / "counts" / file).read_text()
    assert "a forecast continues the counts" in (tmp_path / "other" / "NOTES.md").read_text()


def test_capacities_can_be_left_out(tmp_path):
    import_folder(VALLEY, tmp_path / "out", capacities="none")
    found = rows(load(tmp_path / "out"), "places", "capacity_persons")
    assert {value for (value,) in found} == {None}
    with pytest.raises(InputError, match="given or none"):
        import_folder(VALLEY, tmp_path / "other", capacities="some")


def test_the_weight_of_foreign_camps_is_an_attraction(imported):
    found = dict(rows(imported, "places", "id", "attraction"))
    assert found["South-Camp"] == pytest.approx(0.693147)  # nobody is there on the first day
    assert found["North_Camp"] > 0.693147


def attractions(folder, out):
    import_folder(folder, out)
    return dict(rows(load(out), "places", "id", "attraction"))


def test_first_counts_beyond_distance_and_room_are_an_attraction(imported):
    """The first equation of camp_effects.py with the figures of the valley."""
    found = dict(rows(imported, "places", "id", "attraction"))
    # From Alpha, the only place in conflict on the first day, by great circles. Camps with people
    # have 820 free places of 900 in the north, their mean as well, and no limit inside.
    roads = {"North_Camp": 60 + 50 + 30, "Inner": 40 + 70}
    straight = {
        "North_Camp": great_circle_km((10.0, 20.0), (12.0, 20.5)),
        "Inner": great_circle_km((10.0, 20.0), (11.2, 20.0)),
    }
    pull = {"North_Camp": 2.0 * (820 / 900) ** 0.5, "Inner": 1.0}
    expected = {}
    for camp, road in roads.items():
        expected[camp] = pull[camp] / min(straight[camp], road)
    beyond = {c: math.log(n / expected[c]) for c, n in (("North_Camp", 80), ("Inner", 21))}
    weight = {"North_Camp": 80 / 90, "Inner": 21 / 31}
    mean = sum(weight[c] * beyond[c] for c in roads) / sum(weight.values())
    for camp, foreign in (("North_Camp", math.log(2.0)), ("Inner", 0.0)):
        added = 0.75 * weight[camp] * (beyond[camp] - mean)
        assert found[camp] == pytest.approx(foreign + added, abs=1e-6)


def test_more_people_on_the_first_day_attract_more(valley, tmp_path):
    few = attractions(valley, tmp_path / "few")
    path = valley / "source_data" / "inner.csv"
    replace_text(path, "2029-12-31,20", "2029-12-31,200")
    many = attractions(valley, tmp_path / "many")
    assert many["Inner"] > few["Inner"]
    assert many["North_Camp"] < few["North_Camp"]
    assert many["South-Camp"] == few["South-Camp"]
    replace_text(path, "2029-12-31,200", "2030-01-01,0")
    one = attractions(valley, tmp_path / "one")
    assert one["North_Camp"] == pytest.approx(0.693147)  # a single camp gives no information


def test_impossible_coordinates_and_negative_people_are_noted_and_change_nothing_else(
    bring, valley, tmp_path
):
    path = valley / "input_csv" / "locations.csv"
    text = path.read_text().replace("Aland,10.0,", "Aland,200,").replace(",,900,", ",,-900,")
    path.write_text(text)
    places = rows(bring(), "places", "id", "lat", "lon", "capacity_persons")
    assert places[:2] == [("Alpha", None, None, None), ("Beta", 10.5, 20.5, None)]
    notes = (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    assert "locations.csv:2: the coordinates 200, 20 of Alpha are impossible: left out" in notes
    assert "locations.csv:6: pop/cap -900 of North Camp is read as 0" in notes


@pytest.mark.parametrize("order", ["lat,lon", "lon,lat"])
def test_which_coordinate_is_the_latitude_shows_by_the_roads(bring, valley, tmp_path, order):
    path = valley / "input_csv" / "locations.csv"
    head, *lines = path.read_text().splitlines()
    moved = []
    for line in lines:  # 70 degrees north, where a degree of longitude is short
        cells = line.split(",")
        lat, lon = 70 + float(cells[3]) - 10, 20 + 2 * (float(cells[4]) - 20)
        cells[3:5] = [str(lat), str(lon)] if order == "lat,lon" else [str(lon), str(lat)]
        moved.append(",".join(cells))
    path.write_text("\n".join([head, *moved]) + "\n")
    roads = valley / "input_csv" / "routes.csv"
    roads.write_text("#name1,name2,distance\n" + "".join(
        f"{a},{b},{km}\n" for a, b, km in (
            ("Alpha", "Beta", 70), ("Alpha", "Gamma", 115), ("Beta", "Gate", 115),
            ("Gate", "North Camp", 58), ("Alpha", "South-Camp", 115), ("Gamma", "Inner", 30),
        )
    ))  # fmt: skip
    found = dict(rows(bring(), "places", "id", "lat"))
    assert found["Alpha"] == 70
    notes = (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    assert ("read as longitude and latitude" in notes) == (order == "lon,lat")


def test_a_registered_total_beyond_the_population_raises_it(bring, valley, tmp_path):
    path = valley / "input_csv" / "locations.csv"
    replace_text(path, ",5000,", ",50,")
    replace_text(path, ",3000,", ",30,")
    (alpha, beta) = [p for (p,) in rows(bring(), "places", "population") if p]
    assert alpha + beta > 675
    assert alpha / beta == pytest.approx(5 / 3, rel=0.01)
    assert "multiplied by" in (tmp_path / "out" / "NOTES.md").read_text("utf-8")


def test_a_place_without_a_road_to_a_camp_is_reported_and_not_left(bring, valley, tmp_path):
    path = valley / "input_csv" / "routes.csv"
    whole = path.read_text()
    path.write_text(whole.replace("Beta,Gate,50,2", "Gamma,Gate,50").replace("Alpha,Beta,60,", ""))
    kinds = dict(rows(bring(), "places", "id", "kind"))
    assert kinds["Beta"] == "town"
    assert "without a road to a camp: Beta" in (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    path.write_text("#name1,name2,distance\n")
    with pytest.raises(InputError, match="a road from a place in conflict to a camp"):
        import_folder(valley, tmp_path / "other")


def test_empty_camps_on_day_0(bring, valley):
    replace_text(valley / "simsetting.yml", "insert_day0", "empty_camps_on_day0")
    scenario = bring()
    assert rows(scenario, "present", "place") == []
    north = [v for p, v in rows(scenario, "observations", "place", "value") if p == "North_Camp"]
    assert north == [0, 320, 320, 540]


def test_nobody_is_placed_on_day_0_if_the_folder_says_so(bring, valley):
    replace_text(valley / "simsetting.yml", "insert_day0: True", "insert_day0: False")
    first = rows(bring(), "departures", "date", "persons")[0]
    assert first == (date(2030, 1, 1), 101)


MISTAKES = [
    ("input_csv/locations.csv", "Inner,West", "total,West", "total is everybody counted"),
    ("input_csv/sim_period.csv", "Length,20", "Length,soon", "sim_period.csv:2 column Length"),
    ("input_csv/sim_period.csv", "2030-01-01", "1/2/2030", 'column StartDate: found "1/2/2030"'),
    ("input_csv/sim_period.csv", "Length", "Days", "no row length"),
    ("input_csv/locations.csv", ",5000,", ",many,", 'locations.csv:2 column pop/cap: found "many"'),
    ("input_csv/locations.csv", "10.0,20.0", "x,20.0", 'locations.csv:2 column gps_x: found "x"'),
    ("input_csv/locations.csv", ",11.0,20.2,town,,700,0.5", "", "8 cells"),
    ("input_csv/locations.csv", "Inner,West", "Outer,West", 'the camp "Outer"'),
    ("input_csv/routes.csv", "Alpha,Beta,60", "Alpha,Betta,60", "did you mean Beta?"),
    ("input_csv/routes.csv", "Alpha,Beta,60", "Alpha,Beta,far", 'routes.csv:2 column distance'),
    ("input_csv/routes.csv", "Alpha,Beta,60,", "Alpha,Beta", "found 2 cells, expected 3 cells"),
    ("input_csv/closures.csv", "North Camp,,0,4", "North Camp,,0,", "column closure_end"),
    ("input_csv/conflicts.csv", "3,1,0,0", "3,1,heavy,0", 'csv:5 column Beta: found "heavy"'),
    ("input_csv/conflicts.csv", "3,1,0,0", "3,1,-1,0", "a number of at least 0"),
    ("input_csv/conflicts.csv", "Alpha,Beta", "Alpha,Alpha", "each place once"),
    ("input_csv/registration_corrections.csv", "2030-01-11", "2030-01-12", "was counted"),
    ("input_csv/registration_corrections.csv", "2030-01-11", "2030-01-01", "after the first count"),
    ("input_csv/registration_corrections.csv", "North Camp", "Camp North", "data_layout.csv"),
    ("source_data/data_layout.csv", "south.csv", "souht.csv", 'csv:3 column file'),
    ("source_data/north.csv", "2030-01-09,500", "2030-01-09,5oo", 'north.csv:4 column count'),
    ("source_data/north.csv", "2030-01-09", "09/01/2030", "a date YYYY-MM-DD"),
    ("source_data/inner.csv", "2029-12-31,20\n2030-01-20,58", "Date,Count", "without any count"),
    ("simsetting.yml", "insert_day0: True", "insert_day0: perhaps", "spawn_rules.insert_day0"),
    ("simsetting.yml", "[1.0, 0.5]", "[1.0, 0.5", "simsetting.yml"),
    ("simsetting.yml", "foreign_weight: 2.0", "foreign_weight: two", "move_rules.foreign_weight"),
    ("simsetting.yml", "foreign_weight: 2.0", "foreign_weight: !!int x", "that cannot be read"),
    ("simsetting.yml", "foreign_weight: 2.0", "foreign_weight: 2022-99-99", "yml:10: found a"),
    ("simsetting.yml", "foreign_weight: 2.0", "foreign_weight: " + "9" * 5000, "yml:10: found a"),
    ("simsetting.yml", "foreign_weight: 2.0", "a: &a [1]\n  b: [*a]", "yml:11: found the alias"),
    ("simsetting.yml", "foreign_weight: 2.0", "a: " + "[" * 600 + "]" * 600, "nested too deeply"),
    ("source_data/inner.csv", "2030-01-20", "2199-12-31", "between 1900 and 2199"),
    ("source_data/inner.csv", "2030-01-20", "0001-01-01", "between 1900 and 2199"),
    ("source_data/south.csv", "160", "10000000000", "to 100000000"),
    ("input_csv/routes.csv", "Alpha,Beta,60", "Alpha,Beta,50001", "from 0 to 50000"),
    ("input_csv/sim_period.csv", "2030-01-01\nLength,20", "2150-01-01\nLength,30000", "2199"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES)
def test_a_mistake_is_reported_with_its_place(valley, tmp_path, file, old, new, said):
    replace_text(valley / file, old, new, 1)
    with pytest.raises(InputError) as caught:
        import_folder(valley, tmp_path / "out")
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


PECULIARITIES = [
    ("input_csv/locations.csv", "Beta,East", "Alpha,East,,,,town,,\nBeta,East", "locations.csv:3"),
    ("input_csv/routes.csv", "Alpha,Beta,60", "Alpha,Alpha,60\nAlpha,Beta,60", "to itself"),
    ("input_csv/closures.csv", "country,Aland,Cland", "country,Aland,Dland", "no place lies in"),
    ("input_csv/closures.csv", "camp,North Camp", "camp,Nord Camp", "did you mean North Camp?"),
    ("input_csv/conflicts.csv", "\n19,0,1,0\n20,0,1,0", "", "ends after 19 of 20 days"),
    (
        "source_data/data_layout.csv",
        "total,refugees",
        "All,refugees",
        '"All", is taken as the total',
    ),
    (
        "source_data/data_layout.csv",
        "South",
        "North Camp,south.csv\nSouth",
        "a second row of North",
    ),
    ("source_data/south.csv", "2030-01-18,120", "2030-01-18,-120", "south.csv:4: the count -120"),
    ("input_csv/locations.csv", "20.2,town", "20.2,city", 'the type "city" is taken as a town'),
    ("input_csv/closures.csv", "country,Aland", "links,Aland", 'type "links" has no effect'),
    ("input_csv/closures.csv", "country,Aland,Cland,0,6", "country,Aland,Cland,6,2", "day 2, but"),
    ("input_csv/locations.csv", "zone,5,3000", "zone,5,0", "Beta is in conflict and has no people"),
    ("source_data/data_layout.csv", "total,refugees.csv\n", "", "csv:1: there is no total"),
    ("source_data/data_layout.csv", "Inner", "Old\nInner", 'the row "Old" has one cell; ignored'),
    (
        "source_data/north-late.csv",
        "2030-01-21,20",
        "2030-02-21,20",
        "counts after day 20 are left",
    ),
    (
        "input_csv/closures.csv",
        "camp,North",
        "camp,North Camp,,2,9\ncamp,North",
        "line 3 ends later",
    ),
    ("source_data/data_layout.csv", "total,refugees.csv", "total", "the total has no file"),
    (
        "source_data/refugees.csv",
        "2030-01-01,120\n2030-01-20,900\n",
        "",
        "csv:1: the total has no counts",
    ),
    (
        "input_csv/routes.csv",
        "Alpha,South-Camp,90,\n",
        "",
        "country Aland Cland: no road crosses this border",
    ),
    (
        "source_data/data_layout.csv",
        "total,refugees.csv\nNorth Camp,north.csv,north-late.csv",
        "North Camp,north.csv,north-late.csv\ntotal,refugees.csv",
        "csv:1: the first row is a camp",
    ),
    (
        "input_csv/routes.csv",
        "forced_redirection\n",
        "forced_redirection,speed\n",
        "routes.csv: columns speed",
    ),
    (
        "input_csv/locations.csv",
        "region,country",
        "country,region",
        "the header has country, region",
    ),
    ("input_csv/locations.csv", "Inner,West,Aland", "Inner,West,aland", "differ in case only"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), PECULIARITIES)
def test_input_that_flee_accepts_is_accepted_and_reported(valley, tmp_path, file, old, new, said):
    replace_text(valley / file, old, new, 1)
    done = import_folder(valley, tmp_path / "out")
    assert said in (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    assert any(said in words for words in (*done.irregularities, *done.without_counterpart))
    scenario = load(tmp_path / "out")
    # The first of two rows acts; a scenario that ends with the conflicts ends a day earlier.
    assert rows(scenario, "places", "id", "population")[0] == ("Alpha", 5000)
    assert scenario.end.day == (19 if "ends after" in said else 20)
    assert scenario.tables["observations"]["value"].min() >= 0


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("input_csv/sim_period.csv", "2030-01-01", "2030-1-1"),
        ("input_csv/sim_period.csv", "2030-01-01", "1.1.2030"),
        ("input_csv/locations.csv", ",5000,", ',"5,000.0",'),
        ("source_data/south.csv", "2030-01-15,160", "2030-01-15 00:00:00,160.0"),
        ("source_data/south.csv", "2030-01-15", "47498"),
        ("source_data/south.csv", "2030-01-15", "15/01/2030"),
        ("source_data/south.csv", "01-07,0\n2030-01-15", "01-07,0\n01/15/2030"),
        ("source_data/north.csv", "#DateTime,people", "date,people"),
        ("input_csv/locations.csv", ",", ";"),
        ("input_csv/locations.csv", ",", "\t"),
        ("simsetting.yml", "insert_day0: True", "insert_day0: 1"),
        ("simsetting.yml", "insert_day0: True", 'insert_day0: "true"'),
        ("simsetting.yml", "foreign_weight: 2.0", "foreign_weight: 2e0"),
        ("simsetting.yml", "[1.0, 0.5]", "[1e0, 5e-1]"),
    ],
)
def test_other_ways_to_write_the_same(bring, valley, imported, file, old, new):
    replace_text(valley / file, old, new)
    found = bring("other")
    assert found.tables.keys() == imported.tables.keys()
    assert all(table.equals(found.tables[name]) for name, table in imported.tables.items())


def test_a_foreign_weight_of_0_repels(bring, valley):
    replace_text(valley / "simsetting.yml", "foreign_weight: 2.0", "foreign_weight: 0")
    attraction = bring().tables["places"]["attraction"].to_list()
    assert attraction[4] < -5 < attraction[6]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("input_csv/locations.csv", "", "locations.csv: found no places"),
        ("input_csv/locations.csv", "East\0", "locations.csv:1: found the byte 0x00"),
        ("source_data/data_layout.csv", "", "data_layout.csv: found no rows"),
    ],
)
def test_a_mistake_is_reported_without_those_that_follow_from_it(
    valley, tmp_path, file, text, said
):
    (valley / file).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_folder(valley, tmp_path / "out")
    assert said in str(caught.value)
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(("old", "new", "n"), [(",5000,", ",many,", 1), ("camp,,", "camp,,x", 3)])
def test_a_place_with_a_mistake_is_known_elsewhere(valley, tmp_path, old, new, n):
    replace_text(valley / "input_csv" / "locations.csv", old, new)
    with pytest.raises(InputError) as caught:
        import_folder(valley, tmp_path / "out")
    assert [m.column for m in caught.value.mistakes] == ["pop/cap"] * n


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("#Day,Beta\n" + "".join(f"{d},0\n" for d in range(20)), 20),
        ("", 20),
        ("#Day,Alpha\n" + "".join(f"{d},{d == 5:d}\n" for d in range(20)), 6),
    ],
)
def test_a_place_of_conflict_date_0_is_in_conflict_at_first(valley, text, end):
    (valley / "input_csv" / "conflicts.csv").write_text(text, encoding="utf-8")
    assert read_folder(valley).intensity["Alpha"] == (1.0,) * end + (0.0,) * (20 - end)


def test_nobody_leaves_after_the_last_rise(bring, valley):
    for path in (valley / "source_data").glob("*.csv"):
        if path.name != "data_layout.csv":
            path.write_text("2030-01-01,100\n2030-01-05,200\n", encoding="utf-8")
    (valley / "input_csv" / "registration_corrections.csv").unlink()
    last = rows(bring(), "departures", "date", "persons")[-1]
    assert last == (date(2030, 1, 20), 0)


def test_floods_are_reported_as_not_read(valley, tmp_path):
    (valley / "input_csv" / "conflicts.csv").rename(valley / "input_csv" / "flood_level.csv")
    with pytest.raises(InputError, match="floods are a hazard that the import does not read"):
        import_folder(valley, tmp_path / "out")


def test_settings_one_level_up_are_used(valley, tmp_path):
    (valley / "simsetting.yml").rename(tmp_path / "simsetting.yml")
    import_folder(valley, tmp_path / "out")
    assert "one level up" in (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    found = dict(rows(load(tmp_path / "out"), "places", "id", "attraction"))
    assert found["South-Camp"] == pytest.approx(0.693147)  # the file's foreign_weight


def test_a_camp_without_a_road_is_reported(valley, tmp_path):
    path = valley / "input_csv" / "routes.csv"
    path.write_text("".join(x for x in path.read_text().splitlines(True) if "South" not in x))
    import_folder(valley, tmp_path / "out")
    words = "camps without a road from a conflict place: South-Camp"
    assert words in (tmp_path / "out" / "NOTES.md").read_text("utf-8")


def test_relocation_between_camps_is_in_the_counts_of_a_forecast_already(imported, tmp_path):
    assert imported.parameters["base_onward_per_day"] == 0.001
    import_folder(VALLEY, tmp_path / "forecast", as_of="2030-01-12")
    assert load(tmp_path / "forecast").parameters["base_onward_per_day"] == 0.0


def test_people_replace_the_size_of_camps_only_if_it_is_unknown(imported, tmp_path):
    assert imported.parameters["network_weight"] == 0.1
    import_folder(VALLEY, tmp_path / "without", capacities="none")
    assert load(tmp_path / "without").parameters["network_weight"] == 0.3


def test_room_for_ten_times_everybody_is_no_limit(bring, valley):
    path = valley / "input_csv" / "locations.csv"
    # 776 people are ever registered.
    for places, limit in ((7759, 7759), (7760, None)):
        replace_text(path, "camp,,900", f"camp,,{places}")
        found = dict(rows(bring(str(places)), "places", "id", "capacity_persons"))
        assert found["North_Camp"] == limit
        replace_text(path, f"camp,,{places}", "camp,,900")


@pytest.mark.parametrize(
    "file",
    [
        "input_csv/sim_period.csv",
        "input_csv/locations.csv",
        "input_csv/routes.csv",
        "input_csv/conflicts.csv",
        "source_data/data_layout.csv",
        "source_data/south.csv",
    ],
)
def test_a_missing_file_is_named(valley, tmp_path, file):
    (valley / file).unlink()
    with pytest.raises(InputError, match=Path(file).name):
        import_folder(valley, tmp_path / "out")


def test_data_in_a_folder_of_another_name_are_found(valley):
    (valley / "source_data").rename(valley / "validation_data")
    said = only_mistake(read_folder, valley)
    assert said.endswith("a file of that name (there is one in validation_data)")


def test_folders_of_other_files_are_named_once_and_hidden_files_not_at_all(valley, tmp_path):
    for i in range(3):
        shutil.copytree(valley / "input_csv", valley / "SWEEP" / f"run{i}" / "input_csv")
    for hidden in (".git/config", "input_csv/.routes.csv", "__MACOSX/routes.csv"):
        (valley / hidden).parent.mkdir(exist_ok=True)
        (valley / hidden).touch()
    n = 3 * len(list((valley / "input_csv").glob("[a-z]*")))
    done = import_folder(valley, tmp_path / "out")
    unread = [words for words in done.without_counterpart if "not used by the model" in words]
    assert unread == [
        "input_csv/demographics_gender.csv: not used by the model",
        f"SWEEP ({n} files): not used by the model",
    ]


def test_all_mistakes_come_at_once(valley, tmp_path):
    for file, old, new in (
        ("input_csv/routes.csv", "Alpha,Beta,60", "Alpha,Betta,far"),
        ("source_data/south.csv", "160", "1x60"),
        ("input_csv/conflicts.csv", "3,1,0,0", "3,1,x,0"),
    ):
        replace_text(valley / file, old, new, 1)
    with pytest.raises(InputError) as caught:
        import_folder(valley, tmp_path / "out")
    assert {m.file for m in caught.value.mistakes} == {
        "input_csv/routes.csv",
        "source_data/south.csv",
        "input_csv/conflicts.csv",
    }
    assert len(caught.value.mistakes) == 4


def test_an_empty_period_is_reported(valley, tmp_path):
    (valley / "input_csv" / "sim_period.csv").write_text("")
    with pytest.raises(InputError, match=r"sim_period\.csv:1: found no rows"):
        import_folder(valley, tmp_path / "out")


def test_a_place_that_the_conflicts_do_not_name_has_peace(bring, valley):
    path = valley / "input_csv" / "conflicts.csv"
    text = path.read_text()
    path.write_text(text.replace("Beta", "Betta", 1))
    found = rows(bring(), "pressures", "kind", "place")
    assert ("conflict", "Alpha") in found
    assert ("conflict", "Beta") not in found


def test_a_home_country_without_conflict_is_reported(valley, tmp_path):
    replace_text(valley / "input_csv" / "locations.csv", "Alpha", "Eyot,,Eland,,,town,,\nAlpha", 1)
    done = import_folder(valley, tmp_path / "out")
    words = "the first place, Eland, as in Flee, but no conflict is there (Aland)"
    assert any(words in remark for remark in done.irregularities)


def test_a_registered_total_that_never_rises_is_reported(valley, tmp_path):
    replace_text(valley / "input_csv" / "sim_period.csv", "2030-01-01", "2031-01-01", 1)
    import_folder(valley, tmp_path / "out")
    words = "The registered total does not rise in the period: nobody leaves."
    assert words in (tmp_path / "out" / "NOTES.md").read_text("utf-8")


def test_the_period_has_an_older_name(valley, tmp_path, imported):
    inputs = valley / "input_csv"
    (inputs / "sim_period.csv").rename(inputs / "conflict_period.csv")
    done = import_folder(valley, tmp_path / "old")
    assert load(tmp_path / "old").tables["places"].equals(imported.tables["places"])
    assert not any("conflict_period" in words for words in done.without_counterpart)


def content(scenario, days=0):
    """Rows of all tables without ids that are numbered, dates so many days earlier."""
    back = timedelta(days=days)
    tables = {}
    for name, table in scenario.tables.items():
        numbered = {"id"} if name in ("pressures", "rules", "observations") else set()
        tables[name] = sorted(
            repr([v - back if isinstance(v, date) else v for v in row])
            for row in table.drop(numbered & set(table.columns)).iter_rows()
        )
    return tables


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(bring, valley, imported, seed):
    chance = Random(seed)
    kept = {"locations": 2, "routes": 1, "closures": 1, "registration_corrections": 0}
    kept |= {"data_layout": 1, "north": 1, "south": 0}  # headers, the home country and the total
    for path in valley.rglob("*.csv"):
        if path.stem in kept:
            lines = path.read_text("utf-8").splitlines()
            head, rest = lines[: kept[path.stem]], lines[kept[path.stem] :]
            chance.shuffle(rest)
            path.write_text("\n".join(head + rest), encoding="utf-8")
    assert content(bring("other")) == content(imported)


@pytest.mark.parametrize("days", [-400, 59, 790])
def test_other_dates_change_nothing(bring, valley, imported, days):
    """Into other years, and over the end of a year and leap days."""
    for path in valley.rglob("*.csv"):
        text = path.read_text("utf-8")
        later = re.sub(
            r"\d{4}-\d\d-\d\d",
            lambda day: str(date.fromisoformat(day[0]) + timedelta(days=days)),
            text,
        )
        path.write_text(later, encoding="utf-8")
    assert content(bring("other"), days) == content(imported)


def test_files_that_may_be_missing(valley, tmp_path):
    for file in ("closures.csv", "registration_corrections.csv"):
        (valley / "input_csv" / file).unlink()
    (valley / "simsetting.yml").unlink()
    import_folder(valley, tmp_path / "out")
    assert "defaults are used" in (tmp_path / "out" / "NOTES.md").read_text("utf-8")


def test_an_existing_folder_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="an unused name"):
        import_folder(VALLEY, tmp_path / "out")
    with pytest.raises(InputError, match="no such folder"):
        import_folder(tmp_path / "nowhere", tmp_path / "other")


def test_headers_need_no_hash_and_comments_and_backslashes_are_allowed(valley, tmp_path):
    import_folder(valley, tmp_path / "before")
    for path in (valley / "input_csv").glob("*s.csv"):
        path.write_text(path.read_text().removeprefix("#"))
    path = valley / "input_csv" / "conflicts.csv"
    replace_text(path, "\n3,", "\n# a comment\n3,", 1)
    path = valley / "source_data" / "data_layout.csv"
    replace_text(path, "south.csv", ".\\south.csv")
    import_folder(valley, tmp_path / "after")
    for table in (tmp_path / "before").glob("*.csv"):
        assert (tmp_path / "after" / table.name).read_text() == table.read_text()


def test_a_first_row_with_numbers_is_no_header(valley):
    """`camp` names a column of registration_corrections.csv and a kind of closures.csv."""
    path = valley / "input_csv" / "closures.csv"
    path.write_text("camp,South-Camp,,2.0,-1\n")
    (closure,) = read_folder(valley).closures
    assert (closure.kind, closure.first, closure.begin) == ("camp", "South-Camp", 2)


def test_a_closure_from_before_the_period_acts_and_is_reported(valley):
    (valley / "input_csv" / "closures.csv").write_text("camp,South-Camp,,-1,5\n")
    conflict = read_folder(valley)
    assert [(c.begin, c.end) for c in conflict.closures] == [(-1, 5)]
    assert any("Flee ignores it" in remark for remark in conflict.remarks)


@pytest.mark.parametrize("row", ["camp,North Camp,,0,0", "camp,North Camp,,-1,-1"])
def test_a_closure_that_ends_as_it_begins_has_no_effect(valley, row):
    (valley / "input_csv" / "closures.csv").write_text(f"{row}\n")
    conflict = read_folder(valley)
    assert not conflict.closures
    assert any("it has no effect, as in Flee" in remark for remark in conflict.remarks)


BEYOND = "North Camp,South-Camp,90,"
"""A road by which South-Camp is reached through North Camp alone, in place of its own."""


@pytest.mark.parametrize(
    ("road", "closures", "closed", "rules"),
    [
        (BEYOND, "country,Bland,Cland", ["South-Camp"], ["North_Camp/South-Camp/road"]),
        (
            BEYOND,
            "country,Aland,Bland",
            ["North Camp", "South-Camp"],
            ["Bland", "Beta/Gate/road"],
        ),
        (
            BEYOND,
            "location,North Camp,",
            ["North Camp", "South-Camp"],
            ["Gate/North_Camp/road", "North_Camp/South-Camp/road"],
        ),
        ("Alpha,South-Camp,90,", "country,Bland,Cland", [], []),
        (
            f"Alpha,South-Camp,90,\n{BEYOND}",
            "country,Aland,Cland",
            ["South-Camp"],
            ["Cland", "Alpha/South-Camp/road"],
        ),
    ],
)
def test_camps_behind_closed_roads_are_closed(bring, valley, road, closures, closed, rules):
    replace_text(valley / "input_csv" / "routes.csv", "Alpha,South-Camp,90,", road)
    (valley / "input_csv" / "closures.csv").write_text(f"{closures},2,-1\n")
    found = rows(bring(), "rules", "basis", "place", "effective_from")
    by_closure = [(place, begin.date()) for basis, place, begin in found if basis == "reported"]
    assert by_closure == [(place, date(2030, 1, 3)) for place in rules]
    conflict = read_folder(valley)
    assert open_camps(conflict, 2) == [camp.name not in closed for camp in conflict.camps]
    by_day = [open_camps(conflict, day) for day in range(conflict.n_days)]
    assert open_by_day(conflict).tolist() == by_day
    assert all(open_camps(conflict, 1))


def only_mistake(read, folder):
    with pytest.raises(InputError) as info:
        read(folder)
    (mistake,) = info.value.mistakes
    return mistake.on_command_line()


def test_folders_of_another_kind_have_one_message(valley):
    assert "emigre import flee" in only_mistake(load, valley)
    said = only_mistake(read_folder, valley.parent)
    assert said.endswith("simsetting.yml (there is one in valley)")
    shutil.copytree(valley, valley.parent / "all" / "config_files" / "valley")
    said = only_mistake(read_folder, valley.parent / "all")
    assert said.endswith("(there is one in config_files/valley)")
    path = valley / "input_csv" / "locations.csv"
    lines = [line.split(",")[:8] for line in path.read_text().splitlines()]
    path.write_text("".join(",".join([a, *rest]) + "\n" for a, _, *rest in lines))
    assert "locations.csv: found 7 columns" in only_mistake(read_folder, valley)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/peer-conflicts beside the project")
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("capacities", ["given", "none"])
def test_real_folders_are_taken_as_they_are(tmp_path, name, capacities):
    done = import_folder(SHARED / name, tmp_path / name, capacities=capacities)
    assert check(done.folder) == []
    assert done.without_counterpart
