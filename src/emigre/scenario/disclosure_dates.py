"""Disclosure dates of a scenario's rows, used for expectations and for as-of.

A row disclosed on a day is known at the end of that day. None means known before the start.
"""

from __future__ import annotations

from datetime import date, datetime

from emigre.calendar import local_date


def day_of(moment: date | datetime | None, zone: str) -> date | None:
    """The day in ``zone`` of a date or an instant."""
    return local_date(moment, zone) if isinstance(moment, datetime) else moment


def day_known(announced: date | None, moment: date | datetime | None, zone: str) -> date | None:
    """Day on which a start or an end became known: when it was announced, else when it came."""
    return announced or day_of(moment, zone)
