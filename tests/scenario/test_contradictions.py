"""Counts that contradict those within their days and places."""

from datetime import date, timedelta

import pytest

import emigre
from emigre.scenario.contradictions import Count, contradictions
from emigre.scenario.examination import examine
from emigre.scenario.library import new

FIRST = date(2030, 3, 8)


def count(row, day, days, value, places="P", **more):
    cells = dict.fromkeys(("low", "high", "error_sd")) | {"value": value, "error": "exact"}
    first = FIRST + timedelta(days=day)
    days = {"from": first, "to": first + timedelta(days=days)}
    return Count.of(row, cells | days | more, places)


def found(*counts, is_flow=True):
    return [(c.count.row, c.is_whole) for c in contradictions(counts, is_flow=is_flow)]


DAYS = [count(i, i, 1, 100.0) for i in range(7)]


@pytest.mark.parametrize(
    ("week", "wrong"),
    [
        ({"value": 700.0}, []),
        ({"value": 840.0}, []),  # a fifth more
        ({"value": 900.0}, [(9, True)]),
        ({"value": 500.0}, [(9, True)]),
        ({"value": 900.0, "low": 600.0, "high": 1200.0}, []),
        ({"value": 900.0, "error": "approximate"}, []),
        ({"value": 900.0, "error": "approximate", "error_sd": 0.01}, [(9, True)]),
    ],
)
def test_a_week_is_the_sum_of_its_days(week, wrong):
    assert found(*DAYS, count(9, 0, 7, **week)) == wrong


def test_some_days_are_no_more_than_the_week():
    assert found(*DAYS[:5], count(9, 0, 7, 500.0)) == []
    assert found(*DAYS[:5], count(9, 0, 7, 5000.0)) == []
    assert found(*DAYS[:5], count(9, 0, 7, 300.0)) == [(9, False)]


def test_days_counted_twice_are_added_up_once():
    again = [count(10 + i, i, 1, 100.0) for i in range(7)]
    assert found(*DAYS, *again, count(9, 0, 7, 700.0), count(20, 0, 7, 700.0)) == []


def test_of_two_counts_of_the_same_the_second_contradicts_the_first():
    assert found(count(3, 0, 1, 100.0), count(5, 0, 1, 500.0)) == [(5, True)]
    assert found(count(3, 0, 1, 100.0), count(5, 0, 1, 110.0)) == []


def test_weeks_in_a_month_and_places_in_an_area():
    weeks = [count(i, 7 * i, 7, 100.0) for i in range(4)]
    assert found(*weeks, count(9, 0, 28, 4000.0)) == [(9, True)]
    of_places = [count(1, 0, 1, 100.0, "P"), count(2, 0, 1, 100.0, "Q")]
    assert found(*of_places, count(9, 0, 1, 200.0, "PQ")) == []
    assert found(*of_places, count(9, 0, 1, 2000.0, "PQ")) == [(9, True)]
    assert found(*of_places, count(9, 0, 1, 2000.0, "PQR")) == []
    assert found(*of_places, count(9, 0, 1, 100.0, "PQR")) == [(9, False)]


def test_stocks_of_days_do_not_add_up():
    assert found(*DAYS, count(9, 0, 7, 100.0), is_flow=False) == []
    of_places = [count(1, 0, 1, 100.0, "P"), count(2, 0, 1, 100.0, "Q")]
    assert found(*of_places, count(9, 0, 1, 1000.0, "PQ"), is_flow=False) == [(9, True)]
    assert found(*of_places, count(9, 1, 1, 1000.0, "PQ"), is_flow=False) == []


def test_few_people_differ_by_chance():
    few = [count(i, i, 1, 1.0) for i in range(7)]
    assert found(*few, count(9, 0, 7, 15.0)) == []


HEADER = "id,measure,place,from,to,value,use,headline,published,replaces,basis,source,note\n"


def warned(tmp_path, *rows, cumulative=False):
    folder = new("mine", into=tmp_path)
    lines = [f"{row},estimate,invented,Invented." for row in rows]
    (folder / "observations.csv").write_text(HEADER + "\n".join(lines) + "\n")
    return [w for w in examine(folder).warnings if "sum of" in w.expected]


DAY = "{0},passages,{1},2030-03-0{0},2030-03-0{2},{3},{4},no,2030-03-20,{5}"


def row(day, place, value, use="fit", replaces=""):
    return DAY.format(day, place, day + 1, value, use, replaces)


def test_the_warning_names_the_count_and_the_sum(tmp_path):
    area = "all,passages,VESLAND-BORDER,2030-03-04,2030-03-05,9000,fit,no,2030-03-20,"
    (warning,) = warned(
        tmp_path, row(4, "BRIDGE", 150), row(4, "PASS", 100).replace("4,", "p,", 1), area
    )
    assert (warning.line, warning.found) == (4, "9000")
    assert warning.expected == "about 250, the sum of 2 counts within its days and places"


def test_the_border_of_a_country_is_its_crossings(tmp_path):
    country = "all,passages,NORDAL,2030-03-04,2030-03-05,{},fit,no,2030-03-20,"
    assert not warned(tmp_path / "a", row(4, "BRIDGE", 150), country.format(150))
    assert warned(tmp_path / "b", row(4, "BRIDGE", 150), country.format(1500))


def test_context_and_replaced_counts_contradict_nothing(tmp_path):
    week = "week,passages,BRIDGE,2030-03-04,2030-03-06,9000,{},no,2030-03-20,"
    days = [row(4, "BRIDGE", 150), row(5, "BRIDGE", 150)]
    assert warned(tmp_path / "a", *days, week.format("fit"))
    assert not warned(tmp_path / "b", *days, week.format("context"))
    revised = "again,passages,BRIDGE,2030-03-04,2030-03-06,300,fit,no,2030-03-21,week"
    assert not warned(tmp_path / "c", *days, week.format("fit"), revised)


@pytest.mark.parametrize("name", ["russia-2022", "ukraine-2022", "balkans-2015"])
def test_published_counts_agree(name):
    warnings = examine(emigre.load(name).folder).warnings
    assert not [w for w in warnings if "sum of" in w.expected]
