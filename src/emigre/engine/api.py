"""Interface of the engine: one scenario, one seed.

All other packages use the engine through this module, which is where the compiler is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emigre.engine.build import Compiled
    from emigre.engine.steps import Step
    from emigre.results import tables
    from emigre.results.counts import Counts
    from emigre.results.trajectories import Period
    from emigre.scenario.model import Scenario

DayCallback = Callable[[int], None]


def compile_scenario(scenario: Scenario, *, scale: int = 1, by: str | None = None) -> Compiled:
    """Compile a scenario; one simulated party represents ``scale``, and counts are split ``by``."""
    from emigre.engine.build import compile_scenario as compile_

    return compile_(scenario, scale=scale, by=by)


def simulate(
    compiled: Compiled,
    seed: int,
    run: int,
    on_day: DayCallback | None = None,
    *,
    trace: Period | None = None,
    steps: Sequence[Step] = (),
    threads: int = 1,
) -> Counts:
    """Counts of one run, a function of the compiled scenario, the seed and the run only.

    ``on_day`` is called with the index of each finished day. ``trace``: days (first, end),
    half-open, over which households are followed for ``emigre.comparison.diversion``, if given.
    ``steps`` are additional steps of the day; ``threads`` share its work. Raises BooksError if
    persons are lost.
    """
    from emigre.engine.simulate import simulate as simulate_

    return simulate_(compiled, seed, run, on_day, trace, steps, threads)


def kernels_ready() -> tuple[int, int]:
    """Number of kernels with machine code, and number of kernels (loads the compiler)."""
    from emigre.numerics.jit import prepared

    return prepared()


def layout(*scenarios: Scenario) -> tables.Layout:
    """Rows of all tables of scenarios, without simulating them; they depend on no parameter."""
    from emigre.engine.index import layout_of

    return layout_of(*scenarios)


def first_day(compiled: Compiled) -> tuple[float, dict[str, float]]:
    """Persons expected to leave on the first day, and the number by destination."""
    from emigre.engine.rates import first_day as first_day_

    persons, heading = first_day_(compiled)
    return persons, dict(zip(compiled.index.countries, heading.tolist(), strict=True))
