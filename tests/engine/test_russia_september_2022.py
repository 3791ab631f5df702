"""Facts of autumn 2022 that need no fitted figure: the effect of a ban on its first day.

At a coarse scale, tests are about days and signs, not about sizes. From 30 September 2022, 00:00 in
Helsinki, Finland admits nobody on a tourist visa; holders of a residence permit may still come.
"""

from datetime import date
from functools import cache

import numpy as np
import pytest

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.loader import load

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

FIRST, LAST, BAN = date(2022, 9, 21), date(2022, 10, 5), date(2022, 9, 30)
BAN_DAY = (BAN - FIRST).days
TOURISTS = ("schengen_visa_fi", "schengen_visa_ee", "schengen_visa_other")


@cache
def counted(*variants: str) -> Counts:
    scenario = load("russia-2022", variants=variants, start=FIRST, end=LAST)
    return simulate(compile_scenario(scenario, scale=20, by="document"), 1, 0)


def by_day(counts: Counts, measure: str, documents: tuple[str, ...], finland: bool | None = None):
    """Persons by day; at crossings into Finland, at all others, or everywhere."""
    by = counts.by
    assert by is not None
    of = by.measure == list(schema.measures()).index(measure)
    of &= np.isin(by.category, [by.categories.index(d) for d in documents])
    if finland is not None:
        ids = counts.places["crossing"]
        chosen = [i for i, x in enumerate(ids) if (counts.country_of[x] == "FI") == finland]
        of &= np.isin(by.place, chosen)
    days = np.zeros(counts.n_days, dtype=np.int64)
    np.add.at(days, by.day[of], by.value[of])
    return days


@pytest.mark.parametrize("visa", TOURISTS)
def test_no_tourist_is_admitted_to_finland_from_the_hour_of_the_ban(visa: str) -> None:
    entered = by_day(counted(), "entered", (visa,), finland=True)
    claimed = by_day(counted(), "asylum_claims", (visa,), finland=True)
    assert (entered - claimed)[BAN_DAY:].sum() == 0


def test_tourists_came_until_then_and_residents_come_on() -> None:
    tourists = by_day(counted(), "entered", TOURISTS, finland=True)
    residents = by_day(counted(), "entered", ("residence_abroad",), finland=True)
    assert (tourists[BAN_DAY - 5 : BAN_DAY] > 0).all()
    assert residents[BAN_DAY:].sum() > 0


def test_without_the_ban_they_would_have_come_on() -> None:
    entered = by_day(counted("no-finnish-ban"), "entered", TOURISTS, finland=True)
    assert (entered[BAN_DAY : BAN_DAY + 3] > 0).all()


def test_those_shut_out_go_elsewhere_or_are_trapped() -> None:
    def otherwise(counts: Counts) -> int:
        elsewhere = by_day(counts, "entered", TOURISTS, finland=False)[BAN_DAY:].sum()
        return int(elsewhere + by_day(counts, "trapped", TOURISTS)[-1])

    assert otherwise(counted()) > otherwise(counted("no-finnish-ban"))


def test_the_days_before_anybody_spoke_of_it_are_the_same() -> None:
    rumour = (date(2022, 9, 23) - FIRST).days
    with_ban, without = counted(), counted("no-finnish-ban")
    for measure, values in with_ban.values.items():
        np.testing.assert_array_equal(values[:rumour], without.values[measure][:rumour])


def test_ordinary_travellers_on_tourist_visas_stop_too() -> None:
    """The remaining entries are those of holders of a residence permit."""
    counts = counted()
    fi = [i for i, x in enumerate(counts.places["crossing"]) if counts.country_of[x] == "FI"]
    ordinary = counts.values["entered_ordinary"][:, fi].sum(axis=1)
    assert 0 < ordinary[BAN_DAY:].mean() < ordinary[:BAN_DAY].mean()
