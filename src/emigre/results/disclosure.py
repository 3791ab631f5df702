"""Disclosure control: withhold simulated counts of few persons.

A count is small if it is nearer to zero than the scenario's ``small_count`` and not zero itself.
This is decided for the simulated number, before rounding. A small count is written as ``<10``, a
small negative difference as ``>-10``; where only numbers fit, the cell is empty. Hours and shares
are never withheld.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.numerics.array_types import F64, I64


def small_count_of(measure: str, small_count: int) -> int:
    """Return ``small_count`` for a measure in persons, 0 (nothing is small) for any other."""
    return small_count if schema.measures()[measure].is_count else 0


def counts_persons() -> pl.Expr:
    """Select the rows whose column ``measure`` names a measure in persons."""
    names = [m.name for m in schema.measures().values() if m.is_count]
    return pl.col("measure").is_in(names)


def is_small(value: Any, small: int | I64 | pl.Expr) -> Any:
    """Whether a number, each element of an array (...) or each row of an expression is withheld.

    >>> is_small(-9.5, 10), is_small(0.0, 10), is_small(10.0, 10)
    (True, False, False)
    """
    return (abs(value) < small) & (value != 0)


def shown(value: float, small: int) -> float | None:
    """Return the number, or None if it is withheld."""
    return None if is_small(value, small) else float(value)


def coarse(values: F64, small: int | I64) -> F64:
    """Replace withheld values (...) by half of ``small``, so that scores do not reveal their size.

    >>> coarse(np.array([0.0, 3.0, 7.0, 12.0]), 10).tolist()
    [0.0, 5.0, 5.0, 12.0]
    """
    return np.where(is_small(values, small), small / 2.0, values)


ADDING_RUNS = 2
"""Largest number of runs with medians that add up over places, as the counts of one run do."""


def rounded_to(values: F64, small: int, runs: int) -> F64:
    """Values (n,) :func:`in_multiples` of ``small`` where medians of runs add up.

    With more runs the median of a total is not the sum of medians.

    >>> rounded_to(np.array([4.0, 0.0, 57.0]), 10, 1).tolist()
    [4.0, 0.0, 60.0]
    """
    return values if runs > ADDING_RUNS else in_multiples(values, small)


def in_multiples(values: F64, small: int) -> F64:
    """Round values (n,) that add up to multiples of ``small``; withheld counts stay as they are.

    Otherwise a withheld count could be computed from a total and its other parts.

    >>> in_multiples(np.array([4.0, -4.0, 57.0, -57.0]), 10).tolist()
    [4.0, -4.0, 60.0, -60.0]
    """
    if small <= 1:
        return values
    return np.where(is_small(values, small), values, np.round(values / small) * small)


def label(small: int, *, is_negative: bool = False) -> str:
    """Write a withheld number: its sign is shown, its size is not.

    >>> label(10), label(1000, is_negative=True)
    ('<10', '>-1,000')
    """
    return f">-{small:,}" if is_negative else f"<{small:,}"


def hide_small(columns: Iterable[str], small: int) -> list[pl.Expr]:
    """Replace the small counts in columns by None."""
    return [pl.when(~is_small(pl.col(n), small)).then(pl.col(n)).alias(n) for n in columns]


def label_small(column: str, small: int, text: pl.Expr, rows: pl.Expr | bool = True) -> pl.Expr:
    """Replace the small counts in a column by their labels, all other numbers by ``text``.

    Only ``rows`` can be withheld. The labels are those of files, without separators.
    """
    value = pl.col(column)
    hidden = is_small(value, small) & rows
    return (
        pl.when(hidden & (value > 0))
        .then(pl.lit(f"<{small}"))
        .when(hidden)
        .then(pl.lit(f">-{small}"))
        .otherwise(text)
        .alias(column)
    )
