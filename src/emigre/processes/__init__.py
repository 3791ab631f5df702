"""The science: what happens to people, one process a file, in the order in which it happens.

Arrays in, arrays out; no files, no dates. Each file: the equation, its parameters, scalar
functions that give a probability or a hazard, and the loop that applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

P = TypeVar("P")


def parameters_of(kind: type[P], values: Mapping[str, float]) -> P:
    """Fill a process's named tuple of parameters by name. Raises KeyError for a missing one."""
    fields: Any = kind
    return kind(**{name: float(values[name]) for name in fields._fields})
