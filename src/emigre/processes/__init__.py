"""Processes of the model, one per module, in the order in which they happen to people.

Arrays in, arrays out; no files, no dates. Each module holds its equations, a named tuple of
parameters, scalar functions that give a probability or hazard, and the loops that apply them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

P = TypeVar("P")


def parameters_of(kind: type[P], values: Mapping[str, float]) -> P:
    """Fill the named tuple of parameters of a process. Raises KeyError if one is missing."""
    fields: Any = kind
    return kind(**{name: float(values[name]) for name in fields._fields})
