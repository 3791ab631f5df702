"""ARD in closed form, and the figures it uses."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from emigre.evaluation import ard
from tolerances import CLOSED_FORM

START = date(2030, 1, 1)


def observations(*rows):
    """Rows (place, day of January, value, use)."""
    return pl.DataFrame(
        {
            "measure": ["stock"] * len(rows),
            "place": [r[0] for r in rows],
            "from": [date(2030, 1, r[1]) for r in rows],
            "to": [date(2030, 1, r[1] + 1) for r in rows],
            "value": [float(r[2]) for r in rows],
            "use": [r[3] if len(r) > 3 else "check" for r in rows],
            "published": [date(2030, 2, r[4] if len(r) > 4 else 1) for r in rows],
            "id": [f"count_{i}" for i in range(len(rows))],
        }
    )


def test_counts_lie_on_straight_lines_cut_to_whole_people():
    table = observations(("A", 2, 10), ("A", 5, 20), ("B", 1, 7), ("A", 3, 99, "context"))
    result = ard.counted(table, ["A", "B", "C"], START, 6)
    assert result.camps == ("A", "B")
    assert result.people[:, 0].tolist() == [10, 10, 13, 16, 20, 20]
    assert result.people[:, 1].tolist() == [7] * 6
    assert ard.counted(table, ["C"], START, 6) is None


def test_of_two_counts_of_a_day_the_one_published_last_counts():
    table = observations(("A", 2, 30, "check", 9), ("A", 2, 10), ("A", 4, 50, "check", 2))
    for rows in (table, table.reverse()):
        assert ard.counted(rows, ["A"], START, 4).people[:, 0].tolist() == [30, 30, 40, 50]


def test_periods_are_no_counts_of_a_day():
    table = observations(("A", 2, 10)).with_columns(pl.lit(date(2030, 1, 9)).alias("to"))
    assert ard.counted(table, ["A"], START, 6) is None


def test_the_score_is_the_mean_of_the_daily_shares():
    registered = np.array([[60.0, 40.0], [150.0, 50.0], [0.0, 0.0]])
    people = np.array([[60.0, 40.0], [100.0, 50.0], [3.0, 0.0]])
    assert ard.score(people, registered) == pytest.approx(
        (0 + 50 / 200 + 3 / 1) / 3, rel=CLOSED_FORM
    )
    even = ard.score(ard.rescale(people, registered), registered)
    one = (abs(100 * 200 / 150 - 150) + abs(50 * 200 / 150 - 50)) / 200
    assert even == pytest.approx((0 + one + 0) / 3, rel=CLOSED_FORM)


def test_camps_add_up_and_runs_spread():
    counts = ard.Counted(START, ("A", "B"), np.full((4, 2), 50.0))
    people = np.stack([counts.people * k for k in (1.0, 1.1, 1.2)])
    table = ard.table(people, counts)
    assert table["place"].to_list() == ["*", "A", "B"]
    assert table["ard"].to_list() == pytest.approx([0.1, 0.05, 0.05], rel=CLOSED_FORM)
    assert table["ard_q05"][0] < table["ard"][0] < table["ard_q95"][0]
    assert table["rescaled"].to_list() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_days_are_averaged_camp_by_camp_and_ranges_hold_nine_runs_in_ten():
    counts = ard.Counted(START, ("A", "B"), np.full((2, 2), 50.0))
    # Off by k in camp A, and by as much the other way in B, on the second day alone.
    off = np.arange(39.0)
    people = np.full((39, 2, 2), 50.0)
    people[:, 1, 0] += off
    people[:, 1, 1] -= off
    table = ard.table(people, counts)
    expected = np.array([1.0, 0.5, 0.5]) / 100
    for name in ("ard", "rescaled"):
        assert table[name].to_list() == pytest.approx((off.mean() * expected).tolist())
        # The second smallest and the second largest of 39: 2 / 40 and 38 / 40.
        assert table[f"{name}_q05"].to_list() == pytest.approx((1 * expected).tolist())
        assert table[f"{name}_q95"].to_list() == pytest.approx((37 * expected).tolist())


def test_a_day_without_people_is_not_rescaled():
    nobody = np.zeros((1, 2))
    assert ard.rescale(nobody, np.array([[60.0, 40.0]])).tolist() == [[0.0, 0.0]]


def test_only_camps_are_compared():
    tables = {
        "places": pl.DataFrame({"id": ["A"], "kind": ["country"]}),
        "observations": observations(("A", 2, 10)),
    }
    assert ard.of_run(pl.LazyFrame(), tables, START, 6, 1) is None
