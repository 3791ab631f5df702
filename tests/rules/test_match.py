"""The little language of whom a rule means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.rules.match import addressed, means_group, parse_list, parse_who

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


def test_all_attributes_must_match_and_any_alternative_will_do():
    wanted = {"sex": ("male",), "age_band": ("18-27", "28-35")}
    assert means_group({"sex": "male", "age_band": "28-35"}, wanted)
    assert not means_group({"sex": "male", "age_band": "36+"}, wanted)
    assert not means_group({"sex": "female", "age_band": "28-35"}, wanted)
    assert not means_group({"sex": "male"}, wanted)
    assert means_group({}, {})


def test_cells_for_document_and_nationality_narrow_the_words():
    assert addressed("sex=male", "visa|passport", "RU", ATTRIBUTES) == {
        "sex": ("male",),
        "document": ("visa", "passport"),
        "nationality": ("RU",),
    }
    both = addressed("document=visa|none", "visa|passport", None, ATTRIBUTES)
    assert both == {"document": ("visa",)}
    never = addressed("document=none", "visa", None, ATTRIBUTES)
    assert not means_group({"document": "visa"}, never)
    assert not means_group({"document": "none"}, never)
