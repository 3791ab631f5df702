"""What is compiled from tables alone is kept for the next scenario that has the same tables.

An ensemble with draws of parameters compiles a scenario for every run; itineraries, cohorts and
laws are then mostly the same. Whether they are is decided by comparing the tables themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")
_kept: dict[str, tuple[Mapping[str, pl.DataFrame], tuple[Any, ...], Any]] = {}


def reuse(
    name: str, tables: Mapping[str, pl.DataFrame], values: tuple[Any, ...], make: Callable[[], T]
) -> T:
    """What ``make`` returns, or returned last under this name for equal tables and values.

    It must depend on nothing else, and nobody may write to it. Only the last result of a name is
    kept; a race between threads costs at most a repetition.
    """
    known = _kept.get(name)
    if known is not None and known[1] == values and _same(known[0], tables):
        found: T = known[2]
        return found
    made = make()
    _kept[name] = tables, values, made
    return made


def _same(ours: Mapping[str, pl.DataFrame], theirs: Mapping[str, pl.DataFrame]) -> bool:
    return ours.keys() == theirs.keys() and all(
        frame is theirs[name] or frame.equals(theirs[name]) for name, frame in ours.items()
    )
