"""What a scenario is once it is read and every check has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emigre.calendar import dates_from, days_between
from emigre.errors import Mistake

if TYPE_CHECKING:
    import polars as pl

Mode = Literal["conditional", "forecast"]
"""Whether the numbers who leave are given (departures.csv) or follow from decisions."""

PRIORS = ("uniform", "loguniform", "normal", "lognormal")
"""Shapes of the belief about a parameter between its low and its high."""


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """What ``scenario.toml`` says about one parameter: its value and how sure we are of it.

    ``name`` is a model parameter, ``pressure_KIND`` or ``half_life_KIND``, or a cell of a table
    (TABLE.ID.COLUMN).
    ``low`` and ``high`` are the ends of the plausible range, None if none is given.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    prior: str = ""
    basis: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A small named change of a scenario; a variant file holds one, ``--set`` makes one.

    ``set`` maps PARAMETER or TABLE.ID.COLUMN to a value, ``remove`` a table to the ids of rows
    that are taken out, ``add`` a table to rows (column to value) that are put in. ``file`` and
    ``lines`` (dotted key to line) say where each change is written.
    """

    name: str
    title: str = ""
    note: str = ""
    set: Mapping[str, Any] = field(default_factory=dict)
    remove: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    add: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


Variant = Patch
"""A variant is a patch that ships with its scenario."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One world: who lives where, which ways lead out, and which rules hold on which day.

    ``tables`` holds a frame for every table of the schema with typed cells and defaults filled in;
    ``parameters`` a value for every model parameter and for ``pressure_KIND`` and
    ``half_life_KIND`` of every kind of pressure. ``end`` is the last simulated day (inclusive).
    ``applied`` are the patches that were chosen to change what the folder says. ``as_of`` is the
    last day whose news is known (None: all that the folder says is). ``warnings`` are rows that
    are legal and almost surely wrong (scenario/warnings.py). ``hash`` is the sha256 of
    the resolved content: two scenarios with the same hash simulate the same, so ``as_of`` enters
    it by what it took out alone.
    """

    id: str
    title: str
    purpose: str
    start: date
    end: date
    zone: str
    nationality: str
    runs: int
    scale: int
    small_count: int
    parameters: dict[str, float]
    parameter_notes: tuple[ParameterRecord, ...]
    tables: dict[str, pl.DataFrame]
    variants: dict[str, Variant]
    folder: Path | None
    hash: str
    applied: tuple[Patch, ...] = ()
    as_of: date | None = None
    warnings: tuple[Mistake, ...] = ()

    @property
    def mode(self) -> Mode:
        """conditional: the numbers who leave are given; forecast: households decide."""
        return "conditional" if self.tables["departures"].height else "forecast"

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return days_between(self.start, self.end) + 1

    @property
    def dates(self) -> tuple[date, ...]:
        """The simulated days in order."""
        return dates_from(self.start, self.n_days)

    def with_values(self, values: Mapping[str, float]) -> Scenario:
        """This scenario with other values of parameters and cells; see scenario/beliefs.py."""
        from emigre.scenario.beliefs import with_values

        return with_values(self, values)
