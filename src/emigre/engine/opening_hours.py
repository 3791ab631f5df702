"""Opening hours: crossings and checks that let nobody pass for less than a day.

A crossing that closes every night remains a route: people set out for it in the evening as usual,
and those who reach it at night wait until it opens. People therefore plan with the rules without
such hours, provided that the opening is known when the crossing closes. The same is true of a check
on arrival in a country that is reached without a crossing. After a closure of a day or more, people
choose again; those who come on the day of the opening wait (`checkpoint_rules`).

A queue before such a crossing moves only during opening hours: people expect the wait given by the
rate while it is open, times the share of the day in which it is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emigre.calendar import HOURS_PER_DAY
from emigre.engine.rule_table import Table
from emigre.processes.arrays import F64
from emigre.rules.timeline import Rule, RuleCompiler, foreseen


class Closing(NamedTuple):
    """Hours of closing: first period, period of the opening, and cells (places, classes)."""

    first: int
    after: int
    cells: NDArray[np.bool_]


def without_closing_hours(table: Table, closings: Sequence[Closing]) -> Table:
    """The table with the previous values wherever nobody passes for less than a day."""
    if not closings:
        return table
    parts = (table.value, table.days, table.delay, table.number)
    layers = [tuple(part[u] for part in parts) for u in range(len(table.value))]
    known = {_content(layer): u for u, layer in reversed(list(enumerate(layers)))}
    number = table.layer.copy()
    for first, after, cells in closings:
        before = layers[number[first - 1]]
        for period in range(first, after):
            now = layers[number[period]]
            bridged = tuple(np.where(cells, b, a) for a, b in zip(now, before, strict=True))
            number[period] = known.setdefault(_content(bridged), len(layers))
            if number[period] == len(layers):
                layers.append(bridged)
    value, days, delay, rule = (np.stack(part) for part in zip(*layers, strict=True))
    return replace(table, value=value, days=days, delay=delay, number=rule, layer=number)


def _content(layer: tuple[NDArray[np.generic], ...]) -> bytes:
    return b"".join(part.tobytes() for part in layer)


def open_shares(starts: F64, closings: Sequence[Closing], shape: tuple[int, int]) -> F64:
    """Share of each day in which places are open, ignoring closures of a day or more.

    starts: (periods) hours. shape: (days, places). closings: of one class.
    """
    midnight = HOURS_PER_DAY * np.arange(shape[0])
    shut = np.zeros(shape)
    for first, after, cells in closings:
        since = np.maximum(starts[first], midnight)
        until = np.minimum(starts[after], midnight + HOURS_PER_DAY)
        shut[:, cells[:, 0]] += np.maximum(until - since, 0.0)[:, None]
    return 1.0 - shut / HOURS_PER_DAY


def closing_hours(
    table: Table, starts: F64, rules: Sequence[Rule], compiler: RuleCompiler
) -> Iterator[Closing]:
    """Closures of less than a day.

    starts: (periods) hours at which they begin. rules, compiler: those of the table; they determine
    whether people know of the opening.
    """
    if not (table.value == 0.0).any():
        return
    shut = [table.value[u] == 0.0 for u in range(len(table.value))]
    relevant = sorted(compiler.relevant(rules), key=lambda r: r.rank)
    for first in range(1, len(starts)):
        closed = shut[table.layer[first]] & ~shut[table.layer[first - 1]]
        for after in range(first + 1, len(starts)):
            if not closed.any() or starts[after] - starts[first] >= HOURS_PER_DAY:
                break
            opened = closed & ~shut[table.layer[after]]
            closed &= ~opened
            if opened.any():
                evening = HOURS_PER_DAY * (starts[first] // HOURS_PER_DAY + 1.0) - 1e-6
                opened &= compiler.values(foreseen(relevant, evening, starts[after])) > 0.0
            if opened.any():
                yield Closing(first, after, opened)
