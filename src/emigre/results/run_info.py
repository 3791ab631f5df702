"""Content of run.json, validated when read."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

FORMAT: Literal[1] = 1
"""Format version, incremented on incompatible changes."""


class RunInfo(BaseModel):
    """Scenario and its hash, version, parameters, seed, days and times of a run.

    ``start`` and ``end`` (inclusive) are the simulated days; ``variants`` names the patches
    applied, in order; ``as_of`` is the last day whose news was known, or None; ``draws`` is the
    number of draws of uncertain parameters used by the runs, None if all runs have the scenario's
    own values, and ``parameters_from`` names their origin;
    ``population`` is the number of people in the scenario's tables; ``places``
    maps ids to names; ``warnings`` are rows of the tables that are valid but probably mistakes;
    ``seconds`` holds the wall-clock times of the stages.
    """

    # Later versions may add keys, which older readers ignore.
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = FORMAT
    emigre: str
    scenario: str
    title: str
    purpose: str
    hash: str
    variants: tuple[str, ...]
    as_of: dt.date | None = None
    start: dt.date
    end: dt.date
    zone: str
    nationality: str
    mode: Literal["conditional", "forecast"] = "forecast"
    population: NonNegativeInt
    runs: PositiveInt
    seed: NonNegativeInt
    scale: PositiveInt
    by: str | None
    draws: int | None = None
    parameters_from: str | None = None
    small_count: NonNegativeInt
    parameters: dict[str, float]
    places: dict[str, str]
    warnings: tuple[str, ...] = ()
    values: str = "simulated persons unless the measure's name says otherwise"
    started: dt.datetime
    finished: dt.datetime
    seconds: dict[str, float]

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return (self.end - self.start).days + 1
