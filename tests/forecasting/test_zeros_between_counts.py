"""Zeros between days with many people contain no information about errors on other days."""

from datetime import date, timedelta

import numpy as np
import pytest

from emigre.evaluation.baselines import Published
from emigre.forecasting.cells import Cells
from emigre.forecasting.closures import MANY, interrupted
from emigre.forecasting.conditioning import condition
from emigre.forecasting.own_record import OwnRecord, earlier_forecasts
from observed import observations, pressures

FIRST, N_DAYS = date(2030, 3, 1), 30
ORIGIN = FIRST + timedelta(days=19)


def daily(*values, measure="passages", place="P"):
    """One count a day from the first day; None: no count."""
    starts = [FIRST + timedelta(days=i) for i in range(len(values))]
    return observations(*(
        {
            "id": f"{place}{i}",
            "measure": measure,
            "place": place,
            "from": day,
            "to": day + timedelta(days=1),
            "value": values[i],
            "error": "exact",
            "published": day + timedelta(days=1),
        }
        for i, day in enumerate(starts)
        if values[i] is not None
    ))  # fmt: skip


def kept(*values, **more):
    return daily(*values, **more).filter(~interrupted())["value"].to_list()


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ((900, 0, 900), [900, 900]),
        ((900, 0, 0, 40, 0, 900), [900, 40, 900]),
        ((900, 0, None, 900), [900, 900]),
        ((0, 900, 0), [0, 900, 0]),  # before the first and after the last of many
        ((900, 5, 0, 0), [900, 5, 0, 0]),
        ((MANY - 1, 0, MANY - 1), [MANY - 1, 0, MANY - 1]),  # nobody by chance
        ((MANY, 0, MANY), [MANY, MANY]),
        ((900, 1, 900), [900, 1, 900]),
    ],
)
def test_nobody_between_many_is_an_interruption(values, left):
    assert kept(*values) == left


def test_waits_and_other_series_are_apart():
    assert kept(90, 0, 90, measure="wait_hours") == [90, 0, 90]
    both = daily(900, 0, 900).vstack(daily(0, 0, 0, place="Q"))
    assert both.filter(~interrupted()).height == 5


def cells():
    rng = np.random.default_rng(5)
    values = 2000.0 * np.exp(0.05 * rng.standard_normal((8, 1, N_DAYS)))
    rows = {name: np.array([0], dtype=np.intp) for name in ("P", "*")}
    return {"passages": Cells("passages", FIRST, values, None, rows, ("A",))}


def forecast(known):
    """Conditioned draws of the days after the counts, with the record of the series."""
    given = condition(cells(), known, day=ORIGIN, scale=1, draws=500, rng=np.random.default_rng(7))
    own = OwnRecord.of(earlier_forecasts(cells(), known, ORIGIN, 1, Published(known, pressures())))
    ahead = daily(*[None] * 20, *[1] * 7)
    return own.shaped(given.values(ahead), ahead, ORIGIN)


def counted(closed=()):
    return [0 if i in closed else 2000 for i in range(20)]


def test_a_closure_that_ended_leaves_the_forecast_as_without_its_days():
    closed = range(8, 13)
    without = [None if i in closed else 2000 for i in range(20)]
    np.testing.assert_array_equal(forecast(daily(*counted(closed))), forecast(daily(*without)))


def test_a_closure_that_lasts_is_known():
    last = np.quantile(forecast(daily(*counted(range(15, 20)))), 0.25, axis=0)
    ended = np.quantile(forecast(daily(*counted(range(8, 13)))), 0.25, axis=0)
    assert (last < ended / 10).all()
