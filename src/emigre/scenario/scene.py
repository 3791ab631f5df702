"""The tables of a valid scenario, prepared for warnings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from emigre.rules.matching import ALL
from emigre.scenario.blank import EXAMPLE, EXAMPLE_ADDRESS
from emigre.scenario.tables import ScenarioTables, TypedTable

FAR_OFF = 300.0
"""Suspicious factor between neighbours; a misread thousands separator gives 1000."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The tables of a scenario and the days it simulates."""

    world: ScenarioTables
    start: date
    end: date

    def table(self, name: str) -> TypedTable:
        """A table by its name."""
        return self.world.tables[name]

    @property
    def has_example(self) -> bool:
        """Whether the source of the example rows is that of the blank form."""
        sources = self.table("sources")
        return (EXAMPLE, EXAMPLE_ADDRESS) in zip(sources["id"], sources["address"], strict=True)

    def named(self, address: str | None) -> set[str]:
        """Places of an address: itself, or those of an area; ``*`` is unchanged."""
        if address is None:
            return {ALL}
        return set(self.world.members.get(address, [address]))


def is_far(value: float, others: Sequence[float], factor: float = FAR_OFF) -> bool:
    """Whether a value is a factor above all others, or below all of them."""
    ratios = [math.log(value / other) for other in others]
    return min(ratios) > math.log(factor) or max(ratios) < -math.log(factor)
