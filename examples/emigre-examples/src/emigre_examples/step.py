"""A step of the day: fewer households decide to leave on one day of the week."""

from __future__ import annotations

from dataclasses import dataclass

import emigre


@dataclass
class QuietDay(emigre.Step):
    """On one weekday (0: Monday), pressures on leaving have ``factor`` times their weight."""

    weekday: int = 6
    factor: float = 0.5

    def morning(self, day: emigre.DayView) -> None:
        """Scale the pressures on leaving, in all zones and groups."""
        if day.date.weekday() == self.weekday:
            day.change(departure_multiplier=day.today.departure_multiplier * self.factor)
