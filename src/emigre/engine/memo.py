"""What is compiled from tables alone is kept for the next scenario that has the same tables.

An ensemble with draws of parameters compiles a scenario for every run; itineraries, cohorts and
laws are then mostly the same. Whether they are is decided by comparing the tables themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")
_Made = tuple[Mapping[str, pl.DataFrame], tuple[Any, ...], Any]
_KEPT = 4
"""Results kept of each name: those of a baseline and of its alternative, and of the days to which
they are compared."""
_kept: dict[str, list[_Made]] = {}
_lock = threading.Lock()


def reuse(
    name: str, tables: Mapping[str, pl.DataFrame], values: tuple[Any, ...], make: Callable[[], T]
) -> T:
    """What ``make`` returns, or returned lately under this name for equal tables and values.

    It must depend on nothing else, and nobody may write to it. Threads that want the same at the
    same time wait for the first of them: making is Python, so it would not be done side by side.
    """
    with _lock:
        kept = _kept.setdefault(name, [])
        for i, (ours, numbers, known) in enumerate(kept):
            if numbers == values and _same(ours, tables):
                kept.insert(0, kept.pop(i))
                found: T = known
                return found
        made = make()
        kept.insert(0, (tables, values, made))
        del kept[_KEPT:]
        return made


def _same(ours: Mapping[str, pl.DataFrame], theirs: Mapping[str, pl.DataFrame]) -> bool:
    return ours.keys() == theirs.keys() and all(
        frame is theirs[name] or frame.equals(theirs[name]) for name, frame in ours.items()
    )
