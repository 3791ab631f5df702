"""A claim given on the command line: places by id or name, shares."""

import pytest

from emigre.errors import InputError
from emigre.factcheck.own import own_claim
from stand_in import info

PLACES = {"*": "everywhere", "BRIDGE": "River Bridge", "PASS": "Hill Pass", "NORDAL": "Nordal"}
RUN = info(places=PLACES, scenario="tiny")
FIGURE = {
    "measure": "passages",
    "place": "BRIDGE",
    "start": "2030-03-07",
    "end": "2030-03-10",
    "value": 600.0,
    "low": None,
    "high": None,
    "wording": "rounded",
    "per": "period",
    "counts": None,
}
"""A figure of one's own."""


@pytest.mark.parametrize("place", ["BRIDGE", "bridge", "River Bridge", "RIVER BRIDGE"])
def test_a_place_is_named_by_its_id_or_its_name(place):
    assert own_claim(RUN, **FIGURE | {"place": place}).this.place == "BRIDGE"


def test_a_name_of_two_places_is_a_mistake():
    places = PLACES | {"OTHER": "River Bridge"}
    with pytest.raises(InputError, match="the name of BRIDGE, OTHER"):
        own_claim(RUN.model_copy(update={"places": places}), **FIGURE | {"place": "River Bridge"})


@pytest.mark.parametrize(
    ("place", "meant"), [("BRIGDE", "BRIDGE"), ("River Brigde", "River Bridge")]
)
def test_a_place_that_is_unknown_leads_to_a_known_one(place, meant):
    with pytest.raises(InputError, match=f"did you mean {meant}"):
        own_claim(RUN, **FIGURE | {"place": place})


def test_a_share_is_no_percentage():
    with pytest.raises(InputError, match="found 50, expected a share from 0 to 1"):
        own_claim(RUN, **FIGURE | {"measure": "rootedness", "place": "NORDAL", "value": 50.0})


@pytest.mark.parametrize("bounds", [{"low": 600.0}, {"high": 600.0}, {"low": 600.0, "high": 600.0}])
def test_a_range_may_end_at_the_value(bounds):
    assert own_claim(RUN, **FIGURE | bounds).this.place == "BRIDGE"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"low": 601.0}, "low: found 601, expected a number of at most the value, 600"),
        ({"high": 599.0}, "high: found 599, expected a number of at least the value, 600"),
        ({"value": None, "low": 2.0, "high": 1.0}, "expected a number of at least low, 2"),
    ],
)
def test_a_range_that_excludes_the_value_is_a_mistake(bounds, words):
    with pytest.raises(InputError, match=words):
        own_claim(RUN, **FIGURE | bounds)


@pytest.mark.parametrize("figure", [{"value": "1.600"}, {"low": "1.600"}, {"high": "2.000.000"}])
def test_a_point_that_may_separate_thousands_is_a_mistake(figure):
    with pytest.raises(InputError, match=r"unambiguous number \(a thousands separator"):
        own_claim(RUN, **FIGURE | {"value": None} | figure)


def test_figures_may_be_texts_and_all_mistakes_are_reported_at_once():
    assert own_claim(RUN, **FIGURE | {"value": "1,600", "high": "2000.5"}).value == 1600.0
    wrong = {"place": "X", "start": "soon", "value": "12,5", "low": "few"}
    with pytest.raises(InputError) as error:
        own_claim(RUN, **FIGURE | wrong)
    assert [m.file for m in error.value.mistakes] == ["--place", "--from", "--value", "--low"]
    assert error.value.mistakes[2].hint == "write 12.5"
