"""The result of an attribution: why a number differs between two sides."""

from dataclasses import dataclass, field

import polars as pl

from emigre.attribution.grouping import Group
from emigre.numerics.array_types import F64
from emigre.results import notebook
from emigre.results.text import counted
from emigre.results.window import Quantity
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


@dataclass(frozen=True, eq=False)
class Explanation:
    """The parts of a difference between A and B that each group of changes explains.

    Attributes
    ----------
    a, b : str
        Names of the two sides.
    of_a, of_b : array
        The number on each side, in every run that contains it.
    parts : tuple of Part
        Groups of changes with their parts, the largest first. In every run, the parts add up to
        ``of_b - of_a``.
    table : DataFrame
        One row per group: its part and quantiles as text, with small counts withheld.
    idle : tuple of Group
        Groups of changes without effect in any run.
    inert : tuple of Change
        Changes that no number depends on.
    notes : tuple of str
        Differences that are not attributed.
    orders : int or None
        Number of orders drawn; None if all orders were simulated.
    worlds : int
        Number of simulated worlds.
    parameters_from : str or None
        Origin of the parameter draws; None for the scenarios' own values.
    """

    a: str
    b: str
    quantity: Quantity
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
        asked = f"{self.quantity.measure} at {self.quantity.place}"
        return f"Explanation({self.a} to {self.b}, {asked}, {counted(len(self.parts), 'part')})"

    def _repr_html_(self) -> str:
        asked = self.quantity
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
