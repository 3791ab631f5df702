"""Key results: wording and fitting digits."""

from datetime import date

import pytest

from emigre.ensemble.progress import duration
from emigre.evaluation.key_results import differences, period, rounded, rounded_levels


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((11873.2, 12456.0, 13120.9), ("11,900", "12,500", "13,100")),
        ((203.4, 211.0, 219.7), ("203", "211", "220")),
        ((5.0, 5.0, 5.0), ("5", "5", "5")),
        ((0.0, 0.0, 0.0), ("0", "0", "0")),
        ((None, None, 41.2), ("<10", "<10", "41")),
        ((None, None, None), ("<10", "<10", "<10")),
        ((None, 971.0, 12970.0), ("<10", "1,000", "13,000")),
        ((1_234_567.0, 1_500_000.0, 2_000_000.0), ("1,230,000", "1,500,000", "2,000,000")),
    ],
)
def test_digits_fit_the_interval(given, shown):
    assert rounded(*given, small=10) == shown


def test_hours_keep_a_decimal():
    assert rounded(1.234, 2.345, 3.456, decimals=1) == ("1.2", "2.3", "3.5")


@pytest.mark.parametrize("sign", [1, -1])
def test_an_effect_is_rounded_alike_in_both_directions(sign):
    low, mid, high = sorted(sign * x for x in (380.0, 405.0, 430.0))
    levels = (11940.2, 12345.1)[::sign]
    assert rounded_levels(levels, low, high, 10) == ("11,940", "12,345")[::sign]
    wide = sorted(sign * x for x in (105.0, 705.0))
    assert rounded_levels(levels, *wide, 10) == ("11,940", "12,350")[::sign]
    word = "+" if sign > 0 else "-"
    assert differences(low, mid, high, 10)[1] == f"{word}405"


def test_a_withheld_value_keeps_its_sign():
    assert differences(-3.0, 2.0, 4.0, 10) == (">-10", "<10", "<10")
    assert differences(">-10", "<10", 41.2, 10) == (">-10", "<10", "+41")
    assert differences(-1213.4, -873.2, "<10", 10) == ("-1,200", "-900", "<10")


@pytest.mark.parametrize(
    ("first", "after", "shown"),
    [
        (date(2022, 9, 21), date(2022, 9, 22), "21 Sep 2022"),
        (date(2022, 9, 19), date(2022, 9, 26), "19 – 25 Sep 2022"),
        (date(2022, 9, 26), date(2022, 10, 3), "26 Sep – 2 Oct 2022"),
        (date(2022, 2, 1), date(2023, 1, 1), "1 Feb – 31 Dec 2022"),
        (date(2022, 12, 1), date(2023, 2, 1), "1 Dec 2022 – 31 Jan 2023"),
    ],
)
def test_half_open_days_in_words(first, after, shown):
    assert period(first, after) == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(7.6, "8 s"), (125, "2 min 05 s"), (4200, "1 h 10 min"), (59.9, "1 min 00 s")],
)
def test_durations_as_people_say_them(seconds, said):
    assert duration(seconds) == said
