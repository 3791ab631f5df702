"""Nothing is allocated that exceeds the machine's memory."""

import pytest

from emigre.engine import memory
from emigre.engine.build import compile_scenario
from emigre.errors import InputError
from emigre.scenario.loader import load


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(memory, "machine", lambda: 10 * 2**30)


def test_sufficient_memory_passes(small):
    memory.require(8 * 2**30, "parties", "--scale", "")


def test_excessive_memory_is_refused_with_its_size_and_a_remedy(small):
    with pytest.raises(InputError) as caught:
        memory.require(9 * 2**30, "7 parties", "--scale", "--scale K lets one party stand for K")
    assert str(caught.value.mistakes[0]) == (
        "scale: found 7 parties that need 9.0 GiB of memory, expected a run of at most 8.0 GiB "
        "on this machine (scale K lets one party stand for K)"
    )


def test_itineraries_between_too_many_places_are_refused_before_they_are_built(monkeypatch):
    scenario = load("tiny").set(great_circle_share=0.123)  # not built before
    monkeypatch.setattr(memory, "machine", lambda: 5_000)
    with pytest.raises(
        InputError, match=r"itineraries from 8 places to 3 countries and camps that"
    ):
        compile_scenario(scenario)


def test_a_machine_has_some_memory():
    assert memory.machine() > 2**20
