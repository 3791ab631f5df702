"""Compile half of the kernels in a second process, on the first run after installation.

    python -m emigre.engine.ahead

compiles the kernels of arrivals, the evening and the accounts with the types of a small scenario,
which are the same for all scenarios. Meanwhile the first process compiles those of the outlook, the
morning and the crossings. When it needs the others, their machine code is in the cache
(`jit.compile_elsewhere`).
"""

import numpy as np

from emigre.engine.bundles import conditions_of, population_of
from emigre.engine.conditions import Outlook
from emigre.engine.day import arrive_until, evening
from emigre.engine.ledger import KINDS, Ledger, close_books
from emigre.numerics.jit import compile_elsewhere
from emigre.processes.livelihood import measure_roots, update_all_funds

KERNELS = (arrive_until, evening, measure_roots, close_books, update_all_funds)
"""In order of compilation; the morning also needs parts of the first."""


def start() -> None:
    """Start the second process, unless the machine code exists or there is only one core."""
    compile_elsewhere("emigre.engine.ahead", *KERNELS)


def main() -> None:
    """Compile by calling the kernels in a world that nobody has left yet.

    The outlook stays empty, because the first process compiles its kernels.
    """
    from emigre.engine.build import compile_scenario
    from emigre.scenario.loader import load

    plan = compile_scenario(load("tiny"))
    ledger = Ledger(plan)
    outlook = Outlook(plan)
    outlook.weigh_ways = outlook.weigh_goals = outlook.sum_out = lambda *_: None
    now = conditions_of(plan, outlook.conditions_on(0, ledger), np.uint64(0))
    people = population_of(plan, ledger.accounts)
    arrive_until(now, people, 0.0)
    evening(now, people)
    measure_roots(now, people, 0)
    close_books(ledger.accounts, plan.beds, *(ledger.history[kind][0] for kind in KINDS))
    update_all_funds(now, people, 0)


if __name__ == "__main__":
    main()
