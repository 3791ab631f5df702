"""Adapters: convert foreign formats to scenario folders, and run folders to foreign formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Adapter:
    """Import and export commands of a foreign format, an entry point of ``emigre.adapters``.

    Typer turns the parameters of each function into arguments and options, and its docstring into
    the help. An EmigreError raised by a function is printed without a traceback.

    Attributes
    ----------
    imports, exports : mapping of str to callable
        Functions by NAME of ``emigre import NAME`` and ``emigre export NAME``.
    """

    imports: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    exports: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
