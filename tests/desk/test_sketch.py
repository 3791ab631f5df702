"""The state of the page: address, patch, file, and the words of what is wrong."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from emigre.desk import cases
from emigre.desk.shelf import Shelf
from emigre.desk.sketch import Sketch, field_of, text_of
from emigre.errors import InputError
from emigre.scenario.read import load
from emigre.scenario.variant import read_patch


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "runs")


@pytest.fixture
def case(shelf):
    return cases.read(shelf, "tiny")


STATES = [
    "off=rules.nordal_closes",
    "set=base_leaving_per_day%3D0.0002&set=rules.pass_second_lane.value%3D450",
    "variant=wider-pass&off=pressures.prices&start=2030-03-02&runs=3&name=wide",
    "variant=nordal-stays-open&on=rules.nordal_closes",
    "set=rules.nordal_closes.effective_from%3D2030-04-12T18%3A00%2B01%3A00",
]


def patched(case, shelf, query):
    sketch = Sketch.read("tiny", parse_qsl(query))
    return sketch, sketch.patch(case.patch(shelf, sketch.variant), case.base)


@pytest.mark.parametrize("query", STATES)
def test_the_address_gives_the_same_again(query):
    sketch = Sketch.read("tiny", parse_qsl(query))
    assert Sketch.read("tiny", parse_qsl(sketch.query())) == sketch


@pytest.mark.parametrize("query", STATES)
def test_the_kept_file_is_the_same_scenario(case, shelf, tmp_path, query):
    sketch, patch = patched(case, shelf, query)
    path = tmp_path / "mine.toml"
    path.write_text(text_of(patch), encoding="utf-8")
    mistakes = []
    again = read_patch(path, path.name, mistakes)
    assert mistakes == []
    days = {k: sketch.how[k] for k in ("start", "end") if k in sketch.how}
    as_file = load("tiny", variants=[path], **days)
    assert as_file.hash == sketch.load(case.draft, patch).hash
    assert again.title == patch.title


def test_a_variant_with_its_only_change_undone_is_the_baseline(case, shelf):
    sketch, patch = patched(case, shelf, "variant=nordal-stays-open&on=rules.nordal_closes")
    assert sketch.load(case.draft, patch).hash == case.base.hash


def test_rows_that_a_variant_adds_can_be_changed_and_left_out(shelf):
    case = cases.read(shelf, "russia-2022")
    start = case.patch(shelf, "georgia-closes")
    key = "rules.whatif_georgia_closes"
    sketch = Sketch("russia-2022", "georgia-closes", sets={f"{key}.value": "0.5"})
    changed = sketch.patch(start, case.base)
    assert changed.add["rules"][0]["value"] == "0.5"
    assert start.add["rules"][0]["value"] == 0
    assert Sketch("russia-2022", off=(key,)).patch(start, case.base).add == {}


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("set=patience_days%3Dlong", "set:patience_days", 'found "long", expected a number'),
        ("set=patience_days%3D-1", "set:patience_days", "expected a number from 1 to 3650"),
        (
            "set=rules.nordal_closes.effective_from%3Dspring",
            "set:rules.nordal_closes.effective_from",
            'found "spring"',
        ),
        ("start=2030-13-01", "start", '--start: found "2030-13-01"'),
        ("end=2040-01-01", "end", "expected a date of the scenario"),
        ("runs=0", "runs", "expected a whole number from 1 to 1000"),
        ("runs=9999999999999999999", "runs", "expected a whole number"),
        ("set=no_such_parameter%3D1", "set:no_such_parameter", "expected a parameter"),
        ("off=rules.nobody", "", 'found "nobody", expected the id of a row of rules.csv'),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(case, shelf, query, field, words):
    sketch, patch = patched(case, shelf, query)
    with pytest.raises(InputError) as caught:
        sketch.load(case.draft, patch)
    found = caught.value.mistakes
    assert [field_of(m) for m in found] == [field]
    assert words in str(found[0])


def test_words_are_those_of_check(case, shelf, tmp_path):
    _, patch = patched(case, shelf, "set=patience_days%3D-1")
    path = tmp_path / "variant.toml"
    path.write_text(text_of(patch), encoding="utf-8")
    with pytest.raises(InputError) as on_page:
        load("tiny", variants=[patch])
    with pytest.raises(InputError) as in_file:
        load("tiny", variants=[path])
    ours, theirs = (str(e.value.mistakes[0]).partition("key ")[2] for e in (on_page, in_file))
    assert ours == theirs


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("variant=no-finnish-ban", "2022-09-08"),
        ("set=rules.fi_tourist_ban.effective_from%3D2022-10-15T00:00%2B03:00", None),
        ("set=patience_days%3D30", "2022-02-01"),
    ],
)
def test_a_quick_look_is_about_the_first_change(shelf, query, first):
    case = cases.read(shelf, "russia-2022")
    _, patch = patched(case, shelf, query)
    window = case.window(patch)
    assert window[0::2] == ["--start", "--end"]
    assert first in (None, window[1])
