"""Cells of published tables: words for no number, periods of the calendar, and days with times."""

import re
from datetime import date, datetime, timedelta

from emigre.calendar import local_date, parse_date
from emigre.scenario.cells import Notation, date_text

UNKNOWN = frozenset({
    *("*", "..", "...", "\N{HORIZONTAL ELLIPSIS}", ":"),
    *("#n/a", "n/a", "na", "n.a.", "n.a", "n/d", "nd", "n.d.", "no data", "null", "none"),
    *("nan", "unknown"),
})  # fmt: skip
"""Cells of published tables for a number that is withheld, unknown or not applicable."""
_NOBODY = ("", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}")
NO_NUMBER = UNKNOWN | frozenset(_NOBODY)
"""Cells of published tables that give no number, also those for nobody."""
_MONTH = re.compile(r"((?:19|20|21)\d\d)[-/M ]?(0[1-9]|1[0-2])")
"""A month as 2030-03, 2030/03, 2030M03 (Eurostat) or 203003."""
_WEEK = re.compile(r"((?:19|20|21)\d\d)[- ]?W(0[1-9]|[1-4]\d|5[0-3])")
"""A week of ISO 8601, as 2030-W09 or 2030W09."""
_QUARTER = re.compile(r"(?:Q[1-4][- ])?((?:19|20|21)\d\d)(?:[- ]?Q[1-4])?")
"""A quarter, as 2030-Q1, 2030Q1 or Q1 2030; also a year alone."""
_MONTH_BY_NAME = re.compile(r"([A-Za-z]{3,9})\.?[- ]((?:19|20|21)\d\d)")
TWO_DIGITS = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d\d")
"""A date whose year has two digits."""
_TIME = re.compile(r"(\d{1,4}([-/.])\d{1,2}\2\d{1,4})[T ]+(\d{1,2}:\d{2})(.*)")
_OFFSET = re.compile(r"(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII)
_WHOLE_DAYS = ("00:00", "23:59")
"""Clock times of a date that was written as its first or last moment, whatever the offset."""


def period_of(text: str) -> tuple[date, date] | None:
    """First and last day of a year, a quarter, a month or a week of ISO 8601; None for other text.

    >>> period_of("2030-W09")
    (datetime.date(2030, 2, 25), datetime.date(2030, 3, 3))
    """
    if week := _WEEK.fullmatch(text):
        try:
            first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        except ValueError:
            return None
        return first, first + timedelta(days=6)
    if (quarter := _QUARTER.fullmatch(text)) and text.count("Q") < 2:
        year, number = int(quarter[1]), text.partition("Q")[2][:1]
        start, end = 3 * int(number or 1) - 2, 3 * int(number or 4)
        return date(year, start, 1), _last_of_month(date(year, end, 1))
    digits, name = _MONTH.fullmatch(text), _MONTH_BY_NAME.fullmatch(text)
    if not digits and not name:
        return None
    try:
        month = parse_date(f"{digits[1]}-{digits[2]}-01" if digits else date_text(f"1 {text}"))
    except ValueError:
        return None
    return month, _last_of_month(month)


def _last_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def day_of(text: str) -> str:
    """The date of a timestamp; other text unchanged."""
    timed = _TIME.fullmatch(text)
    return timed[1] if timed else text


def local_day(text: str, notation: Notation, zone: str) -> date:
    """The day of a date or a timestamp in a time zone; ValueError for other text.

    Without an offset a timestamp is taken as local.

    >>> local_day("2030-03-04T22:30:00Z", Notation(), "Europe/Kyiv")
    datetime.date(2030, 3, 5)
    >>> local_day("2030-03-04T00:00:00Z", Notation(), "America/Bogota")
    datetime.date(2030, 3, 4)
    """
    day = parse_date(date_text(day_of(text), notation))
    timed = _TIME.fullmatch(text)
    offset = _OFFSET.fullmatch(timed[4]) if timed else None
    if timed is None or offset is None or timed[3].zfill(5) in _WHOLE_DAYS:
        return day
    instant = datetime.fromisoformat(f"{day}T{timed[3].zfill(5)}{offset[1]}")
    return local_date(instant, zone)
