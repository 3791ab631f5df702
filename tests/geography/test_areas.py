"""Addresses: a place, a country with all crossings into it, an area, or all."""

import pytest

from emigre.geography.addresses import Addresses

ATLAS = Addresses(
    origins=["CITY", "HILLS"],
    crossings=["BRIDGE", "PASS", "FERRY"],
    countries=["NORDAL", "SUDRIA"],
    crossing_country={"BRIDGE": "NORDAL", "PASS": "SUDRIA", "FERRY": "NORDAL"},
    areas={"NORTH": ["BRIDGE", "CITY"], "SEA": ["SUDRIA", "FERRY"]},
)


@pytest.mark.parametrize(
    ("address", "origins", "crossings", "countries"),
    [
        ("*", [0, 1], [0, 1, 2], [0, 1]),
        (None, [0, 1], [0, 1, 2], [0, 1]),
        ("CITY", [0], [], []),
        ("PASS", [], [1], []),
        ("NORDAL", [], [0, 2], [0]),  # a country means every crossing into it
        ("NORTH", [0], [0], []),
        ("SEA", [], [1, 2], [1]),  # the country in an area brings its crossings
        ("NOWHERE", [], [], []),
    ],
)
def test_addresses(address, origins, crossings, countries):
    assert ATLAS.origins_of(address).tolist() == origins
    assert ATLAS.crossings_of(address).tolist() == crossings
    assert ATLAS.countries_of(address).tolist() == countries


def test_members_of_an_area():
    assert ATLAS.members("NORTH") == {"BRIDGE", "CITY"}
    assert ATLAS.members("CITY") == {"CITY"}
