"""Dates, instants and half-open intervals.

A simulated day is a calendar day in the scenario's time zone. Intervals exclude their end.
Instants are kept in UTC. Parsers raise ValueError with a message that says what was expected.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

A_DATE = "a date YYYY-MM-DD"
AN_INSTANT = "a date YYYY-MM-DD or an instant with offset (YYYY-MM-DDTHH:MM+HH:MM)"
HOURS_PER_DAY = 24.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Columns of traffic.csv, in the order of ``date.weekday``."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Months as written in texts, whatever the locale of the process."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.0+)?)?)(Z|[+-]\d{2}:?\d{2})", re.ASCII
)


@lru_cache(maxsize=64)
def find_zone(name: str) -> ZoneInfo:
    """Time zone of an IANA name such as ``Europe/Helsinki``. ValueError if it is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("an IANA time zone such as Europe/Helsinki") from None


def parse_date(text: str) -> date:
    """Parse a date written as YYYY-MM-DD. Raises ValueError for any other format."""
    if not _DATE.fullmatch(text):
        raise ValueError(A_DATE)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(A_DATE) from None


def parse_instant(text: str, zone: str) -> datetime:
    """Parse an instant: a date (its first moment in ``zone``) or a time with a UTC offset.

    24:00 is the end of its day, which is 00:00 of the next. Returns UTC. Raises ValueError.
    """
    if _DATE.fullmatch(text):
        try:
            return first_moment(parse_date(text), zone)
        except (ValueError, OverflowError):
            raise ValueError(AN_INSTANT) from None
    parts = _INSTANT.fullmatch(text)
    if not parts:
        raise ValueError(AN_INSTANT)
    day, clock, offset = parts.groups()
    clock = clock.partition(".")[0]
    ends_day = clock in ("24:00", "24:00:00")
    clock = "00:00" if ends_day else clock
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
        return instant + timedelta(days=1) if ends_day else instant
    except (ValueError, OverflowError):
        raise ValueError(AN_INSTANT) from None


def first_moment(day: date, zone: str) -> datetime:
    """Instant (UTC) at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time(0), tzinfo=find_zone(zone)).astimezone(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """Calendar day of an instant in ``zone``."""
    return instant.astimezone(find_zone(zone)).date()


def hours_since(start: date, zone: str, instant: datetime) -> float:
    """Hours from the first moment of ``start`` to ``instant``, in days of 24 hours.

    Every calendar day of ``zone`` counts as 24 hours, so that day n always begins at hour 24 n,
    also after a clock change. A day of 23 or 25 hours is scaled evenly: 18:00 on a day of 23 hours
    is 24 * 17 / 23. Negative before ``start``.
    """
    day = local_date(instant, zone)
    first, next_first = first_moment(day, zone), first_moment(day + timedelta(days=1), zone)
    share = (instant - first) / (next_first - first)
    return HOURS_PER_DAY * ((day - start).days + min(max(share, 0.0), 1.0))


def dates_from(start: date, n_days: int) -> tuple[date, ...]:
    """The ``n_days`` dates that begin with ``start``."""
    return tuple(start + timedelta(days=i) for i in range(n_days))
