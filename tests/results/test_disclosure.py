"""Small counts are withheld by one rule, whatever the form of the numbers."""

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.results import disclosure
from emigre.results.complements import DAILY, hide_complements, hide_daily

SOURCE = Path(emigre.__file__).parent
VALUES = [0.0, 0.4, 3.0, -9.9, 9.6, 10.0, -10.0, math.nan]
SMALL = [False, True, True, True, True, False, False, False]


def test_numbers_arrays_and_expressions_are_judged_alike():
    assert [disclosure.is_small(v, 10) for v in VALUES] == SMALL
    assert disclosure.is_small(np.array(VALUES), 10).tolist() == SMALL
    frame = pl.DataFrame({"v": VALUES})
    assert frame.select(disclosure.is_small(pl.col("v"), 10))["v"].to_list() == SMALL


def test_with_no_small_count_nothing_is_small():
    assert not disclosure.is_small(np.array(VALUES), 0).any()


@pytest.mark.parametrize("small", [0, 1])
def test_with_no_small_count_nothing_is_rounded(small):
    assert disclosure.in_multiples(np.array([2.5, 0.4]), small).tolist() == [2.5, 0.4]


def test_small_counts_become_none_and_zero_stays():
    frame = pl.DataFrame({"v": [0.0, 3.0, -9.9, 10.0, -10.0, None]})
    hidden = frame.with_columns(disclosure.hide_small(["v"], 10))["v"].to_list()
    assert hidden == [0, None, None, 10, -10, None]
    assert [disclosure.shown(v, 10) for v in (0.0, 3.0, 10.0)] == [0.0, None, 10.0]


def test_labels_show_the_sign_and_only_counts_of_persons_get_one():
    frame = pl.DataFrame(
        {
            "measure": ["entered", "entered", "wait_hours", "entered", "entered"],
            "v": [3.0, -3.0, 3.0, 0.0, None],
        }
    )
    text = pl.col("v").cast(pl.String)
    cell = disclosure.label_small("v", 10, text, disclosure.counts_persons())
    assert frame.with_columns(cell)["v"].to_list() == ["<10", ">-10", "3.0", "0.0", None]
    assert disclosure.small_count_of("entered", 10) == 10
    assert disclosure.small_count_of("wait_hours", 10) == 0


@pytest.mark.parametrize("own", ['f"<{', 'f">-{', "< small", "0 < abs("])
def test_no_other_module_decides_withholding(own):
    """A text, a comparison with the small count, or the usual form of one."""
    users = [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        if own in path.read_text(encoding="utf-8")
    ]
    assert set(users) <= {"results/disclosure.py"}


PARTS = {
    **{name: np.array([i]) for i, name in enumerate("VWXYZ")},
    "C": np.array([0, 1]),  # two crossings into a country
    "D": np.array([2, 3, 4]),
    "alone": np.array([4]),  # an area of one crossing
    "*": np.arange(5),
}


def protected(values: dict[str, float]) -> dict[str, float | None]:
    total = values | {
        name: sum(values["VWXYZ"[i]] for i in PARTS[name]) for name in ("C", "D", "alone", "*")
    }
    frame = pl.DataFrame({"place": list(total), "v": list(total.values())}).with_columns(
        measure=pl.lit("entered"), date=pl.lit(1)
    )
    frame = hide_complements(frame, ["v"], 10, lambda _: PARTS, by=["date"])
    shown = frame.with_columns(disclosure.hide_small(["v"], 10))
    return dict(zip(shown["place"], shown["v"], strict=True))


def test_a_withheld_count_is_not_a_total_less_the_other_parts():
    found = protected({"V": 100.0, "W": 200.0, "X": 7.0, "Y": 30.0, "Z": 500.0})
    assert {n for n, v in found.items() if v is None} == {"X", "Y"}
    found = protected({"V": 7.0, "W": 200.0, "X": 50.0, "Y": 30.0, "Z": 20.0})
    assert {n for n, v in found.items() if v is None} == {"V", "W"}  # both, or C shows V
    found = protected({"V": 7.0, "W": 0.0, "X": 50.0, "Y": 30.0, "Z": 20.0})
    assert found["C"] is None  # the total is the small count itself
    assert {n for n, v in found.items() if v is None} == {"V", "C", "*"}  # * less D shows C
    found = protected({"V": 100.0, "W": 200.0, "X": 7.0, "Y": 30.0, "Z": 20.0})
    assert {n for n, v in found.items() if v is None} == {"X", "Z", "alone"}
    assert None not in protected(dict.fromkeys("VWXYZ", 10.0)).values()


def test_quantiles_of_two_runs_are_withheld_together_and_of_more_runs_alone():
    cells = {"q05": [9.0, 7.0, 9.0, 20.0], "q50": [50.0, 60.0, 9.5, 21.0], "q95": [91.0, 113.0] * 2}
    rows = pl.DataFrame(cells).with_columns(
        place=pl.Series(["V", "W", "X", "Y"]), measure=pl.lit("entered"), date=pl.lit(1)
    )
    rows = rows.with_columns(measure=pl.Series(["entered", "wait_hours", "entered", "entered"]))

    def shown(runs):
        frame = hide_daily(rows, 10, runs, lambda _: PARTS)
        return frame.with_columns(disclosure.hide_small(DAILY, 10)).select(DAILY).rows()

    two = shown(2)
    assert two[0] == two[2] == (None, None, None)
    assert two[3] == rows.select(DAILY).row(3)
    assert hide_daily(rows, 10, 2, lambda _: PARTS)["q50"][1] == 60.0  # hours
    assert shown(3)[0] == (None, 50.0, 91.0)
