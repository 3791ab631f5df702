"""Great circles: closed forms, and their weight relative to roads."""

import math

import pytest

from emigre.geography.distance import EARTH_KM, effective_km, great_circle_km

POLE, EQUATOR = (90.0, 0.0), (0.0, 0.0)


def test_closed_forms():
    assert great_circle_km(EQUATOR, POLE) == pytest.approx(math.pi / 2 * EARTH_KM)
    assert great_circle_km(EQUATOR, (0.0, 180.0)) == pytest.approx(math.pi * EARTH_KM)
    assert great_circle_km((60.0, 0.0), (60.0, 0.0)) == 0
    # Along a circle of latitude the chord is that of a circle of cos(latitude).
    chord = 2 * math.cos(math.radians(60)) * math.sin(math.radians(5))
    arc = 2 * math.asin(chord / 2)
    assert great_circle_km((60.0, 20.0), (60.0, 30.0)) == pytest.approx(arc * EARTH_KM)


def test_it_is_a_distance():
    a, b, c = (48.1, 11.6), (-3.4, 29.4), (50.4, 30.5)
    assert great_circle_km(a, b) == pytest.approx(great_circle_km(b, a))
    assert great_circle_km(a, c) <= great_circle_km(a, b) + great_circle_km(b, c)


def test_a_place_without_coordinates_has_none():
    assert great_circle_km((None, 3.0), POLE) is None
    assert effective_km(70.0, (None, None), POLE, 0.5) == 70


def test_the_weight_moves_from_the_road_to_the_circle():
    a, b = (0.0, 0.0), (0.0, 1.0)
    straight = great_circle_km(a, b)
    collected = [effective_km(400.0, a, b, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert collected == sorted(collected, reverse=True)
    assert collected[0] == 400
    assert collected[2] == pytest.approx(math.sqrt(400 * straight))
    assert collected[4] == pytest.approx(straight)


def test_coordinates_that_cannot_be_give_way_to_the_road():
    a, b = (0.0, 0.0), (0.0, 1.0)
    assert effective_km(50.0, a, b, 1.0) == 50  # shorter than the circle
    assert effective_km(2000.0, a, b, 1.0) == 2000  # eighteen times the circle
    assert effective_km(70.0, a, a, 0.5) == 70  # two places on one point
    assert effective_km(0.5, a, (0.0, 0.001), 1.0) == 0.5
    assert effective_km(5.0, a, (0.0, 0.005), 1.0) == 1  # nothing is nearer than a kilometre
