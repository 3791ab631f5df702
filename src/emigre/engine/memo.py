"""Memoise products that depend on tables only.

An ensemble with parameter draws compiles a scenario for every run, often with the same itineraries,
cohorts and laws. Tables are compared by value to decide whether a product can be reused.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")
_Made = tuple[Mapping[str, pl.DataFrame], tuple[Any, ...], Any]
_KEPT = 4
"""Results kept per name: baseline and alternative, and the reference days of both."""
_kept: dict[str, list[_Made]] = {}
_lock = threading.Lock()


def reuse(
    name: str, tables: Mapping[str, pl.DataFrame], values: tuple[Any, ...], make: Callable[[], T]
) -> T:
    """Call ``make``, or return an earlier result under this name for equal tables and values.

    The result must depend on nothing else, and must not be modified. Concurrent callers with the
    same inputs wait for the first: the work is pure Python and would not run in parallel.
    """
    with _lock:
        kept = _kept.setdefault(name, [])
        for i, (ours, numbers, known) in enumerate(kept):
            if numbers == values and _same(ours, tables):
                kept.insert(0, kept.pop(i))
                result: T = known
                return result
        made = make()
        kept.insert(0, (tables, values, made))
        del kept[_KEPT:]
        return made


def _same(ours: Mapping[str, pl.DataFrame], theirs: Mapping[str, pl.DataFrame]) -> bool:
    return ours.keys() == theirs.keys() and all(
        frame is theirs[name] or frame.equals(theirs[name]) for name, frame in ours.items()
    )
