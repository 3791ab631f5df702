"""The little language of whom a rule means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.rules.matching import addressed, parse_list, parse_who
from emigre.rules.selectors import GroupSelector

ATTRIBUTES = ("sex", "age_band", "document", "nationality")
words = st.text("abcdefgh0123-_", min_size=1, max_size=6)


@pytest.mark.parametrize("text", [None, "", "*", "  * "])
def test_nothing_means_all(text):
    assert parse_who(text, ATTRIBUTES) == {}
    assert parse_list(text) == ()


def test_conditions_are_read():
    found = parse_who(" sex = male ; age_band=18-27| 28-35;", ATTRIBUTES)
    assert found == {"sex": ("male",), "age_band": ("18-27", "28-35")}


@given(st.dictionaries(st.sampled_from(ATTRIBUTES), st.lists(words, min_size=1, max_size=4)))
def test_what_is_written_is_read_again(wanted):
    text = ";".join(f"{name}={'|'.join(values)}" for name, values in wanted.items())
    assert parse_who(text, ATTRIBUTES) == {n: tuple(v) for n, v in wanted.items()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("male", "is not of the form"),
        ("sex=", "is not of the form"),
        ("sex=|", "is not of the form"),
        ("height=tall", "is not an attribute"),
        ("sex=male;sex=female", "is named twice"),
    ],
)
def test_mistakes_are_named(text, words):
    with pytest.raises(ValueError, match=words):
        parse_who(text, ATTRIBUTES)


def meets(group, wanted):
    """The plain twin of GroupSelector.meant, group by group."""
    return all(group.get(name) in values for name, values in wanted.items())


def test_all_attributes_must_match_and_any_alternative_will_do():
    people = [
        {"sex": "male", "age_band": "28-35"},
        {"sex": "male", "age_band": "36+"},
        {"sex": "female", "age_band": "28-35"},
        {"sex": "male"},
        {},
    ]
    wanted = {"sex": ("male",), "age_band": ("18-27", "28-35")}
    assert GroupSelector(people).meant(wanted).tolist() == [True, False, False, False, False]
    assert GroupSelector(people).meant({}).all()
    assert GroupSelector([]).meant(wanted).shape == (0,)


FEW = st.sampled_from("abc")
GROUPS = st.lists(st.dictionaries(st.sampled_from(ATTRIBUTES), FEW), max_size=8)


@given(GROUPS, st.dictionaries(st.sampled_from(ATTRIBUTES), st.lists(FEW, max_size=3)))
def test_a_crowd_is_asked_as_each_of_its_groups(people, wanted):
    assert GroupSelector(people).meant(wanted).tolist() == [
        meets(group, wanted) for group in people
    ]


def test_cells_for_document_and_nationality_narrow_the_words():
    assert addressed("sex=male", "visa|passport", "RU", ATTRIBUTES) == {
        "sex": ("male",),
        "document": ("visa", "passport"),
        "nationality": ("RU",),
    }
    both = addressed("document=visa|none", "visa|passport", None, ATTRIBUTES)
    assert both == {"document": ("visa",)}
    never = addressed("document=none", "visa", None, ATTRIBUTES)
    assert not GroupSelector([{"document": "visa"}, {"document": "none"}]).meant(never).any()
