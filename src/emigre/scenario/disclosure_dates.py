"""Disclosure dates of a scenario's rows, used for expectations and for as-of.

A row disclosed on a day is known at the end of that day. None means known before the start.
"""

from __future__ import annotations

from datetime import date, datetime

from emigre.calendar import local_date


def day_of(moment: date | datetime | None, zone: str) -> date | None:
    """The day in ``zone`` of a date or an instant."""
    return local_date(moment, zone) if isinstance(moment, datetime) else moment


def rule_known(announced: date | None, effective_from: datetime | None, zone: str) -> date | None:
    """Day on which a rule or a rumour became known: announced, else the day it takes effect."""
    return announced or day_of(effective_from, zone)


def end_known(end_announced: date | None, end: date | datetime | None, zone: str) -> date | None:
    """Day on which the end of a rule or a pressure became known: announced, else the end itself."""
    return end_announced or day_of(end, zone)


def traffic_known(
    published: date | None, source_published: date | None, first: date | None
) -> date | None:
    """Day on which a level of ordinary travellers became known."""
    return published or source_published or first
