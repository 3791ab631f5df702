"""Weekly rhythm: none from noise or few weeks, and recovery of a known one."""

from dataclasses import replace

import numpy as np
import pytest
from test_learning import cells

from emigre.forecasting.weekdays import effects, with_weekdays
from observed import FIRST, observations

DAYS = np.arange(FIRST.toordinal(), FIRST.toordinal() + 60)
RHYTHM = np.array([0.3, -0.1, -0.2, -0.1, -0.1, 0.0, 0.2])


def test_a_rhythm_without_noise_is_returned_whole():
    trend = 5.0 + 0.02 * np.arange(60)
    assert effects(DAYS, trend + RHYTHM[DAYS % 7]) == pytest.approx(RHYTHM)


def test_noise_is_no_rhythm():
    noise = np.random.default_rng(3).standard_normal((40, 60))
    assert np.mean([effects(DAYS, one).any() for one in noise]) <= 0.1


def test_few_weeks_are_no_rhythm():
    few = DAYS[: 6 + 27]
    assert not effects(few, RHYTHM[few % 7]).any()
    assert effects(DAYS[: 6 + 28], RHYTHM[DAYS[: 6 + 28] % 7]).any()
    assert not effects(DAYS[:5], np.zeros(5)).any()
    assert not effects(DAYS, np.zeros(60)).any()


def test_effects_shrink_by_the_analysis_of_variance():
    from scipy.stats import f, f_oneway  # takes seconds, in every worker

    counted = RHYTHM[DAYS % 7] + 0.1 * np.random.default_rng(1).standard_normal(60)
    rest = counted[3:-3] - np.convolve(counted, np.full(7, 1 / 7), "valid")
    groups = [rest[DAYS[3:-3] % 7 == w] for w in range(7)]
    means = np.array([g.mean() for g in groups])
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(rest) - 7)
    ratio = len(rest) / 7 * means.var(ddof=1) / within
    assert ratio == pytest.approx(f_oneway(*groups).statistic, rel=0.1)  # groups of 7 or 8
    shrunk = 1 - f.ppf(0.99, 6, len(rest) - 7) / ratio
    assert effects(DAYS, counted) == pytest.approx(means * shrunk)


def test_cells_of_a_series_get_its_rhythm_and_smaller_series_their_own():
    made = cells(level=1e3)
    made["passages"] = replace(
        made["passages"], rows=made["passages"].rows | {"A": np.array([0, 1])}
    )
    table = observations(
        *(
            {"id": f"{place}{t}", "place": place, "from": t, "value": n * float(np.exp(by[d % 7]))}
            for place, n, by in (("A", 2e3, RHYTHM), ("P1", 1e3, -RHYTHM))
            for t, d in enumerate(DAYS)
        )
    )
    found = np.log(with_weekdays(made, table)["passages"].values / 1e3)
    assert found[0, 0] == pytest.approx(RHYTHM[DAYS % 7])
    assert found[2, 1] == pytest.approx(-RHYTHM[DAYS % 7])
    assert not found[:, 2:].any()
    assert with_weekdays(made, table[:10])["passages"] is made["passages"]


def test_only_daily_counts_of_the_measure_within_the_run_have_a_rhythm():
    def known(n_days, measure="passages", by=1):
        rows = (
            {"id": str(t), "from": t, "to": t + by, "place": "P0", "measure": measure}
            | {"value": 1e3 * float(np.exp(RHYTHM[(DAYS[0] + t) % 7]))}
            for t in range(n_days)
        )
        return observations(*rows)

    made = cells(level=1e3)
    found = with_weekdays(made, known(60))["passages"].values
    # A count of the day after the last changes nothing.
    assert with_weekdays(made, known(61))["passages"].values == pytest.approx(found)
    assert not np.allclose(found, made["passages"].values)
    for table in (known(60, measure="entered"), known(60, by=7)):
        assert with_weekdays(made, table)["passages"] is made["passages"]
