"""Sensitivity analysis: the parameters that affect a chosen number."""

from emigre.sensitivity.effects import Effect
from emigre.sensitivity.results import Sensitivity
from emigre.sensitivity.study import StudySettings, sensitivity

__all__ = ["Effect", "Sensitivity", "StudySettings", "sensitivity"]
