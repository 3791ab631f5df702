from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre import calendar


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022",
        "20220201",
        "2022-2-1",
        "2022-02-30",
        "2022-W05-2",
        "01.02.2022",
        "２０２２-02-01",
    ],
)
def test_only_one_way_to_write_a_date(text: str) -> None:
    with pytest.raises(ValueError, match="a date YYYY-MM-DD"):
        calendar.parse_date(text)


@given(st.dates())
def test_dates_round_trip(day: date) -> None:
    assert calendar.parse_date(day.isoformat()) == day


def test_a_date_is_the_first_moment_in_the_zone() -> None:
    result = calendar.parse_instant("2022-09-30", "Europe/Helsinki")
    assert result == datetime(2022, 9, 29, 21, tzinfo=UTC)
    assert result.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2022-09-30T00:00+03:00",
        "2022-09-29 21:00:00Z",
        "2022-09-29T18:00-03:00",
        "2022-09-29 21:00:00.000000+0000",  # as Polars writes it
    ],
)
def test_an_instant_carries_its_offset(text: str) -> None:
    assert calendar.parse_instant(text, "Asia/Tokyo") == datetime(2022, 9, 29, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2022-09-30T00:00",
        "2022-09-30T24:01Z",
        "2022-09-30T24:00",
        "2022-09-30T10:00:00.5Z",
        "2022-09-30T10:00+99:00",
        "9999-12-31T24:00Z",
        "noon",
        "0001-01-01T00:00+10:00",
    ],
)
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises(ValueError, match="a date YYYY-MM-DD or an instant with offset"):
        calendar.parse_instant(text, "UTC")


@pytest.mark.parametrize("clock", ["24:00", "24:00:00"])
def test_24_00_is_the_end_of_its_day(clock: str) -> None:
    result = calendar.parse_instant(f"2022-09-30T{clock}+03:00", "Europe/Helsinki")
    assert result == calendar.parse_instant("2022-10-01", "Europe/Helsinki")


def test_first_moment_where_midnight_is_skipped() -> None:
    # On 27 March 2022 clocks in Beirut went from 00:00 to 01:00.
    first = calendar.first_moment(date(2022, 3, 27), "Asia/Beirut")
    assert first == datetime(2022, 3, 26, 22, tzinfo=UTC)
    assert calendar.local_date(first, "Asia/Beirut") == date(2022, 3, 27)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(-500, 500))
def test_days_begin_at_multiples_of_24_hours(start: date, days: int) -> None:
    day = start + timedelta(days=days)
    first = calendar.first_moment(day, "Europe/Helsinki")
    assert calendar.hours_since(start, "Europe/Helsinki", first) == 24.0 * days


@given(st.integers(0, 3 * 365 * 24 * 60), st.integers(0, 7 * 24 * 60))
def test_hours_never_run_backwards(minute: int, later: int) -> None:
    instant = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    start = date(2022, 3, 20)
    before, after = (
        calendar.hours_since(start, "Europe/Helsinki", i)
        for i in (instant, instant + timedelta(minutes=later))
    )
    assert before <= after


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("2030-03-31T02:30+02:00", 2.5 / 23),
        ("2030-03-31T04:30+03:00", 3.5 / 23),
        ("2030-03-31T18:00+03:00", 17 / 23),
        ("2030-10-27T03:30+03:00", 3.5 / 25),
        ("2030-10-27T03:30+02:00", 4.5 / 25),
        ("2030-10-27T18:00+02:00", 19 / 25),
        ("2030-10-26T18:00+03:00", 18 / 24),
    ],
)
def test_a_day_of_23_or_25_hours_counts_as_a_day(text: str, share: float) -> None:
    zone, day = "Europe/Helsinki", calendar.parse_date(text[:10])
    result = calendar.hours_since(day, zone, calendar.parse_instant(text, zone))
    assert result == pytest.approx(24 * share, rel=1e-12)


def test_days_in_order_and_unknown_zones() -> None:
    start = date(2022, 2, 1)
    assert calendar.dates_from(start, 2) == (start, date(2022, 2, 2))
    with pytest.raises(ValueError, match="IANA"):
        calendar.find_zone("../etc/passwd")
