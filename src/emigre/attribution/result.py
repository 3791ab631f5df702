"""The result of an attribution: why a number differs between two sides."""

from dataclasses import dataclass, field

import polars as pl

from emigre.attribution.grouping import Group
from emigre.attribution.question import Question
from emigre.numerics.array_types import F64
from emigre.results import notebook
from emigre.results.text import counted
from emigre.scenario.diff import Change
from emigre.scenario.model import Scenario


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Contribution of one group of changes; each array has one value per run.

    ``part`` is its Shapley value; ``alone`` its effect before all others, ``last`` after them.
    ``order_error`` is the standard error of the mean part due to sampled orders; None if all orders
    were used.
    """

    group: Group
    part: F64
    alone: F64
    last: F64
    order_error: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a number differs between A and B.

    ``a`` and ``b`` are the sides' names; ``of_a`` and ``of_b`` the number in every run that
    contains it, with common random numbers. ``parts`` are sorted by size and add up to
    ``of_b - of_a`` in every run; ``idle`` are groups without effect in any run; ``inert`` changes
    that no number depends on. ``notes`` list what is not attributed. ``orders`` is the number of
    orders drawn, None for all; ``worlds`` the number of simulated worlds. ``parameters_from`` names
    the origin of the parameter draws, None for the scenarios' own values. ``table`` has one row
    per group: its part and quantiles, as texts with small counts withheld.
    """

    a: str
    b: str
    question: Question
    of_a: F64
    of_b: F64
    parts: tuple[Part, ...]
    idle: tuple[Group, ...]
    inert: tuple[Change, ...]
    notes: tuple[str, ...]
    sides: tuple[Scenario, Scenario]
    runs: int
    seed: int
    scale: int
    orders: int | None
    worlds: int
    parameters_from: str | None
    table: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __repr__(self) -> str:
        asked = f"{self.question.measure} at {self.question.place}"
        return f"Explanation({self.a} to {self.b}, {asked}, {counted(len(self.parts), 'part')})"

    def _repr_html_(self) -> str:
        asked = self.question
        rows = {
            "sides": f"{self.a} to {self.b}",
            "number": f"{asked.measure} at {asked.place}, {asked.first} to {asked.end} (exclusive)",
            "runs": f"{self.runs} (seed {self.seed}, scale {self.scale})",
            "worlds": str(self.worlds),
            "parameters": self.parameters_from or "the scenario",
        }
        columns = ("what", "change", "part", "q05", "q95", "share", "same_sign")
        return notebook.card("Explanation", rows, self.table.select(columns))

    @property
    def small_count(self) -> int:
        """Counts below this are withheld."""
        return max(side.small_count for side in self.sides)
