"""Descriptions of changes: values before and after, and the object changed."""

from types import SimpleNamespace

import numpy as np
import pytest

import emigre
from emigre.attribution.explanation_text import _level_left_out, _Scale, change, left_out, what
from emigre.attribution.grouping import Group
from emigre.attribution.result import Part
from emigre.scenario.diff import Between, Change
from emigre.scenario.model import Patch


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny")


def of(tiny, *settings, **more):
    return Between(tiny, emigre.load("tiny", settings=settings, **more)).changes


def group_of(*found):
    return Group(tuple(found))


@pytest.mark.parametrize(
    ("setting", "about", "from_to"),
    [
        ("patience_days=30", "parameter patience_days", "60 → 30 days"),
        ("rules.nordal_closes.value=0.5", "rule nordal_closes (entry, ", "value 0 → 0.5"),
        ("pressures.prices.leaving=0.4", "pressure prices (prices)", "leaving 0.3 → 0.4"),
        ("places.PASS.attraction=2", "place Hill Pass", "attraction "),
        ("traffic.bridge.sat=2", "traffic bridge", "sat 1.4 → 2"),
        ("legs.CITY/BRIDGE/road.hours=9", "leg Vesland City – River Bridge – road", "hours "),
    ],
)
def test_a_changed_cell_shows_its_old_and_new_value(tiny, setting, about, from_to):
    (one,) = [c for c in of(tiny, setting) if not c.is_inert]
    assert about in what(group_of(one), (tiny, tiny))
    assert from_to in change(group_of(one))


def test_changed_coordinates_are_shown_if_great_circles_count():
    moved = "places.PASS.lon=0.5"
    for share, told in (("0", []), ("0.5", ["lon"])):
        a = emigre.load("tiny", settings=[f"great_circle_share={share}"])
        b = emigre.load("tiny", settings=[f"great_circle_share={share}", moved])
        collected = [
            change(group_of(c)).split()[0] for c in Between(a, b).changes if not c.is_inert
        ]
        assert collected == told


def test_a_removed_or_new_rule_is_described_by_its_main_cells(tiny):
    without = Patch("w", "w", remove={"rules": ("nordal_closes",)}, file="--set")
    (gone,) = [c for c in of(tiny, variants=[without]) if not c.is_inert]
    assert change(group_of(gone)).endswith("→ none")
    assert "value 0" in change(group_of(gone))
    other = emigre.load("tiny", variants=[without])
    (back,) = [c for c in Between(other, tiny).changes if not c.is_inert]
    assert change(group_of(back)).startswith("none → value 0")
    # The instant in the zone of the scenario, without its offset.
    assert change(group_of(back)).endswith("effective from 2030-04-05 17:00")


def rule(key, kind="fare", credence="1", how="set"):
    return Change(how, "rules", key, row={"kind": kind, "credence": credence})


def test_many_changes_are_counted_by_kind(tiny):
    sides = (tiny, tiny)
    many = group_of(*(rule(f"r{i}") for i in range(5)))
    assert what(many, sides) == "5 rules of kind fare"
    assert change(many) == "all changed"
    few = group_of(rule("a", "entry", "0.5"), rule("b", "entry", "0.2", how="added"))
    assert what(few, sides) == "2 rumours of kind entry: a, b"
    assert change(few) == "1 changed, 1 new"
    parameters = group_of(*(Change("set", "", name) for name in "abcd"))
    assert what(parameters, sides) == "4 parameters"


def test_a_group_with_the_title_of_its_variant_and_the_side_that_has_it(tiny):
    result = Group((rule("a"), rule("b")), "Fares fall", only="B")
    assert what(result, (tiny, tiny)) == "Fares fall (2 rules of kind fare: a, b)"
    assert change(result) == "only in B"


@pytest.mark.parametrize(
    ("means", "beside"),
    [
        ((7.0, 40.0, 100.0), 1),
        ((7.0, -40.0, 90.0, 0.0), 1),
        ((7.0, 3.0, 100.0), None),
        ((40.0, 100.0), None),
        ((7.0, -2.0), None),
        ((50.0, -45.0), 1),  # the total is the withheld one
        ((50.0, -20.0, -25.0), 1),
        ((7.0, -40.0, 30.0), None),
        ((7.0,), None),
    ],
)
def test_no_withheld_part_is_the_total_minus_the_others(means, beside):
    total = np.full(2, sum(means))
    parts = [Part(None, *[np.full(2, mean)] * 3) for mean in means]
    explanation = SimpleNamespace(
        parts=parts,
        of_a=np.zeros(2),
        of_b=total,
        quantity=SimpleNamespace(measure="departed"),
        small_count=10,
    )
    assert left_out(explanation) is (None if beside is None else parts[beside])


@pytest.mark.parametrize(
    ("a", "b", "out"),
    [
        (98.0, 92.0, "b"),  # the difference is withheld
        (7.0, 20.0, "b"),
        (20.0, 7.0, "a"),
        (7.0, 3.0, None),
        (0.0, 7.0, None),
        (98.0, 98.0, None),
        (98.0, 20.0, None),
    ],
)
def test_no_withheld_number_is_the_difference_of_the_others(a, b, out):
    before, after = np.full(2, a), np.full(2, b)
    explanation = SimpleNamespace(of_a=before, of_b=after)
    expected = {"a": before, "b": after, None: None}[out]
    assert _level_left_out(explanation, _Scale(10, 0)) is expected
    wide = SimpleNamespace(of_a=np.array([4e3, 6e3]), of_b=np.array([4001.0, 6001.0]))
    assert _level_left_out(wide, _Scale(10, 0)) is None  # both are shown to a hundred


@pytest.mark.parametrize(
    ("values", "hides"),
    [
        ((11_000.0, 13_000.0), True),  # shown as 12,000 (11,000 to 13,000), to a hundred
        ((40.0, 41.0), False),
        ((900.0, 960.0), False),  # shown to one
        ((12.0, 9_000.0), True),
    ],
)
def test_a_large_part_next_to_a_withheld_one_is_shown_if_its_rounding_hides_that(values, hides):
    assert _Scale(10, 0).hides_small(np.array(values)) is hides


def test_parts_are_rounded_as_finely_as_their_total():
    """6,500 with a wide interval and 1,100 add up to 7,600, not to 8,100."""
    scale = _Scale(10, 0, of_total=-2)
    wide, narrow = np.array([1_000.0, 6_500.0, 12_000.0]), np.array([400.0, 1_100.0, 1_800.0])
    assert [scale.difference(v)[0] for v in (wide, narrow)] == ["+6,500", "+1,100"]
    assert _Scale(10, 0).difference(np.array([1e3, 6_500.0, 12e3]))[0] in ("+6,000", "+7,000")
    finer = np.array([11_000.0, 13_000.0])
    assert _Scale(10, 0).hides_small(finer)
    assert not _Scale(10, 0).hides_small(finer, fewest=0)
