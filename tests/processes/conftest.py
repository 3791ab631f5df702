"""Single kernels run as plain Python here; whole runs, elsewhere, as machine code.

Machine code of a single kernel is made for the test alone: in a run it is part of the day's code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def _is_ours(file: str | None) -> bool:
    import emigre

    roots = Path(emigre.__file__).parent, Path(__file__).parents[1]
    return file is not None and any(root in Path(file).parents for root in roots)


@cache
def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let hashes overflow as in machine code: an ignored warning takes longer than a hash."""
    hashes = function.__module__ == "emigre.numerics.random"
    return np.errstate(over="ignore")(function) if hashes else function


@pytest.fixture(scope="module", autouse=True)
def plain_kernels(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every name of a kernel stands for its Python function, unless ``--compiled`` was given."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.config.getoption("--compiled"):
            for module in [
                m for m in sys.modules.values() if _is_ours(getattr(m, "__file__", None))
            ]:
                for name, value in list(vars(module).items()):
                    if hasattr(value, "py_func"):
                        patch.setattr(module, name, plain(value.py_func))
        yield
