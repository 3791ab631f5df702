"""Content of run.json, validated when read."""

import datetime as dt
from typing import Literal

from pydantic import Field, NonNegativeInt

from emigre.results.record import Record, SimulationRecord
from emigre.results.residuals import Residuals


class DerivedInfo(Record):
    """Unit and kind (flow, stock, mean) of a derived measure."""

    unit: str
    kind: Literal["flow", "stock", "mean"]


class RunInfo(SimulationRecord):
    """Scenario and its hash, version, parameters, seed, days and times of a run.

    ``start`` and ``end`` (inclusive) are the simulated days; ``as_of`` is the last day whose news
    was known, None if nothing was removed; ``draws`` is the number of draws of uncertain parameters
    distributed over the runs, None if all runs have the scenario's own values; ``residuals`` are
    those of the fit that gave them; ``steps`` and ``analyzers`` name the steps of the day and the
    analyzers that the caller gave, ``derived`` the measures that other packages derive, by name;
    ``population`` is the number of people in the regions of origin; ``warnings`` are rows of the
    tables that are valid but probably mistakes; ``assumed`` says which empty cells were filled with
    an assumption.
    """

    as_of: dt.date | None = None
    start: dt.date
    end: dt.date
    zone: str
    nationality: str
    mode: Literal["conditional", "forecast"] = "forecast"
    population: NonNegativeInt
    by: str | None
    draws: int | None = None
    residuals: tuple[Residuals, ...] = ()
    steps: tuple[str, ...] = ()
    analyzers: tuple[str, ...] = ()
    derived: dict[str, DerivedInfo] = Field(default_factory=dict)
    parameters: dict[str, float]
    warnings: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    values: str = "simulated persons unless the measure's name says otherwise"

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return (self.end - self.start).days + 1
