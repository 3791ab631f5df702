"""What the parts of a conversion share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.names import Names
from emigre.calendar import add_days

FOLDER, IMPORT = "folder", "import"
"""Ids of the two sources of an imported scenario."""

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Notes:
    """Remarks of an import: what was converted, and what was left out, without duplicates."""

    did: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def add(self, words: str) -> None:
        """Record a conversion that readers should know about."""
        if words not in self.did:
            self.did.append(words)

    def leave_out(self, words: str) -> None:
        """Record something that has no equivalent in Emigre."""
        if words not in self.without:
            self.without.append(words)


@dataclass(slots=True)
class Plan:
    """One conversion: what is read, how it is named, what is written.

    ``first_day`` is the first simulated day of the folder. In a forecast nothing is in ``conflict``
    that was not known on that day but for the counts to compare with; ``attraction`` of camps and
    ``base`` (hazard of leaving per day) are then found from what was counted until then.
    ``first_counts``: what the counts of the first day add to the attraction of a camp, by name.
    """

    conflict: Conflict
    names: Names
    capacities: bool
    notes: Notes
    first_day: int = 0
    is_forecast: bool = False
    attraction: dict[str, float] = field(default_factory=dict)
    base: float | None = None
    first_counts: dict[str, float] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """conditional or forecast."""
        return "forecast" if self.is_forecast else "conditional"

    @property
    def start(self) -> date:
        """First simulated day."""
        return self.date(self.first_day)

    def date(self, day: int) -> date:
        """The date of a day number of the folder."""
        return add_days(self.conflict.start, day)
