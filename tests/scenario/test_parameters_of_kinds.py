"""Parameters that end on a kind have a specification like those of the model."""

import pytest

import emigre
from emigre import schema
from emigre.attribution.grouping import kind_of


@pytest.mark.parametrize("scenario", ["tiny", "russia-2022", "ukraine-2022", "balkans-2015"])
def test_every_parameter_of_a_scenario_has_a_specification(scenario):
    for name, value in emigre.load(scenario).parameters.items():
        spec = schema.parameter(name)
        assert spec is not None, name
        assert spec.name == name
        assert spec.low <= value <= spec.high


def test_each_kind_describes_what_it_scales():
    assert "ordinary travel" in schema.parameter("travel_tourists").description
    assert "half-lives" in schema.parameter("half_life_call_up").description
    assert schema.parameter("half_life_call_up").description.endswith("kind call up.")
    assert schema.parameter("travel_tourists").process == "traffic"
    assert schema.parameter("nothing") is None


def test_names_of_the_model_are_of_no_kind():
    assert kind_of("travel_tourists") == "tourists"
    assert all(kind_of(name) is None for name in schema.parameters())
