"""Hand-made worlds with known answers: crossings, camps and rules within a day."""

from pathlib import Path

import numpy as np
import pytest

import emigre
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.errors import InputError

HEADER = """
id = "hand"
title = "t"
purpose = "x"
start = 2030-01-01
end = 2030-01-{days:02d}
zone = "UTC"
nationality = "N"
[run]
runs = 1
scale = 1
small_count = 0
[parameters]
base_leaving_per_day = 1e-12
prepare_days = 0.1
asylum_share = 0.0
base_returning_per_day = 0.0
base_onward_per_day = 0.0
traffic_noise = 0.0
balking_per_hour = 0.0
joining_per_day = 0.0
again_per_day = 0.0
apply_per_day = 0.0
"""
GROUP = (
    "id,share,nationality,sex,age_band,occupation,minority,education,openness,document,means,"
    "savings_eur,size_1,size_2,size_3,size_4,size_5,moves_whole,leaving,returning,relatives,"
    "remote_work,basis,source\n"
    "g,1,N,m,a,o,no,e,q,p,low,1000,{sizes},1,1,1,0,0,official,s\n"
)
PLACES = (
    "id,name,kind,country,exit_country,mode,population,capacity_persons_per_day,capacity_persons,"
    "attraction,living_cost_eur_per_month,basis,source"
)
RULES = (
    "id,kind,place,who,effective_from,effective_to,value,days,window_days,basis,source\n"
    "open,entry,*,*,,,1,,,official,s"
)
TRAFFIC = "id,crossing,nationality,document,persons_per_day,from,to,basis,source"


def world(folder: Path, places, legs, *, rules=(), leave=0, traffic=(), sizes="1,0,0,0,0", days=6):
    """A scenario in which so many leave A on the first day; rows without basis and source."""

    def table(name: str, head: str, rows) -> None:
        lines = [head, *(f"{row},official,s" for row in rows)]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    (folder / "scenario.toml").write_text(HEADER.format(days=days), encoding="utf-8")
    (folder / "groups.csv").write_text(GROUP.format(sizes=sizes), encoding="utf-8")
    (folder / "sources.csv").write_text(
        "id,title,publisher,published,address\ns,t,p,2000-01-01,a\n"
    )
    table("places.csv", PLACES, ["A,A,origin,H,,,20000,,,,", *places])
    table("legs.csv", "from,to,mode,km,hours,fare_eur,both_ways,basis,source", legs)
    table("rules.csv", RULES, rules)
    table("traffic.csv", TRAFFIC, traffic)
    (folder / "diaspora.csv").write_text("country,nationality,persons,basis,source\n")
    if leave:
        (folder / "departures.csv").write_text(
            f"origin,date,persons,source\nA,2030-01-01,{leave},s\n"
        )
    return folder


def run(folder: Path, scale: int = 1, run: int = 0):
    return simulate(compile_scenario(emigre.load(str(folder)), scale=scale), 1, run)


def crossing(counts, measure: str, place: str) -> np.ndarray:
    return counts.values[measure][:, counts.places["crossing"].index(place)]


def country(counts, measure: str, place: str) -> np.ndarray:
    return counts.values[measure][:, counts.places["country"].index(place)]


CROSSING_X = "X,X,crossing,C,H,road,,{capacity},,,"
IN_C = "C,C,country,C,,,,,,,500"
ONE_GATE = ("A,X,road,1,0,0,no", "X,C,road,1,0,0,no")


def one_crossing(folder: Path, capacity="", **more):
    return world(folder, [CROSSING_X.format(capacity=capacity), IN_C], ONE_GATE, **more)


def test_a_second_border_is_passed_on_the_same_day_without_a_wait(tmp_path):
    places = (
        CROSSING_X.format(capacity=""),
        "C,C,country,C,,,,,,-20,500",
        "Y,Y,crossing,D,C,road,,,,,",
        "D,D,country,D,,,,,,20,500",
    )
    legs = ("A,X,road,1,0,0,no", "X,C,road,1,0,0,no", "X,Y,road,1,0,0,no", "Y,D,road,1,0,0,no")
    result = run(world(tmp_path, places, legs, leave=200))
    for place in ("X", "Y"):
        assert crossing(result, "entered", place)[0] == 200
    assert country(result, "arrived", "D")[0] == 200
    assert result.means["wait_hours"][0].sum() == 0.0


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        ("r,capacity,X,*,2030-01-03,2030-01-03T00:01+00:00,0,,", 1 - 1 / 1440),
        ("r,capacity,X,*,,2030-01-03T12:00+00:00,0,,", 0.5),
        ("r,capacity,X,*,2030-01-03T18:00+00:00,2030-01-03T24:00+00:00,0,,", 0.75),
        ("r,entry,X,*,2030-01-03T06:00+00:00,,0,,", 0.25),
        ("r,exit,X,*,2030-01-03T06:00+00:00,2030-01-03T12:00+00:00,0,,", 0.75),
    ],
)
def test_ordinary_travellers_come_for_the_part_of_the_day_that_is_open(tmp_path, rule, share):
    many = run(one_crossing(tmp_path, rules=[rule], traffic=["t,X,N,p,40000,,"]))
    result = crossing(many, "entered_ordinary", "X")[2]
    assert abs(result - 40000 * share) < 6 * np.sqrt(40000 * share)


def test_the_check_on_arrival_is_that_of_the_instant(tmp_path):
    # By air, without a crossing, into a country that admits nobody before 18:00 of the first day.
    closed = ["r,entry,C,*,,2030-01-01T18:00+00:00,0,,"]
    result = run(world(tmp_path, [IN_C], ["A,C,air,1,0,0,no"], rules=closed, leave=2000))
    arrived = country(result, "arrived", "C")
    assert abs(arrived[0] - 500) < 6 * np.sqrt(2000 * 0.25 * 0.75)
    assert arrived[:2].sum() == 2000


@pytest.mark.parametrize(("capacity", "scale"), [(7, 1), (7, 5), (0.5, 1), (1.9, 1)])
def test_a_crossing_passes_its_capacity_in_the_long_run(tmp_path, capacity, scale):
    sizes = "0,0,0,0,1" if capacity == 7 else "1,0,0,0,0"
    folder = one_crossing(
        tmp_path,
        capacity,
        leave=round(50 * capacity) * scale,
        sizes=sizes,
        days=31,
        traffic=["t,X,N,p,1,,2030-01-04"],
    )
    result = run(folder, scale)
    passed = crossing(result, "passages", "X").cumsum()
    most = 5 * scale if capacity == 7 else 1
    assert 31 * capacity - most - 2 * capacity < passed[-1]
    assert (passed <= capacity * np.arange(1, 32) + 1e-6).all()


@pytest.mark.parametrize(
    ("scale", "sizes"), [(1, "1,0,0,0,0"), (1, "0,.5,0,0,.5"), (10, "1,0,0,0,0")]
)
def test_a_camp_takes_no_more_than_its_room_on_any_day(tmp_path, scale, sizes):
    places = (CROSSING_X.format(capacity=""), IN_C, "K,K,camp,C,,,,,105,15,")
    legs = (*ONE_GATE, "X,K,road,1,1,0,no", "K,C,road,1,1,0,yes")
    result = run(world(tmp_path, places, legs, leave=500, sizes=sizes), scale)
    assert country(result, "stock", "K").max() <= 105
    assert country(result, "stock", "K")[-1] > 105 - 2 * scale * (2 if "5" in sizes else 1)
    assert country(result, "stock", "C")[-1] > 300


def test_parties_at_a_full_camp_without_another_route_stay_in_the_country_entered(tmp_path):
    places = (CROSSING_X.format(capacity=""), "C,C,country,C,,,,,,-20,500", "K,K,camp,C,,,,,50,20,")
    result = run(world(tmp_path, places, (*ONE_GATE, "X,K,road,1,0,0,no"), leave=400))
    assert country(result, "stock", "K").tolist() == [50] * 6
    assert country(result, "stock", "C").tolist() == [350] * 6


@pytest.mark.parametrize("room", [50, 52, 3])
@pytest.mark.parametrize("scale", [1, 2])
def test_while_nothing_changes_nobody_sets_out_in_vain(tmp_path, room, scale):
    """Parties of five fill the camp; the others set out once, come back and stay at home."""
    camp = f"K,K,camp,H,,,,,{room},15,"
    folder = world(tmp_path, (camp,), ("A,K,road,1,3,0,no",), leave=200, sizes="0,0,0,0,1")
    result = run(folder, scale)
    full = room // (5 * scale) * 5 * scale
    assert country(result, "stock", "K").tolist() == [full] * 6
    assert result.values["departed"][1:, 0].tolist() == [0] * 5


def test_an_exit_rule_for_a_country_acts_at_the_crossings_out_of_it(tmp_path):
    closed = ("e,exit,H,*,,2030-01-03,0,,",)
    places = [CROSSING_X.format(capacity=""), IN_C, "H,H,country,H,,,,,,,500"]
    result = run(world(tmp_path, places, ONE_GATE, rules=closed, leave=100))
    assert crossing(result, "entered", "X")[:2].tolist() == [0, 0]
    assert crossing(result, "entered", "X").sum() > 50


@pytest.mark.parametrize(
    ("rule", "column"),
    [
        ("r,exit,C,*,,,0,,", "place"),  # nobody leaves C by a crossing
        ("r,exit,K,*,,,0,,", "place"),  # nor a camp
        ("r,fare,H,*,,,2,,", "place"),
        ("r,fare,K,*,,,2,,", "place"),
        ("r,entry,H,*,,,0,,", "place"),
        ("r,entry,K,*,,,0,,", "place"),  # entry to C is checked at its crossing
        ("r,capacity,X,sex=m,,,5,,", "who"),
        ("r,fare,X,sex=m,,,2,,", "who"),
        ("r,permit,C,*,,,1,30,90", "window_days"),
    ],
)
def test_a_rule_that_would_do_nothing_is_a_mistake(tmp_path, rule, column):
    places = (CROSSING_X.format(capacity=""), IN_C, "K,K,camp,C,,,,,,,", "H,H,country,H,,,,,,,500")
    folder = world(tmp_path, places, (*ONE_GATE, "X,K,road,1,0,0,no"), rules=[rule])
    with pytest.raises(InputError) as caught:
        emigre.load(str(folder))
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line, mistake.column) == ("rules.csv", 3, column)


def test_households_above_five_travel_as_they_are(tmp_path):
    """20,000 people in 2,500 households of eight; 48 leave in six of them."""
    folder = one_crossing(tmp_path, leave=48)
    groups = folder / "groups.csv"
    text = groups.read_text("utf-8").replace("size_5,", "size_8,").replace("1,0,0,0,0", "0,0,0,0,1")
    groups.write_text(text, "utf-8")
    compiled = compile_scenario(emigre.load(str(folder)), by="party_size")
    assert compiled.cohorts.homes.sum(axis=0).tolist() == [0] * 7 + [2500, 0, 0]
    result = run(folder)
    assert country(result, "arrived", "C").sum() == 48
    folder.joinpath("groups.csv").write_text(text.replace("size_8", "size_6"), "utf-8")
    largest = compile_scenario(emigre.load(str(folder))).cohorts.homes.sum(axis=0)
    assert (largest * np.arange(1, 11)).sum() == 20000
    assert largest[6:].tolist() == [0, 0, 0, 0]
