"""Emigre forecasts who leaves a country in a displacement crisis.

The names in ``__all__`` are the public interface; everything else may change without notice. They
are imported on first use, which keeps ``import emigre`` fast.
"""

from __future__ import annotations

import sys
from importlib import import_module
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING, Any

from emigre.errors import BooksError, EmigreError, InputError, Mistake, ResultsError
from emigre.version import VERSION

if TYPE_CHECKING:
    from emigre.adapters import Adapter
    from emigre.attribution import Explanation, explain
    from emigre.calibration.posterior import Posterior
    from emigre.calibration.scenario_fit import fit
    from emigre.comparison import Comparison, alternatives, compare
    from emigre.engine.steps import DayView, Step
    from emigre.ensemble.run import run
    from emigre.evaluation.baselines import Expected, Levels
    from emigre.evaluation.track_record import record as score
    from emigre.forecasting.folder import Forecast
    from emigre.forecasting.forecast import forecast
    from emigre.forecasting.hindcast import hindcast
    from emigre.forecasting.hindcast_folder import Hindcast
    from emigre.report.description import describe
    from emigre.results.derived import DerivedMeasure
    from emigre.results.folder import Results
    from emigre.scenario.examination import examine as check
    from emigre.scenario.loader import load
    from emigre.scenario.model import Patch, Scenario
    from emigre.scenario.parameter_draws import Draws
    from emigre.scenario.parameter_draws import draws_of as draws
    from emigre.scenario.patch import patch
    from emigre.schema import RuleKind
    from emigre.sensitivity.results import Sensitivity
    from emigre.sensitivity.study import sensitivity
    from emigre.studies.pages import write as report

__all__ = [
    "Adapter",
    "BooksError",
    "Comparison",
    "DayView",
    "DerivedMeasure",
    "Draws",
    "EmigreError",
    "Expected",
    "Explanation",
    "Forecast",
    "Hindcast",
    "InputError",
    "Levels",
    "Mistake",
    "Patch",
    "Posterior",
    "Results",
    "ResultsError",
    "RuleKind",
    "Scenario",
    "Sensitivity",
    "Step",
    "__version__",
    "alternatives",
    "check",
    "compare",
    "describe",
    "draws",
    "explain",
    "fit",
    "forecast",
    "hindcast",
    "load",
    "patch",
    "read",
    "report",
    "run",
    "score",
    "sensitivity",
]

__version__ = VERSION

_LAZY = {
    "Adapter": "emigre.adapters:Adapter",
    "Comparison": "emigre.comparison:Comparison",
    "DayView": "emigre.engine.steps:DayView",
    "DerivedMeasure": "emigre.results.derived:DerivedMeasure",
    "Draws": "emigre.scenario.parameter_draws:Draws",
    "Expected": "emigre.evaluation.baselines:Expected",
    "Explanation": "emigre.attribution:Explanation",
    "Forecast": "emigre.forecasting.folder:Forecast",
    "Hindcast": "emigre.forecasting.hindcast_folder:Hindcast",
    "Levels": "emigre.evaluation.baselines:Levels",
    "Patch": "emigre.scenario.model:Patch",
    "Posterior": "emigre.calibration.posterior:Posterior",
    "Results": "emigre.results.folder:Results",
    "RuleKind": "emigre.schema:RuleKind",
    "Scenario": "emigre.scenario.model:Scenario",
    "Sensitivity": "emigre.sensitivity.results:Sensitivity",
    "Step": "emigre.engine.steps:Step",
    "alternatives": "emigre.comparison:alternatives",
    "check": "emigre.scenario.examination:examine",
    "compare": "emigre.comparison:compare",
    "describe": "emigre.report.description:describe",
    "draws": "emigre.scenario.parameter_draws:draws_of",
    "explain": "emigre.attribution:explain",
    "fit": "emigre.calibration.scenario_fit:fit",
    "forecast": "emigre.forecasting.forecast:forecast",
    "hindcast": "emigre.forecasting.hindcast:hindcast",
    "load": "emigre.scenario.loader:load",
    "patch": "emigre.scenario.patch:patch",
    "report": "emigre.studies.pages:write",
    "run": "emigre.ensemble.run:run",
    "score": "emigre.evaluation.track_record:record",
    "sensitivity": "emigre.sensitivity.study:sensitivity",
}
"""Where each name is defined."""


def read(folder: str | PathLike[str]) -> Results:
    """Open the folder of an earlier run.

    This imports neither the engine nor the compiler.

    Parameters
    ----------
    folder : str or path
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


class _Package(ModuleType):
    """The package: importing a subpackage does not replace the public function of its name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _LAZY and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        # With name and obj, a traceback suggests a similar name.
        words = f"module 'emigre' has no attribute {name!r}"
        raise AttributeError(words, name=name, obj=sys.modules[__name__])
    module, _, attribute = _LAZY[name].partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
