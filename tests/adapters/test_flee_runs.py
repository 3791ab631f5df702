"""Simulated conflicts in both modes: people by camp, and the table for Flee's plots."""

import csv
import math
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import emigre
from edits import replace_text
from emigre.adapters.flee import import_folder
from emigre.adapters.flee.table import export_run
from emigre.engine import api
from emigre.errors import InputError, ResultsError
from emigre.evaluation import ard
from emigre.geography.distance import great_circle_km
from emigre.results.checks import check
from emigre.scenario.loader import load

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

VALLEY = Path(__file__).parent / "valley"
CAMPS = ("North_Camp", "South-Camp", "Inner")
AS_OF = date(2030, 1, 12)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    out = tmp_path_factory.mktemp("flee") / "out"
    import_folder(VALLEY, out)
    return load(out)


@pytest.fixture(scope="module")
def counts(world):
    return api.simulate(api.compile_scenario(world), 1, 0)


def stock(counts, camp):
    return counts.values["stock"][:, counts.places["country"].index(camp)]


def test_camps_begin_with_those_who_are_registered(counts):
    # Border and camp are closed on the first day, so nobody is added to them.
    assert [int(stock(counts, camp)[0]) for camp in CAMPS] == [80, 0, 21]
    assert counts.values["arrived"][0].sum() == 0
    assert counts.values["decided"][0].sum() == 0


def test_as_many_are_registered_as_the_total_rises(world, counts):
    given = world.tables["departures"]["persons"].to_list()
    arrived = np.cumsum(counts.values["arrived"].sum(axis=1) - counts.values["onward"].sum(axis=1))
    expected = np.cumsum([0, *given])
    # Who has decided may be a day on the way.
    assert (arrived <= expected).all()
    assert (arrived[1:] >= expected[:-1] - 3).all()


def test_nobody_reaches_a_camp_while_it_or_its_border_is_closed(counts):
    assert (stock(counts, "North_Camp")[:4] == 80).all()
    assert stock(counts, "North_Camp")[4] > 80
    assert (stock(counts, "South-Camp")[:6] == 0).all()
    assert stock(counts, "South-Camp")[6] > 0


def test_who_finds_all_camps_closed_waits_until_one_opens(bring, valley):
    closures = (f"camp,{name},,5,15\n" for name in ("North Camp", "South-Camp", "Inner"))
    (valley / "input_csv" / "closures.csv").write_text("".join(closures), encoding="utf-8")
    world = bring()
    counts = api.simulate(api.compile_scenario(world), 1, 0)
    assert counts.values["trapped"][14].sum() > 100
    moved = counts.values["arrived"].sum() - counts.values["onward"].sum()
    # Of those who wait ten days, a share of 10 / 3650 gives up; a few are on the way.
    assert moved >= world.tables["departures"]["persons"].sum() - 3


UNREACHED = {
    "input_csv/locations.csv": "Nobody's,,Bland,,,camp,,50000,\n",
    "source_data/data_layout.csv": "Nobody's,nobody.csv\n",
    "source_data/nobody.csv": "2030-01-01,0\n",
}


@pytest.mark.parametrize(
    "more",
    [
        UNREACHED,
        {
            "input_csv/locations.csv": "End,,Aland,,,town,,,\n",
            "input_csv/routes.csv": "End,Beta,9\n",
        },
        {"input_csv/routes.csv": "Gate,Beta,75\nNorth Camp,Gate,45\nSouth-Camp,Alpha,135\n"},
        {"input_csv/closures.csv": "camp,North Camp,,0,2\ncountry,Aland,Cland,3,6\n"},
    ],
    ids=["camp without a road", "dead end", "longer roads beside", "closures within others"],
)
def test_what_nobody_meets_changes_nothing(bring, valley, counts, more):
    for name, rows in more.items():
        with (valley / name).open("a", encoding="utf-8") as file:
            file.write(rows)
    found = api.simulate(api.compile_scenario(bring()), 1, 0)
    for camp in CAMPS:
        assert stock(found, camp).tolist() == stock(counts, camp).tolist()


def test_as_many_leave_as_the_conflicts_say(bring, valley):
    (valley / "simsetting.yml").write_text(
        "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: pop_ratio\n"
    )
    counts = api.simulate(api.compile_scenario(bring()), 1, 0)
    left = counts.values["decided"]
    for place, by_day in (("Alpha", [50] * 12 + [0] * 8), ("Beta", [0] * 5 + [15] * 3 + [30] * 12)):
        assert left[:, counts.places["origin"].index(place)].tolist() == by_day
    assert counts.values["stock_returned"].sum() == 0


@pytest.mark.parametrize("place", ["Alpha", "Beta"])
def test_nobody_leaves_a_place_that_closures_cut_off(bring, valley, place):
    """From day 6 on both places are in conflict; Gate leads from Beta to the north."""
    (valley / "input_csv" / "closures.csv").write_text(f"location,{place},,6,12\n")
    counts = api.simulate(api.compile_scenario(bring()), 1, 0)
    left = counts.values["decided"][6:12].sum(axis=0)
    assert left[counts.places["origin"].index(place)] == 0
    assert left.sum() > 20


def test_closed_roads_cut_a_place_off_from_one_of_two_camps(tmp_path):
    """Heading of the first day by hand, W = 1 / km: one camp is 100 km away from both places.

    The other is 100 km away from Plain and 300 km from Quay, unless Town between them is closed.
    Departures are proportional to (sum of W)^1.5.
    """
    files = {
        "input_csv/sim_period.csv": "StartDate,2030-01-01\nLength,10\n",
        "input_csv/locations.csv": (
            "Plain,,Aland,,,conflict,0,500\nQuay,,Aland,,,conflict,0,500\n"
            "Town,,Aland,,,town,,\nEast,,Bland,,,camp,,\nWest,,Cland,,,camp,,\n"
        ),
        "input_csv/routes.csv": "Plain,Town,50\nEast,Town,50\nPlain,West,100\nQuay,East,100\n",
        "input_csv/conflicts.csv": "#Day,Plain,Quay\n" + "0,1,1\n" * 10,
        "source_data/data_layout.csv": "total,all.csv\nEast,east.csv\nWest,west.csv\n",
        **{
            f"source_data/{name}.csv": f"2030-01-01,0\n2030-01-10,{n}\n"
            for name, n in (("all", 200), ("east", 100), ("west", 100))
        },
    }
    for number, (closure, ways) in enumerate(
        (
            ("", {"Plain": (1, 1), "Quay": (1, 1 / 3)}),
            ("location,Town,,0,5\n", {"Plain": (0, 1), "Quay": (1, 0)}),
        )
    ):
        east, west = (sum(sum(w) ** 0.5 * w[camp] for w in ways.values()) for camp in (0, 1))
        folder = tmp_path / f"folder{number}"
        for name, text in (files | {"input_csv/closures.csv": closure}).items():
            (folder / name).parent.mkdir(exist_ok=True, parents=True)
            (folder / name).write_text(text, encoding="utf-8")
        import_folder(folder, tmp_path / f"out{number}")
        scenario = load(tmp_path / f"out{number}").set({"base_leaving_per_day": 1e-9})
        _, heading = api.first_day(api.compile_scenario(scenario))
        assert heading["East"] / heading["West"] == pytest.approx(east / west, rel=1e-3)


def test_people_leave_places_in_conflict(counts):
    left = counts.values["decided"]
    alpha, beta = (counts.places["origin"].index(o) for o in ("Alpha", "Beta"))
    assert left[13 + 3 :, alpha].sum() <= 3  # the conflict is over, and a count lies between
    assert left[13 + 3 :, beta].sum() > 20
    assert left[6:8, beta].sum() > 0


def test_without_days_between_counts_nobody_leaves_before_the_conflict(world):
    quiet = world.set({"pressure_between_counts": 0.0})
    counts = api.simulate(api.compile_scenario(quiet), 1, 0)
    beta = counts.places["origin"].index("Beta")
    assert counts.values["decided"][:5, beta].sum() <= 1
    assert counts.values["decided"][5:8, beta].sum() > 10


def test_a_full_camp_takes_nobody_more(world):
    still = dict.fromkeys(("room_weight", "free_share_weight", "base_onward_per_day"), 0.0)
    small = world.set({"places.North_Camp.capacity_persons": 150, **still})
    counts = api.simulate(api.compile_scenario(small), 1, 0)
    north = stock(counts, "North_Camp")
    assert north.max() < 150 + 65  # at most those of the day on which it filled up
    full = int(np.flatnonzero(north >= 150)[0])
    assert (np.diff(north[full:]) <= 0).all()


@pytest.mark.parametrize(
    ("change", "camp", "way"),
    [
        ({"places.South-Camp.attraction": 2.0}, "South-Camp", 1),
        ({"places.South-Camp.capacity_persons": 4000}, "South-Camp", 1),
        ({"distance_weight_per_ln_km": 4.0}, "South-Camp", -1),
        ({"room_weight": 0.0}, "North_Camp", -1),
        ({"free_share_weight": 2.0}, "North_Camp", -1),
    ],
)
def test_attractive_destinations_receive_more_people(world, counts, change, camp, way):
    other = api.simulate(api.compile_scenario(world.set(change)), 1, 0)
    assert way * (stock(other, camp)[-1] - stock(counts, camp)[-1]) > 0


def test_more_present_draw_more(world):
    def share(weight):
        changed = world.set({"network_weight": weight})
        counts = api.simulate(api.compile_scenario(changed), 1, 0)
        return stock(counts, "South-Camp")[-1]

    assert share(0.0) > share(0.6)  # those of the first day are in the other camps


def test_scale_keeps_the_people(world):
    counts = api.simulate(api.compile_scenario(world, scale=10), 1, 0)
    assert int(stock(counts, "North_Camp")[0]) == 80
    assert counts.values["stock"][-1].sum() == pytest.approx(675 + 101, abs=30)


@pytest.fixture(scope="module")
def results(world, tmp_path_factory):
    return emigre.run(world, runs=3, out=tmp_path_factory.mktemp("runs") / "run")


def test_a_run_names_its_mode_and_has_the_score(results):
    assert results.info.mode == "conditional"
    check(results)
    table = ard.read(results.folder)
    assert table["place"].to_list() == ["*", *CAMPS]
    whole = table.row(0, named=True)
    assert 0 < whole["ard"] < 2
    assert whole["ard"] == pytest.approx(table["ard"][1:].sum(), abs=1e-5)
    assert whole["days"] == 20


def test_the_table_for_the_plots_of_flee(results, tmp_path):
    path = export_run(results.folder, tmp_path / "flee")
    assert path == tmp_path / "flee" / "out.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len(rows) == 20
    assert rows[0]["Day"] == "0"
    assert rows[0]["Date"] == "2030-01-01"
    assert rows[0]["North Camp sim"] == rows[0]["North Camp data"] == "80"
    assert rows[8]["North Camp data"] == "400"
    assert rows[9]["North Camp data"] == "400"
    assert rows[1]["South-Camp error"] == "0.0"
    last = rows[-1]
    off = abs(float(last["North Camp sim"]) / float(last["North Camp data"]) - 1)
    assert float(last["North Camp error"]) == pytest.approx(off, abs=1e-4)
    registered = sum(float(last[f"{n} data"]) for n in ("North Camp", "South-Camp", "Inner"))
    assert float(last["refugees in camps (UNHCR)"]) == registered
    # The daily errors make the score.
    errors = np.mean([float(row["Total error"]) for row in rows])
    assert errors == pytest.approx(ard.read(results.folder)["ard"][0], abs=0.02)
    with pytest.raises(ResultsError, match="exists"):
        export_run(results.folder, tmp_path / "flee")


def test_a_run_without_counted_camps_has_no_such_table(tmp_path):
    done = emigre.run("tiny", runs=1, out=tmp_path / "tiny")
    assert ard.read(done.folder) is None
    with pytest.raises(ResultsError, match="no camp"):
        export_run(done.folder, tmp_path / "flee")


@pytest.fixture(scope="module")
def forecast(tmp_path_factory):
    out = tmp_path_factory.mktemp("flee") / "out"
    import_folder(VALLEY, out, as_of=AS_OF)
    return load(out)


def test_a_forecast_continues_from_the_last_counts(forecast):
    assert forecast.mode == "forecast"
    assert forecast.start == AS_OF
    present = forecast.tables["present"]
    # The last counts: 11 January, 7 January, 31 December.
    assert dict(zip(present["place"], present["persons"], strict=True)) == {
        "North_Camp": 400,
        "Inner": 20,
    }
    persons, heading = api.first_day(api.compile_scenario(forecast))
    # Known recount: 80 to 400 in 10 days. By the middle of the first week it has worn off a little.
    assert persons == pytest.approx((400 - 80) / 10 * 2 ** (-3.5 / 28), rel=0.01)
    # Nineteen twentieths by the newcomers, who all went north, one by those present.
    share = heading["Inner"] / sum(heading.values())
    assert share == pytest.approx(0.05 * 20 / 420, rel=0.02)
    kept = forecast.tables["observations"].filter(pl.col("use") == "check")
    assert kept["from"].max() == date(2030, 1, 21)


def test_a_forecast_does_not_use_later_data(tmp_path):
    def made(name, change):
        folder = Path(shutil.copytree(VALLEY, tmp_path / name / "valley"))
        change(folder)
        out = tmp_path / name / "out"
        import_folder(folder, out, as_of=AS_OF)
        files = {p.name: p.read_text("utf-8") for p in out.iterdir()}
        return {n: t for n, t in files.items() if n not in ("observations.csv", "NOTES.md")}

    def otherwise(folder):
        for file, old, new in (
            ("source_data/north.csv", "2030-01-21,600", "2030-01-21,9000"),
            ("source_data/south.csv", "2030-01-15,160", "2030-01-15,1600"),
            ("input_csv/closures.csv", "camp,North Camp,,0,4", "camp,North Camp,,15,16"),
            ("input_csv/registration_corrections.csv", "South-Camp,2029", "Inner,2030-01-20\n#"),
            ("input_csv/conflicts.csv", "15,0,1,0", "15,1,0,0"),
        ):  # fmt: skip
            path = folder / file
            assert old in path.read_text()
            replace_text(path, old, new)

    assert made("as_it_is", lambda folder: None) == made("otherwise", otherwise)


def test_a_forecast_needs_a_day_of_the_period(tmp_path):
    for as_of in ("2029-12-31", "2030-01-20", "soon"):
        with pytest.raises(InputError, match="as_of"):
            import_folder(VALLEY, tmp_path / "out", as_of=as_of)
    assert not (tmp_path / "out").exists()


def test_a_forecast_runs_by_the_hazard(forecast):
    results = emigre.run(forecast, runs=4)
    assert results.info.mode == "forecast"
    days = (results.info.end - results.info.start + timedelta(days=1)).days
    left = (
        results.daily.filter((pl.col("measure") == "decided") & (pl.col("place") == "*"))
        .group_by("run")
        .agg(pl.col("value").sum())["value"]
    )
    # 32 a day at first; less as it wears off and the decay of the folder halves Beta's weight.
    assert 12 * days < left.mean() < 30 * days
    assert left.n_unique() > 1


def test_a_forecast_wears_off_week_by_week(forecast):
    beta = forecast.tables["pressures"].filter(pl.col("place") == "Beta").sort("onset")
    found = [(r["onset"], r["ends"], r["leaving"]) for r in beta.iter_rows(named=True)]
    first, folder_decay, week = found
    assert (first[0], folder_decay[0]) == (AS_OF, date(2030, 1, 16))
    assert week[0] == AS_OF + timedelta(days=7)
    assert folder_decay[2] - first[2] == pytest.approx(math.log(0.5), abs=1e-5)
    assert week[2] - folder_decay[2] == pytest.approx(math.log(0.5) / 4, abs=1e-5)


def test_great_circles_shorten_the_ways(world):
    """km of the ways from Alpha at weights 0, 1/2 and 1: the geometric mean of road and circle."""
    found = {}
    for share in (0.0, 0.5, 1.0):
        compiled = api.compile_scenario(world.set({"great_circle_share": share}))
        ways = compiled.itineraries
        mine = slice(ways.first[0], ways.first[1])
        names = [compiled.index.countries[d] for d in ways.routes.destination[ways.row.route[mine]]]
        found[share] = dict(zip(names, ways.row.km[mine].tolist(), strict=True))
    assert found[0.0]["South-Camp"] == 90
    assert found[1.0]["Inner"] == 110  # 133 km by the coordinates: then the road holds
    assert found[1.0]["South-Camp"] == 90
    assert found[0.5]["Inner"] == pytest.approx(110)
    for camp, km in found[0.5].items():
        assert km == pytest.approx(math.sqrt(found[0.0][camp] * found[1.0][camp]))


def test_who_heads_where_is_the_equation_of_the_page(bring, valley):
    """Both places in conflict, all camps open: shares by plain Python (docs/how-to)."""
    (valley / "input_csv" / "closures.csv").unlink()
    replace_text(valley / "input_csv" / "conflicts.csv", "\n0,1,0,0", "\n0,1,1,0")
    replace_text(
        valley / "source_data" / "south.csv", "-01-01,0", "-01-01,12"
    )  # nobody: opens later
    scenario = bring().set({"base_leaving_per_day": 1e-9})
    rows = {r["id"]: r for r in scenario.tables["places"].iter_rows(named=True)}
    roads = {
        "Alpha": {"North_Camp": 140.0, "South-Camp": 90.0, "Inner": 110.0},
        "Beta": {"North_Camp": 80.0, "South-Camp": 150.0, "Inner": 170.0},
    }
    there = {"North_Camp": 80, "South-Camp": 12, "Inner": 21}
    mean_room = (820 + 388) / 2
    heading = dict.fromkeys(CAMPS, 0.0)
    for place, people in (("Alpha", 5000), ("Beta", 3000)):
        weight = {}
        for camp, road in roads[place].items():
            start, end = ((rows[p]["lat"], rows[p]["lon"]) for p in (place, camp))
            circle = min(great_circle_km(start, end), road)
            room = rows[camp]["capacity_persons"]
            weight[camp] = math.exp(rows[camp]["attraction"]) / circle
            weight[camp] *= (1 + there[camp]) ** 0.1
            if room is not None:
                free = room - there[camp]
                weight[camp] *= (free / mean_room) ** 0.65 * (free / room) ** 0.5
        access = sum(weight.values())
        for camp, w in weight.items():
            heading[camp] += people**0.25 * access**1.5 * w / access
    _, found = api.first_day(api.compile_scenario(scenario))
    for camp in CAMPS:
        expected = heading[camp] / sum(heading.values())
        assert found[camp] / sum(found.values()) == pytest.approx(expected, rel=1e-3)
