"""Zero counts at the end of a series, and on the same weekdays of several weeks."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from test_zeros_between_counts import FIRST, cells, counted, daily

from emigre.evaluation.baselines import Published
from emigre.forecasting.closures import closed_series, draw_closed, without_closures
from emigre.forecasting.conditioning import condition
from emigre.forecasting.own_record import OwnRecord, earlier_forecasts
from observed import pressures

N_DRAWS = 4000


def series(*values):
    """Closed series of counts where people are simulated (2,000 a day)."""
    return closed_series(cells(), daily(*values), 1)


def lengths(*values):
    return [closed.days for closed in series(*values)]


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ((900, 900, 900), []),
        ((900, 900, 0), [1]),
        ((900, 0, 0, 0), [3]),
        ((0, 0, 0), [3]),
        ((900, 5, 0, 0), []),  # by chance, at 5 a day
        ((20, 20, 0), []),
        ((20, 20, 0, 0), [2]),
        ((900, 0, 900, 0, 0), [2]),
        ((900, 0, None, 0), [3]),
        ((0, 900, 0, 900), [0]),  # an interruption
    ],
)
def test_a_closure_is_the_days_since_the_last_people(values, days):
    assert lengths(*values) == days


def test_nobody_simulated_is_no_closure():
    made = cells()["passages"]
    nobody = replace(made, values=0.0 * made.values)
    assert closed_series({"passages": nobody}, daily(900, 0, 0), 1) == ()


def test_how_long_a_closure_lasts():
    """n / (n + t) of the draws are closed on the t-th day after n days."""
    closed = series(*[900] * 10, 0, 0, 0)
    mask = draw_closed(cells(), closed, N_DRAWS, np.random.default_rng(3))["passages"][:, 0]
    share = mask.mean(axis=0)
    assert share[:13].tolist() == [0.0] * 10 + [1.0] * 3
    expected = 3.0 / (3.0 + np.arange(1, len(share) - 12))
    error = np.sqrt(expected * (1 - expected) / N_DRAWS)
    assert (np.abs(share[13:] - expected) <= 4 * error).all()
    assert (np.diff(mask[:, 13:].astype(int), axis=1) <= 0).all()  # opens once


def weekly(weeks, closed=(5, 6), n=2000):
    """Counts of some weeks from the first day, nobody on some weekdays."""
    days = [(FIRST + timedelta(days=i)).weekday() for i in range(7 * weeks)]
    return [0 if day in closed else n for day in days]


def test_weekends_of_nobody():
    (closed,) = series(*weekly(2))
    assert closed.weekdays == {5: 2, 6: 2}
    assert closed.days == 0
    assert without_closures(daily(*weekly(2)), [closed])["value"].to_list() == [2000.0] * 10
    mask = draw_closed(cells(), [closed], N_DRAWS, np.random.default_rng(3))["passages"][:, 0]
    weekday = np.array([(FIRST + timedelta(days=i)).weekday() for i in range(mask.shape[1])])
    assert not mask[:, weekday < 5].any()
    assert mask[:, 14:][:, weekday[14:] == 6].mean() == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(
    "values", [weekly(1), [2000] * 14, weekly(3, range(7)), weekly(2, (5,), 9)]
)
def test_no_closed_weekdays(values):
    assert not any(closed.weekdays for closed in series(*values))


def forecast(values):
    day = FIRST + timedelta(days=len(values) - 1)
    known = daily(*values)
    given = condition(cells(), known, day=day, scale=1, draws=500, rng=np.random.default_rng(7))
    own = OwnRecord.of(earlier_forecasts(cells(), known, day, 1, Published(known, pressures())))
    ahead = daily(*[None] * len(values), *[1] * 7)
    return own.shaped(given.values(ahead), ahead, day)


def test_a_week_with_free_weekends_is_five_days():
    week = np.quantile(forecast(weekly(3)).sum(axis=1), (0.05, 0.5, 0.95))
    assert 9_000 < week[1] < 11_000
    assert week[2] < 16_000


def test_one_day_of_nobody_does_not_make_everybody_come():
    """The forecast is zero for a while, and then that of a series without the day."""
    closed = forecast([2000] * 19 + [0])
    free = np.quantile(forecast([2000] * 19 + [None])[:, -1], 0.95)
    assert np.quantile(closed[:, -1], 0.95) == pytest.approx(free, rel=0.1)
    assert (closed[:, 0] == 0).mean() == pytest.approx(1 / 2, abs=0.1)


def test_counts_of_people_are_no_closure():
    assert closed_series(cells(), daily(*counted()), 1) == ()
