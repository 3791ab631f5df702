"""Kernels as plain Python: their names, and hashes that overflow as in machine code."""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest

import emigre
from emigre.numerics import random

ROOTS = str(Path(emigre.__file__).parent), str(Path(__file__).parent)


def put(patch: pytest.MonkeyPatch) -> None:
    """Let every name of a kernel, in all modules, stand for its Python function.

    With the compiler off they do; hashes alone are replaced.
    """
    for module, name, value in _names():
        function = getattr(value, "py_func", value)
        if isinstance(function, FunctionType) and function.__module__ == random.__name__ != module:
            patch.setattr(sys.modules[module], name, _without_warning(function))
        elif function is not value:
            patch.setattr(sys.modules[module], name, function)


def _names() -> Iterator[tuple[str, str, Any]]:
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(ROOTS):
            for name, value in list(vars(module).items()):
                yield module.__name__, name, value


@cache
def _without_warning(function: Callable[..., Any]) -> Callable[..., Any]:
    """Ignore overflow, once for all hashes that a hash calls: a warning takes longer than they."""
    return np.errstate(over="ignore")(function)
