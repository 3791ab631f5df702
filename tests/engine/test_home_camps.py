"""Camps in the own country and in others, in a world counted by hand."""

import pytest

from emigre.engine.build import Compiled, compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.loader import load

QUIET = (
    "base_returning_per_day",
    "base_onward_per_day",
    "asylum_share",
    "joining_per_day",
    "apply_per_day",
    "traffic_noise",
    "again_per_day",
)
FILES = {
    "scenario.toml": """id = "camps"
title = "Camps"
purpose = "test"
start = 2030-01-01
end = 2030-01-12
zone = "UTC"
nationality = "N"
[run]
runs = 1
[parameters]
prepare_days = 0.1
"""
    + "".join(f"{name} = 0.0\n" for name in QUIET),
    "sources.csv": "id,title,publisher,published,address,note\ns,t,p,2000-01-01,a,n\n",
    "places.csv": "id,name,kind,country,exit_country,mode,population,"
    """living_cost_eur_per_month,basis,source
A,A,origin,H,,,10000,,official,s
INN,Inner camp,camp,H,,,,,official,s
X,X,crossing,C,H,road,,,official,s
C,C,country,C,,,,500,official,s
OUT,Outer camp,camp,C,,,,,official,s
""",
    "legs.csv": """from,to,mode,km,hours,fare_eur,both_ways,basis,source
A,INN,road,1,1,0,no,official,s
A,X,road,1,1,0,no,official,s
X,C,road,1,1,0,no,official,s
X,OUT,road,1,1,0,no,official,s
""",
    "groups.csv": "id,share,nationality,sex,age_band,occupation,minority,education,openness,"
    "document,means,savings_eur,size_1,size_2,size_3,size_4,size_5,moves_whole,basis,source\n"
    "g,1,N,m,a,o,no,e,q,p,low,1000,1,0,0,0,0,1,official,s\n",
    "departures.csv": "origin,date,persons,source\nA,2030-01-01,900,s\n",
    "present.csv": "origin,place,persons,basis,source\nA,INN,100,official,s\n",
    "diaspora.csv": "country,nationality,persons,basis,source\n",
    "rules.csv": """id,kind,place,nationality,document,value,days,basis,source
open,entry,*,*,*,1,3,official,s
""",
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("camps")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return compile_scenario(load(folder), by="status")


@pytest.fixture(scope="module")
def counts(plan: Compiled) -> Counts:
    return simulate(plan, 1, 0)


def test_people_in_a_camp_of_their_own_country_are_displaced_and_not_abroad(counts: Counts) -> None:
    assert counts.places["country"] == ("C", "INN", "OUT")
    v = {name: values[2] for name, values in counts.values.items()}
    inside = int(v["stock"][1])
    assert 100 < inside < 1000
    assert v["abroad"].tolist() == [v["stock"][0], 0, v["stock"][2]]
    assert v["stock_displaced"].tolist() == [0, inside, 0]
    assert v["stock_visitor"].tolist() == v["abroad"].tolist()
    assert v["stock"].sum() == 1000


def test_the_clock_of_a_visit_runs_abroad_only(counts: Counts) -> None:
    last = {name: values[-1] for name, values in counts.values.items()}
    assert last["stock_displaced"][1] == counts.values["stock"][2, 1]
    assert last["stock_visitor"].sum() == 0  # three days, and they are over
    assert counts.values["returned"].sum() > 0


def test_a_camp_in_the_country_entered_is_no_transit(counts: Counts) -> None:
    assert counts.values["entered"].sum() > 0
    assert counts.values["arrived"][:, 2].sum() > 0
    assert counts.values["entered_transit"].sum() == 0


def test_those_who_left_before_the_first_day_are_not_followed(plan: Compiled) -> None:
    trace = simulate(plan, 1, 0, trace=(0, 2)).trace
    assert trace is not None
    assert trace.persons.sum() == 900  # not the 100 in the inner camp
    assert trace.day.tolist() == [0] * 900
