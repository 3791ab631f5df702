"""Opening hours: crossings and checks that are closed or slower for less than a day.

A crossing that closes every night remains a route: people set out for it in the evening as usual,
and those who reach it at night wait until it opens. People therefore plan with rules that ignore
such hours, provided that the opening is known when the crossing closes. The same applies to a check
on arrival in a country that is reached without a crossing. After a closure of a day or more, people
choose again; those who come on the day of the opening wait (`checkpoint_rules`).

A queue before such a crossing moves only during opening hours: the expected wait is that at the
rate during opening hours, divided by the share of the day in which it is open. Where a crossing is
slower or faster for less than a day, such as at night, the expected wait is that at the mean rate
of the day.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
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


def rate_shares(
    capacity: Table, starts: F64, rules: Sequence[Rule], compiler: RuleCompiler, n_days: int
) -> tuple[Table, F64]:
    """Capacities that people plan with, and the mean rate of each day relative to them (days, X).

    starts, rules, compiler: as in `closing_hours`.
    """
    closings = list(closing_hours(capacity, starts, rules, compiler))
    usual = without_closing_hours(capacity, closings)
    share = open_shares(starts, closings, (n_days, capacity.value.shape[1]))
    relevant = sorted(compiler.relevant(rules), key=lambda r: r.rank)
    changes = starts[1:][np.diff(usual.layer) != 0]
    for since, until in pairwise(changes.tolist()):
        day = int(since // HOURS_PER_DAY)
        evening = HOURS_PER_DAY * (day + 1.0)
        if until - since < HOURS_PER_DAY and 0 <= day < n_days and evening <= until:
            last = bisect_left(starts, evening) - 1
            rate = usual.at(last)[0][:, 0]
            for x in np.flatnonzero((rate > 0.0) & np.isfinite(rate)).tolist():
                end = _end_of_hours(usual, starts, last, x)
                if compiler.values(foreseen(relevant, evening - 1e-6, end))[x, 0] != rate[x]:
                    share[day, x] = _mean_rate(capacity, starts, evening, x) / rate[x]
    return usual, share


def _end_of_hours(usual: Table, starts: F64, last: int, x: int) -> float:
    """Hour at which a rate of crossing x that holds for less than a day ends, else `last` itself.

    last: a period in which it holds.
    """
    rate = usual.value[usual.layer, x, 0]
    other = np.flatnonzero(rate != rate[last])
    before, after = other[other < last], other[other > last]
    if before.size == 0 or after.size == 0:
        return float(starts[last])
    end = float(starts[after[0]])
    return end if end - starts[before[-1] + 1] < HOURS_PER_DAY else float(starts[last])


def _mean_rate(capacity: Table, starts: F64, evening: float, x: int) -> float:
    """Mean capacity of crossing x over the day that ends at an hour."""
    edges = np.clip(np.append(starts, np.inf), evening - HOURS_PER_DAY, evening)
    hours = np.diff(edges)
    rates = capacity.value[capacity.layer, x, 0]
    return float((rates[hours > 0.0] * hours[hours > 0.0]).sum()) / HOURS_PER_DAY


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
