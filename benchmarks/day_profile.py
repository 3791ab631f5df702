"""Profile of a simulated day.

Prints the processor time of the parts of a day in one run, as shares of the whole simulation, and
the bytes per party. Parts are the kernels that the engine calls, the conditions of the day without
their kernels, and the closing of the accounts.

    python benchmarks/day_profile.py [SCENARIO] [SCALE]
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from emigre import load
from emigre.engine import api, conditions, simulate, space
from emigre.engine.ledger import Ledger
from emigre.numerics.jit import repeated

KERNELS = {
    simulate: (
        "leave_home",
        "list_due",
        "set_out_today",
        "serve_crossings",
        "arrive_until",
        "evening",
        "write_hazards",
        "count_leavers",
        "count_given",
        "levels_of_day",
        "measure_roots",
        "update_all_funds",
        "settle_present",
    ),
    conditions: ("weigh_ways", "weigh_goals", "sum_out", "take_logarithms"),
}
METHODS = {conditions.Outlook: ("look",), Ledger: ("close_day", "count_missing")}


class Clock:
    """Processor time by part, each without the parts that it calls."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inner = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            started = time.thread_time()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                spent, inner = time.thread_time() - started, self._inner.pop()
                self._inner[-1] += spent
                self.seconds[name] += spent - inner
                self.calls[name] += 1

        return counted

    def watch(self) -> None:
        """Count the parts of a day from now on."""
        for owners in (KERNELS, METHODS):
            for owner, names in owners.items():
                for name in names:
                    setattr(owner, name, self.timed(name, repeated(getattr(owner, name))))


def main(name: str = "russia-2022", scale: str = "0") -> None:
    scenario = load(name)
    compiled = api.compile_scenario(scenario, scale=int(scale) or scenario.scale)
    simulate.simulate(api.compile_scenario(load("tiny")), 1, 0)  # compiles
    clock = Clock()
    clock.watch()
    started = time.thread_time()
    simulate.simulate(compiled, 1, 0)
    total = time.thread_time() - started
    print(
        f"{name}, scale {compiled.scale}, {compiled.n_days} days: {total:.2f} s of processor time"
    )
    for part, seconds in sorted(clock.seconds.items(), key=lambda each: -each[1]):
        print(f"{seconds / total:7.1%} {1e6 * seconds / clock.calls[part]:9.0f} µs a call  {part}")
    print(f"{1 - sum(clock.seconds.values()) / total:7.1%} everything else")
    row, due = space.new_parties(1)
    agenda = space.new_agenda(1)
    lists = sum(part.nbytes for part in agenda) - agenda.size.nbytes
    print(f"a party: {row.nbytes} bytes of columns, {due.nbytes} due day, {lists} in the agenda")


if __name__ == "__main__":
    main(*sys.argv[1:])
