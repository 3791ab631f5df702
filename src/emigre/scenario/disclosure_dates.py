"""Disclosure dates of a scenario's rows, used for expectations and for as-of.

A row disclosed on a day is known at the end of that day. None means known before the start.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from emigre.calendar import HOURS_PER_DAY, hours_since, local_date


def day_of(moment: date | datetime | None, zone: str) -> date | None:
    """The day in ``zone`` of a date or an instant."""
    return local_date(moment, zone) if isinstance(moment, datetime) else moment


def day_known(announced: date | None, moment: date | datetime | None, zone: str) -> date | None:
    """Day on which a start or an end became known: that of its announcement, else its own."""
    return announced or day_of(moment, zone)


def end_known(row: Mapping[str, Any], zone: str) -> date | None:
    """Day on which the end of a rule became known: that of its announcement, else its own.

    The end of a closure or another capacity of less than a day (opening hours) is known with it.
    """
    begin, end = row["effective_from"], row["effective_to"]
    for_hours = row["value"] == 0 or row["kind"] == "capacity"
    if row["end_announced"] is None and None not in (begin, end) and for_hours:
        since, until = (hours_since(local_date(begin, zone), zone, t) for t in (begin, end))
        if until - since < HOURS_PER_DAY:
            return day_known(row["announced"], begin, zone)
    return day_known(row["end_announced"], end, zone)
