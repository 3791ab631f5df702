"""Emigre forecasts who leaves a country in a displacement crisis.

The names in ``__all__`` are the public interface; everything else may change without notice. They
are imported on first use, which keeps ``import emigre`` fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from emigre.errors import BooksError, EmigreError, InputError, Mistake, ResultsError
from emigre.version import VERSION

if TYPE_CHECKING:
    from emigre.adapters import Adapter
    from emigre.attribution import Explanation, explain
    from emigre.comparison import Comparison, alternatives, compare
    from emigre.engine.steps import DayView, Step
    from emigre.ensemble.run import run
    from emigre.evaluation.baselines import Expected, Levels
    from emigre.forecasting.folder import Forecast
    from emigre.forecasting.forecast import forecast
    from emigre.results.derived import DerivedMeasure
    from emigre.results.folder import Results
    from emigre.scenario.loader import load
    from emigre.scenario.model import Scenario

__all__ = [
    "Adapter",
    "BooksError",
    "Comparison",
    "DayView",
    "DerivedMeasure",
    "EmigreError",
    "Expected",
    "Explanation",
    "Forecast",
    "InputError",
    "Levels",
    "Mistake",
    "Results",
    "ResultsError",
    "Scenario",
    "Step",
    "__version__",
    "alternatives",
    "compare",
    "explain",
    "forecast",
    "load",
    "read",
    "run",
]

__version__ = VERSION

_LAZY = {
    "Adapter": "emigre.adapters",
    "Comparison": "emigre.comparison",
    "alternatives": "emigre.comparison",
    "compare": "emigre.comparison",
    "Explanation": "emigre.attribution",
    "explain": "emigre.attribution",
    "Forecast": "emigre.forecasting.folder",
    "forecast": "emigre.forecasting.forecast",
    "Results": "emigre.results.folder",
    "Scenario": "emigre.scenario.model",
    "DayView": "emigre.engine.steps",
    "DerivedMeasure": "emigre.results.derived",
    "Expected": "emigre.evaluation.baselines",
    "Levels": "emigre.evaluation.baselines",
    "Step": "emigre.engine.steps",
    "load": "emigre.scenario.loader",
    "run": "emigre.ensemble.run",
}


def read(folder: Any) -> Results:
    """Open the results of an earlier run.

    Loads neither the engine nor the compiler.

    Parameters
    ----------
    folder : str or Path
        Run folder, as written by :func:`emigre.run`.

    Returns
    -------
    Results
        Results that are read from the folder on first access.

    Raises
    ------
    ResultsError
        If the folder is not a complete run, or was written in a newer format.
    """
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
