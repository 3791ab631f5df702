"""Selectors of the people to whom a rule applies."""

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
    result = parse_who(" sex = male ; age_band=18-27| 28-35;", ATTRIBUTES)
    assert result == {"sex": ("male",), "age_band": ("18-27", "28-35")}


@given(st.dictionaries(st.sampled_from(ATTRIBUTES), st.lists(words, min_size=1, max_size=4)))
def test_written_tables_are_read_back(selection):
    text = ";".join(f"{name}={'|'.join(values)}" for name, values in selection.items())
    assert parse_who(text, ATTRIBUTES) == {n: tuple(v) for n, v in selection.items()}


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


def meets(group, selection):
    """Reference implementation of GroupSelector.select, group by group."""
    return all(group.get(name) in values for name, values in selection.items())


def test_all_attributes_must_match_and_any_alternative_will_do():
    people = [
        {"sex": "male", "age_band": "28-35"},
        {"sex": "male", "age_band": "36+"},
        {"sex": "female", "age_band": "28-35"},
        {"sex": "male"},
        {},
    ]
    selection = {"sex": ("male",), "age_band": ("18-27", "28-35")}
    assert GroupSelector(people).select(selection).tolist() == [True, False, False, False, False]
    assert GroupSelector(people).select({}).all()
    assert GroupSelector([]).select(selection).shape == (0,)


FEW = st.sampled_from("abc")
GROUPS = st.lists(st.dictionaries(st.sampled_from(ATTRIBUTES), FEW), max_size=8)


@given(GROUPS, st.dictionaries(st.sampled_from(ATTRIBUTES), st.lists(FEW, max_size=3)))
def test_a_selector_agrees_with_each_of_its_groups(people, selection):
    assert GroupSelector(people).select(selection).tolist() == [
        meets(group, selection) for group in people
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
    assert not GroupSelector([{"document": "visa"}, {"document": "none"}]).select(never).any()
