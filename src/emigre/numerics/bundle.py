"""Marker base of bundles: named tuples that kernels take as one pointer (bundle_types.py).

The mark is in a module of its own, so that reading results does not load the compiler.
"""

from typing import Any, TypeVar

C = TypeVar("C", bound=type[tuple[Any, ...]])

marked: set[type[tuple[Any, ...]]] = set()
"""All bundles."""


def bundle(kind: C) -> C:
    """Mark a named tuple of arrays, numbers and bundles as one that kernels take by pointer."""
    marked.add(kind)
    return kind
