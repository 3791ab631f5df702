"""Relocation to camps that open late, inferred from capacities: closed forms."""

import math

import pytest
from test_flee_camp_effects import folder, planned

from emigre.adapters.flee.defaults import PARAMETERS, parameters
from emigre.adapters.flee.relocation import GROSS, MOST, ROUNDING, relocation_rate

PERSON_DAYS = 50 + 60 + 70 + 80 + 90 + 100
"""100 newly registered in 10 days, of which the far camp is open on days 5 to 10."""


def test_capacities_beyond_everybody_are_people_who_were_moved(tmp_path):
    plan = planned(folder(tmp_path, 50, 58, opens=5))
    trust = 1.0 - math.log(1.08) / math.log(4.0)
    rate = GROSS * trust**2 * (108 / ROUNDING - 100) / PERSON_DAYS
    assert relocation_rate(plan) == pytest.approx(min(rate, MOST))
    plan.everybody = 102.8
    rate = GROSS * (1.0 - math.log(108 / 102.8) / math.log(4.0)) ** 2
    rate *= (108 / ROUNDING - 102.8) / PERSON_DAYS
    assert 0.0 < rate < MOST
    assert relocation_rate(plan) == pytest.approx(rate)
    onward = parameters(plan)["base_onward_per_day"]
    assert onward.value == pytest.approx(PARAMETERS["base_onward_per_day"].value + rate, rel=0.01)
    assert onward.range == pytest.approx((rate, 0.002 + rate))


@pytest.mark.parametrize(
    ("near", "far", "opens"),
    [
        pytest.param(50, 58, 0, id="all camps are open from the first day"),
        pytest.param(50, 54, 5, id="rounding explains the excess"),
        pytest.param(200, 100, 5, id="sizes, not counts"),
        pytest.param(50, 58, 11, id="it opens after the period"),
    ],
)
def test_nobody_was_moved(tmp_path, near, far, opens):
    plan = planned(folder(tmp_path, near, far, opens))
    assert relocation_rate(plan) == 0.0
    assert parameters(plan)["base_onward_per_day"] == PARAMETERS["base_onward_per_day"]


def test_the_rate_is_bounded(tmp_path):
    assert relocation_rate(planned(folder(tmp_path, 70, 70, opens=5))) == MOST
