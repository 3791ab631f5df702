"""Dates, instants and half-open days.

A simulated day is a calendar day in the scenario's zone. Intervals are half-open: on their last
instant they no longer hold. Instants are kept in UTC. Texts that are not a date or an instant
raise ValueError with words that say what was expected.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

A_DATE = "a date YYYY-MM-DD"
AN_INSTANT = "a date YYYY-MM-DD or an instant with offset (YYYY-MM-DDTHH:MM+HH:MM)"
HOURS_PER_DAY = 24.0

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})", re.ASCII
)


@lru_cache(maxsize=64)
def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as ``Europe/Helsinki``; ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("an IANA time zone such as Europe/Helsinki") from None


def parse_date(text: str) -> date:
    """The date written YYYY-MM-DD (no other way of writing); ValueError otherwise."""
    if not _DATE.fullmatch(text):
        raise ValueError(A_DATE)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(A_DATE) from None


def parse_instant(text: str, zone: str) -> datetime:
    """The instant in UTC: a date is its first moment in ``zone``; a time carries its offset.

    24:00 is the end of its day, 00:00 of the next one.
    """
    if _DATE.fullmatch(text):
        try:
            return first_moment(parse_date(text), zone)
        except (ValueError, OverflowError):
            raise ValueError(AN_INSTANT) from None
    found = _INSTANT.fullmatch(text)
    if not found:
        raise ValueError(AN_INSTANT)
    day, clock, offset = found.groups()
    ends_day = clock in ("24:00", "24:00:00")
    clock = "00:00" if ends_day else clock
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
        return instant + timedelta(days=1) if ends_day else instant
    except (ValueError, OverflowError):
        raise ValueError(AN_INSTANT) from None


def first_moment(day: date, zone: str) -> datetime:
    """The instant (UTC) at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time(0), tzinfo=find_zone(zone)).astimezone(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day in ``zone`` to which an instant belongs."""
    return instant.astimezone(find_zone(zone)).date()


def hours_since(start: date, zone: str, instant: datetime) -> float:
    """Hours from the first moment of ``start`` to ``instant``, in days of 24 hours.

    Every calendar day of ``zone`` counts as 24 hours, so that the first moment of day n is always
    24 n, also after the clocks were changed. A day of 23 or 25 hours is stretched or shrunk evenly:
    18:00 on a day of 23 hours is 24 * 17 / 23. Negative before ``start``.
    """
    day = local_date(instant, zone)
    first, next_first = first_moment(day, zone), first_moment(day + timedelta(days=1), zone)
    share = (instant - first) / (next_first - first)
    return HOURS_PER_DAY * ((day - start).days + min(max(share, 0.0), 1.0))


def add_days(day: date, days: int) -> date:
    """The date ``days`` days later."""
    return day + timedelta(days=days)


def days_between(start: date, end: date) -> int:
    """Number of days from ``start`` up to but not including ``end`` (negative if before)."""
    return (end - start).days


def dates_from(start: date, n_days: int) -> tuple[date, ...]:
    """The ``n_days`` dates from ``start`` on."""
    return tuple(start + timedelta(days=i) for i in range(n_days))


def weekday(day: date) -> int:
    """0 for Monday to 6 for Sunday: the order of the columns mon ... sun of traffic.csv."""
    return day.weekday()
