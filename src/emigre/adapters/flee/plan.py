"""State of a conversion, shared by its parts."""

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
    """Conversion of a folder: content, names and tables.

    ``first_day`` is the first simulated day of the folder. In a forecast ``conflict`` holds nothing
    that was not known on that day except the counts to compare with; ``attraction`` of camps and
    ``base`` (hazard of leaving per day) are then derived from the counts until then, and
    ``newcomers`` are the shares of the camps among recent ones, by id of the camp.
    ``totals_given``: the registered total of every day is known, and its rises are departures.
    ``ranges``: uncertain parameters get ranges.
    ``displaced``: people who leave each origin by day, by name, where the folder's settings derive
    them from its conflicts; otherwise None.
    ``camp_effects``: what capacities and first counts add to the attraction of a camp, by name.
    ``everybody``: people who are registered by the last day, if the totals are given.
    ``remarks`` on the conversion and what is ``left_out`` go to NOTES.md, each once.
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
