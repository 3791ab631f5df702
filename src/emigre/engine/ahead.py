"""Compile half of the kernels in a second process, on the first run after installation.

    python -m emigre.engine.ahead

compiles the kernels of the evening with the types of a small scenario, which are the same for all
scenarios. Meanwhile the first process compiles those of the morning and of the crossings. When it
reaches the evening, the machine code is in the cache (`jit.compile_elsewhere`).
"""

from __future__ import annotations

import numpy as np

from emigre.engine.bundles import conditions_of, population_of
from emigre.engine.conditions import Outlook
from emigre.engine.day import evening
from emigre.engine.ledger import Ledger
from emigre.numerics.jit import compile_elsewhere
from emigre.processes.livelihood import resettle, take_roots

EVENING = (evening, take_roots, resettle)


def start() -> None:
    """Start the second process, unless the machine code exists or there is only one core."""
    compile_elsewhere("emigre.engine.ahead", *EVENING)


def main() -> None:
    """Compile by calling the kernels in a world in which nobody has left yet."""
    from emigre.engine.build import compile_scenario
    from emigre.scenario.loader import load

    plan = compile_scenario(load("tiny"))
    ledger = Ledger(plan)
    now = conditions_of(plan, Outlook(plan).look(0, ledger), np.uint64(0))
    people = population_of(plan, ledger.accounts)
    evening(now, people)
    take_roots(now, people, 0)
    resettle(now, people, 0)


if __name__ == "__main__":
    main()
