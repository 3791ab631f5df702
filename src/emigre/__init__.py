"""Emigre forecasts who leaves a country in a displacement crisis.

The names below are all there is to the public interface; everything else may change. They are
loaded when first used, so that ``import emigre`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from emigre.errors import BooksError, EmigreError, InputError, Mistake, ResultsError
from emigre.version import VERSION

if TYPE_CHECKING:
    from emigre.comparison import Comparison, alternatives, compare
    from emigre.ensemble.folders import run
    from emigre.explanation import Explanation, explain
    from emigre.results.folder import Results
    from emigre.scenario.model import Scenario
    from emigre.scenario.read import load

__all__ = [
    "BooksError",
    "Comparison",
    "EmigreError",
    "Explanation",
    "InputError",
    "Mistake",
    "Results",
    "ResultsError",
    "Scenario",
    "__version__",
    "alternatives",
    "compare",
    "explain",
    "load",
    "read",
    "run",
]

__version__ = VERSION

_LAZY = {
    "Comparison": "emigre.comparison",
    "alternatives": "emigre.comparison",
    "compare": "emigre.comparison",
    "Explanation": "emigre.explanation",
    "explain": "emigre.explanation",
    "Results": "emigre.results.folder",
    "Scenario": "emigre.scenario.model",
    "load": "emigre.scenario.read",
    "run": "emigre.ensemble.folders",
}


def read(folder: Any) -> Results:
    """Open the results of an earlier run; loads neither engine nor compiler."""
    from emigre.results.folder import Results

    return Results.read(folder)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'emigre' has no attribute {name!r}")
    found = getattr(import_module(_LAZY[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
