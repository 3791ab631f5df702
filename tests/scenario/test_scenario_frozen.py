"""Scenarios are immutable, and new values pass the checks of the loader."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.errors import InputError
from emigre.scenario.writer import write

CELL = "places.PASS.capacity_persons_per_day"
DAYS = {"start": "2030-03-01", "end": "2030-03-10"}


@pytest.fixture
def tiny():
    return emigre.load("tiny", **DAYS)


def test_unknown_names_come_with_a_suggestion(tiny):
    for mapping, name, said in (
        (tiny.tables, "rule", "did you mean rules?"),
        (tiny.parameters, "patience_day", "did you mean patience_days?"),
        (tiny.variants, "wider-pas", "did you mean wider-pass?"),
    ):
        assert mapping.get(name) is None
        with pytest.raises(KeyError, match=said):
            mapping[name]
    for name, said in (
        ("rules", r"no attribute 'rules'; write tables\['rules'\]"),
        ("patience_days", r"write parameters\['patience_days'\]"),
        ("nothing", "no attribute 'nothing'$"),
    ):
        with pytest.raises(AttributeError, match=said):
            getattr(tiny, name)


def test_equal_patches_have_equal_hashes():
    one, other = (emigre.patch("p", set={"patience_days": 5}) for _ in range(2))
    assert {one: 1}[other] == 1


def test_nothing_can_be_written_into_it(tiny):
    before = tiny.hash
    patch = tiny.variants["wider-pass"]
    for mapping in (tiny.parameters, tiny.variants, patch.set):
        for change in (
            lambda m: m.update(x=1),
            lambda m: m.__setitem__("x", 1),
            lambda m: m.pop("x", None),
            lambda m: m.setdefault("x", 1),
            lambda m: m.clear(),
            lambda m: m.__ior__({"x": 1}),
        ):
            with pytest.raises(TypeError, match="make a changed copy"):
                change(mapping)
    with pytest.raises(TypeError):
        tiny.tables["rules"] = tiny.tables["rules"].head(0)
    frame = tiny.tables["places"]
    frame[0, "population"] = 1
    frame.drop_in_place("name")
    given = tiny.tables["rules"]
    other = replace(tiny, tables={**tiny.tables, "rules": given})
    given[0, "id"] = "another"
    assert "another" not in other.tables["rules"]["id"]
    assert tiny.tables["places"].equals(emigre.load("tiny", **DAYS).tables["places"])
    assert (tiny.hash, other.hash) == (before, before)


def test_the_hash_is_that_of_the_content(tiny):
    longer = replace(tiny, parameters={**tiny.parameters, "patience_days": 99.0})
    fewer = replace(tiny, tables={**tiny.tables, "rules": tiny.tables["rules"].head(1)})
    shorter = replace(tiny, end=tiny.start)
    assert len({s.hash for s in (tiny, longer, fewer, shorter)}) == 4
    assert shorter.hash == emigre.load("tiny", start="2030-03-01", end="2030-03-01").hash
    assert replace(longer, parameters=tiny.parameters).hash == tiny.hash


def test_written_values_are_used_by_runs(tiny, tmp_path):
    """Also of a parameter described in scenario.toml, and of a cell."""
    for number, name in enumerate(r.name for r in tiny.parameter_notes if "." not in r.name):
        value = 0.5 * tiny.parameters[name]
        other = replace(tiny, parameters={**tiny.parameters, name: value})
        again = emigre.load(write(other, tmp_path / str(number)))
        assert again.parameters[name] == value
        assert again.hash == other.hash
    places = tiny.tables["places"].with_columns(population=pl.col("population") * 2)
    doubled = replace(tiny, tables={**tiny.tables, "places": places})
    assert emigre.load(write(doubled, tmp_path / "doubled")).hash == doubled.hash


def test_it_can_be_sent_and_copied(tiny):
    for other in (pickle.loads(pickle.dumps(tiny)), copy.deepcopy(tiny), copy.copy(tiny)):
        assert other.hash == tiny.hash
        assert dict(other.parameters) == dict(tiny.parameters)
        with pytest.raises(TypeError):
            other.parameters["patience_days"] = 1.0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"patience_dais": 1}, "did you mean patience_days"),
        ({"patience_days": float("nan")}, "expected a number"),
        ({"patience_days": float("inf")}, "expected a number"),
        ({"patience_days": -1}, "expected a number from"),
        ({"patience_days": True}, "expected a number"),
        ({"patience_days": "1_000"}, "expected a number"),
        ({"overstay_share": 7}, "expected a number from 0 to 1"),
        ({CELL: -3}, "expected a number of at least 0"),
        ({CELL: float("nan")}, "expected a number"),
        ({"places.NOWHERE.population": 3}, "the id of a row of places.csv"),
        ({"places.PASS.populatoin": 3}, "a column of the table places"),
        ({"pressure_nothing": 1}, "pressures.csv"),
        (["patience_days"], "a mapping"),
        ({5: 5}, "a mapping"),
    ],
)
def test_other_values_are_checked_as_the_loader_does(tiny, values, said):
    with pytest.raises(InputError) as caught:
        tiny.set(values)
    assert said in str(caught.value)
    assert str(caught.value).splitlines()[1].strip().startswith(("settings", "values"))


def test_every_wrong_value_is_reported_at_once(tiny):
    with pytest.raises(InputError) as caught:
        tiny.set({"patience_days": -1, CELL: -3, "x": 1})
    assert len(caught.value.mistakes) == 3


def test_values_apply_after_any_earlier_settings(tiny):
    asked = emigre.load("tiny", settings=["patience_days=5", f"{CELL}=10"], **DAYS)
    other = asked.set({"patience_days": np.float64(9), CELL: np.int64(321)})
    straight = emigre.load("tiny", settings=["patience_days=9", f"{CELL}=321"], **DAYS)
    assert other.parameters["patience_days"] == 9.0
    assert other.hash == straight.hash
    assert tiny.set({"patience_days": 9, CELL: 321}).hash == straight.hash
    assert asked.parameters["patience_days"] == 5.0


def test_values_hold_in_every_draw(tiny):
    from emigre.scenario.parameter_draws import with_draw

    other = tiny.set({"patience_days": 9})
    assert with_draw(other, {"patience_days": 50.0}).parameters["patience_days"] == 9.0


def test_values_of_a_scenario_as_of_a_day():
    known = emigre.load("tiny", **DAYS, as_of="2030-03-02")
    other = known.set({"patience_days": 9})
    assert (other.as_of, other.parameters["patience_days"]) == (known.as_of, 9.0)
