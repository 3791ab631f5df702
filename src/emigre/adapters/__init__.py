"""Adapters: convert foreign formats to scenario folders, and run folders to foreign formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Adapter:
    """The commands of a foreign format, an entry point of the group ``emigre.adapters``.

    ``imports`` maps NAME of ``emigre import NAME`` to a function, ``exports`` that of ``emigre
    export NAME``. Typer turns the parameters of a function into arguments and options, and its
    docstring into the help; an EmigreError that it raises is printed without a traceback.
    """

    imports: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    exports: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
