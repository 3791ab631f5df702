"""The plan of a conversion: its state, which all its parts share."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.names import Names

FOLDER, IMPORT = "folder", "import"
"""Ids of the two sources of an imported scenario."""

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Plan:
    """State of the conversion of a folder.

    Attributes
    ----------
    conflict : Conflict
        Content of the folder; in a forecast, what was known on its first day, and later counts for
        comparison.
    first_day : int
        First simulated day of the folder.
    attraction, base, newcomers
        In a forecast: attraction of camps, hazard of leaving per day, and shares of the camps among
        recent newcomers, by id of the camp.
    totals_given : bool
        Whether the registered total of every day is an input, whose rises are departures.
    ranges : bool
        Whether uncertain parameters get ranges.
    displaced
        People who leave each origin by day, if the folder derives them from conflicts.
    camp_effects
        Addition to the attraction of camps from capacities and first counts, by name.
    everybody
        People registered by the last day, if the totals are an input.
    remarks, left_out
        Remarks on the conversion, and omissions, for NOTES.md.
    """

    conflict: Conflict
    names: Names
    capacities: bool
    first_day: int = 0
    is_forecast: bool = False
    totals_given: bool = True
    ranges: bool = False
    everybody: float = math.inf
    attraction: dict[str, float] = field(default_factory=dict)
    base: float | None = None
    newcomers: dict[str, float] = field(default_factory=dict)
    displaced: dict[str, list[int]] | None = None
    camp_effects: dict[str, float] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def mode(self) -> str:
        """Mode of the scenario: conditional or forecast."""
        return "conditional" if self.totals_given else "forecast"

    @property
    def start(self) -> date:
        """First simulated day."""
        return self.date(self.first_day)

    def date(self, day: int) -> date:
        """Date of a day number of the folder."""
        return self.conflict.start + timedelta(days=day)
